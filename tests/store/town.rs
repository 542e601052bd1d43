//! Invented people and their visits, as commits.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate};
use health_hut::assess::{Case, RuleBook, assess};
use health_hut::model::fact::{Derived, Ending, IdentifiedBy, SymptomAnswer};
use health_hut::model::finding::{ChosenGuidance, Reason};
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use health_hut::model::outbox::{Outcome, Receipt, Report};
use health_hut::model::resident::{AgeBand, Answer, ConsentAnswer, ConsentSwitch, Guest, Personal, Question};
use health_hut::model::review::DismissReason;
use health_hut::model::station::{Site, Station, StationKind};
use health_hut::model::unit::KeptBack;
use health_hut::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmHg, MmolPerLitre, body_mass_index};
use health_hut::model::*;
use health_hut::seeds;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rust_decimal::Decimal;
use uuid::Uuid;

pub const ALL: Consent = Consent { keep: true, doctor_view: true, upload: true };

/// Makes ids and moments, and what happens in the town.
pub struct Town {
    mint: Mint,
    dice: ChaCha12Rng,
    pub now: Moment,
}

/// A concluded visit.
pub struct Visit {
    pub id: VisitId,
    pub flag: Option<FlagId>,
    pub task: Option<TaskId>,
    /// The steps as they were stored: opened with a reading, a second reading, the conclusion.
    pub steps: Vec<Commit>,
    /// The visit's unit, then the evaluation's.
    pub units: Vec<UnitId>,
}

impl Town {
    pub fn new(seed: u8) -> Self {
        let wall: DateTime<FixedOffset> = "2026-03-02T08:00:00+08:00".parse().unwrap();
        let boot = Uuid::from_u128(0x3f1c_9a52_7d06_4be8_a417_c05e_92d3_68fb);
        let now = Moment { wall, since_boot_ms: 1_000, boot, trust: ClockTrust::Trusted };
        Self { mint: Mint::new([seed; 32]), dice: ChaCha12Rng::from_seed([seed; 32]), now }
    }

    pub fn id<T: From<Uuid>>(&mut self) -> T {
        self.mint.id(self.now)
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now.wall += Duration::seconds(seconds);
        self.now.since_boot_ms += seconds as u64 * 1000;
    }

    /// Power was cut and came back: the running time begins anew.
    pub fn reboot(&mut self) {
        self.now.boot = Uuid::from_u128(self.now.boot.as_u128() + 1);
        self.now.since_boot_ms = 0;
    }

    pub fn today(&self) -> NaiveDate {
        self.now.day()
    }

    pub fn fact(&mut self, fact: Fact) -> NewFact {
        self.pass(1);
        NewFact { id: self.id(), at: self.now, fact }
    }

    pub fn commit(&mut self, fact: Fact) -> Commit {
        Commit { facts: vec![self.fact(fact)], units: Vec::new() }
    }

    /// Another boot on another day.
    pub fn elsewhere(&mut self) {
        self.now.boot = self.id();
        let day = i64::from(self.roll(2000));
        self.now.wall += Duration::days(day);
    }

    pub fn resident(&mut self, number: u16) -> Resident {
        self.born_here(&format!("99990119520229{number:03}"), CANARY)
    }

    /// Somebody of any place, age and name.
    pub fn stranger(&mut self, number: u16) -> Resident {
        let place = [self.roll(70), self.roll(100), self.roll(100)].map(|part| format!("{part:02}")).concat();
        let born = NaiveDate::from_ymd_opt(1940 + i32::from(self.roll(50)), 1 + u32::from(self.roll(12)), 1).unwrap();
        let name: String =
            [(); 3].iter().filter_map(|()| char::from_u32(0x4e00 + u32::from(self.roll(9000)))).collect();
        self.born_here(&format!("{place}{}{number:03}", born.format("%Y%m%d")), &name)
    }

    fn born_here(&mut self, start: &str, name: &str) -> Resident {
        let id_number = "0123456789X".chars().find_map(|check| IdNumber::parse(&format!("{start}{check}")).ok());
        let id_number = id_number.expect("one check character fits");
        Resident {
            id: self.id(),
            sex: id_number.sex(),
            birth_date: id_number.birth_date(),
            id_number,
            name: Some(Personal(name.to_owned())),
            phone: None,
        }
    }

