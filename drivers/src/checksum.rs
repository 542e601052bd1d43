//! The sums devices use.

/// Returns the 16-bit sum of all bytes (OneTouch text lines).
pub fn sum16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(u16::from(*byte)))
}

/// Returns the 8-bit sum of all bytes (STX/ETX pressure boards).
pub fn sum8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// Returns the exclusive or of all bytes (SAM frames).
pub fn xor8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_of_the_protocol_pages() {
        assert_eq!(sum16(b"@ \"12345678O\""), 0x0297);
        assert_eq!(sum8(b"01;;"), 0xD7);
        assert_eq!(xor8(&[0x00, 0x03, 0x20, 0x01]), 0x22);
    }
}
