//! A reading never lands on another person, and nobody finds anything of the one before (ux.md 13, checks 6 and 7;
//! reliability-security.md S1 and S2).

use std::collections::{BTreeMap, VecDeque};
use std::mem::{Discriminant, discriminant};

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};
use health_hut::model::device::{Card, DeviceEvent, GlucoseRecord, Monitor, Origin, Role, Sensed};
use health_hut::model::measurement::{GlucoseLevel, Pressure, Source};
use health_hut::model::resident::{AgeBand, Answer, ConsentSwitch, Personal, Question};
use health_hut::model::review::DeskCounts;
use health_hut::model::units::{BeatsPerMinute, Celsius, Centimetres, Kilograms, MmHg, MmolPerLitre, Percent};
use health_hut::model::{
    ClockTrust, Commit, Consent, Duty, Fact, IdNumber, Mint, Moment, Past, Resident, ResidentId, Sex, StaffId, Subject,
    UnitKind, Value, VisitId,
};
use health_hut::seeds;
use health_hut::session::doctor::{DeskEvent, DeskTap, StaffMember};
use health_hut::session::measure::Meal;
use health_hut::session::{
    Effect, Event, Item, Order, Overlay, Paper, PressureStep, Query, Screen, State, Symptom, Tap, World, update,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Invented people: no region has these numbers.
const PEOPLE: [(&str, &str); 3] =
    [("测试芳", "999999197108122043"), ("测试丁", "999999197001010017"), ("测试丙", "999999198503150022")];
const FANG: usize = 0;
const DING: usize = 1;
const BING: usize = 2;

/// A client whose store answers when it is told to, and remembers who agreed to what.
struct Hut {
    world: World,
    state: State,
    now: Moment,
    known: BTreeMap<String, Past>,
    /// With the store, not answered yet.
    waiting: VecDeque<Commit>,
    /// The store does not answer by itself.
    slow: bool,
    kept: Vec<Commit>,
    orders: Vec<(Role, Order)>,
    prints: usize,
    witness: Witness,
    #[cfg(feature = "kiosk")]
    window: Option<health_hut::kiosk::pictures::TouchPanel>,
}

/// Something to do with a hut, by name.
type Way = (&'static str, fn(&mut Hut));

/// Who was there, told apart from what the session thinks.
#[derive(Default)]
struct Witness {
    /// The number of whoever said 是我 last, and has not gone.
    there: Option<String>,
    /// Whose each visit is; `None` is a guest.
    owners: BTreeMap<VisitId, Option<String>>,
    /// The open visit and the person in front when each reading was made.
    readings: Vec<(Option<VisitId>, Option<String>)>,
    /// Readings that were stored, with their kind.
    stored: Vec<(usize, Discriminant<Value>)>,
    last: Option<(Role, DeviceEvent)>,
}

fn world() -> World {
    let fitted = [
        (Role::IdCard, "idcard-sdt-sam"),
        (Role::BloodPressure, "bp-omron-hbp9030"),
        (Role::HeightWeight, "scale-gtech-gl150"),
        (Role::BodyComposition, "body-tanita-csv"),
        (Role::Glucose, "glucose-onetouch-ultra2"),
        (Role::Spo2, "spo2-contec-cms50"),
        (Role::Temperature, "temp-suretemp-plus"),
        (Role::Printer, "printer-escpos"),
    ];
    World {
        station: seeds::station(seeds::DEMO_STATION).unwrap().unwrap(),
        rules: seeds::rule_book(None).unwrap(),
        consent: Some(seeds::consent(None).unwrap()),
        fitted: fitted.map(|(role, model)| (role, model.to_owned())).into(),
        monitor: Monitor::default(),
        duty: Duty::default(),
        card_opens_history: false,
    }
}

fn card(person: usize) -> Card {
    let (name, number) = PEOPLE[person];
    let number = IdNumber::parse(number).unwrap();
    Card { name: Personal(name.to_owned()), sex: number.sex(), birth_date: number.birth_date(), number, valid_to: None }
}

impl Hut {
    fn open() -> Self {
        let wall: DateTime<FixedOffset> = DateTime::parse_from_rfc3339("2026-11-22T08:40:00+08:00").unwrap();
        let now = Moment { wall, since_boot_ms: 0, boot: Uuid::nil(), trust: ClockTrust::Trusted };
        let mut hut = Self {
            world: world(),
            state: State::new(now, [7; 32]),
            now,
            known: BTreeMap::new(),
            waiting: VecDeque::new(),
            slow: false,
            kept: Vec::new(),
            orders: Vec::new(),
            prints: 0,
            witness: Witness::default(),
            #[cfg(feature = "kiosk")]
            window: None,
        };
        let roles: Vec<Role> = hut.world.fitted.keys().copied().collect();
        roles.into_iter().for_each(|role| hut.hears(role, DeviceEvent::Up));
        hut
    }

    /// This person has been here before and has agreed to the text in force, or only to an older one.
    fn knows(&mut self, person: usize, agreed: bool) {
        let card = card(person);
        let resident = Resident {
            id: Mint::new([person as u8; 32]).id(self.now),
            id_number: card.number,
            name: Some(card.name),
            sex: card.sex,
            birth_date: card.birth_date,
            phone: None,
        };
        let consent = agreed.then_some(Consent { keep: true, doctor_view: true, upload: true });
        let past = Past { resident: Some(resident), consent, ..Past::default() };
        self.known.insert(PEOPLE[person].1.to_owned(), past);
    }

    fn take(&mut self, event: Event) {
        let (state, effects) = update(&self.world, self.state.clone(), self.now, event);
        self.state = state;
        #[cfg(feature = "kiosk")]
        if let Some(window) = &self.window {
            window.tell(self.state.clone());
        }
        self.meets_visit();
        for effect in effects {
            self.carry_out(effect);
        }
    }

    /// A visit that is new belongs to whoever is there.
    fn meets_visit(&mut self) {
        let Some(visit) = &self.state.visit else { return };
        let whose = match visit.subject {
            Subject::Resident(_) => self.witness.there.clone(),
            Subject::Guest(_) => None,
        };
        let number = visit.who.number.as_ref().map(|number| number.reveal().to_owned());
        let owner = self.witness.owners.entry(visit.id).or_insert_with(|| whose.clone());
        assert_eq!(*owner, whose, "a visit changed hands");
        assert!(owner.is_none() || *owner == number, "a visit of somebody who is not there");
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Record(commit) => {
                self.check(&commit);
                self.waiting.push_back(commit);
                if !self.slow {
                    self.keep();
                }
            }
            Effect::Load(Query::Past(number)) => {
                let past = self.known.get(number.reveal()).cloned().unwrap_or_default();
                self.take(Event::Past(Box::new(past)));
            }
            Effect::Load(Query::Slips) => self.take(Event::Slips(Vec::new())),
            Effect::Load(Query::Registered(..)) => self.take(Event::Registered(Vec::new())),
            Effect::Load(Query::Desk) => {
                let staff = StaffMember { id: doctor(), name: "李建国".to_owned(), role: "doctor".to_owned() };
                let counts = DeskCounts::default();
                self.take(Event::Desk(DeskEvent::Loaded { cases: Vec::new(), counts, staff: vec![staff] }));
            }
            Effect::Load(Query::Pin(staff, _)) => self.take(Event::Desk(DeskEvent::Pin(staff, Ok(())))),
            Effect::Order(role, order) => self.orders.push((role, order)),
            Effect::Print(_) => self.prints += 1,
            Effect::Tone(_) | Effect::SyncNow | Effect::SyncByHand => {}
        }
    }

    /// The store answers the oldest commit.
    fn keep(&mut self) {
        let Some(commit) = self.waiting.pop_front() else { return };
        for new in &commit.facts {
            match &new.fact {
                Fact::ResidentKept { resident } => {
                    let past = self.known.entry(resident.id_number.reveal().to_owned()).or_default();
                    past.resident = Some(resident.clone());
                }
                Fact::ConsentAnswered { resident, answers, .. } => {
                    let allows = |switch| answers.iter().any(|answer| answer.switch == switch && answer.permit);
                    let consent = Consent {
                        keep: allows(ConsentSwitch::Keep),
                        doctor_view: allows(ConsentSwitch::DoctorView),
                        upload: allows(ConsentSwitch::Upload),
                    };
                    let of = |past: &&mut Past| past.resident.as_ref().is_some_and(|known| known.id == *resident);
                    self.known.values_mut().find(of).unwrap().consent = Some(consent);
                }
                _ => {}
            }
        }
        self.kept.push(commit);
        self.take(Event::Recorded(Ok(())));
    }

    /// Every stored reading belongs to the visit that was open when it was made, and that visit to the one who was there.
    fn check(&mut self, commit: &Commit) {
        for new in &commit.facts {
            match &new.fact {
                Fact::VisitOpened { visit, subject: Subject::Resident(id), .. } => {
                    let owner = self.witness.owners[visit].as_ref().expect("a resident's visit");
                    assert_eq!(self.resident(owner), Some(*id), "the record of somebody else");
                    let agreed = self.known[owner].consent.is_some_and(|consent| consent.keep);
                    assert!(agreed, "the visit of somebody who has not agreed");
                }
                Fact::MeasurementTaken { measurement } => {
                    let Source::Device { device_time: Some(time), .. } = &measurement.source else { continue };
                    let place = usize::try_from((*time - first_time()).num_seconds()).unwrap();
                    let (open, there) = &self.witness.readings[place];
                    assert_eq!(Some(measurement.visit), *open, "a reading in a visit that was not open");
                    let owner = &self.witness.owners[&measurement.visit];
                    assert!(owner.is_none() || owner == there, "a reading of somebody else");
                    let stored = (place, discriminant(&measurement.value));
                    assert!(!self.witness.stored.contains(&stored), "a reading stored twice");
                    self.witness.stored.push(stored);
                }
                _ => {}
            }
        }
        let visits = commit.units.iter().filter(|unit| unit.kind == UnitKind::Visit).count();
        assert!(visits <= 1);
    }

    fn resident(&self, number: &str) -> Option<ResidentId> {
        self.known.get(number)?.resident.as_ref().map(|resident| resident.id)
    }

    fn taps(&mut self, tap: Tap) {
        self.pass(500);
        match (&self.state.screen, &self.state.overlay, &tap) {
            (Screen::Confirm(candidate), None, Tap::Yes) if !self.state.shows_call() => {
                self.witness.there = candidate.who.number.as_ref().map(|number| number.reveal().to_owned());
            }
            (Screen::Guest(_), ..) => self.witness.there = None,
            _ => {}
        }
        self.take(Event::Tap(tap));
    }

    fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.taps(Tap::Key(key)));
    }

    fn hears(&mut self, role: Role, event: DeviceEvent) {
        self.take(Event::Device(role, event));
    }

    fn card(&mut self, person: usize) {
        self.hears(Role::IdCard, DeviceEvent::Card(card(person)));
    }

    fn waits(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(1000);
            self.take(Event::Tick);
        }
    }

    /// Twelve minutes without anybody.
    fn rests(&mut self) {
        for _ in 0..72 {
            self.pass(10_000);
            self.take(Event::Tick);
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now.since_boot_ms += ms;
        self.now.wall += TimeDelta::milliseconds(i64::try_from(ms).unwrap());
    }

    /// A device measures; the reading carries its number as the device's time.
    fn measures(&mut self, role: Role, sensed: Sensed) {
        let origin = self.made(role);
        let event = DeviceEvent::Reading { sensed, quality: Vec::new(), origin };
        self.witness.last = Some((role, event.clone()));
        self.hears(role, event);
    }

    fn made(&mut self, role: Role) -> Origin {
        let open = self.state.visit.as_ref().map(|visit| visit.id);
        let time = first_time() + TimeDelta::seconds(self.witness.readings.len() as i64);
        self.witness.readings.push((open, self.witness.there.clone()));
        Origin { role, model: self.world.fitted[&role].clone(), device_time: Some(time), raw: None }
    }

    fn bp(&mut self, systolic: u16, diastolic: u16) {
        let pulse = Some(BeatsPerMinute(76));
        let pressure = Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse };
        self.measures(Role::BloodPressure, Sensed::Pressure(pressure));
    }

    fn body(&mut self, grams: i64) {
        let height = Some(Centimetres(Decimal::new(1652, 1)));
        self.measures(Role::HeightWeight, Sensed::Body { height, weight: Kilograms(Decimal::new(grams / 100, 1)) });
    }

    fn glucose(&mut self, tenths: &[i64]) {
        self.hears(Role::Glucose, DeviceEvent::Ready);
        let level = |tenths| GlucoseLevel::Value(MmolPerLitre(Decimal::new(tenths, 1)));
        let record =
            |tenths| GlucoseRecord { level: level(tenths), quality: Vec::new(), origin: self.made(Role::Glucose) };
        let records = tenths.iter().copied().map(record).collect();
        self.hears(Role::Glucose, DeviceEvent::Records(records));
    }

    /// Every device says something.
    fn everything(&mut self) {
        self.bp(147, 93);
        self.body(71_300);
        self.measures(Role::BodyComposition, Sensed::Body { height: None, weight: Kilograms(Decimal::new(713, 1)) });
        self.glucose(&[79]);
        self.measures(Role::Spo2, Sensed::Oxygen(Percent(96)));
        self.measures(Role::Temperature, Sensed::Temperature(Celsius(Decimal::new(371, 1))));
    }

    /// The last reading comes once more.
    fn again(&mut self) {
        if let Some((role, event)) = self.witness.last.clone() {
            self.hears(role, event);
        }
    }

    /// From anywhere without a visit to R06.
    fn identifies(&mut self, person: usize) {
        self.card(person);
        self.taps(Tap::Yes);
        if matches!(self.state.screen, Screen::Consent(_)) {
            self.taps(Tap::Switch(ConsentSwitch::Keep));
            self.taps(Tap::Agree);
        }
        assert_eq!(self.state.screen.id(), "R06");
    }

    /// From R06 to R11.
    fn seated(&mut self) {
        for tap in [Tap::Item(Item::Pressure), Tap::Habit(None), Tap::Next, Tap::Next] {
            self.taps(tap);
        }
        self.waits(3);
        self.taps(Tap::Rested);
        assert_eq!(self.state.screen.id(), "R11");
    }

    /// From R06 to R20, by way of the tape.
    fn reaches_result(&mut self) {
        self.taps(Tap::Item(Item::Waist));
        self.keys("87.5");
        self.taps(Tap::Next);
        for _ in 0..4 {
            if matches!(self.state.screen, Screen::Question(_)) {
                self.taps(Tap::Skip);
            }
        }
        self.waits(2);
        assert_eq!(self.state.screen.id(), "R20");
    }

    fn stored(&self) -> usize {
        self.witness.stored.len()
    }

    fn taken(&self) -> usize {
        self.state.visit.as_ref().map_or(0, |visit| visit.taken.len())
    }

    /// Nothing of anybody is left in the session: names, numbers and codes are shown as `…` by everything that holds one.
    fn is_clean(&self) {
        assert!(self.waiting.is_empty() && self.state.all_saved());
        let left = format!("{:?}", self.state);
        assert!(self.state.visit.is_none());
        for trace in ["…", "MmHg(", "Kilograms(", "Centimetres(", "MmolPerLitre(", "Assessment {"] {
            let place = left.find(trace).map(|at| left[..at].chars().rev().take(80).collect::<String>());
            assert!(
                place.is_none(),
                "{trace} is left after {:?}",
                place.map(|text| text.chars().rev().collect::<String>())
            );
        }
    }
}

