//! i-SENS CareSens and its rebrands, protocol 3. Source: protocol page `glucose-caresens`.
//!
//! The answers that carry records have no valid checksum: number, length and every date are checked instead, and a
//! block that looks wrong is asked for once more.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::ask::{self, Talk, bad_clock, bad_time, glucose_or_beyond, malformed, moment, whole};
use super::listens;
use crate::checksum::crc16_ccitt_false;
use crate::decoder::{Converse, Order, Output};
use crate::framing::Framer;
use crate::framing::seek::{self, Look, Seek, Shape};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Quantity, Reading, Special, Status, Unit};

/// Decoder of the CareSens.
#[derive(Debug)]
pub struct CareSens {
    framer: Framer<Seek<Frame>>,
    /// Serial number heard last.
    serial: Option<String>,
    talk: Option<Talk<Step>>,
    /// What the clock shall be set to.
    set: Option<NaiveDateTime>,
    /// The meter answered the ping with another protocol.
    other: bool,
    /// A block with an impossible date, and that it may say the same again.
    doubted: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ping,
    Serial,
    SetClock,
    Clock,
    Count,
    Records,
}

/// The frame: 02, `iSPc`, length of what follows, four letters, data, CRC, 03. A record by itself, as some tools write them
/// down, is a frame too: it has no mark, so every byte of it must be plausible.
#[derive(Debug)]
pub struct Frame;

impl Shape for Frame {
    fn look(&self, held: &[u8]) -> Look {
        let head = held.len().min(HEAD.len());
        if held[..head] != HEAD[..head] {
            return bare_record(held);
        }
        let Some(length) = held.get(HEAD.len()) else {
            return Look::Unsure;
        };
        let letters = held.iter().skip(BODY).take(4);
        if *length < 7 || !letters.copied().all(|letter| letter.is_ascii_uppercase()) {
            return Look::No;
        }
        let whole = BODY + usize::from(*length);
        let Some(raw) = held.get(..whole) else {
            return Look::Unsure;
        };
        let sum = [raw[whole - 3], raw[whole - 2]];
        let right = if raw[BODY..].starts_with(b"GLUE") {
            // No valid checksum: whole records, or the three bytes of the question.
            whole > BODY + 7 && (whole - BODY - 7).is_multiple_of(RECORD) || whole == BODY + 10
        } else {
            check(&raw[..whole - 3]) == sum
        };
        Look::checked(whole, right && raw.ends_with(&[END]))
    }

    fn is_marked(&self, held: &[u8]) -> bool {
        held.starts_with(&HEAD[..1])
    }
}

fn bare_record(held: &[u8]) -> Look {
    let ranges = [16..=60, 1..=12, 1..=31, 0..=23, 0..=59, 0..=59, 0..=0x7F, 0..=3, 0..=255];
    let plausible = held.iter().zip(ranges).all(|(byte, range)| range.contains(byte));
    match plausible {
        false => Look::No,
        true if held.len() < RECORD => Look::Unsure,
        true => Look::checked(RECORD, true),
    }
}

/// Returns a frame around a command and its data.
pub fn frame(command: &str, data: &[u8]) -> Vec<u8> {
    // At most 27 records of 9 bytes.
    let length = u8::try_from(data.len() + 7).expect("data fits its length field");
    let mut bytes = [HEAD, &[length], command.as_bytes(), data].concat();
    bytes.extend(check(&bytes));
    bytes.push(END);
    bytes
}

/// The CRC leaves itself out: it is over what stands before and the end mark.
fn check(before: &[u8]) -> [u8; 2] {
    crc16_ccitt_false(&[before, &[END]].concat()).to_be_bytes()
}

impl CareSens {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> CareSens {
        let framer = Framer::new(Seek::new([Frame]), 1024, PATIENCE);
        CareSens { framer, serial: None, talk: None, set: None, other: false, doubted: None }
    }

