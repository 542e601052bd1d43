//! A county's own rules laid over the shipped tables: what replaces, what joins, what is refused, and that nobody else
//! is judged by them.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use health_hut::assess::RuleBook;
use health_hut::commands::assess::answer;
use health_hut::commands::rules::{cases, check};
use health_hut::seeds;
use serde_json::{Value, json};

/// A folder with the files of the how-to's example.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn example() -> Vec<(&'static str, &'static str)> {
    vec![("county.toml", MANIFEST), ("high_risk.toml", ROWS), ("high_risk.cases.toml", CASES)]
}

fn book(files: &[(&str, &str)]) -> RuleBook {
    seeds::rule_book(Some(folder(files).path())).unwrap()
}

fn says(files: &[(&str, &str)]) -> String {
    let fault = check(folder(files).path()).unwrap_err();
    let mut says = fault.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&fault);
    while let Some(deeper) = cause {
        says = format!("{says}: {deeper}");
        cause = deeper.source();
    }
    says
}

fn with(name: &'static str, from: &str, to: &str) -> Vec<(&'static str, String)> {
    let files = example().into_iter();
    let changed = files.map(|(file, text)| {
        let here = file == name;
        assert!(!here || text.contains(from), "{name} has no {from}");
        (file, if here { text.replacen(from, to, 1) } else { text.to_owned() })
    });
    changed.collect()
}

