//! One field of a frame: a group of a pattern, or some bytes.

use chrono::{NaiveDate, NaiveDateTime};
use regex::bytes::Captures;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Where a field stands and how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The pattern's group; without it, the group named as the field itself.
    #[serde(default)]
    pub group: Option<String>,
    /// In a binary frame: its first byte, negative from the end.
    #[serde(default)]
    pub at: Option<i32>,
    /// In a binary frame: how its bytes are read.
    #[serde(default, rename = "as")]
    pub form: Form,
    /// Bytes of a text.
    #[serde(default)]
    pub size: usize,
    /// In place of a size: the first byte that is not part of a text any more, negative from the end.
    #[serde(default)]
    pub to: Option<i32>,
    /// First bit, counted from the lowest, and number of bits; else all.
    #[serde(default)]
    pub bits: Option<[u32; 2]>,
    /// What the number is multiplied by, such as "0.1".
    #[serde(default)]
    pub times: Option<Decimal>,
    /// What is added then.
    #[serde(default)]
    pub plus: Option<Decimal>,
}

/// How bytes become a number or a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One byte.
    #[default]
    U8,
    /// Two bytes, low first.
    U16le,
    /// Two bytes, high first.
    U16be,
    /// Four bytes, low first.
    U32le,
    /// Four bytes, high first.
    U32be,
    /// An IEEE 754 single, low byte first, to four decimals.
    F32le,
    /// ASCII text.
    Text,
    /// Bytes as hexadecimal digits.
    Hex,
    /// The same, last byte first.
    HexReversed,
}

/// A frame that a record fits, with the groups of its pattern.
pub struct Found<'a> {
    /// The frame.
    pub bytes: &'a [u8],
    /// The groups, for a text frame.
    pub groups: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Found<'a> {
    /// Returns the frame with no groups yet.
    pub fn new(bytes: &'a [u8]) -> Found<'a> {
        Found { bytes, groups: Vec::new() }
    }

    /// Adds what a pattern captured under names.
    pub fn add(&mut self, names: impl Iterator<Item = Option<&'a str>>, captures: &Captures<'a>) {
        let named = names.flatten().filter_map(|name| Some((name, captures.name(name)?.as_bytes())));
        self.groups.extend(named);
    }

    /// The text of a group, without blanks around it; `None` if it took no part or is blank.
    pub fn group(&self, name: &str) -> Option<&'a str> {
        let (_, bytes) = self.groups.iter().find(|(group, _)| *group == name)?;
        std::str::from_utf8(bytes).ok().map(str::trim).filter(|text| !text.is_empty())
    }
}

impl Field {
    /// The number it holds.
    pub fn number(&self, name: &str, found: &Found<'_>) -> Option<Decimal> {
        let raw = match self.at {
            Some(_) => self.raw_number(found)?,
            None => plain_number(found.group(self.group.as_deref().unwrap_or(name))?)?,
        };
        // Only what is asked for: reckoning with a zero would take its decimals away.
        let scaled = self.times.map_or(Some(raw), |times| raw.checked_mul(times))?;
        self.plus.map_or(Some(scaled), |plus| scaled.checked_add(plus))
    }

    /// The text it holds.
    pub fn text(&self, name: &str, found: &Found<'_>) -> Option<String> {
        let Some(at) = self.at else {
            return found.group(self.group.as_deref().unwrap_or(name)).map(str::to_owned);
        };
        let hex = |bytes: &mut dyn Iterator<Item = &u8>| bytes.map(|byte| format!("{byte:02X}")).collect();
        match self.form {
            Form::Text => {
                let bytes = self.bytes(found, at)?;
                let text = std::str::from_utf8(bytes).ok()?.trim_matches(|letter| matches!(letter, '\0' | ' '));
                Some(text.to_owned()).filter(|text| !text.is_empty())
            }
            Form::Hex => Some(hex(&mut self.bytes(found, at)?.iter())),
            Form::HexReversed => Some(hex(&mut self.bytes(found, at)?.iter().rev())),
            _ => self.number(name, found).map(|number| number.to_string()),
        }
    }

    fn bytes<'a>(&self, found: &Found<'a>, at: i32) -> Option<&'a [u8]> {
        match self.to {
            None => slice(found.bytes, at, self.size),
            Some(to) => found.bytes.get(place(found.bytes, at)?..place(found.bytes, to)?),
        }
    }

    fn raw_number(&self, found: &Found<'_>) -> Option<Decimal> {
        let bytes = slice(found.bytes, self.at?, self.form.width()?)?;
        let number = match self.form {
            Form::F32le => return single(bytes.try_into().ok()?),
            Form::U16be | Form::U32be => bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
            _ => bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
        };
        let [first, count] = self.bits.unwrap_or([0, 32]);
        let mask = u32::MAX.checked_shr(32 - count.min(32)).unwrap_or(0);
        Some(Decimal::from(number.checked_shr(first)? & mask))
    }
}

impl Form {
    fn width(self) -> Option<usize> {
        match self {
            Form::U8 => Some(1),
            Form::U16le | Form::U16be => Some(2),
            Form::U32le | Form::U32be | Form::F32le => Some(4),
            Form::Text | Form::Hex | Form::HexReversed => None,
        }
    }
}

