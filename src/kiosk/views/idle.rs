//! R01: brand, a health tip, and the station's state only if it matters. Nobody's name, no counts (ux.md P9).

use hut_ui::words::{self, Key, Lang};
use hut_ui::{IdleView, Level};

use super::say::Say;
use crate::model::device::Role;
use crate::session::{State, World};

/// What R01 shows.
pub fn view(world: &World, state: &State, lang: Lang) -> IdleView {
    let say = Say(lang);
    let (topic, title, text) = TIPS[(state.now.since_boot_ms / TIP_MS) as usize % TIPS.len()];
    let note = note(world, state, say);
    let day = state.now.day();
    IdleView {
        tip_topic: say.fill(words::IDLE_TOPIC, &[("topic", &say.text(topic))]),
        tip_title: say.text(title),
        tip_text: say.text(text),
        card: if state.has(world, Role::IdCard) { say.text(words::IDLE_CARD) } else { "".into() },
        sub: if !down(world, state).all { say.text(words::IDLE_SUB) } else { "".into() },
        note_level: if note.is_some() { Level::Watch } else { Level::None },
        note: note.unwrap_or_default(),
        date: format!("{} {}", say.date(day), say.weekday(day)).into(),
    }
}

/// The measuring devices that are not there.
struct Down {
    roles: Vec<Role>,
    all: bool,
}

fn down(world: &World, state: &State) -> Down {
    let measuring = || world.fitted.keys().copied().filter(|role| *role != Role::IdCard);
    let roles: Vec<Role> = measuring().filter(|role| !state.has(world, *role)).collect();
    let all = !roles.is_empty() && roles.len() == measuring().count();
    Down { roles, all }
}

fn note(world: &World, state: &State, say: Say) -> Option<slint::SharedString> {
    let down = down(world, state);
    match down.roles.as_slice() {
        [] => None,
        _ if down.all => Some(say.text(words::IDLE_ALL_DOWN)),
        [Role::BloodPressure] if state.has(world, Role::Glucose) => Some(say.text(words::IDLE_BP_DOWN)),
        roles => {
            let names: Vec<_> = roles.iter().map(|role| say.text(device(*role))).collect();
            Some(say.fill(words::IDLE_ITEM_DOWN, &[("item", &say.list(&names))]))
        }
    }
}

/// The name of a device of this role.
pub fn device(role: Role) -> Key {
    match role {
        Role::BloodPressure => words::DEVICE_PRESSURE,
        Role::HeightWeight => words::DEVICE_BODY,
        Role::Weight => words::DEVICE_SCALE,
        Role::Glucose => words::DEVICE_GLUCOSE,
        Role::IdCard => words::DEVICE_CARD,
    }
}

/// A tip stays so long.
const TIP_MS: u64 = 20_000;

const TIPS: [(Key, Key, Key); 3] = [
    (words::IDLE_TIP_SALT_TOPIC, words::IDLE_TIP_SALT, words::IDLE_TIP_SALT_MORE),
    (words::IDLE_TIP_WALK_TOPIC, words::IDLE_TIP_WALK, words::IDLE_TIP_WALK_MORE),
    (words::IDLE_TIP_MEASURE_TOPIC, words::IDLE_TIP_MEASURE, words::IDLE_TIP_MEASURE_MORE),
];
