//! The rule tables: what stands in `seeds/rules`, which edition counts on a day, and what the session asks of them.
//!
//! Loading refuses gaps, overlaps, rows without a source, unknown keys and limits without worked cases at both sides,
//! and names file and row. A row whose status is `recalled` is loaded switched off.

pub mod check;
pub mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::bands::Bounds;
use super::guidance::GuidanceBook;
use crate::model::measurement::GlucoseLevel;
use crate::model::{RowId, Sex};
use check::{RuleFault, Sheet};
use rows::{
    AppliesTo, Banded, BloodPressure, Body, Confirm, CriticalGlucose, CriticalPressure, Glucose, HighRisk, Lipids,
    OtherVitals, Plausible, Policy, Protocol, Row, Screening, Status,
};

/// A file of the rules folder: its path below that folder, and its text.
pub type File<'a> = (&'a str, &'a str);

/// Every edition in force at some day, the profiles, and the guidance that rests on them.
#[derive(Clone, Debug)]
pub struct RuleBook {
    name: String,
    blood_pressure: Dated<BloodPressure>,
    glucose: Dated<Glucose>,
    body: Dated<Body>,
    lipids: Dated<Lipids>,
    other_vitals: Dated<OtherVitals>,
    high_risk: Dated<HighRisk>,
    profiles: Vec<Profile>,
    rows: Vec<RowText>,
    guidance: GuidanceBook,
}

/// A row as it stands in its file, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct RowText {
    /// Its id.
    pub id: String,
    /// Its file, below the rules folder.
    pub file: String,
    /// The table it stands in.
    pub table: String,
    /// All its keys.
    pub keys: toml::Table,
}

/// The name of a profile that this book has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileName(String);

/// A set of choices among the tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: String,
    from: Option<NaiveDate>,
    grading: String,
    repeat: RowId,
    window: Option<RowId>,
    definition: String,
    #[serde(default)]
    enabled: Vec<SignOff>,
}

/// A recalled row that a clinician switched on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOff {
    row: RowId,
    by: String,
    #[allow(dead_code)] // kept for the reader of the file; the loader only checks that it is a day
    on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InForce {
    name: String,
    edition: Vec<Start>,
    profile: Vec<Profile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    topic: String,
    edition: String,
    from: NaiveDate,
}

/// The editions of one topic, oldest first; never empty.
#[derive(Clone, Debug)]
struct Dated<T>(Vec<(NaiveDate, String, T)>);

impl<T> Dated<T> {
    /// The edition in force on `day`; before the first one's start, the first.
    fn on(&self, day: NaiveDate) -> &(NaiveDate, String, T) {
        let in_force = self.0.iter().rev().find(|(from, ..)| *from <= day);
        in_force.or(self.0.first()).expect("the loader refuses a topic without editions")
    }
}

impl RuleBook {
    /// Reads and checks the files of a rules folder.
    pub fn load(files: &[File<'_>]) -> Result<Self, RuleFault> {
        let (_, text) = files.iter().find(|(path, _)| *path == IN_FORCE).ok_or(RuleFault::NoInForce)?;
        let in_force: InForce = check::parse(IN_FORCE, text)?;
        let sheets = check::sheets(files)?;
        let mut starts = Starts { in_force: &in_force.edition, sheets: &sheets };
        let book = Self {
            blood_pressure: starts.of("blood_pressure", BloodPressure::check)?,
            glucose: starts.of("glucose", Glucose::check)?,
            body: starts.of("body", Body::check)?,
            lipids: starts.of("lipids", Lipids::check)?,
            other_vitals: starts.of("other_vitals", OtherVitals::check)?,
            high_risk: starts.of("high_risk", HighRisk::check)?,
            name: in_force.name,
            profiles: in_force.profile,
            rows: sheets.into_iter().flat_map(|sheet| sheet.rows).collect(),
            guidance: GuidanceBook::default(),
        };
        book.check_profiles()?;
        Ok(book)
    }

    /// Adds the guidance that [`super::assess`] chooses from.
    pub fn with_guidance(self, guidance: GuidanceBook) -> Self {
        Self { guidance, ..self }
    }

    /// The guidance that [`super::assess`] chooses from.
    pub fn guidance(&self) -> &GuidanceBook {
        &self.guidance
    }

    /// The profile of that name, if there is one.
    pub fn profile(&self, name: &str) -> Option<ProfileName> {
        self.profiles.iter().find(|profile| profile.name == name).map(|profile| ProfileName(profile.name.clone()))
    }

    /// What judges on `day`: by a named profile, or by the one in force.
    pub fn on(&self, day: NaiveDate, profile: Option<&ProfileName>) -> Rules<'_> {
        let (bp, glucose, body) = (self.blood_pressure.on(day), self.glucose.on(day), self.body.on(day));
        let (lipids, vitals, risk) = (self.lipids.on(day), self.other_vitals.on(day), self.high_risk.on(day));
        let editions = [&bp.1, &glucose.1, &body.1, &lipids.1, &vitals.1, &risk.1];
        let newest = editions.into_iter().max().expect("six editions");
        let by_day = self.profile_on(day);
        let profile = profile.and_then(|name| self.profiles.iter().find(|p| p.name == name.0)).unwrap_or(by_day);
        let mut edition = format!("{} {}", self.name, newest.replace('-', "."));
        if profile.name != by_day.name {
            edition = format!("{edition} ({})", profile.name);
        }
        Rules {
            edition,
            bp: &bp.2,
            glucose: &glucose.2,
            body: &body.2,
            lipids: &lipids.2,
            vitals: &vitals.2,
            risk: &risk.2,
            profile,
            guidance: &self.guidance,
        }
    }

