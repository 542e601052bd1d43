//! The stored past looked over as a whole: another edition tried on it, and indicators counted from it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use health_hut::assess::chronicle::Chronicle;
use health_hut::assess::indicators::{Count, Coverage, Evidence};
use health_hut::assess::{Case, RuleBook, assess};
use health_hut::commands::reassess::reassess;
use health_hut::model::fact::{Derived, Ending, Fact, IdentifiedBy};
use health_hut::model::finding::ChosenGuidance;
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, Source, Value};
use health_hut::model::resident::{Answer, Answers, Personal, Question, Resident, Sex, Subject};
use health_hut::model::review::{Decision, DismissReason};
use health_hut::model::units::{Centimetres, MmHg, MmolPerLitre};
use health_hut::model::{ClockTrust, FlagId, IdNumber, Measurement, Moment, Register, ResidentId, Urgency, VisitId};
use health_hut::seeds;
use rust_decimal::Decimal;
use uuid::Uuid;

/// A station's past, written Fact by Fact.
struct Past {
    chronicle: Chronicle,
    rules: RuleBook,
    ids: u128,
}

/// What a visit is made of.
#[derive(Default)]
struct Stay {
    bp: Vec<(u16, u16)>,
    fasting: Option<i64>,
    waist: Option<i64>,
    told: Vec<(Question, Answer)>,
    advice: Option<&'static str>,
}

impl Past {
    fn new() -> Self {
        Self { chronicle: Chronicle::default(), rules: seeds::rule_book(None).unwrap(), ids: 0 }
    }

    fn id<T: From<Uuid>>(&mut self) -> T {
        self.ids += 1;
        Uuid::from_u128(self.ids).into()
    }

    fn resident(&mut self, birth: &str, sex: Sex) -> ResidentId {
        let id = self.id();
        let resident = Resident {
            id,
            id_number: IdNumber::parse("11010519491231002X").unwrap(),
            name: Some(Personal("测试甲".to_owned())),
            sex,
            birth_date: birth.parse().unwrap(),
            phone: None,
        };
        self.chronicle.add(moment("2026-01-01"), Fact::ResidentKept { resident });
        id
    }

    /// A visit judged as the session judges it.
    fn visit(&mut self, resident: ResidentId, day: &str, stay: Stay) -> VisitId {
        let (at, visit) = (moment(day), self.id());
        let by = IdentifiedBy::Card;
        let mut facts = vec![Fact::VisitOpened { visit, subject: Subject::Resident(resident), by }];
        let pressure = |(systolic, diastolic): &(u16, u16)| Pressure {
            systolic: MmHg(*systolic),
            diastolic: MmHg(*diastolic),
            pulse: None,
        };
        let bp: Vec<Pressure> = stay.bp.iter().map(pressure).collect();
        let pressures = bp.iter().map(|pressure| Value::Pressure { pressure: *pressure, pulse_id: None });
        let level = |tenths| GlucoseLevel::Value(MmolPerLitre(Decimal::new(tenths, 1)));
        let glucose = stay.fasting.map(|tenths| Value::Glucose { level: level(tenths), kind: GlucoseKind::Fasting });
        let waist = stay.waist.map(|tenths| Value::Waist(Centimetres(Decimal::new(tenths, 1))));
        for value in pressures.chain(glucose).chain(waist) {
            let id = self.id();
            let measurement = Measurement { id, visit, at, value, source: Source::Typed, quality: Vec::new() };
            facts.push(Fact::MeasurementTaken { measurement });
        }
        let answers = Answers(stay.told.into_iter().collect());
        facts.push(Fact::QuestionsAnswered { visit, answers });
        let mean = health_hut::assess::series::mean(&bp).filter(|_| bp.len() > 1);
        let mean = mean.map(|value| Derived { id: self.id(), value, of: Vec::new() });
        facts.push(Fact::VisitConcluded { visit, began: at, ending: Ending::Result, mean, bmi: None });
        if let Some(id) = stay.advice {
            let items = vec![ChosenGuidance { id: id.to_owned(), version: 1, because: Vec::new() }];
            facts.push(Fact::GuidanceGiven { guidance: self.id(), visit, items });
        }
        facts.into_iter().for_each(|fact| self.chronicle.add(at, fact));
        let mut judged: Option<Case> = None;
        self.chronicle.cases(|past, case| judged = (past.id == visit).then_some(case).or(judged.take()));
        let assessment = assess(&self.rules, &judged.unwrap());
        let evaluation = self.id();
        self.chronicle.add(at, Fact::RiskEvaluated { evaluation, visit, basis: Vec::new(), assessment, issue: None });
        visit
    }

    fn flag(&mut self, visit: VisitId, resident: ResidentId, register: bool) -> FlagId {
        let (flag, day) = (self.id(), NaiveDate::from_ymd_opt(2026, 6, 1).unwrap());
        let (task, evaluation, registration) = (self.id(), self.id(), self.id());
        let level = Urgency::Routine;
        self.chronicle.add(moment("2026-06-01"), Fact::RiskFlagged { flag, task, evaluation, visit, level, due: day });
        if register {
            let fact = Fact::HighRiskRegistered { registration, flag, resident, criteria: Vec::new(), from: day };
            self.chronicle.add(moment("2026-06-01"), fact);
        }
        flag
    }

