//! Second-generation resident identity cards through a SAM_V module. Source: protocol page `idcard-sdt-sam`.
//!
//! find, select, read, and again. The photo is dropped, the text never appears in a fault or in `Debug`.

mod frame;
mod text;

use std::fmt;
use std::time::{Duration, Instant};

use super::listens;
use crate::decoder::{Converse, Order, Output};
use crate::framing::Framer;
use crate::framing::seek::{Frame, Seek};
use crate::reading::{CardStep, Fault, FaultCode, Identity, Status};

pub use frame::{frame, request};
pub(crate) use text::WIDTHS;
pub use text::{check_character, identity, is_citizen_number, nation_code};

use frame::{Answer, harmless, is_answer, parts};
use text::card_text;

/// Decoder of card readers with the SAM_V module.
#[derive(Debug)]
pub struct Sam {
    framer: Framer<Seek<Answer>>,
    talk: Option<Talk>,
}

/// Looking for cards.
struct Talk {
    asked: Asked,
    /// When the answer is overdue, or the next find is due.
    until: Instant,
    /// Attempts at the card that lies there.
    tries: u8,
    /// Finds that stayed without an answer.
    silent: u8,
    /// The present trouble was told.
    told: bool,
    /// Nothing is asked of this card any more until it is lifted.
    given_up: bool,
    /// Number of the card read last, until it is lifted.
    last: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Find,
    Select,
    Read,
}

impl Sam {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Sam {
        Sam { framer: framer(true), talk: None }
    }

    fn ask(&mut self, at: Instant, what: Asked, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.asked = what;
        let [command, parameter] = match what {
            Asked::Nothing => {
                talk.until = at + FIND_EVERY;
                return;
            }
            Asked::Find => FIND,
            Asked::Select => SELECT,
            Asked::Read => READ,
        };
        talk.until = at + if what == Asked::Find { FIND_ANSWER } else { ANSWER };
        out.push(Output::Send(request(command, parameter)));
    }

    fn hear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        if self.talk.is_none() {
            return out.push(alone(&frame));
        }
        match frame.broken {
            None => self.answer(at, &frame.bytes, out),
            Some(_) => {
                let fault = Fault::new(FaultCode::Checksum, SAYS_LAY_AGAIN, &harmless(&frame.bytes));
                self.failed(at, fault, out);
            }
        }
    }

    fn answer(&mut self, at: Instant, raw: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let (code, data) = parts(raw);
        let back = std::mem::take(&mut talk.silent) >= TRIES;
        match (talk.asked, code) {
            (Asked::Find, NO_CARD) => {
                // After silence it tells that the reader is there again.
                let lay = back || talk.tries > 0 || talk.given_up || talk.last.is_some();
                (talk.tries, talk.told, talk.given_up, talk.last) = (0, false, false, None);
                if lay {
                    out.push(card(CardStep::Absent));
                }
                self.ask(at, Asked::Nothing, out);
            }
            (Asked::Find, FOUND) if talk.given_up => self.ask(at, Asked::Nothing, out),
            (Asked::Find, FOUND) => {
                talk.told = false;
                if talk.tries == 0 && talk.last.is_none() {
                    out.push(card(CardStep::Found));
                }
                self.ask(at, Asked::Select, out);
            }
            (Asked::Select, DONE) => self.ask(at, Asked::Read, out),
            (Asked::Read, DONE) => self.card_text(at, data, out),
            // Late answers to earlier questions.
            (Asked::Nothing, _) | (Asked::Find, DONE) | (Asked::Select | Asked::Read, FOUND) => {}
            (_, code) => self.failed(at, device_fault(code, raw), out),
        }
    }

    fn card_text(&mut self, at: Instant, data: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match card_text(data) {
            Ok(identity) => {
                talk.tries = 0;
                // The same card, never lifted: told once.
                let known = talk.last.as_ref() == Some(&identity.id);
                talk.last = Some(identity.id.clone());
                if !known {
                    out.push(Output::Identity(identity));
                }
                self.ask(at, Asked::Nothing, out);
            }
            Err(fault) if fault.code == FaultCode::UnsupportedFormat => {
                talk.given_up = true;
                out.push(Output::Fault(fault));
                self.ask(at, Asked::Nothing, out);
            }
            Err(fault) => self.failed(at, fault, out),
        }
    }

    /// Begins again at find; the third failure is told, and a card that caused it left alone until it is lifted.
    fn failed(&mut self, at: Instant, fault: Fault, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries += 1;
        if talk.tries >= TRIES {
            if !talk.told {
                out.push(Output::Fault(fault));
            }
            talk.given_up |= matches!(talk.asked, Asked::Select | Asked::Read);
            (talk.tries, talk.told) = (0, true);
        }
        self.ask(at, Asked::Nothing, out);
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match talk.asked {
            Asked::Nothing => self.ask(at, Asked::Find, out),
            Asked::Find => {
                talk.silent = talk.silent.saturating_add(1);
                if talk.silent == TRIES {
                    out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])));
                }
                self.ask(at, Asked::Nothing, out);
            }
            Asked::Select | Asked::Read => {
                self.failed(at, Fault::new(FaultCode::NoAnswer, SAYS_LAY_AGAIN, &[]), out);
            }
        }
    }
}

