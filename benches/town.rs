//! How large a visit is in a large store, and how long it takes to look up a resident's last readings there (R5: at most
//! 1.5 KiB; 5 ms warm, 50 ms cold). `HUT_BENCH_READINGS` says how many readings; R5 speaks of 1,000,000.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/store/town.rs"]
#[allow(dead_code)] // the tests use the rest
mod town;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use health_hut::model::{Commit, Resident};
use health_hut::store::{KeySource, Opening, Reader, Store};
use town::{Town, taken};

/// Visits of one resident, five readings each.
const TIMES: usize = 4;
/// Residents whose visits share commits, so that the bench waits less for the disk; the rows are the same.
const CROWD: usize = 100;
const LOOKUPS: usize = 100;

fn main() {
    let readings = std::env::var("HUT_BENCH_READINGS").map_or(40_000, |text| text.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("hut-town-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    measure(&folder, readings);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn measure(folder: &Path, readings: usize) {
    let key = KeySource::K1 { file: folder.join("hut.key") };
    let opening = Opening { allow_plain: true, ..Opening::new(folder.join("hut.db"), key) };
    let (store, mut town) = (Store::open(&opening).unwrap(), Town::new(1));
    let crowds = readings.div_ceil(5 * TIMES * CROWD);
    let start = Instant::now();
    let mut known = Vec::new();
    for _ in 0..crowds {
        known.extend(crowd(&store, &mut town));
    }
    store.tidy().unwrap();
    let visits = crowds * CROWD * TIMES;
    let bytes = std::fs::metadata(&opening.path).unwrap().len();
    println!("{visits} visits of {} residents in {:?}", known.len(), start.elapsed());
    println!("bytes per visit {} (bar 1536), {} MiB in all", bytes / visits as u64, bytes >> 20);

    let picked: Vec<&Resident> = known.iter().step_by((known.len() / LOOKUPS).max(1)).collect();
    let reader = Reader::open(&opening).unwrap();
    let lookup = |reader: &Reader, resident: &Resident| {
        let start = Instant::now();
        let past = reader.past((&resident.id_number).into(), "1", town.today()).unwrap();
        assert!(past.measurements.len() >= 20);
        start.elapsed()
    };
    let mut warm: Vec<Duration> = Vec::new();
    for resident in &picked {
        lookup(&reader, resident);
        warm.push(lookup(&reader, resident));
    }
    drop(reader);
    let mut cold: Vec<Duration> = Vec::new();
    for resident in &picked {
        forget(&opening.path);
        let reader = Reader::open(&opening).unwrap();
        cold.push(lookup(&reader, resident));
    }
    for (name, mut times, bar) in [("warm", warm, 5), ("cold", cold, 50)] {
        times.sort_unstable();
        let (middle, last) = (times[times.len() / 2], times[times.len() - 1]);
        println!("past with the last 20 readings, {name}: p50 {middle:?}, longest {last:?} (bar {bar} ms)");
    }
}

/// Many residents arrive and come `TIMES` times; the platform takes it all.
fn crowd(store: &Store, town: &mut Town) -> Vec<Resident> {
    let residents: Vec<Resident> = (0..CROWD as u16).map(|number| town.stranger(number)).collect();
    let mut arrivals: Vec<Commit> = residents.iter().map(|resident| town.arrives(resident, town::ALL)).collect();
    store.commit_now(together(arrivals.clone())).unwrap();
    for _ in 0..TIMES {
        let visits: Vec<_> = residents.iter().map(|resident| town.whole_visit(resident, false)).collect();
        let steps = visits.iter().map(|visit| visit.steps.len()).max().unwrap();
        for step in 0..steps {
            let steps = visits.iter().filter_map(|visit| visit.steps.get(step).cloned());
            store.commit_now(together(steps.collect())).unwrap();
        }
        let reports = visits.iter().zip(&arrivals).flat_map(|(visit, arrival)| {
            let judged = &visit.steps.last().unwrap().facts;
            [taken(visit.units[0], &arrival.facts), taken(visit.units[1], judged)]
        });
        store.report(reports.collect(), &town.now).unwrap();
        arrivals.iter_mut().for_each(|arrival| arrival.facts.clear());
    }
    residents
}

fn together(commits: Vec<Commit>) -> Commit {
    let mut all = Commit::default();
    for commit in commits {
        all.facts.extend(commit.facts);
        all.units.extend(commit.units);
    }
    all
}

/// Asks the system to drop what it has cached of a file; a system without this `dd` measures half cold.
fn forget(file: &Path) {
    let from = format!("if={}", file.display());
    let _ = Command::new("dd").args([&from, "iflag=nocache", "count=0"]).stderr(Stdio::null()).status();
}
