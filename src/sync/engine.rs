//! The loop of one round: asks the plan, builds the message, sends it, judges the answer, reports to the store.

use std::collections::BTreeSet;
use std::error::Error;

use serde_json::Value;

use super::plan::{Outlook, Pace, Rhythm, SyncStep, held, next_step};
use super::wire::capability::Strategies;
use super::wire::compare::same_content;
use super::wire::fhir::{Dialect, Message, bundle, lasting, resources};
use super::wire::reply::{Verdict, judge, no_json, retry_after_s};
use super::wire::{Answer, Wire, WireFault, json};
use crate::model::outbox::{Outcome, Parcel, Queued, Receipt, Report};
use crate::model::{Fact, Note, UnitId};

/// The store's side of the sync. The shell implements it over the store; [`crate::demo::MemoryOutbox`] is one in memory.
pub trait Outbox {
    /// Every unit that is not delivered. It may be cut to the oldest thousands of each lane as long as no unit is
    /// listed without the undelivered units it depends on and those of the same person before it.
    fn outlook(&mut self) -> Result<Vec<Queued>, OutboxFault>;
    /// All that is needed to write the unit down; the same at every try. `receipts` also holds those of `about`.
    fn parcel(&mut self, unit: UnitId) -> Result<Parcel, OutboxFault>;
    /// Keeps what became of exactly these units (S3.9), in one commit.
    fn report(&mut self, reports: &[Report]) -> Result<(), OutboxFault>;
}

/// The store could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{}", Note::Store)]
pub struct OutboxFault(#[source] pub Box<dyn Error + Send + Sync>);

/// Clock and dice, handed in.
pub trait Timing {
    /// Milliseconds on a clock that only goes forward.
    fn now_ms(&mut self) -> u64;
    /// Between 0 and 1, different on every terminal.
    fn jitter(&mut self) -> f64;
    /// Waits a moment within a round.
    fn pause(&mut self, ms: u64);
}

/// What became of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundSummary {
    /// Units the platform confirmed.
    pub acknowledged: Vec<UnitId>,
    /// Units it refused, with the reason.
    pub refused: Vec<(UnitId, Note)>,
    /// Units that were tried, or could not be, and go on waiting.
    pub not_sent: Vec<UnitId>,
    /// Units that wait for a refused one, with that one.
    pub waits_for: Vec<(UnitId, UnitId)>,
    /// Transactions sent.
    pub requests: u32,
    /// What came in the place of an answer to the last transaction that got none.
    pub unanswered: Option<Note>,
    /// How it ended.
    pub ended: RoundEnd,
}

/// How a round ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RoundEnd {
    /// Everything that may go was tried.
    #[default]
    Done,
    /// Line or server failed; the next round comes by itself.
    BackedOff {
        /// What failed.
        says: Note,
    },
    /// A person must help.
    Stopped(Note),
}

impl RoundSummary {
    /// Whether the platform was reached, or why not. A round can end well although a platform in trouble took nothing.
    pub fn result(&self) -> Result<(), Note> {
        match (&self.ended, &self.unanswered) {
            (RoundEnd::BackedOff { says } | RoundEnd::Stopped(says), _) => Err(says.clone()),
            (RoundEnd::Done, Some(says)) if self.acknowledged.is_empty() => Err(says.clone()),
            (RoundEnd::Done, _) => Ok(()),
        }
    }
}

/// The sync of one terminal with one platform. One at a time (sync-protocol 1).
#[derive(Clone, Debug)]
pub struct Engine {
    endpoint: String,
    base: String,
    fixed: Option<Strategies>,
    learnt: Option<Strategies>,
    /// False until the platform answered, and again after a failure: then it is probed before anything is built (S7.2).
    reached: bool,
    pace: Pace,
}

impl Engine {
    /// A sync with the platform at `endpoint`; `base` is the base URI of our own code systems.
    pub fn new(endpoint: &str, base: &str) -> Self {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let base = base.trim_end_matches('/').to_owned();
        Self { endpoint, base, fixed: None, learnt: None, reached: false, pace: Pace::default() }
    }

    /// Uses these strategies whatever the CapabilityStatement says: servers misreport (S3.3).
    pub fn with_strategies(mut self, strategies: Strategies) -> Self {
        self.fixed = Some(strategies);
        self
    }