    /// Every row of that id, newest edition first, as it stands in its file.
    pub fn explain(&self, id: &str) -> Vec<&RowText> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.id == id).collect();
        rows.sort_by(|a, b| b.file.cmp(&a.file));
        rows
    }

    /// All rows of all editions, as they stand in their files.
    pub fn rows(&self) -> &[RowText] {
        &self.rows
    }

    fn profile_on(&self, day: NaiveDate) -> &Profile {
        let mut dated: Vec<_> = self.profiles.iter().filter(|profile| profile.from.is_some()).collect();
        dated.sort_by_key(|profile| profile.from);
        let in_force = dated.iter().rev().find(|profile| profile.from.is_some_and(|from| from <= day));
        in_force.or(dated.first()).copied().expect("the loader refuses a book without a dated profile")
    }

    fn check_profiles(&self) -> Result<(), RuleFault> {
        if self.profiles.iter().all(|profile| profile.from.is_none()) {
            return Err(RuleFault::NoProfile);
        }
        for profile in &self.profiles {
            let fault = |what: &str| RuleFault::Profile { profile: profile.name.clone(), what: what.to_owned() };
            let named = profile.window.iter();
            let signed = profile.enabled.iter().map(|sign_off| &sign_off.row);
            if profile.enabled.iter().any(|sign_off| sign_off.by.trim().is_empty()) {
                return Err(fault("a sign-off without a name"));
            }
            let has_repeat = |table: &BloodPressure| table.protocol.iter().any(|row| row.id == profile.repeat);
            if !self.blood_pressure.0.iter().all(|(_, _, table)| has_repeat(table)) {
                return Err(fault(profile.repeat.as_str()));
            }
            for row in named.chain(signed) {
                if self.explain(row.as_str()).is_empty() {
                    return Err(fault(row.as_str()));
                }
            }
            for (_, _, table) in &self.blood_pressure.0 {
                if !table.meta.selectable_gradings.contains(&profile.grading) {
                    return Err(fault(&profile.grading));
                }
            }
            for (_, _, table) in &self.high_risk.0 {
                if !table.meta.selectable_definitions.contains(&profile.definition) {
                    return Err(fault(&profile.definition));
                }
            }
        }
        Ok(())
    }
}

struct Starts<'a> {
    in_force: &'a [Start],
    sheets: &'a [Sheet],
}