fn refused(name: &'static str, from: &str, to: &str) -> String {
    let files = with(name, from, to);
    says(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

fn judge(rules: &RuleBook, given: Value) -> Value {
    let today = NaiveDate::from_ymd_opt(2027, 2, 1).unwrap();
    serde_json::to_value(answer(rules, given.to_string().as_bytes(), today)).unwrap()
}

#[test]
fn a_row_of_the_same_id_replaces_and_a_new_one_joins() {
    let rules = book(&example());
    let waist = judge(&rules, json!({"id": "a", "age": 50, "sex": "male", "waist_cm": "86.0"}));
    assert_eq!(waist["high_risk"], json!(["hr.waist"]));
    assert_eq!(waist["edition"], json!("health-hut rules 2026.11 + example county 2027.01"));
    assert_eq!(waist["reasons"][1]["source"], json!("example county notice 1"));
    let family = judge(&rules, json!({"id": "a", "age": 61}));
    assert_eq!(family["high_risk"], json!(["county.hr.age"]));
}

#[test]
fn shipped_profiles_and_days_before_judge_as_they_did() {
    let rules = book(&example());
    let given = json!({"id": "a", "age": 50, "sex": "male", "waist_cm": "86.0", "profile": "default"});
    let shipped = judge(&rules, given.clone());
    assert_eq!(shipped["high_risk"], json!([]));
    assert_eq!(shipped["edition"], json!("health-hut rules 2026.11 (default)"));
    let before = judge(&rules, json!({"id": "a", "age": 50, "sex": "male", "waist_cm": "86.0", "date": "2026-12-31"}));
    assert_eq!((&before["high_risk"], &before["edition"]), (&json!([]), &json!("health-hut rules 2026.11")));
}

#[test]
fn a_whole_edition_of_the_county_counts_from_its_day() {
    let shipped = include_str!("../seeds/rules/body/2026-11.toml");
    let moved = shipped.replace("28.0", "27.5");
    let worked = include_str!("../seeds/rules/body/2026-11.cases.toml");
    let worked = worked.replace("\"28.0\"", "\"27.5\"").replace("27.9", "27.4");
    let manifest = MANIFEST.replacen(
        "[[profile]]",
        "[[edition]]\ntopic = \"body\"\nedition = \"2027-02\"\nfrom = \"2027-02-01\"\n\n[[profile]]",
        1,
    );
    let mut files = example();
    files[0].1 = &manifest;
    files.extend([("body/2027-02.toml", moved.as_str()), ("body/2027-02.cases.toml", worked.as_str())]);
    let rules = book(&files);
    let class =
        |date: &str| judge(&rules, json!({"id": "a", "age": 50, "bmi": "27.5", "date": date}))["bmi_class"].clone();
    assert_eq!((class("2027-01-31"), class("2027-02-01")), (json!("bmi.over"), json!("bmi.obese")));
    assert!(check(folder(&files).path()).is_ok());
}

#[test]
fn the_folder_is_checked_against_its_cases() {
    let found = check(folder(&example()).path()).unwrap();
    let shipped = check(Path::new("seeds/rules")).unwrap();
    assert_eq!((found.rows, found.cases), (shipped.rows + 2, shipped.cases + 2));
    let fault = refused("high_risk.cases.toml", "want = { high_risk = [\"hr.waist\"] }", "want = { high_risk = [] }");
    assert!(fault.contains("high_risk.cases.toml:7") && fault.contains("`high_risk` is [\"hr.waist\"]"), "{fault}");
}

#[test]
fn what_does_not_fit_is_refused_with_file_and_line() {
    let fault = refused("high_risk.toml", "source = \"example county notice 1\"", "source = \"\"");
    assert!(fault.contains("high_risk.toml:2: row `hr.waist` names no source"), "{fault}");
    let fault = refused("high_risk.toml", "male_ge = \"85.0\"", "male_gte = \"85.0\"");
    assert!(fault.contains("high_risk.toml:2: row `hr.waist`") && fault.contains("male_gte"), "{fault}");
    let fault = refused("high_risk.toml", "male_ge = \"85.0\"", "male_ge = \"84.0\"");
    assert!(fault.contains("high_risk.cases.toml:1: row `hr.waist`, limit `male_ge`, value 84.9"), "{fault}");
    let fault = refused("high_risk.toml", "male_ge = \"85.0\"", "male_ge = 85.0");
    assert!(fault.contains("a decimal stands as text"), "{fault}");
    let fault = refused("high_risk.toml", "[[criterion]]", "[[diabetes_prone]]");
    assert!(fault.contains("belongs into [[criterion]]"), "{fault}");
    let fault = refused("county.toml", "definition = \"chronic-risk-5\"", "definition = \"other\"");
    assert!(fault.contains("county.toml: profile `county` names other"), "{fault}");
    let fault = refused("county.toml", "name = \"county\"", "name = \"default\"");
    assert!(fault.contains("a shipped profile is called `default` too"), "{fault}");
    let fault = refused("county.toml", "from = \"2027-01-01\"", "");
    assert!(fault.contains("no profile has a day"), "{fault}");
    let mut stray = example();
    stray.push(("waist.toml", ROWS));
    assert!(says(&stray).contains("waist.toml"), "{}", says(&stray));
    let mut alone = example();
    alone.remove(1);
    assert!(says(&alone).contains("no rows of that name beside these cases"), "{}", says(&alone));
}

#[test]
fn cases_for_uncovered_limits_are_made_from_the_rows() {
    let mut files = example();
    files[2].1 = "case = []\n";
    let fault = says(&files);
    assert!(fault.contains("no worked case"), "{fault}");
    let made = cases(folder(&files).path()).unwrap();
    let text = made.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    files[2].1 = &text;
    assert!(check(folder(&files).path()).is_ok(), "{made}");
}

#[test]
fn an_own_text_goes_into_the_place_of_the_shipped_one() {
    let salt = include_str!("../seeds/guidance/salt.toml").replace("每天吃盐不超过 5 克", "盐，每天 5 克以内");
    let mut files = example();
    files.push(("guidance/salt.toml", &salt));
    let rules = book(&files);
    assert_eq!(rules.guidance().item("salt").unwrap().zh, "盐，每天 5 克以内");
    let wrong = salt.replace("facts = [\"salt.sodium\"]", "facts = [\"salt.7g\"]");
    files.last_mut().unwrap().1 = &wrong;
    let fault = says(&files);
    assert!(fault.contains("salt.toml:") && fault.contains("`salt.7g` is no fact"), "{fault}");
}

const MANIFEST: &str = r#"name = "example county"
version = "2027.01"

[[profile]]
name = "county"
from = "2027-01-01"
grading = "chg-2024"
repeat = "bp.protocol.repeat.2024"
window = "bp.confirm.window_4w"
definition = "chronic-risk-5"
"#;

const ROWS: &str = r#"# The limits of an invented province.
[[criterion]]
id = "hr.waist"
definition = "chronic-risk-5"
text = "waist >= 85 cm (men) / >= 80 cm (women)"
field = "waist_cm"
male_ge = "85.0"
female_ge = "80.0"
not_for = ["pregnant", "breastfeeding"]
urgency = "routine"
source = "example county notice 1"
edition = "2027"
seen_in = "the notice"
status = "verified"
strength = "primary"

[[criterion]]
id = "county.hr.age"
definition = "chronic-risk-5"
text = "60 and over"
age_ge = 60
urgency = "routine"
source = "example county notice 1"
edition = "2027"
seen_in = "the notice"
status = "verified"
strength = "primary"
"#;

const CASES: &str = r#"[[case]]
row = "hr.waist"
limit = "male_ge"
value = "84.9"
meets = false

[[case]]
row = "hr.waist"
limit = "male_ge"
value = "85.0"
meets = true
given = { age = 50, sex = "male", waist_cm = "85.0" }
want = { high_risk = ["hr.waist"] }

[[case]]
row = "hr.waist"
limit = "female_ge"
value = "79.9"
meets = false

[[case]]
row = "hr.waist"
limit = "female_ge"
value = "80.0"
meets = true

[[case]]
row = "county.hr.age"
limit = "age_ge"
value = "59"
meets = false
given = { age = 59 }
want = { high_risk = [] }

[[case]]
row = "county.hr.age"
limit = "age_ge"
value = "60"
meets = true
"#;

/// The how-to's own files, in the order in which it shows them.
fn shown() -> Vec<&'static str> {
    let page = include_str!("../src/manual/change_a_rule.md");
    page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn the_how_to_works_as_it_is_written() {
    let [manifest, rows, case, configuration, edition, signed, meta] = shown()[..] else { panic!("other blocks") };
    assert!(include_str!("../seeds/config.example.toml").contains(configuration.split(" =").next().unwrap()));
    let mut files = vec![("county.toml", manifest), ("high_risk.toml", rows), ("high_risk.cases.toml", "case = []\n")];
    let made = cases(folder(&files).path()).unwrap();
    let worked = format!("{made}\n{case}");
    files[2].1 = &worked;
    let found = check(folder(&files).path()).unwrap();
    assert_eq!(found.cases, check(Path::new("seeds/rules")).unwrap().cases + 1);
    let whole = manifest.replacen("[[profile]]", &format!("{edition}\n[[profile]]"), 1) + signed;
    files[0].1 = &whole;
    let (body, body_cases) =
        (include_str!("../seeds/rules/body/2026-11.toml"), include_str!("../seeds/rules/body/2026-11.cases.toml"));
    files.extend([("body/2027-03.toml", body), ("body/2027-03.cases.toml", body_cases)]);
    check(folder(&files).path()).unwrap();
    let own = whole.replace("definition = \"chronic-risk-5\"", "definition = \"example-county\"");
    let own_rows = format!("{meta}\n{}", rows.replace("chronic-risk-5", "example-county"));
    (files[0].1, files[1].1) = (&own, &own_rows);
    check(folder(&files).path()).unwrap();
}