    fn decides(&mut self, flag: FlagId, decision: Decision) {
        let (review, task, by) = (self.id(), self.id(), self.id());
        let fact = Fact::RiskReviewed { review, flag, task, decision, by, rules: String::new() };
        self.chronicle.add(moment("2026-06-02"), fact);
    }

    fn count(&self, id: &str) -> Count {
        let day = |text: &str| text.parse().unwrap();
        let (from, to) = (day("2026-01-01"), day("2026-12-31"));
        let guidance = self.rules.guidance();
        Evidence { chronicle: &self.chronicle, guidance, station: "example", from, to }.count(id).unwrap()
    }

    /// Numerator, denominator, undecided.
    fn counts(&self, id: &str) -> (usize, Option<usize>, usize) {
        let count = self.count(id);
        (count.numerator.len(), count.denominator.map(|denominator| denominator.len()), count.undecided.len())
    }
}

fn moment(day: &str) -> Moment {
    let wall = DateTime::parse_from_rfc3339(&format!("{day}T09:00:00+08:00")).unwrap();
    Moment { wall, since_boot_ms: 0, boot: Uuid::nil(), trust: ClockTrust::Trusted }
}

fn high() -> Stay {
    Stay { bp: vec![(132, 84), (134, 84)], ..Stay::default() }
}

#[test]
fn the_edition_that_judged_would_judge_the_same_again() {
    let mut past = Past::new();
    let person = past.resident("1956-03-01", Sex::Female);
    for day in ["2026-06-01", "2026-06-10", "2026-06-20"] {
        past.visit(person, day, Stay { bp: vec![(150, 92), (148, 90)], fasting: Some(65), ..Stay::default() });
    }
    let outcome = reassess(&past.rules, &past.chronicle, "2026-11").unwrap();
    assert_eq!((outcome.visits, outcome.passed_over, outcome.changes), (3, 0, Vec::new()));
}

#[test]
fn another_profile_says_who_would_change_and_in_what() {
    let mut past = Past::new();
    let person = past.resident("1956-03-01", Sex::Male);
    let smoker = past.visit(
        person,
        "2026-06-01",
        Stay { bp: vec![(120, 70), (120, 70)], told: vec![(Question::Smoking, Answer::Current)], ..Stay::default() },
    );
    let other = past.resident("1956-03-01", Sex::Male);
    past.visit(other, "2026-06-02", Stay { bp: vec![(120, 70), (120, 70)], ..Stay::default() });
    // The other list of high-risk criteria knows no smoking.
    let outcome = reassess(&past.rules, &past.chronicle, "chronic-risk-4b").unwrap();
    assert_eq!((outcome.visits, outcome.changes.len()), (2, 1));
    let change = &outcome.changes[0];
    assert_eq!((change.visit.clone(), change.resident.clone()), (smoker.to_string(), Some(person.to_string())));
    let keys: Vec<_> = change.keys.iter().map(|(key, ..)| key.as_str()).collect();
    assert_eq!(keys, ["high_risk", "register", "urgency"]);
    let fault = reassess(&past.rules, &past.chronicle, "2031-01").unwrap_err().to_string();
    assert!(fault.contains("`2031-01`") && fault.contains("2026-11") && fault.contains("default"), "{fault}");
}

#[test]
fn answers_of_more_than_a_year_ago_are_not_used() {
    let mut past = Past::new();
    let person = past.resident("1956-03-01", Sex::Male);
    past.visit(
        person,
        "2025-01-10",
        Stay { bp: vec![(120, 70)], told: vec![(Question::Smoking, Answer::Current)], ..Stay::default() },
    );
    past.visit(person, "2026-01-10", Stay { bp: vec![(120, 70)], ..Stay::default() });
    past.visit(person, "2026-01-11", Stay { bp: vec![(120, 70)], ..Stay::default() });
    let registers: Vec<Register> =
        past.chronicle.visits().iter().map(|visit| visit.evaluation.as_ref().unwrap().1.register).collect();
    assert_eq!(registers, [Register::HighRisk, Register::HighRisk, Register::None]);
}

