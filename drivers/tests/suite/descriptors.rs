//! What is wrong in a described device is told when its file is read: the file, the line, and what to do.

use std::path::PathBuf;
use std::time::Instant;

use hut_drivers::emulate::{Emulator, Wall, read};
use hut_drivers::reading::{FaultCode, Special};
use hut_drivers::{Catalog, Descriptor, Output};

/// A scale of five lines, as somebody would write it.
const SCALE: &str = r#"model     = "scale-example"
name      = "Example"
kind      = "weight"
protocol  = "scale-example"
transport = "serial"
evidence  = "constructed"
port      = { baud = 9600, data = 8, parity = "none", stop = 1 }
settle    = "stable_weight"

[[frame]]
start   = ['W=']
end     = ['\r\n']
longest = 24

[[record]]
text  = 'W=ERR(?<code>\d+)'
gives = "fault"
fault = "device_error"
code  = {}

[[record]]
text = 'W=(?<weight>[0-9.]+)(?<unit>[a-z]+);(?<stable>[SU])'
[record.values]
weight = {}
[record.units]
kg = "kg"
lb = "lb"
[record.notes]
stable = { words = { S = true, U = false } }

[emulate]
says  = 'W={weight:05.1}kg;S\r\n'
error = 'W=ERR{error:02}\r\n'
"#;

/// Why the scale is refused when `from` stands in its file as `to`.
fn refused(from: &str, to: &str) -> String {
    assert!(SCALE.contains(from), "{from}");
    let fault = Descriptor::parse("my.toml", &SCALE.replace(from, to));
    fault.err().map_or_else(|| panic!("`{to}` is accepted"), |fault| fault.to_string())
}

#[test]
fn the_scale_is_sound() {
    assert!(Descriptor::parse("my.toml", SCALE).is_ok());
}

#[test]
fn a_slip_is_told_with_its_line() {
    for (from, to, says) in [
        ("longest = 24", "longest = 0", "`my.toml`, line 10: `longest` lies between"),
        ("(?<code>\\d+)", "(?<code>\\d+", "`my.toml`, line 15: `^(?:W=ERR"),
        ("{weight:05.1}", "{weight}", "`my.toml`, line 32: `{weight}` needs a form: write it as {weight:05.1}"),
        ("{error:02}", "{fault:02}", "`my.toml`, line 33: `{fault:02}`: there is no slot `fault`"),
    ] {
        let told = refused(from, to);
        assert!(told.starts_with(says), "{told}");
    }
}

#[test]
fn a_word_that_is_missing_is_told_as_missing() {
    let told = refused("gives = \"fault\"\nfault = \"device_error\"\ncode  = {}", "gives = \"skipped\"");
    assert!(told.contains("it needs `word`"), "{told}");
    let told = refused("code  = {}", "code  = {}\nword = \"broken\"");
    assert!(told.contains("`word` goes with gives = \"event\" or \"skipped\" only"), "{told}");
}

#[test]
fn an_unstable_weight_is_no_result() {
    let told = refused("settle    = \"stable_weight\"\n", "");
    assert!(told.starts_with("`my.toml`, line 20: unstable values would count as results"), "{told}");
    assert!(told.contains("gives = \"skipped\" and word = \"unstable\""), "{told}");
    refused("\"stable_weight\"", "\"once\"");
    let told = refused("stable = { words = { S = true, U = false } }", "stable = {}");
    assert!(told.contains("no record has the note `stable`"), "{told}");
}

#[test]
fn fields_and_groups_are_the_same() {
    for (from, to, says) in [
        (
            "(?<weight>",
            "(?<wieght>",
            "line 21: `weight` has no group (?<weight>…) in the pattern; nothing uses the group `wieght`",
        ),
        (
            "(?<stable>",
            "(?<stabel>",
            "line 21: `stable` has no group (?<stable>…) in the pattern; nothing uses the group `stabel`",
        ),
        ("(?<unit>[a-z]+)", "[a-z]+", "line 21: `unit` has no group"),
        ("[record.units]\nkg = \"kg\"\nlb = \"lb\"\n", "", "line 21: `weight` needs its `unit`, or a group"),
        ("weight = {}", "weight = { unit = \"kg\" }", "line 21: [record.units] is never used"),
        ("(?<code>\\d+)", "\\d+", "line 15: `code` has no group (?<code>…)"),
        ("code  = {}\n", "", "line 15: nothing uses the group `code`"),
        ("weight = {}", "weight = { from = { group = \"mass\" } }", "line 21: `weight` has no group (?<mass>…)"),
        (
            "code  = {}",
            "code  = {}\n[record.values]\nweight = { unit = \"kg\" }",
            "line 15: `values` goes with gives = `reading`",
        ),
        ("(?<code>\\d+)", "(?<code>\\d+)(?<year>\\d\\d)", "line 15: `month` has no group"),
        ("gives = \"fault\"", "gives = \"count\"", "line 15: `code` goes with gives = `fault`"),
    ] {
        let told = refused(from, to);
        assert!(told.contains(says), "{to}: {told}");
    }
    let counts = "gives = \"fault\"\nfault = \"device_error\"\ncode  = {}";
    assert!(refused(counts, "gives = \"count\"").contains("gives = \"count\" needs `count`"));
    assert!(refused(counts, "gives = \"count\"\ncount = { at = 2 }").contains("nothing uses the group `code`"));
    assert!(
        refused("text = 'W=(?<weight>[0-9.]+)(?<unit>[a-z]+);(?<stable>[SU])'", "bytes = \"57 3D\"")
            .contains("write { at = … }")
    );
}

