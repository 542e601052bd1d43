//! IEEE 11073 over real ports: emulated agents on pseudo-terminals, and one that connects to us.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hut_drivers::emulate::{Act, Behaviour, Emulator};
use hut_drivers::reading::{FaultCode, Status, unhex};
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Order, Output, Port, PortEvent, Quantity, Reading, Special};

struct Bench {
    port: Port,
    events: Receiver<PortEvent>,
}

impl Bench {
    fn open(model: &str, address: Address, order: Order) -> Bench {
        let (sender, events) = mpsc::channel();
        let model = Catalog::built_in().find(model).unwrap();
        let port = Port::open(model, address, None, move |event| {
            let _ = sender.send(event);
        });
        let port = port.unwrap();
        port.order(order).unwrap();
        Bench { port, events }
    }

    fn of(device: &Emulator, model: &str, order: Order) -> Bench {
        Bench::open(model, Address::Path(device.path().to_owned()), order)
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

    fn associated(&mut self) {
        self.wait(5, |event| match event {
            PortEvent::Output(Output::Status(Status::Associated { serial, .. })) => serial.map(drop),
            _ => None,
        });
    }
}

fn number(reading: &Reading, quantity: Quantity) -> String {
    reading.value(quantity).map_or_else(|| format!("{:?}", reading.special), |value| value.to_string())
}

#[test]
fn every_kind_of_agent_measures() {
    let rows = [
        ("ieee11073-bp", "145 91 76", Quantity::Pulse, "76 /min"),
        ("ieee11073-scale", "168.5 64.4", Quantity::Bmi, "22.7 kg/m2"),
        ("ieee11073-glucose", "137", Quantity::Glucose, "137 mg/dL"),
        ("ieee11073-spo2", "97 68", Quantity::Spo2, "97 %"),
        ("ieee11073-thermometer", "36.6", Quantity::Temperature, "36.6 °C"),
    ];
    let mut benches = rows.map(|(model, ..)| {
        let device = Emulator::open(model).unwrap();
        let bench = Bench::of(&device, model, Order::Stream);
        (device, bench)
    });
    for round in 0..2 {
        for ((device, bench), (model, line, quantity, value)) in benches.iter_mut().zip(rows) {
            if round == 0 {
                bench.associated();
            }
            device.tell(line).unwrap();
            assert_eq!(number(&bench.reading(3), quantity), value, "{model}, round {round}");
            bench.port.kept();
        }
        // Equal values of the same second would be the same reading.
        std::thread::sleep(Duration::from_millis(1100));
    }
}

#[test]
fn a_reading_that_is_not_kept_is_offered_again() {
    let device = Emulator::open("ieee11073-bp").unwrap();
    let mut bench = Bench::of(&device, "ieee11073-bp", Order::Stream);
    bench.associated();
    device.tell("145 91 76").unwrap();
    let first = bench.reading(2);
    bench.wait(5, |event| match event {
        PortEvent::Output(Output::Status(Status::AssociationEnded { association_ended })) => {
            assert_eq!(association_ended, "device_aborted");
            Some(())
        }
        _ => None,
    });
    let again = bench.reading(5);
    assert_eq!((first.values, first.device_time), (again.values, again.device_time));
    bench.port.kept();
    device.tell("131 84 66").unwrap();
    assert_eq!(number(&bench.reading(2), Quantity::Systolic), "131 mmHg");
}

#[test]
fn a_meter_of_many_pages_is_read_whole() {
    let device = Emulator::open("ieee11073-glucose").unwrap();
    device.act(Act::Records(45));
    let mut bench = Bench::of(&device, "ieee11073-glucose", Order::Download);
    let mut readings = 0;
    let downloaded = bench.wait(8, |event| match event {
        PortEvent::Output(Output::Reading(_)) => {
            readings += 1;
            None
        }
        PortEvent::Output(Output::Status(Status::Downloaded { downloaded })) => Some(downloaded),
        _ => None,
    });
    assert_eq!((readings, downloaded), (45, 45));
}

#[test]
fn a_watched_meter_tells_only_what_is_new() {
    let device = Emulator::open("ieee11073-glucose").unwrap();
    device.act(Act::Records(5));
    let mut bench = Bench::of(&device, "ieee11073-glucose", Order::WatchForNew);
    let baseline = |wanted| {
        move |event| match event {
            PortEvent::Output(Output::Status(Status::Baseline { baseline })) if baseline == wanted => Some(()),
            PortEvent::Output(Output::Reading(_)) | PortEvent::Fresh(_) => panic!("nothing is new yet"),
            _ => None,
        }
    };
    bench.wait(5, baseline(5));
    device.tell("HI").unwrap();
    let fresh = |event| match event {
        PortEvent::Fresh(readings) => Some(readings),
        _ => None,
    };
    let new = bench.wait(5, fresh);
    assert_eq!((new.len(), new[0].special), (1, Some(Special::HI)));
    bench.port.kept();
    device.tell("118").unwrap();
    let new = bench.wait(5, fresh);
    assert_eq!((new.len(), number(&new[0], Quantity::Glucose)), (1, "118 mg/dL".to_owned()));
    bench.port.kept();
    // Two more looks find nothing.
    let until = Instant::now() + Duration::from_secs(5);
    while let Ok(event) = bench.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
        assert!(!matches!(event, PortEvent::Fresh(_)), "{event:?}");
    }
}