    /// Uses other numbers than the usual.
    pub fn with_rhythm(mut self, rhythm: Rhythm) -> Self {
        self.pace = Pace::new(rhythm);
        self
    }

    /// What past tries taught; [`next_step`] wants it.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The same, to put the first round off.
    pub fn pace_mut(&mut self) -> &mut Pace {
        &mut self.pace
    }

    /// Runs one round to its end.
    pub fn run_round(
        &mut self,
        outbox: &mut dyn Outbox,
        wire: &mut dyn Wire,
        timing: &mut dyn Timing,
    ) -> Result<RoundSummary, OutboxFault> {
        self.pace.begin();
        let mut round = Round { outbox, wire, timing, told: RoundSummary::default() };
        let halt = self.drain(&mut round);
        let now = round.timing.now_ms();
        let jitter = round.timing.jitter();
        let mut told = round.told;
        told.ended = match halt {
            Ok(()) => {
                self.pace.end_well(now);
                RoundEnd::Done
            }
            Err(Halt::BackOff { says, retry_after_s }) => {
                self.reached = false;
                self.pace.back_off(now, jitter, retry_after_s);
                RoundEnd::BackedOff { says }
            }
            Err(Halt::Stop(reason)) => {
                self.reached = false;
                self.pace.stop(reason.clone(), now);
                RoundEnd::Stopped(reason)
            }
            Err(Halt::Store(fault)) => {
                self.pace.back_off(now, jitter, None);
                return Err(fault);
            }
        };
        Ok(told)
    }

    fn drain(&mut self, round: &mut Round) -> Result<(), Halt> {
        let mut queued = round.outbox.outlook()?;
        round.tell_held(&queued)?;
        let step = next_step(&Outlook { queued: &queued, pace: &self.pace }, round.timing.now_ms());
        // With nothing to send, only this tells whether the platform is there.
        if !self.reached || !matches!(step, SyncStep::Push(_)) {
            self.probe(round)?;
        }
        loop {
            let outlook = Outlook { queued: &queued, pace: &self.pace };
            let SyncStep::Push(batch) = next_step(&outlook, round.timing.now_ms()) else { return Ok(()) };
            self.pace.start(&batch);
            self.push(round, &batch)?;
            queued = round.outbox.outlook()?;
        }
    }

    fn probe(&mut self, round: &mut Round) -> Result<(), Halt> {
        let answer = round.wire.capability().map_err(whole_line)?;
        match answer.status {
            401 | 403 => return Err(Halt::Stop(Note::Credentials)),
            429 | 503 => return Err(Halt::busy(retry_after_s(&answer))),
            _ => {}
        }
        self.learnt = Strategies::read(&answer);
        match (&self.learnt, answer.status) {
            (None, 404 | 405 | 410) if self.fixed.is_none() => Err(Halt::Stop(Note::WrongAddress)),
            (None, status) if self.fixed.is_none() || status >= 300 && status != 404 => {
                Err(Halt::BackOff { says: no_capability(&answer), retry_after_s: None })
            }
            _ => {
                self.reached = true;
                Ok(())
            }
        }
    }

    fn dialect(&self) -> Dialect {
        let strategies = self.fixed.clone().or_else(|| self.learnt.clone()).unwrap_or_default();
        Dialect { endpoint: self.endpoint.clone(), base: self.base.clone(), strategies }
    }

    /// Sends a batch, or as much of its beginning as fits into one transaction.
    fn push(&mut self, round: &mut Round, batch: &[UnitId]) -> Result<(), Halt> {
        let dialect = self.dialect();
        let parcels: Vec<Parcel> = batch.iter().map(|unit| round.outbox.parcel(*unit)).collect::<Result<_, _>>()?;
        let count = self.distinct(round, &parcels, &dialect)?;
        let Some((message, count)) = self.fitting(round, &parcels[..count], &dialect)? else { return Ok(()) };
        let sent = Sent { units: batch[..count].to_vec(), message, words: personal_words(&parcels[..count]) };
        if sent.message.entries.is_empty() {
            // Nothing of these units concerns the platform.
            return round.tell(sent.units.iter().map(|unit| (*unit, Outcome::Delivered(Vec::new()))).collect());
        }
        self.exchange(round, &sent)
    }

