//! IEEE 11073: every value, message and session of the protocol page, timers, and what must never happen.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use hut_drivers::ieee11073::apdu::{Apdu, Info};
use hut_drivers::ieee11073::mder::{Input, Number, float, sfloat, to_float, to_sfloat};
use hut_drivers::ieee11073::time::{Stamp, absolute};
use hut_drivers::ieee11073::{ConfigCache, Manager, Settings, State};
use hut_drivers::transcript::brief;
use hut_drivers::{Converse, Decoder, Order, Output, Reading};
use proptest::prelude::*;
use serde::Deserialize;

use crate::vectors::Vector;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    sfloat: Vec<Value>,
    float: Vec<Value>,
    absolute_time: Vec<Value>,
    apdu: Vec<toml::Table>,
    malformed: Vec<toml::Table>,
    #[allow(dead_code)]
    usb_descriptor: Vec<toml::Table>,
    session: Vec<Session>,
}

#[derive(Deserialize)]
struct Value {
    hex: String,
    value: String,
}

#[derive(Deserialize)]
struct Session {
    name: String,
    model: String,
    agent: String,
    #[serde(default)]
    config_id: String,
    #[serde(default)]
    aare_result: u16,
    steps: Vec<(String, String)>,
    /// What the decoder tells, hearing only the agent.
    #[serde(default)]
    wants: Vec<String>,
    /// What the observations hold, told by others.
    #[serde(default)]
    reading: Vec<Observed>,
}

#[derive(Deserialize)]
struct Observed {
    handle: u16,
    codes: Vec<u16>,
    values: Vec<String>,
    unit: String,
    time: Option<String>,
}

fn book() -> &'static Book {
    static BOOK: LazyLock<Book> = LazyLock::new(|| toml::from_str(include_str!("../vectors/ieee11073.toml")).unwrap());
    &BOOK
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex_of(table: &toml::Table) -> Vec<u8> {
    bytes(table["hex"].as_str().unwrap())
}

fn apdu(name: &str) -> Vec<u8> {
    hex_of(book().apdu.iter().find(|row| row["name"].as_str() == Some(name)).unwrap())
}

fn session(name: &str) -> &'static Session {
    book().session.iter().find(|session| session.name == name).unwrap()
}

/// The agent's side of the sessions of a model, as the vectors of other models are written.
pub fn vectors(model: &str) -> Vec<Vector> {
    let sessions = book().session.iter().filter(|session| session.model == model);
    sessions
        .map(|session| Vector {
            id: session.name.clone(),
            evidence: "public-capture".to_owned(),
            direction: "device->host".to_owned(),
            source: session.agent.clone(),
            text_block: false,
            bytes: session.agent_bytes().iter().map(|byte| format!("{byte:02x} ")).collect(),
            wants: session.wants.clone(),
        })
        .collect()
}

impl Session {
    fn agent_bytes(&self) -> Vec<u8> {
        self.steps.iter().filter(|(who, _)| who.eq_ignore_ascii_case("a")).flat_map(|(_, hex)| bytes(hex)).collect()
    }
}

/// A manager in conversation, with a clock of its own.
struct Bench {
    manager: Manager,
    at: Instant,
    sent: Vec<Vec<u8>>,
    told: Vec<String>,
    readings: Vec<Reading>,
    /// Whether readings are safe as soon as they are told.
    keeps: bool,
}

impl Bench {
    fn new(settings: Settings, cache: ConfigCache) -> Bench {
        let mut bench = Bench {
            manager: Manager::with(settings, cache),
            at: Instant::now(),
            sent: Vec::new(),
            told: Vec::new(),
            readings: Vec::new(),
            keeps: true,
        };
        bench.order(Order::Stream);
        bench
    }

    fn plain() -> Bench {
        Bench::new(Settings::default(), ConfigCache::new())
    }

    /// As the manager of a session was.
    fn of(session: &Session) -> Bench {
        let answer = session.steps.iter().find(|(who, hex)| who == "M" && hex.starts_with("e300"));
        let mut settings = Settings::default();
        if let Some((_, hex)) = answer {
            settings.system_id = bytes(hex)[30..38].try_into().unwrap();
        }
        settings.admits = session.aare_result != 1;
        settings.standards = session.aare_result != 3 || session.config_id.starts_with("0x4");
        Bench::new(settings, ConfigCache::new())
    }

    fn sort(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => self.sent.push(bytes),
                output => {
                    self.told.push(brief(&output));
                    if let Output::Reading(reading) = output {
                        self.readings.push(reading);
                    }
                }
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut out = Vec::new();
        self.manager.handle_bytes(self.at, bytes, &mut out);
        self.sort(out);
        if self.keeps {
            self.kept();
        }
    }

    fn kept(&mut self) {
        let mut out = Vec::new();
        self.manager.kept(self.at, &mut out);
        self.sort(out);
    }

    fn order(&mut self, order: Order) {
        let mut out = Vec::new();
        self.manager.start(self.at, order, &mut out);
        self.sort(out);
    }

    /// Lets time pass, and whatever is due happen.
    fn pass(&mut self, ms: u64) {
        let until = self.at + Duration::from_millis(ms);
        while let Some(due) = self.manager.deadline().filter(|due| *due <= until) {
            self.at = due;
            let mut out = Vec::new();
            self.manager.handle_timeout(due, &mut out);
            self.sort(out);
        }
        self.at = until;
    }

