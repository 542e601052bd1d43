//! One commit: the Facts of one step, the tables folded from them, the units of upload they complete. All or nothing.

use rusqlite::{Connection, Params, Transaction, named_params, params};

use super::fault::{Doing, StoreFault};
use super::fold::{Change, fold};
use super::outbox;
use super::words::{body, facts, level_number, trust_number, word};
use crate::model::fact::StoredFact;
use crate::model::{Commit, Fact, NewFact, ResidentId, Subject};

/// What a commit became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Sequence numbers of its Facts, in order.
    pub seqs: Vec<u64>,
}

/// Stores a commit inside the transaction at hand. What was stored before under the same ids is not stored again, so
/// that a commit whose answer was lost can be repeated.
pub(super) fn append(tx: &Transaction<'_>, commit: &Commit) -> Result<Saved, StoreFault> {
    let mut seqs = Vec::with_capacity(commit.facts.len());
    for fact in &commit.facts {
        seqs.push(append_fact(tx, fact)?);
    }
    let as_of: u64 = tx
        .query_row("SELECT coalesce(max(seq), 0) FROM fact", [], |row| row.get(0))
        .doing("reading the newest sequence number")?;
    outbox::enqueue(tx, &commit.units, as_of)?;
    every_flag_has_a_unit(commit)?;
    Ok(Saved { seqs })
}

/// A flag whose unit was forgotten would be in no place at all.
fn every_flag_has_a_unit(commit: &Commit) -> Result<(), StoreFault> {
    let carried = |new: &NewFact| commit.units.iter().any(|unit| unit.facts.contains(&new.id));
    let flags = commit.facts.iter().filter(|new| matches!(new.fact, Fact::RiskFlagged { .. }));
    match flags.into_iter().find(|new| !carried(new)) {
        None => Ok(()),
        Some(new) => Err(StoreFault::unsound(format!("fact {} raises a flag and no unit carries it", new.id))),
    }
}

fn append_fact(tx: &Transaction<'_>, new: &NewFact) -> Result<u64, StoreFault> {
    if let Some(seq) = already_stored(tx, new)? {
        return Ok(seq);
    }
    let (kind, body) = body(&new.fact)?;
    run(
        tx,
        "INSERT INTO fact (id, kind, visit, person, wall, since_boot_ms, boot, trust, body)
         VALUES (:id, :kind, :visit, :person, :wall, :ms, :boot, :trust, :body)",
        named_params! {
            ":id": new.id.0,
            ":kind": kind,
            ":visit": new.fact.visit().map(|visit| visit.0),
            ":person": person(&new.fact).map(|person| person.0),
            ":wall": new.at.wall.to_rfc3339(),
            ":ms": new.at.since_boot_ms,
            ":boot": new.at.boot,
            ":trust": trust_number(new.at.trust),
            ":body": body,
        },
    )?;
    let seq = u64::try_from(tx.last_insert_rowid()).map_err(|_| StoreFault::unsound("a negative sequence number"))?;
    let stored = StoredFact { seq, new: new.clone() };
    for change in fold(&stored) {
        apply(tx, seq, change)?;
    }
    if let Fact::ConsentAnswered { resident, .. } = &new.fact {
        outbox::follow_consent(tx, *resident, seq)?;
    }
    Ok(seq)
}

/// The resident whom a Fact names by itself.
fn person(fact: &Fact) -> Option<ResidentId> {
    match fact {
        Fact::ResidentKept { resident } => Some(resident.id),
        Fact::ConsentAnswered { resident, .. } | Fact::HighRiskRegistered { resident, .. } => Some(*resident),
        _ => None,
    }
}

fn already_stored(tx: &Transaction<'_>, new: &NewFact) -> Result<Option<u64>, StoreFault> {
    match facts(tx, "WHERE f.id = ?1", [new.id.0])?.pop() {
        None => Ok(None),
        Some(stored) if stored.new == *new => Ok(Some(stored.seq)),
        Some(_) => Err(StoreFault::unsound(format!("fact {} is stored already and says something else", new.id))),
    }
}

/// Empties the folded tables and fills them again from the Facts.
pub(super) fn rebuild(tx: &Transaction<'_>) -> Result<(), StoreFault> {
    for table in FOLDED.iter().rev() {
        run(tx, &format!("DELETE FROM {table}"), [])?;
    }
    let mut from = 0;
    loop {
        let page = facts(tx, "WHERE f.seq > ?1 ORDER BY f.seq LIMIT 1000", [from])?;
        let Some(last) = page.last() else { return Ok(()) };
        from = last.seq;
        for stored in &page {
            for change in fold(stored) {
                apply(tx, stored.seq, change)?;
            }
        }
    }
}

