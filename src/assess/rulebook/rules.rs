//! What judges on one day, by one profile; and what the session asks of it.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::manifest::Profile;
use super::rows::{
    self, AppliesTo, Banded, BloodPressure, Body, Confirm, CriticalGlucose, CriticalPressure, Glucose, HighRisk,
    Lipids, OtherVitals, Plausible, Policy, Protocol, Row, Screening, Status,
};
use crate::assess::bands::Bounds;
use crate::assess::guidance::GuidanceBook;
use crate::model::measurement::GlucoseLevel;
use crate::model::{RowId, Sex};

/// The tables that judge on one day, by one profile.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    /// Name and version of the rule set.
    pub edition: String,
    pub(in crate::assess) bp: &'a BloodPressure,
    pub(in crate::assess) glucose: &'a Glucose,
    pub(in crate::assess) body: &'a Body,
    pub(in crate::assess) lipids: &'a Lipids,
    pub(in crate::assess) vitals: &'a OtherVitals,
    pub(in crate::assess) risk: &'a HighRisk,
    pub(in crate::assess) guidance: &'a GuidanceBook,
    pub(super) profile: &'a Profile,
}

/// What a first raised pressure leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retest {
    /// The row.
    pub row: RowId,
    /// Further readings, each on another day.
    pub further_days: u16,
    /// All within so many days.
    pub window_days: u16,
}

/// When somebody comes back, and the row that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The row.
    pub row: RowId,
    /// Days from today.
    pub days: u16,
}

impl<'a> Rules<'a> {
    /// True when the row may drive a result: verified, policy, or recalled and signed off in this profile.
    pub fn is_on(&self, row: &impl Row) -> bool {
        row.status() != Status::Recalled || self.profile.signed().any(|sign_off| sign_off.row == *row.id())
    }

    /// The age from which adult rules apply, whole years (P7).
    pub fn adult_from(&self) -> u16 {
        self.policy("P7").age_ge.expect(CHECKED)
    }

    /// True for the women who are asked about pregnancy and breastfeeding (P8).
    pub fn asks_about_pregnancy(&self, sex: Sex, age: u16) -> bool {
        let policy = self.policy("P8");
        sex == Sex::Female
            && policy.age_ge.is_none_or(|from| age >= from)
            && policy.age_lt.is_none_or(|below| age < below)
    }

    /// Quiet rest before the first reading, minutes.
    pub fn rest_minutes(&self) -> u16 {
        let value = self.protocol("bp.protocol.rest").value.expect(CHECKED);
        value.0.try_into().expect(CHECKED)
    }

    /// Pause between two readings, seconds: the upper end of the protocol row's interval; of the default row's while
    /// the profile's own is switched off.
    pub fn pause_seconds(&self) -> u64 {
        let chosen = Some(self.repeat()).filter(|row| self.is_on(*row));
        let row = chosen.or_else(|| self.bp.protocol.iter().find(|row| row.default == Some(true)));
        row.and_then(|row| row.interval_s_le).expect(CHECKED)
    }

    /// The difference of two readings, mmHg, that asks for a third; `None` while the protocol row is off.
    pub fn third_if_diff(&self) -> Option<Bounds> {
        let row = Some(self.repeat()).filter(|row| self.is_on(*row))?;
        Some(Bounds {
            ge: row.third_if_diff_ge.map(Decimal::from),
            gt: row.third_if_diff_gt.map(Decimal::from),
            ..Bounds::default()
        })
    }

    /// The limits of a field as the kiosk accepts it: `sbp`, `dbp`, `sbp-dbp`, `pulse`, `cuff_pressure`, `height_cm`,
    /// `weight_kg`, `bmi`, `waist_cm`, `spo2`, `temperature`, `glucose`, `tc`, `tg`, `ldl`, `hdl`, `fev1_fvc`. Outside: ask again. Both ends are inclusive.
    pub fn plausible(&self, field: &str) -> Option<Bounds> {
        if field == "glucose" {
            let meter = self.glucose.meter.iter().find(|row| row.id == "glu.meter.range")?;
            return Some(meter.bounds());
        }
        let rows = self.bp.plausible.iter().chain(&self.body.plausible).chain(&self.vitals.plausible);
        rows.filter(|row| self.is_on(*row)).find(|row| row.field == field).map(Plausible::bounds)
    }

    /// True when one reading or mean reaches the critical pressures, so that staff are called (P2).
    pub fn is_critical_pressure(&self, mean: [u16; 2]) -> bool {
        self.critical_pressures().any(|row| {
            row.requires_any_symptom.is_empty()
                && row.requires_any_condition.is_empty()
                && !row.limits().is_open()
                && row.limits().meets(mean)
        })
    }

