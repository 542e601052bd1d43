//! The stored past as the rules see it: Facts folded into people and visits, and each visit as a [`Case`] again.
//!
//! For what looks over the whole station: another edition tried on old measurements, indicators. Pure: Facts go in, in
//! their order; nothing is read from the store here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};

use super::case::Case;
use crate::model::fact::{Derived, Ending, SymptomAnswer};
use crate::model::finding::{Assessment, ChosenGuidance};
use crate::model::measurement::Value;
use crate::model::past::PastPressure;
use crate::model::resident::{Answers, Resident, Subject};
use crate::model::review::Decision;
use crate::model::{ClockTrust, EvaluationId, Fact, FlagId, Measurement, Moment, ResidentId, VisitId};

/// A visit, from all Facts about it.
#[derive(Clone, Debug)]
pub struct PastVisit {
    /// Which.
    pub id: VisitId,
    /// Whose.
    pub subject: Subject,
    /// Moment of its first Fact.
    pub began: Moment,
    /// What was accepted, in order.
    pub taken: Vec<Measurement>,
    /// What was answered in it.
    pub answers: Answers,
    /// Words of the symptom tiles that were told.
    pub symptoms: BTreeSet<String>,
    /// How it ended; `None` while it is open.
    pub ending: Option<Ending>,
    /// Session mean, whole mmHg.
    pub mean: Option<[u16; 2]>,
    /// The newest evaluation.
    pub evaluation: Option<(EvaluationId, Assessment)>,
    /// The advice shown.
    pub guidance: Vec<ChosenGuidance>,
    /// What was decided on its flag, oldest first.
    pub reviews: Vec<Decision>,
}

/// An entry of the high-risk register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Registration {
    pub flag: FlagId,
    pub resident: ResidentId,
    pub from: NaiveDate,
}

/// Everything that Facts have told so far.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    people: BTreeMap<ResidentId, Resident>,
    visits: Vec<PastVisit>,
    place: BTreeMap<VisitId, usize>,
    of_flag: BTreeMap<FlagId, usize>,
    registrations: Vec<Registration>,
}

impl PastVisit {
    /// The local day on which it began.
    pub fn day(&self) -> NaiveDate {
        self.began.day()
    }

    /// Its resident, unless it was a guest's.
    pub fn resident(&self) -> Option<ResidentId> {
        match self.subject {
            Subject::Resident(resident) => Some(resident),
            Subject::Guest(_) => None,
        }
    }

    /// True when a value was accepted that `is` what is asked for.
    pub fn has(&self, is: impl Fn(&Value) -> bool) -> bool {
        self.taken.iter().any(|measurement| is(&measurement.value))
    }
}

