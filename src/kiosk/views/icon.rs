//! The drawings that the guidance records name.

use hut_ui::Icon;

/// The drawing of that name; an unknown one draws a leaf.
pub fn named(name: &str) -> Icon {
    NAMES.iter().find(|(known, _)| *known == name).map_or(Icon::Leaf, |(_, icon)| *icon)
}

const NAMES: [(&str, Icon); 30] = [
    ("alcohol", Icon::Wine),
    ("balance", Icon::Balance),
    ("bell", Icon::Bell),
    ("blood_test", Icon::Lab),
    ("calendar", Icon::Calendar),
    ("chat", Icon::Chat),
    ("check", Icon::Check),
    ("doctor", Icon::Doctor),
    ("fruit", Icon::Apple),
    ("grains", Icon::Bowl),
    ("heart", Icon::Heart),
    ("label", Icon::Document),
    ("lock", Icon::Lock),
    ("medicine", Icon::Medicine),
    ("milk", Icon::Milk),
    ("no_smoking", Icon::NoSmoking),
    ("oil", Icon::Oil),
    ("phone", Icon::PhoneCall),
    ("salt", Icon::Salt),
    ("salt_spoon", Icon::Spoon),
    ("scale", Icon::Scale),
    ("sit", Icon::Sit),
    ("sit_less", Icon::Rise),
    ("sleep", Icon::Bed),
    ("steam", Icon::Oven),
    ("strength", Icon::Arm),
    ("sugar", Icon::Sugar),
    ("tape", Icon::Tape),
    ("vegetables", Icon::Leaf),
    ("walk", Icon::Walk),
];
