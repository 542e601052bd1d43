//! Invented people and their visits, the same at every call: what the demo shows and the tests send.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::model::fact::{Derived, Ending, IdentifiedBy, SymptomAnswer};
use crate::model::finding::{ChosenGuidance, Reason};
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, RawValue, Value};
use crate::model::resident::{Answer, ConsentAnswer, ConsentSwitch, Personal, Question};
use crate::model::station::{Instrument, Site, StationKind};
use crate::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::*;

/// The moment every story starts: 2026-11-22, 08:30 in Beijing.
pub fn opening() -> Moment {
    let wall: DateTime<FixedOffset> =
        DateTime::parse_from_rfc3339("2026-11-22T08:30:00+08:00").expect("a literal that parses");
    Moment { wall, since_boot_ms: 1_000, boot: Uuid::from_u128(1), trust: ClockTrust::Trusted }
}

/// Makes Facts and units in a row, one invented minute apart.
#[derive(Clone, Debug)]
pub struct Story {
    mint: Mint,
    now: Moment,
    site: Site,
    doctor: StaffId,
    site_unit: UnitId,
}

/// What a visit left behind, to go on from.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The Facts, in order.
    pub facts: Vec<NewFact>,
    /// The units they complete, in order.
    pub units: Vec<Unit>,
    /// Who.
    pub resident: Resident,
    /// Which visit.
    pub visit: VisitId,
    /// The flag with its request, when one was raised.
    pub flag: Option<(FlagId, TaskId)>,
}

impl Story {
    /// A new station; the same seed makes the same ids.
    pub fn new(seed: u8) -> Self {
        let mut mint = Mint::new([seed; 32]);
        let now = opening();
        let instrument = |mint: &mut Mint, role: &str, model: &str| Instrument {
            id: mint.id(now),
            role: role.into(),
            model: model.into(),
        };
        let instruments = vec![
            instrument(&mut mint, "blood_pressure", "bp-example"),
            instrument(&mut mint, "height_weight", "hw-example"),
            instrument(&mut mint, "glucose", "glu-example"),
        ];
        let site = Site {
            organisation: mint.id(now),
            location: mint.id(now),
            terminal: mint.id(now),
            station: station(),
            instruments,
            software: "0.1.0".into(),
            rules: "rules-2026.11".into(),
        };
        let doctor = mint.id(now);
        let site_unit = mint.id(now);
        Self { mint, now, site, doctor, site_unit }
    }

    /// The station with its doctor, as one unit.
    pub fn site(&mut self) -> (Vec<NewFact>, Vec<Unit>) {
        let facts = vec![
            self.fact(Fact::SiteConfigured { site: self.site.clone() }),
            self.fact(Fact::StaffAdded { staff: self.doctor, name: "示例村医".into(), role: "doctor".into() }),
        ];
        let unit = Unit {
            id: self.site_unit,
            kind: UnitKind::Site,
            lane: Lane::Housekeeping,
            subject: None,
            facts: facts.iter().map(|fact| fact.id).collect(),
            after: Vec::new(),
            kept_back: None,
        };
        (facts, vec![unit])
    }

    /// Invented person number `n`, with a citizen number of a region that does not exist.
    pub fn resident(&mut self, n: u16) -> Resident {
        let id_number = IdNumber::parse(&citizen_number(n)).expect("made with its check character");
        Resident {
            id: self.id(),
            name: Some(Personal(format!("测试{n}"))),
            sex: id_number.sex(),
            birth_date: id_number.birth_date(),
            id_number,
            phone: Some(Personal("00000000000".into())),
        }
    }

    /// A visit of somebody new: nothing conspicuous, one unit in lane 3.
    pub fn visit(&mut self, n: u16) -> Chapter {
        let resident = self.resident(n);
        self.visit_of(resident, true)
    }

    /// A visit of a person; `first` also keeps the record and the consents.
    pub fn visit_of(&mut self, resident: Resident, first: bool) -> Chapter {
        let visit: VisitId = self.id();
        let began = self.now;
        let mut facts = Vec::new();
        if first {
            facts.push(self.fact(Fact::ResidentKept { resident: resident.clone() }));
            let answers = self.consents();
            let consent = Fact::ConsentAnswered { resident: resident.id, text_version: "kiosk-v1".into(), answers };
            facts.push(self.fact(consent));
        }
        let subject = Subject::Resident(resident.id);
        facts.push(self.fact(Fact::VisitOpened { visit, subject, by: IdentifiedBy::Card }));
        facts.extend(self.readings(visit));
        facts.push(self.questions(visit));
        let concluded = self.concluded(visit, began, &facts);
        facts.push(concluded);
        let unit = self.unit(UnitKind::Visit, Lane::Visits, resident.id, &facts, vec![self.site_unit]);
        Chapter { facts, units: vec![unit], resident, visit, flag: None }
    }