impl Starts<'_> {
    /// Checks every edition of a topic and keeps those that ever come into force.
    fn of<T: serde::de::DeserializeOwned>(
        &mut self,
        topic: &str,
        check: fn(&T, &str) -> Result<(), RuleFault>,
    ) -> Result<Dated<T>, RuleFault> {
        let mut tables = BTreeMap::new();
        for sheet in self.sheets.iter().filter(|sheet| sheet.topic == topic) {
            let table: T = check::parse(&sheet.file, &sheet.text)?;
            check(&table, &sheet.file)?;
            tables.insert(sheet.edition.as_str(), table);
        }
        let mut dated = Vec::new();
        for start in self.in_force.iter().filter(|start| start.topic == topic) {
            let table = tables
                .remove(start.edition.as_str())
                .ok_or_else(|| RuleFault::NoEdition { topic: topic.to_owned(), edition: start.edition.clone() })?;
            dated.push((start.from, start.edition.clone(), table));
        }
        dated.sort_by_key(|(from, ..)| *from);
        if dated.is_empty() { Err(RuleFault::NoTopic(topic.to_owned())) } else { Ok(Dated(dated)) }
    }
}

/// The tables that judge on one day, by one profile.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    /// Name and version of the rule set.
    pub edition: String,
    pub(super) bp: &'a BloodPressure,
    pub(super) glucose: &'a Glucose,
    pub(super) body: &'a Body,
    pub(super) lipids: &'a Lipids,
    pub(super) vitals: &'a OtherVitals,
    pub(super) risk: &'a HighRisk,
    pub(super) guidance: &'a GuidanceBook,
    profile: &'a Profile,
}

/// What a first raised pressure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retest {
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
        row.status() != Status::Recalled || self.profile.enabled.iter().any(|sign_off| sign_off.row == *row.id())
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
    /// `weight_kg`, `bmi`, `waist_cm`, `spo2`, `temperature`, `glucose`. Outside: ask again. Both ends are inclusive.
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
            .filter(|row| self.is_on(*row) && row.requires_any_symptom.is_empty())
            .filter(|row| applies(&row.applies_to, row.extended_by_policy_to, known_diabetes))
            .find(|row| match level {
                GlucoseLevel::Value(value) => row.bounds().holds(value.0),
                GlucoseLevel::High => row.bounds().holds_all_above(),
                GlucoseLevel::Low => row.bounds().holds_all_below(),
            })
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

    /// What a first raised pressure leads to.
    pub fn retest(&self) -> Retest {
        let row = self.bp.confirm.iter().find(|row| row.id == "bp.first_raised.retest").expect(CHECKED);
        Retest { further_days: row.further_days.expect(CHECKED), window_days: row.window_days.expect(CHECKED) }
    }

    /// Days after which a referral is followed up, when the level asks for it.
    pub fn referral_days(&self) -> u16 {
        self.screening("bp.screen.first_raised_referral").follow_up_days.expect(CHECKED)
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

    pub(super) fn policy(&self, id: &str) -> &'a Policy {
        self.risk.policy.iter().find(|row| row.id == *id).expect(CHECKED)
    }

    pub(super) fn confirm(&self, id: &str) -> Option<&'a Confirm> {
        self.bp.confirm.iter().find(|row| row.id == *id).filter(|row| self.is_on(*row))
    }

    pub(super) fn critical_pressures(&self) -> impl Iterator<Item = &'a CriticalPressure> {
        self.bp.critical.iter().filter(|row| self.is_on(*row))
    }

    pub(super) fn grading(&self) -> &str {
        &self.profile.grading
    }

    pub(super) fn definition(&self) -> &str {
        &self.profile.definition
    }

    pub(super) fn window_days(&self) -> Option<u16> {
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
pub(super) fn applies(applies_to: &[AppliesTo], extended: Option<AppliesTo>, known_diabetes: bool) -> bool {
    let meets = |whom: &AppliesTo| match whom {
        AppliesTo::Everyone => true,
        AppliesTo::KnownDiabetes => known_diabetes,
        AppliesTo::NoKnownDiabetes => !known_diabetes,
    };
    applies_to.is_empty() || applies_to.iter().chain(&extended).any(meets)
}

impl fmt::Display for RowText {
    /// The row in words, one key a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}, [[{}]])", self.id, self.file, self.table)?;
        for (key, value) in self.keys.iter().filter(|(key, _)| *key != "id") {
            match value.as_str() {
                Some(text) => writeln!(f, "  {key}: {text}")?,
                None => writeln!(f, "  {key}: {value}")?,
            }
        }
        Ok(())
    }
}

const IN_FORCE: &str = "in_force.toml";
const CHECKED: &str = "the loader asks for this row and key";
