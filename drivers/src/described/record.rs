//! What a frame means, as a descriptor's `[[record]]` tables say: the first that fits speaks.

mod fields;

use std::collections::BTreeMap;

use regex::bytes::{Regex, RegexBuilder};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::field::{Field, Found, TimeFields};
use super::slip::Slip;
use crate::decoder::Output;
use crate::plausible;
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Special, Status, Unit, Value};

/// A `[[record]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordTable {
    /// The whole frame fits this pattern; its named groups are fields.
    #[serde(default)]
    text: Option<String>,
    /// A binary frame begins so: hexadecimal pairs, `??` for any byte.
    #[serde(default)]
    bytes: Option<String>,
    /// The frame is so long.
    #[serde(default)]
    length: Option<usize>,
    /// It only answers the question of this name; without a name, none at all.
    #[serde(default)]
    asked: Option<String>,
    /// These fields hold these numbers.
    #[serde(default)]
    when: Vec<Test>,
    /// Patterns searched anywhere in the frame; their named groups are fields too.
    #[serde(default)]
    find: Vec<String>,
    /// Patterns of a moment, tried in order; the first that is found counts.
    #[serde(default)]
    times: Vec<String>,
    /// What it is.
    #[serde(default)]
    gives: Gives,
    /// With `gives = "event"` or `"skipped"`: in one word, which or why.
    #[serde(default)]
    word: String,
    /// With `gives = "fault"`: which.
    #[serde(default = "malformed")]
    fault: FaultCode,
    /// What a fault of this record was and what to do, in words.
    #[serde(default)]
    says: Option<String>,
    /// The fault when a field that must be there is missing or no number.
    #[serde(default = "malformed")]
    missing: FaultCode,
    /// The device's own error number.
    #[serde(default)]
    code: Option<Field>,
    /// What the reading is about, if not what the device is for.
    #[serde(default)]
    kind: Option<Kind>,
    /// The measured values.
    #[serde(default)]
    values: BTreeMap<Quantity, ValueTable>,
    /// Words for units, where the frame names them in a group `unit`.
    #[serde(default)]
    units: BTreeMap<String, Unit>,
    /// The device's clock.
    #[serde(default)]
    time: Option<TimeFields>,
    /// How many records are stored.
    #[serde(default)]
    count: Option<Field>,
    /// Serial number, or with `gives = "version"` the version.
    #[serde(default)]
    device_id: Option<Field>,
    /// Its battery, in per cent.
    #[serde(default)]
    battery: Option<Field>,
    /// The unit of its display, as one of the words of `units`.
    #[serde(default)]
    display_unit: Option<Field>,
    /// When it is control solution.
    #[serde(default)]
    control: Option<Test>,
    /// Circumstances.
    #[serde(default)]
    notes: BTreeMap<String, NoteTable>,
    /// Doubts.
    #[serde(default)]
    marks: BTreeMap<Mark, Test>,
}

/// What a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// A reading.
    #[default]
    Reading,
    /// An error of the device, or a frame in a wrong format.
    Fault,
    /// Something that happened.
    Event,
    /// Something that is no result.
    Skipped,
    /// The device's clock.
    Clock,
    /// The device confirms the time it was given.
    ClockSet,
    /// Its serial number.
    Device,
    /// Its version.
    Version,
    /// How much its battery holds.
    Battery,
    /// The unit of its display.
    DisplayUnit,
    /// How many records it keeps.
    Count,
    /// A value that is not final.
    Live,
}

/// A measured value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    /// Where it stands; without it, in the group named as the quantity.
    #[serde(default)]
    from: Field,
    /// Its unit; without it, the one named by the group `unit`.
    #[serde(default)]
    unit: Option<Unit>,
    /// What the device can measure, in `unit`; without that, in the first unit of the quantity.
    #[serde(default)]
    range: Option<[Decimal; 2]>,
    /// Below this it is LO.
    #[serde(default)]
    below: Option<Decimal>,
    /// Above this it is HI.
    #[serde(default)]
    above: Option<Decimal>,
    /// Texts or numbers that mean LO.
    #[serde(default)]
    lo: Vec<String>,
    /// Texts or numbers that mean HI.
    #[serde(default)]
    hi: Vec<String>,
    /// Whether a frame may be without it.
    #[serde(default)]
    optional: bool,
}

