//! The messages as they stand on the wire, as golden files. `HUT_GOLDEN=write` writes them anew; read the difference.

use std::path::PathBuf;
use std::{env, fs};

use health_hut::demo::MemoryOutbox;
use health_hut::demo::records::Story;
use health_hut::model::UnitId;
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Value as Measured};
use health_hut::model::outbox::{Parcel, Receipt};
use health_hut::model::review::DismissReason;
use health_hut::model::{Decision, Fact, NewFact, Note, Source, Unit};
use health_hut::sync::Outbox;
use health_hut::sync::wire::OWN_TERMS;
use health_hut::sync::wire::capability::{Strategies, Strategy};
use health_hut::sync::wire::fhir::{Dialect, bundle};
use serde_json::Value;

fn dialect(strategy: Strategy) -> Dialect {
    let endpoint = "https://platform.example.org/fhir".to_owned();
    Dialect { endpoint, base: OWN_TERMS.to_owned(), strategies: Strategies::all(strategy) }
}

/// All units of one way through the hut, as parcels.
struct Way {
    outbox: MemoryOutbox,
    units: Vec<UnitId>,
}

impl Way {
    fn new(decision: impl FnOnce(&mut Story) -> Decision) -> Self {
        let mut story = Story::new(7);
        let mut way = Self { outbox: MemoryOutbox::default(), units: Vec::new() };
        way.keep(story.site());
        let chapter = story.high_risk_visit(7);
        way.keep((chapter.facts.clone(), chapter.units.clone()));
        way.keep(story.addendum(&chapter));
        let decision = decision(&mut story);
        way.keep(story.review(&chapter, decision));
        way
    }

    fn keep(&mut self, (facts, units): (Vec<NewFact>, Vec<Unit>)) {
        self.units.extend(units.iter().map(|unit| unit.id));
        self.outbox.keep(facts, units);
    }

    fn parcel(&mut self, index: usize) -> Parcel {
        self.outbox.parcel(self.units[index]).expect("a unit of this way")
    }

    fn body(&mut self, index: usize, strategy: Strategy) -> Value {
        bundle(&[self.parcel(index)], &dialect(strategy)).expect("a parcel that can be written").body
    }
}

fn golden(name: &str, body: &Value) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sync/golden").join(name);
    let text = serde_json::to_string_pretty(body).expect("a value") + "\n";
    if env::var("HUT_GOLDEN").is_ok_and(|it| it == "write") {
        fs::write(&file, &text).expect("a writable golden file");
    }
    let wanted = fs::read_to_string(&file).unwrap_or_default();
    assert!(wanted == text, "{name} differs; write it anew with HUT_GOLDEN=write and read the difference");
}

#[test]
fn each_kind_of_unit_has_its_shape() {
    let mut way = Way::new(Story::referral);
    let names = ["00-site", "01-visit", "02-evaluation", "03-addendum", "04-review-referral"];
    for (index, name) in names.iter().enumerate() {
        golden(&format!("{name}.json"), &way.body(index, Strategy::PutById));
    }
    let visit = way.parcel(1);
    let site = way.parcel(0);
    let together = bundle(&[site, visit], &dialect(Strategy::CreateOnce)).expect("nothing is missing");
    golden("05-site-and-visit-conditional-create.json", &together.body);
}

#[test]
fn each_decision_has_its_shape() {
    let due = health_hut::demo::records::opening().day();
    let decisions: [(&str, Decision); 4] = [
        ("10-confirmed", Decision::Confirmed { criteria: vec![], managed: true, follow_up: Some(due) }),
        ("11-retest", Decision::Retest { due }),
        ("12-dismissed-error", Decision::Dismissed { reason: DismissReason::MeasurementError }),
        ("13-dismissed-managed", Decision::Dismissed { reason: DismissReason::AlreadyManaged }),
    ];
    for (name, decision) in decisions {
        let body = Way::new(|_| decision).body(4, Strategy::PutById);
        golden(&format!("{name}.json"), &body);
    }
}

#[test]
fn s3_2_the_same_parcel_gives_the_same_bytes() {
    let mut way = Way::new(Story::referral);
    for index in 0..way.units.len() {
        assert_eq!(way.body(index, Strategy::PutById), way.body(index, Strategy::PutById));
    }
}