#[test]
fn a_quantity_its_unit_and_its_kind_belong_together() {
    let units = "`weight` is not measured in `mmHg`: its units are `kg`, `g`, `lb`, `jin`, `t`";
    let tells = "is nothing that `weight` tells: it tells `weight`";
    for (from, to, says) in [
        ("lb = \"lb\"", "lb = \"mmHg\"", units),
        ("weight = {}\n[record.units]\nkg = \"kg\"\nlb = \"lb\"\n", "weight = { unit = \"mmHg\" }\n", units),
        ("weight = {}", "weight = {}\npulse = { from = { group = \"weight\" }, unit = \"/min\" }", tells),
        ("weight = {}", "weight = {}\nheight = { from = { group = \"weight\" }, unit = \"cm\" }", tells),
    ] {
        let told = refused(from, to);
        assert!(told.starts_with("`my.toml`, line 21: ") && told.contains(says), "{to}: {told}");
    }
    // Both numbers would be told in the one unit that the line names.
    let both = "weight = {}\nheight = { from = { group = \"weight\" } }";
    let body = SCALE.replace("\"weight\"\nprotocol", "\"height_weight\"\nprotocol").replace("weight = {}", both);
    let told = Descriptor::parse("my.toml", &body).unwrap_err().to_string();
    assert!(told.contains("`height` is not measured in `kg`: its units are `cm`, `in`"), "{told}");
}

#[test]
fn limits_and_units_that_nothing_fits_are_refused() {
    for (from, to, says) in [
        ("weight = {}", "weight = { range = [300, 5] }", "line 21: `range` of `weight` runs backwards: write [5, 300]"),
        ("weight = {}", "weight = { below = 9, above = 5 }", "line 21: `below` of `weight` is larger than `above`"),
        ("[a-z]+);", "kg|lb|st);", "line 21: the pattern takes the unit `st`, and [record.units] does not say"),
    ] {
        let told = refused(from, to);
        assert!(told.contains(says), "{to}: {told}");
    }
}

/// What the scale tells of a line, when its file says `to` in place of `from`.
fn told_of(line: &str, (from, to): (&str, &str)) -> Vec<Output> {
    let model = Descriptor::parse("my.toml", &SCALE.replace(from, to)).unwrap();
    let mut out = Vec::new();
    model.device().decoder().handle_bytes(Instant::now(), line.as_bytes(), &mut out);
    out
}

#[test]
fn a_range_holds_in_kilograms_whatever_unit_the_line_names() {
    let range = ("weight = {}", "weight = { range = [2, 150] }");
    let told = told_of("W=142.0lb;S\r\n", range);
    assert!(matches!(&told[..], [Output::Reading(_)]), "{told:?}");
    let told = told_of("W=400.0lb;S\r\n", range);
    assert!(matches!(&told[..], [Output::Fault(fault)] if fault.code == FaultCode::OutOfRange), "{told:?}");
    let told = told_of("W=64.4kg;S\r\n", ("weight = {}", "weight = { above = 60 }"));
    assert!(matches!(&told[..], [Output::Reading(reading)] if reading.special == Some(Special::HI)), "{told:?}");
}