impl Default for Sam {
    fn default() -> Sam {
        Sam::new()
    }
}

listens!(Sam);

impl Converse for Sam {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer = framer(order != Order::FindCards);
        self.talk = None;
        if order == Order::FindCards {
            self.talk = Some(Talk {
                asked: Asked::Nothing,
                until: at,
                tries: 0,
                silent: 0,
                told: false,
                given_up: false,
                last: None,
            });
            self.ask(at, Asked::Find, out);
        }
    }
}

impl fmt::Debug for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talk")
            .field("asked", &self.asked)
            .field("tries", &self.tries)
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}

fn framer(blocks: bool) -> Framer<Seek<Answer>> {
    Framer::new(Seek::new([Answer { blocks }]), 4096, ANSWER)
}

/// What a frame means when no conversation is under way.
fn alone(frame: &Frame) -> Output {
    let raw = &frame.bytes;
    if let Some(code) = frame.broken {
        let says = if code == FaultCode::Checksum { SAYS_LAY_AGAIN } else { SAYS_CUT };
        return Output::Fault(Fault::new(code, says, &harmless(raw)));
    }
    if !is_answer(raw) {
        return told(identity(raw));
    }
    match parts(raw) {
        (NO_CARD, _) => card(CardStep::Absent),
        (FOUND, _) => card(CardStep::Found),
        (DONE, data) if data.len() < 4 => card(CardStep::Ready),
        (DONE, data) => told(card_text(data)),
        (code, _) => Output::Fault(device_fault(code, raw)),
    }
}

fn told(card: Result<Identity, Fault>) -> Output {
    card.map_or_else(Output::Fault, Output::Identity)
}

fn card(card: CardStep) -> Output {
    Output::Status(Status::Card { card })
}

fn device_fault(code: u8, raw: &[u8]) -> Fault {
    let says = match code {
        0x60 | 0x66 => "the reader's security module is not working or not licensed; call support",
        0x10 | 0x11 | 0x21 | 0x24 => "the reader did not understand the client; check the cable and its line setting",
        0x91 => "this card does not hold what was asked for",
        _ => SAYS_LAY_AGAIN,
    };
    Fault::device(u32::from(code), format!("{says} (reader code {code:02X})"), &harmless(raw))
}

pub(crate) const FIND: [u8; 2] = [0x20, 0x01];
pub(crate) const SELECT: [u8; 2] = [0x20, 0x02];
pub(crate) const READ: [u8; 2] = [0x30, 0x01];
pub(crate) const DONE: u8 = 0x90;
pub(crate) const FOUND: u8 = 0x9F;
pub(crate) const NO_CARD: u8 = 0x80;
const FIND_EVERY: Duration = Duration::from_millis(400);
const FIND_ANSWER: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(3);
const TRIES: u8 = 3;
const SAYS_LAY_AGAIN: &str = "the card was not read; lay it flat on the reader again and leave it there";
const SAYS_CUT: &str = "an answer from the reader was cut off; check the cable and lay the card again";
const SAYS_SILENT: &str = "the card reader does not answer; check its cable, its power and its line setting";
