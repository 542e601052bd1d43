//! OMRON HEM-790IT and its sisters on USB: a download over 8-byte HID reports. Source: protocol page
//! `bp-omron-hem790it`.
//!
//! Single readings of both people are read one by one; it is complete or nothing of it is kept.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use self::answers::{Answer, Answers, Expected, REPORT};
use super::{listens, pressure};
use crate::checksum::xor8;
use crate::decoder::{Converse, Order, Output};
use crate::framing::Framer;
use crate::reading::{DeviceTime, Fault, FaultCode, Mark, Reading, Status};

pub mod answers;

/// Decoder of the HEM-790IT.
#[derive(Debug)]
pub struct Hem790it {
    framer: Framer<Answers>,
    talk: Option<Talk>,
}

/// A download under way.
#[derive(Debug)]
struct Talk {
    asked: Asked,
    tries: u8,
    /// When it is asked again.
    until: Instant,
    /// Readings of the present bank.
    count: u8,
    downloaded: u16,
    kept: Vec<Reading>,
    /// Records that were no readings.
    faults: Vec<Fault>,
    /// A broken answer, told if nothing better comes.
    bad: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The clearing block after a mode was set.
    Clear,
    Count {
        bank: u8,
    },
    Record {
        bank: u8,
        place: u8,
    },
    End,
}

impl Hem790it {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Hem790it {
        Hem790it { framer: Framer::new(Answers::default(), 16 * REPORT, PATIENCE), talk: None }
    }

    /// Byte by byte: what an answer is depends on what was asked for when it came.
    fn take(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for byte in bytes {
            for answer in self.framer.push(at, std::slice::from_ref(byte)) {
                self.hear(at, answer, out);
            }
        }
    }

    fn ask(&mut self, at: Instant, what: Asked, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries = if talk.asked == what { talk.tries + 1 } else { 1 };
        (talk.asked, talk.bad) = (what, None);
        talk.until = at + if what == Asked::Clear { CLEARED } else { ANSWER };
        self.framer.clear();
        self.framer.finder().expected = match what {
            Asked::Clear | Asked::End => Expected::Done,
            Asked::Count { .. } => Expected::Count,
            Asked::Record { .. } => Expected::Record,
        };
        let sent = match what {
            Asked::Clear => reports(&[0; 30]),
            Asked::Count { bank } => command(b"GDC", &[0, bank, 0, 0]),
            Asked::Record { bank, place } => command(b"GME", &[0, bank, 0, place]),
            Asked::End => command(b"END", &[0xFF]),
        };
        out.extend(sent.into_iter().map(Output::Send));
    }

    fn hear(&mut self, at: Instant, answer: Answer, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else {
            return out.extend(alone(answer));
        };
        match (talk.asked, answer) {
            (Asked::Clear, Answer::Done) => self.ask(at, Asked::Count { bank: 0 }, out),
            (Asked::Count { bank }, Answer::Count(count)) => {
                talk.count = count;
                out.push(Output::Status(Status::UserMemory { records: u16::from(count), user: bank + 1 }));
                self.go_on(at, bank, 0, out);
            }
            (Asked::Record { bank, place }, Answer::Record(raw)) => {
                match record(&raw) {
                    Ok(mut reading) => {
                        reading.note("user", (bank + 1).to_string());
                        talk.kept.push(reading);
                    }
                    Err(fault) => talk.faults.push(fault),
                }
                talk.downloaded += 1;
                let (done, of) = (u16::from(place) + 1, u16::from(talk.count));
                out.push(Output::Status(Status::Progress { done, of }));
                self.go_on(at, bank, place.saturating_add(1), out);
            }
            (Asked::End, Answer::Done | Answer::Off) => self.end(None, out),
            // It says so regularly; a moment later it knows.
            (_, Answer::Again) => talk.until = talk.until.min(at + PAUSE),
            (_, Answer::BadSum(raw)) => {
                talk.bad = Some(Fault::new(FaultCode::Checksum, SAYS_SUM, &raw));
                talk.until = talk.until.min(at + PAUSE);
            }
            (_, Answer::Cut(raw)) => {
                talk.bad = Some(Fault::new(FaultCode::Malformed, SAYS_CUT, &raw));
                talk.until = talk.until.min(at + PAUSE);
            }
            // Late answers to earlier questions.
            _ => {}
        }
    }

    /// Asks for what comes after the readings before `place` of this bank.
    fn go_on(&mut self, at: Instant, bank: u8, place: u8, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let next = match bank + 1 {
            _ if place < talk.count => Asked::Record { bank, place },
            bank @ ..BANKS => Asked::Count { bank },
            _ => Asked::End,
        };
        self.ask(at, next, out);
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match talk.asked {
            Asked::Clear if talk.tries < CLEARS => self.ask(at, Asked::Clear, out),
            Asked::Clear => self.fail(SAYS_ASLEEP, out),
            // All readings are here; how it says goodbye changes nothing.
            Asked::End => self.end(None, out),
            asked if talk.tries <= RETRIES => self.ask(at, asked, out),
            // A monitor for one person.
            Asked::Count { bank: 1.. } => self.ask(at, Asked::End, out),
            _ => self.fail(SAYS_SILENT, out),
        }
    }

