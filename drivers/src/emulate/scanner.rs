//! A scanner in serial mode: sends each code with CR LF.

use std::time::Instant;

use super::{Act, Emulate, Say, say};
use crate::custom::scanner::trigger;

/// The emulated scanner.
#[derive(Default)]
pub struct Scanner {
    heard: Vec<u8>,
}

impl Scanner {
    /// Returns a scanner that sees nothing.
    pub fn new() -> Scanner {
        Scanner::default()
    }
}

impl Emulate for Scanner {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            self.heard.push(*byte);
            if self.heard.ends_with(&trigger()) {
                out.push(say(5, [0x06]));
            }
            let spare = self.heard.len().saturating_sub(trigger().len());
            self.heard.drain(..spare);
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, _at: Instant, act: Act, out: &mut Vec<Say>) -> bool {
        let Act::Scan(code) = act else { return false };
        out.push(say(30, format!("{code}\r\n")));
        true
    }

    /// A control byte in the middle: no host may take that for text.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(1) {
            *byte = 0x07;
        }
    }
}
