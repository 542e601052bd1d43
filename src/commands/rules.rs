//! `health-hut rules check DIR`, `rules cases DIR` and `rules explain ROW`: for authors of rule files.

use std::path::Path;

use chrono::Local;
use serde_json::Value;

use super::assess;
use crate::assess::RuleBook;
use crate::assess::rulebook::cases::Trial;
use crate::assess::rulebook::sheet::Place;
use crate::assess::rulebook::{GUIDANCE, wanting_cases};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Rows of the book, the shipped ones of a county's book included.
    pub rows: usize,
    /// Worked cases that were judged as they ask for.
    pub cases: usize,
}

/// Reads a rules folder as the program would, a county's (with `county.toml`) laid over the shipped tables, and holds
/// the rules against its worked cases.
pub fn check(folder: &Path) -> Result<Found, CheckFault> {
    let texts = seeds::read_folder(folder)?;
    let rules = if texts.iter().any(|(path, _)| path == "county.toml") {
        seeds::rule_book(Some(folder))?
    } else {
        let rules = RuleBook::load(&as_files(&texts), None)?;
        let guidance = GuidanceBook::load(&seeds::shipped(GUIDANCE), &rules)?;
        rules.with_guidance(guidance)
    };
    let wrong: Vec<String> = rules.trials().iter().filter_map(|trial| differs(&rules, trial)).collect();
    if wrong.is_empty() {
        Ok(Found { rows: rules.rows().len(), cases: rules.trials().len() })
    } else {
        Err(CheckFault::Judged(wrong))
    }
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

/// A row of the tables in words, a county's first, then the newest edition; `None` when nothing has it.
pub fn explain(row: &str, county: Option<&Path>) -> Result<Option<String>, SeedFault> {
    let rules = seeds::rule_book(county)?;
    let rows = rules.explain(row);
    let words = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Ok(Some(words).filter(|words| !words.is_empty()))
}
