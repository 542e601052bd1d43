//! A Contour: shows its header, asks, and sends its memory frame by frame as each is acknowledged.

use std::time::{Duration, Instant};

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall, say};
use crate::custom::contour_text::{ACK, ENQ, EOT, NAK, Report, frame, reports, text_of_report};
use crate::framing::Framer;
use crate::framing::seek::Seek;

/// The emulated meter.
#[derive(Debug)]
pub struct Contour {
    meter: Meter,
    /// For USB.
    reports: Option<Framer<Seek<Report>>>,
    /// Frames of this transfer, and the one that waits for its acknowledgement.
    frames: Vec<Vec<u8>>,
    place: Option<usize>,
}

impl Contour {
    /// Returns a meter on a serial cable, with an empty memory.
    pub fn serial(wall: Wall) -> Contour {
        Contour { meter: Meter::new(wall, LARGEST), reports: None, frames: Vec::new(), place: None }
    }

    /// Returns a meter on USB, with an empty memory.
    pub fn usb(wall: Wall) -> Contour {
        let framer = Framer::new(Seek::new([Report { zeros: false }]), 1024, Duration::from_millis(200));
        Contour { reports: Some(framer), ..Contour::serial(wall) }
    }

    fn say(&self, bytes: &[u8], out: &mut Vec<Say>) {
        let wire = if self.reports.is_some() { reports(bytes).concat() } else { bytes.to_vec() };
        out.push(say(10, wire));
    }

    fn text(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        for byte in bytes {
            match (*byte, self.place) {
                (EOT, _) => {
                    self.frames = self.transfer(at);
                    self.place = None;
                    self.greet(out);
                }
                (ACK, place) => {
                    let next = place.map_or(0, |place| place + 1);
                    self.place = Some(next);
                    match self.frames.get(next) {
                        Some(frame) => self.say(frame, out),
                        None if next == self.frames.len() && next > 0 => self.say(&[EOT], out),
                        None => {}
                    }
                }
                (NAK, None) if !self.frames.is_empty() => self.greet(out),
                (NAK, Some(place)) => {
                    if let Some(frame) = self.frames.get(place) {
                        self.say(frame, out);
                    }
                }
                _ => {}
            }
        }
    }

    fn greet(&self, out: &mut Vec<Say>) {
        let header = self.frames.first().map(Vec::as_slice).unwrap_or_default();
        self.say(&[&[EOT], header, &[ENQ]].concat(), out);
    }

    fn transfer(&self, at: Instant) -> Vec<Vec<u8>> {
        let now = self.meter.wall.at(at).format("%Y%m%d%H%M");
        let count = self.meter.memory.len();
        let product = format!("Bayer7390^01.24\\01.04\\09.02.20^{SERIAL}^7403-");
        let mut texts = vec![
            format!("H|\\^&||test01|{product}|A=1^C=63^G=1^U=0^V=10600^Z=1|{count}||||||1|{now}"),
            "P|1".to_owned(),
        ];
        texts.extend(self.meter.memory.iter().zip(1..).map(|(record, number)| line(number, record)));
        texts.push(format!("L|1||{count}"));
        let last = texts.len() - 1;
        let digit = |place: usize| u8::try_from((place + 1) % 8).unwrap_or(0);
        texts.iter().enumerate().map(|(place, text)| frame(digit(place), text, place == last)).collect()
    }
}

fn line(number: usize, record: &Record) -> String {
    let when = record.moment.format("%Y%m%d%H%M");
    if record.strip == Strip::Ketone {
        return format!("R|{number}|^^^Ketone|{}.{}|mmol/L^P||||{when}", record.number / 10, record.number % 10);
    }
    let (value, flags) = match (record.strip, record.number) {
        (Strip::Control, value) => (value, "C"),
        (_, ..10) => (10, "<"),
        (_, value @ 10..=600) => (value, ""),
        _ => (600, ">"),
    };
    format!("R|{number}|^^^Glucose|{value}|mg/dL^P||{flags}||{when}")
}

impl Emulate for Contour {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        let Some(framer) = &mut self.reports else {
            return self.text(at, bytes, out);
        };
        for frame in framer.push(at, bytes) {
            if let Some(report) = frame.whole() {
                self.text(at, text_of_report(&report), out);
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, _say: &mut Vec<Say>) {
        if let Some(framer) = &mut self.reports {
            framer.expire(at);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.reports.as_ref().and_then(Framer::deadline)
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        !matches!(act, Act::Ketone(_)) && self.meter.act(at, &act)
    }

    /// A letter of the text.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(place) = frame.iter().position(|byte| *byte == b'|') {
            frame[place] = b'!';
        }
    }
}

/// The serial number the meter tells.
pub const SERIAL: &str = "7390-9999999";
/// The real meter keeps 2000 records.
const LARGEST: usize = 2000;
