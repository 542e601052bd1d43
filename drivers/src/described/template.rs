//! Bytes with slots: what is said to a device, and what an emulated device hears and says.
//!
//! `'\x51\x25{index:u16le}\x00\x00\xA3{check}'`: the notation of bytes, with slots in braces. A slot has a name and a form:
//! `u8`, `u16le`, `u16be`, `u32le`, `u32be`, `f32le` for binary numbers; `03`, `5.1`, `.2`, `20` as for printed ones (`03` pads with
//! zeros, text stands left); `%Y/%m/%d` for a clock. `{check}` is the sum of the frame.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use toml::Spanned;

use super::slip::Slip;
use crate::checksum::Check;
use crate::notation;

/// Bytes with slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    Slot(String, Form),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Binary { width: usize, big: bool },
    Printed { width: usize, zeros: bool, places: Option<usize> },
    Clock(String),
    Single,
    Check,
}

/// What stands in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A number.
    Number(Decimal),
    /// A text.
    Text(String),
    /// A moment, for the slot `clock` and its parts: `year`, `year2` (from 2000), `month`, `day`, `hour`, `minute`, `second`,
    /// `since1970` and `since2000` (seconds), `packed_date` (7 bits of year, 4 of month, 5 of day).
    Moment(NaiveDateTime),
}

impl Template {
    /// Reads a template of a descriptor.
    ///
    /// # Errors
    /// As [`Template::read`], and where.
    pub fn of(text: &Spanned<String>, check: Option<&Check>) -> Result<Template, Slip> {
        Template::read(text.get_ref(), check).map_err(|says| Slip::of(text, says))
    }

    /// Reads a template.
    ///
    /// # Errors
    /// In words, at bytes that are none and at slots without a form.
    pub fn read(text: &str, check: Option<&Check>) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, slot_and_rest)) = rest.split_once('{') {
            let (slot, after) =
                slot_and_rest.split_once('}').ok_or_else(|| format!("`{text}`: a slot ends with `}}`"))?;
            parts.push(Part::Bytes(bytes(before)?));
            parts.push(slot_of(slot, check)?);
            rest = after;
        }
        parts.push(Part::Bytes(bytes(rest)?));
        Ok(Template(parts))
    }

    /// Fills the slots; `None` if something has no datum or does not fit.
    pub fn fill(&self, data: &dyn Fn(&str) -> Option<Datum>, check: Option<&Check>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut slot = None;
        for part in &self.0 {
            match part {
                Part::Bytes(part) => bytes.extend(part),
                Part::Slot(_, Form::Check) => {
                    slot = Some(bytes.len());
                    bytes.extend(std::iter::repeat_n(0, check?.form.width()));
                }
                Part::Slot(name, form) => form.write(&datum(name, data)?, &mut bytes)?,
            }
        }
        if let Some((slot, check)) = slot.zip(check) {
            // Marks that close the frame may follow the part that is summed.
            let end = usize::try_from(-check.at).map_or(bytes.len(), |back| (slot + back).min(bytes.len()));
            check.fill(&mut bytes[..end]);
        }
        Some(bytes)
    }

    /// Whether bytes begin with this template: how many it takes, and the numbers in its slots. Sums are not compared.
    pub fn hears(&self, heard: &[u8], check: Option<&Check>) -> Option<(usize, Vec<(String, u64)>)> {
        let (mut at, mut numbers) = (0, Vec::new());
        for part in &self.0 {
            match part {
                Part::Bytes(bytes) => {
                    heard.get(at..)?.starts_with(bytes).then_some(())?;
                    at += bytes.len();
                }
                Part::Slot(_, Form::Check) => at += check?.form.width(),
                Part::Slot(name, form) => {
                    let width = form.width();
                    numbers.push((name.clone(), form.read(heard.get(at..at + width)?)?));
                    at += width;
                }
            }
        }
        (at <= heard.len()).then_some((at, numbers))
    }
}

