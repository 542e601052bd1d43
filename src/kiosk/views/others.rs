//! R19: a finger in the clip, a thermometer. No number before it stands still.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{Level, MeasuredValue, OthersView, ValueState};
use slint::SharedString;

use super::idle::device;
use super::say::Say;
use crate::model::device::Role;
use crate::session::measure::types_only;
use crate::session::{Item, Notice, OthersStep, State, World};

/// What R19 shows.
pub fn view(world: &World, state: &State, step: &OthersStep, lang: Lang) -> OthersView {
    let say = Say(lang);
    let fitted = |role| world.fitted.contains_key(&role);
    let (note_level, note) = note(world, state, step, say);
    let spo2 = step.spo2.as_ref().map(|(spo2, _)| spo2.to_string());
    let temperature = step.temperature.as_ref().map(|(celsius, _)| celsius.to_string());
    OthersView {
        title: say.text(title(world, state, step)),
        has_spo2: fitted(Role::Spo2),
        has_temperature: fitted(Role::Temperature),
        spo2: value(world, state, step, say, (Role::Spo2, spo2, words::OTHERS_FINGER)),
        temperature: value(world, state, step, say, (Role::Temperature, temperature, words::OTHERS_PROBE_WAIT)),
        note,
        note_level,
        measured: step.measured(),
        ready: step.measured() || (!step.measuring() && state.typed() > 0),
    }
}

fn title(world: &World, state: &State, step: &OthersStep) -> Key {
    let fitted = |role| world.fitted.contains_key(&role);
    let left = |role| !step.has(role) && state.has(world, role);
    match (step.measured(), fitted(Role::Spo2), fitted(Role::Temperature)) {
        _ if step.measuring() => words::OTHERS_TAKING_TITLE,
        (true, ..) if left(Role::Spo2) => words::OTHERS_THEN_SPO2,
        (true, ..) if left(Role::Temperature) => words::OTHERS_THEN_TEMPERATURE,
        (true, ..) => words::OTHERS_CONFIRM,
        (false, true, false) => words::OTHERS_TITLE_SPO2,
        (false, false, true) => words::OTHERS_TITLE_TEMPERATURE,
        (false, false, false) => words::OTHERS_TITLE_SHEET,
        (false, ..) => words::OTHERS_TITLE,
    }
}

fn value(
    world: &World,
    state: &State,
    step: &OthersStep,
    say: Say,
    (role, number, waiting): (Role, Option<String>, Key),
) -> MeasuredValue {
    let (shown, word) = match &number {
        Some(_) => (ValueState::Stable, words::BODY_STABLE),
        None if !state.has(world, role) => (ValueState::Failed, words::BODY_LOST),
        None if step.settling.contains(&role) => (ValueState::Settling, words::OTHERS_TAKING),
        None => (ValueState::Waiting, waiting),
    };
    MeasuredValue { state: shown, value: number.unwrap_or_default().into(), word: say.text(word) }
}

fn note(world: &World, state: &State, step: &OthersStep, say: Say) -> (Level, SharedString) {
    let gone = [Role::Spo2, Role::Temperature].into_iter();
    let mut gone = gone.filter(|role| world.fitted.contains_key(role) && !state.has(world, *role));
    match (state.notice, step.trouble, gone.next()) {
        (Some(Notice::StillMeasuring), ..) => (Level::Info, say.text(words::OTHERS_TYPE_LATER)),
        (Some(Notice::Implausible), ..) => (Level::Watch, say.text(words::ERR_IMPLAUSIBLE)),
        (_, Some((role, _)), _) => {
            (Level::Watch, say.fill(words::OTHERS_TROUBLE, &[("device", &say.text(device(role)))]))
        }
        (.., Some(role)) => (Level::Watch, say.fill(words::OTHERS_LOST, &[("device", &say.text(device(role)))])),
        _ if state.typed() > 0 => (Level::Ok, say.fill(words::OTHERS_TYPED, &[("n", &state.typed().to_string())])),
        _ if types_only(world, Item::Others) => (Level::Info, "".into()),
        _ if world.fitted.contains_key(&Role::Spo2) => (Level::Info, say.text(words::OTHERS_CLIP)),
        _ => (Level::Info, say.text(words::OTHERS_PROBE)),
    }
}
