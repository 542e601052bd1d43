//! R12: the pause between two readings. No value yet.

use hut_ui::BetweenView;
use hut_ui::words::{self, Lang};

use super::path::{left, remark, saved, steps, trouble_word};
use super::say::{Say, fraction, minutes};
use crate::model::device::Role;
use crate::session::{PressureStep, State, World};

/// What R12 shows.
pub fn view(world: &World, state: &State, step: &PressureStep, lang: Lang) -> BetweenView {
    let say = Say(lang);
    let PressureStep::Between { next, since, trouble, .. } = *step else { return BetweenView::default() };
    let total = world.today(state.now).pause_seconds();
    let left = left(state, since, total);
    let moved = || state.visit.as_ref().is_some_and(|visit| visit.moved_last());
    let line = match trouble {
        Some(trouble) => say.text(trouble_word(trouble)),
        None if moved() => say.text(words::ERR_MOVED),
        None if next > 2 => say.text(words::BETWEEN_THIRD),
        None => say.text(words::BETWEEN_LINE),
    };
    BetweenView {
        steps: steps(world, state, say, step),
        saved: match next {
            2.. => saved(say, next - 1),
            _ => "".into(),
        },
        clock: minutes(left),
        left: fraction(left, total),
        total: say.fill(words::BETWEEN_TOTAL, &[("n", &total.to_string())]),
        line,
        remark: remark(world, state, say, words::ERR_LOST),
        trouble: trouble.is_some(),
        next: match world.monitor.by_cable {
            _ if !state.has(world, Role::BloodPressure) => say.text(words::MEAS_GONE_TITLE),
            true => say.fill(words::BETWEEN_NEXT, &[("n", &next.to_string())]),
            false => say.text(words::BETWEEN_NEXT_HAND),
        },
    }
}
