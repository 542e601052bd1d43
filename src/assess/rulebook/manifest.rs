//! `in_force.toml`, and a county's `county.toml`: which edition counts from which day, and the profiles.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{self, Deserializer, Error as _, MapAccess, Visitor};
use toml::Spanned;

use super::fault::{RuleFault, nearest};
use super::sheet::{Place, RowText, Sheet, parse};
use super::{File, Set, TOPICS};
use crate::model::RowId;

/// The first file of a rules folder.
pub(super) struct Manifest {
    pub file: &'static str,
    pub name: String,
    /// Only a county's: the shipped tables take theirs from their editions.
    pub version: Option<String>,
    pub starts: Vec<Start>,
    pub profiles: Vec<Profile>,
}

/// The day on which an edition comes into force.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    pub topic: String,
    pub edition: String,
    #[serde(deserialize_with = "day")]
    pub from: NaiveDate,
    /// Rows of the edition before it that this one does not have any more.
    #[serde(default)]
    pub without: Vec<String>,
    #[serde(skip)]
    pub at: Place,
    #[serde(skip)]
    pub of_county: bool,
}

/// A set of choices among the tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub name: String,
    #[serde(default, deserialize_with = "some_day")]
    pub from: Option<NaiveDate>,
    pub grading: String,
    pub repeat: RowId,
    pub window: Option<RowId>,
    pub definition: String,
    /// How the ids of the treatment targets shown to the doctor begin.
    #[serde(default = "usual_targets")]
    pub targets: String,
    #[serde(default)]
    enabled: Vec<Spanned<SignOff>>,
    #[serde(skip)]
    pub at: Place,
    /// Judged by the county's tables.
    #[serde(skip)]
    pub of_county: bool,
}

/// A recalled row that a clinician switched on.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a signature: { row = \"temp.fever\", by = \"Dr. Example\", on = \"2026-12-05\" }"
)]
pub(super) struct SignOff {
    pub row: RowId,
    pub by: String,
    #[serde(deserialize_with = "day")]
    pub on: NaiveDate,
    #[serde(skip)]
    pub at: Place,
}

/// The primary-care guideline is the doctor's (clinical README, open disputes).
fn usual_targets() -> String {
    "bp.target.primary2025.".to_owned()
}

impl Manifest {
    /// Reads the file of that name; says which file is named nearly so when it is not there.
    pub fn read(files: &[File<'_>], file: &'static str, of_county: bool) -> Result<Self, RuleFault> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Text {
            name: String,
            version: Option<String>,
            #[serde(default)]
            edition: Vec<Spanned<Start>>,
            #[serde(default)]
            profile: Vec<Spanned<Profile>>,
        }
        let text = text_of(files, file)?;
        let Text { name, version, edition, profile } = parse(file, text)?;
        word(file, "name", Some(&name), "write what the rules are called: it stands in every finding")?;
        if of_county {
            word(
                file,
                "version",
                version.as_deref(),
                "write one, and raise it with every change: version = \"2027.01\"",
            )?;
        }
        let place = |at: usize| Place::of(file, text, at);
        let started = |start: Spanned<Start>| {
            let at = place(start.span().start);
            Start { at, of_county, ..start.into_inner() }
        };
        let placed = |profile: Spanned<Profile>| {
            let at = place(profile.span().start);
            let mut profile = Profile { at, of_county, ..profile.into_inner() };
            for sign_off in &mut profile.enabled {
                let at = place(sign_off.span().start);
                sign_off.get_mut().at = at;
            }
            profile
        };
        Ok(Self {
            file,
            name,
            version,
            starts: edition.into_iter().map(started).collect(),
            profiles: profile.into_iter().map(placed).collect(),
        })
    }

    /// The first profile that counts from some day on.
    pub fn first(&self) -> Result<(&Profile, NaiveDate), RuleFault> {
        let mut dated = self.profiles.iter().filter_map(|profile| Some((profile, profile.from?)));
        dated.next().ok_or(RuleFault::NoProfile(self.file))
    }