#[test]
fn registration_and_management_are_counted_from_flags_and_decisions() {
    let mut past = Past::new();
    let people: Vec<ResidentId> = (0..4).map(|_| past.resident("1970-05-05", Sex::Female)).collect();
    let visits: Vec<VisitId> = people.iter().map(|person| past.visit(*person, "2026-06-01", high())).collect();
    let flags: Vec<FlagId> = (0..4).map(|place| past.flag(visits[place], people[place], place != 3)).collect();
    assert_eq!(past.counts("ind.high_risk_registration"), (3, Some(4), 0));
    assert_eq!(past.counts("ind.high_risk_management"), (0, Some(3), 0));
    let follow_up = "2026-12-01".parse().ok();
    past.decides(flags[0], Decision::Confirmed { criteria: Vec::new(), managed: true, follow_up });
    past.decides(flags[1], Decision::Confirmed { criteria: Vec::new(), managed: true, follow_up: None });
    assert_eq!(past.counts("ind.high_risk_management"), (1, Some(3), 0));
    // A finding that a doctor set aside leaves both sides.
    past.decides(flags[2], Decision::Dismissed { reason: DismissReason::MeasurementError });
    assert_eq!(past.counts("ind.high_risk_registration"), (2, Some(3), 0));
    assert_eq!(past.counts("ind.high_risk_management"), (1, Some(2), 0));
    let gap: BTreeSet<_> = past.count("ind.high_risk_registration").denominator.unwrap();
    assert!(gap.contains(&people[3].to_string()) && !gap.contains(&people[2].to_string()));
}

#[test]
fn guidance_first_visits_and_smokers_are_counted() {
    let mut past = Past::new();
    let old = past.resident("1950-05-05", Sex::Male);
    let young = past.resident("2000-05-05", Sex::Male);
    let smokes = |advice| Stay {
        bp: vec![(120, 70)],
        told: vec![(Question::Smoking, Answer::Current)],
        advice,
        ..Stay::default()
    };
    past.visit(old, "2026-02-01", Stay { waist: Some(800), ..Stay::default() });
    past.visit(old, "2026-03-01", smokes(Some("smoking")));
    past.visit(young, "2026-03-01", smokes(None));
    past.visit(young, "2025-03-01", smokes(None));
    assert_eq!(past.counts("ind.individual_guidance"), (1, Some(3), 0));
    // The first visit of the year of the old man had no pressure; the young one is under 35.
    assert_eq!(past.counts("ind.first_visit_bp"), (0, Some(1), 0));
    assert_eq!(past.counts("ind.smoking_rate"), (2, Some(2), 0));
    assert_eq!(past.counts("ind.brief_cessation"), (1, Some(2), 0));
    assert_eq!(past.counts("ind.elderly_checkup"), (1, None, 0));
    assert_eq!(past.counts("ind.selfcheck_coverage"), (1, None, 0));
}

#[test]
fn known_patients_and_their_control_are_counted() {
    let mut past = Past::new();
    let known = |bp, fasting| Stay {
        bp,
        fasting,
        told: vec![(Question::Hypertension, Answer::Yes), (Question::Diabetes, Answer::Yes)],
        ..Stay::default()
    };
    let controlled = past.resident("1980-05-05", Sex::Male);
    for (day, systolic) in [("2026-02-01", 150), ("2026-04-01", 150), ("2026-07-01", 135), ("2026-10-01", 130)] {
        past.visit(controlled, day, known(vec![(systolic, 80), (systolic, 80)], Some(65)));
    }
    let not = past.resident("1980-05-05", Sex::Male);
    past.visit(not, "2026-02-01", known(vec![(150, 80), (150, 80)], Some(80)));
    // The limit from 65 on is not signed yet.
    let aged = past.resident("1950-05-05", Sex::Male);
    past.visit(aged, "2026-02-01", known(vec![(145, 80), (145, 80)], None));
    let newly = past.resident("1980-05-05", Sex::Male);
    for day in ["2026-06-01", "2026-06-10", "2026-06-20"] {
        past.visit(newly, day, Stay { bp: vec![(150, 92), (148, 90)], fasting: Some(75), ..Stay::default() });
    }
    assert_eq!(past.counts("ind.bp_control"), (1, Some(3), 1));
    assert_eq!(past.counts("ind.glucose_control"), (1, Some(2), 0));
    assert_eq!(past.counts("ind.htn_management"), (3, None, 0));
    assert_eq!(past.counts("ind.dm_management"), (2, None, 0));
    assert_eq!(past.counts("ind.htn_standard_management"), (1, Some(3), 0));
    assert_eq!(past.counts("ind.htn_awareness"), (3, Some(4), 0));
    assert_eq!(past.counts("ind.dm_awareness"), (3, Some(4), 0));
    assert_eq!(past.count("ind.four_techniques").numerator, BTreeSet::from(["glucose".to_owned()]));
}

#[test]
fn every_indicator_that_a_check_point_can_evidence_is_counted() {
    let past = Past::new();
    let list = seeds::indicators().unwrap();
    assert_eq!(list.len(), 24);
    for indicator in list {
        let (from, to) = ("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        let guidance = past.rules.guidance();
        let evidence = Evidence { chronicle: &past.chronicle, guidance, station: "example", from, to };
        let count = evidence.count(&indicator.id);
        let may = indicator.coverage != Coverage::Note && indicator.not_counted.is_none();
        assert_eq!(count.is_some(), may, "{}", indicator.id);
        let outside = count.is_some_and(|count| count.denominator.is_none());
        assert_eq!(outside, indicator.outside, "{}", indicator.id);
    }
}
