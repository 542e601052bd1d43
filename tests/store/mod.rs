//! The store, from outside: nothing acknowledged is lost, nothing is half, nobody is mixed up.

mod consent;
mod killed;
mod lockout;
mod open;
mod outbox;
mod saving;
mod size;
pub mod town;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use health_hut::model::Commit;
use health_hut::store::{KeySource, Opening, Reader, Store, StoreFault};
use town::{Town, Visit};

/// A folder of its own for one test, gone at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hut-store-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn opening(&self) -> Opening {
        opening_in(&self.0)
    }

    pub fn open(&self) -> Store {
        Store::open(&self.opening()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Class K1; encrypted when this build has the cipher.
pub fn opening_in(folder: &std::path::Path) -> Opening {
    let key = KeySource::K1 { file: folder.join("hut.key") };
    Opening { allow_plain: true, page_limit: Some(Arc::default()), ..Opening::new(folder.join("hut.db"), key) }
}

/// Does this build have the cipher?
pub fn cipher() -> bool {
    let folder = Folder::new("cipher");
    let strict = Opening { allow_plain: false, ..folder.opening() };
    match Store::open(&strict) {
        Ok(_) => true,
        Err(StoreFault::NoCipher) => false,
        Err(other) => panic!("{other}"),
    }
}

/// Stores a whole visit.
pub fn save(store: &Store, visit: &Visit) {
    for step in &visit.steps {
        store.commit_now(step.clone()).unwrap();
    }
}

pub fn reader(store: &Store) -> Reader {
    store.reader().unwrap()
}

/// The ids of all Facts, in order.
pub fn stored(reader: &Reader) -> Vec<health_hut::model::FactId> {
    reader.facts(0, u32::MAX).unwrap().into_iter().map(|fact| fact.new.id).collect()
}

/// A resident who allows everything, already stored.
pub fn known(store: &Store, town: &mut Town, number: u16) -> health_hut::model::Resident {
    let resident = town.resident(number);
    let commit: Commit = town.arrives(&resident, town::ALL);
    store.commit_now(commit).unwrap();
    resident
}
