//! What to do next: pure. Outbox and past tries go in, one step comes out.
//!
//! [`next_step`] chooses; [`Pace`] is the memory of past tries and learns from each answer. Neither reads a clock nor
//! rolls dice: milliseconds and jitter are handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::outbox::{Queued, UnitState};
use crate::model::{Lane, Note, ResidentId, Subject, UnitId};

/// What the plan looks at.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The outbox: at least every unit that is not delivered, in any order.
    pub queued: &'a [Queued],
    /// What was learnt from past tries.
    pub pace: &'a Pace,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStep {
    /// Send these units in one transaction, in this order.
    Push(Vec<UnitId>),
    /// Nothing may go, but a round is due: ask whether the platform is there.
    Probe,
    /// Nothing before this moment, unless something urgent is stored.
    SleepUntil(u64),
    /// Nothing helps but a person.
    Stop(Note),
}

/// Numbers that may be configured; the default is what sync-protocol.md has in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// From one round to the next while all is well (S7.1).
    pub every_ms: u64,
    /// First back-off.
    pub base_ms: u64,
    /// Longest back-off.
    pub cap_ms: u64,
    /// Most units in one transaction (S7.3).
    pub largest: usize,
    /// Every nth request serves a lower lane (S4.3).
    pub lower_lane_every: u64,
    /// So many faults in a row end a round (S5.7).
    pub faults: u32,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { every_ms: 15 * 60_000, base_ms: 30_000, cap_ms: 3_600_000, largest: 20, lower_lane_every: 10, faults: 5 }
    }
}

/// What past tries taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    rhythm: Rhythm,
    requests: u64,
    batch: usize,
    ceiling: usize,
    in_round: bool,
    next_round_ms: u64,
    wait_until_ms: u64,
    failures: u32,
    faults_in_a_row: u32,
    halves: Vec<Vec<UnitId>>,
    set_aside: BTreeSet<UnitId>,
    stopped: Option<Note>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(Rhythm::default())
    }
}

impl Pace {
    /// A fresh start: the first round is due at once.
    pub fn new(rhythm: Rhythm) -> Self {
        Self {
            rhythm,
            requests: 0,
            batch: rhythm.largest,
            ceiling: rhythm.largest,
            in_round: false,
            next_round_ms: 0,
            wait_until_ms: 0,
            failures: 0,
            faults_in_a_row: 0,
            halves: Vec::new(),
            set_aside: BTreeSet::new(),
            stopped: None,
        }
    }

    /// Puts the first round off, so that hundreds of terminals do not arrive together when power returns (S7.1).
    pub fn not_before(&mut self, moment_ms: u64) {
        self.next_round_ms = moment_ms;
    }

    /// A round begins.
    pub fn begin(&mut self) {
        self.in_round = true;
        self.faults_in_a_row = 0;
        self.halves.clear();
        self.set_aside.clear();
        self.stopped = None;
    }

    /// A person asks for a round now, whatever was tried before.
    pub fn hurry(&mut self) {
        (self.next_round_ms, self.wait_until_ms, self.stopped) = (0, 0, None);
    }

    /// A round ended with nothing left to try.
    pub fn end_well(&mut self, now_ms: u64) {
        self.in_round = false;
        self.next_round_ms = now_ms + self.rhythm.every_ms;
    }

    /// A round was given up; `jitter` lies between 0 and 1. The wish of the server counts before our own (S7.1).
    pub fn back_off(&mut self, now_ms: u64, jitter: f64, retry_after_s: Option<u64>) {
        let doubled = self.rhythm.base_ms.saturating_mul(1 << self.failures.min(20));
        let longest = doubled.min(self.rhythm.cap_ms);
        let drawn = ((longest as f64) * jitter.clamp(0.0, 1.0)) as u64;
        let wait = retry_after_s.map_or(drawn, |seconds| seconds.saturating_mul(1000)).max(LEAST_WAIT_MS);
        self.in_round = false;
        self.failures = self.failures.saturating_add(1);
        self.wait_until_ms = now_ms.saturating_add(wait);
        self.next_round_ms = self.wait_until_ms;
        self.halves.clear();
    }

