//! Commits: all or nothing, in order, once; and what is read back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use health_hut::model::fact::{Ending, IdentifiedBy};
use health_hut::model::resident::Answer;
use health_hut::model::*;
use health_hut::store::{Opening, StoreFault, Who, back_up, restore};

use super::town::{ALL, Town, confirmed, dismissed};
use super::{Folder, known, reader, save, stored};

#[test]
fn what_is_stored_reads_back_the_same_in_order() {
    let folder = Folder::new("same");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), None);
    save(&store, &visit);
    let newer = serde_json::json!({"fact": "moon_landed", "visit": null, "n": [1, {"z": 0, "a": null}]});
    let unknown = town.commit(Fact::Unknown(newer));
    store.commit_now(unknown.clone()).unwrap();

    let read = reader(&store).facts(0, 1000).unwrap();
    let wanted: Vec<NewFact> = visit.steps.iter().flat_map(|step| step.facts.clone()).chain(unknown.facts).collect();
    assert_eq!(read.iter().skip(2).map(|fact| fact.new.clone()).collect::<Vec<_>>(), wanted);
    assert!(read.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(reader(&store).history(resident.id).unwrap().len(), read.len() - 1);
}

#[test]
fn a_commit_is_all_or_nothing() {
    let folder = Folder::new("nothing");
    let (store, mut town) = (folder.open(), Town::new(1));
    let visit = town.visit(Town::guest(7), Some(Urgency::Soon), None);
    let before = stored(&reader(&store));
    let mut broken = Commit::default();
    visit.steps.iter().for_each(|step| broken.facts.extend(step.facts.clone()));
    let stray = town.fact(Fact::FlagRaised { flag: town_id(), evaluation: town_id(), level: Urgency::Soon });
    broken.facts.push(stray);
    assert!(matches!(store.commit_now(broken), Err(StoreFault::Unsound { .. })));
    // The visit's last step names Facts of the first two, which are not there.
    assert!(matches!(store.commit_now(visit.steps[2].clone()), Err(StoreFault::Unsound { .. })));
    assert_eq!(stored(&reader(&store)), before);
    assert!(reader(&store).outlook().unwrap().is_empty());
    save(&store, &visit);
    assert_eq!(reader(&store).outlook().unwrap().len(), 2);
}

fn town_id<T: From<uuid::Uuid>>() -> T {
    uuid::Uuid::from_u128(99).into()
}

#[test]
fn a_repeated_commit_is_stored_once_and_a_changed_one_refused() {
    let folder = Folder::new("twice");
    let (store, mut town) = (folder.open(), Town::new(1));
    let visit = town.visit(Town::guest(7), Some(Urgency::Soon), None);
    save(&store, &visit);
    let first = stored(&reader(&store));
    save(&store, &visit);
    assert_eq!(stored(&reader(&store)), first);
    let mut changed = visit.steps[0].clone();
    changed.facts[0].at = town.now;
    assert!(matches!(store.commit_now(changed), Err(StoreFault::Unsound { .. })));
}

#[test]
fn nothing_is_answered_before_a_second_connection_can_read_it() {
    let folder = Folder::new("answered");
    let (store, mut town) = (folder.open(), Town::new(1));
    let other = reader(&store);
    let (say, said) = mpsc::channel();
    let commit = town.visit(Town::guest(1), None, None).steps.remove(0);
    store.commit(commit.clone(), move |saved| {
        say.send((saved.unwrap().seqs, stored(&other))).unwrap();
    });
    let (seqs, seen) = said.recv().unwrap();
    assert_eq!((seqs.len(), seen), (2, commit.facts.iter().map(|fact| fact.id).collect()));
}

#[test]
fn a_full_disk_loses_nothing_and_ends_by_itself() {
    let folder = Folder::new("full");
    let limit = Arc::new(AtomicU32::new(0));
    let opening = Opening { page_limit: Some(Arc::clone(&limit)), ..folder.opening() };
    let store = health_hut::store::Store::open(&opening).unwrap();
    let mut town = Town::new(1);
    limit.store(1, Ordering::Relaxed);
    let mut saved = Vec::new();
    let refused = loop {
        let step = town.visit(Town::guest(1), None, None).steps.remove(0);
        match store.commit_now(step.clone()) {
            Ok(_) => saved.extend(step.facts.iter().map(|fact| fact.id)),
            Err(StoreFault::DiskFull) => break step,
            Err(other) => panic!("{other}"),
        }
        assert!(saved.len() < 2000, "the limit does not hold");
    };
    assert_eq!(stored(&reader(&store)), saved);
    assert!(matches!(store.commit_now(refused.clone()), Err(StoreFault::DiskFull)));
    limit.store(0, Ordering::Relaxed);
    store.commit_now(refused.clone()).unwrap();
    saved.extend(refused.facts.iter().map(|fact| fact.id));
    assert_eq!(stored(&reader(&store)), saved);
    reader(&store).quick_check().unwrap();
}

