//! G-Tech GL-150 / GL-310 height and weight. Source: protocol page `scale-gtech-gl150`.
//!
//! Two formats on one line: a compact frame between STX and ETX, and the ticket that the machine's printer would print,
//! closed by ESC `T` NUL. No checksum in either, so fields and ranges are checked and the BMI is recomputed.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_decimal::Decimal;

use super::speaks;
use crate::decoder::Output;
use crate::framing::{Find, Framer, Step, position};
use crate::plausible;
use crate::reading::{Fault, FaultCode, Kind, Quantity, Reading, Unit};

/// Decoder of the GL-150 and GL-310.
#[derive(Debug)]
pub struct Gl150 {
    framer: Framer<Frames>,
}

#[derive(Debug)]
struct Frames;

#[derive(Debug)]
enum Frame {
    Compact(Vec<u8>),
    Ticket(Vec<u8>),
    Cut(Vec<u8>),
}

/// What either format says, still as text.
#[derive(Default)]
struct Fields<'a> {
    height: &'a str,
    weight: &'a str,
    sex: Option<&'static str>,
    bmi: Option<&'a str>,
}

impl Gl150 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Gl150 {
        Gl150 { framer: Framer::new(Frames, 4 * LONGEST_TICKET, PATIENCE) }
    }
}

impl Default for Gl150 {
    fn default() -> Gl150 {
        Gl150::new()
    }
}

speaks!(Gl150, read);

impl Find for Frames {
    type Frame = Frame;

    fn find(&mut self, held: &[u8]) -> Step<Frame> {
        match held[0] {
            STX => find_compact(held),
            b'A'..=b'Z' => find_ticket(held),
            _ => Step::Skip(1),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Frame> {
        let worth_telling = match held[0] {
            STX => held.len() > 1 && held[1..].iter().all(|byte| is_compact(*byte)),
            _ => position(held, DASHES).is_some(),
        };
        if worth_telling { Step::Take(held.len(), Frame::Cut(held.to_vec())) } else { Step::Skip(1) }
    }
}

/// Whatever breaks a compact frame off is looked at again as a possible start.
fn find_compact(held: &[u8]) -> Step<Frame> {
    let body = held[1..].iter().take_while(|byte| is_compact(**byte)).count();
    if body > LONGEST_COMPACT {
        return Step::Skip(1);
    }
    match held.get(1 + body) {
        None => Step::Wait,
        Some(&ETX) => Step::Take(body + 2, Frame::Compact(held[..body + 2].to_vec())),
        Some(_) if body > 0 => Step::Take(body + 1, Frame::Cut(held[..=body].to_vec())),
        Some(_) => Step::Skip(1),
    }
}

/// A ticket begins where one of its names begins and ends with its end mark.
fn find_ticket(held: &[u8]) -> Step<Frame> {
    match name_at(held) {
        Name::Unsure => return Step::Wait,
        Name::No => return Step::Skip(1),
        Name::Yes => {}
    }
    let body = held.iter().take(LONGEST_TICKET).take_while(|byte| is_ticket(**byte)).count();
    if body == LONGEST_TICKET {
        return Step::Take(body, Frame::Cut(held[..body].to_vec()));
    }
    let rest = &held[body..];
    if rest.starts_with(END_MARK) {
        let whole = body + END_MARK.len();
        return Step::Take(whole, Frame::Ticket(held[..whole].to_vec()));
    }
    if END_MARK.starts_with(rest) {
        return Step::Wait;
    }
    Step::Take(body, Frame::Cut(held[..body].to_vec()))
}

enum Name {
    Yes,
    No,
    Unsure,
}

/// Whether a ticket line's name begins here, whatever blanks stand in it: `B  M  I  ----`.
fn name_at(held: &[u8]) -> Name {
    let mut letters = String::new();
    for byte in held.iter().take(LONGEST_NAME) {
        match byte {
            b' ' => {}
            b'-' if NAMES.contains(&letters.as_str()) => return Name::Yes,
            b'A'..=b'Z' => letters.push(char::from(*byte)),
            _ => return Name::No,
        }
        if !NAMES.iter().any(|name| name.starts_with(&letters)) {
            return Name::No;
        }
    }
    if held.len() < LONGEST_NAME { Name::Unsure } else { Name::No }
}

fn read(frame: Frame) -> Output {
    Output::from(match &frame {
        Frame::Compact(raw) => compact(raw).and_then(|fields| reading(&fields, raw)),
        Frame::Ticket(raw) => ticket(raw),
        Frame::Cut(raw) => Err(malformed(raw)),
    })
}

fn compact(raw: &[u8]) -> Result<Fields<'_>, Fault> {
    let text = std::str::from_utf8(&raw[1..raw.len() - 1]).map_err(|_| malformed(raw))?;
    let [height, weight, sex, fatness, bmi] = text.split(',').collect::<Vec<_>>()[..] else {
        return Err(malformed(raw));
    };
    number(fatness).ok_or_else(|| malformed(raw))?;
    let sex = sex_of(sex).ok_or_else(|| malformed(raw))?;
    Ok(Fields { height, weight, sex: Some(sex), bmi: Some(bmi) })
}

fn ticket(raw: &[u8]) -> Result<Reading, Fault> {
    let text = std::str::from_utf8(&raw[..raw.len() - END_MARK.len()]).map_err(|_| malformed(raw))?;
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once("----") else {
            continue;
        };
        let name: String = name.split_whitespace().collect();
        // The same name twice: two tickets ran together, and nobody knows which number is whose.
        if entries.insert(name, value.trim()).is_some() {
            return Err(malformed(raw));
        }
    }
    let measured = |name: &str, unit: &str| {
        let mut words = entries.get(name)?.split_whitespace();
        let number = words.next()?;
        Some(match words.next() {
            None => Err(Fault::new(FaultCode::NoUnit, SAYS_NO_UNIT, raw)),
            Some(word) if word == unit => Ok(number),
            Some(_) => Err(malformed(raw)),
        })
    };
    let fields = Fields {
        height: measured("HEIGHT", "cm").ok_or_else(|| malformed(raw))??,
        weight: measured("WEIGHT", "kg").ok_or_else(|| malformed(raw))??,
        sex: entries.get("GENDER").and_then(|word| sex_of(word)),
        bmi: entries.get("BMI").copied(),
    };
    reading(&fields, raw)
}

