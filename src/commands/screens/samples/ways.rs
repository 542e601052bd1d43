//! Ways through a visit that several samples take.

use rust_decimal::Decimal;

use super::{GULINA, WANG, ZHAO};
use crate::commands::screens::player::{Person, Player};
use crate::model::device::{DeviceEvent, Role};
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use crate::model::resident::{AgeBand, Answer, Question};
use crate::model::units::{Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::{Sex, Value};
use crate::session::doctor::DeskTap;
use crate::session::measure::{EntryTap, Meal};
use crate::session::{Item, Tap};

/// Phone number and birthday on R03a.
pub(super) fn phone(hut: &mut Player, number: &str, birthday: &str) {
    hut.tap(Tap::TypePhone)
        .tap(Tap::Back)
        .tap(Tap::TypePhone)
        .keys(number)
        .tap(Tap::Next)
        .keys(birthday)
        .tap(Tap::Next);
}

pub(super) fn all_down(hut: &mut Player) {
    for role in [Role::BloodPressure, Role::HeightWeight, Role::Glucose, Role::Spo2, Role::Temperature] {
        hut.hears(role, DeviceEvent::Gone);
    }
}

pub(super) fn known(hut: &mut Player) {
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

pub(super) fn guest(hut: &mut Player) {
    hut.tap(Tap::Screen).tap(Tap::Guest).tap(Tap::Sex(Sex::Female)).tap(Tap::Age(AgeBand::From50)).tap(Tap::Next);
}

pub(super) fn low_glucose(hut: &mut Player) {
    hut.knows(GULINA, &[]).card(GULINA).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
    hut.tap(Tap::Meal(Meal::Other)).tap(Tap::Next).tap(Tap::Illness(Some(Question::Diabetes))).tap(Tap::Next);
    hut.tap(Tap::Illness(None)).glucose(&[36]);
}

/// R19: somebody of the staff signs in to type results.
pub(super) fn staff_types(hut: &mut Player) {
    hut.tap(Tap::Staff).tap(Tap::Desk(DeskTap::Person(0))).keys("481526").tap(Tap::Next);
}

/// One of them, in one of its units, of yesterday.
pub(super) fn typed(hut: &mut Player, what: usize, unit: usize, number: &str) {
    hut.tap(Tap::Entry(EntryTap::What(what))).keys(number).tap(Tap::Entry(EntryTap::Unit(unit)));
    hut.tap(Tap::Entry(EntryTap::Kit(0))).tap(Tap::Entry(EntryTap::Day(-1)));
}

/// Total, triglycerides, LDL and HDL in mmol/L.
pub(super) fn blood_fats(hut: &mut Player, numbers: [&str; 4]) {
    for (what, number) in numbers.into_iter().enumerate() {
        typed(hut, what, 0, number);
        hut.tap(Tap::Next);
    }
}

/// Everything is measured; the questions come next.
pub(super) fn measured(hut: &mut Player, first: (u16, u16), second: (u16, u16)) {
    hut.knows(ZHAO, &[]);
    steps(hut, ZHAO, first, second, 880, 54);
}

pub(super) fn steps(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64, glucose: i64) {
    until_meal(hut, person, first, second, waist);
    nothing_told(hut);
    hut.glucose(&[glucose]).tap(Tap::Skip);
}

pub(super) fn until_meal(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64) {
    hut.card(person).tap(Tap::Yes).tap(Tap::Item(Item::All)).seated();
    hut.bp(first.0, first.1, 77).waits(60).bp(second.0, second.1, 75);
    hut.body(1580, 64_400).tap(Tap::Yes);
    hut.keys(&(waist / 10).to_string()).tap(Tap::Next);
    hut.tap(Tap::MealDay(false)).tap(Tap::Next);
}

/// No known illness, no pregnancy where it is asked.
pub(super) fn nothing_told(hut: &mut Player) {
    hut.tap(Tap::Illness(None)).tap(Tap::Illness(None));
}

pub(super) fn lifestyle(hut: &mut Player) {
    for answer in [Answer::Never, Answer::Never, Answer::Some, Answer::Some] {
        hut.tap(Tap::Answer(answer));
    }
    hut.tap(Tap::Illness(None));
}

/// 全套, with every question answered.
pub(super) fn whole(hut: &mut Player, person: Person, first: (u16, u16), second: (u16, u16), waist: i64, glucose: i64) {
    steps(hut, person, first, second, waist, glucose);
    lifestyle(hut);
}

/// Blood pressure alone, and what a doctor has told.
pub(super) fn short(
    hut: &mut Player,
    person: Person,
    first: (u16, u16),
    second: (u16, u16),
    illness: Option<Question>,
) {
    hut.card(person).tap(Tap::Yes).tap(Tap::Item(Item::Pressure)).seated();
    hut.bp(first.0, first.1, 77).waits(60).bp(second.0, second.1, 75);
    match illness {
        Some(illness) => hut.tap(Tap::Illness(Some(illness))).tap(Tap::Next).tap(Tap::Answer(Answer::Yes)),
        None => hut.tap(Tap::Illness(None)),
    };
}

/// Session means of half a year, coming down: days ago, upper, lower.
pub(super) const HALF_YEAR: [(i64, u16, u16); 11] = [
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

pub(super) const MA_BEFORE: [(i64, u16, u16); 8] = [
    (175, 150, 92),
    (155, 154, 95),
    (135, 149, 90),
    (115, 156, 96),
    (95, 153, 93),
    (75, 158, 97),
    (60, 155, 95),
    (47, 158, 96),
];
