//! The scenarios of sync-protocol 12: a platform that loses, repeats, refuses, and a line that lies.

use std::collections::BTreeSet;
use std::time::Duration;

use health_hut::demo::{Mischief, Platform, Times};
use health_hut::model::outbox::{Outcome, UnitState};
use health_hut::model::unit::KeptBack;
use health_hut::model::{Decision, Note, UnitId};
use health_hut::sync::engine::RoundEnd;
use health_hut::sync::http::{Http, Limits};
use health_hut::sync::wire::capability::{Strategies, Strategy};
use health_hut::sync::{Outlook, SyncStep, next_step};
use serde_json::Value;

use super::support::Client;

fn start() -> (Platform, Client) {
    let platform = Platform::start().expect("a free port");
    let client = Client::new(&platform.url(), 21);
    (platform, client)
}

/// After trouble of a kind for a few transactions, everything is there exactly once.
fn heals(mischief: Mischief, times: u32) -> (Platform, Client) {
    let (platform, mut client) = start();
    client.visit(1);
    client.visit(2);
    platform.misbehave(mischief.clone(), Times::Next(times));
    client.rounds(10);
    assert_eq!(client.outbox.count(UnitState::Delivered), 3, "{mischief:?}");
    assert_eq!(platform.doubles(), Vec::<String>::new(), "{mischief:?}");
    assert_eq!((platform.count("Patient"), platform.count("Observation")), (2, 22), "{mischief:?}");
    (platform, client)
}

#[test]
fn s3_4_one_effect_each_wherever_the_server_dies() {
    let deeds = [
        Mischief::Down,
        Mischief::LoseAnswerAfterCommit,
        Mischief::TruncatedBody,
        Mischief::CutAnswer,
        Mischief::BadBundleType,
    ];
    for deed in deeds {
        let (platform, _) = heals(deed.clone(), 2);
        for seen in platform.all("Observation") {
            let id = seen["id"].as_str().expect("an id");
            assert_eq!(platform.effects(id), 1, "{deed:?}");
        }
    }
}

#[test]
fn s3_8_what_is_no_receipt_is_not_believed() {
    for deed in
        [Mischief::Html200, Mischief::EmptyBody, Mischief::Redirect, Mischief::Status(500), Mischief::Status(503)]
    {
        heals(deed, 3);
    }
}

#[test]
fn s3_8_a_captive_portal_is_noticed_before_anything_is_sent() {
    let (platform, mut client) = start();
    platform.misbehave(Mischief::Html200, Times::UntilCleared);
    let told = client.round();
    assert!(matches!(told.ended, RoundEnd::BackedOff { .. }), "{told:?}");
    assert!(platform.transactions().is_empty());
}

#[test]
fn s3_2_every_try_sends_the_same_bytes() {
    let (platform, mut client) = start();
    client.visit(1);
    platform.misbehave(Mischief::LoseAnswerAfterCommit, Times::Next(1));
    client.round();
    client.rounds(5);
    let halves: BTreeSet<Vec<u8>> = platform.transactions().into_iter().skip(1).collect();
    client.outbox.forget_answers();
    client.rounds(5);
    let whole = platform.transactions();
    assert_eq!(whole.first(), whole.last(), "the same batch is the same message");
    assert!(!halves.is_empty());
}

#[test]
fn s5_2_one_bad_among_two_hundred() {
    let (platform, mut client) = start();
    let units: Vec<UnitId> = (0..200).map(|n| client.visit(n)).collect();
    let bad = units[133];
    let id = bad.to_string();
    platform.misbehave(Mischief::RefuseId { id, says: "不合规则".into() }, Times::UntilCleared);
    let told = client.round();
    assert_eq!(told.refused, [(bad, Note::Words("不合规则".to_owned()))]);
    assert_eq!(client.outbox.count(UnitState::Delivered), 200);
    // 11 requests would do for 201 units of 20; 2 log2(20) + 1 more are allowed.
    assert!(told.requests <= 11 + 10, "{}", told.requests);
}