    pub fn kept(&mut self, resident: &Resident) -> NewFact {
        self.fact(Fact::ResidentKept { resident: resident.clone() })
    }

    pub fn consents(&mut self, resident: &Resident, consent: Consent) -> NewFact {
        let switches = [
            (ConsentSwitch::Keep, consent.keep),
            (ConsentSwitch::DoctorView, consent.doctor_view),
            (ConsentSwitch::Upload, consent.upload),
        ];
        let answers = switches.map(|(switch, permit)| ConsentAnswer { id: self.id(), switch, permit }).to_vec();
        self.fact(Fact::ConsentAnswered { resident: resident.id, text_version: "1".to_owned(), answers })
    }

    /// Record and consent of somebody new.
    pub fn arrives(&mut self, resident: &Resident, consent: Consent) -> Commit {
        Commit { facts: vec![self.kept(resident), self.consents(resident, consent)], units: Vec::new() }
    }

    pub fn guest(slip: u16) -> Subject {
        Subject::Guest(Guest { slip: SlipNumber(slip), sex: Sex::Female, age: AgeBand::From60 })
    }

    fn reading(&mut self, visit: VisitId, systolic: u16) -> NewFact {
        let pressure = Pressure { systolic: MmHg(systolic), diastolic: MmHg(88), pulse: Some(BeatsPerMinute(72)) };
        let value = Value::Pressure { pressure, pulse_id: Some(self.id()) };
        self.measured(visit, value)
    }

    fn measured(&mut self, visit: VisitId, value: Value) -> NewFact {
        let source = device("blood_pressure", "bp-omron-hbp9030");
        let measurement =
            Measurement { id: self.id(), visit, at: self.now, value, source, quality: vec![Quality::Movement] };
        self.fact(Fact::MeasurementTaken { measurement })
    }

