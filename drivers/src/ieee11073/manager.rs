//! The state machine of the manager.
//!
//! Rows of the standard's state table are named where they are followed. The state CheckingConfig takes no time here:
//! it is the function that looks at a configuration.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::apdu::{self, Apdu, Message, problem, reason};
use super::cache::ConfigCache;
use super::config::Config;
use super::cutter::{Cutter, Piece};
use super::mds::Mds;
use super::measure::{Key, Waiting, Watch};
use super::nomenclature::event;
use super::requests::{Asked, Job, Request};
use super::store::Transfer;
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::reading::{Fault, FaultCode, Status};

/// What a manager is told about its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its own system id, an EUI-64; the same for as long as the installation lives.
    pub system_id: [u8; 8],
    /// Whether the standard configurations are known by heart. Without, every agent is asked.
    pub standards: bool,
    /// Whether agents are let in at all.
    pub admits: bool,
}

/// The manager of one line: decodes, and holds the conversation once it is started.
///
/// Before [`start`](Converse::start) it goes along with what an agent says as if its own answers had been sent.
#[derive(Debug, Default)]
pub struct Manager {
    pub(super) settings: Settings,
    pub(super) cache: ConfigCache,
    pub(super) state: State,
    pub(super) live: bool,
    cutter: Cutter,
    pub(super) agent: Option<Agent>,
    /// Time-out of the state.
    pub(super) until: Option<Instant>,
    /// When it is told that a device is still waited for.
    pub(super) still_silent: Option<Instant>,
    /// Without a conversation: when what was heard is forgotten.
    forget: Option<Instant>,

    /// What was asked last, while its answer is out.
    pub(super) asked: Option<Asked>,
    pub(super) queue: VecDeque<Request>,
    pub(super) invoke: u16,
    pub(super) job: Option<Job>,
    pub(super) transfer: Option<Transfer>,

    /// Confirmations that wait until their readings are safe.
    pub(super) waiting: VecDeque<Waiting>,
    /// Observations told and not yet known to be safe.
    pub(super) told: VecDeque<Key>,
    /// Observations that are safe; they are not told again.
    pub(super) safe: VecDeque<Key>,
    /// What watches for new readings, if that was ordered.
    pub(super) watch: Option<Watch>,
    /// The cache has changed since it was last handed out.
    pub(super) learned: bool,
}

/// What a manager keeps over a restart.
#[derive(Serialize, Deserialize)]
struct Memory {
    system_id: [u8; 8],
    configurations: ConfigCache,
}

/// Where a manager stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The line is not open.
    #[default]
    Disconnected,
    /// Nobody has associated.
    Unassociated,
    /// An agent must tell its configuration.
    WaitingForConfig,
    /// An agent may report.
    Operating,
    /// The end of the association was asked for.
    Disassociating,
}

/// The agent of an association.
#[derive(Debug)]
pub(super) struct Agent {
    pub system_id: [u8; 8],
    pub config_id: u16,
    pub config: Config,
    /// A standard configuration that was said to be unknown here.
    pub refused: Option<u16>,
    pub mds: Mds,
    /// What was told of it last.
    pub introduced: Option<Status>,
}

impl Manager {
    /// Returns a manager that knows the standard configurations.
    pub fn new() -> Manager {
        Manager::default()
    }

    /// Returns a manager with these settings and what was known before a restart.
    pub fn with(settings: Settings, cache: ConfigCache) -> Manager {
        Manager { settings, cache, ..Manager::default() }
    }

