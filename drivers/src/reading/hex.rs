//! Bytes as hexadecimal text.

use serde::Serializer;

pub(super) fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

/// Returns bytes as lower-case hexadecimal text without blanks.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the bytes that hexadecimal text holds, with or without blanks. `None`: it is none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|letter| !letter.is_ascii_whitespace());
    let digits: Option<Vec<u8>> = digits.map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