    /// Refuses lines that bring nothing into force, editions without a line, two of one day, and
    /// editions that lost rows. `shipped` are the lines of the shipped tables, when this is a county's.
    pub fn check_editions(&self, own: &[Sheet], sheets: &[Sheet], shipped: &[Start]) -> Result<(), RuleFault> {
        for sheet in own {
            if let Some(start) = Start::of(sheet, shipped) {
                return Err(start.is_taken(Place::top(&sheet.file)));
            }
        }
        for start in &self.starts {
            start.check(own, shipped)?;
        }
        for (nth, start) in self.starts.iter().enumerate() {
            start.check_day(&self.starts[..nth])?;
            start.check_not_too_early(shipped)?;
        }
        if let Some(sheet) = own.iter().find(|sheet| Start::of(sheet, &self.starts).is_none()) {
            return Err(RuleFault::NotInForce { file: sheet.file.clone(), manifest: self.file });
        }
        let all: Vec<&Start> = shipped.iter().chain(&self.starts).collect();
        self.starts.iter().try_for_each(|start| start.check_rows(&all, sheets))
    }

    /// Refuses two profiles of one day or one name, profiles that choose what no table offers, and sign-offs without a name or a row.
    pub fn check_profiles(&self, set: &Set, rows: &[RowText]) -> Result<(), RuleFault> {
        for (nth, profile) in self.profiles.iter().enumerate() {
            if self.profiles[..nth].iter().any(|other| other.name == profile.name) {
                let (at, profile) = (profile.at.clone(), profile.name.clone());
                return Err(RuleFault::TwoProfiles { at, profile });
            }
            profile.check_day(&self.profiles[..nth])?;
            profile.check_signed(rows)?;
            profile.check_choices(set)?;
        }
        Ok(())
    }
}