    /// The critical glucose row that a result meets, if it meets one (P2, P9).
    pub fn critical_glucose(&self, level: GlucoseLevel, known_diabetes: bool) -> Option<&'a CriticalGlucose> {
        self.glucose
            .critical
            .iter()
            .filter(|row| self.is_on(*row) && row.requires_any_symptom.is_empty() && row.urgency.is_some())
            .filter(|row| applies(&row.applies_to, row.extended_by_policy_to, known_diabetes))
            .find(|row| row.bounds().holds_level(level))
    }

    /// The words for symptoms that any row knows.
    pub fn symptom_words(&self) -> BTreeSet<&'a str> {
        let mut words = BTreeSet::new();
        for row in &self.bp.critical {
            words.extend(row.requires_any_symptom.iter().map(String::as_str));
            words.extend(row.also_met_by.keys().map(String::as_str));
        }
        words.extend(self.glucose.critical.iter().flat_map(|row| &row.requires_any_symptom).map(String::as_str));
        words.extend(self.glucose.random.iter().flat_map(|row| &row.symptoms).map(String::as_str));
        words
    }

    /// The signs of a critical glucose, asked of known diabetes only.
    pub fn glucose_signs(&self) -> BTreeSet<&'a str> {
        self.glucose.critical.iter().flat_map(|row| &row.requires_any_symptom).map(String::as_str).collect()
    }

    /// The treatment target that the doctor is shown for an age: systolic and diastolic below these, mmHg, and the row.
    /// `None` where the profile's edition has none, or none that is on.
    pub fn pressure_target(&self, age: u16) -> Option<([u16; 2], &'a RowId)> {
        let of_edition = |row: &&rows::PressureTarget| row.id.as_str().starts_with(&self.profile.targets);
        let of_age = |row: &&rows::PressureTarget| {
            row.age_ge.is_none_or(|from| age >= from) && row.age_lt.is_none_or(|below| age < below)
        };
        let row = self.bp.target.iter().filter(of_edition).filter(of_age).find(|row| self.is_on(*row))?;
        let whole = |bound: Option<crate::assess::bands::Number>| u16::try_from(bound?.0).ok();
        Some(([whole(row.sbp_lt)?, whole(row.dbp_lt)?], &row.id))
    }

    /// What a first raised pressure leads to.
    pub fn retest(&self) -> Retest {
        let row = self.bp.confirm.iter().find(|row| row.id == "bp.first_raised.retest").expect(CHECKED);
        let (further_days, window_days) = (row.further_days.expect(CHECKED), row.window_days.expect(CHECKED));
        Retest { row: row.id.clone(), further_days, window_days }
    }

    /// Days after which a referral is followed up, when the level asks for it.
    pub fn referral_days(&self) -> u16 {
        self.referral().follow_up_days.expect(CHECKED)
    }

    /// The row that says so.
    pub fn referral_row(&self) -> &'a RowId {
        &self.referral().id
    }

    fn referral(&self) -> &'a Screening {
        self.screening("bp.screen.first_raised_referral")
    }

    /// How soon blood pressure is measured again when nothing is raised: half a year with a factor, else a year.
    pub fn next_pressure(&self, prone: bool) -> Interval {
        self.interval(if prone { "bp.screen.high_risk_half_yearly" } else { "bp.screen.adult_yearly" })
    }

    /// How soon fasting glucose is measured again in a person prone to diabetes.
    pub fn next_glucose(&self) -> Interval {
        self.interval("glu.screen.high_risk_yearly")
    }

    /// The class of a session mean, at any age; the higher class of the two pressures counts.
    pub fn grade(&self, mean: [u16; 2]) -> Option<&'a rows::Grade> {
        let grades = self.bp.grade.iter().filter(|row| row.editions.contains(&self.profile.grading));
        let side = |row: &rows::Grade| {
            let limits = row.limits();
            limits.sbp.holds(mean[0].into()) || limits.dbp.holds(mean[1].into())
        };
        grades.filter(|row| self.is_on(*row) && side(row)).max_by_key(|row| row.rank)
    }

    pub(in crate::assess) fn policy(&self, id: &str) -> &'a Policy {
        self.risk.policy.iter().find(|row| row.id == *id).expect(CHECKED)
    }

    pub(in crate::assess) fn confirm(&self, id: &str) -> Option<&'a Confirm> {
        self.bp.confirm.iter().find(|row| row.id == *id).filter(|row| self.is_on(*row))
    }

    pub(in crate::assess) fn critical_pressures(&self) -> impl Iterator<Item = &'a CriticalPressure> {
        self.bp.critical.iter().filter(|row| self.is_on(*row))
    }

    pub(in crate::assess) fn grading(&self) -> &str {
        &self.profile.grading
    }

    pub(in crate::assess) fn definition(&self) -> &str {
        &self.profile.definition
    }

    pub(in crate::assess) fn window_days(&self) -> Option<u16> {
        self.profile.window.as_ref().and_then(|id| self.confirm(id.as_str())).and_then(|row| row.window_days)
    }

    fn repeat(&self) -> &'a Protocol {
        self.protocol(self.profile.repeat.as_str())
    }

    fn protocol(&self, id: &str) -> &'a Protocol {
        self.bp.protocol.iter().find(|row| row.id == *id).expect(CHECKED)
    }

    fn screening(&self, id: &str) -> &'a Screening {
        let mut rows = self.bp.screening.iter().chain(&self.glucose.screening);
        rows.find(|row| row.id == *id).expect(CHECKED)
    }

    fn interval(&self, id: &str) -> Interval {
        let row = self.screening(id);
        Interval { row: row.id.clone(), days: row.interval_days.expect(CHECKED) }
    }
}

/// True when a row about `applies_to` is about this person.
pub(in crate::assess) fn applies(applies_to: &[AppliesTo], extended: Option<AppliesTo>, known_diabetes: bool) -> bool {
    let meets = |whom: &AppliesTo| match whom {
        AppliesTo::Everyone => true,
        AppliesTo::KnownDiabetes => known_diabetes,
        AppliesTo::NoKnownDiabetes => !known_diabetes,
    };
    applies_to.is_empty() || applies_to.iter().chain(&extended).any(meets)
}

const CHECKED: &str = "the loader asks for this row and key";
