//! High-risk criteria, the diabetes risk score, who is to be registered, and how soon somebody must act.

use rust_decimal::Decimal;

use super::View;
use super::bands::{Bounds, Number};
use super::case::Smoking;
use super::reasons::{Met, pressure, reason};
use super::rulebook::applies;
use super::rulebook::rows::{
    AnswerField, Band, Banded, Criterion, CriticalPressure, Disease, Exactly, Field, Logic, Row, ScoreField, ScoreItem,
};
use crate::model::finding::Reason;
use crate::model::measurement::{GlucoseKind, GlucoseLevel};
use crate::model::units::MmolPerLitre;
use crate::model::{Assessment, Register, RowId, Sex, Urgency};

/// Lists the criteria met and says where the person is to be kept (P6).
pub(super) fn register(view: &View<'_>, result: &mut Assessment) {
    if !view.adult {
        return;
    }
    for (row, met) in criteria(view) {
        result.high_risk.push(row.id.clone());
        result.reasons.push(reason("high_risk", row, met));
    }
    result.register = match (view.case.history.any_diagnosis(), result.high_risk.is_empty()) {
        (true, _) => Register::PatientFollowUp,
        (false, false) => Register::HighRisk,
        (false, true) => Register::None,
    };
}

/// The criteria of the profile's definition that are met, in table order.
fn criteria<'a>(view: &'a View<'_>) -> impl Iterator<Item = (&'a Criterion, Met)> {
    let risk = view.rules.risk;
    let of_age = view.adult && view.case.age >= risk.meta.min_age;
    let rows =
        risk.criterion.iter().filter(move |row| of_age && row.definition.as_deref() == Some(view.rules.definition()));
    rows.filter_map(|row| Some((row, criterion(view, row)?)))
}

/// The first factor of the people prone to hypertension that is met, whatever is known already.
pub(super) fn is_prone_to_hypertension(view: &View<'_>) -> bool {
    view.adult && view.rules.risk.hypertension_prone.iter().any(|row| criterion(view, row).is_some())
}

/// True when any factor of the people prone to diabetes is met that can be seen or was told.
pub(super) fn is_prone_to_diabetes(view: &View<'_>) -> bool {
    view.adult && view.rules.risk.diabetes_prone.iter().any(|row| criterion(view, row).is_some())
}

/// What a criterion met, if it is met and about this person.
fn criterion(view: &View<'_>, row: &Criterion) -> Option<Met> {
    let history = &view.case.history;
    let left_out = row.not_for.iter().any(|state| history.is(*state));
    if left_out || row.own_disease.is_some_and(|own| history.knows(own)) || !view.rules.is_on(row) {
        return None;
    }
    let clauses: Vec<Option<Met>> = clauses(view, row).into_iter().flatten().collect();
    let all = clauses.iter().all(Option::is_some);
    let mut met = clauses.into_iter().flatten();
    match row.logic {
        Some(Logic::And) if all => {
            met.reduce(|a, b| Met::new(format!("{}; {}", a.value, b.value), format!("{}; {}", a.bound, b.bound)))
        }
        Some(Logic::And) => None,
        Some(Logic::Or) | None => met.next(),
    }
}