impl Form {
    fn read_from(text: &str) -> Option<Form> {
        let binary = |width, big| Some(Form::Binary { width, big });
        match text {
            "u8" => binary(1, true),
            "u16le" => binary(2, false),
            "u16be" => binary(2, true),
            "u32le" => binary(4, false),
            "u32be" => binary(4, true),
            "f32le" => Some(Form::Single),
            _ if text.starts_with('%') => Some(Form::Clock(text.to_owned())),
            _ => {
                let (width, places) =
                    text.split_once('.').map_or((text, None), |(width, places)| (width, Some(places)));
                let places = places.map(str::parse).transpose().ok()?;
                let zeros = width.len() > 1 && width.starts_with('0');
                let width = if width.is_empty() { 0 } else { width.parse().ok()? };
                Some(Form::Printed { width, zeros, places })
            }
        }
    }

    fn suits(&self, name: &str) -> bool {
        let Form::Clock(pattern) = self else { return name != "clock" };
        // An unknown letter would panic when it is used.
        let mut items = chrono::format::StrftimeItems::new(pattern);
        name == "clock" && items.all(|item| !matches!(item, chrono::format::Item::Error))
    }

    fn write(&self, datum: &Datum, bytes: &mut Vec<u8>) -> Option<()> {
        match (self, datum) {
            (Form::Binary { width, big }, Datum::Number(number)) => {
                let number = number.round().to_u64()?;
                (u32::try_from(width * 8).ok()? >= u64::BITS - number.leading_zeros()).then_some(())?;
                let all = number.to_be_bytes();
                let low = &all[all.len() - width..];
                if *big { bytes.extend(low) } else { bytes.extend(low.iter().rev()) }
            }
            (Form::Printed { width, zeros, places }, Datum::Number(number)) => {
                let text = places.map_or_else(|| number.to_string(), |places| format!("{number:.places$}"));
                let text = if *zeros { format!("{text:0>width$}") } else { format!("{text:>width$}") };
                bytes.extend(text.bytes());
            }
            (Form::Printed { width, .. }, Datum::Text(text)) => bytes.extend(format!("{text:width$}").bytes()),
            (Form::Single, Datum::Number(number)) => bytes.extend(number.to_f32()?.to_le_bytes()),
            (Form::Clock(pattern), Datum::Moment(moment)) => bytes.extend(moment.format(pattern).to_string().bytes()),
            _ => return None,
        }
        Some(())
    }

    fn width(&self) -> usize {
        match self {
            Form::Binary { width, .. } | Form::Printed { width, .. } => *width,
            Form::Single => 4,
            Form::Clock(_) | Form::Check => 0,
        }
    }

    fn read(&self, bytes: &[u8]) -> Option<u64> {
        let push = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match self {
            Form::Binary { big: true, .. } => Some(bytes.iter().fold(0, push)),
            Form::Binary { big: false, .. } => Some(bytes.iter().rev().fold(0, push)),
            Form::Printed { .. } => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
            Form::Single | Form::Clock(_) | Form::Check => None,
        }
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    notation::read(text).map_err(|fault| format!("`{text}`: {fault}"))
}

fn slot_of(slot: &str, check: Option<&Check>) -> Result<Part, String> {
    if slot == "check" {
        let part = || Part::Slot(slot.to_owned(), Form::Check);
        return check.map(|_| part()).ok_or_else(|| "`{check}` needs a `check` in a [[frame]]".to_owned());
    }
    let (name, form) = slot.split_once(':').unwrap_or((slot, ""));
    if !NAMES.contains(&name) {
        return Err(format!("`{{{slot}}}`: there is no slot `{name}`; slots are check, {}", NAMES.join(", ")));
    }
    let usual = usual_form(name);
    if form.is_empty() {
        return Err(format!("`{{{slot}}}` needs a form: write it as {{{name}:{usual}}}"));
    }
    match Form::read_from(form).filter(|form| form.suits(name)) {
        // {tenths_mmol:.1} would be 56.0 for 5.6.
        Some(Form::Printed { places: Some(1..), .. }) if !DECIMALS.contains(&name) => {
            Err(format!("`{{{slot}}}`: `{name}` is a whole number; decimals have {}", DECIMALS.join(", ")))
        }
        Some(form) => Ok(Part::Slot(name.to_owned(), form)),
        None => Err(format!("`{{{slot}}}`: `{form}` is no form; write it as {{{name}:{usual}}}")),
    }
}

/// A form that suits most slots of this name.
fn usual_form(name: &str) -> &'static str {
    match name {
        "clock" => "%Y-%m-%d",
        "height" | "weight" | "bmi" | "celsius" | "kelvin" => "05.1",
        "mmol" => "4.1",
        "subject" => "20",
        "year" => "04",
        "month" | "day" | "hour" | "minute" | "second" | "year2" | "error" => "02",
        "since1970" | "since2000" => "u32le",
        "packed_date" => "u16le",
        _ => "03",
    }
}

