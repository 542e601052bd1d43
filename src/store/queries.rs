//! What screens and reports ask. Read-only, each a short transaction of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate};
use rusqlite::{Connection, OptionalExtension, Params, params};
use uuid::Uuid;

use super::fault::{Doing, StoreFault};
use super::key::{Purpose, Vault};
use super::words::{damaged, day_number, day_of, fact, facts, level_of, rows};
use super::{Opening, backup, migrate, outbox};
use crate::model::fact::{IdentifiedBy, StoredFact};
use crate::model::measurement::{Source, Value};
use crate::model::outbox::{OutboxCounts, Parcel, Queued};
use crate::model::past::PastPressure;
use crate::model::resident;
use crate::model::resident::Personal;
use crate::model::review::{CasePerson, DeskCounts};
use crate::model::station::Site;
use crate::model::{
    Answers, CaseRow, Consent, Decision, Fact, FlagId, IdNumber, Measurement, Moment, Past, RegistrationId, Resident,
    ResidentId, SlipNumber, StaffId, Subject, TaskId, UnitId, VisitId,
};

/// A person to look up.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// By citizen number, from a card or typed.
    Number(&'a IdNumber),
    /// By our own id.
    Id(ResidentId),
}

impl<'a> From<&'a IdNumber> for Who<'a> {
    fn from(number: &'a IdNumber) -> Self {
        Self::Number(number)
    }
}

impl From<ResidentId> for Who<'_> {
    fn from(id: ResidentId) -> Self {
        Self::Id(id)
    }
}

/// A visit that needs somebody: not concluded, or concluded at an urgent page that no staff have closed.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenVisit {
    /// Which.
    pub visit: VisitId,
    /// Whose.
    pub subject: Subject,
    /// How we know.
    pub by: IdentifiedBy,
    /// Moment of its first Fact.
    pub began: Moment,
    /// False: to be concluded as interrupted. True: its urgent page is to be shown again.
    pub concluded: bool,
    /// All its Facts, in order.
    pub facts: Vec<StoredFact>,
    /// The person's newest record.
    pub resident: Option<Resident>,
    /// What the person last allowed, under any text version.
    pub consent: Option<Consent>,
}

/// Somebody on the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// Which.
    pub id: StaffId,
    /// Full name.
    pub name: Personal,
    /// `doctor`, `nurse`, `keeper` or `admin`.
    pub role: String,
    /// False once disabled.
    pub may_sign_in: bool,
}

/// Where the flags are. By review and by sending each flag is in exactly one place: both halves sum to all flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagCounts {
    /// Waiting for a doctor.
    pub to_review: u32,
    /// Decided, the finding stands: confirmed, referred, follow-up or retest.
    pub confirmed: u32,
    /// Dismissed with a reason.
    pub dismissed: u32,
    /// A guest's, and nobody has decided.
    pub unclaimed: u32,
    /// 待上传
    pub waiting: u32,
    /// 平台已收到
    pub delivered: u32,
    /// 平台退回
    pub stuck: u32,
    /// 按本人意愿留在本机
    pub kept_back: u32,
    /// Among those to review: not shown to the doctor, by the resident's will.
    pub withheld: u32,
}

/// Reads a store, beside the one process that writes to it.
pub struct Reader {
    conn: Connection,
}

impl Reader {
    /// Opens a store for reading, from any process. Makes nothing.
    pub fn open(opening: &Opening) -> Result<Self, StoreFault> {
        Self::of(&Vault::prepare(opening, Purpose::Read)?)
    }

    pub(super) fn of(vault: &Vault) -> Result<Self, StoreFault> {
        let conn = vault.read()?;
        migrate::check_version(&conn)?;
        Ok(Self { conn })
    }

    /// What is known about a person: nothing but defaults for somebody new. Only concluded visits count.
    pub fn past(&self, who: Who<'_>, text_version: &str, today: NaiveDate) -> Result<Past, StoreFault> {
        self.view(|conn| match find(conn, who)? {
            Some(id) => past(conn, id, text_version, today),
            None => Ok(Past::default()),
        })
    }

