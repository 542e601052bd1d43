//! Visomat Double Comfort and DS-2200PV on USB bulk endpoints. Source: protocol page `bp-visomat-jpi`.
//!
//! One question gives the memories of both people in one frame of digits. There is no checksum, so every digit and every
//! count must fit.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::{listens, pressure};
use crate::decoder::{Converse, Order, Output};
use crate::framing::{Framer, StxText};
use crate::reading::{DeviceTime, Fault, FaultCode, Mark, Reading, Status};

/// Decoder of the Visomat monitors.
#[derive(Debug)]
pub struct Visomat {
    framer: Framer<StxText>,
    talk: Option<Talk>,
}

/// A download under way.
#[derive(Debug)]
struct Talk {
    /// The memory was asked for; before it the clock.
    memory: bool,
    tries: u8,
    /// When silence has lasted too long.
    until: Instant,
    /// When the whole answer has lasted too long.
    end_by: Instant,
    /// The monitor's own clock, if it told it.
    clock: Option<NaiveDateTime>,
    /// A broken answer, told if nothing better comes.
    bad: Option<Fault>,
}

impl Visomat {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Visomat {
        Visomat { framer: Framer::new(StxText(LONGEST), 2 * LONGEST, SILENCE), talk: None }
    }

    /// Byte by byte: which question an answer belongs to depends on what was asked for when it came.
    fn take(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for byte in bytes {
            if let Some(talk) = &mut self.talk {
                talk.until = talk.until.max(at + SILENCE).min(talk.end_by);
            }
            for raw in self.framer.push(at, std::slice::from_ref(byte)) {
                self.hear(at, raw, out);
            }
        }
    }

    fn ask(&mut self, at: Instant, memory: bool, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries = if talk.memory == memory { talk.tries + 1 } else { 1 };
        (talk.memory, talk.bad, talk.end_by) = (memory, None, at + ANSWER);
        talk.until = at + if memory { SILENCE } else { CLOCK };
        self.framer.clear();
        out.push(Output::Send(request(if memory { MEMORY } else { TIME })));
    }

    fn hear(&mut self, at: Instant, raw: Vec<u8>, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else {
            return out.extend(alone(&raw));
        };
        let told = text(&raw);
        if !talk.memory {
            talk.clock = told.and_then(clock);
            out.extend(talk.clock.map(told_clock));
            return self.ask(at, true, out);
        }
        match told.ok_or(()).and_then(|text| memory(text, talk.clock).ok_or(())) {
            Ok(results) => {
                self.talk = None;
                let downloaded = u16::try_from(results.len()).unwrap_or(u16::MAX);
                // Readings first, so that who asked has them whatever else is to be told.
                let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
                out.extend(good.into_iter().chain(bad).map(Output::from));
                out.push(Output::Status(Status::Downloaded { downloaded }));
            }
            // A late answer about the clock.
            Err(()) if told.and_then(clock).is_some() => {}
            Err(()) => {
                talk.bad = Some(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, &raw));
                self.overdue(at, out);
            }
        }
    }

    /// Asks again, or tells what was wrong with the answer or that there was none.
    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if !talk.memory || talk.tries < TRIES {
            return self.ask(at, true, out);
        }
        let fault = talk.bad.take().unwrap_or_else(|| Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[]));
        self.talk = None;
        out.push(Output::Fault(fault));
    }
}

impl Default for Visomat {
    fn default() -> Visomat {
        Visomat::new()
    }
}

listens!(Visomat, take);

impl Converse for Visomat {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        self.talk = None;
        if matches!(order, Order::Download | Order::WatchForNew) {
            self.talk = Some(Talk { memory: false, tries: 0, until: at, end_by: at, clock: None, bad: None });
            self.ask(at, false, out);
        }
    }
}

/// Returns a question as it goes over the wire.
pub fn request(text: &str) -> Vec<u8> {
    [&[STX], text.as_bytes(), &[ETX]].concat()
}

fn text(raw: &[u8]) -> Option<&str> {
    std::str::from_utf8(raw.strip_prefix(&[STX])?.strip_suffix(&[ETX])?).ok()
}

