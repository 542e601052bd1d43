//! Health days and weeks of the year, as the idle screen may name them: `[[day]]` records of a guidance topic.
//!
//! A record whose date is only recalled is loaded and in force nowhere. A county that has confirmed its calendar lays its
//! own topic file over the shipped one and gives the record another status.

use chrono::{Datelike, Month, NaiveDate, Weekday};
use serde::Deserialize;

use super::rulebook::rows::Status;

/// A health day, or a week that begins on it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it
pub struct HealthDay {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub on: Recurs,
    /// So many days from that day on.
    #[serde(default = "one")]
    pub days: u16,
    pub status: Status,
    pub seen_in: String,
}

impl HealthDay {
    /// True when the day, or the week, holds `date`.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        // None of them runs over the end of a year.
        self.on
            .in_year(date.year())
            .is_some_and(|begins| (0..i64::from(self.days)).contains(&(date - begins).num_days()))
    }
}

/// On which day of every year: `05-31`, or `third Wednesday of November`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[allow(missing_docs)] // the names say it
pub enum Recurs {
    Date { month: u32, day: u32 },
    Weekday { nth: u8, weekday: Weekday, month: Month },
}

impl Recurs {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Date { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            Self::Weekday { nth, weekday, month } => {
                NaiveDate::from_weekday_of_month_opt(year, month.number_from_month(), weekday, nth)
            }
        }
    }
}

impl TryFrom<String> for Recurs {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let date = NaiveDate::parse_from_str(&format!("{LEAP_YEAR}-{text}"), "%Y-%m-%d").ok();
        let by_date = date.map(|date| Self::Date { month: date.month(), day: date.day() });
        by_date.or_else(|| weekday_of_month(&text)).ok_or_else(|| {
            format!("`{text}` is neither a month and day (05-31) nor a weekday (third Wednesday of November)")
        })
    }
}

fn weekday_of_month(text: &str) -> Option<Recurs> {
    let (which, month) = text.split_once(" of ")?;
    let (nth, weekday) = which.split_once(' ')?;
    let nth = NTH.iter().position(|word| *word == nth)? as u8 + 1;
    Some(Recurs::Weekday { nth, weekday: weekday.parse().ok()?, month: month.parse().ok()? })
}

fn one() -> u16 {
    1
}

const LEAP_YEAR: i32 = 2000;
const NTH: [&str; 4] = ["first", "second", "third", "fourth"];