    /// The people of this phone number born on this month and day, as they were kept first under their citizen number.
    pub fn registered(&self, phone: &str, (month, day): (u32, u32)) -> Result<Vec<Resident>, StoreFault> {
        // A phone number stands in the Facts alone; the birthday leaves few of them to look into.
        let sql = "SELECT id FROM resident WHERE substr(number, 11, 4) = ?1 ORDER BY first_seq";
        self.view(|conn| {
            let born = rows(conn, sql, [format!("{month:02}{day:02}")], |row| row.get(0).map(ResidentId))?;
            let mut found: Vec<Resident> = Vec::new();
            for id in born {
                let Some(kept) = resident(conn, id)? else { continue };
                let known = found.iter().any(|other| other.id_number == kept.id_number);
                if !known && kept.phone.as_ref().is_some_and(|own| own.0 == phone) {
                    found.push(kept);
                }
            }
            Ok(found)
        })
    }

    /// Numbers that a new slip must not carry: of guests of the last 30 days, and of those whose flag is undecided.
    pub fn slips_in_use(&self, today: NaiveDate) -> Result<Vec<SlipNumber>, StoreFault> {
        let since = day_number(today - Days::new(GUEST_DAYS));
        let sql = "SELECT slip FROM visit WHERE slip IS NOT NULL AND day >= ?1
                   UNION SELECT v.slip FROM flag g JOIN visit v ON v.seq = g.visit
                   WHERE g.review_seq IS NULL AND v.slip IS NOT NULL ORDER BY 1";
        rows(&self.conn, sql, [since], |row| row.get(0).map(SlipNumber))
    }