    fn sent(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|bytes| hut_drivers::reading::hex(&bytes)).collect()
    }

    /// Associates a BP monitor with the standard configuration, past its MDS.
    fn operating() -> Bench {
        let mut bench = Bench::plain();
        let session = session("bp_std_annex");
        for at in [0, 3] {
            bench.hear(&bytes(&session.steps[at].1));
        }
        bench.hear_answer_to_get(&session.steps[3].1);
        assert_eq!(bench.manager.state(), State::Operating);
        bench.sent.clear();
        bench.told.clear();
        bench
    }

    fn hear_answer_to_get(&mut self, hex: &str) {
        let mut answer = bytes(hex);
        answer[6..8].copy_from_slice(&[0, 0]);
        self.hear(&answer);
    }
}

const GET: &str = "e700000e000c000001030006000000000000";

/// Replays a session; `pieces` cuts each message.
fn replay(session: &Session, size: usize) -> Bench {
    let mut bench = Bench::of(session);
    let mut answers = Vec::new();
    for (who, hex) in &session.steps {
        match who.as_str() {
            "A" => bytes(hex).chunks(size).for_each(|piece| bench.hear(piece)),
            "a" => bench.hear_answer_to_get(hex),
            "m" => {}
            "M" => {
                if hex.starts_with("e400") {
                    bench.order(Order::Rest);
                }
                answers.extend(bench.sent().into_iter().filter(|sent| sent != GET));
                assert!(!answers.is_empty(), "{}: {hex} is not sent", session.name);
                assert_eq!(&answers.remove(0), hex, "{}", session.name);
            }
            other => panic!("{other}"),
        }
    }
    answers.extend(bench.sent().into_iter().filter(|sent| sent != GET));
    assert!(answers.is_empty(), "{}: {answers:?}", session.name);
    bench
}

#[test]
fn every_session_is_answered_as_it_was_however_it_is_cut() {
    for session in &book().session {
        let whole = replay(session, usize::MAX);
        check(session, &whole.readings);
        let bytewise = replay(session, 1);
        assert_eq!(whole.told, bytewise.told, "{}", session.name);
    }
}

#[test]
fn a_session_glued_into_one_chunk_gives_the_same_readings() {
    for session in &book().session {
        let whole = replay(session, usize::MAX);
        let mut glued = Bench::of(session);
        glued.hear(&session.agent_bytes());
        assert_eq!(glued.readings, whole.readings, "{}", session.name);
        let answers = glued.sent();
        for (who, hex) in &session.steps {
            // A confirmation comes after the release here, and is left out.
            let late = hex.starts_with("e700001200") || hex.starts_with("e400");
            assert!(who != "M" || late || answers.contains(hex), "{}: {hex}", session.name);
        }
    }
}

#[test]
fn every_session_is_understood_from_the_agent_alone() {
    for session in &book().session {
        let mut manager = Manager::new();
        let mut out = Vec::new();
        manager.handle_bytes(Instant::now(), &session.agent_bytes(), &mut out);
        let readings: Vec<Reading> = out
            .into_iter()
            .filter_map(|output| match output {
                Output::Reading(reading) => Some(reading),
                Output::Send(_) => panic!("it only listens"),
                _ => None,
            })
            .collect();
        check(session, &readings);
    }
}

/// Compares readings with what others saw in the same observations.
fn check(session: &Session, readings: &[Reading]) {
    let mut wanted: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    for row in &session.reading {
        let same = (row.handle, row.values.clone(), row.time.clone());
        // Without a time, an equal value may be another measurement.
        if row.time.is_some() && seen.contains(&same) {
            continue;
        }
        seen.push(same);
        for (code, value) in row.codes.iter().zip(&row.values) {
            let Some(name) = quantity(*code) else { continue };
            let at = row.time.as_deref().map(|time| &time[..19]).unwrap_or("none");
            match value.as_str() {
                "NaN" | "NRes" => {}
                "+INF" => wanted.push(format!("HI at {at}")),
                "-INF" => wanted.push(format!("LO at {at}")),
                number => wanted.push(format!("{name} {number} {} at {at}", unit(&row.unit))),
            }
        }
    }
    let mut told: Vec<String> = Vec::new();
    for reading in readings {
        let at = reading.device_time.map_or("none".to_owned(), |time| time.to_string());
        told.extend(reading.special.iter().map(|special| format!("{special:?} at {at}")));
        told.extend(reading.values.iter().map(|(quantity, value)| format!("{quantity:?} {value} at {at}")));
    }
    wanted.sort();
    told.sort();
    assert_eq!(told, wanted, "{}", session.name);
}

fn quantity(code: u16) -> Option<&'static str> {
    Some(match code {
        18949 => "Systolic",
        18950 => "Diastolic",
        18951 => "MeanArterial",
        18474 | 18458 => "Pulse",
        57664 => "Weight",
        57668 => "Height",
        57680 => "Bmi",
        29112 => "Glucose",
        19384 => "Spo2",
        19292 => "Temperature",
        61458 => return None,
        other => panic!("{other}"),
    })
}