    /// How many parcels from the start share no resource (S4.5) and can be drafted.
    fn distinct(&mut self, round: &mut Round, parcels: &[Parcel], dialect: &Dialect) -> Result<usize, Halt> {
        let mut seen = BTreeSet::new();
        for (count, parcel) in parcels.iter().enumerate() {
            match resources(parcel, dialect) {
                Ok(keys) if keys.iter().any(|key| seen.contains(key)) => return Ok(count),
                Ok(keys) => seen.extend(keys),
                Err(fault) => {
                    self.cannot(round, parcel.unit.id, fault)?;
                    return Ok(count);
                }
            }
        }
        Ok(parcels.len())
    }

    /// The message of as many parcels from the start as can be addressed and stay below the ceilings (S7.3).
    fn fitting(
        &mut self,
        round: &mut Round,
        parcels: &[Parcel],
        dialect: &Dialect,
    ) -> Result<Option<(Message, usize)>, Halt> {
        let mut count = parcels.len();
        while count > 0 {
            match bundle(&parcels[..count], dialect) {
                Ok(message) if count == 1 || is_small(&message) => return Ok(Some((message, count))),
                Err(fault @ Note::NoStrategy { .. }) => return Err(Halt::Stop(fault)),
                Err(fault) if count == 1 => self.cannot(round, parcels[0].unit.id, fault)?,
                _ => {}
            }
            count /= 2;
        }
        Ok(None)
    }

    fn cannot(&mut self, round: &mut Round, unit: UnitId, fault: Note) -> Result<(), Halt> {
        self.pace.set_aside(unit);
        round.tell(vec![(unit, not_sent(fault))])
    }

    fn exchange(&mut self, round: &mut Round, sent: &Sent) -> Result<(), Halt> {
        let mut locked = 0;
        loop {
            let before = round.timing.now_ms();
            round.told.requests += 1;
            let answer = round.wire.post_transaction(&sent.message.to_bytes());
            let took = round.timing.now_ms().saturating_sub(before);
            let verdict = match answer {
                Ok(answer) => judge(&answer, &sent.message.entries),
                Err(fault) if fault.is_whole_line() => return self.give_up(round, sent, whole_line(fault)),
                Err(fault) => Verdict::Broken { says: fault.note() },
            };
            // The server's own locking (409) passes; sending the same again is harmless.
            if matches!(verdict, Verdict::Refused { status: 409, .. }) && locked < LOCK_RETRIES {
                locked += 1;
                let jitter = round.timing.jitter();
                round.timing.pause((jitter * LOCK_PAUSE_MS) as u64);
                continue;
            }
            return self.learn(round, sent, verdict, took);
        }
    }

    fn learn(&mut self, round: &mut Round, sent: &Sent, verdict: Verdict, took_ms: u64) -> Result<(), Halt> {
        match verdict {
            Verdict::Accepted(receipts) => {
                self.pace.delivered(&sent.units, took_ms);
                round.tell(sent.delivered(&receipts))
            }
            Verdict::Refused { status, says, explained, precondition } => {
                let refusal = Refusal { status, says: sent.blanked(says), explained, precondition };
                self.refused(round, sent, refusal)
            }
            Verdict::TooBig => {
                self.pace.too_big(&sent.units);
                round.tell_single(sent, || Outcome::Refused { says: Note::TooBig })
            }
            Verdict::Busy { retry_after_s } => self.give_up(round, sent, Halt::busy(retry_after_s)),
            Verdict::Credentials => self.give_up(round, sent, Halt::Stop(Note::Credentials)),
            Verdict::Elsewhere { says } => self.give_up(round, sent, Halt::Stop(says)),
            Verdict::Broken { says } => {
                round.told.unanswered = Some(says.clone());
                if self.pace.broken(&sent.units) {
                    return self.give_up(round, sent, Halt::BackOff { says, retry_after_s: None });
                }
                round.tell_single(sent, || not_sent(says))
            }
        }
    }

