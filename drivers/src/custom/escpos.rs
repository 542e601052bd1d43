//! The answers of ESC/POS printers. Source: protocol page `printer-escpos`; slips are made in [`print`](crate::print).

use std::time::{Duration, Instant};

use crate::decoder::{Converse, Decoder, Order, Output};
use crate::reading::{PaperLeft, Status};

/// Decoder of the status bytes, for [`Order::Status`].
#[derive(Debug, Default)]
pub struct Escpos {
    /// What was asked for last and has no answer yet, and when that is overdue.
    asked: Option<(u8, Instant)>,
}

impl Escpos {
    /// Returns a decoder that has asked nothing.
    pub fn new() -> Escpos {
        Escpos::default()
    }
}

impl Decoder for Escpos {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        self.handle_timeout(at, out);
        for byte in bytes {
            // All answers look alike: an answer is to the question before it.
            match self.asked.map(|(what, _)| what) {
                Some(OFFLINE) => {
                    let Some(cover_open) = cover_open(*byte) else { continue };
                    self.asked = None;
                    out.push(Output::Status(Status::Cover { cover_open }));
                }
                asked => {
                    let Some(paper) = paper_left(*byte) else { continue };
                    out.push(Output::Status(Status::Paper { paper }));
                    if asked.is_some() {
                        self.ask(OFFLINE, at, out);
                    }
                }
            }
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        if let Some((what, _)) = self.asked.take_if(|(_, until)| *until <= at)
            && what == PAPER
        {
            // Many clones never answer. That is no fault, and no reason not to print.
            out.push(Output::Status(Status::Paper { paper: PaperLeft::Unknown }));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.asked.map(|(_, until)| until)
    }
}

impl Converse for Escpos {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.asked = None;
        if order == Order::Status {
            self.ask(PAPER, at, out);
        }
    }
}

impl Escpos {
    fn ask(&mut self, what: u8, at: Instant, out: &mut Vec<Output>) {
        self.asked = Some((what, at + ANSWER));
        out.push(Output::Send(query(what).to_vec()));
    }
}

/// Returns the question for a status: 1 printer, 2 offline, 3 error, 4 paper.
pub fn query(what: u8) -> [u8; 3] {
    [0x10, 0x04, what]
}

/// Reads the answer to a question for paper; `None`: no such answer, its fixed bits are wrong.
pub fn paper_left(byte: u8) -> Option<PaperLeft> {
    if byte & FIXED != ANSWERS {
        return None;
    }
    Some(match (byte & OUT != 0, byte & NEAR_END != 0) {
        (true, _) => PaperLeft::Out,
        (false, true) => PaperLeft::Low,
        (false, false) => PaperLeft::Enough,
    })
}

/// Reads the answer to a question for the offline cause; `None`: no such answer.
pub fn cover_open(byte: u8) -> Option<bool> {
    (byte & FIXED == ANSWERS).then_some(byte & OPEN != 0)
}

/// The question why it is offline.
pub const OFFLINE: u8 = 2;
/// The question for paper.
pub const PAPER: u8 = 4;
const FIXED: u8 = 0b1001_0011;
/// What every status byte has in its fixed bits.
pub const ANSWERS: u8 = 0b0001_0010;
/// Paper out.
pub const OUT: u8 = 0b0110_0000;
/// Paper near its end.
pub const NEAR_END: u8 = 0b0000_1100;
/// The cover is open, in the answer for [`OFFLINE`]. From general knowledge: the protocol page does not tell its bits.
pub const OPEN: u8 = 0b0000_0100;
const ANSWER: Duration = Duration::from_millis(500);
