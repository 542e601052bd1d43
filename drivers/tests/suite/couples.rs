//! Every model with its emulated other side, in virtual time: what the one says the other understands.

use chrono::NaiveDate;
use hut_drivers::emulate::{Act, Behaviour, read};
use hut_drivers::{Catalog, Descriptor, Kind, Order, Output, Skill};

use crate::vectors::vectors;
use crate::visit::{Visit, clock};

fn models(skill: Skill) -> impl Iterator<Item = &'static Descriptor> {
    Catalog::built_in().all().iter().filter(move |model| model.orders.contains(&skill))
}

fn is_result(output: &Output) -> bool {
    matches!(output, Output::Reading(_) | Output::Identity(_) | Output::Code(_))
}

#[test]
fn the_usual_measurement_of_every_model_is_heard() {
    let measures = |model: &&Descriptor| model.kind != Kind::Printer && !model.orders.contains(&Skill::Download);
    for model in Catalog::built_in().all().iter().filter(measures) {
        let mut visit = Visit::to(&model.model);
        assert!(visit.try_act(read(model.kind, "").unwrap()), "{} does not know its usual act", model.model);
        if let Some(order) = model.listens.and_then(Skill::order) {
            visit.order(order);
        } else if model.orders.contains(&Skill::Measure) {
            visit.order(Order::Measure);
        }
        visit.pass(60_000);
        let results = visit.told.iter().filter(|(_, output)| is_result(output)).count();
        let told: Vec<_> = visit.words().into_iter().take(20).collect();
        // A module whose answers nobody published measures nothing yet, and says so.
        let wanted = if model.model == "scale-bcm-h10" {
            told.last().unwrap() == "fault unsupported_format"
        } else {
            results > 0
        };
        assert!(wanted, "{} {told:?}", model.model);
    }
}

#[test]
fn every_memory_is_read_whole() {
    for model in models(Skill::Download) {
        for count in [0, 1, 12] {
            let mut visit = Visit::to(&model.model);
            visit.try_act(Act::Records(count));
            visit.order(Order::Download);
            visit.pass(60_000);
            assert_eq!(visit.readings().len(), usize::from(count), "{} {:?}", model.model, visit.words());
            assert_eq!(visit.words().last(), Some(&format!("status {{\"downloaded\":{count}}}")), "{}", model.model);
        }
    }
}

#[test]
fn glucose_beyond_the_range_and_control_solution_are_told_apart() {
    for model in models(Skill::Download).filter(|model| model.kind == Kind::Glucose) {
        let mut visit = Visit::to(&model.model);
        // Of some meters nobody published how they tell such a value.
        if !visit.try_act(Act::Glucose { mg_per_dl: 999, control: false }) {
            assert!(NO_HI.contains(&model.model.as_str()), "{}", model.model);
            continue;
        }
        visit.act(Act::Glucose { mg_per_dl: 100, control: false });
        visit.order(Order::Download);
        visit.pass(60_000);
        let told = visit.words();
        let mut readings: Vec<_> = told.iter().filter(|told| told.contains(", at ")).collect();
        // An agent reports what it measured and has it in its store too; who keeps readings keeps it once.
        readings.sort();
        readings.dedup();
        assert_eq!(readings.len(), 2, "{} {told:?}", model.model);
        assert!(
            readings[0].starts_with("glucose 100 mg/dL") || readings[0].starts_with("glucose 5.6 mmol/L"),
            "{} {told:?}",
            model.model
        );
        assert!(readings[1].starts_with("special HI"), "{} {told:?}", model.model);
    }
}

#[test]
fn every_clock_that_can_be_set_is_set() {
    let moment = NaiveDate::from_ymd_opt(2027, 2, 28).unwrap().and_hms_opt(23, 59, 0).unwrap();
    for model in models(Skill::SetClock) {
        let mut visit = Visit::to(&model.model);
        visit.order(Order::SetClock(moment));
        visit.pass(10_000);
        let told = visit.words();
        assert!(
            told.iter().any(|told| told.starts_with("status {\"clock_set\":\"2027-02-28T23:59")),
            "{} {told:?}",
            model.model
        );
        visit.try_act(Act::Glucose { mg_per_dl: 100, control: false });
        if model.orders.contains(&Skill::Download) {
            visit.order(Order::Download);
            visit.pass(60_000);
            let told = visit.words();
            assert!(told.iter().any(|told| told.contains("at 2027-0")), "{} {told:?}", model.model);
        }
    }
}

/// What was told when a model was given an order and fell silent after so many pieces.
fn told_by_silent(model: &Descriptor, order: Order, pieces: usize) -> Vec<String> {
    let mut visit = Visit::to(&model.model);
    visit.trouble = (Behaviour::Silent, pieces..usize::MAX);
    visit.order(order);
    visit.pass(5_000);
    visit.words()
}

#[test]
fn silence_is_told_within_five_seconds() {
    for model in Catalog::built_in().all() {
        // An agent begins by itself, when it has something to say: whoever only listens to it waits for nothing.
        let waited_for = |order: &Order| {
            model.protocol != "ieee11073" || !matches!(order, Order::Stream | Order::WatchForNew | Order::Stop)
        };
        let orders = model.orders.iter().map(|skill| skill.order().unwrap_or(Order::SetClock(clock())));
        for order in orders.filter(waited_for) {
            let told = told_by_silent(model, order, 0);
            // Many printers never tell their paper, and print.
            let prints = model.kind == Kind::Printer && told == ["status {\"paper\":\"unknown\"}"];
            // One that was told to stop has nothing to answer.
            let silent = told.iter().any(|told| tells_silence(told)) || order == Order::Stop || prints;
            assert!(silent, "{} {order} {told:?}", model.model);
        }
        // One that streams may not be silent for longer.
        assert!(model.silence_ms.is_none_or(|limit| limit < 5_000), "{}", model.model);
    }
}

