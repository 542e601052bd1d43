//! What may be said of a person's own values over time.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::RowId;

/// What changes over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Trended {
    Pressure,
    FastingGlucose,
    Weight,
    Waist,
}

/// Where the values went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Down by at least the row's difference.
    Lower,
    /// By less than it.
    Same,
    /// Up by at least the row's difference.
    Higher,
    /// One of the two pressures up, the other down.
    Mixed,
}

/// The later half of the days against the earlier half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The row that allows the statement.
    pub row: RowId,
    /// The first day.
    pub since: NaiveDate,
    /// How many days are in each half.
    pub days: [usize; 2],
    /// Mean of the later half less that of the earlier, value by value, rounded half up to the row's own decimals.
    pub changes: Vec<Decimal>,
    /// In one word.
    pub direction: Direction,
    /// The earlier mean had reached a limit of raised pressure, so that lower is better.
    pub was_raised: bool,
}

/// One day's values: one, or upper and lower pressure.
pub type DayValues = (NaiveDate, Vec<Decimal>);