    /// A visit that leads to an urgent finding, a flag and a registration: two units in lane 1.
    pub fn high_risk_visit(&mut self, n: u16) -> Chapter {
        let mut chapter = self.visit(n);
        chapter.units[0].lane = Lane::Urgent;
        let (flag, task) = (self.id(), self.id());
        let facts = self.evaluated(&chapter, flag, task);
        let after = vec![chapter.units[0].id];
        let unit = self.unit(UnitKind::Evaluation, Lane::Urgent, chapter.resident.id, &facts, after);
        chapter.facts.extend(facts);
        chapter.units.push(unit);
        chapter.flag = Some((flag, task));
        chapter
    }

    /// What followed on the urgent page: one more reading, the symptom tiles, a more urgent flag.
    pub fn addendum(&mut self, chapter: &Chapter) -> (Vec<NewFact>, Vec<Unit>) {
        let reading = self.pressure(chapter.visit, 178, 108);
        let told = SymptomAnswer::Told(vec!["headache".into()]);
        let mut facts = vec![reading, self.fact(Fact::SymptomsAnswered { visit: chapter.visit, answer: told })];
        let basis = measurements(&facts);
        let evaluation = self.id();
        let mut assessment = assessment();
        assessment.urgency = Urgency::Emergency;
        let (visit, issue) = (chapter.visit, None);
        facts.push(self.fact(Fact::RiskEvaluated { evaluation, visit, basis, assessment, issue }));
        if let Some((flag, _)) = chapter.flag {
            facts.push(self.fact(Fact::FlagRaised { flag, evaluation, level: Urgency::Emergency }));
        }
        let after = chapter.units.iter().map(|unit| unit.id).collect();
        let unit = self.unit(UnitKind::Addendum, Lane::Urgent, chapter.resident.id, &facts, after);
        (facts, vec![unit])
    }

    /// A doctor decides on the flag of a chapter.
    ///
    /// # Panics
    /// When the chapter raised no flag.
    pub fn review(&mut self, chapter: &Chapter, decision: Decision) -> (Vec<NewFact>, Vec<Unit>) {
        let (flag, task) = chapter.flag.expect("a chapter with a flag");
        let review = self.id();
        let rules = self.site.rules.clone();
        let facts = vec![self.fact(Fact::RiskReviewed { review, flag, task, decision, by: self.doctor, rules })];
        let after = chapter.units.iter().map(|unit| unit.id).collect();
        let unit = self.unit(UnitKind::Review, Lane::Reviews, chapter.resident.id, &facts, after);
        (facts, vec![unit])
    }

    /// The usual decision with a referral.
    pub fn referral(&mut self) -> Decision {
        Decision::Referred {
            referral: self.id(),
            to: "示例县医院".into(),
            urgent: true,
            outcome_due: self.now.day() + Duration::days(14),
        }
    }

    /// A new identifier.
    pub fn id<T: From<Uuid>>(&mut self) -> T {
        self.mint.id(self.now)
    }

    /// A Fact of the next minute.
    pub fn fact(&mut self, fact: Fact) -> NewFact {
        self.now.wall += Duration::minutes(1);
        self.now.since_boot_ms += 60_000;
        NewFact { id: self.id(), at: self.now, fact }
    }

    fn unit(&mut self, kind: UnitKind, lane: Lane, person: ResidentId, facts: &[NewFact], after: Vec<UnitId>) -> Unit {
        let facts = facts.iter().map(|fact| fact.id).collect();
        Unit { id: self.id(), kind, lane, subject: Some(Subject::Resident(person)), facts, after, kept_back: None }
    }

    fn consents(&mut self) -> Vec<ConsentAnswer> {
        let switches = [ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload];
        switches.into_iter().map(|switch| ConsentAnswer { id: self.id(), switch, permit: true }).collect()
    }

    fn readings(&mut self, visit: VisitId) -> Vec<NewFact> {
        vec![
            self.pressure(visit, 186, 112),
            self.pressure(visit, 182, 110),
            self.taken(visit, Value::Height(Centimetres(Decimal::new(1680, 1))), device("height_weight", None)),
            self.taken(visit, Value::Weight(Kilograms(Decimal::new(784, 1))), device("height_weight", None)),
            self.taken(visit, Value::Waist(Centimetres(Decimal::new(940, 1))), Source::Typed),
            self.glucose(visit),
        ]
    }

