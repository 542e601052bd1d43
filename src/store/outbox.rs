//! The outbox: units of upload, waiting, delivered with receipts, stuck with a reason, or kept back by the person's will.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;
use uuid::Uuid;

use super::append::{count, run};
use super::fault::{Doing, StoreFault};
use super::words::{damaged, fact, facts, from_json, from_word, json, rows, word};
use crate::model::fact::StoredFact;
use crate::model::outbox::{OutboxCounts, Outcome, Parcel, Queued, Receipt, Report, UnitState};
use crate::model::unit::KeptBack;
use crate::model::{Fact, FactId, Lane, Moment, Note, ResidentId, Subject, Unit, UnitId, UnitKind};

/// Adds the units of a commit whose Facts were just `stored`; `earlier` is what was stored of their visits before. A
/// unit that was added before with the same id stays as it is.
pub(super) fn enqueue(
    tx: &Transaction<'_>,
    units: &[Unit],
    stored: &[StoredFact],
    earlier: &[StoredFact],
    as_of: u64,
) -> Result<(), StoreFault> {
    let mut added = Vec::with_capacity(units.len());
    for unit in units {
        if number(tx, unit.id)?.is_none() && !is_delivered(tx, unit.id)? {
            added.push((unit, insert(tx, unit, &carried(unit, stored, earlier)?, as_of)?));
        }
    }
    // After all of them: units of one commit may wait for each other in any order.
    for (unit, n) in added {
        for needed in &unit.after {
            match number(tx, *needed)? {
                Some(needs) => {
                    run(tx, "INSERT OR IGNORE INTO unit_after (unit, needs) VALUES (?1, ?2)", params![n, needs])?;
                }
                None if is_delivered(tx, *needed)? => {}
                None => return Err(StoreFault::NoUnit(*needed)),
            }
        }
    }
    Ok(())
}

/// The Facts that a unit carries: of its own commit, and earlier ones of the visits of those.
fn carried<'a>(
    unit: &Unit,
    stored: &'a [StoredFact],
    earlier: &'a [StoredFact],
) -> Result<Vec<&'a StoredFact>, StoreFault> {
    let find = |id: &FactId| stored.iter().chain(earlier).find(|fact| fact.new.id == *id);
    let stray = |id| StoreFault::unsound(format!("unit {} carries fact {id}, which is not stored", unit.id));
    unit.facts.iter().map(|id| find(id).ok_or_else(|| stray(id))).collect()
}

fn insert(tx: &Transaction<'_>, unit: &Unit, carried: &[&StoredFact], as_of: u64) -> Result<i64, StoreFault> {
    let Some(first) = carried.iter().min_by_key(|fact| fact.seq) else {
        return Err(StoreFault::unsound(format!("unit {} carries no fact", unit.id)));
    };
    let (resident, guest) = match unit.subject {
        Some(Subject::Resident(id)) => (Some(id.0), None),
        Some(Subject::Guest(guest)) => (None, Some(json(&guest)?)),
        None => (None, None),
    };
    let state = if unit.kept_back.is_some() { UnitState::KeptBack } else { UnitState::Waiting };
    run(
        tx,
        "INSERT INTO unit (id, kind, lane, resident, guest, state, kept_back, since, as_of_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            unit.id.0,
            word(&unit.kind),
            u8::from(unit.lane),
            resident,
            guest,
            word(&state),
            unit.kept_back.as_ref().map(word),
            json(&first.new.at)?,
            as_of
        ],
    )?;
    let n = tx.last_insert_rowid();
    for (place, fact) in carried.iter().enumerate() {
        let sql = "INSERT INTO unit_fact (unit, place, seq, id) VALUES (?1, ?2, ?3, ?4)";
        run(tx, sql, params![n, place, fact.seq, fact.new.id.0])?;
    }
    Ok(n)
}

