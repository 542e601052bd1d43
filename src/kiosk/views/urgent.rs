//! R22: what to do now. Never a name larger than its chip; after ten minutes alone neither identity nor numbers.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChoiceView, Level, UrgentView};
use slint::SharedString;

use super::glucose::{level_unit, level_words};
use super::path::{left, trouble_word};
use super::say::{Say, model};
use crate::model::device::Role;
use crate::session::told::glucose_title;
use crate::session::{Repeat, State, Symptom, UrgentKind, UrgentPage, World};

/// What R22 shows.
pub fn view(world: &World, state: &State, page: &UrgentPage, lang: Lang) -> UrgentView {
    let say = Say(lang);
    let number = if page.hidden { Number::default() } else { number(state, page, say) };
    let low = page.kind == UrgentKind::LowGlucose;
    let title = say.text(page.kind.title());
    UrgentView {
        level: if low { Level::Low } else { Level::Urgent },
        title_line: title.replace('\n', lang.own("，", " ")).into(),
        title,
        value_label: number.label,
        value: number.value,
        unit: number.unit,
        pulse: number.pulse,
        hidden: page.hidden,
        steps: model(steps(world, state, page, say)),
        emergency: page.emergency,
        called: if low { called(world, state, page, say) } else { "".into() },
        repeat: repeat(world, state, page, say),
        repeat_refuse: match page.repeat {
            Repeat::Locked => "".into(),
            _ => say.text(words::URGENT_NO_REPEAT),
        },
        symptoms: if page.asks() { model(symptoms(page, say)) } else { slint::ModelRc::default() },
        note: match state.visit {
            Some(_) if page.none || !page.symptoms.is_empty() => say.text(words::URGENT_NOTED),
            _ => "".into(),
        },
        acknowledged: state.call.is_none(),
        can_close: state.may_close(page),
        can_print: state.may_print_for_doctor(page),
    }
}

#[derive(Default)]
struct Number {
    label: SharedString,
    value: SharedString,
    unit: SharedString,
    pulse: SharedString,
}

fn number(state: &State, page: &UrgentPage, say: Say) -> Number {
    let Some(visit) = &state.visit else { return Number::default() };
    let readings = visit.pressures();
    let by_glucose = visit.assessment.as_ref().is_some_and(|assessment| assessment.urged_by("glu."));
    let glucose = match page.kind {
        UrgentKind::LowGlucose | UrgentKind::HighGlucose => true,
        UrgentKind::Rule => by_glucose,
        UrgentKind::Pressure | UrgentKind::Unwell => false,
    };
    if let (true, Some((level, kind))) = (glucose, visit.glucose()) {
        return Number {
            label: say.text(glucose_title(kind)),
            value: level_words(say, level),
            unit: level_unit(say, level),
            pulse: "".into(),
        };
    }
    let by_other = |row| visit.assessment.as_ref().is_some_and(|found| found.urged_by(row));
    let plain = |label, value: String, unit| Number {
        label: say.text(label),
        value: value.into(),
        unit: say.text(unit),
        ..Number::default()
    };
    match (page.kind, visit.spo2(), visit.temperature()) {
        (UrgentKind::Rule, Some(spo2), _) if by_other("spo2.") => {
            return plain(words::RES_SPO2, spo2.to_string(), words::UNIT_PERCENT);
        }
        (UrgentKind::Rule, _, Some(celsius)) if by_other("temp.") => {
            return plain(words::RES_TEMPERATURE, celsius.to_string(), words::UNIT_CELSIUS);
        }
        _ => {}
    }
    let mean = visit.assessment.as_ref().and_then(|assessment| assessment.bp_mean);
    let Some([systolic, diastolic]) = mean.filter(|_| !readings.is_empty()) else { return Number::default() };
    Number {
        label: match readings.len() {
            1 => say.text(words::RES_SINGLE),
            2 => say.text(words::RES_MEAN),
            n => say.fill(words::RES_MEAN_N, &[("n", &n.to_string())]),
        },
        value: format!("{systolic} / {diastolic}").into(),
        unit: say.text(words::UNIT_MMHG),
        pulse: visit.pulse().map(|pulse| pulse.to_string()).unwrap_or_default().into(),
    }
}

/// Three lines only. A danger sign puts 120 first (ux.md 7.3).
fn steps(world: &World, state: &State, page: &UrgentPage, say: Say) -> Vec<SharedString> {
    let lines = |keys: &[Key]| keys.iter().map(|key| say.text(*key)).collect();
    match (page.kind, page.emergency) {
        (_, true) => {
            vec![say.text(words::URGENT_S_120), say.text(words::URGENT_S1_SIT), called(world, state, page, say)]
        }
        (UrgentKind::LowGlucose, _) => {
            lines(&[words::URGENT_LOW_S1, words::URGENT_LOW_S2, words::URGENT_LOW_S3, words::URGENT_LOW_S4])
        }
        _ => {
            // The second line says to call out where no bell does.
            let alone =
                if state.call.is_none() || state.rings() { words::URGENT_S3_CALL } else { words::URGENT_S3_DIAL };
            vec![say.text(words::URGENT_S1_SIT), called(world, state, page, say), say.text(alone)]
        }
    }
}

/// What became of the call; where nobody is expected to come any more the number of the one on duty.
fn called(world: &World, state: &State, page: &UrgentPage, say: Say) -> SharedString {
    let phone = &world.station.phone;
    let alone = page.hidden || (world.duty.unattended && state.call.is_some());
    match state.call {
        _ if alone && !phone.is_empty() => say.fill(words::URGENT_PHONE, &[("phone", phone)]),
        None => say.text(words::URGENT_S2_COMING),
        Some(_) if state.rings() => say.text(words::URGENT_S2_RINGING),
        Some(_) => say.text(words::URGENT_S2_MUTE),
    }
}

/// What becomes of the second reading.
fn repeat(world: &World, state: &State, page: &UrgentPage, say: Say) -> SharedString {
    match page.repeat {
        Repeat::Pause { since, .. } => {
            let left = left(state, since, world.today(state.now).pause_seconds());
            say.fill(words::URGENT_REPEAT, &[("s", &left.to_string())])
        }
        _ if page.repeat != Repeat::Locked && !state.has(world, Role::BloodPressure) => say.text(words::ERR_LOST),
        Repeat::Measuring { failed: Some((_, trouble)) } => say.text(trouble_word(trouble)),
        Repeat::Measuring { failed: None } if world.monitor.by_cable => say.text(words::URGENT_REPEAT_NOW),
        Repeat::Measuring { failed: None } => say.text(words::URGENT_REPEAT_START),
        Repeat::Locked => "".into(),
    }
}

/// The tiles, in order; the fifth is 都没有.
pub const TILES: [Symptom; 5] = [Symptom::Chest, Symptom::Stroke, Symptom::Head, Symptom::Breath, Symptom::None];

fn symptoms(page: &UrgentPage, say: Say) -> Vec<ChoiceView> {
    let tile = |symptom: Symptom| {
        let chosen = if symptom == Symptom::None { page.none } else { page.symptoms.contains(&symptom) };
        ChoiceView { label: say.text(symptom.word()), chosen }
    };
    TILES.into_iter().map(tile).collect()
}