/// The clauses of a criterion: outside `None` where the row does not have the clause, inside where it is not met.
fn clauses(view: &View<'_>, row: &Criterion) -> [Option<Option<Met>>; 9] {
    let case = view.case;
    let lipids = case.lipids.unwrap_or_default();
    let lipid = |value: Option<MmolPerLitre>, bounds: Bounds| {
        (!bounds.is_open()).then(|| value.and_then(|value| within(value.0, bounds)))
    };
    let waist = |male: Option<Number>, female: Option<Number>| {
        (male.is_some() || female.is_some()).then(|| {
            let (sex, waist) = view.waist()?;
            within(waist, Bounds::half_open(if sex == Sex::Male { male } else { female }, None))
        })
    };
    let limits = row.limits();
    [
        (!limits.is_open()).then(|| {
            let mean = view.session?.mean;
            let below = |bound: Option<Number>, value: u16| bound.is_none_or(|bound| Decimal::from(value) < bound.0);
            let kept = below(row.and_below_sbp, mean[0]) && below(row.and_below_dbp, mean[1]);
            (kept && limits.meets(mean)).then(|| Met::new(pressure(mean), limits.words(mean)))
        }),
        row.field.map(|field| single(view, row, field)),
        row.bmi_ge.map(|bound| view.bmi.and_then(|bmi| within(bmi, Bounds::half_open(Some(bound), None)))),
        waist(row.male_waist_ge, row.female_waist_ge),
        lipid(lipids.tc, Bounds::half_open(row.tc_ge, row.tc_lt)),
        lipid(lipids.tg, Bounds::half_open(row.tg_ge, row.tg_lt)),
        lipid(lipids.hdl, Bounds::new(None, None, row.hdl_le, None)),
        row.age_ge.map(|from| (case.age >= from).then(|| Met::new(case.age, format!(">= {from}")))),
        row.answer.map(|answer| {
            let told = match answer {
                AnswerField::FamilyHypertension => case.family_hypertension,
                AnswerField::FamilyDiabetes => case.history.family_diabetes,
                AnswerField::OnAntihypertensives => Some(case.history.on_antihypertensives),
                AnswerField::Salty => case.salty,
            };
            (told == Some(true)).then(|| Met::new("yes", "yes"))
        }),
    ]
}

/// The clause of a criterion that looks at one field.
fn single(view: &View<'_>, row: &Criterion, field: Field) -> Option<Met> {
    let bounds = Bounds::half_open(row.ge, row.lt);
    match field {
        Field::Smoking => {
            let word = row.equals.as_deref()?;
            (smoking_word(view.case.smoking?) == word).then(|| Met::new(word, word))
        }
        Field::Fpg => {
            let glucose = view.case.glucose.filter(|glucose| glucose.kind == GlucoseKind::Fasting)?;
            let GlucoseLevel::Value(value) = glucose.level else { return None };
            within(value.0, bounds)
        }
        Field::Tc => within(view.case.lipids?.tc?.0, bounds),
        Field::WaistCm => {
            let (sex, waist) = view.waist()?;
            within(waist, Bounds::half_open(if sex == Sex::Male { row.male_ge } else { row.female_ge }, None))
        }
    }
}

fn within(value: Decimal, bounds: Bounds) -> Option<Met> {
    (!bounds.is_open() && bounds.holds(value)).then(|| Met::new(value, bounds.words()))
}

fn smoking_word(smoking: Smoking) -> &'static str {
    match smoking {
        Smoking::Never => "never",
        Smoking::Former => "former",
        Smoking::Current => "current",
    }
}

/// The Chinese diabetes risk score, when it is asked for and about this person; never a partial total.
pub(super) fn score(view: &View<'_>, result: &mut Assessment) {
    let (case, row) = (view.case, &view.rules.risk.cdrs);
    let of_age = (row.age_ge..=row.age_le).contains(&case.age);
    let left_out = view.knows(Disease::Diabetes) || case.history.is_maternal();
    if !case.want_cdrs || !of_age || left_out || !view.rules.is_on(row) {
        return;
    }
    let missing: Vec<String> = missing_items(view).map(str::to_owned).collect();
    if missing.is_empty() {
        let points = view.rules.risk.cdrs_points.iter().filter_map(|item| points(view, item));
        let total: u16 = points.sum();
        result.cdrs_total = Some(total);
        result.cdrs_advise_test = Some(total >= row.cut_off_ge);
        result.reasons.push(reason("cdrs_total", row, Met::new(total, format!("of {}", row.max_total))));
        let met = Met::new(total, format!("{} {}", if total >= row.cut_off_ge { ">=" } else { "<" }, row.cut_off_ge));
        result.reasons.push(reason("cdrs_advise_test", row, met));
    }
    result.cdrs_missing = Some(missing);
}

fn missing_items<'a>(view: &View<'_>) -> impl Iterator<Item = &'a str> {
    let items = [
        ("bp", view.session.is_none()),
        ("bmi", view.bmi.is_none()),
        ("waist_cm", view.case.waist.is_none()),
        ("family_diabetes", view.case.history.family_diabetes.is_none()),
        ("sex", view.case.sex.is_none()),
    ];
    items.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name)
}

