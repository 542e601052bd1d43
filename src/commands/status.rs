//! `status`: what a technician asks first. Reads beside a running kiosk.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::say;
use super::setup::{CommandFault, Setup, setup};
use crate::model::outbox::OutboxCounts;
use crate::shell::clock::Clock;
use crate::store::Reader;

/// Prints the state of the client, in words or as JSON.
pub fn run(config: &Path, as_json: bool) -> Result<(), CommandFault> {
    let setup = setup(config)?;
    let reader = Reader::open(&setup.opening)?;
    let mut clock = Clock::on(&reader, Uuid::nil())?;
    let now = clock.now();
    let counts = reader.outbox_counts(&now)?;
    let mut told = outbox(&counts);
    told["oldest_waiting_s"] = json!(counts.oldest_waiting_s);
    told["last_success"] = json!(counts.last_success);
    told["clock"] = json!(now.trust);
    told["key_class"] = json!(setup.opening.key.class());
    told["devices"] = devices(&setup);
    if as_json {
        say(told);
    } else {
        say(words(&told).trim_end());
    }
    Ok(())
}

/// The part that `sync` and `status` share.
pub fn outbox(counts: &OutboxCounts) -> Value {
    let waiting: serde_json::Map<_, _> =
        counts.waiting.iter().enumerate().map(|(lane, count)| ((lane + 1).to_string(), json!(count))).collect();
    let refused: Vec<Value> = counts
        .refused
        .iter()
        .map(|(unit, says)| json!({ "unit": unit, "code": says, "says": says.to_string() }))
        .collect();
    json!({ "waiting": waiting, "kept_back": counts.kept_back, "refused": refused })
}

/// The configured devices; whether somebody answers is only known to the kiosk that holds the ports.
fn devices(setup: &Setup) -> Value {
    let told = setup.settings.device.iter().map(|device| {
        json!({
            "role": device.role,
            "model": device.model,
            "port": device.port,
            "state": if device.is_present() { "present" } else { "missing" },
        })
    });
    told.collect()
}

fn words(told: &Value) -> String {
    let mut text = String::new();
    for (key, value) in told.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("{key}: {value}\n"));
    }
    text
}
