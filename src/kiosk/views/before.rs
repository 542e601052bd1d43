//! R07: what raises the pressure for half an hour, asked before the cuff; a yes is answered with advice.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AnswerView, Icon, QuestionView};

use super::say::{Say, model};
use crate::session::{Habit, Tap};

/// What R07 shows.
pub fn view(told: Option<Habit>, lang: Lang) -> QuestionView {
    let say = Say(lang);
    let (icon, title, sub) = match told {
        None => (Icon::Clock, words::BEFORE_TITLE, words::BEFORE_SUB),
        Some(Habit::Bladder) => (Icon::Toilet, words::BEFORE_TOILET, words::BEFORE_WAIT_SUB),
        Some(_) => (Icon::Sit, words::BEFORE_WAIT, words::BEFORE_WAIT_SUB),
    };
    let answers = tiles(told).into_iter().map(|(icon, title, more, tap)| AnswerView {
        icon,
        title: say.text(title),
        detail: more.map(|more| say.text(more)).unwrap_or_default(),
        way_on: tap == Tap::Habit(None),
        ..AnswerView::default()
    });
    QuestionView {
        icon,
        title: say.text(title),
        sub: say.text(sub),
        answers: model(answers.collect()),
        ..QuestionView::default()
    }
}

/// The touch that the answer at `place` is.
pub fn tap(told: Option<Habit>, place: usize) -> Option<Tap> {
    tiles(told).into_iter().nth(place).map(|(.., tap)| tap)
}

fn tiles(told: Option<Habit>) -> Vec<(Icon, Key, Option<Key>, Tap)> {
    let habit = |icon, title, habit| (icon, title, None, Tap::Habit(Some(habit)));
    match told {
        None => vec![
            habit(Icon::Smoking, words::BEFORE_SMOKE, Habit::Smoke),
            habit(Icon::Cup, words::BEFORE_COFFEE, Habit::Coffee),
            habit(Icon::Wine, words::BEFORE_WINE, Habit::Wine),
            habit(Icon::Walk, words::BEFORE_SPORT, Habit::Sport),
            habit(Icon::Toilet, words::BEFORE_BLADDER, Habit::Bladder),
            (Icon::Check, words::BEFORE_NONE, None, Tap::Habit(None)),
        ],
        Some(_) => vec![
            (Icon::Clock, words::BEFORE_LATER, Some(words::BEFORE_LATER_MORE), Tap::No),
            (Icon::Cuff, words::BEFORE_NOW, Some(words::BEFORE_NOW_MORE), Tap::Yes),
        ],
    }
}
