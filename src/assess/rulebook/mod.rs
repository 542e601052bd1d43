//! The rule tables: what stands in `seeds/rules`, what a county lays over it, and which edition counts on a day.
//!
//! Loading refuses gaps, overlaps, rows without a source, unknown keys and limits without worked cases at both sides,
//! and names file, line and row. A row whose status is `recalled` is loaded switched off.
//!
//! A county writes a folder of its own and leaves the shipped files alone: `county.toml` with its profiles, `<topic>.toml`
//! with rows that replace or join the shipped ones by their ids, `<topic>/<edition>.toml` with whole editions. All of it
//! counts for the county's profiles only, so that every shipped profile judges as it did.

pub mod cases;
mod check;
pub mod fault;
pub mod rows;
mod rules;
pub mod sheet;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::guidance::GuidanceBook;
use crate::model::RowId;
use cases::{Cases, Trial, WorkedCase};
use check::Checks;
use fault::RuleFault;
use rows::{BloodPressure, Body, Glucose, HighRisk, Lipids, OtherVitals};
pub(super) use rules::applies;
pub use rules::{Interval, Retest, Rules};
use sheet::{Place, RowText, Sheet, parse};
use words::Words;

/// A file of a rules folder: its path below that folder, and its text.
pub type File<'a> = (&'a str, &'a str);

/// Every edition in force at some day, the profiles, and the guidance that rests on them.
#[derive(Clone, Debug)]
pub struct RuleBook {
    shipped: Set,
    county: Option<Set>,
    profiles: Vec<Profile>,
    rows: Vec<RowText>,
    trials: Vec<Trial>,
    words: Words,
    guidance: GuidanceBook,
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
    /// How the ids of the treatment targets shown to the doctor begin.
    #[serde(default = "usual_targets")]
    targets: String,
    #[serde(default)]
    enabled: Vec<SignOff>,
    /// Judged by the county's tables.
    #[serde(skip)]
    of_county: bool,
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

/// The primary-care guideline is the doctor's (clinical README, open disputes).
fn usual_targets() -> String {
    "bp.target.primary2025.".to_owned()
}

/// `in_force.toml`, and a county's `county.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    /// Only a county's: the shipped tables take theirs from their editions.
    version: Option<String>,
    #[serde(default)]
    edition: Vec<Start>,
    profile: Vec<Profile>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    topic: String,
    edition: String,
    from: NaiveDate,
}

impl Start {
    fn of<'a>(sheet: &Sheet, starts: &'a [Start]) -> Option<&'a Start> {
        starts.iter().find(|start| start.topic == sheet.topic && start.edition == sheet.edition)
    }
}

/// The tables of all topics, and what their evaluations are called.
#[derive(Clone, Debug)]
struct Set {
    name: String,
    blood_pressure: Dated<BloodPressure>,
    glucose: Dated<Glucose>,
    body: Dated<Body>,
    lipids: Dated<Lipids>,
    other_vitals: Dated<OtherVitals>,
    high_risk: Dated<HighRisk>,
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

    fn starts(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.0.iter().map(|(from, edition, _)| (*from, edition.as_str()))
    }

    fn tables(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(.., table)| table)
    }
}

impl RuleBook {
    /// Reads and checks the files of a rules folder, and those of a county's folder if there is one.
    pub fn load(shipped: &[File<'_>], county: Option<&[File<'_>]>) -> Result<Self, RuleFault> {
        let manifest: Manifest = manifest(shipped, IN_FORCE)?;
        let (sheets, worked) = editions(shipped)?;
        let set = Set::of(manifest.name, &sheets, &manifest.edition, IN_FORCE)?;
        let rows: Vec<RowText> = sheets.iter().flat_map(|sheet| sheet.rows.clone()).collect();
        check_profiles(&manifest.profile, &set, &rows, IN_FORCE)?;
        let mut trials = Vec::new();
        for (sheet, cases) in sheets.iter().zip(worked) {
            cases.check(&sheet.rows)?;
            if let Some(start) = Start::of(sheet, &manifest.edition) {
                trials.extend(cases.trials(start.from, None));
            }
        }
        if manifest.profile.iter().all(|profile| profile.from.is_none()) {
            return Err(RuleFault::NoProfile(IN_FORCE));
        }
        let mut book = Self {
            shipped: set,
            county: None,
            profiles: manifest.profile,
            rows,
            trials,
            words: words(shipped)?,
            guidance: GuidanceBook::default(),
        };
        if let Some(files) = county {
            book.lay_over(files, sheets, manifest.edition)?;
        }
        Ok(book)
    }

