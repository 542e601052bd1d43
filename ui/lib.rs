//! The screens of health-hut.
//!
//! This crate knows no resident, no rule and no device. `api.slint` is all that may be set and heard: one global
//! per screen with a `view` struct in and callbacks out. [`words`] holds every text, by key and language.

pub use hut_words as words;

pub use generated::*;

#[allow(missing_docs, reason = "the types are described in api.slint, where they are written")]
#[allow(clippy::all, clippy::unwrap_used, clippy::todo, reason = "made by the Slint compiler")]
mod generated {
    slint::include_modules!();
}
