//! R13: height and weight. No number before it stands still; the resident confirms.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{BodyView, Level, MeasuredValue, ValueState};
use rust_decimal::Decimal;

use super::idle::device;
use super::say::Say;
use crate::model::Source;
use crate::model::device::Role;
use crate::model::units::half_up;
use crate::session::{BodyStep, Notice, State, World};

/// What R13 shows.
pub fn view(world: &World, state: &State, step: &BodyStep, lang: Lang) -> BodyView {
    let say = Say(lang);
    let measures_height = state.has(world, Role::HeightWeight);
    let (note_level, note) = note(state, step, say);
    BodyView {
        to_confirm: step.complete(measures_height),
        has_height: world.fitted.contains_key(&Role::HeightWeight) || step.height.is_some(),
        height: value(
            say,
            step.height.as_ref().map(|(height, source)| (height.0, source)),
            step,
            words::BODY_MEASURING,
        ),
        weight: value(say, step.weight.as_ref().map(|(weight, source)| (weight.0, source)), step, words::BODY_WEIGHING),
        note,
        note_level,
    }
}

fn value(say: Say, value: Option<(Decimal, &Source)>, step: &BodyStep, working: Key) -> MeasuredValue {
    let (state, word) = match value {
        Some((_, Source::Kept)) => (ValueState::Kept, words::BODY_KEPT),
        Some(_) => (ValueState::Stable, words::BODY_STABLE),
        None if step.gone => (ValueState::Failed, words::BODY_LOST),
        None if step.trouble.is_some() => (ValueState::Failed, words::BODY_WAITING),
        None if step.settling => (ValueState::Settling, working),
        None => (ValueState::Waiting, words::BODY_WAITING),
    };
    let number = value.map(|(number, _)| half_up(number, 1).to_string());
    MeasuredValue { state, value: number.unwrap_or_default().into(), word: say.text(word) }
}

fn note(state: &State, step: &BodyStep, say: Say) -> (Level, slint::SharedString) {
    let kept = matches!(step.height, Some((_, Source::Kept)));
    match state.notice {
        Some(Notice::FarFromLast) => (Level::Watch, say.text(words::BODY_DIFFERS)),
        Some(Notice::Implausible) => (Level::Watch, say.text(words::ERR_IMPLAUSIBLE)),
        _ if step.gone => (Level::Watch, say.text(words::ERR_SCALE_LOST)),
        _ if step.trouble.is_some() => {
            (Level::Watch, say.fill(words::BODY_TROUBLE, &[("device", &say.text(device(Role::HeightWeight)))]))
        }
        _ if kept => (Level::Info, say.text(words::BODY_YEARLY)),
        // Whoever comes from the monitor still wears its cuff.
        _ if state.visit.as_ref().is_some_and(|visit| !visit.pressures().is_empty()) => {
            (Level::Info, say.text(words::BODY_HINT_CUFF))
        }
        _ => (Level::Info, say.text(words::BODY_HINT)),
    }
}