    /// A visit as the client writes it, judged by the rules in force: two pressures, height and weight, waist, the
    /// questions of the year; `high` for a pressure that they flag. Each step has one moment, to the millisecond.
    pub fn whole_visit(&mut self, resident: &Resident, high: bool) -> Visit {
        let (visit, subject): (VisitId, _) = (self.id(), Subject::Resident(resident.id));
        self.later();
        let began = self.now;
        let mut steps = vec![vec![self.happens(Fact::VisitOpened { visit, subject, by: IdentifiedBy::Card })]];
        let systolic = if high { 146 } else { 112 } + self.roll(12);
        let pressures = [systolic, systolic - self.roll(6)].map(|systolic| Pressure {
            systolic: MmHg(systolic),
            diastolic: MmHg(systolic / 2 + 14 + self.roll(8)),
            pulse: Some(BeatsPerMinute(60 + self.roll(30))),
        });
        for pressure in pressures {
            let value = Value::Pressure { pressure, pulse_id: Some(self.id()) };
            let taken = self.takes(visit, value, device("blood_pressure", "bp-omron-hbp9030"));
            steps.last_mut().unwrap().push(taken);
            self.later();
            steps.push(Vec::new());
        }
        let height = Centimetres(Decimal::new(1500 + i64::from(self.roll(300)), 1));
        let weight = Kilograms(Decimal::new(480 + i64::from(self.roll(300)), 1));
        for value in [Value::Height(height), Value::Weight(weight)] {
            let taken = self.takes(visit, value, device("height_weight", "scale-gtech-gl150"));
            steps.last_mut().unwrap().push(taken);
        }
        self.later();
        let waist = Centimetres(Decimal::from(66 + self.roll(14)));
        steps.push(vec![self.takes(visit, Value::Waist(waist), Source::Typed)]);
        self.later();
        if self.roll(4) == 0 {
            let level = GlucoseLevel::Value(MmolPerLitre(Decimal::new(45 + i64::from(self.roll(15)), 1)));
            let value = Value::Glucose { level, kind: GlucoseKind::Fasting };
            steps.push(vec![self.takes(visit, value, device("glucose", "glucose-onetouch-ultra2"))]);
            self.later();
        }
        let asked = self.answers();
        let case = Case {
            sex: Some(resident.sex),
            bp: pressures.to_vec(),
            height: Some(height),
            weight: Some(weight),
            waist: Some(waist),
            ..Case::new(self.today(), resident.age_on(self.today()))
        };
        let assessment = assess(&RULES, &case.answered(&asked));
        let taken: Vec<Measurement> = steps
            .iter()
            .flatten()
            .filter_map(|new| match &new.fact {
                Fact::MeasurementTaken { measurement } => Some(measurement.clone()),
                _ => None,
            })
            .collect();
        let of = |pick: fn(&Value) -> bool| taken.iter().filter(|m| pick(&m.value)).map(|m| m.id).collect();
        let mean = assessment.bp_mean.map(|value| Derived {
            id: self.id(),
            value,
            of: of(|value| matches!(value, Value::Pressure { .. })),
        });
        let bmi = body_mass_index(weight, height).map(|value| Derived {
            id: self.id(),
            value,
            of: of(|value| matches!(value, Value::Height(_) | Value::Weight(_))),
        });
        let mut facts = vec![
            self.happens(Fact::QuestionsAnswered { visit, answers: asked }),
            self.happens(Fact::VisitConcluded { visit, began, ending: Ending::Result, mean, bmi }),
        ];
        let (evaluation, basis) = (self.id(), taken.iter().map(|measurement| measurement.id).collect());
        let items = assessment.guidance.clone();
        let level = assessment.urgency;
        facts.push(self.happens(Fact::RiskEvaluated { evaluation, visit, basis, assessment, issue: None }));
        let guidance = self.id();
        facts.push(self.happens(Fact::GuidanceGiven { guidance, visit, items }));
        let (mut flag, mut task) = (None, None);
        if level > Urgency::None {
            (flag, task) = (Some(self.id()), Some(self.id()));
            let (flag, task, due) = (flag.unwrap(), task.unwrap(), self.today());
            facts.push(self.happens(Fact::RiskFlagged { flag, task, evaluation, visit, level, due }));
            let (registration, resident, criteria) = (self.id(), resident.id, vec![RowId::from("hr.bp")]);
            let registered = Fact::HighRiskRegistered { registration, flag, resident, criteria, from: due };
            facts.push(self.happens(registered));
        }
        let ids = |facts: &[NewFact]| facts.iter().map(|fact| fact.id).collect::<Vec<_>>();
        let lane = if flag.is_some() { Lane::Urgent } else { Lane::Visits };
        let (judged, mut carried) = (ids(&facts[2..]), ids(&steps.concat()));
        carried.extend(ids(&facts[..2]));
        let [whole, evaluated]: [UnitId; 2] = [self.id(), self.id()];
        let unit =
            |id, kind, facts, after| Unit { id, kind, lane, subject: Some(subject), facts, after, kept_back: None };
        let units = vec![
            unit(whole, UnitKind::Visit, carried, Vec::new()),
            unit(evaluated, UnitKind::Evaluation, judged, vec![whole]),
        ];
        let mut steps: Vec<Commit> = steps.into_iter().map(|facts| Commit { facts, units: Vec::new() }).collect();
        steps.push(Commit { facts, units });
        Visit { id: visit, flag, task, steps, units: vec![whole, evaluated] }
    }

    fn answers(&mut self) -> Answers {
        let mut answers = Answers::default();
        for question in [Question::Hypertension, Question::Diabetes, Question::Dyslipidaemia] {
            answers.0.insert(question, Answer::No);
        }
        answers.0.insert(Question::OnAntihypertensives, Answer::No);
        if self.roll(3) == 0 {
            let habits = [Question::Smoking, Question::Alcohol, Question::Activity, Question::Salt];
            let chosen = [Answer::Never, Answer::No, Answer::Little, Answer::Some, Answer::Much];
            for question in habits {
                let answer = if question == Question::Smoking { 0 } else { usize::from(self.roll(5)) };
                answers.0.insert(question, chosen[answer]);
            }
            answers.0.insert(Question::FamilyDiabetes, Answer::No);
        }
        answers
    }

    fn takes(&mut self, visit: VisitId, value: Value, source: Source) -> NewFact {
        let measurement = Measurement { id: self.id(), visit, at: self.now, value, source, quality: Vec::new() };
        self.happens(Fact::MeasurementTaken { measurement })
    }

