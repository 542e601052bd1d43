//! Indicators: what the stored Facts give evidence for, as numerator and denominator with the records behind each.
//!
//! Pure. The list with names, formulas and targets is `seeds/indicators`; here each id has the way it is counted.
//! People stand by the id of their record, guests by that of their visit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::chronicle::{Chronicle, PastVisit};
use super::guidance::GuidanceBook;
use super::rulebook::rows::{Status, Strength};
use crate::model::finding::{Register, RowId};
use crate::model::measurement::{GlucoseKind, Value};
use crate::model::resident::{Answer, Answers, Question};
use crate::model::review::Decision;

/// How much of an indicator a check point can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it, for its own records.
    Full,
    /// The numerator, or a sample.
    Part,
    /// A note, no count.
    Note,
}

/// An entry of the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the keys are told in the file's own comments
pub struct Indicator {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    pub target: String,
    pub numerator: String,
    pub denominator: String,
    /// The denominator is known to the county only.
    #[serde(default)]
    pub outside: bool,
    pub formula_status: String,
    pub coverage: Coverage,
    pub client_evidence: String,
    /// Why a check point that could count it does not.
    pub not_counted: Option<String>,
    pub source: String,
    pub edition: String,
    pub seen_in: String,
    #[serde(skip_serializing)]
    pub status: Status,
    #[serde(skip_serializing)]
    pub strength: Strength,
}

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicators {
    /// In the order of the clinical list.
    pub indicator: Vec<Indicator>,
}

/// The records behind an indicator, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What is counted.
    pub numerator: BTreeSet<String>,
    /// Among what; `None`: known to the county only.
    pub denominator: Option<BTreeSet<String>>,
    /// In the denominator, and not to be decided because the row that would decide is off.
    pub undecided: BTreeSet<String>,
}

impl Count {
    fn of(numerator: BTreeSet<String>, denominator: BTreeSet<String>) -> Self {
        Self { numerator, denominator: Some(denominator), undecided: BTreeSet::new() }
    }

    fn alone(numerator: BTreeSet<String>) -> Self {
        Self { numerator, ..Self::default() }
    }
}

/// What is counted over.
pub struct Evidence<'a> {
    /// The stored past.
    pub chronicle: &'a Chronicle,
    /// Which items are about what.
    pub guidance: &'a GuidanceBook,
    /// The station's id.
    pub station: &'a str,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
}

