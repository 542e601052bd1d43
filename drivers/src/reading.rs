//! What a device said: [`Reading`], [`Identity`], [`Code`], [`Status`], and [`Fault`] when it could not be understood.
//!
//! Numbers are exact decimals in the device's own unit; nothing here is ever a float. The serde output of these types is
//! the JSON of `hut-devices`. What belongs to a person (a card's text, a scanned code, raw frames, which may hold a subject
//! ID) is never printed by `Debug`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::Error as _;
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a reading is about, and what a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Systolic, diastolic and pulse of one cuff inflation.
    BloodPressure,
    /// Body weight alone.
    Weight,
    /// Height and weight of one person at one moment.
    HeightWeight,
    /// Weight with shares of fat and the like.
    BodyComposition,
    /// Blood glucose, or a control solution marked as such.
    Glucose,
    /// Oxygen saturation.
    Spo2,
    /// Body temperature.
    Temperature,
    /// A slip printer.
    Printer,
    /// A reader of identity cards.
    IdCard,
    /// A bar- or QR-code scanner.
    Scanner,
}

/// One measured thing inside a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Systolic pressure.
    Systolic,
    /// Diastolic pressure.
    Diastolic,
    /// Mean arterial pressure.
    MeanArterial,
    /// Heart beats a minute.
    Pulse,
    /// Body weight.
    Weight,
    /// Body height.
    Height,
    /// Body mass index.
    Bmi,
    /// Share of fat.
    BodyFat,
    /// Visceral fat level.
    VisceralFat,
    /// Basal metabolic rate.
    BasalMetabolism,
    /// Blood glucose.
    Glucose,
    /// Oxygen saturation.
    Spo2,
    /// Perfusion index.
    PerfusionIndex,
    /// Body temperature.
    Temperature,
}

/// The unit a device spoke in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Millimetres of mercury.
    #[serde(rename = "mmHg")]
    MmHg,
    /// Kilopascal.
    #[serde(rename = "kPa")]
    KPa,
    /// Per minute.
    #[serde(rename = "/min")]
    PerMinute,
    /// Kilogram.
    #[serde(rename = "kg")]
    Kg,
    /// Gram.
    #[serde(rename = "g")]
    Gram,
    /// Pound, 0.45359237 kg.
    #[serde(rename = "lb")]
    Pound,
    /// Jin (斤), half a kilogram.
    #[serde(rename = "jin")]
    Jin,
    /// Tonne, 1000 kg.
    #[serde(rename = "t")]
    Tonne,
    /// Centimetre.
    #[serde(rename = "cm")]
    Cm,
    /// Inch, 2.54 cm.
    #[serde(rename = "in")]
    Inch,
    /// Kilogram per square metre.
    #[serde(rename = "kg/m2")]
    KgPerM2,
    /// Milligram per decilitre of glucose.
    #[serde(rename = "mg/dL")]
    MgPerDl,
    /// Millimole per litre of glucose.
    #[serde(rename = "mmol/L")]
    MmolPerL,
    /// Per cent.
    #[serde(rename = "%")]
    Percent,
    /// Degree Celsius.
    #[serde(rename = "°C")]
    Celsius,
    /// Kelvin, 273.15 K = 0 °C.
    #[serde(rename = "K")]
    Kelvin,
    /// Degree Fahrenheit.
    #[serde(rename = "°F")]
    Fahrenheit,
    /// Kilocalories a day.
    #[serde(rename = "kcal")]
    Kcal,
    /// A level or score without a unit.
    #[serde(rename = "1")]
    One,
}

/// A number and its unit, as the device gave them.
///
/// Serialised as `["64.40", "kg"]`: the digits are the device's own, without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The exact number.
    pub number: Decimal,
    /// Its unit.
    pub unit: Unit,
}

/// A device's own clock at the time of measuring, as far as it told it.
///
/// Shown and serialised as `2026-07-11T09:05`, or with seconds when the device gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceTime {
    /// Wall time as the device believes it; never repaired.
    pub moment: NaiveDateTime,
    /// Whether the device tells seconds.
    pub seconds: bool,
}