    /// Adds the tables and profiles of a county.
    fn lay_over(
        &mut self,
        files: &[File<'_>],
        mut sheets: Vec<Sheet>,
        mut starts: Vec<Start>,
    ) -> Result<(), RuleFault> {
        let manifest: Manifest = manifest(files, COUNTY)?;
        let first = manifest.profile.first().ok_or(RuleFault::NoProfile(COUNTY))?;
        let (name, day) = (first.name.clone(), first.from.ok_or(RuleFault::NoProfile(COUNTY))?);
        let (mut own, mut worked) = editions(files)?;
        sheets.extend(own.clone());
        starts.extend(manifest.edition);
        for topic in TOPICS {
            let Some((rows, cases)) = county_rows(files, topic)? else { continue };
            for sheet in sheets.iter_mut().filter(|sheet| sheet.topic == topic) {
                *sheet = sheet.overlaid(&rows)?;
            }
            own.push(rows);
            worked.push(cases);
        }
        self.rows.extend(own.iter().flat_map(|sheet| sheet.rows.clone()));
        let called = format!("{} {}", manifest.name, manifest.version.unwrap_or_default());
        let set = Set::of(called.trim_end().to_owned(), &sheets, &starts, COUNTY)?;
        check_profiles(&manifest.profile, &set, &self.rows, COUNTY)?;
        for (sheet, cases) in own.iter().zip(worked) {
            cases.check(&sheet.rows)?;
            let day = Start::of(sheet, &starts).map_or(day, |start| start.from);
            self.trials.extend(cases.trials(day, Some(&name)));
        }
        if let Some(twin) = manifest.profile.iter().find(|own| self.profile(&own.name).is_some()) {
            let says = format!("a shipped profile is called `{}` too; name it otherwise", twin.name);
            return Err(RuleFault::Shape { at: Place::top(COUNTY), says });
        }
        self.profiles.extend(manifest.profile.into_iter().map(|profile| Profile { of_county: true, ..profile }));
        self.county = Some(set);
        Ok(())
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

    /// The names of all profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|profile| profile.name.as_str())
    }

    /// What judges on `day`: by a named profile, or by the one in force.
    pub fn on(&self, day: NaiveDate, profile: Option<&ProfileName>) -> Rules<'_> {
        let by_day = self.profile_on(day);
        let profile = profile.and_then(|name| self.profiles.iter().find(|p| p.name == name.0)).unwrap_or(by_day);
        let set = self.county.as_ref().filter(|_| profile.of_county).unwrap_or(&self.shipped);
        let (bp, glucose, body) = (set.blood_pressure.on(day), set.glucose.on(day), set.body.on(day));
        let (lipids, vitals, risk) = (set.lipids.on(day), set.other_vitals.on(day), set.high_risk.on(day));
        let editions = [&bp.1, &glucose.1, &body.1, &lipids.1, &vitals.1, &risk.1];
        let newest = editions.into_iter().max().expect("six editions").replace('-', ".");
        let mut edition = format!("{} {newest}", self.shipped.name);
        if profile.of_county {
            edition = format!("{edition} + {}", set.name);
        }
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

    /// The tables of an edition, by its name or that of a profile, as they judge from their first day on.
    pub fn of_edition(&self, name: &str) -> Option<Rules<'_>> {
        if let Some(profile) = self.profile(name) {
            let last = self.starts().map(|(day, _)| day).max()?;
            return Some(self.on(last, Some(&profile)));
        }
        let day = self.starts().filter(|(_, edition)| *edition == name).map(|(day, _)| day).max()?;
        Some(self.on(day, None))
    }

    /// The names of all editions that ever come into force.
    pub fn editions(&self) -> BTreeSet<&str> {
        self.starts().map(|(_, edition)| edition).collect()
    }

    fn starts(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.county.iter().chain([&self.shipped]).flat_map(Set::starts)
    }

