//! `sync`: one round now, told in figures.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::say;
use super::setup::{CommandFault, setup};
use super::status;
use crate::shell::clock::Clock;
use crate::shell::courier::{Line, RealTiming, StoreOutbox};
use crate::store::Store;

/// Runs one round. It fails when the platform was not reached; what was not sent waits.
pub fn run(config: &Path, as_json: bool) -> Result<(), CommandFault> {
    let setup = setup(config)?;
    let platform = setup.settings.platform.as_ref().ok_or(CommandFault::NoPlatform)?;
    let line = Line::try_from(platform)?;
    let store = Store::open(&setup.opening)?;
    let reader = store.reader()?;
    let mut clock = Clock::on(&reader, Uuid::nil())?;
    let mut outbox = StoreOutbox::new(store, Uuid::nil())?;
    let mut wire = line.open()?;
    let summary = line.engine().run_round(&mut outbox, &mut wire, &mut RealTiming::new())?;
    let mut told = json!({ "acknowledged": summary.acknowledged.len() });
    let counts = status::outbox(&reader.outbox_counts(&clock.now())?);
    for key in ["waiting", "kept_back", "refused"] {
        told[key] = counts[key].clone();
    }
    // Nothing is pulled yet: reviews made on the platform come with a later version.
    told["pulled"] = json!(0);
    if as_json {
        say(&told);
    } else {
        say(format!("sent {}, waiting {}, kept back {}", told["acknowledged"], told["waiting"], told["kept_back"]));
        for (unit, says) in &summary.refused {
            say(format!("refused {unit}: {says}"));
        }
    }
    summary.result().map_err(|says| CommandFault::Said(says.to_string()))
}
