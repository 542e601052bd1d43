//! Monitors with a memory that hang on USB without a serial port, and their addresses.

use std::sync::mpsc;
use std::time::Duration;

use hut_drivers::custom::{contec08a, visomat};
use hut_drivers::descriptor::Link;
use hut_drivers::emulate::{Act, Emulator};
use hut_drivers::reading::{Status, unhex};
use hut_drivers::transport::serial::Address;
use hut_drivers::transport::{Transport, Trouble};
use hut_drivers::{Catalog, Order, Output, Port, PortEvent};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const CONTEC: &str = "bp-contec08a";
const OMRON: &str = "bp-omron-hem790it";
const VISOMAT: &str = "bp-visomat-jpi";

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
    let line = Catalog::built_in().find(OMRON).unwrap().port;
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
            assert_eq!((told.len(), &told[1]), (2, &whole), "{place}");
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

const READING: &str = "systolic 129 mmHg, diastolic 78 mmHg, pulse 77 /min, at 2008-04-21T16:10:46";

fn hem(hex: &str) -> Vec<String> {
    let bytes = unhex(hex).unwrap();
    let whole = decode(OMRON, [bytes.as_slice()]);
    assert_eq!(whole, decode(OMRON, bytes.chunks(1)));
    whole
}

#[test]
fn reports_and_bare_answers_are_both_understood() {
    let reports = "07 4F 4B 00 08 04 15 10 07 0A 2E 00 00 81 4E 4D 03 00 00 AF 00 81 4E 4D";
    let bare = "4F 4B 00 08 04 15 10 0A 2E 00 00 81 4E 4D 00 00 AF";
    for wire in [
        // The stale bytes of the last report are missing.
        "07 4F 4B 00 08 04 15 10 07 0A 2E 00 00 81 4E 4D 03 00 00 AF",
        // Other cuts, and an empty report.
        "02 4F 4B 00 08 04 15 10 07 00 08 04 15 10 0A 2E 00 00 FF 00 00 00 00 00 07 00 00 81 4E 4D 00 00 01 AF 00 00 00 00 00 00",
        // No valid count: before, and in the middle.
        &format!("09 4F 4B 00 08 04 15 10 {reports}"),
        &format!("00 4F 4B 00 08 04 15 10 {reports}"),
        &format!("{reports} 09 4F 4B 00 08 04 15 10"),
        "07 4F 4B 00 08 04 15 10 08 01 02 03 04 05 06 07 07 0A 2E 00 00 81 4E 4D 03 00 00 AF 00 81 4E 4D",
        &format!("FF {reports}"),
        &format!("01 02 03 {bare}"),
    ] {
        assert_eq!(hem(wire), [READING], "{wire}");
    }
    assert_eq!(hem(&format!("{bare} {reports} {bare}")), [READING; 3]);
    assert_eq!(hem("07 4F 4B 00 00 54 00 03 01 57 4B 00 00 54 00 03"), ["status {\"records\":3}"]);
    assert_eq!(hem("4F 4B 00 00 54 00 03 57"), ["status {\"records\":3}"]);
    assert_eq!(hem("4F 4B 00 00 54 00 03 58"), ["fault checksum"]);
    assert_eq!(hem("07 4F 4B 00 00 54 00 03 01 58 4B 00 00 54 00 03"), ["fault checksum"]);
    assert_eq!(hem("4E 4F 4B 00 00 54 00 03 57"), ["status {\"records\":3}"], "noise that ends in an N");
    assert_eq!(hem(&format!("55 4E {bare}")), [READING]);
    assert_eq!(hem("02 4F 4B 00 00 00 00 00"), ["status {\"event\":\"ready\"}"]);
    assert_eq!(hem("05 4F 46 46 0D 0A 00 00"), ["status {\"event\":\"end\"}"]);
    assert_eq!(hem(&format!("02 4E 4F 00 00 11 00 02 {reports}")), ["status {\"event\":\"retry\"}", READING]);
}