    fn pressure(&mut self, visit: VisitId, systolic: u16, diastolic: u16) -> NewFact {
        let pulse = Some(BeatsPerMinute(84));
        let pressure = Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse };
        let pulse_id = Some(self.id());
        self.taken(visit, Value::Pressure { pressure, pulse_id }, device("blood_pressure", Some(12)))
    }

    fn glucose(&mut self, visit: VisitId) -> NewFact {
        let level = GlucoseLevel::Value(MmolPerLitre(Decimal::new(76, 1)));
        let mut source = device("glucose", None);
        if let Source::Device { raw, .. } = &mut source {
            *raw = Some(RawValue { value: Decimal::from(137), unit: "mg/dL".into() });
        }
        self.taken(visit, Value::Glucose { level, kind: GlucoseKind::Fasting }, source)
    }

    /// A Fact of one more reading.
    pub fn taken(&mut self, visit: VisitId, value: Value, mut source: Source) -> NewFact {
        let id = self.id();
        let mut fact = self.fact(Fact::StaffSignedIn { by: self.doctor });
        if let Source::Device { device_time: Some(time), .. } = &mut source {
            // The device's own clock is a few seconds ahead of ours.
            *time += fact.at.wall.naive_local() - opening().wall.naive_local();
        }
        let measurement = Measurement { id, visit, at: fact.at, value, source, quality: Vec::new() };
        fact.fact = Fact::MeasurementTaken { measurement };
        fact
    }

    fn questions(&mut self, visit: VisitId) -> NewFact {
        let answers = [(Question::Smoking, Answer::Current), (Question::FamilyHypertension, Answer::NotSure)];
        self.fact(Fact::QuestionsAnswered { visit, answers: Answers(answers.into_iter().collect()) })
    }

    fn concluded(&mut self, visit: VisitId, began: Moment, facts: &[NewFact]) -> NewFact {
        let of = |wanted: fn(&Value) -> bool| -> Vec<MeasurementId> {
            let taken = facts.iter().filter_map(|fact| match &fact.fact {
                Fact::MeasurementTaken { measurement } if wanted(&measurement.value) => Some(measurement.id),
                _ => None,
            });
            taken.collect()
        };
        let pressures = of(|value| matches!(value, Value::Pressure { .. }));
        let body = of(|value| matches!(value, Value::Height(_) | Value::Weight(_)));
        let mean = Some(Derived { id: self.id(), value: [184, 111], of: pressures });
        let bmi = Some(Derived { id: self.id(), value: Decimal::new(278, 1), of: body });
        self.fact(Fact::VisitConcluded { visit, began, ending: Ending::Result, mean, bmi })
    }

    fn evaluated(&mut self, chapter: &Chapter, flag: FlagId, task: TaskId) -> Vec<NewFact> {
        let visit = chapter.visit;
        let (evaluation, issue) = (self.id(), Some(self.id()));
        let basis = measurements(&chapter.facts);
        let evaluated = Fact::RiskEvaluated { evaluation, visit, basis, assessment: assessment(), issue };
        let items = vec![ChosenGuidance { id: "bp.see-doctor".into(), version: 3, because: vec!["bp.grade3".into()] }];
        let guidance = Fact::GuidanceGiven { guidance: self.id(), visit, items };
        let due = self.now.day() + Duration::days(1);
        let flagged = Fact::RiskFlagged { flag, task, evaluation, visit, level: Urgency::Urgent, due };
        let registered = Fact::HighRiskRegistered {
            registration: self.id(),
            flag,
            resident: chapter.resident.id,
            criteria: vec![RowId::from("risk.bp")],
            from: self.now.day(),
        };
        [evaluated, guidance, flagged, registered].into_iter().map(|fact| self.fact(fact)).collect()
    }
}

fn measurements(facts: &[NewFact]) -> Vec<MeasurementId> {
    let taken = facts.iter().filter_map(|fact| match &fact.fact {
        Fact::MeasurementTaken { measurement } => Some(measurement.id),
        _ => None,
    });
    taken.collect()
}

fn device(role: &str, ahead_s: Option<i64>) -> Source {
    let device_time = ahead_s.map(|seconds| opening().wall.naive_local() + Duration::seconds(seconds));
    Source::Device { role: role.into(), model: format!("{role}-example"), device_time, raw: None }
}

fn station() -> Station {
    Station {
        id: "demo-hut".into(),
        name_zh: "示例村健康小屋".into(),
        name_en: "Example hut".into(),
        kind: StationKind::HealthHut,
        organisation_zh: "示例镇卫生院".into(),
        machine: 1,
        phone: String::new(),
        doctor_zh: String::new(),
        doctor_en: String::new(),
        referral_to: Vec::new(),
        kits: Vec::new(),
    }
}

/// Invented results; no clinical limits.
fn assessment() -> Assessment {
    let reason = |of: &str, row: &str, value: &str, bound: &str| Reason {
        of: of.into(),
        row: row.into(),
        source: "示例规则".into(),
        edition: "2026.11".into(),
        value: value.into(),
        bound: bound.into(),
    };
    Assessment {
        bp_mean: Some([184, 111]),
        bp_grade: Some("bp.grade3".into()),
        high_risk: vec!["risk.bp".into()],
        register: Register::HighRisk,
        urgency: Urgency::Urgent,
        reasons: vec![reason("high_risk", "risk.bp", "184", ">= 1"), reason("urgency", "bp.urgent", "184", ">= 1")],
        edition: "rules-2026.11".into(),
        ..Assessment::default()
    }
}

/// A number of region 999999, which does not exist, with the right check character.
fn citizen_number(n: u16) -> String {
    let birth = NaiveDate::from_ymd_opt(1950, 1, 1).expect("a day that exists") + Duration::days(i64::from(n));
    let body = format!("999999{}{:03}", birth.format("%Y%m%d"), n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize] as char;
    format!("{body}{check}")
}
