//! The visit that runs: whose it is, what was measured, what is left to do.

use std::collections::VecDeque;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Item;
use super::told::Lead;
use crate::assess::series::mean_pulse;
use crate::model::fact::{Derived, Ending, Fact, IdentifiedBy, SymptomAnswer};
use crate::model::finding::Assessment;
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, Quality, Value};
use crate::model::resident::{AgeBand, Answers, Consent, Guest, Resident, Sex, Subject, age_on, masked};
use crate::model::units::{Celsius, Centimetres, Kilograms, Percent};
use crate::model::{FactId, FlagId, IdNumber, Measurement, Moment, Past, StoredFact, UnitId, Urgency, VisitId};

/// Who sits in front, as far as we know.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// The name to mask on screens; `None` for a typed number nobody here knows, and for guests.
    pub name: Option<crate::model::resident::Personal>,
    /// The number; `None` for guests.
    pub number: Option<IdNumber>,
    /// For waist and pregnancy.
    pub sex: Sex,
    /// For the rules; of a guest the lowest age of the band.
    pub born: Born,
}

/// What we know of the age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Born {
    /// The day.
    On(NaiveDate),
    /// A guest's band.
    Band(AgeBand),
}

impl Who {
    /// Whole years on `day`.
    pub fn age(&self, day: NaiveDate) -> u16 {
        match self.born {
            Born::On(birth) => age_on(birth, day),
            Born::Band(band) => band.lowest(),
        }
    }

    /// 王*英; empty when there is no name to mask.
    pub fn masked(&self) -> String {
        self.name.as_ref().map(|name| masked(&name.0)).unwrap_or_default()
    }

    /// 尾号, the last four characters of the number.
    pub fn last_four(&self) -> &str {
        self.number.as_ref().map_or("", IdNumber::last_four)
    }

    pub(super) fn guest(&self, slip: crate::model::SlipNumber, day: NaiveDate) -> Guest {
        let age = match self.born {
            Born::On(_) => AgeBand::of(self.age(day)),
            Born::Band(band) => band,
        };
        Guest { slip, sex: self.sex, age }
    }
}

/// A visit, from identification to goodbye.
#[derive(Clone, Debug)]
pub struct Visit {
    /// `Encounter` on the wire.
    pub id: VisitId,
    /// Whose.
    pub subject: Subject,
    /// Who that is.
    pub who: Who,
    /// How we know.
    pub by: IdentifiedBy,
    /// What they allow.
    pub consent: Consent,
    /// When it began.
    pub began: Moment,
    /// What is known from earlier.
    pub past: Past,
    /// What was accepted, in order.
    pub taken: Vec<Measurement>,
    /// What was answered in this visit.
    pub answers: Answers,
    /// Answers that no commit carries yet; they travel with the next.
    pub(super) untold: Answers,
    /// What was said to the symptom tiles.
    pub symptoms: Option<SymptomAnswer>,
    /// What is still to do.
    pub plan: VecDeque<Item>,
    /// Items chosen, done or not.
    pub chosen: Vec<Item>,
    /// What the rules said last.
    pub assessment: Option<Assessment>,
    /// A slip came out and is to be taken along.
    pub slip: bool,
    /// A slip was asked for.
    pub(super) printing: bool,
    /// The rest timer was skipped by declaration.
    pub rest_declared: bool,
    /// R07 was answered with a yes, and measuring was wished all the same.
    pub unsettled: bool,
    pub(super) opened: bool,
    pub(super) concluded: Option<Concluded>,
    pub(super) flag: Option<(FlagId, Urgency)>,
    pub(super) registered: bool,
    pub(super) guided: bool,
    pub(super) unsent: Vec<FactId>,
    pub(super) last_unit: Option<UnitId>,
}

/// What was said when the visit was concluded last; a visit that goes on after the red page is concluded anew.
#[derive(Clone, Debug)]
pub(super) struct Concluded {
    /// How; the first word stands.
    pub ending: Ending,
    /// How many Measurements there were.
    pub taken: usize,
    /// Mean of the session.
    pub mean: Option<Derived<[u16; 2]>>,
    /// Body mass index.
    pub bmi: Option<Derived<Decimal>>,
}

/// A visit that power or a crash cut off, as the store tells it at the next start.
#[derive(Clone, Debug)]
pub struct OpenVisit {
    /// Its Facts, in order; the first is `VisitOpened`.
    pub facts: Vec<StoredFact>,
    /// The person, unless a guest.
    pub resident: Option<Resident>,
    /// What is known from earlier.
    pub past: Past,
}

