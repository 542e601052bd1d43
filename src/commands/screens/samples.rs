//! The states that are drawn: each is reached by touches and readings through the real session.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::player::{Person, Player};
use crate::model::device::{DeviceEvent, Monitor, PrintTrouble, Role, Trouble};
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, Quality};
use crate::model::resident::{AgeBand, Answer, ConsentSwitch, Question};
use crate::model::units::{Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::{CaseRow, Duty, Moment, Sex, Station, Urgency, Value};
use crate::seeds::{self, SeedFault};
use crate::session::doctor::{DeskTap, PinRefusal, SheetKind};
use crate::session::measure::{EntryTap, Meal};
use crate::session::{Habit, Item, Saying, State, Symptom, Tap, World};

/// A picture to draw.
pub struct Sample {
    /// Id and name of the screen: `R20-result`.
    pub name: &'static str,
    /// `normal`, `empty`, `fault`, or what else there is to see.
    pub variant: &'static str,
    /// What does not change.
    pub world: Arc<World>,
    /// What is shown.
    pub shown: Shown,
}

/// What a sample shows.
pub enum Shown {
    /// A state of the session.
    State(Box<State>),
    /// The client is out of service.
    Fault,
}

/// 赵玉芳, 55, first time raised, waist past the limit.
pub const ZHAO: Person = Person { name: "赵玉芳", number: "999901197108122048" };
/// 马占山, 67, past the urgent limits.
pub const MA: Person = Person { name: "马占山", number: "999901195903170314" };
/// 孙小雨, 11.
pub const CHILD: Person = Person { name: "孙小雨", number: "999901201506140021" };
/// 王秀英, 57, comes every other week.
pub const WANG: Person = Person { name: "王秀英", number: "999901196812261223" };
/// 古丽娜·艾山, 59, low glucose.
pub const GULINA: Person = Person { name: "古丽娜·艾山", number: "999901196703051040" };
/// 孙国庆, 61, fasting glucose.
pub const SUN: Person = Person { name: "孙国庆", number: "999901196511012012" };
/// 刘桂兰, 72, second day.
pub const LIU: Person = Person { name: "刘桂兰", number: "999901195407091529" };

/// Somebody with a name of twenty characters.
pub const LONG: Person =
    Person { name: "阿卜杜热西提·麦麦提依明阿卜杜拉哈提艾江", number: "999901196703051040" };

/// Every sample, in the order of the screen map.
pub fn all() -> Result<Vec<Sample>, SeedFault> {
    let world = Arc::new(world()?);
    let mut samples = Samples { world, monitor: MONITOR, all: Vec::new() };
    identification(&mut samples);
    without_consent_text(&mut samples)?;
    pressure(&mut samples);
    other_steps(&mut samples);
    results(&mut samples);
    trends(&mut samples);
    slips(&mut samples);
    urgent(&mut samples);
    leaving(&mut samples);
    desk(&mut samples);
    out_of_service(&mut samples);
    Ok(samples.all)
}

/// The demo's station with every device, a phone, a doctor, two hospitals.
fn world() -> Result<World, SeedFault> {
    let station = seeds::station(seeds::DEMO_STATION)?;
    let station = station.ok_or_else(|| SeedFault::Station {
        file: seeds::DEMO_STATION,
        says: "it is not among the stations".to_owned(),
    })?;
    let station = Station {
        phone: "0994-000 0000".to_owned(),
        doctor_zh: "李医生".to_owned(),
        doctor_en: "Dr Li".to_owned(),
        referral_to: vec!["县人民医院 急诊科".to_owned(), "县中医医院".to_owned()],
        kits: vec!["卫生院生化仪".to_owned(), "干式血脂仪".to_owned(), "便携肺功能仪".to_owned()],
        ..station
    };
    let fitted = [
        (Role::IdCard, "id-card-sample"),
        (Role::BloodPressure, "bp-sample"),
        (Role::HeightWeight, "body-sample"),
        (Role::Glucose, "glucose-sample"),
        (Role::Scanner, "scanner-sample"),
        (Role::Printer, "printer-sample"),
        (Role::Spo2, "spo2-sample"),
        (Role::Temperature, "temperature-sample"),
    ];
    Ok(World {
        station,
        rules: seeds::rule_book(None)?,
        consent: Some(seeds::consent(None)?),
        fitted: fitted.into_iter().map(|(role, model)| (role, model.to_owned())).collect::<BTreeMap<_, _>>(),
        monitor: MONITOR,
        duty: Duty::default(),
        card_opens_history: true,
    })
}

/// With a cuff of its own, and a start key.
const MONITOR: Monitor = Monitor { arm_in: false, cuff_cm: Some([22, 32]), by_cable: false };

struct Samples {
    world: Arc<World>,
    /// The monitor of the next samples.
    monitor: Monitor,
    all: Vec<Sample>,
}

impl Samples {
    fn add(&mut self, name: &'static str, variant: &'static str, play: impl FnOnce(&mut Player)) {
        let world = match self.monitor == self.world.monitor {
            true => self.world.clone(),
            false => Arc::new(World { monitor: self.monitor, ..(*self.world).clone() }),
        };
        let mut player = Player::open(&world, "08:40");
        play(&mut player);
        let shown = Shown::State(Box::new(player.state));
        self.all.push(Sample { name, variant, world, shown });
    }

    fn state(&mut self, name: &'static str, variant: &'static str, state: State) {
        let world = self.world.clone();
        self.all.push(Sample { name, variant, world, shown: Shown::State(Box::new(state)) });
    }
}

fn identification(samples: &mut Samples) {
    samples.add("R01-idle", "normal", |_| {});
    samples.add("R01-idle", "fault", all_down);
    samples.add("R01-idle", "no-monitor", |hut| _ = hut.hears(Role::BloodPressure, DeviceEvent::Gone));
    samples.add("R01-idle", "no-reader", |hut| _ = hut.hears(Role::IdCard, DeviceEvent::Gone).waits(20));
    samples.add("R02-identify", "normal", |hut| _ = hut.tap(Tap::Screen));
    samples.add("R02-identify", "empty", |hut| {
        hut.hears(Role::IdCard, DeviceEvent::Gone).tap(Tap::Screen);
    });
    samples.add("R02-identify", "fault", |hut| {
        hut.tap(Tap::Screen).hears(Role::IdCard, DeviceEvent::Trouble(Trouble::Card));
    });
    samples.add("R02-identify", "no-scanner", |hut| _ = hut.hears(Role::Scanner, DeviceEvent::Gone).tap(Tap::Screen));
    samples.add("R02-identify", "card-only", |hut| {
        hut.hears(Role::Scanner, DeviceEvent::Gone).hears(Role::IdCard, DeviceEvent::Gone).tap(Tap::Screen);
    });
    samples.add("R02-identify", "expired", |hut| _ = hut.expired_card(WANG, 40));
    samples.add("R02-identify", "not-found", |hut| _ = hut.tap(Tap::Screen).code("0123456789ABCDEF:0"));
    samples.add("R02-identify", "ask-desk", |hut| {
        hut.tap(Tap::Screen);
        (0..3).for_each(|_| phone(hut, "13900001234", "0305"));
    });
    samples.add("R01-idle", "calling", |hut| _ = hut.tap(Tap::Screen).tap(Tap::CallStaff).waits(601));
    samples.add("R02-identify", "calling", |hut| _ = hut.tap(Tap::Screen).tap(Tap::CallStaff));
    samples.add("R03a-phone", "empty", |hut| _ = hut.tap(Tap::Screen).tap(Tap::TypePhone));
    samples.add("R03a-phone", "normal", |hut| _ = hut.tap(Tap::Screen).tap(Tap::TypePhone).keys("13900001"));
    samples.add("R03a-phone", "fault", |hut| _ = hut.tap(Tap::Screen).tap(Tap::TypePhone).keys("12900001234"));
    samples.add("R03a-phone", "birthday", |hut| {
        hut.tap(Tap::Screen).tap(Tap::TypePhone).keys("13900001234").tap(Tap::Next).keys("03");
    });
    samples.add("R03a-phone", "not-found", |hut| {
        hut.tap(Tap::Screen);
        phone(hut, "13900001234", "0305");
    });
    samples.add("R03a-phone", "leave", |hut| {
        hut.card(ZHAO).tap(Tap::Yes).tap(Tap::Switch(ConsentSwitch::Keep)).tap(Tap::TypePhone).keys("13900001234");
    });
    samples.add("R03b-id-pad", "card", |hut| {
        hut.tap(Tap::Screen);
        (0..3).for_each(|_| _ = hut.hears(Role::IdCard, DeviceEvent::Trouble(Trouble::Card)));
    });
    samples.add("R03b-id-pad", "empty", |hut| _ = hut.tap(Tap::Screen).tap(Tap::TypeNumber));
    samples.add("R03b-id-pad", "normal", |hut| {
        hut.tap(Tap::Screen).tap(Tap::TypeNumber).keys("99990119710812");
    });
    samples.add("R03b-id-pad", "fault", |hut| {
        hut.tap(Tap::Screen).tap(Tap::TypeNumber).keys("999901197108122049");
    });
    samples.add("R03c-guest", "empty", |hut| _ = hut.tap(Tap::Screen).tap(Tap::Guest));
    samples.add("R03c-guest", "normal", |hut| {
        hut.tap(Tap::Screen).tap(Tap::Guest).tap(Tap::Sex(Sex::Female)).tap(Tap::Age(AgeBand::From50));
    });
    samples.add("R04-confirm", "normal", |hut| _ = hut.knows(WANG, &HALF_YEAR).card(WANG));
    samples.add("R04-confirm", "empty", |hut| _ = hut.card(ZHAO));
    samples.add("R04-confirm", "typed", |hut| {
        hut.tap(Tap::Screen).tap(Tap::TypeNumber).keys(ZHAO.number).tap(Tap::Next);
    });
    samples.add("R04-confirm", "long", |hut| _ = hut.card(LONG));
    samples.add("R05-consent", "phone", |hut| {
        hut.card(LONG).tap(Tap::Yes).tap(Tap::Switch(ConsentSwitch::Keep)).tap(Tap::TypePhone).keys("13900001234");
        hut.tap(Tap::Next);
    });
    samples.add("R05-consent", "read", |hut| _ = hut.card(ZHAO).tap(Tap::Yes).says(Saying::Page { soft: false }));
    samples.add("R05-consent", "child", |hut| _ = hut.card(CHILD).tap(Tap::Yes));
    samples.add("R05-consent", "still-there", |hut| _ = hut.card(ZHAO).tap(Tap::Yes).waits(93));
    samples.add("R05-consent", "empty", |hut| _ = hut.card(ZHAO).tap(Tap::Yes));
    samples.add("R05-consent", "normal", |hut| {
        hut.card(ZHAO).tap(Tap::Yes).tap(Tap::Switch(ConsentSwitch::Keep)).tap(Tap::Switch(ConsentSwitch::DoctorView));
    });
    samples.add("R06-choose", "normal", known);
    samples.add("R06-choose", "empty", guest);
    samples.add("R06-choose", "fault", |hut| {
        hut.hears(Role::BloodPressure, DeviceEvent::Gone);
        known(hut);
    });
    samples.add("R06-choose", "none", |hut| {
        all_down(hut);
        known(hut);
    });
    samples.add("R06-choose", "unfinished", |hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Body)).body(1580, 64_400).tap(Tap::Yes).tap(Tap::Back);
    });
    samples.add("R06-choose", "still-you", |hut| {
        known(hut);
        hut.waits(63);
    });
    samples.add("R06-choose", "other-card-guest", |hut| {
        guest(hut);
        hut.card(MA);
    });
    samples.add("R06-choose", "still-there", |hut| {
        guest(hut);
        hut.waits(63);
    });
    samples.add("R06-choose", "coming", |hut| {
        known(hut);
        hut.tap(Tap::CallStaff).tap(Tap::Received);
    });
    samples.add("R06-choose", "calling", |hut| {
        known(hut);
        hut.tap(Tap::CallStaff);
    });
    samples.add("R06-choose", "other-card", |hut| {
        known(hut);
        hut.card(MA);
    });
}

