//! What people allow, and where a flag is because of it.

use health_hut::model::fact::SymptomAnswer;
use health_hut::model::outbox::{Outcome, Report, UnitState};
use health_hut::model::review::CasePerson;
use health_hut::model::unit::KeptBack;
use health_hut::model::*;
use health_hut::store::StoreFault;

use super::town::{ALL, Town, confirmed, dismissed};
use super::{Folder, known, reader, save};

#[test]
fn the_queue_is_sorted_and_respects_the_resident() {
    let folder = Folder::new("queue");
    let (store, mut town) = (folder.open(), Town::new(1));
    let hidden = Consent { doctor_view: false, ..ALL };
    let mut flagged = |consent: Option<Consent>, level: Urgency, slip: u16| {
        let subject = match consent {
            None => Town::guest(slip),
            Some(consent) => {
                let resident = town.resident(slip);
                store.commit_now(town.arrives(&resident, consent)).unwrap();
                Subject::Resident(resident.id)
            }
        };
        let visit = town.visit(subject, Some(level), None);
        save(&store, &visit);
        visit
    };
    let soon = flagged(Some(ALL), Urgency::Soon, 1);
    let _withheld = flagged(Some(hidden), Urgency::Soon, 2);
    let guest = flagged(None, Urgency::Routine, 3);
    let urgent = flagged(Some(hidden), Urgency::Urgent, 4);
    let later = flagged(Some(ALL), Urgency::Soon, 5);
    let emergency = flagged(None, Urgency::Emergency, 6);
    let _nothing_said = flagged(Some(Consent::default()), Urgency::Soon, 7);

    let read = reader(&store);
    let cases = read.cases(&town.now).unwrap();
    let order: Vec<FlagId> = cases.iter().map(|case| case.flag).collect();
    assert_eq!(order, [&emergency, &urgent, &soon, &later, &guest].map(|visit| visit.flag.unwrap()));
    assert!(matches!(&cases[2].person, CasePerson::Resident { age: 74, name: Some(_), .. }));
    assert!(matches!(cases[4].person, CasePerson::Guest(guest) if guest.slip == SlipNumber(3)));
    assert_eq!((cases[2].readings.len(), cases[2].assessment.reasons.len()), (3, 2));
    assert_eq!((cases[0].symptoms.clone(), cases[2].symptoms.clone()), (Some(SymptomAnswer::Told(Vec::new())), None));
    assert_eq!((cases[2].upload, cases[4].upload), (true, false));
    assert!(cases[2].registration.is_some() && cases[4].registration.is_none());
    let counts = read.flag_counts().unwrap();
    assert_eq!((counts.to_review, counts.unclaimed, counts.withheld), (5, 2, 2));
    let desk = read.counts(town.today()).unwrap();
    assert_eq!((desk.visits_today, desk.guided, desk.registered), (7, (7, 7), (5, 7)));

    // A later evaluation of the same visit moves the case up; a review takes it out.
    let (flag, evaluation, level) = (guest.flag.unwrap(), town.id(), Urgency::Emergency);
    store.commit_now(town.commit(Fact::FlagRaised { flag, evaluation, level })).unwrap();
    assert_eq!(read.cases(&town.now).unwrap()[0].flag, flag);
    store.commit_now(town.review(&guest, confirmed())).unwrap();
    assert_eq!(read.cases(&town.now).unwrap().len(), 4);
}

#[test]
fn a_case_shows_earlier_days() {
    let folder = Folder::new("days");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let first = town.today();
    save(&store, &town.visit(Subject::Resident(resident.id), None, None));
    town.pass(86_400);
    save(&store, &town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), None));
    assert_eq!(reader(&store).cases(&town.now).unwrap()[0].history, [(first, 151, 88)]);
}