fn points(view: &View<'_>, item: &ScoreItem) -> Option<u16> {
    let case = view.case;
    if item.sex.is_some() && item.sex != case.sex {
        return None;
    }
    let value = match item.item {
        ScoreField::Age => Decimal::from(case.age),
        ScoreField::Sbp => Decimal::from(view.session?.mean[0]),
        ScoreField::Bmi => view.bmi?,
        ScoreField::WaistCm => case.waist?.0,
        ScoreField::FamilyDiabetesFirstDegree => return exactly(item, &Exactly::Flag(case.history.family_diabetes?)),
        ScoreField::Sex => return exactly(item, &Exactly::Sex(case.sex?)),
    };
    item.bands.iter().find(|band| band.bounds().holds(value)).map(|band| band.points)
}

fn exactly(item: &ScoreItem, answer: &Exactly) -> Option<u16> {
    item.bands.iter().find(|band| band.equals.as_ref() == Some(answer)).map(|band| band.points)
}

/// A finding that raises the level.
type Raise = (Urgency, Reason);

/// The worst of P3, whatever else applies; under the adult age only `urgent` and `emergency` (P7).
pub(super) fn urgency(view: &View<'_>, result: &mut Assessment) {
    let raises = pressure_signs(view)
        .chain(raised_pressure(view))
        .chain(critical_glucose(view))
        .chain(raised_glucose(view))
        .chain(others(view))
        .chain(super::notes::urgency(view))
        .chain(risks(view, result));
    let raises: Vec<Raise> = raises.filter(|(level, _)| view.adult || *level >= Urgency::Urgent).collect();
    let worst = raises.iter().map(|(level, _)| *level).max().unwrap_or_default();
    result.urgency = worst;
    if worst == Urgency::None {
        let policy = view.rules.policy("P3");
        result.reasons.push(reason("urgency", policy, Met::new("", "none")));
    } else {
        result.reasons.extend(raises.into_iter().filter(|(level, _)| *level == worst).map(|(_, reason)| reason));
    }
    let refers = worst >= Urgency::Urgent || result.three_day_rule_met == Some(true);
    result.referral_follow_up_days = refers.then(|| view.rules.referral_days());
}

/// The critical rows that are met, also those that another, worse one hides.
pub(super) fn urgent_rows(view: &View<'_>) -> impl Iterator<Item = RowId> {
    let critical = pressure_signs(view).chain(critical_glucose(view)).chain(others(view));
    critical.filter(|(level, _)| *level >= Urgency::Urgent).map(|(_, reason)| reason.row)
}

fn raise(level: Urgency, row: &impl Row, met: Met) -> Raise {
    (level, reason("urgency", row, met))
}

/// Critical pressures, signs and conditions.
fn pressure_signs<'a>(view: &'a View<'_>) -> impl Iterator<Item = Raise> + 'a {
    view.rules.critical_pressures().filter_map(|row| {
        let mut met = Vec::new();
        if !row.requires_any_symptom.is_empty() {
            met.push(Met::new(sign(view, row)?, "told"));
        }
        if !row.requires_any_condition.is_empty() {
            let condition = row.requires_any_condition.iter().find(|state| view.case.history.is(**state))?;
            met.push(Met::new(format!("{condition:?}").to_lowercase(), "told"));
        }
        if !row.limits().is_open() {
            let mean = view.session?.mean;
            if !row.limits().meets(mean) {
                return None;
            }
            met.push(Met::new(pressure(mean), row.limits().words(mean)));
        }
        let join = |of: fn(&Met) -> &str| met.iter().map(of).collect::<Vec<_>>().join("; ");
        Some(raise(row.urgency, row, Met::new(join(|met| &met.value), join(|met| &met.bound))))
    })
}

/// The word that was told and counts for the row.
fn sign<'a>(view: &'a View<'_>, row: &CriticalPressure) -> Option<&'a str> {
    let symptoms = &view.case.symptoms;
    let listed = |word: &String| row.requires_any_symptom.contains(word);
    symptoms.iter().find(|word| listed(word) || row.also_met_by.get(*word).is_some_and(listed)).map(String::as_str)
}

