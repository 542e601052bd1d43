//! Opening: fails closed, says what to do, changes nothing.

use health_hut::model::device::Role;
use health_hut::store::{KeySource, Opening, Reader, Store, StoreFault};

use super::town::{CANARY, Town};
use super::{Folder, cipher, known, reader, save, stored};

#[test]
fn the_linked_library_is_what_was_built() {
    assert_eq!(cipher(), cfg!(feature = "encrypted"));
}

#[test]
fn the_first_start_makes_database_and_key_and_keeps_them() {
    let folder = Folder::new("first");
    assert!(matches!(Reader::open(&folder.opening()), Err(StoreFault::Absent { .. })));
    save(&folder.open(), &Town::new(1).visit(Town::guest(1), None, None));
    let key = std::fs::read(folder.file("hut.key")).unwrap();
    assert_eq!((key.len(), key.iter().all(|byte| *byte == 0)), (32, false));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(folder.file("hut.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(stored(&reader(&folder.open())).len(), 8);
    assert_eq!(std::fs::read(folder.file("hut.key")).unwrap(), key);
    assert_eq!(stored(&Reader::open(&folder.opening()).unwrap()).len(), 8);
}

#[test]
fn what_a_device_told_is_there_after_a_restart() {
    let folder = Folder::new("told");
    let store = folder.open();
    assert!(store.reader().unwrap().remembered().unwrap().is_empty());
    store.remember(Role::BloodPressure, "old".to_owned());
    store.remember(Role::BloodPressure, "new".to_owned());
    drop(store);
    let told = folder.open().reader().unwrap().remembered().unwrap();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [("blood_pressure".to_owned(), "new".to_owned())]);
}

#[test]
fn a_missing_or_damaged_key_is_loud_and_changes_nothing() {
    let folder = Folder::new("missing");
    save(&folder.open(), &Town::new(1).visit(Town::guest(1), None, None));
    let (key, database) = (folder.file("hut.key"), std::fs::read(folder.file("hut.db")).unwrap());
    std::fs::rename(&key, folder.file("away")).unwrap();
    let fault = Store::open(&folder.opening()).err().expect("no key");
    assert!(matches!(fault, StoreFault::KeyMissing { .. }));
    assert!(fault.to_string().contains("put the key file back"));
    assert!(!key.exists());
    std::fs::write(&key, b"short").unwrap();
    assert!(matches!(Store::open(&folder.opening()), Err(StoreFault::KeyDamaged { .. })));
    assert_eq!(std::fs::read(folder.file("hut.db")).unwrap(), database);
    std::fs::rename(folder.file("away"), &key).unwrap();
    folder.open();
}

#[test]
fn a_wrong_key_is_told_apart_and_the_file_is_not_touched() {
    if !cipher() {
        return;
    }
    let folder = Folder::new("wrong");
    save(&folder.open(), &Town::new(1).visit(Town::guest(1), None, None));
    let (right, database) =
        (std::fs::read(folder.file("hut.key")).unwrap(), std::fs::read(folder.file("hut.db")).unwrap());
    std::fs::write(folder.file("hut.key"), [7; 32]).unwrap();
    let fault = Store::open(&folder.opening()).err().expect("wrong key");
    assert!(matches!(fault, StoreFault::WrongKey { .. }), "{fault}");
    assert_eq!(std::fs::read(folder.file("hut.db")).unwrap(), database);
    std::fs::write(folder.file("hut.key"), right).unwrap();
    assert_eq!(stored(&reader(&folder.open())).len(), 8);
}

#[test]
fn a_plain_file_is_refused_where_an_encrypted_one_belongs() {
    if !cipher() {
        return;
    }
    let folder = Folder::new("plain");
    let plain = Opening { key: KeySource::K0, ..folder.opening() };
    drop(Store::open(&plain).unwrap());
    std::fs::write(folder.file("hut.key"), [7; 32]).unwrap();
    let before = std::fs::read(folder.file("hut.db")).unwrap();
    assert!(matches!(Store::open(&folder.opening()), Err(StoreFault::NotEncrypted { .. })));
    assert_eq!(std::fs::read(folder.file("hut.db")).unwrap(), before);
}

#[test]
fn nothing_readable_stands_in_the_files() {
    if !cipher() {
        return;
    }
    let folder = Folder::new("canary");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    for name in ["hut.db", "hut.db-wal"] {
        let bytes = std::fs::read(folder.file(name)).unwrap();
        for text in [CANARY.as_bytes(), resident.id_number.reveal().as_bytes(), b"SQLite format 3"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{name}");
        }
    }
}

#[test]
fn a_build_without_the_cipher_refuses_real_data() {
    if cipher() {
        return;
    }
    let folder = Folder::new("refused");
    let strict = Opening { allow_plain: false, ..folder.opening() };
    assert!(matches!(Store::open(&strict), Err(StoreFault::NoCipher)));
    assert!(!folder.file("hut.key").exists() && !folder.file("hut.db").exists());
    std::fs::write(folder.file("hut.key"), [7; 32]).unwrap();
    std::fs::write(folder.file("hut.db"), [9; 8192]).unwrap();
    assert!(matches!(Store::open(&folder.opening()), Err(StoreFault::NoCipher)));
}

#[test]
fn key_classes() {
    let folder = Folder::new("classes");
    let none = Opening { key: KeySource::K0, allow_plain: false, ..folder.opening() };
    assert!(matches!(Store::open(&none), Err(StoreFault::NoKey)));
    assert!(KeySource::of_class("K1", Some(&folder.file("k"))).is_ok());
    let fault = KeySource::of_class("K2", None).expect_err("not there yet");
    assert_eq!(fault.to_string(), "key class K2 is not supported yet: choose K1 in `[store] key`");
}

#[test]
fn a_damaged_file_is_a_fault_and_not_a_panic() {
    let folder = Folder::new("damaged");
    let (store, mut town) = (folder.open(), Town::new(1));
    for slip in 0..40 {
        save(&store, &town.visit(Town::guest(slip), None, None));
    }
    drop(store);
    let whole = std::fs::read(folder.file("hut.db")).unwrap();
    for cut in [5, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(folder.file("hut.db"), &whole[..cut]).unwrap();
        let checked = Store::open(&folder.opening()).and_then(|store| store.reader()?.quick_check());
        assert!(checked.is_err(), "cut at {cut}");
    }
}

#[test]
fn faults_name_no_one() {
    let folder = Folder::new("no-one");
    let (store, mut town) = (folder.open(), Town::new(1));
    let resident = known(&store, &mut town, 1);
    let mut changed = town.arrives(&resident, super::town::ALL);
    store.commit_now(changed.clone()).unwrap();
    changed.facts[0].at.since_boot_ms += 1;
    let fault = store.commit_now(changed).expect_err("changed");
    let said = format!("{fault} {fault:?} {:?} {:?}", reader(&store).staff(), resident);
    assert!(!said.contains(CANARY) && !said.contains(resident.id_number.reveal()));
}
