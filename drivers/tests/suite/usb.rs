//! What stands beside the monitors: scanner, printer and oximeter, and everything that hangs on USB without a serial port.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use hut_drivers::custom::scanner;
use hut_drivers::emulate::{Act, Behaviour, Emulator, Paper};
use hut_drivers::print::{Cut, INITIALISE, Slip, Width};
use hut_drivers::reading::{PaperLeft, Status};
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Order, Output, Port, PortEvent};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const PRINTER: &str = "printer-escpos";
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

#[test]
fn slips_are_as_printed() {
    let printed = vectors(PRINTER);
    let slip = Slip::new(Width::Mm58).line("收缩压 128").cut(Cut::Partial);
    let made = [INITIALISE.to_vec(), Cut::Full.bytes(), slip.into_bytes()];
    for (vector, bytes) in printed.iter().filter(|vector| !vector.is_from_device()).zip(made) {
        assert_eq!(vector.wire(), bytes, "{}", vector.id);
    }
}

#[test]
fn a_printer_is_asked_for_its_paper() {
    for (paper, wants) in [
        (Paper::Enough, "status {\"paper\":\"enough\"}"),
        (Paper::Low, "status {\"paper\":\"low\"}"),
        (Paper::Out, "status {\"paper\":\"out\"}"),
    ] {
        let mut visit = Visit::to(PRINTER);
        visit.act(Act::Paper(paper));
        visit.order(Order::Status);
        visit.pass(1000);
        assert!(visit.when(wants).is_some_and(|at| at < 100), "{wants}");
    }
    let mut visit = Visit::to(PRINTER);
    visit.spoil = vec![1];
    visit.order(Order::Status);
    visit.pass(1000);
    assert_eq!(visit.when("status {\"paper\":\"unknown\"}"), Some(500));
    assert_eq!(visit.told.len(), 1);
}

#[test]
fn a_slip_goes_through_a_port() {
    let printer = Emulator::open(PRINTER).unwrap();
    let (sender, events) = mpsc::channel();
    let address = Address::Path(printer.path().to_owned());
    let tell = move |event| drop(sender.send(event));
    let port = Port::open(Catalog::built_in().find(PRINTER).unwrap(), address, None, tell).unwrap();
    let patience = Duration::from_secs(3);
    assert_eq!(events.recv_timeout(patience), Ok(PortEvent::Up));
    let slip = Slip::new(Width::Mm58).bold(true).pair("收缩压", "128 mmHg").feed(2).cut(Cut::Full);
    port.send(slip.into_bytes()).unwrap();
    port.order(Order::Status).unwrap();
    let paper = Status::Paper { paper: PaperLeft::Enough };
    assert_eq!(events.recv_timeout(patience), Ok(PortEvent::Output(Output::Status(paper))));
    assert_eq!(printer.printed(), format!("收缩压{}128 mmHg\n\n\n[full cut]\n", " ".repeat(18)));

    // A clone that never answers prints all the same.
    printer.behave(Behaviour::Silent);
    port.order(Order::Status).unwrap();
    let paper = Status::Paper { paper: PaperLeft::Unknown };
    assert_eq!(events.recv_timeout(patience), Ok(PortEvent::Output(Output::Status(paper))));
}

#[test]
fn only_printers_take_slips() {
    let scanner = Emulator::open(SCANNER).unwrap();
    let address = Address::Path(scanner.path().to_owned());
    let port = Port::open(Catalog::built_in().find(SCANNER).unwrap(), address, None, |_| {}).unwrap();
    assert!(port.send(vec![0x1B]).is_err());
}
