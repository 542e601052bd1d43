//! Beurer BM58 and the Andon KD-001 family. Source: protocol page `bp-beurer-bm58`.
//!
//! One byte asks, and the answers carry neither frame nor sum: what an answer is follows from what was asked. Bytes that nobody
//! asked for are searched for nine that make a plausible record.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step};
use crate::plausible;
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Quantity, Reading, Status, Unit};

/// Decoder of the BM58.
#[derive(Debug)]
pub struct Bm58 {
    framer: Framer<Records>,
    talk: Option<Talk>,
}

/// A download under way.
#[derive(Debug)]
struct Talk {
    ask: Ask,
    tries: u8,
    held: Vec<u8>,
    until: Instant,
    of: u16,
    kept: Vec<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Hello,
    Description,
    Count,
    Record(u8),
}

#[derive(Debug)]
struct Records;

impl Bm58 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Bm58 {
        Bm58 { framer: Framer::new(Records, 4 * RECORD, PATIENCE), talk: None }
    }

    fn ask(&mut self, at: Instant, ask: Ask, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries = if talk.ask == ask { talk.tries + 1 } else { 1 };
        talk.ask = ask;
        talk.held.clear();
        talk.until = at + PATIENCE;
        out.push(Output::Send(command(ask)));
    }

    /// Takes the answer to the open question once it is whole.
    fn hear(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match talk.ask {
            Ask::Hello if talk.held.contains(&PRESENT) => self.ask(at, Ask::Description, out),
            Ask::Description => {
                if let Some(end) = talk.held.iter().position(|byte| *byte == b'\n') {
                    let version = String::from_utf8_lossy(&talk.held[..end]).trim().to_owned();
                    out.push(Output::Status(Status::Version { version }));
                    self.ask(at, Ask::Count, out);
                }
            }
            Ask::Count => {
                if let Some(count) = talk.held.first().copied() {
                    talk.of = count.into();
                    let records = talk.of;
                    out.push(Output::Status(Status::Memory { records, device_id: None, display_unit: None }));
                    self.go_on(at, 0, out);
                }
            }
            Ask::Record(number) if talk.held.len() >= RECORD => {
                let read = record(&talk.held[..RECORD]);
                talk.kept.push(read);
                self.go_on(at, number, out);
            }
            Ask::Hello | Ask::Record(_) => {}
        }
    }

    /// Asks for the record after this one, or ends.
    fn go_on(&mut self, at: Instant, number: u8, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        out.push(Output::Status(Status::Progress { done: number.into(), of: talk.of }));
        if u16::from(number) < talk.of {
            return self.ask(at, Ask::Record(number + 1), out);
        }
        let Some(mut talk) = self.talk.take() else { return };
        // The memory is not kept in order.
        talk.kept.sort_by_key(|output| match output {
            Output::Reading(reading) => std::cmp::Reverse(reading.device_time),
            _ => std::cmp::Reverse(None),
        });
        out.append(&mut talk.kept);
        out.push(Output::Status(Status::Downloaded { downloaded: talk.of }));
    }

    fn silence(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if at < talk.until {
            return;
        }
        match talk.ask {
            // A single byte in place of a record: there is none under this number.
            Ask::Record(number) if talk.held.len() == 1 => {
                talk.kept.push(Output::Status(Status::Skipped { skipped: "no_record".into() }));
                self.go_on(at, number, out);
            }
            ask if talk.tries < TRIES => self.ask(at, ask, out),
            // Some of the family have no description.
            Ask::Description => self.ask(at, Ask::Count, out),
            ask => {
                self.talk = None;
                let says = if ask == Ask::Hello { SAYS_OFF } else { SAYS_SILENT };
                out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, says, &[])));
            }
        }
    }
}

impl Default for Bm58 {
    fn default() -> Bm58 {
        Bm58::new()
    }
}