    /// Visits without conclusion, and urgent pages that staff have not closed and no doctor has decided; oldest first.
    pub fn open_visits(&self) -> Result<Vec<OpenVisit>, StoreFault> {
        self.view(|conn| {
            let found = rows(conn, OPEN_VISITS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.into_iter().map(|(opened, concluded)| open_visit(conn, opened, concluded)).collect()
        })
    }

    /// Flags waiting for a decision: most urgent first, then longest waiting. Who switched 家庭医生查看 off is not
    /// among them, except from `urgent` on; guests are.
    pub fn cases(&self, now: &Moment) -> Result<Vec<CaseRow>, StoreFault> {
        self.view(|conn| {
            let found = rows(conn, CASES, [], RawCase::of)?;
            found.into_iter().map(|raw| case(conn, raw, now)).collect()
        })
    }

    /// The counters above the queue. A visit belongs to the day on which it began.
    pub fn counts(&self, today: NaiveDate) -> Result<DeskCounts, StoreFault> {
        let month = today.with_day(1).unwrap_or(today);
        let next = month + Months::new(1);
        let count = |sql: &str, from: NaiveDate, until: NaiveDate| {
            self.conn
                .query_row(sql, [day_number(from), day_number(until)], |row| Ok((row.get(0)?, row.get(1)?)))
                .doing("counting")
        };
        self.view(|_| {
            let (visits_today, _): (u32, u32) = count(VISITS, today, today + Days::new(1))?;
            let (all, guided) = count(VISITS, month, next)?;
            let registered = self.conn.query_row(REGISTERED, [], |row| Ok((row.get(0)?, row.get(1)?)));
            let (registered, missing): (u32, u32) = registered.doing("counting the register")?;
            Ok(DeskCounts { visits_today, guided: (guided, all), registered: (registered, registered + missing) })
        })
    }

    /// Where every flag is, by review and by sending.
    pub fn flag_counts(&self) -> Result<FlagCounts, StoreFault> {
        let mut counts = FlagCounts::default();
        let found = rows(&self.conn, FLAG_PLACES, [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?, row.get(3)?))
        })?;
        for (review, sending, withheld, number) in found {
            let number: u32 = number;
            *match review.as_str() {
                "to_review" => &mut counts.to_review,
                "dismissed" => &mut counts.dismissed,
                "unclaimed" => &mut counts.unclaimed,
                _ => &mut counts.confirmed,
            } += number;
            *match sending.as_str() {
                "waiting" => &mut counts.waiting,
                "stuck" => &mut counts.stuck,
                "kept_back" => &mut counts.kept_back,
                _ => &mut counts.delivered,
            } += number;
            counts.withheld += if withheld { number } else { 0 };
        }
        Ok(counts)
    }

    /// Facts from a sequence number on, at most so many.
    pub fn facts(&self, from_seq: u64, limit: u32) -> Result<Vec<StoredFact>, StoreFault> {
        let mut found = facts(&self.conn, "WHERE s.seq >= ?1 ORDER BY s.seq LIMIT ?2", params![from_seq, limit])?;
        found.retain(|fact| fact.seq >= from_seq);
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Hands every Fact out, in order, as of one moment.
    pub fn walk(&self, mut to: impl FnMut(StoredFact)) -> Result<(), StoreFault> {
        self.view(|_| {
            let mut from = 0;
            loop {
                let found = self.facts(from, WALK)?;
                let Some(last) = found.last() else { return Ok(()) };
                from = last.seq + 1;
                found.into_iter().for_each(&mut to);
            }
        })
    }

    /// All Facts about a resident, in order: record, consents, visits, flags, reviews.
    pub fn history(&self, resident: ResidentId) -> Result<Vec<StoredFact>, StoreFault> {
        facts(&self.conn, HISTORY, [resident.0])
    }

    /// Everybody who was ever added to the staff, in order of their id.
    pub fn staff(&self) -> Result<Vec<StaffMember>, StoreFault> {
        let sql = "SELECT max(seq) FROM staff GROUP BY id ORDER BY id";
        self.view(|conn| {
            let newest: Vec<u64> = rows(conn, sql, [], |row| row.get(0))?;
            newest.into_iter().filter_map(|seq| member(conn, seq).transpose()).collect()
        })
    }

    /// The newest configuration of the station.
    pub fn site(&self) -> Result<Option<Site>, StoreFault> {
        let newest = newest(&self.conn, "SELECT max(seq) FROM site", [])?;
        Ok(newest.and_then(|stored| match stored.new.fact {
            Fact::SiteConfigured { site } => Some(site),
            _ => None,
        }))
    }

    /// What devices told before and need not tell again, by role.
    pub fn remembered(&self) -> Result<BTreeMap<String, String>, StoreFault> {
        let mut statement =
            self.conn.prepare("SELECT role, body FROM device_memory").doing("reading what devices told")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("reading what devices told")?;
        rows.collect::<Result<_, _>>().doing("reading what devices told")
    }

    /// The floor of the clock: the latest wall time of a Fact recorded with a trusted clock; while there is none, with
    /// a suspect one. Facts recorded with an unset clock do not count.
    pub fn newest_wall(&self) -> Result<Option<DateTime<FixedOffset>>, StoreFault> {
        let sql = "SELECT (SELECT seq FROM newest_wall WHERE trust > 0 ORDER BY trust DESC LIMIT 1)";
        Ok(newest(&self.conn, sql, [])?.map(|stored| stored.new.at.wall))
    }

    /// All units that wait or are stuck, in creation order. `unit.after` holds only what is not delivered yet: a unit
    /// with nothing there may go.
    pub fn outlook(&self) -> Result<Vec<Queued>, StoreFault> {
        self.view(outbox::outlook)
    }

    /// All that is needed to build a unit's message; `about` does not repeat the Facts that the unit carries.
    pub fn parcel(&self, unit: UnitId) -> Result<Parcel, StoreFault> {
        self.view(|conn| outbox::parcel(conn, unit))
    }

    /// The outbox by lane and state.
    pub fn outbox_counts(&self, now: &Moment) -> Result<OutboxCounts, StoreFault> {
        self.view(|conn| outbox::counts(conn, now))
    }

    /// Looks for damage; takes a second for 100 MB, so the shell asks in the background after the start.
    pub fn quick_check(&self) -> Result<(), StoreFault> {
        backup::quick_check(&self.conn)
    }

    /// Lets several statements see one state of the database.
    fn view<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreFault>) -> Result<T, StoreFault> {
        let tx = self.conn.unchecked_transaction().doing("reading")?;
        read(&tx)
    }
}

/// The Fact whose number a query finds, or finds to be null.
fn newest(conn: &Connection, sql: &str, params: impl Params) -> Result<Option<StoredFact>, StoreFault> {
    let seq: Option<u64> = conn.query_row(sql, params, |row| row.get(0)).doing("reading")?;
    seq.map(|seq| fact(conn, seq)).transpose()
}

