//! R17 and R18: one question, its answers, and the touch that each answer is.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AnswerView, Icon, QuestionView};

use super::say::{Say, model};
use crate::model::Subject;
use crate::model::resident::{Answer, Question};
use crate::session::{Asked, QuestionStep, State, Tap};

/// What R17 or R18 shows.
pub fn view(state: &State, step: &QuestionStep, lang: Lang) -> QuestionView {
    let say = Say(lang);
    let Some(asked) = step.asked() else { return QuestionView::default() };
    let (number, total) = if step.screen_id() == "R17" && step.progress().1 > 1 { step.progress() } else { (0, 0) };
    let several = !asked.several().is_empty();
    let (title, sub) = title(asked);
    // A guest is known to nobody next time.
    let guest = state.visit.as_ref().is_some_and(|visit| matches!(visit.subject, Subject::Guest(_)));
    let sub = sub.filter(|sub| !(guest && *sub == words::Q_KNOWN_SEVERAL));
    let answers = tiles(asked).into_iter().map(|tile| AnswerView {
        icon: tile.icon,
        title: say.text(tile.title),
        detail: tile.detail.map(|detail| say.text(detail)).unwrap_or_default(),
        chosen: matches!(tile.tap, Tap::Illness(Some(chosen)) if step.chosen.contains(&chosen)),
        quiet: tile.tap == Tap::Answer(Answer::NotSure),
        goes_on: !matches!(tile.tap, Tap::Illness(Some(_))),
        way_on: false,
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
        icon: icon(asked),
        next: if several { say.text(words::COMMON_NEXT) } else { "".into() },
        can_skip: true,
        ready: !several || !step.chosen.is_empty(),
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

/// What a question is about.
fn icon(asked: Asked) -> Icon {
    match asked {
        Asked::Illness => Icon::Hospital,
        Asked::Pregnancy => Icon::Pregnant,
        Asked::Family => Icon::Family,
        Asked::Tablets | Asked::SugarMedicine => Icon::Medicine,
        Asked::One(Question::Alcohol) => Icon::Wine,
        Asked::One(Question::Activity) => Icon::Walk,
        Asked::One(Question::Salt) => Icon::Salt,
        Asked::One(_) => Icon::Smoking,
    }
}

fn title(asked: Asked) -> (Key, Option<Key>) {
    match asked {
        Asked::Illness => (words::Q_KNOWN, Some(words::Q_KNOWN_SEVERAL)),
        Asked::Pregnancy => (words::Q_PREGNANT, None),
        Asked::Family => (words::Q_FAMILY, None),
        Asked::Tablets => (words::Q_PILLS, None),
        Asked::SugarMedicine => (words::Q_INSULIN, None),
        Asked::One(Question::Alcohol) => (words::Q_DRINK, None),
        Asked::One(Question::Activity) => (words::Q_MOVE, Some(words::Q_MOVE_SUB)),
        Asked::One(Question::Salt) => (words::Q_SALT, None),
        Asked::One(Question::Cigarettes) => (words::Q_SMOKE_COUNT, None),
        Asked::One(_) => (words::Q_SMOKE, None),
    }
}

fn tiles(asked: Asked) -> Vec<Tile> {
    let several = |icon, title, chosen| tile(icon, title, Tap::Illness(Some(chosen)));
    let none = |title| tile(Icon::Check, title, Tap::Illness(None));
    let mut tiles = match asked {
        Asked::Illness => vec![
            several(Icon::Cuff, words::Q_KNOWN_BP, Question::Hypertension),
            several(Icon::Drop, words::Q_KNOWN_GLU, Question::Diabetes),
            several(Icon::Lab, words::Q_KNOWN_LIPIDS, Question::Dyslipidaemia),
            none(words::Q_KNOWN_NONE),
        ],
        Asked::Family => vec![
            several(Icon::Cuff, words::Q_FAMILY_BP, Question::FamilyHypertension),
            several(Icon::Drop, words::Q_FAMILY_GLU, Question::FamilyDiabetes),
            several(Icon::Stroke, words::Q_FAMILY_STROKE, Question::FamilyStroke),
            several(Icon::Heart, words::Q_FAMILY_HEART, Question::FamilyHeart),
            none(words::Q_NONE),
        ],
        Asked::SugarMedicine => vec![
            several(Icon::Drop, words::Q_INSULIN_YES, Question::OnInsulin),
            several(Icon::Medicine, words::Q_INSULIN_TABLETS, Question::OnSugarTablets),
            none(words::Q_INSULIN_NONE),
        ],
        Asked::Pregnancy => vec![
            several(Icon::Pregnant, words::Q_PREGNANT_YES, Question::Pregnant),
            several(Icon::Baby, words::Q_PREGNANT_FEEDING, Question::Breastfeeding),
            none(words::Q_PREGNANT_NO),
        ],
        Asked::Tablets => vec![
            answer(Icon::Check, words::Q_PILLS_YES, Answer::Yes),
            answer(Icon::Clock, words::Q_PILLS_LATER, Answer::NotYet),
            answer(Icon::Cross, words::Q_PILLS_NONE, Answer::No),
        ],
        Asked::One(Question::Alcohol) => vec![
            answer(Icon::Leaf, words::Q_DRINK_NEVER, Answer::Never),
            answer(Icon::Wine, words::Q_DRINK_SELDOM, Answer::Little),
            answer(Icon::Wine, words::Q_DRINK_WEEKLY, Answer::Some),
            answer(Icon::Wine, words::Q_DRINK_DAILY, Answer::Much),
        ],
        Asked::One(Question::Activity) => vec![
            answer(Icon::Sit, words::Q_MOVE_NONE, Answer::No),
            answer(Icon::Walk, words::Q_MOVE_FEW, Answer::Little),
            answer(Icon::Walk, words::Q_MOVE_SOME, Answer::Some),
            answer(Icon::Walk, words::Q_MOVE_MOST, Answer::Much),
        ],
        Asked::One(Question::Salt) => vec![
            answer(Icon::Salt, words::Q_SALT_LIGHT, Answer::Little),
            answer(Icon::Salt, words::Q_SALT_MEDIUM, Answer::Some),
            answer(Icon::Salt, words::Q_SALT_HEAVY, Answer::Much),
        ],
        Asked::One(Question::Cigarettes) => vec![
            answer(Icon::Smoking, words::Q_SMOKE_FEW, Answer::Little),
            answer(Icon::Smoking, words::Q_SMOKE_SOME, Answer::Some),
            answer(Icon::Smoking, words::Q_SMOKE_MANY, Answer::Much),
            answer(Icon::Smoking, words::Q_SMOKE_MOST, Answer::Most),
        ],
        Asked::One(_) => vec![
            Tile {
                detail: Some(words::Q_SMOKE_NOW_MORE),
                ..answer(Icon::Smoking, words::Q_SMOKE_NOW, Answer::Current)
            },
            Tile {
                detail: Some(words::Q_SMOKE_PAST_MORE),
                ..answer(Icon::NoSmoking, words::Q_SMOKE_PAST, Answer::Former)
            },
            Tile { detail: Some(words::Q_SMOKE_NEVER_MORE), ..answer(Icon::Leaf, words::Q_SMOKE_NEVER, Answer::Never) },
        ],
    };
    tiles.push(unknown());
    tiles
}
