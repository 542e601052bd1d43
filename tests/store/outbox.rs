//! Units of upload: each in exactly one state, built the same at every try, none stopped by another.

use health_hut::model::outbox::{Outcome, Receipt, Report, UnitState};
use health_hut::model::*;
use health_hut::store::{Store, StoreFault};

use super::town::{Town, confirmed};
use super::{Folder, known, reader, save};

fn tell(store: &Store, town: &Town, unit: UnitId, outcome: Outcome) {
    store.report(vec![Report { unit, outcome }], &town.now).unwrap();
}

fn delivered(resource: String) -> Outcome {
    Outcome::Delivered(vec![Receipt { resource, server_id: None, etag: Some("W/\"98a4\"".to_owned()) }])
}

#[test]
fn a_unit_waits_for_what_it_refers_to_and_then_goes() {
    let folder = Folder::new("goes");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), None);
    save(&store, &visit);
    store.commit_now(town.review(&visit, confirmed())).unwrap();
    let read = reader(&store);
    let outlook = read.outlook().unwrap();
    assert_eq!(outlook.len(), 3);
    assert!(outlook.windows(2).all(|pair| pair[0].seq <= pair[1].seq));
    assert_eq!(outlook[0].since, visit.steps[0].facts[0].at);
    assert_eq!(outlook.iter().map(|one| one.unit.after.len()).collect::<Vec<_>>(), [0, 1, 1]);
    assert_eq!(outlook[0].unit.facts, visit.steps[2].units[0].facts);

    tell(&store, &town, visit.units[0], delivered(format!("Patient/{}", resident.id)));
    let outlook = read.outlook().unwrap();
    assert_eq!(outlook.iter().map(|one| one.unit.after.len()).collect::<Vec<_>>(), [0, 1]);
    let counts = read.outbox_counts(&town.now).unwrap();
    assert_eq!((counts.waiting, counts.delivered), ([1, 1, 0, 0], 1));
    assert_eq!(counts.last_success, Some(town.now.wall.to_rfc3339()));
    assert!(counts.oldest_waiting_s.is_some());
    // A unit is done once: what comes later about it changes nothing.
    tell(&store, &town, visit.units[0], Outcome::Refused { says: Note::TooBig });
    assert_eq!(read.outbox_counts(&town.now).unwrap().delivered, 1);
}

#[test]
fn a_parcel_is_the_same_at_every_try() {
    let folder = Folder::new("parcel");
    let (store, mut town) = (folder.open(), Town::new(1));
    let site = town.site();
    store.commit_now(town.commit(Fact::SiteConfigured { site })).unwrap();
    let (_, staff) = town.staff("张三", "doctor");
    store.add_staff(staff, "258036").unwrap();
    let resident = known(&store, &mut town, 1);
    let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), None);
    save(&store, &visit);
    let read = reader(&store);
    let first = read.parcel(visit.units[1]).unwrap();
    let kinds = |facts: &[StoredFact]| facts.iter().map(|fact| fact.new.fact.kind()).collect::<Vec<_>>();
    assert_eq!(kinds(&first.facts), ["risk_evaluated", "guidance_given", "risk_flagged", "high_risk_registered"]);
    assert_eq!(
        kinds(&first.about),
        [
            "site_configured",
            "staff_added",
            "resident_kept",
            "consent_answered",
            "visit_opened",
            "measurement_taken",
            "measurement_taken",
            "measurement_taken",
            "questions_answered",
            "visit_concluded"
        ]
    );
    assert_eq!((first.unit.after.len(), first.receipts.len()), (1, 0));
    // The person's record, the station and the visit go on; this message does not change.
    store.commit_now(town.arrives(&resident, super::town::ALL)).unwrap();
    let site = town.site();
    store.commit_now(town.commit(Fact::SiteConfigured { site })).unwrap();
    let called = Fact::StaffCalled { visit: Some(visit.id), reason: fact::CallReason::Asked };
    store.commit_now(town.commit(called)).unwrap();
    tell(&store, &town, visit.units[0], delivered(format!("Encounter/{}", visit.id)));
    let again = read.parcel(visit.units[1]).unwrap();
    assert_eq!((&again.facts, &again.about), (&first.facts, &first.about));
    assert_eq!(again.receipts[0].resource, format!("Encounter/{}", visit.id));
    assert_eq!(again.receipts[0].etag.as_deref(), Some("W/\"98a4\""));
    assert!(again.unit.after.is_empty());

    let review = town.review(&visit, confirmed());
    store.commit_now(review.clone()).unwrap();
    let parcel = read.parcel(review.units[0].id).unwrap();
    assert!(kinds(&parcel.about).contains(&"risk_flagged".to_owned()), "a review knows its case");
    assert!(matches!(read.parcel(town.id()), Err(StoreFault::NoUnit(_))));
}

