//! What is told: R20 to R24.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ways::{
    HALF_YEAR, blood_fats, guest, known, lifestyle, low_glucose, nothing_told, short, staff_types, typed, until_meal,
    whole,
};
use super::{LIU, LONG, MA, SUN, Samples, WANG, ZHAO};
use crate::commands::screens::player::Player;
use crate::model::device::{DeviceEvent, PrintTrouble, Role, Trouble};
use crate::model::measurement::Quality;
use crate::model::resident::{AgeBand, Question};
use crate::model::units::Kilograms;
use crate::model::{Duty, Sex, Value};
use crate::session::measure::{EntryTap, Meal};
use crate::session::{Habit, Item, Saying, Symptom, Tap, World};

pub(super) fn results(samples: &mut Samples) {
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
    samples.add("R20-result", "moved", |hut| {
        hut.knows(ZHAO, &[]).card(ZHAO).tap(Tap::Yes).tap(Tap::Item(Item::Body));
        hut.body(1580, 64_400).tap(Tap::Yes).tap(Tap::Back).tap(Tap::Item(Item::Pressure)).seated();
        hut.bp_marked(146, 92, 77, vec![Quality::Movement]).waits(60).bp(144, 90, 75);
        nothing_told(hut);
    });
    samples.add("R20-result", "low-sugar", |hut| {
        hut.knows(SUN, &[]).card(SUN).tap(Tap::Yes).tap(Tap::Item(Item::Glucose));
        hut.tap(Tap::Meal(Meal::Fasting)).tap(Tap::Next).tap(Tap::Illness(None)).glucose(&[36]);
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
    samples.add("R20-result", "tour", |hut| {
        hut.knows(ZHAO, &[]);
        until_meal(hut, ZHAO, (146, 92), (144, 90), 880);
        nothing_told(hut);
        hut.glucose(&[54]).oxygen(97).temperature(366).tap(Tap::Next);
        lifestyle(hut);
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

pub(super) fn trends(samples: &mut Samples) {
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

pub(super) fn slips(samples: &mut Samples) {
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

pub(super) fn urgent(samples: &mut Samples) {
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
    samples.add("R22-urgent", "low-printing", |hut| {
        low_glucose(hut);
        hut.tap(Tap::Print);
    });
    samples.add("R22-urgent", "no-paper", move |hut| {
        locked(hut);
        hut.tap(Tap::Print).hears(Role::Printer, DeviceEvent::Printed(Err(PrintTrouble::NoPaper)));
    });
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

pub(super) fn leaving(samples: &mut Samples) {
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
