//! A HEM-790IT on HID reports, which a pseudo-terminal carries back to back.

use std::time::Instant;

use chrono::{Datelike, Timelike};

use super::diary::{Diary, Entry};
use super::{Act, Emulate, Say, Wall, say};
use crate::checksum::xor8;
use crate::custom::hem790it::answers::REPORT;

/// The emulated monitor.
#[derive(Debug)]
pub struct Hem790it {
    diary: Diary,
    heard: Vec<u8>,
    command: Vec<u8>,
    zeros: usize,
    /// Its last report: what stays in the next one where nothing is written.
    stale: [u8; REPORT],
    questions: u32,
}

impl Hem790it {
    /// Returns a monitor with an empty memory.
    pub fn new(wall: Wall) -> Hem790it {
        let diary = Diary::new(wall, 84);
        Hem790it { diary, heard: Vec::new(), command: Vec::new(), zeros: 0, stale: [0; REPORT], questions: 0 }
    }

    fn take(&mut self, valid: &[u8], out: &mut Vec<Say>) {
        if self.command.is_empty() && valid.iter().all(|byte| *byte == 0) {
            self.zeros += valid.len();
            if self.zeros >= 30 {
                self.zeros = 0;
                self.answer(b"OK", out);
            }
            return;
        }
        self.zeros = 0;
        self.command.extend(valid);
        let length = match self.command.get(..3) {
            Some(b"GDC" | b"GME") => 8,
            Some(b"END" | b"VER") => 5,
            Some(_) => return self.command.clear(),
            None => return,
        };
        if self.command.len() >= length {
            let command = std::mem::take(&mut self.command);
            self.obey(&command[..length], out);
        }
    }

    fn obey(&mut self, command: &[u8], out: &mut Vec<Say>) {
        self.questions += 1;
        let (data, sum) = command[3..].split_at(command.len() - 4);
        // Real ones say so now and then, for no visible reason.
        if xor8(data) != sum[0] || self.questions.is_multiple_of(5) {
            return self.answer(b"NO", out);
        }
        match (&command[..3], data) {
            (b"GDC", [0, bank, 0, 0]) => {
                let count = u8::try_from(self.bank(*bank).len()).unwrap_or(84);
                self.answer_with(&[0, 84, 0, count], out);
            }
            (b"GME", [0, bank, 0, place]) => match self.bank(*bank).get(usize::from(*place)) {
                Some(entry) => {
                    let entry = record(entry);
                    self.answer_with(&entry, out);
                }
                None => self.answer(b"NO", out),
            },
            (b"END", _) => self.answer(b"OFF\r\n", out),
            (b"VER", _) => self.answer_with(b"HEM-790IT0100", out),
            _ => self.answer(b"NO", out),
        }
    }

    /// Everybody measures as the first person.
    fn bank(&self, bank: u8) -> &[Entry] {
        if bank == 0 { &self.diary.memory } else { &[] }
    }

    fn answer_with(&mut self, data: &[u8], out: &mut Vec<Say>) {
        let answer = [b"OK\0", data, &[xor8(data)]].concat();
        self.answer(&answer, out);
    }

    fn answer(&mut self, bytes: &[u8], out: &mut Vec<Say>) {
        for part in bytes.chunks(REPORT - 1) {
            self.stale[0] = u8::try_from(part.len()).unwrap_or(0);
            self.stale[1..=part.len()].copy_from_slice(part);
            out.push(say(4, self.stale));
        }
    }
}

fn record(entry: &Entry) -> [u8; 13] {
    let byte = |number: u32| u8::try_from(number % 256).unwrap_or(0);
    let moment = entry.moment;
    [
        byte(moment.date().year_ce().1 - 2000),
        byte(moment.month()),
        byte(moment.day()),
        byte(moment.hour()),
        byte(moment.minute()),
        byte(moment.second()),
        0,
        0,
        entry.systolic,
        entry.diastolic,
        entry.pulse,
        0,
        0,
    ]
}

impl Emulate for Hem790it {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        self.heard.extend(bytes);
        while self.heard.len() >= REPORT {
            let report: Vec<u8> = self.heard.drain(..REPORT).collect();
            if let Some(valid) = report.get(1..=usize::from(report[0])) {
                self.take(valid, out);
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        self.diary.act(at, &act)
    }

    /// The sum of an answer no longer fits.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(2) {
            *byte ^= 0x01;
        }
    }
}
