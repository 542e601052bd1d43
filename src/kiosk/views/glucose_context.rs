//! R15: what was eaten, and what the value will count as.

use chrono::Timelike;
use hut_ui::words::{self, Key, Lang};
use hut_ui::{GlucoseContextView, Level, Meal as ShownMeal};
use slint::SharedString;

use super::say::{Say, clock};
use crate::session::measure::Meal;
use crate::session::{Asked, MealForm, State, World};

/// What R15 shows.
pub fn view(world: &World, state: &State, form: &MealForm, lang: Lang) -> GlucoseContextView {
    let say = Say(lang);
    let hour = form.last.map_or(SUPPER, |(_, hour)| hour);
    let asks = state.told_missing(world).contains(&Asked::Illness);
    let verdict = verdict(world, state, form);
    let (verdict_level, line, more) = match verdict {
        Some((level, key, hours)) => {
            let picked = say.fill(words::GLUCTX_PICKED, &[("time", &clock(&state.now))]);
            (level, say.fill(key, &[("h", &hours.to_string())]), picked)
        }
        None => (Level::None, "".into(), "".into()),
    };
    GlucoseContextView {
        meal: match form.meal {
            None => ShownMeal::Unknown,
            Some(Meal::Fasting) => ShownMeal::Fasting,
            Some(Meal::TwoHours) => ShownMeal::AfterMeal,
            Some(Meal::Other) => ShownMeal::Other,
        },
        yesterday: form.last.is_some_and(|(today, _)| !today),
        today: form.last.is_some_and(|(today, _)| today),
        time: format!("{hour:02}:00").into(),
        time_words: hour_words(say, hour),
        verdict: line,
        verdict_more: more,
        verdict_level,
        next_line: if asks { say.text(words::GLUCTX_DIABETES) } else { "".into() },
        ready: form.meal.is_some(),
    }
}

/// What the helper found, with the hours since the meal; `None` while it was not used, or when another tile was chosen.
fn verdict(world: &World, state: &State, form: &MealForm) -> Option<(Level, Key, i64)> {
    let minutes = form.minutes_since(state.now)?;
    let (found, hours) = (Meal::after(minutes, world.today(state.now).fasting_hours()), minutes / 60);
    match found {
        _ if form.changed => Some((Level::Watch, words::GLUCTX_CHANGED, hours)),
        _ if form.meal != Some(found) => None,
        Meal::Fasting => Some((Level::Ok, words::GLUCTX_IS_FASTING, hours)),
        Meal::TwoHours => Some((Level::Ok, words::GLUCTX_IS_AFTER, hours)),
        Meal::Other => Some((Level::Info, words::GLUCTX_IS_OTHER, hours)),
    }
}

fn hour_words(say: Say, hour: u32) -> SharedString {
    let key = match hour {
        0..=4 => words::GLUCTX_NIGHT,
        5..=10 => words::GLUCTX_MORNING,
        11..=12 => words::GLUCTX_NOON,
        13..=17 => words::GLUCTX_AFTERNOON,
        _ => words::GLUCTX_EVENING,
    };
    let time = chrono::NaiveTime::from_hms_opt(hour % 24, 0, 0).unwrap_or_default();
    say.fill(key, &[("h", &time.hour12().1.to_string())])
}

/// Where the helper starts: supper yesterday.
const SUPPER: u32 = 19;