impl Decoder for Bm58 {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        if self.talk.is_none() {
            return out.extend(self.framer.push(at, bytes));
        }
        for byte in bytes {
            if let Some(talk) = &mut self.talk
                && talk.held.len() < LONGEST
            {
                talk.held.push(*byte);
                self.hear(at, out);
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        out.extend(self.framer.expire(at));
        self.silence(at, out);
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().map(|talk| talk.until);
        talk.or_else(|| self.framer.deadline())
    }
}

impl Converse for Bm58 {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        self.talk = None;
        if matches!(order, Order::Download | Order::WatchForNew) {
            let (held, kept) = (Vec::new(), Vec::new());
            self.talk = Some(Talk { ask: Ask::Hello, tries: 0, held, until: at, of: 0, kept });
            self.ask(at, Ask::Hello, out);
        }
    }
}

impl Find for Records {
    type Frame = Output;

    fn find(&mut self, held: &[u8]) -> Step<Output> {
        match held.get(..RECORD) {
            None => Step::Wait,
            // The only header that was seen: such a record is told whatever is in it.
            Some(window) if is_likely(window) || window[0] == HEADER => Step::Take(RECORD, record(window)),
            Some(_) => alone(held[0]),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Output> {
        alone(held[0])
    }
}

/// Returns the bytes that ask.
fn command(ask: Ask) -> Vec<u8> {
    match ask {
        Ask::Hello => vec![0xAA],
        Ask::Description => vec![0xA4],
        Ask::Count => vec![0xA2],
        Ask::Record(number) => vec![0xA3, number],
    }
}

fn alone(byte: u8) -> Step<Output> {
    match byte {
        PRESENT => Step::Take(1, Output::Status(Status::Event { event: "present".into() })),
        _ => Step::Skip(1),
    }
}

/// Whether nine bytes can be a record, but for the day of the month.
fn is_likely(window: &[u8]) -> bool {
    let [_, systolic, diastolic, pulse, month, day, hour, minute, year] = *window else {
        return false;
    };
    let clock = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && year < 100;
    clock && diastolic < systolic && PULSES.contains(&pulse)
}

fn record(raw: &[u8]) -> Output {
    reading(raw).into()
}

fn reading(raw: &[u8]) -> Result<Reading, Fault> {
    let fault = |code, says| Fault::new(code, says, raw);
    let [_, systolic, diastolic, pulse, month, day, hour, minute, year] = *raw else {
        return Err(fault(FaultCode::Malformed, SAYS_RANGE));
    };
    let moment = NaiveDate::from_ymd_opt(2000 + i32::from(year), month.into(), day.into())
        .and_then(|date| date.and_hms_opt(hour.into(), minute.into(), 0))
        .ok_or_else(|| fault(FaultCode::InvalidTimestamp, SAYS_TIME))?;
    let mut reading = Reading::new(Kind::BloodPressure, raw)
        .with(Quantity::Systolic, u16::from(systolic) + OFFSET, Unit::MmHg)
        .with(Quantity::Diastolic, u16::from(diastolic) + OFFSET, Unit::MmHg)
        .with(Quantity::Pulse, pulse, Unit::PerMinute);
    if !plausible::pressures_in_order(&reading) || !PULSES.contains(&pulse) {
        return Err(fault(FaultCode::OutOfRange, SAYS_RANGE));
    }
    reading.device_time = Some(DeviceTime { moment, seconds: false });
    Ok(reading)
}

/// Added to both pressures.
const OFFSET: u16 = 25;
const RECORD: usize = 9;
const PRESENT: u8 = 0x55;
const HEADER: u8 = 0xAC;
const PULSES: std::ops::RangeInclusive<u8> = 30..=250;
/// The longest description that is listened to.
const LONGEST: usize = 128;
const PATIENCE: Duration = Duration::from_millis(500);
const TRIES: u8 = 3;
const SAYS_OFF: &str = "the monitor does not answer; switch it on, press MEM and read again";
const SAYS_SILENT: &str = "the monitor fell silent and nothing was kept; press MEM and read again";
const SAYS_TIME: &str = "a record in the monitor has an impossible time and was left out; set the monitor's clock";
const SAYS_RANGE: &str = "a record in the monitor has impossible numbers and was left out; measure again";
