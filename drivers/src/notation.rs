//! Bytes as people write them in descriptors and transcripts: ASCII as it is, the rest as `\x02`, `\r`, `\n`, `\\`, `\"`.

use std::fmt::Write as _;

/// Text that is no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotationFault(pub &'static str);

/// Reads bytes.
///
/// # Errors
/// At an unknown escape, and at a character outside ASCII.
pub fn read(text: &str) -> Result<Vec<u8>, NotationFault> {
    let mut letters = text.chars();
    let mut bytes = Vec::new();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.push(u8::try_from(letter).ok().filter(u8::is_ascii).ok_or(NotationFault(SAYS_ASCII))?);
            continue;
        }
        bytes.push(match letters.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('x') => {
                let mut digit = || letters.next()?.to_digit(16)?.try_into().ok();
                let (high, low): (u8, u8) = digit().zip(digit()).ok_or(NotationFault(SAYS_DIGITS))?;
                high * 16 + low
            }
            Some('"') => b'"',
            Some('\\') => b'\\',
            _ => return Err(NotationFault(SAYS_ESCAPE)),
        });
    }
    Ok(bytes)
}

/// Writes bytes so that [`read`] gives them back.
pub fn write(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x20..=0x7E => text.push(char::from(*byte)),
            // Writing to a string never fails.
            _ => write!(text, "\\x{byte:02x}").expect("writing to a string"),
        }
    }
    text
}

const SAYS_ASCII: &str = "a character outside ASCII stands as its bytes, such as \\xe4";
const SAYS_DIGITS: &str = "\\x needs two hexadecimal digits";
const SAYS_ESCAPE: &str = "an escape is \\r, \\n, \\\", \\\\ or \\x and two digits";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_notation() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(read(&write(&all)), Ok(all));
        for wrong in ["\\", "\\q", "\\x1", "\\xzz", "压"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