fn doctor() -> StaffId {
    Uuid::from_u128(9).into()
}

fn first_time() -> NaiveDateTime {
    "2026-01-01T00:00:00".parse().unwrap()
}

#[test]
fn what_a_device_delivers_after_the_end_is_nobodys() {
    for finishes in [true, false] {
        let mut hut = Hut::open();
        hut.identifies(FANG);
        hut.reaches_result();
        if finishes {
            hut.taps(Tap::Finish);
            assert_eq!(hut.state.screen.id(), "R24");
            hut.everything();
            hut.waits(11);
        } else {
            hut.waits(110);
        }
        assert_eq!(hut.state.screen.id(), "R01");
        hut.everything();
        hut.card(DING);
        hut.everything();
        hut.taps(Tap::Yes);
        assert_eq!(hut.state.screen.id(), "R05");
        hut.everything();
        hut.taps(Tap::Switch(ConsentSwitch::Keep));
        hut.taps(Tap::Agree);
        hut.everything();
        assert_eq!((hut.state.screen.id(), hut.taken(), hut.stored()), ("R06", 0, 0));
    }
}

/// A device that was told to begin is told to end, however the visit ends.
#[test]
fn every_device_is_told_that_its_step_is_over() {
    let begun: [Way; 4] = [
        ("R11", Hut::seated),
        ("R13", |hut| hut.taps(Tap::Item(Item::Body))),
        ("R19", |hut| hut.taps(Tap::Item(Item::Others))),
        ("R16", |hut| {
            for tap in [Tap::Item(Item::Glucose), Tap::Meal(Meal::Other), Tap::Next, Tap::Skip, Tap::Skip, Tap::Skip] {
                if !matches!(hut.state.screen, Screen::Glucose(_)) {
                    hut.taps(tap);
                }
            }
        }),
    ];
    let ends: [fn(&mut Hut); 2] = [
        |hut| hut.waits(260),
        |hut| {
            hut.card(DING);
            hut.taps(Tap::SwitchPerson);
        },
    ];
    for (screen, begin) in begun {
        for end in ends {
            let mut hut = Hut::open();
            hut.identifies(FANG);
            begin(&mut hut);
            assert_eq!(hut.state.screen.id(), screen);
            let told =
                |hut: &Hut, role: Role| hut.orders.iter().rev().find(|(to, _)| *to == role).map(|(_, order)| *order);
            let roles: Vec<Role> = hut.world.fitted.keys().copied().collect();
            let busy: Vec<Role> = roles.into_iter().filter(|role| told(&hut, *role) == Some(Order::Begin)).collect();
            assert!(!busy.is_empty(), "{screen}");
            end(&mut hut);
            assert!(hut.state.visit.is_none(), "{screen}");
            for role in busy {
                assert_eq!(told(&hut, role), Some(Order::End), "{screen}: {role}");
            }
        }
    }
}