    /// Every row of that id, a county's first, then the newest edition, as it stands in its file.
    pub fn explain(&self, id: &str) -> Vec<&RowText> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.id == id).collect();
        rows.sort_by(|a, b| (a.at.file.contains('/'), &b.at.file).cmp(&(b.at.file.contains('/'), &a.at.file)));
        rows
    }

    /// All rows of all editions, as they stand in their files.
    pub fn rows(&self) -> &[RowText] {
        &self.rows
    }

    /// What reasons are called when they are told.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The worked cases that the whole of the rules can be held against.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    fn profile_on(&self, day: NaiveDate) -> &Profile {
        let mut dated: Vec<_> = self.profiles.iter().filter(|profile| profile.from.is_some()).collect();
        dated.sort_by_key(|profile| (profile.from, profile.of_county));
        let in_force = dated.iter().rev().find(|profile| profile.from.is_some_and(|from| from <= day));
        in_force.or(dated.first()).copied().expect("the loader refuses a book without a dated profile")
    }
}

/// Worked cases for every side of a limit in these files that has none, file by file, made from the limits themselves.
pub fn wanting_cases(files: &[File<'_>]) -> Result<Vec<(String, Vec<WorkedCase>)>, RuleFault> {
    let mut wanting = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_table(path)) {
        let made = cases_in(files, path)?.wanting(&Sheet::read("", "", path, text)?.rows);
        if !made.is_empty() {
            wanting.push((cases_file(path), made));
        }
    }
    Ok(wanting)
}

impl Set {
    /// Every edition with its first day.
    fn starts(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        let others = self.glucose.starts().chain(self.body.starts()).chain(self.lipids.starts());
        let others = others.chain(self.other_vitals.starts()).chain(self.high_risk.starts());
        self.blood_pressure.starts().chain(others)
    }

    fn of(name: String, sheets: &[Sheet], starts: &[Start], file: &'static str) -> Result<Self, RuleFault> {
        let starts = Starts { file, starts, sheets };
        Ok(Self {
            name,
            blood_pressure: starts.of("blood_pressure")?,
            glucose: starts.of("glucose")?,
            body: starts.of("body")?,
            lipids: starts.of("lipids")?,
            other_vitals: starts.of("other_vitals")?,
            high_risk: starts.of("high_risk")?,
        })
    }
}

struct Starts<'a> {
    file: &'static str,
    starts: &'a [Start],
    sheets: &'a [Sheet],
}

impl Starts<'_> {
    /// Checks every edition of a topic and keeps those that ever come into force.
    fn of<T: DeserializeOwned + Checks>(&self, topic: &str) -> Result<Dated<T>, RuleFault> {
        let mut tables = BTreeMap::new();
        for sheet in self.sheets.iter().filter(|sheet| sheet.topic == topic) {
            let table: T = sheet.typed()?;
            table.check(sheet)?;
            tables.insert(sheet.edition.as_str(), table);
        }
        let (file, topic_name) = (self.file, || topic.to_owned());
        let mut dated = Vec::new();
        for start in self.starts.iter().filter(|start| start.topic == topic) {
            let table = tables.remove(start.edition.as_str()).ok_or_else(|| RuleFault::NoEdition {
                file,
                topic: topic_name(),
                edition: start.edition.clone(),
            })?;
            dated.push((start.from, start.edition.clone(), table));
        }
        dated.sort_by_key(|(from, ..)| *from);
        if dated.is_empty() { Err(RuleFault::NoTopic { file, topic: topic_name() }) } else { Ok(Dated(dated)) }
    }
}

