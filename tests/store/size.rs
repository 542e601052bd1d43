//! How much a visit takes in the store (R5).

use health_hut::model::*;

use super::town::{ALL, Town, confirmed, dismissed, taken};
use super::{Folder, reader, save};

const RESIDENTS: u16 = 100;
/// 1.5 KiB
const MOST: u64 = 1536;

/// Bytes a visit in a town where everybody comes `times` times and the platform has taken it all.
fn bytes_of_a_visit(name: &str, times: u16, high: bool) -> u64 {
    let folder = Folder::new(name);
    let (store, mut town) = (folder.open(), Town::new(1));
    let size = || {
        store.tidy().unwrap();
        std::fs::metadata(folder.file("hut.db")).unwrap().len()
    };
    let empty = size();
    for number in 0..RESIDENTS {
        let resident = town.resident(number);
        let mut arrival = town.arrives(&resident, ALL);
        store.commit_now(arrival.clone()).unwrap();
        for _ in 0..times {
            let visit = town.whole_visit(&resident, high);
            assert_eq!(visit.flag.is_some(), high);
            save(&store, &visit);
            let facts = &visit.steps.last().unwrap().facts;
            store.report(vec![taken(visit.units[0], &arrival.facts), taken(visit.units[1], facts)], &town.now).unwrap();
            arrival.facts.clear();
            if high {
                let review = town.review(&visit, confirmed());
                store.commit_now(review.clone()).unwrap();
                store.report(vec![taken(review.units[0].id, &[])], &town.now).unwrap();
            }
        }
    }
    assert!(reader(&store).outlook().unwrap().is_empty());
    (size() - empty) / u64::from(RESIDENTS * times)
}

#[test]
fn a_visit_takes_no_more_than_a_kilobyte_and_a_half() {
    let bytes = bytes_of_a_visit("typical", 4, false);
    assert!(bytes <= MOST, "{bytes} bytes");
}

#[test]
fn a_first_visit_and_a_flagged_one_take_no_more_than_two_kilobytes_and_a_quarter() {
    for (name, times, high) in [("first", 1, false), ("flagged", 4, true)] {
        let bytes = bytes_of_a_visit(name, times, high);
        assert!(bytes <= MOST * 3 / 2, "{name}: {bytes} bytes");
    }
}

/// Writes the dictionary of `src/store/body.rs` anew from invented visits. Only before the first release, or under a new
/// name and number: what is stored is read with the dictionary that wrote it.
#[test]
#[ignore = "makes a file"]
fn make_a_dictionary() {
    let mut samples = Vec::new();
    for seed in 0..=255 {
        let mut town = Town::new(seed);
        town.elsewhere();
        for number in 0..4 {
            for commit in a_day(&mut town, number) {
                let mut facts = serde_json::to_value(&commit.facts).unwrap();
                drop_nulls(&mut facts);
                samples.push(facts.to_string());
            }
        }
    }
    let mut dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES).unwrap();
    // Bytes 4 to 8 of a dictionary are its number; a small one is short in every frame.
    dictionary[4..8].copy_from_slice(&1_u32.to_le_bytes());
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema/step-1.dict");
    std::fs::write(file, dictionary).unwrap();
}

const DICTIONARY_BYTES: usize = 16 << 10;

/// What may happen on a day, mostly the ordinary.
fn a_day(town: &mut Town, number: u16) -> Vec<Commit> {
    let site = town.site();
    let mut commits = vec![town.commit(Fact::SiteConfigured { site }), town.staff("", "doctor").1];
    for (number, high) in (number * 8..).zip([false, false, false, true, false, false, true, false]) {
        let resident = town.stranger(number);
        commits.push(town.arrives(&resident, ALL));
        for high in [high, false] {
            let visit = town.whole_visit(&resident, high);
            let review = visit
                .flag
                .is_some()
                .then(|| town.review(&visit, if number % 2 == 0 { confirmed() } else { dismissed() }));
            commits.extend(visit.steps);
            commits.extend(review);
        }
    }
    let urgent = town.visit(Town::guest(number), Some(Urgency::Urgent), None);
    commits.extend(urgent.steps);
    commits
}

fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