/// ux.md 13, check 7.
#[test]
fn a_card_laid_down_in_the_middle_changes_nobodys_readings() {
    let mut hut = Hut::open();
    hut.identifies(FANG);
    hut.seated();
    hut.card(DING);
    assert!(matches!(hut.state.overlay, Some(Overlay::OtherCard { .. })));
    // The cuff is on the arm of the one who sits there.
    hut.bp(124, 78);
    assert_eq!((hut.state.screen.id(), hut.taken(), hut.stored()), ("R12", 1, 1));
    hut.waits(21);
    assert_eq!(hut.state.overlay, None);
    hut.waits(40);
    assert_eq!(hut.state.screen.id(), "R11");
    hut.card(DING);
    hut.taps(Tap::SwitchPerson);
    assert_eq!(hut.state.screen.id(), "R04");
    hut.bp(131, 82);
    hut.taps(Tap::Yes);
    hut.bp(131, 82);
    hut.taps(Tap::Switch(ConsentSwitch::Keep));
    hut.taps(Tap::Agree);
    assert_eq!((hut.taken(), hut.stored()), (0, 1), "what the monitor brought meanwhile is nobody's");
    hut.seated();
    hut.bp(118, 76);
    assert_eq!((hut.taken(), hut.stored()), (1, 2));
    let visits: Vec<VisitId> = hut.kept.iter().flat_map(|commit| &commit.facts).filter_map(taken_in).collect();
    assert!(visits.len() == 2 && visits[0] != visits[1]);
}