impl Visit {
    /// A visit with its id and the moment it began.
    pub(super) fn new(
        (id, began): (VisitId, Moment),
        subject: Subject,
        who: Who,
        by: IdentifiedBy,
        consent: Consent,
        past: Past,
    ) -> Self {
        Self {
            id,
            subject,
            who,
            by,
            consent,
            began,
            past,
            taken: Vec::new(),
            answers: Answers::default(),
            untold: Answers::default(),
            symptoms: None,
            plan: VecDeque::new(),
            chosen: Vec::new(),
            assessment: None,
            slip: false,
            printing: false,
            rest_declared: false,
            unsettled: false,
            opened: false,
            concluded: None,
            flag: None,
            registered: false,
            guided: false,
            unsent: Vec::new(),
            last_unit: None,
        }
    }

    /// The blood-pressure readings of this sitting, in order.
    pub fn pressures(&self) -> Vec<Pressure> {
        self.taken.iter().filter_map(Measurement::pressure).collect()
    }

    /// The mean pulse of this sitting's blood-pressure readings.
    pub fn pulse(&self) -> Option<u16> {
        mean_pulse(&self.pressures())
    }

    /// Somebody moved or spoke during the last blood-pressure reading.
    pub fn moved_last(&self) -> bool {
        let last = self.taken.iter().rev().find(|taken| taken.pressure().is_some());
        last.is_some_and(|taken| taken.quality.contains(&Quality::Movement))
    }

    /// The newest height of this visit.
    pub fn height(&self) -> Option<Centimetres> {
        self.newest(|value| if let Value::Height(height) = value { Some(*height) } else { None })
    }

    /// The newest weight of this visit.
    pub fn weight(&self) -> Option<Kilograms> {
        self.newest(|value| if let Value::Weight(weight) = value { Some(*weight) } else { None })
    }

    /// The newest waist of this visit.
    pub fn waist(&self) -> Option<Centimetres> {
        self.newest(|value| if let Value::Waist(waist) = value { Some(*waist) } else { None })
    }

    /// The newest glucose of this visit.
    pub fn glucose(&self) -> Option<(GlucoseLevel, GlucoseKind)> {
        self.newest(|value| if let Value::Glucose { level, kind } = value { Some((*level, *kind)) } else { None })
    }

    /// The newest saturation of this visit.
    pub fn spo2(&self) -> Option<Percent> {
        self.newest(|value| if let Value::Spo2(spo2) = value { Some(*spo2) } else { None })
    }

    /// The newest temperature of this visit.
    pub fn temperature(&self) -> Option<Celsius> {
        self.newest(|value| if let Value::Temperature(celsius) = value { Some(*celsius) } else { None })
    }

    /// R19 was done.
    pub fn took_others(&self) -> bool {
        self.taken.iter().any(|taken| Lead::Others.is(&taken.value))
    }

    pub(super) fn newest<T>(&self, pick: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.taken.iter().rev().find_map(|measurement| pick(&measurement.value))
    }

    /// All answers in force: this visit's over those of the last year.
    pub fn all_answers(&self) -> Answers {
        let mut all = self.past.answers.clone();
        all.absorb(&self.answers);
        all
    }

    /// May this visit leave for the platform?
    pub fn upload(&self) -> bool {
        matches!(self.subject, Subject::Resident(_))
            && self.consent.allows(crate::model::resident::ConsentSwitch::Upload)
    }

    /// The facts told again after a cut, so that the visit can be concluded from them.
    pub(super) fn recall(open: &OpenVisit) -> Option<Self> {
        let first = open.facts.first()?;
        let Fact::VisitOpened { visit, subject, by } = &first.new.fact else { return None };
        let who = match (&open.resident, subject) {
            (Some(resident), _) => Who {
                name: resident.name.clone(),
                number: Some(resident.id_number.clone()),
                sex: resident.sex,
                born: Born::On(resident.birth_date),
            },
            (None, Subject::Guest(guest)) => {
                Who { name: None, number: None, sex: guest.sex, born: Born::Band(guest.age) }
            }
            (None, Subject::Resident(_)) => return None,
        };
        let (consent, past) = (open.past.consent.unwrap_or_default(), open.past.clone());
        let mut recalled = Self {
            opened: true,
            unsent: open.facts.iter().map(|fact| fact.new.id).collect(),
            ..Self::new((*visit, first.new.at), *subject, who, *by, consent, past)
        };
        for fact in super::facts_of(&open.facts) {
            match fact {
                Fact::MeasurementTaken { measurement } => recalled.taken.push(measurement.clone()),
                Fact::QuestionsAnswered { answers, .. } => recalled.answers.absorb(answers),
                Fact::SymptomsAnswered { answer, .. } => recalled.symptoms = Some(answer.clone()),
                _ => {}
            }
        }
        Some(recalled)
    }
}
