//! What the client says aloud: the prompts of the screen in front, never a name or a number (ux.md P6, 11). What they say
//! stands on the screen in its own words ([`Prompt::captions`]), so a machine without a voice loses nothing.

use hut_ui::ResultView;
use hut_ui::words::{self, Key, Lang};
use slint::Model;

use crate::model::device::{PrintTrouble, Role, Trouble};
use crate::session::{
    Notice, Overlay, Paper, PressureStep, Repeat, Saying, Screen, State, UrgentKind, UrgentPage, World,
};

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The recorded clip, where there is one for these words: `V05`.
    pub clip: Option<String>,
    /// The words.
    pub text: String,
}

/// What the voice is asked for; without lines it only stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaking {
    /// One after the other.
    pub lines: Vec<Line>,
    /// Their language.
    pub lang: Lang,
    /// What they are.
    pub saying: Saying,
}

impl Speaking {
    /// The prompts of a screen; without one it only falls silent.
    pub fn prompts(prompts: &[Prompt], lang: Lang) -> Self {
        let lines = prompts.iter().map(|prompt| prompt.line(lang)).collect();
        Self { lines, lang, saying: Saying::Prompts }
    }

    fn page(lines: impl Iterator<Item = String>, lang: Lang, soft: bool) -> Self {
        let lines = lines.filter(|text| !text.trim().is_empty());
        let lines = lines.map(|text| Line { clip: None, text }).collect();
        Self { lines, lang, saying: Saying::Page { soft } }
    }
}

/// Says something, and stops what it said before.
pub type Speak = Box<dyn Fn(Speaking)>;

/// The prompts of ux.md 11, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[rustfmt::skip]
#[allow(missing_docs, reason = "the catalogue says what each says")]
pub enum Prompt {
    V01, V02, V03, V04, V05, V06, V07, V08, V09, V10, V11, V12, V13, V14,
    V15, V16, V17, V18, V19, V20, V21, V22, V23, V24, V25, V26, V27, V28,
}

/// The words of each, in their order.
const WORDS: [Key; 28] = [
    words::VOICE_V01,
    words::VOICE_V02,
    words::VOICE_V03,
    words::VOICE_V04,
    words::VOICE_V05,
    words::VOICE_V06,
    words::VOICE_V07,
    words::VOICE_V08,
    words::VOICE_V09,
    words::VOICE_V10,
    words::VOICE_V11,
    words::VOICE_V12,
    words::VOICE_V13,
    words::VOICE_V14,
    words::VOICE_V15,
    words::VOICE_V16,
    words::VOICE_V17,
    words::VOICE_V18,
    words::VOICE_V19,
    words::VOICE_V20,
    words::VOICE_V21,
    words::VOICE_V22,
    words::VOICE_V23,
    words::VOICE_V24,
    words::VOICE_V25,
    words::VOICE_V26,
    words::VOICE_V27,
    words::VOICE_V28,
];

impl Prompt {
    /// All of them.
    #[rustfmt::skip]
    pub const ALL: [Prompt; 28] = {
        use Prompt::*;
        [
            V01, V02, V03, V04, V05, V06, V07, V08, V09, V10, V11, V12, V13, V14,
            V15, V16, V17, V18, V19, V20, V21, V22, V23, V24, V25, V26, V27, V28,
        ]
    };

    /// What it says.
    pub fn words(self) -> Key {
        WORDS[self as usize]
    }

