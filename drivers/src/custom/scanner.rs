//! Bar- and QR-code scanners on a serial line. Source: protocol page `scanner-serial`.
//!
//! A code is a person's data: it is told once and forgotten after two seconds, and no fault holds any of it.

use std::fmt;
use std::time::{Duration, Instant};

use encoding_rs::GBK;

use crate::decoder::{Decoder, Output};
use crate::framing::{Find, Framer, Step};
use crate::reading::{Code, Fault, FaultCode};

/// Decoder of serial scanners.
pub struct Scanner {
    framer: Framer<Codes>,
    /// The code told last, and until when the same one is not told again.
    last: Option<(Code, Instant)>,
}

#[derive(Debug, Default)]
struct Codes {
    /// A scan grew too long; the rest of it is dropped.
    overlong: bool,
}

enum Scan {
    Code(Vec<u8>),
    TooLong,
}

impl Scanner {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Scanner {
        Scanner { framer: Framer::new(Codes::default(), 2 * LONGEST, QUIET), last: None }
    }

    fn hear(&mut self, at: Instant, scan: Scan, out: &mut Vec<Output>) {
        let text = match scan {
            Scan::TooLong => return out.push(fault(SAYS_TOO_LONG)),
            Scan::Code(bytes) => text(&bytes),
        };
        let Some(text) = text else {
            return out.push(fault(SAYS_NO_TEXT));
        };
        let code = Code(text);
        if self.last.as_ref().is_some_and(|(last, until)| *last == code && at < *until) {
            return;
        }
        self.last = Some((code.clone(), at + SAME));
        out.push(Output::Code(code));
    }
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::new()
    }
}

impl Decoder for Scanner {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for scan in self.framer.push(at, bytes) {
            self.hear(at, scan, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for scan in self.framer.expire(at) {
            self.hear(at, scan, out);
        }
        if self.last.as_ref().is_some_and(|(_, until)| *until <= at) {
            self.last = None;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let last = self.last.as_ref().map(|(_, until)| *until);
        [last, self.framer.deadline()].into_iter().flatten().min()
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner").field("held", &self.framer.held()).finish_non_exhaustive()
    }
}

impl Find for Codes {
    type Frame = Scan;

    fn find(&mut self, held: &[u8]) -> Step<Scan> {
        let end = held.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        if self.overlong {
            return match end {
                Some(end) => {
                    self.overlong = false;
                    Step::Skip(end + 1)
                }
                // One byte stays, so that silence has something to end.
                None if held.len() > 1 => Step::Skip(held.len() - 1),
                None => Step::Wait,
            };
        }
        match begins(held) {
            Begin::No => Step::Skip(1),
            Begin::Unsure => Step::Wait,
            Begin::Yes => match end {
                Some(end) if end <= LONGEST => Step::Take(end + 1, Scan::Code(held[..end].to_vec())),
                None if held.len() <= LONGEST => Step::Wait,
                _ => {
                    self.overlong = true;
                    Step::Take(LONGEST, Scan::TooLong)
                }
            },
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Scan> {
        if std::mem::take(&mut self.overlong) || !matches!(begins(held), Begin::Yes) {
            return Step::Skip(held.len());
        }
        // Some scanners end a code with nothing but silence.
        Step::Take(held.len(), Scan::Code(held.to_vec()))
    }
}

enum Begin {
    Yes,
    No,
    Unsure,
}

/// Whether text can begin here. Control bytes (also the answers `06` and `15` to a trigger) and noise cannot begin one.
fn begins(held: &[u8]) -> Begin {
    match (held[0], held.get(1)) {
        (0x20..=0x7E, _) => Begin::Yes,
        (0x81..=0xFE, None) => Begin::Unsure,
        // The second byte of a Chinese character in UTF-8, GBK or, with a digit, GB18030.
        (0x81..=0xFE, Some(0x30..=0x39 | 0x40..=0x7E | 0x80..=0xFE)) => Begin::Yes,
        _ => Begin::No,
    }
}

/// Reads strict UTF-8, failing that GBK. `None`: neither, or something in it is no text.
fn text(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // A lone 80 is no GBK, although the web reads a euro sign there.
        Err(_) => {
            let text = GBK.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some(text).filter(|text| !text.contains('€') || bytes.windows(2).any(|pair| pair == EURO))?.into_owned()
        }
    };
    let strange = |letter: char| letter.is_control() || ('\u{E000}'..='\u{F8FF}').contains(&letter);
    (!text.trim().is_empty() && !text.contains(strange)).then_some(text)
}

fn fault(says: &str) -> Output {
    Output::Fault(Fault::new(FaultCode::Malformed, says, &[]))
}

/// Returns what makes some OEM engines scan now: STX, command, ETX, exclusive or of these three.
///
/// They answer `06` when they do and `15` when they refuse.
pub fn trigger() -> [u8; 4] {
    let [stx, command, etx] = [0x02, 0x82, 0x03];
    [stx, command, etx, stx ^ command ^ etx]
}

/// The euro sign in GBK.
const EURO: [u8; 2] = [0xA2, 0xE3];
/// No code is longer, in bytes.
const LONGEST: usize = 1024;
const QUIET: Duration = Duration::from_millis(50);
/// How long after it was told the same code is no news.
const SAME: Duration = Duration::from_secs(2);
const SAYS_TOO_LONG: &str =
    "the scanner sent more than a code can hold; check that it is a scanner and its line setting";
const SAYS_NO_TEXT: &str = "the scanned code holds something that is no text; scan again, or check the line setting";
