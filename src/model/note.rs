//! Why something did not arrive or was not kept: a code, with what belongs into its sentence.
//!
//! A code is what is stored. `Display` says it in English, for logs and commands; the desk tells whose side it lies on
//! (`kiosk/views/desk.rs`), and why something was not kept (`kiosk/views/note.rs`), in the language chosen.

use serde::{Deserialize, Serialize};

use super::UnitId;

/// Why a unit did not arrive, or why a round of the sync ended early. Names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the messages say it
pub enum Note {
    #[error("the platform's address cannot be used: check [platform] url")]
    Address,
    #[error("the platform's root certificate cannot be read: check [platform] ca")]
    Authority,
    #[error("no root certificate of the platform is set: fill in [platform] ca")]
    NoAuthority,
    #[error("the platform cannot be reached: check cable and network; sending goes on by itself")]
    Unreachable,
    #[error("the platform's certificate is not trusted: check this machine's clock and [platform] ca")]
    Untrusted,
    #[error("the platform did not answer in time; it is tried again by itself")]
    TimedOut,
    #[error("the connection broke; it is tried again by itself")]
    Cut,
    #[error("the platform's answer is too long: call the platform's administrator")]
    TooLong,
    /// A redirect or a web page.
    #[error("something else than the platform answered, perhaps a network login page: check the network")]
    LoginPage,
    #[error("there is no platform at this address: check [platform] url")]
    WrongAddress,
    #[error("the platform takes no data at this address: check [platform] url")]
    NotReceiving,
    #[error("the platform failed ({status}); it is tried again by itself")]
    PlatformError { status: u16 },
    #[error("the platform's answer is incomplete and counts as not sent; it is tried again by itself")]
    BadAnswer,
    #[error("the platform is busy; it is tried again by itself")]
    Busy,
    #[error("the platform takes no record this big: call its administrator")]
    TooBig,
    #[error("the platform does not accept this machine's credentials: ask its administrator")]
    Credentials,
    /// Refused, in the platform's own words, whatever their language.
    #[error("{0}")]
    Words(String),
    #[error("the platform declined it ({status}) and did not say why")]
    Declined { status: u16 },
    #[error("the record on the platform was changed: {words}")]
    Changed { words: String },
    #[error("it waits for unit {by}, which the platform refused")]
    Held { by: UnitId },
    #[error("it waits until the platform has {resource}")]
    Waits { resource: String },
    #[error("it was measured by nobody known: a doctor claims it first")]
    Unclaimed,
    #[error("the record here is incomplete, {what} is missing: call software support")]
    Incomplete { what: String },
    #[error("a newer program wrote this record: update this one")]
    Newer,
    #[error(
        "the platform cannot create {kind} without risk of doubles (neither updateCreate, conditionalCreate nor \
         conditionalUpdate): call its administrator"
    )]
    NoStrategy { kind: String },
    #[error("what is to be sent could not be read from the store: run `health-hut check`")]
    Store,
}

/// On whose side the cause of a [`Note`] lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Between here and there; it passes by itself.
    Network,
    /// The platform, or what answers in its place.
    Platform,
    /// The configuration or the credentials: somebody must change something.
    SetUp,
    /// This one record.
    Record,
    /// This machine.
    Here,
}

impl Note {
    /// On whose side the cause lies.
    pub fn blame(&self) -> Blame {
        match self {
            Note::Unreachable | Note::TimedOut | Note::Cut | Note::LoginPage => Blame::Network,
            Note::PlatformError { .. } | Note::TooLong | Note::BadAnswer | Note::Busy => Blame::Platform,
            Note::Address
            | Note::Authority
            | Note::NoAuthority
            | Note::Untrusted
            | Note::WrongAddress
            | Note::NotReceiving
            | Note::Credentials
            | Note::NoStrategy { .. } => Blame::SetUp,
            Note::TooBig
            | Note::Words(_)
            | Note::Declined { .. }
            | Note::Changed { .. }
            | Note::Held { .. }
            | Note::Waits { .. }
            | Note::Unclaimed
            | Note::Incomplete { .. }
            | Note::Newer => Blame::Record,
            Note::Store => Blame::Here,
        }
    }

    /// The code as it is stored.
    pub fn code(&self) -> String {
        // Unit variants and strings always have a serial form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a stored code; one that this version does not know is shown as it stands.
    pub fn read(code: &str) -> Self {
        serde_json::from_str(code).unwrap_or_else(|_| Note::Words(code.to_owned()))
    }
}

/// Why the store did not keep something. It is offered again, and the screens say so; the details stand in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// No space left.
    DiskFull,
    /// The disk failed.
    Disk,
    /// The database is damaged.
    Damaged,
    /// Somebody else holds the database.
    Busy,
    /// A fault of this program.
    Program,
    /// The store is closed.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_code_reads_back_and_an_unknown_one_stays_readable() {
        let notes = [Note::Unreachable, Note::PlatformError { status: 500 }, Note::Words("值超出范围".to_owned())];
        for note in notes {
            assert_eq!(Note::read(&note.code()), note);
        }
        assert_eq!(Note::Unreachable.code(), "\"unreachable\"");
        assert_eq!(Note::read("\"of_a_newer_version\""), Note::Words("\"of_a_newer_version\"".to_owned()));
    }
}
