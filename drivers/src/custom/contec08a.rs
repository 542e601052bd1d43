//! CONTEC 08A, 08C and 08E bench monitors: a download over 64-byte HID reports. Source: protocol page `bp-contec08a`.
//!
//! A record is a run of fourteen bytes with their high bit set and two zeros; a header and the answers begin with two
//! letters; all else in a report is padding. So records are found with reports around them and without.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::pressure;
use super::tally::Tally;
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step};
use crate::reading::{DeviceTime, Fault, FaultCode, Quantity, Reading, Status, Unit};

/// Decoder of the CONTEC 08A family.
#[derive(Debug)]
pub struct Contec08a {
    framer: Framer<Frames>,
    /// What was overheard while no download was asked for.
    tally: Tally,
    talk: Option<Talk>,
}

/// A download under way.
#[derive(Debug)]
struct Talk {
    asked: Asked,
    tries: u8,
    /// When the next report is overdue.
    until: Instant,
    /// Bytes that came since the last question.
    came: usize,
    /// Records that the present user's header announced, once it came, and how many came of them.
    announced: Option<u16>,
    done: u16,
    /// Records of all users so far.
    downloaded: u16,
    kept: Vec<Reading>,
    /// Records that were no readings.
    faults: Vec<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Hello,
    Open,
    User(u8),
}

#[derive(Debug)]
struct Frames;

#[derive(Debug)]
enum Frame {
    /// Whether the monitor is on.
    Answer {
        on: bool,
    },
    Header {
        records: u16,
        user: u8,
    },
    Record(Vec<u8>),
    Broken(Vec<u8>),
}

impl Contec08a {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Contec08a {
        Contec08a { framer: Framer::new(Frames, 2 * REPORT, PATIENCE), tally: Tally::default(), talk: None }
    }

    fn ask(&mut self, at: Instant, what: Asked, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries = if talk.asked == what { talk.tries + 1 } else { 1 };
        (talk.asked, talk.until, talk.came) = (what, at + REPORT_WITHIN, 0);
        (talk.announced, talk.done) = (None, 0);
        out.push(Output::Send(match what {
            Asked::Hello => report(&HELLO),
            Asked::Open => report(&OPEN),
            Asked::User(user) => download(user),
        }));
    }

    fn hear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else {
            return self.overhear(at, frame, out);
        };
        // Of the first two answers nothing is understood but that they came.
        let Asked::User(user) = talk.asked else { return };
        match frame {
            Frame::Answer { on: true } => {}
            Frame::Answer { on: false } => self.end(Some(Fault::new(FaultCode::NoAnswer, SAYS_OFF, &[])), out),
            Frame::Header { records, user } if talk.announced.is_none() => {
                talk.announced = Some(records);
                out.push(Output::Status(Status::UserMemory { records, user }));
                self.count(at, 0, out);
            }
            Frame::Header { .. } => {}
            Frame::Record(_) | Frame::Broken(_) if talk.announced.is_none() => {}
            Frame::Record(raw) => {
                match record(&raw) {
                    Ok(mut reading) => {
                        reading.note("user", user.to_string());
                        talk.kept.push(reading);
                    }
                    Err(fault) => talk.faults.push(fault),
                }
                self.count(at, 1, out);
            }
            Frame::Broken(raw) => {
                talk.faults.push(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, &raw));
                self.count(at, 1, out);
            }
        }
    }

    fn overhear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        match &frame {
            Frame::Header { records, .. } => out.extend(self.tally.announce(at, *records).map(Output::Fault)),
            Frame::Record(_) | Frame::Broken(_) => self.tally.count(at),
            Frame::Answer { .. } => {}
        }
        out.extend(alone(frame));
    }

    /// So many more records of this user came; after the last one the next user is asked for.
    fn count(&mut self, at: Instant, more: u16, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let Some(announced) = talk.announced else { return };
        talk.done += more;
        talk.downloaded += more;
        if announced > 0 {
            out.push(Output::Status(Status::Progress { done: talk.done, of: announced }));
        }
        match talk.asked {
            Asked::User(user) if talk.done >= announced => {
                if user < USERS {
                    return self.ask(at, Asked::User(user + 1), out);
                }
                self.end(None, out);
            }
            _ => {}
        }
    }

    /// Bytes came: the clock of the next report begins anew, and an answer that is only waited for is whole.
    fn came(&mut self, at: Instant, count: usize, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.until = at + REPORT_WITHIN;
        talk.came += count;
        if talk.came < REPORT {
            return;
        }
        match talk.asked {
            Asked::Hello => self.ask(at, Asked::Open, out),
            Asked::Open => self.ask(at, Asked::User(1), out),
            Asked::User(_) => {}
        }
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match (talk.asked, talk.announced) {
            (Asked::User(user), Some(announced)) => {
                let says = format!(
                    "the monitor sent {} of {announced} records of user {user} and fell silent; what came is kept; read again",
                    talk.done
                );
                self.end(Some(Fault::new(FaultCode::NoAnswer, says, &[])), out);
            }
            // A monitor for fewer people says nothing about the others.
            (Asked::User(user), None) if user > 1 && talk.came == 0 => self.end(None, out),
            (asked, _) if talk.tries < TRIES => self.ask(at, asked, out),
            _ => self.end(Some(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])), out),
        }
    }

    /// Readings first: who asked for them gets what came, whatever else is to be told.
    fn end(&mut self, fault: Option<Fault>, out: &mut Vec<Output>) {
        let Some(talk) = self.talk.take() else { return };
        out.extend(talk.kept.into_iter().map(Output::Reading));
        out.extend(talk.faults.into_iter().map(Output::Fault));
        out.push(match fault {
            Some(fault) => Output::Fault(fault),
            None => Output::Status(Status::Downloaded { downloaded: talk.downloaded }),
        });
    }
}

