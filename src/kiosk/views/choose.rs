//! R06: what shall be measured? Days of last time, never values (ux.md P14).

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChooseItem, ChooseView, Icon};
use slint::SharedString;

use super::idle::device;
use super::say::{Say, model};
use crate::model::device::Role;
use crate::model::{Measurement, Value};
use crate::session::measure::{SUITE, roles, types_only};
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
            let done = visit.is_some_and(|visit| visit.taken.iter().any(|measurement| is_of(&measurement.value, item)));
            let first = item == Item::Pressure && !done;
            ChooseItem { detail: if first { say.text(words::CHOOSE_BP_MORE) } else { tile.detail }, ..tile }
        }
        None => ChooseItem::default(),
    };
    let again = visit.is_some_and(|visit| last_items(visit).next().is_some());
    ChooseView {
        last_visit: line,
        none: if alone(world, state) { say.text(words::CHOOSE_NONE) } else { "".into() },
        usual,
        usual_badge: say.text(if again { words::CHOOSE_USUAL } else { words::CHOOSE_FIRST }),
        suite: ChooseItem {
            icon: Icon::CheckList,
            title: say.text(words::CHOOSE_SUITE),
            detail: suite(world, state, say),
            available: state.offers(world, Item::All),
        },
        unfinished: state.unfinished(),
        items: model(items(world, state).into_iter().map(|item| tile(world, state, say, item)).collect()),
    }
}

/// No device of this station answers: the tape is left.
fn alone(world: &World, state: &State) -> bool {
    let measuring = world.fitted.keys().filter(|role| **role != Role::IdCard);
    !measuring.into_iter().any(|role| state.has(world, *role))
}

/// The big tile: what was measured last time, else blood pressure; as far as its device is there.
pub fn usual(world: &World, state: &State) -> Option<Item> {
    let last = state.visit.as_ref().into_iter().flat_map(last_items);
    let mut wanted = last.chain([Item::Pressure]);
    wanted.find(|item| *item != Item::Waist && !types_only(world, *item) && state.offers(world, *item))
}

/// What was measured on the day of the last visit, in the order of 全套.
fn last_items(visit: &Visit) -> impl Iterator<Item = Item> {
    let day = visit.past.last_visit;
    let measured = move |item: &Item| {
        let mut taken = visit.past.measurements.iter().filter(|measurement| Some(measurement.at.day()) == day);
        taken.any(|measurement| is_of(&measurement.value, *item))
    };
    SUITE.into_iter().filter(measured)
}

/// What 全套 holds here and now, and how long it takes.
fn suite(world: &World, state: &State, say: Say) -> SharedString {
    let names: Vec<_> = state.suite(world).map(|item| say.text(short(item))).collect();
    let key = if state.offers(world, Item::Pressure) { words::CHOOSE_SUITE_MORE } else { words::CHOOSE_SUITE_SHORT };
    say.fill(key, &[("items", &say.list(&names))])
}

/// The small tiles, in order.
pub fn items(world: &World, state: &State) -> Vec<Item> {
    let all = [Item::Pressure, Item::Glucose, Item::Body, Item::Waist, Item::Others];
    all.into_iter().filter(|item| usual(world, state) != Some(*item) && fitted(world, *item)).collect()
}

fn fitted(world: &World, item: Item) -> bool {
    roles(item).is_empty() || types_only(world, item) || roles(item).iter().any(|role| world.fitted.contains_key(role))
}

fn tile(world: &World, state: &State, say: Say, item: Item) -> ChooseItem {
    let (icon, title) = if types_only(world, item) { (Icon::Lab, words::CHOOSE_SHEET) } else { face(item) };
    let available = state.offers(world, item);
    let detail = match roles(item).iter().find(|role| world.fitted.contains_key(role)) {
        Some(role) if !available => say.fill(words::CHOOSE_OFFLINE, &[("device", &say.text(device(*role)))]),
        None if types_only(world, item) && state.typed() == 0 => say.text(words::CHOOSE_SHEET_MORE),
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
        Item::Others => (Icon::Oximeter, words::CHOOSE_OXIMETER),
        Item::All => (Icon::CheckList, words::CHOOSE_SUITE),
    }
}

/// Its name among others.
fn short(item: Item) -> Key {
    match item {
        Item::Pressure => words::TREND_TAB_BP,
        other => face(other).1,
    }
}

fn is_of(value: &Value, item: Item) -> bool {
    item == match value {
        Value::Pressure { .. } => Item::Pressure,
        Value::Height(_) | Value::Weight(_) => Item::Body,
        Value::Waist(_) => Item::Waist,
        Value::Glucose { .. } => Item::Glucose,
        Value::Spo2(_) | Value::Temperature(_) | Value::Lipid { .. } | Value::Airflow(_) | Value::OccultBlood(_) => {
            Item::Others
        }
    }
}

fn last_time(visit: &Visit, say: Say, item: Item) -> SharedString {
    let of_item = |measurement: &&Measurement| is_of(&measurement.value, item);
    if visit.taken.iter().any(|measurement| of_item(&measurement)) {
        return say.text(words::CHOOSE_DONE);
    }
    match visit.past.measurements.iter().find(of_item) {
        Some(last) => say.fill(words::CHOOSE_LAST_ITEM, &[("date", &say.date(last.at.day()))]),
        None => say.text(words::CHOOSE_NEVER),
    }
}