/// Moves the person's units after an answer to the switches: a yes to uploading frees what was kept back for want of
/// it, and lets its message refer to that answer; a no keeps back what has not left.
pub(super) fn follow_consent(tx: &Transaction<'_>, resident: ResidentId, seq: u64) -> Result<(), StoreFault> {
    if may_upload(tx, resident)? {
        return run(
            tx,
            "UPDATE unit SET state = 'waiting', kept_back = NULL, as_of_seq = max(as_of_seq, ?2)
             WHERE resident = ?1 AND kept_back = 'no_consent'",
            params![resident.0, seq],
        );
    }
    run(
        tx,
        "UPDATE unit SET state = 'kept_back', kept_back = 'no_consent'
         WHERE resident = ?1 AND state <> 'kept_back'",
        params![resident.0],
    )
}

pub(super) fn may_upload(conn: &Connection, resident: ResidentId) -> Result<bool, StoreFault> {
    let sql = "SELECT keep AND upload FROM consent WHERE resident = ?1";
    let allowed = conn.query_row(sql, [resident.0], |row| row.get(0)).optional().doing("reading a consent")?;
    Ok(allowed.unwrap_or(false))
}

/// Writes down what became of the units that were tried, each by itself. A unit this store does not know is skipped.
pub(super) fn report(tx: &Transaction<'_>, reports: &[Report], now: &Moment) -> Result<(), StoreFault> {
    for report in reports {
        let Some(n) = number(tx, report.unit)? else {
            // Delivered before, or never ours.
            log::info!("a report about unit {}, which does not wait here", report.unit);
            continue;
        };
        match &report.outcome {
            Outcome::Delivered(receipts) => delivered(tx, report.unit, receipts, now)?,
            Outcome::Refused { says } => refused(tx, n, says, now, 1)?,
            Outcome::Declined { says } => refused(tx, n, says, now, DECLINED_DAYS)?,
            Outcome::NotSent { says, .. } => {
                run(tx, "UPDATE unit SET says = ?2 WHERE n = ?1", params![n, says.code()])?;
            }
        }
    }
    Ok(())
}

/// Takes a unit out of the outbox: nothing stays of it but its id and the receipts.
fn delivered(tx: &Transaction<'_>, unit: UnitId, receipts: &[Receipt], now: &Moment) -> Result<(), StoreFault> {
    run(tx, "DELETE FROM unit WHERE id = ?1", [unit.0])?;
    run(tx, "INSERT INTO delivered (id) VALUES (?1)", [unit.0])?;
    run(
        tx,
        "INSERT INTO deliveries (one, units, last) VALUES (1, 1, ?1)
         ON CONFLICT (one) DO UPDATE SET units = units + 1, last = excluded.last",
        [now.wall.to_rfc3339()],
    )?;
    for receipt in receipts {
        let Some((kind, id)) = resource(&receipt.resource) else {
            log::warn!("unit {unit} was delivered with a receipt for no resource of ours");
            continue;
        };
        run(
            tx,
            "INSERT INTO receipt (id, type, server_id, etag) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id, type) DO UPDATE SET server_id = coalesce(excluded.server_id, server_id),
             etag = coalesce(excluded.etag, etag)",
            params![id, kind, receipt.server_id, receipt.etag],
        )?;
    }
    Ok(())
}

fn resource(text: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = text.split_once('/')?;
    Some((kind, Uuid::try_parse(id).ok()?))
}

/// Counts a refusal; the unit is stuck when it was refused on `days` different days.
fn refused(tx: &Transaction<'_>, n: i64, says: &Note, now: &Moment, days: u32) -> Result<(), StoreFault> {
    let day = now.day().to_string();
    run(
        tx,
        "UPDATE unit SET refusals = refusals + 1, refused_days = refused_days + (refused_on IS NOT ?2),
         refused_on = ?2, says = ?3 WHERE n = ?1",
        params![n, day, says.code()],
    )?;
    run(
        tx,
        "UPDATE unit SET state = 'stuck' WHERE n = ?1 AND state = 'waiting' AND refused_days >= ?2",
        params![n, days],
    )
}