fn find(conn: &Connection, who: Who<'_>) -> Result<Option<ResidentId>, StoreFault> {
    let number = match who {
        Who::Id(id) => return Ok(Some(id)),
        Who::Number(number) => number,
    };
    let sql = "SELECT id FROM resident WHERE number = ?1 ORDER BY first_seq LIMIT 1";
    let found = conn.query_row(sql, [number.reveal()], |row| row.get(0)).optional();
    Ok(found.doing("looking up a resident")?.map(ResidentId))
}

fn past(conn: &Connection, id: ResidentId, text_version: &str, today: NaiveDate) -> Result<Past, StoreFault> {
    let year_ago = today - Months::new(12);
    let visits = visits_since(conn, id, year_ago)?;
    let measurements = measurements(&visits);
    let consent = consent(conn, id)?.filter(|(_, version)| version == text_version);
    Ok(Past {
        resident: resident(conn, id)?,
        consent: consent.map(|(consent, _)| consent),
        pressures: pressures(conn, id)?,
        answers: answers(&visits, year_ago),
        last_visit: visits.first().map(|visit| visit.day),
        height: height(&measurements, year_ago),
        registration: registration(conn, id)?,
        asked_back: asked_back(conn, id)?,
        flag_waiting: flag_waiting(conn, id)?,
        guidance: guidance(&visits, today - Days::new(GUIDANCE_DAYS)),
        measurements,
    })
}

/// A concluded visit with its Facts, in order.
struct PastVisit {
    day: NaiveDate,
    facts: Vec<StoredFact>,
}

