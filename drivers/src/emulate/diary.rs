//! What every emulated pressure monitor with a memory has: a clock and past measurements.

use std::time::Instant;

use chrono::{Duration, NaiveDateTime};

use super::{Act, Wall};

/// A monitor's clock and memory.
#[derive(Debug)]
pub struct Diary {
    /// Its clock.
    pub wall: Wall,
    /// Its measurements, newest first.
    pub memory: Vec<Entry>,
    largest: usize,
}

/// One stored measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, by the monitor's clock.
    pub moment: NaiveDateTime,
    /// mmHg.
    pub systolic: u8,
    /// mmHg.
    pub diastolic: u8,
    /// Beats a minute.
    pub pulse: u8,
    /// Whether the person moved.
    pub movement: bool,
}

impl Entry {
    /// The mean pressure a monitor would tell.
    pub fn mean(&self) -> u8 {
        self.diastolic.saturating_add(self.systolic.saturating_sub(self.diastolic) / 3)
    }
}

impl Diary {
    /// Returns an empty memory of `largest` measurements.
    pub fn new(wall: Wall, largest: usize) -> Diary {
        Diary { wall, memory: Vec::new(), largest }
    }

    /// Lets happen what can happen to any such monitor.
    pub fn act(&mut self, at: Instant, act: &Act) -> bool {
        match act {
            Act::Pressure { systolic, diastolic, pulse, movement } => {
                let byte = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
                let entry = Entry {
                    moment: self.wall.at(at),
                    systolic: byte(*systolic),
                    diastolic: byte(*diastolic),
                    pulse: byte(*pulse),
                    movement: *movement,
                };
                self.memory.insert(0, entry);
                self.memory.truncate(self.largest);
            }
            Act::Records(count) => self.fill(at, *count),
            Act::SetClock(moment) => self.wall = Wall::new(at, *moment),
            _ => return false,
        }
        true
    }

    /// Measurements an hour apart, the newest an hour old.
    fn fill(&mut self, at: Instant, count: u16) {
        let now = self.wall.at(at);
        let entry = |place: u16| {
            let step = u8::try_from(place % 60).unwrap_or(0);
            Entry {
                moment: now - Duration::hours(i64::from(place) + 1),
                systolic: 105 + step,
                diastolic: 65 + step / 3,
                pulse: 60 + step / 2,
                movement: false,
            }
        };
        self.memory = (0..count).map(entry).take(self.largest).collect();
    }
}
