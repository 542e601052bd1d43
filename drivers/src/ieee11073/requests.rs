//! What the manager asks of an agent, one thing at a time, and what it was told to do.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::apdu::{Act, Apdu, Message, reason};
use super::manager::{Manager, State};
use super::mder::Attribute;
use super::mds::Mds;
use super::measure::Watch;
use super::nomenclature::{action, attribute};
use super::store::ALL_SEGMENTS;
use super::time::{Stamp, to_absolute};
use crate::decoder::{Order, Output, STILL_SILENT};
use crate::reading::{DeviceTime, Fault, FaultCode, Status};

/// Something to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Everything the device tells of itself.
    Mds,
    /// Let this scanner tell what it sees.
    Scanner(u16),
    /// Set the clock.
    SetClock(NaiveDateTime),
    /// Which segments this store has.
    Segments(u16),
    /// Hand over a segment of this store.
    Transfer(u16, u16),
}

/// A question whose answer is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub invoke: u16,
    pub request: Request,
    pub until: Instant,
}

/// Something the manager was told to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    task: Task,
    begun: bool,
    /// While nobody has associated: until when to wait.
    until: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Download,
    /// The time to set, and the moment when it was right.
    SetClock(NaiveDateTime, Instant),
}

impl Manager {
    pub(super) fn take_order(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        if order == Order::WatchForNew && self.watch.is_some() {
            return self.look_again(at, out);
        }
        self.stop_jobs();
        let task = match order {
            Order::Download => Task::Download,
            Order::SetClock(moment) => Task::SetClock(moment, at),
            Order::WatchForNew => {
                self.watch = Some(Watch::default());
                return self.look_again(at, out);
            }
            // Readings come as they come; nothing is measured or stopped from here.
            Order::Measure | Order::Stream | Order::Stop | Order::FindCards | Order::Status | Order::Rest => return,
        };
        self.job = Some(Job { task, begun: false, until: at + ASSOCIATION });
        self.pump(at, out);
        if self.agent.is_none() {
            self.still_silent = Some(at + STILL_SILENT);
        }
    }

    /// A device associates when it has something to say: at first its memory counts as empty, so that the watch is ready.
    fn look_again(&mut self, at: Instant, out: &mut Vec<Output>) {
        if !self.has_store() {
            let ready = self.watch.as_mut().is_none_or(|watch| std::mem::replace(&mut watch.ready, true));
            if !ready {
                out.push(Output::Status(Status::Downloaded { downloaded: 0 }));
            }
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.ready = true;
        }
        self.look_at_once(at);
        self.pump(at, out);
    }

    /// Reads the store of a watched device, unless that is being done.
    pub(super) fn look_at_once(&mut self, at: Instant) {
        if self.watch.is_some() && self.job.is_none() && self.has_store() {
            self.job = Some(Job { task: Task::Download, begun: false, until: at + ASSOCIATION });
        }
    }

    /// Drops what was told to do.
    pub(super) fn stop_jobs(&mut self) {
        self.drop_job();
        self.watch = None;
    }

    fn drop_job(&mut self) {
        self.job = None;
        self.still_silent = None;
        self.transfer = None;
        self.queue.retain(Request::is_for_everyone);
        // A late answer to what is dropped finds nobody.
        self.asked = self.asked.filter(|asked| asked.request.is_for_everyone());
    }

    /// A job that was under way ends with the association; one that waits goes on waiting.
    pub(super) fn break_off(&mut self, out: &mut Vec<Output>) {
        self.transfer = None;
        if self.job.is_some_and(|job| job.begun) {
            self.fail(FaultCode::NoAnswer, SAYS_BROKEN_OFF, out);
        }
    }

    pub(super) fn fail(&mut self, code: FaultCode, says: &str, out: &mut Vec<Output>) {
        self.drop_job();
        out.push(Output::Fault(Fault::new(code, says, &[])));
    }

