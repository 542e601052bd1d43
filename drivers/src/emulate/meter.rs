//! What every emulated glucometer has: a clock and a memory.

use std::time::Instant;

use chrono::{Duration, NaiveDateTime};
use serde::Deserialize;

use super::{Act, Wall};

/// A meter's clock and memory.
#[derive(Debug)]
pub struct Meter {
    /// Its clock.
    pub wall: Wall,
    /// Its records, newest first.
    pub memory: Vec<Record>,
    largest: usize,
}

/// One stored strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, by the meter's clock.
    pub moment: NaiveDateTime,
    /// mg/dL; for ketone tenths of a mmol/L.
    pub number: u16,
    /// What was on the strip.
    pub strip: Strip,
}

/// What was on a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strip {
    /// Blood, for glucose.
    Glucose,
    /// Control solution.
    Control,
    /// Blood, for ketone.
    Ketone,
}

impl Meter {
    /// Returns an empty memory of `largest` records.
    pub fn new(wall: Wall, largest: usize) -> Meter {
        Meter { wall, memory: Vec::new(), largest }
    }

    /// Lets happen what can happen to any meter.
    pub fn act(&mut self, at: Instant, act: &Act) -> bool {
        match act {
            Act::Glucose { mg_per_dl, control } => {
                self.add(at, *mg_per_dl, if *control { Strip::Control } else { Strip::Glucose });
            }
            Act::Ketone(tenths) => self.add(at, *tenths, Strip::Ketone),
            Act::Records(count) => self.fill(at, *count),
            Act::SetClock(moment) => self.wall = Wall::new(at, *moment),
            _ => return false,
        }
        true
    }

    fn add(&mut self, at: Instant, number: u16, strip: Strip) {
        self.memory.insert(0, Record { moment: self.wall.at(at), number, strip });
        self.memory.truncate(self.largest);
    }

    /// Records an hour apart, the newest an hour old.
    fn fill(&mut self, at: Instant, count: u16) {
        let now = self.wall.at(at);
        let record = |place: u16| Record {
            moment: now - Duration::hours(i64::from(place) + 1),
            number: 80 + (place % 90) * 7 % 90,
            strip: Strip::Glucose,
        };
        self.memory = (0..count).map(record).take(self.largest).collect();
    }
}