/// A circumstance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteTable {
    /// Where it stands; without it, in the group named as the note.
    #[serde(default)]
    from: Field,
    /// What its texts or numbers mean: a word, or yes and no. Without any, the text itself is told.
    #[serde(default)]
    words: BTreeMap<String, Word>,
}

/// A word of a note.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Word {
    Flag(bool),
    Text(String),
}

/// A condition: the field holds one of these numbers; without numbers, any but zero.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    #[serde(default)]
    from: Field,
    #[serde(default)]
    is: Vec<Decimal>,
}

/// A record table, understood.
#[derive(Clone, Debug)]
struct Record {
    table: RecordTable,
    text: Option<Regex>,
    bytes: Vec<Option<u8>>,
    find: Vec<Regex>,
    times: Vec<Regex>,
}

/// All records of a protocol.
#[derive(Clone, Debug)]
pub struct Records {
    kind: Kind,
    records: Vec<Record>,
}

/// What is wrong with a frame, before it is told.
struct Wrong(FaultCode, Option<u32>);

impl Records {
    /// Understands the record tables of a descriptor.
    ///
    /// # Errors
    /// At a pattern that is none and at a table that fits nothing.
    pub fn of(kind: Kind, settle: Option<&str>, tables: &[Spanned<RecordTable>]) -> Result<Records, Slip> {
        let record =
            |table: &Spanned<RecordTable>| Record::of(kind, table.get_ref()).map_err(|says| Slip::of(table, says));
        let records: Vec<Record> = tables.iter().map(record).collect::<Result<_, _>>()?;
        if records.is_empty() {
            return Err(Slip::new("there is no [[record]]: it says what a frame means"));
        }
        ensure_stable(settle, tables, &records)?;
        Ok(Records { kind, records })
    }

    /// What a frame means, as an answer to the question of this name; `None` if no record fits.
    pub fn read(&self, bytes: &[u8], asked: &str) -> Option<Output> {
        let askable = |record: &&Record| record.table.asked.as_ref().is_none_or(|name| name == asked);
        let fits = |record: &Record| Some(record.read(self.kind, &record.fits(bytes)?));
        self.records.iter().filter(askable).find_map(fits)
    }
}

/// An unstable weight is no reading: a second step keeps it back, or a record of its own skips it.
fn ensure_stable(settle: Option<&str>, tables: &[Spanned<RecordTable>], records: &[Record]) -> Result<(), Slip> {
    let waits = settle == Some("stable_weight");
    match records.iter().position(Record::takes_unstable) {
        Some(place) if !waits => Err(Slip::of(&tables[place], SAYS_UNSTABLE)),
        _ if waits && !records.iter().any(Record::tells_stable) => Err(Slip::new(SAYS_NEVER_STABLE)),
        _ => Ok(()),
    }
}

/// Tells a fault, in the record's words or in those of its code.
pub fn fault(code: FaultCode, says: Option<&str>, device_code: Option<u32>, raw: &[u8]) -> Output {
    let says = says.map_or_else(|| says_of(code, device_code), str::to_owned);
    Output::Fault(Fault { device_code, ..Fault::new(code, says, raw) })
}

impl Record {
    fn of(kind: Kind, table: &RecordTable) -> Result<Record, String> {
        let text = table.text.as_deref().map(|text| pattern(&format!("^(?:{text})$"))).transpose()?;
        let bytes = table.bytes.as_deref().map_or(Ok(Vec::new()), byte_pattern)?;
        let all = |patterns: &[String]| patterns.iter().map(|text| pattern(text)).collect::<Result<Vec<_>, _>>();
        let (find, times) = (all(&table.find)?, all(&table.times)?);
        let named = matches!(table.gives, Gives::Event | Gives::Skipped);
        match (named, table.word.is_empty()) {
            (true, true) => return Err("it needs `word`: in one word, which event or why it is skipped".to_owned()),
            (false, false) => return Err("`word` goes with gives = \"event\" or \"skipped\" only".to_owned()),
            _ => {}
        }
        let record = Record { table: table.clone(), text, bytes, find, times };
        record.ensure_fields(kind)?;
        Ok(record)
    }

