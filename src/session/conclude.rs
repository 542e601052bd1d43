//! From what was measured to what is kept of it: the rules are run, the Facts of the conclusion and the units of upload
//! are made. All of it goes into one commit.

use std::collections::BTreeSet;

use super::measure::{OTHERS, SCALES};
use super::visit::{Concluded, OpenVisit, Visit};
use super::{AfterSave, Order, Turn};
use crate::assess::schedule::schedule;
use crate::assess::{self, Case};
use crate::model::device::Role;
use crate::model::due::Due;
use crate::model::fact::{Derived, Ending};
use crate::model::finding::{Assessment, Register, Urgency};
use crate::model::resident::Subject;
use crate::model::unit::KeptBack;
use crate::model::units::body_mass_index;
use crate::model::{ClockTrust, Commit, Fact, FactId, Lane, MeasurementId, NewFact, Unit, UnitKind, Value};

impl Turn<'_> {
    /// Stamps Facts of the running visit; the first of them is preceded by `VisitOpened`, and all by what was answered
    /// since the last ones.
    pub(super) fn visit_facts(&mut self, facts: Vec<Fact>) -> Vec<NewFact> {
        let Some(visit) = &mut self.state.visit else { return Vec::new() };
        let mut all = Vec::with_capacity(facts.len() + 2);
        if !visit.opened {
            visit.opened = true;
            all.push(Fact::VisitOpened { visit: visit.id, subject: visit.subject, by: visit.by });
        }
        if !visit.untold.0.is_empty() {
            let answers = std::mem::take(&mut visit.untold);
            all.push(Fact::QuestionsAnswered { visit: visit.id, answers });
        }
        all.extend(facts);
        let stamped: Vec<NewFact> = all.into_iter().map(|fact| self.new_fact(fact)).collect();
        if let Some(visit) = &mut self.state.visit {
            visit.unsent.extend(stamped.iter().map(|fact| fact.id));
        }
        stamped
    }

    /// What the rules say of the running visit as it stands.
    pub(super) fn judge(&self) -> Option<Assessment> {
        let visit = self.state.visit.as_ref()?;
        Some(assess::assess(&self.world.rules, &self.case(visit)))
    }

    /// What comes next after the visit, whatever was chosen to be told.
    pub(super) fn schedule(&self, visit: &Visit, assessment: &Assessment) -> Vec<Due> {
        schedule(&self.world.rules, &self.case(visit), assessment)
    }

    /// The visit in the words of the rules.
    fn case(&self, visit: &Visit) -> Case {
        let now = self.state.now;
        let case = Case {
            date_trusted: now.trust == ClockTrust::Trusted,
            sex: Some(visit.who.sex),
            symptoms: symptoms(visit),
            guidance_shown: visit.past.guidance.clone(),
            ..Case::new(now.day(), visit.who.age(now.day())).measured(&visit.taken, &visit.past.pressures)
        };
        case.answered(&visit.all_answers())
    }

    /// The Facts and units that conclude the visit, or add to a concluded one, after `facts`; all in one commit.
    pub(super) fn conclusion(&mut self, facts: Vec<Fact>, ending: Ending) -> Option<Commit> {
        let mut stamped = self.visit_facts(facts);
        let assessment = self.judge()?;
        let visit = self.state.visit.clone()?;
        let first = visit.concluded.is_none();
        if visit.concluded.as_ref().is_none_or(|before| before.taken < visit.taken.len()) {
            let concluded = self.concluded(&visit, &assessment, ending);
            stamped.extend(self.visit_facts(vec![concluded]));
        }
        let mut units = Vec::new();
        if first {
            units.push(self.unit(UnitKind::Visit, lane(&assessment)));
        }
        let found = self.findings(&visit, &assessment, ending);
        stamped.extend(self.visit_facts(found));
        let kind = if first { UnitKind::Evaluation } else { UnitKind::Addendum };
        units.push(self.unit(kind, lane(&assessment)));
        self.state.visit.as_mut()?.assessment = Some(assessment);
        Some(Commit { facts: stamped, units })
    }

    fn concluded(&mut self, visit: &Visit, assessment: &Assessment, ending: Ending) -> Fact {
        let of = |pick: fn(&Value) -> bool| -> Vec<_> {
            visit.taken.iter().filter(|m| pick(&m.value)).map(|m| m.id).collect()
        };
        let readings = of(|value| matches!(value, Value::Pressure { .. }));
        let built = of(|value| matches!(value, Value::Weight(_) | Value::Height(_)));
        let mean = assessment.bp_mean.filter(|_| readings.len() > 1);
        let bmi = visit.weight().zip(visit.height()).and_then(|(weight, height)| body_mass_index(weight, height));
        let before = visit.concluded.as_ref();
        let concluded = Concluded {
            ending: before.map_or(ending, |before| before.ending),
            taken: visit.taken.len(),
            mean: mean.map(|value| self.derived(before.and_then(|before| before.mean.as_ref()), value, readings)),
            bmi: bmi.map(|value| self.derived(before.and_then(|before| before.bmi.as_ref()), value, built)),
        };
        if let Some(visit) = &mut self.state.visit {
            visit.concluded = Some(concluded.clone());
        }
        let Concluded { ending, mean, bmi, .. } = concluded;
        Fact::VisitConcluded { visit: visit.id, began: visit.began, ending, mean, bmi }
    }

    /// A computed value; computed again in the same visit it takes the place of the one `before`.
    fn derived<T>(&mut self, before: Option<&Derived<T>>, value: T, of: Vec<MeasurementId>) -> Derived<T> {
        let id = before.map_or_else(|| self.state.mint.id(self.state.now), |before| before.id);
        Derived { id, value, of }
    }

    /// Evaluation, guidance, flag and registration: what the assessment makes true.
    fn findings(&mut self, visit: &Visit, assessment: &Assessment, ending: Ending) -> Vec<Fact> {
        let now = self.state.now;
        let evaluation = self.state.mint.id(now);
        // One a level: what is said again of the same visit is no second finding.
        let told = visit.flag.is_some_and(|(_, level)| level >= assessment.urgency);
        let issue = (assessment.urgency >= Urgency::Urgent && !told).then(|| self.state.mint.id(now));
        let mut facts = vec![Fact::RiskEvaluated {
            evaluation,
            visit: visit.id,
            basis: visit.taken.iter().map(|measurement| measurement.id).collect(),
            assessment: assessment.clone(),
            issue,
        }];
        if ending == Ending::Result && !visit.guided {
            facts.extend(self.guidance(visit, assessment));
        }
        let flag = match visit.flag {
            None if must_flag(visit, assessment) => {
                let (flag, task) = (self.state.mint.id(now), self.state.mint.id(now));
                let due = now.day() + chrono::Duration::days(review_days(assessment.urgency));
                facts.push(Fact::RiskFlagged {
                    flag,
                    task,
                    evaluation,
                    visit: visit.id,
                    level: assessment.urgency,
                    due,
                });
                Some((flag, assessment.urgency))
            }
            Some((flag, level)) if assessment.urgency > level => {
                facts.push(Fact::FlagRaised { flag, evaluation, level: assessment.urgency });
                Some((flag, assessment.urgency))
            }
            known => known,
        };
        let registers =
            assessment.register == Register::HighRisk && visit.past.registration.is_none() && !visit.registered;
        if let (true, Subject::Resident(resident), Some((flag, _))) = (registers, visit.subject, flag) {
            let registration = self.state.mint.id(now);
            let criteria = assessment.high_risk.clone();
            facts.push(Fact::HighRiskRegistered { registration, flag, resident, criteria, from: now.day() });
        }
        if let Some(visit) = &mut self.state.visit {
            visit.flag = flag;
            visit.registered |= registers;
            visit.guided |= ending == Ending::Result;
        }
        facts
    }

    fn guidance(&mut self, visit: &Visit, assessment: &Assessment) -> Option<Fact> {
        let items = assessment.guidance.clone();
        let guidance = self.state.mint.id(self.state.now);
        (!items.is_empty()).then_some(Fact::GuidanceGiven { guidance, visit: visit.id, items })
    }

    /// A unit of everything that is not in one yet.
    fn unit(&mut self, kind: UnitKind, lane: Lane) -> Unit {
        let now = self.state.now;
        let id = self.state.mint.id(now);
        let visit = self.state.visit.as_mut().expect("units of a visit are made while it runs");
        let facts: Vec<FactId> = std::mem::take(&mut visit.unsent);
        let after = match visit.last_unit.replace(id) {
            Some(last) => vec![last],
            None => self.state.site_units.clone(),
        };
        Unit { id, kind, lane, subject: Some(visit.subject), facts, after, kept_back: kept_back(visit) }
    }

    /// Concludes the visit and waits with its result for the store's answer.
    pub(super) fn conclude(&mut self, facts: Vec<Fact>, ending: Ending, then: AfterSave) {
        if let Some(commit) = self.conclusion(facts, ending) {
            self.save(commit, then);
        }
    }

    /// Ends the session; what was measured and not concluded yet is concluded now.
    pub(super) fn leave(&mut self) {
        let open = self.state.visit.as_ref().is_some_and(|visit| visit.opened && visit.concluded.is_none());
        if open {
            self.conclude(Vec::new(), Ending::Left, AfterSave::Nothing);
        }
        self.wipe();
        self.home();
    }

    /// Nothing personal outlives the session on screen.
    pub(super) fn wipe(&mut self) {
        self.stop_devices();
        self.state.visit = None;
        self.state.overlay = None;
        self.state.notice = None;
    }

    fn stop_devices(&mut self) {
        let others = SCALES.into_iter().chain(OTHERS);
        for role in [Role::BloodPressure, Role::Glucose].into_iter().chain(others) {
            self.order(role, Order::End);
        }
    }

    /// A visit that power cut off: concluded from what was saved, marked interrupted (reliability-security R3).
    pub(super) fn conclude_interrupted(&mut self, open: OpenVisit) {
        self.state.visit = Visit::recall(&open);
        self.conclude(Vec::new(), Ending::Interrupted, AfterSave::Nothing);
        self.state.visit = None;
    }
}

