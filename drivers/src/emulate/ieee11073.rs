//! IEEE 11073 agents: a blood pressure monitor, a scale, a glucose meter with a memory, an oximeter, a thermometer.
//!
//! They ask for an association by themselves, as soon as the line is open and again after each end; they keep what was
//! not confirmed and offer it again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::{NaiveDateTime, Timelike};
use rust_decimal::Decimal;

use self::sheet::{word, words};
use super::{Act, Emulate, Say, Wall, say};
use crate::ieee11073::apdu::{Act as Action, Apdu, Event, Message, reason, result};
use crate::ieee11073::cutter::{Cutter, Piece};
use crate::ieee11073::info::{Info, PROTOCOL, VERSION_1};
use crate::ieee11073::mder::{Attribute, Input, Number, put_attributes, put_list, put_octets, to_float, to_sfloat};
use crate::ieee11073::nomenclature::{CONTROL_SOLUTION, action, attribute, device_code, event};
use crate::ieee11073::store::{Page, page};
use crate::ieee11073::time::{NO_TIME, absolute, to_absolute};
use crate::reading::{Kind, half_up};

mod sheet;

pub use self::sheet::SERIAL;

/// An emulated agent.
#[derive(Debug)]
pub struct Agent {
    kind: Kind,
    system_id: [u8; 8],
    wall: Wall,
    cutter: Cutter,
    state: State,
    /// When the state has lasted long enough.
    until: Option<Instant>,
    tries: u8,
    invoke: u16,
    number: u16,
    /// Reports to be confirmed: event type and information. The first may be out.
    reports: VecDeque<(u16, Vec<u8>)>,
    /// When a report that is out should have been confirmed.
    confirm_by: Option<Instant>,
    /// Stored records, oldest first.
    memory: Vec<(NaiveDateTime, u16)>,
    /// The record that is next in a transfer.
    sending: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not associated; will ask at `until`.
    Away,
    /// An association was asked for.
    Asking,
    /// The configuration was told.
    Telling,
    Ready,
}

impl Agent {
    /// Returns an agent of this kind, about to associate; `None` for a kind that has no agents here.
    pub fn new(kind: Kind, wall: Wall) -> Option<Agent> {
        let code = device_code(word(kind)?)?;
        let [high, low] = code.to_be_bytes();
        Some(Agent {
            kind,
            system_id: [0x02, 0x48, 0x55, 0x54, 0x01, 0x00, high, low],
            wall,
            cutter: Cutter::default(),
            state: State::Away,
            until: Some(wall.since),
            tries: 0,
            invoke: 0,
            number: 0,
            reports: VecDeque::new(),
            confirm_by: None,
            memory: Vec::new(),
            sending: None,
        })
    }

    fn ask(&mut self, at: Instant, out: &mut Vec<Say>) {
        let info = Info::of_agent(&self.system_id, sheet::config(self.kind).0).bytes();
        let protocols = vec![(PROTOCOL, info.as_slice())];
        put(out, &Apdu::AssociationRequest { version: VERSION_1, protocols });
        (self.state, self.until) = (State::Asking, Some(at + REPEAT));
        self.tries += 1;
    }

    fn leave(&mut self, at: Instant, pause: Duration) {
        (self.state, self.until) = (State::Away, Some(at + pause));
        (self.confirm_by, self.sending) = (None, None);
        self.tries = 0;
    }

    fn hear(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Say>) {
        match Apdu::parse(raw) {
            Ok(Apdu::AssociationResponse { result, .. }) if self.state == State::Asking => {
                self.hear_result(at, result, out);
            }
            Ok(Apdu::Data { invoke, message }) => self.hear_data(at, invoke, &message, out),
            Ok(Apdu::ReleaseRequest(_)) => {
                put(out, &Apdu::ReleaseResponse(0));
                self.leave(at, REPEAT);
            }
            Ok(Apdu::Abort(_)) if self.state != State::Away => self.leave(at, SOON),
            _ => {}
        }
    }