    fn fits<'a>(&'a self, bytes: &'a [u8]) -> Option<Found<'a>> {
        let mut found = Found::new(bytes);
        if self.table.length.is_some_and(|length| length != bytes.len()) || bytes.len() < self.bytes.len() {
            return None;
        }
        if self.bytes.iter().zip(bytes).any(|(wanted, byte)| wanted.is_some_and(|wanted| wanted != *byte)) {
            return None;
        }
        if let Some(text) = &self.text {
            found.add(text.capture_names(), &text.captures(bytes)?);
        }
        for pattern in &self.find {
            if let Some(captures) = pattern.captures(bytes) {
                found.add(pattern.capture_names(), &captures);
            }
        }
        if let Some((pattern, captures)) =
            self.times.iter().find_map(|pattern| Some((pattern, pattern.captures(bytes)?)))
        {
            found.add(pattern.capture_names(), &captures);
        }
        self.table.when.iter().all(|test| test.holds("when", &found)).then_some(found)
    }

    fn read(&self, kind: Kind, found: &Found<'_>) -> Output {
        self.understood(kind, found).unwrap_or_else(|Wrong(code, device_code)| {
            let unknown = found.group("unit").filter(|_| code == FaultCode::NoUnit).map(says_unknown_unit);
            let says = self.table.says.as_deref().or(unknown.as_deref());
            fault(code, says, device_code, found.bytes)
        })
    }

    fn understood(&self, kind: Kind, found: &Found<'_>) -> Result<Output, Wrong> {
        let table = &self.table;
        let missing = || Wrong(table.missing, None);
        let text = |field: &Option<Field>, name| field.as_ref().and_then(|field| field.text(name, found));
        let count =
            |field: &Option<Field>, name| -> Option<u16> { field.as_ref()?.number(name, found)?.try_into().ok() };
        Ok(Output::Status(match table.gives {
            Gives::Reading => return self.reading(kind, found).map(Output::Reading),
            Gives::Fault => {
                self.moment(found)?;
                let code = table.code.as_ref().and_then(|field| field.number("code", found)?.try_into().ok());
                return Err(Wrong(table.fault, code));
            }
            Gives::Event => Status::Event { event: table.word.clone().into() },
            Gives::Skipped => Status::Skipped { skipped: table.word.clone().into() },
            Gives::Clock => Status::Clock { device_time: self.moment(found)?.ok_or_else(missing)? },
            Gives::ClockSet => Status::ClockSet { clock_set: self.moment(found)?.ok_or_else(missing)? },
            Gives::Device => Status::Device {
                device_id: text(&table.device_id, "device_id").ok_or_else(missing)?,
                fits: true,
                battery: count(&table.battery, "battery"),
            },
            Gives::Battery => Status::Battery { battery: count(&table.battery, "battery").ok_or_else(missing)? },
            Gives::DisplayUnit => {
                let word = text(&table.display_unit, "unit").ok_or_else(missing)?;
                Status::DisplayUnit { display_unit: *table.units.get(&word).ok_or_else(missing)? }
            }
            Gives::Version => Status::Version { version: text(&table.device_id, "version").ok_or_else(missing)? },
            Gives::Count => Status::Memory {
                records: count(&table.count, "count").ok_or_else(missing)?,
                device_id: text(&table.device_id, "device_id"),
                display_unit: None,
            },
            Gives::Live => {
                let reading = self.reading(kind, found)?;
                Status::Live { live: reading.values }
            }
        }))
    }

