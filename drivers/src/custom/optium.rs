//! Abbott FreeStyle Optium, Precision Xtra and Freedom Lite, text. Source: protocol page `glucose-freestyle-optium`.
//!
//! `$colq` tells serial number and clock, `$xmem` the memory as one block of lines with one sum at its end. Nothing of a
//! block is told before that sum is right.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::ask::{self, Talk, bad_check, cut, malformed};
use super::optium_text::{
    EMPTY, FAIL, OK, SAYS_FAIL, alone, block, count, end_mark, is_word_of_its_own, lines_of, stored_alone,
};
use crate::checksum::sum16;
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step as Found};
use crate::reading::{Fault, FaultCode, Status};

/// Decoder of the FreeStyle Optium.
#[derive(Debug)]
pub struct Optium {
    framer: Framer<Lines>,
    /// Lines since the last block ended: they may be the next one.
    block: Vec<u8>,
    block_until: Option<Instant>,
    talk: Option<Talk<Step>>,
    /// The meter told its serial number in this conversation.
    known: bool,
    /// The answer to `$colq` comes while the memory is waited for.
    late: bool,
    /// What the clock shall be set to.
    set: Option<NaiveDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    About,
    /// `$xmem`, of the Optium and the Xtra.
    Memory,
    /// `mem`, of the Lite.
    LiteMemory,
    /// The block is whole; `CMD OK` is still to come.
    Closing,
    SetClock,
}

/// Finds lines that end with CR LF, or whose end never came.
#[derive(Debug)]
struct Lines;

impl Find for Lines {
    type Frame = (Vec<u8>, bool);