/// An agent has come and then says no more: whatever was ordered, that is told soon.
#[test]
fn an_agent_that_falls_silent_is_told_within_five_seconds() {
    for model in Catalog::built_in().all().iter().filter(|model| model.protocol == "ieee11073") {
        for order in model.orders.iter().filter_map(|skill| skill.order()) {
            let told = told_by_silent(model, order, 1);
            assert!(told.iter().any(|told| tells_silence(told)), "{} {order} {told:?}", model.model);
        }
    }
}

fn tells_silence(told: &str) -> bool {
    told.starts_with("fault no_answer") || told.starts_with("status {\"no_answer\"")
}

/// The commands of the protocol pages are what is sent, but for those nothing here needs.
#[test]
fn commands_are_as_printed() {
    let moment = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(8, 30, 0).unwrap();
    for model in Catalog::built_in().all() {
        let mut sent = Vec::new();
        let orders = model.orders.iter().map(|skill| skill.order().unwrap_or(Order::SetClock(moment)));
        for order in orders {
            let mut visit = Visit::to(&model.model);
            visit.try_act(Act::Records(30));
            visit.try_act(read(model.kind, "").unwrap());
            visit.order(order);
            visit.pass(60_000);
            sent.extend(visit.commands().concat());
        }
        for vector in vectors(&model.model).iter().filter(|vector| !vector.is_from_device()) {
            let wire = vector.wire();
            let is_sent = sent.windows(wire.len()).any(|window| window == wire);
            let never = NEVER_SENT.iter().any(|(name, id, _)| (*name, *id) == (&model.model, &vector.id));
            assert!(is_sent != never, "{} {}", model.model, vector.id);
        }
    }
}

/// Meters whose protocol page has no word for a value beyond their range.
const NO_HI: [&str; 2] = ["glucose-glucomen-areo", "glucose-sd-codefree"];
/// Commands that are printed and not sent, and why.
const NEVER_SENT: &[(&str, &str, &str)] = &[
    ("bp-nibp-stx", "V02", "one measurement at a time is asked for; no mode is set"),
    ("bp-nibp-stx", "V03", "no manometer is needed"),
    ("bp-nibp-stx", "V04", "X stops it in any state"),
    ("bp-nibp-stx", "V05", "a technician's test"),
    ("bp-nibp-stx", "V07", "another first pressure"),
    ("bp-nibp-stx", "V09", "another first pressure"),
    ("printer-escpos", "V01", "begins a slip, which the client prints"),
    ("printer-escpos", "V02", "a slip is cut partially"),
    ("printer-escpos", "V03", "a slip, which the client prints"),
    ("scanner-serial", "V01", "only some engines take a trigger"),
    ("scale-bcm-h10", "V01", "a link test tells nothing that an answer does not"),
    ("scale-bcm-h10", "V04", "needs a person's sex and age, which the drivers do not know"),
    ("scale-bcm-h10", "V05", "its answer has no public layout"),
    ("scale-bcm-h10", "V06", "calibrates"),
    ("temp-suretemp-plus", "V03", "the record is asked for; unasked messages are not needed"),
    ("temp-suretemp-plus", "V04", "the method is chosen at the thermometer"),
];

/// Else its whole memory would be news when it comes back.
#[test]
fn the_memory_of_an_agent_that_went_away_is_not_empty() {
    let mut visit = Visit::to("ieee11073-glucose");
    let downloaded = |visit: &mut Visit| {
        visit.order(Order::WatchForNew);
        visit.pass(10_000);
        visit.words().into_iter().filter(|told| told.contains("downloaded")).collect::<Vec<_>>()
    };
    visit.try_act(Act::Records(5));
    // It is ready before anything associates, and looks as soon as something has.
    assert_eq!(downloaded(&mut visit), ["status {\"downloaded\":0}", "status {\"downloaded\":5}"]);
    visit.dead = true;
    for _ in 0..3 {
        assert_eq!(downloaded(&mut visit), [""; 0]);
    }
    visit.dead = false;
    visit.act(Act::Glucose { mg_per_dl: 101, control: false });
    visit.pass(60_000);
    let back = downloaded(&mut visit);
    assert!(back.iter().any(|told| told.contains(":6")) && !back.iter().any(|told| told.contains(":0")), "{back:?}");
}

/// A restart does not ask a device for what it told before.
#[test]
fn an_extended_configuration_is_told_once() {
    let mut first = Visit::to("ieee11073-glucose");
    first.order(Order::Stream);
    first.pass(5_000);
    let memory = first.host().remembered().expect("a configuration was told");
    assert_eq!(first.host().remembered(), None, "and is handed out once");

    let asked = |memory: &str| {
        let mut next = Visit::to("ieee11073-glucose");
        next.host().recall(memory);
        next.order(Order::Stream);
        next.pass(5_000);
        assert!(next.words().iter().any(|told| told.contains("associated")));
        // AARE: accepted, or accepted with an unknown configuration.
        next.commands().concat().windows(6).any(|window| window == [0xE3, 0x00, 0x00, 0x2C, 0x00, 0x03])
    };
    assert!(!asked(&memory));
    assert!(asked("{}") && asked("no JSON"));
}
