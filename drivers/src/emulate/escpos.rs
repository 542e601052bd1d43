//! A slip printer that keeps what was printed, as text.

use std::time::Instant;

use encoding_rs::GBK;

use super::{Act, Emulate, Paper, Say, say};
use crate::custom::escpos::{ANSWERS, NEAR_END, OFFLINE, OPEN, OUT, PAPER};

/// The emulated printer.
#[derive(Debug, Default)]
pub struct Escpos {
    paper: Paper,
    cover_open: bool,
    /// A command that is not whole yet.
    command: Vec<u8>,
    /// Bytes of a picture that are still to come.
    dots: usize,
    line: Vec<u8>,
    printed: String,
}

impl Escpos {
    /// Returns a printer with enough paper.
    pub fn new() -> Escpos {
        Escpos::default()
    }

    fn take(&mut self, byte: u8, out: &mut Vec<Say>) {
        if self.dots > 0 {
            self.dots -= 1;
            return;
        }
        self.command.push(byte);
        match self.command[..] {
            [DLE | ESC | FS | GS] | [DLE, 0x04] | [ESC, b'a' | b'E' | b'd'] | [GS, b'!' | b'V'] | [GS, b'V', b'B'] => {
                return;
            }
            [DLE, 0x04, what] => out.push(say(10, [self.status(what)])),
            [ESC, b'@'] => self.line.clear(),
            [ESC, b'd', lines] => (0..lines).for_each(|_| self.end_line()),
            [GS, b'v'] | [GS, b'v', b'0', ..] if self.command.len() < 8 => return,
            [GS, b'v', b'0', _, across, more_across, down, more_down] => {
                let (across, down) = (u16::from_le_bytes([across, more_across]), u16::from_le_bytes([down, more_down]));
                self.dots = usize::from(across) * usize::from(down);
                self.print(&format!("[picture {}x{down}]\n", u32::from(across) * 8));
            }
            [GS, b'V', 0 | 48] | [GS, b'V', b'B', _] => self.cut("full"),
            [GS, b'V', 1 | 49] => self.cut("partial"),
            [b'\n'] => self.end_line(),
            [byte] if byte >= 0x20 && self.line.len() < LONGEST => self.line.push(byte),
            // Bold, size, alignment, Chinese on and off, and what this printer does not know.
            _ => {}
        }
        self.command.clear();
    }

    fn status(&self, what: u8) -> u8 {
        match self.paper {
            Paper::Low if what == PAPER => ANSWERS | NEAR_END,
            Paper::Out if what == PAPER => ANSWERS | OUT,
            _ if what == OFFLINE && self.cover_open => ANSWERS | OPEN,
            _ => ANSWERS,
        }
    }

    fn end_line(&mut self) {
        let text = GBK.decode_without_bom_handling(&self.line).0.into_owned();
        self.line.clear();
        self.print(&(text + "\n"));
    }

    fn print(&mut self, text: &str) {
        if self.paper != Paper::Out && !self.cover_open && self.printed.len() < LONGEST {
            self.printed.push_str(text);
        }
    }

    fn cut(&mut self, how: &str) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.print(&format!("[{how} cut]\n"));
    }
}

impl Emulate for Escpos {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        bytes.iter().for_each(|byte| self.take(*byte, out));
    }

    fn handle_timeout(&mut self, _at: Instant, _say: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, _at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        match act {
            Act::Paper(paper) => self.paper = paper,
            Act::Cover { open } => self.cover_open = open,
            _ => return false,
        }
        true
    }

    /// The fixed bits of a status byte.
    fn spoil(&self, frame: &mut [u8]) {
        frame.iter_mut().for_each(|byte| *byte |= 0x80);
    }

    fn printed(&self) -> &str {
        &self.printed
    }
}

const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;
const LONGEST: usize = 64 * 1024;