impl Default for Contec08a {
    fn default() -> Contec08a {
        Contec08a::new()
    }
}

impl Decoder for Contec08a {
    /// Byte by byte: which question a byte answers depends on how many came before it, not on how they were cut.
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for byte in bytes {
            for frame in self.framer.push(at, std::slice::from_ref(byte)) {
                self.hear(at, frame, out);
            }
            self.came(at, 1, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for frame in self.framer.expire(at) {
            self.hear(at, frame, out);
        }
        out.extend(self.tally.expire(at).map(Output::Fault));
        if self.talk.as_ref().is_some_and(|talk| talk.until <= at) {
            self.overdue(at, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().map(|talk| talk.until);
        [talk, self.tally.deadline(), self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Contec08a {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        self.tally = Tally::default();
        self.talk = None;
        if matches!(order, Order::Download | Order::WatchForNew) {
            self.talk = Some(Talk {
                asked: Asked::Hello,
                tries: 0,
                until: at,
                came: 0,
                announced: None,
                done: 0,
                downloaded: 0,
                kept: Vec::new(),
                faults: Vec::new(),
            });
            self.ask(at, Asked::Hello, out);
        }
    }
}

impl Find for Frames {
    type Frame = Frame;

    fn find(&mut self, held: &[u8]) -> Step<Frame> {
        match (held[0], held.get(1)) {
            (0x46 | 0x4A, None) => Step::Wait,
            (0x4A, Some(0x43)) => match held.get(2) {
                None => Step::Wait,
                Some(state) => Step::Take(3, Frame::Answer { on: *state == 1 }),
            },
            (0x46, Some(0x41)) => header(held),
            (first, _) if high(first) => run(held),
            _ => Step::Skip(1),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Frame> {
        let worth_telling =
            held.starts_with(&[0x46, 0x41]) || held.iter().filter(|byte| high(**byte)).count() >= BROKEN;
        if worth_telling { Step::Take(held.len(), Frame::Broken(held.to_vec())) } else { Step::Skip(held.len()) }
    }
}

fn header(held: &[u8]) -> Step<Frame> {
    let rest = held[2..].iter().take(RUN - 2);
    match rest.clone().position(|byte| !high(*byte)) {
        Some(0) => Step::Skip(1),
        Some(end) => Step::Take(2 + end, Frame::Broken(held[..2 + end].to_vec())),
        None if held.len() < RUN => Step::Wait,
        None => match u16::from(held[4] & 0x7F) {
            records @ 0..=100 => Step::Take(RUN, Frame::Header { records, user: held[13] & 0x03 }),
            _ => Step::Take(RUN, Frame::Broken(held[..RUN].to_vec())),
        },
    }
}

/// Looks at bytes with their high bit set: just fourteen, and two zeros, are a record.
fn run(held: &[u8]) -> Step<Frame> {
    match held.iter().position(|byte| !high(*byte)) {
        None if held.len() < 2 * REPORT - 1 => Step::Wait,
        None => Step::Take(held.len(), Frame::Broken(held.to_vec())),
        Some(RUN) => match held.get(RUN..RECORD) {
            None if held[RUN] == 0 => Step::Wait,
            Some([0, 0]) => Step::Take(RECORD, Frame::Record(held[..RECORD].to_vec())),
            _ => Step::Take(RUN, Frame::Broken(held[..RUN].to_vec())),
        },
        Some(end) if end > RUN && held[end] == 0 => match held.get(end..end + 2) {
            None => Step::Wait,
            // What stands right before two zeros is a record; a damaged one or noise stands before it.
            Some([0, 0]) if ends_in_a_record(&held[..end]) => match end - RUN {
                rest @ ..BROKEN => Step::Skip(rest),
                rest => Step::Take(rest, Frame::Broken(held[..rest].to_vec())),
            },
            _ => Step::Take(end, Frame::Broken(held[..end].to_vec())),
        },
        Some(end) if end >= BROKEN => Step::Take(end, Frame::Broken(held[..end].to_vec())),
        // Noise, or a byte of an answer that nobody understands.
        Some(end) => Step::Skip(end),
    }
}

/// Whether the last fourteen bytes of a longer run look like a record: three of them are the same in all that are known.
fn ends_in_a_record(run: &[u8]) -> bool {
    let last = &run[run.len() - RUN..];
    [1, 8, 12].iter().all(|place| last[*place] == 0x80)
}

fn high(byte: u8) -> bool {
    byte & 0x80 != 0
}

/// Reads one record of sixteen bytes.
fn record(raw: &[u8]) -> Result<Reading, Fault> {
    // The high bits of bytes 1 to 7 are collected in byte 0.
    let byte = |place: usize| {
        let collected = if (1..=7).contains(&place) { raw[0] >> (place - 1) & 1 } else { 0 };
        u16::from(raw[place] & 0x7F) | u16::from(collected) << 7
    };
    let (systolic, diastolic, mean) = (byte(2), byte(3), byte(5));
    let reading = pressure::reading(systolic, diastolic, byte(4), raw)?;
    if !(diastolic..=systolic).contains(&mean) {
        return Err(Fault::new(FaultCode::OutOfRange, SAYS_MEAN, raw));
    }
    let number = |place| u32::from(byte(place));
    let day = NaiveDate::from_ymd_opt(2000 + i32::from(byte(6)), number(7), number(9));
    let moment = day.and_then(|day| day.and_hms_opt(number(10), number(11), 0));
    let moment = moment.ok_or_else(|| Fault::new(FaultCode::InvalidTimestamp, SAYS_TIME, raw))?;
    let mut reading = reading.with(Quantity::MeanArterial, mean, Unit::MmHg);
    reading.device_time = Some(DeviceTime { moment, seconds: false });
    Ok(reading)
}

fn alone(frame: Frame) -> Option<Output> {
    Some(match frame {
        Frame::Answer { on: true } => Output::Status(Status::Event { event: "ready".into() }),
        Frame::Answer { on: false } => Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_OFF, &[])),
        Frame::Header { records, user } => Output::Status(Status::UserMemory { records, user }),
        Frame::Record(raw) => record(&raw).into(),
        Frame::Broken(raw) => Output::Fault(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, &raw)),
    })
}

/// Returns the question for the records of user 1, 2 or 3.
pub fn download(user: u8) -> Vec<u8> {
    report(&[0x43, 0x41, 0x01, 0x03 + user, 0x02, 0x00])
}

/// Returns bytes as a report: with zeros up to its end.
pub fn report(bytes: &[u8]) -> Vec<u8> {
    let mut report = bytes.to_vec();
    report.resize(REPORT, 0);
    report
}

/// Bytes of a report.
pub const REPORT: usize = 64;
const HELLO: [u8; 6] = [0x40, 0x8F, 0xFF, 0xFE, 0xFD, 0xFC];
const OPEN: [u8; 6] = [0x42, 0x8F, 0xFF, 0xFE, 0xFD, 0xFC];
/// The monitor keeps the records of three people apart.
pub const USERS: u8 = 3;
/// Bytes of a record that have their high bit set, and of a header in all.
const RUN: usize = 14;
const RECORD: usize = 16;
/// A shorter run is noise, not a damaged record.
const BROKEN: usize = 8;
const REPORT_WITHIN: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u8 = 2;
const SAYS_OFF: &str = "the monitor is switched off; switch it on and read again";
const SAYS_SILENT: &str = "the monitor does not answer; switch it on, check its cable and read again";
const SAYS_MALFORMED: &str = "a record from the monitor is damaged; check its cable and read again";
const SAYS_MEAN: &str = "a record from the monitor contradicts itself and was left out; measure again";
const SAYS_TIME: &str = "a record in the monitor has an impossible time and was left out; set the monitor's clock";