impl Start {
    /// The line that brings a sheet into force.
    pub fn of<'a>(sheet: &Sheet, starts: &'a [Start]) -> Option<&'a Start> {
        starts.iter().find(|start| start.is_of(sheet))
    }

    pub fn is_of(&self, sheet: &Sheet) -> bool {
        self.topic == sheet.topic && self.edition == sheet.edition
    }

    /// The edition of the same topic that this one follows.
    pub fn before<'a>(&self, starts: impl IntoIterator<Item = &'a Start>) -> Option<&'a Start> {
        let earlier = starts.into_iter().filter(|other| other.topic == self.topic && other.from < self.from);
        earlier.max_by_key(|other| other.from)
    }

    /// The edition of the same topic that follows this one.
    pub fn after<'a>(&self, starts: impl IntoIterator<Item = &'a Start>) -> Option<&'a Start> {
        let later = starts.into_iter().filter(|other| other.topic == self.topic && other.from > self.from);
        later.min_by_key(|other| other.from)
    }

    fn is_taken(&self, at: Place) -> RuleFault {
        let (topic, edition) = (self.topic.clone(), self.edition.clone());
        RuleFault::ShippedEdition { at, topic, edition, from: self.from }
    }

    fn check(&self, own: &[Sheet], shipped: &[Start]) -> Result<(), RuleFault> {
        let (at, topic, edition) = (self.at.clone(), self.topic.clone(), self.edition.clone());
        if !TOPICS.contains(&self.topic.as_str()) {
            return Err(RuleFault::UnknownTopic { at, topic });
        }
        if own.iter().any(|sheet| self.is_of(sheet)) {
            return Ok(());
        }
        match shipped.iter().find(|other| other.topic == topic && other.edition == edition) {
            Some(other) => Err(other.is_taken(at)),
            None => {
                let there = own.iter().filter(|sheet| sheet.topic == topic).map(|sheet| sheet.edition.as_str());
                let near = nearest(&edition, there).map(str::to_owned);
                Err(RuleFault::NoEdition { at, topic, edition, near })
            }
        }
    }

    fn check_day(&self, earlier: &[Start]) -> Result<(), RuleFault> {
        let topic = |other: &&Start| other.topic == self.topic;
        let same = |other: &&Start| other.from == self.from || other.edition == self.edition;
        let Some(twin) = earlier.iter().filter(topic).find(same) else { return Ok(()) };
        Err(RuleFault::SameDay {
            at: self.at.clone(),
            what: format!("{} {}", self.topic, self.edition),
            other: twin.edition.clone(),
            from: twin.from,
        })
    }

    /// Refuses an edition of a county that begins before the first shipped one of its topic, which would go before it. Later
    /// shipped ones are not asked: a release stops no county.
    fn check_not_too_early(&self, shipped: &[Start]) -> Result<(), RuleFault> {
        let first = shipped.iter().filter(|other| other.topic == self.topic).min_by_key(|other| other.from);
        let Some(first) = first.filter(|first| self.from <= first.from) else { return Ok(()) };
        Err(RuleFault::TooEarly {
            at: self.at.clone(),
            edition: format!("{} {}", self.topic, self.edition),
            from: self.from,
            shipped: first.edition.clone(),
            begins: first.from,
        })
    }

    /// Refuses an edition that lacks rows of the one before it, unless it says so.
    fn check_rows(&self, starts: &[&Start], sheets: &[Sheet]) -> Result<(), RuleFault> {
        let ids = |start: &Start| -> BTreeSet<&str> {
            let rows = sheets.iter().filter(|sheet| start.is_of(sheet)).flat_map(|sheet| &sheet.rows);
            rows.map(|row| row.id.as_str()).collect()
        };
        let (own, before) = (ids(self), self.before(starts.iter().copied()));
        let had = before.map(ids).unwrap_or_default();
        let named =
            before.map_or("no edition before it".to_owned(), |before| format!("{} {}", before.topic, before.edition));
        for row in &self.without {
            let why = match (own.contains(row.as_str()), before, had.contains(row.as_str())) {
                (true, ..) => format!("{} {} still has; take it out of the list", self.topic, self.edition),
                (false, _, true) => continue,
                (false, None, false) => format!("{named} has; take it out of the list"),
                (false, Some(_), false) => match nearest(row, had.iter().copied()) {
                    Some(near) => format!("{named} does not have; is `{near}` meant?"),
                    None => format!("{named} does not have; take it out of the list"),
                },
            };
            return Err(RuleFault::NotWithout { at: self.at.clone(), row: row.clone(), why });
        }
        let told = |row: &&&str| !self.without.iter().any(|without| without == **row);
        let rows: Vec<String> = had.difference(&own).filter(told).map(|row| (*row).to_owned()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (at, edition) = (self.at.clone(), format!("{} {}", self.topic, self.edition));
        Err(RuleFault::Lacks { at, edition, before: named, rows })
    }
}

impl Profile {
    /// The recalled rows that count by it.
    pub fn signed(&self) -> impl Iterator<Item = &SignOff> {
        self.enabled.iter().map(Spanned::get_ref)
    }

    fn check_day(&self, earlier: &[Profile]) -> Result<(), RuleFault> {
        let Some(from) = self.from else { return Ok(()) };
        let Some(twin) = earlier.iter().find(|other| other.from == Some(from)) else { return Ok(()) };
        let (at, what) = (self.at.clone(), format!("profile `{}`", self.name));
        Err(RuleFault::SameDay { at, what, other: format!("`{}`", twin.name), from })
    }

    fn check_signed(&self, rows: &[RowText]) -> Result<(), RuleFault> {
        for SignOff { row, by, on, at } in self.signed() {
            let (at, id) = (at.clone(), row.to_string());
            if by.trim().is_empty() {
                return Err(RuleFault::NoName { at, row: id });
            }
            if rows.iter().all(|other| other.id != id) {
                let near = nearest(&id, rows.iter().map(|row| row.id.as_str())).map(str::to_owned);
                return Err(RuleFault::NoRow { at, row: id, near });
            }
            if let Some(from) = self.from.filter(|from| on > from) {
                return Err(RuleFault::SignedLater { at, row: id, on: *on, profile: self.name.clone(), from });
            }
        }
        Ok(())
    }

