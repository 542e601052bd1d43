//! Whole visits as short scripts: `tests/journeys/README.md` has the words, each `*.journey` file is one visit.
//!
//! Session, rules, store, sync and platform are the real ones; devices, clock and fingers are scripted.

#[path = "support/hut.rs"]
mod hut;
#[path = "support/kill.rs"]
mod kill;
#[path = "support/script.rs"]
mod script;

use script::play;

macro_rules! journeys {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(#[test] fn $name() { play($file, include_str!(concat!("journeys/", $file))); })*

        #[test]
        fn every_journey_is_played() {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(!name.ends_with(".journey") || [$($file),*].contains(&name.as_str()), "{name} is not played");
            }
        }
    };
}

journeys! {
    normal: "normal.journey",
    high: "high.journey",
    urgent_with_a_power_cut: "urgent.journey",
    asked_to_measure_again: "retest.journey",
    guest: "guest.journey",
    by_phone_and_birthday: "phone.journey",
    by_health_card_code: "code.journey",
    cards_that_do_not_help: "cards.journey",
    consent_no: "consent-no.journey",
    interrupted: "interrupted.journey",
    faults_at_the_devices: "faults.journey",
    the_blood_pressure_path: "pressure.journey",
    calls_of_staff: "call.journey",
    what_comes_late: "late.journey",
    a_visit_that_goes_on: "goes-on.journey",
    questions_that_follow_an_answer: "questions.journey",
    finger_clip_and_thermometer: "others.journey",
    results_typed_by_staff: "typed.journey",
}
