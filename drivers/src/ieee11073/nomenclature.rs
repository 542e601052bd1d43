//! Numbers and what they mean. Every table is searched by its first column.

use crate::reading::{Quantity, Unit};

/// A thing that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Its code in the partition 2.
    pub code: u16,
    /// What it is here.
    pub quantity: Quantity,
    /// The units that make sense for it; any other is no reading.
    pub units: &'static [Unit],
    /// What else the code says, as a note of the reading.
    pub note: Option<(&'static str, &'static str)>,
}

/// Returns what is measured under this code.
pub fn measured(partition: u16, code: u16) -> Option<&'static Measured> {
    MEASURED.iter().find(|row| partition == SCADA && row.code == code)
}

/// Returns the unit of this code.
pub fn unit(code: u16) -> Option<Unit> {
    UNITS.iter().find(|row| row.0 == code).map(|row| row.1)
}

/// Returns the words of a circumstance: the note's name and its value.
pub fn circumstance(object: u16, code: u16) -> Option<(&'static str, &'static str)> {
    let row = WORDS.iter().find(|row| row.0 == object && row.1 == code)?;
    Some((row.2, row.3))
}

/// Returns the word for a device type of the partition 8, and its code by [`device_code`].
pub fn device_type(code: u16) -> Option<&'static str> {
    DEVICES.iter().find(|row| row.0 == code).map(|row| row.1)
}

/// Returns the device type of this word.
pub fn device_code(word: &str) -> Option<u16> {
    DEVICES.iter().find(|row| row.1 == word).map(|row| row.0)
}

/// Returns the device type that a standard configuration id belongs to: (specialisation - 10400) x 100 up to +99.
pub fn standard_type(config: u16) -> Option<&'static str> {
    device_type(0x1000 + config / 100)
}

/// Returns the word for the meaning of a measured quantity, of a supplemental type.
pub fn modality(code: u16) -> Option<&'static str> {
    MODALITIES.iter().find(|row| row.0 == code).map(|row| row.1)
}

const PRESSURE: &[Unit] = &[Unit::MmHg, Unit::KPa];
const RATE: &[Unit] = &[Unit::PerMinute];
const WEIGHT: &[Unit] = &[Unit::Kg, Unit::Pound];
const LENGTH: &[Unit] = &[Unit::Cm, Unit::Inch];
const INDEX: &[Unit] = &[Unit::KgPerM2];
const SHARE: &[Unit] = &[Unit::Percent];
const SUGAR: &[Unit] = &[Unit::MgPerDl, Unit::MmolPerL];
const WARMTH: &[Unit] = &[Unit::Celsius, Unit::Fahrenheit];

const MEASURED: &[Measured] = &[
    plain(18949, Quantity::Systolic, PRESSURE),
    plain(18950, Quantity::Diastolic, PRESSURE),
    plain(18951, Quantity::MeanArterial, PRESSURE),
    plain(18474, Quantity::Pulse, RATE),
    plain(18458, Quantity::Pulse, RATE),
    plain(57664, Quantity::Weight, WEIGHT),
    plain(57668, Quantity::Height, LENGTH),
    plain(57680, Quantity::Bmi, INDEX),
    plain(57676, Quantity::BodyFat, SHARE),
    plain(19384, Quantity::Spo2, SHARE),
    sugar(29112, "capillary_whole_blood"),
    sugar(29116, "capillary_plasma"),
    sugar(29120, "venous_whole_blood"),
    sugar(29124, "venous_plasma"),
    sugar(29128, "arterial_whole_blood"),
    sugar(29132, "arterial_plasma"),
    sugar(CONTROL_SOLUTION, "control_solution"),
    sugar(29140, "interstitial_fluid"),
    plain(19292, Quantity::Temperature, WARMTH),
    warmth(19320, "tympanic"),
    warmth(57348, "rectal"),
    warmth(57352, "oral"),
    warmth(57356, "ear"),
    warmth(57360, "finger"),
    warmth(57376, "toe"),
    warmth(57380, "axilla"),
    warmth(57384, "gastrointestinal"),
];

