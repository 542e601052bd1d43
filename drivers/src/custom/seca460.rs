//! seca column scales with the 460 interface. Source: protocol page `scale-seca-460`. Experimental: no sample record is public.
//!
//! One block a second: STX, seven bytes as two hexadecimal digits each, CR LF ETX. What the page leaves open is decided for the
//! side of caution: a value counts as stable only when the first control flag, and no other, is set.

use std::time::Duration;

use rust_decimal::Decimal;

use super::speaks;
use crate::decoder::Output;
use crate::framing::{Find, Framer, Step};
use crate::reading::{Fault, FaultCode, Kind, Mark, Quantity, Reading, Status, Unit};

/// Decoder of the seca 460 interface.
#[derive(Debug)]
pub struct Seca460 {
    framer: Framer<Blocks>,
}

#[derive(Debug)]
struct Blocks;

impl Seca460 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Seca460 {
        Seca460 { framer: Framer::new(Blocks, 4 * BLOCK, PATIENCE) }
    }
}

impl Default for Seca460 {
    fn default() -> Seca460 {
        Seca460::new()
    }
}

speaks!(Seca460, read);

impl Find for Blocks {
    type Frame = Vec<u8>;

    fn find(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if held[0] != STX {
            return Step::Skip(1);
        }
        let block = held.get(..BLOCK);
        match (block, held[1..].iter().take(BLOCK - 1).position(|byte| *byte == STX)) {
            (_, Some(again)) => Step::Skip(again + 1),
            (None, None) => Step::Wait,
            (Some(block), None) if block.ends_with(END) => Step::Take(BLOCK, block.to_vec()),
            (Some(_), None) => Step::Skip(1),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if held.len() > 1 && held[0] == STX { Step::Take(held.len(), held.to_vec()) } else { Step::Skip(1) }
    }
}

fn read(raw: Vec<u8>) -> Output {
    block(&raw).unwrap_or_else(Output::Fault)
}

fn block(raw: &[u8]) -> Result<Output, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw);
    let digits = raw.get(1..BLOCK - END.len()).ok_or_else(malformed)?;
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    let bytes = bytes.ok_or_else(malformed)?;
    let [head, first, second, last, control, spare, crc] = bytes[..] else {
        return Err(malformed());
    };
    // A scale that does not reckon the sum sends 00.
    if crc != 0 && crc != crc8(&[head, first, second, last, control, spare]) {
        return Err(Fault::new(FaultCode::Checksum, SAYS_SUM, raw));
    }
    match head {
        0xA4 => return Ok(Output::Status(Status::Event { event: "status".into() })),
        0xA0 | 0xA1 => {}
        _ => return Err(malformed()),
    }
    let nibbles = [first >> 4, first & 0xF, second >> 4, second & 0xF, last >> 4];
    let (places, flags) = (u32::from(last & 0xF), control);
    if nibbles.iter().any(|digit| *digit > 9) || places > 3 {
        return Err(malformed());
    }
    let number = nibbles.iter().fold(0i64, |sum, digit| sum * 10 + i64::from(*digit));
    let mut reading = Reading::new(Kind::Weight, raw).with(Quantity::Weight, Decimal::new(number, places), Unit::Kg);
    reading.note("stable", flags == STABLE);
    // Minus, net, not applicable, drift: nobody knows which bit is which, so any of them casts doubt.
    if flags & !STABLE != 0 {
        reading.mark(Mark::Questionable);
    }
    Ok(Output::Reading(reading))
}

/// CRC-8, polynomial 07.
pub fn crc8(bytes: &[u8]) -> u8 {
    crc::Crc::<u8>::new(&crc::CRC_8_SMBUS).checksum(bytes)
}

const STX: u8 = 0x02;
const END: &[u8] = b"\r\n\x03";
/// STX, seven bytes in two digits each, CR LF ETX.
const BLOCK: usize = 18;
/// The first flag of the list, most significant first: an assumption to be confirmed on the device.
const STABLE: u8 = 0x80;
const PATIENCE: Duration = Duration::from_secs(1);
const SAYS_MALFORMED: &str = "a block from the scale is damaged; check the cable and the line setting 1200 8E1";
const SAYS_SUM: &str = "the checksum of a block from the scale is wrong; check the cable";
