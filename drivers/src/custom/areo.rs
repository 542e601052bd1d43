//! Menarini GlucoMen areo. Source: protocol page `glucose-glucomen-areo`.
//!
//! Questions are single bytes, answers blocks of text with one CRC. The values come in the meter's own unit.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::ask::{self, Talk, bad_check, bad_time, cut, malformed, moment};
use super::listens;
use crate::checksum::crc8_maxim;
use crate::decoder::{Converse, Order, Output};
use crate::framing::{Find, Framer, Step as Found};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Status, Unit};

/// Decoder of the GlucoMen areo.
#[derive(Debug)]
pub struct Areo {
    framer: Framer<Blocks>,
    /// Serial number heard last.
    serial: Option<String>,
    talk: Option<Talk<Step>>,
    /// What the clock shall be set to.
    set: Option<NaiveDateTime>,
    /// The first bytes of the answer to the question for readings.
    before: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Info,
    Readings,
    SetClock,
}

/// Finds `[` CR LF, lines, CRC, CR LF, `]` CR LF.
#[derive(Debug)]
struct Blocks;

/// A block, or what is left of one.
#[derive(Debug)]
enum Block {
    Good(Vec<u8>),
    Bad(Vec<u8>),
    Broken(Vec<u8>),
}

impl Find for Blocks {
    type Frame = Block;

    fn find(&mut self, held: &[u8]) -> Found<Block> {
        if held[0] != b'[' {
            return Found::Skip(1);
        }
        let head = held.len().min(HEAD.len());
        if held[..head] != HEAD[..head] {
            return Found::Skip(1);
        }
        // A second opening, or a byte that no block holds, ends it where it stands.
        let stop = held.iter().skip(1).position(|byte| !is_of_a_block(*byte)).map(|place| place + 1);
        let end = held.windows(TAIL.len()).position(|window| window == TAIL);
        match (end, stop) {
            (Some(end), stop) if stop.is_none_or(|stop| end < stop) => {
                let (body, whole) = (&held[..end + 2], end + TAIL.len());
                // The CRC is the last line: two digits and CR LF.
                let good = body.len().checked_sub(4).is_some_and(|at| {
                    let (summed, sum) = body.split_at(at);
                    summed.ends_with(b"\r\n") && sum == format!("{:02X}\r\n", crc8_maxim(summed)).as_bytes()
                });
                let raw = held[..whole].to_vec();
                Found::Take(whole, if good { Block::Good(raw) } else { Block::Bad(raw) })
            }
            (_, Some(stop)) => Found::Take(stop, Block::Broken(held[..stop].to_vec())),
            (_, None) => Found::Wait,
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Found<Block> {
        if held.starts_with(HEAD) {
            Found::Take(held.len(), Block::Broken(held.to_vec()))
        } else {
            Found::Skip(held.len())
        }
    }
}

/// Returns a block around lines.
pub fn block<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = HEAD.to_vec();
    for line in lines {
        bytes.extend([line, b"\r\n"].concat());
    }
    bytes.extend(format!("{:02X}\r\n]\r\n", crc8_maxim(&bytes)).into_bytes());
    bytes
}

impl Areo {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Areo {
        Areo { framer: Framer::new(Blocks, LONGEST, PATIENCE), serial: None, talk: None, set: None, before: Vec::new() }
    }