    fn find(&mut self, held: &[u8]) -> Found<(Vec<u8>, bool)> {
        let end = held.iter().take(LONGEST).position(|byte| !is_text(*byte));
        match end {
            None if held.len() < LONGEST => Found::Wait,
            None => Found::Take(LONGEST, (held[..LONGEST].to_vec(), false)),
            Some(end) if held[end] != b'\r' => match end {
                0 => Found::Skip(1),
                _ => Found::Take(end, (held[..end].to_vec(), false)),
            },
            Some(end) => match held.get(end + 1) {
                None => Found::Wait,
                Some(b'\n') => Found::Take(end + 2, (held[..end + 2].to_vec(), true)),
                Some(_) if end == 0 => Found::Skip(1),
                Some(_) => Found::Take(end, (held[..end].to_vec(), false)),
            },
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Found<(Vec<u8>, bool)> {
        Found::Take(held.len(), (held.to_vec(), false))
    }
}

impl Optium {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Optium {
        let framer = Framer::new(Lines, 4 * LONGEST, PATIENCE);
        Optium { framer, block: Vec::new(), block_until: None, talk: None, known: false, late: false, set: None }
    }

    fn hear(&mut self, at: Instant, (line, whole): (Vec<u8>, bool), out: &mut Vec<Output>) {
        self.block_until = Some(at + SILENCE);
        // Only what is_text allows, and CR LF.
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if self.talk.is_none() && [b"".as_slice(), b"\r\n"].contains(&self.block.as_slice()) {
            // A block begins with other lines.
            if let Some(told) = stored_alone(text) {
                self.block.clear();
                return out.push(told);
            }
        }
        match self.block.is_empty() {
            // Noise may stand before the empty line that a block begins with.
            true if whole => self.block.extend(b"\r\n"),
            true => {}
            false => self.block.extend(&line),
        }
        if !whole {
            return;
        }
        if let Some(sum) = end_mark(text) {
            return self.block_ended(at, sum, line.len(), out);
        }
        match self.talk.as_ref().map(|talk| talk.step) {
            None => out.extend(alone(text, &line)),
            Some(step) => self.answered(at, step, text, &line, out),
        }
        if is_word_of_its_own(text) || self.block.len() > LARGEST {
            self.block.clear();
        }
    }

    fn answered(&mut self, at: Instant, step: Step, text: &str, line: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if step != Step::Closing {
            talk.coming(at);
        }
        match (step, text) {
            (Step::About, OK) => self.ask(at, if self.set.is_some() { Step::SetClock } else { Step::Memory }, out),
            (Step::About, FAIL) if self.set.is_none() => self.ask(at, Step::Memory, out),
            (Step::About, _) => match alone(text, line) {
                Some(Output::Fault(fault)) if fault.code == FaultCode::InvalidTimestamp => {
                    talk.keep_aside(Output::Fault(fault));
                }
                Some(Output::Fault(fault)) => talk.remember(fault),
                Some(told) => {
                    self.known |= matches!(told, Output::Status(Status::Device { .. }));
                    out.push(told);
                }
                None => {}
            },
            (Step::SetClock, OK) => {
                talk.clock_set(self.set);
                ask::finish(&mut self.talk, out);
            }
            (Step::Memory, FAIL) => self.ask(at, Step::LiteMemory, out),
            (_, FAIL) => ask::fail(&mut self.talk, Fault::new(FaultCode::DeviceError, SAYS_FAIL, line), out),
            // Something left on the line passed for the answer to `$colq`, and that answer comes only now.
            (Step::Memory | Step::LiteMemory, OK) if std::mem::take(&mut self.late) => {}
            (Step::Memory | Step::LiteMemory, OK) => {
                let empty = lines_of(&self.block).any(|line| line == EMPTY);
                if !empty {
                    let fault = if is_cut(&self.block) { cut(&self.block) } else { malformed(line) };
                    return ask::fail(&mut self.talk, fault, out);
                }
                talk.memory(0, out);
                ask::finish(&mut self.talk, out);
            }
            (Step::Memory | Step::LiteMemory, _) if is_word_of_its_own(text) => self.late = true,
            (Step::Memory | Step::LiteMemory, _) => self.progress(text, out),
            (Step::Closing, OK) => ask::finish(&mut self.talk, out),
            _ => {}
        }
    }

    /// Tells how far a block has come, from the lines alone.
    fn progress(&mut self, text: &str, out: &mut Vec<Output>) {
        let lines = lines_of(&self.block).count();
        let Some(of) = lines_of(&self.block).nth(COUNT_LINE).and_then(count) else { return };
        if let (true, Ok(done)) = (lines > COUNT_LINE && text != EMPTY, u16::try_from(lines - COUNT_LINE - 1)) {
            out.push(Output::Status(Status::Progress { done: done.min(of), of }));
        }
    }

    fn ask(&mut self, at: Instant, step: Step, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        self.block.clear();
        let command = match step {
            Step::About => "$colq".to_owned(),
            Step::Memory | Step::Closing => "$xmem".to_owned(),
            Step::LiteMemory => "mem".to_owned(),
            Step::SetClock => self.set.map_or(String::new(), |moment| moment.format("$tim,%m,%d,%y,%H,%M").to_string()),
        };
        talk.ask(at, step, format!("{command}\r\n").into_bytes(), SILENCE, out);
    }

    /// Takes the block that ends here: from the first empty line whose sum is right.
    fn block_ended(&mut self, at: Instant, sum: u16, end_mark: usize, out: &mut Vec<Output>) {
        // This line's end may already be the next block's empty line.
        let raw = std::mem::replace(&mut self.block, b"\r\n".to_vec());
        let body = &raw[..raw.len().saturating_sub(end_mark)];
        let ends = (0..body.len()).filter(|place| body[*place..].starts_with(b"\r\n"));
        let good = ends.map(|place| (place, &body[place..])).find(|(_, body)| sum16(body) == sum);
        let (before, result) = match good {
            Some((before, body)) => (&raw[..before], block(body)),
            None => (&raw[..0], Err(bad_check(&raw))),
        };
        let Some(talk) = &mut self.talk else {
            if is_cut(before) {
                out.push(Output::Fault(cut(before)));
            }
            match result {
                Ok(block) => out.extend(block.about.into_iter().chain(block.records)),
                Err(fault) => out.push(Output::Fault(fault)),
            }
            return;
        };
        match (talk.step, result) {
            (Step::Memory | Step::LiteMemory, Ok(block)) => {
                // A meter that does not know $colq tells its name only here.
                if !self.known {
                    out.extend(block.about);
                }
                talk.of = u16::try_from(block.records.len()).ok();
                if block.records.is_empty() {
                    talk.memory(0, out);
                }
                talk.done = talk.of.unwrap_or(u16::MAX);
                for record in block.records {
                    talk.keep_aside(record);
                }
                talk.step = Step::Closing;
                talk.wait_until(at, CLOSING);
            }
            (Step::Memory | Step::LiteMemory, Err(fault)) => ask::fail(&mut self.talk, fault, out),
            _ => {}
        }
    }

    fn silence(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let step = talk.step;
        match step {
            Step::Closing => ask::finish(&mut self.talk, out),
            _ if is_cut(&self.block) => {
                let fault = cut(&std::mem::take(&mut self.block));
                ask::fail(&mut self.talk, fault, out);
            }
            Step::About if talk.again(at, TRIES, out) => {}
            // The Lite may know only its own word.
            Step::About if self.set.is_none() => self.ask(at, Step::LiteMemory, out),
            Step::Memory => self.ask(at, Step::LiteMemory, out),
            _ => ask::give_up(&mut self.talk, ask::SAYS_SILENT, out),
        }
    }
}

impl Default for Optium {
    fn default() -> Optium {
        Optium::new()
    }
}

impl Decoder for Optium {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for line in self.framer.push(at, bytes) {
            self.hear(at, line, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for line in self.framer.expire(at) {
            self.hear(at, line, out);
        }
        if self.talk.as_ref().is_some_and(|talk| talk.until <= at) {
            self.silence(at, out);
        }
        if self.talk.is_none() && self.block_until.is_some_and(|until| until <= at) {
            let block = std::mem::take(&mut self.block);
            self.block_until = None;
            if is_cut(&block) {
                out.push(Output::Fault(cut(&block)));
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let other = match &self.talk {
            Some(talk) => Some(talk.until),
            None => self.block_until.filter(|_| is_cut(&self.block)),
        };
        [other, self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Optium {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        self.set = match order {
            Order::Download | Order::WatchForNew => None,
            Order::SetClock(moment) => Some(moment),
            _ => return,
        };
        self.framer.clear();
        (self.block, self.block_until) = (Vec::new(), None);
        (self.known, self.late) = (false, false);
        self.talk = Some(Talk::waiting(at, Step::About, SILENCE));
        self.ask(at, Step::About, out);
    }
}

/// Whether so much of a block came that its end is missed; a stray line is nothing.
fn is_cut(block: &[u8]) -> bool {
    lines_of(block).filter(|line| !line.is_empty()).nth(1).is_some()
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (0x20..=0x7E).contains(&byte)
}

/// Where a block tells its number of records.
const COUNT_LINE: usize = 4;
/// Lines have at most 40 characters; the rest of the answer to `$colq` is not known to the letter.
const LONGEST: usize = 128;
/// 999 records fit.
const LARGEST: usize = 48 * 1024;
/// The first command after plugging may be lost.
const TRIES: u8 = 2;
/// Within a line.
const PATIENCE: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_millis(1200);
const CLOSING: Duration = Duration::from_millis(300);
