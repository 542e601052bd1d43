//! Plugging and unplugging without end: in a process of its own, so that threads and handles can be counted.
//!
//! `HUT_PLUG_CYCLES=1000 cargo test -p hut-drivers --test plugs -- --nocapture` is the long run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use hut_drivers::emulate::{Act, Emulator};
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Output, Port, PortEvent};
use serialport::{SerialPort, TTYPort};

fn port(model: &str, path: &str) -> (Port, Receiver<PortEvent>) {
    let (sender, events) = mpsc::channel();
    let address: Address = path.parse().unwrap();
    let model = Catalog::built_in().find(model).unwrap();
    (Port::open(model, address, None, move |event| drop(sender.send(event))).unwrap(), events)
}

fn wait(events: &Receiver<PortEvent>, limit: Duration, wanted: impl Fn(&PortEvent) -> bool) -> Duration {
    let start = Instant::now();
    loop {
        let event = events.recv_timeout(limit.saturating_sub(start.elapsed())).expect("the event comes in time");
        if wanted(&event) {
            return start.elapsed();
        }
    }
}

fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// Processor time of the threads of this name, in hundredths of a second.
fn ticks(name: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let stats = tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok());
    let fields = stats.filter_map(|stat| {
        let (head, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<u64> = rest.split(' ').map(|field| field.parse().unwrap_or(0)).collect();
        head.contains(name).then(|| fields[11] + fields[12])
    });
    fields.sum()
}

/// What counts threads and handles is alone.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_device_may_be_unplugged_and_plugged_in_for_ever() {
    let _alone = ALONE.lock().unwrap();
    let cycles: usize = env::var("HUT_PLUG_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let device = Emulator::open("bp-omron-hbp9030").unwrap();
    let (port, events) = port("bp-omron-hbp9030", device.path().to_str().unwrap());
    wait(&events, Duration::from_secs(2), |event| *event == PortEvent::Up);
    let before = (count("/proc/self/task"), count("/proc/self/fd"));
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    for cycle in 0..cycles {
        device.unplug();
        gone.push(wait(&events, Duration::from_secs(2), |event| matches!(event, PortEvent::Down { .. })));
        // Every other time something else takes its number meanwhile.
        let other = (cycle % 2 == 1).then(TTYPort::pair);
        device.plug();
        back.push(wait(&events, Duration::from_secs(5), |event| *event == PortEvent::Up));
        device.act(Act::Pressure { systolic: 120, diastolic: 80, pulse: 70, movement: false });
        wait(&events, Duration::from_secs(2), |event| matches!(event, PortEvent::Output(Output::Reading(_))));
        drop(other);
    }
    let after = (count("/proc/self/task"), count("/proc/self/fd"));
    assert_eq!(before, after, "threads and handles");
    drop(port);
    for (name, mut times) in [("unplugged is told", gone), ("usable again", back)] {
        times.sort_unstable();
        println!("{name}: median {:.0?}, longest {:.0?} of {cycles}", times[cycles / 2], times[cycles - 1]);
    }
}

#[test]
fn neither_a_missing_nor_a_babbling_device_takes_the_processor() {
    let _alone = ALONE.lock().unwrap();
    let (_missing, _) = port("scale-st-gs", "/dev/no-such-port");
    let (mut device, host) = TTYPort::pair().unwrap();
    let (_babbling, _) = port("bp-omron-hbp9030", &host.name().unwrap());
    thread::sleep(Duration::from_millis(500));
    let before = (ticks("port scale"), ticks("port bp"));
    let start = Instant::now();
    // 115200 baud of noise with shreds of frames.
    while start.elapsed() < Duration::from_secs(4) {
        device
            .write_all(b"\xFF2026,07,11,0\r\x00\xFE~bp,,,,~~~~~~~~\x02 ...,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n")
            .unwrap();
        thread::sleep(Duration::from_micros(6500));
    }
    let taken = (ticks("port scale") - before.0, ticks("port bp") - before.1);
    println!("in 4 s: missing {} ms, babbling {} ms of processor time", taken.0 * 10, taken.1 * 10);
    // 5 % of a core; a development build may take twice that.
    let most = if cfg!(debug_assertions) { 40 } else { 20 };
    assert!(taken.0 <= most && taken.1 <= most, "more than 5 % of a core: {taken:?}");
}
