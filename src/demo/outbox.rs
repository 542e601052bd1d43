//! An outbox in memory, with the same promises as the store's.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::outbox::{Outcome, Parcel, Queued, Receipt, Report, UnitState};
use crate::model::{Fact, FactId, NewFact, StoredFact, Unit, UnitId, VisitId};
use crate::sync::{Outbox, OutboxFault};

/// Facts and units of one client, in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryOutbox {
    facts: Vec<StoredFact>,
    queued: Vec<Queued>,
    receipts: BTreeMap<UnitId, Vec<Receipt>>,
    reports: Vec<Report>,
}

impl MemoryOutbox {
    /// Stores Facts and the units they complete. A unit that may not leave is kept back.
    pub fn keep(&mut self, facts: Vec<NewFact>, units: Vec<Unit>) {
        for new in facts {
            let seq = self.facts.len() as u64 + 1;
            self.facts.push(StoredFact { seq, new });
        }
        for unit in units {
            let state = if unit.kept_back.is_some() { UnitState::KeptBack } else { UnitState::Waiting };
            let first = self.facts.iter().find(|stored| unit.facts.contains(&stored.new.id));
            let (seq, since) = first.map_or((0, None), |stored| (stored.seq, Some(stored.new.at)));
            let since = since.unwrap_or_else(super::records::opening);
            self.queued.push(Queued { unit, state, seq, since, refusals: 0, says: None });
        }
    }

    /// Lets a refused unit try again, as staff can.
    pub fn free(&mut self, unit: UnitId) {
        self.queued.iter_mut().filter(|it| it.unit.id == unit).for_each(|it| it.state = UnitState::Waiting);
    }

    /// Forgets every answer, as if the client had been cut off before it wrote them down.
    pub fn forget_answers(&mut self) {
        self.receipts.clear();
        for it in self.queued.iter_mut().filter(|it| it.state == UnitState::Delivered) {
            it.state = UnitState::Waiting;
        }
    }

    /// Where a unit stands.
    pub fn state(&self, unit: UnitId) -> Option<UnitState> {
        self.queued.iter().find(|it| it.unit.id == unit).map(|it| it.state)
    }

    /// All units with their story.
    pub fn queued(&self) -> &[Queued] {
        &self.queued
    }

    /// How many units stand so.
    pub fn count(&self, state: UnitState) -> usize {
        self.queued.iter().filter(|it| it.state == state).count()
    }

    /// What the platform answered for a resource, by `Type/our-id`.
    pub fn receipt(&self, resource: &str) -> Option<&Receipt> {
        // Later units bring newer versions.
        let newest = self.queued.iter().rev().filter_map(|it| self.receipts.get(&it.unit.id));
        newest.flatten().find(|receipt| receipt.resource == resource)
    }

    /// Every report so far, in order.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The station, its staff, the person's newest record and consent before the unit was made, and every other Fact of
    /// the visits and flags it is about.
    fn about(&self, unit: &Unit) -> Vec<StoredFact> {
        let own: Vec<&StoredFact> = self.facts.iter().filter(|stored| unit.facts.contains(&stored.new.id)).collect();
        let visits = self.visits_of(&own);
        let others = self.facts.iter().filter(|stored| !unit.facts.contains(&stored.new.id));
        others.filter(|stored| self.belongs(&stored.new.fact, unit, &visits)).cloned().collect()
    }

    /// What was answered for the units of these Facts, the newest answer for each resource.
    fn receipts_of(&self, facts: &[StoredFact], about: &[StoredFact]) -> Vec<Receipt> {
        let ids: BTreeSet<FactId> = facts.iter().chain(about).map(|stored| stored.new.id).collect();
        let units = self.queued.iter().filter(|it| it.unit.facts.iter().any(|fact| ids.contains(fact)));
        let answered = units.filter_map(|it| self.receipts.get(&it.unit.id)).flatten();
        let newest: BTreeMap<&str, &Receipt> = answered.map(|receipt| (receipt.resource.as_str(), receipt)).collect();
        newest.into_values().cloned().collect()
    }

    fn visits_of(&self, facts: &[&StoredFact]) -> Vec<VisitId> {
        facts.iter().filter_map(|stored| self.visit_of(&stored.new.fact)).collect()
    }

    fn visit_of(&self, fact: &Fact) -> Option<VisitId> {
        let wanted = match fact {
            Fact::RiskReviewed { flag, .. } | Fact::FlagRaised { flag, .. } | Fact::HighRiskRegistered { flag, .. } => {
                flag
            }
            other => return other.visit(),
        };
        self.facts.iter().find_map(|stored| match &stored.new.fact {
            Fact::RiskFlagged { flag, visit, .. } if flag == wanted => Some(*visit),
            _ => None,
        })
    }

    fn belongs(&self, fact: &Fact, unit: &Unit, visits: &[VisitId]) -> bool {
        use crate::model::Subject::Resident;
        match fact {
            Fact::SiteConfigured { .. } | Fact::StaffAdded { .. } => true,
            Fact::ResidentKept { resident } => unit.subject == Some(Resident(resident.id)),
            Fact::ConsentAnswered { resident, .. } => unit.subject == Some(Resident(*resident)),
            other => self.visit_of(other).is_some_and(|visit| visits.contains(&visit)),
        }
    }

    fn settle(&mut self, report: &Report) {
        let Some(it) = self.queued.iter_mut().find(|it| it.unit.id == report.unit) else { return };
        match &report.outcome {
            Outcome::Delivered(receipts) => {
                it.state = UnitState::Delivered;
                self.receipts.insert(report.unit, receipts.clone());
            }
            Outcome::Refused { says } => {
                it.state = UnitState::Stuck;
                it.refusals += 1;
                it.says = Some(says.clone());
            }
            Outcome::Declined { says } | Outcome::NotSent { says, .. } => it.says = Some(says.clone()),
        }
    }
}

impl Outbox for MemoryOutbox {
    fn outlook(&mut self) -> Result<Vec<Queued>, OutboxFault> {
        Ok(self.queued.iter().filter(|it| it.state != UnitState::Delivered).cloned().collect())
    }

    fn parcel(&mut self, unit: UnitId) -> Result<Parcel, OutboxFault> {
        let found = self.queued.iter().find(|it| it.unit.id == unit);
        let unit = found.map(|it| it.unit.clone()).ok_or_else(|| OutboxFault("no such unit".into()))?;
        let facts: Vec<StoredFact> =
            self.facts.iter().filter(|stored| unit.facts.contains(&stored.new.id)).cloned().collect();
        let about = self.about(&unit);
        let receipts = self.receipts_of(&facts, &about);
        Ok(Parcel { unit, facts, about, receipts })
    }

    fn report(&mut self, reports: &[Report]) -> Result<(), OutboxFault> {
        reports.iter().for_each(|report| self.settle(report));
        self.reports.extend_from_slice(reports);
        Ok(())
    }
}