fn without_consent_text(samples: &mut Samples) -> Result<(), SeedFault> {
    let world = Arc::new(World { consent: None, ..world()? });
    let mut hut = Player::open(&world, "08:40");
    hut.card(ZHAO).tap(Tap::Yes);
    let shown = Shown::State(Box::new(hut.state));
    samples.all.push(Sample { name: "R05-consent", variant: "no-text", world, shown });
    Ok(())
}

fn pressure(samples: &mut Samples) {
    let before = |hut: &mut Player| {
        known(hut);
        hut.tap(Tap::Item(Item::Pressure));
    };
    let cuff = move |hut: &mut Player| {
        before(hut);
        hut.tap(Tap::Habit(None));
    };
    let posture = move |hut: &mut Player| {
        cuff(hut);
        hut.tap(Tap::Next);
    };
    let first = move |hut: &mut Player| {
        before(hut);
        hut.seated();
    };
    let failed = |trouble: Trouble| {
        move |hut: &mut Player| {
            first(hut);
            hut.hears(Role::BloodPressure, DeviceEvent::Trouble(trouble));
        }
    };
    let cuff_pressure = |hut: &mut Player, pressure: u16| {
        hut.waits(1).hears(Role::BloodPressure, DeviceEvent::Cuff(pressure));
    };
    samples.add("R07-before", "normal", before);
    samples.add("R07-before", "yes", move |hut| {
        before(hut);
        hut.tap(Tap::Habit(Some(Habit::Coffee)));
    });
    samples.add("R07-before", "toilet", move |hut| {
        before(hut);
        hut.tap(Tap::Habit(Some(Habit::Bladder)));
    });
    samples.add("R08-cuff", "normal", cuff);
    samples.add("R08-cuff", "loose", failed(Trouble::CuffLoose));
    samples.add("R08-cuff", "misfits", move |hut| {
        cuff(hut);
        hut.tap(Tap::CuffMisfits);
    });
    samples.add("R09-posture", "normal", posture);
    samples.add("R10-rest", "normal", move |hut| {
        posture(hut);
        hut.tap(Tap::Next).waits(72);
    });
    samples.add("R10-rest", "last-minute", move |hut| {
        posture(hut);
        hut.tap(Tap::Next).waits(258);
    });
    samples.add("R10-rest", "early", move |hut| {
        posture(hut);
        hut.tap(Tap::Next).waits(72).bp(146, 92, 77);
    });
    samples.add("R11-measuring", "empty", first);
    samples.add("R11-measuring", "normal", move |hut| {
        first(hut);
        hut.bp(146, 92, 77).waits(60);
        cuff_pressure(hut, 132);
    });
    samples.add("R11-measuring", "third", move |hut| {
        first(hut);
        hut.bp(156, 92, 77).waits(60).bp(138, 88, 76).waits(60);
        cuff_pressure(hut, 96);
    });
    samples.add("R11-measuring", "fault", move |hut| {
        first(hut);
        hut.hears(Role::BloodPressure, DeviceEvent::Gone);
    });
    samples.add("R11-measuring", "no-answer", failed(Trouble::NoAnswer));
    samples.add("R11-measuring", "stopped", move |hut| {
        first(hut);
        cuff_pressure(hut, 168);
        hut.tap(Tap::Stop);
    });
    samples.add("R12-between", "normal", move |hut| {
        first(hut);
        hut.bp(146, 92, 77).waits(18);
    });
    samples.add("R12-between", "third", move |hut| {
        first(hut);
        hut.bp(156, 92, 77).waits(60).bp(138, 88, 76).waits(10);
    });
    samples.add("R12-between", "moved", failed(Trouble::Movement));
    samples.add("R12-between", "fault", failed(Trouble::DeviceError(2)));
    samples.add("R12-between", "implausible", move |hut| {
        first(hut);
        hut.bp(70, 68, 60);
    });
    samples.add("R06-choose", "monitor-broken", failed(Trouble::Broken));
    samples.add("R06-choose", "monitor-lost", move |hut| {
        first(hut);
        hut.hears(Role::BloodPressure, DeviceEvent::Gone).waits(61);
    });
    samples.add("R06-choose", "not-measured", move |hut| {
        first(hut);
        for _ in 0..3 {
            hut.hears(Role::BloodPressure, DeviceEvent::Trouble(Trouble::DeviceError(2))).waits(60);
        }
    });

    // A monitor with an arm tunnel that is begun and stopped over its cable.
    samples.monitor = Monitor { arm_in: true, cuff_cm: None, by_cable: true };
    samples.add("R08-cuff", "tunnel", cuff);
    samples.add("R10-rest", "tunnel", move |hut| {
        posture(hut);
        hut.tap(Tap::Next).waits(72);
    });
    samples.add("R11-measuring", "silent", move |hut| {
        first(hut);
        hut.waits(14);
    });
    samples.add("R11-measuring", "tunnel", move |hut| {
        first(hut);
        cuff_pressure(hut, 84);
    });
    samples.add("R12-between", "tunnel", move |hut| {
        first(hut);
        hut.bp(146, 92, 77).waits(18);
    });
    samples.add("R06-choose", "stopped", move |hut| {
        first(hut);
        cuff_pressure(hut, 168);
        hut.tap(Tap::Stop);
    });
    samples.monitor = MONITOR;
}