    fn reading(&self, kind: Kind, found: &Found<'_>) -> Result<Reading, Wrong> {
        let table = &self.table;
        let mut reading = Reading::new(table.kind.unwrap_or(kind), found.bytes);
        if table.control.as_ref().is_some_and(|test| test.holds("control", found)) {
            reading.special = Some(Special::Control);
        }
        for (quantity, value) in &table.values {
            self.take(*quantity, value, found, &mut reading)?;
        }
        reading.device_time = self.moment(found)?;
        reading.device_id = table.device_id.as_ref().and_then(|field| field.text("device_id", found));
        for (mark, test) in &table.marks {
            if test.holds(&snake(mark), found) {
                reading.mark(*mark);
            }
        }
        for (name, note) in &table.notes {
            note.take(name, found, &mut reading)?;
        }
        self.ensure_plausible(&reading)?;
        plausible::settle_bmi(&mut reading);
        Ok(reading)
    }

    fn take(
        &self,
        quantity: Quantity,
        value: &ValueTable,
        found: &Found<'_>,
        reading: &mut Reading,
    ) -> Result<(), Wrong> {
        let name = snake(&quantity);
        let text = value.from.text(&name, found);
        let said = |words: &[String]| text.as_ref().is_some_and(|text| words.contains(text));
        let control = reading.special == Some(Special::Control);
        if !control && said(&value.hi) {
            reading.special = Some(Special::HI);
            return Ok(());
        }
        if !control && said(&value.lo) {
            reading.special = Some(Special::LO);
            return Ok(());
        }
        let Some(number) = value.from.number(&name, found) else {
            return if value.optional && text.is_none() { Ok(()) } else { Err(Wrong(self.table.missing, None)) };
        };
        let told = Value { number, unit: self.unit(value, found)? };
        let held = value.limited(quantity, told).ok_or(Wrong(FaultCode::OutOfRange, None))?;
        if !control && value.above.is_some_and(|above| held > above) {
            reading.special = Some(Special::HI);
        } else if !control && value.below.is_some_and(|below| held < below) {
            reading.special = Some(Special::LO);
        } else {
            reading.values.insert(quantity, told);
        }
        Ok(())
    }

    fn unit(&self, value: &ValueTable, found: &Found<'_>) -> Result<Unit, Wrong> {
        if let Some(unit) = value.unit {
            return Ok(unit);
        }
        let word = found.group("unit").ok_or(Wrong(FaultCode::NoUnit, None))?;
        self.table.units.get(word).copied().ok_or(Wrong(FaultCode::NoUnit, None))
    }

    fn moment(&self, found: &Found<'_>) -> Result<Option<DeviceTime>, Wrong> {
        let told = match &self.table.time {
            Some(fields) => Some(fields.moment(found).ok_or(Wrong(self.table.missing, None))?),
            None if found.group("year").is_some() => TimeFields::default().moment(found),
            None => None,
        };
        match told {
            None => Ok(None),
            Some(Ok((moment, seconds))) => Ok(Some(DeviceTime { moment, seconds })),
            Some(Err(())) => Err(Wrong(FaultCode::InvalidTimestamp, None)),
        }
    }

    fn ensure_plausible(&self, reading: &Reading) -> Result<(), Wrong> {
        let in_range = self.table.values.iter().all(|(quantity, table)| {
            let value = reading.value(*quantity);
            let range = table.range.filter(|_| reading.special != Some(Special::Control));
            value.zip(range).is_none_or(|(value, [low, high])| {
                table.limited(*quantity, value).is_some_and(|number| (low..=high).contains(&number))
            })
        });
        let measured = !reading.values.is_empty() || reading.special.is_some();
        match in_range && plausible::pressures_in_order(reading) {
            true if measured => Ok(()),
            true => Err(Wrong(self.table.missing, None)),
            false => Err(Wrong(FaultCode::OutOfRange, None)),
        }
    }
}

impl ValueTable {
    /// The number as `range`, `below` and `above` mean it: where the line names the unit, in the first of the quantity.
    fn limited(&self, quantity: Quantity, value: Value) -> Option<Decimal> {
        match self.unit {
            Some(_) => Some(value.number),
            None => value.to(quantity.units()[0]).map(|value| value.number),
        }
    }
}

