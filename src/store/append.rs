//! One commit: the Facts of one step, the tables folded from them, the units of upload they complete. All or nothing.

use rusqlite::{Connection, OptionalExtension, Params, Transaction, params};

use super::fault::{Doing, StoreFault};
use super::fold::{Change, fold};
use super::words::{day_number, facts, level_number, trust_number, word};
use super::{body, outbox};
use crate::model::fact::StoredFact;
use crate::model::{Commit, Fact, NewFact, ResidentId, Subject, VisitId};

/// What a commit became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Sequence numbers of its Facts, in order.
    pub seqs: Vec<u64>,
}

/// Stores a commit inside the transaction at hand. A step that was stored before is not stored again, so that a commit
/// whose answer was lost can be repeated.
pub(super) fn append(tx: &Transaction<'_>, commit: &Commit) -> Result<Saved, StoreFault> {
    let (mut earlier, mut stored) = (Vec::new(), Vec::with_capacity(commit.facts.len()));
    for step in steps(&commit.facts) {
        let near = near(tx, &step)?;
        match repeated(&near, &step)? {
            Some(again) => stored.extend(again),
            None => stored.extend(append_step(tx, &step)?),
        }
        earlier.extend(near);
    }
    outbox::enqueue(tx, &commit.units, &stored, &earlier, newest(tx)?)?;
    every_flag_has_a_unit(commit)?;
    Ok(Saved { seqs: stored.iter().map(|fact| fact.seq).collect() })
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

/// Consecutive Facts of a commit that belong to one visit, or to one person's record.
#[derive(Default)]
struct Step {
    visit: Option<VisitId>,
    person: Option<ResidentId>,
    facts: Vec<NewFact>,
}

/// Nearly every commit is one step.
fn steps(facts: &[NewFact]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for new in facts {
        let (visit, person) = (new.fact.visit(), person(&new.fact));
        if !steps.last().is_some_and(|step| agree(step.visit, visit) && agree(step.person, person)) {
            steps.push(Step::default());
        }
        if let Some(step) = steps.last_mut() {
            step.visit = step.visit.or(visit);
            step.person = step.person.or(person);
            step.facts.push(new.clone());
        }
    }
    steps
}

fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Whose record or consent a Fact is.
fn person(fact: &Fact) -> Option<ResidentId> {
    match fact {
        Fact::ResidentKept { resident } => Some(resident.id),
        Fact::ConsentAnswered { resident, .. } => Some(*resident),
        _ => None,
    }
}

fn append_step(tx: &Transaction<'_>, step: &Step) -> Result<Vec<StoredFact>, StoreFault> {
    let first = step.facts.first().filter(|_| step.visit.is_none() && step.person.is_none());
    let stored: Vec<StoredFact> =
        (newest(tx)? + 1..).zip(&step.facts).map(|(seq, new)| StoredFact { seq, new: new.clone() }).collect();
    run(
        tx,
        "INSERT INTO step (seq, id, visit, person, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            stored.last().map(|fact| fact.seq),
            first.map(|fact| fact.id.0),
            step.visit.map(|visit| visit_seq(tx, visit, &stored)).transpose()?,
            step.person.map(|person| person.0),
            body::write(&step.facts)?,
        ],
    )?;
    for fact in &stored {
        for change in fold(fact) {
            apply(tx, fact.seq, change)?;
        }
        if let Fact::ConsentAnswered { resident, .. } = &fact.new.fact {
            outbox::follow_consent(tx, *resident, fact.seq)?;
        }
    }
    Ok(stored)
}

/// The number of a visit: that of its VisitOpened, in this step or stored before.
fn visit_seq(tx: &Transaction<'_>, id: VisitId, step: &[StoredFact]) -> Result<u64, StoreFault> {
    let opens = |fact: &&StoredFact| matches!(fact.new.fact, Fact::VisitOpened { visit, .. } if visit == id);
    if let Some(opened) = step.iter().find(opens) {
        return Ok(opened.seq);
    }
    let mut statement = tx.prepare_cached("SELECT seq FROM visit WHERE id = ?1").doing("looking for a visit")?;
    let found = statement.query_row([id.0], |row| row.get(0)).optional().doing("looking for a visit")?;
    found.ok_or_else(|| StoreFault::unsound(format!("a fact names visit {id}, which is not stored")))
}

fn newest(tx: &Transaction<'_>) -> Result<u64, StoreFault> {
    let mut statement =
        tx.prepare_cached("SELECT coalesce(max(seq), 0) FROM step").doing("reading the newest number")?;
    statement.query_row([], |row| row.get(0)).doing("reading the newest number")
}

/// What is stored of a step's visit or person: there a repeated step is found, and what its units carry besides it.
fn near(tx: &Transaction<'_>, step: &Step) -> Result<Vec<StoredFact>, StoreFault> {
    match (step.visit, step.person, step.facts.first()) {
        (Some(visit), _, _) => {
            facts(tx, "WHERE s.visit = (SELECT seq FROM visit WHERE id = ?1) ORDER BY s.seq", [visit.0])
        }
        (None, Some(person), _) => facts(tx, "WHERE s.person = ?1 ORDER BY s.seq", [person.0]),
        (None, None, Some(first)) => facts(tx, "WHERE s.id = ?1", [first.id.0]),
        (None, None, None) => Ok(Vec::new()),
    }
}

/// A step that is stored already. One that was stored with other words is refused.
fn repeated(near: &[StoredFact], step: &Step) -> Result<Option<Vec<StoredFact>>, StoreFault> {
    let Some(first) = step.facts.first() else { return Ok(None) };
    let from = near.iter().skip_while(|fact| fact.new.id != first.id);
    let stored: Vec<&StoredFact> = from.take(step.facts.len()).collect();
    match stored.iter().map(|fact| &fact.new).eq(&step.facts) {
        _ if stored.is_empty() => Ok(None),
        true => Ok(Some(stored.into_iter().cloned().collect())),
        false => {
            let says = format!("the step of fact {} is stored already and says something else", first.id);
            Err(StoreFault::unsound(says))
        }
    }
}

/// Empties the folded tables and fills them again from the Facts.
pub(super) fn rebuild(tx: &Transaction<'_>) -> Result<(), StoreFault> {
    for table in FOLDED.iter().rev() {
        run(tx, &format!("DELETE FROM {table}"), [])?;
    }
    let mut from = 0;
    loop {
        let page = facts(tx, "WHERE s.seq > ?1 ORDER BY s.seq LIMIT 1000", [from])?;
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
        Change::Site => run(tx, "INSERT INTO site (seq) VALUES (?1)", [seq]),
        Change::Staff { id } => run(tx, "INSERT INTO staff (seq, id) VALUES (?1, ?2)", params![seq, id.0]),
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
                "INSERT INTO visit (id, resident, slip, seq, day, trusted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![visit.0, resident, slip, seq, day_number(began.day), began.trusted],
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
                day_number(began.day),
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
             SELECT ?1, ?2, seq, ?4, ?5 FROM visit WHERE id = ?3 AND evaluation_seq IS NOT NULL",
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
