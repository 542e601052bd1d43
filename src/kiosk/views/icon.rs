//! The drawings that the guidance records name.

use hut_ui::Icon;

/// The drawing of that name; an unknown one draws a leaf.
pub fn named(name: &str) -> Icon {
    NAMES.iter().find(|(known, _)| *known == name).map_or(Icon::Leaf, |(_, icon)| *icon)
}

const NAMES: [(&str, Icon); 25] = [
    ("alcohol", Icon::Wine),
    ("balance", Icon::Person),
    ("blood_test", Icon::Lab),
    ("calendar", Icon::Calendar),
    ("doctor", Icon::Doctor),
    ("fruit", Icon::Apple),
    ("grains", Icon::Bowl),
    ("label", Icon::Document),
    ("medicine", Icon::Medicine),
    ("milk", Icon::Bottle),
    ("no_smoking", Icon::NoSmoking),
    ("oil", Icon::Bottle),
    ("phone", Icon::PhoneCall),
    ("salt", Icon::Salt),
    ("salt_spoon", Icon::Spoon),
    ("scale", Icon::Scale),
    ("sit", Icon::Sit),
    ("sit_less", Icon::Walk),
    ("sleep", Icon::Bed),
    ("steam", Icon::Oven),
    ("strength", Icon::Arm),
    ("sugar", Icon::Spoon),
    ("tape", Icon::Tape),
    ("vegetables", Icon::Leaf),
    ("walk", Icon::Walk),
];