    /// Every choice must stand in every edition that the profile may judge by.
    fn check_choices(&self, set: &Set) -> Result<(), RuleFault> {
        for table in set.blood_pressure.tables() {
            self.choose("grading", &self.grading, table.meta.selectable_gradings.iter().cloned())?;
            let repeats = table.protocol.iter().filter(|row| row.interval_s_le.is_some());
            self.choose("repeat", self.repeat.as_str(), repeats.map(|row| row.id.to_string()))?;
            if let Some(window) = &self.window {
                let windows = table.confirm.iter().filter(|row| row.window_days.is_some());
                self.choose("window", window.as_str(), windows.map(|row| row.id.to_string()))?;
            }
            let targets: BTreeSet<&str> = table.target.iter().map(|row| row.id.as_str()).collect();
            if !targets.iter().any(|id| id.starts_with(&self.targets)) {
                let beginnings: BTreeSet<&str> = targets.iter().filter_map(|id| Some(&id[..=id.rfind('.')?])).collect();
                self.choose("targets", &self.targets, beginnings.into_iter().map(str::to_owned))?;
            }
        }
        for table in set.high_risk.tables() {
            self.choose("definition", &self.definition, table.meta.selectable_definitions.iter().cloned())?;
        }
        Ok(())
    }

    fn choose(&self, key: &'static str, wrong: &str, known: impl Iterator<Item = String>) -> Result<(), RuleFault> {
        let known: Vec<String> = known.collect();
        if known.iter().any(|known| known == wrong) {
            return Ok(());
        }
        let (at, profile, wrong) = (self.at.clone(), self.name.clone(), wrong.to_owned());
        Err(RuleFault::Profile { at, profile, key, wrong, known })
    }
}

/// Refuses a word that is left out or empty.
fn word(file: &'static str, key: &'static str, text: Option<&str>, wanted: &'static str) -> Result<(), RuleFault> {
    let empty = text.is_some();
    if text.is_some_and(|text| !text.trim().is_empty()) {
        return Ok(());
    }
    Err(RuleFault::NoWord { file, key, empty, wanted })
}

/// The text of the file of that name.
pub(super) fn text_of<'a>(files: &[File<'a>], wanted: &'static str) -> Result<&'a str, RuleFault> {
    let found = files.iter().find(|(path, _)| *path == wanted);
    found.map(|(_, text)| *text).ok_or_else(|| RuleFault::NoManifest { wanted, near: near(files, wanted) })
}

/// A file that is named nearly so, or lies a folder deeper.
fn near(files: &[File<'_>], wanted: &str) -> Option<String> {
    let name = |path: &'_ str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let deeper = files.iter().find(|(path, _)| name(path) == wanted).map(|(path, _)| *path);
    let top = || files.iter().map(|(path, _)| *path).filter(|path| !path.contains('/'));
    deeper.or_else(|| nearest(wanted, top())).map(str::to_owned)
}

/// A day as `"2027-03-01"`.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    struct Day;
    impl<'de> Visitor<'de> for Day {
        type Value = NaiveDate;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(A_DAY)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<NaiveDate, E> {
            text.parse().map_err(|_| E::custom(format!("`{text}` is no day; write {A_DAY}")))
        }

        /// A day without quotes is one of TOML's own.
        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<NaiveDate, A::Error> {
            Err(A::Error::custom(format!("write {A_DAY}")))
        }
    }
    deserializer.deserialize_any(Day)
}

fn some_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    day(deserializer).map(Some)
}

const A_DAY: &str = "the day as \"YYYY-MM-DD\" in quotes";
