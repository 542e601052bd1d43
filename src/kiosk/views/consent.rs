//! R05: may we keep it? Three switches, all off at first.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ConsentLine, ConsentView, Icon};

use super::say::{Say, model};
use crate::session::ConsentForm;

/// What R05 shows.
pub fn view(form: &ConsentForm, lang: Lang) -> ConsentView {
    let say = Say(lang);
    let line = |(icon, key): (Icon, Key)| ConsentLine { icon, text: say.text(key) };
    ConsentView {
        lines: model(LINES.into_iter().map(line).collect()),
        save: form.consent.keep,
        doctor: form.consent.doctor_view,
        upload: form.consent.upload,
        offer_phone: false,
        phone: "".into(),
        speaking: false,
        ready: form.consent.keep && !form.saving && !form.refused,
    }
}

/// What is asked, in five sentences.
pub const LINES: [(Icon, Key); 5] = [
    (Icon::Heart, words::CONSENT_LINE1),
    (Icon::Bell, words::CONSENT_LINE2),
    (Icon::Lock, words::CONSENT_LINE3),
    (Icon::Chat, words::CONSENT_LINE4),
    (Icon::Check, words::CONSENT_LINE5),
];
