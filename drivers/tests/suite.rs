//! The one test binary of the drivers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "suite/vectors.rs"]
mod vectors;

#[path = "suite/transcripts.rs"]
mod transcripts;

#[path = "suite/couples.rs"]
mod couples;

#[path = "suite/found.rs"]
mod found;

#[path = "suite/hostile.rs"]
mod hostile;

#[path = "suite/ports.rs"]
mod ports;

#[path = "suite/meter_records.rs"]
mod meter_records;

#[path = "suite/meters.rs"]
mod meters;

#[cfg(feature = "cli")]
#[path = "suite/commands.rs"]
mod commands;

#[path = "suite/ieee11073.rs"]
mod ieee11073;

#[path = "suite/ieee11073_rules.rs"]
mod ieee11073_rules;

#[path = "suite/ieee11073_talk.rs"]
mod ieee11073_talk;

#[path = "suite/ieee11073_ports.rs"]
mod ieee11073_ports;

#[path = "suite/contract.rs"]
mod contract;

#[path = "suite/descriptors.rs"]
mod descriptors;

#[path = "suite/visit.rs"]
mod visit;

#[path = "suite/nibp.rs"]
mod nibp;

#[path = "suite/desk.rs"]
mod desk;

#[path = "suite/usb.rs"]
mod usb;

#[test]
fn no_file_of_this_suite_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(include_str!("suite.rs").contains(&format!("\"suite/{name}\"")), "{name}");
    }
}