/// The concluded visits of a person, newest first: at least `PAST_VISITS` of them, and all since a day.
fn visits_since(conn: &Connection, id: ResidentId, since: NaiveDate) -> Result<Vec<PastVisit>, StoreFault> {
    let sql = "SELECT seq, day FROM visit WHERE resident = ?1 AND concluded_seq IS NOT NULL ORDER BY seq DESC";
    let found: Vec<(u64, i32)> = rows(conn, sql, [id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let wanted = found.into_iter().enumerate();
    let wanted = wanted.filter(|(newer, (_, day))| *newer < PAST_VISITS || *day >= day_number(since));
    wanted.map(|(_, (seq, day))| Ok(PastVisit { day: day_of(day)?, facts: facts_of(conn, seq)? })).collect()
}

/// All Facts of a visit, in order.
fn facts_of(conn: &Connection, visit: u64) -> Result<Vec<StoredFact>, StoreFault> {
    facts(conn, "WHERE s.visit = ?1 ORDER BY s.seq", [visit])
}

fn resident(conn: &Connection, id: ResidentId) -> Result<Option<Resident>, StoreFault> {
    let newest = newest(conn, "SELECT (SELECT seq FROM resident WHERE id = ?1)", [id.0])?;
    Ok(newest.and_then(|stored| match stored.new.fact {
        Fact::ResidentKept { resident } => Some(resident),
        _ => None,
    }))
}

fn consent(conn: &Connection, id: ResidentId) -> Result<Option<(Consent, String)>, StoreFault> {
    let sql = "SELECT keep, doctor_view, upload, text_version FROM consent WHERE resident = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((Consent { keep: row.get(0)?, doctor_view: row.get(1)?, upload: row.get(2)? }, row.get(3)?))
    };
    conn.query_row(sql, [id.0], read).optional().doing("reading a consent")
}

fn pressures(conn: &Connection, id: ResidentId) -> Result<Vec<PastPressure>, StoreFault> {
    let sql = "SELECT day, systolic, diastolic, trusted FROM visit
               WHERE resident = ?1 AND systolic IS NOT NULL ORDER BY seq";
    let raw = rows(conn, sql, [id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    raw.into_iter()
        .map(|(day, systolic, diastolic, trusted)| {
            Ok(PastPressure { date: day_of(day)?, systolic, diastolic, trusted })
        })
        .collect()
}

/// Measurements of the last visits, newest first.
fn measurements(newest_first: &[PastVisit]) -> Vec<Measurement> {
    let last = newest_first.iter().take(PAST_VISITS);
    last.flat_map(|visit| readings(&visit.facts).into_iter().rev()).collect()
}

/// Measurements, in order.
fn readings(facts: &[StoredFact]) -> Vec<Measurement> {
    let taken = facts.iter().filter_map(|stored| match &stored.new.fact {
        Fact::MeasurementTaken { measurement } => Some(measurement.clone()),
        _ => None,
    });
    taken.collect()
}

/// The newest height that was measured or typed; one that was merely kept does not become younger.
fn height(newest_first: &[Measurement], since: NaiveDate) -> Option<(NaiveDate, crate::model::units::Centimetres)> {
    newest_first
        .iter()
        .filter(|measurement| measurement.source != Source::Kept && measurement.at.day() >= since)
        .find_map(|measurement| match measurement.value {
            Value::Height(height) => Some((measurement.at.day(), height)),
            _ => None,
        })
}

fn answers(newest_first: &[PastVisit], since: NaiveDate) -> Answers {
    let mut answers = Answers::default();
    absorb(&mut answers, facts_since(newest_first, since));
    answers
}

fn guidance(newest_first: &[PastVisit], since: NaiveDate) -> Vec<Vec<String>> {
    let given = facts_since(newest_first, since).filter_map(|stored| match &stored.new.fact {
        Fact::GuidanceGiven { items, .. } => Some(items.iter().map(|item| item.id.clone()).collect()),
        _ => None,
    });
    given.collect()
}

/// Facts of the visits since a day, in order.
fn facts_since(newest_first: &[PastVisit], since: NaiveDate) -> impl Iterator<Item = &StoredFact> {
    newest_first.iter().rev().filter(move |visit| visit.day >= since).flat_map(|visit| &visit.facts)
}

/// The newest registration that no doctor has closed by dismissing its flag.
fn registration(conn: &Connection, id: ResidentId) -> Result<Option<RegistrationId>, StoreFault> {
    let sql = "SELECT r.id FROM registration r JOIN flag g ON g.id = r.flag
               WHERE r.resident = ?1 AND g.decision IS NOT 'dismissed' ORDER BY r.seq DESC LIMIT 1";
    let found = conn.query_row(sql, [id.0], |row| row.get(0)).optional();
    Ok(found.doing("reading the register")?.map(RegistrationId))
}

/// The day of the newest decision, if it is 请复测 and no visit came after it.
fn asked_back(conn: &Connection, id: ResidentId) -> Result<Option<NaiveDate>, StoreFault> {
    let sql = "SELECT (SELECT MAX(g.review_seq) FROM visit v JOIN flag g ON g.visit = v.seq
               WHERE v.resident = ?1 AND NOT EXISTS (SELECT 1 FROM visit later
               WHERE later.resident = ?1 AND later.seq > g.review_seq AND later.concluded_seq IS NOT NULL))";
    Ok(newest(conn, sql, [id.0])?.and_then(|stored| match stored.new.fact {
        Fact::RiskReviewed { decision: Decision::Retest { due }, .. } => Some(due),
        _ => None,
    }))
}

fn flag_waiting(conn: &Connection, id: ResidentId) -> Result<bool, StoreFault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM visit v JOIN flag g ON g.visit = v.seq
               WHERE v.resident = ?1 AND g.review_seq IS NULL)";
    conn.query_row(sql, [id.0], |row| row.get(0)).doing("reading flags")
}

fn open_visit(conn: &Connection, opened: u64, concluded: bool) -> Result<OpenVisit, StoreFault> {
    let stored = fact(conn, opened)?;
    let Fact::VisitOpened { visit, subject, by } = stored.new.fact else {
        return Err(StoreFault::Unreadable { seq: opened });
    };
    let (resident, consent) = match subject {
        Subject::Resident(id) => (resident(conn, id)?, consent(conn, id)?.map(|(consent, _)| consent)),
        Subject::Guest(_) => (None, None),
    };
    let facts = facts_of(conn, opened)?;
    Ok(OpenVisit { visit, subject, by, began: stored.new.at, concluded, facts, resident, consent })
}

/// A row of `flag` with its visit.
struct RawCase {
    flag: Uuid,
    task: Uuid,
    visit: Uuid,
    raised_seq: u64,
    level: u8,
    opened_seq: u64,
    evaluation_seq: Option<u64>,
    symptoms_seq: Option<u64>,
}

impl RawCase {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            flag: row.get(0)?,
            task: row.get(1)?,
            visit: row.get(2)?,
            raised_seq: row.get(3)?,
            level: row.get(4)?,
            opened_seq: row.get(5)?,
            evaluation_seq: row.get(6)?,
            symptoms_seq: row.get(7)?,
        })
    }
}

