//! R19, by staff: what was read off another instrument.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChoiceView, EntryView, Level};
use slint::SharedString;

use super::glucose::level_line;
use super::say::{Say, model};
use crate::model::Value;
use crate::session::figures::lipid_title;
use crate::session::measure::{Entered, kits};
use crate::session::told::glucose_title;
use crate::session::{EntryForm, Notice, State, World};

/// What the page shows.
pub fn view(world: &World, state: &State, form: &EntryForm, lang: Lang) -> EntryView {
    let say = Say(lang);
    let units = form.what.map(Entered::units).unwrap_or_default();
    let (answered, missing) = (!form.typed.0.is_empty() || form.positive.is_some(), missing(say, form));
    let (note_level, note) = match (state.notice, &form.kept) {
        (Some(Notice::Implausible), _) => (Level::Watch, say.text(words::ENTRY_AGAIN)),
        _ if answered && !missing.is_empty() => (Level::Info, missing),
        (_, Some(value)) => (Level::Ok, say.fill(words::ENTRY_KEPT, &[("value", &told(say, value))])),
        _ => (Level::Info, say.text(words::ENTRY_MARKED)),
    };
    EntryView {
        what: model(Entered::ALL.map(|what| choice(say.text(name(what)), form.what == Some(what))).into()),
        units: model(units.iter().map(|unit| choice(unit.symbol().into(), form.unit == Some(*unit))).collect()),
        kits: model(kits(world).enumerate().map(|(place, kit)| choice(kit.into(), form.kit == Some(place))).collect()),
        day: match form.days_ago {
            0 => say.text(words::COMMON_TODAY),
            1 => say.text(words::COMMON_YESTERDAY),
            _ => say.date(form.day(state.now.day())),
        },
        value: form.typed.0.as_str().into(),
        unit: form.unit.map(|unit| unit.symbol().into()).unwrap_or_default(),
        yes_or_no: form.what == Some(Entered::OccultBlood),
        positive: form.positive == Some(true),
        negative: form.positive == Some(false),
        note,
        note_level,
        ready: form.complete(),
    }
}

/// Why 记下 cannot be pressed although a result stands there.
fn missing(say: Say, form: &EntryForm) -> SharedString {
    let unit = form.unit.is_none() && form.what.is_some_and(|what| !what.units().is_empty());
    let (what, kit) = (form.what.is_none(), form.kit.is_none());
    let all = [(words::ENTRY_WHAT, what), (words::ENTRY_UNIT, unit), (words::ENTRY_KIT, kit)];
    say.missing(words::ENTRY_MISSING, &all)
}

fn choice(label: SharedString, chosen: bool) -> ChoiceView {
    ChoiceView { label, chosen }
}

fn name(what: Entered) -> Key {
    match what {
        Entered::Lipid(analyte) => lipid_title(analyte),
        Entered::Glucose(kind) => glucose_title(kind),
        Entered::Airflow => words::ENTRY_AIRFLOW,
        Entered::OccultBlood => words::ENTRY_OCCULT,
    }
}

/// What was kept: its name and number, as it is judged.
fn told(say: Say, value: &Value) -> String {
    let mmol = say.text(words::UNIT_MMOL);
    match value {
        Value::Lipid { analyte, level } => format!("{} {level} {mmol}", say.text(lipid_title(*analyte))),
        Value::Glucose { level, kind } => {
            format!("{} {}", say.text(glucose_title(*kind)), level_line(say, *level))
        }
        Value::Airflow(ratio) => format!("{} {ratio}", say.text(words::ENTRY_AIRFLOW)),
        Value::OccultBlood(positive) => {
            let word = if *positive { words::OTHERS_POSITIVE } else { words::OTHERS_NEGATIVE };
            format!("{} {}", say.text(words::ENTRY_OCCULT), say.text(word))
        }
        _ => String::new(),
    }
}
