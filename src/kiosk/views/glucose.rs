//! R16: four steps with the strip, then the meter speaks. Of two new records the resident says which is theirs.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AnswerView, GlucoseView, Icon, Level, QuestionView};
use slint::SharedString;

use super::path::trouble_word;
use super::say::{Say, minutes, model};
use crate::model::device::Trouble;
use crate::model::measurement::{GlucoseKind, GlucoseLevel};
use crate::session::{GlucoseStep, State, told};

/// What R16 shows; `at` is the step that the resident has come to.
pub fn view(state: &State, step: &GlucoseStep, at: i32, lang: Lang) -> GlucoseView {
    let say = Say(lang);
    let (note, note_level) = match (step.gone, step.trouble) {
        (true, _) => (say.text(words::ERR_METER_LOST), Level::Watch),
        (_, Some(Trouble::NoAnswer)) => {
            (say.fill(words::ERR_ASK_STAFF, &[("device", &say.text(words::DEVICE_GLUCOSE))]), Level::Watch)
        }
        (_, Some(trouble)) => (say.text(trouble_word(trouble)), Level::Watch),
        _ if at == STRIP => (say.text(words::GLU_STRIP_CHECK), Level::Info),
        _ => ("".into(), Level::Info),
    };
    let waiting = at >= LAST_STEP;
    GlucoseView {
        step: if step.found.is_empty() { at } else { LAST_STEP },
        meal: say.fill(words::GLU_MEAL, &[("meal", &say.text(kind_word(step.kind)))]),
        seconds: if waiting { minutes(state.now.ms_since(&state.touched) / 1000) } else { "".into() },
        note,
        note_level,
        gone: step.gone,
    }
}

/// Two new records: which is theirs? Asked on the page of R17.
pub fn records_view(step: &GlucoseStep, lang: Lang) -> QuestionView {
    let say = Say(lang);
    let answers = step.found.iter().map(|record| AnswerView {
        icon: Icon::Drop,
        title: level_line(say, record.level).into(),
        detail: record.origin.device_time.map(|at| at.format("%H:%M").to_string()).unwrap_or_default().into(),
        ..AnswerView::default()
    });
    QuestionView {
        icon: Icon::Drop,
        title: say.text(words::GLU_WHICH),
        sub: say.text(words::GLU_WHICH_SUB),
        answers: model(answers.collect()),
        ..QuestionView::default()
    }
}

/// The number, or 高出量程 / 低于量程.
pub fn level_words(say: Say, level: GlucoseLevel) -> SharedString {
    told::glucose(say.0, level).into()
}

/// The unit beside it: words have none.
pub fn level_unit(say: Say, level: GlucoseLevel) -> SharedString {
    told::glucose_unit(level).map(|unit| say.text(unit)).unwrap_or_default()
}

/// Both in one line.
pub fn level_line(say: Say, level: GlucoseLevel) -> String {
    told::glucose_line(say.0, level)
}

/// 空腹, 饭后 2 小时, 其他时间.
pub fn kind_word(kind: GlucoseKind) -> Key {
    match kind {
        GlucoseKind::Fasting => words::GLUCTX_FASTING,
        GlucoseKind::Postprandial2h | GlucoseKind::Ogtt2h => words::GLUCTX_AFTER,
        GlucoseKind::Random => words::GLUCTX_OTHER,
    }
}

/// The strip goes in: what may be wrong with it, since no meter tells that over its cable.
const STRIP: i32 = 1;

/// Waiting for the meter.
pub const LAST_STEP: i32 = 3;