fn case(conn: &Connection, raw: RawCase, now: &Moment) -> Result<CaseRow, StoreFault> {
    let facts = facts_of(conn, raw.opened_seq)?;
    let named = |seq: Option<u64>| facts.iter().find(|fact| Some(fact.seq) == seq);
    let unreadable = || StoreFault::Unreadable { seq: raw.raised_seq };
    let Some(Fact::VisitOpened { subject, .. }) = named(Some(raw.opened_seq)).map(|fact| &fact.new.fact) else {
        return Err(unreadable());
    };
    let Some(Fact::RiskEvaluated { evaluation, assessment, .. }) = named(raw.evaluation_seq).map(|fact| &fact.new.fact)
    else {
        return Err(unreadable());
    };
    let symptoms = match named(raw.symptoms_seq).map(|fact| &fact.new.fact) {
        Some(Fact::SymptomsAnswered { answer, .. }) => Some(answer.clone()),
        _ => None,
    };
    let mut row = CaseRow {
        flag: FlagId(raw.flag),
        task: TaskId(raw.task),
        evaluation: *evaluation,
        visit: VisitId(raw.visit),
        person: person(conn, *subject, now)?,
        level: level_of(raw.level),
        since: named(Some(raw.raised_seq)).ok_or_else(unreadable)?.new.at,
        assessment: assessment.clone(),
        readings: readings(&facts),
        symptoms,
        answers: told(conn, &facts, *subject)?,
        registration: None,
        history: Vec::new(),
        upload: false,
    };
    if let Subject::Resident(id) = *subject {
        row.registration = registration(conn, id)?;
        row.history = earlier_means(conn, id, raw.opened_seq)?;
        row.upload = outbox::may_upload(conn, id)?;
    }
    Ok(row)
}

/// As the rules knew them: the answers of the visit over those of the year before it.
fn told(conn: &Connection, visit: &[StoredFact], subject: Subject) -> Result<Answers, StoreFault> {
    let mut told = Answers::default();
    if let (Subject::Resident(id), Some(opened)) = (subject, visit.first()) {
        let year_before = day_number(opened.new.at.day() - Months::new(12));
        let sql = "SELECT seq FROM visit WHERE resident = ?1 AND seq < ?2 AND day >= ?3 AND concluded_seq IS NOT NULL
                   ORDER BY seq";
        for earlier in rows(conn, sql, params![id.0, opened.seq, year_before], |row| row.get(0))? {
            absorb(&mut told, &facts_of(conn, earlier)?);
        }
    }
    absorb(&mut told, visit);
    Ok(told)
}

fn absorb<'a>(told: &mut Answers, facts: impl IntoIterator<Item = &'a StoredFact>) {
    for stored in facts {
        if let Fact::QuestionsAnswered { answers, .. } = &stored.new.fact {
            told.absorb(answers);
        }
    }
}

fn person(conn: &Connection, subject: Subject, now: &Moment) -> Result<CasePerson, StoreFault> {
    let id = match subject {
        Subject::Guest(guest) => return Ok(CasePerson::Guest(guest)),
        Subject::Resident(id) => id,
    };
    let resident = resident(conn, id)?.ok_or_else(|| damaged("a visit of somebody without a record"))?;
    Ok(CasePerson::Resident {
        id,
        last_four: resident.id_number.last_four().to_owned(),
        sex: resident.sex,
        birth: resident.birth_date,
        age: resident::age_on(resident.birth_date, now.day()),
        name: resident.name,
    })
}

