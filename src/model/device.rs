//! What the devices of a station say, as the session hears it: typed, in our units, with what was sent kept beside.

use std::fmt;

use chrono::NaiveDate;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::measurement::{GlucoseLevel, Pressure, Quality, RawValue, Source};
use super::resident::Personal;
use super::units::{Celsius, Centimetres, Kilograms, Percent};
use super::{IdNumber, Sex};

/// What a device is for at this station (kinds of interfaces.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 血压计
    BloodPressure,
    /// 身高体重仪
    HeightWeight,
    /// 体重秤
    Weight,
    /// 体脂秤: its weight
    BodyComposition,
    /// 血糖仪
    Glucose,
    /// 血氧仪
    Spo2,
    /// 体温计
    Temperature,
    /// 身份证读卡器
    IdCard,
    /// 扫码器
    Scanner,
    /// 小票打印机
    Printer,
}

impl Role {
    /// Gives readings: its calibration counts, and without it something cannot be measured.
    pub fn measures(self) -> bool {
        !matches!(self, Role::IdCard | Role::Scanner | Role::Printer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::BloodPressure => "blood_pressure",
            Role::HeightWeight => "height_weight",
            Role::Weight => "weight",
            Role::BodyComposition => "body_composition",
            Role::Glucose => "glucose",
            Role::Spo2 => "spo2",
            Role::Temperature => "temperature",
            Role::IdCard => "id_card",
            Role::Scanner => "scanner",
            Role::Printer => "printer",
        })
    }
}

/// What is wrong at a device, as far as the next step hangs on it (ux.md 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Garbled on the line: checksum, length, layout.
    Garbled,
    /// The device measured nothing and says so with this number, which is not explained.
    DeviceError(u8),
    /// The cuff does not hold its air: loose, or not connected.
    CuffLoose,
    /// Movement or talking spoilt the measurement.
    Movement,
    /// The device itself is broken or stopped for safety.
    Broken,
    /// A number outside the device's declared range.
    OutOfRange,
    /// The device speaks another output format than the one it must be set to.
    WrongFormat,
    /// No answer within the protocol's time-out.
    NoAnswer,
    /// The scale is loaded beyond its range.
    Overload,
    /// A card that is not a resident ID card, or cannot be read.
    Card,
}

/// What the fitted blood-pressure monitor is like, as far as a screen hangs on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Monitor {
    /// The arm goes into a fixed tunnel: there is no cuff to wrap.
    pub arm_in: bool,
    /// Upper arms that its cuff fits, in centimetres, as printed on it.
    pub cuff_cm: Option<[u16; 2]>,
    /// It is begun and stopped over its cable; others have keys of their own.
    pub by_cable: bool,
}

/// Why a slip did not come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintTrouble {
    /// The paper is used up.
    NoPaper,
    /// The cover is open.
    CoverOpen,
    /// Unplugged, switched off, or not there.
    Gone,
}

/// Where a reading came from, without the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The role.
    pub role: Role,
    /// The protocol.
    pub model: String,
    /// The device's own time.
    pub device_time: Option<NaiveDateTime>,
    /// The value before conversion.
    pub raw: Option<RawValue>,
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Source {
        Source::Device {
            role: origin.role.to_string(),
            model: origin.model,
            device_time: origin.device_time,
            raw: origin.raw,
        }
    }
}

/// What stands on an ID card, checked: number, birth date and sex agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Full name.
    pub name: Personal,
    /// Citizen number.
    pub number: IdNumber,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: NaiveDate,
    /// Last day of validity; `None` is unlimited.
    pub valid_to: Option<NaiveDate>,
}

/// A reading on its way to a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sensed {
    /// One finished blood-pressure measurement.
    Pressure(Pressure),
    /// Height and weight together, or weight alone; settled.
    Body {
        /// Centimetres.
        height: Option<Centimetres>,
        /// Kilograms.
        weight: Kilograms,
    },
    /// The value of one finger; settled.
    Oxygen(Percent),
    /// A finished temperature.
    Temperature(Celsius),
}

/// A record of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlucoseRecord {
    /// The result.
    pub level: GlucoseLevel,
    /// What the meter says about its quality.
    pub quality: Vec<Quality>,
    /// Where it came from.
    pub origin: Origin,
}

/// What a device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    /// There, and answering as far as its protocol lets us see.
    Up,
    /// Unplugged, switched off, or not there.
    Gone,
    /// A measurement or an answer that failed.
    Trouble(Trouble),
    /// Cuff pressure while measuring, mmHg. Never a result.
    Cuff(u16),
    /// Somebody stands on the scale, or has a finger in the clip; no number is shown before it settles.
    Settling,
    /// The finger was taken out before that.
    Lifted,
    /// A reading.
    Reading {
        /// The value.
        sensed: Sensed,
        /// What the device says about its quality.
        quality: Vec<Quality>,
        /// Where it came from.
        origin: Origin,
    },
    /// The meter's memory is known: what comes into it from now on is new.
    Ready,
    /// Records that were not in the meter when the step began, all of one look.
    Records(Vec<GlucoseRecord>),
    /// A card was read.
    Card(Card),
    /// A code was scanned: what it says is a person's.
    Code(Personal),
    /// A slip came out, as far as the printer can tell; or did not.
    Printed(Result<(), PrintTrouble>),
}