#[test]
fn the_citizen_number_is_in_no_url() {
    let mut way = Way::new(Story::referral);
    let number = way.parcel(1).facts.iter().find_map(|stored| match &stored.new.fact {
        Fact::ResidentKept { resident } => Some(resident.id_number.reveal().to_owned()),
        _ => None,
    });
    let number = number.expect("a resident");
    for strategy in [Strategy::PutById, Strategy::CreateOnce, Strategy::UpdateByIdentifier] {
        let (site, visit) = (way.parcel(0), way.parcel(1));
        let body = bundle(&[site, visit], &dialect(strategy)).expect("nothing is missing").body;
        for row in body["entry"].as_array().expect("entries") {
            assert!(!row["request"]["url"].as_str().expect("a url").contains(&number));
            assert!(!row["fullUrl"].as_str().expect("a url").contains(&number));
        }
    }
}

#[test]
fn s3_7_a_review_is_guarded_by_the_stored_etag() {
    let mut way = Way::new(Story::referral);
    let mut parcel = way.parcel(4);
    let body = bundle(&[parcel.clone()], &dialect(Strategy::PutById)).expect("a review");
    let task = body.entries[0].resource.clone();
    assert!(task.starts_with("Task/"));
    parcel.receipts.push(Receipt { resource: task, server_id: None, etag: Some("W/\"98a4-odd\"".into()) });
    let body = bundle(&[parcel], &dialect(Strategy::PutById)).expect("a review").body;
    assert_eq!(body["entry"][0]["request"]["ifMatch"], "W/\"98a4-odd\"");
    assert!(body["entry"][1]["request"].get("ifMatch").is_none());
}

#[test]
fn s3_11_what_the_server_has_not_named_yet_is_waited_for() {
    let mut way = Way::new(Story::referral);
    let fault = bundle(&[way.parcel(2)], &dialect(Strategy::CreateOnce)).expect_err("the visit has no id there");
    assert!(matches!(fault, Note::Waits { .. }), "{fault:?}");
}

#[test]
fn s3_3_d_a_server_without_any_way_is_refused() {
    let mut way = Way::new(Story::referral);
    let nothing = Dialect { strategies: Strategies::default(), ..dialect(Strategy::PutById) };
    assert!(matches!(bundle(&[way.parcel(1)], &nothing), Err(Note::NoStrategy { .. })));
}

#[test]
fn the_words_of_a_meter_are_never_numbers() {
    for (level, reason) in [(GlucoseLevel::High, "positive-infinity"), (GlucoseLevel::Low, "negative-infinity")] {
        let sent = glucose(level, GlucoseKind::Random);
        assert!(sent.get("valueQuantity").is_none());
        assert_eq!(sent["dataAbsentReason"]["coding"][0]["code"], reason);
    }
}

#[test]
fn the_glucose_trap_the_unit_chooses_the_code() {
    let level = GlucoseLevel::Value(health_hut::model::units::MmolPerLitre("7.6".parse().expect("a number")));
    let codes = [
        (GlucoseKind::Fasting, "14770-2"),
        (GlucoseKind::Ogtt2h, "14995-5"),
        (GlucoseKind::Postprandial2h, "14760-3"),
        (GlucoseKind::Random, "14743-9"),
    ];
    for (kind, code) in codes {
        let sent = glucose(level, kind);
        assert_eq!(sent["code"]["coding"][0]["code"], code);
        assert_eq!(sent["valueQuantity"]["code"], "mmol/L");
    }
}

/// The resource of a typed glucose value.
fn glucose(level: GlucoseLevel, kind: GlucoseKind) -> Value {
    let mut story = Story::new(9);
    let mut way = Way { outbox: MemoryOutbox::default(), units: Vec::new() };
    way.keep(story.site());
    let mut chapter = story.visit(9);
    let taken = story.taken(chapter.visit, Measured::Glucose { level, kind }, Source::Typed);
    let Fact::MeasurementTaken { measurement } = &taken.fact else { unreachable!("just made") };
    let id = measurement.id.to_string();
    chapter.units[0].facts.push(taken.id);
    chapter.facts.push(taken);
    way.keep((chapter.facts, chapter.units));
    let body = way.body(1, Strategy::PutById);
    let rows = body["entry"].as_array().expect("entries");
    rows.iter().find(|row| row["resource"]["id"] == id.as_str()).expect("the value")["resource"].clone()
}
