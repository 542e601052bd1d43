//! What a device's clock showed.

use std::fmt;

use chrono::NaiveDateTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

const TO_THE_MINUTE: &str = "%Y-%m-%dT%H:%M";
const WITH_SECONDS: &str = "%Y-%m-%dT%H:%M:%S";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_json() {
        for text in [r#""2026-07-11T09:05""#, r#""2015-03-21T16:45:24""#] {
            let time: DeviceTime = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&time).unwrap(), text);
        }
    }
}
