//! A case in the doctor's words: its value, and why it waits.

use hut_ui::Level;
use hut_ui::words::{self, Key};
use slint::SharedString;

use super::class::of_urgency;
use super::glucose::{level_unit, level_words};
use super::say::Say;
use crate::model::fact::SymptomAnswer;
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, Quality};
use crate::model::review::CasePerson;
use crate::model::{CaseRow, Measurement, RowId, Urgency, Value};
use crate::session::World;
use crate::session::told::{glucose_title, is_raised};

/// The number a case is about.
pub struct Number {
    /// What it is.
    pub label: SharedString,
    /// The value.
    pub value: SharedString,
    /// Its unit.
    pub unit: SharedString,
}

/// The shape of a case: by level; a low value has its own, and a slip that nobody has judged is a grey diamond.
pub fn level(case: &CaseRow) -> Level {
    let guest = matches!(case.person, CasePerson::Guest(_));
    match of_urgency(case.level) {
        Level::Urgent if is_low(case) => Level::Low,
        Level::Urgent => Level::Urgent,
        _ if guest => Level::None,
        level => level,
    }
}

/// A critical glucose on the low side.
pub fn is_low(case: &CaseRow) -> bool {
    let low = |row: &RowId| row.as_str().starts_with("glu.critical.low");
    case.assessment.glucose_critical.as_ref().is_some_and(low)
}

/// The readings of blood pressure.
pub fn pressures(case: &CaseRow) -> Vec<Pressure> {
    case.readings.iter().filter_map(Measurement::pressure).collect()
}

/// The glucose.
pub fn glucose(case: &CaseRow) -> Option<(GlucoseLevel, GlucoseKind)> {
    case.readings.iter().rev().find_map(|reading| match reading.value {
        Value::Glucose { level, kind } => Some((level, kind)),
        _ => None,
    })
}

/// The waist, centimetres.
pub fn waist(case: &CaseRow) -> Option<String> {
    case.readings.iter().rev().find_map(|reading| match reading.value {
        Value::Waist(waist) => Some(waist.0.normalize().to_string()),
        _ => None,
    })
}

/// The number of the row: a critical or only glucose, else the pressure, else the waist.
pub fn number(say: Say, case: &CaseRow) -> Number {
    let mean = case.assessment.bp_mean.filter(|_| !pressures(case).is_empty());
    let glucose = glucose(case).filter(|_| leads_with_glucose(case) || mean.is_none());
    if let Some((level, kind)) = glucose {
        return Number {
            label: say.text(glucose_title(kind)),
            value: level_words(say, level),
            unit: level_unit(say, level),
        };
    }
    match (mean, waist(case)) {
        (Some([systolic, diastolic]), _) => Number {
            label: mean_label(say, pressures(case).len()),
            value: format!("{systolic}/{diastolic}").into(),
            unit: say.text(words::UNIT_MMHG),
        },
        (None, Some(waist)) => {
            Number { label: say.text(words::RES_WAIST_ITEM), value: waist.into(), unit: say.text(words::UNIT_CM) }
        }
        (None, None) => Number { label: "".into(), value: "".into(), unit: "".into() },
    }
}

/// 两次平均 and its kin.
pub fn mean_label(say: Say, readings: usize) -> SharedString {
    match readings {
        0 | 1 => say.text(words::RES_SINGLE),
        2 => say.text(words::DOC_BOTH),
        n => say.fill(words::RES_MEAN_N, &[("n", &n.to_string())]),
    }
}

/// A glucose that matters more than the pressure beside it.
pub fn leads_with_glucose(case: &CaseRow) -> bool {
    let raised = case.assessment.bp_grade.as_ref().is_some_and(is_raised);
    case.assessment.glucose_critical.is_some() || (!raised && (diabetes_range(case) || maternal_glucose(case)))
}

fn diabetes_range(case: &CaseRow) -> bool {
    case.assessment.glucose_class.as_ref().is_some_and(|row| row.as_str().ends_with("diabetes_range"))
}

/// Why the case is here, in one line.
pub fn reason(world: &World, say: Say, case: &CaseRow) -> SharedString {
    if let (CasePerson::Guest(_), true) = (&case.person, case.level < Urgency::Urgent) {
        return say.text(words::WHY_GUEST);
    }
    main_reasons(world, say, case).into_iter().next().unwrap_or_else(|| say.text(words::DOC_WHY_HIGH))
}

/// All reasons, the weightiest first.
pub fn main_reasons(world: &World, say: Say, case: &CaseRow) -> Vec<SharedString> {
    let assessment = &case.assessment;
    let mut reasons = Vec::new();
    if matches!(&case.symptoms, Some(SymptomAnswer::Told(told)) if !told.is_empty()) {
        reasons.push(say.text(words::WHY_SYMPTOM));
    }
    reasons.extend(glucose_reason(say, case));
    reasons.extend(maternal_reasons(say, case));
    reasons.extend(pressure_reason(world, say, case));
    match assessment.glucose_class.as_ref().map(RowId::as_str) {
        Some("glu.fasting.diabetes_range") => reasons.push(say.text(words::WHY_GLUCOSE_FASTING)),
        Some("glu.2h.diabetes_range" | "glu.random.diabetes_range") => reasons.push(say.text(words::WHY_GLUCOSE_ANY)),
        Some("glu.fasting.ifg") => reasons.push(say.text(words::WHY_GLUCOSE_RAISED)),
        _ => {}
    }
    let waist_told = reasons.iter().any(|told| *told == say.text(words::WHY_BP_FIRST_WAIST));
    for row in &assessment.high_risk {
        let key = match row.as_str() {
            "hr.waist" if !waist_told => words::WHY_WAIST,
            "hr.smoking" => words::WHY_SMOKING,
            "hr.tc" => words::WHY_CHOLESTEROL,
            _ => continue,
        };
        reasons.push(say.text(key));
    }
    reasons
}