#[test]
fn a_unit_that_the_file_does_not_list_is_named() {
    let told = told_of("W=10.0st;S\r\n", ("", ""));
    let [Output::Fault(fault)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(fault.code, FaultCode::NoUnit);
    assert!(fault.says.contains("the unit `st`"), "{}", fault.says);
}

/// A folder with one file, and what becomes of it.
fn in_a_folder(file: &str, content: &[u8]) -> (Result<(), String>, Vec<PathBuf>) {
    let folder = std::env::temp_dir().join(format!("hut-descriptors-{}-{file}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), content).unwrap();
    let mut catalog = Catalog::built_in().clone();
    let added = catalog.add_folder(&folder).map_err(|fault| fault.in_full(": "));
    let passed = Catalog::passed_over(&folder).iter().map(|path| path.file_name().unwrap().into()).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    (added, passed)
}

#[test]
fn a_file_that_is_no_utf_8_is_named_with_what_to_do() {
    let (added, _) = in_a_folder("gbk.toml", b"name = \"\xCC\xE5\xD6\xD8\"\n");
    let told = added.unwrap_err();
    assert!(told.contains("gbk.toml") && told.contains("save it as UTF-8"), "{told}");
}

#[test]
fn a_file_with_another_ending_is_passed_over_and_said() {
    assert_eq!(in_a_folder("hw9.toml.txt", SCALE.as_bytes()), (Ok(()), vec![PathBuf::from("hw9.toml.txt")]));
    assert_eq!(in_a_folder("HW9.TOML", SCALE.as_bytes()), (Ok(()), vec![PathBuf::from("HW9.TOML")]));
    for fine in ["hw9.toml", "hw9.rec", ".hw9.toml.swp"] {
        assert_eq!(in_a_folder(fine, SCALE.as_bytes()), (Ok(()), Vec::new()), "{fine}");
    }
}

#[test]
fn what_the_emulated_device_says_is_understood() {
    for (from, to, says) in [
        ("kg;S\\r", "kgS\\r", "line 32: no [[record]] understands these 12 bytes"),
        ("longest = 24", "longest = 8", "line 32: no [[record]] understands these 13 bytes"),
        ("longest = 24", "longest = 3", "line 10: `longest` is too short"),
        ("'W={weight", "'X={weight", "line 32: this is no frame"),
        ("{weight:05.1}kg", "{weight:05.1}kg{count:1}", "line 32: a slot has nothing to fill it"),
        ("weight = {}", "weight = { range = [1, 60] }", "line 32: this is told as the fault `out_of_range`"),
        ("'W=ERR{error:02}", "'W={error:02}.0kg;S", "line 33: this is told as no fault"),
        (
            "longest = 24",
            "longest = 24\ncheck = { sum = \"sum8\", to = -2, at = -2, as = \"hex2\" }",
            "put {check} where it stands",
        ),
        ("[emulate]", "[emulate]\nkeeps = 5", "line 34: a device with `keeps` tells its records when asked"),
    ] {
        let told = refused(from, to);
        assert!(told.contains(says), "{to}: {told}");
    }
}

#[test]
fn a_device_of_any_kind_can_fail() {
    let model = Descriptor::parse("my.toml", SCALE).unwrap();
    let said = |model: &Descriptor| {
        let (now, mut say) = (Instant::now(), Vec::new());
        let wall = Wall::new(now, "2026-11-22T08:30:00".parse().unwrap());
        let known = model.emulated(wall).unwrap().act(now, read(model.kind, "error 7").unwrap(), &mut say);
        known.then(|| say[0].bytes.clone())
    };
    assert_eq!(said(&model), Some(b"W=ERR07\r\n".to_vec()));
    let silent = SCALE.replace("error = 'W=ERR{error:02}\\r\\n'\n", "");
    assert_eq!(said(&Descriptor::parse("my.toml", &silent).unwrap()), None);
    let scale = Emulator::open("scale-st-gs").unwrap();
    assert!(scale.tell("error 7").unwrap_err().to_string().contains("cannot `error 7`"));
    assert!(scale.tell("64.4").is_ok());
}

#[test]
fn a_model_begins_with_what_it_is_for() {
    for wrong in ["example", "bp-example", "scale-", "scale-Example", "scale-ex ample", "scale-a--b", "scale-a_b"] {
        let told = refused("model     = \"scale-example\"", &format!("model     = \"{wrong}\""));
        assert!(told.starts_with("`my.toml`, line 1: `"), "{told}");
        assert!(told.ends_with("write lower-case letters, digits and dashes, `scale-…`"), "{told}");
    }
}

#[test]
fn a_model_that_is_described_twice_names_both_files() {
    let mut catalog = Catalog::built_in().clone();
    let built_in = SCALE.replace("scale-example", "scale-st-gs");
    let told = catalog.add(Descriptor::parse("my.toml", &built_in).unwrap()).unwrap_err().to_string();
    assert!(told.contains("in `built-in devices/weight/st-gs.toml` and in `my.toml`"), "{told}");
    catalog.add(Descriptor::parse("my.toml", SCALE).unwrap()).unwrap();
    let told = catalog.add(Descriptor::parse("copy.toml", SCALE).unwrap()).unwrap_err().to_string();
    assert!(told.contains("in `my.toml` and in `copy.toml`"), "{told}");
    let told = catalog.add_folder("no-such-folder".as_ref()).unwrap_err().to_string();
    assert_eq!(told, "cannot read the folder of descriptors `no-such-folder`");
}
