//! An HBP-9030: one line after each measurement.

use std::time::Instant;

use super::{Act, Cannot, Emulate, Say, Wall, cannot, say};

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

    fn act(&mut self, at: Instant, act: Act, out: &mut Vec<Say>) -> Result<(), Cannot> {
        let end = match act {
            Act::Pressure { systolic, diastolic, pulse, movement } => {
                format!("0,{systolic:03},{diastolic:03},{pulse:03},{}", u8::from(movement))
            }
            Act::Error(number) => format!("{number},   ,   ,   ,0"),
            Act::SetClock(moment) => {
                self.wall = Wall::new(at, moment);
                return Ok(());
            }
            other => return cannot(format!("{other:?}"), KNOWS),
        };
        let clock = self.wall.at(at).format("%Y,%m,%d,%H,%M");
        out.push(say(50, format!("{clock},{:20},{end}\r\n", "")));
        Ok(())
    }

    fn read_act(&self, line: &str) -> Result<Act, Cannot> {
        let words: Vec<&str> = line.split([' ', '/']).filter(|word| !word.is_empty()).collect();
        let number = |word: &str| word.parse::<u16>().ok();
        let act = match words[..] {
            [] => Some((128, 78, 72, false)),
            ["error", code] if code.len() == 1 => match code.parse() {
                Ok(code) => return Ok(Act::Error(code)),
                Err(_) => None,
            },
            [sys, dia, pulse] => number(sys).zip(number(dia)).zip(number(pulse)).map(plain),
            [sys, dia, pulse, "moved"] => {
                number(sys).zip(number(dia)).zip(number(pulse)).map(|((sys, dia), pulse)| (sys, dia, pulse, true))
            }
            _ => None,
        };
        match act {
            Some((systolic, diastolic, pulse, movement)) => Ok(Act::Pressure { systolic, diastolic, pulse, movement }),
            None => cannot(line, KNOWS),
        }
    }

    /// There is no checksum: a letter in the systolic field is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(40) {
            *byte ^= 0x40;
        }
    }
}

fn plain(((systolic, diastolic), pulse): ((u16, u16), u16)) -> (u16, u16, u16, bool) {
    (systolic, diastolic, pulse, false)
}

const KNOWS: &str = "`145 91 76`, `145 91 76 moved`, `error 7`";
