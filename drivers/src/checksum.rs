//! The sums devices use, and where in a frame they stand.

use serde::Deserialize;

/// Returns the 8-bit sum of all bytes.
pub fn sum8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Returns the 16-bit sum of all bytes (OneTouch text lines).
pub fn sum16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(u16::from(*byte)))
}

/// Returns the exclusive or of all bytes (SAM frames).
pub fn xor8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Returns the CRC-16/CCITT-FALSE of all bytes: polynomial 1021, start FFFF (OneTouch binary frames).
pub fn crc16_ccitt_false(bytes: &[u8]) -> u16 {
    crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(bytes)
}

/// Returns the CRC-8/MAXIM of all bytes: polynomial 31 reflected, start 00 (GlucoMen blocks).
pub fn crc8_maxim(bytes: &[u8]) -> u8 {
    crc::Crc::<u8>::new(&crc::CRC_8_MAXIM_DOW).checksum(bytes)
}

/// The kinds of sums a descriptor can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sum {
    /// [`sum8`]
    Sum8,
    /// What makes [`sum8`] of everything zero: the two's complement of the sum.
    Neg8,
    /// [`xor8`]
    Xor8,
    /// [`sum16`]
    Sum16,
    /// [`crc16_ccitt_false`]
    Crc16CcittFalse,
    /// [`crc8_maxim`]
    Crc8Maxim,
}

/// How a sum is written into a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SumForm {
    /// One byte.
    Byte,
    /// Two bytes, low byte first.
    U16le,
    /// Two bytes, high byte first.
    U16be,
    /// Two upper-case hexadecimal digits.
    Hex2,
    /// Four upper-case hexadecimal digits.
    Hex4,
}

/// A frame's sum: what it is over and where it stands. Places count from the frame's first byte, negative ones from its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Which sum.
    pub sum: Sum,
    /// First byte summed.
    #[serde(default)]
    pub from: i32,
    /// First byte not summed any more.
    pub to: i32,
    /// Where the sum stands.
    pub at: i32,
    /// How it is written.
    #[serde(rename = "as")]
    pub form: SumForm,
    /// Added to the sum. Several: each is accepted, the first is sent.
    #[serde(default = "nothing_added")]
    pub plus: Vec<u8>,
    /// What must stand before the sum; without it the sum is missing.
    #[serde(default)]
    pub mark: String,
}

/// What a check says of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The sum is right.
    Good,
    /// The sum is wrong.
    Wrong,
    /// There is no sum.
    Missing,
}

impl Check {
    /// Checks a whole frame.
    pub fn verdict(&self, frame: &[u8]) -> Verdict {
        let Some((from, to, at)) = self.places(frame.len()) else {
            return Verdict::Missing;
        };
        if !frame[..at].ends_with(self.mark.as_bytes()) {
            return Verdict::Missing;
        }
        let told = &frame[at..at + self.form.width()];
        let good = self.plus.iter().any(|plus| self.write(&frame[from..to], *plus) == told);
        if good { Verdict::Good } else { Verdict::Wrong }
    }

    /// Writes the right sum into a frame that has room for it.
    pub fn fill(&self, frame: &mut [u8]) {
        if let Some((from, to, at)) = self.places(frame.len()) {
            let sum = self.write(&frame[from..to], self.plus.first().copied().unwrap_or(0));
            frame[at..at + sum.len()].copy_from_slice(&sum);
        }
    }

    /// From, to and at in a frame of this length, if they lie in it.
    fn places(&self, length: usize) -> Option<(usize, usize, usize)> {
        let (from, to, at) = (place(self.from, length)?, place(self.to, length)?, place(self.at, length)?);
        (from <= to && at + self.form.width() <= length).then_some((from, to, at))
    }

    fn write(&self, summed: &[u8], plus: u8) -> Vec<u8> {
        let sum = self.sum.of(summed).wrapping_add(u16::from(plus));
        let [high, low] = sum.to_be_bytes();
        match self.form {
            SumForm::Byte => vec![low],
            SumForm::U16le => vec![low, high],
            SumForm::U16be => vec![high, low],
            SumForm::Hex2 => format!("{low:02X}").into_bytes(),
            SumForm::Hex4 => format!("{sum:04X}").into_bytes(),
        }
    }
}

impl Sum {
    /// The sum of these bytes.
    pub fn of(self, bytes: &[u8]) -> u16 {
        match self {
            Sum::Sum8 => sum8(bytes).into(),
            Sum::Neg8 => sum8(bytes).wrapping_neg().into(),
            Sum::Xor8 => xor8(bytes).into(),
            Sum::Sum16 => sum16(bytes),
            Sum::Crc16CcittFalse => crc16_ccitt_false(bytes),
            Sum::Crc8Maxim => crc8_maxim(bytes).into(),
        }
    }
}

impl SumForm {
    /// Bytes it takes.
    pub fn width(self) -> usize {
        match self {
            SumForm::Byte => 1,
            SumForm::U16le | SumForm::U16be | SumForm::Hex2 => 2,
            SumForm::Hex4 => 4,
        }
    }
}

fn place(place: i32, length: usize) -> Option<usize> {
    let from_end = usize::try_from(place.unsigned_abs()).ok()?;
    if place < 0 { length.checked_sub(from_end) } else { Some(from_end).filter(|place| *place <= length) }
}

fn nothing_added() -> Vec<u8> {
    vec![0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_of_the_protocol_pages() {
        assert_eq!(sum8(b"01;;"), 0xD7);
        assert_eq!(sum16(b"@ \"12345678O\""), 0x0297);
        assert_eq!(sum8(b"01;;"), 0xD7);
        assert_eq!(xor8(&[0x00, 0x03, 0x20, 0x01]), 0x22);
        assert_eq!(crc16_ccitt_false(&[0x02, 0x06, 0x06, 0x03]), 0x41CD);
        assert_eq!(crc8_maxim(b"[\r\nGlu,7.0,mmol/L,02,261122,0830\r\n"), 0x8C);
        assert_eq!(Sum::Neg8.of(&[0x03, 0x02, 0x10, 0x94, 0x1C, 0x01, 0x00, 0x00]), 0x3A);
    }

    #[test]
    fn a_frame_is_summed_as_told() {
        let check = Check {
            sum: Sum::Sum8,
            from: 0,
            to: -1,
            at: -1,
            form: SumForm::Byte,
            plus: vec![2, 0],
            mark: String::new(),
        };
        let mut frame = [0x55, 0x05, 0x05, 0x00, 0x00];
        check.fill(&mut frame);
        assert_eq!(frame[4], 0x61);
        assert_eq!(check.verdict(&frame), Verdict::Good);
        frame[4] = 0x5F;
        assert_eq!(check.verdict(&frame), Verdict::Good, "the other documented sum");
        frame[4] = 0x60;
        assert_eq!(check.verdict(&frame), Verdict::Wrong);
        assert_eq!(check.verdict(&[]), Verdict::Missing);
    }
}
