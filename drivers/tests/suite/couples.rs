//! Every model with its emulated other side, in virtual time: what the one says the other understands.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use hut_drivers::custom::Device;
use hut_drivers::emulate::{Act, Emulate, Say, Wall, read};
use hut_drivers::settle::Settle;
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Descriptor, Kind, Order, Output, Skill};

use crate::vectors::vectors;

/// A decoder and an emulated device on one wire, without a clock.
pub struct Couple {
    pub now: Instant,
    host: Device,
    device: Box<dyn Emulate>,
    settle: Box<dyn Settle + Send>,
    /// What the device says, and when it arrives.
    line: VecDeque<(Instant, Vec<u8>)>,
    pub heard: Vec<Output>,
    /// What the device heard.
    pub sent: Vec<u8>,
    /// Bytes from the device.
    pub carried: usize,
    /// The device says nothing.
    pub mute: bool,
}

impl Couple {
    pub fn new(model: &str) -> Couple {
        let descriptor = Catalog::built_in().find(model).unwrap();
        let now = Instant::now();
        let mut host = descriptor.device();
        let moment = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(8, 30, 0).unwrap();
        if let Some(conversation) = host.conversation() {
            conversation.tell_clock(now, moment);
        }
        let device = descriptor.emulated(Wall::new(now, moment)).unwrap_or_else(|| panic!("{model} has no emulator"));
        let (line, heard) = (VecDeque::new(), Vec::new());
        Couple {
            now,
            host,
            device,
            settle: descriptor.settle(),
            line,
            heard,
            sent: Vec::new(),
            carried: 0,
            mute: false,
        }
    }

    pub fn order(&mut self, order: Order) {
        let mut out = Vec::new();
        self.host.conversation().unwrap().start(self.now, order, &mut out);
        self.pass(out);
    }

    pub fn act(&mut self, act: Act) -> bool {
        let mut say = Vec::new();
        let known = self.device.act(self.now, act, &mut say);
        self.say(say);
        known
    }

    /// Lets this much time pass, or less when nobody waits for anything.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        for _ in 0..1_000_000 {
            let dues = [self.line.front().map(|(due, _)| *due), self.device.deadline(), self.host.decoder().deadline()];
            let Some(due) = dues.into_iter().flatten().min().filter(|due| *due <= end) else {
                return;
            };
            self.now = self.now.max(due);
            self.turn();
        }
        panic!("time does not pass");
    }

    fn turn(&mut self) {
        let mut out = Vec::new();
        while self.line.front().is_some_and(|(due, _)| *due <= self.now) {
            let (_, bytes) = self.line.pop_front().unwrap();
            self.carried += bytes.len();
            self.host.decoder().handle_bytes(self.now, &bytes, &mut out);
        }
        if self.host.decoder().deadline().is_some_and(|due| due <= self.now) {
            self.host.decoder().handle_timeout(self.now, &mut out);
        }
        self.pass(out);
        if self.device.deadline().is_some_and(|due| due <= self.now) {
            let mut say = Vec::new();
            self.device.handle_timeout(self.now, &mut say);
            self.say(say);
        }
    }

    fn pass(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => {
                    self.sent.extend(&bytes);
                    let mut say = Vec::new();
                    self.device.handle_bytes(self.now, &bytes, &mut say);
                    self.say(say);
                }
                output => {
                    let reading = matches!(output, Output::Reading(_));
                    self.settle.take(output, &mut self.heard);
                    let mut out = Vec::new();
                    if let Some(conversation) = self.host.conversation().filter(|_| reading) {
                        conversation.kept(self.now, &mut out);
                    }
                    self.pass(out);
                }
            }
        }
    }

    fn say(&mut self, say: Vec<Say>) {
        for Say { after, bytes } in say {
            let due = self.line.back().map_or(self.now, |(due, _)| (*due).max(self.now)) + after;
            if !self.mute {
                self.line.push_back((due, bytes));
            }
        }
    }

    /// What was told, in short; progress left out.
    pub fn told(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.heard);
        told.iter().map(brief).filter(|told| !told.starts_with("status {\"done\"")).collect()
    }

    pub fn readings(&mut self) -> usize {
        self.heard.iter().filter(|output| matches!(output, Output::Reading(_))).count()
    }
}

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
        let mut couple = Couple::new(&model.model);
        assert!(couple.act(read(model.kind, "").unwrap()), "{} does not know its usual act", model.model);
        if let Some(order) = model.listens.and_then(Skill::order) {
            couple.order(order);
        } else if model.orders.contains(&Skill::Measure) {
            couple.order(Order::Measure);
        }
        couple.run(Duration::from_secs(60));
        let results = couple.heard.iter().filter(|output| is_result(output)).count();
        let told: Vec<_> = couple.told().into_iter().take(20).collect();
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
            let mut couple = Couple::new(&model.model);
            couple.act(Act::Records(count));
            couple.order(Order::Download);
            couple.run(Duration::from_secs(60));
            assert_eq!(couple.readings(), usize::from(count), "{} {:?}", model.model, couple.told());
            assert_eq!(couple.told().last(), Some(&format!("status {{\"downloaded\":{count}}}")), "{}", model.model);
        }
    }
}