/// A result that is not a plain number of the reading's quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Special {
    /// Above what the device can measure; there is no number.
    HI,
    /// Below what the device can measure; there is no number.
    LO,
    /// Control solution: the number stays, but it is no blood glucose.
    #[serde(rename = "control")]
    Control,
}

/// A doubt about a reading that does not make it worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The person moved while measuring.
    Movement,
    /// The device's BMI disagreed with its own height and weight; it was recomputed.
    BmiMismatch,
    /// The meter found this record damaged in its own memory.
    MemoryParity,
    /// The device saw an irregular pulse.
    IrregularPulse,
    /// The device itself calls the value questionable, or sent a flag whose meaning is not known.
    Questionable,
    /// The device's clock was lost, never set, or shows an impossible or future time.
    TimeDoubtful,
}

/// Something a device said about the circumstances of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Note {
    /// Yes or no, such as `"stable": false`.
    Flag(bool),
    /// A word, such as `"meal": "before"`.
    Word(Cow<'static, str>),
}

/// What a device said, with its raw frame, in its own unit.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// What it is about.
    pub kind: Kind,
    /// The numbers, in a fixed order.
    pub values: BTreeMap<Quantity, Value>,
    /// `HI`, `LO` or control solution.
    pub special: Option<Special>,
    /// Circumstances: meal, stable, sex setting of the device and the like.
    pub context: BTreeMap<Cow<'static, str>, Note>,
    /// The device's clock; `None` when the device has none.
    pub device_time: Option<DeviceTime>,
    /// Serial number of the device, if it tells one.
    pub device_id: Option<String>,
    /// Doubts, without repeats.
    pub marks: Vec<Mark>,
    /// The bytes it was read from. May hold a subject ID: personal.
    #[serde(serialize_with = "as_hex")]
    pub raw: Vec<u8>,
}

/// Sex as written on an identity card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Code 1.
    Male,
    /// Code 2.
    Female,
    /// Code 0.
    Unknown,
    /// Code 9.
    NotStated,
}

/// The text of a resident identity card. Personal: `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Name without padding.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Name of the nationality, such as 汉; empty if the code is not in the table.
    pub nation: &'static str,
    /// Date of birth; agrees with `id`.
    pub birth: NaiveDate,
    /// Address, if the card has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Citizen number, 18 characters, check character verified.
    pub id: String,
    /// The authority that issued the card, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// First day of validity.
    pub valid_from: Option<NaiveDate>,
    /// Last day of validity; `None` = without limit (长期).
    pub valid_to: Option<NaiveDate>,
}

/// A scanned code. Personal: `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(pub String);

