//! A GL-150: one compact frame for each person.

use std::time::Instant;

use rust_decimal::Decimal;

use super::{Act, Emulate, Say, say};
use crate::reading::half_up;

/// The emulated machine.
#[derive(Debug, Default)]
pub struct Gl150;

impl Gl150 {
    /// Returns a machine.
    pub fn new() -> Gl150 {
        Gl150
    }
}

impl Emulate for Gl150 {
    fn handle_bytes(&mut self, _at: Instant, _bytes: &[u8], _say: &mut Vec<Say>) {}

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, _at: Instant, act: Act, out: &mut Vec<Say>) -> bool {
        let Act::HeightWeight { height, weight } = act else {
            return false;
        };
        let metres = height / Decimal::from(100);
        let Some(bmi) = weight.checked_div(metres * metres) else {
            return false;
        };
        let fatness = half_up(bmi / Decimal::from(22) * Decimal::from(100), 1);
        let frame = format!("\x02{height:.1},{weight:.2},M,{fatness:.1},{:.1}\x03", half_up(bmi, 1));
        out.push(say(100, frame));
        true
    }

    /// There is no checksum: a comma less is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(comma) = frame.iter_mut().find(|byte| **byte == b',') {
            *comma = b'.';
        }
    }
}