    /// A Fact of this very moment.
    fn happens(&mut self, fact: Fact) -> NewFact {
        NewFact { id: self.id(), at: self.now, fact }
    }

    /// Half a minute or so.
    fn later(&mut self) {
        let ms = 20_000 + u64::from(self.roll(20_000));
        self.now.wall += Duration::milliseconds(ms as i64);
        self.now.since_boot_ms += ms;
    }

    fn roll(&mut self, sides: u16) -> u16 {
        self.dice.next_u32() as u16 % sides
    }

    /// A whole visit; `level` of `None` raises no flag. Days are the caller's.
    pub fn visit(&mut self, subject: Subject, level: Option<Urgency>, kept_back: Option<KeptBack>) -> Visit {
        let visit: VisitId = self.id();
        let by = IdentifiedBy::Card;
        let opened = self.fact(Fact::VisitOpened { visit, subject, by });
        let began = opened.at;
        let first = self.reading(visit, 152);
        let second = self.reading(visit, 150);
        let height = self.measured(visit, Value::Height(Centimetres("168.0".parse().unwrap())));
        let asked = Answers([(Question::Smoking, Answer::Never)].into());
        let questions = self.fact(Fact::QuestionsAnswered { visit, answers: asked });
        let basis = vec![self.id(), self.id()];
        let mean = Some(Derived { id: self.id(), value: [151, 88], of: basis.clone() });
        let ending = if level >= Some(Urgency::Urgent) { Ending::UrgentPage } else { Ending::Result };
        let concluded = self.fact(Fact::VisitConcluded { visit, began, ending, mean, bmi: None });
        let evaluation = self.id();
        let issue = None;
        let assessment = assessment(level);
        let evaluated = self.fact(Fact::RiskEvaluated { evaluation, visit, basis, assessment, issue });
        let items = vec![ChosenGuidance { id: "salt".to_owned(), version: 1, because: vec!["bp.grade1".to_owned()] }];
        let guidance = self.id();
        let guided = self.fact(Fact::GuidanceGiven { guidance, visit, items });
        let carried: Vec<FactId> =
            [&opened, &first, &second, &height, &questions, &concluded].iter().map(|fact| fact.id).collect();
        let mut judged = vec![evaluated, guided];
        let (mut flag, mut task) = (None, None);
        if let Some(level) = level {
            (flag, task) = (Some(self.id()), Some(self.id()));
            judged.extend(self.flagged(subject, visit, evaluation, flag.unwrap(), task.unwrap(), level));
        }
        let lane = if level.is_some() { Lane::Urgent } else { Lane::Visits };
        let whole = Unit {
            id: self.id(),
            kind: UnitKind::Visit,
            lane,
            subject: Some(subject),
            facts: carried,
            after: Vec::new(),
            kept_back,
        };
        let evaluation = Unit {
            id: self.id(),
            kind: UnitKind::Evaluation,
            lane,
            subject: Some(subject),
            facts: judged.iter().map(|fact| fact.id).collect(),
            after: vec![whole.id],
            kept_back,
        };
        let units = vec![whole.id, evaluation.id];
        let conclusion = [height, questions, concluded].into_iter().chain(judged).collect();
        let steps = vec![
            Commit { facts: vec![opened, first], units: Vec::new() },
            Commit { facts: vec![second], units: Vec::new() },
            Commit { facts: conclusion, units: vec![whole, evaluation] },
        ];
        Visit { id: visit, flag, task, steps, units }
    }

    fn flagged(
        &mut self,
        subject: Subject,
        visit: VisitId,
        evaluation: EvaluationId,
        flag: FlagId,
        task: TaskId,
        level: Urgency,
    ) -> Vec<NewFact> {
        let (due, from) = (self.today(), self.today());
        let mut facts = vec![self.fact(Fact::RiskFlagged { flag, task, evaluation, visit, level, due })];
        if let Subject::Resident(resident) = subject {
            let criteria = vec![RowId::from("hr.bp")];
            let registration = self.id();
            facts.push(self.fact(Fact::HighRiskRegistered { registration, flag, resident, criteria, from }));
        }
        if level >= Urgency::Urgent {
            let answer = SymptomAnswer::Told(Vec::new());
            facts.push(self.fact(Fact::SymptomsAnswered { visit, answer }));
        }
        facts
    }

