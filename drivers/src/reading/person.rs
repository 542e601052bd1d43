//! What belongs to a person: the text of a card, a scanned code.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Sex as written on an identity card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Code 1.
    Male,
    /// Code 2.
    Female,
    /// Code 0.
    Unknown,
    /// Code 9.
    NotStated,
}

/// The text of a resident identity card. Personal: `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Name without padding.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Name of the nationality, such as 汉; empty if the code is not in the table.
    pub nation: &'static str,
    /// Date of birth; agrees with `id`.
    pub birth: NaiveDate,
    /// Address, if the card has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Citizen number, 18 characters, check character verified.
    pub id: String,
    /// The authority that issued the card, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// First day of validity.
    pub valid_from: Option<NaiveDate>,
    /// Last day of validity; `None` = without limit (长期).
    pub valid_to: Option<NaiveDate>,
}

/// A scanned code. Personal: `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(pub String);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(personal)")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} bytes)", self.0.len())
    }
}