    /// A batch is halved; a single unit is compared with what the server holds, then judged (S3.7, S5.3).
    fn refused(&mut self, round: &mut Round, sent: &Sent, refusal: Refusal) -> Result<(), Halt> {
        let [unit] = sent.units[..] else {
            self.pace.refused(&sent.units);
            return Ok(());
        };
        let guarded = refusal.precondition && sent.message.entries.iter().any(|entry| entry.guarded.is_some());
        let held = if guarded { round.read_back(sent)? } else { Held::Unknown };
        if let Held::Ours(receipts) = held {
            self.pace.delivered(&sent.units, 0);
            return round.tell(vec![(unit, Outcome::Delivered(receipts))]);
        }
        self.pace.refused(&sent.units);
        let clear = refusal.explained && matches!(refusal.status, 400 | 422);
        let conflict = matches!(held, Held::Changed) && refusal.status != 409;
        if clear || conflict {
            let says = if conflict { Note::Changed { words: refusal.says.to_string() } } else { refusal.says };
            return round.tell(vec![(unit, Outcome::Refused { says })]);
        }
        // The store counts the days: they must outlive a restart.
        round.tell(vec![(unit, Outcome::Declined { says: refusal.says })])
    }

    fn give_up(&mut self, round: &mut Round, sent: &Sent, halt: Halt) -> Result<(), Halt> {
        let outcome = match &halt {
            Halt::BackOff { says, retry_after_s } => {
                Outcome::NotSent { says: says.clone(), retry_after_s: *retry_after_s }
            }
            Halt::Stop(reason) => not_sent(reason.clone()),
            Halt::Store(_) => return Err(halt),
        };
        round.tell(sent.units.iter().map(|unit| (*unit, outcome.clone())).collect())?;
        Err(halt)
    }
}

/// Why a round ends early.
enum Halt {
    BackOff { says: Note, retry_after_s: Option<u64> },
    Stop(Note),
    Store(OutboxFault),
}

impl Halt {
    fn busy(retry_after_s: Option<u64>) -> Self {
        Halt::BackOff { says: Note::Busy, retry_after_s }
    }
}

impl From<OutboxFault> for Halt {
    fn from(fault: OutboxFault) -> Self {
        Halt::Store(fault)
    }
}

fn whole_line(fault: WireFault) -> Halt {
    let says = fault.note();
    if fault.is_configuration() { Halt::Stop(says) } else { Halt::BackOff { says, retry_after_s: None } }
}

fn not_sent(says: Note) -> Outcome {
    Outcome::NotSent { says, retry_after_s: None }
}

/// What answered in the place of a CapabilityStatement.
fn no_capability(answer: &Answer) -> Note {
    match answer.status {
        200..=299 => no_json(answer),
        300..=399 => Note::LoginPage,
        status => Note::PlatformError { status },
    }
}

struct Refusal {
    status: u16,
    says: Note,
    explained: bool,
    precondition: bool,
}

/// What the server holds of a guarded unit.
enum Held {
    /// Exactly what we sent: an earlier try was committed.
    Ours(Vec<Receipt>),
    /// Something else.
    Changed,
    /// It could not be read.
    Unknown,
}

/// A transaction that was sent.
struct Sent {
    units: Vec<UnitId>,
    message: Message,
    /// What must not come back to staff in the platform's words.
    words: Vec<String>,
}

impl Sent {
    /// Each unit with the receipts of its own entries that later messages ask for.
    fn delivered(&self, receipts: &[Receipt]) -> Vec<(UnitId, Outcome)> {
        let of = |unit: UnitId| {
            let pairs = self.message.entries.iter().zip(receipts).filter(|(entry, _)| entry.unit == unit);
            Outcome::Delivered(lasting(pairs.map(|(_, receipt)| receipt.clone())))
        };
        self.units.iter().map(|unit| (*unit, of(*unit))).collect()
    }

    /// The platform's words without names and numbers of people.
    fn blanked(&self, says: Note) -> Note {
        let Note::Words(words) = says else { return says };
        Note::Words(self.words.iter().fold(words, |words, word| words.replace(word, "…")))
    }
}