    /// Configurations that were told, to be kept over restarts.
    pub fn cache(&self) -> &ConfigCache {
        &self.cache
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// How many bytes of an incomplete message are held.
    pub fn held(&self) -> usize {
        self.cutter.held()
    }

    fn hear(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Output>) {
        let Ok(apdu) = Apdu::parse(raw) else {
            return self.hear_broken(raw, out);
        };
        match (self.state, apdu) {
            (State::Unassociated, Apdu::Abort(_) | Apdu::ReleaseResponse(_)) => {}
            (_, Apdu::Abort(_)) => self.end("device_aborted", out),
            (State::Unassociated, Apdu::AssociationRequest { version, protocols }) => {
                self.associate(at, version, &protocols, raw, out);
            }
            // Without a conversation the manager's own request was not heard.
            (_, Apdu::ReleaseResponse(_)) if !self.live => self.end("released", out),
            // Nobody told the agent that it is still associated.
            (_, Apdu::AssociationRequest { version, protocols }) if !self.live => {
                self.leave();
                self.associate(at, version, &protocols, raw, out);
            }
            // 2.12, 2.16, 2.19
            (State::Unassociated, _) => {
                self.send(&Apdu::Abort(reason::UNDEFINED), out);
                out.push(Output::Status(Status::Refused { refused: "not_associated" }));
            }
            // 9.16
            (State::Disassociating, Apdu::ReleaseRequest(_)) => self.send(&Apdu::ReleaseResponse(0), out),
            // 9.17
            (State::Disassociating, Apdu::ReleaseResponse(_)) => self.end("released", out),
            (_, Apdu::ReleaseRequest(_)) => {
                self.send(&Apdu::ReleaseResponse(0), out);
                self.end("released", out);
            }
            (State::WaitingForConfig, Apdu::Data { invoke, message }) => {
                self.configure(at, invoke, &message, raw, out);
            }
            (State::Disassociating, Apdu::Data { message, .. }) => self.hear_late(&message, raw, out),
            (_, Apdu::Data { invoke, message }) => self.operate(at, invoke, &message, raw, out),
            (_, Apdu::AssociationRequest { .. } | Apdu::AssociationResponse { .. } | Apdu::ReleaseResponse(_)) => {
                self.abort(reason::UNDEFINED, "out_of_order", out)
            }
        }
    }

    /// A message whose lengths disagree.
    pub(super) fn hear_broken(&mut self, raw: &[u8], out: &mut Vec<Output>) {
        out.push(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_BROKEN, raw)));
        let open = matches!(self.state, State::WaitingForConfig | State::Operating);
        match apdu::invoke_of(raw) {
            // Nothing is answered any more.
            Some(_) if self.state == State::Disassociating => {}
            Some(invoke) if open => self.reject(invoke, problem::BADLY_STRUCTURED, out),
            _ => self.abort(reason::UNDEFINED, "malformed", out),
        }
    }

    fn operate(&mut self, at: Instant, invoke: u16, message: &Message<'_>, raw: &[u8], out: &mut Vec<Output>) {
        match message {
            Message::Report { confirmed, event } => match event.kind {
                event::CONFIG if event.handle == 0 => self.check_config(at, invoke, event, raw, out),
                event::SEGMENT => self.take_page(at, invoke, *confirmed, event, out),
                _ => self.measure(at, confirmed.then_some(invoke), event, raw, out),
            },
            Message::Get { .. } | Message::Set { confirmed: true, .. } | Message::Action { confirmed: true, .. } => {
                self.reject(invoke, problem::UNRECOGNIZED_OPERATION, out);
            }
            Message::Unknown { .. } => self.reject(invoke, problem::UNRECOGNIZED_APDU, out),
            Message::Set { .. } | Message::Action { .. } => {}
            answer => self.hear_answer(at, invoke, answer, out),
        }
    }

    /// What comes while the association is being ended.
    fn hear_late(&mut self, message: &Message<'_>, raw: &[u8], out: &mut Vec<Output>) {
        match message {
            // 9.21: no answer; the agent will offer it again.
            Message::Report { event, .. } => self.overhear(event, raw, out),
            Message::Get { .. } | Message::Set { .. } | Message::Action { .. } | Message::Unknown { .. } => {}
            _ => self.abort(reason::UNDEFINED, "out_of_order", out),
        }
    }

    pub(super) fn reject(&self, invoke: u16, problem: u16, out: &mut Vec<Output>) {
        self.send(&Apdu::Data { invoke, message: Message::Reject { problem } }, out);
    }

    pub(super) fn send(&self, apdu: &Apdu<'_>, out: &mut Vec<Output>) {
        if self.live {
            out.push(Output::Send(apdu.bytes()));
        }
    }

    /// Sends an abort and ends the association, if there is one.
    pub(super) fn abort(&mut self, reason: u16, why: &'static str, out: &mut Vec<Output>) {
        self.send(&Apdu::Abort(reason), out);
        self.end(why, out);
    }

    fn end(&mut self, why: &'static str, out: &mut Vec<Output>) {
        let associated = self.agent.is_some();
        self.leave();
        if associated {
            out.push(Output::Status(Status::AssociationEnded { association_ended: why }));
        }
        self.break_off(out);
    }

    /// Forgets the association.
    fn leave(&mut self) {
        self.state = State::Unassociated;
        self.agent = None;
        self.until = None;
        self.asked = None;
        self.queue.clear();
        self.waiting.clear();
        if !self.live {
            self.safe.clear();
        }
    }

    fn time_out(&mut self, out: &mut Vec<Output>) {
        let silence = |says| Output::Fault(Fault::new(FaultCode::NoAnswer, says, &[]));
        match self.state {
            // 6.4
            State::WaitingForConfig => {
                out.push(silence(SAYS_NO_CONFIG));
                self.abort(reason::CONFIG_TIMEOUT, "config_timeout", out);
            }
            // 9.4
            State::Disassociating => self.abort(reason::RESPONSE_TIMEOUT, "release_timeout", out),
            _ => self.until = None,
        }
    }
}

