//! Rules over data: what the tables say of one person on one day.
//!
//! Pure: no clock, no store, no threshold in code. [`assess`] takes the [`RuleBook`] and a [`Case`] and returns an
//! [`Assessment`] whose keys are those of the `assess` format; every class in it names the row that met. The policies P1
//! to P9 are those of the clinical README.

pub mod bands;
pub mod case;
pub mod chronicle;
pub mod guidance;
pub mod health_days;
pub mod indicators;
mod kiosk;
pub mod notes;
pub mod reasons;
mod risk;
pub mod rulebook;
pub mod schedule;
pub mod series;
mod trend;

use rust_decimal::Decimal;

pub use case::{Case, Glucose, History, LipidValues, Smoking};
pub use guidance::GuidanceBook;
pub use rulebook::fault::RuleFault;
pub use rulebook::{Interval, ProfileName, Retest, RuleBook, Rules};

use crate::model::finding::{ChosenGuidance, LipidClasses};
use crate::model::measurement::{GlucoseKind, GlucoseLevel};
use crate::model::units::MmolPerLitre;
use crate::model::{Assessment, RowId, Sex};
use reasons::{Met, pressure, reason};
use rulebook::rows::{Band, Banded, Disease, Row};
use series::{RaisedDays, Session};

/// Judges a case by the tables in force on its day, or by its profile.
pub fn assess(rules: &RuleBook, case: &Case) -> Assessment {
    assess_by(rules.on(case.date, case.profile.as_ref()), case)
}

/// Judges a case by given tables, whatever its day: how an edition is tried on old measurements.
pub fn assess_by(rules: Rules<'_>, case: &Case) -> Assessment {
    let view = View::new(rules, case);
    let mut result = Assessment { edition: view.rules.edition.clone(), ..Assessment::default() };
    view.judge_pressure(&mut result);
    view.judge_glucose(&mut result);
    view.judge_body(&mut result);
    view.judge_lipids(&mut result);
    view.judge_vitals(&mut result);
    notes::note(&view, &mut result);
    risk::score(&view, &mut result);
    risk::register(&view, &mut result);
    risk::urgency(&view, &mut result);
    result.guidance = guidance::choose(view.rules.guidance, &view, &result);
    result
}

/// Chooses the guidance of an assessment anew, for example when another wording of the last 30 days was found.
///
/// [`assess`] does the same with [`Case::guidance_shown`].
pub fn choose(rules: &RuleBook, case: &Case, result: &Assessment) -> Vec<ChosenGuidance> {
    let view = View::new(rules.on(case.date, case.profile.as_ref()), case);
    guidance::choose(view.rules.guidance, &view, result)
}

/// What staff are told about a case beside its findings, best first: the items whose audience is the doctor's desk. They
/// are never chosen for the resident.
pub fn for_staff(rules: &RuleBook, case: &Case, result: &Assessment) -> Vec<ChosenGuidance> {
    let view = View::new(rules.on(case.date, case.profile.as_ref()), case);
    guidance::for_staff(view.rules.guidance, &view, result)
}

/// A case with what every rule asks of it.
struct View<'a> {
    rules: Rules<'a>,
    case: &'a Case,
    adult: bool,
    session: Option<Session>,
    raised_days: RaisedDays,
    bmi: Option<Decimal>,
}

impl<'a> View<'a> {
    fn new(rules: Rules<'a>, case: &'a Case) -> Self {
        let adult = case.age >= rules.adult_from();
        let session = series::judged(case);
        let raised_days = session
            .zip(rules.confirm("bp.confirm.three_days"))
            .map(|(session, row)| series::raised_days(case, session, row.limits(), rules.window_days()));
        let raised_days = raised_days.unwrap_or_default();
        Self { rules, case, adult, session, raised_days, bmi: case.body_mass_index() }
    }

    fn knows(&self, disease: Disease) -> bool {
        self.case.history.knows(disease)
    }

