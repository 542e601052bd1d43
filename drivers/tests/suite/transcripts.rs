//! Every transcript against its decoder; every descriptor with a transcript and vectors.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use hut_drivers::Catalog;
use hut_drivers::transcript::{Cut, Transcript};

fn transcripts(model: &str) -> Vec<PathBuf> {
    let folder = format!("{}/transcripts/{model}", env!("CARGO_MANIFEST_DIR"));
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn every_descriptor_has_a_transcript() {
    for model in Catalog::built_in().all() {
        assert!(!transcripts(&model.model).is_empty(), "{} has no transcript", model.model);
    }
}

#[test]
fn every_transcript_replays_however_it_is_cut() {
    for model in Catalog::built_in().all() {
        for path in transcripts(&model.model) {
            let name = path.display();
            let transcript = Transcript::parse(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(transcript.model, model.model, "{name}");
            let cuts = (0..80).map(Cut::After);
            for cut in [Cut::AsWritten, Cut::EachByte].into_iter().chain(cuts) {
                if let Err(difference) = transcript.replay(Catalog::built_in(), Instant::now(), cut) {
                    panic!("{name}, {cut:?}: {difference}");
                }
            }
        }
    }
}

/// The table is generated; `HUT_WRITE_GOLDEN=1` writes it anew.
#[test]
fn the_readme_lists_every_model() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).unwrap();
    let (head, rest) = readme.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let wanted = format!("{head}{BEGIN}\n{}{END}{tail}", Catalog::built_in().table());
    if std::env::var_os("HUT_WRITE_GOLDEN").is_some() {
        fs::write(path, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), wanted, "HUT_WRITE_GOLDEN=1 writes the table anew");
}

const BEGIN: &str = "<!-- models: generated from the descriptors -->";
const END: &str = "<!-- end of models -->";
