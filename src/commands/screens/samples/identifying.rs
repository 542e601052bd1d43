//! Who comes: R01 to R06.

use std::sync::Arc;

use super::ways::{HALF_YEAR, all_down, guest, known, phone};
use super::{CHILD, LONG, MA, Sample, Samples, Shown, WANG, ZHAO, world};
use crate::commands::screens::player::Player;
use crate::model::Sex;
use crate::model::device::{DeviceEvent, Role, Trouble};
use crate::model::resident::{AgeBand, ConsentSwitch};
use crate::seeds::SeedFault;
use crate::session::{Item, Saying, Tap, World};

pub(super) fn identification(samples: &mut Samples) {
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

pub(super) fn without_consent_text(samples: &mut Samples) -> Result<(), SeedFault> {
    let world = Arc::new(World { consent: None, ..world()? });
    let mut hut = Player::open(&world, "08:40");
    hut.card(ZHAO).tap(Tap::Yes);
    let shown = Shown::State(Box::new(hut.state));
    samples.all.push(Sample { name: "R05-consent", variant: "no-text", world, shown });
    Ok(())
}
