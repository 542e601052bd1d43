//! A GL-150: one compact frame for each person.

use std::time::Instant;

use rust_decimal::Decimal;

use super::{Act, Cannot, Emulate, Say, cannot, say};
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

    fn act(&mut self, _at: Instant, act: Act, out: &mut Vec<Say>) -> Result<(), Cannot> {
        let Act::HeightWeight { height, weight } = act else {
            return cannot(format!("{act:?}"), KNOWS);
        };
        let metres = height / Decimal::from(100);
        let Some(bmi) = weight.checked_div(metres * metres) else {
            return cannot("a person without height", KNOWS);
        };
        let fatness = half_up(bmi / Decimal::from(22) * Decimal::from(100), 1);
        let frame = format!("\x02{height:.1},{weight:.2},M,{fatness:.1},{:.1}\x03", half_up(bmi, 1));
        out.push(say(100, frame));
        Ok(())
    }

    fn read_act(&self, line: &str) -> Result<Act, Cannot> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (height, weight) = match words[..] {
            [] => (Decimal::new(1685, 1), Decimal::new(6440, 2)),
            [height, weight] => match (height.parse(), weight.parse()) {
                (Ok(height), Ok(weight)) => (height, weight),
                _ => return cannot(line, KNOWS),
            },
            _ => return cannot(line, KNOWS),
        };
        Ok(Act::HeightWeight { height, weight })
    }

    /// There is no checksum: a comma less is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(comma) = frame.iter_mut().find(|byte| **byte == b',') {
            *comma = b'.';
        }
    }
}

const KNOWS: &str = "`168.5 64.4` (cm, kg)";