fn unit(name: &str) -> &str {
    match name {
        "bpm" => "/min",
        "degC" => "°C",
        other => other,
    }
}

#[test]
fn numbers_are_exact_decimals_to_the_base_of_ten() {
    let name = |number| match number {
        Number::Exact(decimal) => decimal.to_string(),
        Number::NaN => "NaN".to_owned(),
        Number::NRes => "NRes".to_owned(),
        Number::High => "+INF".to_owned(),
        Number::Low => "-INF".to_owned(),
        Number::Reserved => "reserved".to_owned(),
        Number::Invalid => "invalid".to_owned(),
    };
    for Value { hex, value } in &book().sfloat {
        let bits = u16::from_str_radix(hex, 16).unwrap();
        assert_eq!(&name(sfloat(bits)), value, "{hex}");
        let positive_exponent = bits < 0x8000 && bits >> 12 != 0;
        if value != "invalid" && !positive_exponent {
            assert_eq!(to_sfloat(sfloat(bits)), Some(bits), "{hex}");
        }
    }
    for Value { hex, value } in &book().float {
        let bits = u32::from_str_radix(hex, 16).unwrap();
        assert_eq!(&name(float(bits)), value, "{hex}");
    }
}

#[test]
fn times_are_read_or_refused() {
    for Value { hex, value } in &book().absolute_time {
        let told = match absolute(&mut Input::new(&bytes(hex))).unwrap() {
            Stamp::At(moment) => moment.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()[..22].to_owned(),
            Stamp::None => "none".to_owned(),
            Stamp::Impossible => "invalid".to_owned(),
            Stamp::Ticks(_) => panic!("an absolute time"),
        };
        assert_eq!(&told, value, "{hex}");
    }
}

#[test]
fn every_message_is_read_and_written_back() {
    for row in &book().apdu {
        let wire = hex_of(row);
        let apdu = Apdu::parse(&wire).unwrap_or_else(|_| panic!("{}", row["name"]));
        assert_eq!(apdu.bytes(), wire, "{}", row["name"]);
        if let Apdu::AssociationRequest { protocols, .. } = &apdu {
            let info = Info::parse(protocols[0].1).unwrap();
            assert_eq!(info.bytes(), protocols[0].1);
            assert_eq!(hut_drivers::reading::hex(info.system_id), row["system_id"].as_str().unwrap());
            assert_eq!(format!("0x{:04x}", info.config), row["dev_config_id"].as_str().unwrap());
        }
    }
}

#[test]
fn malformed_messages_are_refused() {
    let row = |name: &str| hex_of(book().malformed.iter().find(|row| row["name"].as_str() == Some(name)).unwrap());
    for (name, answers, told, state) in [
        ("inner_length_longer_than_outer", vec![REJECT_FFFF], "fault malformed", State::Operating),
        ("attribute_list_length_wrong", vec![REJECT_0054], "fault malformed", State::Operating),
        ("unknown_apdu_choice", vec![ABORT], "fault malformed", State::Unassociated),
    ] {
        let mut bench = Bench::operating();
        bench.hear(&row(name));
        assert_eq!(
            (bench.sent(), bench.told[0].as_str()),
            (answers.iter().map(|it| it.to_string()).collect(), told),
            "{name}"
        );
        assert_eq!((bench.manager.state(), bench.readings.len()), (state, 0), "{name}");
    }
    let mut bench = Bench::operating();
    bench.hear(&row("observation_shorter_than_map"));
    assert_eq!((bench.sent(), bench.readings.len()), (vec![CONFIRM_0001.to_owned()], 0));

    let mut bench = Bench::operating();
    bench.hear(&row("length_runs_past_buffer"));
    assert!(bench.told.is_empty() && bench.sent().is_empty(), "it may still come");
    bench.pass(2000);
    assert_eq!(bench.told, ["fault malformed", ENDED_MALFORMED]);
    assert_eq!(bench.sent(), [ABORT]);
}

#[test]
fn after_garbage_nothing_is_heard_until_silence() {
    let mut bench = Bench::operating();
    let aarq = apdu("aarq_bp_standard");
    bench.hear(&[&[0x41, 0x42], aarq.as_slice()].concat());
    assert_eq!((bench.sent(), bench.manager.state()), (vec![ABORT.to_owned()], State::Unassociated));
    bench.pass(300);
    bench.hear(&aarq);
    assert_eq!(bench.manager.state(), State::Unassociated);
    bench.pass(500);
    bench.hear(&aarq);
    assert_eq!(bench.manager.state(), State::Operating);
}

