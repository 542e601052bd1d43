//! What stands beside the monitors: scanner, printer and oximeter, and everything that hangs on USB without a serial port.

use std::time::Instant;

use hut_drivers::custom::scanner;
use hut_drivers::emulate::Act;
use hut_drivers::{Catalog, Output};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const SCANNER: &str = "scanner-serial";

/// What a fresh decoder of `model` tells about these bytes, all time-outs run out.
fn outputs(model: &str, bytes: &[u8]) -> Vec<Output> {
    let mut device = Catalog::built_in().find(model).unwrap().device();
    let mut out = Vec::new();
    device.decoder().handle_bytes(Instant::now(), bytes, &mut out);
    while let Some(deadline) = device.decoder().deadline() {
        device.decoder().handle_timeout(deadline, &mut out);
    }
    out
}

#[test]
fn the_trigger_of_a_scanner_is_as_printed() {
    let printed = vectors(SCANNER);
    assert_eq!(printed[0].wire(), scanner::trigger());
}

#[test]
fn a_scanned_code_arrives_once() {
    let mut visit = Visit::to(SCANNER);
    visit.act(Act::Scan("健康码 1".to_owned()));
    visit.act(Act::Scan("健康码 1".to_owned()));
    visit.pass(3000);
    visit.act(Act::Scan("健康码 1".to_owned()));
    visit.spoil = vec![4];
    visit.act(Act::Scan("健康码 2".to_owned()));
    visit.pass(100);
    assert_eq!(visit.results(), ["code 健康码 1", "code 健康码 1", "fault malformed"]);
}

#[test]
fn nothing_but_text_becomes_a_code() {
    for (wire, wants) in [
        (b"\x07\x1B\x00\r\n\r\n".as_slice(), vec![]),
        (b"69\x1D01\r\n", vec!["fault malformed"]),
        (b"6901\xFF\r\n", vec!["fault malformed"]),
        (b"6901\x80\r\n", vec!["fault malformed"]),
        (b"6901\xAA\xA1\r\n", vec!["fault malformed"]),
        (b"   \r\n", vec!["fault malformed"]),
        (b"\x066901\r\n", vec!["code 6901"]),
        (b"69\x7F\r\n6902\n", vec!["fault malformed", "code 6902"]),
    ] {
        assert_eq!(decode(SCANNER, [wire]), wants, "{wire:x?}");
    }
}

#[test]
fn a_code_has_1024_bytes_at_most() {
    let long = |count: usize| [&vec![b'7'; count], b"\r\n6902\r\n".as_slice()].concat();
    let most = format!("code {}", "7".repeat(1024));
    assert_eq!(decode(SCANNER, [long(1024).as_slice()]), [most.as_str(), "code 6902"]);
    for count in [1025, 1026, 2049, 5000, 70_000] {
        assert_eq!(decode(SCANNER, [long(count).as_slice()]), ["fault malformed", "code 6902"], "{count}");
        assert_eq!(decode(SCANNER, long(count).chunks(7)), ["fault malformed", "code 6902"], "{count}");
    }
}

#[test]
fn debug_and_faults_tell_nothing_of_a_code() {
    let told = outputs(SCANNER, b"6901234567892\r\n69\x009988\r\n");
    let [Output::Code(_), Output::Fault(fault)] = told.as_slice() else { panic!("{told:?}") };
    assert!(fault.raw.is_empty());
    let mut decoder = scanner::Scanner::new();
    hut_drivers::Decoder::handle_bytes(&mut decoder, Instant::now(), b"6901234567892\r\n770", &mut Vec::new());
    for said in [format!("{told:?}"), format!("{decoder:?}"), fault.says.clone()] {
        assert!(!said.contains("69") && !said.contains("770") && !said.contains("9988"), "{said}");
    }
}