    pub fn review(&mut self, visit: &Visit, decision: Decision) -> Commit {
        let (review, flag, task) = (self.id(), visit.flag.unwrap(), visit.task.unwrap());
        let by = self.id();
        let rules = "demo".to_owned();
        let reviewed = self.fact(Fact::RiskReviewed { review, flag, task, decision, by, rules });
        let unit = Unit {
            id: self.id(),
            kind: UnitKind::Review,
            lane: Lane::Reviews,
            subject: None,
            facts: vec![reviewed.id],
            after: vec![visit.units[1]],
            kept_back: None,
        };
        Commit { facts: vec![reviewed], units: vec![unit] }
    }

    pub fn staff(&mut self, name: &str, role: &str) -> (StaffId, Commit) {
        let staff = self.id();
        (staff, self.commit(Fact::StaffAdded { staff, name: name.to_owned(), role: role.to_owned() }))
    }

    pub fn site(&mut self) -> Site {
        let station = Station {
            id: "demo".to_owned(),
            name_zh: "示例小屋".to_owned(),
            name_en: "Demo hut".to_owned(),
            kind: StationKind::HealthHut,
            organisation_zh: "示例卫生院".to_owned(),
            machine: 1,
            phone: String::new(),
            doctor_zh: String::new(),
            doctor_en: String::new(),
            referral_to: Vec::new(),
            kits: Vec::new(),
        };
        let (organisation, location, terminal) = (self.id(), self.id(), self.id());
        let (software, rules) = ("0.1.0".to_owned(), "demo".to_owned());
        Site { organisation, location, terminal, station, instruments: Vec::new(), software, rules }
    }
}

/// What the sync hands over when the platform has taken a unit: the receipts that later messages ask for.
pub fn taken(unit: UnitId, facts: &[NewFact]) -> Report {
    let receipts = facts.iter().flat_map(|new| match &new.fact {
        Fact::ResidentKept { resident } => vec![receipt("Patient", resident.id.0, None)],
        Fact::ConsentAnswered { answers, .. } => {
            answers.iter().map(|answer| receipt("Consent", answer.id.0, None)).collect()
        }
        Fact::RiskFlagged { flag, task, .. } => {
            vec![receipt("Flag", flag.0, Some("W/\"1\"")), receipt("Task", task.0, Some("W/\"1\""))]
        }
        Fact::HighRiskRegistered { registration, .. } => {
            vec![receipt("EpisodeOfCare", registration.0, Some("W/\"1\""))]
        }
        _ => Vec::new(),
    });
    Report { unit, outcome: Outcome::Delivered(receipts.collect()) }
}

fn receipt(kind: &str, id: Uuid, etag: Option<&str>) -> Receipt {
    Receipt { resource: format!("{kind}/{id}"), server_id: None, etag: etag.map(str::to_owned) }
}

fn device(role: &str, model: &str) -> Source {
    Source::Device { role: role.to_owned(), model: model.to_owned(), device_time: None, raw: None }
}

static RULES: LazyLock<RuleBook> = LazyLock::new(|| seeds::rule_book(None).unwrap());

fn assessment(level: Option<Urgency>) -> Assessment {
    let reason = |of: &str, row: &str| Reason {
        of: of.to_owned(),
        row: RowId::from(row),
        source: "invented".to_owned(),
        edition: "demo".to_owned(),
        value: "151".to_owned(),
        bound: ">= 140".to_owned(),
    };
    Assessment {
        bp_mean: Some([151, 88]),
        bp_grade: Some(RowId::from("bp.grade1")),
        register: if level.is_some() { Register::HighRisk } else { Register::None },
        urgency: level.unwrap_or_default(),
        reasons: vec![reason("bp_grade", "bp.grade1"), reason("high_risk", "hr.bp")],
        edition: "demo".to_owned(),
        ..Assessment::default()
    }
}

pub fn dismissed() -> Decision {
    Decision::Dismissed { reason: DismissReason::MeasurementError }
}

pub fn confirmed() -> Decision {
    Decision::Confirmed { criteria: vec![RowId::from("hr.bp")], managed: true, follow_up: None }
}

/// A name that must never be seen in a log or an error.
pub const CANARY: &str = "测试金丝雀";
