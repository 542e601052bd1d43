//! A OneTouch Ultra 2: sleeps through the first command, then answers.

use std::time::Instant;

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::ultra2::{with_sum, write_moment};

/// The emulated meter.
#[derive(Debug)]
pub struct Ultra2 {
    meter: Meter,
    asleep: bool,
    heard: Vec<u8>,
}

impl Ultra2 {
    /// Returns a sleeping meter with an empty memory.
    pub fn new(wall: Wall) -> Ultra2 {
        Ultra2 { meter: Meter::new(wall, LARGEST), asleep: true, heard: Vec::new() }
    }

    fn obey(&mut self, at: Instant, command: &str, out: &mut Vec<Say>) {
        if std::mem::take(&mut self.asleep) {
            return;
        }
        match command {
            "DM?" => out.push(say(30, with_sum("?P02.00.00 25/05/07"))),
            "DM@" => out.push(say(30, with_sum(&format!("@ \"{SERIAL}\"")))),
            "DMF" => out.push(say(30, with_sum(&format!("F {}", write_moment(self.meter.wall.at(at)))))),
            "DMSU?" => out.push(say(30, with_sum("SU?,\"MG/DL \""))),
            "DMP" => self.dump(out),
            _ => {}
        }
    }

    fn dump(&self, out: &mut Vec<Say>) {
        let head = format!("P {:03},\"{SERIAL}\",\"MG/DL \"", self.meter.memory.len());
        out.push(say(30, with_sum(&head)));
        out.extend(self.meter.memory.iter().map(|record| say(0, with_sum(&line(record)))));
    }
}

fn line(record: &Record) -> String {
    let lead = if record.strip == Strip::Control { "C " } else { "  " };
    let number = match record.number {
        0..=600 => format!("{:03} ", record.number),
        _ => "HIGH".to_owned(),
    };
    format!("P {},\"{lead}{number}\",\"N\",\"00\", 00", write_moment(record.moment))
}

impl Emulate for Ultra2 {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            match byte {
                b'\r' => {
                    let command = String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned();
                    if !command.is_empty() {
                        self.obey(at, &command, out);
                    }
                }
                0x20..=0x7E if self.heard.len() < 32 => self.heard.push(*byte),
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        // Its strips measure glucose only.
        !matches!(act, Act::Ketone(_)) && self.meter.act(at, &act)
    }

    /// The last digit of the sum.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(digit) = frame.iter_mut().rfind(|byte| byte.is_ascii_alphanumeric()) {
            *digit = if *digit == b'0' { b'1' } else { b'0' };
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "GMF600DCY";
/// The real meter keeps 500 records.
const LARGEST: usize = 500;