    /// A round was given up until a person helps; it is tried again after the longest back-off all the same.
    pub fn stop(&mut self, reason: Note, now_ms: u64) {
        self.in_round = false;
        self.stopped = Some(reason);
        self.wait_until_ms = now_ms.saturating_add(self.rhythm.cap_ms);
        self.next_round_ms = self.wait_until_ms;
        self.halves.clear();
    }

    /// A transaction was acknowledged after `took_ms`.
    pub fn delivered(&mut self, units: &[UnitId], took_ms: u64) {
        self.answered();
        for unit in units {
            // The store knows it is done; should it forget, the round must end all the same.
            self.set_aside.insert(*unit);
        }
        if self.requests.is_multiple_of(SLOW_GROWTH) {
            self.ceiling = (self.ceiling + 1).min(self.rhythm.largest);
        }
        if took_ms < FAST_MS {
            self.batch = (self.batch * 2).min(self.ceiling);
        }
    }

    /// The content of a batch was refused: its halves are tried next (S5.2). A single unit is set aside.
    pub fn refused(&mut self, batch: &[UnitId]) {
        self.answered();
        self.split(batch);
    }

    /// The server calls a batch too big: the limit is remembered, grows back slowly, and what is tried next stays below
    /// it. A single unit is set aside.
    pub fn too_big(&mut self, batch: &[UnitId]) {
        self.answered();
        self.ceiling = (batch.len() / 2).max(1);
        self.batch = self.batch.min(self.ceiling);
        self.halves.retain(|half| half.len() <= self.ceiling);
        if let [single] = batch {
            self.set_aside.insert(*single);
        }
    }

    /// No usable answer came to a batch. True when the round should be given up (S5.7).
    pub fn broken(&mut self, batch: &[UnitId]) -> bool {
        self.requests += 1;
        self.faults_in_a_row += 1;
        self.batch = (batch.len() / 2).max(1);
        self.split(batch);
        self.faults_in_a_row >= self.rhythm.faults
    }

    /// Leaves a unit alone until the next round.
    pub fn set_aside(&mut self, unit: UnitId) {
        self.set_aside.insert(unit);
    }

    fn answered(&mut self) {
        self.requests += 1;
        self.failures = 0;
        self.faults_in_a_row = 0;
    }

    fn split(&mut self, batch: &[UnitId]) {
        if let [single] = batch {
            self.set_aside.insert(*single);
            return;
        }
        let (first, second) = batch.split_at(batch.len().div_ceil(2));
        self.halves.push(second.to_vec());
        self.halves.push(first.to_vec());
    }

    /// Takes the half that is tried next off the pile; call it when [`next_step`] said to push `batch`.
    pub fn start(&mut self, batch: &[UnitId]) {
        while let Some(half) = self.halves.pop() {
            if batch.iter().all(|unit| half.contains(unit)) {
                break;
            }
        }
    }
}

/// Says what to do next.
pub fn next_step(outlook: &Outlook, now_ms: u64) -> SyncStep {
    let Outlook { queued, pace } = outlook;
    if let Some(reason) = &pace.stopped
        && now_ms < pace.wait_until_ms
    {
        return SyncStep::Stop(reason.clone());
    }
    // What was set aside is only left alone until the next round.
    let due = !pace.in_round && now_ms >= pace.next_round_ms;
    let queue = Queue::of(queued, if due { const { &BTreeSet::new() } } else { &pace.set_aside });
    if !pace.in_round {
        if now_ms < pace.wait_until_ms {
            return SyncStep::SleepUntil(pace.wait_until_ms);
        }
        if now_ms < pace.next_round_ms && !queue.has_urgent() {
            return SyncStep::SleepUntil(pace.next_round_ms);
        }
    }
    let half = pace.halves.iter().rev().map(|half| queue.sendable(half)).find(|half| !half.is_empty());
    let batch = half.unwrap_or_else(|| queue.pick(pace));
    match batch.is_empty() {
        true if due => SyncStep::Probe,
        true => SyncStep::SleepUntil(now_ms + pace.rhythm.every_ms),
        false => SyncStep::Push(batch),
    }
}