/// Lets stuck units try again; their story stays. Returns how many.
pub(super) fn retry(tx: &Transaction<'_>, units: &[UnitId]) -> Result<usize, StoreFault> {
    let sql =
        "UPDATE unit SET state = 'waiting', refused_on = NULL, refused_days = 0 WHERE id = ?1 AND state = 'stuck'";
    units.iter().map(|unit| count(tx, sql, [unit.0])).sum()
}

fn number(conn: &Connection, unit: UnitId) -> Result<Option<i64>, StoreFault> {
    let found = conn.query_row("SELECT n FROM unit WHERE id = ?1", [unit.0], |row| row.get(0));
    found.optional().doing("looking for a unit")
}

fn is_delivered(conn: &Connection, unit: UnitId) -> Result<bool, StoreFault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM delivered WHERE id = ?1)";
    conn.query_row(sql, [unit.0], |row| row.get(0)).doing("looking for a unit")
}

/// All units that wait or are stuck, in creation order. `unit.after` holds only what is not delivered yet: a unit with
/// nothing there may go.
pub(super) fn outlook(conn: &Connection) -> Result<Vec<Queued>, StoreFault> {
    queued(conn, "u.state <> 'kept_back'", None)
}

fn queued(conn: &Connection, which: &str, n: Option<i64>) -> Result<Vec<Queued>, StoreFault> {
    let mut carried = grouped(
        conn,
        &format!(
            "SELECT u.n, c.id FROM unit u JOIN unit_fact c ON c.unit = u.n
             WHERE {which} AND (?1 IS NULL OR u.n = ?1) ORDER BY u.n, c.place"
        ),
        n,
    )?;
    let mut needed = grouped(
        conn,
        &format!(
            "SELECT u.n, d.id FROM unit u JOIN unit_after a ON a.unit = u.n JOIN unit d ON d.n = a.needs
             WHERE {which} AND (?1 IS NULL OR u.n = ?1) ORDER BY u.n, d.n"
        ),
        n,
    )?;
    let raw = rows(
        conn,
        &format!(
            "SELECT u.n, u.id, u.kind, u.lane, u.resident, u.guest, u.state, u.kept_back, u.refusals, u.says, u.since,
             (SELECT min(c.seq) FROM unit_fact c WHERE c.unit = u.n)
             FROM unit u WHERE {which} AND (?1 IS NULL OR u.n = ?1) ORDER BY u.n"
        ),
        [n],
        RawUnit::of,
    )?;
    raw.into_iter()
        .map(|raw| {
            let facts = carried.remove(&raw.n).unwrap_or_default().into_iter().map(FactId).collect();
            let after = needed.remove(&raw.n).unwrap_or_default().into_iter().map(UnitId).collect();
            raw.read(facts, after)
        })
        .collect()
}

fn grouped(conn: &Connection, sql: &str, n: Option<i64>) -> Result<BTreeMap<i64, Vec<Uuid>>, StoreFault> {
    let mut groups: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for (n, id) in rows(conn, sql, [n], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))? {
        groups.entry(n).or_default().push(id);
    }
    Ok(groups)
}

/// A row of `unit` before its words are read.
struct RawUnit {
    n: i64,
    id: Uuid,
    kind: String,
    lane: u8,
    resident: Option<Uuid>,
    guest: Option<String>,
    state: String,
    kept_back: Option<String>,
    refusals: u32,
    says: Option<String>,
    since: String,
    seq: u64,
}