/// A doctor must look: from `soon` on always; a criterion unless the person is in the register or waits for review.
fn must_flag(visit: &Visit, assessment: &Assessment) -> bool {
    match assessment.urgency {
        Urgency::None => false,
        // A criterion that was not met before is registered, and registrations hang on a flag (P6: all of them).
        Urgency::Routine if assessment.register == Register::HighRisk => visit.past.registration.is_none(),
        Urgency::Routine => visit.past.registration.is_none() && !visit.past.flag_waiting,
        _ => true,
    }
}

/// Days until a flag is to be looked at: today, within three days (D02's 已超 3 天), within the two weeks of a follow-up.
fn review_days(urgency: Urgency) -> i64 {
    match urgency {
        Urgency::Urgent | Urgency::Emergency => 0,
        Urgency::Soon => 3,
        Urgency::Routine | Urgency::None => 14,
    }
}

/// Urgent findings and high-risk registrations go first, with their visit (sync-protocol S4.3).
fn lane(assessment: &Assessment) -> Lane {
    let first = assessment.urgency >= Urgency::Urgent || assessment.register == Register::HighRisk;
    if first { Lane::Urgent } else { Lane::Visits }
}

fn kept_back(visit: &Visit) -> Option<KeptBack> {
    match visit.subject {
        Subject::Guest(_) => Some(KeptBack::Guest),
        Subject::Resident(_) if !visit.upload() => Some(KeptBack::NoConsent),
        Subject::Resident(_) => None,
    }
}

fn symptoms(visit: &Visit) -> BTreeSet<String> {
    match &visit.symptoms {
        Some(crate::model::fact::SymptomAnswer::Told(words)) => words.iter().cloned().collect(),
        _ => BTreeSet::new(),
    }
}