impl NoteTable {
    fn take(&self, name: &str, found: &Found<'_>, reading: &mut Reading) -> Result<(), Wrong> {
        let Some(text) = self.from.text(name, found) else {
            return Ok(());
        };
        match self.words.get(&text) {
            Some(Word::Flag(flag)) => reading.note(name.to_owned(), *flag),
            Some(Word::Text(word)) => reading.note(name.to_owned(), word.clone()),
            None if self.words.is_empty() => reading.note(name.to_owned(), text),
            None => return Err(Wrong(FaultCode::Malformed, None)),
        }
        Ok(())
    }
}

impl Test {
    fn holds(&self, name: &str, found: &Found<'_>) -> bool {
        let number = self.from.number(name, found);
        number.is_some_and(|number| if self.is.is_empty() { !number.is_zero() } else { self.is.contains(&number) })
    }
}

/// The name of a unit variant, as descriptors write it.
fn snake(name: &impl serde::Serialize) -> String {
    // Unit variants become strings.
    serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn pattern(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).unicode(false).dot_matches_new_line(true).size_limit(LARGEST_PATTERN).build();
    built.map_err(|error| format!("`{text}`: {error}"))
}

fn byte_pattern(text: &str) -> Result<Vec<Option<u8>>, String> {
    let pair = |pair: &str| match pair {
        "??" => Ok(None),
        _ if pair.len() == 2 => u8::from_str_radix(pair, 16).map(Some).map_err(|_| ()),
        _ => Err(()),
    };
    let pairs: Result<Vec<_>, ()> = text.split_whitespace().map(pair).collect();
    pairs.map_err(|()| format!("`{text}`: write hexadecimal pairs, ?? for any byte"))
}

fn says_unknown_unit(word: &str) -> String {
    format!(
        "the device names the unit `{word}`, which [record.units] of its file does not list; add it there, or switch the device's unit"
    )
}

fn malformed() -> FaultCode {
    FaultCode::Malformed
}

fn says_of(code: FaultCode, device_code: Option<u32>) -> String {
    match (code, device_code) {
        (FaultCode::DeviceError, Some(number)) => format!(
            "the device reports error {number} and no result; look the number up in its manual and measure again"
        ),
        (FaultCode::DeviceError, None) => "the device reports an error and no result; measure again".to_owned(),
        _ => match code {
            FaultCode::Malformed => {
                "a frame from the device is damaged or incomplete; check the cable and its line setting, then measure again"
            }
            FaultCode::Checksum => {
                "the checksum of a frame from the device is wrong; check the cable and measure again"
            }
            FaultCode::MissingChecksum => {
                "a frame from the device lacks its checksum; check the cable and measure again"
            }
            FaultCode::NoUnit => "the device sends a number without its unit; switch the unit on in its output settings",
            FaultCode::InvalidTimestamp => {
                "the device's clock shows an impossible time; set its clock and measure again"
            }
            FaultCode::OutOfRange => "the device sent a number outside its own measuring range; measure again",
            FaultCode::UnsupportedFormat => {
                "the device sends another output format than it should; compare its settings with the set-up note of the model"
            }
            FaultCode::Overload => {
                "more weight on the scale than it can measure; step off and on again, one person only"
            }
            FaultCode::Underload => "the scale reads below its range; clear the platform and set it to zero",
            FaultCode::NoAnswer => "the device does not answer; check that it is switched on and its cable is plugged in",
            FaultCode::Gone => "the device is gone; check its plug and its power",
            FaultCode::Denied => "the port may not be opened",
            FaultCode::DeviceError => "the device reports an error",
        }
        .to_owned(),
    }
}

const SAYS_UNSTABLE: &str = "unstable values would count as results: take only stable ones here and give the others a [[record]] \
    of their own with gives = \"skipped\" and word = \"unstable\"; if the scale streams, write settle = \"stable_weight\" at the top";
const SAYS_NEVER_STABLE: &str = "settle = \"stable_weight\" waits for stable lines, and no record has the note `stable`: write \
    stable = { words = { S = true, U = false } } under [record.notes], or take `settle` out";
/// A pattern that compiles to more than this is a mistake.
const LARGEST_PATTERN: usize = 1 << 20;