    /// Words of the screen, any of which say the same to the eye.
    pub fn captions(self) -> &'static [Key] {
        match self {
            Prompt::V01 => &[words::HOME_TITLE],
            Prompt::V02 => &[words::CONFIRM_TITLE],
            Prompt::V03 => &[words::CONSENT_TITLE],
            Prompt::V04 => &[words::CHOOSE_TITLE],
            Prompt::V05 => &[words::POSTURE_TITLE, words::POSTURE_S1],
            Prompt::V06 => &[words::CUFF_TITLE, words::CUFF_ELBOW],
            Prompt::V07 => &[words::POSTURE_S2, words::POSTURE_HEART],
            Prompt::V08 => &[words::REST_TITLE, words::REST_QUIET],
            // The ring counts the minute.
            Prompt::V09 => &[words::REST_RING],
            // The title; or a line where the title names the start key.
            Prompt::V10 => &[words::MEAS_QUIET, words::MEAS_QUIET_LINE],
            Prompt::V11 => &[words::BETWEEN_TITLE],
            // The path names the reading.
            Prompt::V12 => &[words::MEAS_SAVED_MORE, words::URGENT_REPEAT_START, words::URGENT_REPEAT_NOW],
            // The title, whichever value leads.
            Prompt::V13 => &[
                words::RES_BP,
                words::RES_GLUCOSE,
                words::RES_BMI,
                words::RES_BODY,
                words::RES_WAIST,
                words::RES_SPO2,
                words::RES_TEMPERATURE,
                words::ENTRY_TC,
                words::ENTRY_TG,
                words::ENTRY_LDL,
                words::ENTRY_HDL,
                words::RES_AIRFLOW,
                words::ENTRY_OCCULT,
            ],
            Prompt::V14 => &[words::ERR_LOOSE],
            Prompt::V15 => &[words::ERR_MOVED],
            Prompt::V16 => &[words::MEAS_STOPPED],
            Prompt::V17 => &[words::BODY_TITLE],
            Prompt::V18 => &[words::WAIST_TITLE],
            Prompt::V19 => &[words::GLUCTX_TITLE],
            Prompt::V20 => &[words::GLU_TITLE],
            Prompt::V21 => &[words::CALL_TITLE, words::URGENT_S2_RINGING],
            Prompt::V22 => &[words::URGENT_CHEST, words::URGENT_LIMBS, words::URGENT_HEAD],
            Prompt::V23 => &[words::URGENT_LOW_TITLE, words::URGENT_LOW_S3],
            Prompt::V24 => &[words::PRINT_PRINTING],
            Prompt::V25 => &[words::BYE_TITLE_CARD, words::BYE_TITLE_CARD_SLIP],
            Prompt::V26 => &[words::COMMON_STILL, words::COMMON_STILL_TEXT, words::COMMON_STILL_TEXT_GUEST],
            Prompt::V27 => &[words::PRINT_NOPAPER],
            Prompt::V28 => &[words::BYE_MORE, words::BYE_THANKS],
        }
    }

    /// As a line to say.
    pub fn line(self, lang: Lang) -> Line {
        Line { clip: Some(format!("{self:?}")), text: words::text(lang, self.words()).to_owned() }
    }
}

/// The prompts of a state, one after the other; others are spoken as soon as they come.
pub fn prompts(world: &World, state: &State) -> &'static [Prompt] {
    let call = state.rings();
    if state.shows_call() {
        return if call { &[Prompt::V21] } else { &[] };
    }
    match (&state.overlay, &state.screen, state.notice) {
        (Some(Overlay::StillThere { .. }), ..) => &[Prompt::V26],
        (Some(Overlay::OtherCard { .. }), ..) => &[],
        (None, _, Some(Notice::Stopped)) => &[Prompt::V16],
        (None, Screen::Pressure(step), _) => pressure(world, state, step),
        (None, Screen::Urgent(_), Some(Notice::Printing)) => &[Prompt::V24],
        (None, Screen::Urgent(page), _) => urgent(page, call && !world.duty.unattended),
        (None, Screen::Consent(form), _) if !form.may_agree(world, state.now) => &[],
        // What was weighed is asked about by then.
        (None, Screen::Body(step), _) if step.complete(state.has(world, Role::HeightWeight)) => &[],
        (None, screen, _) => self::screen(screen),
    }
}

fn screen(screen: &Screen) -> &'static [Prompt] {
    match screen {
        Screen::Identify => &[Prompt::V01],
        Screen::Confirm(_) => &[Prompt::V02],
        Screen::Consent(_) => &[Prompt::V03],
        Screen::Choose => &[Prompt::V04],
        Screen::Body(_) => &[Prompt::V17],
        Screen::Waist(_) => &[Prompt::V18],
        Screen::Meal(_) => &[Prompt::V19],
        Screen::Glucose(step) if step.found.len() < 2 => &[Prompt::V20],
        Screen::Result(_) => &[Prompt::V13],
        Screen::Slip(page) => match page.paper {
            Some(Paper::Printing(_)) => &[Prompt::V24],
            Some(Paper::Failed(PrintTrouble::NoPaper)) => &[Prompt::V27],
            _ => &[],
        },
        Screen::Goodbye(page) if page.card => &[Prompt::V25, Prompt::V28],
        Screen::Goodbye(_) => &[Prompt::V28],
        _ => &[],
    }
}

