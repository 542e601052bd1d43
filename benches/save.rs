//! How long a durable save takes, as a ratio to the disk's own "append 4 KiB + fdatasync" in the same run (R4:
//! p50 <= 3 x, p99 <= 10 x), and how large a visit is (R5).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/store/town.rs"]
#[allow(dead_code)] // the tests use the rest
mod town;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use health_hut::model::{Subject, Urgency};
use health_hut::store::{KeySource, Opening, Store};
use town::Town;

const ROUNDS: usize = 1000;

fn main() {
    let folder = std::env::temp_dir().join(format!("hut-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    measure(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn measure(folder: &Path) {
    let key = KeySource::K1 { file: folder.join("hut.key") };
    let opening = Opening { allow_plain: true, ..Opening::new(folder.join("hut.db"), key) };
    let (store, mut town) = (Store::open(&opening).unwrap(), Town::new(1));
    let resident = town.resident(1);
    store.commit_now(town.arrives(&resident, town::ALL)).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("raw")).unwrap();
    let (mut raw, mut saves) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(timed(|| file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).unwrap()));
        let visit = town.visit(Subject::Resident(resident.id), Some(Urgency::Soon), None);
        let [first, second, conclusion] = visit.steps.try_into().unwrap_or_else(|_| unreachable!("three steps"));
        store.commit_now(first).unwrap();
        store.commit_now(second).unwrap();
        saves.push(timed(|| drop(store.commit_now(conclusion).unwrap())));
    }
    store.tidy().unwrap();
    let bytes = std::fs::metadata(&opening.path).unwrap().len() / ROUNDS as u64;
    let start = Instant::now();
    let past = store.reader().unwrap().past(resident.id.into(), "1", town.today()).unwrap();
    println!("bytes per visit {bytes}, past of {} visits in {:?}", past.pressures.len(), start.elapsed());
    let start = Instant::now();
    let waiting = store.reader().unwrap().outlook().unwrap().len();
    println!("outlook of {waiting} units in {:?}", start.elapsed());
    for (name, part, bar) in [("p50", 500, 3.0), ("p99", 990, 10.0)] {
        let (raw, save) = (percentile(&mut raw, part), percentile(&mut saves, part));
        let ratio = save.as_secs_f64() / raw.as_secs_f64();
        println!("{name}: raw {raw:?}, conclusion of a visit {save:?}, ratio {ratio:.2} (bar {bar})");
    }
}

fn timed(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

fn percentile(times: &mut [Duration], part: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * part / 1000]
}