    fn hear_result(&mut self, at: Instant, result: u16, out: &mut Vec<Say>) {
        self.tries = 0;
        match result {
            result::ACCEPTED => self.get_ready(at, out),
            result::UNKNOWN_CONFIG => {
                let (id, objects) = sheet::config(self.kind);
                let info = [id.to_be_bytes().as_slice(), &objects].concat();
                self.report(event::CONFIG, 0, &info, out);
                (self.state, self.until) = (State::Telling, Some(at + CONFIRM));
            }
            _ => self.leave(at, LONG_PAUSE),
        }
    }

    fn get_ready(&mut self, at: Instant, out: &mut Vec<Say>) {
        (self.state, self.until) = (State::Ready, None);
        self.offer(at, out);
    }

    /// Sends the first report that is not confirmed yet.
    fn offer(&mut self, at: Instant, out: &mut Vec<Say>) {
        if self.state != State::Ready || self.confirm_by.is_some() {
            return;
        }
        if let Some((kind, info)) = self.reports.front().cloned() {
            self.report(kind, 0, &info, out);
            self.confirm_by = Some(at + CONFIRM);
        }
    }

    fn report(&mut self, kind: u16, handle: u16, info: &[u8], out: &mut Vec<Say>) {
        self.invoke = self.invoke.wrapping_add(1);
        let event = Event { handle, time: NO_TIME, kind, info };
        put(out, &Apdu::Data { invoke: self.invoke, message: Message::Report { confirmed: true, event } });
    }

    fn hear_data(&mut self, at: Instant, invoke: u16, message: &Message<'_>, out: &mut Vec<Say>) {
        let answer = match message {
            Message::ReportResponse(event) => return self.hear_confirmation(at, invoke, event, out),
            Message::Get { handle: 0, .. } => {
                put_sheet(&sheet::sheet(self.kind, &self.system_id, self.wall.at(at)), out, invoke);
                return;
            }
            Message::Set { confirmed: true, handle, changes } => {
                let attributes = changes.iter().map(|(_, attribute)| *attribute).collect();
                Message::SetResponse { handle: *handle, attributes }
            }
            Message::Action { confirmed: true, act } => return self.obey(at, invoke, act, out),
            Message::Reject { .. } | Message::Error { .. } => {
                put(out, &Apdu::Abort(reason::UNDEFINED));
                return self.leave(at, SOON);
            }
            _ => return,
        };
        put(out, &Apdu::Data { invoke, message: answer });
    }

    fn hear_confirmation(&mut self, at: Instant, invoke: u16, event: &Event<'_>, out: &mut Vec<Say>) {
        match event.kind {
            event::CONFIG if self.state == State::Telling => match event.info {
                [_, _, 0, 0] => self.get_ready(at, out),
                _ => self.leave(at, LONG_PAUSE),
            },
            event::SEGMENT => {
                if event.info.ends_with(&page::CONFIRM.to_be_bytes()) {
                    self.send_page(out);
                } else {
                    self.sending = None;
                }
            }
            _ if invoke == self.invoke && self.confirm_by.take().is_some() => {
                self.reports.pop_front();
                self.offer(at, out);
            }
            _ => {}
        }
    }

    fn obey(&mut self, at: Instant, invoke: u16, act: &Action<'_>, out: &mut Vec<Say>) {
        let args = match (act.handle, act.kind) {
            (0, action::SET_TIME) => {
                if let Ok(crate::ieee11073::time::Stamp::At(moment)) = absolute(&mut Input::new(act.args)) {
                    self.wall = Wall::new(at, moment);
                }
                Vec::new()
            }
            (STORE, action::SEGMENT_INFO) => sheet::segments(self.memory.len()),
            (STORE, action::TRANSFER) => {
                let found = if self.memory.is_empty() { EMPTY } else { 0 };
                [act.args, &[0, found]].concat()
            }
            _ => {
                let message = Message::Error { error: NO_SUCH_ACTION, parameter: &[] };
                return put(out, &Apdu::Data { invoke, message });
            }
        };
        let message = Message::ActionResponse(Action { args: &args, ..*act });
        put(out, &Apdu::Data { invoke, message });
        if act.kind == action::TRANSFER && !self.memory.is_empty() {
            self.sending = Some(0);
            self.send_page(out);
        }
    }

