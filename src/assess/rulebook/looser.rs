//! What makes a row let more pass than the one in whose place it stands: a critical row that may catch less, a lower urgency.
//!
//! A county decides; it is told, because nobody must loosen a limit without seeing it. Where a key's effect hangs on others the
//! change counts as looser.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::cases::limit_keys;
use super::sheet::{RowText, decimal_of, limit_sign};
use crate::model::Urgency;

/// The keys by which `new` is looser than `old`, each with both values.
pub(super) fn looser(old: &RowText, new: &RowText) -> Vec<String> {
    let urgencies = URGENCIES.into_iter().filter(|key| level(new, key) < level(old, key));
    let critical = || {
        let keys: BTreeSet<&str> = old.keys.keys().chain(new.keys.keys()).map(String::as_str).collect();
        keys.into_iter().filter(|key| catches_less(key, old, new))
    };
    let found = urgencies.chain((old.table == CRITICAL).then(critical).into_iter().flatten());
    found.map(|key| format!("{key} {} -> {}", held(old, key), held(new, key))).collect()
}

/// True for a row that somebody must answer for who takes it away.
pub(super) fn calls_somebody(row: &RowText) -> bool {
    row.table == CRITICAL || URGENCIES.iter().any(|key| level(row, key) > Urgency::None)
}

/// Left out, or no word of urgency: nobody is asked to act.
fn level(row: &RowText, key: &str) -> Urgency {
    row.keys.get(key).and_then(|value| Urgency::deserialize(value.clone()).ok()).unwrap_or(Urgency::None)
}

fn catches_less(key: &str, old: &RowText, new: &RowText) -> bool {
    let (was, is) = (old.keys.get(key), new.keys.get(key));
    if was == is {
        return false;
    }
    if limit_keys(old).chain(limit_keys(new)).any(|limit| limit == key) {
        let raised = was.and_then(decimal_of).zip(is.and_then(decimal_of)).map(|(was, is)| is > was);
        let lower = limit_sign(key).is_some_and(|(_, sign)| sign.starts_with('g'));
        return raised.is_none_or(|raised| raised == lower);
    }
    match key {
        "status" => new.text(key) == "recalled",
        "logic" => new.text(key) == "and",
        // An empty list asks for nothing: putting words into one narrows it, taking all of them out may do both.
        "requires_any_symptom" | "requires_any_condition" | "applies_to" => {
            words(old, key).is_empty() || !words(old, key).is_subset(&words(new, key))
        }
        "also_met_by" | "extended_by_policy_to" => was.is_some(),
        _ => false,
    }
}

fn words<'a>(row: &'a RowText, key: &str) -> BTreeSet<&'a str> {
    let list = row.keys.get(key).and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(toml::Value::as_str).collect()
}

fn held(row: &RowText, key: &str) -> String {
    row.keys.get(key).map_or_else(|| "left out".to_owned(), super::told::short)
}

const CRITICAL: &str = "critical";
const URGENCIES: [&str; 3] = ["urgency", "urgency_known", "urgency_maternal"];
