//! R08: the cuff on the arm, or the arm in the tunnel, and whose arms it fits.

use hut_ui::CuffView;
use hut_ui::words::{self, Lang};

use super::path::steps;
use super::say::Say;
use crate::session::{PressureStep, State, World};

/// What R08 shows.
pub fn view(world: &World, state: &State, step: &PressureStep, lang: Lang) -> CuffView {
    let say = Say(lang);
    CuffView {
        steps: steps(world, state, say, step),
        fits: match world.monitor.cuff_cm {
            Some([from, to]) => say.fill(words::CUFF_FITS, &[("a", &from.to_string()), ("b", &to.to_string())]),
            None if world.monitor.arm_in => say.text(words::CUFF_ARM_PRINTED),
            None => say.text(words::CUFF_PRINTED),
        },
        arm_in: world.monitor.arm_in,
        trouble: match step {
            PressureStep::Cuff { again: Some(_) } => say.text(words::ERR_LOOSE),
            _ => "".into(),
        },
    }
}
