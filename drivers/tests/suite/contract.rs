//! The JSON lines that others build on, and what `Debug` must not say.

use std::time::Instant;

use hut_drivers::checksum::sum8;
use hut_drivers::emulate::{Wall, read, sam};
use hut_drivers::transcript::{Cut, Transcript, brief};
use hut_drivers::{Catalog, Descriptor, Output};

fn outputs(model: &str, bytes: &[u8]) -> Vec<Output> {
    let mut device = Catalog::built_in().find(model).unwrap().device();
    let mut out = Vec::new();
    device.decoder().handle_bytes(Instant::now(), bytes, &mut out);
    out
}

#[test]
fn a_reading_is_the_line_of_the_contract() {
    let line = b"2026,07,11,09,05,                    ,0,120,080,072,1\r\n";
    let raw: String = line[..53].iter().map(|byte| format!("{byte:02x}")).collect();
    let wanted = format!(
        concat!(
            r#"{{"reading":{{"kind":"blood_pressure","values":{{"systolic":["120","mmHg"],"diastolic":["80","mmHg"],"#,
            r#""pulse":["72","/min"]}},"special":null,"context":{{}},"device_time":"2026-07-11T09:05","device_id":null,"#,
            r#""marks":["movement"],"raw":"{}"}}}}"#
        ),
        raw
    );
    assert_eq!(outputs("bp-omron-hbp9030", line)[0].to_json(), Some(wanted));
}

#[test]
fn an_identity_is_the_line_of_the_contract() {
    let card = &outputs("idcard-sdt-sam", &sam::read_answer(&sam::example()))[0];
    let wanted = concat!(
        r#"{"identity":{"name":"测试甲","sex":"male","nation":"汉","birth":"1952-02-29","#,
        r#""address":"虚构省虚构县测试镇一号","id":"999901195202290014","issuer":"虚构县公安局","valid_from":"2020-01-01","valid_to":null}}"#
    );
    assert_eq!(card.to_json().as_deref(), Some(wanted));
}

