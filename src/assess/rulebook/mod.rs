//! The rule tables: what stands in `seeds/rules`, what a county lays over it, and which edition counts on a day.
//!
//! Loading refuses gaps, overlaps, rows without a source, unknown keys and limits without worked cases at both sides,
//! and names file, line and row. It also refuses what would be passed over in silence: an edition that lost rows, one
//! that never comes into force, two profiles of one day. A row whose status is `recalled` is loaded switched off.
//!
//! A county writes a folder of its own and leaves the shipped files alone: `county.toml` with its profiles, `<topic>.toml`
//! with rows that replace or join the shipped ones by their ids, `<topic>/<edition>.toml` with whole editions. All of it
//! counts for the county's profiles only, so that every shipped profile judges as it did.

pub mod cases;
mod check;
pub mod fault;
mod looser;
mod manifest;
pub mod rows;
mod rules;
pub mod sheet;
mod told;
pub mod words;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use super::guidance::GuidanceBook;
use crate::model::ConsentText;
use cases::{Cases, Trial, WorkedCase, limit_keys};
use check::Checks;
use fault::{RuleFault, nearest};
use manifest::{Manifest, Profile, Start, text_of};
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
    starts: Vec<Start>,
    profiles: Vec<Profile>,
    rows: Vec<RowText>,
    metas: Vec<RowText>,
    trials: Vec<Trial>,
    words: Words,
    guidance: GuidanceBook,
}

/// The name of a profile that this book has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileName(String);

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

    fn tables(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(.., table)| table)
    }
}

impl RuleBook {
    /// Reads and checks the files of a rules folder, and those of a county's folder if there is one.
    pub fn load(shipped: &[File<'_>], county: Option<&[File<'_>]>) -> Result<Self, RuleFault> {
        let manifest = Manifest::read(shipped, IN_FORCE, false)?;
        let (sheets, worked) = editions(shipped)?;
        manifest.check_editions(&sheets, &sheets, &[])?;
        let set = Set::of(manifest.name.clone(), &sheets, &manifest.starts, IN_FORCE)?;
        let rows: Vec<RowText> = sheets.iter().flat_map(|sheet| sheet.rows.clone()).collect();
        manifest.check_profiles(&set, &rows)?;
        set.check_definitions(&rows)?;
        manifest.first()?;
        let mut trials = Vec::new();
        for (sheet, cases) in sheets.iter().zip(worked) {
            cases.check(&sheet.rows)?;
            if let Some(start) = Start::of(sheet, &manifest.starts) {
                trials.extend(cases.trials(start.from, None));
            }
        }
        let mut book = Self {
            shipped: set,
            county: None,
            starts: manifest.starts,
            profiles: manifest.profiles,
            rows,
            metas: sheets.iter().filter_map(Sheet::meta).collect(),
            trials,
            words: parse(WORDS, text_of(shipped, WORDS)?)?,
            guidance: GuidanceBook::default(),
        };
        if let Some(files) = county {
            book.lay_over(files, sheets)?;
        }
        Ok(book)
    }

    /// Adds the tables and profiles of a county.
    fn lay_over(&mut self, files: &[File<'_>], mut sheets: Vec<Sheet>) -> Result<(), RuleFault> {
        let manifest = Manifest::read(files, COUNTY, true)?;
        let (first, day) = manifest.first()?;
        let name = first.name.clone();
        let (mut own, mut worked) = editions(files)?;
        sheets.extend(own.clone());
        manifest.check_editions(&own, &sheets, &self.starts)?;
        for topic in TOPICS {
            let Some((rows, cases)) = county_rows(files, topic)? else { continue };
            for sheet in sheets.iter_mut().filter(|sheet| sheet.topic == topic) {
                *sheet = sheet.overlaid(&rows)?;
            }
            own.push(rows);
            worked.push(cases);
        }
        let of_county = |row: RowText| RowText { of_county: true, ..row };
        let rows: Vec<RowText> = own.iter().flat_map(|sheet| sheet.rows.clone()).map(of_county).collect();
        self.check_topics(&rows)?;
        self.rows.extend(rows.clone());
        self.metas.extend(own.iter().filter_map(Sheet::meta).map(of_county));
        self.starts.extend(manifest.starts.iter().cloned());
        let called = format!("{} {}", manifest.name, manifest.version.as_deref().unwrap_or_default());
        let set = Set::of(called.trim_end().to_owned(), &sheets, &self.starts, COUNTY)?;
        manifest.check_profiles(&set, &self.rows)?;
        set.check_definitions(&rows)?;
        for (sheet, cases) in own.iter().zip(worked) {
            cases.check(&sheet.rows)?;
            let day = Start::of(sheet, &self.starts).map_or(day, |start| start.from);
            self.trials.extend(cases.trials(day, Some(&name)));
        }
        if let Some(twin) = manifest.profiles.iter().find(|own| self.profile(&own.name).is_some()) {
            let says = format!("a shipped profile is called `{}` too; name it otherwise", twin.name);
            return Err(RuleFault::Shape { at: twin.at.clone(), says });
        }
        self.profiles.extend(manifest.profiles);
        self.county = Some(set);
        Ok(())
    }

    /// Refuses a county's row in the file of another topic than the shipped one of its id.
    fn check_topics(&self, own: &[RowText]) -> Result<(), RuleFault> {
        let shipped = |row: &RowText| self.rows.iter().find(|other| other.id == row.id && other.topic != row.topic);
        let Some((row, other)) = own.iter().find_map(|row| Some((row, shipped(row)?))) else { return Ok(()) };
        Err(RuleFault::OtherTopic { at: row.at.clone(), row: row.id.clone(), topic: other.topic.clone() })
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
        let mut edition = format!("{} {}", self.shipped.name, self.shipped.newest_on(day).replace('-', "."));
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
            let last = self.starts.iter().map(|start| start.from).max()?;
            return Some(self.on(last, Some(&profile)));
        }
        let day = self.starts.iter().filter(|start| start.edition == name).map(|start| start.from).max()?;
        Some(self.on(day, None))
    }