/// Something worth knowing that is neither a reading nor a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Status {
    /// Pressure in the cuff while it is inflated, in mmHg.
    CuffPressure {
        /// Whole mmHg.
        cuff_pressure: u16,
    },
    /// A frame that is understood and is no result.
    Skipped {
        /// Why: `ketone`, `tare`.
        skipped: Cow<'static, str>,
    },
    /// What stands on the scale now; for the live display only.
    LiveWeight {
        /// In the scale's own unit.
        live_weight: Value,
        /// Whether the scale calls it stable.
        stable: bool,
    },
    /// What a device measures at this moment; for the live display only.
    Live {
        /// In the device's own units.
        live: BTreeMap<Quantity, Value>,
    },
    /// What a card reader sees.
    Card {
        /// The step.
        card: CardStep,
    },
    /// A meter told its serial number.
    Device {
        /// The serial number.
        device_id: String,
        /// Whether it looks like one of this model.
        fits: bool,
        /// Its battery, in per cent, if it tells it here.
        #[serde(skip_serializing_if = "Option::is_none")]
        battery: Option<u16>,
    },
    /// A device told its battery.
    Battery {
        /// In per cent.
        battery: u16,
    },
    /// A meter told the unit of its display. Values may still come in another.
    DisplayUnit {
        /// As told.
        display_unit: Unit,
    },
    /// A device told its clock.
    Clock {
        /// As told.
        device_time: DeviceTime,
    },
    /// A device told its software version.
    Version {
        /// As told.
        version: String,
    },
    /// The device took the time it was given.
    ClockSet {
        /// As the device confirms it.
        clock_set: DeviceTime,
    },
    /// What a device is doing: `present`, `finished`, `end`, `ready`.
    Event {
        /// One word.
        event: Cow<'static, str>,
    },
    /// The head of a memory download.
    Memory {
        /// Records to come.
        records: u16,
        /// Serial number of the meter, if it tells one here.
        #[serde(skip_serializing_if = "Option::is_none")]
        device_id: Option<String>,
        /// The unit of the meter's display, if it tells one here. Values may still come in another.
        #[serde(skip_serializing_if = "Option::is_none")]
        display_unit: Option<Unit>,
    },
    /// A download is moving on.
    Progress {
        /// Records read.
        done: u16,
        /// Records in all.
        of: u16,
    },
    /// A download is complete; its readings came before this.
    Downloaded {
        /// Records read.
        downloaded: u16,
    },
    /// A watch for new records knows the memory and is ready: measure now.
    Baseline {
        /// Records that were there before.
        baseline: u16,
    },
    /// A device has associated, or has told more of itself since.
    Associated {
        /// Its system id.
        associated: String,
        /// Its configuration id, four hexadecimal digits; together with the system id it names the device.
        config: String,
        /// What it is, as [`Kind`] names it, if that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        device_type: Option<&'static str>,
        /// Who made it.
        #[serde(skip_serializing_if = "Option::is_none")]
        maker: Option<String>,
        /// Its model.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// Its serial number.
        #[serde(skip_serializing_if = "Option::is_none")]
        serial: Option<String>,
        /// Its battery, in per cent.
        #[serde(skip_serializing_if = "Option::is_none")]
        battery: Option<u16>,
    },
    /// A device is no longer associated.
    AssociationEnded {
        /// Why, in one word: `released`, `device_aborted`, `response_timeout`.
        association_ended: &'static str,
    },
    /// A device, or what it describes, was not accepted.
    Refused {
        /// Why, in one word: `no_common_protocol`, `unsupported_config`.
        refused: &'static str,
    },
    /// How much paper a printer has.
    Paper {
        /// As it says.
        paper: PaperLeft,
    },
    /// An oximeter has no numbers yet, or no finger.
    Finger {
        /// Whether a finger is in it.
        finger: bool,
        /// Whether it is looking for the pulse.
        searching: bool,
    },
    /// The head of one person's part of a monitor's memory.
    UserMemory {
        /// Records to come.
        records: u16,
        /// The monitor's number for the person, from 1.
        user: u8,
    },
    /// A monitor told how many records it has.
    Records {
        /// Records in the part of the memory that was asked for.
        records: u16,
    },
}

/// How much paper a printer says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperLeft {
    /// Enough.
    Enough,
    /// Near its end.
    Low,
    /// None.
    Out,
    /// It does not say. Print anyway.
    Unknown,
}

/// What a card reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStep {
    /// No card on the reader: the normal idle answer.
    Absent,
    /// A card was laid on the reader.
    Found,
    /// The reader did what it was asked.
    Ready,
}

/// Why a frame, or a wait for one, gave no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// Wrong length, field count, width or characters; also a frame that was cut off.
    #[error("malformed")]
    Malformed,
    /// The checksum is wrong.
    #[error("checksum")]
    Checksum,
    /// A number without a unit.
    #[error("no_unit")]
    NoUnit,
    /// Not a time of any calendar.
    #[error("invalid_timestamp")]
    InvalidTimestamp,
    /// A number outside what the device can measure.
    #[error("out_of_range")]
    OutOfRange,
    /// The device itself reports an error.
    #[error("device_error")]
    DeviceError,
    /// A format of this device or card family that is not spoken here.
    #[error("unsupported_format")]
    UnsupportedFormat,
    /// A line without the checksum it must carry.
    #[error("missing_checksum")]
    MissingChecksum,
    /// Above the range of a scale.
    #[error("overload")]
    Overload,
    /// Below the range of a scale.
    #[error("underload")]
    Underload,
    /// The device stayed silent.
    #[error("no_answer")]
    NoAnswer,
    /// The port went away.
    #[error("gone")]
    Gone,
    /// The port may not be opened.
    #[error("denied")]
    Denied,
}

