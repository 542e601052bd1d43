//! An HBP-9030: one line after each measurement.

use std::time::Instant;

use super::{Act, Emulate, Say, Wall, say};

/// The emulated monitor.
#[derive(Debug)]
pub struct Hbp9030 {
    wall: Wall,
}

impl Hbp9030 {
    /// Returns a monitor with this clock.
    pub fn new(wall: Wall) -> Hbp9030 {
        Hbp9030 { wall }
    }
}

impl Emulate for Hbp9030 {
    fn handle_bytes(&mut self, _at: Instant, _bytes: &[u8], _say: &mut Vec<Say>) {}

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, out: &mut Vec<Say>) -> bool {
        let end = match act {
            Act::Pressure { systolic, diastolic, pulse, movement } => {
                format!("0,{systolic:03},{diastolic:03},{pulse:03},{}", u8::from(movement))
            }
            Act::Error(number) => format!("{number},   ,   ,   ,0"),
            Act::SetClock(moment) => {
                self.wall = Wall::new(at, moment);
                return true;
            }
            _ => return false,
        };
        let clock = self.wall.at(at).format("%Y,%m,%d,%H,%M");
        out.push(say(50, format!("{clock},{:20},{end}\r\n", "")));
        true
    }

    /// There is no checksum: a letter in the systolic field is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(40) {
            *byte ^= 0x40;
        }
    }
}
