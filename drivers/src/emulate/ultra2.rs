//! A OneTouch Ultra 2: sleeps through the first command, then answers.

use std::time::Instant;

use chrono::{Duration, NaiveDateTime};

use super::{Act, Cannot, Emulate, Say, Wall, cannot, say};
use crate::custom::ultra2::{with_sum, write_moment};

/// The emulated meter.
#[derive(Debug)]
pub struct Ultra2 {
    wall: Wall,
    asleep: bool,
    heard: Vec<u8>,
    /// Newest first.
    memory: Vec<Record>,
}

#[derive(Debug)]
struct Record {
    moment: NaiveDateTime,
    mg_per_dl: u16,
    control: bool,
}

impl Ultra2 {
    /// Returns a sleeping meter with an empty memory.
    pub fn new(wall: Wall) -> Ultra2 {
        Ultra2 { wall, asleep: true, heard: Vec::new(), memory: Vec::new() }
    }

    fn obey(&mut self, at: Instant, command: &str, out: &mut Vec<Say>) {
        if std::mem::take(&mut self.asleep) {
            return;
        }
        match command {
            "DM?" => out.push(say(30, with_sum("?P02.00.00 25/05/07"))),
            "DM@" => out.push(say(30, with_sum(&format!("@ \"{SERIAL}\"")))),
            "DMF" => out.push(say(30, with_sum(&format!("F {}", write_moment(self.wall.at(at)))))),
            "DMSU?" => out.push(say(30, with_sum("SU?,\"MG/DL \""))),
            "DMP" => self.dump(out),
            _ => {}
        }
    }

    fn dump(&self, out: &mut Vec<Say>) {
        let head = format!("P {:03},\"{SERIAL}\",\"MG/DL \"", self.memory.len());
        out.push(say(30, with_sum(&head)));
        out.extend(self.memory.iter().map(|record| say(0, with_sum(&record.line()))));
    }

    fn add(&mut self, at: Instant, mg_per_dl: u16, control: bool) {
        self.memory.insert(0, Record { moment: self.wall.at(at), mg_per_dl, control });
        self.memory.truncate(LARGEST);
    }

    fn fill(&mut self, at: Instant, count: u16) {
        let now = self.wall.at(at);
        let record = |number: u16| Record {
            moment: now - Duration::hours(i64::from(number) + 1),
            mg_per_dl: 80 + (number * 7) % 90,
            control: false,
        };
        self.memory = (0..count).map(record).take(LARGEST).collect();
    }
}

impl Record {
    fn line(&self) -> String {
        let lead = if self.control { "C " } else { "  " };
        let number = match self.mg_per_dl {
            0..=600 => format!("{:03} ", self.mg_per_dl),
            _ => "HIGH".to_owned(),
        };
        format!("P {},\"{lead}{number}\",\"N\",\"00\", 00", write_moment(self.moment))
    }
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

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> Result<(), Cannot> {
        match act {
            Act::Glucose { mg_per_dl, control } => self.add(at, mg_per_dl, control),
            Act::Records(count) => self.fill(at, count),
            Act::SetClock(moment) => self.wall = Wall::new(at, moment),
            other => return cannot(format!("{other:?}"), KNOWS),
        }
        Ok(())
    }

    fn read_act(&self, line: &str) -> Result<Act, Cannot> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let glucose = |word: &str, control| word.parse().ok().map(|mg_per_dl| Act::Glucose { mg_per_dl, control });
        let act = match words[..] {
            [] => glucose("101", false),
            ["HI"] => glucose("601", false),
            ["LO"] => glucose("19", false),
            ["control", number] => glucose(number, true),
            ["records", count] => count.parse().ok().map(Act::Records),
            [number] => glucose(number, false),
            _ => None,
        };
        act.map_or_else(|| cannot(line, KNOWS), Ok)
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
const KNOWS: &str = "`101` (mg/dL), `HI`, `LO`, `control 102`, `records 50`";