#[test]
fn a_broken_answer_does_not_swallow_the_next() {
    let reports = "07 4F 4B 00 08 04 15 10 07 0A 2E 00 00 81 4E 4D 03 00 00 AF 00 81 4E 4D";
    let bare = "4F 4B 00 08 04 15 10 0A 2E 00 00 81 4E 4D 00 00 AF";
    for good in [reports, bare] {
        for cut in 4..good.len() / 3 {
            let told = hem(&format!("{} {good}", &good[..cut * 3]));
            assert_eq!(told.last().map(String::as_str), Some(READING), "{cut} of {good}");
            let faults = told.iter().filter(|told| told.starts_with("fault")).count();
            assert!(told.len() == faults + 1 && faults <= 1 || told == [READING; 2], "{cut} of {good}: {told:?}");
        }
        let wrong = good.replace("AF", "AE");
        assert_eq!(hem(&format!("{wrong} {good}")), ["fault checksum", READING]);
    }
}

#[test]
fn what_an_omron_says_of_its_readings_is_kept() {
    let reading = |year: u8, month: u8, flags: u8, systolic: u8| {
        let data = [year, month, 21, 16, 10, 46, 0, 0, systolic, 78, 77, 0, flags];
        let sum = data.iter().fold(0, |sum, byte| sum ^ byte);
        decode(OMRON, [[b"OK\0".as_slice(), &data, &[sum]].concat().as_slice()])
    };
    let rest = "systolic 129 mmHg, diastolic 78 mmHg, pulse 77 /min";
    assert_eq!(reading(8, 4, 0x20, 129), [format!("{rest}, of_three second, at 2008-04-21T16:10:46")]);
    assert_eq!(reading(8, 4, 0x50, 129), [format!("{rest}, mark questionable, at 2008-04-21T16:10:46")]);
    assert_eq!(reading(8, 0, 0, 129), [format!("{rest}, mark time_doubtful")]);
    assert_eq!(reading(8, 13, 0, 129), ["fault invalid_timestamp"]);
    assert_eq!(reading(8, 4, 0, 78), ["fault out_of_range"]);
}

#[test]
fn an_omron_is_read_whole_though_it_is_busy_now_and_then() {
    let visit = downloaded(OMRON, |visit| visit.act(Act::Records(9)));
    assert_eq!(visit.results().len(), 9);
    assert!(visit.results()[0].ends_with("user 1, at 2026-11-22T07:30:00"));
    assert!(visit.when("status {\"downloaded\":9}").is_some());
    assert!(visit.commands().iter().all(|sent| sent.len() == 8));
    assert_eq!(*visit.commands().last().unwrap(), b"\x05END\xFF\xFF\0\0");

    // Damaged and lost answers are asked for again.
    let visit = downloaded(OMRON, |visit| (visit.spoil, visit.lose) = (vec![3, 6], vec![9]));
    assert_eq!(visit.results().len(), 3);
}

#[test]
fn an_omron_that_says_nothing_or_stops_is_told_and_nothing_kept() {
    let visit = downloaded(OMRON, |visit| visit.dead = true);
    assert_eq!(visit.results(), ["fault no_answer"]);
    assert!(visit.when("fault").unwrap() <= 5000);
    let visit = downloaded(OMRON, |visit| visit.lose = (8..60).collect());
    assert_eq!(visit.results(), ["fault no_answer"]);
    let visit = downloaded(OMRON, |visit| visit.spoil = (6..60).collect());
    assert_eq!(visit.results().len(), 1);
    assert!(visit.results()[0].starts_with("fault"), "{:?}", visit.results());
}

#[test]
fn reports_go_through_a_pseudo_terminal() {
    for model in [OMRON, CONTEC, VISOMAT] {
        let device = Emulator::open(model).unwrap();
        device.tell("records 2").unwrap();
        let (sender, events) = mpsc::channel();
        let address = Address::Path(device.path().to_owned());
        let tell = move |event| drop(sender.send(event));
        let port = Port::open(Catalog::built_in().find(model).unwrap(), address, None, tell).unwrap();
        port.order(Order::WatchForNew).unwrap();
        let wait = |wanted: &dyn Fn(&PortEvent) -> bool| {
            while !wanted(&events.recv_timeout(Duration::from_secs(5)).expect("it comes in time")) {}
        };
        let ready = PortEvent::Output(Output::Status(Status::Baseline { baseline: 2 }));
        wait(&|event| *event == ready);
        device.tell("145 91 76").unwrap();
        wait(&|event| matches!(event, PortEvent::Fresh(new) if new.len() == 1));
    }
}

