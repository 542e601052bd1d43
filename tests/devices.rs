//! Devices other than the demo's, behind the client's ports: told to measure, described in a folder, confirmed by somebody.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use health_hut::model::device::{DeviceEvent, Role, Sensed};
use health_hut::model::resident::Personal;
use health_hut::model::units::{Celsius, MmHg, Percent};
use health_hut::session::Order;
use health_hut::shell::ports::{Memory, Plan, Ports};
use health_hut::shell::settings::Settings;
use hut_drivers::emulate::{Act, Emulator};
use rust_decimal::Decimal;

fn settings(folder: &std::path::Path, devices: &str) -> Settings {
    let text = format!(
        "descriptors = \"described\"\n[station]\nid = \"changji-sangong\"\n[store]\npath = \"hut.db\"\n\
         key = {{ class = \"K1\", file = \"hut.key\" }}\n{devices}"
    );
    let described = folder.join("described");
    std::fs::create_dir_all(&described).unwrap();
    let how_to = include_str!("../drivers/docs/add-a-device.md");
    let file = how_to.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    std::fs::write(described.join("wm1.toml"), file).unwrap();
    std::fs::write(folder.join("hut.toml"), text).unwrap();
    Settings::read(&folder.join("hut.toml")).unwrap()
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("hut-devices-{name}-{}", std::process::id()));
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_pressure_board_measures_when_the_step_begins_and_stops_when_it_ends() {
    let board = Emulator::open("bp-nibp-stx").unwrap();
    board.act(Act::Pressure { systolic: 151, diastolic: 93, pulse: 77, movement: false });
    let port = board.path().display();
    let device = format!("[[device]]\nrole = \"blood_pressure\"\nmodel = \"bp-nibp-stx\"\nport = \"{port}\"\n");
    let (tell, heard) = mpsc::channel();
    let settings = settings(&folder("board"), &device);
    let ports = Ports::open(&settings, &Memory::default(), move |_, event| _ = tell.send(event)).unwrap();
    let next = || heard.recv_timeout(Duration::from_secs(40)).expect("the board goes on");
    while next() != DeviceEvent::Up {}

    ports.order(Role::BloodPressure, Order::Begin);
    let mut highest = 0;
    let pressure = loop {
        match next() {
            DeviceEvent::Cuff(pressure) => highest = highest.max(pressure),
            DeviceEvent::Reading { sensed: Sensed::Pressure(pressure), .. } => break pressure,
            other => panic!("{other:?}"),
        }
    };
    assert!(highest > 150, "the cuff was shown up to {highest}");
    assert_eq!((pressure.systolic, pressure.diastolic), (MmHg(151), MmHg(93)));

    ports.order(Role::BloodPressure, Order::Begin);
    while !matches!(next(), DeviceEvent::Cuff(pressure) if pressure > 40) {}
    ports.order(Role::BloodPressure, Order::End);
    let stopped = Instant::now();
    while let Ok(event) = heard.recv_timeout(Duration::from_secs(2)) {
        assert!(!matches!(event, DeviceEvent::Reading { .. }), "a stopped measurement gives nothing");
        assert!(stopped.elapsed() < Duration::from_secs(4), "the cuff is let down: {event:?}");
    }
}

#[test]
fn a_scanned_code_reaches_the_session_and_no_log() {
    let scanner = Emulator::open("scanner-serial").unwrap();
    let port = scanner.path().display();
    let device = format!("[[device]]\nrole = \"scanner\"\nmodel = \"scanner-serial\"\nport = \"{port}\"\n");
    let (tell, heard) = mpsc::channel();
    let settings = settings(&folder("scanner"), &device);
    let _ports = Ports::open(&settings, &Memory::default(), move |role, event| _ = tell.send((role, event))).unwrap();
    let next = || heard.recv_timeout(Duration::from_secs(10)).expect("the scanner speaks");
    // On a busy machine the first try to open the port may come to nothing; the next one follows.
    while next() != (Role::Scanner, DeviceEvent::Up) {}
    scanner.act(Act::Scan("999999197001010017:1".to_owned()));
    let (role, event) = next();
    assert_eq!((role, &event), (Role::Scanner, &DeviceEvent::Code(Personal("999999197001010017:1".to_owned()))));
    assert!(!format!("{event:?}").contains("9999"), "a code is a person's");
}

#[test]
fn an_experimental_device_of_ones_own_must_be_confirmed() {
    let folder = folder("own");
    let device = |more: &str| {
        format!("[[device]]\nrole = \"blood_pressure\"\nmodel = \"bp-example-wm1\"\nport = \"/dev/ttyS9\"\n{more}")
    };
    let faults = Plan::faults(&settings(&folder, &device("")));
    assert!(faults[0].to_string().contains("confirmed = true"), "{faults:?}");
    assert!(Plan::faults(&settings(&folder, &device("confirmed = true\n"))).is_empty());

    std::fs::write(folder.join("described/broken.toml"), "model = 1").unwrap();
    let settings = Settings::read(&folder.join("hut.toml")).unwrap();
    let says = Plan::faults(&settings)[0].to_string();
    assert!(says.contains("broken.toml") && says.contains("line 1"), "{says}");
}

#[test]
fn a_finger_clip_and_a_thermometer_tell_one_value_when_it_stands() {
    let (clip, probe) = (Emulator::open("spo2-contec-cms50").unwrap(), Emulator::open("temp-suretemp-plus").unwrap());
    let device = |role: &str, model: &str, emulator: &Emulator| {
        format!("[[device]]\nrole = \"{role}\"\nmodel = \"{model}\"\nport = \"{}\"\n", emulator.path().display())
    };
    let devices = device("spo2", "spo2-contec-cms50", &clip) + &device("temperature", "temp-suretemp-plus", &probe);
    let (tell, heard) = mpsc::channel();
    let settings = settings(&folder("others"), &devices);
    let ports = Ports::open(&settings, &Memory::default(), move |role, event| _ = tell.send((role, event))).unwrap();
    for role in [Role::Spo2, Role::Temperature] {
        ports.order(role, Order::Begin);
    }
    clip.act(Act::Oxygen { spo2: 96, pulse: 72 });
    probe.act(Act::Temperature(Decimal::new(366, 1)));
    let (mut values, mut settling) = (Vec::new(), false);
    while values.len() < 2 {
        match heard.recv_timeout(Duration::from_secs(40)).expect("both go on") {
            (Role::Spo2, DeviceEvent::Settling) => settling = true,
            (_, DeviceEvent::Reading { sensed, .. }) => values.push(sensed),
            _ => {}
        }
    }
    assert!(settling, "no number before it stands");
    assert!(values.contains(&Sensed::Oxygen(Percent(96))), "{values:?}");
    assert!(values.contains(&Sensed::Temperature(Celsius(Decimal::new(366, 1)))), "{values:?}");
}