impl RawUnit {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            n: row.get(0)?,
            id: row.get(1)?,
            kind: row.get(2)?,
            lane: row.get(3)?,
            resident: row.get(4)?,
            guest: row.get(5)?,
            state: row.get(6)?,
            kept_back: row.get(7)?,
            refusals: row.get(8)?,
            says: row.get(9)?,
            since: row.get(10)?,
            seq: row.get(11)?,
        })
    }

    fn read(self, facts: Vec<FactId>, after: Vec<UnitId>) -> Result<Queued, StoreFault> {
        let guest = self.guest.as_deref().map(from_json).transpose()?.map(Subject::Guest);
        let unit = Unit {
            id: UnitId(self.id),
            kind: from_word::<UnitKind>(self.kind)?,
            lane: Lane::try_from(self.lane).map_err(|_| damaged("an unknown lane"))?,
            subject: self.resident.map(|id| Subject::Resident(ResidentId(id))).or(guest),
            facts,
            after,
            kept_back: self.kept_back.map(from_word::<KeptBack>).transpose()?,
        };
        Ok(Queued {
            unit,
            state: from_word(self.state)?,
            seq: self.seq,
            since: from_json(&self.since)?,
            refusals: self.refusals,
            says: self.says.as_deref().map(Note::read),
        })
    }
}

/// All that is needed to build a unit's message. What it refers to is read as of the unit's making, so that each try
/// builds the same bytes.
pub(super) fn parcel(conn: &Connection, unit: UnitId) -> Result<Parcel, StoreFault> {
    let n = number(conn, unit)?.ok_or(StoreFault::NoUnit(unit))?;
    let queued = queued(conn, "1", Some(n))?.pop().ok_or(StoreFault::NoUnit(unit))?;
    let seqs = rows(conn, "SELECT seq FROM unit_fact WHERE unit = ?1 ORDER BY place", [n], |row| row.get(0))?;
    let carried = seqs.into_iter().map(|seq| fact(conn, seq)).collect::<Result<Vec<_>, _>>()?;
    let about = about(conn, n, &carried)?;
    let receipts = receipts(conn, carried.iter().chain(&about))?;
    Ok(Parcel { unit: queued.unit, facts: carried, about, receipts })
}

/// The newest site, all staff, the person's newest record and consent, and the other Facts of the same visits: as of
/// the unit's making, without the Facts it carries itself, in order.
fn about(conn: &Connection, n: i64, carried: &[StoredFact]) -> Result<Vec<StoredFact>, StoreFault> {
    let (as_of, person): (u64, Option<Uuid>) = conn
        .query_row("SELECT as_of_seq, resident FROM unit WHERE n = ?1", [n], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing("reading a unit")?;
    let mut found = facts(conn, ABOUT, params![n, as_of, person])?;
    found.retain(|fact| fact.seq <= as_of);
    for superseded in [is_site, is_record, is_consent] {
        let newest = found.iter().filter(|fact| superseded(&fact.new.fact)).map(|fact| fact.seq).max();
        found.retain(|fact| !superseded(&fact.new.fact) || Some(fact.seq) == newest);
    }
    let own: BTreeSet<u64> = carried.iter().map(|fact| fact.seq).collect();
    Ok(found.into_iter().filter(|fact| !own.contains(&fact.seq)).collect())
}

fn is_site(fact: &Fact) -> bool {
    matches!(fact, Fact::SiteConfigured { .. })
}

fn is_record(fact: &Fact) -> bool {
    matches!(fact, Fact::ResidentKept { .. })
}

fn is_consent(fact: &Fact) -> bool {
    matches!(fact, Fact::ConsentAnswered { .. })
}

/// The receipts of every resource whose id stands anywhere in these Facts.
fn receipts<'a>(conn: &Connection, facts: impl Iterator<Item = &'a StoredFact>) -> Result<Vec<Receipt>, StoreFault> {
    let mut ids = BTreeSet::new();
    for fact in facts {
        collect_ids(&serde_json::to_value(&fact.new.fact).unwrap_or_default(), &mut ids);
    }
    let mut receipts = Vec::new();
    for id in ids {
        let sql = "SELECT type, server_id, etag FROM receipt WHERE id = ?1 ORDER BY type";
        receipts.extend(rows(conn, sql, [id], |row| {
            let resource = format!("{}/{id}", row.get::<_, String>(0)?);
            Ok(Receipt { resource, server_id: row.get(1)?, etag: row.get(2)? })
        })?);
    }
    Ok(receipts)
}

