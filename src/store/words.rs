//! Between the words of the model's serial form and columns.

use chrono::DateTime;
use rusqlite::{Connection, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::fault::{Doing, StoreFault};
use crate::model::fact::StoredFact;
use crate::model::{ClockTrust, Fact, FactId, Moment, NewFact, Urgency};

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

/// Splits a Fact into its kind and its text. Keys that are null are left out when the Fact reads back the same.
pub(super) fn body(fact: &Fact) -> Result<(String, String), StoreFault> {
    let mut value = serde_json::to_value(fact).map_err(|_| StoreFault::unsound("a fact has no serial form"))?;
    let kind = value.get("fact").and_then(Value::as_str).unwrap_or("unknown").to_owned();
    if matches!(fact, Fact::Unknown(_)) {
        return Ok((kind, value.to_string()));
    }
    drop_nulls(&mut value);
    let lean = value.to_string();
    let same = serde_json::from_str::<Fact>(&lean).is_ok_and(|again| again == *fact);
    Ok((kind, if same { lean } else { json(fact)? }))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A moment's four columns before the texts are read.
pub(super) struct RawMoment {
    wall: String,
    since_boot_ms: u64,
    boot: Uuid,
    trust: usize,
}

impl RawMoment {
    /// Reads `wall, since_boot_ms, boot, trust` from column `at` on.
    pub(super) fn of(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            wall: row.get(at)?,
            since_boot_ms: row.get(at + 1)?,
            boot: row.get(at + 2)?,
            trust: row.get(at + 3)?,
        })
    }

    pub(super) fn read(&self) -> Option<Moment> {
        let wall = DateTime::parse_from_rfc3339(&self.wall).ok()?;
        Some(Moment { wall, since_boot_ms: self.since_boot_ms, boot: self.boot, trust: *TRUSTS.get(self.trust)? })
    }
}

/// A row of `fact` before its texts are read.
struct RawFact {
    seq: u64,
    id: Uuid,
    at: RawMoment,
    body: String,
}

impl RawFact {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { seq: row.get(0)?, id: row.get(1)?, body: row.get(2)?, at: RawMoment::of(row, 3)? })
    }

    fn read(self) -> Result<StoredFact, StoreFault> {
        let unreadable = || StoreFault::Unreadable { seq: self.seq };
        let at = self.at.read().ok_or_else(unreadable)?;
        // The cause could quote what it read, so it is not kept.
        let fact = serde_json::from_str(&self.body).map_err(|_| unreadable())?;
        Ok(StoredFact { seq: self.seq, new: NewFact { id: FactId(self.id), at, fact } })
    }
}

/// Reads Facts by what follows the column list: joins, conditions, order. The table is called `f`.
pub(super) fn facts(conn: &Connection, rest: &str, params: impl Params) -> Result<Vec<StoredFact>, StoreFault> {
    let sql = format!("SELECT f.seq, f.id, f.body, f.wall, f.since_boot_ms, f.boot, f.trust FROM fact f {rest}");
    let mut statement = conn.prepare_cached(&sql).doing("reading facts")?;
    let rows = statement.query_map(params, RawFact::of).doing("reading facts")?;
    rows.map(|row| row.doing("reading facts")?.read()).collect()
}

/// Reads one Fact by its sequence number.
pub(super) fn fact(conn: &Connection, seq: u64) -> Result<StoredFact, StoreFault> {
    facts(conn, "WHERE f.seq = ?1", [seq])?.pop().ok_or(StoreFault::Unreadable { seq })
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
