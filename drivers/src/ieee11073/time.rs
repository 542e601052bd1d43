//! Times as devices tell them, and how far a device's clock is off.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Timelike};

use super::mder::{Broken, Input};
use crate::reading::DeviceTime;

/// When something was measured, as the device tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// The device does not say.
    #[default]
    None,
    /// The device says a time that is none: a nibble above 9, or 30 February.
    Impossible,
    /// Local time, to the hundredth of a second.
    At(NaiveDateTime),
    /// Ticks of an eighth of a millisecond since the device was switched on.
    Ticks(u32),
}

impl Stamp {
    /// What a reading tells: local time to the second.
    pub fn told(self) -> Option<DeviceTime> {
        match self {
            Stamp::At(moment) => Some(DeviceTime { moment: moment.with_nanosecond(0)?, seconds: true }),
            _ => None,
        }
    }
}

/// Reads an absolute time: century, year, month, day, hour, minute, second, hundredths, two BCD digits each.
pub fn absolute(input: &mut Input<'_>) -> Result<Stamp, Broken> {
    let bytes = input.take(8)?;
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(Stamp::None);
    }
    Ok(calendar(bytes).map_or(Stamp::Impossible, Stamp::At))
}

fn calendar(bytes: &[u8]) -> Option<NaiveDateTime> {
    let mut parts = [0u32; 8];
    for (part, byte) in parts.iter_mut().zip(bytes) {
        let (tens, ones) = (byte >> 4, byte & 0x0F);
        if tens > 9 || ones > 9 {
            return None;
        }
        *part = u32::from(tens * 10 + ones);
    }
    let [century, year, month, day, hour, minute, second, hundredths] = parts;
    let year = i32::try_from(century * 100 + year).ok()?;
    NaiveDate::from_ymd_opt(year, month, day)?.and_hms_milli_opt(hour, minute, second, hundredths * 10)
}

/// Writes an absolute time.
pub fn to_absolute(moment: NaiveDateTime) -> [u8; 8] {
    let bcd = |part: u32| u8::try_from(part / 10 % 10 * 16 + part % 10).unwrap_or_default();
    let year = u32::try_from(moment.year()).unwrap_or_default();
    [
        bcd(year / 100),
        bcd(year % 100),
        bcd(moment.month()),
        bcd(moment.day()),
        bcd(moment.hour()),
        bcd(moment.minute()),
        bcd(moment.second()),
        bcd(moment.nanosecond() / 10_000_000 % 100),
    ]
}

/// Reads a base-offset time: seconds since 1900 UTC, a fraction of 1/65536, and the minutes of the device's offset.
pub fn base_offset(input: &mut Input<'_>) -> Result<Stamp, Broken> {
    let (seconds, fraction, offset) = (input.u32()?, input.u16()?, input.u16()? as i16);
    if seconds == 0 && fraction == 0 {
        return Ok(Stamp::None);
    }
    let hundredths = i64::from(fraction) * 100 / 65536;
    let since = Duration::seconds(seconds.into()) + Duration::milliseconds(hundredths * 10);
    let moment = NaiveDate::from_ymd_opt(1900, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .and_then(|base| base.checked_add_signed(since + Duration::minutes(offset.into())));
    Ok(moment.map_or(Stamp::Impossible, Stamp::At))
}

/// Reads a relative time.
pub fn relative(input: &mut Input<'_>) -> Result<Stamp, Broken> {
    Ok(match input.u32()? {
        NO_TIME => Stamp::None,
        ticks => Stamp::Ticks(ticks),
    })
}

/// Returns the time that so many ticks of an eighth of a millisecond take.
pub fn ticks(count: u32) -> std::time::Duration {
    std::time::Duration::from_micros(u64::from(count) * 125)
}

/// Says how far the device's clock is ahead, when that is worth a word: more than two minutes.
pub fn drift(device: NaiveDateTime, ours: NaiveDateTime) -> Option<Duration> {
    let ahead = device.signed_duration_since(ours);
    (ahead.abs() > Duration::minutes(2)).then_some(ahead)
}

/// The relative time that says nothing.
pub const NO_TIME: u32 = 0xFFFF_FFFF;