#[test]
fn s5_5_dependents_of_a_refused_unit_wait_and_are_told() {
    let (platform, mut client) = start();
    let chapter = client.story.high_risk_visit(1);
    let units = client.keep_chapter(&chapter);
    let later = client.story.visit_of(chapter.resident.clone(), false);
    let later = client.keep_chapter(&later)[0];
    platform.misbehave(Mischief::RefuseId { id: units[0].to_string(), says: "不合规则".into() }, Times::UntilCleared);
    client.round();
    let told = client.round();
    assert_eq!(told.waits_for, [(units[1], units[0])]);
    assert_eq!(client.state(units[0]), UnitState::Stuck);
    assert_eq!(client.state(units[1]), UnitState::Waiting);
    assert_eq!(client.state(later), UnitState::Delivered, "another visit of the person goes on");
    let says = client.outbox.queued().iter().find(|it| it.unit.id == units[1]).and_then(|it| it.says.clone());
    assert_eq!(says, Some(Note::Held { by: units[0] }));
    platform.behave();
    client.outbox.free(units[0]);
    client.round();
    assert_eq!(client.state(units[1]), UnitState::Delivered);
}

#[test]
fn s5_1_a_record_the_server_stumbles_over_stops_nobody() {
    let (platform, mut client) = start();
    let units: Vec<UnitId> = (0..8).map(|n| client.visit(n)).collect();
    platform.misbehave(Mischief::StumbleOver(units[2].to_string()), Times::UntilCleared);
    client.rounds(4);
    assert_eq!(client.state(units[2]), UnitState::Waiting, "a fault of the server quarantines nothing (S5.7)");
    assert_eq!(client.outbox.count(UnitState::Delivered), 8);
}

#[test]
fn s5_7_a_server_wide_fault_ends_the_round() {
    let (platform, mut client) = start();
    client.visits(0..60);
    client.round();
    client.visits(60..120);
    platform.misbehave(Mischief::Status(500), Times::UntilCleared);
    let told = client.round();
    assert!(told.requests <= 5, "{}", told.requests);
    assert_eq!(client.outbox.count(UnitState::Stuck), 0);
}

#[test]
fn section_6_credentials_stop_and_count_nothing() {
    for status in [401, 403] {
        let (platform, mut client) = start();
        platform.misbehave(Mischief::Status(status), Times::UntilCleared);
        let told = client.round();
        assert_eq!(told.ended, RoundEnd::Stopped(Note::Credentials));
        let queued = client.outbox.queued().to_vec();
        let outlook = Outlook { queued: &queued, pace: client.engine.pace() };
        assert_eq!(next_step(&outlook, 1), SyncStep::Stop(Note::Credentials));
    }
}

#[test]
fn section_6_a_wrong_address_is_said() {
    let (platform, _) = start();
    let mut client = Client::new(&platform.url().replace("/fhir", "/nothing"), 22);
    assert!(matches!(client.round().ended, RoundEnd::Stopped(Note::WrongAddress)));
}

#[test]
fn section_6_retry_after_is_obeyed() {
    let (platform, mut client) = start();
    platform.misbehave(Mischief::TooManyRequests { retry_after: Some("7200".into()) }, Times::Next(1));
    let told = client.round();
    assert!(matches!(told.ended, RoundEnd::BackedOff { .. }));
    let queued = client.outbox.queued().to_vec();
    let outlook = Outlook { queued: &queued, pace: client.engine.pace() };
    assert_eq!(next_step(&outlook, 0), SyncStep::SleepUntil(7_200_000));
    let asked = client.outbox.reports().iter().any(
        |report| matches!(&report.outcome, Outcome::NotSent { retry_after_s, .. } if *retry_after_s == Some(7200)),
    );
    assert!(asked);
}

#[test]
fn section_6_too_big_is_halved_and_remembered() {
    let (platform, mut client) = start();
    client.visits(0..20);
    platform.misbehave(Mischief::TooBig(96 * 1024), Times::UntilCleared);
    client.round();
    assert_eq!(client.outbox.count(UnitState::Delivered), 21);
    let refused = platform.seen().iter().filter(|seen| seen.status == Some(413)).count();
    assert!(refused <= 4, "{refused}");
    platform.misbehave(Mischief::TooBig(1024), Times::UntilCleared);
    let unit = client.visit(90);
    client.round();
    assert_eq!(client.state(unit), UnitState::Stuck, "a single unit that is too big is for people to see");
}