/// A report cut off at any place, or with any bit turned: no panic, and never a number that was not in it.
#[test]
fn damaged_reports_invent_nothing() {
    for name in ["report_bp_fixed", "report_bp_mp_fixed", "report_scale_ext_fixed", "config_report_bp_extended"] {
        let whole = apdu(name);
        for end in 0..whole.len() {
            let mut bench = Bench::operating();
            bench.hear(&whole[..end]);
            bench.pass(5000);
            assert!(bench.readings.is_empty(), "{name} cut at {end}");
            // The same cut, with an outer length that agrees.
            let mut cut = whole[..end].to_vec();
            if let Some(body) = end.checked_sub(4) {
                cut[2..4].copy_from_slice(&u16::try_from(body).unwrap().to_be_bytes());
                let mut bench = Bench::operating();
                bench.hear(&cut);
                bench.pass(5000);
                assert!(bench.readings.is_empty(), "{name} cut at {end}, outer length mended");
            }
        }
    }
    let whole = apdu("report_bp_fixed");
    // Lengths and counts of the report, up to the first value and around the second observation.
    let lengths = [2, 3, 4, 5, 10, 11, 20, 21, 26, 27, 28, 29, 32, 33, 34, 35, 36, 37, 54, 55];
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let mut bench = Bench::operating();
            bench.hear(&flipped);
            bench.pass(5000);
            assert!(!lengths.contains(&at) || bench.readings.is_empty(), "bit {bit} of byte {at}: {:?}", bench.told);
        }
    }
}

#[test]
fn every_message_may_be_cut_or_damaged_without_a_panic() {
    for row in &book().apdu {
        let whole = hex_of(row);
        for end in 0..whole.len() {
            assert!(Apdu::parse(&whole[..end]).is_err(), "{}", row["name"]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                for mut bench in [Bench::plain(), Bench::operating()] {
                    bench.hear(&changed);
                    bench.pass(60_000);
                }
            }
        }
    }
}

#[test]
fn a_report_is_confirmed_only_when_its_reading_is_kept() {
    let mut bench = Bench::operating();
    bench.keeps = false;
    let report = apdu("report_bp_fixed");
    bench.hear(&report);
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 0));
    bench.kept();
    assert_eq!(bench.sent(), ["e7000012001000540201000a0000004900500d1d0000"]);
    // The confirmation was lost: the same again is confirmed and not told again.
    bench.hear(&report);
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 1));
}

#[test]
fn a_reading_that_is_not_kept_in_time_is_offered_and_told_again() {
    let mut bench = Bench::operating();
    bench.keeps = false;
    bench.hear(&apdu("report_bp_fixed"));
    bench.pass(3000);
    bench.kept();
    assert!(bench.sent().is_empty(), "too late: the agent has given up");
    bench.hear(&apdu("abrt_response_timeout"));
    assert_eq!(bench.manager.state(), State::Unassociated);
    bench.hear(&apdu("aarq_three_encodings"));
    bench.sent.clear();
    // It was kept, late: confirmed at once and one reading.
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 1));

    let mut bench = Bench::operating();
    bench.keeps = false;
    bench.hear(&apdu("report_bp_fixed"));
    bench.hear(&apdu("abrt_response_timeout"));
    bench.hear(&apdu("aarq_three_encodings"));
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!(bench.readings.len(), 2, "nobody said that it is safe");
}

#[test]
fn timers_run_out() {
    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_extended"));
    assert_eq!(bench.manager.state(), State::WaitingForConfig);
    bench.sent.clear();
    bench.pass(9_999);
    assert!(bench.sent().is_empty());
    bench.pass(1);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(3)], State::Unassociated));

    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_standard"));
    assert_eq!(bench.sent().last().map(String::as_str), Some(GET));
    bench.pass(3000);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(2)], State::Unassociated));

    let mut bench = Bench::operating();
    bench.order(Order::Rest);
    assert_eq!((bench.sent(), bench.manager.state()), (vec!["e40000020000".to_owned()], State::Disassociating));
    bench.pass(3000);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(2)], State::Unassociated));

    let mut bench = Bench::plain();
    bench.order(Order::Download);
    bench.pass(34_999);
    assert!(bench.told.is_empty());
    bench.pass(1);
    assert_eq!(bench.told, ["fault no_answer"]);
    assert_eq!(bench.manager.deadline(), None);
}

#[test]
fn an_abort_ends_every_state_without_an_answer() {
    let mut waiting = Bench::plain();
    waiting.hear(&apdu("aarq_bp_extended"));
    let mut ending = Bench::operating();
    ending.order(Order::Rest);
    for mut bench in [Bench::plain(), waiting, Bench::operating(), ending] {
        bench.sent.clear();
        bench.hear(&apdu("abrt_undefined"));
        assert_eq!((bench.sent().len(), bench.manager.state()), (0, State::Unassociated));
        bench.hear(&apdu("aarq_bp_standard"));
        assert_eq!(bench.manager.state(), State::Operating);
    }
}

#[test]
fn while_the_association_is_ended_reports_are_heard_and_not_answered() {
    let mut bench = Bench::operating();
    bench.order(Order::Rest);
    bench.sent.clear();
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 0));
    bench.hear(&apdu("rlrq_normal"));
    assert_eq!((bench.sent(), bench.manager.state()), (vec!["e50000020000".to_owned()], State::Disassociating));
    bench.hear(&apdu("rlre_normal"));
    assert_eq!((bench.sent().len(), bench.manager.state()), (0, State::Unassociated));
}