    pub(super) fn has_store(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.config.stores().next().is_some())
    }

    /// Asks what is to be asked next.
    pub(super) fn pump(&mut self, at: Instant, out: &mut Vec<Output>) {
        if self.state != State::Operating || self.asked.is_some() || !self.live {
            return;
        }
        if self.queue.is_empty() {
            self.begin_job(at, out);
        }
        let Some(request) = self.queue.pop_front() else { return };
        let invoke = self.invoke;
        self.invoke = self.invoke.wrapping_add(1);
        self.asked = Some(Asked { invoke, request, until: at + ANSWER });
        request.send(invoke, |apdu| self.send(apdu, out));
    }

    fn begin_job(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(job) = self.job.as_mut().filter(|job| !job.begun) else { return };
        job.begun = true;
        let Some(agent) = &self.agent else { return };
        match job.task {
            Task::Download => {
                self.queue.extend(agent.config.stores().map(Request::Segments));
                if self.queue.is_empty() {
                    self.fail(FaultCode::UnsupportedFormat, SAYS_NO_STORE, out);
                }
            }
            Task::SetClock(moment, when) if agent.mds.clock_settable => {
                let passed = chrono::Duration::from_std(at.saturating_duration_since(when)).unwrap_or_default();
                self.queue.push_back(Request::SetClock(moment.checked_add_signed(passed).unwrap_or(moment)));
            }
            Task::SetClock(..) => self.fail(FaultCode::UnsupportedFormat, SAYS_NO_CLOCK, out),
        }
    }

    /// An answer, or the refusal of one. Without a conversation every answer is taken for one to us.
    pub(super) fn hear_answer(&mut self, at: Instant, invoke: u16, answer: &Message<'_>, out: &mut Vec<Output>) {
        let asked = self.asked.filter(|asked| asked.invoke == invoke).map(|asked| asked.request);
        match (asked, answer) {
            (Some(request), Message::Error { .. } | Message::Reject { .. }) => self.refused(request, answer, out),
            (Some(Request::Mds), Message::GetResponse { attributes, .. }) => self.hear_mds(attributes, out),
            (Some(Request::Scanner(_)), Message::SetResponse { .. }) => {}
            (Some(Request::SetClock(moment)), Message::ActionResponse(act)) if act.kind == action::SET_TIME => {
                self.job = None;
                let clock_set = DeviceTime { moment, seconds: true };
                out.push(Output::Status(Status::ClockSet { clock_set }));
            }
            (Some(Request::Segments(store)), Message::ActionResponse(act)) if act.kind == action::SEGMENT_INFO => {
                self.hear_segments(store, act.args, out);
            }
            (Some(Request::Transfer(..)), Message::ActionResponse(act)) if act.kind == action::TRANSFER => {
                // It is over only with its last page.
                self.hear_transfer(at, act.args, out);
                return self.pump(at, out);
            }
            (None, _) if self.live => return,
            (None, Message::GetResponse { handle: 0, attributes }) => return self.hear_mds(attributes, out),
            (None, Message::ActionResponse(act)) if act.kind == action::SEGMENT_INFO => {
                return self.hear_segments(act.handle, act.args, out);
            }
            // Another kind of answer than was asked for: the right one may still come.
            _ => return,
        }
        self.asked = None;
        self.pump(at, out);
    }

    fn refused(&mut self, request: Request, answer: &Message<'_>, out: &mut Vec<Output>) {
        let number = match answer {
            Message::Error { error, .. } => *error,
            Message::Reject { problem } => *problem,
            _ => 0,
        };
        if request.is_for_everyone() {
            return;
        }
        self.drop_job();
        out.push(Output::Fault(Fault::device(number.into(), SAYS_REFUSED, &[])));
    }

    fn hear_mds(&mut self, attributes: &[Attribute<'_>], out: &mut Vec<Output>) {
        let Some(agent) = &mut self.agent else { return };
        agent.mds = Mds::read(attributes);
        let mds = agent.mds.clone();
        self.introduce(out);
        if let Stamp::At(_) = mds.clock
            && let Some(device_time) = mds.clock.told()
        {
            out.push(Output::Status(Status::Clock { device_time }));
        }
        if mds.wants_clock && mds.clock_settable {
            out.push(Output::Status(Status::Event { event: "wants_clock".into() }));
        }
    }

    /// Gives up asking, or waiting for a device.
    pub(super) fn stop_asking(&mut self, at: Instant, out: &mut Vec<Output>) {
        if self.asked.is_some_and(|asked| asked.until <= at) {
            // 8.4
            let begun = self.job.is_some_and(|job| job.begun);
            self.abort(reason::RESPONSE_TIMEOUT, "response_timeout", out);
            if !begun {
                out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])));
            }
        }
        if self.job.is_some_and(|job| !job.begun && job.until <= at) {
            self.fail(FaultCode::NoAnswer, SAYS_NOBODY, out);
        }
    }

    pub(super) fn asking_until(&self) -> Option<Instant> {
        let waiting = self.job.filter(|job| !job.begun).map(|job| job.until);
        [self.asked.map(|asked| asked.until), waiting].into_iter().flatten().min()
    }
}

impl Request {
    /// Whether it is asked of every device, whatever was ordered.
    fn is_for_everyone(&self) -> bool {
        matches!(self, Request::Mds | Request::Scanner(_))
    }

    fn send(self, invoke: u16, mut send: impl FnMut(&Apdu<'_>)) {
        let mut action = |handle, kind, args: &[u8]| {
            let act = Act { handle, kind, args };
            send(&Apdu::Data { invoke, message: Message::Action { confirmed: true, act } });
        };
        match self {
            Request::Mds => send(&Apdu::Data { invoke, message: Message::Get { handle: 0, ids: Vec::new() } }),
            Request::Scanner(handle) => {
                let enable = Attribute { id: attribute::OPERATIONAL, value: &ENABLED };
                let message = Message::Set { confirmed: true, handle, changes: vec![(REPLACE, enable)] };
                send(&Apdu::Data { invoke, message });
            }
            Request::SetClock(moment) => {
                // An accuracy of zero: not told.
                let args = [to_absolute(moment).as_slice(), &[0; 4]].concat();
                action(0, action::SET_TIME, &args);
            }
            Request::Segments(store) => action(store, action::SEGMENT_INFO, &ALL_SEGMENTS),
            Request::Transfer(store, instance) => action(store, action::TRANSFER, &instance.to_be_bytes()),
        }
    }
}

const ENABLED: [u8; 2] = [0, 1];
const REPLACE: u16 = 0;
/// How long an agent may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// An agent tries to associate every ten seconds.
const ASSOCIATION: Duration = Duration::from_secs(35);
const SAYS_SILENT: &str = "the device does not answer; switch it off and on again";
const SAYS_NOBODY: &str = "no device has come; switch it on, and press its button for sending";
const SAYS_BROKEN_OFF: &str = "the device broke off before it was done and nothing was kept; try again";
const SAYS_NO_STORE: &str = "this device keeps no memory that can be read; measure with it instead";
const SAYS_NO_CLOCK: &str = "this device's clock can only be set on the device itself";
const SAYS_REFUSED: &str = "the device refuses what it was asked; see its manual for this number";