    /// The answer to setting the clock is a bare letter.
    fn bare<'a>(&mut self, at: Instant, bytes: &'a [u8], out: &mut Vec<Output>) -> &'a [u8] {
        let Some(talk) = &mut self.talk else { return bytes };
        if talk.step != Step::SetClock {
            if talk.step == Step::Readings {
                talk.coming(at);
                // The page does not say whether the mark of an empty memory comes in a block.
                let held: Vec<u8> = self.before.iter().copied().chain(bytes.iter().copied()).collect();
                let empty = held.starts_with(NOTHING) || held.starts_with(NOTHING_IN_TEXT);
                self.before = held.into_iter().take(NOTHING_IN_TEXT.len()).collect();
                if empty {
                    talk.memory(0, out);
                    ask::finish(&mut self.talk, out);
                    return &[];
                }
            }
            return bytes;
        }
        match bytes.iter().find(|byte| b"PF".contains(byte)) {
            None => {}
            Some(b'P') => {
                talk.clock_set(self.set);
                ask::finish(&mut self.talk, out);
            }
            Some(_) => ask::fail(&mut self.talk, Fault::new(FaultCode::DeviceError, SAYS_CLOCK, b"F"), out),
        }
        &[]
    }

    fn take(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        let bytes = self.bare(at, bytes, out);
        for block in self.framer.push(at, bytes) {
            self.hear(at, block, out);
        }
    }

    fn ask(&mut self, at: Instant, step: Step, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        self.before.clear();
        let bytes = match (step, self.set) {
            (Step::Info, _) => vec![INFO],
            (Step::Readings, _) => vec![READINGS],
            (Step::SetClock, set) => {
                let line = set.map(|moment| moment.format("%y%m%d%H%M").to_string()).unwrap_or_default();
                [SET_CLOCK.as_slice(), &block([line.as_bytes()])].concat()
            }
        };
        talk.ask(at, step, bytes, SILENCE, out);
    }

    fn hear(&mut self, at: Instant, block: Block, out: &mut Vec<Output>) {
        let heard = match block {
            Block::Good(raw) => self.read(&raw).ok_or_else(|| malformed(&raw)),
            Block::Bad(raw) => Err(bad_check(&raw)),
            Block::Broken(raw) => Err(cut(&raw)),
        };
        let Some(talk) = &mut self.talk else {
            return out.extend(heard.unwrap_or_else(|fault| vec![Output::Fault(fault)]));
        };
        let told = match heard {
            Ok(told) => told,
            Err(fault) if talk.again(at, TRIES, out) => return talk.remember(fault),
            Err(fault) => return ask::fail(&mut self.talk, fault, out),
        };
        talk.understood();
        let about = matches!(told.first(), Some(Output::Status(Status::Device { .. })));
        match talk.step {
            Step::Info if about => {
                out.extend(told);
                self.ask(at, if self.set.is_some() { Step::SetClock } else { Step::Readings }, out);
            }
            Step::Readings if !about => {
                talk.memory(u16::try_from(told.len()).unwrap_or(u16::MAX), out);
                told.into_iter().for_each(|result| talk.keep(result, out));
                ask::finish(&mut self.talk, out);
            }
            // A late answer to an earlier try.
            _ => {}
        }
    }

    /// What a block tells; `None`: its lines are of no known kind.
    fn read(&mut self, raw: &[u8]) -> Option<Vec<Output>> {
        let body = raw.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
        // Only lines of text come here, and the mark of an empty memory.
        let lines = body.get(..body.len().checked_sub(2)?)?;
        if lines == EMPTY || lines == EMPTY_IN_TEXT {
            return Some(Vec::new());
        }
        let lines: Vec<&str> = std::str::from_utf8(lines).ok()?.split_terminator("\r\n").collect();
        if let [line] = lines[..]
            && let [_, _, _, serial, version] = line.split(',').map(str::trim).collect::<Vec<_>>()[..]
        {
            self.serial = Some(serial.to_owned()).filter(|serial| !serial.is_empty());
            return Some(vec![
                Output::Status(Status::Device {
                    device_id: serial.to_owned(),
                    fits: !serial.is_empty(),
                    battery: None,
                }),
                Output::Status(Status::Version { version: version.to_owned() }),
            ]);
        }
        lines.iter().map(|line| record(line, self.serial.as_deref())).collect()
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        // A clock is not set twice without a word in between.
        if talk.step == Step::SetClock || !talk.again(at, TRIES, out) {
            ask::give_up(&mut self.talk, ask::SAYS_SILENT, out);
        }
    }
}

impl Default for Areo {
    fn default() -> Areo {
        Areo::new()
    }
}

listens!(Areo, take);

