//! What a device said: [`Reading`], [`Identity`], [`Code`], [`Status`], and [`Fault`] when it could not be understood.
//!
//! Numbers are exact decimals in the device's own unit; nothing here is ever a float. The serde output of these types is
//! the JSON of `hut-devices`. What belongs to a person (a card's text, a scanned code, raw frames, which may hold a subject
//! ID) is never printed by `Debug`.

mod fault;
mod hex;
mod person;
mod quantity;
mod status;
mod time;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use fault::{Fault, FaultCode};
pub use hex::{hex, unhex};
pub use person::{Code, Identity, Sex};
pub use status::{CardStep, PaperLeft, Status};
pub use time::DeviceTime;
pub use value::{Unit, Value, half_up};

use hex::as_hex;

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
