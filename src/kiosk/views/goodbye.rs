//! R24: take your things. Nobody's name any more.

use hut_ui::GoodbyeView;
use hut_ui::words::{self, Lang};

use super::say::{Say, fraction, model};
use crate::session::{Goodbye, State};

/// What R24 shows.
pub fn view(state: &State, page: &Goodbye, lang: Lang) -> GoodbyeView {
    let say = Say(lang);
    let (left, total) = state.goodbye_left().unwrap_or_default();
    let next_title = match page.again.len() {
        0 => "".into(),
        1 => say.text(words::BYE_NEXT_ONE),
        _ => say.text(words::BYE_NEXT),
    };
    GoodbyeView {
        card: page.card,
        slip: page.slip,
        title: say.text(match (page.card, page.slip) {
            (true, true) => words::BYE_TITLE_CARD_SLIP,
            (true, false) => words::BYE_TITLE_CARD,
            (false, true) => words::BYE_TITLE_SLIP,
            (false, false) => words::BYE_TITLE,
        }),
        next_title,
        next_dates: model(page.again.iter().map(|day| say.date(*day)).collect()),
        next_note: if page.slip { say.text(words::BYE_ON_SLIP) } else { "".into() },
        offline: page.kept && state.online == Some(false),
        wipe: page.cuff,
        seconds: left.to_string().into(),
        left: fraction(left, total),
    }
}
