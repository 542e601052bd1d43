//! Why something did not arrive or was not kept, in the words of the catalogue.

use hut_ui::words;
use slint::SharedString;

use super::say::Say;
use crate::model::{NotSaved, Note};

/// For staff: why a record did not arrive, or why sending rests.
pub fn note(say: Say, note: &Note) -> SharedString {
    match note {
        Note::Address => say.text(words::NOTE_ADDRESS),
        Note::Authority => say.text(words::NOTE_AUTHORITY),
        Note::NoAuthority => say.text(words::NOTE_NO_AUTHORITY),
        Note::Unreachable => say.text(words::NOTE_UNREACHABLE),
        Note::Untrusted => say.text(words::NOTE_UNTRUSTED),
        Note::TimedOut => say.text(words::NOTE_TIMED_OUT),
        Note::Cut => say.text(words::NOTE_CUT),
        Note::TooLong => say.text(words::NOTE_TOO_LONG),
        Note::LoginPage => say.text(words::NOTE_LOGIN_PAGE),
        Note::WrongAddress => say.text(words::NOTE_WRONG_ADDRESS),
        Note::NotReceiving => say.text(words::NOTE_NOT_RECEIVING),
        Note::PlatformError { status } => say.fill(words::NOTE_PLATFORM_ERROR, &[("status", &status.to_string())]),
        Note::BadAnswer => say.text(words::NOTE_BAD_ANSWER),
        Note::Busy => say.text(words::NOTE_BUSY),
        Note::TooBig => say.text(words::NOTE_TOO_BIG),
        Note::Credentials => say.text(words::NOTE_CREDENTIALS),
        Note::Words(words) => words.into(),
        Note::Declined { status } => say.fill(words::NOTE_DECLINED, &[("status", &status.to_string())]),
        Note::Changed { words } => say.fill(words::NOTE_CHANGED, &[("words", words)]),
        Note::Held { by } => say.fill(words::NOTE_HELD, &[("unit", &by.to_string())]),
        Note::Waits { resource } => say.fill(words::NOTE_WAITS, &[("resource", resource)]),
        Note::Unclaimed => say.text(words::NOTE_UNCLAIMED),
        Note::Incomplete { what } => say.fill(words::NOTE_INCOMPLETE, &[("what", what)]),
        Note::Newer => say.text(words::NOTE_NEWER),
        Note::NoStrategy { kind } => say.fill(words::NOTE_NO_STRATEGY, &[("kind", kind)]),
        Note::Store => say.text(words::NOTE_STORE),
    }
}

/// For staff: why something was not kept. Residents are told to call them.
pub fn not_saved(say: Say, why: NotSaved) -> SharedString {
    say.text(match why {
        NotSaved::DiskFull => words::KEEP_DISK_FULL,
        NotSaved::Disk => words::KEEP_DISK,
        NotSaved::Damaged => words::KEEP_DAMAGED,
        NotSaved::Busy => words::KEEP_BUSY,
        NotSaved::Program => words::KEEP_PROGRAM,
        NotSaved::Closed => words::KEEP_CLOSED,
    })
}