fn other_steps(samples: &mut Samples) {
    let at = |item: Item| {
        move |hut: &mut Player| {
            known(hut);
            hut.tap(Tap::Item(item));
        }
    };
    samples.add("R13-body", "empty", at(Item::Body));
    samples.add("R13-body", "settling", |hut| {
        at(Item::Body)(hut);
        hut.hears(Role::HeightWeight, DeviceEvent::Settling);
    });
    samples.add("R13-body", "normal", |hut| {
        at(Item::Body)(hut);
        hut.body(1580, 64_400);
    });
    samples.add("R13-body", "far", |hut| {
        at(Item::Body)(hut);
        hut.body(1580, 74_400);
    });
    samples.add("R13-body", "fault", |hut| {
        at(Item::Body)(hut);
        hut.hears(Role::HeightWeight, DeviceEvent::Gone);
    });
    samples.add("R14-waist", "empty", at(Item::Waist));
    samples.add("R14-waist", "normal", |hut| {
        at(Item::Waist)(hut);
        hut.keys("88.0");
    });
    samples.add("R14-waist", "fault", |hut| {
        at(Item::Waist)(hut);
        hut.keys("12").tap(Tap::Next);
    });
    samples.add("R15-meal", "empty", at(Item::Glucose));
    samples.add("R15-meal", "normal", |hut| {
        at(Item::Glucose)(hut);
        hut.tap(Tap::MealDay(false));
    });
    samples.add("R15-meal", "fault", |hut| {
        at(Item::Glucose)(hut);
        hut.tap(Tap::MealDay(true)).tap(Tap::Meal(Meal::Fasting));
    });
    samples.add("R19-others", "empty", at(Item::Others));
    samples.add("R19-others", "settling", |hut| {
        at(Item::Others)(hut);
        hut.hears(Role::Spo2, DeviceEvent::Settling);
    });
    samples.add("R19-others", "normal", |hut| {
        at(Item::Others)(hut);
        hut.oxygen(97).temperature(366);
    });
    samples.add("R19-others", "typed", |hut| {
        at(Item::Others)(hut);
        staff_types(hut);
        blood_fats(hut, ["4.4", "1.5", "2.2", "1.3"]);
        hut.tap(Tap::Back);
    });
    samples.add("R19-others", "fault", |hut| {
        at(Item::Others)(hut);
        hut.hears(Role::Spo2, DeviceEvent::Gone).temperature(366);
    });
    samples.add("R19-others", "implausible", |hut| {
        at(Item::Others)(hut);
        hut.oxygen(97).temperature(280);
    });
    let entering = move |hut: &mut Player| {
        at(Item::Others)(hut);
        staff_types(hut);
    };
    let result = move |hut: &mut Player, keys: &str| {
        entering(hut);
        typed(hut, 0, 1, keys);
    };
    samples.add("R19b-entry", "empty", entering);
    samples.add("R19b-entry", "normal", move |hut| result(hut, "208"));
    samples.add("R19b-entry", "kept", move |hut| {
        result(hut, "208");
        hut.tap(Tap::Next);
    });
    samples.add("R19b-entry", "fault", move |hut| {
        result(hut, "5.4");
        hut.tap(Tap::Next);
    });
    samples.add("R19b-entry", "stool", |hut| {
        entering(hut);
        hut.tap(Tap::Entry(EntryTap::What(8))).tap(Tap::Entry(EntryTap::Positive(false)));
    });
    let meter = move |hut: &mut Player| {
        at(Item::Glucose)(hut);
        hut.tap(Tap::Meal(Meal::Fasting)).tap(Tap::Next);
        nothing_told(hut);
    };
    samples.add("R16-glucose", "normal", meter);
    samples.add("R16-glucose", "fault", |hut| {
        meter(hut);
        hut.hears(Role::Glucose, DeviceEvent::Gone);
    });
    samples.add("R16-glucose", "several", |hut| {
        meter(hut);
        hut.glucose(&[54, 78]);
    });
    samples.add("R17-questions", "normal", |hut| {
        measured(hut, (146, 92), (144, 90));
        hut.tap(Tap::Answer(Answer::Never));
    });
    samples.add("R17-questions", "count", |hut| {
        measured(hut, (146, 92), (144, 90));
        hut.tap(Tap::Answer(Answer::Current));
    });
    samples.add("R17-questions", "family", |hut| {
        measured(hut, (146, 92), (144, 90));
        for answer in [Answer::Never, Answer::Never, Answer::Some, Answer::Some] {
            hut.tap(Tap::Answer(answer));
        }
        hut.tap(Tap::Illness(Some(Question::FamilyStroke)));
    });
    samples.add("R18-illness", "tablets", |hut| {
        hut.knows(ZHAO, &[]).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::Waist)).keys("88").tap(Tap::Next);
        hut.tap(Tap::Illness(Some(Question::Hypertension))).tap(Tap::Next);
    });
    samples.add("R18-illness", "sugar", |hut| {
        hut.knows(ZHAO, &[]).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::Waist)).keys("88").tap(Tap::Next);
        hut.tap(Tap::Illness(Some(Question::Diabetes))).tap(Tap::Next).tap(Tap::Illness(Some(Question::OnInsulin)));
    });
    samples.add("R18-illness", "normal", |hut| {
        hut.knows(ZHAO, &[]);
        until_meal(hut, ZHAO, (146, 92), (144, 90), 880);
        hut.tap(Tap::Illness(Some(Question::Hypertension)));
    });
    samples.add("R18-illness", "pregnancy", |hut| {
        let young = Person { name: "周小燕", number: "999901199706154022" };
        hut.knows(young, &[]).card(young).tap(Tap::Yes).tap(Tap::Item(Item::Waist));
        hut.keys("72").tap(Tap::Next).tap(Tap::Illness(None));
    });
}

