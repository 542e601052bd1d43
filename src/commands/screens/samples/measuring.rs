//! What is measured and asked: R07 to R19.

use std::sync::Arc;

use super::ways::{blood_fats, known, measured, nothing_told, staff_types, typed, until_meal};
use super::{MONITOR, Samples, ZHAO};
use crate::commands::screens::player::{Person, Player};
use crate::model::device::{DeviceEvent, Monitor, Role, Trouble};
use crate::model::resident::{Answer, Question};
use crate::session::measure::{EntryTap, Meal, OTHERS};
use crate::session::{Habit, Item, Tap};

pub(super) fn pressure(samples: &mut Samples) {
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
    samples.add("R10-rest", "fault", move |hut| {
        posture(hut);
        hut.tap(Tap::Next).waits(72).hears(Role::BloodPressure, DeviceEvent::Gone);
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
    samples.add("R12-between", "tour", |hut| {
        hut.knows(ZHAO, &[]).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::All)).seated();
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
    samples.add("R12-between", "unplugged", move |hut| {
        first(hut);
        hut.bp(146, 92, 77).waits(18).hears(Role::BloodPressure, DeviceEvent::Gone);
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

pub(super) fn other_steps(samples: &mut Samples) {
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
    samples.add("R19-others", "one-of-two", |hut| {
        at(Item::Others)(hut);
        hut.oxygen(97);
    });
    samples.add("R19-others", "second", |hut| {
        at(Item::Others)(hut);
        hut.temperature(366).hears(Role::Spo2, DeviceEvent::Settling);
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
    let fitted = samples.world.clone();
    let mut bare = (*fitted).clone();
    bare.fitted.retain(|role, _| !OTHERS.contains(role));
    samples.world = Arc::new(bare);
    samples.add("R06-choose", "no-clip", known);
    samples.add("R19-others", "sheet", at(Item::Others));
    samples.world = fitted;
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
    samples.add("R19b-entry", "kit-missing", move |hut| {
        entering(hut);
        hut.tap(Tap::Entry(EntryTap::What(0))).keys("5.2").tap(Tap::Entry(EntryTap::Unit(0)));
    });
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
