//! A CareSens of protocol 3. The CRC of its record blocks is never right, as told of the real one.

use std::time::{Duration, Instant};

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::caresens::{CONTROL, Frame, HI, KETONE, LO, NORMAL, PING, PROTOCOL_3, frame, six};
use crate::framing::Framer;
use crate::framing::seek::Seek;
use crate::reading::FaultCode;

/// The emulated meter.
#[derive(Debug)]
pub struct CareSens {
    meter: Meter,
    framer: Framer<Seek<Frame>>,
}

impl CareSens {
    /// Returns a meter with an empty memory.
    pub fn new(wall: Wall) -> CareSens {
        let framer = Framer::new(Seek::new([Frame]), 1024, Duration::from_millis(200));
        CareSens { meter: Meter::new(wall, LARGEST), framer }
    }

    fn obey(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Say>) {
        let (command, data) = raw[6..raw.len() - 3].split_at(4);
        let answer = match (command, data) {
            (b"RSNB", []) => frame("RSNB", SERIAL.as_bytes()),
            (b"RTIM", []) => frame("RTIM", &six(self.meter.wall.at(at))),
            (b"WTIM", [year, rest @ ..]) if rest.len() == 5 => {
                let [month, day, hour, minute, second] = [rest[0], rest[1], rest[2], rest[3], rest[4]].map(u32::from);
                let date = chrono::NaiveDate::from_ymd_opt(2000 + i32::from(*year), month, day);
                match date.and_then(|date| date.and_hms_opt(hour, minute, second)) {
                    Some(moment) => {
                        self.meter.act(at, &Act::SetClock(moment));
                        frame("WTIM", data)
                    }
                    None => frame("SIZE", &[]),
                }
            }
            (b"NCOT", []) => frame("NCOT", &u16::try_from(self.meter.memory.len()).unwrap_or(0).to_be_bytes()),
            (b"GLUE", [high, low, count]) => {
                let first = usize::from(u16::from_be_bytes([*high, *low])).saturating_sub(1);
                let records = self.meter.memory.iter().skip(first).take(usize::from(*count).min(27));
                let mut answer = frame("GLUE", &records.flat_map(line).collect::<Vec<u8>>());
                let sum = answer.len() - 3;
                answer[sum] ^= 0xFF;
                answer
            }
            _ => frame("CMND", &[]),
        };
        out.push(say(20, answer));
    }
}

fn line(record: &Record) -> Vec<u8> {
    let flags = match (record.strip, record.number) {
        (Strip::Control, _) => CONTROL,
        (Strip::Ketone, _) => KETONE | NORMAL,
        (Strip::Glucose, ..20) => LO,
        (Strip::Glucose, 20..=600) => NORMAL,
        (Strip::Glucose, _) => HI,
    };
    [six(record.moment).as_slice(), &[flags], &record.number.to_be_bytes()].concat()
}

impl Emulate for CareSens {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        if bytes == [PING] && self.framer.held() == 0 {
            return out.push(say(20, [PROTOCOL_3]));
        }
        for heard in self.framer.push(at, bytes) {
            match heard.broken {
                None => self.obey(at, &heard.bytes, out),
                Some(FaultCode::Checksum) => out.push(say(20, frame("ECRC", &[]))),
                Some(_) => {}
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, _say: &mut Vec<Say>) {
        self.framer.expire(at);
    }

    fn deadline(&self) -> Option<Instant> {
        self.framer.deadline()
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        self.meter.act(at, &act)
    }

    /// The end mark, because the CRC of records says nothing; or the one byte of the answer to a ping.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(last) = frame.last_mut() {
            *last ^= 0xF0;
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "TEST00CARE99";
/// The real meter keeps 500 records.
const LARGEST: usize = 500;