#[test]
fn faults_and_statuses_are_lines_of_the_contract() {
    let fault = outputs("bp-omron-hbp9030", b"2026,07,11,09,05,                    ,7,   ,   ,   ,0\r\n");
    let json: serde_json::Value = serde_json::from_str(&fault[0].to_json().unwrap()).unwrap();
    assert_eq!(json["fault"]["code"], "device_error");
    assert_eq!(json["fault"]["device_code"], 7);
    assert!(json["fault"]["says"].as_str().unwrap().contains("measure again"));
    let status = outputs("scale-st-gs", b"ST,TR,+ 1.0kg\r\n");
    assert_eq!(status[0].to_json().as_deref(), Some(r#"{"status":{"skipped":"tare"}}"#));
}

#[test]
fn debug_names_no_one() {
    let card = outputs("idcard-sdt-sam", &sam::read_answer(&sam::example()));
    let line = b"2026,07,11,09,05,12345678901234567890,0,120,080,072,1\r\n";
    let reading = outputs("bp-omron-hbp9030", line);
    let said = format!("{card:?} {reading:?}");
    for personal in ["测试甲", "999901195202290014", "12345678901234567890", "1952"] {
        assert!(!said.contains(personal), "{said}");
    }
}

/// The file of `docs/add-a-device.md`, its line, and its emulated other side.
#[test]
fn the_device_of_the_how_to_works_as_written() {
    let text = include_str!("../../docs/add-a-device.md");
    let between = |from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let model = Descriptor::parse("wm1.toml", between("```toml\n", "```")).unwrap();
    let line = between("printf '", "\\r\\n'");
    let mut out = Vec::new();
    let mut device = model.device();
    device.decoder().handle_bytes(Instant::now(), format!("{line}\r\n").as_bytes(), &mut out);
    let promised = between("```json\n", ", …}}");
    assert!(out[0].to_json().unwrap().starts_with(promised), "{:?}", out[0]);

    let moment = "2026-11-22T08:30:00".parse().unwrap();
    let mut emulated = model.emulated(Wall::new(Instant::now(), moment)).unwrap();
    let mut say = Vec::new();
    assert!(emulated.act(Instant::now(), read(model.kind, "128 78 72").unwrap(), &mut say));
    assert_eq!(say[0].bytes, format!("{line}\r\n").as_bytes());
}

/// The hand-written recording of the same page.
#[test]
fn the_recording_of_the_how_to_replays() {
    let text = include_str!("../../docs/add-a-device.md");
    let between = |from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let mut catalog = Catalog::built_in().clone();
    catalog.add(Descriptor::parse("wm1.toml", between("```toml\n", "```")).unwrap()).unwrap();
    let recording = Transcript::parse(between("```text\n", "```")).unwrap();
    recording.replay(&catalog, Instant::now(), Cut::EachByte).unwrap();
}

/// The scale of the same page that says one line for each weighing.
#[test]
fn the_weighing_scale_of_the_how_to_works_as_written() {
    let text = include_str!("../../docs/add-a-device.md");
    let file = text.split("```toml\n").nth(3).unwrap().split_once("```").unwrap().0;
    let model = Descriptor::parse("fx3.toml", file).unwrap();
    let line = |body: &str| format!("{body}{:02X}\r\n", sum8(body.as_bytes()));
    let said = ["FX3,S,+064.40,kg,", "FX3,U,+031.00,kg,", "FX3,S,+142.00,lb,", "FX3,E,07,", "FX3,S,+10.00,st,"];
    let (mut device, mut settle, mut out) = (model.device(), model.settle(), Vec::new());
    for body in said {
        let mut told = Vec::new();
        device.decoder().handle_bytes(Instant::now(), line(body).as_bytes(), &mut told);
        told.into_iter().for_each(|output| settle.take(output, &mut out));
    }
    let told: Vec<String> = out.iter().map(brief).collect();
    let wants = [
        "weight 64.40 kg",
        "status {\"skipped\":\"unstable\"}",
        "weight 142.00 lb",
        "fault device_error 7",
        "fault malformed",
    ];
    assert_eq!(told, wants);

    let mut emulated = model.emulated(Wall::new(Instant::now(), "2026-11-22T08:30:00".parse().unwrap())).unwrap();
    for (act, body) in [("64.4", said[0]), ("error 7", said[3])] {
        let mut say = Vec::new();
        assert!(emulated.act(Instant::now(), read(model.kind, act).unwrap(), &mut say));
        assert_eq!(say[0].bytes, line(body).as_bytes());
    }
}

/// The scale of the same page, which streams.
#[test]
fn the_scale_of_the_how_to_works_as_written() {
    let text = include_str!("../../docs/add-a-device.md");
    let tables = text.split("```toml\n").nth(2).unwrap().split_once("```").unwrap().0;
    let head = "model = \"scale-example\"\nname = \"Example\"\nprotocol = \"scale-example\"\ntransport = \"serial\"\n\
        evidence = \"constructed\"\nport = { baud = 9600, data = 8, parity = \"none\", stop = 1 }\n";
    let model = Descriptor::parse("scale.toml", &format!("{head}{tables}")).unwrap();
    let (mut device, mut settle, mut out, mut settled) = (model.device(), model.settle(), Vec::new(), Vec::new());
    let lines = b"W=+031.00kg;U\r\nW=OVER\r\nW=+064.40kg;S\r\nW=+064.40kg;S\r\nW=+064.50kg;S\r\nW=+064.40lb\r\n";
    device.decoder().handle_bytes(Instant::now(), lines, &mut out);
    let told: Vec<String> = out.iter().map(brief).collect();
    assert_eq!(told[..3], ["weight 31.00 kg, stable no", "fault overload", "weight 64.40 kg, stable yes"]);
    assert_eq!(told.last().unwrap(), "fault malformed");
    out.into_iter().for_each(|output| settle.take(output, &mut settled));
    let readings: Vec<String> =
        settled.iter().filter(|output| matches!(output, Output::Reading(_))).map(brief).collect();
    assert_eq!(readings, ["weight 64.43 kg, stable yes"]);
}

/// The recording of that scale wants each line, though one value is told of all three.
#[test]
fn the_recording_of_a_stream_wants_its_lines() {
    let text = include_str!("../../docs/add-a-device.md");
    let block = |kind: &str, place| text.split(kind).nth(place).unwrap().split_once("```").unwrap().0;
    let head = "model = \"scale-example\"\nname = \"Example\"\nprotocol = \"scale-example\"\ntransport = \"serial\"\n\
        evidence = \"constructed\"\nport = { baud = 9600, data = 8, parity = \"none\", stop = 1 }\n";
    let mut catalog = Catalog::built_in().clone();
    catalog.add(Descriptor::parse("scale.toml", &format!("{head}{}", block("```toml\n", 2))).unwrap()).unwrap();
    let recording = Transcript::parse(block("```text\n", 2)).unwrap();
    recording.replay(&catalog, Instant::now(), Cut::EachByte).unwrap();
}

/// The table of quantities and units of the same page is the one of the code.
#[test]
fn the_quantities_of_the_how_to_are_those_of_the_code() {
    let text = include_str!("../../docs/add-a-device.md");
    let word = |value: serde_json::Value| format!("`{}`", value.as_str().unwrap());
    let rows = text.split_once("| kind | quantities |").unwrap().1.split_once("\n\n").unwrap().0;
    for kind in Catalog::built_in().all().iter().map(|model| model.kind) {
        for quantity in kind.quantities() {
            assert!(rows.contains(&word(serde_json::to_value(quantity).unwrap())), "{quantity:?}");
            for unit in quantity.units() {
                assert!(rows.contains(&format!("`{}`", unit.symbol())), "{unit:?}");
            }
        }
    }
}
