//! OMRON HBP-9030, USB output format 5. Source: protocol page `bp-omron-hbp9030`.
//!
//! One line after each measurement: eleven fields of fixed width, no checksum. So everything is checked, and nothing repaired.

use std::time::Duration;

use chrono::NaiveDate;

use super::speaks;
use crate::decoder::Output;
use crate::framing::{Find, Framer, Overlong, Step};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Unit};

/// Decoder of the HBP-9030.
#[derive(Debug)]
pub struct Hbp9030 {
    framer: Framer<Lines>,
}

/// A line, and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    raw: Vec<u8>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    CrLf,
    Other,
    Silence,
}

#[derive(Debug, Default)]
struct Lines {
    overlong: Overlong,
}

impl Hbp9030 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Hbp9030 {
        Hbp9030 { framer: Framer::new(Lines::default(), 4 * LONGEST, PATIENCE) }
    }
}

impl Default for Hbp9030 {
    fn default() -> Hbp9030 {
        Hbp9030::new()
    }
}

speaks!(Hbp9030, read);

impl Find for Lines {
    type Frame = Line;

    fn find(&mut self, held: &[u8]) -> Step<Line> {
        if let Some(step) = self.overlong.step(held) {
            return step;
        }
        match held {
            [STX] => return Step::Wait,
            [STX, b' ', ..] => {}
            [first, ..] if !is_text(*first) => return Step::Skip(1),
            _ => {}
        }
        let closes = |byte: &u8| matches!(byte, b'\r' | b'\n') || (held[0] == STX && *byte == ETX);
        match held.iter().take(LONGEST).position(closes) {
            None if held.len() < LONGEST => Step::Wait,
            None => self.overlong.begin(&held[..LONGEST], |raw| Line { raw: raw.to_vec(), end: End::Other }),
            Some(end) if held[end] != b'\r' => take(held, end, end + 1, End::Other),
            Some(end) => match held.get(end + 1) {
                None => Step::Wait,
                Some(b'\n') => take(held, end, end + 2, End::CrLf),
                Some(_) => take(held, end, end + 1, End::Other),
            },
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Line> {
        if self.overlong.end() {
            return Step::Skip(held.len());
        }
        let text = held.strip_suffix(b"\r").unwrap_or(held);
        take(held, text.len(), held.len(), End::Silence)
    }
}

fn take(held: &[u8], text: usize, whole: usize, end: End) -> Step<Line> {
    Step::Take(whole, Line { raw: held[..text].to_vec(), end })
}

fn read(line: Line) -> Output {
    match reading(&line) {
        Ok(reading) => Output::Reading(reading),
        Err(fault) => Output::Fault(fault),
    }
}

fn reading(line: &Line) -> Result<Reading, Fault> {
    let raw = line.raw.as_slice();
    if raw.starts_with(b"bp,") || raw.starts_with(&[STX, b' ']) {
        return Err(Fault::new(FaultCode::UnsupportedFormat, SAYS_FORMAT, raw));
    }
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw);
    let fields: Vec<&[u8]> = raw.split(|byte| *byte == b',').collect();
    let widths = fields.iter().map(|field| field.len());
    if line.end != End::CrLf || !widths.eq(WIDTHS) || !raw.iter().all(|byte| is_text(*byte)) {
        return Err(malformed());
    }

    let number = |index: usize| digits(fields[index]);
    let vitals: Vec<Option<u32>> = (7..10).map(number).collect();
    let movement = number(10).ok_or_else(malformed)?;
    let error = number(6).ok_or_else(malformed)?;
    let measured = vitals.iter().all(Option::is_some);
    let left_out = error != 0 && fields[7..10].iter().all(|field| *field == b"   ");
    if !measured && !left_out {
        return Err(malformed());
    }
    let device_time =
        time(&fields).ok_or_else(malformed)?.map_err(|()| Fault::new(FaultCode::InvalidTimestamp, SAYS_TIME, raw))?;
    if error != 0 {
        return Err(Fault::device(error, says_error(error), raw));
    }

    let in_range =
        vitals.iter().zip(RANGES).all(|(vital, (low, high))| vital.is_some_and(|vital| (low..=high).contains(&vital)));
    if !in_range || vitals[0] <= vitals[1] {
        return Err(Fault::new(FaultCode::OutOfRange, SAYS_RANGE, raw));
    }
    let mut reading = Reading::new(Kind::BloodPressure, raw);
    for ((quantity, unit), vital) in QUANTITIES.into_iter().zip(vitals.into_iter().flatten()) {
        reading = reading.with(quantity, vital, unit);
    }
    reading.device_time = Some(device_time);
    if movement != 0 {
        reading.mark(Mark::Movement);
    }
    Ok(reading)
}

/// Fields 1-5: `None` if they are no digits, an inner error if they are no calendar time.
fn time(fields: &[&[u8]]) -> Option<Result<DeviceTime, ()>> {
    let part = |index: usize| digits(fields[index]);
    let (year, month, day, hour, minute) = (part(0)?, part(1)?, part(2)?, part(3)?, part(4)?);
    // Four digits always fit.
    let year = i32::try_from(year).ok()?;
    let moment = NaiveDate::from_ymd_opt(year, month, day).and_then(|date| date.and_hms_opt(hour, minute, 0));
    Some(moment.map(|moment| DeviceTime { moment, seconds: false }).ok_or(()))
}

fn digits(field: &[u8]) -> Option<u32> {
    if !field.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(field).ok()?.parse().ok()
}

fn is_text(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}

fn says_error(error: u32) -> String {
    format!("the monitor reports error {error} and no result; sit still, arm in as far as it goes, and measure again")
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const WIDTHS: [usize; 11] = [4, 2, 2, 2, 2, 20, 1, 3, 3, 3, 1];
/// A good line has 53 bytes; formats 1-4 have up to 64. What is longer is dropped.
const LONGEST: usize = 128;
/// A whole line takes 60 ms at 9600 baud.
const PATIENCE: Duration = Duration::from_secs(1);
const RANGES: [(u32, u32); 3] = [(60, 260), (30, 215), (40, 180)];
const QUANTITIES: [(Quantity, Unit); 3] =
    [(Quantity::Systolic, Unit::MmHg), (Quantity::Diastolic, Unit::MmHg), (Quantity::Pulse, Unit::PerMinute)];
const SAYS_FORMAT: &str = "the monitor sends another output format; set its function item 32 to format 5";
const SAYS_MALFORMED: &str = "a line from the monitor is damaged or incomplete; check the cable and measure again";
const SAYS_TIME: &str = "the monitor's clock shows an impossible time; set its clock and measure again";
const SAYS_RANGE: &str = "the monitor sent a number outside its own measuring range; measure again";