fn results(samples: &mut Samples) {
    samples.add("R20-result", "normal", |hut| {
        hut.knows(ZHAO, &[(200, 128, 82)]);
        whole(hut, ZHAO, (146, 92), (144, 90), 880, 54);
    });
    samples.add("R20-result", "good", |hut| {
        hut.knows(ZHAO, &[(200, 118, 76)]);
        whole(hut, ZHAO, (116, 76), (114, 74), 780, 52);
    });
    samples.add("R20-result", "high-normal", |hut| {
        hut.knows(ZHAO, &[]);
        whole(hut, ZHAO, (136, 86), (134, 84), 820, 65);
    });
    samples.add("R20-result", "second-day", |hut| {
        hut.knows(LIU, &[(9, 150, 88)]);
        short(hut, LIU, (153, 85), (151, 83), None);
    });
    samples.add("R20-result", "clearly-high", |hut| {
        hut.knows(SUN, &[]);
        short(hut, SUN, (166, 102), (164, 100), None);
    });
    samples.add("R20-result", "unsettled", |hut| {
        hut.knows(SUN, &[]).card(SUN).tap(Tap::Yes).tap(Tap::Item(Item::Pressure));
        hut.tap(Tap::Habit(Some(Habit::Coffee))).tap(Tap::Yes).tap(Tap::Next).tap(Tap::Next).waits(3).tap(Tap::Rested);
        hut.bp(166, 102, 77).waits(60).bp(164, 100, 75).tap(Tap::Illness(None)).tap(Tap::Illness(None));
    });
    samples.add("R20-result", "controlled", |hut| {
        hut.knows(WANG, &HALF_YEAR);
        short(hut, WANG, (132, 84), (130, 82), Some(Question::Hypertension));
    });
    samples.add("R20-result", "not-at-target", |hut| {
        hut.knows(WANG, &HALF_YEAR);
        short(hut, WANG, (148, 92), (146, 90), Some(Question::Hypertension));
    });
    samples.add("R20-result", "fault", |hut| {
        hut.knows(ZHAO, &[]).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::Pressure)).seated();
        hut.bp_marked(126, 78, 77, vec![Quality::Movement]).waits(60);
        hut.bp_marked(124, 76, 75, vec![Quality::Movement]).tap(Tap::Illness(None)).tap(Tap::Illness(None));
    });
    samples.add("R20-result", "empty", |hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Waist)).keys("84").tap(Tap::Next).tap(Tap::Illness(None)).tap(Tap::Illness(None));
    });
    samples.add("R20-result", "glucose", |hut| {
        hut.knows(SUN, &[]).card(SUN).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
        hut.tap(Tap::Meal(Meal::Fasting)).tap(Tap::Next).tap(Tap::Illness(None)).glucose(&[78]);
    });
    samples.add("R20-result", "others", |hut| {
        hut.knows(LIU, &[]).card(LIU).tap(Tap::Yes).tap(Tap::Item(Item::Others));
        hut.oxygen(93).temperature(366).tap(Tap::Next).tap(Tap::Illness(None));
    });
    samples.add("R20-result", "typed", |hut| {
        hut.knows(LIU, &[]).card(LIU).tap(Tap::Yes).tap(Tap::Item(Item::Others));
        staff_types(hut);
        blood_fats(hut, ["6.4", "1.5", "4.2", "1.3"]);
        hut.tap(Tap::Back).tap(Tap::Next).tap(Tap::Illness(None));
    });
    samples.add("R20-result", "all", |hut| {
        hut.knows(ZHAO, &[]);
        until_meal(hut, ZHAO, (146, 92), (144, 90), 880);
        nothing_told(hut);
        hut.glucose(&[54]).oxygen(97).temperature(366);
        staff_types(hut);
        blood_fats(hut, ["4.4", "1.5", "2.2", "1.3"]);
        typed(hut, 7, 1, "0.82");
        hut.tap(Tap::Next);
        hut.tap(Tap::Entry(EntryTap::What(8))).tap(Tap::Entry(EntryTap::Positive(false))).tap(Tap::Next);
        hut.tap(Tap::Back).tap(Tap::Next);
        lifestyle(hut);
    });
    samples.add("R20-result", "sugar-first", |hut| {
        hut.knows(ZHAO, &[]);
        whole(hut, ZHAO, (118, 76), (116, 74), 820, 120);
    });
    samples.add("R20-result", "no-printer", |hut| {
        hut.hears(Role::Printer, DeviceEvent::Gone).knows(LONG, &[]);
        whole(hut, LONG, (146, 92), (144, 90), 880, 54);
    });
    for (variant, soft) in [("read", false), ("read-softly", true)] {
        samples.add("R20-result", variant, move |hut| {
            hut.knows(WANG, &HALF_YEAR);
            short(hut, WANG, (132, 84), (130, 82), Some(Question::Hypertension));
            hut.says(Saying::Page { soft });
        });
    }
    samples.add("R20-result", "still-there", |hut| {
        hut.knows(ZHAO, &[]);
        short(hut, ZHAO, (146, 92), (144, 90), None);
        hut.waits(92);
    });
}

