//! What is wrong with a table, and where.

use toml::Spanned;

/// A mistake in a descriptor, in words that say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// How many bytes of the file stand before it; `None`: it is about the whole file.
    pub at: Option<usize>,
    /// What is wrong.
    pub says: String,
}

impl Slip {
    /// A mistake in the whole file.
    pub fn new(says: impl Into<String>) -> Slip {
        Slip { at: None, says: says.into() }
    }

    /// A mistake in this part of the file.
    pub fn of<T>(part: &Spanned<T>, says: impl Into<String>) -> Slip {
        Slip { at: Some(part.span().start), says: says.into() }
    }

    /// The line of the file, counted from one.
    pub fn line(&self, text: &str) -> Option<usize> {
        self.at.map(|at| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1)
    }
}
