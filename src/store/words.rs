//! Between the words of the model's serial form and columns.

use chrono::NaiveDate;
use rusqlite::{Connection, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body;
use super::fault::{Doing, StoreFault};
use crate::model::fact::StoredFact;
use crate::model::{ClockTrust, Urgency};

/// The word of a unit variant, or the key of a variant with fields.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// Reads such a word back; a word that does not fit means a damaged file.
pub(super) fn from_word<T: DeserializeOwned>(word: String) -> Result<T, StoreFault> {
    // The cause could quote what it read, so it is not kept.
    serde_json::from_value(Value::String(word)).map_err(|_| damaged("an unknown word"))
}

/// JSON text of a value of ours.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreFault> {
    serde_json::to_string(value).map_err(|_| StoreFault::unsound("a value has no serial form"))
}

/// Reads such a text back.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreFault> {
    serde_json::from_str(text).map_err(|_| damaged("an unreadable value"))
}

pub(super) fn damaged(says: &str) -> StoreFault {
    StoreFault::Damaged { says: says.to_owned() }
}

pub(super) fn level_number(level: Urgency) -> u8 {
    LEVELS.iter().position(|known| *known == level).unwrap_or_default() as u8
}

pub(super) fn level_of(number: u8) -> Urgency {
    LEVELS.get(usize::from(number)).copied().unwrap_or_default()
}

pub(super) fn trust_number(trust: ClockTrust) -> u8 {
    TRUSTS.iter().position(|known| *known == trust).unwrap_or_default() as u8
}

pub(super) fn day_number(day: NaiveDate) -> i32 {
    day.to_epoch_days()
}

pub(super) fn day_of(number: i32) -> Result<NaiveDate, StoreFault> {
    NaiveDate::from_epoch_days(number).ok_or_else(|| damaged("an impossible day"))
}

/// Reads all Facts of the steps that `rest` asks for: joins, conditions, order. The table is called `s`.
pub(super) fn facts(conn: &Connection, rest: &str, params: impl Params) -> Result<Vec<StoredFact>, StoreFault> {
    let steps = rows(conn, &format!("SELECT s.seq, s.body FROM step s {rest}"), params, |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let mut facts = Vec::with_capacity(steps.len());
    for (last, body) in steps {
        // The cause could quote what it read, so it is not kept.
        let step = body::read(&body).ok_or(StoreFault::Unreadable { seq: last })?;
        let first = (last + 1).checked_sub(step.len() as u64).ok_or(StoreFault::Unreadable { seq: last })?;
        facts.extend((first..).zip(step).map(|(seq, new)| StoredFact { seq, new }));
    }
    Ok(facts)
}

/// Reads one Fact by its number.
pub(super) fn fact(conn: &Connection, seq: u64) -> Result<StoredFact, StoreFault> {
    let step = facts(conn, "WHERE s.seq >= ?1 ORDER BY s.seq LIMIT 1", [seq])?;
    step.into_iter().find(|fact| fact.seq == seq).ok_or(StoreFault::Unreadable { seq })
}

/// Reads rows of any shape.
pub(super) fn rows<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreFault> {
    let mut statement = conn.prepare_cached(sql).doing("reading")?;
    let rows = statement.query_map(params, read).doing("reading")?;
    rows.collect::<rusqlite::Result<_>>().doing("reading")
}

const LEVELS: [Urgency; 5] = [Urgency::None, Urgency::Routine, Urgency::Soon, Urgency::Urgent, Urgency::Emergency];
const TRUSTS: [ClockTrust; 3] = [ClockTrust::Unset, ClockTrust::Suspect, ClockTrust::Trusted];
