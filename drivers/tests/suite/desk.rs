//! What stands beside the monitors: scanner, printer and oximeter.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use hut_drivers::custom::{cms50, scanner};
use hut_drivers::emulate::{self, Act, Behaviour, Emulator, Paper};
use hut_drivers::print::{Cut, INITIALISE, Slip, Width};
use hut_drivers::reading::{PaperLeft, Status};
use hut_drivers::transcript::brief;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Order, Output, Port, PortEvent};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const OXIMETER: &str = "spo2-contec-cms50";
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
        assert!(visit.when("status {\"cover_open\":false}").is_some_and(|at| at < 100), "{wants}");
    }
    let mut visit = Visit::to(PRINTER);
    visit.act(Act::Cover { open: true });
    visit.order(Order::Status);
    visit.pass(1000);
    assert!(visit.when("status {\"cover_open\":true}").is_some_and(|at| at < 100));
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
    let cover = Status::Cover { cover_open: false };
    assert_eq!(events.recv_timeout(patience), Ok(PortEvent::Output(Output::Status(cover))));
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

#[test]
fn a_finger_gives_one_value() {
    assert_eq!(vectors(OXIMETER)[0].wire(), cms50::command(cms50::START, &[]));
    let mut visit = Visit::to(OXIMETER);
    visit.order(Order::Stream);
    visit.pass(3000);
    assert_eq!(visit.results(), [""; 0]);
    visit.act(Act::Oxygen { spo2: 97, pulse: 72 });
    visit.pass(30_000);
    let told = "pulse 72 /min, spo2 97 %, perfusion_index 3.5 %, finger yes, searching no";
    assert_eq!(visit.results(), [told]);
    // A second to find the pulse, then eight.
    let after = visit.when("pulse").unwrap();
    assert!((12_000..12_100).contains(&after), "{after}");
    // Longer than an oximeter streams without a word: each five seconds somebody says that he still listens.
    assert_eq!(visit.commands().iter().filter(|sent| **sent == cms50::command(cms50::STILL_HERE, &[])).count(), 6);
    visit.act(Act::StepOff);
    visit.pass(1000);
    visit.act(Act::Oxygen { spo2: 97, pulse: 72 });
    visit.pass(10_000);
    assert_eq!(visit.results().len(), 2, "the next finger is the next value");
    visit.order(Order::Rest);
    visit.told.clear();
    visit.pass(20_000);
    assert_eq!((visit.told.len(), visit.sent.len()), (0, 10), "after A2 nothing comes and nothing is said");
}

#[test]
fn an_oximeter_that_is_switched_on_late_still_begins() {
    let mut visit = Visit::to(OXIMETER);
    visit.dead = true;
    visit.order(Order::Stream);
    visit.pass(20_000);
    assert_eq!(visit.results(), ["fault no_answer"]);
    assert_eq!(visit.when("fault"), Some(3000));
    visit.dead = false;
    visit.act(Act::Oxygen { spo2: 97, pulse: 72 });
    visit.pass(20_000);
    assert_eq!(visit.results().len(), 2);
}

#[test]
fn an_oximeters_clock_is_set() {
    let mut visit = Visit::to(OXIMETER);
    visit.order("set_clock 2026-11-22T08:30:00".parse().unwrap());
    visit.pass(2000);
    assert!(visit.when("status {\"clock_set\":\"2026-11-22T08:30:00\"}").is_some());
}

/// Eight seconds of packets with these flags, waves, bars, pulses and saturations.
fn eight_seconds(packet: impl Fn(u8) -> [u8; 7]) -> Vec<String> {
    let model = Catalog::built_in().find(OXIMETER).unwrap();
    let (mut device, mut step, mut told) = (model.device(), model.settle(), Vec::new());
    for place in 0..480u16 {
        let mut out = Vec::new();
        let wire = emulate::cms50::packet(cms50::LIVE, packet(u8::try_from(place / 2).unwrap()));
        device.decoder().handle_bytes(Instant::now(), &wire, &mut out);
        out.into_iter().for_each(|output| step.take(output, &mut told));
    }
    told.iter().filter(|told| !matches!(told, Output::Status(_))).map(brief).collect()
}

#[test]
fn eight_seconds_must_be_good_and_are_rounded_half_up() {
    let good = |half: u8| half.is_multiple_of(2);
    // Mean pulse 72.5, SpO2 97.5, perfusion 3.55.
    let told = eight_seconds(|place| {
        [6, 0, 0, 72 + u8::from(good(place)), 97 + u8::from(good(place)), 0x5E + 10 * u8::from(good(place)), 1]
    });
    assert_eq!(told, ["pulse 73 /min, spo2 98 %, perfusion_index 3.6 %, finger yes, searching no"]);
    let told = eight_seconds(|_| [6, 0, 0x10, 72, 97, 0, 0]);
    assert_eq!(told, ["pulse 72 /min, spo2 97 %, finger yes, searching no"], "no perfusion index");
    assert_eq!(eight_seconds(|place| [6, 0, 0, 70 + place % 10, 97, 0, 1]).len(), 1, "a spread of 9");
    for bad in [
        |place: u8| [6, 0, 0, 70 + place % 11, 97, 0, 1],
        |place| if place == 100 { [0x86, 0, 0, 72, 97, 0, 1] } else { [6, 0, 0, 72, 97, 0, 1] },
        |place| if place == 100 { [0x16, 0, 0, 72, 97, 0, 1] } else { [6, 0, 0, 72, 97, 0, 1] },
        |place| if place == 100 { [6, 0x80, 0, 72, 97, 0, 1] } else { [6, 0, 0, 72, 97, 0, 1] },
        |place| if place == 100 { [6, 0, 0, 0xFF, 97, 0, 1] } else { [6, 0, 0, 72, 97, 0, 1] },
        |place| if place == 100 { [6, 0, 0, 72, 0x7F, 0, 1] } else { [6, 0, 0, 72, 97, 0, 1] },
    ] {
        assert_eq!(eight_seconds(bad), [""; 0]);
    }
    assert_eq!(eight_seconds(|_| [6, 0, 0, 72, 101, 0, 1]), ["fault out_of_range"]);
    assert_eq!(eight_seconds(|_| [6, 0, 0, 0, 97, 0, 1]), ["fault out_of_range"]);
}
