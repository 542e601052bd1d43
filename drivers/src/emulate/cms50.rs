//! A finger oximeter: sixty packets a second while somebody listens.

use std::time::{Duration, Instant};

use super::{Act, Emulate, Say, say};
use crate::custom::cms50::{FEEDBACK, FREE, LIVE, SET_DATE, SET_TIME, START, STILL_HERE, STOP};

/// The emulated oximeter.
#[derive(Debug, Default)]
pub struct Cms50 {
    /// What the finger in it shows, and how many packets it is still looking for.
    finger: Option<(u8, u8)>,
    searching: u16,
    heard: Vec<u8>,
    /// When live data began and how many packets were sent since.
    live: Option<(Instant, u32)>,
    /// Until when live data goes on without a word.
    until: Option<Instant>,
}

impl Cms50 {
    /// Returns an oximeter without a finger.
    pub fn new() -> Cms50 {
        Cms50::default()
    }

    fn obey(&mut self, at: Instant, code: u8, out: &mut Vec<Say>) {
        match code {
            START => {
                self.live = self.live.or(Some((at, 0)));
                self.until = Some(at + PATIENCE);
            }
            STILL_HERE if self.live.is_some() => self.until = Some(at + PATIENCE),
            STILL_HERE => {}
            STOP => {
                (self.live, self.until) = (None, None);
                out.push(say(5, [FREE, 0x80]));
            }
            SET_DATE | SET_TIME => out.push(say(20, feedback(code, 0x00))),
            DEVICE => out.push(say(20, packet(0x04, *b"CMS50D+"))),
            _ => out.push(say(20, feedback(code, 0x05))),
        }
    }

    fn packet(&mut self, count: u32) -> Vec<u8> {
        let wave = u8::try_from(count % 60).unwrap_or(0);
        let data = match self.finger {
            None => [0x80, 0x00, 0x10, 0xFF, 0x7F, 0xFF, 0xFF],
            Some(_) if self.searching > 0 => {
                self.searching -= 1;
                [0x02, 0x80, 0x10, 0xFF, 0x7F, 0xFF, 0xFF]
            }
            // The pulse goes up and down by one, as breathing makes it.
            Some((spo2, pulse)) => {
                let breath = u8::try_from(count / 60 % 3).unwrap_or(0);
                let pulse = (pulse.saturating_sub(1)).saturating_add(breath).clamp(1, 254);
                [0x06, wave, wave / 4 % 16, pulse, spo2, 0x5E, 0x01]
            }
        };
        packet(LIVE, data)
    }

    fn due(&self) -> Option<Instant> {
        self.live.map(|(since, count)| since + Duration::from_secs(1) * count / 60)
    }
}

impl Emulate for Cms50 {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            if byte & 0x80 == 0 {
                self.heard.clear();
            }
            self.heard.push(*byte);
            if let [0x7D, high, code, _, _, _, _, _, _] = self.heard[..] {
                self.heard.clear();
                self.obey(at, (code & 0x7F) | high << 7, out);
            }
            self.heard.truncate(9);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        while let (Some((since, count)), Some(due), Some(until)) = (self.live, self.due(), self.until) {
            if due > until {
                (self.live, self.until) = (None, None);
                return;
            }
            if due > at {
                return;
            }
            let packet = self.packet(count);
            out.push(say(0, packet));
            self.live = Some((since, count + 1));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.due()
    }

    fn act(&mut self, _at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        match act {
            Act::Oxygen { spo2, pulse } => (self.finger, self.searching) = (Some((spo2, pulse)), SEARCH),
            Act::StepOff => self.finger = None,
            _ => return false,
        }
        true
    }

    /// A byte without its high bit ends a packet before its time.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(last) = frame.last_mut() {
            *last &= 0x7F;
        }
    }

    fn streams(&self) -> bool {
        true
    }
}

fn feedback(code: u8, result: u8) -> Vec<u8> {
    let high = 0x80 | code >> 7 | (result >> 7) << 1;
    vec![FEEDBACK, high, code | 0x80, result | 0x80]
}

/// Returns a packet: the high bits of its data are collected in the byte after its type.
pub fn packet(kind: u8, data: [u8; 7]) -> Vec<u8> {
    let high = data.iter().rev().fold(1, |high, byte| high << 1 | byte >> 7);
    let mut bytes = vec![kind, high];
    bytes.extend(data.map(|byte| byte | 0x80));
    bytes
}

const DEVICE: u8 = 0xAA;
/// Without a word for so long, live data ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// A second until the pulse is found.
const SEARCH: u16 = 60;