/// Waiting units that depend on a refused one, with that one (S5.5): they are not themselves at fault.
pub fn held(queued: &[Queued]) -> Vec<(UnitId, UnitId)> {
    let queue = Queue::of(queued, &BTreeSet::new());
    let held = queue.waiting.iter().filter_map(|unit| match queue.stands.get(&unit.unit.id) {
        Some(Stand::Held(by)) => Some((unit.unit.id, *by)),
        _ => None,
    });
    held.collect()
}

/// Whether a waiting unit may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Yes, together with the units in front of it.
    Ready,
    /// Not while that one is refused or kept back.
    Held(UnitId),
    /// Not in this round.
    Later,
}

/// The outbox, sorted out.
struct Queue<'a> {
    /// Oldest first.
    waiting: Vec<&'a Queued>,
    by_id: HashMap<UnitId, &'a Queued>,
    /// The waiting unit of the same person just before (S4.2).
    before: HashMap<UnitId, UnitId>,
    stands: HashMap<UnitId, Stand>,
}

impl<'a> Queue<'a> {
    fn of(queued: &'a [Queued], set_aside: &BTreeSet<UnitId>) -> Self {
        let by_id = queued.iter().map(|unit| (unit.unit.id, unit)).collect();
        let mut waiting: Vec<&Queued> = queued.iter().filter(|unit| unit.state == UnitState::Waiting).collect();
        waiting.sort_by_key(|unit| unit.seq);
        let mut queue = Self { waiting, by_id, before: HashMap::new(), stands: HashMap::new() };
        let mut last: HashMap<ResidentId, UnitId> = HashMap::new();
        for index in 0..queue.waiting.len() {
            queue.place(index, set_aside, &mut last);
        }
        queue
    }

    fn place(&mut self, index: usize, set_aside: &BTreeSet<UnitId>, last: &mut HashMap<ResidentId, UnitId>) {
        let unit = self.waiting[index];
        let id = unit.unit.id;
        let person = match unit.unit.subject {
            Some(Subject::Resident(person)) => Some(person),
            _ => None,
        };
        let before = person.and_then(|person| last.get(&person).copied());
        let mut stand = self.behind(unit);
        if stand == Stand::Ready && (set_aside.contains(&id) || before.is_some_and(|it| self.is_later(it))) {
            stand = Stand::Later;
        }
        self.stands.insert(id, stand);
        // One that is held by a refused unit does not hold up the person's other records.
        if !matches!(stand, Stand::Held(_)) {
            self.before.extend(before.map(|before| (id, before)));
            last.extend(person.map(|person| (person, id)));
        }
    }

    /// What the units it depends on make of it. They were made earlier, so they are already placed.
    fn behind(&self, unit: &Queued) -> Stand {
        let mut stand = Stand::Ready;
        for id in &unit.unit.after {
            match (self.by_id.get(id).map(|other| other.state), self.stands.get(id)) {
                (Some(UnitState::Stuck | UnitState::KeptBack), _) => return Stand::Held(*id),
                (_, Some(Stand::Held(by))) => return Stand::Held(*by),
                (_, Some(Stand::Later)) => stand = Stand::Later,
                (Some(UnitState::Waiting), None) => stand = Stand::Later,
                _ => {}
            }
        }
        stand
    }

    fn is_later(&self, id: UnitId) -> bool {
        self.stands.get(&id) == Some(&Stand::Later)
    }

    fn is_ready(&self, id: UnitId) -> bool {
        self.stands.get(&id) == Some(&Stand::Ready)
    }

    fn has_urgent(&self) -> bool {
        self.waiting.iter().any(|unit| unit.unit.lane == Lane::Urgent && self.is_ready(unit.unit.id))
    }

    /// Of `units`, in order, those that may go now with nothing in front of them but each other.
    fn sendable(&self, units: &[UnitId]) -> Vec<UnitId> {
        let mut batch: Vec<UnitId> = Vec::new();
        for id in units {
            if self.is_ready(*id) && self.in_front(*id).all(|it| batch.contains(&it)) {
                batch.push(*id);
            }
        }
        batch
    }