impl Converse for Areo {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        self.set = match order {
            Order::Download | Order::WatchForNew => None,
            Order::SetClock(moment) => Some(moment),
            _ => return,
        };
        self.framer.clear();
        self.serial = None;
        self.talk = Some(Talk::waiting(at, Step::Info, SILENCE));
        self.ask(at, Step::Info, out);
    }
}

/// Reads `Glu,7.0,mmol/L,02,261122,0830`. `None`: another shape.
fn record(line: &str, serial: Option<&str>) -> Option<Output> {
    let [strip, value, unit, mark, date, time] = line.split(',').collect::<Vec<_>>()[..] else { return None };
    if strip != "Glu" {
        let ketone = strip.to_ascii_lowercase().contains("ket");
        return Some(Output::Status(Status::Skipped { skipped: if ketone { "ketone" } else { "other_test" }.into() }));
    }
    let raw = line.as_bytes();
    let fault = |code, says| Some(Output::Fault(Fault::new(code, says, raw)));
    let [year, month, day] = two_digits(date)?;
    let [hour, minute] = two_digits(time)?;
    let Some(moment) = moment([year, month, day, hour, minute, 0]) else { return Some(Output::Fault(bad_time(raw))) };
    let unit = match unit {
        "mg/dL" => Unit::MgPerDl,
        "mmol/L" => Unit::MmolPerL,
        "" => return fault(FaultCode::NoUnit, SAYS_UNIT),
        _ => return None,
    };
    let number = number(value)?;
    let range = match unit {
        Unit::MgPerDl => Decimal::from(20)..=Decimal::from(600),
        _ => Decimal::new(11, 1)..=Decimal::new(333, 1),
    };
    if !range.contains(&number) {
        return fault(FaultCode::OutOfRange, SAYS_RANGE);
    }
    let mut reading = Reading::new(Kind::Glucose, raw).with(Quantity::Glucose, number, unit);
    match mark {
        "00" => reading.note("meal", "none"),
        "01" => reading.note("comment", "check"),
        "02" => reading.note("meal", "before"),
        "04" => reading.note("meal", "after"),
        "08" => reading.note("comment", "exercise"),
        _ => reading.mark(Mark::Questionable),
    }
    reading.device_time = Some(DeviceTime { moment, seconds: false });
    reading.device_id = serial.map(str::to_owned);
    Some(Output::Reading(reading))
}

/// Digits, or digits, a point and digits; the meter's own digits are kept.
fn number(text: &str) -> Option<Decimal> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(part) { text.parse().ok() } else { None }
}

fn two_digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut parts = [0; N];
    for (part, pair) in parts.iter_mut().zip(text.as_bytes().chunks(2)) {
        *part = (pair[0] - b'0') * 10 + (pair[1] - b'0');
    }
    Some(parts)
}

/// Text, line ends, and the mark of an empty memory; no second opening.
fn is_of_a_block(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte) && byte != b'[' || b"\r\n\x90".contains(&byte)
}

/// Asks for serial number and version.
pub const INFO: u8 = 0xA2;
/// Asks for the memory.
pub const READINGS: u8 = 0x80;
/// Stands before the block with the time.
pub const SET_CLOCK: [u8; 2] = [0xC2, 0xA1];
/// The line of an empty memory.
pub const NOTHING: &[u8] = b"\x90\x3D";
const EMPTY: &[u8] = b"\x90\x3D\r\n";
const NOTHING_IN_TEXT: &[u8] = b"90 3D";
const EMPTY_IN_TEXT: &[u8] = b"90 3D\r\n";
const HEAD: &[u8] = b"[\r\n";
const TAIL: &[u8] = b"\r\n]\r\n";
/// The memory of 730 records has about 30 000 bytes.
const LONGEST: usize = 60 * 1024;
const TRIES: u8 = 2;
/// Within a block; shorter than the silence after which the meter is asked again.
const PATIENCE: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(2);
const SAYS_CLOCK: &str = "the meter did not take the time it was given; set its clock on the meter";
const SAYS_UNIT: &str = "a record in the meter has no unit and was left out; note the model and report it";
const SAYS_RANGE: &str = "a record in the meter holds a number that the meter cannot measure and was left out";