    /// The first row that is on and holds `value`.
    fn band<'r, T: Banded>(&self, rows: impl IntoIterator<Item = &'r T>, value: Decimal) -> Option<&'r T> {
        rows.into_iter().find(|row| self.rules.is_on(*row) && row.bounds().holds(value))
    }

    fn judge_pressure(&self, result: &mut Assessment) {
        if !self.case.bp.is_empty() {
            let difference = self.rules.third_if_diff();
            result.needs_third = match (self.case.bp.len(), difference) {
                (2, None) => None,
                (_, difference) => Some(series::needs_third(&self.case.bp, difference.unwrap_or_default())),
            };
        }
        let Some(session) = self.session else { return };
        result.bp_mean = Some(session.mean);
        if !self.adult {
            return;
        }
        if let Some(grade) = self.rules.grade(session.mean) {
            result.bp_grade = Some(grade.id.clone());
            let met = Met::new(pressure(session.mean), grade.limits().words(session.mean));
            result.reasons.push(reason("bp_grade", grade, met));
        }
        self.judge_pattern(session, result);
        self.judge_three_days(result);
        if self.knows(Disease::Hypertension) {
            result.bp_control_norm = self.at_target("bp_control_norm", session, result);
            result.bp_at_target_2025 = self.at_target("bp_at_target_2025", session, result);
        }
    }

    fn judge_pattern(&self, session: Session, result: &mut Assessment) {
        let mut patterns =
            self.rules.bp.pattern.iter().filter(|row| row.editions.iter().any(|e| e == self.rules.grading()));
        let row = patterns.find(|row| row.id == "bp.isolated_systolic" && self.rules.is_on(*row));
        let Some(row) = row else { return };
        let limits = row.limits();
        result.isolated_systolic = Some(limits.meets(session.mean));
        if limits.meets(session.mean) {
            let met = Met::new(pressure(session.mean), limits.all_words());
            result.reasons.push(reason("isolated_systolic", row, met));
        }
    }

    fn judge_three_days(&self, result: &mut Assessment) {
        let Some(row) = self.rules.confirm("bp.confirm.three_days") else { return };
        let met =
            !self.knows(Disease::Hypertension) && self.raised_days.sure >= usize::from(row.days.unwrap_or(u16::MAX));
        result.three_day_rule_met = Some(met);
        if met {
            result.reasons.push(reason("three_day_rule_met", row, self.raised_days_met()));
        }
    }

    fn raised_days_met(&self) -> Met {
        let days = self.raised_days;
        let row = self.rules.confirm("bp.confirm.three_days");
        let bound = row.map_or_else(String::new, |row| {
            format!("{} days, {}", row.days.unwrap_or_default(), row.limits().all_words())
        });
        let bound = match self.rules.window_days() {
            Some(window) => format!("{bound}, within {window} days"),
            None => bound,
        };
        let value = match days.possible - days.sure {
            0 => format!("{} raised days", days.sure),
            doubtful => format!("{} raised days, {doubtful} of them of a doubtful clock", days.possible),
        };
        Met::new(value, bound)
    }

    /// Whether the session meets the target that `sets` this key at this age; `None` when its row is off.
    fn at_target(&self, sets: &str, session: Session, result: &mut Assessment) -> Option<bool> {
        let age = self.case.age;
        let row = self.rules.bp.target.iter().find(|row| {
            row.sets.as_deref() == Some(sets)
                && row.age_ge.is_none_or(|from| age >= from)
                && row.age_lt.is_none_or(|below| age < below)
        })?;
        if !self.rules.is_on(row) {
            return None;
        }
        result.reasons.push(reason(sets, row, Met::new(pressure(session.mean), row.limits().all_words())));
        Some(row.limits().meets(session.mean))
    }

    /// How the glucose value is judged: after an ordinary meal as `random`, and below that by the hint once it is signed.
    fn glucose_bands(&self, kind: GlucoseKind) -> impl Iterator<Item = &'a Band> {
        let tables = self.rules.glucose;
        let (first, then): (&[Band], &[Band]) = match kind {
            GlucoseKind::Fasting => (&tables.fasting, &[]),
            GlucoseKind::Ogtt2h => (&tables.ogtt2h, &[]),
            GlucoseKind::Random => (&tables.random, &[]),
            GlucoseKind::Postprandial2h => (&tables.random, &tables.postprandial2h),
        };
        first.iter().chain(then)
    }

    /// The row of a low value that is not critical yet.
    fn low_glucose(&self) -> Option<(&'a Band, MmolPerLitre)> {
        let value = self.glucose_number()?;
        let known = self.knows(Disease::Diabetes);
        let mut rows = self.rules.glucose.low.iter().filter(|row| self.rules.is_on(*row));
        let row = rows.find(|row| {
            rulebook::applies(&row.applies_to, row.extended_by_policy_to, known) && row.bounds().holds(value.0)
        })?;
        Some((row, value))
    }

    fn glucose_number(&self) -> Option<MmolPerLitre> {
        match self.case.glucose?.level {
            GlucoseLevel::Value(value) => Some(value),
            GlucoseLevel::High | GlucoseLevel::Low => None,
        }
    }

    /// The band of the value's kind, by the number alone.
    fn glucose_band(&self) -> Option<(&'a Band, MmolPerLitre)> {
        let value = self.glucose_number()?;
        let row = self.band(self.glucose_bands(self.case.glucose?.kind), value.0)?;
        Some((row, value))
    }

    fn judge_glucose(&self, result: &mut Assessment) {
        let Some(glucose) = self.case.glucose else { return };
        let critical = self.rules.critical_glucose(glucose.level, self.knows(Disease::Diabetes));
        if let Some(row) = critical {
            result.glucose_critical = Some(row.id.clone());
            let met = Met::new(glucose_words(glucose.level), row.bounds().words());
            result.reasons.push(reason("glucose_critical", row, met));
        }
        let critical_low = critical.is_some_and(|row| row.bounds().holds_all_below());
        if self.adult && !critical_low && !self.case.history.pregnant {
            let class = self.low_glucose().or_else(|| self.glucose_band());
            result.glucose_class = self.classed("glucose_class", class.map(|(row, value)| (row, value.0)), result);
        }
        if self.adult && self.knows(Disease::Diabetes) && glucose.kind == GlucoseKind::Fasting {
            result.glucose_control_norm = self.fasting_controlled(glucose.level, result);
        }
    }

    fn fasting_controlled(&self, level: GlucoseLevel, result: &mut Assessment) -> Option<bool> {
        let row =
            self.rules.glucose.target.iter().find(|row| row.id == "glu.control.norm_fpg" && self.rules.is_on(*row))?;
        let controlled = match level {
            GlucoseLevel::Value(value) => row.bounds().holds(value.0),
            GlucoseLevel::High => false,
            GlucoseLevel::Low => return None,
        };
        let met = Met::new(glucose_words(level), row.bounds().words());
        result.reasons.push(reason("glucose_control_norm", row, met));
        Some(controlled)
    }

    fn judge_body(&self, result: &mut Assessment) {
        result.bmi = self.bmi;
        let classes = self.adult && !self.case.history.is_maternal();
        if let Some(bmi) = self.bmi {
            if classes {
                let row = self.band(&self.rules.body.bmi, bmi);
                result.bmi_class = self.classed("bmi_class", row.map(|row| (row, bmi)), result);
            }
            result.bmi_elderly_in_range = self.elderly_in_range(bmi, result);
        }
        if let (true, Some(waist), Some(sex)) = (classes, self.case.waist, self.case.sex) {
            let row = self.band(self.rules.body.waist.iter().filter(|row| row.sex == Some(sex)), waist.0);
            result.waist_class = self.classed("waist_class", row.map(|row| (row, waist.0)), result);
        }
    }

    fn elderly_in_range(&self, bmi: Decimal, result: &mut Assessment) -> Option<bool> {
        let age = self.case.age;
        let mut rows = self.rules.body.bmi_elderly.iter().filter(|row| self.rules.is_on(*row));
        let row = rows.find(|row| age >= row.age_ge && row.age_lt.is_none_or(|below| age < below))?;
        let bounds = row.recommended();
        result.reasons.push(reason("bmi_elderly_in_range", row, Met::new(bmi, bounds.words())));
        Some(bounds.holds(bmi))
    }

    /// The class of one lipid; at any age, since urgency asks too.
    fn lipid(&self, analyte: &str, value: Option<MmolPerLitre>) -> Option<(&'a Band, Decimal)> {
        let value = value?.0;
        let rows = self.rules.lipids.row.iter().filter(|row| row.analyte.as_deref() == Some(analyte));
        self.band(rows, value).map(|row| (row, value))
    }

    fn lipids(&self) -> [Option<(&'a Band, Decimal)>; 4] {
        let values = self.case.lipids.unwrap_or_default();
        [
            self.lipid("tc", values.tc),
            self.lipid("tg", values.tg),
            self.lipid("ldl", values.ldl),
            self.lipid("hdl", values.hdl),
        ]
    }

    fn judge_lipids(&self, result: &mut Assessment) {
        if !self.adult || self.case.lipids.is_none() {
            return;
        }
        let [tc, tg, ldl, hdl] = self.lipids().map(|class| self.classed("lipid_class", class, result));
        result.lipid_class = Some(LipidClasses { tc, tg, ldl, hdl });
    }

    /// The row of the oxygen saturation, at any age.
    fn saturation(&self) -> Option<(&'a Band, Decimal)> {
        let value = Decimal::from(self.case.spo2?);
        self.band(&self.rules.vitals.spo2, value).map(|row| (row, value))
    }

    /// The row of airflow limitation, whether it is met or not.
    fn airflow(&self) -> Option<(&'a Band, Decimal)> {
        let value = self.case.fev1_fvc?;
        let mut rows = self.rules.vitals.lung.iter().filter(|row| self.rules.is_on(*row));
        rows.find(|row| row.id == "lung.fev1_fvc").map(|row| (row, value))
    }

    fn judge_vitals(&self, result: &mut Assessment) {
        if !self.adult {
            return;
        }
        result.spo2_class = self.classed("spo2_class", self.saturation(), result);
        if let Some((row, value)) = self.airflow() {
            result.airflow_limitation = Some(row.bounds().holds(value));
            if row.bounds().holds(value) {
                result.reasons.push(reason("airflow_limitation", row, Met::new(value, row.bounds().words())));
            }
        }
    }

    /// Puts a class into the result: its id, and the reason for it.
    fn classed(&self, of: &str, class: Option<(&Band, Decimal)>, result: &mut Assessment) -> Option<RowId> {
        let (row, value) = class?;
        result.reasons.push(reason(of, row, Met::new(value, row.bounds().words())));
        Some(row.id().clone())
    }

    /// True from the age on at which body mass index has a range of its own.
    fn is_very_old(&self) -> bool {
        let mut rows = self.rules.body.bmi_elderly.iter().filter(|row| self.rules.is_on(*row));
        rows.any(|row| row.id == "bmi.elderly.80plus" && self.case.age >= row.age_ge)
    }

    /// True for a body mass index below the range that old age has of its own.
    fn is_below_range_of_old_age(&self) -> bool {
        let mut rows = self.rules.body.bmi_elderly.iter().filter(|row| self.rules.is_on(*row));
        let row = rows.find(|row| self.case.age >= row.age_ge && row.age_lt.is_none_or(|below| self.case.age < below));
        row.zip(self.bmi).is_some_and(|(row, bmi)| row.recommended().ge.is_some_and(|from| bmi < from))
    }

    fn waist(&self) -> Option<(Sex, Decimal)> {
        Some((self.case.sex?, self.case.waist?.0))
    }
}

fn glucose_words(level: GlucoseLevel) -> String {
    match level {
        GlucoseLevel::Value(value) => value.to_string(),
        GlucoseLevel::High => "HI".to_owned(),
        GlucoseLevel::Low => "LO".to_owned(),
    }
}
