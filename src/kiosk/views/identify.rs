//! R02: who is it. The ID card first; a reader that is missing says so.

use hut_ui::IdentifyView;
use hut_ui::words::{self, Lang};

use super::say::Say;
use crate::model::device::Role;
use crate::session::{Notice, State, World};

/// What R02 shows.
pub fn view(world: &World, state: &State, lang: Lang) -> IdentifyView {
    let say = Say(lang);
    let card = state.has(world, Role::IdCard);
    let note = match state.notice {
        Some(Notice::CardAgain) => say.text(words::HOME_AGAIN),
        Some(Notice::CardTyped) => say.text(words::HOME_USE_PAD),
        Some(Notice::CardExpired) => say.text(words::HOME_EXPIRED),
        Some(Notice::ScanNow) => say.text(words::HOME_QR_MORE),
        Some(Notice::CodeUnknown) => say.text(words::HOME_NOT_FOUND),
        Some(Notice::AskDesk) => say.text(words::HOME_ASK_DESK),
        _ if !card => say.text(words::ERR_CARD_LOST),
        _ => "".into(),
    };
    let (waiting, _) = state.desk.waiting;
    IdentifyView {
        card,
        scanner: state.has(world, Role::Scanner),
        note,
        waiting_cases: if waiting == 0 { "".into() } else { waiting.to_string().into() },
    }
}