#[test]
fn the_past_of_a_person() {
    let folder = Folder::new("past");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let subject = Subject::Resident(resident.id);
    let reader = reader(&store);
    assert_eq!(reader.past(Who::from(&town.resident(2).id_number), "1", town.today()).unwrap(), Past::default());

    save(&store, &town.visit(subject, Some(Urgency::Soon), None));
    let first_day = town.today();
    town.pass(3 * 86_400);
    town.now.trust = ClockTrust::Suspect;
    save(&store, &town.visit(subject, None, None));
    // One that is under way tells nothing yet.
    store.commit_now(town.visit(subject, None, None).steps.remove(0)).unwrap();

    let past = reader.past((&resident.id_number).into(), "1", town.today()).unwrap();
    assert_eq!(past, reader.past(resident.id.into(), "1", town.today()).unwrap());
    assert_eq!((past.resident.as_ref(), past.consent), (Some(&resident), Some(ALL)));
    let pressures: Vec<_> = past.pressures.iter().map(|one| (one.date, one.systolic, one.trusted)).collect();
    assert_eq!(pressures, [(first_day, 151, true), (town.today(), 151, false)]);
    assert_eq!((past.last_visit, past.flag_waiting), (Some(town.today()), true));
    assert_eq!(past.answers.0.values().collect::<Vec<_>>(), [&Answer::Never]);
    assert_eq!(past.height.map(|(day, _)| day), Some(town.today()));
    assert!(past.registration.is_some());
    assert_eq!(past.guidance, [["salt"], ["salt"]]);
    assert_eq!(past.measurements.len(), 6);
    assert!(past.measurements[0].at.wall > past.measurements[5].at.wall);

    let later = town.today() + chrono::Days::new(800);
    let past = reader.past(resident.id.into(), "2", later).unwrap();
    assert_eq!((past.consent, past.height, past.answers.0.len(), past.guidance.len()), (None, None, 0, 0));
}

#[test]
fn visits_cut_short_and_open_urgent_pages_are_found_again() {
    let folder = Folder::new("cut");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let cut = town.visit(Subject::Resident(resident.id), None, None);
    store.commit_now(cut.steps[0].clone()).unwrap();
    let urgent = town.visit(Town::guest(4), Some(Urgency::Emergency), None);
    save(&store, &urgent);
    save(&store, &town.visit(Town::guest(5), Some(Urgency::Soon), None));
    drop(store);

    let store = folder.open();
    let open = reader(&store).open_visits().unwrap();
    let seen: Vec<_> = open.iter().map(|open| (open.visit, open.concluded, open.facts.len())).collect();
    assert_eq!(seen, [(cut.id, false, 2), (urgent.id, true, 10)]);
    assert_eq!((open[0].resident.as_ref(), open[0].consent), (Some(&resident), Some(ALL)));
    assert_eq!((open[0].by, open[0].began), (IdentifiedBy::Card, cut.steps[0].facts[0].at));

    let (visit, by) = (Some(urgent.id), Some(town.id()));
    store.commit_now(town.commit(Fact::StaffCame { visit, by })).unwrap();
    let (began, ending) = (open[0].began, Ending::Interrupted);
    let conclusion = Fact::VisitConcluded { visit: cut.id, began, ending, mean: None, bmi: None };
    store.commit_now(town.commit(conclusion)).unwrap();
    assert!(reader(&store).open_visits().unwrap().is_empty());
}

#[test]
fn the_station_its_staff_and_its_clock() {
    let folder = Folder::new("station");
    let (store, mut town) = (folder.open(), Town::new(1));
    let read = reader(&store);
    assert_eq!((read.site().unwrap(), read.newest_wall().unwrap()), (None, None));
    for _ in 0..2 {
        let site = town.site();
        store.commit_now(town.commit(Fact::SiteConfigured { site: site.clone() })).unwrap();
        assert_eq!(read.site().unwrap(), Some(site));
    }
    let trusted = town.now.wall;
    let (staff, commit) = town.staff("张三", "doctor");
    town.now.trust = ClockTrust::Suspect;
    town.pass(10 * 365 * 86_400);
    store.add_staff(commit, "258036").unwrap();
    store.commit_now(town.commit(Fact::StaffSignedIn { by: staff })).unwrap();
    let floor = read.newest_wall().unwrap().unwrap();
    assert!(floor >= trusted && floor < town.now.wall, "a jump ahead does not move the floor");
    let member = read.staff().unwrap().remove(0);
    assert_eq!((member.id, member.role.as_str(), member.may_sign_in), (staff, "doctor", true));
    store.disable_staff(staff).unwrap();
    assert!(!read.staff().unwrap()[0].may_sign_in);
}