fn collect_ids(value: &Value, ids: &mut BTreeSet<Uuid>) {
    match value {
        Value::String(text) if text.len() == 36 => ids.extend(Uuid::try_parse(text).ok()),
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        Value::Object(fields) => fields.values().for_each(|field| collect_ids(field, ids)),
        _ => {}
    }
}

/// The outbox by lane and state.
pub(super) fn counts(conn: &Connection, now: &Moment) -> Result<OutboxCounts, StoreFault> {
    let mut counts = OutboxCounts::default();
    let sql = "SELECT state, lane, count(*) FROM unit GROUP BY state, lane";
    for (state, lane, number) in
        rows(conn, sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, usize>(1)?, row.get::<_, u32>(2)?)))?
    {
        match from_word::<UnitState>(state)? {
            UnitState::Waiting => counts.waiting[lane - 1] += number,
            UnitState::KeptBack => counts.kept_back += number,
            // Told one by one below; a delivered unit is no row here.
            UnitState::Stuck | UnitState::Delivered => {}
        }
    }
    let stuck = "SELECT id, says FROM unit WHERE state = 'stuck' ORDER BY n";
    counts.refused = rows(conn, stuck, [], |row| {
        Ok((row.get::<_, Uuid>(0)?.to_string(), Note::read(&row.get::<_, Option<String>>(1)?.unwrap_or_default())))
    })?;
    counts.oldest_waiting_s = oldest_waiting(conn, now)?;
    let deliveries = conn.query_row("SELECT units, last FROM deliveries", [], |row| Ok((row.get(0)?, row.get(1)?)));
    if let Some((units, last)) = deliveries.optional().doing("reading the last delivery")? {
        counts.delivered = units;
        counts.last_success = Some(last);
    }
    Ok(counts)
}

fn oldest_waiting(conn: &Connection, now: &Moment) -> Result<Option<u64>, StoreFault> {
    let sql = "SELECT since FROM unit WHERE state = 'waiting' ORDER BY n LIMIT 1";
    let since: Option<String> = conn.query_row(sql, [], |row| row.get(0)).optional().doing("reading the outbox")?;
    let since: Option<Moment> = since.as_deref().map(from_json).transpose()?;
    Ok(since.map(|since| u64::try_from((now.wall - since.wall).num_seconds()).unwrap_or(0)))
}

/// A refusal without the platform's reason makes a unit stuck on the third day (S5.3).
const DECLINED_DAYS: u32 = 3;

/// ?1 the unit, ?2 the newest Fact it may refer to, ?3 the person.
const ABOUT: &str = "WHERE s.seq IN (
  WITH carried (seq) AS (SELECT seq FROM unit_fact WHERE unit = ?1),
  about_visit (seq) AS (
    SELECT (SELECT o.visit FROM step o WHERE o.seq >= c.seq ORDER BY o.seq LIMIT 1) FROM carried c
    UNION SELECT g.visit FROM carried c JOIN flag_history h ON h.seq = c.seq JOIN flag g ON g.id = h.flag
    UNION SELECT g.visit FROM carried c JOIN registration r ON r.seq = c.seq JOIN flag g ON g.id = r.flag
  ), about_flag (id) AS (SELECT g.id FROM flag g JOIN about_visit v ON v.seq = g.visit),
  named (seq) AS (
    SELECT max(seq) FROM site WHERE seq <= ?2
    UNION SELECT seq FROM staff WHERE seq <= ?2
    UNION SELECT h.seq FROM flag_history h JOIN about_flag g ON g.id = h.flag
    UNION SELECT r.seq FROM registration r JOIN about_flag g ON g.id = r.flag
  )
  SELECT (SELECT o.seq FROM step o WHERE o.seq >= n.seq ORDER BY o.seq LIMIT 1) FROM named n
  UNION SELECT o.seq FROM step o WHERE o.visit IN about_visit
  UNION SELECT o.seq FROM step o WHERE o.person = ?3
) ORDER BY s.seq";