/// A critical sugar.
pub fn glucose_reason(say: Say, case: &CaseRow) -> Option<SharedString> {
    case.assessment.glucose_critical.as_ref()?;
    Some(say.text(if is_low(case) { words::WHY_GLUCOSE_LOW } else { words::WHY_GLUCOSE_CRITICAL }))
}

/// What pregnancy or breastfeeding makes urgent at lower limits (P8).
pub fn maternal_reasons(say: Say, case: &CaseRow) -> Vec<SharedString> {
    let pressure = case.assessment.urged_by("bp.critical.pregnant");
    let told = [(pressure, words::WHY_PREGNANT), (maternal_glucose(case), words::WHY_PREGNANT_GLUCOSE)];
    told.into_iter().filter(|(is, _)| *is).map(|(_, key)| say.text(key)).collect()
}

/// A sugar that is not critical is urgent, or beyond the limits of pregnancy.
fn maternal_glucose(case: &CaseRow) -> bool {
    let assessment = &case.assessment;
    let urgent = assessment.urgency >= Urgency::Urgent && assessment.glucose_critical.is_none();
    assessment.urged_by("glu.pregnant") || (urgent && assessment.urged_by("glu."))
}

fn pressure_reason(world: &World, say: Say, case: &CaseRow) -> Option<SharedString> {
    let assessment = &case.assessment;
    let grade = assessment.bp_grade.as_ref()?;
    let known = assessment.bp_control_norm.is_some() || assessment.bp_at_target_2025.is_some();
    let waist = assessment.high_risk.iter().any(|row| *row == "hr.waist");
    Some(match grade.as_str() {
        _ if is_critical(world, case) => say.text(match critical_readings(world, case) {
            1 => words::WHY_ONCE_CRITICAL,
            _ => words::WHY_BOTH_CRITICAL,
        }),
        _ if known && is_raised(grade) => say.text(words::WHY_NOT_AT_TARGET),
        "bp.high_normal" => say.text(words::WHY_BP_HIGH_NORMAL),
        _ if !is_raised(grade) => return None,
        _ => match raised_days(world, case) {
            0 if waist => say.text(words::WHY_BP_FIRST_WAIST),
            0 => say.text(words::WHY_BP_FIRST),
            n if assessment.three_day_rule_met == Some(true) => {
                say.fill(words::WHY_BP_DAYS, &[("n", &(n + 1).to_string())])
            }
            n => say.fill(words::WHY_BP_DAY, &[("n", &(n + 1).to_string())]),
        },
    })
}

/// A reading reached the limits of the urgent page.
pub fn is_critical(world: &World, case: &CaseRow) -> bool {
    critical_readings(world, case) > 0
}

fn critical_readings(world: &World, case: &CaseRow) -> usize {
    let (rules, readings) = (world.today(case.since), pressures(case));
    let critical = |reading: &&Pressure| rules.is_critical_pressure([reading.systolic.0, reading.diastolic.0]);
    readings.iter().filter(critical).count()
}

fn raised_days(world: &World, case: &CaseRow) -> usize {
    let means = case.history.iter().map(|(day, systolic, diastolic)| (*day, [*systolic, *diastolic]));
    world.today(case.since).raised_days_before(case.since.day(), means)
}

/// What is wrong with the readings, in words.
pub fn quality(say: Say, case: &CaseRow) -> SharedString {
    let mut marks: Vec<Quality> = case.readings.iter().flat_map(|reading| reading.quality.iter().copied()).collect();
    marks.sort_unstable();
    marks.dedup();
    let word = |mark: Quality| match mark {
        Quality::Movement => words::QUALITY_MOVEMENT,
        Quality::IrregularPulse => words::QUALITY_PULSE,
        Quality::RestDeclared => words::QUALITY_REST_DECLARED,
        Quality::Unsettled => words::QUALITY_UNSETTLED,
        Quality::DeviceClockDoubtful => words::QUALITY_CLOCK,
        Quality::BmiMismatch => words::QUALITY_BMI,
        Quality::ParityError => words::QUALITY_PARITY,
        Quality::Questionable => words::QUALITY_QUESTIONABLE,
    };
    let mut words: Vec<SharedString> = Vec::new();
    if !pressures(case).is_empty() && !marks.contains(&Quality::RestDeclared) {
        words.push(say.text(words::QUALITY_RESTED));
    }
    words.extend(marks.into_iter().map(|mark| say.text(word(mark))));
    say.list(&words).into()
}

/// What the resident said of how they feel; `None` when they were not asked.
pub fn symptoms(say: Say, case: &CaseRow) -> Option<SharedString> {
    let told = match case.symptoms.as_ref()? {
        SymptomAnswer::NotAnswered => return Some(say.text(words::WHY_SAYS_NOTHING)),
        SymptomAnswer::Told(told) if told.is_empty() => return Some(say.text(words::WHY_SAYS_NONE)),
        SymptomAnswer::Told(told) => told,
    };
    let mut names: Vec<SharedString> = told.iter().filter_map(|word| symptom(word)).map(|key| say.text(key)).collect();
    names.dedup();
    Some(say.fill(words::WHY_SAYS, &[("list", &say.list(&names))]))
}

/// The tile that a word of the rule tables came from.
fn symptom(word: &str) -> Option<Key> {
    super::urgent::TILES.iter().find(|tile| tile.words().contains(&word)).map(|tile| tile.word())
}