fn pressure(world: &World, state: &State, step: &PressureStep) -> &'static [Prompt] {
    match *step {
        PressureStep::Cuff { again: Some(_) } => &[Prompt::V14],
        PressureStep::Cuff { again: None } if !world.monitor.arm_in => &[Prompt::V06],
        PressureStep::Posture if world.monitor.arm_in => &[Prompt::V05],
        PressureStep::Posture => &[Prompt::V05, Prompt::V07],
        PressureStep::Rest { since } => {
            let total = u64::from(world.today(state.now).rest_minutes()) * 60;
            match total.saturating_sub(state.now.ms_since(&since) / 1000) {
                ..=60 => &[Prompt::V09],
                // The prompt names the length, so it is only for that length.
                _ if total == 300 => &[Prompt::V08],
                _ => &[],
            }
        }
        PressureStep::Measuring { gone: true, .. } | PressureStep::Measuring { saving: true, .. } => &[],
        PressureStep::Measuring { number: 1, .. } => &[Prompt::V10],
        PressureStep::Measuring { .. } => &[Prompt::V12],
        PressureStep::Between { trouble: Some(Trouble::Movement), .. } => &[Prompt::V15],
        PressureStep::Between { next: 2, trouble: None, failed: 0, .. }
            if world.today(state.now).pause_seconds() == 60 =>
        {
            &[Prompt::V11]
        }
        PressureStep::Before { .. }
        | PressureStep::Cuff { .. }
        | PressureStep::Between { .. }
        | PressureStep::Stopped => &[],
    }
}

/// Nobody is said to be called when nobody is.
fn urgent(page: &UrgentPage, call: bool) -> &'static [Prompt] {
    match page.kind {
        _ if page.hidden => &[],
        _ if page.emergency => &[Prompt::V22],
        UrgentKind::LowGlucose => &[Prompt::V23],
        _ if matches!(page.repeat, Repeat::Measuring { failed: None }) => &[Prompt::V12],
        _ if call && !page.answered => &[Prompt::V21, Prompt::V22],
        _ if call => &[Prompt::V21],
        _ if !page.answered => &[Prompt::V22],
        _ => &[],
    }
}

/// 读给我听 on R05: its sentences, then the three switches.
pub fn consent(world: &World, lang: Lang) -> Speaking {
    let own = world.consent.iter().flat_map(|text| &text.line);
    let own = own.map(|line| lang.own(&line.zh, &line.en).to_owned());
    let switches = [words::CONSENT_S1, words::CONSENT_S2, words::CONSENT_S3];
    Speaking::page(own.chain(switches.map(|key| words::text(lang, key).to_owned())), lang, false)
}

/// 读给我听 on R20: what stands there, in its order, once and only after a touch (ux.md P6).
pub fn result(view: &ResultView, lang: Lang, soft: bool) -> Speaking {
    let number = match (view.first.as_str(), view.second.as_str()) {
        ("", _) => String::new(),
        (one, "") => format!("{one} {}", view.unit),
        (upper, lower) => {
            let [sys, dia] = [words::TREND_SYS, words::TREND_DIA].map(|key| words::text(lang, key));
            format!("{sys} {upper}, {dia} {lower}")
        }
    };
    let next: String = view.next_line.iter().map(|span| span.text.to_string()).collect();
    let said = [view.title.to_string(), number, view.word.to_string(), view.next_title.to_string(), next];
    let advice = view.advice.iter().map(|advice| advice.line.to_string());
    Speaking::page(said.into_iter().chain(advice).chain([view.told.to_string()]), lang, soft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_has_its_own_clip_and_words() {
        let clips = Prompt::ALL.map(|prompt| prompt.line(Lang::ZhCn).clip);
        assert_eq!((clips[0].as_deref(), clips[27].as_deref()), (Some("V01"), Some("V28")));
        assert!(Prompt::V28.line(Lang::ZhCn).text.contains("祝您健康"));
    }
}