fn reading(fields: &Fields<'_>, raw: &[u8]) -> Result<Reading, Fault> {
    let height = number(fields.height).ok_or_else(|| malformed(raw))?;
    let weight = number(fields.weight).ok_or_else(|| malformed(raw))?;
    let told = match fields.bmi {
        None => None,
        Some(text) => Some(number(text).ok_or_else(|| malformed(raw))?),
    };
    let in_range = |number: Decimal, low: u32, high: u32| (Decimal::from(low)..=Decimal::from(high)).contains(&number);
    if !in_range(height, 50, 220) || !in_range(weight, 2, 200) {
        return Err(Fault::new(FaultCode::OutOfRange, SAYS_RANGE, raw));
    }

    let mut reading = Reading::new(Kind::HeightWeight, raw).with(Quantity::Height, height, Unit::Cm).with(
        Quantity::Weight,
        weight,
        Unit::Kg,
    );
    if let Some(told) = told {
        reading = reading.with(Quantity::Bmi, told, Unit::KgPerM2);
    }
    plausible::settle_bmi(&mut reading);
    if let Some(sex) = fields.sex {
        reading.note("sex", sex);
    }
    Ok(reading)
}

/// Reads digits with at most one decimal point; no sign, no blanks inside.
fn number(text: &str) -> Option<Decimal> {
    let text = text.trim_matches(' ');
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || !text.starts_with(|c: char| c.is_ascii_digit()) || text.ends_with('.') {
        return None;
    }
    text.parse().ok()
}

fn sex_of(word: &str) -> Option<&'static str> {
    match word {
        "M" | "MALE" => Some("male"),
        "F" | "FEMALE" => Some("female"),
        "C" | "CHILD" => Some("child"),
        _ => None,
    }
}

fn malformed(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw)
}

fn is_compact(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'.' | b' ')
}

fn is_ticket(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte) || matches!(byte, b'\r' | b'\n')
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const END_MARK: &[u8] = b"\x1BT\0";
const DASHES: &[u8] = b"----";
const NAMES: [&str; 7] = ["GENDER", "WEIGHT", "STANDARD", "HEIGHT", "BMI", "FATNESS", "MARKS"];
const LONGEST_NAME: usize = 24;
const LONGEST_COMPACT: usize = 40;
const LONGEST_TICKET: usize = 512;
const PATIENCE: Duration = Duration::from_secs(2);
const SAYS_MALFORMED: &str =
    "a frame from the height and weight machine is damaged or incomplete; check the cable and measure again";
const SAYS_NO_UNIT: &str = "the machine sent a number without its unit; check its print settings and measure again";
const SAYS_RANGE: &str =
    "height or weight is outside 50-220 cm or 2-200 kg; stand upright on the middle of the plate and measure again";