/// Grades that a doctor must look at, and the three-day rule.
fn raised_pressure<'a>(view: &'a View<'_>) -> impl Iterator<Item = Raise> + 'a {
    let known = view.knows(Disease::Hypertension);
    let graded = view.session.and_then(|session| {
        let row = view.rules.grade(session.mean)?;
        let level = if known { row.urgency_known } else { row.urgency }?;
        Some(raise(level, row, Met::new(pressure(session.mean), row.limits().words(session.mean))))
    });
    let confirmed = view.session.filter(|_| !known).and_then(|_| {
        let row = view.rules.confirm("bp.confirm.three_days")?;
        let enough = view.raised_days.possible >= usize::from(row.days?);
        enough.then(|| Some(raise(row.urgency?, row, view.raised_days_met())))?
    });
    graded.into_iter().chain(confirmed)
}

/// Critical glucose, its signs, and a low value that is not critical yet.
fn critical_glucose<'a>(view: &'a View<'_>) -> impl Iterator<Item = Raise> + 'a {
    let known = view.knows(Disease::Diabetes);
    let number = view.case.glucose.and_then(|glucose| {
        let row = view.rules.critical_glucose(glucose.level, known)?;
        Some(raise(row.urgency?, row, Met::new(super::glucose_words(glucose.level), row.bounds().words())))
    });
    let low = view
        .low_glucose()
        .and_then(|(row, value)| Some(raise(row.urgency?, row, Met::new(value, row.bounds().words()))));
    let signs = view.rules.glucose.critical.iter().filter(|row| view.rules.is_on(*row)).filter_map(move |row| {
        let about = applies(&row.applies_to, row.extended_by_policy_to, known);
        let word = view.case.symptoms.iter().find(|word| row.requires_any_symptom.contains(word))?;
        Some(raise(row.urgency.filter(|_| about)?, row, Met::new(word, "told")))
    });
    number.into_iter().chain(low).chain(signs)
}

/// Raised glucose, by the number alone, and the limits of pregnancy.
fn raised_glucose<'a>(view: &'a View<'_>) -> impl Iterator<Item = Raise> + 'a {
    let history = &view.case.history;
    let band = view.glucose_band().into_iter().flat_map(move |(row, value)| {
        let level = if view.knows(Disease::Diabetes) { row.urgency_known } else { row.urgency };
        let maternal = row.urgency_maternal.filter(|_| history.is_maternal());
        let levels = level.into_iter().chain(maternal);
        levels.map(move |level| raise(level, row, Met::new(value, row.bounds().words())))
    });
    let limits = view.rules.glucose.pregnancy.iter().filter(|row| history.pregnant && view.rules.is_on(*row));
    let pregnancy = limits.filter_map(|row| {
        let value = view.glucose_number()?;
        let bounds = Bounds::half_open(Some(row.ge), None);
        let met = view.case.glucose?.kind == row.kind && bounds.holds(value.0);
        met.then(|| raise(row.urgency, row, Met::new(value, bounds.words())))
    });
    band.chain(pregnancy)
}

/// Temperature, oxygen saturation, lipids, lung function.
fn others<'a>(view: &'a View<'_>) -> impl Iterator<Item = Raise> + 'a {
    let known = view.knows(Disease::Dyslipidaemia);
    let temperature = view.case.temperature.and_then(|value| {
        let row = view.band(&view.rules.vitals.temperature, value)?;
        Some((row.urgency?, row, value))
    });
    let saturation = view.saturation().and_then(|(row, value)| Some((row.urgency?, row, value)));
    let airflow = view.airflow().filter(|(row, value)| row.bounds().holds(*value));
    let airflow = airflow.and_then(|(row, value)| Some((row.urgency?, row, value)));
    let lipids = view.lipids().into_iter().flatten().filter_map(move |(row, value)| {
        let level = if known { row.urgency_known } else { row.urgency };
        Some((level?, row, value))
    });
    let found = temperature.into_iter().chain(saturation).chain(airflow).chain(lipids);
    found.map(|(level, row, value): (Urgency, &Band, Decimal)| raise(level, row, Met::new(value, row.bounds().words())))
}

/// The criteria listed, and the risk score.
fn risks(view: &View<'_>, result: &Assessment) -> Vec<Raise> {
    let listed = criteria(view).filter_map(|(row, met)| Some(raise(row.urgency?, row, met)));
    let score = &view.rules.risk.cdrs;
    let total = result.cdrs_total.filter(|_| result.cdrs_advise_test == Some(true));
    let scored = total.map(|total| raise(score.urgency, score, Met::new(total, format!(">= {}", score.cut_off_ge))));
    listed.chain(scored).collect()
}
