//! What is said on the line: a [`Parcel`](crate::model::outbox::Parcel) becomes a FHIR R4 transaction, an answer becomes
//! a verdict. All of it is pure; only [`Wire`] has an implementation that opens a connection, in `sync/http.rs`.
//!
//! A platform that speaks something else gets its own folder of wire files; store, plan and engine stay as they are.

pub mod capability;
pub mod compare;
mod evaluation;
pub mod fhir;
mod observation;
mod person;
pub mod reply;
mod review;
mod site;
mod terms;

use std::io;

use serde_json::Value;

use crate::model::Note;

/// Base URI of our own code systems when the configuration names no other; nothing depends on it resolving.
pub const OWN_TERMS: &str = "https://fhir.health-hut.example";

/// What a platform answered, whatever it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Retry-After`, in seconds or as a date.
    pub retry_after: Option<String>,
    /// The server's own clock.
    pub date: Option<String>,
    /// Opaque version of what was read.
    pub etag: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// No answer came. The variant says whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum WireFault {
    /// The configured address cannot be used.
    #[error("the platform's address cannot be used, {0}: check [platform] url")]
    Address(&'static str),
    /// The configured certificate file cannot be used.
    #[error("{}", Note::Authority)]
    Authority(#[source] io::Error),
    /// An https platform without a certificate of its own: the public roots are not trusted here.
    #[error("{}", Note::NoAuthority)]
    NoAuthority,
    /// The connection could not be set up: no cable, no name, nobody listens.
    #[error("{}", Note::Unreachable)]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The certificate shown is not vouched for by the configured root.
    #[error("{}", Note::Untrusted)]
    Untrusted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Time ran out.
    #[error("{}", Note::TimedOut)]
    TimedOut,
    /// The connection ended in the middle.
    #[error("{}", Note::Cut)]
    Cut(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// More than 8 MB.
    #[error("{}", Note::TooLong)]
    TooLong,
}

impl WireFault {
    /// The same as a code.
    pub fn note(&self) -> Note {
        match self {
            WireFault::Address(_) => Note::Address,
            WireFault::Authority(_) => Note::Authority,
            WireFault::NoAuthority => Note::NoAuthority,
            WireFault::Unreachable(_) => Note::Unreachable,
            WireFault::Untrusted(_) => Note::Untrusted,
            WireFault::TimedOut => Note::TimedOut,
            WireFault::Cut(_) => Note::Cut,
            WireFault::TooLong => Note::TooLong,
        }
    }

    /// True when no request at all can succeed at the moment, whatever it carries.
    pub fn is_whole_line(&self) -> bool {
        !matches!(self, WireFault::TimedOut | WireFault::Cut(_) | WireFault::TooLong)
    }

    /// True when only a change of the configuration helps.
    pub fn is_configuration(&self) -> bool {
        matches!(self, WireFault::Address(_) | WireFault::Authority(_) | WireFault::NoAuthority)
    }
}

/// The line to a platform.
pub trait Wire {
    /// Asks what the platform can do (`GET metadata`).
    fn capability(&mut self) -> Result<Answer, WireFault>;
    /// Sends a transaction.
    fn post_transaction(&mut self, body: &[u8]) -> Result<Answer, WireFault>;
    /// Reads `Type/id` back.
    fn read(&mut self, resource: &str) -> Result<Answer, WireFault>;
}

/// The body as JSON, if it is JSON.
pub(crate) fn json(answer: &Answer) -> Option<Value> {
    serde_json::from_slice(&answer.body).ok()
}
