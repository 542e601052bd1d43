//! What is worth knowing beside readings and faults.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{DeviceTime, Quantity, Unit, Value};

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
    /// A device that is waited for has not spoken yet, or no longer does. Any other output ends this.
    NoAnswerYet {
        /// What to do, in words.
        no_answer: Cow<'static, str>,
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
    /// Whether a printer's cover is open; it prints only with a closed one.
    Cover {
        /// As it says.
        cover_open: bool,
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

impl Status {
    /// Returns the notice that a device is still waited for, and what to do.
    pub fn no_answer_yet(says: &'static str) -> Status {
        Status::NoAnswerYet { no_answer: says.into() }
    }

    /// Returns the serial number of a device that is one of this model, as far as it shows.
    pub fn device(device_id: impl Into<String>) -> Status {
        Status::Device { device_id: device_id.into(), fits: true, battery: None }
    }
}