#[test]
fn section_6_gzip_is_switched_off_for_good() {
    let (platform, mut client) = start();
    platform.misbehave(Mischief::GzipUnsupported, Times::UntilCleared);
    client.round();
    client.visit(1);
    client.round();
    assert_eq!(client.outbox.count(UnitState::Delivered), 2);
    assert_eq!(platform.seen().iter().filter(|seen| seen.status == Some(500)).count(), 1);
}

#[test]
fn s7_4_a_slow_server_times_out_and_is_tried_again() {
    let (platform, mut client) = start();
    let limits = Limits { whole: Duration::from_millis(300), slowest: 10_000_000, ..Limits::default() };
    client.wire.inner = Http::with_limits(&platform.url(), None, None, limits).expect("a loopback address");
    platform.misbehave(Mischief::Slow(Duration::from_secs(20)), Times::Next(1));
    client.visit(1);
    client.rounds(4);
    assert_eq!(client.outbox.count(UnitState::Delivered), 2);
}

#[test]
fn s7_5_a_cable_that_is_pulled_loses_nothing() {
    let (platform, mut client) = start();
    client.visit(1);
    client.round();
    platform.unplug();
    client.visit(2);
    let told = client.round();
    assert!(matches!(told.ended, RoundEnd::BackedOff { .. }), "{told:?}");
    assert_eq!(told.refused, []);
    platform.plug_in();
    client.rounds(5);
    assert_eq!(client.outbox.count(UnitState::Delivered), 3);
    assert_eq!(platform.count("Patient"), 2);
}

#[test]
fn s7_5_killed_before_an_answer_was_kept_nothing_doubles() {
    let (platform, mut client) = start();
    let chapter = client.story.high_risk_visit(1);
    client.keep_chapter(&chapter);
    client.round();
    let counts = platform.counts();
    for _ in 0..3 {
        client.outbox.forget_answers();
        client.round();
        assert_eq!(platform.counts(), counts);
    }
    let (flag, task) = chapter.flag.expect("a flag");
    assert_eq!((platform.effects(&flag.to_string()), platform.effects(&task.to_string())), (1, 1));
}

#[test]
fn s4_2_and_s4_3_order_on_the_wire() {
    let (platform, mut client) = start();
    let first = client.story.visit(1);
    client.keep_chapter(&first);
    client.visits(2..40);
    let chapter = client.story.high_risk_visit(50);
    client.keep_chapter(&chapter);
    client.round();
    let bodies = platform.transactions();
    let at = |id: &str| bodies.iter().position(|body| String::from_utf8_lossy(body).contains(id)).expect("it was sent");
    let urgent = at(&chapter.visit.to_string());
    assert!(urgent <= 1, "lane 1 goes first, after the station it refers to");
    assert!(at(&chapter.units[0].id.to_string()) <= at(&chapter.flag.expect("a flag").0.to_string()));
    assert!(urgent < at(&first.visit.to_string()));
}

#[test]
fn s4_5_two_decisions_on_one_request_travel_apart() {
    let (platform, mut client) = start();
    let chapter = client.story.high_risk_visit(1);
    client.keep_chapter(&chapter);
    let due = chapter.facts[0].at.day();
    let retest = client.story.review(&chapter, Decision::Retest { due });
    client.keep(retest);
    let referral = client.story.referral();
    let referral = client.story.review(&chapter, referral);
    client.keep(referral);
    client.rounds(3);
    assert_eq!(client.outbox.count(UnitState::Delivered), 5, "{:?}", client.outbox.reports());
    let tasks = platform.all("Task");
    assert_eq!(tasks.len(), 2, "the request and the one for the retest");
    assert!(tasks.iter().all(|task| task["status"] == "completed"));
}

