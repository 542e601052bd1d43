//! Change over time: what may be said of a person's own past, and from how much of it.
//!
//! The days measured are cut in two halves, earlier and later, and their means compared. Nothing is said of too few
//! days or of too short a time. The limits are policy rows (`[[trend]]`).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Rules;
use super::rulebook::rows::{Row, TrendRule};
use crate::model::trend::{DayValues, Direction, Trend, Trended};
use crate::model::units::half_up;

impl Rules<'_> {
    /// What may be said of these days; `None`: nothing yet.
    ///
    /// Several entries of one day count as their mean. All entries hold the same number of values.
    pub fn trend(&self, of: Trended, entries: &[DayValues]) -> Option<Trend> {
        let row = self.trend_row(of)?;
        let days = by_day(entries);
        let (since, last) = (days.first()?.0, days.last()?.0);
        let spans = (last - since).num_days();
        if days.len() < usize::from(row.days_ge) || spans < i64::from(row.span_days_ge) {
            return None;
        }
        let (earlier, later) = days.split_at(days.len() / 2);
        let (before, now) = (mean(earlier), mean(later));
        let changes: Vec<Decimal> = before.iter().zip(&now).map(|(before, now)| now - before).collect();
        let change = row.change_ge.0;
        let direction = direction(&changes, change);
        let limits = if of == Trended::Pressure { self.raised_limits() } else { Vec::new() };
        let was_raised = before.iter().zip(&limits).any(|(mean, limit)| mean >= limit);
        let changes = changes.into_iter().map(|mean| half_up(mean, change.scale())).collect();
        Some(Trend { row: row.id().clone(), since, days: [earlier.len(), later.len()], changes, direction, was_raised })
    }

    /// How many more days are needed before anything may be said; 0 when there are enough.
    pub fn days_to_a_trend(&self, of: Trended, entries: &[DayValues]) -> usize {
        self.trend_row(of).map_or(0, |row| usize::from(row.days_ge).saturating_sub(by_day(entries).len()))
    }

    fn trend_row(&self, of: Trended) -> Option<&TrendRule> {
        let rows = self.bp.trend.iter().chain(&self.glucose.trend).chain(&self.body.trend);
        rows.filter(|row| self.is_on(*row)).find(|row| row.of == of)
    }
}

fn direction(changes: &[Decimal], least: Decimal) -> Direction {
    let rose = changes.iter().any(|change| *change >= least);
    let fell = changes.iter().any(|change| *change <= -least);
    match (rose, fell) {
        (true, true) => Direction::Mixed,
        (true, false) => Direction::Higher,
        (false, true) => Direction::Lower,
        (false, false) => Direction::Same,
    }
}

fn by_day(entries: &[DayValues]) -> Vec<DayValues> {
    let mut days: BTreeMap<NaiveDate, Vec<DayValues>> = BTreeMap::new();
    for entry in entries {
        days.entry(entry.0).or_default().push(entry.clone());
    }
    days.into_iter().map(|(day, entries)| (day, mean(&entries))).collect()
}

fn mean(days: &[DayValues]) -> Vec<Decimal> {
    let width = days.first().map_or(0, |(_, values)| values.len());
    let side = |at: usize| days.iter().map(|(_, values)| values[at]).sum::<Decimal>() / Decimal::from(days.len());
    (0..width).map(side).collect()
}
