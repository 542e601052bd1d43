//! A CONTEC bench monitor on HID reports, which a pseudo-terminal carries back to back.

use std::time::Instant;

use chrono::{Datelike, Timelike};

use super::diary::{Diary, Entry};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::contec08a::{REPORT, report};

/// The emulated monitor.
#[derive(Debug)]
pub struct Contec08a {
    diary: Diary,
    heard: Vec<u8>,
}

impl Contec08a {
    /// Returns a monitor with an empty memory.
    pub fn new(wall: Wall) -> Contec08a {
        Contec08a { diary: Diary::new(wall, 100), heard: Vec::new() }
    }

    fn obey(&self, request: &[u8], out: &mut Vec<Say>) {
        match request {
            [0x40, 0x8F, ..] => out.push(say(10, report(&[0x40, 0x01, 0x8F]))),
            [0x42, 0x8F, ..] => out.push(say(10, report(&[0x48, 0x41, 0x02, 0x13, 0x01, 0x02]))),
            [0x43, 0x41, 0x01, user @ 0x04..=0x06, ..] => self.dump(user - 0x03, out),
            [0x43, 0x41, 0x01, 0x07, ..] => (1..=3).for_each(|user| self.dump(user, out)),
            _ => {}
        }
    }

    /// Everybody measures as user 1.
    fn dump(&self, user: u8, out: &mut Vec<Say>) {
        let records = if user == 1 { self.diary.memory.as_slice() } else { &[] };
        let count = u8::try_from(records.len()).unwrap_or(100);
        out.push(say(10, report(&[0x4A, 0x43, 0x01])));
        let header =
            [0x46, 0x41, 0x80, 0x80, 0x80 | count, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 | user];
        out.push(say(10, report(&header)));
        out.extend(records.iter().map(|entry| say(10, report(&record(entry)))));
    }
}

fn record(entry: &Entry) -> [u8; 16] {
    let byte = |number: u32| u8::try_from(number % 256).unwrap_or(0);
    let moment = entry.moment;
    let data = [
        0,
        entry.systolic,
        entry.diastolic,
        entry.pulse,
        entry.mean(),
        byte(moment.date().year_ce().1 - 2000),
        byte(moment.month()),
        0,
        byte(moment.day()),
        byte(moment.hour()),
        byte(moment.minute()),
        0,
        0x11,
    ];
    let mut record = [0; 16];
    record[0] = 0x80;
    for (place, data) in data.iter().enumerate() {
        if place < 7 {
            record[0] |= (data >> 7) << place;
        }
        record[place + 1] = data | 0x80;
    }
    record
}

impl Emulate for Contec08a {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        self.heard.extend(bytes);
        while self.heard.len() >= REPORT {
            let request: Vec<u8> = self.heard.drain(..REPORT).collect();
            self.obey(&request, out);
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        self.diary.act(at, &act)
    }

    /// There is no checksum: a lost high bit is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(10) {
            *byte &= 0x7F;
        }
    }
}
