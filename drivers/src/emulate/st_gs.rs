//! An indicator with continuous `ST,GS` output, five lines a second.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use super::{Act, Emulate, Say, say};

/// The emulated scale.
#[derive(Debug)]
pub struct StGs {
    next: Instant,
    /// What stands on it, and since when.
    load: Decimal,
    since: Instant,
    /// When it will be left by itself.
    until: Option<Instant>,
}

impl StGs {
    /// Returns an empty scale that begins to speak at `at`.
    pub fn new(at: Instant) -> StGs {
        StGs { next: at, load: Decimal::ZERO, since: at, until: None }
    }

    fn put(&mut self, at: Instant, load: Decimal) {
        (self.load, self.since, self.until) = (load, at, None);
    }

    fn line(&self, at: Instant) -> String {
        let steps = u32::try_from(at.duration_since(self.since).as_millis() / EVERY.as_millis());
        let settling = steps.is_ok_and(|steps| steps < WOBBLES);
        let (head, shown) = if settling && !self.load.is_zero() {
            let wobble = Decimal::from(WOBBLES - steps.unwrap_or(0));
            ("US", (self.load - wobble).max(Decimal::ZERO))
        } else {
            ("ST", self.load)
        };
        format!("{head},GS,+{shown:8.1}  kg\r\n")
    }
}

impl Emulate for StGs {
    fn handle_bytes(&mut self, _at: Instant, _bytes: &[u8], _say: &mut Vec<Say>) {}

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        if self.until.is_some_and(|until| until <= at) {
            self.put(at, Decimal::ZERO);
        }
        if self.next <= at {
            self.next = at + EVERY;
            out.push(say(0, self.line(at)));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        match act {
            Act::StepOn(load) => self.put(at, load),
            Act::StepOff => self.put(at, Decimal::ZERO),
            Act::Weigh(load) => {
                self.put(at, load);
                self.until = Some(at + STAY);
            }
            _ => return false,
        }
        true
    }

    /// There is no checksum: a unit that does not exist is what a host can notice.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(unit) = frame.iter_mut().rfind(|byte| **byte == b'k') {
            *unit = b'#';
        }
    }

    fn streams(&self) -> bool {
        true
    }
}

const EVERY: Duration = Duration::from_millis(200);
const WOBBLES: u32 = 4;
const STAY: Duration = Duration::from_millis(2600);
