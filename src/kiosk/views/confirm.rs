//! R04: is this you? A masked name and the last four, no values.

use chrono::Datelike;
use hut_ui::ConfirmView;
use hut_ui::words::{self, Lang};

use super::say::Say;
use crate::kiosk::letters::legible;
use crate::session::{Born, Candidate};

/// What R04 shows.
pub fn view(candidate: &Candidate, lang: Lang) -> ConfirmView {
    let say = Say(lang);
    let who = &candidate.who;
    let year = match who.born {
        Born::On(day) => day.year().to_string(),
        Born::Band(_) => String::new(),
    };
    let tail = who.last_four();
    let name = who.masked();
    let line = if name.is_empty() {
        say.fill(words::CONFIRM_TYPED, &[("year", &year), ("sex", &say.sex(who.sex)), ("tail", tail)])
    } else {
        say.fill(words::CONFIRM_LINE, &[("year", &year), ("tail", tail)])
    };
    let last_visit = match &candidate.past {
        None => "".into(),
        Some(past) => match past.last_visit {
            Some(day) => say.fill(words::CONFIRM_LAST, &[("date", &say.date(day))]),
            None if past.resident.is_none() => say.text(words::CONFIRM_FIRST),
            // Known here, and nothing was measured yet.
            None => "".into(),
        },
    };
    ConfirmView { name: legible(&name), line, last_visit }
}
