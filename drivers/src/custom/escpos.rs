//! The answers of ESC/POS printers. Source: protocol page `printer-escpos`; slips are made in [`print`](crate::print).

use std::time::{Duration, Instant};

use crate::decoder::{Converse, Decoder, Order, Output};
use crate::reading::{PaperLeft, Status};

/// Decoder of the status bytes, for [`Order::Status`].
#[derive(Debug, Default)]
pub struct Escpos {
    /// When a status that was asked for is overdue.
    until: Option<Instant>,
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
        for paper in bytes.iter().filter_map(|byte| paper_left(*byte)) {
            self.until = None;
            out.push(Output::Status(Status::Paper { paper }));
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        if self.until.is_some_and(|until| until <= at) {
            self.until = None;
            // Many clones never answer. That is no fault, and no reason not to print.
            out.push(Output::Status(Status::Paper { paper: PaperLeft::Unknown }));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.until
    }
}

impl Converse for Escpos {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.until = None;
        if order == Order::Status {
            self.until = Some(at + ANSWER);
            out.push(Output::Send(query(PAPER).to_vec()));
        }
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

/// The question for paper.
pub const PAPER: u8 = 4;
const FIXED: u8 = 0b1001_0011;
/// What every status byte has in its fixed bits.
pub const ANSWERS: u8 = 0b0001_0010;
/// Paper out.
pub const OUT: u8 = 0b0110_0000;
/// Paper near its end.
pub const NEAR_END: u8 = 0b0000_1100;
const ANSWER: Duration = Duration::from_millis(500);
