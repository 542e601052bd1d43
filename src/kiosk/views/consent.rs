//! R05: may we keep it? Three switches, all off at first.

use hut_ui::words::{self, Lang};
use hut_ui::{ConsentLine, ConsentView};

use super::icon;
use super::say::{Say, model};
use crate::session::{ConsentForm, State, World};

/// What R05 shows; without a text, or to a child, no sentence but why nothing can be kept.
pub fn view(world: &World, state: &State, form: &ConsentForm, lang: Lang) -> ConsentView {
    let say = Say(lang);
    let child = form.needs_guardian(state.now);
    let lines = world
        .consent
        .iter()
        .filter(|_| !child)
        .flat_map(|text| &text.line)
        .map(|line| ConsentLine { icon: icon::named(&line.icon), text: lang.own(&line.zh, &line.en).into() });
    let tail = |phone: &str| say.tail(&phone[phone.len().saturating_sub(4)..]);
    ConsentView {
        lines: model(lines.collect()),
        instead: say.text(if child { words::CONSENT_CHILD } else { words::CONSENT_NO_TEXT }),
        save: form.consent.keep,
        doctor: form.consent.doctor_view,
        upload: form.consent.upload,
        offer_phone: form.may_agree(world, state.now) && form.offers_phone(),
        phone: form.phone.as_ref().map(|phone| tail(&phone.0)).unwrap_or_default(),
        speaking: state.reads().is_some(),
        ready: form.consent.keep && !form.saving && !form.refused,
    }
}