    /// The names of all editions that ever come into force.
    pub fn editions(&self) -> BTreeSet<&str> {
        self.starts.iter().map(|start| start.edition.as_str()).collect()
    }

    /// Every row of that id, a county's first, then the newest edition, as it stands in its file.
    pub fn explain(&self, id: &str) -> Vec<&RowText> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.id == id).collect();
        let place = |row: &RowText| (!row.edition.is_empty(), std::cmp::Reverse(row.edition.clone()));
        rows.sort_by_key(|row| place(row));
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

    /// A county's profile judges from its first day on, whatever later releases ship; before it the shipped ones do.
    fn profile_on(&self, day: NaiveDate) -> &Profile {
        let mut dated: Vec<_> = self.profiles.iter().filter(|profile| profile.from.is_some()).collect();
        dated.sort_by_key(|profile| (profile.of_county, profile.from));
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
    /// The name of the newest edition in force on `day`.
    fn newest_on(&self, day: NaiveDate) -> &str {
        let pressure_and_sugar = [&self.blood_pressure.on(day).1, &self.glucose.on(day).1];
        let body_and_lipids = [&self.body.on(day).1, &self.lipids.on(day).1];
        let others = [&self.other_vitals.on(day).1, &self.high_risk.on(day).1];
        pressure_and_sugar.into_iter().chain(body_and_lipids).chain(others).max().expect("six editions")
    }

    /// Refuses a criterion among `rows` whose definition nobody can choose.
    fn check_definitions(&self, rows: &[RowText]) -> Result<(), RuleFault> {
        let offered: BTreeSet<&String> =
            self.high_risk.tables().flat_map(|table| &table.meta.selectable_definitions).collect();
        let unknown = |row: &&RowText| {
            let definition = row.keys.get("definition").and_then(toml::Value::as_str);
            row.table == "criterion" && definition.is_some_and(|name| offered.iter().all(|other| *other != name))
        };
        let Some(row) = rows.iter().find(unknown) else { return Ok(()) };
        let definition = row.text("definition").to_owned();
        let known = offered.into_iter().cloned().collect();
        Err(RuleFault::NotOffered { at: row.at.clone(), row: row.id.clone(), definition, known })
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
    /// Checks every edition of a topic, each of which some line brings into force.
    fn of<T: DeserializeOwned + Checks>(&self, topic: &str) -> Result<Dated<T>, RuleFault> {
        let mut dated = Vec::new();
        for sheet in self.sheets.iter().filter(|sheet| sheet.topic == topic) {
            let table: T = sheet.typed()?;
            table.check(sheet)?;
            dated.extend(Start::of(sheet, self.starts).map(|start| (start.from, start.edition.clone(), table)));
        }
        dated.sort_by_key(|(from, ..)| *from);
        if dated.is_empty() {
            return Err(RuleFault::NoTopic { file: self.file, topic: topic.to_owned() });
        }
        Ok(Dated(dated))
    }
}

/// True for a folder that holds the whole of the rules instead of a county's.
pub fn is_whole(files: &[File<'_>]) -> bool {
    let there = |name: &str| files.iter().any(|(path, _)| *path == name);
    let like = |name: &str| files.iter().any(|(path, _)| path.eq_ignore_ascii_case(name));
    !there(COUNTY) && (there(IN_FORCE) || (!like(COUNTY) && (like(IN_FORCE) || there(WORDS))))
}

/// True for a file that is read; false for one that is passed over: notes, and what a system or an editor leaves.
pub fn is_read(path: &str) -> Result<bool, RuleFault> {
    if is_left_over(path) || path.to_lowercase().ends_with(".md") {
        return Ok(false);
    }
    if path.ends_with(".toml") {
        return Ok(true);
    }
    let lower = path.to_lowercase();
    let end = lower.find(".toml").filter(|end| path.is_char_boundary(*end));
    let wanted = end.map(|end| format!("{}.toml", &path[..end]));
    Err(RuleFault::NotToml { file: path.to_owned(), wanted })
}

/// True for what an operating system or an editor leaves in a folder without being asked.
pub fn is_left_over(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    name.starts_with('.') || LEFT_OVER.contains(&name.as_str()) || LEFT_ENDS.iter().any(|end| name.ends_with(end))
}

/// A county's own text of R05, if it has one.
pub fn own_consent(files: &[File<'_>]) -> Result<Option<ConsentText>, RuleFault> {
    let stray = files.iter().find(|(path, _)| path.starts_with(CONSENT) && *path != OWN_CONSENT);
    if let Some((path, _)) = stray {
        let says = format!("the consent text is read from {OWN_CONSENT}; call it so, or take it out");
        return Err(RuleFault::Stray { file: (*path).to_owned(), says });
    }
    let Some((path, text)) = files.iter().find(|(path, _)| *path == OWN_CONSENT) else { return Ok(None) };
    let consent: ConsentText = parse(path, text)?;
    match consent.fault() {
        None => Ok(Some(consent)),
        Some(says) => Err(RuleFault::Shape { at: Place::top(path), says }),
    }
}

/// The whole editions among the files, and the worked cases of each.
fn editions(files: &[File<'_>]) -> Result<(Vec<Sheet>, Vec<Cases>), RuleFault> {
    let stray = |path: &str, says| Err(RuleFault::Stray { file: path.to_owned(), says });
    let of_nothing = |path: &str| files.iter().all(|(table, _)| !is_table(table) || cases_file(table) != path);
    if let Some((path, _)) = files.iter().find(|(path, _)| path.ends_with(CASES) && of_nothing(path)) {
        let rows = path.replace(CASES, ".toml");
        return stray(path, format!("there are no rows beside these cases; they would stand in {rows}"));
    }
    let at_county = files.iter().any(|(path, _)| *path == COUNTY);
    if let Some((path, _)) = files.iter().find(|(path, _)| at_county && [IN_FORCE, WORDS].contains(path)) {
        return stray(path, "this is a shipped file, and the county's is not read; take it out".to_owned());
    }
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
            parts => {
                let usual = if at_county { "<topic>.toml" } else { IN_FORCE };
                let near = nearest(parts.map_or(name, |(topic, _)| topic), TOPICS);
                let near = near.map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
                let topics = TOPICS.join(", ");
                let says = format!("this is neither {usual} nor <topic>/<edition>.toml; the topics are {topics}{near}");
                return stray(path, says);
            }
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
    if cases.is_absent() && sheet.rows.iter().any(|row| limit_keys(row).next().is_some()) {
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

/// True for a file of rows: neither manifest nor worked cases nor guidance nor the consent text.
fn is_table(path: &str) -> bool {
    let beside = [GUIDANCE, CONSENT].iter().any(|folder| path.starts_with(folder));
    path != IN_FORCE && path != COUNTY && path != WORDS && !path.ends_with(CASES) && !beside
}

/// Folder of a county's own guidance, below its own.
pub const GUIDANCE: &str = "guidance/";
/// Folder of a county's consent text, which is no table.
pub const CONSENT: &str = "consent/";
/// The one file in it.
const OWN_CONSENT: &str = "consent/consent.toml";
const LEFT_OVER: [&str; 2] = ["thumbs.db", "desktop.ini"];
const LEFT_ENDS: [&str; 3] = ["~", ".bak", ".swp"];
const IN_FORCE: &str = "in_force.toml";
const COUNTY: &str = "county.toml";
const WORDS: &str = "words.toml";
const CASES: &str = ".cases.toml";
const TOPICS: [&str; 6] = ["blood_pressure", "glucose", "body", "lipids", "other_vitals", "high_risk"];