fn taken_in(new: &health_hut::model::NewFact) -> Option<VisitId> {
    match &new.fact {
        Fact::MeasurementTaken { measurement } => Some(measurement.visit),
        _ => None,
    }
}

/// The store answers late: what it says of the one before moves nobody on.
#[test]
fn who_comes_next_is_not_told_saved_for_the_one_before() {
    let mut hut = Hut::open();
    hut.knows(DING, true);
    hut.identifies(FANG);
    hut.slow = true;
    hut.taps(Tap::Item(Item::Waist));
    hut.keys("84");
    hut.taps(Tap::Next);
    hut.card(DING);
    hut.taps(Tap::SwitchPerson);
    hut.identifies(DING);
    hut.taps(Tap::Item(Item::Waist));
    hut.keys("91");
    hut.taps(Tap::Next);
    let saving = |hut: &Hut| matches!(&hut.state.screen, Screen::Waist(form) if form.saving);
    while hut.waiting.front().is_some_and(|commit| !of(commit, &hut)) {
        assert!(saving(&hut), "{}", hut.state.screen.id());
        hut.keep();
    }
    assert!(saving(&hut), "moved on by the answer to somebody else");
    hut.keep();
    assert!(!saving(&hut));
}

/// 返回 on R06 asks for the result; while the store is slow a second touch asks for nothing more, and ends nothing.
#[test]
fn a_result_that_is_on_its_way_is_asked_for_once() {
    let mut hut = Hut::open();
    hut.knows(DING, true);
    let known = hut.known.get_mut(PEOPLE[DING].1).unwrap();
    let told = [Question::Hypertension, Question::Diabetes, Question::Dyslipidaemia];
    let life = [Question::Smoking, Question::Alcohol, Question::Activity, Question::Salt];
    let family =
        [Question::FamilyHypertension, Question::FamilyDiabetes, Question::FamilyStroke, Question::FamilyHeart];
    known.answers.0.extend(told.into_iter().chain(life).chain(family).map(|question| (question, Answer::No)));
    hut.identifies(DING);
    hut.taps(Tap::Item(Item::All));
    hut.seated();
    hut.bp(122, 78);
    hut.waits(60);
    hut.bp(120, 76);
    hut.taps(Tap::Back);
    assert_eq!(hut.state.screen.id(), "R06");
    hut.slow = true;
    hut.taps(Tap::Back);
    hut.taps(Tap::Back);
    assert_eq!((hut.state.screen.id(), hut.waiting.len()), ("R06", 1));
    hut.keep();
    assert_eq!((hut.state.screen.id(), hut.waiting.len()), ("R20", 0));
}