    fn fail(&mut self, says: &str, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let fault = talk.bad.take().unwrap_or_else(|| Fault::new(FaultCode::NoAnswer, says, &[]));
        if talk.asked != Asked::Clear {
            out.extend(command(b"END", &[0xFF]).into_iter().map(Output::Send));
        }
        self.end(Some(fault), out);
    }

    fn end(&mut self, fault: Option<Fault>, out: &mut Vec<Output>) {
        self.framer.finder().expected = Expected::Any;
        let Some(talk) = self.talk.take() else { return };
        if let Some(fault) = fault {
            return out.push(Output::Fault(fault));
        }
        out.extend(talk.kept.into_iter().map(Output::Reading));
        out.extend(talk.faults.into_iter().map(Output::Fault));
        out.push(Output::Status(Status::Downloaded { downloaded: talk.downloaded }));
    }
}

impl Default for Hem790it {
    fn default() -> Hem790it {
        Hem790it::new()
    }
}

listens!(Hem790it, take);

impl Converse for Hem790it {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        if self.talk.take().is_some() {
            out.extend(command(b"END", &[0xFF]).into_iter().map(Output::Send));
        }
        self.framer.clear();
        self.framer.finder().expected = Expected::Any;
        if matches!(order, Order::Download | Order::WatchForNew) {
            self.talk = Some(Talk {
                asked: Asked::Clear,
                tries: 0,
                until: at,
                count: 0,
                downloaded: 0,
                kept: Vec::new(),
                faults: Vec::new(),
                bad: None,
            });
            out.push(Output::Feature(SINGLE_READINGS.to_vec()));
            self.ask(at, Asked::Clear, out);
        }
    }
}

/// Returns a command as reports: three letters, data, the exclusive or of the data.
pub fn command(letters: &[u8; 3], data: &[u8]) -> Vec<Vec<u8>> {
    reports(&[letters, data, &[xor8(data)]].concat())
}

/// Returns bytes as reports: a count, up to seven of them, zeros.
pub fn reports(bytes: &[u8]) -> Vec<Vec<u8>> {
    let report = |part: &[u8]| {
        // At most seven.
        let mut report = vec![part.len() as u8];
        report.extend(part);
        report.resize(REPORT, 0);
        report
    };
    bytes.chunks(REPORT - 1).map(report).collect()
}

/// Reads the seventeen bytes of one reading.
fn record(raw: &[u8]) -> Result<Reading, Fault> {
    let [_, _, _, year, month, day, hour, minute, second, _, _, systolic, diastolic, pulse, _, flags, _] = *raw else {
        return Err(Fault::new(FaultCode::Malformed, SAYS_CUT, raw));
    };
    let mut reading = pressure::reading(systolic.into(), diastolic.into(), pulse.into(), raw)?;
    let date = NaiveDate::from_ymd_opt(2000 + i32::from(year), month.into(), day.into());
    match date.and_then(|date| date.and_hms_opt(hour.into(), minute.into(), second.into())) {
        Some(moment) => reading.device_time = Some(DeviceTime { moment, seconds: true }),
        // Its clock was never set: what was measured is true all the same.
        None if month == 0 => reading.mark(Mark::TimeDoubtful),
        None => return Err(Fault::new(FaultCode::InvalidTimestamp, SAYS_TIME, raw)),
    }
    match flags >> 4 {
        0 => {}
        place @ 1..=3 => reading.note("of_three", ["first", "second", "third"][usize::from(place) - 1]),
        _ => reading.mark(Mark::Questionable),
    }
    Ok(reading)
}

fn alone(answer: Answer) -> Option<Output> {
    let event = |event: &'static str| Some(Output::Status(Status::Event { event: event.into() }));
    match answer {
        Answer::Done => event("ready"),
        Answer::Again => event("retry"),
        Answer::Off => event("end"),
        Answer::Count(count) => Some(Output::Status(Status::Records { records: u16::from(count) })),
        Answer::Record(raw) => Some(record(&raw).into()),
        Answer::BadSum(raw) => Some(Output::Fault(Fault::new(FaultCode::Checksum, SAYS_SUM, &raw))),
        Answer::Cut(raw) => Some(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_CUT, &raw))),
    }
}

/// The feature report that asks for single readings.
pub const SINGLE_READINGS: [u8; 2] = [0x74, 0xBC];
/// The monitor keeps the readings of two people apart.
pub const BANKS: u8 = 2;
const CLEARS: u8 = 10;
const RETRIES: u8 = 5;
/// Ten of them take less than five seconds.
const CLEARED: Duration = Duration::from_millis(450);
/// Six of them take less than five seconds.
const ANSWER: Duration = Duration::from_millis(800);
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_millis(500);
const SAYS_ASLEEP: &str = "the monitor does not answer; plug its cable in, do not measure meanwhile, and read again";
const SAYS_SILENT: &str = "the monitor fell silent and nothing was kept; check the plug and read again";
const SAYS_SUM: &str = "the checksum of an answer from the monitor is wrong; check the plug and read again";
const SAYS_CUT: &str = "an answer from the monitor is incomplete; check the plug and read again";
const SAYS_TIME: &str = "a record in the monitor has an impossible time and was left out; set the monitor's clock";