fn manifest(files: &[File<'_>], name: &'static str) -> Result<Manifest, RuleFault> {
    let (_, text) = files.iter().find(|(path, _)| *path == name).ok_or(RuleFault::NoManifest(name))?;
    parse(name, text)
}

fn words(files: &[File<'_>]) -> Result<Words, RuleFault> {
    let (_, text) = files.iter().find(|(path, _)| *path == WORDS).ok_or(RuleFault::NoManifest(WORDS))?;
    parse(WORDS, text)
}

/// The whole editions among the files, and the worked cases of each.
fn editions(files: &[File<'_>]) -> Result<(Vec<Sheet>, Vec<Cases>), RuleFault> {
    let stray = |path: &str, says| Err(RuleFault::Stray { file: path.to_owned(), says });
    let of_nothing = |path: &str| files.iter().all(|(table, _)| !is_table(table) || cases_file(table) != path);
    if let Some((path, _)) = files.iter().find(|(path, _)| path.ends_with(CASES) && of_nothing(path)) {
        return stray(path, "there are no rows of that name beside these cases");
    }
    let at_county = files.iter().any(|(path, _)| *path == COUNTY);
    let mut found = (Vec::new(), Vec::new());
    for (path, text) in files.iter().filter(|(path, _)| is_table(path)) {
        let name = path.strip_suffix(".toml").unwrap_or(path);
        match name.split_once('/') {
            Some((topic, edition)) if TOPICS.contains(&topic) && !edition.contains('/') => {
                let (sheet, cases) = read(files, (topic, edition), path, text)?;
                found.0.push(sheet);
                found.1.push(cases);
            }
            None if at_county && TOPICS.contains(&name) => {}
            _ if at_county => return stray(path, "this is neither <topic>.toml nor <topic>/<edition>.toml"),
            _ => return stray(path, "this is neither in_force.toml nor <topic>/<edition>.toml"),
        }
    }
    Ok(found)
}

/// The rows that a county lays over a topic, and their worked cases.
fn county_rows(files: &[File<'_>], topic: &str) -> Result<Option<(Sheet, Cases)>, RuleFault> {
    let path = format!("{topic}.toml");
    let found = files.iter().find(|(name, _)| *name == path);
    found.map(|(path, text)| read(files, (topic, ""), path, text)).transpose()
}

fn read(
    files: &[File<'_>],
    (topic, edition): (&str, &str),
    path: &str,
    text: &str,
) -> Result<(Sheet, Cases), RuleFault> {
    let sheet = Sheet::read(topic, edition, path, text)?;
    let cases = cases_in(files, path)?;
    if cases.is_absent() && sheet.rows.iter().any(cases::has_limits) {
        return Err(RuleFault::NoCases { file: path.to_owned(), cases: cases_file(path) });
    }
    Ok((sheet, cases))
}

/// The worked cases of a file of rows.
fn cases_in(files: &[File<'_>], table: &str) -> Result<Cases, RuleFault> {
    let name = cases_file(table);
    match files.iter().find(|(path, _)| *path == name) {
        Some((path, text)) => Cases::read(path, text),
        None => Ok(Cases::absent()),
    }
}

fn cases_file(path: &str) -> String {
    format!("{}{CASES}", path.strip_suffix(".toml").unwrap_or(path))
}

/// True for a file of rows: neither manifest nor worked cases nor guidance.
fn is_table(path: &str) -> bool {
    path != IN_FORCE && path != COUNTY && path != WORDS && !path.ends_with(CASES) && !path.starts_with(GUIDANCE)
}

/// Refuses profiles that choose what no table offers, and sign-offs without a name.
fn check_profiles(profiles: &[Profile], set: &Set, rows: &[RowText], file: &'static str) -> Result<(), RuleFault> {
    for profile in profiles {
        let fault = |what: &str| RuleFault::Profile { file, profile: profile.name.clone(), what: what.to_owned() };
        if profile.enabled.iter().any(|sign_off| sign_off.by.trim().is_empty()) {
            return Err(fault("a sign-off without a name"));
        }
        let signed = profile.enabled.iter().map(|sign_off| &sign_off.row);
        if let Some(row) =
            profile.window.iter().chain(signed).find(|row| rows.iter().all(|other| row.as_str() != other.id))
        {
            return Err(fault(row.as_str()));
        }
        for table in set.blood_pressure.tables() {
            if !table.protocol.iter().any(|row| row.id == profile.repeat) {
                return Err(fault(profile.repeat.as_str()));
            }
            if !table.target.iter().any(|row| row.id.as_str().starts_with(&profile.targets)) {
                return Err(fault(&profile.targets));
            }
            if !table.meta.selectable_gradings.contains(&profile.grading) {
                return Err(fault(&profile.grading));
            }
        }
        if set.high_risk.tables().any(|table| !table.meta.selectable_definitions.contains(&profile.definition)) {
            return Err(fault(&profile.definition));
        }
    }
    Ok(())
}

/// Folder of a county's own guidance, below its own.
pub const GUIDANCE: &str = "guidance/";
const IN_FORCE: &str = "in_force.toml";
const COUNTY: &str = "county.toml";
const WORDS: &str = "words.toml";
const CASES: &str = ".cases.toml";
const TOPICS: [&str; 6] = ["blood_pressure", "glucose", "body", "lipids", "other_vitals", "high_risk"];
