//! LifeScan OneTouch UltraEasy and UltraMini, binary with link control. Source: protocol page
//! `glucose-onetouch-ultraeasy`.
//!
//! Each side counts its frames with one bit and acknowledges the other's. A link that went wrong begins again with a
//! disconnect, and a download goes on where it was, if it is still the same meter.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::ask::{self, Talk, malformed, whole};
use super::listens;
use super::ultraeasy_frames::{
    ACK, COUNT, COUNTERS, DISCONNECT, HANG_UP_HEARD, LONGEST, Link, clock, count, frame, record, record_request,
    seconds, text, unit,
};
use crate::decoder::{Converse, Order, Output};
use crate::framing::Framer;
use crate::framing::seek::{Frame, Seek};
use crate::reading::{Fault, FaultCode, Reading, Status, Unit};

/// Decoder of the OneTouch UltraEasy.
#[derive(Debug)]
pub struct UltraEasy {
    framer: Framer<Seek<Link>>,
    /// Serial number heard last.
    serial: Option<String>,
    talk: Option<Talk<Step>>,
    state: State,
}

/// How the link stands.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Our send counter.
    s: bool,
    /// The meter's send counter, as we expect it.
    e: bool,
    /// The command was acknowledged.
    acked: bool,
    restarts: u8,
    /// When the last good frame came, or all began.
    good: Option<Instant>,
    unit: Unit,
    /// What the clock shall be set to.
    set: Option<NaiveDateTime>,
}

/// What is asked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Disconnect,
    Serial,
    Version,
    Clock,
    Unit,
    Count,
    Record,
    SetClock,
}

impl UltraEasy {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> UltraEasy {
        let state = State { s: false, e: false, acked: false, restarts: 0, good: None, unit: Unit::MgPerDl, set: None };
        UltraEasy { framer: Framer::new(Seek::new([Link]), 4 * LONGEST, PATIENCE), serial: None, talk: None, state }
    }

    fn hear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        let raw = match whole(frame) {
            Ok(raw) => raw,
            Err(fault) => return self.broken(fault, out),
        };
        let Some(talk) = &mut self.talk else {
            return out.push(self.alone(&raw));
        };
        talk.understood();
        self.state.good = Some(at);
        let link = raw[2];
        match (talk.step, link & (DISCONNECT | ACK)) {
            (Step::Disconnect, HANG_UP_HEARD) => {
                (self.state.s, self.state.e) = (false, false);
                let first = if self.state.set.is_some() { Step::SetClock } else { Step::Serial };
                self.ask(at, first, out);
            }
            // What was under way before the link began anew.
            (Step::Disconnect, _) => {}
            (_, ACK) => self.acknowledged(at, link, out),
            (_, 0) => self.answered(at, &raw, out),
            _ => self.restart(at, out),
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Vec<Output>) {
        match &mut self.talk {
            Some(talk) => talk.remember(fault),
            None => out.push(Output::Fault(fault)),
        }
    }

    fn ask(&mut self, at: Instant, step: Step, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        self.state.acked = false;
        let payload: Vec<u8> = match step {
            Step::Disconnect => return talk.ask(at, step, frame(DISCONNECT, &[]), WAIT, out),
            Step::Serial => [0x05, 0x0B, 0x02].into_iter().chain([0; 9]).collect(),
            Step::Version => vec![0x05, 0x0D, 0x02],
            Step::Clock => vec![0x05, 0x20, 0x02, 0, 0, 0, 0],
            Step::Unit => vec![0x05, 0x09, 0x02, 0x09, 0, 0, 0, 0],
            Step::Count => record_request(COUNT),
            Step::Record => record_request(talk.done),
            Step::SetClock => [&[0x05, 0x20, 0x01], self.state.set.map_or([0; 4], seconds).as_slice()].concat(),
        };
        talk.ask(at, step, frame(self.state.counters(), &payload), WAIT, out);
    }

    fn acknowledged(&mut self, at: Instant, link: u8, out: &mut Vec<Output>) {
        let expected = u8::from(self.state.e) | u8::from(self.state.s == self.state.acked) << 1;
        if link & COUNTERS != expected {
            return self.restart(at, out);
        }
        // A second acknowledgement of the same gives no second time.
        if let Some(talk) = self.talk.as_mut().filter(|_| !self.state.acked) {
            (self.state.s, self.state.acked) = (!self.state.s, true);
            talk.wait_until(at, WAIT);
        }
    }

    fn answered(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Output>) {
        let expected = u8::from(self.state.e) | u8::from(self.state.s == self.state.acked) << 1;
        if raw[2] & COUNTERS != expected {
            return self.restart(at, out);
        }
        if !self.state.acked {
            // An answer says that the command came through.
            self.state.s = !self.state.s;
        }
        self.state.e = !self.state.e;
        out.push(Output::Send(frame(self.state.counters() | ACK, &[])));
        if self.answer(at, raw, out).is_none() {
            ask::fail(&mut self.talk, malformed(raw), out);
        }
    }

