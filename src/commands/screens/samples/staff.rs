//! The staff's screens, and the one that is out of service.

use std::sync::Arc;

use super::ways::{MA_BEFORE, guest, low_glucose, short, whole};
use super::{GULINA, LIU, MA, SUN, Sample, Samples, Shown, ZHAO};
use crate::commands::screens::player::Player;
use crate::model::{CaseRow, Moment, Urgency};
use crate::session::doctor::{DeskTap, PinRefusal, SheetKind};
use crate::session::measure::Meal;
use crate::session::{Item, Symptom, Tap, World};

pub(super) fn desk(samples: &mut Samples) {
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
    let mut called = Player::open(&world, "09:20");
    called.queue(Vec::new()).tap(Tap::Screen).tap(Tap::CallStaff).tap(Tap::Unwell).tap(Tap::Symptom(Symptom::Chest));
    called.tap(Tap::Staff).tap(Tap::Desk(DeskTap::Person(0))).keys("481526").tap(Tap::Next);
    samples.state("D02-queue", "unnamed", called.state);
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

pub(super) fn out_of_service(samples: &mut Samples) {
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
