//! A GlucoMen areo that shows mmol/L.

use std::time::Instant;

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::areo::{INFO, NOTHING, READINGS, SET_CLOCK, block};
use crate::reading::{Unit, Value};

/// The emulated meter.
#[derive(Debug)]
pub struct Areo {
    meter: Meter,
    /// What came of a command with a block.
    heard: Vec<u8>,
}

impl Areo {
    /// Returns a meter with an empty memory.
    pub fn new(wall: Wall) -> Areo {
        Areo { meter: Meter::new(wall, LARGEST), heard: Vec::new() }
    }

    fn dump(&self) -> Vec<u8> {
        let lines: Vec<String> = self.meter.memory.iter().map(line).collect();
        if lines.is_empty() {
            return block([NOTHING]);
        }
        block(lines.iter().map(String::as_bytes))
    }

    fn set_clock(&mut self, at: Instant, out: &mut Vec<Say>) {
        let heard = std::mem::take(&mut self.heard);
        let text = String::from_utf8_lossy(heard.get(5..15).unwrap_or_default()).into_owned();
        let moment = chrono::NaiveDateTime::parse_from_str(&text, "%y%m%d%H%M");
        match moment {
            Ok(moment) if heard[2..] == block([text.as_bytes()]) => {
                self.meter.act(at, &Act::SetClock(moment));
                out.push(say(30, *b"P"));
            }
            _ => out.push(say(30, *b"F")),
        }
    }
}

fn line(record: &Record) -> String {
    let when = record.moment.format("%y%m%d,%H%M");
    match record.strip {
        Strip::Ketone => format!("Ket,{}.{},mmol/L,00,{when}", record.number / 10, record.number % 10),
        _ => {
            let value = Value::new(u32::from(record.number), Unit::MgPerDl).to(Unit::MmolPerL);
            let number = value.map(|value| value.number).unwrap_or_default();
            format!("Glu,{number:.1},mmol/L,00,{when}")
        }
    }
}

impl Emulate for Areo {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            if !self.heard.is_empty() {
                self.heard.push(*byte);
                if self.heard.ends_with(b"]\r\n") || self.heard.len() > 64 {
                    self.set_clock(at, out);
                }
                continue;
            }
            match *byte {
                INFO => out.push(say(30, block([format!("GMA,01,02,{SERIAL},1.07").as_bytes()]))),
                READINGS => out.push(say(30, self.dump())),
                byte if byte == SET_CLOCK[0] => self.heard.push(byte),
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// What it does beyond its range and with control solution is not known.
    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        let stores = match act {
            Act::Glucose { mg_per_dl, control } => (20..=600).contains(&mg_per_dl) && !control,
            _ => true,
        };
        stores && self.meter.act(at, &act)
    }

    /// A digit of the CRC.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(place) = frame.len().checked_sub(6) {
            frame[place] = if frame[place] == b'0' { b'1' } else { b'0' };
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "TEST9AREO1";
/// The real meter keeps 730 records.
const LARGEST: usize = 730;
