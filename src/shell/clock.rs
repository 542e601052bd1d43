//! The client's one caller of `now()`, and its judgement of how far the clock is trusted (reliability-security.md 4).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveTime, SubsecRound, TimeDelta};
use uuid::Uuid;

use crate::model::{ClockTrust, Moment};
use crate::store::{Reader, StoreFault};

/// A clock that notices when the wall time jumps.
pub struct Clock {
    boot: Uuid,
    began: Instant,
    floor: DateTime<FixedOffset>,
    last: Option<Moment>,
    trust: ClockTrust,
    ahead: Option<Arc<AtomicU64>>,
}

/// No working clock shows a day before this version was written; set at each release.
const WRITTEN: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day of the calendar");

/// A step of the wall clock against the monotonic one that costs trust.
const STEP: TimeDelta = TimeDelta::minutes(5);

impl Clock {
    /// Starts with the newest moment that is known to lie in the past: the newest record, or what is older than none,
    /// the program itself (sync-protocol S9.3).
    pub fn new(boot: Uuid, newest: Option<DateTime<FixedOffset>>) -> Self {
        let written = WRITTEN.and_time(NaiveTime::MIN).and_utc().fixed_offset();
        let floor = newest.unwrap_or(written).max(written);
        Self { boot, began: Instant::now(), floor, last: None, trust: ClockTrust::Trusted, ahead: None }
    }

    /// Starts with the newest record of a store as the floor.
    pub fn on(reader: &Reader, boot: Uuid) -> Result<Self, StoreFault> {
        Ok(Self::new(boot, reader.newest_wall()?))
    }

    /// Runs so many milliseconds ahead of the machine's clock: time that nobody need wait for. For tests only.
    pub fn ahead_by(mut self, ms: Arc<AtomicU64>) -> Self {
        self.ahead = Some(ms);
        self
    }

    /// Now, to the millisecond.
    pub fn now(&mut self) -> Moment {
        let ahead = self.ahead.as_ref().map_or(0, |ahead| ahead.load(Ordering::Relaxed));
        let since_boot_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(ahead);
        let wall = Local::now().fixed_offset() + TimeDelta::milliseconds(i64::try_from(ahead).unwrap_or(0));
        self.judge(wall.trunc_subsecs(3), since_boot_ms)
    }

    fn judge(&mut self, wall: DateTime<FixedOffset>, since_boot_ms: u64) -> Moment {
        if let Some(last) = self.last {
            let ran = TimeDelta::milliseconds(i64::try_from(since_boot_ms - last.since_boot_ms).unwrap_or(i64::MAX));
            if ((wall - last.wall) - ran).abs() > STEP {
                self.trust = ClockTrust::Suspect;
            }
        }
        let trust = if wall < self.floor { ClockTrust::Unset } else { self.trust };
        let now = Moment { wall, since_boot_ms, boot: self.boot, trust };
        self.last = Some(now);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).expect("a moment")
    }

    #[test]
    fn a_jumped_clock_is_marked_not_hidden() {
        let mut clock = Clock::new(Uuid::nil(), None);
        assert_eq!(clock.judge(at("2026-11-22T08:00:00+08:00"), 0).trust, ClockTrust::Trusted);
        assert_eq!(clock.judge(at("2026-11-22T08:01:00+08:00"), 60_000).trust, ClockTrust::Trusted);
        let jumped = clock.judge(at("2026-11-22T10:01:00+08:00"), 61_000);
        assert_eq!(jumped.trust, ClockTrust::Suspect);
        assert_eq!(clock.judge(at("2026-11-22T10:02:00+08:00"), 121_000).trust, ClockTrust::Suspect);
    }

    #[test]
    fn a_clock_before_the_newest_record_is_unset() {
        let first = |wall| Clock::new(Uuid::nil(), Some(at("2027-03-01T00:00:00+08:00"))).judge(at(wall), 0).trust;
        assert_eq!(first("2027-02-28T08:00:10+08:00"), ClockTrust::Unset);
        assert_eq!(first("2027-03-01T08:00:10+08:00"), ClockTrust::Trusted);
    }

    #[test]
    fn a_clock_before_the_program_is_unset_on_an_empty_store_too() {
        let first = |wall| Clock::new(Uuid::nil(), None).judge(at(wall), 0).trust;
        assert_eq!(first("1970-01-01T08:00:10+08:00"), ClockTrust::Unset);
        assert_eq!(first("2026-11-22T08:00:00+08:00"), ClockTrust::Trusted);
    }
}