/// Writes one row change.
fn apply(tx: &Connection, seq: u64, change: Change) -> Result<(), StoreFault> {
    match change {
        Change::Site => run(tx, "INSERT OR REPLACE INTO site (one, seq) VALUES (1, ?1)", [seq]),
        Change::Staff { id } => run(tx, "INSERT OR REPLACE INTO staff (id, seq) VALUES (?1, ?2)", params![id.0, seq]),
        Change::Resident { id, number } => run(
            tx,
            "INSERT INTO resident (id, number, first_seq, seq) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (id) DO UPDATE SET number = excluded.number, seq = excluded.seq",
            params![id.0, number.reveal(), seq],
        ),
        Change::Consent { resident, text_version, answers: [keep, doctor_view, upload] } => run(
            tx,
            "INSERT INTO consent (resident, seq, text_version, keep, doctor_view, upload)
             VALUES (?1, ?2, ?3, coalesce(?4, 0), coalesce(?5, 0), coalesce(?6, 0))
             ON CONFLICT (resident) DO UPDATE SET seq = excluded.seq, text_version = excluded.text_version,
             keep = coalesce(?4, keep), doctor_view = coalesce(?5, doctor_view), upload = coalesce(?6, upload)",
            params![resident.0, seq, text_version, keep, doctor_view, upload],
        ),
        Change::Wall { trust, wall_ms } => run(
            tx,
            "INSERT INTO newest_wall (trust, seq, wall_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (trust) DO UPDATE SET seq = excluded.seq, wall_ms = excluded.wall_ms
             WHERE excluded.wall_ms > wall_ms",
            params![trust_number(trust), seq, wall_ms],
        ),
        change => apply_to_case(tx, seq, change),
    }
}

/// Writes a change of a visit, a flag or a registration. One that meets no row contradicts what is stored.
fn apply_to_case(tx: &Connection, seq: u64, change: Change) -> Result<(), StoreFault> {
    match change {
        Change::Opened { visit, subject, began } => {
            let (resident, slip) = match subject {
                Subject::Resident(id) => (Some(id.0), None),
                Subject::Guest(guest) => (None, Some(guest.slip.0)),
            };
            one(
                tx,
                "INSERT INTO visit (id, resident, slip, opened_seq, day, trusted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![visit.0, resident, slip, seq, began.day.to_string(), began.trusted],
            )
        }
        Change::Concluded { visit, began, ending, mean } => one(
            tx,
            "UPDATE visit SET concluded_seq = ?2, ending = ?3, day = ?4, trusted = ?5, systolic = ?6, diastolic = ?7
             WHERE id = ?1",
            params![
                visit.0,
                seq,
                word(&ending),
                began.day.to_string(),
                began.trusted,
                mean.map(|mean| mean[0]),
                mean.map(|mean| mean[1])
            ],
        ),
        Change::Evaluated { visit, high_risk } => one(
            tx,
            "UPDATE visit SET evaluation_seq = ?2, high_risk = ?3 WHERE id = ?1",
            params![visit.0, seq, high_risk],
        ),
        Change::Symptoms { visit } => {
            one(tx, "UPDATE visit SET symptoms_seq = ?2 WHERE id = ?1", params![visit.0, seq])
        }
        Change::Guided { visit } => one(tx, "UPDATE visit SET guided = 1 WHERE id = ?1", params![visit.0]),
        Change::StaffCame { visit } => one(tx, "UPDATE visit SET staff_came = 1 WHERE id = ?1", params![visit.0]),
        Change::Flagged { flag, task, visit, level } => one(
            tx,
            "INSERT INTO flag (id, task, visit, raised_seq, level)
             SELECT ?1, ?2, id, ?4, ?5 FROM visit WHERE id = ?3 AND evaluation_seq IS NOT NULL",
            params![flag.0, task.0, visit.0, seq, level_number(level)],
        ),
        Change::Raised { flag, level } => {
            one(tx, "UPDATE flag SET level = ?2 WHERE id = ?1", params![flag.0, level_number(level)])?;
            remember(tx, seq, flag.0)
        }
        Change::Reviewed { flag, decision } => {
            one(tx, "UPDATE flag SET review_seq = ?2, decision = ?3 WHERE id = ?1", params![flag.0, seq, decision])?;
            remember(tx, seq, flag.0)
        }
        Change::Registered { id, flag, resident } => one(
            tx,
            "INSERT INTO registration (id, flag, resident, seq) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, flag.0, resident.0, seq],
        ),
        Change::Site
        | Change::Staff { .. }
        | Change::Resident { .. }
        | Change::Consent { .. }
        | Change::Wall { .. } => Ok(()),
    }
}

fn remember(tx: &Connection, seq: u64, flag: uuid::Uuid) -> Result<(), StoreFault> {
    one(tx, "INSERT INTO flag_history (seq, flag) VALUES (?1, ?2)", params![seq, flag])
}

/// Runs a statement that may meet any number of rows.
pub(super) fn run(tx: &Connection, sql: &str, params: impl Params) -> Result<(), StoreFault> {
    count(tx, sql, params).map(drop)
}

/// Runs a statement that must meet exactly one row.
fn one(tx: &Connection, sql: &str, params: impl Params) -> Result<(), StoreFault> {
    match count(tx, sql, params)? {
        1 => Ok(()),
        _ => Err(StoreFault::unsound("a fact names a visit, evaluation or flag that is not stored")),
    }
}

/// Runs a statement and returns how many rows it met.
pub(super) fn count(tx: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreFault> {
    tx.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).doing("storing")
}

/// The tables that `fold` fills, parents first.
pub(super) const FOLDED: [&str; 9] =
    ["site", "staff", "resident", "consent", "visit", "flag", "flag_history", "registration", "newest_wall"];
