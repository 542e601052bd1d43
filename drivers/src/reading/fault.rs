//! What came and was no reading, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hex::as_hex;

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
