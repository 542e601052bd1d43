//! A Measurement: a reading that was accepted for a person, at a station and moment. Never edited, only superseded.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::units::{BeatsPerMinute, Celsius, Centimetres, Kilograms, MmHg, MmolPerLitre, Percent};
use super::{MeasurementId, Moment, StaffId, VisitId};

/// One blood-pressure reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pressure {
    /// 收缩压
    pub systolic: MmHg,
    /// 舒张压
    pub diastolic: MmHg,
    /// 脉搏, when the monitor gives it.
    pub pulse: Option<BeatsPerMinute>,
}

/// A glucose result; the two words are results of their own kind, never numbers (clinical README, P9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlucoseLevel {
    /// mmol/L as shown and judged.
    Value(MmolPerLitre),
    /// Above the meter's upper limit.
    High,
    /// Below the meter's lower limit.
    Low,
}

/// What the last meal makes of a glucose value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GlucoseKind {
    /// 空腹, nothing eaten for 8 hours.
    #[serde(rename = "fasting")]
    Fasting,
    /// Two hours after 75 g of glucose.
    #[serde(rename = "ogtt2h")]
    Ogtt2h,
    /// Two hours after an ordinary meal.
    #[serde(rename = "postprandial2h")]
    Postprandial2h,
    /// Any other time.
    #[serde(rename = "random")]
    Random,
}

/// A lipid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Analyte {
    /// 总胆固醇
    #[serde(rename = "tc")]
    TotalCholesterol,
    /// 甘油三酯
    #[serde(rename = "tg")]
    Triglycerides,
    /// 低密度脂蛋白胆固醇
    #[serde(rename = "ldl")]
    Ldl,
    /// 高密度脂蛋白胆固醇
    #[serde(rename = "hdl")]
    Hdl,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// 血压; `pulse_id` is the id of the pulse's own `Observation`.
    Pressure {
        /// The reading.
        pressure: Pressure,
        /// Id of the pulse's resource, when there is a pulse.
        pulse_id: Option<MeasurementId>,
    },
    /// 身高
    Height(Centimetres),
    /// 体重
    Weight(Kilograms),
    /// 腰围
    Waist(Centimetres),
    /// 血糖
    Glucose {
        /// The result.
        level: GlucoseLevel,
        /// Fasting, after a meal, ...
        kind: GlucoseKind,
    },
    /// 血氧饱和度
    Spo2(Percent),
    /// 体温
    Temperature(Celsius),
    /// 血脂
    Lipid {
        /// Which.
        analyte: Analyte,
        /// The result.
        level: MmolPerLitre,
    },
    /// FEV1/FVC, a ratio.
    Airflow(Decimal),
    /// 便隐血: true is positive.
    OccultBlood(bool),
}

/// What makes a reading less good than it could be; each is shown to the doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The monitor noticed movement.
    Movement,
    /// The monitor noticed an irregular pulse.
    IrregularPulse,
    /// The resident said they had already rested; the timer did not run out.
    RestDeclared,
    /// Smoked, drank, moved or needed the toilet within the half hour before, and wished to be measured all the same.
    Unsettled,
    /// The device's clock is impossible or more than 5 minutes from ours.
    DeviceClockDoubtful,
    /// The device's own BMI disagreed with height and weight.
    BmiMismatch,
    /// The meter flagged its stored record.
    ParityError,
    /// The device itself calls the value questionable.
    Questionable,
}

/// What a device sent, in its own unit, beside the converted value (devices/README.md rule 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawValue {
    /// The number as sent.
    pub value: Decimal,
    /// The device's unit.
    pub unit: String,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A device on a port.
    Device {
        /// The role it plays at this station (kinds of interfaces.md).
        role: String,
        /// Its protocol.
        model: String,
        /// What its own clock said; beside ours, never instead of it.
        device_time: Option<NaiveDateTime>,
        /// The value before conversion, when a conversion was made.
        raw: Option<RawValue>,
    },
    /// Typed by the resident.
    Typed,
    /// Read off another instrument and typed by a member of staff (R19).
    Manual {
        /// Who typed it.
        by: StaffId,
        /// Instrument or test kit.
        kit: String,
        /// When it was measured there.
        on: NaiveDate,
        /// The value before conversion, when a conversion was made.
        raw: Option<RawValue>,
    },
    /// Kept from an earlier visit and confirmed by the resident (R13's height).
    Kept,
}

/// A reading accepted for a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// `Observation` on the wire.
    pub id: MeasurementId,
    /// The visit it belongs to, for good.
    pub visit: VisitId,
    /// When it was accepted.
    pub at: Moment,
    /// What was measured.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
    /// What a reader of it must know; empty is good.
    pub quality: Vec<Quality>,
}

impl Measurement {
    /// The blood pressure, if it is one.
    pub fn pressure(&self) -> Option<Pressure> {
        match self.value {
            Value::Pressure { pressure, .. } => Some(pressure),
            _ => None,
        }
    }
}
