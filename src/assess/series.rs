//! The readings of one sitting become the value judged; the days before it become the three-day rule.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::bands::Bounds;
use super::case::Case;
use super::rulebook::rows::PressureLimits;
use crate::model::measurement::Pressure;

/// The session that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its day.
    pub date: NaiveDate,
    /// Mean systolic and diastolic, whole mmHg.
    pub mean: [u16; 2],
    /// False when the clock of that day cannot be trusted.
    pub trusted: bool,
}

/// Mean of all readings of a session, whole mmHg, half up (P4, P5); `None` without a reading.
pub fn mean(readings: &[Pressure]) -> Option<[u16; 2]> {
    let side = |of: fn(&Pressure) -> u16| half_up_mean(readings.iter().map(of));
    Some([side(|reading| reading.systolic.0)?, side(|reading| reading.diastolic.0)?])
}

/// Mean pulse of the readings of a session that tell one, whole beats per minute, half up; `None` without any.
pub fn mean_pulse(readings: &[Pressure]) -> Option<u16> {
    half_up_mean(readings.iter().filter_map(|reading| Some(reading.pulse?.0)))
}

fn half_up_mean(values: impl Iterator<Item = u16>) -> Option<u16> {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + u64::from(value), count + 1));
    let mean = (2 * sum + count).checked_div(2 * count);
    mean.map(|mean| u16::try_from(mean).expect("a mean is no larger than its largest"))
}

/// True when exactly two readings lie so far apart, in either value, that a third is asked for (P5).
pub fn needs_third(readings: &[Pressure], difference: Bounds) -> bool {
    let [first, second] = readings else { return false };
    let apart = |a: u16, b: u16| difference.holds(Decimal::from(a.abs_diff(b)));
    apart(first.systolic.0, second.systolic.0) || apart(first.diastolic.0, second.diastolic.0)
}

/// The session that is judged: this visit's, else the last one of the latest earlier day.
pub fn judged(case: &Case) -> Option<Session> {
    if let Some(mean) = mean(&case.bp) {
        return Some(Session { date: case.date, mean, trusted: case.date_trusted });
    }
    let latest = case.bp_days.iter().max_by_key(|day| day.date)?;
    Some(Session { date: latest.date, mean: [latest.systolic, latest.diastolic], trusted: latest.trusted })
}

/// Raised days (P5): days that count surely, and days that may count if a doubtful clock was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RaisedDays {
    /// Days of a trusted clock, among the judged day and the window before it.
    pub sure: usize,
    /// Those, and every raised day whose place in the window nobody can vouch for.
    pub possible: usize,
    /// The first of the possible ones.
    pub since: Option<NaiveDate>,
}

/// Counts the raised days up to and including the judged one; a day is raised when one of its sessions is.
pub fn raised_days(case: &Case, judged: Session, limits: PressureLimits, window_days: Option<u16>) -> RaisedDays {
    let first = window_days.and_then(|days| judged.date.checked_sub_days(Days::new(days.into())));
    let in_window = |date: NaiveDate| date <= judged.date && first.is_none_or(|first| date >= first);
    let this = (judged.date, judged.mean, judged.trusted);
    let days = case.bp_days.iter().map(|day| (day.date, [day.systolic, day.diastolic], day.trusted));
    let (mut sure, mut possible) = (BTreeSet::new(), BTreeSet::new());
    for (date, mean, trusted) in days.chain([this]) {
        let doubtful = !judged.trusted || !trusted;
        // Ten years of days come by here: their dates tell most of them apart before a limit is looked at.
        if (doubtful || in_window(date)) && limits.meets(mean) {
            possible.insert(date);
            if !doubtful {
                sure.insert(date);
            }
        }
    }
    RaisedDays { sure: sure.len(), possible: possible.len(), since: possible.first().copied() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::{BeatsPerMinute, MmHg};

    fn readings(pairs: &[(u16, u16)]) -> Vec<Pressure> {
        let pressure = |(s, d): &(u16, u16)| Pressure { systolic: MmHg(*s), diastolic: MmHg(*d), pulse: None };
        pairs.iter().map(pressure).collect()
    }

    #[test]
    fn the_mean_is_half_up_and_of_all() {
        assert_eq!(mean(&readings(&[(139, 89), (140, 90)])), Some([140, 90]));
        assert_eq!(mean(&readings(&[(140, 90), (140, 90), (139, 89)])), Some([140, 90]));
        assert_eq!(mean(&readings(&[(120, 80), (121, 80), (120, 80)])), Some([120, 80]));
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn the_pulse_is_the_mean_of_the_readings_that_tell_one() {
        let mut sitting = readings(&[(140, 90), (138, 88), (139, 89)]);
        assert_eq!(mean_pulse(&sitting), None);
        (sitting[0].pulse, sitting[2].pulse) = (Some(BeatsPerMinute(78)), Some(BeatsPerMinute(79)));
        assert_eq!(mean_pulse(&sitting), Some(79));
    }

    #[test]
    fn a_third_is_asked_for_at_ten_apart_in_either_value() {
        let ten = Bounds { ge: Some(10.into()), ..Bounds::default() };
        assert!(needs_third(&readings(&[(130, 80), (120, 80)]), ten));
        assert!(needs_third(&readings(&[(120, 70), (120, 80)]), ten));
        assert!(!needs_third(&readings(&[(129, 80), (120, 89)]), ten));
        assert!(!needs_third(&readings(&[(150, 80), (120, 80), (150, 80)]), ten));
        assert!(!needs_third(&readings(&[(150, 80)]), ten));
    }
}
