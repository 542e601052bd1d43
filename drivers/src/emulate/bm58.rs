//! A BM58: asked with single bytes, it tells its memory of 60 records.

use std::time::Instant;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::{Act, Emulate, Say, Wall, say};

/// The emulated monitor.
#[derive(Debug)]
pub struct Bm58 {
    wall: Wall,
    /// Oldest first, as it keeps them.
    memory: Vec<Record>,
    asked_for_record: bool,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    moment: NaiveDateTime,
    systolic: u16,
    diastolic: u16,
    pulse: u16,
}

impl Bm58 {
    /// Returns a monitor with an empty memory.
    pub fn new(wall: Wall) -> Bm58 {
        Bm58 { wall, memory: Vec::new(), asked_for_record: false }
    }

    fn add(&mut self, record: Record) {
        self.memory.push(record);
        let surplus = self.memory.len().saturating_sub(LARGEST);
        self.memory.drain(..surplus);
    }

    fn record(&self, number: u8) -> Vec<u8> {
        let Some(record) = usize::from(number).checked_sub(1).and_then(|place| self.memory.get(place)) else {
            return vec![0x00];
        };
        let low = |number: u16| u8::try_from(number.saturating_sub(25)).unwrap_or(u8::MAX);
        let part = |number: u32| u8::try_from(number).unwrap_or(0);
        vec![
            0xAC,
            low(record.systolic),
            low(record.diastolic),
            u8::try_from(record.pulse).unwrap_or(u8::MAX),
            part(record.moment.month()),
            part(record.moment.day()),
            part(record.moment.hour()),
            part(record.moment.minute()),
            u8::try_from(record.moment.year() - 2000).unwrap_or(0),
        ]
    }
}

impl Emulate for Bm58 {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            if std::mem::take(&mut self.asked_for_record) {
                out.push(say(0, self.record(*byte)));
                continue;
            }
            match byte {
                0xAA => out.push(say(0, [0x55])),
                0xA4 => out.push(say(0, "Andon Blood Pressure Meter KD001\r\n")),
                0xA2 => out.push(say(0, [u8::try_from(self.memory.len()).unwrap_or(u8::MAX)])),
                0xA3 => self.asked_for_record = true,
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _out: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        let now = self.wall.at(at);
        match act {
            Act::Pressure { systolic, diastolic, pulse, .. } => {
                self.add(Record { moment: now, systolic, diastolic, pulse });
            }
            Act::Records(count) => {
                self.memory.clear();
                for hours in (1..=i64::from(count)).rev() {
                    let moment = now - chrono::Duration::hours(hours);
                    let systolic = 110 + u16::try_from(hours % 50).unwrap_or(0);
                    self.add(Record { moment, systolic, diastolic: 75, pulse: 70 });
                }
            }
            Act::SetClock(moment) => self.wall = Wall::new(at, moment),
            _ => return false,
        }
        true
    }

    /// There is no sum: a month 13 is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(month) = frame.get_mut(4) {
            *month = 13;
        }
    }
}

/// What the family keeps for one person.
const LARGEST: usize = 60;
