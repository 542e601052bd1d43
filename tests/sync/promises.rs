//! Promises that hold against any server; each is a function over it.

use health_hut::demo::{Mischief, Platform, Times};
use health_hut::model::outbox::UnitState;
use health_hut::model::resident::Personal;
use health_hut::model::review::DismissReason;
use health_hut::model::{Decision, Fact, Note};
use health_hut::sync::plan::Rhythm;

use super::support::{Client, Server};

/// S3.1: everything of a person's way through the hut arrives, and is what we sent.
fn everything_arrives_once(server: &dyn Server) {
    let kinds = ["Patient", "Encounter", "Observation", "Task", "EpisodeOfCare", "ServiceRequest", "Provenance"];
    let before = kinds.map(|kind| server.count(kind));
    let mut client = Client::of(server, 11);
    let chapter = client.story.high_risk_visit(11);
    client.keep_chapter(&chapter);
    let more = client.story.addendum(&chapter);
    client.keep(more);
    let referral = client.story.referral();
    let review = client.story.review(&chapter, referral);
    client.keep(review);
    let told = client.round();
    assert_eq!(told.acknowledged.len(), 5, "{told:?}");
    let after = kinds.map(|kind| server.count(kind));
    let grown: Vec<u64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    // 2 pressures with 2 pulses, height, weight, waist, glucose, answers, mean, index; then pressure, pulse, symptoms.
    assert_eq!(grown, [1, 1, 14, 1, 1, 1, 3]);
    let (_, task) = chapter.flag.expect("a flag");
    assert_eq!(server.resource(&format!("Task/{task}")).expect("the request")["status"], "completed");
}

/// S3.2, S3.4, S3.5: sent twice, it is there once, and the ETag kept is that of the last answer.
fn a_replay_makes_no_second(server: &dyn Server) {
    let mut client = Client::of(server, 12);
    let chapter = client.story.high_risk_visit(12);
    client.keep_chapter(&chapter);
    client.round();
    let kinds = ["Patient", "Consent", "Encounter", "Observation", "RiskAssessment", "Flag", "Task", "Provenance"];
    let once = kinds.map(|kind| server.count(kind));
    client.outbox.forget_answers();
    let told = client.round();
    assert_eq!(told.acknowledged.len(), 3, "{told:?}");
    assert_eq!(kinds.map(|kind| server.count(kind)), once);
    let (_, task) = chapter.flag.expect("a flag");
    let review = client.story.review(&chapter, Decision::FollowUp { due: chapter.facts[0].at.day() });
    client.keep(review);
    assert_eq!(client.round().acknowledged.len(), 1, "the kept ETag of Task/{task} must be the newest");
}

/// S3.7: the answer to a guarded update was lost; the retry meets a 412, reads back, finds its own content.
fn a_lost_answer_to_a_review_is_found_out(server: &dyn Server) {
    let mut client = Client::of(server, 13);
    let chapter = client.story.high_risk_visit(13);
    client.keep_chapter(&chapter);
    client.round();
    let referral = client.story.referral();
    let review = client.story.review(&chapter, referral);
    let unit = client.keep(review)[0];
    client.wire.lose = 1;
    client.round();
    client.rounds(3);
    assert_eq!(client.state(unit), UnitState::Delivered);
    let (_, task) = chapter.flag.expect("a flag");
    let receipt = client.outbox.receipt(&format!("Task/{task}")).expect("a receipt");
    assert!(receipt.etag.is_some());
}

/// S5.1, S5.2, S5.3: one bad record is set aside with the platform's words; the others arrive.
fn one_bad_record_stops_nobody(server: &dyn Server) {
    let mut client = Client::of(server, 14);
    let mut bad = client.story.visit(1400);
    for fact in &mut bad.facts {
        if let Fact::ResidentKept { resident } = &mut fact.fact {
            resident.name = Some(Personal(String::new()));
        }
    }
    let bad = client.keep_chapter(&bad)[0];
    let good: Vec<_> = (1..20).map(|n| client.visit(1400 + n)).collect();
    client.round();
    assert_eq!(client.state(bad), UnitState::Stuck);
    assert!(good.iter().all(|unit| client.state(*unit) == UnitState::Delivered));
    let says = client.outbox.queued().iter().find(|it| it.unit.id == bad).and_then(|it| it.says.clone());
    assert!(says.is_some_and(|says| matches!(says, Note::Words(words) if !words.is_empty())));
}

/// S3.3 b, S3.10, S3.11: a server that chooses ids itself gets one of each all the same, and is updated under its ids.
fn conditional_creation_makes_one(server: &dyn Server) {
    let kinds = ["Organization", "Patient", "Encounter", "Observation", "Task", "EpisodeOfCare"];
    let before = kinds.map(|kind| server.count(kind));
    let mut client = Client::of(server, 15).with_strategies(server.choosing());
    // One unit a transaction, so that references cross bundles.
    client.engine = client.engine.clone().with_rhythm(Rhythm { largest: 1, ..Rhythm::default() });
    let chapter = client.story.high_risk_visit(1500);
    client.keep_chapter(&chapter);
    let dismissal = Decision::Dismissed { reason: DismissReason::MeasurementError };
    let review = client.story.review(&chapter, dismissal);
    client.keep(review);
    client.wire.lose = 2;
    client.rounds(4);
    assert_eq!(client.outbox.count(UnitState::Delivered), 4, "{:?}", client.outbox.queued());
    let grown: Vec<u64> = kinds.iter().zip(before).map(|(kind, before)| server.count(kind) - before).collect();
    assert_eq!(grown, [1, 1, 1, 11, 1, 1]);
    let (_, task) = chapter.flag.expect("a flag");
    let receipt = client.outbox.receipt(&format!("Task/{task}")).expect("a receipt");
    let named = receipt.server_id.clone().expect("an id of the server's");
    assert_ne!(named, task.to_string());
    assert_eq!(server.resource(&format!("Task/{named}")).expect("the request")["status"], "completed");
}

type Promise = fn(&dyn Server);

const PROMISES: [(&str, Promise); 5] = [
    ("everything_arrives_once", everything_arrives_once),
    ("a_replay_makes_no_second", a_replay_makes_no_second),
    ("a_lost_answer_to_a_review_is_found_out", a_lost_answer_to_a_review_is_found_out),
    ("one_bad_record_stops_nobody", one_bad_record_stops_nobody),
    ("conditional_creation_makes_one", conditional_creation_makes_one),
];

#[test]
fn our_own_platform_keeps_them() {
    for (name, promise) in PROMISES {
        eprintln!("{name}");
        let platform = Platform::start().expect("a free port");
        promise(&platform);
        assert_eq!(platform.doubles(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn our_own_platform_keeps_them_in_other_dialects() {
    let dialects = [vec![Mischief::UuidEtags, Mischief::GuardIs400], vec![Mischief::GzipUnsupported]];
    for (dialect, (name, promise)) in dialects.iter().flat_map(|dialect| PROMISES.map(|promise| (dialect, promise))) {
        eprintln!("{name} {dialect:?}");
        let platform = Platform::start().expect("a free port");
        dialect.iter().for_each(|it| platform.misbehave(it.clone(), Times::UntilCleared));
        promise(&platform);
        assert_eq!(platform.doubles(), Vec::<String>::new(), "{name} {dialect:?}");
    }
}

#[test]
fn an_independent_server_keeps_them() {
    let Some(server) = super::sekmet::Sekmet::start() else { return };
    for (name, promise) in PROMISES {
        eprintln!("{name}");
        promise(&server);
    }
}
