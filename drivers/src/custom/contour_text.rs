//! The frames and records of the Contour family; the conversation is in [`contour`](super::contour).

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::ask::{bad_time, malformed};
use crate::checksum::sum8;
use crate::decoder::Output;
use crate::framing::seek::{Look, Shape};
use crate::framing::{Find, Step};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Special, Status, Unit};

/// Finds STX, digit, text, CR, ETB or ETX, sum, CR LF; and the control characters between frames.
#[derive(Debug)]
pub(super) struct Frames;

/// What the meter says.
#[derive(Debug)]
pub(super) enum Frame {
    /// ENQ, EOT, ACK or NAK.
    Control(u8),
    /// A frame with a good sum.
    Text {
        digit: u8,
        text: String,
        last: bool,
        raw: Vec<u8>,
    },
    BadSum(Vec<u8>),
    /// What should have been a frame, up to where it cannot be one any more.
    Broken(Vec<u8>),
}

impl Find for Frames {
    type Frame = Frame;

    fn find(&mut self, held: &[u8]) -> Step<Frame> {
        let broken = |end: usize| Step::Take(end, Frame::Broken(held[..end].to_vec()));
        match held {
            [ENQ | EOT | ACK | NAK, ..] => return Step::Take(1, Frame::Control(held[0])),
            [STX] | [STX, b'0'..=b'7', ..] => {}
            _ => return Step::Skip(1),
        }
        let Some(end) = held.iter().skip(2).take(LONGEST).position(|byte| !is_text(*byte)) else {
            return if held.len() < LONGEST { Step::Wait } else { broken(LONGEST) };
        };
        let end = end + 2;
        // Each byte of the tail says by itself where it is wrong.
        for (place, byte) in held.iter().enumerate().skip(end).take(TAIL) {
            let fits = match place - end {
                0 => *byte == CR,
                1 => [ETB, ETX].contains(byte),
                2 | 3 => byte.is_ascii_digit() || (b'A'..=b'F').contains(byte),
                4 => *byte == CR,
                _ => *byte == LF,
            };
            if !fits {
                return broken(place);
            }
        }
        let Some(raw) = held.get(..end + TAIL) else { return Step::Wait };
        let raw = raw.to_vec();
        if format!("{:02X}", sum8(&raw[1..end + 2])).as_bytes() != &raw[end + 2..end + 4] {
            return Step::Take(end + TAIL, Frame::BadSum(raw));
        }
        // Only printable characters come here.
        let text = String::from_utf8_lossy(&raw[2..end]).into_owned();
        Step::Take(end + TAIL, Frame::Text { digit: raw[1] - b'0', text, last: raw[end + 1] == ETX, raw })
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Frame> {
        Step::Take(held.len(), Frame::Broken(held.to_vec()))
    }
}

/// Returns a frame around a record.
pub fn frame(digit: u8, text: &str, last: bool) -> Vec<u8> {
    let mut bytes = vec![STX, b'0' + digit % 8];
    bytes.extend(text.as_bytes());
    bytes.extend([CR, if last { ETX } else { ETB }]);
    let sum = sum8(&bytes[1..]);
    bytes.extend(format!("{sum:02X}\r\n").into_bytes());
    bytes
}

/// A USB report: three bytes, the length of the text, the text, filled up.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// It is filled up with zeros. Where no reports are expected, noise before a frame must not pass for one.
    pub zeros: bool,
}

impl Shape for Report {
    fn look(&self, held: &[u8]) -> Look {
        // Some write these three bytes, some leave them empty.
        let begins = |head: &[u8; 3]| held.iter().zip(head).all(|(byte, wanted)| byte == wanted);
        if !begins(REPORT) && !begins(&[0; 3]) {
            return Look::No;
        }
        let length = held.get(3).map_or(1, |length| usize::from(*length));
        let mut rest = held.iter().take(REPORT_WHOLE).skip(4 + length);
        if !(1..=REPORT_TEXT).contains(&length) || (self.zeros && rest.any(|byte| *byte != 0)) {
            return Look::No;
        }
        if held.len() < REPORT_WHOLE { Look::Unsure } else { Look::checked(REPORT_WHOLE, true) }
    }
}

/// Tells USB reports from frames that come as they are: no frame begins as a report does.
#[derive(Debug)]
pub(super) struct Incoming(pub Report);