impl Evidence<'_> {
    /// Counts one indicator; `None` when a check point cannot.
    pub fn count(&self, id: &str) -> Option<Count> {
        Some(match id {
            "ind.selfcheck_coverage" => Count::alone(self.station_works()),
            "ind.individual_guidance" => {
                Count::of(self.visits(|visit| !visit.guidance.is_empty()), self.visits(|_| true))
            }
            "ind.high_risk_registration" => self.registration(),
            "ind.high_risk_management" => self.management(),
            "ind.first_visit_bp" => self.first_visits(),
            "ind.four_techniques" => Count::alone(self.techniques()),
            "ind.elderly_checkup" => Count::alone(self.people(|visit| self.is_aged(visit, 65))),
            "ind.htn_awareness" => self.awareness(30, Question::Hypertension, |visit| {
                visit.evaluation.as_ref().is_some_and(|(_, found)| found.three_day_rule_met == Some(true))
            }),
            "ind.dm_awareness" => self.awareness(18, Question::Diabetes, in_diabetes_range),
            "ind.htn_management" => Count::alone(self.patients(35, Question::Hypertension, has_pressure)),
            "ind.dm_management" => Count::alone(self.patients(35, Question::Diabetes, has_glucose)),
            "ind.htn_standard_management" => self.standard_management(),
            "ind.bp_control" => self.control(Question::Hypertension, has_pressure, |visit| {
                visit.evaluation.as_ref().and_then(|(_, found)| found.bp_control_norm)
            }),
            "ind.glucose_control" => self.control(Question::Diabetes, has_fasting, |visit| {
                visit.evaluation.as_ref().and_then(|(_, found)| found.glucose_control_norm)
            }),
            "ind.smoking_rate" => self.smoking(),
            "ind.brief_cessation" => self.cessation(),
            _ => return None,
        })
    }

    /// Concluded visits of the period with at least one reading.
    fn all(&self) -> impl Iterator<Item = &PastVisit> {
        let days = self.from..=self.to;
        let visits = self.chronicle.visits().iter();
        visits.filter(move |visit| visit.ending.is_some() && !visit.taken.is_empty() && days.contains(&visit.day()))
    }

    fn visits(&self, meets: impl Fn(&PastVisit) -> bool) -> BTreeSet<String> {
        self.all().filter(|visit| meets(visit)).map(|visit| visit.id.to_string()).collect()
    }

    fn people(&self, meets: impl Fn(&PastVisit) -> bool) -> BTreeSet<String> {
        self.all().filter(|visit| meets(visit)).map(person).collect()
    }

    fn is_aged(&self, visit: &PastVisit, from: u16) -> bool {
        self.chronicle.age(visit).is_some_and(|age| age >= from)
    }

    fn station_works(&self) -> BTreeSet<String> {
        let guided = self.all().any(|visit| !visit.guidance.is_empty());
        guided.then(|| self.station.to_owned()).into_iter().collect()
    }

    /// People with an open registration of the period's end.
    fn registered(&self) -> BTreeSet<String> {
        let open = self.chronicle.registrations().iter().filter(|entry| entry.from <= self.to);
        let open = open.filter(|entry| !self.chronicle.visit_of(entry.flag).is_some_and(is_dismissed));
        open.map(|entry| entry.resident.to_string()).collect()
    }

    /// A finding that a doctor set aside is none.
    fn registration(&self) -> Count {
        let found = self.people(|visit| is_high_risk(visit) && !is_dismissed(visit));
        let registered = self.registered();
        Count::of(found.intersection(&registered).cloned().collect(), found)
    }

    fn management(&self) -> Count {
        let registered = self.registered();
        let until = |visit: &&PastVisit| visit.day() <= self.to;
        let taken = self.chronicle.visits().iter().filter(until).filter(|visit| is_managed(visit)).map(person);
        Count::of(taken.filter(|person| registered.contains(person)).collect(), registered)
    }

    /// The first visit of each calendar year, of people of 35 and over.
    fn first_visits(&self) -> Count {
        let mut first: BTreeMap<(String, i32), &PastVisit> = BTreeMap::new();
        for visit in self.chronicle.visits().iter().filter(|visit| visit.ending.is_some()) {
            first.entry((person(visit), visit.day().year())).or_insert(visit);
        }
        let of_period = |visit: &&PastVisit| (self.from..=self.to).contains(&visit.day()) && self.is_aged(visit, 35);
        let first: Vec<&PastVisit> = first.into_values().filter(of_period).collect();
        let with = |meets: fn(&PastVisit) -> bool| {
            first.iter().filter(|visit| meets(visit)).map(|visit| visit.id.to_string()).collect()
        };
        Count::of(with(has_pressure), with(|_| true))
    }

    /// Which of the four techniques gave results.
    fn techniques(&self) -> BTreeSet<String> {
        self.all().any(has_glucose).then(|| "glucose".to_owned()).into_iter().collect()
    }

    /// People of an age whom a doctor told of a disease, by the newest answer until the period's end.
    fn known(&self, from_age: u16, disease: Question) -> BTreeSet<String> {
        let mut answers: BTreeMap<String, Answers> = BTreeMap::new();
        for visit in self.chronicle.visits().iter().filter(|visit| visit.day() <= self.to) {
            answers.entry(person(visit)).or_default().absorb(&visit.answers);
        }
        let tablets = |told: &Answers| disease == Question::Hypertension && told.yes(Question::OnAntihypertensives);
        let known = |visit: &PastVisit| {
            let told = answers.get(&person(visit));
            told.is_some_and(|told| told.yes(disease) || tablets(told)) && self.is_aged(visit, from_age)
        };
        self.people(known)
    }

    fn awareness(&self, from_age: u16, disease: Question, newly: impl Fn(&PastVisit) -> bool) -> Count {
        let known = self.known(from_age, disease);
        let new = self.people(|visit| self.is_aged(visit, from_age) && newly(visit));
        Count::of(known.clone(), known.union(&new).cloned().collect())
    }

    fn patients(&self, from_age: u16, disease: Question, measured: fn(&PastVisit) -> bool) -> BTreeSet<String> {
        let known = self.known(from_age, disease);
        self.people(|visit| measured(visit) && known.contains(&person(visit)))
    }

    /// The norm asks for four contacts a year with a reading.
    fn standard_management(&self) -> Count {
        let managed = self.patients(0, Question::Hypertension, has_pressure);
        let mut days: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
        for visit in self.all().filter(|visit| has_pressure(visit)) {
            days.entry(person(visit)).or_default().insert(visit.day());
        }
        let often = |person: &&String| days.get(*person).is_some_and(|days| days.len() >= CONTACTS_A_YEAR);
        Count::of(managed.iter().filter(often).cloned().collect(), managed)
    }

    /// By the last visit of the period with such a reading.
    fn control(
        &self,
        disease: Question,
        measured: fn(&PastVisit) -> bool,
        controlled: impl Fn(&PastVisit) -> Option<bool>,
    ) -> Count {
        let managed = self.patients(0, disease, measured);
        let mut last: BTreeMap<String, Option<bool>> = BTreeMap::new();
        for visit in self.all().filter(|visit| measured(visit)) {
            last.insert(person(visit), controlled(visit));
        }
        let with = |verdict: Option<bool>| {
            managed.iter().filter(|person| last.get(*person).copied().flatten() == verdict).cloned().collect()
        };
        Count { undecided: with(None), ..Count::of(with(Some(true)), managed.clone()) }
    }

    /// The newest answer of each person in the period.
    fn smokers(&self) -> BTreeMap<String, Answer> {
        let told = |visit: &PastVisit| Some((person(visit), visit.answers.to(Question::Smoking)?));
        let of_age = self.all().filter(|visit| self.is_aged(visit, 15));
        of_age.filter_map(told).filter(|(_, answer)| *answer != Answer::NotSure).collect()
    }

    fn smoking(&self) -> Count {
        let told = self.smokers();
        let current = told.iter().filter(|(_, answer)| **answer == Answer::Current);
        Count::of(current.map(|(person, _)| person.clone()).collect(), told.keys().cloned().collect())
    }

    /// Smokers who were shown brief advice.
    fn cessation(&self) -> Count {
        let smokers = self.smoking().numerator;
        let topic = self.guidance.topics().iter().find(|topic| topic.id == "smoking");
        let items: BTreeSet<&str> = topic.iter().flat_map(|topic| &topic.item).map(|item| item.id.as_str()).collect();
        let advised = self.people(|visit| visit.guidance.iter().any(|item| items.contains(item.id.as_str())));
        Count::of(smokers.intersection(&advised).cloned().collect(), smokers)
    }
}