    /// The answer to the ping is a bare byte.
    fn bare<'a>(&mut self, at: Instant, bytes: &'a [u8], out: &mut Vec<Output>) -> &'a [u8] {
        if self.talk.as_ref().is_none_or(|talk| talk.step != Step::Ping) {
            return bytes;
        }
        self.other |= bytes.iter().take_while(|byte| **byte != PROTOCOL_3).any(|byte| [0x20, 0x2F].contains(byte));
        let Some(place) = bytes.iter().position(|byte| *byte == PROTOCOL_3) else {
            return &[];
        };
        self.ask(at, Step::Serial, out);
        &bytes[place + 1..]
    }

    fn take(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        let bytes = self.bare(at, bytes, out);
        for frame in self.framer.push(at, bytes) {
            self.hear(at, frame, out);
        }
    }

    fn ask(&mut self, at: Instant, step: Step, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let bytes = match step {
            Step::Ping => vec![PING],
            Step::Serial => frame("RSNB", &[]),
            Step::Clock => frame("RTIM", &[]),
            Step::SetClock => frame("WTIM", &self.set.map(six).unwrap_or_default()),
            Step::Count => frame("NCOT", &[]),
            Step::Records => {
                let left = talk.of.unwrap_or(0).saturating_sub(talk.done);
                records_request(talk.done + 1, left.min(BLOCK))
            }
        };
        talk.ask(at, step, bytes, WAIT, out);
    }

    fn hear(&mut self, at: Instant, frame: seek::Frame, out: &mut Vec<Output>) {
        match (whole(frame), self.talk.is_some()) {
            // Nobody asks for bare records.
            (Ok(raw), true) if raw.len() == RECORD => {}
            (Ok(raw), false) if raw.len() == RECORD => out.push(told(&raw, self.serial.as_deref())),
            (Ok(raw), true) => self.answered(at, &raw, out),
            (Ok(raw), false) => self.alone(&raw, out),
            (Err(fault), true) => self.once_more(at, fault, out),
            (Err(fault), false) => out.push(Output::Fault(fault)),
        }
    }

    fn once_more(&mut self, at: Instant, fault: Fault, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if talk.again(at, TRIES, out) {
            talk.remember(fault);
        } else {
            ask::fail(&mut self.talk, fault, out);
        }
    }

    fn answered(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let (command, data) = parts(raw);
        if let Some(fault) = refusal(command, raw) {
            // What went wrong on the line may go well the next time; an unknown command stays unknown.
            return match command {
                b"CMND" => ask::fail(&mut self.talk, fault, out),
                _ => self.once_more(at, fault, out),
            };
        }
        match (talk.step, command) {
            (Step::Serial, b"RSNB") => {
                self.alone(raw, out);
                self.ask(at, if self.set.is_some() { Step::SetClock } else { Step::Clock }, out);
            }
            // What the clock really took is asked for.
            (Step::SetClock, b"WTIM") => self.ask(at, Step::Clock, out),
            (Step::Clock, b"RTIM") => self.clock(at, raw, data, out),
            (Step::Count, b"NCOT") if data.len() == 2 => {
                talk.memory(u16::from_be_bytes([data[0], data[1]]), out);
                self.next(at, out);
            }
            (Step::Records, b"GLUE") => self.records(at, raw, data, out),
            // A late answer to an earlier try.
            (_, b"RSNB" | b"RTIM" | b"WTIM") => {}
            _ => ask::fail(&mut self.talk, malformed(raw), out),
        }
    }

    fn clock(&mut self, at: Instant, raw: &[u8], data: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let clock = clock(data);
        match (self.set, clock) {
            (None, Some(device_time)) => out.push(Output::Status(Status::Clock { device_time })),
            (None, None) => talk.keep_aside(Output::Fault(bad_clock(raw))),
            (Some(set), Some(clock_set)) if (clock_set.moment - set).abs() < TICKING => {
                talk.keep_aside(Output::Status(Status::ClockSet { clock_set }));
                return ask::finish(&mut self.talk, out);
            }
            (Some(_), _) => {
                let fault = Fault::new(FaultCode::DeviceError, SAYS_CLOCK, raw);
                return ask::fail(&mut self.talk, fault, out);
            }
        }
        self.ask(at, Step::Count, out);
    }

    fn records(&mut self, at: Instant, raw: &[u8], data: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let wanted = usize::from(talk.of.unwrap_or(0).saturating_sub(talk.done).min(BLOCK));
        if data.len() != wanted * RECORD {
            return self.once_more(at, malformed(raw), out);
        }
        let results: Vec<Output> = data.chunks(RECORD).map(|bytes| told(bytes, self.serial.as_deref())).collect();
        let impossible = |result: &Output| matches!(result, Output::Fault(_));
        // Nothing else vouches for this block. What the meter says twice is what it has stored.
        if results.iter().any(impossible) && self.doubted.as_deref() != Some(data) {
            self.doubted = Some(data.to_vec());
            return self.once_more(at, bad_time(raw), out);
        }
        self.doubted = None;
        for result in results {
            talk.keep(result, out);
        }
        self.next(at, out);
    }

    fn next(&mut self, at: Instant, out: &mut Vec<Output>) {
        match &self.talk {
            Some(talk) if talk.of == Some(talk.done) => ask::finish(&mut self.talk, out),
            _ => self.ask(at, Step::Records, out),
        }
    }

    /// What a frame means by itself.
    fn alone(&mut self, raw: &[u8], out: &mut Vec<Output>) {
        let (command, data) = parts(raw);
        match command {
            b"RSNB" => {
                let shown = data.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte));
                let serial: String = shown.collect();
                self.serial = Some(serial.clone()).filter(|serial| !serial.is_empty());
                out.push(Output::Status(Status::Device { fits: !serial.is_empty(), device_id: serial, battery: None }));
            }
            // Whether the answer repeats the time is not public.
            b"WTIM" if data.is_empty() => out.push(Output::Status(Status::Event { event: "clock_set".into() })),
            b"RTIM" | b"WTIM" => out.push(match (clock(data), command) {
                (Some(clock_set), b"WTIM") => Output::Status(Status::ClockSet { clock_set }),
                (Some(device_time), _) => Output::Status(Status::Clock { device_time }),
                (None, _) => Output::Fault(bad_clock(raw)),
            }),
            b"NCOT" if data.len() == 2 => {
                out.push(Output::Status(Status::Memory {
                    records: u16::from_be_bytes([data[0], data[1]]),
                    device_id: None,
                    display_unit: None,
                }));
            }
            b"GLUE" if data.len() >= RECORD => {
                out.extend(data.chunks(RECORD).map(|bytes| told(bytes, self.serial.as_deref())));
            }
            _ => out.push(Output::Fault(refusal(command, raw).unwrap_or_else(|| malformed(raw)))),
        }
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if talk.step == Step::Ping && self.other {
            let fault = Fault::new(FaultCode::UnsupportedFormat, SAYS_PROTOCOL, &[]);
            return ask::fail(&mut self.talk, fault, out);
        }
        if !talk.again(at, TRIES, out) {
            ask::give_up(&mut self.talk, ask::SAYS_SILENT, out);
        }
    }
}

