//! Why: the rows that met, each with its source, the judged value and the bound.

use super::rulebook::rows::Row;
use crate::model::finding::Reason;

/// What a row met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The judged value.
    pub value: String,
    /// The bound, in signs.
    pub bound: String,
}

impl Met {
    /// `value` met `bound`.
    pub fn new(value: impl ToString, bound: impl Into<String>) -> Self {
        Self { value: value.to_string(), bound: bound.into() }
    }
}

/// Explains the key `of` by a row and what it met.
pub fn reason(of: &str, row: &impl Row, met: Met) -> Reason {
    Reason {
        of: of.to_owned(),
        row: row.id().clone(),
        source: row.source().to_owned(),
        edition: row.edition().to_owned(),
        value: met.value,
        bound: met.bound,
    }
}

/// A session mean as text.
pub fn pressure([sbp, dbp]: [u16; 2]) -> String {
    format!("{sbp}/{dbp}")
}
