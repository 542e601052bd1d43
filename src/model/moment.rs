//! When something happened, and how far the clock that says so can be trusted (reliability-security.md 4).

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far the wall clock is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockTrust {
    /// Before the build date or before the newest stored record.
    Unset,
    /// Not confirmed within 30 days, or stepped by more than 5 minutes since.
    Suspect,
    /// Confirmed by authenticated server time or by staff within 30 days.
    Trusted,
}

/// A moment as this client knows it. Order and idempotency never rest on `wall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Wall time with its offset.
    pub wall: DateTime<FixedOffset>,
    /// Milliseconds on the monotonic clock since `boot` began.
    pub since_boot_ms: u64,
    /// Names the run of the monotonic clock that `since_boot_ms` counts in.
    pub boot: Uuid,
    /// How far `wall` is trusted.
    pub trust: ClockTrust,
}

impl Moment {
    /// The local calendar day.
    pub fn day(&self) -> NaiveDate {
        self.wall.date_naive()
    }

    /// Milliseconds that passed since `earlier` on the monotonic clock; 0 when `earlier` is of another boot.
    pub fn ms_since(&self, earlier: &Moment) -> u64 {
        if self.boot == earlier.boot { self.since_boot_ms.saturating_sub(earlier.since_boot_ms) } else { 0 }
    }
}
