//! What stands beside the monitors: scanner, printer and oximeter, and everything that hangs on USB without a serial port.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use hut_drivers::custom::{cms50, contec08a, scanner};
use hut_drivers::descriptor::Link;
use hut_drivers::emulate::{self, Act, Behaviour, Emulator, Paper};
use hut_drivers::print::{Cut, INITIALISE, Slip, Width};
use hut_drivers::reading::{PaperLeft, Status};
use hut_drivers::transcript::brief;
use hut_drivers::transport::Trouble;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Order, Output, Port, PortEvent};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const CONTEC: &str = "bp-contec08a";
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

#[test]
fn addresses_follow_the_link_of_the_model() {
    let address = |text: &str| text.parse::<Address>().unwrap();
    assert_eq!(address("hid:0590:0028"), Address::Hid(0x0590, 0x0028));
    assert_eq!(address("bulk:1247:00f8"), Address::Bulk(0x1247, 0x00F8));
    assert_eq!(address("usb:0590:0028").for_link(Link::UsbHid), address("hid:0590:0028"));
    assert_eq!(address("usb:0590:0028").for_link(Link::UsbBulk), address("bulk:0590:0028"));
    assert_eq!(address("usb:0590:0028").for_link(Link::Serial), Address::Usb(0x0590, 0x0028));
    assert_eq!(address("/dev/pts/7").for_link(Link::UsbHid), Address::Path("/dev/pts/7".into()));
    for wrong in ["hid:", "hid:590:28", "bulk:xxxx:00f8", "hid:0590"] {
        assert!(wrong.parse::<Address>().is_err(), "{wrong}");
    }
}

#[test]
fn a_usb_device_that_is_not_plugged_in_is_missing() {
    let line = Catalog::built_in().find(PRINTER).unwrap().port;
    // No such vendor.
    let missing = "hid:fffe:fffe".parse::<Address>().unwrap().open(line).err().unwrap();
    assert_eq!(missing, Trouble::Missing("hid:fffe:fffe".to_owned()));
    assert!(Trouble::Denied("/dev/hidraw0".to_owned()).to_string().contains("70-health-hut.rules"));
}

#[test]
fn the_question_for_a_user_is_as_printed() {
    let printed = vectors(CONTEC);
    let vector = printed.iter().find(|vector| !vector.is_from_device()).unwrap();
    assert_eq!(contec08a::report(&vector.wire()), contec08a::download(1));
}

fn downloaded(model: &str, arrange: impl FnOnce(&mut Visit)) -> Visit {
    let mut visit = Visit::to(model);
    visit.act(Act::Records(3));
    arrange(&mut visit);
    visit.order(Order::Download);
    visit.pass(60_000);
    visit
}

#[test]
fn a_bench_monitor_is_read_whole() {
    let visit = downloaded(CONTEC, |visit| {
        visit.act(Act::Pressure { systolic: 118, diastolic: 76, pulse: 66, movement: false });
    });
    let newest =
        "systolic 118 mmHg, diastolic 76 mmHg, mean_arterial 90 mmHg, pulse 66 /min, user 1, at 2026-11-22T08:30";
    assert_eq!(visit.results()[0], newest);
    assert_eq!(visit.results().len(), 4);
    assert!(visit.when("status {\"downloaded\":4}").is_some());
    assert!(visit.commands().iter().all(|sent| sent.len() == contec08a::REPORT));
}

#[test]
fn a_short_download_is_told_and_what_came_is_kept() {
    // Two answers, one answer and a header come before the three records.
    let visit = downloaded(CONTEC, |visit| visit.lose = vec![6]);
    assert_eq!(visit.results().len(), 3);
    assert_eq!(visit.results()[2], "fault no_answer");
    let Some((_, Output::Fault(fault))) = visit.told.last() else { panic!("{:?}", visit.told) };
    assert!(fault.says.contains("2 of 3"), "{}", fault.says);

    let visit = downloaded(CONTEC, |visit| visit.spoil = vec![6]);
    assert_eq!(visit.results().len(), 3);
    assert_eq!(visit.results()[2], "fault malformed");
    assert!(visit.when("status {\"downloaded\":3}").is_some());
}

#[test]
fn a_bench_monitor_that_says_nothing_is_told() {
    let visit = downloaded(CONTEC, |visit| visit.dead = true);
    assert_eq!(visit.results(), ["fault no_answer"]);
    assert!(visit.when("fault").unwrap() <= 5000);
}

#[test]
fn records_of_a_bench_monitor_are_read_strictly() {
    let good = vectors(CONTEC)[0].wire();
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        decode(CONTEC, [bytes.as_slice(), &good])
    };
    let whole = vectors(CONTEC)[0].wants[0].clone();
    for (place, byte, wants) in [
        (0, 0x80, "fault out_of_range"), // systolic 20
        (3, 0xFF, "fault out_of_range"), // diastolic above the mean
        (4, 0x80, "fault out_of_range"), // no pulse
        (5, 0x80, "fault out_of_range"), // no mean
        (7, 0x8D, "fault invalid_timestamp"),
        (9, 0xA0, "fault invalid_timestamp"),
        (10, 0x98, "fault invalid_timestamp"),
        (11, 0xBC, "fault invalid_timestamp"),
        (14, 0x81, "fault malformed"),
        (15, 0x01, "fault malformed"),
    ] {
        let told = with(place, byte);
        // A run that is not ended cannot be told apart from the next one.
        assert_eq!(told[0], wants, "{place}");
        if place < 14 {
            assert_eq!(told[1..], [whole.clone()], "{place}");
        }
    }
    for cut in 8..16 {
        assert_eq!(decode(CONTEC, [&good[..cut], &good]), ["fault malformed", &whole], "{cut}");
    }
    assert_eq!(decode(CONTEC, [b"\xFE".as_slice(), &good]), [whole.as_str()]);
    // One byte too many moves all the others.
    assert_eq!(decode(CONTEC, [&good[..5], b"\x80", &good[5..]]), ["fault malformed"]);
    let report = contec08a::report(&good);
    assert_eq!(decode(CONTEC, [&report[..13], &[0], &report]), ["fault malformed", &whole]);
    assert_eq!(decode(CONTEC, [report.as_slice(), &report, &good]), [whole.clone(), whole.clone(), whole]);
}