fn alone(raw: &[u8]) -> Vec<Output> {
    let told = text(raw);
    if let Some(clock) = told.and_then(clock) {
        return vec![told_clock(clock)];
    }
    match told.and_then(|text| memory(text, None)) {
        Some(results) if results.is_empty() => {
            vec![Output::Status(Status::Memory { records: 0, device_id: None, display_unit: None })]
        }
        Some(results) => results.into_iter().map(Output::from).collect(),
        None => vec![Output::Fault(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw))],
    }
}

/// Reads `M1nn…M2nn…`: both memories. `None`: a count does not fit, or there is something else than digits.
fn memory(mut text: &str, now: Option<NaiveDateTime>) -> Option<Vec<Result<Reading, Fault>>> {
    let mut results = Vec::new();
    for user in ['1', '2'] {
        text = text.strip_prefix('M')?.strip_prefix(user)?;
        let (count, rest) = text.split_at_checked(2)?;
        let count = usize::from(number(count)?);
        // One dummy digit stands for no record at all.
        let (records, rest) = rest.split_at_checked(if count == 0 { 1 } else { count * RECORD })?;
        if !records.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        for digits in (0..count).map(|place| &records[place * RECORD..][..RECORD]) {
            results.push(record(digits, user, now)?);
        }
        text = rest;
    }
    text.is_empty().then_some(results)
}

/// Reads twenty digits. `None`: they are none.
fn record(digits: &str, user: char, now: Option<NaiveDateTime>) -> Option<Result<Reading, Fault>> {
    let flag = match &digits[10..11] {
        "0" => "0",
        "1" => "1",
        _ => return None,
    };
    let [systolic, diastolic, pulse] = [number(&digits[11..14])?, number(&digits[14..17])?, number(&digits[17..])?];
    // The frame holds all records of two people: each reading keeps its own digits only.
    Some(pressure::reading(systolic, diastolic, pulse, digits.as_bytes()).map(|mut reading| {
        let moment = moment(&digits[..10]);
        if moment.is_none_or(|moment| is_doubtful(moment, now)) {
            reading.mark(Mark::TimeDoubtful);
        }
        reading.device_time = moment.map(|moment| DeviceTime { moment, seconds: false });
        reading.note("user", user.to_string());
        reading.note("flag", flag);
        reading
    }))
}

/// Before these monitors were made, later than the monitor's own clock, or later than anybody will use one.
///
/// There is no other clock here; who knows the host's time compares with that too.
fn is_doubtful(moment: NaiveDateTime, now: Option<NaiveDateTime>) -> bool {
    !(EARLIEST..LATEST).contains(&moment.year()) || now.is_some_and(|now| moment > now)
}

/// Reads `YYMMDDhhmm`, with or without seconds; which of them this answer has is not public.
fn clock(text: &str) -> Option<NaiveDateTime> {
    match text.len() {
        10 | 12 if text.bytes().all(|byte| byte.is_ascii_digit()) => moment(&text[..10]),
        _ => None,
    }
}

fn told_clock(moment: NaiveDateTime) -> Output {
    Output::Status(Status::Clock { device_time: DeviceTime { moment, seconds: false } })
}

fn moment(digits: &str) -> Option<NaiveDateTime> {
    let part = |at: usize| Some(u32::from(number(&digits[at..at + 2])?));
    let year = i32::try_from(part(0)?).ok()?;
    NaiveDate::from_ymd_opt(2000 + year, part(2)?, part(4)?)?.and_hms_opt(part(6)?, part(8)?, 0)
}

fn number(digits: &str) -> Option<u16> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// Asks for both memories.
pub const MEMORY: &str = "R00";
/// Asks for date and time.
pub const TIME: &str = "R02";
/// Digits of a record.
const RECORD: usize = 20;
/// Two people with 99 records each, and what stands around them.
const LONGEST: usize = 2 * (4 + 99 * RECORD) + 2;
const EARLIEST: i32 = 2005;
const LATEST: i32 = 2040;
const CLOCK: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(30);
const TRIES: u8 = 2;
const SAYS_SILENT: &str = "the monitor does not answer; check its cable, switch it on and read again";
const SAYS_MALFORMED: &str = "the memory of the monitor came damaged and nothing was kept; read again";
