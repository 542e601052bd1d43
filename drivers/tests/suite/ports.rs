//! Ports against emulated devices on pseudo-terminals.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hut_drivers::emulate::{Act, Behaviour, Emulator, sam};
use hut_drivers::reading::{CardStep, FaultCode, Sex, Status};
use hut_drivers::transport::Trouble;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Identity, Order, Output, Port, PortEvent, Quantity, Reading, Special};

/// A device, the port that serves it, and what the port tells.
struct Bench {
    device: Emulator,
    port: Port,
    events: Receiver<PortEvent>,
}

impl Bench {
    fn of(model: &str) -> Bench {
        let device = Emulator::open(model).unwrap();
        let (port, events) = open(model, &device);
        let mut bench = Bench { device, port, events };
        bench.wait(2, |event| (event == PortEvent::Up).then_some(()));
        bench
    }

    fn order(self, order: Order) -> Bench {
        self.port.order(order).unwrap();
        self
    }

    fn wait<T>(&mut self, seconds: u64, mut wanted: impl FnMut(PortEvent) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(seconds);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).expect("the event comes in time");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    fn reading(&mut self, seconds: u64) -> Reading {
        self.wait(seconds, |event| match event {
            PortEvent::Output(Output::Reading(reading)) => Some(reading),
            _ => None,
        })
    }

    fn fault(&mut self, seconds: u64) -> FaultCode {
        self.wait(seconds, |event| match event {
            PortEvent::Output(Output::Fault(fault)) => Some(fault.code),
            PortEvent::Output(Output::Reading(_)) => panic!("a reading where a fault is due"),
            _ => None,
        })
    }

    fn status(&mut self, seconds: u64, status: Status) {
        self.wait(seconds, |event| (event == PortEvent::Output(Output::Status(status.clone()))).then_some(()));
    }

    fn identity(&mut self, seconds: u64) -> Identity {
        self.wait(seconds, |event| match event {
            PortEvent::Output(Output::Identity(identity)) => Some(identity),
            _ => None,
        })
    }

    fn fresh(&mut self, seconds: u64) -> Vec<String> {
        let readings = self.wait(seconds, |event| match event {
            PortEvent::Fresh(readings) => Some(readings),
            _ => None,
        });
        readings.iter().map(|reading| number(reading, Quantity::Glucose)).collect()
    }

    fn silent_for(&mut self, ms: u64) {
        let event = self.events.recv_timeout(Duration::from_millis(ms));
        assert!(event.is_err(), "{event:?}");
    }
}

fn open(model: &str, device: &Emulator) -> (Port, Receiver<PortEvent>) {
    let (sender, events) = mpsc::channel();
    let model = Catalog::built_in().find(model).unwrap();
    let address = Address::Path(device.path().to_owned());
    let port = Port::open(model, address, None, move |event| {
        let _ = sender.send(event);
    });
    (port.unwrap(), events)
}

fn number(reading: &Reading, quantity: Quantity) -> String {
    reading.value(quantity).map_or_else(|| format!("{:?}", reading.special), |value| value.to_string())
}

const MONITOR: &str = "bp-omron-hbp9030";
const METER: &str = "glucose-onetouch-ultra2";
const READER: &str = "idcard-sdt-sam";

#[test]
fn a_measurement_arrives() {
    let mut bench = Bench::of(MONITOR);
    bench.device.tell("145 91 76").unwrap();
    let reading = bench.reading(2);
    assert_eq!(number(&reading, Quantity::Systolic), "145 mmHg");
    assert_eq!(number(&reading, Quantity::Pulse), "76 /min");
}

#[test]
fn height_and_weight_arrive() {
    let mut bench = Bench::of("scale-gtech-gl150");
    bench.device.tell("168.5 64.4").unwrap();
    let reading = bench.reading(2);
    assert_eq!(number(&reading, Quantity::Bmi), "22.7 kg/m2");
    assert!(reading.marks.is_empty());
}

#[test]
fn a_person_on_the_scale_is_weighed_once() {
    let mut bench = Bench::of("scale-st-gs");
    bench.device.tell("64.4").unwrap();
    assert_eq!(number(&bench.reading(5), Quantity::Weight), "64.4 kg");
    bench.device.tell("off").unwrap();
    std::thread::sleep(Duration::from_millis(500));
    bench.device.tell("71.2").unwrap();
    assert_eq!(number(&bench.reading(5), Quantity::Weight), "71.2 kg");
}

#[test]
fn a_scale_that_stops_speaking_is_told() {
    let mut bench = Bench::of("scale-st-gs");
    bench.device.behave(Behaviour::Silent);
    bench.wait(6, |event| (event == PortEvent::NoAnswer).then_some(()));
}

#[test]
fn half_a_frame_and_silence_is_a_fault_and_the_next_frame_counts() {
    let mut bench = Bench::of(MONITOR);
    bench.device.behave(Behaviour::Half);
    bench.device.tell("145 91 76").unwrap();
    assert_eq!(bench.fault(3), FaultCode::Malformed);
    bench.device.behave(Behaviour::Good);
    bench.device.tell("131 84 66").unwrap();
    assert_eq!(number(&bench.reading(2), Quantity::Systolic), "131 mmHg");
}