const fn plain(code: u16, quantity: Quantity, units: &'static [Unit]) -> Measured {
    Measured { code, quantity, units, note: None }
}

const fn sugar(code: u16, sample: &'static str) -> Measured {
    Measured { code, quantity: Quantity::Glucose, units: SUGAR, note: Some(("sample", sample)) }
}

const fn warmth(code: u16, site: &'static str) -> Measured {
    Measured { code, quantity: Quantity::Temperature, units: WARMTH, note: Some(("site", site)) }
}

const UNITS: &[(u16, Unit)] = &[
    (512, Unit::One),
    (544, Unit::Percent),
    (1297, Unit::Cm),
    (1376, Unit::Inch),
    (1731, Unit::Kg),
    (1760, Unit::Pound),
    (1952, Unit::KgPerM2),
    (2130, Unit::MgPerDl),
    (2720, Unit::PerMinute),
    (3843, Unit::KPa),
    (3872, Unit::MmHg),
    (4416, Unit::Fahrenheit),
    (4722, Unit::MmolPerL),
    (6048, Unit::Celsius),
];

/// Object code, value code, name of the note, its word. Partition 128.
const WORDS: &[(u16, u16, &str, &str)] = &[
    (MEAL, 29260, "meal", "before"),
    (MEAL, 29264, "meal", "after"),
    (MEAL, 29268, "meal", "fasting"),
    (MEAL, 29272, "meal", "casual"),
    (SITE, 29240, "site", "finger"),
    (SITE, 29244, "site", "other"),
    (SITE, 29248, "site", "earlobe"),
    (SITE, CONTROL_SITE, "site", "control_solution"),
    (TESTER, 29280, "tester", "self"),
    (TESTER, 29284, "tester", "professional"),
    (TESTER, 29288, "tester", "laboratory"),
];

const DEVICES: &[(u16, &str)] =
    &[(0x1004, "spo2"), (0x1007, "blood_pressure"), (0x1008, "temperature"), (0x100F, "weight"), (0x1011, "glucose")];

const MODALITIES: &[(u16, &str)] = &[(19508, "fast"), (19512, "slow"), (19516, "spot")];

/// The partition of measured quantities.
pub const SCADA: u16 = 2;
/// The partition of personal-health circumstances.
pub const CIRCUMSTANCES: u16 = 128;
/// Meal context.
pub const MEAL: u16 = 29256;
/// Sample site.
pub const SITE: u16 = 29236;
/// Who measured.
pub const TESTER: u16 = 29276;
/// What a glucose meter says of itself, as bits.
pub const METER_STATUS: u16 = 29144;
/// Exercise, carbohydrate, medication and health: only their numbers are kept.
pub const OTHER_CIRCUMSTANCES: std::ops::RangeInclusive<u16> = 29152..=29232;
/// A measurement of control solution.
pub const CONTROL_SOLUTION: u16 = 29136;
/// The sample site of control solution.
pub const CONTROL_SITE: u16 = 29252;
/// Non-invasive blood pressure as a whole.
pub const PRESSURE_OBJECT: u16 = 18948;

