//! `health-hut reassess`: another edition over the stored measurements. Says who would change class; rewrites nothing.
//! Names nobody: people and visits stand by their ids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::WrongUse;
use super::say;
use super::setup::{CommandFault, Setup, setup};
use crate::assess::chronicle::Chronicle;
use crate::assess::{RuleBook, assess_by};
use crate::model::finding::Assessment;
use crate::store::{Reader, StoreFault};

/// What another edition makes of the stored visits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Visits judged anew.
    pub visits: usize,
    /// Visits without a record of the person, or never evaluated: not judged.
    pub passed_over: usize,
    /// Each visit whose newest evaluation would read otherwise.
    pub changes: Vec<Change>,
}

/// A visit that would be judged otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which.
    pub visit: String,
    /// Whose; `None` for a guest.
    pub resident: Option<String>,
    /// The key of the result, what was stored, and what it would be.
    pub keys: Vec<(String, Value, Value)>,
}

/// Runs the edition or profile of this name over a store; prints words or one JSON object.
pub fn run(config: &Path, edition: &str, as_json: bool) -> Result<(), ReassessFault> {
    let Setup { world, opening, .. } = setup(config)?;
    let outcome = reassess(&world.rules, &chronicle(&Reader::open(&opening).map_err(CommandFault::from)?)?, edition)?;
    if as_json {
        let changes: Vec<Value> = outcome.changes.iter().map(Change::as_json).collect();
        say(
            json!({ "edition": edition, "visits": outcome.visits, "passed_over": outcome.passed_over, "changes": changes }),
        );
        return Ok(());
    }
    for change in &outcome.changes {
        say(format!("visit {}", change.visit));
        for (key, from, to) in &change.keys {
            say(format!("  {key}: {from} -> {to}"));
        }
    }
    let people: BTreeSet<_> = outcome.changes.iter().filter_map(|change| change.resident.as_ref()).collect();
    let guests = outcome.changes.iter().filter(|change| change.resident.is_none()).count();
    say(format!(
        "{edition}: {} of {} visits would read otherwise ({} residents, {guests} guests); {} could not be judged; nothing was rewritten",
        outcome.changes.len(),
        outcome.visits,
        people.len(),
        outcome.passed_over,
    ));
    for (key, count) in outcome.by_key() {
        say(format!("  {key}: {count}"));
    }
    Ok(())
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the faults speak for themselves
pub enum ReassessFault {
    #[error(transparent)]
    Setup(#[from] CommandFault),
    #[error(transparent)]
    Unknown(#[from] WrongUse),
}

/// All of a store, folded.
pub fn chronicle(reader: &Reader) -> Result<Chronicle, CommandFault> {
    let mut chronicle = Chronicle::default();
    let walked: Result<(), StoreFault> = reader.walk(|stored| chronicle.add(stored.new.at, stored.new.fact));
    walked?;
    Ok(chronicle)
}

/// Judges every concluded visit by an edition, and holds the result against the stored one.
pub fn reassess(rules: &RuleBook, chronicle: &Chronicle, edition: &str) -> Result<Outcome, WrongUse> {
    let unknown = || {
        let known: Vec<&str> = rules.editions().into_iter().chain(rules.profiles()).collect();
        WrongUse(format!("there is no edition or profile `{edition}`; there are {}", known.join(", ")))
    };
    let tables = rules.of_edition(edition).ok_or_else(unknown)?;
    let mut outcome = Outcome::default();
    chronicle.cases(|visit, case| {
        let Some((_, stored)) = &visit.evaluation else { return };
        outcome.visits += 1;
        let keys = differences(stored, &assess_by(tables.clone(), &case));
        if !keys.is_empty() {
            let resident = visit.resident().map(|resident| resident.to_string());
            outcome.changes.push(Change { visit: visit.id.to_string(), resident, keys });
        }
    });
    let concluded = chronicle.visits().iter().filter(|visit| visit.ending.is_some()).count();
    outcome.passed_over = concluded - outcome.visits;
    Ok(outcome)
}

/// The keys of the result that differ. Advice and reasons are how it is told, not what was found.
fn differences(stored: &Assessment, anew: &Assessment) -> Vec<(String, Value, Value)> {
    let as_object = |assessment: &Assessment| match serde_json::to_value(assessment) {
        Ok(Value::Object(keys)) => keys,
        _ => serde_json::Map::new(),
    };
    let (before, mut after) = (as_object(stored), as_object(anew));
    let told = before.into_iter().filter(|(key, _)| !HOW.contains(&key.as_str()));
    let pairs = told.map(|(key, from)| {
        let to = after.remove(&key).unwrap_or_default();
        (key, from, to)
    });
    pairs.filter(|(_, from, to)| from != to).collect()
}

impl Outcome {
    /// How many visits each key would change in.
    pub fn by_key(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (key, ..) in self.changes.iter().flat_map(|change| &change.keys) {
            *counts.entry(key.as_str()).or_default() += 1;
        }
        counts
    }
}

impl Change {
    fn as_json(&self) -> Value {
        let keys: Vec<Value> =
            self.keys.iter().map(|(key, from, to)| json!({ "key": key, "stored": from, "anew": to })).collect();
        json!({ "visit": self.visit, "resident": self.resident, "keys": keys })
    }
}

const HOW: [&str; 3] = ["guidance", "reasons", "edition"];