#[test]
fn glucose_beyond_the_range_and_control_solution_are_told_apart() {
    for model in models(Skill::Download).filter(|model| model.kind == Kind::Glucose) {
        let mut couple = Couple::new(&model.model);
        // Of some meters nobody published how they tell such a value.
        if !couple.act(Act::Glucose { mg_per_dl: 999, control: false }) {
            assert!(NO_HI.contains(&model.model.as_str()), "{}", model.model);
            continue;
        }
        couple.act(Act::Glucose { mg_per_dl: 100, control: false });
        couple.order(Order::Download);
        couple.run(Duration::from_secs(60));
        let told = couple.told();
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
        let mut couple = Couple::new(&model.model);
        couple.order(Order::SetClock(moment));
        couple.run(Duration::from_secs(10));
        let told = couple.told();
        assert!(
            told.iter().any(|told| told.starts_with("status {\"clock_set\":\"2027-02-28T23:59")),
            "{} {told:?}",
            model.model
        );
        couple.act(Act::Glucose { mg_per_dl: 100, control: false });
        if model.orders.contains(&Skill::Download) {
            couple.order(Order::Download);
            couple.run(Duration::from_secs(60));
            let told = couple.told();
            assert!(told.iter().any(|told| told.contains("at 2027-0")), "{} {told:?}", model.model);
        }
    }
}

#[test]
fn silence_is_told_within_five_seconds() {
    // An agent begins by itself; until then there is nobody to be silent.
    for model in Catalog::built_in().all().iter().filter(|model| model.protocol != "ieee11073") {
        for order in model.orders.iter().filter_map(|skill| skill.order()) {
            let mut couple = Couple::new(&model.model);
            couple.mute = true;
            couple.order(order);
            couple.run(Duration::from_secs(5));
            let told = couple.told();
            // Some meters begin the conversation themselves, when somebody switches them on.
            let waits = told.iter().any(|told| told.contains("waiting_for_meter"));
            // Many printers never tell their paper, and print.
            let prints = model.kind == Kind::Printer && told == ["status {\"paper\":\"unknown\"}"];
            let silent = told.iter().any(|told| told.starts_with("fault no_answer")) || order == Order::Stop || prints;
            assert!(silent || waits, "{} {order} {told:?}", model.model);
        }
    }
}

/// The commands of the protocol pages are what is sent, but for those nothing here needs.
#[test]
fn commands_are_as_printed() {
    let moment = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(8, 30, 0).unwrap();
    for model in Catalog::built_in().all() {
        let mut sent = Vec::new();
        let orders = model.orders.iter().map(|skill| skill.order().unwrap_or(Order::SetClock(moment)));
        for order in orders {
            let mut couple = Couple::new(&model.model);
            couple.act(Act::Records(30));
            couple.act(read(model.kind, "").unwrap());
            couple.order(order);
            couple.run(Duration::from_secs(60));
            sent.extend(couple.sent);
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
    let mut couple = Couple::new("ieee11073-glucose");
    let downloaded = |couple: &mut Couple| {
        couple.order(Order::WatchForNew);
        couple.run(Duration::from_secs(10));
        couple.told().into_iter().filter(|told| told.contains("downloaded")).collect::<Vec<_>>()
    };
    couple.act(Act::Records(5));
    // It is ready before anything associates, and looks as soon as something has.
    assert_eq!(downloaded(&mut couple), ["status {\"downloaded\":0}", "status {\"downloaded\":5}"]);
    couple.mute = true;
    for _ in 0..3 {
        assert_eq!(downloaded(&mut couple), [""; 0]);
    }
    couple.mute = false;
    couple.run(Duration::from_secs(60));
    let back = downloaded(&mut couple);
    assert!(!back.is_empty() && back.iter().all(|told| told.contains("\"downloaded\":5")), "{back:?}");
}

/// A restart does not ask a device for what it told before.
#[test]
fn an_extended_configuration_is_told_once() {
    let mut first = Couple::new("ieee11073-glucose");
    first.order(Order::Stream);
    first.run(Duration::from_secs(5));
    let memory = first.host.conversation().unwrap().remembered().expect("a configuration was told");
    assert_eq!(first.host.conversation().unwrap().remembered(), None, "and is handed out once");

    let asked = |memory: &str| {
        let mut next = Couple::new("ieee11073-glucose");
        next.host.conversation().unwrap().recall(memory);
        next.order(Order::Stream);
        next.run(Duration::from_secs(5));
        assert!(next.told().iter().any(|told| told.contains("associated")));
        // AARE: accepted, or accepted with an unknown configuration.
        next.sent.windows(6).any(|window| window == [0xE3, 0x00, 0x00, 0x2C, 0x00, 0x03])
    };
    assert!(!asked(&memory));
    assert!(asked("{}") && asked("no JSON"));
}
