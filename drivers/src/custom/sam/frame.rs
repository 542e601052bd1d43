//! The frames of a SAM_V module.

use crate::checksum::xor8;
use crate::framing::seek::{Look, Shape};

/// An answer of the reader: head, length, three status bytes, data, sum.
#[derive(Clone, Debug)]
pub struct Answer;

impl Shape for Answer {
    fn look(&self, held: &[u8]) -> Look {
        if !held.starts_with(&HEAD) {
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

    fn has_begun(&self, held: &[u8]) -> bool {
        held.starts_with(&HEAD)
    }

    /// Thousands of bytes of a photo would be looked at again and again.
    fn looks_inside(&self) -> bool {
        false
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
