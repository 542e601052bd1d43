//! R17 and R18: one question, its answers, and the touch that each answer is.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AnswerView, Icon, QuestionView};

use super::say::{Say, model};
use crate::model::resident::{Answer, Question};
use crate::session::{Asked, QuestionStep, Tap};

/// What R17 or R18 shows.
pub fn view(step: &QuestionStep, lang: Lang) -> QuestionView {
    let say = Say(lang);
    let Some(asked) = step.asked() else { return QuestionView::default() };
    let (number, total) = if step.screen_id() == "R17" && step.of.1 > 1 { step.of } else { (0, 0) };
    let several = asked == Asked::Illness;
    let (title, sub) = title(asked);
    let answers = tiles(asked).into_iter().map(|tile| AnswerView {
        icon: tile.icon,
        title: say.text(tile.title),
        detail: tile.detail.map(|detail| say.text(detail)).unwrap_or_default(),
        chosen: matches!(tile.tap, Tap::Illness(Some(illness)) if step.illness.contains(&illness)),
        quiet: tile.tap == Tap::Answer(Answer::NotSure),
    });
    QuestionView {
        title: say.text(title),
        sub: say.text(sub.unwrap_or(if several { words::Q_SEVERAL } else { words::Q_ONE })),
        number: number as i32,
        total: total as i32,
        progress: if total == 0 {
            "".into()
        } else {
            say.fill(words::Q_PROGRESS, &[("n", &number.to_string()), ("m", &total.to_string())])
        },
        answers: model(answers.collect()),
        several,
        can_skip: true,
        ready: !several || !step.illness.is_empty(),
    }
}

/// The touch that the answer at `place` is.
pub fn tap(step: &QuestionStep, place: usize) -> Option<Tap> {
    tiles(step.asked()?).into_iter().nth(place).map(|tile| tile.tap)
}

struct Tile {
    icon: Icon,
    title: Key,
    detail: Option<Key>,
    tap: Tap,
}

fn tile(icon: Icon, title: Key, tap: Tap) -> Tile {
    Tile { icon, title, detail: None, tap }
}

fn answer(icon: Icon, title: Key, answer: Answer) -> Tile {
    tile(icon, title, Tap::Answer(answer))
}

fn unknown() -> Tile {
    Tile { detail: Some(words::Q_UNKNOWN_MORE), ..answer(Icon::Help, words::Q_UNKNOWN, Answer::NotSure) }
}

fn title(asked: Asked) -> (Key, Option<Key>) {
    match asked {
        Asked::Illness => (words::Q_KNOWN, Some(words::Q_KNOWN_SEVERAL)),
        Asked::Pregnancy => (words::Q_PREGNANT, None),
        Asked::One(Question::Smoking) => (words::Q_SMOKE, None),
        Asked::One(Question::Alcohol) => (words::Q_DRINK, None),
        Asked::One(Question::Activity) => (words::Q_MOVE, Some(words::Q_MOVE_SUB)),
        Asked::One(Question::Salt) => (words::Q_SALT, None),
        Asked::One(Question::FamilyDiabetes) => (words::Q_FAMILY_HAS_GLU, None),
        Asked::One(Question::FamilyHypertension) => (words::Q_FAMILY_HAS_BP, None),
        Asked::One(Question::OnAntihypertensives) => (words::Q_TAKES_PILLS, None),
        Asked::One(Question::Hypertension | Question::Diabetes | Question::Dyslipidaemia) => (words::Q_KNOWN, None),
        Asked::One(Question::Pregnant | Question::Breastfeeding) => (words::Q_PREGNANT, None),
    }
}

fn tiles(asked: Asked) -> Vec<Tile> {
    let known = |icon, title, illness| tile(icon, title, Tap::Illness(illness));
    match asked {
        Asked::Illness => vec![
            known(Icon::Cuff, words::Q_KNOWN_BP, Some(Question::Hypertension)),
            known(Icon::Drop, words::Q_KNOWN_GLU, Some(Question::Diabetes)),
            known(Icon::Lab, words::Q_KNOWN_LIPIDS, Some(Question::Dyslipidaemia)),
            known(Icon::Check, words::Q_KNOWN_NONE, None),
        ],
        Asked::Pregnancy => vec![
            known(Icon::Woman, words::Q_PREGNANT_YES, Some(Question::Pregnant)),
            known(Icon::Baby, words::Q_PREGNANT_FEEDING, Some(Question::Breastfeeding)),
            known(Icon::Check, words::Q_PREGNANT_NO, None),
        ],
        Asked::One(Question::Smoking) => vec![
            Tile { detail: Some(words::Q_SMOKE_NEVER_MORE), ..answer(Icon::Leaf, words::Q_SMOKE_NEVER, Answer::Never) },
            Tile {
                detail: Some(words::Q_SMOKE_PAST_MORE),
                ..answer(Icon::NoSmoking, words::Q_SMOKE_PAST, Answer::Former)
            },
            answer(Icon::Smoking, words::Q_SMOKE_NOW, Answer::Current),
            unknown(),
        ],
        Asked::One(Question::Alcohol) => vec![
            answer(Icon::Leaf, words::Q_DRINK_NEVER, Answer::Never),
            answer(Icon::Wine, words::Q_DRINK_SELDOM, Answer::Little),
            answer(Icon::Wine, words::Q_DRINK_WEEKLY, Answer::Some),
            answer(Icon::Wine, words::Q_DRINK_DAILY, Answer::Much),
            unknown(),
        ],
        Asked::One(Question::Activity) => vec![
            answer(Icon::Sit, words::Q_MOVE_NONE, Answer::No),
            answer(Icon::Walk, words::Q_MOVE_FEW, Answer::Little),
            answer(Icon::Walk, words::Q_MOVE_SOME, Answer::Some),
            answer(Icon::Walk, words::Q_MOVE_MOST, Answer::Much),
            unknown(),
        ],
        Asked::One(Question::Salt) => vec![
            answer(Icon::Salt, words::Q_SALT_LIGHT, Answer::Little),
            answer(Icon::Salt, words::Q_SALT_MEDIUM, Answer::Some),
            answer(Icon::Salt, words::Q_SALT_HEAVY, Answer::Much),
            unknown(),
        ],
        Asked::One(_) => vec![
            answer(Icon::Check, words::Q_YES, Answer::Yes),
            answer(Icon::Cross, words::Q_NO, Answer::No),
            unknown(),
        ],
    }
}