/// Something that came and was no reading.
#[derive(Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {says}")]
pub struct Fault {
    /// What kind.
    pub code: FaultCode,
    /// What it was and what to do, in words; nothing personal.
    pub says: String,
    /// The device's own error number, with [`FaultCode::DeviceError`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_code: Option<u32>,
    /// The bytes it was told from; empty where they are a card's text.
    #[serde(serialize_with = "as_hex")]
    pub raw: Vec<u8>,
}

impl Value {
    /// Returns a value.
    pub fn new(number: impl Into<Decimal>, unit: Unit) -> Value {
        Value { number: number.into(), unit }
    }

    /// Returns the value in `unit`, or `None` when there is no conversion between the two.
    ///
    /// Exact but for mmol/L (one decimal, half up) and mmHg from kPa (whole, half up), as the driver rules say.
    pub fn to(self, unit: Unit) -> Option<Value> {
        if self.unit == unit {
            return Some(self);
        }
        let number = match (self.unit, unit) {
            (Unit::MgPerDl, Unit::MmolPerL) => half_up(self.number / Decimal::from(18), 1),
            (Unit::KPa, Unit::MmHg) => half_up(self.number * Decimal::new(750_062, 5), 0),
            (Unit::Fahrenheit, Unit::Celsius) => {
                half_up((self.number - Decimal::from(32)) * Decimal::from(5) / Decimal::from(9), 1)
            }
            (Unit::Kelvin, Unit::Celsius) => self.number - Decimal::new(27_315, 2),
            (Unit::Inch, Unit::Cm) => self.number.checked_mul(Decimal::new(254, 2))?,
            (from, Unit::Kg) => self.number.checked_mul(kilograms(from)?)?,
            _ => return None,
        };
        Some(Value { number, unit })
    }
}

impl Unit {
    /// The unit as it stands in JSON and on a screen.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::MmHg => "mmHg",
            Unit::KPa => "kPa",
            Unit::PerMinute => "/min",
            Unit::Kg => "kg",
            Unit::Gram => "g",
            Unit::Pound => "lb",
            Unit::Jin => "jin",
            Unit::Tonne => "t",
            Unit::Cm => "cm",
            Unit::Inch => "in",
            Unit::KgPerM2 => "kg/m2",
            Unit::MgPerDl => "mg/dL",
            Unit::MmolPerL => "mmol/L",
            Unit::Percent => "%",
            Unit::Celsius => "°C",
            Unit::Kelvin => "K",
            Unit::Fahrenheit => "°F",
            Unit::Kcal => "kcal",
            Unit::One => "1",
        }
    }
}

impl Reading {
    /// Returns an empty reading of `kind`, read from `raw`.
    pub fn new(kind: Kind, raw: &[u8]) -> Reading {
        Reading {
            kind,
            values: BTreeMap::new(),
            special: None,
            context: BTreeMap::new(),
            device_time: None,
            device_id: None,
            marks: Vec::new(),
            raw: raw.to_vec(),
        }
    }

    /// Adds a value.
    pub fn with(mut self, quantity: Quantity, number: impl Into<Decimal>, unit: Unit) -> Reading {
        self.values.insert(quantity, Value::new(number, unit));
        self
    }

    /// Returns the value of `quantity`, if the device gave it.
    pub fn value(&self, quantity: Quantity) -> Option<Value> {
        self.values.get(&quantity).copied()
    }

    /// Adds a mark, once.
    pub fn mark(&mut self, mark: Mark) {
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
    }

    /// Adds a note about the circumstances.
    pub fn note(&mut self, name: impl Into<Cow<'static, str>>, note: impl Into<Note>) {
        self.context.insert(name.into(), note.into());
    }
}

impl Status {
    /// Returns the serial number of a device that is one of this model, as far as it shows.
    pub fn device(device_id: impl Into<String>) -> Status {
        Status::Device { device_id: device_id.into(), fits: true, battery: None }
    }
}

