//! The frames and payloads of the OneTouch UltraEasy; the conversation is in [`ultraeasy`](super::ultraeasy).

use chrono::{DateTime, NaiveDateTime};

use super::ask::glucose;
use crate::checksum::crc16_ccitt_false;
use crate::framing::seek::{Look, Shape};
use crate::reading::{DeviceTime, Fault, Kind, Mark, Reading, Special, Unit};

/// The frame: 02, length of all, link byte, payload, 03, CRC.
#[derive(Debug)]
pub struct Link;

impl Shape for Link {
    fn look(&self, held: &[u8]) -> Look {
        match *held {
            [START] => return Look::Unsure,
            [START, length] if LENGTHS.contains(&length) => return Look::Unsure,
            // The three high bits of the link byte are never set.
            [START, length, link, ..] if LENGTHS.contains(&length) && link < 0x20 => {}
            _ => return Look::No,
        }
        let whole = usize::from(held[1]);
        let Some(raw) = held.get(..whole) else {
            return Look::Unsure;
        };
        let (body, sum) = raw.split_at(whole - 2);
        Look::checked(whole, body.ends_with(&[END]) && crc16_ccitt_false(body).to_le_bytes() == sum)
    }
}

/// Returns a frame around a payload.
pub fn frame(link: u8, payload: &[u8]) -> Vec<u8> {
    // Payloads have at most a few dozen bytes.
    let length = u8::try_from(payload.len() + 6).expect("a payload fits its length field");
    let mut bytes = [&[START, length, link], payload, &[END]].concat();
    bytes.extend(crc16_ccitt_false(&bytes).to_le_bytes());
    bytes
}

pub(super) fn text(payload: &[u8]) -> Option<String> {
    // The page gives a length before the version and none before the serial number: either is understood before both.
    let text = payload.strip_prefix(&OK)?;
    let text = match text.split_first()? {
        (length, rest) if usize::from(*length) == rest.len() => rest,
        _ => text,
    };
    let printable = text.iter().all(|byte| (0x20..=0x7E).contains(byte));
    let text = String::from_utf8(text.to_vec()).ok()?;
    Some(text.trim().to_owned()).filter(|text| printable && !text.is_empty())
}

/// One public driver saw the count without the 05 in front.
pub(super) fn count(payload: &[u8]) -> Option<u16> {
    let records = match *payload {
        [0x05, 0x0F, low, high] | [0x0F, low, high] => u16::from_le_bytes([low, high]),
        _ => return None,
    };
    Some(records).filter(|records| *records <= COUNT)
}

pub(super) fn unit(payload: &[u8]) -> Option<Unit> {
    match *payload {
        [0x05, 0x06, 0, 0, 0, 0] => Some(Unit::MgPerDl),
        [0x05, 0x06, 1, 0, 0, 0] => Some(Unit::MmolPerL),
        _ => None,
    }
}

pub(super) fn clock(payload: &[u8]) -> Option<DeviceTime> {
    time(payload.strip_prefix(&OK)?.try_into().ok()?)
}

fn time(seconds: [u8; 4]) -> Option<DeviceTime> {
    let moment = DateTime::from_timestamp(u32::from_le_bytes(seconds).into(), 0)?.naive_utc();
    Some(DeviceTime { moment, seconds: true })
}

/// Writes a moment as the meter does: seconds of its own clock since 1970.
pub fn seconds(moment: NaiveDateTime) -> [u8; 4] {
    u32::try_from(moment.and_utc().timestamp()).unwrap_or(0).to_le_bytes()
}

pub(super) fn record(payload: &[u8], raw: &[u8]) -> Option<Result<Reading, Fault>> {
    let bytes: [u8; 8] = payload.strip_prefix(&OK)?.try_into().ok()?;
    let (when, value) = bytes.split_at(4);
    let device_time = time(when.try_into().ok()?)?;
    let special = |special| Ok(Reading { special: Some(special), ..Reading::new(Kind::Glucose, raw) });
    let reading = match u32::from_le_bytes(value.try_into().ok()?) {
        LO => special(Special::LO),
        HI => special(Special::HI),
        number => glucose(raw, number, 20..=600),
    };
    Some(reading.map(|mut reading| {
        reading.device_time = Some(device_time);
        if device_time.moment.and_utc().timestamp() < NEVER_SET {
            reading.mark(Mark::TimeDoubtful);
        }
        reading
    }))
}

/// Returns the payload that asks for a record, 0 = the newest.
pub fn record_request(number: u16) -> Vec<u8> {
    let [low, high] = number.to_le_bytes();
    vec![0x05, 0x1F, low, high]
}

/// The value of a record too low to measure.
pub const LO: u32 = 0xFFFE;
/// The value of a record too high to measure.
pub const HI: u32 = 0xFFFF;
/// Asking for this record gives the number of records.
pub const COUNT: u16 = 501;
/// Link byte: the frame acknowledges.
pub const ACK: u8 = 0x04;
/// Link byte: the link begins anew.
pub const DISCONNECT: u8 = 0x08;
/// Link byte of the answer to a disconnect.
pub const HANG_UP_HEARD: u8 = DISCONNECT | ACK;
pub(super) const COUNTERS: u8 = 0x03;
const OK: [u8; 2] = [0x05, 0x06];
const START: u8 = 0x02;
const END: u8 = 0x03;
const LENGTHS: std::ops::RangeInclusive<u8> = 6..=64;
/// The longest frame.
pub const LONGEST: usize = 64;
/// 2000-01-01: no such meter is older.
const NEVER_SET: i64 = 946_684_800;