    /// What an answer gives; `None` if it is none.
    fn answer(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Output>) -> Option<()> {
        let payload = &raw[3..raw.len() - 3];
        let talk = self.talk.as_mut()?;
        let next = match talk.step {
            Step::Disconnect => return None,
            Step::Serial => {
                let serial = text(payload)?;
                if self.serial.as_ref().is_some_and(|known| *known != serial) {
                    let fault = Fault::new(FaultCode::Malformed, SAYS_OTHER, raw);
                    ask::fail(&mut self.talk, fault, out);
                    return Some(());
                }
                if self.serial.replace(serial.clone()).is_none() {
                    out.push(Output::Status(Status::device(serial)));
                }
                Step::Version
            }
            Step::Version => {
                out.push(Output::Status(Status::Version { version: text(payload)? }));
                Step::Clock
            }
            Step::Clock => {
                out.push(Output::Status(Status::Clock { device_time: clock(payload)? }));
                Step::Unit
            }
            Step::Unit => {
                self.state.unit = unit(payload)?;
                Step::Count
            }
            Step::Count => {
                let records = count(payload)?;
                if talk.of.is_some_and(|known| known != records) {
                    return None;
                }
                if talk.of.is_none() {
                    let (device_id, display_unit) = (self.serial.clone(), Some(self.state.unit));
                    out.push(Output::Status(Status::Memory { records, device_id, display_unit }));
                    talk.memory(records, out);
                }
                Step::Record
            }
            Step::Record => {
                talk.keep(told(record(payload, raw)?, self.serial.as_deref()), out);
                Step::Record
            }
            Step::SetClock => {
                let clock_set = clock(payload)?;
                if payload.get(2..) != self.state.set.map(seconds).as_ref().map(<[u8; 4]>::as_slice) {
                    return None;
                }
                talk.keep_aside(Output::Status(Status::ClockSet { clock_set }));
                ask::finish(&mut self.talk, out);
                return Some(());
            }
        };
        if next == Step::Record && talk.of == Some(talk.done) {
            ask::finish(&mut self.talk, out);
        } else {
            self.ask(at, next, out);
        }
        Some(())
    }

    /// What a frame means when no download is under way.
    fn alone(&mut self, raw: &[u8]) -> Output {
        let event = |event: &'static str| Status::Event { event: event.into() };
        let payload = &raw[3..raw.len() - 3];
        Output::Status(match payload {
            [] if raw[2] & DISCONNECT != 0 => event("disconnected"),
            [] => event("acknowledged"),
            _ => {
                if let Some(text) = text(payload) {
                    if text.bytes().any(|byte| b" ./:".contains(&byte)) {
                        return Output::Status(Status::Version { version: text });
                    }
                    self.serial = Some(text.clone());
                    Status::device(text)
                } else if let Some(records) = count(payload) {
                    Status::Memory { records, device_id: None, display_unit: None }
                } else if let Some(display_unit) = unit(payload) {
                    Status::DisplayUnit { display_unit }
                } else if let Some(device_time) = clock(payload) {
                    Status::Clock { device_time }
                } else {
                    return match record(payload, raw) {
                        Some(result) => told(result, self.serial.as_deref()),
                        None => Output::Fault(malformed(raw)),
                    };
                }
            }
        })
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if self.state.good.is_none_or(|good| at >= good + GIVE_UP) {
            return ask::give_up(&mut self.talk, ask::SAYS_SILENT, out);
        }
        if talk.again(at, 2, out) {
            (self.state.acked, self.state.s) = (false, talk.asked()[2] & 1 == 1);
            return;
        }
        self.restart(at, out);
    }

    fn restart(&mut self, at: Instant, out: &mut Vec<Output>) {
        self.state.restarts += 1;
        if self.state.restarts > RESTARTS {
            return ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_LINK, &[]), out);
        }
        self.ask(at, Step::Disconnect, out);
    }
}

impl State {
    fn counters(&self) -> u8 {
        u8::from(self.s) | u8::from(self.e) << 1
    }
}

impl Default for UltraEasy {
    fn default() -> UltraEasy {
        UltraEasy::new()
    }
}

listens!(UltraEasy);

impl Converse for UltraEasy {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        self.state.set = match order {
            Order::Download | Order::WatchForNew => None,
            Order::SetClock(moment) => Some(moment),
            _ => return,
        };
        self.framer.clear();
        self.serial = None;
        (self.state.restarts, self.state.good) = (0, Some(at));
        self.talk = Some(Talk::waiting(at, Step::Disconnect, WAIT));
        self.ask(at, Step::Disconnect, out);
    }
}

fn told(result: Result<Reading, Fault>, serial: Option<&str>) -> Output {
    result.map(|reading| Reading { device_id: serial.map(str::to_owned), ..reading }).into()
}

const RESTARTS: u8 = 3;
/// Within a frame.
const PATIENCE: Duration = Duration::from_millis(500);
/// For an acknowledgement, and for an answer after it.
const WAIT: Duration = Duration::from_secs(1);
/// After so long without one good frame nothing more is tried.
const GIVE_UP: Duration = Duration::from_secs(4);
const SAYS_LINK: &str = "the meter and this machine lost count of each other again and again, nothing was kept; check the plug and read again";
const SAYS_OTHER: &str = "the meter was exchanged while it was read, nothing was kept; read again";