#[test]
fn requests_of_an_agent_are_rejected_and_change_nothing() {
    let mut bench = Bench::operating();
    bench.hear(&apdu("get_all_mds_attributes"));
    assert_eq!(bench.sent(), ["e700000a00080000040000020065"]);
    bench.hear(&apdu("set_time"));
    assert_eq!((bench.sent().len(), bench.manager.state()), (1, State::Operating));
    let mut waiting = Bench::plain();
    waiting.hear(&apdu("aarq_bp_extended"));
    waiting.sent.clear();
    waiting.hear(&apdu("report_bp_mp_fixed"));
    assert_eq!(waiting.sent(), ["e700000c000a00010300000400010000"]);
    waiting.hear(&apdu("report_oximeter_unconfirmed"));
    assert_eq!((waiting.sent().len(), waiting.readings.len()), (0, 0));
}

#[test]
fn a_configuration_is_asked_for_once_and_survives_a_restart() {
    let first = session("bp_ext_three_objects");
    let bench = replay(first, usize::MAX);
    let kept = serde_json::to_string(bench.manager.cache()).unwrap();
    let cache: ConfigCache = serde_json::from_str(&kept).unwrap();
    assert_eq!(cache.len(), 1);

    let mut bench = Bench::new(Settings::default(), cache);
    bench.hear(&apdu("aarq_bp_extended"));
    assert!(bench.sent()[0].starts_with("e300002c0000"), "known");
    bench.hear(&apdu("report_bp_mp_fixed"));
    assert_eq!(bench.readings.len(), 1);
    // A report that does not fit it: the agent is asked anew next time.
    let mut strange = apdu("report_scale_ext_fixed");
    for handle in [33, 49, 65] {
        strange[handle] = 77;
    }
    bench.hear(&strange);
    assert!(bench.manager.cache().is_empty(), "{:?}", bench.told);

    let mut cache = ConfigCache::new();
    for config in 0..100u16 {
        cache.keep(&config.to_be_bytes(), 0x4000, &[0; 4]);
    }
    assert_eq!(cache.len(), 32);
    cache.keep(&[1], 0x4001, &[0; 9000]);
    assert_eq!(cache.len(), 32, "a monstrous one is not kept");
}

#[test]
fn an_agent_that_repeats_an_unknown_standard_is_let_in() {
    let fallback = session("thermometer_std_unknown_then_ext");
    let mut bench = Bench::of(fallback);
    bench.hear(&bytes(&fallback.steps[0].1));
    let config = bytes(&fallback.steps[2].1);
    bench.sent.clear();
    bench.hear(&config);
    assert!(bench.sent()[0].ends_with("03200002"));
    bench.hear(&config);
    assert!(bench.sent()[0].ends_with("03200000"));
    // What it reports is still not guessed at, and not confirmed.
    bench.hear(&bytes(&fallback.steps[7].1));
    assert_eq!((bench.readings.len(), bench.told.last().map(String::as_str)), (0, Some("fault unsupported_format")));
}

/// A PRST around what `tag` says.
fn data(invoke: u16, tag: u16, body: &[u8]) -> Vec<u8> {
    let length = |count: usize| u16::try_from(count).unwrap().to_be_bytes();
    let inner = [&invoke.to_be_bytes()[..], &tag.to_be_bytes(), &length(body.len()), body].concat();
    [&[0xE7, 0][..], &length(inner.len() + 2), &length(inner.len()), &inner].concat()
}

/// A report of the device, `info` in hexadecimal.
fn report(event: u16, handle: u16, info: &str) -> Vec<u8> {
    let info = bytes(&info.replace(' ', ""));
    let length = u16::try_from(info.len()).unwrap().to_be_bytes();
    let head = [&handle.to_be_bytes()[..], &[0xFF; 4], &event.to_be_bytes(), &length].concat();
    data(0x77, 0x0101, &[head, info].concat())
}

/// An agent with these objects, operating.
fn with_objects(objects: &str) -> Bench {
    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_extended"));
    bench.hear(&report(0x0D1C, 0, &format!("4000{objects}")));
    assert_eq!(bench.manager.state(), State::Operating, "{:?}", bench.told);
    bench.told.clear();
    bench
}

const AT: &str = "2026112208304500";

/// An object list: class, handle, attributes.
fn objects(list: &[(u16, u16, String)]) -> String {
    let each: String = list.iter().map(|(class, handle, list)| format!("{class:04x}{handle:04x}{list}")).collect();
    format!("{:04x}{:04x}{each}", list.len(), each.len() / 2)
}

/// A numeric object with an SFLOAT and a time.
fn numeric(handle: u16, code: u16, unit: u16) -> (u16, u16, String) {
    let (code, unit) = (format!("0002{code:04x}"), format!("{unit:04x}"));
    (6, handle, attributes(&[(0x092F, &code), (0x0996, &unit), (0x0A55, VALUE_AND_TIME)]))
}

/// A glucose meter: handle 1 mmol/L, 2 meal, 3 sample site, 4 meter status.
fn meter() -> Bench {
    let word = |handle, code: &str| (5, handle, attributes(&[(0x092F, code)]));
    let list = [numeric(1, 29116, 4722), word(2, "00807248"), word(3, "00807234"), word(4, "008071d8")];
    with_objects(&objects(&list))
}

const VALUE_AND_TIME: &str = "000200080a4c000209900008";

fn variable(observations: &[(u16, String)]) -> Vec<u8> {
    let each: String = observations.iter().map(|(handle, list)| format!("{handle:04x}{list}")).collect();
    report(0x0D1E, 0, &format!("f0000000{:04x}{:04x}{each}", observations.len(), each.len() / 2))
}