/// What comes in.
#[derive(Debug)]
pub(super) enum Piece {
    /// A frame, or a control character.
    Frame(Frame),
    /// A report, perhaps cut off.
    Report(Vec<u8>),
}

impl Find for Incoming {
    type Frame = Piece;

    fn find(&mut self, held: &[u8]) -> Step<Piece> {
        match self.0.look(held) {
            Look::No => Frames.find(held).map(Piece::Frame),
            Look::Whole(count, report, _) => Step::Take(count, Piece::Report(held[report].to_vec())),
            // All reports are of one length: none is whole inside an unfinished one.
            _ => Step::Wait,
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Piece> {
        match self.0.look(held) {
            Look::No => Frames.cut_off(held).map(Piece::Frame),
            _ => Step::Take(held.len(), Piece::Report(held.to_vec())),
        }
    }
}

/// Cuts bytes into USB reports.
pub fn reports(bytes: &[u8]) -> Vec<Vec<u8>> {
    let report = |text: &[u8]| {
        let mut report = REPORT.to_vec();
        // A piece has at most 60 bytes.
        report.push(u8::try_from(text.len()).unwrap_or(0));
        report.extend(text);
        report.resize(REPORT_WHOLE, 0);
        report
    };
    bytes.chunks(REPORT_TEXT).map(report).collect()
}

/// Returns the text of a report, as far as it came.
pub fn text_of_report(report: &[u8]) -> &[u8] {
    let length = report.get(3).map_or(0, |length| usize::from(*length));
    let text = report.get(4..).unwrap_or_default();
    &text[..length.min(text.len())]
}

/// What the header record tells of the meter.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub serial: String,
    pub unit: Unit,
    pub total: u16,
    pub low: Decimal,
    pub high: Decimal,
    /// `None`: an impossible time.
    pub clock: Option<DeviceTime>,
}

/// Reads `H|\^&||…|Bayer7390^…^7390-2336773^…|…^U=0^V=10600^…|1714||||||1|201909221304`.
pub(super) fn header(text: &str) -> Option<Header> {
    let fields: Vec<&str> = text.split('|').collect();
    let ["H", _, _, _, product, settings, total, .., clock] = fields[..] else { return None };
    let setting = |name: &str| settings.split('^').find_map(|setting| setting.strip_prefix(name));
    let serial = product.split('^').nth(2)?.trim();
    let limits = setting("V=").filter(|limits| limits.len() == 5 && is_digits(limits))?;
    Some(Header {
        serial: Some(serial.to_owned()).filter(|serial| !serial.is_empty())?,
        unit: match setting("U=")? {
            "0" => Unit::MgPerDl,
            "1" => Unit::MmolPerL,
            _ => return None,
        },
        total: if is_digits(total) { total.parse().ok()? } else { return None },
        low: limits[..2].parse().ok()?,
        high: limits[2..].parse().ok()?,
        clock: moment(clock)?.map(|moment| DeviceTime { moment, seconds: false }),
    })
}

/// Reads `R|n|^^^Glucose|133|mg/dL^P||B/X||201202052034`. `None`: another shape.
pub(super) fn result(text: &str, raw: &[u8], meter: Option<&Header>) -> Option<Output> {
    let fields: Vec<&str> = text.split('|').collect();
    let ["R", number, test, value, unit, _, flags, _, when, ..] = fields[..] else { return None };
    if !is_digits(number) {
        return None;
    }
    match test.strip_prefix("^^^")? {
        "Glucose" => {}
        other if other.to_ascii_lowercase().contains("ketone") => {
            return Some(Output::Status(Status::Skipped { skipped: "ketone".into() }));
        }
        _ => return Some(Output::Status(Status::Skipped { skipped: "other_test".into() })),
    }
    let Some(moment) = moment(when)? else { return Some(Output::Fault(bad_time(raw))) };
    let (unit, _method) = unit.split_once('^').unwrap_or((unit, ""));
    let unit = match unit {
        "mg/dL" => Unit::MgPerDl,
        "mmol/L" => Unit::MmolPerL,
        "" => return Some(Output::Fault(Fault::new(FaultCode::NoUnit, SAYS_UNIT, raw))),
        _ => return None,
    };
    let value = decimal(value)?;
    let flags: Vec<&str> = flags.split('/').collect();
    let has = |flag: &str| flags.contains(&flag);
    let reading = Reading::new(Kind::Glucose, raw);
    let special = |special| Reading { special: Some(special), ..Reading::new(Kind::Glucose, raw) };
    let mut reading = match (has("C"), has(">"), has("<")) {
        (true, false, false) => special(Special::Control).with(Quantity::Glucose, value, unit),
        (true, _, _) => special(Special::Control),
        (false, true, false) => special(Special::HI),
        (false, false, true) => special(Special::LO),
        (false, true, true) => return None,
        (false, false, false) => {
            let (low, high) = meter.map_or((LOW, HIGH), |meter| (meter.low, meter.high));
            let mg_per_dl = if unit == Unit::MgPerDl { value } else { value * Decimal::from(18) };
            if !(low..=high).contains(&mg_per_dl) {
                return Some(Output::Fault(Fault::new(FaultCode::OutOfRange, SAYS_RANGE, raw)));
            }
            reading.with(Quantity::Glucose, value, unit)
        }
    };
    match (has("B"), has("A")) {
        (true, false) => reading.note("meal", "before"),
        (false, true) => reading.note("meal", "after"),
        _ => {}
    }
    // The person told the meter not to count it.
    if has("D") {
        reading.mark(Mark::Questionable);
    }
    reading.device_time = Some(DeviceTime { moment, seconds: false });
    reading.device_id = meter.map(|meter| meter.serial.clone());
    Some(Output::Reading(reading))
}

/// What a record means by itself.
pub(super) fn alone(text: &str, raw: &[u8], meter: &mut Option<Header>, out: &mut Vec<Output>) {
    match text.split('|').next() {
        Some("H") => match header(text) {
            Some(header) => {
                let (device_id, display_unit) = (Some(header.serial.clone()), Some(header.unit));
                out.push(Output::Status(Status::Memory { records: header.total, device_id, display_unit }));
                match header.clock {
                    Some(device_time) => out.push(Output::Status(Status::Clock { device_time })),
                    None => out.push(Output::Fault(super::ask::bad_clock(raw))),
                }
                *meter = Some(header);
            }
            None => out.push(Output::Fault(malformed(raw))),
        },
        Some("R") => {
            let told = result(text, raw, meter.as_ref());
            out.push(told.unwrap_or_else(|| Output::Fault(malformed(raw))));
        }
        Some("P" | "O" | "C") => {}
        Some("L") => out.push(Output::Status(Status::Event { event: "end".into() })),
        _ => out.push(Output::Fault(malformed(raw))),
    }
}

/// `YYYYMMDDhhmm`, from some with seconds, which are left out. `None`: another shape; inside: no such time.
fn moment(text: &str) -> Option<Option<NaiveDateTime>> {
    if !is_digits(text) || ![12, 14].contains(&text.len()) {
        return None;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let year = i32::try_from(part(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, part(4, 6)?, part(6, 8)?);
    let (hour, minute) = (part(8, 10)?, part(10, 12)?);
    Some(date.and_then(|date| date.and_hms_opt(hour, minute, 0)))
}

/// The meter's own digits are kept.
fn decimal(text: &str) -> Option<Decimal> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let fits = |text: &str| is_digits(text) && text.len() <= 4;
    if fits(whole) && fits(part) { text.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_text(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}

/// Begins a text frame.
pub const STX: u8 = 0x02;
/// Ends the last text frame.
pub const ETX: u8 = 0x03;
/// Begins and ends a transfer.
pub const EOT: u8 = 0x04;
/// Asks whether to begin.
pub const ENQ: u8 = 0x05;
/// Well received.
pub const ACK: u8 = 0x06;
/// Once more, please.
pub const NAK: u8 = 0x15;
const ETB: u8 = 0x17;
const CR: u8 = b'\r';
const LF: u8 = b'\n';
/// After the text: CR, ETB or ETX, two digits, CR, LF.
const TAIL: usize = 6;
/// ASTM allows 247 bytes.
pub(super) const LONGEST: usize = 320;
const REPORT: &[u8; 3] = b"ABC";
const REPORT_WHOLE: usize = 64;
const REPORT_TEXT: usize = 60;
/// What the header of the meters seen so far says, for a record without a header.
const LOW: Decimal = Decimal::from_parts(10, 0, 0, false, 0);
const HIGH: Decimal = Decimal::from_parts(600, 0, 0, false, 0);
const SAYS_UNIT: &str = "a record in the meter has no unit and was left out; note the model and report it";
const SAYS_RANGE: &str = "a record in the meter holds a number that the meter cannot measure and was left out";
