//! R10: the quiet minutes before the first reading.

use hut_ui::RestView;
use hut_ui::words::{self, Lang};

use super::path::{left, remark, steps};
use super::say::{Say, fraction, minutes};
use crate::model::Moment;
use crate::model::device::Role;
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
        remark: remark(world, state, say, words::MEAS_UNPLUGGED),
        auto: say.text(match world.monitor.by_cable {
            _ if !state.has(world, Role::BloodPressure) => words::MEAS_GONE_TITLE,
            true => words::REST_AUTO,
            false => words::REST_AUTO_HAND,
        }),
        declare: if state.may_declare_rest(since) {
            say.fill(words::REST_DECLARE, &[("n", &whole)])
        } else {
            "".into()
        },
    }
}
