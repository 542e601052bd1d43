//! Levels as the screens draw them.

use hut_ui::Level;
use hut_ui::words::{self, Key};

use crate::model::{RowId, Urgency};
use crate::session::told::{self, Shape};

/// Level and word of a class as residents read it.
pub fn class(row: &RowId) -> (Level, Key) {
    let (shape, word) = told::class(row);
    (level(shape), word)
}

/// The drawing of a shape.
pub fn level(shape: Shape) -> Level {
    match shape {
        Shape::Ok => Level::Ok,
        Shape::Watch => Level::Watch,
        Shape::High => Level::High,
        Shape::Urgent => Level::Urgent,
        Shape::Low => Level::Low,
        Shape::Info => Level::Info,
    }
}

/// The word inside a zone; grades that the bar draws as one have one word.
pub fn zone(row: &RowId) -> (Level, Key) {
    match row.as_str() {
        "bp.grade1" | "bp.grade2" => (Level::High, words::ZONE_HIGH),
        "bp.high_normal" => (Level::Watch, words::ZONE_HIGH_NORMAL),
        _ => class(row),
    }
}

/// The shape of a case in the doctor's list.
pub fn of_urgency(urgency: Urgency) -> Level {
    match urgency {
        Urgency::None => Level::None,
        Urgency::Routine => Level::Watch,
        Urgency::Soon => Level::High,
        Urgency::Urgent | Urgency::Emergency => Level::Urgent,
    }
}