#[test]
fn a_later_yes_frees_and_a_later_no_keeps_back() {
    let folder = Folder::new("later");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = town.resident(1);
    let no = Consent { upload: false, ..ALL };
    store.commit_now(town.arrives(&resident, no)).unwrap();
    let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), Some(KeptBack::NoConsent));
    save(&store, &visit);
    let guest = town.visit(Town::guest(1), Some(Urgency::Soon), Some(KeptBack::Guest));
    save(&store, &guest);
    let other = known(&store, &mut town, 2);
    save(&store, &town.visit(Subject::Resident(other.id), None, None));
    let read = reader(&store);
    let seen = || {
        let counts = read.outbox_counts(&town_now()).unwrap();
        (counts.waiting.iter().sum::<u32>(), counts.kept_back, counts.refused.len())
    };
    assert_eq!(seen(), (2, 4, 0));
    assert!(read.outlook().unwrap().iter().all(|one| one.state == UnitState::Waiting));

    let yes = town.consents(&resident, ALL);
    store.commit_now(Commit { facts: vec![yes.clone()], units: Vec::new() }).unwrap();
    assert_eq!(seen(), (4, 2, 0));
    let about = read.parcel(visit.units[0]).unwrap().about;
    assert!(about.iter().any(|fact| fact.new.id == yes.id), "the message shows the yes it rests on");

    let refused = Outcome::Refused { says: Note::TooBig };
    store.report(vec![Report { unit: visit.units[0], outcome: refused }], &town.now).unwrap();
    assert_eq!(seen(), (3, 2, 1));
    // Without the first switch the third counts for nothing. The unit that tells the platform so may leave.
    let denial = town.consents(&resident, Consent { keep: false, ..ALL });
    let told = Unit {
        id: town.id(),
        kind: UnitKind::Addendum,
        lane: Lane::Housekeeping,
        subject: Some(Subject::Resident(resident.id)),
        facts: vec![denial.id],
        after: Vec::new(),
        kept_back: None,
    };
    store.commit_now(Commit { facts: vec![denial], units: vec![told] }).unwrap();
    assert_eq!(seen(), (3, 4, 0));
}

fn town_now() -> Moment {
    Town::new(1).now
}

#[test]
fn every_flag_is_in_exactly_one_place() {
    let folder = Folder::new("place");
    let (store, mut town) = (folder.open(), Town::new(1));
    let mut visits = Vec::new();
    for number in 0..24_u16 {
        let (subject, kept_back) = match number % 3 {
            0 => (Town::guest(number), Some(KeptBack::Guest)),
            1 => (Subject::Resident(known(&store, &mut town, number).id), Some(KeptBack::NoConsent)),
            _ => (Subject::Resident(known(&store, &mut town, number).id), None),
        };
        let visit = town.visit(subject, Some(Urgency::Soon), kept_back);
        save(&store, &visit);
        match number % 4 {
            0 => drop(store.commit_now(town.review(&visit, confirmed())).unwrap()),
            1 => drop(store.commit_now(town.review(&visit, dismissed())).unwrap()),
            _ => {}
        }
        visits.push(visit);
    }
    for (number, visit) in visits.iter().enumerate().filter(|(number, _)| number % 3 == 2) {
        let outcome = match number % 2 {
            0 => Outcome::Delivered(Vec::new()),
            _ => Outcome::Refused { says: Note::TooBig },
        };
        store.report(vec![Report { unit: visit.units[1], outcome }], &town.now).unwrap();
    }
    let counts = reader(&store).flag_counts().unwrap();
    assert_eq!((counts.to_review, counts.confirmed, counts.dismissed, counts.unclaimed), (8, 6, 6, 4));
    assert_eq!((counts.waiting, counts.delivered, counts.stuck, counts.kept_back), (0, 4, 4, 16));
    // A dismissed registration is closed: neither registered nor missing.
    let desk = reader(&store).counts(town.today()).unwrap();
    assert_eq!(desk.registered, (12, 18));
}

#[test]
fn a_flag_without_a_unit_is_refused() {
    let folder = Folder::new("unitless");
    let (store, mut town) = (folder.open(), Town::new(1));
    let mut visit = town.visit(Town::guest(1), Some(Urgency::Soon), None);
    visit.steps[2].units.clear();
    store.commit_now(visit.steps[0].clone()).unwrap();
    store.commit_now(visit.steps[1].clone()).unwrap();
    assert!(matches!(store.commit_now(visit.steps[2].clone()), Err(StoreFault::Unsound { .. })));
}