/// The commit is of the visit that runs.
fn of(commit: &Commit, hut: &Hut) -> bool {
    let visit = hut.state.visit.as_ref().map(|visit| visit.id);
    commit.facts.iter().filter_map(taken_in).any(|taken| Some(taken) == visit)
}

#[test]
fn who_comes_next_has_not_agreed_because_the_one_before_did() {
    let mut hut = Hut::open();
    hut.knows(DING, false);
    hut.card(FANG);
    hut.taps(Tap::Yes);
    hut.slow = true;
    hut.taps(Tap::Switch(ConsentSwitch::Keep));
    hut.taps(Tap::Agree);
    hut.card(DING);
    hut.taps(Tap::SwitchPerson);
    hut.taps(Tap::Yes);
    assert_eq!(hut.state.screen.id(), "R05");
    hut.keep();
    assert_eq!((hut.state.screen.id(), hut.state.visit.is_none()), ("R05", true));
    // Nor before the own answer is kept.
    hut.taps(Tap::Switch(ConsentSwitch::Keep));
    hut.taps(Tap::Agree);
    assert_eq!(hut.state.screen.id(), "R05");
    hut.keep();
    assert_eq!(hut.state.screen.id(), "R06");
}

/// The next card lies on the reader before the page with the goodbye has gone.
#[test]
fn two_people_take_turns_quickly() {
    let mut hut = Hut::open();
    for turn in 0..3 {
        for person in [FANG, DING] {
            hut.identifies(person);
            let fresh = hut.state.visit.as_ref().unwrap();
            assert!(fresh.taken.is_empty() && fresh.answers.0.is_empty() && !fresh.slip, "turn {turn}");
            hut.taps(Tap::Item(Item::Body));
            hut.body(60_000 + 1_000 * person as i64);
            hut.taps(Tap::Yes);
            for _ in 0..4 {
                if matches!(hut.state.screen, Screen::Question(_)) {
                    hut.taps(Tap::Skip);
                }
            }
            hut.waits(2);
            hut.taps(Tap::Print);
            hut.taps(Tap::Finish);
            assert_eq!(hut.state.screen.id(), "R24");
        }
    }
    assert_eq!(hut.stored(), 12);
    assert_eq!(hut.witness.owners.len(), 6);
}

/// A slip that comes out late is the one before's: the next has none to take.
#[test]
fn a_slip_is_told_to_the_one_who_asked_for_it() {
    let mut hut = Hut::open();
    hut.identifies(FANG);
    hut.reaches_result();
    hut.taps(Tap::Print);
    hut.taps(Tap::Finish);
    hut.identifies(DING);
    hut.hears(Role::Printer, DeviceEvent::Printed(Ok(())));
    assert!(!hut.state.visit.as_ref().unwrap().slip);
    hut.reaches_result();
    hut.taps(Tap::TakeByPhone);
    hut.hears(Role::Printer, DeviceEvent::Printed(Ok(())));
    let Screen::Slip(page) = &hut.state.screen else { panic!("{}", hut.state.screen.id()) };
    assert_eq!(page.paper, None);
    hut.taps(Tap::Print);
    hut.taps(Tap::Back);
    hut.hears(Role::Printer, DeviceEvent::Printed(Ok(())));
    assert!(hut.state.visit.as_ref().unwrap().slip, "their own, although they looked at the result meanwhile");
    assert_eq!(hut.prints, 2);
}

/// A monitor whose line was cut before it heard that its reading arrived sends it once more.
#[test]
fn a_reading_that_comes_twice_counts_once_and_for_nobody_else() {
    let mut hut = Hut::open();
    hut.identifies(FANG);
    hut.seated();
    hut.bp(124, 78);
    hut.again();
    hut.waits(61);
    assert_eq!(hut.state.screen.id(), "R11");
    hut.again();
    assert_eq!((hut.state.screen.id(), hut.taken()), ("R11", 1));
    hut.card(DING);
    hut.taps(Tap::SwitchPerson);
    hut.identifies(DING);
    hut.seated();
    hut.again();
    assert_eq!((hut.state.screen.id(), hut.taken()), ("R11", 0));
    // Two people may well have the same pressure.
    hut.bp(124, 78);
    assert_eq!((hut.state.screen.id(), hut.taken(), hut.stored()), ("R12", 1, 2));
}