#[test]
fn a_damaged_frame_is_never_a_reading() {
    let mut bench = Bench::of(MONITOR);
    bench.device.behave(Behaviour::BadChecksum);
    bench.device.tell("145 91 76").unwrap();
    assert_eq!(bench.fault(3), FaultCode::Malformed);
}

#[test]
fn noise_around_a_frame_does_no_harm() {
    let mut bench = Bench::of(MONITOR);
    bench.device.behave(Behaviour::Garbage);
    bench.device.tell("145 91 76").unwrap();
    assert_eq!(number(&bench.reading(2), Quantity::Systolic), "145 mmHg");
}

#[test]
fn unplugged_while_measuring_and_plugged_in_again() {
    let mut bench = Bench::of(MONITOR);
    let before = bench.device.pty();
    bench.device.behave(Behaviour::HangUp);
    bench.device.tell("145 91 76").unwrap();
    bench.wait(2, |event| matches!(event, PortEvent::Down { .. }).then_some(()));
    let elsewhere = Emulator::open(MONITOR).unwrap();
    bench.device.plug();
    assert_ne!(bench.device.pty(), before, "{}", elsewhere.path().display());
    bench.wait(5, |event| (event == PortEvent::Up).then_some(()));
    bench.device.tell("131 84 66").unwrap();
    assert_eq!(number(&bench.reading(2), Quantity::Systolic), "131 mmHg");
}

#[test]
fn a_meter_is_read_whole() {
    let bench = Bench::of(METER);
    bench.device.act(Act::Records(12));
    let mut bench = bench.order(Order::Download);
    let mut readings = 0;
    bench.wait(15, |event| match event {
        PortEvent::Output(Output::Reading(_)) => {
            readings += 1;
            None
        }
        PortEvent::Output(Output::Status(Status::Downloaded { downloaded })) => {
            assert_eq!(downloaded, 12);
            Some(())
        }
        _ => None,
    });
    assert_eq!(readings, 12);
}

#[test]
fn a_download_that_was_broken_off_is_not_begun_again() {
    let bench = Bench::of(METER);
    bench.device.act(Act::Records(12));
    let mut bench = bench.order(Order::Download);
    bench.status(8, Status::Progress { done: 0, of: 12 });
    bench.device.unplug();
    bench.wait(2, |event| matches!(event, PortEvent::Down { .. }).then_some(()));
    bench.device.plug();
    bench.wait(5, |event| (event == PortEvent::Up).then_some(()));
    bench.silent_for(2500);
}

#[test]
fn a_meter_with_bad_checksums_gives_nothing() {
    let bench = Bench::of(METER);
    bench.device.behave(Behaviour::BadChecksum);
    let mut bench = bench.order(Order::Download);
    assert_eq!(bench.fault(12), FaultCode::Checksum);
}

#[test]
fn what_was_not_in_the_memory_is_new() {
    let bench = Bench::of(METER);
    bench.device.act(Act::Records(5));
    let mut bench = bench.order(Order::WatchForNew);
    bench.status(8, Status::Baseline { baseline: 5 });
    bench.device.tell("control 102").unwrap();
    assert_eq!(bench.reading(8).special, Some(Special::Control));
    bench.device.tell("101").unwrap();
    assert_eq!(bench.fresh(8), ["101 mg/dL"]);
    bench.device.tell("140").unwrap();
    bench.device.tell("HI").unwrap();
    let mut two = bench.fresh(8);
    while two.len() < 2 {
        two.extend(bench.fresh(8));
    }
    two.sort();
    assert_eq!(two, ["140 mg/dL", "Some(HI)"]);
}

#[test]
fn a_meter_that_is_not_there_is_told_once() {
    let bench = Bench::of(METER);
    bench.device.behave(Behaviour::Silent);
    let mut bench = bench.order(Order::WatchForNew);
    bench.wait(8, |event| (event == PortEvent::NoAnswer).then_some(()));
    bench.silent_for(3000);
}

#[test]
fn cards_are_told_once_for_each_laying() {
    let mut bench = Bench::of(READER).order(Order::FindCards);
    let first = sam::example();
    bench.device.act(Act::LayCard(Box::new(first.clone())));
    assert_eq!(bench.identity(5), first);
    bench.status(3, Status::Card { card: CardStep::Absent });
    bench.silent_for(1500);
    bench.device.act(Act::LayCard(Box::new(first.clone())));
    assert_eq!(bench.identity(5), first);

    let birth = first.birth.succ_opt().unwrap();
    let id = sam::made_up_number(birth, Sex::Female, 7);
    let second = Identity { name: "测试乙".to_owned(), sex: Sex::Female, birth, id, ..first };
    bench.device.act(Act::LayCard(Box::new(second.clone())));
    assert_eq!(bench.identity(6), second);

    bench.device.tell("lay name=测试丙 sex=female birth=1960-05-01").unwrap();
    let third = bench.identity(6);
    assert_eq!(third.id, sam::made_up_number(third.birth, Sex::Female, 0), "a number that fits the card");
}

