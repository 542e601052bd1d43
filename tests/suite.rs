//! The one test binary.
#![allow(clippy::unwrap_used, missing_docs)]

mod rules;