/// Attribute ids.
pub mod attribute {
    /// Partition and code of what an object measures.
    pub const TYPE: u16 = 0x092F;
    /// Overrides the code of the type.
    pub const METRIC_ID: u16 = 0x092B;
    /// Codes of the parts of a compound, in order.
    pub const METRIC_ID_LIST: u16 = 0x0A76;
    /// Modality, body site.
    pub const SUPPLEMENTAL: u16 = 0x0A61;
    /// Unit.
    pub const UNIT: u16 = 0x0996;
    /// The layout of a fixed observation.
    pub const VALUE_MAP: u16 = 0x0A55;
    /// The layout of a grouped observation.
    pub const HANDLE_VALUE_MAP: u16 = 0x0A53;
    /// SFLOAT.
    pub const BASIC: u16 = 0x0A4C;
    /// FLOAT.
    pub const SIMPLE: u16 = 0x0A56;
    /// Code, status, unit, FLOAT.
    pub const OBSERVED: u16 = 0x0950;
    /// Several SFLOATs.
    pub const COMPOUND_BASIC: u16 = 0x0A75;
    /// Several FLOATs.
    pub const COMPOUND_SIMPLE: u16 = 0x0A74;
    /// Several times code, status, unit, FLOAT.
    pub const COMPOUND_OBSERVED: u16 = 0x094B;
    /// A code as a value.
    pub const WORD: u16 = 0x0A49;
    /// Text as a value.
    pub const TEXT: u16 = 0x0A4A;
    /// 16 bits as a value.
    pub const BITS_16: u16 = 0x0A66;
    /// 32 bits as a value.
    pub const BITS_32: u16 = 0x0A65;
    /// Absolute time.
    pub const TIME: u16 = 0x0990;
    /// Relative time.
    pub const RELATIVE_TIME: u16 = 0x0991;
    /// Base-offset time.
    pub const BASE_OFFSET_TIME: u16 = 0x0A82;
    /// What the device thinks of a measurement.
    pub const STATUS: u16 = 0x0947;
    /// Operational state of a scanner or store.
    pub const OPERATIONAL: u16 = 0x0953;
    /// Device types.
    pub const TYPES: u16 = 0x0A5A;
    /// Maker and model.
    pub const MODEL: u16 = 0x0928;
    /// System id.
    pub const SYSTEM_ID: u16 = 0x0984;
    /// Configuration id.
    pub const CONFIG: u16 = 0x0A44;
    /// Serial number and the like.
    pub const PRODUCTION: u16 = 0x092D;
    /// The device's clock.
    pub const CLOCK: u16 = 0x0987;
    /// What the device's clock can do.
    pub const CLOCK_INFO: u16 = 0x0A45;
    /// Battery, in per cent.
    pub const BATTERY: u16 = 0x099C;
    /// The layout of a stored entry.
    pub const ENTRY_MAP: u16 = 0x0A4E;
    /// Whose entries a segment holds.
    pub const PERSON: u16 = 0x0A4F;
    /// How many entries a segment holds.
    pub const USAGE: u16 = 0x097B;
    /// How long a transfer may take.
    pub const TRANSFER_TIMEOUT: u16 = 0x0A64;
}

/// Classes of objects.
pub mod class {
    /// A number.
    pub const NUMERIC: u16 = 6;
    /// A word.
    pub const ENUMERATION: u16 = 5;
    /// A store of entries.
    pub const STORE: u16 = 61;
    /// Tells changes as they happen.
    pub const EPISODIC_SCANNER: u16 = 18;
    /// Tells changes at intervals.
    pub const PERIODIC_SCANNER: u16 = 19;
}

/// Event types.
pub mod event {
    /// The agent tells its configuration.
    pub const CONFIG: u16 = 0x0D1C;
    /// Measurements, fixed layout.
    pub const FIXED: u16 = 0x0D1D;
    /// Measurements, variable layout.
    pub const VARIABLE: u16 = 0x0D1E;
    /// A page of stored entries.
    pub const SEGMENT: u16 = 0x0D21;
}

/// Action types.
pub mod action {
    /// Which segments there are.
    pub const SEGMENT_INFO: u16 = 0x0C0D;
    /// Hand over a segment.
    pub const TRANSFER: u16 = 0x0C1C;
    /// Set the clock.
    pub const SET_TIME: u16 = 0x0C17;
}

/// Bits of the measurement status.
pub mod status {
    /// Invalid, not available, calibrating, test data or demo data: nobody's reading.
    pub const NO_READING: u16 = 0x8000 | 0x2000 | 0x1000 | 0x0800 | 0x0400;
    /// Questionable, an early estimate, or still going on.
    pub const DOUBTFUL: u16 = 0x4000 | 0x0040 | 0x0020;
}
