//! R24: take your things. Nobody's name any more.

use hut_ui::GoodbyeView;
use hut_ui::words::{self, Lang};

use super::say::{Say, fraction};
use crate::model::device::Role;
use crate::session::{State, World};

/// What R24 shows.
pub fn view(world: &World, state: &State, card: bool, lang: Lang) -> GoodbyeView {
    let say = Say(lang);
    let (left, total) = state.goodbye_left().unwrap_or_default();
    GoodbyeView {
        card,
        slip: false,
        title: say.text(if card { words::BYE_TITLE_CARD } else { words::BYE_TITLE }),
        wipe: world.fitted.contains_key(&Role::BloodPressure),
        seconds: left.to_string().into(),
        left: fraction(left, total),
        ..GoodbyeView::default()
    }
}