    fn pick(&self, pace: &Pace) -> Vec<UnitId> {
        let mut order: Vec<&Queued> = self.waiting.iter().copied().filter(|it| self.is_ready(it.unit.id)).collect();
        order.sort_by_key(|unit| (unit.unit.lane, unit.seq));
        let Some(first) = order.first().copied() else { return Vec::new() };
        let lower_lane = (pace.requests + 1).is_multiple_of(pace.rhythm.lower_lane_every);
        let oldest_lower = order.iter().copied().filter(|it| it.unit.lane > first.unit.lane).min_by_key(|it| it.seq);
        let lead = oldest_lower.filter(|_| lower_lane).unwrap_or(first);
        let lane = order.iter().copied().filter(|it| it.unit.lane == lead.unit.lane);
        self.fill(std::iter::once(lead).chain(lane), pace.batch.clamp(1, pace.ceiling))
    }

    /// Takes units with all that must go before them, until the batch is full.
    fn fill(&self, units: impl Iterator<Item = &'a Queued>, size: usize) -> Vec<UnitId> {
        let mut batch: Vec<UnitId> = Vec::new();
        let mut taken: BTreeSet<UnitId> = BTreeSet::new();
        for unit in units {
            let mut chain = self.chain(unit.unit.id, &taken);
            if batch.len() + chain.len() > size {
                if !batch.is_empty() {
                    break;
                }
                chain.truncate(size);
            }
            taken.extend(&chain);
            batch.extend(chain);
        }
        batch
    }

    /// A unit and what must go before it, oldest first, without what is already `taken`.
    fn chain(&self, id: UnitId, taken: &BTreeSet<UnitId>) -> Vec<UnitId> {
        let mut found = BTreeMap::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if taken.contains(&id) || !self.is_ready(id) {
                continue;
            }
            let Some(unit) = self.by_id.get(&id) else { continue };
            if found.insert((unit.seq, id), id).is_none() {
                open.extend(self.in_front(id));
            }
        }
        found.into_values().collect()
    }

    /// The waiting units directly in front: dependencies and the person's unit before.
    fn in_front(&self, id: UnitId) -> impl Iterator<Item = UnitId> {
        let after = self.by_id.get(&id).map(|unit| unit.unit.after.as_slice()).unwrap_or_default();
        let before = self.before.get(&id).copied();
        after.iter().copied().chain(before).filter(|it| self.stands.contains_key(it))
    }
}