    fn send_page(&mut self, out: &mut Vec<Say>) {
        let Some(first) = self.sending.filter(|first| *first < self.memory.len()) else {
            self.sending = None;
            return;
        };
        let end = self.memory.len().min(first + PAGE);
        let mut entries = Vec::new();
        for (moment, mg_per_dl) in &self.memory[first..end] {
            entries.extend(to_absolute(*moment));
            words(&mut entries, &[to_sfloat(glucose(*mg_per_dl)).unwrap_or_default(), 0]);
        }
        let mut status = 0;
        status |= if first == 0 { page::FIRST } else { 0 };
        status |= if end == self.memory.len() { page::LAST } else { 0 };
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let page =
            Page { instance: SEGMENT, first: small(first), count: small(end - first), status, entries: &entries };
        let info = page.bytes();
        self.sending = Some(end);
        self.report(event::SEGMENT, STORE, &info, out);
    }

    /// A measurement: observations by handle.
    fn measured(&mut self, at: Instant, kind: u16, observations: &[(u16, Vec<u8>)], out: &mut Vec<Say>) {
        let mut info = [0xF000u16.to_be_bytes(), self.number.to_be_bytes()].concat();
        self.number = self.number.wrapping_add(1);
        put_list(&mut info, observations, |bytes, (handle, data)| {
            words(bytes, &[*handle]);
            match kind {
                event::FIXED => put_octets(bytes, data),
                _ => bytes.extend(data),
            }
        });
        self.reports.push_back((kind, info));
        if self.state == State::Away {
            // It has something to say.
            self.until = Some(at);
        }
        self.offer(at, out);
    }

    fn now(&self, at: Instant) -> NaiveDateTime {
        let now = self.wall.at(at);
        now.with_nanosecond(0).unwrap_or(now)
    }

    fn glucose(&mut self, at: Instant, mg_per_dl: u16, control: bool, out: &mut Vec<Say>) {
        let now = self.now(at);
        let value = to_sfloat(glucose(mg_per_dl)).unwrap_or_default().to_be_bytes();
        if !control {
            self.memory.push((now, mg_per_dl));
            let data = [value.as_slice(), &to_absolute(now)].concat();
            return self.measured(at, event::FIXED, &[(1, data)], out);
        }
        let (control, now) = (CONTROL_SOLUTION.to_be_bytes(), to_absolute(now));
        let mut attributes = Vec::new();
        let list = [(attribute::METRIC_ID, &control[..]), (attribute::BASIC, &value), (attribute::TIME, &now)];
        put_attributes(&mut attributes, &list.map(|(id, value)| Attribute { id, value }));
        self.measured(at, event::VARIABLE, &[(1, attributes)], out);
    }

    fn fill(&mut self, at: Instant, count: u16) {
        let now = self.now(at);
        let record = |number: u16| {
            let moment = now - chrono::Duration::hours(i64::from(number) + 1);
            (moment, 80 + number * 7 % 120)
        };
        self.memory = (0..count.min(LARGEST)).rev().map(record).collect();
    }
}