/// A datum by its name, or a part of the moment `clock`.
fn datum(name: &str, data: &dyn Fn(&str) -> Option<Datum>) -> Option<Datum> {
    if let Some(datum) = data(name) {
        return Some(datum);
    }
    let Datum::Moment(moment) = data("clock")? else {
        return None;
    };
    let since = |year| {
        let start = NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)?;
        Some((moment - start).num_seconds())
    };
    let years = moment.year() - 2000;
    let number = match name {
        "year" => moment.year().into(),
        "year2" => years.into(),
        "month" => moment.month().into(),
        "day" => moment.day().into(),
        "hour" => moment.hour().into(),
        "minute" => moment.minute().into(),
        "second" => moment.second().into(),
        "since1970" => since(1970)?,
        "since2000" => since(2000)?,
        "packed_date" => i64::from(years) << 9 | i64::from(moment.month()) << 5 | i64::from(moment.day()),
        _ => return None,
    };
    Some(Datum::Number(number.into()))
}

/// Everything a slot can be called: a misspelt one would stay empty without a word.
const NAMES: &[&str] = &[
    "index",
    "index1",
    "count",
    "clock",
    "year",
    "year2",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "since1970",
    "since2000",
    "packed_date",
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse",
    "movement",
    "error",
    "height",
    "weight",
    "tenths_kg",
    "bmi",
    "celsius",
    "kelvin",
    "spo2",
    "zero",
    "subject",
    "mg_per_dl",
    "tenths_mmol",
    "mmol",
    "control",
    "number",
];

/// The names of numbers with decimals.
const DECIMALS: &[&str] = &["height", "weight", "bmi", "celsius", "kelvin", "mmol"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_heard() {
        let check: Check = toml::from_str("sum = \"sum8\"\nto = -1\nat = -1\nas = \"byte\"").unwrap();
        let template = Template::read(r"\x51\x25{index:u16le}\x00\x00\xA3{check}", Some(&check)).unwrap();
        let data = |name: &str| (name == "index").then(|| Datum::Number(258.into()));
        let bytes = template.fill(&data, Some(&check)).unwrap();
        assert_eq!(bytes, [0x51, 0x25, 0x02, 0x01, 0, 0, 0xA3, 0x1C]);
        assert_eq!(template.hears(&bytes, Some(&check)), Some((8, vec![("index".to_owned(), 258)])));
        assert_eq!(template.hears(&bytes[..7], Some(&check)), None);
    }

    #[test]
    fn moments_and_numbers_are_printed() {
        let moment = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(8, 30, 0).unwrap();
        let data = |name: &str| match name {
            "clock" => Some(Datum::Moment(moment)),
            "weight" => Some(Datum::Number(Decimal::new(644, 1))),
            _ => None,
        };
        let fill = |text| Template::read(text, None).unwrap().fill(&data, None).unwrap();
        assert_eq!(fill("{clock:%d/%m/%Y},{weight:6.2},{weight:05}"), b"22/11/2026, 64.40,064.4");
        assert_eq!(fill("{packed_date:u16be}"), [0x35, 0x76]);
        assert_eq!(fill("{since2000:u32be}"), [0x32, 0x95, 0x64, 0x88]);
        for (wrong, says) in [
            ("{weight}", "write it as {weight:05.1}"),
            ("{error}", "write it as {error:02}"),
            ("{clock:03}", "write it as {clock:%Y-%m-%d}"),
            ("{pulse:%d}", "write it as {pulse:03}"),
            ("{weight:x}", "`x` is no form"),
            ("{clock:%Q}", "`%Q` is no form"),
            (
                "{tenths_mmol:.1}",
                "`tenths_mmol` is a whole number; decimals have height, weight, bmi, celsius, kelvin, mmol",
            ),
            ("{pulse:05.1}", "`pulse` is a whole number"),
            ("{wait:3}", "no slot `wait`; slots are check, index"),
            ("{check}", "needs a `check`"),
            ("{weight:1", "ends with `}`"),
        ] {
            let fault = Template::read(wrong, None).unwrap_err();
            assert!(fault.contains(says), "{wrong}: {fault}");
        }
    }
}