/// Full jitter may draw next to nothing; a second keeps a dead line from being hammered.
const LEAST_WAIT_MS: u64 = 1_000;
/// An answer within this time lets batches grow.
const FAST_MS: u64 = 10_000;
/// Requests after which a remembered size limit is raised by one.
const SLOW_GROWTH: u64 = 50;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::demo::records::opening;
    use crate::model::unit::KeptBack;
    use crate::model::{Unit, UnitKind};

    fn id(n: u64) -> UnitId {
        UnitId(Uuid::from_u128(u128::from(n)))
    }

    /// Unit `n`, made as number `n`, of a person of its own.
    fn unit(n: u64, lane: Lane) -> Queued {
        of(n, lane, n)
    }

    fn of(n: u64, lane: Lane, person: u64) -> Queued {
        let subject = Some(Subject::Resident(ResidentId(Uuid::from_u128(u128::from(person)))));
        let (facts, after) = (Vec::new(), Vec::new());
        let unit = Unit { id: id(n), kind: UnitKind::Visit, lane, subject, facts, after, kept_back: None };
        Queued { unit, state: UnitState::Waiting, seq: n, since: opening(), refusals: 0, says: None }
    }

    fn after(mut unit: Queued, others: &[u64]) -> Queued {
        unit.unit.after = others.iter().copied().map(id).collect();
        unit
    }

    fn stuck(mut unit: Queued) -> Queued {
        unit.state = UnitState::Stuck;
        unit
    }

    fn in_round(rhythm: Rhythm) -> Pace {
        let mut pace = Pace::new(rhythm);
        pace.begin();
        pace
    }

    fn pushed(queued: &[Queued], pace: &Pace) -> Vec<u64> {
        match next_step(&Outlook { queued, pace }, 0) {
            SyncStep::Push(batch) => batch.iter().map(|unit| unit.0.as_u128() as u64).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn s4_3_the_first_lane_goes_first() {
        let queued =
            [unit(1, Lane::Visits), unit(2, Lane::Housekeeping), unit(3, Lane::Urgent), unit(4, Lane::Reviews)];
        assert_eq!(pushed(&queued, &in_round(Rhythm::default())), [3]);
    }

    #[test]
    fn s4_3_every_tenth_request_serves_the_oldest_of_a_lower_lane() {
        let urgent = (100..200).map(|n| unit(n, Lane::Urgent));
        let queued: Vec<Queued> = urgent.chain([unit(7, Lane::Housekeeping), unit(8, Lane::Visits)]).collect();
        let mut pace = in_round(Rhythm { largest: 1, ..Rhythm::default() });
        let mut served = Vec::new();
        for _ in 0..20 {
            let batch = pushed(&queued, &pace);
            served.extend(batch.iter().copied());
            pace.delivered(&batch.into_iter().map(id).collect::<Vec<_>>(), 0);
        }
        assert_eq!(served.iter().position(|n| *n == 7), Some(9));
        assert_eq!(served.iter().position(|n| *n == 8), Some(19));
    }

    #[test]
    fn s4_2_a_persons_units_go_in_creation_order() {
        let queued = [of(5, Lane::Urgent, 1), of(2, Lane::Visits, 1), of(3, Lane::Visits, 2), of(1, Lane::Visits, 1)];
        assert_eq!(pushed(&queued, &in_round(Rhythm::default())), [1, 2, 5]);
        let one = in_round(Rhythm { largest: 1, ..Rhythm::default() });
        assert_eq!(pushed(&queued, &one), [1], "as much of the way as fits");
    }

    #[test]
    fn s4_1_what_it_refers_to_goes_before_or_with_it() {
        let queued = [after(unit(3, Lane::Urgent), &[1]), unit(1, Lane::Housekeeping)];
        assert_eq!(pushed(&queued, &in_round(Rhythm::default())), [1, 3]);
        let delivered = [after(unit(3, Lane::Urgent), &[1])];
        assert_eq!(pushed(&delivered, &in_round(Rhythm::default())), [3], "what is not listed is delivered");
    }

    #[test]
    fn s5_5_dependents_of_a_refused_unit_wait_and_hold_up_nobody() {
        let queued = [
            stuck(of(1, Lane::Visits, 1)),
            after(of(2, Lane::Urgent, 1), &[1]),
            after(of(3, Lane::Reviews, 1), &[2]),
            of(4, Lane::Visits, 1),
        ];
        assert_eq!(held(&queued), [(id(2), id(1)), (id(3), id(1))]);
        assert_eq!(pushed(&queued, &in_round(Rhythm::default())), [4]);
    }

    #[test]
    fn section_10_kept_back_units_are_never_pushed() {
        let mut kept = unit(1, Lane::Urgent);
        kept.unit.kept_back = Some(KeptBack::Guest);
        kept.state = UnitState::KeptBack;
        assert_eq!(pushed(&[kept], &in_round(Rhythm::default())), [0_u64; 0]);
    }

    #[test]
    fn s7_1_a_round_every_quarter_of_an_hour_and_at_once_for_lane_1() {
        let mut pace = in_round(Rhythm::default());
        pace.end_well(1_000);
        let step = |queued: &[Queued], pace: &Pace, now| next_step(&Outlook { queued, pace }, now);
        let quiet = [unit(1, Lane::Visits)];
        assert_eq!(step(&quiet, &pace, 2_000), SyncStep::SleepUntil(901_000));
        assert_eq!(step(&quiet, &pace, 901_000), SyncStep::Push(vec![id(1)]));
        assert_eq!(step(&[unit(2, Lane::Urgent)], &pace, 2_000), SyncStep::Push(vec![id(2)]));
    }

    #[test]
    fn s7_2_with_nothing_to_send_a_due_round_asks_whether_the_platform_is_there() {
        let mut pace = Pace::default();
        let step = |pace: &Pace, now| next_step(&Outlook { queued: &[], pace }, now);
        assert_eq!(step(&pace, 0), SyncStep::Probe);
        pace.begin();
        pace.end_well(1_000);
        assert_eq!(step(&pace, 2_000), SyncStep::SleepUntil(901_000));
        assert_eq!(step(&pace, 901_000), SyncStep::Probe);
        pace.back_off(1_000, 1.0, Some(600));
        assert_eq!(step(&pace, 2_000), SyncStep::SleepUntil(601_000));
        pace.hurry();
        assert_eq!(step(&pace, 2_000), SyncStep::Probe, "a person asked");
    }

    #[test]
    fn s5_7_what_one_round_set_aside_is_tried_in_the_next() {
        let queued = [unit(1, Lane::Urgent)];
        let mut pace = in_round(Rhythm::default());
        assert!(!pace.broken(&[id(1)]));
        let step = |pace: &Pace, now| next_step(&Outlook { queued: &queued, pace }, now);
        assert!(matches!(step(&pace, 0), SyncStep::SleepUntil(_)));
        pace.end_well(0);
        assert_eq!(step(&pace, 1_000), SyncStep::SleepUntil(900_000), "urgent or not");
        assert_eq!(step(&pace, 900_000), SyncStep::Push(vec![id(1)]));
    }

    #[test]
    fn s7_1_back_off_doubles_up_to_an_hour_and_one_success_resets_it() {
        let mut pace = Pace::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            pace.back_off(0, 1.0, None);
            waits.push(pace.wait_until_ms / 1000);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        pace.back_off(0, 0.5, None);
        assert_eq!(pace.wait_until_ms, 1_800_000, "full jitter");
        assert_eq!(
            next_step(&Outlook { queued: &[unit(1, Lane::Urgent)], pace: &pace }, 0),
            SyncStep::SleepUntil(1_800_000),
            "urgent or not"
        );
        pace.begin();
        pace.delivered(&[id(9)], 0);
        pace.back_off(0, 1.0, None);
        assert_eq!(pace.wait_until_ms, 30_000);
    }

    #[test]
    fn s5_2_bisecting_stays_within_its_bound() {
        for bad in 0..20 {
            let queued: Vec<Queued> = (0..20).map(|n| unit(n, Lane::Visits)).collect();
            let (mut pace, mut left, mut requests) = (in_round(Rhythm::default()), queued, 0);
            loop {
                let batch: Vec<UnitId> = pushed(&left, &pace).into_iter().map(id).collect();
                if batch.is_empty() {
                    break;
                }
                pace.start(&batch);
                requests += 1;
                match batch.contains(&id(bad)) {
                    true => pace.refused(&batch),
                    false => {
                        left.retain(|unit| !batch.contains(&unit.unit.id));
                        pace.delivered(&batch, 0);
                    }
                }
            }
            assert_eq!(left.iter().map(|unit| unit.unit.id).collect::<Vec<_>>(), [id(bad)]);
            assert!(requests <= 1 + 9 + 1, "{requests} requests for a bad unit at {bad}");
        }
    }

    #[test]
    fn s7_3_batches_shrink_on_trouble_and_grow_on_success() {
        let queued: Vec<Queued> = (0..100).map(|n| unit(n, Lane::Visits)).collect();
        let mut pace = in_round(Rhythm::default());
        let batch: Vec<UnitId> = pushed(&queued, &pace).into_iter().map(id).collect();
        assert_eq!(batch.len(), 20);
        pace.too_big(&batch);
        assert_eq!(pushed(&queued, &pace).len(), 10);
        pace.broken(&batch[..10]);
        pace.begin();
        assert_eq!(pushed(&queued, &pace).len(), 5);
        pace.delivered(&[], 20_000);
        assert_eq!(pushed(&queued, &pace).len(), 5, "a slow success is none to grow on");
        pace.delivered(&[], 100);
        assert_eq!(pushed(&queued, &pace).len(), 10, "the remembered limit holds");
    }

    #[test]
    fn s2_2_planning_over_half_a_year_of_backlog_is_quick() {
        let queued: Vec<Queued> = (0..18_300).map(|n| of(n, Lane::Visits, n % 900)).collect();
        let started = std::time::Instant::now();
        assert_eq!(pushed(&queued, &in_round(Rhythm::default())).len(), 20);
        assert!(started.elapsed().as_secs() < 2);
    }
}