/// Every way out, from the middle of something personal.
const ENDS: [Way; 9] = [
    ("finished", |hut| {
        hut.identifies(FANG);
        hut.reaches_result();
        hut.taps(Tap::Print);
        hut.hears(Role::Printer, DeviceEvent::Printed(Ok(())));
        hut.taps(Tap::Finish);
        hut.is_clean();
        hut.waits(11);
    }),
    ("timed out on the result", |hut| {
        hut.identifies(FANG);
        hut.reaches_result();
        hut.waits(110);
    }),
    ("timed out on the slip", |hut| {
        hut.identifies(FANG);
        hut.reaches_result();
        hut.taps(Tap::TakeByPhone);
        hut.waits(110);
    }),
    ("timed out after a reading", |hut| {
        hut.identifies(FANG);
        hut.seated();
        hut.bp(124, 78);
        hut.waits(300);
    }),
    ("timed out on the scale", |hut| {
        hut.identifies(FANG);
        hut.taps(Tap::Item(Item::Body));
        hut.body(71_300);
        hut.waits(80);
    }),
    ("not me", |hut| {
        hut.card(FANG);
        hut.taps(Tap::No);
        hut.is_clean();
        hut.waits(60);
    }),
    ("silent about the consent", |hut| {
        hut.card(FANG);
        hut.taps(Tap::Yes);
        hut.taps(Tap::Switch(ConsentSwitch::Keep));
        hut.waits(110);
    }),
    ("a guest", |hut| {
        hut.taps(Tap::Screen);
        for tap in [Tap::Guest, Tap::Sex(Sex::Female), Tap::Age(AgeBand::From50), Tap::Next] {
            hut.taps(tap);
        }
        hut.reaches_result();
        hut.taps(Tap::Finish);
        hut.waits(6);
    }),
    ("staff", |hut| {
        hut.identifies(FANG);
        hut.seated();
        hut.bp(188, 116);
        assert_eq!(hut.state.screen.id(), "R22");
        hut.taps(Tap::Symptom(Symptom::Chest));
        for tap in [Tap::Staff, Tap::Desk(DeskTap::Person(0))] {
            hut.taps(tap);
        }
        hut.keys("481526");
        hut.taps(Tap::Next);
        assert_eq!(hut.state.screen.id(), "D02");
        hut.taps(Tap::Desk(DeskTap::Lock));
    }),
];

#[test]
fn nothing_of_a_person_is_left_in_the_session_after_any_end() {
    for (name, end) in ENDS {
        let mut hut = Hut::open();
        end(&mut hut);
        assert_eq!(hut.state.screen.id(), "R01", "{name}");
        hut.is_clean();
        // Late answers of machines bring nothing back.
        hut.everything();
        hut.hears(Role::Printer, DeviceEvent::Printed(Ok(())));
        hut.is_clean();
        hut.taps(Tap::Screen);
        hut.is_clean();
    }
}

/// What somebody may do on the page in front; with luck it leads on.
fn sensible(state: &State, luck: u8) -> Vec<Tap> {
    let one = |taps: &[Tap]| vec![taps[usize::from(luck) % taps.len()].clone()];
    if state.shows_call() {
        return one(&[Tap::CancelCall, Tap::Received, Tap::Unwell]);
    }
    match &state.overlay {
        Some(Overlay::OtherCard { .. }) => return one(&[Tap::SwitchPerson, Tap::Here, Tap::SwitchPerson]),
        Some(Overlay::StillThere { .. }) => return one(&[Tap::Here, Tap::No, Tap::Here]),
        None => {}
    }
    match &state.screen {
        Screen::Idle => one(&[Tap::Screen]),
        Screen::Identify => one(&[Tap::Guest]),
        Screen::Guest(_) => vec![Tap::Sex(Sex::Male), Tap::Age(AgeBand::From60), Tap::Next],
        Screen::Confirm(_) => one(&[Tap::Yes, Tap::Yes, Tap::Yes, Tap::Yes, Tap::No]),
        Screen::Consent(_) if luck.is_multiple_of(5) => one(&[Tap::Refuse, Tap::Back]),
        Screen::Consent(form) if form.consent.keep => one(&[Tap::Agree]),
        Screen::Consent(_) => vec![Tap::Switch(ConsentSwitch::Keep), Tap::Agree],
        Screen::Choose => one(&[
            Tap::Item(Item::Pressure),
            Tap::Item(Item::Body),
            Tap::Item(Item::Waist),
            Tap::Item(Item::Glucose),
            Tap::Item(Item::Others),
            Tap::Item(Item::All),
            Tap::Next,
            Tap::Back,
        ]),
        Screen::Pressure(PressureStep::Before { .. }) => one(&[Tap::Habit(None)]),
        Screen::Pressure(PressureStep::Rest { .. }) => one(&[Tap::Rested]),
        Screen::Pressure(PressureStep::Measuring { .. }) => one(&[Tap::Here, Tap::Here, Tap::Here, Tap::Stop]),
        Screen::Pressure(_) => one(&[Tap::Next]),
        Screen::Body(_) => one(&[Tap::Yes, Tap::Yes, Tap::Yes, Tap::No, Tap::Skip, Tap::Back]),
        Screen::Waist(_) => vec![Tap::Key('8'), Tap::Key('8'), Tap::Next],
        Screen::Meal(_) => vec![Tap::Meal(Meal::Other), Tap::Next],
        Screen::Glucose(_) => one(&[Tap::Record(0), Tap::Record(1), Tap::Skip, Tap::Back]),
        Screen::Others(_) => one(&[Tap::Next, Tap::Next, Tap::No, Tap::Skip, Tap::Back]),
        Screen::Question(_) => one(&[Tap::Skip, Tap::Skip, Tap::Illness(None)]),
        Screen::Result(_) => one(&[Tap::Finish, Tap::Print, Tap::TakeByPhone, Tap::Trend]),
        Screen::Trend(_) | Screen::Slip(_) => one(&[Tap::Back, Tap::Finish]),
        Screen::Urgent(_) => {
            one(&[Tap::Symptom(Symptom::None), Tap::RefuseRepeat, Tap::CloseUrgent, Tap::CallAgain, Tap::Received])
        }
        Screen::Goodbye(_) => one(&[Tap::Finish]),
        _ => one(&[Tap::Back]),
    }
}

