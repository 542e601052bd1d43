//! `health-hut rules check DIR`, `rules cases DIR`, `rules explain ROW`, `rules shipped`: for authors of rule files.

use std::path::Path;

use chrono::{Local, NaiveDate};
use serde_json::Value;

use super::{WrongUse, assess};
use crate::assess::RuleBook;
use crate::assess::rulebook::cases::Trial;
use crate::assess::rulebook::fault::nearest;
use crate::assess::rulebook::sheet::{Place, RowText};
use crate::assess::rulebook::{File, GUIDANCE, is_whole, own_consent, wanting_cases};
use crate::assess::{GuidanceBook, RuleFault};
use crate::seeds::{self, SeedFault, as_files};

/// Why a rules folder is not right.
#[derive(Debug, thiserror::Error)]
pub enum CheckFault {
    /// The folder cannot be read, or a county's folder does not fit the shipped tables.
    #[error(transparent)]
    Seeds(#[from] SeedFault),
    /// Its files are refused.
    #[error(transparent)]
    Refused(#[from] RuleFault),
    /// The rules say otherwise than its worked cases.
    #[error("{} worked cases are judged otherwise:\n{}", .0.len(), .0.join("\n"))]
    Judged(Vec<String>),
}

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The county's rules: name, version and first day; `None` for the shipped ones.
    pub county: Option<String>,
    /// What a county's folder does to the shipped tables, one line each.
    pub does: Vec<String>,
    /// Rows of the book, the shipped ones of a county's book included.
    pub rows: usize,
    /// Worked cases that were judged as they ask for.
    pub cases: usize,
}

/// Reads a rules folder as the program would, a county's (with `county.toml`) laid over the shipped tables, and holds
/// the rules against its worked cases.
pub fn check(folder: &Path) -> Result<Found, CheckFault> {
    let texts = seeds::read_folder(folder)?;
    let files = as_files(&texts);
    let shipped = seeds::rule_book(None)?;
    let rules = if is_whole(&files) {
        let rules = RuleBook::load(&files, None)?;
        let guidance = GuidanceBook::load(&seeds::shipped(GUIDANCE), &rules)?;
        rules.with_guidance(guidance)
    } else {
        seeds::rule_book(Some(folder))?
    };
    own_consent(&files)?;
    // A county's rules are no reason for a shipped case to fail.
    let judge = |trial: &Trial| if is_whole(&files) || trial.profile.is_some() { &rules } else { &shipped };
    let wrong: Vec<String> = rules.trials().iter().filter_map(|trial| differs(judge(trial), trial)).collect();
    if !wrong.is_empty() {
        return Err(CheckFault::Judged(wrong));
    }
    let mut does = rules.county_does();
    does.extend(files.iter().filter_map(guidance_does));
    does.extend(expired(&rules, Local::now().date_naive()));
    let passed_over = seeds::left_over(folder)?.into_iter();
    does.extend(passed_over.map(|file| format!("passed over {file}: a system or an editor left it")));
    Ok(Found { county: rules.county_named(), does, rows: rules.rows().len(), cases: rules.trials().len() })
}

fn guidance_does((path, _): &File<'_>) -> Option<String> {
    let topic = path.strip_prefix(GUIDANCE)?;
    let shipped = seeds::shipped(GUIDANCE).iter().any(|(other, _)| *other == topic);
    Some(format!("{} {path}", if shipped { "REPLACES" } else { "ADDS" }))
}

/// Advice that nobody is given any more.
fn expired(rules: &RuleBook, today: NaiveDate) -> impl Iterator<Item = String> {
    let late = rules.guidance().items().filter(move |item| item.valid_until < today);
    late.map(|item| {
        let (id, until) = (&item.id, item.valid_until);
        format!("EXPIRED guidance `{id}`: `valid_until` was {until}, nobody is given it; write a later day")
    })
}

/// What a trial was judged otherwise than it asks for, if it was.
fn differs(rules: &RuleBook, trial: &Trial) -> Option<String> {
    let Trial { at, case, day, profile } = trial;
    let mut given = json(case.given.as_ref()?)?;
    let input = given.as_object_mut()?;
    input.insert("id".to_owned(), "case".into());
    input.entry("date").or_insert_with(|| day.to_string().into());
    if let Some(profile) = profile {
        input.entry("profile").or_insert_with(|| profile.as_str().into());
    }
    let answer = assess::answer(rules, given.to_string().as_bytes(), Local::now().date_naive());
    let result = serde_json::to_value(answer).ok()?;
    let says = |at: &Place, says: String| Some(format!("{at}: row `{}`, value {}: {says}", case.row, case.value));
    if let Some(error) = result.get("error") {
        return says(at, format!("its input is refused: {error}"));
    }
    let want = json(case.want.as_ref()?)?;
    let wrong = |(key, wanted): &(&String, &Value)| result.get(*key) != Some(*wanted);
    let (key, wanted) = want.as_object()?.iter().find(wrong)?;
    says(at, format!("`{key}` is {}, the case asks for {wanted}", result.get(key).unwrap_or(&Value::Null)))
}

/// A case's table as the `assess` format has it; TOML has no null, so cases write it as text.
fn json(table: &toml::Table) -> Option<Value> {
    fn with_nulls(value: Value) -> Value {
        match value {
            Value::String(text) if text == "null" => Value::Null,
            Value::Object(map) => map.into_iter().map(|(key, value)| (key, with_nulls(value))).collect(),
            other => other,
        }
    }
    serde_json::to_value(table).ok().map(with_nulls)
}

/// Worked cases for every limit of a folder that lacks them, as text to be put into the files named in it.
pub fn cases(folder: &Path) -> Result<String, CheckFault> {
    let texts = seeds::read_folder(folder)?;
    let mut made = String::new();
    for (file, cases) in wanting_cases(&as_files(&texts))? {
        made.push_str(&format!("# {file}\n"));
        for case in cases {
            let text = toml::to_string(&case).expect("a case is a plain table");
            made.push_str(&format!("[[case]]\n{text}\n"));
        }
    }
    Ok(made)
}

/// Why a row is not explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainFault {
    /// The tables are refused.
    #[error(transparent)]
    Seeds(#[from] SeedFault),
    /// There is no such row.
    #[error(transparent)]
    Unknown(#[from] WrongUse),
}

/// A row of the tables in words, a county's first, then the newest edition; each with the days on which it counts.
pub fn explain(row: &str, county: Option<&Path>) -> Result<String, ExplainFault> {
    let rules = seeds::rule_book(county)?;
    let tell = |row: &RowText| {
        let standing: String = rules.standing(row).iter().map(|line| format!("  * {line}\n")).collect();
        format!("{row}{standing}")
    };
    let told: Vec<String> = rules.explain(row).into_iter().map(tell).collect();
    if !told.is_empty() {
        return Ok(told.join("\n"));
    }
    let near = nearest(row, rules.rows().iter().map(|row| row.id.as_str()));
    let near = near.map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
    let hint = if county.is_none() { " (a county's own rows are found with `--county DIR`)" } else { "" };
    Err(WrongUse(format!("no edition has a row `{row}`{hint}{near}")).into())
}

/// A shipped rule or guidance file, to be copied; without a name, the list of them.
pub fn shipped(file: Option<&str>) -> Result<String, WrongUse> {
    let guidance = seeds::shipped(GUIDANCE).into_iter().map(|(name, text)| (format!("{GUIDANCE}{name}"), text));
    let rules = seeds::shipped("rules/").into_iter().map(|(name, text)| (name.to_owned(), text));
    let files: Vec<(String, &str)> = rules.chain(guidance).collect();
    let names = || files.iter().map(|(name, _)| name.as_str());
    let Some(file) = file else { return Ok(names().collect::<Vec<_>>().join("\n")) };
    let found = files.iter().find(|(name, _)| name == file).map(|(_, text)| (*text).to_owned());
    found.ok_or_else(|| {
        let near = nearest(file, names()).map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
        WrongUse(format!("no shipped file is called `{file}`{near}; `health-hut rules shipped` lists them"))
    })
}
