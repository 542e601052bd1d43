//! R14: the waist, by tape and keypad.

use hut_ui::words::{self, Lang};
use hut_ui::{Level, WaistView};
use slint::ModelRc;

use super::say::Say;
use crate::session::{Notice, State, WaistForm};

/// What R14 shows.
pub fn view(state: &State, form: &WaistForm, lang: Lang) -> WaistView {
    let say = Say(lang);
    let folk = match form.chi_cun() {
        Some((chi, cun)) => say.spans(words::WAIST_FOLK, &[("a", &chi.to_string()), ("b", &cun.to_string())]),
        None => ModelRc::default(),
    };
    let refused = state.notice == Some(Notice::Implausible);
    WaistView {
        value: form.typed.0.as_str().into(),
        folk,
        note: if refused { say.text(words::WAIST_RANGE) } else { "".into() },
        note_level: Level::Watch,
        ready: form.value().is_some() && !form.saving,
    }
}
