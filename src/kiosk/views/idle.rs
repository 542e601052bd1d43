//! R01: brand, a health tip, and the station's state only if it matters. Nobody's name, no counts (ux.md P9).

use hut_ui::words::{self, Key, Lang};
use hut_ui::{Icon, IdleView, Level};
use slint::SharedString;

use super::icon;
use super::say::Say;
use crate::model::device::Role;
use crate::session::{State, Tip, World};

/// What R01 shows.
pub fn view(world: &World, state: &State, lang: Lang) -> IdleView {
    let say = Say(lang);
    let note = note(world, state, say);
    let day = state.now.day();
    let tips = world.tips(day);
    let nth = (state.now.since_boot_ms / TIP_MS) as usize % tips.len().max(1);
    let tip = tips.get(nth).copied();
    let [tip_topic, tip_title, tip_text] = tip.map(|tip| words_of(say, tip)).unwrap_or_default();
    IdleView {
        tip_topic,
        tip_title,
        tip_text,
        tip_icon: tip.map_or(Icon::None, drawing),
        card: if state.has(world, Role::IdCard) { say.text(words::IDLE_CARD) } else { "".into() },
        sub: if !down(world, state).all { say.text(words::IDLE_SUB) } else { "".into() },
        note_level: if note.is_some() { Level::Watch } else { Level::None },
        note: note.unwrap_or_default(),
        date: format!("{} {}", say.date(day), say.weekday(day)).into(),
    }
}

/// Topic, line and helper line of a tip. What a topic is about has a name in Chinese only.
fn words_of(say: Say, tip: Tip<'_>) -> [SharedString; 3] {
    match (tip, say.0) {
        (Tip::Day { zh, en, week }, lang) => {
            let key = if week { words::IDLE_WEEK } else { words::IDLE_DAY };
            let name = lang.own(zh, en);
            [say.text(words::IDLE_TIP), say.fill(key, &[("name", name)]), say.text(words::IDLE_SUB)]
        }
        // Behind the name of a topic stands for whom it is; what is said here is for everybody.
        (Tip::Advice { topic_zh, zh, zh_more, .. }, Lang::ZhCn) => {
            let topic = topic_zh.split(' ').next().unwrap_or_default();
            [say.fill(words::IDLE_TOPIC, &[("topic", topic)]), zh.into(), zh_more.into()]
        }
        (Tip::Advice { en, en_more, .. }, _) => [say.text(words::IDLE_TIP), en.into(), en_more.into()],
    }
}

/// What a piece of advice is about; a health day has no drawing of its own.
fn drawing(tip: Tip<'_>) -> Icon {
    match tip {
        Tip::Advice { icon, .. } => icon::named(icon),
        Tip::Day { .. } => Icon::None,
    }
}

/// The measuring devices that are known not to be there. After the start none has answered yet: nothing is said of those.
struct Down {
    roles: Vec<Role>,
    all: bool,
}

fn down(world: &World, state: &State) -> Down {
    let measuring = || world.fitted.keys().copied().filter(|role| role.measures());
    let roles: Vec<Role> = measuring().filter(|role| state.lacks(*role)).collect();
    let all = !roles.is_empty() && roles.len() == measuring().count();
    Down { roles, all }
}

fn note(world: &World, state: &State, say: Say) -> Option<SharedString> {
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
        Role::BodyComposition => words::DEVICE_COMPOSITION,
        Role::Glucose => words::DEVICE_GLUCOSE,
        Role::Spo2 => words::DEVICE_SPO2,
        Role::Temperature => words::DEVICE_TEMPERATURE,
        Role::IdCard => words::DEVICE_CARD,
        Role::Scanner => words::DEVICE_SCANNER,
        Role::Printer => words::DEVICE_PRINTER,
    }
}

/// A tip stays so long.
const TIP_MS: u64 = 20_000;