/// The parts of a moment, and how they are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeFields {
    #[serde(default)]
    year: Field,
    #[serde(default)]
    month: Field,
    #[serde(default)]
    day: Field,
    #[serde(default)]
    hour: Field,
    #[serde(default)]
    minute: Field,
    #[serde(default)]
    second: Option<Field>,
    /// Seconds since this day, in place of all the others.
    #[serde(default)]
    since: Option<NaiveDate>,
    /// How many seconds since then.
    #[serde(default)]
    seconds: Field,
}

impl TimeFields {
    /// The parts it needs, by their names.
    pub fn parts(&self) -> Vec<(&'static str, &Field)> {
        if self.since.is_some() {
            return vec![("seconds", &self.seconds)];
        }
        let needed = [
            ("year", &self.year),
            ("month", &self.month),
            ("day", &self.day),
            ("hour", &self.hour),
            ("minute", &self.minute),
        ];
        needed.into_iter().chain(self.second.as_ref().map(|second| ("second", second))).collect()
    }

    /// The moment told, and whether it has seconds. `None`: a part is missing or no number; inner error: no such time.
    pub fn moment(&self, found: &Found<'_>) -> Option<Result<(NaiveDateTime, bool), ()>> {
        if let Some(day) = self.since {
            let seconds: i64 = self.seconds.number("seconds", found)?.try_into().ok()?;
            let moment = day.and_hms_opt(0, 0, 0)?.checked_add_signed(chrono::Duration::seconds(seconds));
            return Some(moment.map(|moment| (moment, true)).ok_or(()));
        }
        let part = |field: &Field, name| -> Option<u32> { field.number(name, found)?.try_into().ok() };
        let year = part(&self.year, "year")?;
        // Nobody stores health readings of the years 0 to 99.
        let year = i32::try_from(if year < 100 { 2000 + year } else { year }).ok()?;
        let (month, day) = (part(&self.month, "month")?, part(&self.day, "day")?);
        let (hour, minute) = (part(&self.hour, "hour")?, part(&self.minute, "minute")?);
        let second = match &self.second {
            Some(field) => Some(part(field, "second")?),
            None => found.group("second").and_then(|text| text.parse().ok()),
        };
        let moment = NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|day| day.and_hms_opt(hour, minute, second.unwrap_or(0)));
        Some(moment.map(|moment| (moment, second.is_some())).ok_or(()))
    }
}

/// Digits with at most one point, an optional sign before them; `+ 40.0` too.
fn plain_number(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text[1..].trim_start()),
        b'+' => (false, text[1..].trim_start()),
        _ => (false, text),
    };
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = digits.as_bytes();
    let plain = bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !plain || !digit(bytes.first()) || !digit(bytes.last()) || bytes.len() > LONGEST_NUMBER {
        return None;
    }
    // A second point is refused here.
    let mut number: Decimal = digits.parse().ok()?;
    number.set_sign_negative(negative && !number.is_zero());
    Some(number)
}

/// The decimal number of a single, to four decimals, half up.
fn single(bytes: [u8; 4]) -> Option<Decimal> {
    let number = f32::from_le_bytes(bytes);
    let exact = Decimal::from_f32_retain(number)?;
    Some(crate::reading::half_up(exact, 4).normalize())
}

fn slice(bytes: &[u8], at: i32, size: usize) -> Option<&[u8]> {
    let from = place(bytes, at)?;
    bytes.get(from..from.checked_add(size)?)
}

fn place(bytes: &[u8], at: i32) -> Option<usize> {
    let from = usize::try_from(at.unsigned_abs()).ok()?;
    if at < 0 { bytes.len().checked_sub(from) } else { Some(from) }
}

const LONGEST_NUMBER: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_strictly() {
        let read = |text| plain_number(text).map(|number| number.to_string());
        assert_eq!(read("0071.40").as_deref(), Some("71.40"));
        assert_eq!(read("+ 71.4").as_deref(), Some("71.4"));
        assert_eq!(read("-0.2").as_deref(), Some("-0.2"));
        for wrong in ["", "+", "--1", "1.2.3", ".5", "5.", "1e3", "1 2", "0x1F", "1234567890123"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_are_read_as_told() {
        let found = Found::new(&[0x12, 0x34, 0x56, 0x78, 0x76, 0xAF, 0x99, 0x43]);
        let field = |at, form, bits| Field { at: Some(at), form, bits, ..Field::default() };
        let number = |at, form, bits| field(at, form, bits).number("", &found).unwrap().to_string();
        assert_eq!(number(0, Form::U16be, None), "4660");
        assert_eq!(number(0, Form::U16le, None), "13330");
        assert_eq!(number(-4, Form::F32le, None), "307.3708");
        assert_eq!(number(0, Form::U8, Some([1, 4])), "9");
        assert!(field(7, Form::U16le, None).number("", &found).is_none());
        let text = Field { at: Some(0), form: Form::HexReversed, size: 2, ..Field::default() };
        assert_eq!(text.text("", &found).as_deref(), Some("3412"));
    }
}