impl Emulate for Agent {
    fn handle_bytes(&mut self, at: Instant, mut bytes: &[u8], out: &mut Vec<Say>) {
        while let Some(piece) = self.cutter.next(at, &mut bytes, false) {
            if let Piece::Message(raw) = piece {
                self.hear(at, &raw, out);
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        self.cutter.expire(at);
        if self.confirm_by.is_some_and(|by| by <= at) {
            put(out, &Apdu::Abort(reason::RESPONSE_TIMEOUT));
            self.leave(at, SOON);
        }
        if self.until.is_none_or(|until| until > at) {
            return;
        }
        match self.state {
            State::Away => self.ask(at, out),
            State::Asking if self.tries < TRIES => self.ask(at, out),
            State::Asking => self.leave(at, LONG_PAUSE),
            State::Telling => {
                put(out, &Apdu::Abort(reason::CONFIG_TIMEOUT));
                self.leave(at, SOON);
            }
            State::Ready => self.until = None,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.until, self.confirm_by, self.cutter.deadline()].into_iter().flatten().min()
    }

    fn act(&mut self, at: Instant, act: Act, out: &mut Vec<Say>) -> bool {
        let now = to_absolute(self.now(at));
        let basic = |number: Decimal| to_sfloat(Number::Exact(number)).unwrap_or(NO_NUMBER).to_be_bytes();
        let simple = |number: Decimal| to_float(Number::Exact(number)).unwrap_or_default().to_be_bytes();
        let timed = |value: &[u8]| [value, &now].concat();
        let observations = match (self.kind, act) {
            (_, Act::SetClock(moment)) => {
                self.wall = Wall::new(at, moment);
                return true;
            }
            (Kind::BloodPressure, Act::Pressure { systolic, diastolic, pulse, movement: false }) => {
                let mean = systolic.saturating_add(diastolic.saturating_mul(2)) / 3;
                let mut data = Vec::new();
                words(&mut data, &[3, 6, systolic, diastolic, mean]);
                vec![(1, timed(&data)), (2, timed(&basic(pulse.into())))]
            }
            (Kind::Weight, Act::Weigh(weight)) => vec![(1, timed(&simple(weight)))],
            (Kind::Weight, Act::HeightWeight { height, weight }) if !height.is_zero() => {
                let metres = height / Decimal::from(100);
                let bmi = half_up(weight / (metres * metres), 1);
                vec![(1, timed(&simple(weight))), (2, timed(&simple(height))), (3, timed(&simple(bmi)))]
            }
            (Kind::Spo2, Act::Oxygen { spo2, pulse }) => {
                vec![(1, timed(&basic(spo2.into()))), (10, timed(&basic(pulse.into())))]
            }
            (Kind::Temperature, Act::Temperature(celsius)) => vec![(1, timed(&basic(celsius)))],
            (Kind::Glucose, Act::Glucose { mg_per_dl, control }) => {
                self.glucose(at, mg_per_dl, control, out);
                return true;
            }
            (Kind::Glucose, Act::Records(count)) => {
                self.fill(at, count);
                return true;
            }
            _ => return false,
        };
        self.measured(at, event::FIXED, &observations, out);
        true
    }

    /// An inner length that no longer fits, or a message that does not exist.
    fn spoil(&self, frame: &mut [u8]) {
        match frame {
            [0xE7, _, _, _, _, length, ..] => *length ^= 1,
            [0xE2, _, _, _, _, _, _, _, _, count, ..] => *count ^= 1,
            [first, ..] => *first = 0xE9,
            [] => {}
        }
    }
}

fn put(out: &mut Vec<Say>, apdu: &Apdu<'_>) {
    out.push(say(5, apdu.bytes()));
}

fn put_sheet(sheet: &[(u16, Vec<u8>)], out: &mut Vec<Say>, invoke: u16) {
    let attributes = sheet.iter().map(|(id, value)| Attribute { id: *id, value }).collect();
    put(out, &Apdu::Data { invoke, message: Message::GetResponse { handle: 0, attributes } });
}

fn glucose(mg_per_dl: u16) -> Number {
    match mg_per_dl {
        ..20 => Number::Low,
        20..=600 => Number::Exact(mg_per_dl.into()),
        _ => Number::High,
    }
}

const STORE: u16 = 11;
const SEGMENT: u16 = 0;
/// Entries on a page.
const PAGE: usize = 20;
const LARGEST: u16 = 2000;
/// The answer to the wish for an empty segment.
const EMPTY: u8 = 3;
const NO_SUCH_ACTION: u16 = 9;
/// An SFLOAT that is no number.
const NO_NUMBER: u16 = 0x07FF;
const TRIES: u8 = 3;
const REPEAT: Duration = Duration::from_secs(10);
const CONFIRM: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_secs(1);
const LONG_PAUSE: Duration = Duration::from_secs(30);
