//! What fuzzing found once stays mended; and the seeds themselves do no harm.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::fs;

#[test]
fn what_fuzzing_found_does_no_harm_any_more() {
    for target in targets::all() {
        let folder = format!("{}/fuzz/found/{}", env!("CARGO_MANIFEST_DIR"), target.name);
        let found = fs::read_dir(folder).into_iter().flatten().flatten();
        found.for_each(|file| (target.run)(&fs::read(file.path()).unwrap()));
        targets::corpus(&target).iter().for_each(|seed| (target.run)(seed));
    }
}
