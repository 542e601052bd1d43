//! The drawings that content records name.

use hut_ui::Icon;

/// The drawing of that name; an unknown one draws a leaf.
pub fn named(name: &str) -> Icon {
    NAMES.iter().find(|(known, _)| *known == name).map_or(Icon::Leaf, |(_, icon)| *icon)
}

const NAMES: [(&str, Icon); 24] = [
    ("alert", Icon::Alert),
    ("apple", Icon::Apple),
    ("bed", Icon::Bed),
    ("bottle", Icon::Bottle),
    ("bowl", Icon::Bowl),
    ("calendar", Icon::Calendar),
    ("chart", Icon::Chart),
    ("cuff", Icon::Cuff),
    ("doctor", Icon::Doctor),
    ("drop", Icon::Drop),
    ("heart", Icon::Heart),
    ("hospital", Icon::Hospital),
    ("lab", Icon::Lab),
    ("leaf", Icon::Leaf),
    ("medicine", Icon::Medicine),
    ("no-smoking", Icon::NoSmoking),
    ("oven", Icon::Oven),
    ("salt", Icon::Salt),
    ("scale", Icon::Scale),
    ("sit", Icon::Sit),
    ("spoon", Icon::Spoon),
    ("tape", Icon::Tape),
    ("walk", Icon::Walk),
    ("wine", Icon::Wine),
];