fn attributes(list: &[(u16, &str)]) -> String {
    let each: String = list.iter().map(|(id, hex)| format!("{id:04x}{:04x}{hex}", hex.len() / 2)).collect();
    format!("{:04x}{:04x}{each}", list.len(), each.len() / 2)
}

#[test]
fn circumstances_of_the_same_moment_belong_to_the_glucose() {
    let glucose = |value| (1, attributes(&[(0x0A4C, value), (0x0990, AT)]));
    let word = |handle, code| (handle, attributes(&[(0x0A49, code), (0x0990, AT)]));
    let told = |observations: &[(u16, String)]| {
        let mut bench = meter();
        bench.hear(&variable(observations));
        bench.told
    };
    let rest = "at 2026-11-22T08:30:45, device 00220922580803cc";
    assert_eq!(
        told(&[glucose("f038"), word(2, "7254"), word(3, "7238")]),
        [format!("glucose 5.6 mmol/L, meal fasting, sample capillary_plasma, site finger, {rest}")]
    );
    assert_eq!(
        told(&[word(3, "7244"), glucose("f038")]),
        [format!("glucose 5.6 mmol/L, special control, sample capillary_plasma, site control_solution, {rest}")]
    );
    assert_eq!(told(&[glucose("07fe")]), [format!("special HI, sample capillary_plasma, {rest}")]);
    assert_eq!(told(&[glucose("0802")]), [format!("special LO, sample capillary_plasma, {rest}")]);
    let other = "2026112208304600";
    let later = (2, attributes(&[(0x0A49, "7254"), (0x0990, other)]));
    assert_eq!(told(&[glucose("f038"), later]), [format!("glucose 5.6 mmol/L, sample capillary_plasma, {rest}")]);
}

#[test]
fn the_measurement_status_decides_what_is_a_reading() {
    for (status, wanted) in [
        ("8000", "skipped"),
        ("2000", "skipped"),
        ("1000", "skipped"),
        ("0800", "skipped"),
        ("0400", "skipped"),
        ("4000", "mark questionable"),
        ("0080", "5.6"),
    ] {
        let mut bench = meter();
        let list = attributes(&[(0x0A4C, "f038"), (0x0947, status), (0x0990, AT)]);
        bench.hear(&variable(&[(1, list)]));
        assert!(bench.told[0].contains(wanted), "{status}: {:?}", bench.told);
        assert_eq!(bench.sent().last().map(|sent| sent[12..20].to_owned()), Some("00770201".to_owned()));
    }
}

