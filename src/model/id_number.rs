//! The 18-character citizen number (公民身份号码, GB 11643-1999).

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Sex;

/// A well-formed citizen number. It shows itself only as its last four characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdNumber(String);

/// Why a text is not a citizen number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberFault {
    /// Too short; the number of places still to go.
    #[error("{0} places to go")]
    Short(usize),
    /// More than 18 places, or a character that has no place there.
    #[error("not a citizen number")]
    Malformed,
    /// Places 7 to 14 are no calendar day, or one after `today`.
    #[error("the birth date is impossible")]
    BirthDate,
    /// The check character does not agree with the other 17 places.
    #[error("the check character does not agree")]
    Check,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

impl IdNumber {
    /// Reads a typed or card-read number; a lower-case x is accepted, blanks are not.
    pub fn parse(text: &str) -> Result<Self, IdNumberFault> {
        let text = text.to_ascii_uppercase();
        let digits = text.as_bytes();
        let well_formed = digits.iter().enumerate().all(|(i, c)| c.is_ascii_digit() || (i == 17 && *c == b'X'));
        if !well_formed || digits.len() > 18 {
            return Err(IdNumberFault::Malformed);
        }
        if digits.len() < 18 {
            return Err(IdNumberFault::Short(18 - digits.len()));
        }
        birth_date(&text).ok_or(IdNumberFault::BirthDate)?;
        let sum: u32 = WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
        if CHECKS[(sum % 11) as usize] != digits[17] {
            return Err(IdNumberFault::Check);
        }
        Ok(Self(text))
    }

    /// The day of birth in places 7 to 14.
    pub fn birth_date(&self) -> NaiveDate {
        birth_date(&self.0).expect("parse checked the date")
    }

    /// The sex in place 17: odd is male.
    pub fn sex(&self) -> Sex {
        if (self.0.as_bytes()[16] - b'0') % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The last four characters (尾号), all that a screen or slip may show.
    pub fn last_four(&self) -> &str {
        &self.0[14..]
    }

    /// The whole number. Personal data: for the store and the wire only, never for a log, URL or screen.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn birth_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(6..14)?, "%Y%m%d").ok().filter(|day| *day >= EARLIEST_BIRTH)
}

/// Nobody alive was born earlier.
const EARLIEST_BIRTH: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a calendar day");

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(…)")
    }
}

impl TryFrom<String> for IdNumber {
    type Error = IdNumberFault;

    fn try_from(text: String) -> Result<Self, IdNumberFault> {
        Self::parse(&text)
    }
}

impl From<IdNumber> for String {
    fn from(number: IdNumber) -> String {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_published_example_with_either_x() {
        assert!(IdNumber::parse("11010519491231002X").is_ok());
        let number = IdNumber::parse("11010519491231002x").expect("lower case x");
        assert_eq!((number.last_four(), number.sex()), ("002X", Sex::Female));
        assert_eq!(number.birth_date(), NaiveDate::from_ymd_opt(1949, 12, 31).expect("a day"));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(IdNumber::parse("1101051949"), Err(IdNumberFault::Short(8)));
        assert_eq!(IdNumber::parse("110105194912310021"), Err(IdNumberFault::Check));
        assert_eq!(IdNumber::parse("11010519491331002X"), Err(IdNumberFault::BirthDate));
        assert_eq!(IdNumber::parse("1101051949123100X2"), Err(IdNumberFault::Malformed));
        assert_eq!(IdNumber::parse("1101051949123100234"), Err(IdNumberFault::Malformed));
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let good = "999901195202290014";
        for place in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bad = good.as_bytes().to_vec();
                if bad[place] == digit {
                    continue;
                }
                bad[place] = digit;
                assert!(IdNumber::parse(std::str::from_utf8(&bad).expect("ascii")).is_err());
            }
        }
    }

    #[test]
    fn debug_shows_nobody() {
        let number = IdNumber::parse("999901195202290014").expect("valid");
        assert_eq!(format!("{number:?}"), "IdNumber(…)");
    }
}