fn person(visit: &PastVisit) -> String {
    visit.resident().map_or_else(|| visit.id.to_string(), |resident| resident.to_string())
}

fn is_high_risk(visit: &PastVisit) -> bool {
    visit.evaluation.as_ref().is_some_and(|(_, found)| found.register == Register::HighRisk)
}

/// The last decision on its flag set it aside.
fn is_dismissed(visit: &PastVisit) -> bool {
    matches!(visit.reviews.last(), Some(Decision::Dismissed { .. }))
}

/// A doctor reviewed it, and the next visit is set.
fn is_managed(visit: &PastVisit) -> bool {
    let planned = |decision: &Decision| match decision {
        Decision::Confirmed { managed, follow_up, .. } => *managed && follow_up.is_some(),
        Decision::FollowUp { .. } => true,
        Decision::Referred { .. } | Decision::Retest { .. } | Decision::Dismissed { .. } => false,
    };
    !is_dismissed(visit) && visit.reviews.iter().any(planned)
}

fn has_pressure(visit: &PastVisit) -> bool {
    visit.has(|value| matches!(value, Value::Pressure { .. }))
}

fn has_glucose(visit: &PastVisit) -> bool {
    visit.has(|value| matches!(value, Value::Glucose { .. }))
}

fn has_fasting(visit: &PastVisit) -> bool {
    visit.has(|value| matches!(value, Value::Glucose { kind: GlucoseKind::Fasting, .. }))
}

fn in_diabetes_range(visit: &PastVisit) -> bool {
    let class = visit.evaluation.as_ref().and_then(|(_, found)| found.glucose_class.as_ref());
    class.is_some_and(|row: &RowId| row.as_str().ends_with(".diabetes_range"))
}

/// Follow-ups a year that the 2017 norm asks for (`ind.htn_standard_management`).
const CONTACTS_A_YEAR: usize = 4;
