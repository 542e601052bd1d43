//! A Visomat: both memories at one question.

use std::time::Instant;

use super::diary::{Diary, Entry};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::visomat::{MEMORY, TIME, request};

/// The emulated monitor.
#[derive(Debug)]
pub struct Visomat {
    diary: Diary,
    heard: Vec<u8>,
}

impl Visomat {
    /// Returns a monitor with an empty memory.
    pub fn new(wall: Wall) -> Visomat {
        Visomat { diary: Diary::new(wall, 99), heard: Vec::new() }
    }

    fn obey(&self, at: Instant, text: &str, out: &mut Vec<Say>) {
        match text {
            // Everybody measures as user 1; the page says what an empty memory looks like.
            MEMORY => {
                let records: String = self.diary.memory.iter().map(record).collect();
                let dummy = if records.is_empty() { "0" } else { "" };
                out.push(say(50, request(&format!("M1{:02}{records}{dummy}M2000", self.diary.memory.len()))));
            }
            TIME => out.push(say(20, request(&self.diary.wall.at(at).format("%y%m%d%H%M").to_string()))),
            _ => {}
        }
    }
}

fn record(entry: &Entry) -> String {
    let Entry { moment, systolic, diastolic, pulse, movement } = entry;
    format!("{}{}{systolic:03}{diastolic:03}{pulse:03}", moment.format("%y%m%d%H%M"), u8::from(*movement))
}

impl Emulate for Visomat {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            match byte {
                0x02 => self.heard.clear(),
                0x03 => {
                    let text = String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned();
                    self.obey(at, &text, out);
                }
                other if self.heard.len() < 16 => self.heard.push(*other),
                _ => {}
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

    /// There is no checksum: a letter among the digits is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(5) {
            *byte |= 0x40;
        }
    }
}