fn trends(samples: &mut Samples) {
    samples.add("R21-trend", "normal", |hut| {
        hut.knows(WANG, &HALF_YEAR);
        short(hut, WANG, (146, 92), (144, 90), Some(Question::Hypertension));
        hut.tap(Tap::Trend);
    });
    samples.add("R21-trend", "gap", |hut| {
        hut.knows(LIU, &[(340, 158, 94), (325, 156, 95), (300, 149, 92), (120, 152, 90), (100, 150, 91), (9, 150, 88)]);
        short(hut, LIU, (153, 85), (151, 83), None);
        hut.tap(Tap::Trend);
    });
    samples.add("R21-trend", "single", |hut| {
        hut.knows(ZHAO, &[]).measured_before(&weights()).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::Body));
        hut.body(1580, 64_400).tap(Tap::Yes).tap(Tap::Illness(None)).tap(Tap::Illness(None));
        hut.tap(Tap::Trend);
    });
    samples.add("R21-trend", "empty", |hut| {
        hut.knows(ZHAO, &[(30, 128, 82)]);
        short(hut, ZHAO, (146, 92), (144, 90), None);
        hut.tap(Tap::Trend);
    });
}

fn weights() -> [(i64, Value); 4] {
    [(170, 68), (120, 67), (70, 66), (20, 65)].map(|(ago, kg)| (ago, Value::Weight(Kilograms(Decimal::from(kg)))))
}

