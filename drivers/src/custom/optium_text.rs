//! The lines and blocks of the FreeStyle Optium; the conversation is in [`optium`](super::optium).

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::ask::{bad_clock, bad_time, glucose_or_beyond, malformed};
use crate::checksum::sum16;
use crate::decoder::Output;
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Special, Status, Unit};

/// What a block tells: serial number, version and clock, then its records.
pub(super) struct Block {
    pub about: Vec<Output>,
    pub records: Vec<Output>,
}

/// Reads a block whose sum is right.
pub(super) fn block(body: &[u8]) -> Result<Block, Fault> {
    let lines: Vec<&str> = lines_of(body).collect();
    let ["", serial, version, clock, number, records @ ..] = lines.as_slice() else {
        return Err(malformed(body));
    };
    let of = if *number == EMPTY { Some(0) } else { count(number).map(usize::from) };
    if of != Some(records.len()) || serial.is_empty() {
        return Err(malformed(body));
    }
    let mut about = vec![
        Output::Status(Status::device(*serial)),
        Output::Status(Status::Version { version: (*version).to_owned() }),
    ];
    about.push(match moment(clock, Seconds::Yes).ok_or_else(|| malformed(body))? {
        Some(device_time) => Output::Status(Status::Clock { device_time }),
        None => Output::Fault(bad_clock(body)),
    });
    let records = records.iter().map(|line| record(line, Some(serial)).ok_or_else(|| malformed(body)));
    Ok(Block { about, records: records.collect::<Result<_, _>>()? })
}

/// Reads `126  Nov  22 2026 08:30 G 0x00`. `None`: another shape.
fn record(line: &str, serial: Option<&str>) -> Option<Output> {
    let (value, rest) = (line.get(..3)?, line.get(3..)?.strip_prefix("  ")?);
    let (rest, flags) = rest.rsplit_once(" 0x")?;
    let (when, strip) = rest.rsplit_once(' ')?;
    let flags = if flags.len() == 2 { u8::from_str_radix(flags, 16).ok()? } else { return None };
    let when = moment(when, Seconds::No)?;
    match strip {
        "K" => return Some(Output::Status(Status::Skipped { skipped: "ketone".into() })),
        "G" => {}
        _ => return None,
    }
    let result = measured(value, flags & CONTROL != 0, line.as_bytes())?;
    Some(match (result, when) {
        (Err(fault), _) => Output::Fault(fault),
        (_, None) => Output::Fault(bad_time(line.as_bytes())),
        (Ok(mut reading), Some(device_time)) => {
            if flags & CLOCK_LOST != 0 {
                reading.mark(Mark::TimeDoubtful);
            }
            if flags & !(CONTROL | CLOCK_LOST) != 0 {
                reading.mark(Mark::Questionable);
            }
            reading.device_time = Some(device_time);
            reading.device_id = serial.map(str::to_owned);
            Output::Reading(reading)
        }
    })
}

fn measured(value: &str, control: bool, raw: &[u8]) -> Option<Result<Reading, Fault>> {
    let special = |special| Reading { special: Some(special), ..Reading::new(Kind::Glucose, raw) };
    Some(Ok(match value {
        "HI " | "LO " if control => special(Special::Control),
        "HI " => special(Special::HI),
        "LO " => special(Special::LO),
        _ => {
            let number = u32::from(count(value)?);
            if !control {
                return Some(Ok(glucose_or_beyond(raw, number, 20..=500)));
            }
            special(Special::Control).with(Quantity::Glucose, number, Unit::MgPerDl)
        }
    }))
}

/// What a line of a block means without the block, before which noise may stand.
pub(super) fn stored_alone(text: &str) -> Option<Output> {
    if text.ends_with(EMPTY) {
        return Some(Output::Status(Status::Memory { records: 0, device_id: None, display_unit: None }));
    }
    text.char_indices().find_map(|(place, _)| record(&text[place..], None))
}

