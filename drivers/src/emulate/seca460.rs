//! A seca column scale with the 460 interface: one block a second.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Act, Emulate, Say, say};
use crate::custom::seca460::crc8;
use crate::reading::half_up;

/// The emulated scale.
#[derive(Debug)]
pub struct Seca460 {
    next: Instant,
    load: Decimal,
    /// When it will be left by itself.
    until: Option<Instant>,
}

impl Seca460 {
    /// Returns an empty scale that begins to speak at `at`.
    pub fn new(at: Instant) -> Seca460 {
        Seca460 { next: at, load: Decimal::ZERO, until: None }
    }

    fn block(&self) -> Vec<u8> {
        let tens = half_up(self.load * Decimal::ONE_HUNDRED, 0).to_u32().unwrap_or(0) % 100_000;
        let digit = |place: u32| u8::try_from(tens / 10u32.pow(place) % 10).unwrap_or(0);
        let mut bytes = vec![0xA0, digit(4) << 4 | digit(3), digit(2) << 4 | digit(1), digit(0) << 4 | 2, 0x80, 0];
        bytes.push(crc8(&bytes));
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("\x02{digits}\r\n\x03").into_bytes()
    }
}

impl Emulate for Seca460 {
    fn handle_bytes(&mut self, _at: Instant, _bytes: &[u8], _say: &mut Vec<Say>) {}

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        if self.until.is_some_and(|until| until <= at) {
            (self.load, self.until) = (Decimal::ZERO, None);
        }
        if self.next <= at {
            self.next = at + EVERY;
            out.push(say(0, self.block()));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        (self.load, self.until) = match act {
            Act::Weigh(load) => (load, Some(at + STAY)),
            Act::StepOn(load) => (load, None),
            Act::StepOff => (Decimal::ZERO, None),
            _ => return false,
        };
        true
    }

    /// The last digit of the sum.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(digit) = frame.iter_mut().rfind(|byte| byte.is_ascii_hexdigit()) {
            *digit = if *digit == b'1' { b'2' } else { b'1' };
        }
    }

    fn streams(&self) -> bool {
        true
    }
}

const EVERY: Duration = Duration::from_secs(1);
/// Long enough for three stable blocks.
const STAY: Duration = Duration::from_millis(5500);
