//! Bytes to messages. No framing but the length that each message carries.

use std::time::{Duration, Instant};

use super::apdu::{AARQ, LONGEST, PRST};

/// Holds an incomplete message: at most one, at most as long as the longest allowed.
#[derive(Debug, Default)]
pub struct Cutter {
    held: Vec<u8>,
    /// Something came that is no message: nothing is heard until silence.
    deaf: bool,
    last: Option<Instant>,
}

/// What bytes turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A message, whole by its outer length.
    Message(Vec<u8>),
    /// No message; what follows is dropped until silence.
    Garbage(Vec<u8>),
}

enum Look {
    /// A message of at least so many bytes has begun.
    Needs(usize),
    Whole,
    Garbage,
}

impl Cutter {
    /// Takes bytes away from the front of `bytes` until a message is whole; `None` when they are used up.
    ///
    /// In a conversation garbage ends all hearing until silence: nobody knows where the next message begins. Without
    /// one, when nobody can be told to begin anew, garbage is skipped.
    pub fn next(&mut self, at: Instant, bytes: &mut &[u8], conversation: bool) -> Option<Piece> {
        if self.deaf && self.deadline().is_some_and(|deadline| deadline <= at) {
            self.deaf = false;
        }
        if !bytes.is_empty() {
            self.last = Some(at);
        }
        loop {
            if self.deaf {
                *bytes = &[];
                return None;
            }
            match look(&self.held) {
                Look::Whole => return Some(Piece::Message(std::mem::take(&mut self.held))),
                Look::Garbage if conversation => {
                    self.deaf = true;
                    return Some(Piece::Garbage(std::mem::take(&mut self.held)));
                }
                Look::Garbage => {
                    self.held.remove(0);
                }
                Look::Needs(count) => {
                    let (more, rest) = bytes.split_at(bytes.len().min(count - self.held.len()));
                    if more.is_empty() {
                        return None;
                    }
                    self.held.extend_from_slice(more);
                    *bytes = rest;
                }
            }
        }
    }

    /// Gives up when its time is over at `at`, and returns what was held of a message.
    pub fn expire(&mut self, at: Instant) -> Option<Vec<u8>> {
        if self.deadline().is_none_or(|deadline| at < deadline) {
            return None;
        }
        self.deaf = false;
        Some(std::mem::take(&mut self.held)).filter(|held| !held.is_empty())
    }

    /// When it gives up.
    pub fn deadline(&self) -> Option<Instant> {
        match self.deaf {
            true => self.last.map(|last| last + SILENCE),
            false if self.held.is_empty() => None,
            false => self.last.map(|last| last + PATIENCE),
        }
    }

    /// Drops what is held.
    pub fn clear(&mut self) {
        *self = Cutter::default();
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }
}

fn look(held: &[u8]) -> Look {
    let [first, ..] = held else { return Look::Needs(1) };
    let choices = (AARQ >> 8) as u8..=(PRST >> 8) as u8;
    match held {
        _ if !choices.contains(first) => Look::Garbage,
        [_] => Look::Needs(2),
        [_, second, ..] if *second != 0 => Look::Garbage,
        [_, _, high, low, body @ ..] => match usize::from(u16::from_be_bytes([*high, *low])) {
            length if length > LONGEST => Look::Garbage,
            length if length > body.len() => Look::Needs(4 + length),
            _ => Look::Whole,
        },
        _ => Look::Needs(4),
    }
}

/// How long the rest of a message may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a line must be quiet to be trusted again.
const SILENCE: Duration = Duration::from_millis(500);
