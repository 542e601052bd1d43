//! Weighing indicators with the `ST,GS` output. Source: protocol page `scale-st-gs`.
//!
//! Each line gives a result as it is; one person's weight is made of several lines by [`settle`](crate::settle).

use std::time::Duration;

use rust_decimal::Decimal;

use super::speaks;
use crate::decoder::Output;
use crate::framing::{Find, Framer, Overlong, Step};
use crate::reading::{Fault, FaultCode, Kind, Quantity, Reading, Status, Unit};

/// Decoder of the `ST,GS` lines.
#[derive(Debug)]
pub struct StGs {
    framer: Framer<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    overlong: Overlong,
}

impl StGs {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> StGs {
        StGs { framer: Framer::new(Lines::default(), 4 * LONGEST, PATIENCE) }
    }
}

impl Default for StGs {
    fn default() -> StGs {
        StGs::new()
    }
}

speaks!(StGs, read);

impl Find for Lines {
    type Frame = Vec<u8>;

    fn find(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if let Some(step) = self.overlong.step(held) {
            return step;
        }
        match head_at(held) {
            Head::Unsure => return Step::Wait,
            Head::No => return Step::Skip(1),
            Head::Yes => {}
        }
        match held.iter().take(LONGEST).position(|byte| !is_text(*byte)) {
            None if held.len() < LONGEST => Step::Wait,
            None => self.overlong.begin(&held[..LONGEST], <[u8]>::to_vec),
            Some(end) if held[end] == b'\r' => match held.get(end + 1) {
                None => Step::Wait,
                Some(b'\n') => Step::Take(end + 2, held[..end + 2].to_vec()),
                Some(_) => Step::Take(end + 1, held[..end].to_vec()),
            },
            Some(end) => Step::Take(end, held[..end].to_vec()),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        let skip = self.overlong.end() || !matches!(head_at(held), Head::Yes);
        if skip { Step::Skip(held.len()) } else { Step::Take(held.len(), held.to_vec()) }
    }
}

enum Head {
    Yes,
    No,
    Unsure,
}

fn head_at(held: &[u8]) -> Head {
    let heads = [b"ST,", b"US,", b"OL,", b"UL,"];
    if heads.iter().any(|head| held.starts_with(*head)) {
        return Head::Yes;
    }
    if heads.iter().any(|head| head.starts_with(held)) { Head::Unsure } else { Head::No }
}

fn read(raw: Vec<u8>) -> Output {
    match line(&raw) {
        Ok(output) => output,
        Err(fault) => Output::Fault(fault),
    }
}

fn line(raw: &[u8]) -> Result<Output, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw);
    let text = std::str::from_utf8(raw).ok().and_then(|text| text.strip_suffix("\r\n"));
    let text = text.ok_or_else(malformed)?;
    let (head, rest) = text.split_once(',').ok_or_else(malformed)?;
    let (mode, rest) = match rest.split_once(',') {
        Some((mode, rest)) if mode_of(mode).is_some() => (mode_of(mode), rest),
        _ => (None, rest),
    };
    let stable = match head {
        "OL" if rest.contains('-') => {
            return Err(Fault::new(FaultCode::Underload, SAYS_UNDER, raw));
        }
        "OL" => return Err(Fault::new(FaultCode::Overload, SAYS_OVER, raw)),
        "UL" => return Err(Fault::new(FaultCode::Underload, SAYS_UNDER, raw)),
        head => head == "ST",
    };
    let (number, unit) = value(rest).ok_or_else(malformed)?;
    let unit = unit.ok_or_else(|| Fault::new(FaultCode::NoUnit, SAYS_NO_UNIT, raw))?;
    let unit = unit_of(unit).ok_or_else(malformed)?;
    if mode == Some("tare") {
        return Ok(Output::Status(Status::Skipped { skipped: "tare" }));
    }

    let mut reading = Reading::new(Kind::Weight, raw).with(Quantity::Weight, number, unit);
    reading.note("stable", stable);
    if let Some(mode) = mode {
        reading.note("mode", mode);
    }
    Ok(Output::Reading(reading))
}

/// Reads sign, number and unit, with blanks and one comma where the makers put them. `None`: no such thing.
fn value(text: &str) -> Option<(Decimal, Option<&str>)> {
    let text = text.trim_matches(' ');
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let text = text.trim_start_matches(' ');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let one_point = digits.bytes().filter(|byte| *byte == b'.').count() <= 1;
    let whole = digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.ends_with('.');
    if !one_point || !whole || digits.len() > LONGEST_NUMBER {
        return None;
    }
    let mut number: Decimal = digits.parse().ok()?;
    number.set_sign_negative(negative && !number.is_zero());
    let unit = unit.trim_start_matches(' ');
    let unit = unit.strip_prefix(',').unwrap_or(unit).trim_matches(' ');
    Some((number, Some(unit).filter(|unit| !unit.is_empty())))
}

fn mode_of(word: &str) -> Option<&'static str> {
    match word.trim_matches(' ') {
        "GS" | "G" => Some("gross"),
        "NT" | "N" => Some("net"),
        "TR" | "T" => Some("tare"),
        _ => None,
    }
}

fn unit_of(word: &str) -> Option<Unit> {
    match word.to_ascii_lowercase().as_str() {
        "kg" => Some(Unit::Kg),
        "g" => Some(Unit::Gram),
        "lb" => Some(Unit::Pound),
        "t" => Some(Unit::Tonne),
        "jin" => Some(Unit::Jin),
        _ => None,
    }
}

fn is_text(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}

/// The protocol page calls a line over 40 bytes bad; CR LF come on top.
const LONGEST: usize = 42;
/// 6-9 characters by the page; one more for makers who pad with zeros.
const LONGEST_NUMBER: usize = 10;
/// At least four lines come in a second.
const PATIENCE: Duration = Duration::from_secs(1);
const SAYS_MALFORMED: &str =
    "a line from the scale is damaged or incomplete; check the cable and its line setting (9600 8N1 or 2400 7E1)";
const SAYS_NO_UNIT: &str = "the scale sends a number without its unit; switch the unit on in its output settings";
const SAYS_OVER: &str = "more weight on the scale than it can measure; step off and on again, one person only";
const SAYS_UNDER: &str = "the scale reads below its range; clear the platform and set it to zero";
