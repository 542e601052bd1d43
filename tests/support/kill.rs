//! The network is cut, the process is killed right after "saved", and started again: nothing lost, nothing doubled.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use health_hut::model::device::{Card, DeviceEvent, Origin, Role, Sensed};
use health_hut::model::measurement::Pressure;
use health_hut::model::resident::{ConsentSwitch, Personal};
use health_hut::model::units::{BeatsPerMinute, MmHg};
use health_hut::model::{IdNumber, Sex};
use health_hut::session::{Item, Screen, Tap};

use super::hut::Hut;

const FOLDER: &str = "HUT_KILL_FOLDER";
const CHILD: &str = "journeys::kill::the_resident_whose_client_is_killed";

#[test]
fn killed_right_after_saved() {
    let folder = std::env::temp_dir().join(format!("hut-kill-{}", std::process::id()));
    _ = std::fs::remove_dir_all(&folder);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let saved = lines.map_while(Result::ok).find(|line| line.contains("the screen says saved"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(saved.is_some(), "the child never saved");

    let mut hut = Hut::open_in(folder, "2026-11-22 09:40");
    hut.online = true;
    hut.sync();
    hut.sync();
    for (kind, count) in [("Patient", 1), ("Encounter", 1), ("RiskAssessment", 1), ("Flag", 1), ("Task", 1)] {
        assert_eq!(hut.platform.count(kind), count, "{kind}");
    }
    // Two pressures with their pulses, the mean, and the answers to the questions.
    assert_eq!(hut.platform.count("Observation"), 6);
    assert_eq!(hut.platform.doubles(), Vec::<String>::new());
    assert_eq!(hut.reader().outbox_counts(&hut.now()).unwrap().waiting, [0; 4]);
}

/// Run by the test above as a process of its own, offline; it never ends by itself.
#[test]
#[ignore = "the child process of killed_right_after_saved"]
fn the_resident_whose_client_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("only the test above runs this"));
    let mut hut = Hut::open_in(folder, "2026-11-22 08:40");
    hut.hears(Role::IdCard, DeviceEvent::Card(card()));
    hut.taps(Tap::Yes);
    for switch in [ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload] {
        hut.taps(Tap::Switch(switch));
    }
    hut.taps(Tap::Agree);
    hut.taps(Tap::Item(Item::Pressure));
    hut.taps(Tap::Habit(None));
    hut.taps(Tap::Next);
    hut.taps(Tap::Next);
    hut.waits(3);
    hut.taps(Tap::Rested);
    hut.hears(Role::BloodPressure, reading(146, 92));
    hut.waits(60);
    hut.hears(Role::BloodPressure, reading(144, 90));
    hut.taps(Tap::Illness(None));
    assert!(matches!(hut.state().screen, Screen::Result(_)), "{:?}", hut.state().screen.id());
    println!("the screen says saved");
    loop {
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
}

fn card() -> Card {
    let number = IdNumber::parse("999999197001010017").unwrap();
    let (name, birth_date) = (Personal("测试丁".to_owned()), number.birth_date());
    Card { name, number, sex: Sex::Male, birth_date, valid_to: None }
}

fn reading(systolic: u16, diastolic: u16) -> DeviceEvent {
    let role = Role::BloodPressure;
    let origin = Origin { role, model: "scripted".to_owned(), device_time: None, raw: None };
    let pressure = Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse: Some(BeatsPerMinute(75)) };
    DeviceEvent::Reading { sensed: Sensed::Pressure(pressure), quality: Vec::new(), origin }
}
