//! A OneTouch UltraEasy: keeps count of its frames and acknowledges each command before it answers.

use std::time::{Duration, Instant};

use super::meter::{Meter, Record};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::ultraeasy_frames::{ACK, COUNT, DISCONNECT, HANG_UP_HEARD, HI, LO, LONGEST, Link, frame, seconds};
use crate::framing::Framer;
use crate::framing::seek::Seek;

/// The emulated meter.
#[derive(Debug)]
pub struct UltraEasy {
    meter: Meter,
    framer: Framer<Seek<Link>>,
    /// Its send counter.
    s: bool,
    /// The host's send counter, as it expects it.
    e: bool,
    /// Its last words, for a command that is said again.
    said: Vec<Vec<u8>>,
}

impl UltraEasy {
    /// Returns a meter with an empty memory.
    pub fn new(wall: Wall) -> UltraEasy {
        let framer = Framer::new(Seek::new([Link]), 4 * LONGEST, Duration::from_millis(200));
        UltraEasy { meter: Meter::new(wall, LARGEST), framer, s: false, e: false, said: Vec::new() }
    }

    fn obey(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Say>) {
        let (link, payload) = (raw[2], &raw[3..raw.len() - 3]);
        if link & DISCONNECT != 0 {
            (self.s, self.e) = (false, false);
            self.said.clear();
            return out.push(say(0, frame(HANG_UP_HEARD, &[])));
        }
        if link & ACK != 0 {
            // The host has the answer and tells what it expects next.
            self.s = link & 2 != 0;
            return;
        }
        if (link & 1 != 0) != self.e {
            return out.extend(self.said.iter().map(|frame| say(0, frame.clone())));
        }
        let Some(answer) = self.answer(at, payload) else { return };
        self.e = !self.e;
        let counters = u8::from(self.s) | u8::from(self.e) << 1;
        self.said = vec![frame(counters | ACK, &[]), frame(counters, &answer)];
        out.extend(self.said.iter().map(|frame| say(0, frame.clone())));
    }

    fn answer(&mut self, at: Instant, payload: &[u8]) -> Option<Vec<u8>> {
        let text = |text: &str| [&[0x05, 0x06, u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat();
        let clock = |meter: &Meter| [&[0x05, 0x06], seconds(meter.wall.at(at)).as_slice()].concat();
        Some(match *payload {
            [0x05, 0x0D, 0x02] => text("P02.00.00 25/05/07"),
            [0x05, 0x0B, 0x02, ..] => text(SERIAL),
            [0x05, 0x09, 0x02, 0x09, ..] => vec![0x05, 0x06, 0, 0, 0, 0],
            [0x05, 0x20, 0x02, ..] => clock(&self.meter),
            [0x05, 0x20, 0x01, a, b, c, d] => {
                let since = u32::from_le_bytes([a, b, c, d]);
                let moment = chrono::DateTime::from_timestamp(since.into(), 0)?.naive_utc();
                self.meter.act(at, &Act::SetClock(moment));
                clock(&self.meter)
            }
            [0x05, 0x1F, low, high] => match u16::from_le_bytes([low, high]) {
                COUNT => {
                    let [low, high] = u16::try_from(self.meter.memory.len()).ok()?.to_le_bytes();
                    vec![0x05, 0x0F, low, high]
                }
                number => record(self.meter.memory.get(usize::from(number))?),
            },
            // What it does not know, and what would erase its memory.
            _ => return None,
        })
    }
}

fn record(record: &Record) -> Vec<u8> {
    let value = match record.number {
        ..20 => LO,
        20..=600 => record.number.into(),
        _ => HI,
    };
    [&[0x05, 0x06], seconds(record.moment).as_slice(), &value.to_le_bytes()].concat()
}

impl Emulate for UltraEasy {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for frame in self.framer.push(at, bytes) {
            if let Some(raw) = frame.whole() {
                self.obey(at, &raw, out);
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, _say: &mut Vec<Say>) {
        self.framer.expire(at);
    }

    fn deadline(&self) -> Option<Instant> {
        self.framer.deadline()
    }

    /// It marks no control solution and has no ketone strips.
    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        !matches!(act, Act::Ketone(_) | Act::Glucose { control: true, .. }) && self.meter.act(at, &act)
    }

    /// The last byte of the CRC.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(last) = frame.last_mut() {
            *last ^= 0x01;
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "T999TEST1";
/// The real meter keeps 500 records.
const LARGEST: usize = 500;