/// What a line means by itself; `None` for one that tells nothing.
pub(super) fn alone(text: &str, line: &[u8]) -> Option<Output> {
    if text == FAIL {
        return Some(Output::Fault(Fault::new(FaultCode::DeviceError, SAYS_FAIL, line)));
    }
    let (name, rest) = text[named(text)?..].split_once('\t')?;
    match name {
        "S/N:" => Some(Output::Status(Status::device(rest.trim()))),
        "Ver:" => {
            let version = rest.split('\t').next().unwrap_or_default().trim().to_owned();
            Some(Output::Status(Status::Version { version }))
        }
        "Clock:" => Some(match moment(&rest.replace('\t', " "), Seconds::Yes) {
            None => Output::Fault(malformed(line)),
            Some(None) => Output::Fault(bad_clock(line)),
            Some(Some(device_time)) => Output::Status(Status::Clock { device_time }),
        }),
        _ => None,
    }
}

/// Whether a line can be no part of a block.
pub(super) fn is_word_of_its_own(text: &str) -> bool {
    text == OK || text == FAIL || named(text).is_some()
}

/// Where a name of the answer to `$colq` stands; there may be noise before it.
fn named(text: &str) -> Option<usize> {
    ["S/N:\t", "Ver:\t", "Clock:\t"].iter().find_map(|name| text.find(name))
}

/// The sum in the last line of a block, such as `0x1D1F  END`.
pub(super) fn end_mark(text: &str) -> Option<u16> {
    let sum = text.strip_prefix("0x")?.strip_suffix("  END")?;
    if sum.len() == 4 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u16::from_str_radix(sum, 16).ok()
    } else {
        None
    }
}

/// Returns the last line of a block, with its sum.
pub fn write_end(body: &str) -> String {
    format!("0x{:04X}  END\r\n", sum16(body.as_bytes()))
}

/// The lines of a block, without their ends.
pub(super) fn lines_of(block: &[u8]) -> impl Iterator<Item = &str> {
    // A block holds text only: other bytes are no part of any line.
    std::str::from_utf8(block).unwrap_or_default().split_terminator("\r\n")
}

/// Three digits.
pub(super) fn count(text: &str) -> Option<u16> {
    digits(text, 3).and_then(|number| u16::try_from(number).ok())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seconds {
    Yes,
    No,
}

/// Reads `Nov  22 2026 08:35:00` and `June 01 2026 07:00`. `None`: another shape; inside: no such time.
fn moment(text: &str, seconds: Seconds) -> Option<Option<DeviceTime>> {
    let (month, rest) = (text.get(..4)?, text.get(4..)?.strip_prefix(' ')?);
    let place = MONTHS.iter().position(|name| month.starts_with(name))?;
    if !matches!((place, &month[3..]), (_, " ") | (5, "e") | (6, "y")) {
        return None;
    }
    let [day, year, time] = rest.trim_start().split(' ').collect::<Vec<_>>()[..] else { return None };
    let parts: Vec<u32> = time.split(':').map(|part| digits(part, 2)).collect::<Option<_>>()?;
    let [hour, minute, second] = match (seconds, &parts[..]) {
        (Seconds::Yes, [hour, minute, second]) => [*hour, *minute, *second],
        (Seconds::No, [hour, minute]) => [*hour, *minute, 0],
        _ => return None,
    };
    let year = i32::try_from(digits(year, 4)?).ok()?;
    let month = u32::try_from(place + 1).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, digits(day, 2)?);
    let moment = date.and_then(|date| date.and_hms_opt(hour, minute, second));
    Some(moment.map(|moment| DeviceTime { moment, seconds: seconds == Seconds::Yes }))
}

/// Writes the date of a moment as the meter does: four places for the month, June and July in full.
pub fn write_date(moment: NaiveDateTime) -> String {
    let place = usize::try_from(moment.month0()).unwrap_or(0);
    let last = match place {
        5 => "e",
        6 => "y",
        _ => " ",
    };
    format!("{}{last} {}", MONTHS[place], moment.format("%d %Y"))
}

fn digits(text: &str, width: usize) -> Option<u32> {
    if text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The end of an answer that went well.
pub const OK: &str = "CMD OK";
/// The end of an answer that did not.
pub const FAIL: &str = "CMD Fail!";
/// Stands where the number of records would.
pub const EMPTY: &str = "Log Empty";
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const CONTROL: u8 = 0x01;
const CLOCK_LOST: u8 = 0x02;
pub(super) const SAYS_FAIL: &str =
    "the meter refused a command (CMD Fail!); pull its plug, plug it in again, and read again";