/// What the page in front waits for.
fn awaited(hut: &mut Hut, luck: u8) {
    match &hut.state.screen {
        Screen::Pressure(PressureStep::Rest { .. } | PressureStep::Between { .. }) => hut.waits(301),
        Screen::Pressure(_) | Screen::Urgent(_) if luck.is_multiple_of(4) => hut.bp(188, 116),
        Screen::Pressure(_) | Screen::Urgent(_) => hut.bp(110 + u16::from(luck % 40), 70),
        Screen::Body(_) => hut.body(60_000 + 100 * i64::from(luck)),
        Screen::Glucose(_) => hut.glucose(if luck.is_multiple_of(3) { &[61, 62] } else { &[58] }),
        Screen::Others(_) => hut.measures(Role::Spo2, Sensed::Oxygen(Percent(95))),
        _ => {}
    }
}

/// One thing that happens.
fn happens(hut: &mut Hut, (what, luck): (u8, u8)) {
    let person = usize::from(luck) % PEOPLE.len();
    match what {
        0 => hut.card(person),
        1 => hut.waits(u64::from(luck) % 6 + 1),
        2 => hut.waits(u64::from(luck) / 2),
        3 => hut.bp(110 + u16::from(luck % 40), 70),
        4 => hut.body(60_000 + 100 * i64::from(luck)),
        5 => hut.glucose(&[58]),
        6..=8 => awaited(hut, luck),
        9 => hut.again(),
        10 => hut.slow = !hut.slow,
        11 | 12 => hut.keep(),
        13 if luck.is_multiple_of(7) => hut.taps(Tap::CallStaff),
        13 => hut.hears(Role::Printer, DeviceEvent::Printed(Ok(()))),
        _ => sensible(&hut.state, luck).into_iter().for_each(|tap| hut.taps(tap)),
    }
    // 第 1 次已记好 is true (R2).
    if let Screen::Pressure(PressureStep::Between { trouble: None, failed: 0, .. }) = &hut.state.screen {
        assert!(!hut.waiting.iter().any(|commit| of(commit, hut)), "R12 says kept before it is");
    }
    if let Screen::Slip(page) = &hut.state.screen {
        assert!(page.paper != Some(Paper::Printed) || hut.state.visit.as_ref().is_some_and(|visit| visit.slip));
    }
    if hut.state.visit.is_none() && matches!(hut.state.screen, Screen::Idle | Screen::Goodbye(_)) {
        hut.witness.there = None;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Cards, readings, touches and ends in any order, with a store that answers when it likes: [`Hut::check`] watches.
    #[test]
    fn no_order_of_events_gives_a_reading_to_somebody_else(
        events in prop::collection::vec((0u8..32, any::<u8>()), 1..160),
        known in 0u8..4,
    ) {
        let mut hut = Hut::open();
        hut.knows(DING, known & 1 != 0);
        if known & 2 != 0 {
            hut.knows(BING, true);
        }
        events.into_iter().for_each(|event| happens(&mut hut, event));
        // Everybody goes; the store comes to rest.
        hut.slow = false;
        while !hut.waiting.is_empty() {
            hut.keep();
        }
        hut.rests();
        hut.taps(Tap::CloseUrgent);
        hut.rests();
        prop_assert_eq!(hut.state.screen.id(), "R01");
        hut.is_clean();
    }
}

/// The table above tells its persons apart.
#[test]
fn the_witness_sees_a_reading_in_the_wrong_visit() {
    let mut hut = Hut::open();
    hut.identifies(FANG);
    hut.seated();
    // As if somebody else had been there when it was made.
    hut.witness.there = Some(PEOPLE[BING].1.to_owned());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hut.bp(124, 78)));
    assert!(caught.is_err());
}

#[cfg(feature = "kiosk")]
mod window {
    use std::sync::Arc;

    use health_hut::kiosk::pictures::{Size, TouchPanel};
    use hut_ui::ScreenId;

    use super::*;

    const PAGES: [ScreenId; 27] = [
        ScreenId::Idle,
        ScreenId::Identify,
        ScreenId::IdPad,
        ScreenId::Guest,
        ScreenId::Confirm,
        ScreenId::Consent,
        ScreenId::Choose,
        ScreenId::Cuff,
        ScreenId::Posture,
        ScreenId::Rest,
        ScreenId::Measuring,
        ScreenId::Between,
        ScreenId::Body,
        ScreenId::Waist,
        ScreenId::GlucoseContext,
        ScreenId::Glucose,
        ScreenId::Others,
        ScreenId::Entry,
        ScreenId::Question,
        ScreenId::Result,
        ScreenId::Trend,
        ScreenId::Slip,
        ScreenId::Urgent,
        ScreenId::Goodbye,
        ScreenId::Pin,
        ScreenId::Queue,
        ScreenId::Decide,
    ];

    /// What is shown of 测试芳: masked name, last four, waist, pressures, weight.
    const TRACES: [&str; 6] = ["测*芳", "2043", "87.5", "124", "188", "71.3"];

    fn watched() -> Hut {
        let mut hut = Hut::open();
        let panel = TouchPanel::new(Arc::new(hut.world.clone()), Size::panel(1280, 800), |_| {}).unwrap();
        panel.show(&hut.state);
        hut.window = Some(panel);
        hut
    }

    fn traces(hut: &mut Hut) -> Vec<String> {
        let window = hut.window.take().unwrap();
        let told = |page: &ScreenId| window.left_on(*page).join("\n");
        let left = PAGES.iter().flat_map(|page| {
            let told = told(page);
            let found = TRACES.into_iter().filter(move |trace| told.contains(trace));
            found.map(move |trace| format!("{trace} on {page:?}"))
        });
        left.collect()
    }