fn earlier_means(conn: &Connection, id: ResidentId, before: u64) -> Result<Vec<(NaiveDate, u16, u16)>, StoreFault> {
    let sql = "SELECT day, systolic, diastolic FROM visit
               WHERE resident = ?1 AND seq < ?2 AND systolic IS NOT NULL ORDER BY seq";
    let raw = rows(conn, sql, params![id.0, before], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    raw.into_iter().map(|(day, systolic, diastolic)| Ok((day_of(day)?, systolic, diastolic))).collect()
}

fn member(conn: &Connection, seq: u64) -> Result<Option<StaffMember>, StoreFault> {
    let Fact::StaffAdded { staff, name, role } = fact(conn, seq)?.new.fact else { return Ok(None) };
    let sql = "SELECT EXISTS (SELECT 1 FROM pin WHERE staff = ?1)";
    let may_sign_in = conn.query_row(sql, [staff.0], |row| row.get(0)).doing("reading the staff")?;
    Ok(Some(StaffMember { id: staff, name: Personal(name), role, may_sign_in }))
}

/// Facts that a walk reads at a time.
const WALK: u32 = 2000;
/// Days that a guest's values, and so the slip number, are kept.
const GUEST_DAYS: u64 = 30;
/// Days in which guidance is not repeated.
const GUIDANCE_DAYS: u64 = 30;
/// Visits that the trend and the plausibility of a weight look back on.
const PAST_VISITS: usize = 50;

const OPEN_VISITS: &str = "
  SELECT seq, 0 FROM visit WHERE concluded_seq IS NULL
  UNION ALL SELECT v.seq, 1 FROM visit v WHERE v.ending = 'urgent_page' AND v.staff_came = 0
    AND NOT EXISTS (SELECT 1 FROM flag g WHERE g.visit = v.seq AND g.review_seq IS NOT NULL)
  ORDER BY 1";

const CASES: &str = "
  SELECT g.id, g.task, v.id, g.raised_seq, g.level, v.seq, v.evaluation_seq, v.symptoms_seq
  FROM flag g JOIN visit v ON v.seq = g.visit LEFT JOIN consent c ON c.resident = v.resident
  WHERE g.review_seq IS NULL AND (v.resident IS NULL OR g.level >= 3 OR (c.keep AND c.doctor_view))
  ORDER BY g.level DESC, g.raised_seq";

const VISITS: &str =
    "SELECT count(*), coalesce(sum(guided), 0) FROM visit WHERE concluded_seq IS NOT NULL AND day >= ?1 AND day < ?2";

/// People with an open registration; high-risk findings of people without one, guests by their visit.
const REGISTERED: &str = "
  WITH registered AS (
    SELECT DISTINCT r.resident FROM registration r JOIN flag g ON g.id = r.flag WHERE g.decision IS NOT 'dismissed')
  SELECT (SELECT count(*) FROM registered),
    (SELECT count(DISTINCT coalesce(v.resident, v.id)) FROM visit v
     WHERE v.high_risk = 1 AND (v.resident IS NULL OR v.resident NOT IN registered)
     AND NOT EXISTS (SELECT 1 FROM flag g WHERE g.visit = v.seq AND g.decision = 'dismissed'))";

/// A flag that several waiting units carry counts by the first; one that none carries has been delivered.
const FLAG_PLACES: &str = "
  WITH sent AS MATERIALIZED (
    SELECT c.seq, min(u.n), u.state FROM flag g JOIN unit_fact c ON c.seq = g.raised_seq JOIN unit u ON u.n = c.unit
    GROUP BY c.seq)
  SELECT CASE WHEN g.decision = 'dismissed' THEN 'dismissed' WHEN g.review_seq IS NOT NULL THEN 'confirmed'
              WHEN v.resident IS NULL THEN 'unclaimed' ELSE 'to_review' END,
    coalesce(s.state, 'delivered'),
    g.review_seq IS NULL AND v.resident IS NOT NULL AND g.level < 3
      AND NOT coalesce((SELECT c.keep AND c.doctor_view FROM consent c WHERE c.resident = v.resident), 0),
    count(*)
  FROM flag g JOIN visit v ON v.seq = g.visit LEFT JOIN sent s ON s.seq = g.raised_seq GROUP BY 1, 2, 3";

const HISTORY: &str = "WHERE s.seq IN (
  WITH named (seq) AS (
    SELECT seq FROM registration WHERE resident = ?1
    UNION SELECT h.seq FROM visit v JOIN flag g ON g.visit = v.seq JOIN flag_history h ON h.flag = g.id
      WHERE v.resident = ?1
  )
  SELECT seq FROM step WHERE person = ?1
  UNION SELECT a.seq FROM visit v JOIN step a ON a.visit = v.seq WHERE v.resident = ?1
  UNION SELECT (SELECT o.seq FROM step o WHERE o.seq >= n.seq ORDER BY o.seq LIMIT 1) FROM named n
) ORDER BY s.seq";