#[test]
fn section_10_what_is_kept_back_never_leaves() {
    let (platform, mut client) = start();
    let mut chapter = client.story.visit(1);
    chapter.units[0].kept_back = Some(KeptBack::NoConsent);
    let unit = client.keep_chapter(&chapter)[0];
    let told = client.round();
    assert_eq!(told.acknowledged.len(), 1, "the station");
    assert_eq!(client.state(unit), UnitState::KeptBack);
    let person = chapter.resident.id.to_string();
    assert!(platform.transactions().iter().all(|body| !String::from_utf8_lossy(body).contains(&person)));
}

#[test]
fn section_10_the_platforms_words_name_no_one() {
    let (platform, mut client) = start();
    let chapter = client.story.visit(1);
    let unit = client.keep_chapter(&chapter)[0];
    let number = chapter.resident.id_number.reveal().to_owned();
    let says = format!("{number} 测试1 重复");
    platform.misbehave(Mischief::RefuseId { id: unit.to_string(), says }, Times::UntilCleared);
    let told = client.round();
    assert_eq!(told.refused, [(unit, Note::Words("… … 重复".to_owned()))]);
    assert!(platform.seen().iter().all(|seen| !seen.path.contains(&number)));
}

#[test]
fn s3_7_somebody_elses_change_is_a_conflict_not_a_success() {
    let (platform, mut client) = start();
    let chapter = client.story.high_risk_visit(1);
    client.keep_chapter(&chapter);
    client.round();
    let (_, task) = chapter.flag.expect("a flag");
    let mut theirs = platform.resource(&format!("Task/{task}")).expect("the request");
    theirs["status"] = Value::from("rejected");
    platform.change(theirs);
    let due = chapter.facts[0].at.day();
    let review = client.story.review(&chapter, Decision::FollowUp { due });
    let unit = client.keep(review)[0];
    client.round();
    assert_eq!(client.state(unit), UnitState::Stuck);
    assert_eq!(platform.resource(&format!("Task/{task}")).expect("the request")["status"], "rejected");
}

#[test]
fn s3_3_the_strategy_is_read_from_the_capability_statement() {
    let (platform, mut client) = start();
    platform.misbehave(Mischief::NoUpdateCreate, Times::UntilCleared);
    let chapter = client.story.high_risk_visit(1);
    client.keep_chapter(&chapter);
    client.rounds(4);
    assert_eq!(client.outbox.count(UnitState::Delivered), 3, "{:?}", client.outbox.reports());
    assert_eq!(platform.count("Provenance"), 0, "left out: R4 gives it no identifier (S3.10)");
    assert_eq!(platform.count("RiskAssessment"), 1);
}

#[test]
fn s3_3_c_conditional_update_makes_one() {
    let (platform, client) = start();
    let mut client = client.with_strategies(Strategies::all(Strategy::UpdateByIdentifier));
    let chapter = client.story.high_risk_visit(1);
    client.keep_chapter(&chapter);
    client.wire.lose = 2;
    client.rounds(4);
    assert_eq!(client.outbox.count(UnitState::Delivered), 3, "{:?}", client.outbox.reports());
    assert_eq!(platform.doubles(), Vec::<String>::new());
}

#[test]
fn s3_9_only_what_was_in_the_request_is_marked() {
    let (platform, mut client) = start();
    let early = client.visit(1);
    client.round();
    let late = client.visit(2);
    assert_eq!(client.state(early), UnitState::Delivered);
    assert_eq!(client.state(late), UnitState::Waiting);
    let reported: BTreeSet<UnitId> = client.outbox.reports().iter().map(|report| report.unit).collect();
    assert!(!reported.contains(&late));
    let receipt = client.outbox.reports().iter().find(|report| report.unit == early).expect("a report");
    let Outcome::Delivered(receipts) = &receipt.outcome else { panic!("not delivered") };
    assert!(receipts.iter().all(|receipt| platform.resource(&receipt.resource).is_some()));
    // Of patient, 3 consents, encounter, 11 observations and provenance, later messages ask for the first four.
    assert_eq!(receipts.len(), 4);
}