/// Names, citizen and phone numbers in parcels.
fn personal_words(parcels: &[Parcel]) -> Vec<String> {
    let mut words = BTreeSet::new();
    for stored in parcels.iter().flat_map(|parcel| parcel.facts.iter().chain(&parcel.about)) {
        if let Fact::ResidentKept { resident } = &stored.new.fact {
            words.insert(resident.id_number.reveal().to_owned());
            words.extend(resident.name.iter().chain(&resident.phone).map(|personal| personal.0.clone()));
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

fn is_small(message: &Message) -> bool {
    message.entries.len() <= MOST_ENTRIES && message.to_bytes().len() <= MOST_BYTES
}

/// What one round works with.
struct Round<'a> {
    outbox: &'a mut dyn Outbox,
    wire: &'a mut dyn Wire,
    timing: &'a mut dyn Timing,
    told: RoundSummary,
}

impl Round<'_> {
    /// Reports to the store and keeps count.
    fn tell(&mut self, outcomes: Vec<(UnitId, Outcome)>) -> Result<(), Halt> {
        let reports: Vec<Report> = outcomes.into_iter().map(|(unit, outcome)| Report { unit, outcome }).collect();
        self.outbox.report(&reports)?;
        for Report { unit, outcome } in reports {
            match outcome {
                Outcome::Delivered(_) => self.told.acknowledged.push(unit),
                Outcome::Refused { says } => self.told.refused.push((unit, says)),
                Outcome::Declined { .. } | Outcome::NotSent { .. } => self.told.not_sent.push(unit),
            }
        }
        Ok(())
    }

    /// Reports only when the request held a single unit: halves of a batch are tried again.
    fn tell_single(&mut self, sent: &Sent, outcome: impl FnOnce() -> Outcome) -> Result<(), Halt> {
        match sent.units[..] {
            [unit] => self.tell(vec![(unit, outcome())]),
            _ => Ok(()),
        }
    }

    /// Tells dependents of refused units what they wait for, once (S5.5).
    fn tell_held(&mut self, queued: &[Queued]) -> Result<(), Halt> {
        self.told.waits_for = held(queued);
        let mut reports = Vec::new();
        for (unit, by) in &self.told.waits_for {
            let says = Note::Held { by: *by };
            let known = queued.iter().any(|it| it.unit.id == *unit && it.says.as_ref() == Some(&says));
            if !known {
                reports.push(Report { unit: *unit, outcome: not_sent(says) });
            }
        }
        if !reports.is_empty() {
            self.outbox.report(&reports)?;
        }
        Ok(())
    }

    /// Reads the guarded resources of a single unit and compares (S3.7). One that equals proves the whole, because a
    /// transaction is atomic; the others are read for their ETag.
    fn read_back(&mut self, sent: &Sent) -> Result<Held, Halt> {
        let rows = sent.message.body["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut ours = false;
        let mut receipts = Vec::new();
        for (entry, row) in sent.message.entries.iter().zip(rows) {
            let mut etag = None;
            if let Some(address) = &entry.guarded {
                let answer = self.wire.read(address).map_err(whole_line)?;
                let Some(theirs) = json(&answer).filter(|_| answer.status == 200) else { return Ok(Held::Unknown) };
                if !ours && !same_content(&row["resource"], &theirs) {
                    return Ok(Held::Changed);
                }
                ours = true;
                etag = etag_of(&answer, &theirs);
            }
            let server_id = entry.guarded.as_ref().filter(|it| **it != entry.resource);
            let server_id = server_id.and_then(|it| it.split('/').nth(1)).map(str::to_owned);
            receipts.push(Receipt { resource: entry.resource.clone(), server_id, etag });
        }
        Ok(Held::Ours(lasting(receipts.into_iter())))
    }
}

/// The version of what was read: the header, or the resource's own word for it.
fn etag_of(answer: &Answer, resource: &Value) -> Option<String> {
    let version = resource["meta"]["versionId"].as_str().map(|version| format!("W/\"{version}\""));
    answer.etag.clone().or(version)
}

/// Ceilings of one transaction (S7.3).
const MOST_ENTRIES: usize = 500;
const MOST_BYTES: usize = 1_000_000;
/// Retries when the server's own locking got in the way, and the longest pause before one.
const LOCK_RETRIES: u32 = 2;
const LOCK_PAUSE_MS: f64 = 2_000.0;