fn slips(samples: &mut Samples) {
    let result = |hut: &mut Player| {
        hut.knows(ZHAO, &[]);
        whole(hut, ZHAO, (146, 92), (144, 90), 880, 54);
    };
    let asked = move |hut: &mut Player| {
        result(hut);
        hut.tap(Tap::Print).waits(1);
    };
    samples.add("R23-slip", "printing", asked);
    samples.add("R23-slip", "normal", move |hut| {
        asked(hut);
        hut.hears(Role::Printer, DeviceEvent::Printed(Ok(()))).waits(7);
    });
    for (variant, trouble) in
        [("no-paper", PrintTrouble::NoPaper), ("cover-open", PrintTrouble::CoverOpen), ("fault", PrintTrouble::Gone)]
    {
        samples.add("R23-slip", variant, move |hut| {
            asked(hut);
            hut.hears(Role::Printer, DeviceEvent::Printed(Err(trouble)));
        });
    }
    samples.add("R23-slip", "by-phone", move |hut| {
        hut.hears(Role::Printer, DeviceEvent::Gone);
        result(hut);
        hut.tap(Tap::TakeByPhone).waits(8);
    });
    samples.add("R23-slip", "put-away", move |hut| {
        result(hut);
        hut.tap(Tap::TakeByPhone).waits(61);
    });
    samples.add("R23-slip", "empty", |hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Waist)).keys("84").tap(Tap::Next).tap(Tap::Illness(None)).tap(Tap::Illness(None));
        hut.tap(Tap::TakeByPhone);
    });
    samples.add("R23-slip", "long-name", |hut| {
        hut.knows(LONG, &HALF_YEAR);
        short(hut, LONG, (148, 92), (146, 90), Some(Question::Hypertension));
        hut.tap(Tap::Print).waits(1);
    });
}

fn urgent(samples: &mut Samples) {
    let first = |hut: &mut Player| {
        hut.knows(MA, &[(47, 158, 96)]).card(MA).tap(Tap::Yes).tap(Tap::Item(Item::Pressure));
        hut.seated().bp(188, 116, 92);
    };
    let locked = move |hut: &mut Player| {
        first(hut);
        hut.waits(60).bp(184, 112, 92);
    };
    samples.add("R22-urgent", "pause", |hut| {
        first(hut);
        hut.waits(12);
    });
    samples.add("R22-urgent", "repeat", |hut| {
        first(hut);
        hut.waits(61);
    });
    samples.add("R22-urgent", "repeat-failed", |hut| {
        first(hut);
        hut.waits(61).hears(Role::BloodPressure, DeviceEvent::Trouble(Trouble::CuffLoose));
    });
    samples.add("R22-urgent", "normal", locked);
    samples.add("R22-urgent", "coming", |hut| {
        locked(hut);
        hut.tap(Tap::Received);
    });
    samples.add("R22-urgent", "long-name", |hut| {
        hut.knows(LONG, &[]).card(LONG).tap(Tap::Yes).tap(Tap::Item(Item::Pressure));
        hut.seated().bp(188, 116, 92).waits(60).bp(184, 112, 92);
    });
    samples.add("R22-urgent", "high-sugar", |hut| {
        hut.knows(SUN, &[]).card(SUN).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
        hut.tap(Tap::Meal(Meal::Fasting)).tap(Tap::Next).tap(Tap::Illness(None)).glucose(&[182]);
    });
    samples.add("R22-urgent", "none-of-these", |hut| {
        locked(hut);
        hut.tap(Tap::Symptom(Symptom::None));
    });
    samples.add("R22-urgent", "emergency", |hut| {
        locked(hut);
        hut.tap(Tap::Symptom(Symptom::Chest));
    });
    samples.add("R22-urgent", "hidden", |hut| {
        locked(hut);
        hut.waits(610);
    });
    let staffed = samples.world.clone();
    let duty = Duty { unattended: true, ..Duty::default() };
    samples.world = Arc::new(World { duty, ..(*staffed).clone() });
    samples.add("R22-urgent", "unattended", locked);
    samples.world = staffed;
    samples.add("R22-urgent", "low", low_glucose);
    samples.add("R22-urgent", "empty", |hut| {
        known(hut);
        hut.tap(Tap::CallStaff).tap(Tap::Unwell);
    });
    samples.add("R22-urgent", "pregnant", |hut| {
        hut.tap(Tap::Screen).tap(Tap::Guest).tap(Tap::Sex(Sex::Female)).tap(Tap::Age(AgeBand::From30)).tap(Tap::Next);
        hut.tap(Tap::Item(Item::Pressure)).seated();
        hut.bp(150, 95, 80).waits(60).bp(152, 96, 82).tap(Tap::Illness(None));
        hut.tap(Tap::Illness(Some(Question::Pregnant)));
    });
    samples.add("R22-urgent", "pregnant-sugar", |hut| {
        hut.tap(Tap::Screen).tap(Tap::Guest).tap(Tap::Sex(Sex::Female)).tap(Tap::Age(AgeBand::From30)).tap(Tap::Next);
        hut.tap(Tap::Item(Item::Glucose)).tap(Tap::Meal(Meal::Other)).tap(Tap::Next);
        hut.tap(Tap::Illness(None)).tap(Tap::Illness(Some(Question::Pregnant))).glucose(&[117]);
    });
    samples.add("R22-urgent", "oxygen", |hut| {
        hut.knows(MA, &[]).card(MA).tap(Tap::Yes).tap(Tap::Item(Item::Others)).oxygen(86).tap(Tap::Next);
    });
    samples.add("R22-urgent", "nobody", |hut| {
        hut.tap(Tap::Screen).tap(Tap::CallStaff).tap(Tap::Unwell).tap(Tap::Symptom(Symptom::Chest));
    });
}