impl Default for CareSens {
    fn default() -> CareSens {
        CareSens::new()
    }
}

listens!(CareSens, take);

impl Converse for CareSens {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        self.set = match order {
            Order::Download | Order::WatchForNew => None,
            Order::SetClock(moment) => Some(moment),
            _ => return,
        };
        self.framer.clear();
        (self.serial, self.other, self.doubted) = (None, false, None);
        self.talk = Some(Talk::waiting(at, Step::Ping, WAIT));
        self.ask(at, Step::Ping, out);
    }
}

/// Returns the question for `count` records from number `first`, counted from one.
pub fn records_request(first: u16, count: u16) -> Vec<u8> {
    let [high, low] = first.to_be_bytes();
    frame("GLUE", &[high, low, u8::try_from(count).unwrap_or(u8::MAX)])
}

fn parts(raw: &[u8]) -> (&[u8], &[u8]) {
    raw[BODY..raw.len() - 3].split_at(4)
}

/// Writes a moment in six bytes, as the meter does.
pub fn six(moment: NaiveDateTime) -> [u8; 6] {
    let parts = [moment.month(), moment.day(), moment.hour(), moment.minute(), moment.second()];
    let [month, day, hour, minute, second] = parts.map(|part| u8::try_from(part).unwrap_or(0));
    let year = moment.year().rem_euclid(100);
    [u8::try_from(year).unwrap_or(0), month, day, hour, minute, second]
}

