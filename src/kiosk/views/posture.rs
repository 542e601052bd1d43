//! R09: how to sit.

use hut_ui::PostureView;
use hut_ui::words::Lang;

use super::path::steps;
use super::say::Say;
use crate::session::{PressureStep, State, World};

/// What R09 shows.
pub fn view(world: &World, state: &State, lang: Lang) -> PostureView {
    PostureView { steps: steps(world, state, Say(lang), &PressureStep::Posture) }
}