#[test]
fn a_visomat_is_read_whole_or_not_at_all() {
    let visit = downloaded(VISOMAT, |visit| visit.act(Act::Records(99)));
    assert_eq!(visit.results().len(), 99);
    assert_eq!(visit.commands(), [visomat::request("R02"), visomat::request("R00")]);
    assert!(visit.when("status {\"downloaded\":99}").is_some());

    let visit = downloaded(VISOMAT, |visit| visit.act(Act::Records(0)));
    assert_eq!(visit.results(), [""; 0]);
    assert!(visit.when("status {\"downloaded\":0}").is_some());

    // Its answer comes damaged once, then twice; or never.
    assert_eq!(downloaded(VISOMAT, |visit| visit.spoil = vec![2]).results().len(), 3);
    assert_eq!(downloaded(VISOMAT, |visit| visit.spoil = vec![2, 3]).results(), ["fault malformed"]);
    let silent = downloaded(VISOMAT, |visit| visit.dead = true);
    assert_eq!((silent.results(), silent.when("fault")), (vec!["fault no_answer".to_owned()], Some(5000)));
}

#[test]
fn a_visomats_digits_and_counts_must_fit() {
    let told = |text: &str| decode(VISOMAT, [visomat::request(text).as_slice()]);
    let record = "10010112021151102120";
    let whole = "systolic 151 mmHg, diastolic 102 mmHg, pulse 120 /min, flag 1, user 1, at 2010-01-01T12:02";
    assert_eq!(told(&format!("M101{record}M2000")), [whole]);
    assert_eq!(told(&format!("M1000M201{record}")), [whole.replace("user 1", "user 2")]);
    assert_eq!(told("M1000M2000"), ["status {\"records\":0}"]);
    for wrong in [
        format!("M102{record}M2000"),
        format!("M101{record}0M2000"),
        format!("M101{record}M200"),
        format!("M100{record}M2000"),
        format!("M101{}M2000", record.replace("151", "15x")),
        format!("M101{}M2000", record.replace("1202115", "1202215")),
        format!("M201{record}M1000"),
        format!("M101{record}"),
        "M".to_owned(),
        "hello".to_owned(),
    ] {
        assert_eq!(told(&wrong), ["fault malformed"], "{wrong}");
    }
    for (from, to, wants) in [
        ("151102", "102151", "fault out_of_range"),
        ("151102", "102102", "fault out_of_range"),
        ("100101", "101301", "mark time_doubtful, flag 1, user 1"),
        ("100101", "040101", "mark time_doubtful, flag 1, user 1, at 2004-01-01T12:02"),
    ] {
        let told = told(&format!("M101{}M2000", record.replacen(from, to, 1)));
        assert!(told.len() == 1 && told[0].ends_with(wants), "{told:?}");
    }
    let (good, broken) = (visomat::request(&format!("M101{record}M2000")), b"\x02M101100101".as_slice());
    assert_eq!(decode(VISOMAT, [broken, &good]), ["fault malformed", whole]);
    assert_eq!(decode(VISOMAT, [b"\x02".as_slice(), &[b'1'; 9000], &good]), ["fault malformed", whole]);
    assert_eq!(told("2611220830"), ["status {\"device_time\":\"2026-11-22T08:30\"}"]);
}

/// A HID device that only notes what reaches it.
struct Noting(mpsc::Sender<(&'static str, Vec<u8>)>);

impl Transport for Noting {
    fn read(&mut self, _into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        std::thread::sleep(patience);
        Ok(0)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.0.send(("report", bytes.to_vec())).map_err(|_| Trouble::Gone("test".to_owned()))
    }

    fn feature(&mut self, report: &[u8]) -> Result<(), Trouble> {
        self.0.send(("feature", report.to_vec())).map_err(|_| Trouble::Gone("test".to_owned()))
    }
}

#[test]
fn a_port_sends_the_mode_as_a_feature_report_and_then_reports_one_by_one() {
    let (sender, noted) = mpsc::channel();
    let opener = Box::new(move || Ok(Box::new(Noting(sender.clone())) as Box<dyn Transport>));
    let port = Port::start(Catalog::built_in().find(OMRON).unwrap(), opener, |_| {}).unwrap();
    port.order(Order::Download).unwrap();
    let next = || noted.recv_timeout(Duration::from_secs(3)).unwrap();
    assert_eq!(next(), ("feature", vec![0x74, 0xBC]));
    for count in [7, 7, 7, 7, 2] {
        assert_eq!(next(), ("report", vec![count, 0, 0, 0, 0, 0, 0, 0]));
    }
}