fn clock(data: &[u8]) -> Option<DeviceTime> {
    Some(DeviceTime { moment: moment(data.try_into().ok()?)?, seconds: true })
}

fn refusal(command: &[u8], raw: &[u8]) -> Option<Fault> {
    let says = match command {
        b"TOUT" | b"HEAD" | b"SIZE" | b"ECRC" => "the meter did not get the question whole; check the plug",
        b"CMND" => "the meter does not know this question; note the model and report it",
        _ => return None,
    };
    let word = String::from_utf8_lossy(command);
    Some(Fault::new(FaultCode::DeviceError, format!("{says} (meter code {word})"), raw))
}

fn told(bytes: &[u8], serial: Option<&str>) -> Output {
    let [when @ .., flags, high, low] = bytes else { return Output::Fault(malformed(bytes)) };
    if flags & KETONE != 0 {
        return Output::Status(Status::Skipped { skipped: "ketone".into() });
    }
    let number = u32::from(u16::from_be_bytes([*high, *low]));
    record(bytes, when, *flags, number, serial).into()
}

fn record(raw: &[u8], when: &[u8], flags: u8, number: u32, serial: Option<&str>) -> Result<Reading, Fault> {
    let device_time = clock(when).ok_or_else(|| bad_time(raw))?;
    let special = |special| Reading { special: Some(special), ..Reading::new(Kind::Glucose, raw) };
    let mut reading = match flags & (CONTROL | LO | HI) {
        0 => glucose_or_beyond(raw, number, 20..=600),
        LO => special(Special::LO),
        HI => special(Special::HI),
        CONTROL => special(Special::Control).with(Quantity::Glucose, number, Unit::MgPerDl),
        both if both & CONTROL != 0 => special(Special::Control),
        _ => return Err(malformed(raw)),
    };
    match flags & (AFTER | FASTING | NORMAL) {
        AFTER => reading.note("meal", "after"),
        FASTING => reading.note("meal", "fasting"),
        NORMAL => reading.note("meal", "none"),
        _ => {}
    }
    reading.device_time = Some(device_time);
    reading.device_id = serial.map(str::to_owned);
    Ok(reading)
}

/// Record flag: control solution.
pub const CONTROL: u8 = 0x01;
/// Record flag: after a meal.
pub const AFTER: u8 = 0x02;
/// Record flag: below 20 mg/dL.
pub const LO: u8 = 0x04;
/// Record flag: above 600 mg/dL.
pub const HI: u8 = 0x08;
/// Record flag: fasting.
pub const FASTING: u8 = 0x10;
/// Record flag: no meal mark.
pub const NORMAL: u8 = 0x20;
/// Record flag: a ketone strip.
pub const KETONE: u8 = 0x40;
/// Asks which protocol the meter speaks.
pub const PING: u8 = 0x80;
/// The answer to a ping of the protocol that is spoken here.
pub const PROTOCOL_3: u8 = 0x2E;
const HEAD: &[u8] = b"\x02iSPc";
const BODY: usize = 6;
const END: u8 = 0x03;
const RECORD: usize = 9;
/// The most records in one answer.
const BLOCK: u16 = 27;
const TRIES: u8 = 2;
const PATIENCE: Duration = Duration::from_millis(500);
const WAIT: Duration = Duration::from_secs(2);
/// A clock goes on while it is asked.
const TICKING: chrono::TimeDelta = chrono::TimeDelta::seconds(10);
const SAYS_PROTOCOL: &str = "this meter speaks an older protocol that is not spoken here; enter the value by hand";
const SAYS_CLOCK: &str = "the meter did not take the time it was given; set its clock on the meter";