#[test]
fn units_and_times_that_make_no_sense() {
    let told = |list: &[(u16, &str)]| {
        let mut bench = meter();
        bench.hear(&variable(&[(1, attributes(list))]));
        bench.told.join("; ")
    };
    assert_eq!(told(&[(0x0A4C, "f038"), (0x0996, "0220"), (0x0990, AT)]), r#"status {"skipped":"unknown_unit"}"#);
    assert_eq!(told(&[(0x0A4C, "f038"), (0x0996, "ffff"), (0x0990, AT)]), r#"status {"skipped":"unknown_unit"}"#);
    let doubtful = told(&[(0x0A4C, "f038"), (0x0990, "2026022908000000")]);
    assert!(doubtful.contains("mark time_doubtful") && !doubtful.contains("at 20"), "{doubtful}");
    let none = told(&[(0x0A4C, "f038"), (0x0990, "0000000000000000")]);
    assert!(!none.contains("mark") && !none.contains("at 20"), "{none}");
    let mg = told(&[(0x0A4C, "0065"), (0x0996, "0852"), (0x0950, "71bc000008520000007b")]);
    assert!(mg.contains("123 mg/dL"), "{mg}");
    // 2026-11-22T08:30:45 two hours east of Greenwich.
    let base_offset = told(&[(0x0A4C, "f038"), (0x0A82, "eead0a9580000078")]);
    assert!(base_offset.contains("at 2026-11-22T08:30:45"), "{base_offset}");
}

#[test]
fn a_scanner_is_enabled_and_its_grouped_reports_are_cut_by_its_map() {
    let map = format!("0002001c0001{VALUE_AND_TIME}000a{VALUE_AND_TIME}");
    let scanner = attributes(&[(0x0A53, &map)]);
    let mut bench = with_objects(&objects(&[numeric(1, 19384, 544), numeric(10, 18458, 2720), (18, 55, scanner)]));
    bench.hear_answer_to_get(&session("bp_std_annex").steps[3].1);
    let enable = apdu("scanner_enable");
    let sent = bench.sent.iter().find(|sent| sent[8..] == enable[8..]).expect("the scanner is enabled");
    let mut answer = apdu("scanner_enable_response");
    answer[6..8].copy_from_slice(&sent[6..8]);
    bench.hear(&answer);
    bench.told.clear();
    bench.hear(&apdu("scanner_unbuf_grouped"));
    assert_eq!(bench.told, ["pulse 80.1 /min, spo2 97.5 %, at 2010-08-03T10:51:11, device 00220922580803cc"]);
}

/// A meter with a store, and how it describes its one segment of `count` entries.
fn stored(count: u32) -> (Bench, Vec<u8>) {
    let bench = with_objects(&objects(&[numeric(1, 29112, 2130), (61, 11, attributes(&[]))]));
    let map = "8000 0001 0014 0006 0002 71b8 0001 0002 0008 0a4c0002 09470002".replace(' ', "");
    let list = attributes(&[(0x0A4E, map.as_str()), (0x097B, &format!("{count:08x}")), (0x0A64, "00013880")]);
    let args = format!("0001{:04x}0001{list}", list.len() / 2 + 2);
    let body = format!("000b0c0d{:04x}{args}", args.len() / 2);
    (bench, bytes(&body))
}

fn page(first: u32, count: u32, status: u16, entries: &str) -> Vec<u8> {
    let info = format!("0001{first:08x}{count:08x}{status:04x}{:04x}{entries}", entries.len() / 2);
    report(0x0D21, 11, &info)
}

const ENTRIES: [&str; 2] = ["202611210800000000660000", "202611220800000000780000"];

/// Up to where the meter has said that the segment comes.
fn downloading() -> Bench {
    let (mut bench, segments) = stored(2);
    bench.order(Order::Download);
    bench.hear_answer_to_get(&session("bp_std_annex").steps[3].1);
    assert_eq!(bench.sent().last().map(|sent| sent[16..].to_owned()), Some("0107000c000b0c0d0006000100020000".into()));
    bench.hear(&data(1, 0x0207, &segments));
    assert_eq!(bench.sent(), ["e7000010000e000201070008000b0c1c00020001"]);
    bench.hear(&data(2, 0x0207, &bytes("000b0c1c000400010000")));
    bench.told.clear();
    bench
}

#[test]
fn a_store_is_read_page_by_page_and_never_cleared() {
    let mut bench = downloading();
    bench.hear(&page(0, 1, 0x8000, ENTRIES[0]));
    assert_eq!(bench.sent()[0][16..], apdu_text("pmstore_segment_data_confirmation", 0, 1)[16..]);
    assert_eq!(bench.told, [r#"status {"done":1,"of":2}"#], "nothing before the end");
    bench.hear(&page(1, 1, 0x4000, ENTRIES[1]));
    let glucose = "sample capillary_whole_blood, at 2026-11-2";
    assert!(bench.told[2].starts_with(&format!("glucose 102 mg/dL, {glucose}1")), "{:?}", bench.told);
    assert!(bench.told[3].starts_with(&format!("glucose 120 mg/dL, {glucose}2")), "{:?}", bench.told);
    assert_eq!(bench.told[4], r#"status {"downloaded":2}"#);
    assert_eq!(bench.manager.deadline(), None);
    assert!(bench.sent().iter().all(|sent| !sent.contains("0b0c0c")));

    let mut whole = downloading();
    whole.hear(&apdu("pmstore_segment_data"));
    assert_eq!(whole.readings.len(), 2);
}

fn apdu_text(name: &str, first: u32, count: u32) -> String {
    let text = hut_drivers::reading::hex(&apdu(name));
    text.replacen("00010000000000000002", &format!("0001{first:08x}{count:08x}"), 1)
}

#[test]
fn a_gap_or_a_broken_page_ends_a_download_with_nothing_kept() {
    for (pages, why) in [
        (vec![page(0, 1, 0x8000, ENTRIES[0]), page(2, 1, 0x4000, ENTRIES[1])], "a gap"),
        (vec![page(0, 1, 0x0000, ENTRIES[0])], "no first page"),
        (vec![page(0, 1, 0x8000, ENTRIES[0]), page(0, 1, 0x8000, ENTRIES[0])], "begun anew"),
        (vec![page(0, 2, 0xC000, ENTRIES[0])], "fewer entries than counted"),
        (vec![page(0, 1, 0x8800, ENTRIES[0])], "the meter gives up"),
    ] {
        let mut bench = downloading();
        for page in pages {
            bench.hear(&page);
        }
        assert!(bench.sent().last().unwrap().ends_with("0008"), "{why}");
        assert_eq!((bench.readings.len(), bench.told.last().unwrap().as_str()), (0, "fault malformed"), "{why}");
        assert_eq!(bench.manager.state(), State::Operating);
    }
    let mut silent = downloading();
    silent.hear(&page(0, 1, 0x8000, ENTRIES[0]));
    silent.pass(10_000);
    assert_eq!((silent.readings.len(), silent.told.last().unwrap().as_str()), (0, "fault no_answer"));
    assert_eq!((silent.manager.state(), silent.manager.deadline()), (State::Unassociated, None));
    let mut gone = downloading();
    gone.hear(&apdu("rlrq_normal"));
    assert_eq!(gone.told.last().unwrap(), "fault no_answer");
}

#[test]
fn a_clock_is_set_only_where_the_device_offers_it() {
    let moment = "2026-11-22T08:30:45".parse().unwrap();
    let mut bench = Bench::plain();
    bench.order(Order::SetClock(moment));
    bench.pass(5000);
    bench.hear(&apdu("aarq_bp_standard"));
    bench.sent.clear();
    let list = attributes(&[(0x0A45, &format!("c000{}", "00".repeat(14)))]);
    bench.hear(&data(0, 0x0203, &bytes(&format!("0000{list}"))));
    // Five seconds have passed since it was told.
    assert_eq!(bench.sent(), ["e700001a0018000101070012 00000c17000c202611220830500000000000".replace(' ', "")]);
    bench.hear(&data(1, 0x0207, &bytes("00000c170000")));
    assert_eq!(bench.told.last().unwrap(), r#"status {"clock_set":"2026-11-22T08:30:50"}"#);

    let mut bench = Bench::operating();
    bench.order(Order::SetClock(moment));
    assert_eq!((bench.sent().len(), bench.told.as_slice()), (0, ["fault unsupported_format".to_owned()].as_slice()));
}

#[test]
fn phdc_descriptors_are_read() {
    use hut_drivers::transport::phdc::{Preamble, interfaces, preamble};
    let row = |name: &str| hex_of(book().usb_descriptor.iter().find(|row| row["name"].as_str() == Some(name)).unwrap());
    let device = |function: &str, extension: &str| {
        let configuration = bytes("0902000001010080 32".replace(' ', "").as_str());
        let out = bytes("07050202400000");
        let parts = ["interface", function, extension, "endpoint_bulk_in", "qos_bulk"].map(row);
        [configuration, parts.concat(), out, row("qos_bulk_any")].concat()
    };
    let found = &interfaces(&device("phdc_class_function", "phd_function_extension_bp"))[0];
    assert!(found.speaks_11073() && found.is_bulk() && !found.preamble);
    assert_eq!((found.types.as_slice(), found.class), ([0x1007].as_slice(), 0x0F));
    let ends = (found.bulk_in.unwrap(), found.bulk_out.unwrap());
    assert_eq!((ends.0.address, ends.0.packet, ends.0.bins, ends.1.bins), (0x81, 64, 0x08, 0x3E));
    let two = &interfaces(&device("phdc_class_function_preamble", "phd_function_extension_two"))[0];
    assert_eq!((two.preamble, two.types.as_slice()), (true, [0x100F, 0x1011].as_slice()));
    assert!(!interfaces(&device("phdc_class_function_vendor", "phd_function_extension_bp"))[0].speaks_11073());
    for end in 0..60 {
        let whole = device("phdc_class_function", "phd_function_extension_two");
        interfaces(&whole[..end.min(whole.len())]);
    }
    assert_eq!(preamble(&row("preamble")), Preamble::Of { length: 20, transfers: 1 });
    assert_eq!(preamble(&row("preamble_zero_transfers")), Preamble::Invalid);
    assert_eq!(preamble(&row("preamble_two_bins")), Preamble::Invalid);
    assert_eq!(preamble(&apdu("aarq_bp_standard")), Preamble::None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_can_be_read_can_be_written(bytes in prop::collection::vec(any::<u8>(), 0..60), choice in 0xE2u8..0xE8) {
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let wire = [&[choice, 0][..], &length, &bytes].concat();
        if let Ok(apdu) = Apdu::parse(&wire)
            && !matches!(&apdu, Apdu::Data { message: hut_drivers::ieee11073::apdu::Message::Unknown { .. }, .. })
        {
            prop_assert_eq!(apdu.bytes(), wire);
        }
    }

    #[test]
    fn numbers_survive_being_written(bits in any::<u16>(), wide in any::<u32>()) {
        if let number @ (Number::NaN | Number::NRes | Number::High | Number::Low | Number::Reserved) = sfloat(bits) {
            prop_assert_eq!(to_sfloat(number), Some(bits));
        }
        if let number @ Number::Exact(decimal) = sfloat(bits) && let Some(again) = to_sfloat(number) {
            prop_assert_eq!(sfloat(again), Number::Exact(decimal));
        }
        if let number @ Number::Exact(decimal) = float(wide) && let Some(again) = to_float(number) {
            prop_assert_eq!(float(again), Number::Exact(decimal));
        }
    }

    #[test]
    fn no_agent_can_stop_a_manager(
        pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), 0u64..4000, any::<u8>()), 0..12),
    ) {
        let mut bench = Bench::operating();
        for (noise, pause, event) in pieces {
            bench.pass(pause);
            // Reports with sound outer lengths and any content.
            let info: String = noise.iter().map(|byte| format!("{byte:02x}")).collect();
            bench.hear(&report(0x0D1C + u16::from(event % 20), u16::from(event / 80), &info));
            bench.hear(&apdu("aarq_bp_extended"));
            prop_assert!(bench.manager.held() <= 65536);
        }
        prop_assert!(bench.told.len() < 500);
    }
}

fn abort(reason: u8) -> String {
    format!("e600000200{reason:02x}")
}

const ABORT: &str = "e60000020000";
const REJECT_FFFF: &str = "e700000a00080000040000020002";
const REJECT_0054: &str = "e700000a00080054040000020002";
const CONFIRM_0001: &str = "e7000012001000010201000a0000ffffffff0d1d0000";
const ENDED_MALFORMED: &str = r#"status {"association_ended":"malformed"}"#;

#[test]
#[ignore = "writes what is told, to be reviewed and kept in the vectors"]
fn print_wants() {
    for session in &book().session {
        let told = crate::vectors::decode(&session.model, [session.agent_bytes().as_slice()]);
        println!("=={}\n{}", session.name, told.join("\n"));
    }
}