#[test]
fn slips_are_free_again_after_a_month_unless_undecided() {
    let folder = Folder::new("slips");
    let (store, mut town) = (folder.open(), Town::new(1));
    let waiting = town.visit(Town::guest(1), Some(Urgency::Soon), None);
    save(&store, &waiting);
    save(&store, &town.visit(Town::guest(2), None, None));
    let read = reader(&store);
    assert_eq!(read.slips_in_use(town.today()).unwrap(), [SlipNumber(1), SlipNumber(2)]);
    town.pass(31 * 86_400);
    assert_eq!(read.slips_in_use(town.today()).unwrap(), [SlipNumber(1)]);
    store.commit_now(town.review(&waiting, dismissed())).unwrap();
    assert!(read.slips_in_use(town.today()).unwrap().is_empty());
}

/// Every folded table as text, read past the store (class K0 is plain).
fn tables(path: &std::path::Path, change: &str) -> Vec<String> {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch(change).unwrap();
    let mut lines = Vec::new();
    for table in
        ["site", "staff", "resident", "consent", "visit", "flag", "flag_history", "registration", "newest_wall"]
    {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
            lines.push(format!("{table}: {}", values.collect::<Vec<_>>().join(" ")));
        }
    }
    lines
}

#[test]
fn tables_can_be_rebuilt_from_facts() {
    let folder = Folder::new("rebuilt");
    let opening = Opening { key: health_hut::store::KeySource::K0, ..folder.opening() };
    let open = || health_hut::store::Store::open(&opening).unwrap();
    let (store, mut town) = (open(), Town::new(1));
    let site = town.site();
    store.commit_now(town.commit(Fact::SiteConfigured { site })).unwrap();
    store.add_staff(town.staff("李四", "nurse").1, "258036").unwrap();
    for number in 1..4 {
        let resident = known(&store, &mut town, number);
        let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Urgent), None);
        save(&store, &visit);
        store.commit_now(town.review(&visit, if number == 1 { dismissed() } else { confirmed() })).unwrap();
        let (flag, evaluation, level) = (visit.flag.unwrap(), town.id(), Urgency::Emergency);
        store.commit_now(town.commit(Fact::FlagRaised { flag, evaluation, level })).unwrap();
        let (visit, by) = (Some(visit.id), Some(town.id()));
        store.commit_now(town.commit(Fact::StaffCame { visit, by })).unwrap();
    }
    save(&store, &town.visit(Town::guest(9), Some(Urgency::Soon), None));
    drop(store);
    let before = tables(&opening.path, "");
    assert!(before.len() > 20);

    let wiped = "DELETE FROM registration; DELETE FROM flag_history; DELETE FROM flag; DELETE FROM visit;
                 DELETE FROM resident; DELETE FROM consent; DELETE FROM newest_wall; DELETE FROM site;
                 UPDATE staff SET seq = 0";
    assert_eq!(tables(&opening.path, wiped).len(), 1);
    let store = open();
    store.rebuild().unwrap();
    drop(store);
    assert_eq!(tables(&opening.path, ""), before);
}

#[test]
fn facts_are_never_edited_or_deleted_even_past_the_store() {
    let folder = Folder::new("never");
    let opening = Opening { key: health_hut::store::KeySource::K0, ..folder.opening() };
    let store = health_hut::store::Store::open(&opening).unwrap();
    save(&store, &Town::new(1).visit(Town::guest(9), None, None));
    drop(store);
    let conn = rusqlite::Connection::open(&opening.path).unwrap();
    assert!(conn.execute("UPDATE step SET body = x'00'", []).is_err());
    assert!(conn.execute("DELETE FROM step", []).is_err());
}

#[test]
fn a_backup_is_checked_and_can_be_put_back() {
    let folder = Folder::new("backup");
    let (store, mut town) = (folder.open(), Town::new(1));
    save(&store, &town.visit(Town::guest(1), None, None));
    let (opening, copy) = (folder.opening(), folder.file("copy.db"));
    let kept = stored(&reader(&store));
    back_up(&opening, &copy).unwrap();
    assert!(matches!(back_up(&opening, &copy), Err(StoreFault::File { .. })));
    save(&store, &town.visit(Town::guest(2), None, None));
    assert!(matches!(restore(&opening, &copy), Err(StoreFault::InUse { .. })));
    drop(store);

    std::fs::write(folder.file("junk.db"), [7; 9000]).unwrap();
    assert!(restore(&opening, &folder.file("junk.db")).is_err());
    std::fs::write(&opening.path, b"damaged beyond reading").unwrap();
    restore(&opening, &copy).unwrap();
    assert_eq!(stored(&reader(&folder.open())), kept);
    assert_eq!(std::fs::read(folder.file("hut.db.aside-1")).unwrap(), b"damaged beyond reading");
}
