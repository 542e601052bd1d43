//! R06: what shall be measured? Days of last time, never values (ux.md P14).

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChooseItem, ChooseView, Icon};
use slint::SharedString;

use super::idle::device;
use super::say::{Say, model};
use crate::model::device::Role;
use crate::model::{Measurement, Value};
use crate::session::{Item, State, Visit, World};

/// What R06 shows.
pub fn view(world: &World, state: &State, lang: Lang) -> ChooseView {
    let say = Say(lang);
    let visit = state.visit.as_ref();
    let last = visit.and_then(|visit| visit.past.last_visit);
    let asked = visit.and_then(|visit| visit.past.asked_back);
    let line = match (asked, last) {
        (Some(day), _) => say.fill(words::CHOOSE_ASKED_BACK, &[("date", &say.date(day))]),
        (None, Some(day)) => say.fill(words::CHOOSE_LAST, &[("date", &say.date(day))]),
        (None, None) => "".into(),
    };
    let usual = match usual(world, state) {
        Some(item) => {
            let tile = tile(world, state, say, item);
            let done = visit.is_some_and(|visit| !visit.pressures().is_empty());
            ChooseItem { detail: if done { tile.detail } else { say.text(words::CHOOSE_BP_MORE) }, ..tile }
        }
        None => ChooseItem::default(),
    };
    ChooseView {
        last_visit: line,
        usual,
        usual_badge: say.text(if visit.is_some_and(as_last_time) { words::CHOOSE_USUAL } else { words::CHOOSE_FIRST }),
        suite: ChooseItem {
            icon: Icon::CheckList,
            title: say.text(words::CHOOSE_SUITE),
            detail: say.text(words::CHOOSE_SUITE_MORE),
            available: true,
        },
        unfinished: state.unfinished(),
        items: model(items(world, state).into_iter().map(|item| tile(world, state, say, item)).collect()),
    }
}

/// Blood pressure was measured on the day of the last visit.
fn as_last_time(visit: &Visit) -> bool {
    let pressures = visit.past.measurements.iter().filter(|measurement| measurement.pressure().is_some());
    pressures.map(|measurement| measurement.at.day()).max().is_some_and(|day| Some(day) == visit.past.last_visit)
}

/// The big tile: blood pressure, while its monitor is there.
pub fn usual(world: &World, state: &State) -> Option<Item> {
    state.offers(world, Item::Pressure).then_some(Item::Pressure)
}

/// The small tiles, in order.
pub fn items(world: &World, state: &State) -> Vec<Item> {
    let all = [Item::Pressure, Item::Glucose, Item::Body, Item::Waist];
    all.into_iter().filter(|item| usual(world, state) != Some(*item) && fitted(world, *item)).collect()
}

fn fitted(world: &World, item: Item) -> bool {
    roles(item).is_empty() || roles(item).iter().any(|role| world.fitted.contains_key(role))
}

fn roles(item: Item) -> &'static [Role] {
    match item {
        Item::Pressure => &[Role::BloodPressure],
        Item::Body => &[Role::HeightWeight, Role::Weight],
        Item::Glucose => &[Role::Glucose],
        Item::Waist | Item::All => &[],
    }
}

fn tile(world: &World, state: &State, say: Say, item: Item) -> ChooseItem {
    let (icon, title) = face(item);
    let available = state.offers(world, item);
    let detail = match roles(item).iter().find(|role| world.fitted.contains_key(role)) {
        Some(role) if !available => say.fill(words::CHOOSE_OFFLINE, &[("device", &say.text(device(*role)))]),
        _ => state.visit.as_ref().map(|visit| last_time(visit, say, item)).unwrap_or_default(),
    };
    ChooseItem { icon, title: say.text(title), detail, available }
}

fn face(item: Item) -> (Icon, Key) {
    match item {
        Item::Pressure => (Icon::Cuff, words::CHOOSE_BP),
        Item::Body => (Icon::Scale, words::CHOOSE_BODY),
        Item::Waist => (Icon::Tape, words::CHOOSE_WAIST),
        Item::Glucose => (Icon::Drop, words::CHOOSE_GLUCOSE),
        Item::All => (Icon::CheckList, words::CHOOSE_SUITE),
    }
}

fn last_time(visit: &Visit, say: Say, item: Item) -> SharedString {
    let of_item = |measurement: &&Measurement| match measurement.value {
        Value::Pressure { .. } => item == Item::Pressure,
        Value::Height(_) | Value::Weight(_) => item == Item::Body,
        Value::Waist(_) => item == Item::Waist,
        Value::Glucose { .. } => item == Item::Glucose,
    };
    if visit.taken.iter().any(|measurement| of_item(&measurement)) {
        return say.text(words::CHOOSE_DONE);
    }
    match visit.past.measurements.iter().find(of_item) {
        Some(last) => say.fill(words::CHOOSE_LAST_ITEM, &[("date", &say.date(last.at.day()))]),
        None => say.text(words::CHOOSE_NEVER),
    }
}