impl Fault {
    /// Returns a fault told in words, with the bytes it was told from.
    pub fn new(code: FaultCode, says: impl Into<String>, raw: &[u8]) -> Fault {
        Fault { code, says: says.into(), device_code: None, raw: raw.to_vec() }
    }

    /// Returns a device's own error, with its number.
    pub fn device(number: u32, says: impl Into<String>, raw: &[u8]) -> Fault {
        Fault { device_code: Some(number), ..Fault::new(FaultCode::DeviceError, says, raw) }
    }
}

impl From<bool> for Note {
    fn from(flag: bool) -> Note {
        Note::Flag(flag)
    }
}

impl From<&'static str> for Note {
    fn from(word: &'static str) -> Note {
        Note::Word(Cow::Borrowed(word))
    }
}

impl From<String> for Note {
    fn from(word: String) -> Note {
        Note::Word(Cow::Owned(word))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.unit.symbol())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.number.to_string())?;
        pair.serialize_element(&self.unit)?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let (number, unit) = <(String, Unit)>::deserialize(deserializer)?;
        let number = Decimal::from_str_exact(&number).map_err(D::Error::custom)?;
        Ok(Value { number, unit })
    }
}

impl fmt::Display for DeviceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = if self.seconds { WITH_SECONDS } else { TO_THE_MINUTE };
        write!(f, "{}", self.moment.format(pattern))
    }
}

impl Serialize for DeviceTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeviceTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DeviceTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let seconds = text.len() > "2026-07-11T09:05".len();
        let pattern = if seconds { WITH_SECONDS } else { TO_THE_MINUTE };
        let moment = NaiveDateTime::parse_from_str(&text, pattern).map_err(D::Error::custom)?;
        Ok(DeviceTime { moment, seconds })
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("kind", &self.kind)
            .field("values", &self.values)
            .field("special", &self.special)
            .field("context", &self.context)
            .field("device_time", &self.device_time)
            .field("device_id", &self.device_id)
            .field("marks", &self.marks)
            .field("raw_len", &self.raw.len())
            .finish()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(personal)")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.code)
            .field("says", &self.says)
            .field("device_code", &self.device_code)
            .field("raw_len", &self.raw.len())
            .finish()
    }
}

/// Rounds half up (away from zero), as the driver rules ask.
pub fn half_up(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

fn kilograms(unit: Unit) -> Option<Decimal> {
    match unit {
        Unit::Gram => Some(Decimal::new(1, 3)),
        Unit::Pound => Some(Decimal::new(45_359_237, 8)),
        Unit::Jin => Some(Decimal::new(5, 1)),
        Unit::Tonne => Some(Decimal::from(1000)),
        _ => None,
    }
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

/// Returns bytes as lower-case hexadecimal text without blanks.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const TO_THE_MINUTE: &str = "%Y-%m-%dT%H:%M";
const WITH_SECONDS: &str = "%Y-%m-%dT%H:%M:%S";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_times_survive_json() {
        for text in [r#"["64.40","kg"]"#, r#"["-0.2","lb"]"#] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        for text in [r#""2026-07-11T09:05""#, r#""2015-03-21T16:45:24""#] {
            let time: DeviceTime = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&time).unwrap(), text);
        }
    }

    #[test]
    fn units_are_converted_as_the_driver_rules_say() {
        let to = |number: &str, from, unit| {
            Value::new(number.parse::<Decimal>().unwrap(), from).to(unit).unwrap().to_string()
        };
        assert_eq!(to("81", Unit::MgPerDl, Unit::MmolPerL), "4.5 mmol/L");
        assert_eq!(to("16", Unit::KPa, Unit::MmHg), "120 mmHg");
        assert_eq!(to("128.8", Unit::Jin, Unit::Kg), "64.40 kg");
        assert_eq!(to("100", Unit::Pound, Unit::Kg), "45.35923700 kg");
        assert_eq!(to("64400", Unit::Gram, Unit::Kg), "64.400 kg");
        assert_eq!(Value::new(1, Unit::Kg).to(Unit::MmHg), None);
    }
}
