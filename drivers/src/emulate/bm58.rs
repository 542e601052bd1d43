//! A BM58: asked with single bytes, it tells its memory of 60 records.

use std::time::Instant;

use chrono::{Datelike, Timelike};

use super::diary::Diary;
use super::{Act, Emulate, Say, Wall, say};

/// The emulated monitor.
#[derive(Debug)]
pub struct Bm58 {
    diary: Diary,
    asked_for_record: bool,
}

impl Bm58 {
    /// Returns a monitor with an empty memory.
    pub fn new(wall: Wall) -> Bm58 {
        Bm58 { diary: Diary::new(wall, LARGEST), asked_for_record: false }
    }

    /// It counts from its oldest record.
    fn record(&self, number: u8) -> Vec<u8> {
        let place = usize::from(number).checked_sub(1);
        let Some(entry) = place.and_then(|place| self.diary.memory.iter().rev().nth(place)) else {
            return vec![0x00];
        };
        let part = |number: u32| u8::try_from(number).unwrap_or(0);
        vec![
            0xAC,
            entry.systolic.saturating_sub(25),
            entry.diastolic.saturating_sub(25),
            entry.pulse,
            part(entry.moment.month()),
            part(entry.moment.day()),
            part(entry.moment.hour()),
            part(entry.moment.minute()),
            u8::try_from(entry.moment.year() - 2000).unwrap_or(0),
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
                0xA2 => out.push(say(0, [u8::try_from(self.diary.memory.len()).unwrap_or(u8::MAX)])),
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
        self.diary.act(at, &act)
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
