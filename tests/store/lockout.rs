//! The lock-out: counted on the disk first, not undone by a restart or a clock.

use health_hut::model::{ClockTrust, StaffId};
use health_hut::store::{PinRefusal, StaffFault, Store};

use super::Folder;
use super::town::Town;

const PIN: &str = "258036";
const WRONG: &str = "258037";

#[test]
fn five_failures_lock_for_a_minute_across_restarts_and_clocks() {
    let folder = Folder::new("lock");
    let (mut store, mut town) = (folder.open(), Town::new(1));
    let (staff, commit) = town.staff("张三", "doctor");
    assert!(matches!(store.add_staff(commit.clone(), "111111"), Err(StaffFault::Pin(_))));
    store.add_staff(commit, PIN).unwrap();
    store.verify_pin(staff, PIN, &town.now).unwrap();
    for left in [4, 3, 2, 1] {
        let refusal = store.verify_pin(staff, WRONG, &town.now).expect_err("wrong");
        assert!(matches!(refusal, PinRefusal::Wrong { tries_left } if tries_left == left), "{refusal}");
        drop(store);
        store = folder.open();
    }
    let locked = |seconds: u64, town: &Town| {
        let refusal = store.verify_pin(staff, PIN, &town.now).expect_err("locked");
        assert!(matches!(refusal, PinRefusal::LockedFor { seconds: s } if s == seconds), "{refusal}");
    };
    let fifth = store.verify_pin(staff, WRONG, &town.now).expect_err("wrong");
    assert!(matches!(fifth, PinRefusal::LockedFor { seconds: 60 }));
    town.pass(10);
    locked(50, &town);
    // A wall clock that jumps ahead, or back, opens nothing.
    town.now.wall += chrono::Duration::days(400);
    locked(50, &town);
    town.now.wall -= chrono::Duration::days(800);
    locked(50, &town);
    town.now.wall += chrono::Duration::days(400);
    // Nor does a restart with a clock that nobody vouches for: it waits the whole time again.
    town.reboot();
    town.now.trust = ClockTrust::Unset;
    locked(60, &town);
    town.pass(59);
    locked(1, &town);
    town.pass(1);
    let sixth = store.verify_pin(staff, WRONG, &town.now).expect_err("wrong");
    assert!(matches!(sixth, PinRefusal::LockedFor { seconds: 120 }));
    town.pass(120);
    store.verify_pin(staff, PIN, &town.now).unwrap();
    let first = store.verify_pin(staff, WRONG, &town.now).expect_err("wrong");
    assert!(matches!(first, PinRefusal::Wrong { tries_left: 4 }));
}

#[test]
fn a_trusted_clock_counts_the_time_while_switched_off() {
    let folder = Folder::new("off");
    let (store, mut town) = (folder.open(), Town::new(1));
    let (staff, commit) = town.staff("张三", "doctor");
    store.add_staff(commit, PIN).unwrap();
    for _ in 0..5 {
        store.verify_pin(staff, WRONG, &town.now).expect_err("wrong");
    }
    town.pass(61);
    town.reboot();
    store.verify_pin(staff, PIN, &town.now).unwrap();
}

#[test]
fn twenty_failures_a_day_need_an_administrator() {
    let folder = Folder::new("day");
    let (store, mut town) = (folder.open(), Town::new(1));
    let people = five_doctors(&store, &mut town);
    let (admin, commit) = town.staff("王五", "admin");
    store.add_staff(commit, PIN).unwrap();
    for staff in people.iter().flat_map(|staff| [staff; 4]).take(19) {
        assert!(matches!(store.verify_pin(*staff, WRONG, &town.now), Err(PinRefusal::Wrong { .. })));
    }
    // A right one takes nothing from the day.
    store.verify_pin(admin, PIN, &town.now).unwrap();
    assert!(matches!(store.verify_pin(admin, WRONG, &town.now), Err(PinRefusal::NeedsSupervisor)));
    assert!(matches!(store.verify_pin(people[4], PIN, &town.now), Err(PinRefusal::NeedsSupervisor)));
    assert!(matches!(store.unlock_day(people[4], PIN, &town.now), Err(PinRefusal::NoAccount)));
    drop(store);
    let store = folder.open();
    assert!(matches!(store.verify_pin(people[4], PIN, &town.now), Err(PinRefusal::NeedsSupervisor)));
    store.unlock_day(admin, PIN, &town.now).unwrap();
    store.verify_pin(people[4], PIN, &town.now).unwrap();
}

#[test]
fn the_next_day_begins_with_a_trusted_date_or_after_a_day_of_running() {
    let folder = Folder::new("next");
    let (store, mut town) = (folder.open(), Town::new(1));
    let people = five_doctors(&store, &mut town);
    for staff in people.iter().flat_map(|staff| [staff; 4]) {
        store.verify_pin(*staff, WRONG, &town.now).expect_err("wrong");
    }
    town.reboot();
    let mut doubtful = Town::new(2);
    doubtful.now = town.now;
    doubtful.now.trust = ClockTrust::Suspect;
    doubtful.now.wall += chrono::Duration::days(3);
    assert!(matches!(store.verify_pin(people[0], PIN, &doubtful.now), Err(PinRefusal::NeedsSupervisor)));
    doubtful.pass(86_400);
    store.verify_pin(people[0], PIN, &doubtful.now).unwrap();
}

#[test]
fn a_disabled_account_and_a_new_pin() {
    let folder = Folder::new("disabled");
    let (store, mut town) = (folder.open(), Town::new(1));
    let (staff, commit) = town.staff("张三", "doctor");
    store.add_staff(commit, PIN).unwrap();
    store.set_pin(staff, "739105").unwrap();
    assert!(matches!(store.verify_pin(staff, PIN, &town.now), Err(PinRefusal::Wrong { .. })));
    store.verify_pin(staff, "739105", &town.now).unwrap();
    store.disable_staff(staff).unwrap();
    assert!(matches!(store.verify_pin(staff, "739105", &town.now), Err(PinRefusal::NoAccount)));
    assert!(matches!(store.set_pin(town.id(), PIN), Err(StaffFault::Store(_))));
}

fn five_doctors(store: &Store, town: &mut Town) -> Vec<StaffId> {
    let doctor = |_| {
        let (staff, commit) = town.staff("张三", "doctor");
        store.add_staff(commit, PIN).unwrap();
        staff
    };
    (0..5).map(doctor).collect()
}
