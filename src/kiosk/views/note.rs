//! Why something was not kept, in the words of the catalogue.

use hut_ui::words;
use slint::SharedString;

use super::say::Say;
use crate::model::NotSaved;

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
