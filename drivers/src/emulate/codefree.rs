//! An SD CodeFree that is switched on again and again until a host answers, and then after the next strip.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::meter::{Meter, Record};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::codefree::{HERE, HostFrame, NEXT, answer};
use crate::framing::Framer;
use crate::framing::seek::Seek;

/// The emulated meter.
#[derive(Debug)]
pub struct CodeFree {
    meter: Meter,
    framer: Framer<Seek<HostFrame>>,
    /// Records told in this conversation; `None` outside one.
    told: Option<usize>,
    /// When it is switched on, or gives up a host that fell silent; `None` after a conversation that ended well.
    next: Option<Instant>,
}

impl CodeFree {
    /// Returns a meter with an empty memory, about to be switched on.
    pub fn new(wall: Wall) -> CodeFree {
        let framer = Framer::new(Seek::new([HostFrame]), 128, Duration::from_millis(200));
        CodeFree { meter: Meter::new(wall, LARGEST), framer, told: None, next: Some(wall.since + SWITCHED_ON) }
    }

    fn obey(&mut self, at: Instant, message: &[u8], out: &mut Vec<Say>) {
        match (self.told, message) {
            (_, message) if message == HERE => {
                self.told = Some(0);
                let [high, low] = u16::try_from(self.meter.memory.len()).unwrap_or(0).to_be_bytes();
                out.push(say(20, answer(&[&[0x30, high, low], [0xAA; 19].as_slice()].concat())));
            }
            (Some(told), message) if message == NEXT => match self.meter.memory.get(told) {
                Some(record) => {
                    self.told = Some(told + 1);
                    out.push(say(20, answer(&line(record))));
                }
                None => {
                    self.told = None;
                    out.push(say(20, answer(&[0x10, 0x70])));
                }
            },
            (Some(_), [b'A', b'D', b'A', b'T', b'E', date @ ..]) => {
                let text = String::from_utf8_lossy(date);
                if let Ok(moment) = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M") {
                    self.meter.act(at, &Act::SetClock(moment));
                    out.push(say(20, answer(&[0x10, 0x10])));
                }
                // After that it only takes leave.
                self.told = Some(self.meter.memory.len());
            }
            // A host that says something else while it is off.
            _ => return,
        }
        self.next = self.told.map(|_| at + HOST_GONE);
    }
}

fn line(record: &Record) -> Vec<u8> {
    let moment = record.moment;
    let parts = [moment.month(), moment.day(), moment.hour(), moment.minute()];
    let [month, day, hour, minute] = parts.map(|part| u8::try_from(part).unwrap_or(0));
    let year = u8::try_from(moment.year().rem_euclid(100)).unwrap_or(0);
    let [high, low] = record.number.to_be_bytes();
    let mut message = vec![0x10, 0x30, year, month, day, hour, minute, high, low, 0x00];
    message.extend([0; 7]);
    message
}

impl Emulate for CodeFree {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for frame in self.framer.push(at, bytes) {
            if let Some(raw) = frame.whole() {
                self.obey(at, &raw[3..raw.len() - 2], out);
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Say>) {
        self.framer.expire(at);
        if self.next.is_some_and(|next| next <= at) {
            self.told = None;
            self.next = Some(at + SWITCHED_ON);
            // A stray byte comes with the current.
            out.push(say(0, [&[0x00], answer(&[0x10, 0x30]).as_slice()].concat()));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.framer.deadline(), self.next].into_iter().flatten().min()
    }

    /// It stores only what it can measure, and no marks of control solution.
    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        let stores = match act {
            Act::Glucose { mg_per_dl, control } => (10..=600).contains(&mg_per_dl) && !control,
            Act::Ketone(_) => false,
            _ => true,
        };
        let done = stores && self.meter.act(at, &act);
        if done && self.told.is_none() {
            self.next.get_or_insert(at + SWITCHED_ON);
        }
        done
    }

    /// The exclusive or.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(place) = frame.len().checked_sub(2) {
            frame[place] ^= 0x01;
        }
    }

    /// Its first words are lost while nobody listens.
    fn streams(&self) -> bool {
        self.told.is_none()
    }
}

/// The real meter keeps 500 records.
const LARGEST: usize = 500;
const SWITCHED_ON: Duration = Duration::from_secs(1);
const HOST_GONE: Duration = Duration::from_secs(2);
