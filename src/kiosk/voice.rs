//! What the client says aloud: the prompt of the screen in front, never a name or a number (ux.md P6, 11). The same words
//! stand on the screen, so a machine without a voice loses nothing.

use hut_ui::words::{self, Key, Lang};

use super::views::consent;
use crate::model::device::Trouble;
use crate::session::{Overlay, PressureStep, Screen, State, UrgentKind, World};

/// Says a text in a language, and stops what it said before; `None` only stops.
pub type Speak = Box<dyn Fn(Option<(&str, Lang)>)>;

/// The prompt of a state; another one is spoken as soon as it comes.
pub fn prompt(world: &World, state: &State) -> Option<Key> {
    if state.shows_call() {
        return Some(words::VOICE_V21);
    }
    match (&state.overlay, &state.screen) {
        (Some(Overlay::StillThere { .. }), _) => Some(words::VOICE_V26),
        (Some(Overlay::OtherCard { .. }), _) => None,
        (None, Screen::Pressure(step)) => pressure(world, state, step),
        (None, screen) => self::screen(screen),
    }
}

fn screen(screen: &Screen) -> Option<Key> {
    match screen {
        Screen::Identify => Some(words::VOICE_V01),
        Screen::Confirm(_) => Some(words::VOICE_V02),
        Screen::Consent(_) => Some(words::VOICE_V03),
        Screen::Choose => Some(words::VOICE_V04),
        Screen::Body(_) => Some(words::VOICE_V17),
        Screen::Waist(_) => Some(words::VOICE_V18),
        Screen::Meal(_) => Some(words::VOICE_V19),
        Screen::Glucose(step) if step.found.len() < 2 => Some(words::VOICE_V20),
        Screen::Result(_) => Some(words::VOICE_V13),
        Screen::Urgent(page) if page.emergency => Some(words::VOICE_V22),
        Screen::Urgent(page) if page.kind == UrgentKind::LowGlucose => Some(words::VOICE_V23),
        Screen::Urgent(_) => Some(words::VOICE_V21),
        Screen::Goodbye(page) if page.card => Some(words::VOICE_V25),
        Screen::Goodbye(_) => Some(words::VOICE_V28),
        _ => None,
    }
}

fn pressure(world: &World, state: &State, step: &PressureStep) -> Option<Key> {
    match *step {
        PressureStep::Posture => Some(words::VOICE_V05),
        PressureStep::Rest { since } => {
            let total = u64::from(world.today(state.now).rest_minutes()) * 60;
            match total.saturating_sub(state.now.ms_since(&since) / 1000) {
                ..=60 => Some(words::VOICE_V09),
                // The prompt names the length, so it is only for that length.
                _ => (total == 300).then_some(words::VOICE_V08),
            }
        }
        PressureStep::Measuring { number: 1, .. } => Some(words::VOICE_V10),
        PressureStep::Measuring { .. } => Some(words::VOICE_V12),
        PressureStep::Between { trouble: Some(Trouble::DeviceError(_)), .. } => Some(words::VOICE_V15),
        PressureStep::Between { next: 2, trouble: None, .. } => Some(words::VOICE_V11),
        PressureStep::Between { .. } => None,
    }
}

/// 读给我听 on R05: its sentences, then the three switches.
pub fn consent(lang: Lang) -> String {
    let switches = [words::CONSENT_S1, words::CONSENT_S2, words::CONSENT_S3];
    let lines = consent::LINES.iter().map(|(_, key)| *key).chain(switches);
    lines.map(|key| words::text(lang, key)).collect::<Vec<_>>().join(words::text(lang, words::COMMON_FULL_STOP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consent_is_read_whole() {
        for lang in Lang::ALL {
            let text = consent(lang);
            assert!(text.contains(words::text(lang, words::CONSENT_LINE5)));
            assert!(text.contains(words::text(lang, words::CONSENT_S3)));
        }
    }
}
