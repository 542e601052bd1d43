//! R10: the quiet minutes before the first reading.

use hut_ui::RestView;
use hut_ui::words::{self, Lang};

use super::path::{early, left, steps};
use super::say::{Say, fraction, minutes};
use crate::model::Moment;
use crate::session::{PressureStep, State, World};

/// What R10 shows.
pub fn view(world: &World, state: &State, since: Moment, lang: Lang) -> RestView {
    let say = Say(lang);
    let total = u64::from(world.today(state.now).rest_minutes()) * 60;
    let left = left(state, since, total);
    let whole = (total / 60).to_string();
    RestView {
        steps: steps(world, state, say, &PressureStep::Rest { since }),
        clock: minutes(left),
        line: if left >= 60 {
            say.fill(words::REST_LEFT, &[("m", &(left / 60).to_string()), ("s", &(left % 60).to_string())])
        } else {
            say.fill(words::REST_LEFT_S, &[("s", &left.to_string())])
        },
        total: say.fill(words::REST_TOTAL, &[("n", &whole)]),
        left: fraction(left, total),
        early: early(state, say),
        auto: say.text(if world.monitor.by_cable { words::REST_AUTO } else { words::REST_AUTO_HAND }),
        declare: if state.may_declare_rest(since) {
            say.fill(words::REST_DECLARE, &[("n", &whole)])
        } else {
            "".into()
        },
    }
}