fn leaving(samples: &mut Samples) {
    samples.add("R24-goodbye", "normal", |hut| {
        hut.knows(ZHAO, &[]);
        short(hut, ZHAO, (146, 92), (144, 90), None);
        hut.waits(5).tap(Tap::Finish).waits(2);
    });
    samples.add("R24-goodbye", "slip", |hut| {
        hut.knows(ZHAO, &[]);
        whole(hut, ZHAO, (146, 92), (144, 90), 880, 54);
        hut.tap(Tap::Print).hears(Role::Printer, DeviceEvent::Printed(Ok(()))).waits(2).tap(Tap::Finish).waits(2);
    });
    samples.add("R24-goodbye", "offline", |hut| {
        hut.knows(ZHAO, &[]);
        short(hut, ZHAO, (146, 92), (144, 90), None);
        hut.state.online = Some(false);
        hut.waits(5).tap(Tap::Finish).waits(2);
    });
    samples.add("R24-goodbye", "guest-slip", |hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Waist)).keys("84").tap(Tap::Next).tap(Tap::Illness(None)).tap(Tap::Illness(None));
        hut.tap(Tap::Print).waits(2).tap(Tap::Finish).waits(1);
    });
    samples.add("R24-goodbye", "empty", |hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Waist)).keys("84").tap(Tap::Next).tap(Tap::Illness(None)).tap(Tap::Illness(None));
        hut.waits(5).tap(Tap::Finish).waits(1);
    });
}

fn desk(samples: &mut Samples) {
    let world = samples.world.clone();
    let mut clock = Player::open(&world, "09:20");
    let cases = cases(&world, clock.waits(1).now());
    let signed_in = |cases: Vec<CaseRow>| {
        let mut hut = Player::open(&world, "09:20");
        hut.queue(cases).tap(Tap::Screen).tap(Tap::Staff).tap(Tap::Desk(DeskTap::Person(0)));
        hut.keys("481526").tap(Tap::Next);
        hut.state.online = Some(true);
        hut.state.outbox.waiting = [1, 0, 2, 0];
        hut.state.tried = Some(hut.now());
        hut
    };
    let mut entering = Player::open(&world, "09:20");
    entering.queue(cases.clone()).tap(Tap::Screen).tap(Tap::Staff);
    samples.state("D01-pin", "empty", entering.state.clone());
    entering.tap(Tap::Desk(DeskTap::Person(0))).keys("4815").waits(14);
    samples.state("D01-pin", "normal", entering.state.clone());
    entering.keys("27").refuses(PinRefusal::Wrong { tries_left: 4 }).tap(Tap::Next);
    samples.state("D01-pin", "fault", entering.state);

    samples.state("D02-queue", "normal", signed_in(cases.clone()).state);
    samples.state("D02-queue", "empty", signed_in(Vec::new()).state);
    let mut offline = signed_in(cases.clone());
    offline.state.outbox.waiting = [3, 2, 209, 0];
    offline.state.outbox.last_success = Some("2026-11-10T08:00:00+08:00".to_owned());
    offline.state.online = Some(false);
    offline.tap(Tap::Desk(DeskTap::Case(2)));
    samples.state("D02-queue", "fault", offline.state);
    let mut sent = signed_in(cases[4..].to_vec());
    (sent.state.outbox.waiting, sent.state.outbox.kept_back) = ([0; 4], 3);
    sent.tap(Tap::Desk(DeskTap::Sync));
    samples.state("D02-queue", "sent", sent.state);

    let sheets = [
        ("register", 2, SheetKind::Register),
        ("refer", 0, SheetKind::Refer),
        ("follow-up", 3, SheetKind::FollowUp),
        ("retest", 4, SheetKind::Retest),
        ("dismiss", 3, SheetKind::Dismiss),
    ];
    for (variant, case, sheet) in sheets {
        let mut hut = signed_in(cases.clone());
        hut.tap(Tap::Desk(DeskTap::Case(case))).tap(Tap::Desk(DeskTap::Open(sheet)));
        samples.state("D03-decide", variant, hut.state);
    }
}

fn out_of_service(samples: &mut Samples) {
    let world = samples.world.clone();
    samples.all.push(Sample { name: "F01-fault", variant: "normal", world, shown: Shown::Fault });
}

/// The doctor's queue of the mock-up: two urgent, the rest by how long they wait.
fn cases(world: &Arc<World>, now: Moment) -> Vec<CaseRow> {
    let play = |play: &dyn Fn(&mut Player)| {
        let mut hut = Player::open(world, "08:00");
        play(&mut hut);
        hut
    };
    let ma = play(&|hut| {
        hut.knows(MA, &MA_BEFORE).card(MA).tap(Tap::Yes).tap(Tap::Item(Item::Pressure));
        hut.seated().bp(188, 116, 92).waits(60).bp(184, 112, 92);
        hut.tap(Tap::Symptom(Symptom::None));
    });
    let gulina = play(&|hut| low_glucose(hut));
    let zhao = play(&|hut| {
        hut.knows(ZHAO, &[]);
        whole(hut, ZHAO, (146, 92), (144, 90), 880, 54);
    });
    let sun = play(&|hut| {
        hut.knows(SUN, &[]).card(SUN).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
        hut.tap(Tap::Meal(Meal::Fasting)).tap(Tap::Next).tap(Tap::Illness(None)).glucose(&[78]);
    });
    let liu = play(&|hut| {
        hut.knows(LIU, &[(9, 150, 88)]);
        short(hut, LIU, (153, 85), (151, 83), None);
    });
    let nobody = play(&|hut| {
        guest(hut);
        hut.tap(Tap::Item(Item::Pressure)).seated();
        hut.bp(169, 103, 80).waits(60).bp(167, 101, 80).tap(Tap::Illness(None)).tap(Tap::Illness(None));
    });
    vec![
        ma.case(Some(MA), Urgency::Urgent, now, 8),
        gulina.case(Some(GULINA), Urgency::Urgent, now, 35),
        zhao.case(Some(ZHAO), Urgency::Soon, now, 69),
        sun.case(Some(SUN), Urgency::Soon, now, 1508),
        liu.case(Some(LIU), Urgency::Soon, now, 1000),
        nobody.case(None, Urgency::Soon, now, 4600),
    ]
}