#[test]
fn a_stuck_row_stops_nobody() {
    let folder = Folder::new("stuck");
    let (store, mut town) = (folder.open(), Town::new(1));
    let visits: Vec<_> = (1..4)
        .map(|number| {
            let resident = known(&store, &mut town, number);
            let visit = town.visit(Subject::Resident(resident.id), None, None);
            save(&store, &visit);
            visit
        })
        .collect();
    let read = reader(&store);
    let state = |unit: UnitId| read.outlook().unwrap().into_iter().find(|one| one.unit.id == unit).unwrap();
    let bad = visits[0].units[0];
    tell(&store, &town, bad, Outcome::Refused { says: Note::Words("unknown township".to_owned()) });
    assert_eq!((state(bad).state, state(bad).refusals), (UnitState::Stuck, 1));
    assert_eq!(state(visits[0].units[1]).unit.after, [bad], "its dependent waits for it");
    let counts = read.outbox_counts(&town.now).unwrap();
    assert_eq!(counts.refused, [(bad.to_string(), Note::Words("unknown township".to_owned()))]);
    assert_eq!(counts.waiting, [0, 0, 5, 0]);

    // Without a reason it takes three different days.
    let doubtful = visits[1].units[0];
    for wanted in [UnitState::Waiting, UnitState::Waiting, UnitState::Stuck] {
        for _ in 0..2 {
            tell(&store, &town, doubtful, Outcome::Declined { says: Note::Declined { status: 409 } });
        }
        assert_eq!(state(doubtful).state, wanted);
        town.pass(86_400);
    }
    // The line is nobody's fault.
    let fine = visits[2].units[0];
    for _ in 0..9 {
        tell(&store, &town, fine, Outcome::NotSent { says: Note::Unreachable, retry_after_s: None });
    }
    assert_eq!((state(fine).state, state(fine).refusals), (UnitState::Waiting, 0));
    assert_eq!(state(fine).says, Some(Note::Unreachable));

    assert_eq!(store.retry(vec![bad, doubtful, fine]).unwrap(), 2);
    assert_eq!((state(bad).state, state(doubtful).state), (UnitState::Waiting, UnitState::Waiting));
    assert_eq!(state(bad).refusals, 1);
    // A report about a unit that is not here harms nobody.
    let stranger = Report { unit: town.id(), outcome: Outcome::Delivered(Vec::new()) };
    store
        .report(vec![stranger, Report { unit: fine, outcome: delivered("no resource".to_owned()) }], &town.now)
        .unwrap();
    assert_eq!(read.outbox_counts(&town.now).unwrap().delivered, 1);
}

#[test]
fn a_unit_may_wait_for_a_later_one_of_its_commit_but_not_for_a_stranger() {
    let folder = Folder::new("order");
    let (store, mut town) = (folder.open(), Town::new(1));
    let mut visit = town.visit(Town::guest(1), Some(Urgency::Soon), None);
    visit.steps[2].units.reverse();
    save(&store, &visit);
    let mut other = town.visit(Town::guest(2), None, None);
    other.steps[2].units[0].after.push(town.id());
    store.commit_now(other.steps[0].clone()).unwrap();
    store.commit_now(other.steps[1].clone()).unwrap();
    assert!(matches!(store.commit_now(other.steps[2].clone()), Err(StoreFault::NoUnit(_))));
}