impl Chronicle {
    /// Takes the next Fact.
    pub fn add(&mut self, at: Moment, fact: Fact) {
        match fact {
            Fact::ResidentKept { resident } => {
                self.people.insert(resident.id, resident);
            }
            Fact::VisitOpened { visit, subject, .. } => self.open(visit, subject, at),
            Fact::MeasurementTaken { measurement } => {
                self.at(measurement.visit, |visit| visit.taken.push(measurement.clone()));
            }
            Fact::QuestionsAnswered { visit, answers } => self.at(visit, |visit| visit.answers.absorb(&answers)),
            Fact::SymptomsAnswered { visit, answer: SymptomAnswer::Told(words) } => {
                self.at(visit, |visit| visit.symptoms.extend(words.clone()));
            }
            Fact::VisitConcluded { visit, ending, mean, .. } => self.at(visit, |visit| {
                (visit.ending, visit.mean) = (Some(ending), mean.as_ref().map(|mean: &Derived<_>| mean.value));
            }),
            Fact::RiskEvaluated { evaluation, visit, assessment, .. } => {
                self.at(visit, |visit| visit.evaluation = Some((evaluation, assessment.clone())));
            }
            Fact::GuidanceGiven { visit, items, .. } => self.at(visit, |visit| visit.guidance.extend(items.clone())),
            Fact::RiskFlagged { flag, visit, .. } => {
                self.of_flag.extend(self.place.get(&visit).map(|place| (flag, *place)));
            }
            Fact::HighRiskRegistered { flag, resident, from, .. } => {
                self.registrations.push(Registration { flag, resident, from });
            }
            Fact::RiskReviewed { flag, decision, .. } => {
                if let Some(place) = self.of_flag.get(&flag) {
                    self.visits[*place].reviews.push(decision);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, id: VisitId, subject: Subject, began: Moment) {
        self.place.insert(id, self.visits.len());
        self.visits.push(PastVisit {
            id,
            subject,
            began,
            taken: Vec::new(),
            answers: Answers::default(),
            symptoms: BTreeSet::new(),
            ending: None,
            mean: None,
            evaluation: None,
            guidance: Vec::new(),
            reviews: Vec::new(),
        });
    }

    fn at(&mut self, visit: VisitId, change: impl FnOnce(&mut PastVisit)) {
        if let Some(place) = self.place.get(&visit) {
            change(&mut self.visits[*place]);
        }
    }

    /// All visits, in the order in which they were opened.
    pub fn visits(&self) -> &[PastVisit] {
        &self.visits
    }

    /// The visit that a flag came from.
    pub fn visit_of(&self, flag: FlagId) -> Option<&PastVisit> {
        self.of_flag.get(&flag).map(|place| &self.visits[*place])
    }

    /// The high-risk register.
    pub fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// Whole years of a visit's person on its day; of a guest the lowest age of the band. `None`: the record was not kept.
    pub fn age(&self, visit: &PastVisit) -> Option<u16> {
        match visit.subject {
            Subject::Resident(resident) => Some(self.people.get(&resident)?.age_on(visit.day())),
            Subject::Guest(guest) => Some(guest.age.lowest()),
        }
    }

    /// A person's visits by day, each with what the rules need of the earlier ones: `to` gets the visit and its [`Case`].
    ///
    /// Open visits and people without a record are passed over. The profile and the guidance shown before are left out.
    pub fn cases(&self, mut to: impl FnMut(&PastVisit, Case)) {
        let mut pasts: BTreeMap<ResidentId, Past> = BTreeMap::new();
        for visit in self.visits.iter().filter(|visit| visit.ending.is_some()) {
            let nobody = Past::default();
            let past = visit.resident().and_then(|resident| pasts.get(&resident)).unwrap_or(&nobody);
            if let Some(case) = self.case(visit, past) {
                to(visit, case);
            }
            if let Some(resident) = visit.resident() {
                pasts.entry(resident).or_default().take(visit);
            }
        }
    }

    fn case(&self, visit: &PastVisit, past: &Past) -> Option<Case> {
        let sex = match visit.subject {
            Subject::Resident(resident) => self.people.get(&resident)?.sex,
            Subject::Guest(guest) => guest.sex,
        };
        let case = Case {
            date_trusted: visit.began.trust == ClockTrust::Trusted,
            sex: Some(sex),
            symptoms: visit.symptoms.clone(),
            ..Case::new(visit.day(), self.age(visit)?).measured(&visit.taken, &past.pressures)
        };
        let mut answers = past.answers_on(visit.day());
        answers.absorb(&visit.answers);
        Some(case.answered(&answers))
    }
}

/// What earlier visits of a person tell a later one.
#[derive(Default)]
struct Past {
    pressures: Vec<PastPressure>,
    answers: Vec<(NaiveDate, Answers)>,
}

impl Past {
    fn take(&mut self, visit: &PastVisit) {
        let trusted = visit.began.trust == ClockTrust::Trusted;
        // A single reading is no session mean (P5).
        let mean =
            visit.mean.map(|[systolic, diastolic]| PastPressure { date: visit.day(), systolic, diastolic, trusted });
        self.pressures.extend(mean);
        if !visit.answers.0.is_empty() {
            self.answers.push((visit.day(), visit.answers.clone()));
        }
    }

    /// Answers count for a year.
    fn answers_on(&self, day: NaiveDate) -> Answers {
        let mut all = Answers::default();
        let valid = |from: &NaiveDate| *from >= day - Months::new(12);
        self.answers.iter().filter(|(from, _)| valid(from)).for_each(|(_, answers)| all.absorb(answers));
        all
    }
}
