//! `health-hut why`: a stored finding in words, in both languages; the value judged, the rule, the document and edition,
//! the quality of the readings. Names nobody. Reads beside a running kiosk.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::say;
use super::setup::{CommandFault, Setup, setup};
use crate::assess::reasons;
use crate::assess::rulebook::words::Both;
use crate::model::finding::Assessment;
use crate::model::{EvaluationId, Fact, Measurement, MeasurementId, Moment, StoredFact, VisitId};
use crate::store::{Reader, StoreFault};

/// A stored evaluation, with the readings it judged.
struct Stored {
    at: Moment,
    evaluation: EvaluationId,
    visit: VisitId,
    assessment: Assessment,
    readings: Vec<Measurement>,
}

/// So many of the newest evaluations are listed.
const LISTED: usize = 20;

/// Prints why the evaluation that `id` means says what it says: the evaluation's own id, its visit's (then the newest one),
/// or that of any Fact of the visit. Without an id: the newest evaluations, to choose from.
pub fn run(config: &Path, id: Option<Uuid>, as_json: bool) -> Result<(), CommandFault> {
    let Setup { world, opening, .. } = setup(config)?;
    let reader = Reader::open(&opening)?;
    let Some(id) = id else { return list(&newest(&reader)?, as_json) };
    let found = find(&reader, id)?;
    let stored = found.ok_or_else(|| {
        CommandFault::Said(format!(
            "nothing here that was judged is called {id}; without an id `why` lists what was judged"
        ))
    })?;
    let told: Vec<(&str, Both)> = stored
        .assessment
        .reasons
        .iter()
        .map(|reason| (reason.of.as_str(), reasons::why(&world.rules, reason)))
        .chain([("readings", reasons::quality(&world.rules, &stored.readings))])
        .collect();
    if as_json {
        let why: Vec<_> = told.iter().map(|(of, both)| json!({ "of": of, "zh-CN": both.zh, "en": both.en })).collect();
        say(json!({ "edition": stored.assessment.edition, "why": why }));
    } else {
        say(&stored.assessment.edition);
        told.iter().for_each(|(_, both)| say(format!("{}\n  {}", both.zh, both.en)));
    }
    Ok(())
}

fn list(newest: &[Stored], as_json: bool) -> Result<(), CommandFault> {
    if newest.is_empty() && !as_json {
        say("nothing was judged here yet");
    }
    for stored in newest {
        let (id, at, edition) = (stored.evaluation.0, stored.at.wall, &stored.assessment.edition);
        if as_json {
            say(json!({ "evaluation": id, "at": at, "edition": edition }));
        } else {
            say(format!("{id}  {}  {edition}", at.format("%Y-%m-%d %H:%M")));
        }
    }
    Ok(())
}

/// The newest evaluations, the last one first.
fn newest(reader: &Reader) -> Result<Vec<Stored>, StoreFault> {
    let mut newest = VecDeque::new();
    walk(reader, |_, stored| {
        newest.extend(stored);
        if newest.len() > LISTED {
            newest.pop_front();
        }
    })?;
    Ok(newest.into_iter().rev().collect())
}

/// The evaluation that is meant.
fn find(reader: &Reader, id: Uuid) -> Result<Option<Stored>, StoreFault> {
    let (mut last, mut found): (Option<Stored>, Option<Stored>) = (None, None);
    let mut meant = None;
    walk(reader, |fact, stored| {
        if fact.new.id.0 == id {
            meant = fact.new.fact.visit();
        }
        if stored.is_some() {
            last = stored;
        }
        let is_meant = |last: &Stored| [last.evaluation.0, last.visit.0].contains(&id) || Some(last.visit) == meant;
        if last.as_ref().is_some_and(is_meant) {
            found = last.take();
        }
    })?;
    Ok(found)
}

/// Hands out every Fact, and with one that judged something what that was. By a walk over the Facts: asked for by hand, once
/// in a while.
fn walk(reader: &Reader, mut to: impl FnMut(&StoredFact, Option<Stored>)) -> Result<(), StoreFault> {
    let mut taken: BTreeMap<MeasurementId, Measurement> = BTreeMap::new();
    reader.walk(|fact| {
        let stored = match &fact.new.fact {
            Fact::MeasurementTaken { measurement } => {
                taken.insert(measurement.id, measurement.clone());
                None
            }
            Fact::RiskEvaluated { evaluation, visit, basis, assessment, .. } => Some(Stored {
                at: fact.new.at,
                evaluation: *evaluation,
                visit: *visit,
                assessment: assessment.clone(),
                readings: basis.iter().filter_map(|id| taken.get(id).cloned()).collect(),
            }),
            _ => None,
        };
        to(&fact, stored);
    })
}
