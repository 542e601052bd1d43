//! The one test binary: sixty small binaries would link sixty times.
#![allow(clippy::unwrap_used, missing_docs)]

mod county;
#[cfg(feature = "sqlite")]
mod devices;
#[cfg(feature = "online")]
mod edges;
mod guidance;
mod identify;
#[cfg(feature = "sqlite")]
mod journeys;
#[cfg(feature = "kiosk")]
mod layout;
#[cfg(feature = "sqlite")]
mod past;
#[cfg(feature = "kiosk")]
mod pictures;
mod rooms;
mod rules;
mod safety;
mod schedule;
#[cfg(feature = "kiosk")]
mod screens;
#[cfg(feature = "kiosk")]
mod slip;
#[cfg(feature = "sqlite")]
mod store;
#[cfg(feature = "online")]
mod sync;
mod trend;
#[cfg(feature = "kiosk")]
mod unheeded;

/// A file in this folder that nobody compiles is a test that nobody runs.
#[test]
fn no_test_file_is_forgotten() {
    let suite = include_str!("suite.rs");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|ending| ending == "rs") && name != "suite" {
            assert!(suite.contains(&format!("mod {name};")), "tests/{name}.rs is not in tests/suite.rs");
        }
    }
}
