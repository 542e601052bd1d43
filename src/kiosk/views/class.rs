//! What a class of the rules is called, and its shape. The classes come from the tables; only their words are here.

use hut_ui::Level;
use hut_ui::words::{self, Key};

use crate::model::{RowId, Urgency};

/// Shape and word of a class as residents read it (ux.md 7.2); a row nobody has words for is a note.
pub fn class(row: &RowId) -> (Level, Key) {
    match row.as_str() {
        "bp.normal" | "bmi.normal" | "glu.fasting.normal" | "glu.2h.normal" => (Level::Ok, words::CLASS_NORMAL),
        "waist.male.normal" | "waist.female.normal" => (Level::Ok, words::CLASS_NORMAL),
        "bp.high_normal" => (Level::Watch, words::CLASS_HIGH_NORMAL),
        "bp.grade1" => (Level::High, words::CLASS_HIGH),
        "bp.grade2" => (Level::High, words::CLASS_CLEARLY_HIGH),
        "bp.grade3" => (Level::Urgent, words::CLASS_VERY_HIGH),
        "bp.low" => (Level::Low, words::CLASS_LOW),
        "glu.fasting.ifg" | "glu.2h.igt" => (Level::Watch, words::CLASS_HIGH),
        "glu.fasting.diabetes_range" | "glu.2h.diabetes_range" | "glu.random.diabetes_range" => {
            (Level::High, words::CLASS_CLEARLY_HIGH)
        }
        "glu.low.no_diabetes" => (Level::Low, words::CLASS_LOW),
        "glu.critical.high" => (Level::Urgent, words::CLASS_VERY_HIGH),
        "glu.critical.low.known_diabetes" | "glu.critical.low.no_diabetes" => (Level::Low, words::CLASS_VERY_LOW),
        "bmi.under" => (Level::Watch, words::CLASS_UNDERWEIGHT),
        "bmi.over" => (Level::Watch, words::CLASS_OVERWEIGHT),
        "bmi.obese" => (Level::High, words::CLASS_OBESE),
        "waist.male.pre_central" | "waist.female.pre_central" => (Level::Watch, words::CLASS_WAIST_NEAR),
        "waist.male.central" | "waist.female.central" => (Level::High, words::CLASS_WAIST_LARGE),
        _ => (Level::Info, words::CLASS_NOTE),
    }
}

/// The word inside a zone; grades that the bar draws as one have one word.
pub fn zone(row: &RowId) -> (Level, Key) {
    match row.as_str() {
        "bp.grade1" | "bp.grade2" => (Level::High, words::ZONE_HIGH),
        _ => class(row),
    }
}

/// True for a grade from which a pressure counts as raised.
pub fn is_raised(grade: &RowId) -> bool {
    matches!(grade.as_str(), "bp.grade1" | "bp.grade2" | "bp.grade3")
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
