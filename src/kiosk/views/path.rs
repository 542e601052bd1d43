//! What R08 to R12 share: the path at the top, the time left, and why a reading failed.

use hut_ui::words::{self, Key};
use hut_ui::{StepState, StepView};
use slint::{ModelRc, SharedString};

use super::say::{Say, model};
use crate::model::Moment;
use crate::model::device::{Role, Trouble};
use crate::session::{Notice, PressureStep, State, World};

/// Cuff, rest, readings with their pauses, and then the result or the next item of 全套: six steps. A third reading, when
/// it is asked for, takes the place of what lies furthest back.
pub fn steps(world: &World, state: &State, say: Say, step: &PressureStep) -> ModelRc<StepView> {
    let (number, here) = match *step {
        PressureStep::Before { .. } | PressureStep::Posture | PressureStep::Stopped => (1, 0),
        PressureStep::Cuff { again } => (again.map_or(1, |(number, _)| number), 0),
        PressureStep::Rest { .. } => (1, 1),
        PressureStep::Measuring { number: 3.., .. } => (3, 4),
        PressureStep::Between { next: 3.., .. } => (3, 3),
        PressureStep::Measuring { number, .. } => (number, 2 * usize::from(number)),
        PressureStep::Between { next: 1, .. } => (1, 2),
        PressureStep::Between { next, .. } => (next, 2 * usize::from(next) - 1),
    };
    let rest = world.today(state.now).rest_minutes().to_string();
    let rest = say.fill(words::STEPS_REST, &[("n", &rest)]);
    let reading = |n: &str| say.fill(words::STEPS_READING, &[("n", n)]);
    let more = state.visit.as_ref().is_some_and(|visit| !visit.plan.is_empty());
    let last = say.text(if more { words::STEPS_NEXT } else { words::STEPS_RESULT });
    let pause = pause(world, state, say);
    let labels = match number {
        3.. => [rest, reading("1"), reading("2"), pause, reading("3"), last],
        _ => [say.text(words::STEPS_CUFF), rest, reading("1"), pause, reading("2"), last],
    };
    let passed = |place: usize| match place.cmp(&here) {
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal => StepState::Current,
        std::cmp::Ordering::Greater => StepState::Todo,
    };
    model(labels.into_iter().enumerate().map(|(place, label)| StepView { label, state: passed(place) }).collect())
}

/// Why a reading gave nothing, and what to do (ux.md 7.1).
pub fn trouble_word(trouble: Trouble) -> Key {
    match trouble {
        Trouble::DeviceError(_) => words::ERR_PULSE,
        Trouble::CuffLoose => words::ERR_LOOSE,
        Trouble::Movement => words::ERR_MOVED,
        Trouble::OutOfRange => words::ERR_IMPLAUSIBLE,
        Trouble::Garbled => words::ERR_GARBLED,
        Trouble::NoAnswer => words::ERR_NO_ANSWER,
        Trouble::Broken | Trouble::WrongFormat | Trouble::Overload | Trouble::Card => words::ERR_FAULT,
    }
}

/// "The n-th is kept": only after its commit.
pub fn saved(say: Say, number: u8) -> SharedString {
    say.fill(words::MEAS_SAVED, &[("n", &number.to_string())])
}

/// What is said while R10 and R12 wait: of a monitor that is gone, and of a reading that came before its time.
pub fn remark(world: &World, state: &State, say: Say, gone: Key) -> SharedString {
    if !state.has(world, Role::BloodPressure) {
        return say.text(gone);
    }
    if state.notice == Some(Notice::TooEarly) { say.text(words::MEAS_TOO_EARLY) } else { "".into() }
}

/// Seconds that are left of a stretch which began at `since`.
pub fn left(state: &State, since: Moment, total: u64) -> u64 {
    total.saturating_sub(state.now.ms_since(&since) / 1000)
}

fn pause(world: &World, state: &State, say: Say) -> SharedString {
    let seconds = world.today(state.now).pause_seconds();
    match seconds % 60 {
        0 => say.fill(words::STEPS_PAUSE, &[("n", &(seconds / 60).to_string())]),
        _ => say.fill(words::STEPS_PAUSE_S, &[("n", &seconds.to_string())]),
    }
}