#[test]
fn a_damaged_association_is_noticed() {
    let device = Emulator::open("ieee11073-bp").unwrap();
    device.behave(Behaviour::BadChecksum);
    let mut bench = Bench::of(&device, "ieee11073-bp", Order::Stream);
    device.tell("145 91 76").unwrap();
    let code = bench.wait(15, |event| match event {
        PortEvent::Output(Output::Fault(fault)) => Some(fault.code),
        PortEvent::Output(Output::Reading(_)) => panic!("a reading of a damaged line"),
        _ => None,
    });
    assert_eq!(code, FaultCode::Malformed);
}

fn send(line: &mut TcpStream, hex: &str) {
    line.write_all(&unhex(hex).unwrap()).unwrap();
}

fn hear(line: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    line.read_exact(&mut bytes).unwrap();
    bytes
}

const AARQ: &str = concat!(
    "e2000032800000000001002a5079002680000000800080000000000000000080000000081133557799bbddff",
    "02bc0001010000000000"
);
const REPORT: &str = concat!(
    "e700003e003c0000010100360000ffffffff0d1d002cf0000000000200240001001200030006007b004c0061",
    "20261122030717500002000a00552026112203071750"
);

#[test]
fn an_agent_connects_to_a_listening_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address: Address = format!("listen:{free}").parse().unwrap();
    let mut bench = Bench::open("ieee11073-bp", address, Order::Stream);
    bench.wait(3, |event| (event == PortEvent::Up).then_some(()));
    let mut line = TcpStream::connect(free).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    send(&mut line, AARQ);
    assert_eq!(hear(&mut line, 48)[..6], [0xE3, 0, 0, 0x2C, 0, 0]);
    hear(&mut line, 18);
    // One at a time: another is turned away.
    let mut other = TcpStream::connect(free).unwrap();
    other.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(other.read(&mut [0; 8]).unwrap_or(0), 0);

    send(&mut line, REPORT);
    assert_eq!(number(&bench.reading(3), Quantity::Systolic), "123 mmHg");
    bench.port.kept();
    assert_eq!(hear(&mut line, 22)[8..10], [0x02, 0x01]);
    drop(line);
    bench.wait(3, |event| matches!(event, PortEvent::Down { .. }).then_some(()));
    bench.wait(3, |event| (event == PortEvent::Up).then_some(()));

    // The confirmation was lost with the line: what was kept is confirmed again and not told again.
    let mut line = TcpStream::connect(free).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    send(&mut line, AARQ);
    hear(&mut line, 48 + 18);
    send(&mut line, REPORT);
    assert_eq!(hear(&mut line, 22)[8..10], [0x02, 0x01]);
    while let Ok(event) = bench.events.recv_timeout(Duration::from_millis(300)) {
        assert!(!matches!(event, PortEvent::Output(Output::Reading(_))), "{event:?}");
    }
}
