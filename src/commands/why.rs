//! `health-hut why`: a stored finding in words, in both languages; the value judged, the rule, the document and edition,
//! the quality of the readings. Names nobody. Reads beside a running kiosk.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::say;
use super::setup::{CommandFault, Setup, setup};
use crate::assess::reasons;
use crate::assess::rulebook::words::Both;
use crate::model::finding::Assessment;
use crate::model::{Fact, Measurement, MeasurementId};
use crate::store::{Reader, StoreFault};

/// A stored evaluation, with the readings it judged.
struct Stored {
    assessment: Assessment,
    readings: Vec<Measurement>,
}

/// Prints why the evaluation of this id, or the newest one of the visit of this id, says what it says.
pub fn run(config: &Path, id: Uuid, as_json: bool) -> Result<(), CommandFault> {
    let Setup { world, opening, .. } = setup(config)?;
    let found = find(&Reader::open(&opening)?, id)?;
    let stored = found.ok_or_else(|| {
        CommandFault::Said(format!(
            "no evaluation and no visit here is called {id}; --trace and the platform tell the ids"
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

/// The newest evaluation that is meant, by a walk over the Facts: asked for by hand, once in a while.
fn find(reader: &Reader, id: Uuid) -> Result<Option<Stored>, StoreFault> {
    let mut readings: BTreeMap<MeasurementId, Measurement> = BTreeMap::new();
    let mut found = None;
    reader.walk(|stored| match stored.new.fact {
        Fact::MeasurementTaken { measurement } => {
            readings.insert(measurement.id, measurement);
        }
        Fact::RiskEvaluated { evaluation, visit, basis, assessment, .. } if evaluation.0 == id || visit.0 == id => {
            let readings = basis.iter().filter_map(|id| readings.get(id).cloned()).collect();
            found = Some(Stored { assessment, readings });
        }
        _ => {}
    })?;
    Ok(found)
}
