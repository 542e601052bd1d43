//! The process is killed at any instant: nothing acknowledged is lost, no step is half.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use health_hut::model::{FactId, VisitId};
use health_hut::store::{Reader, Store, StoreFault};

use super::town::Town;
use super::{Folder, opening_in};

const CYCLES: u64 = 40;
const FOLDER: &str = "HUT_TEST_STORE";
const SEED: &str = "HUT_TEST_SEED";

/// Starts this test binary again, as the process that will die.
fn start(child: &str, folder: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "a child of the tests below"]
fn child_saves_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let seed: u8 = std::env::var(SEED).unwrap().parse().unwrap();
    let store = Store::open(&opening_in(Path::new(&folder))).unwrap();
    let mut town = Town::new(seed);
    for slip in 0.. {
        let visit = town.visit(Town::guest(slip % 10_000), Some(health_hut::model::Urgency::Soon), None);
        for step in visit.steps {
            let last = step.facts.last().unwrap().id;
            let (say, said) = mpsc::channel();
            store.commit(step, move |saved| {
                saved.unwrap();
                // On its own line, whatever the test harness wrote before.
                let mut out = std::io::stdout().lock();
                write!(out, "\nack {last}\n").and_then(|()| out.flush()).unwrap();
                say.send(()).unwrap();
            });
            said.recv().unwrap();
        }
    }
}

#[test]
#[ignore = "a child of the tests below"]
fn child_holds_the_store() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let _store = Store::open(&opening_in(Path::new(&folder))).unwrap();
    println!("\nopen");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// The ids that a child acknowledged before it was killed.
fn acks_of_a_short_life(folder: &Path, cycle: u64) -> Vec<FactId> {
    let mut child = start("store::killed::child_saves_until_killed", folder, cycle + 1);
    let out = BufReader::new(child.stdout.take().unwrap());
    let (say, said) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let acks = out.lines().map_while(Result::ok).filter_map(|line| {
            let ack: uuid::Uuid = line.strip_prefix("ack ")?.parse().ok()?;
            let _ = say.send(());
            Some(FactId(ack))
        });
        acks.collect()
    });
    // Life is counted from the first ack, so that a slow start does not make an idle test.
    let _ = said.recv_timeout(Duration::from_secs(20));
    std::thread::sleep(Duration::from_micros(cycle * 7919 % 30_000));
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap()
}

/// Every visit holds whole steps only, and its units exactly when it is concluded.
fn whole_steps(reader: &Reader) -> usize {
    let mut visits: BTreeMap<VisitId, usize> = BTreeMap::new();
    for stored in reader.facts(0, u32::MAX).unwrap() {
        *visits.entry(stored.new.fact.visit().unwrap()).or_default() += 1;
    }
    assert!(visits.values().all(|facts| [2, 3, 9].contains(facts)), "a half step: {visits:?}");
    let concluded = visits.values().filter(|facts| **facts == 9).count();
    assert_eq!(reader.outlook().unwrap().len(), 2 * concluded);
    assert_eq!(reader.open_visits().unwrap().len(), visits.len() - concluded);
    let flags = reader.flag_counts().unwrap();
    assert_eq!((flags.unclaimed, flags.waiting), (concluded as u32, concluded as u32));
    concluded
}

#[test]
fn nothing_acknowledged_is_lost_when_killed_at_any_instant() {
    let folder = Folder::new("killed");
    let root = folder.file("");
    let (mut acked, mut concluded) = (Vec::new(), 0);
    for cycle in 0..CYCLES {
        acked.extend(acks_of_a_short_life(&root, cycle));
        let store = folder.open();
        let reader = store.reader().unwrap();
        reader.quick_check().unwrap();
        let stored = super::stored(&reader);
        let missing = acked.iter().filter(|ack| !stored.contains(ack)).count();
        assert_eq!(missing, 0, "lost after cycle {cycle}");
        concluded = whole_steps(&reader);
    }
    assert!(acked.len() as u64 > 2 * CYCLES && concluded > 0, "the child hardly lived: {}", acked.len());
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = Folder::new("held");
    let mut child = start("store::killed::child_holds_the_store", &folder.file(""), 1);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(out.any(|line| line.unwrap() == "open"));
    let fault = Store::open(&folder.opening()).err().expect("in use");
    assert!(matches!(fault, StoreFault::InUse { .. }));
    assert!(fault.to_string().contains("a kiosk is running on this store"));
    assert!(Reader::open(&folder.opening()).unwrap().site().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    folder.open();
}
