//! A FreeStyle Optium: the first command after plugging is lost.

use std::time::Instant;

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::optium_text::{EMPTY, FAIL, OK, write_date, write_end};

/// The emulated meter.
#[derive(Debug)]
pub struct Optium {
    meter: Meter,
    asleep: bool,
    heard: Vec<u8>,
}

impl Optium {
    /// Returns a meter with an empty memory.
    pub fn new(wall: Wall) -> Optium {
        Optium { meter: Meter::new(wall, LARGEST), asleep: true, heard: Vec::new() }
    }

    fn obey(&mut self, at: Instant, command: &str, out: &mut Vec<Say>) {
        if std::mem::take(&mut self.asleep) {
            return;
        }
        let now = self.meter.wall.at(at);
        match command {
            "$colq" => {
                let clock = format!("{}\t{}", write_date(now), now.format("%H:%M:%S"));
                let text = format!("S/N:\t{SERIAL}\r\nVer:\t{VERSION}\tMMOL\r\nClock:\t{clock}\r\n{OK}\r\n");
                out.push(say(30, text.into_bytes()));
            }
            "$xmem" => {
                let clock = format!("{} {}", write_date(now), now.format("%H:%M:%S"));
                let mut body = format!("\r\n{SERIAL}\r\n{VERSION}\r\n{clock}\r\n");
                match self.meter.memory.len() {
                    0 => body += &format!("{EMPTY}\r\n"),
                    count => body += &format!("{count:03}\r\n"),
                }
                self.meter.memory.iter().for_each(|record| body += &line(record));
                out.push(say(30, format!("{body}{}", write_end(&body)).into_bytes()));
                out.push(say(10, format!("{OK}\r\n").into_bytes()));
            }
            _ => match command.strip_prefix("$tim,").map(|text| chrono::NaiveDateTime::parse_from_str(text, TIM)) {
                Some(Ok(moment)) => {
                    self.meter.act(at, &Act::SetClock(moment));
                    out.push(say(30, format!("{OK}\r\n").into_bytes()));
                }
                _ => out.push(say(30, format!("{FAIL}\r\n").into_bytes())),
            },
        }
    }
}

fn line(record: &Record) -> String {
    let value = match (record.strip, record.number) {
        (Strip::Glucose, ..20) => "LO ".to_owned(),
        (Strip::Glucose, 501..) => "HI ".to_owned(),
        (_, number) => format!("{number:03}"),
    };
    let (strip, flags) = match record.strip {
        Strip::Glucose => ('G', 0),
        Strip::Control => ('G', 1),
        Strip::Ketone => ('K', 0),
    };
    format!("{value}  {} {} {strip} 0x{flags:02X}\r\n", write_date(record.moment), record.moment.format("%H:%M"))
}

impl Emulate for Optium {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let command = String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned();
                    self.obey(at, command.trim_end(), out);
                }
                _ if self.heard.len() < 64 => self.heard.push(*byte),
                _ => {}
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        self.meter.act(at, &act)
    }

    /// A letter of the serial number, which the sum covers; elsewhere the last letter.
    fn spoil(&self, frame: &mut [u8]) {
        let place = if frame.starts_with(b"\r\n") { Some(2) } else { frame.len().checked_sub(3) };
        if let Some(place) = place {
            frame[place] = if frame[place] == b'#' { b'*' } else { b'#' };
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "TEST123-99999";
const VERSION: &str = "1.00";
/// The real meter keeps 450 records.
const LARGEST: usize = 450;
const TIM: &str = "%m,%d,%y,%H,%M";