#[test]
fn a_reader_with_bad_sums_asks_for_the_card_again() {
    let mut bench = Bench::of(READER).order(Order::FindCards);
    bench.device.act(Act::LiftCard);
    std::thread::sleep(Duration::from_millis(500));
    bench.device.behave(Behaviour::BadChecksum);
    assert_eq!(bench.fault(8), FaultCode::Checksum);
    bench.device.behave(Behaviour::Good);
    bench.device.tell("lay").unwrap();
    assert_eq!(bench.identity(8).id, sam::example().id);
}

#[test]
fn a_silent_reader_is_told_once_and_found_again() {
    let bench = Bench::of(READER);
    bench.device.behave(Behaviour::Silent);
    let mut bench = bench.order(Order::FindCards);
    bench.wait(8, |event| (event == PortEvent::NoAnswer).then_some(()));
    bench.device.behave(Behaviour::Good);
    bench.device.tell("lay").unwrap();
    bench.identity(8);
}

#[test]
fn watching_goes_on_after_a_replug() {
    let mut bench = Bench::of(READER).order(Order::FindCards);
    bench.device.unplug();
    bench.wait(2, |event| matches!(event, PortEvent::Down { .. }).then_some(()));
    bench.device.plug();
    bench.wait(5, |event| (event == PortEvent::Up).then_some(()));
    bench.device.tell("lay").unwrap();
    bench.identity(5);
}

#[test]
fn no_device_on_the_port_is_said_in_words() {
    let mut bench = Bench::of(MONITOR);
    let (_second, events) = open(MONITOR, &bench.device);
    let PortEvent::Down { why: why @ Trouble::Busy(_) } = events.recv_timeout(Duration::from_secs(2)).unwrap() else {
        panic!("one port, two owners")
    };
    assert!(why.to_string().contains("close that program"));
    bench.device.unplug();
    bench.wait(2, |event| matches!(event, PortEvent::Down { why: Trouble::Gone(_) }).then_some(()));
    bench.wait(2, |event| matches!(event, PortEvent::Down { why: Trouble::Missing(_) }).then_some(()));
    bench.silent_for(1000);
}

#[test]
fn another_line_setting_opens_a_pseudo_terminal_too() {
    let device = Emulator::open(MONITOR).unwrap();
    let (sender, events) = mpsc::channel();
    let model = Catalog::built_in().find(MONITOR).unwrap();
    let address = Address::Path(device.path().to_owned());
    let line = "2400 7E1".parse().unwrap();
    let _port = Port::open(model, address, Some(line), move |event| drop(sender.send(event)));
    assert_eq!(events.recv_timeout(Duration::from_secs(2)), Ok(PortEvent::Up));
    device.tell("").unwrap();
    let event = events.recv_timeout(Duration::from_secs(2));
    assert!(matches!(event, Ok(PortEvent::Output(Output::Reading(_)))), "{event:?}");
}

#[test]
fn a_serial_server_on_the_network_is_a_port() {
    use std::io::Write;
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", server.local_addr().unwrap()).parse().unwrap();
    let (sender, events) = mpsc::channel();
    let model = Catalog::built_in().find(MONITOR).unwrap();
    let _port = Port::open(model, address, None, move |event| drop(sender.send(event)));
    let (mut line, _) = server.accept().unwrap();
    assert_eq!(events.recv_timeout(Duration::from_secs(2)), Ok(PortEvent::Up));
    line.write_all(b"2026,07,11,09,05,                    ,0,120,080,072,0\r\n").unwrap();
    let event = events.recv_timeout(Duration::from_secs(2));
    assert!(matches!(event, Ok(PortEvent::Output(Output::Reading(_)))), "{event:?}");
    drop((line, server));
    let event = events.recv_timeout(Duration::from_secs(2));
    assert!(matches!(event, Ok(PortEvent::Down { why: Trouble::Gone(_) })), "{event:?}");
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let bench = Bench::of(MONITOR);
    assert!(bench.port.order(Order::Download).is_err());
    assert!(bench.port.order(Order::Rest).is_ok());
}

#[test]
fn a_dropped_port_is_closed_at_once() {
    let device = Emulator::open(MONITOR).unwrap();
    for _ in 0..5 {
        let (port, events) = open(MONITOR, &device);
        assert_eq!(events.recv_timeout(Duration::from_secs(2)), Ok(PortEvent::Up));
        let start = Instant::now();
        drop(port);
        assert!(start.elapsed() < Duration::from_secs(1));
        assert!(events.recv().is_err(), "the thread has ended");
    }
}

/// Lines that were held back while the device was slow do not hold back what it does next.
#[test]
fn a_change_of_behaviour_is_seen_within_a_second() {
    let mut bench = Bench::of("scale-st-gs");
    bench.device.act(Act::StepOn(64.into()));
    bench.reading(5);
    bench.device.behave(Behaviour::Slow(Duration::from_secs(3)));
    std::thread::sleep(Duration::from_secs(2));
    bench.device.behave(Behaviour::HangUp);
    bench.wait(1, |event| matches!(event, PortEvent::Down { .. }).then_some(()));
}