impl Manager {
    /// The waits of the standard are long; meanwhile people are told.
    fn say_still_silent(&mut self, at: Instant, out: &mut Vec<Output>) {
        if self.still_silent.is_none_or(|due| due > at) {
            return;
        }
        self.still_silent = None;
        match self.state {
            State::WaitingForConfig => out.push(Output::Status(Status::no_answer_yet(SAYS_STILL_NO_CONFIG))),
            State::Unassociated if self.job.is_some() => {
                out.push(Output::Status(Status::no_answer_yet(SAYS_STILL_NOBODY)));
            }
            _ => {}
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { system_id: LOCAL_ID, standards: true, admits: true }
    }
}

impl Decoder for Manager {
    fn handle_bytes(&mut self, at: Instant, mut bytes: &[u8], out: &mut Vec<Output>) {
        if self.state == State::Disconnected {
            self.state = State::Unassociated;
        }
        self.forget = (!self.live).then(|| at + FORGET);
        while let Some(piece) = self.cutter.next(at, &mut bytes, self.live) {
            match piece {
                Piece::Message(raw) => self.hear(at, &raw, out),
                Piece::Garbage(raw) => {
                    out.push(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_GARBAGE, &raw)));
                    self.abort(reason::UNDEFINED, "malformed", out);
                }
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        if let Some(held) = self.cutter.expire(at) {
            out.push(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_CUT_OFF, &held)));
            if self.agent.is_some() {
                self.abort(reason::UNDEFINED, "malformed", out);
            }
        }
        if self.until.is_some_and(|until| until <= at) {
            self.time_out(out);
        }
        self.stop_waiting(at);
        self.stop_asking(at, out);
        self.say_still_silent(at, out);
        if self.forget.is_some_and(|forget| forget <= at) {
            self.forget = None;
            self.leave();
            self.transfer = None;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.front().map(|waiting| waiting.until);
        let asking = self.asking_until();
        [self.cutter.deadline(), self.until, self.still_silent, waiting, asking, self.forget]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Converse for Manager {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        if self.state == State::Disconnected {
            self.state = State::Unassociated;
        }
        if !self.live {
            self.leave();
            self.cutter.clear();
            (self.live, self.forget, self.transfer) = (true, None, None);
        }
        if order != Order::Rest {
            return self.take_order(at, order, out);
        }
        self.stop_jobs();
        if matches!(self.state, State::WaitingForConfig | State::Operating) {
            // 8.6
            self.send(&Apdu::ReleaseRequest(0), out);
            (self.asked, self.until) = (None, Some(at + RELEASE));
            self.queue.clear();
            self.waiting.clear();
            self.state = State::Disassociating;
        }
    }

    fn kept(&mut self, _at: Instant, out: &mut Vec<Output>) {
        self.confirm(out);
    }

    fn recall(&mut self, text: &str) {
        if let Ok(memory) = serde_json::from_str::<Memory>(text) {
            (self.settings.system_id, self.cache) = (memory.system_id, memory.configurations);
        }
    }

    fn remembered(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.learned) {
            return None;
        }
        let memory = Memory { system_id: self.settings.system_id, configurations: self.cache.clone() };
        serde_json::to_string(&memory).ok()
    }

    fn hung_up(&mut self) -> bool {
        self.leave();
        self.cutter.clear();
        self.stop_jobs();
        self.state = State::Disconnected;
        true
    }
}

/// How long an agent may take to let go.
const RELEASE: Duration = Duration::from_secs(3);
/// Without a conversation: after so much silence an association is over.
const FORGET: Duration = Duration::from_secs(60);
/// A locally administered EUI-64, for who gives no other.
const LOCAL_ID: [u8; 8] = [0x02, 0x48, 0x55, 0x54, 0x00, 0x00, 0x00, 0x01];
const SAYS_BROKEN: &str = "the lengths inside a message disagree; measure again, and report the device if it stays so";
const SAYS_GARBAGE: &str = "what came is no IEEE 11073 message; check that the right device is on this line";
const SAYS_CUT_OFF: &str = "a message was cut off; check the plug and measure again";
const SAYS_STILL_NO_CONFIG: &str =
    "no answer yet: the device has come but has not told what it measures; leave it on and in reach";
const SAYS_STILL_NOBODY: &str =
    "no answer yet: switch the device on and press its button for sending; it comes by itself";
const SAYS_NO_CONFIG: &str = "the device did not tell what it measures; switch it off and on again";