/// Phone number and birthday on R03a.
fn phone(hut: &mut Player, number: &str, birthday: &str) {
    hut.tap(Tap::TypePhone)
        .tap(Tap::Back)
        .tap(Tap::TypePhone)
        .keys(number)
        .tap(Tap::Next)
        .keys(birthday)
        .tap(Tap::Next);
}

fn all_down(hut: &mut Player) {
    for role in [Role::BloodPressure, Role::HeightWeight, Role::Glucose, Role::Spo2, Role::Temperature] {
        hut.hears(role, DeviceEvent::Gone);
    }
}

fn known(hut: &mut Player) {
    let glucose = GlucoseLevel::Value(MmolPerLitre(Decimal::new(54, 1)));
    hut.knows(WANG, &HALF_YEAR);
    let pressure = Pressure { systolic: MmHg(142), diastolic: MmHg(87), pulse: None };
    hut.measured_before(&[
        (19, Value::Pressure { pressure, pulse_id: None }),
        (19, Value::Glucose { level: glucose, kind: GlucoseKind::Fasting }),
        (172, Value::Weight(Kilograms(Decimal::new(620, 1)))),
        (172, Value::Waist(Centimetres(Decimal::from(84)))),
    ]);
    hut.card(WANG).tap(Tap::Yes);
}

fn guest(hut: &mut Player) {
    hut.tap(Tap::Screen).tap(Tap::Guest).tap(Tap::Sex(Sex::Female)).tap(Tap::Age(AgeBand::From50)).tap(Tap::Next);
}

fn low_glucose(hut: &mut Player) {
    hut.knows(GULINA, &[]).card(GULINA).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
    hut.tap(Tap::Meal(Meal::Other)).tap(Tap::Next).tap(Tap::Illness(Some(Question::Diabetes))).tap(Tap::Next);
    hut.tap(Tap::Illness(None)).glucose(&[36]);
}

/// R19: somebody of the staff signs in to type results.
fn staff_types(hut: &mut Player) {
    hut.tap(Tap::Staff).tap(Tap::Desk(DeskTap::Person(0))).keys("481526").tap(Tap::Next);
}

/// One of them, in one of its units, of yesterday.
fn typed(hut: &mut Player, what: usize, unit: usize, number: &str) {
    hut.tap(Tap::Entry(EntryTap::What(what))).keys(number).tap(Tap::Entry(EntryTap::Unit(unit)));
    hut.tap(Tap::Entry(EntryTap::Kit(0))).tap(Tap::Entry(EntryTap::Day(-1)));
}

/// Total, triglycerides, LDL and HDL in mmol/L.
fn blood_fats(hut: &mut Player, numbers: [&str; 4]) {
    for (what, number) in numbers.into_iter().enumerate() {
        typed(hut, what, 0, number);
        hut.tap(Tap::Next);
    }
}

/// Everything is measured; the questions come next.
fn measured(hut: &mut Player, first: (u16, u16), second: (u16, u16)) {
    hut.knows(ZHAO, &[]);
    steps(hut, ZHAO, first, second, 880, 54);
}

fn steps(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64, glucose: i64) {
    until_meal(hut, person, first, second, waist);
    nothing_told(hut);
    hut.glucose(&[glucose]).tap(Tap::Skip);
}

fn until_meal(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64) {
    hut.card(person).tap(Tap::Yes).tap(Tap::Item(Item::All)).seated();
    hut.bp(first.0, first.1, 77).waits(60).bp(second.0, second.1, 75);
    hut.body(1580, 64_400).tap(Tap::Yes);
    hut.keys(&(waist / 10).to_string()).tap(Tap::Next);
    hut.tap(Tap::MealDay(false)).tap(Tap::Next);
}

/// No known illness, no pregnancy where it is asked.
fn nothing_told(hut: &mut Player) {
    hut.tap(Tap::Illness(None)).tap(Tap::Illness(None));
}

fn lifestyle(hut: &mut Player) {
    for answer in [Answer::Never, Answer::Never, Answer::Some, Answer::Some] {
        hut.tap(Tap::Answer(answer));
    }
    hut.tap(Tap::Illness(None));
}

/// 全套, with every question answered.
fn whole(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64, glucose: i64) {
    steps(hut, person, first, second, waist, glucose);
    lifestyle(hut);
}

/// Blood pressure alone, and what a doctor has told.
fn short(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), illness: Option<Question>) {
    hut.card(person).tap(Tap::Yes).tap(Tap::Item(Item::Pressure)).seated();
    hut.bp(first.0, first.1, 77).waits(60).bp(second.0, second.1, 75);
    match illness {
        Some(illness) => hut.tap(Tap::Illness(Some(illness))).tap(Tap::Next).tap(Tap::Answer(Answer::Yes)),
        None => hut.tap(Tap::Illness(None)),
    };
}

/// Session means of half a year, coming down: days ago, upper, lower.
const HALF_YEAR: [(i64, u16, u16); 11] = [
    (172, 156, 98),
    (158, 152, 95),
    (144, 154, 97),
    (128, 149, 94),
    (112, 151, 93),
    (98, 146, 92),
    (78, 148, 90),
    (62, 143, 91),
    (47, 145, 88),
    (33, 141, 89),
    (19, 142, 87),
];

const MA_BEFORE: [(i64, u16, u16); 8] = [
    (175, 150, 92),
    (155, 154, 95),
    (135, 149, 90),
    (115, 156, 96),
    (95, 153, 93),
    (75, 158, 97),
    (60, 155, 95),
    (47, 158, 96),
];
