//! The frames of a SAM_V module.

use super::text::{BLOCK, is_block};
use crate::checksum::xor8;
use crate::framing::position;
use crate::framing::seek::{Look, Shape};

/// An answer of the reader: head, length, three status bytes, data, sum.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether a text block may stand by itself: where somebody shows bytes, not where a reader answers.
    pub blocks: bool,
}

impl Shape for Answer {
    fn look(&self, held: &[u8]) -> Look {
        if !is_answer(held) {
            if self.blocks {
                return look_for_block(held);
            }
            return if HEAD.starts_with(held) { Look::Unsure } else { Look::No };
        }
        let Some(length) = held.get(HEAD.len()..BODY) else {
            return Look::Unsure;
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if !(4..=LONGEST).contains(&length) {
            return Look::No;
        }
        let Some(raw) = held.get(..BODY + length) else {
            return Look::Unsure;
        };
        let (summed, sum) = raw[HEAD.len()..].split_at(length + 1);
        Look::checked(raw.len(), xor8(summed) == sum[0])
    }

    /// No text block is looked for in a broken answer.
    fn is_marked(&self, held: &[u8]) -> bool {
        is_answer(held) || HEAD.starts_with(held)
    }

    fn has_begun(&self, held: &[u8]) -> bool {
        is_answer(held)
    }

    /// Thousands of bytes of a photo would be looked at again and again.
    fn looks_inside(&self) -> bool {
        false
    }
}

/// Looks at bytes that do not begin with a whole head.
fn look_for_block(held: &[u8]) -> Look {
    let window = &held[..held.len().min(BLOCK)];
    match position(window, &HEAD) {
        None if window.len() < BLOCK => Look::Unsure,
        None if is_block(window) => Look::Whole(BLOCK, 0..BLOCK, None),
        _ => Look::No,
    }
}

/// Returns a command frame for the reader.
pub fn request(command: u8, parameter: u8) -> Vec<u8> {
    frame(&[command, parameter])
}

/// Returns a frame around a body: head, length, body, sum.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = HEAD.to_vec();
    // Bodies are at most a few thousand bytes.
    let length = u16::try_from(body.len() + 1).expect("a body fits its length field");
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes.push(xor8(&bytes[HEAD.len()..]));
    bytes
}

/// Whether bytes begin as an answer does; if not, they are a text block.
pub(super) fn is_answer(bytes: &[u8]) -> bool {
    bytes.starts_with(&HEAD)
}

/// What an answer says in the last of its three status bytes, and its data.
pub(super) fn parts(raw: &[u8]) -> (u8, &[u8]) {
    (raw[BODY + 2], &raw[BODY + 3..raw.len() - 1])
}

/// Short frames hold no card text; longer ones are not repeated anywhere.
pub(super) fn harmless(raw: &[u8]) -> Vec<u8> {
    if raw.len() <= BODY + 16 { raw.to_vec() } else { Vec::new() }
}

const HEAD: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Head and length.
const BODY: usize = 7;
/// An answer with two fingerprints counts 2314 bytes after its length.
const LONGEST: usize = 2314;
