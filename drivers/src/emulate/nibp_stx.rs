//! A pressure board that measures when told, in some twenty seconds.

use std::time::{Duration, Instant};

use super::{Act, Emulate, Say, say};
use crate::custom::nibp_stx::{ABORT, ADULT, MEASURE, RESULT, frame, summed};

/// The emulated board.
#[derive(Debug)]
pub struct NibpStx {
    /// What the next measurement will find.
    next: Finding,
    /// What the last one found.
    last: Option<Finding>,
    heard: Vec<u8>,
    /// When the measurement under way began, and when its next frame is due.
    run: Option<(Instant, Instant)>,
    cycle: u8,
    neonate: bool,
}

#[derive(Clone, Copy, Debug)]
enum Finding {
    Values { systolic: u16, diastolic: u16, pulse: u16 },
    Error(u8),
}

impl NibpStx {
    /// Returns an idle board on the arm of somebody with 128/78, pulse 72.
    pub fn new() -> NibpStx {
        let next = Finding::Values { systolic: 128, diastolic: 78, pulse: 72 };
        NibpStx { next, last: None, heard: Vec::new(), run: None, cycle: MANUAL, neonate: false }
    }

    fn obey(&mut self, at: Instant, body: &str, out: &mut Vec<Say>) {
        let code = body.strip_suffix(";;").and_then(|code| code.parse().ok());
        match code {
            Some(MEASURE) if self.run.is_none() => self.run = Some((at, at + EVERY)),
            Some(RESULT) => out.push(say(40, with_cr(frame(&self.status())))),
            Some(VERSION) => out.push(say(40, with_cr(frame("V0100;;")))),
            Some(REBOOT) => *self = NibpStx { next: self.next, ..NibpStx::new() },
            Some(mode @ (MANUAL | 8)) => self.cycle = mode,
            Some(ADULT) => self.neonate = false,
            Some(NEONATE) => self.neonate = true,
            // Manometer, leak test and the first inflation: taken without a word.
            _ => {}
        }
    }

    fn status(&self) -> String {
        let (message, values, pulse) = match self.last {
            None => (0, [0; 3], 0),
            Some(Finding::Error(code)) => (code, [0; 3], 0),
            Some(Finding::Values { systolic, diastolic, pulse }) => {
                (0, [systolic, diastolic, diastolic + (systolic.saturating_sub(diastolic)) / 3], pulse)
            }
        };
        let [systolic, diastolic, mean] = values;
        let (state, patient, cycle) = (if self.run.is_some() { 4 } else { 1 }, u8::from(self.neonate), self.cycle);
        format!(
            "S{state};A{patient};C{cycle:02};M{message:02};P{systolic:03}{diastolic:03}{mean:03};R{pulse:03};T0000;;"
        )
    }

    /// Up in five seconds, down in fifteen.
    fn pressure(&self, passed: Duration) -> u16 {
        let top = match self.next {
            Finding::Values { systolic, .. } => (systolic + 30).clamp(180, 290),
            Finding::Error(_) => 180,
        };
        let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let down = if passed < UP {
            u32::from(top) * ms(passed) / ms(UP)
        } else {
            u32::from(top) - u32::from(top - LOW) * ms(passed - UP) / ms(WHOLE - UP)
        };
        u16::try_from(down).unwrap_or(0)
    }

    fn finish(&mut self, out: &mut Vec<Say>) {
        (self.run, self.last) = (None, Some(self.next));
        out.push(say(0, b"\x02999\x03\r"));
    }

    fn abort(&mut self, out: &mut Vec<Say>) {
        self.heard.clear();
        if self.run.take().is_some() {
            self.last = None;
            out.push(say(10, cuff(0)));
        }
    }
}

impl Default for NibpStx {
    fn default() -> NibpStx {
        NibpStx::new()
    }
}

impl Emulate for NibpStx {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            match *byte {
                ABORT => self.abort(out),
                0x02 => self.heard = vec![0x02],
                0x03 => {
                    let mut raw = std::mem::take(&mut self.heard);
                    raw.push(0x03);
                    if let Some(body) = summed(&raw) {
                        self.obey(at, body, out);
                    }
                }
                other if self.heard.len() < 32 => self.heard.push(other),
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        let Some((since, due)) = self.run.filter(|(_, due)| *due <= at) else { return };
        let passed = due - since;
        // An error shows itself half way.
        let whole = if matches!(self.next, Finding::Error(_)) { WHOLE / 2 } else { WHOLE };
        if passed >= whole {
            return self.finish(out);
        }
        out.push(say(0, cuff(self.pressure(passed))));
        self.run = Some((since, due + EVERY));
    }

    fn deadline(&self) -> Option<Instant> {
        self.run.map(|(_, due)| due)
    }

    fn act(&mut self, _at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        self.next = match act {
            Act::Pressure { movement: true, .. } => Finding::Error(11),
            Act::Pressure { systolic, diastolic, pulse, .. } => Finding::Values { systolic, diastolic, pulse },
            Act::Error(code) => Finding::Error(code),
            _ => return false,
        };
        true
    }

    /// A result gets a wrong sum; cuff frames have none and get a letter.
    fn spoil(&self, frame: &mut [u8]) {
        match frame {
            [_, b'S', digit, ..] => *digit ^= 1,
            [_, digit, ..] => *digit ^= 0x40,
            _ => {}
        }
    }
}

fn cuff(pressure: u16) -> Vec<u8> {
    format!("\x02{pressure:03}C0S4\x03\r").into_bytes()
}

fn with_cr(mut frame: Vec<u8>) -> Vec<u8> {
    frame.push(b'\r');
    frame
}

const MANUAL: u8 = 3;
const REBOOT: u8 = 15;
const NEONATE: u8 = 25;
const VERSION: u8 = 29;
const EVERY: Duration = Duration::from_millis(250);
const UP: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
/// The cuff is let go here, in mmHg.
const LOW: u16 = 40;