    #[test]
    fn nothing_of_a_person_is_left_in_any_page_after_any_end() {
        for (name, end) in ENDS {
            let mut hut = watched();
            end(&mut hut);
            assert_eq!(traces(&mut hut), Vec::<String>::new(), "{name}");
        }
    }

    /// Without R01 in between: the next card lies there already.
    #[test]
    fn nothing_of_a_person_is_left_in_any_page_for_the_next() {
        let nexts: [Way; 3] = [
            ("at the goodbye", |hut| {
                hut.reaches_result();
                hut.taps(Tap::Finish);
                hut.card(DING);
            }),
            ("in the middle", |hut| {
                hut.seated();
                hut.bp(124, 78);
                hut.card(DING);
                hut.taps(Tap::SwitchPerson);
            }),
            ("on the result", |hut| {
                hut.reaches_result();
                hut.card(DING);
                hut.taps(Tap::SwitchPerson);
            }),
        ];
        for (name, next) in nexts {
            let mut hut = watched();
            hut.identifies(FANG);
            next(&mut hut);
            assert_eq!(hut.state.screen.id(), "R04", "{name}");
            assert_eq!(traces(&mut hut), Vec::<String>::new(), "{name}");
        }
    }

    /// The pages are looked through, and the traces are what they show.
    #[test]
    fn the_search_finds_what_is_there() {
        let mut hut = watched();
        hut.identifies(FANG);
        hut.reaches_result();
        let found = traces(&mut hut);
        assert!(found.iter().any(|trace| trace == "87.5 on Result"), "{found:?}");
        let mut hut = watched();
        hut.identifies(FANG);
        hut.taps(Tap::Item(Item::Body));
        hut.body(71_300);
        assert!(traces(&mut hut).iter().any(|trace| trace == "71.3 on Body"));
    }
}

/// The whole client: emulated devices on their lines, a real store, a printer.
#[cfg(feature = "online")]
mod whole {
    use std::sync::{Mutex, Once};
    use std::time::Duration;

    use health_hut::demo::stage::{DOCTOR, FANG, SHAN};
    use health_hut::model::device::Role;
    use health_hut::session::Tap;
    use health_hut::session::doctor::DeskTap;
    use hut_drivers::emulate::Act;

    use crate::edges::live::Live;

    /// What the client and its devices wrote into the log.
    struct Log(Mutex<String>);

    static LOG: Log = Log(Mutex::new(String::new()));

    impl log::Log for Log {
        fn enabled(&self, about: &log::Metadata<'_>) -> bool {
            about.target().starts_with("health_hut") || about.target().starts_with("hut_drivers")
        }

        fn log(&self, record: &log::Record<'_>) {
            if self.enabled(record.metadata()) {
                let line = format!("{}\n", record.args());
                self.0.lock().unwrap().push_str(&line);
            }
        }

        fn flush(&self) {}
    }

    fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            log::set_logger(&LOG).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
    }

    /// One sits down after the other; the monitor delivers once more when nobody sits there. Neither log, nor queue of the
    /// staff, nor printer keeps what it should not.
    #[test]
    fn two_people_leave_nothing_to_each_other() {
        listen();
        let hut = Live::open("two-people");
        hut.identify();
        hut.measure();
        hut.measured(143, 97);
        hut.leaves();
        let kept = hut.kept().len();
        hut.stage.pressure(151, 99, 70);
        hut.stage.lift();
        hut.stage.card(&SHAN);
        let candidate = |state: &health_hut::session::State| state.screen.id() == "R04";
        hut.until("the next", candidate);
        hut.stage.pressure(152, 98, 70);
        hut.taps([Tap::No]);
        hut.screen("R02");
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(hut.kept().len(), kept, "{:?}", hut.kept());

        // A critical reading waits for the doctor: staff see the name, the next person does not.
        hut.stage.lift();
        hut.stage.card(&FANG);
        hut.until("known", |s| matches!(&s.screen, health_hut::session::Screen::Confirm(c) if c.past.is_some()));
        hut.taps([Tap::Yes]);
        hut.screen("R06");
        hut.measure();
        hut.stage.pressure(188, 116, 90);
        hut.screen("R22");
        hut.taps([Tap::Staff, Tap::Desk(DeskTap::Person(0))]);
        hut.keys(DOCTOR.1);
        hut.taps([Tap::Next]);
        let state = hut.until("the cases", |state| state.screen.id() == "D02" && !state.desk.cases.is_empty());
        let all = state.desk.cases.len();
        hut.taps([Tap::Desk(DeskTap::Lock)]);
        hut.screen("R01");
        hut.taps([Tap::Screen]);
        let state =
            hut.until("the number of cases", |state| state.screen.id() == "R02" && state.desk.waiting == (all, 1));
        assert!(state.desk.cases.is_empty());

        // Something for the log.
        hut.stage.act(Role::IdCard, Act::LiftCard);
        for role in [Role::IdCard, Role::BloodPressure] {
            hut.device(role).unplug();
        }
        hut.until("no devices", |state| {
            [Role::IdCard, Role::BloodPressure].iter().all(|role| state.devices.get(role) == Some(&false))
        });
        let log = LOG.0.lock().unwrap().clone();
        assert!(log.contains("blood_pressure"), "{log}");
        for person in [FANG, SHAN] {
            let birth = format!("{}{:02}{:02}", person.born.0, person.born.1, person.born.2);
            assert!(!log.contains(person.name) && !log.contains(&birth), "{log}");
        }
        for reading in ["143", "151", "188", "116"] {
            assert!(!log.contains(reading), "{log}");
        }
    }
}
