//! A county's own rules laid over the shipped tables: what replaces, what joins, what is refused, and that nobody else
//! is judged by them.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use health_hut::assess::RuleBook;
use health_hut::commands::assess::answer;
use health_hut::commands::rules::{cases, check, explain, shipped};
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
    let choice =
        "county.toml:4: profile `county`: there is no definition `other`; there is chronic-risk-5, chronic-risk-4b";
    assert!(fault.contains(choice), "{fault}");
    let fault = refused("county.toml", "name = \"county\"", "name = \"default\"");
    assert!(fault.contains("a shipped profile is called `default` too"), "{fault}");
    let fault = refused("county.toml", "from = \"2027-01-01\"", "");
    assert!(fault.contains("no profile has a day"), "{fault}");
    let mut stray = example();
    stray.push(("waist.toml", ROWS));
    assert!(says(&stray).contains("waist.toml"), "{}", says(&stray));
    let mut alone = example();
    alone.remove(1);
    assert!(says(&alone).contains("they would stand in high_risk.toml"), "{}", says(&alone));
}

#[test]
fn a_wrong_choice_of_a_profile_lists_what_there_is() {
    for (key, from, to, known) in [
        ("grading", "chg-2024", "chg-2042", "chg-2018"),
        ("repeat", "bp.protocol.repeat.2024", "bp.protocol.rest", "bp.protocol.repeat.2018"),
        ("window", "bp.confirm.window_4w", "bp.grade1", "bp.confirm.window_4w"),
    ] {
        let fault = refused("county.toml", from, to);
        assert!(fault.contains(&format!("there is no {key} `{to}`; there is")) && fault.contains(known), "{fault}");
    }
    let fault = refused("county.toml", "definition =", "targets = \"bp.target.x.\"\ndefinition =");
    assert!(fault.contains("bp.target.chg2024."), "{fault}");
    let fault = refused("county.toml", "from = \"2027-01-01\"", "from = 2027-01-01");
    assert!(fault.contains("county.toml:6: write the day as \"YYYY-MM-DD\" in quotes"), "{fault}");
    let fault = refused("county.toml", "2027-01-01", "1.1.2027");
    assert!(fault.contains("`1.1.2027` is no day; write the day as \"YYYY-MM-DD\""), "{fault}");
}

#[test]
fn two_of_one_day_are_refused() {
    let fault = refused("county.toml", "[[profile]]", &line("body", "2027-03", "2026-11-01"));
    assert!(fault.contains("there is no body/2027-03.toml to come into force"), "{fault}");
    let twice =
        line("body", "2027-03", "2027-03-01").replacen("[[profile]]", "", 1) + &line("body", "2027-03", "2027-04-01");
    let fault = with_edition(&twice, "body/2027-03", "", "").unwrap_err();
    assert!(fault.contains("put one of them on another day"), "{fault}");
    let second = format!("[[profile]]\n{}\n[[profile]]", MANIFEST.split("[[profile]]").nth(1).unwrap());
    let fault = refused("county.toml", "[[profile]]", &second.replacen("\"county\"", "\"other\"", 1));
    assert!(fault.contains("counts from 2027-01-01 on, and so does `other`"), "{fault}");
}

/// A release that ships a later profile neither stops a machine with an older county folder nor takes its rules away.
#[test]
fn a_countys_profile_judges_on_whatever_is_shipped_later() {
    let manifest = MANIFEST.replace("2027-01-01", "2026-06-01");
    let mut files = example();
    files[0].1 = &manifest;
    let rules = book(&files);
    let of = |date: &str| judge(&rules, json!({"id": "a", "age": 50, "sex": "male", "waist_cm": "86.0", "date": date}));
    assert_eq!(of("2026-05-31")["high_risk"], json!([]));
    assert_eq!(of("2026-06-01")["high_risk"], json!(["hr.waist"]));
    assert_eq!(of("2027-06-01")["high_risk"], json!(["hr.waist"]));
}

#[test]
fn an_edition_stays_complete_and_has_its_line() {
    let march = line("body", "2027-03", "2027-03-01");
    assert_eq!(with_edition(&march, "body/2027-03", "", ""), Ok(()));
    let fault = with_edition(&march, "body/2027-03", "\"waist.trend\"", "\"waist.trend.new\"").unwrap_err();
    assert!(fault.contains("county.toml:4: body 2027-03 lacks `waist.trend`, which body 2026-11 has"), "{fault}");
    let told = march.replacen("\n[[profile]]", "without = [\"waist.trend\"]\n[[profile]]", 1);
    assert_eq!(with_edition(&told, "body/2027-03", "\"waist.trend\"", "\"waist.trend.new\""), Ok(()));
    let fault = with_edition(&told, "body/2027-03", "", "").unwrap_err();
    assert!(fault.contains("`without` names `waist.trend`, which body 2027-03 still has"), "{fault}");
    let fault = with_edition("[[profile]]", "body/2027-03", "", "").unwrap_err();
    assert!(fault.contains("body/2027-03.toml: no [[edition]] in county.toml brings it into force"), "{fault}");
    let fault = with_edition(&march, "body/2027-3", "", "").unwrap_err();
    assert!(fault.contains("there is no body/2027-03.toml to come into force; is `2027-3` meant?"), "{fault}");
    let fault = with_edition(&line("bodies", "2027-03", "2027-03-01"), "body/2027-03", "", "").unwrap_err();
    assert!(fault.contains("there is no topic `bodies`; the topics are blood_pressure, glucose, body"), "{fault}");
    for (line, file) in [(line("body", "2026-11", "2027-03-01"), "body/2027-03"), (march, "body/2026-11")] {
        let fault = with_edition(&line, file, "", "").unwrap_err();
        assert!(fault.contains("body 2026-11 is a shipped edition, in force from 2026-11-01 on"), "{fault}");
    }
}

#[test]
fn an_edition_that_would_never_judge_is_refused_with_the_day_to_use() {
    for day in ["2026-10-01", "2026-11-01"] {
        let fault = with_edition(&line("body", "2026-10", day), "body/2026-10", "", "").unwrap_err();
        let says = format!(
            "county.toml:4: body 2026-10 counts from {day} on, and the shipped 2026-11 begins only on 2026-11-01: yours would \
             never judge; write a later day into `from`, for example 2026-11-02"
        );
        assert!(fault.contains(&says), "{fault}");
    }
    assert_eq!(with_edition(&line("body", "2026-12", "2026-11-02"), "body/2026-12", "", ""), Ok(()));
}

#[test]
fn what_would_be_taken_in_silence_is_refused() {
    let verified = "status = \"verified\"\nstrength = \"primary\"";
    let fault = refused("high_risk.toml", verified, "status = \"verified\"\nstrength = \"none\"");
    assert!(fault.contains("high_risk.toml:2: row `hr.waist` is verified and has the strength `none`"), "{fault}");
    let fault = refused("high_risk.toml", "seen_in = \"the notice\"\n", "");
    assert!(fault.contains("high_risk.toml:2: row `hr.waist` is verified and has no `seen_in`"), "{fault}");
    let fault = refused("county.toml", "version = \"2027.01\"", "");
    assert!(fault.contains("county.toml: `version` is missing; write one"), "{fault}");
    let fault = refused("county.toml", "name = \"example county\"", "name = \" \"");
    assert!(fault.contains("county.toml: `name` is empty; write what the rules are called"), "{fault}");
    let second = format!("[[profile]]\n{}\n[[profile]]", MANIFEST.split("[[profile]]").nth(1).unwrap());
    let fault = refused("county.toml", "[[profile]]", &second.replacen("2027-01-01", "2027-02-01", 1));
    assert!(fault.contains("county.toml:13: two profiles are called `county`"), "{fault}");
    let fault = refused("high_risk.toml", "\"chronic-risk-5\"", "\"chronic-risk5\"");
    assert!(fault.contains("high_risk.toml:2: row `hr.waist` has the definition `chronic-risk5`, which no"), "{fault}");
    assert!(fault.contains("is `chronic-risk-5` meant?"), "{fault}");
    let fault = refused("high_risk.toml", "id = \"hr.waist\"", "id = \"bmi.over\"");
    assert!(fault.contains("high_risk.toml:2: row `bmi.over` is one of body; write it into body.toml"), "{fault}");
}

#[test]
fn faults_say_what_to_write() {
    let fault = refused("county.toml", "definition =", "enabled = [\"temp.fever\"]\ndefinition =");
    let wanted = "expected a signature: { row = \"temp.fever\", by = \"Dr. Example\", on = \"2026-12-05\" }";
    assert!(fault.contains("county.toml:10: ") && fault.contains(wanted), "{fault}");
    let march = line("body", "2027-03", "2027-03-01");
    let march = march.replacen("\n[[profile]]", "without = [\"waist.trnd\"]\n[[profile]]", 1);
    let fault = with_edition(&march, "body/2027-03", "", "").unwrap_err();
    let meant = "`without` names `waist.trnd`, which body 2026-11 does not have; is `waist.trend` meant?";
    assert!(fault.contains(meant), "{fault}");
    let bare = ROWS.replacen("male_ge = \"85.0\"\nfemale_ge = \"80.0\"\n", "", 1);
    let fault = says(&[("county.toml", MANIFEST), ("high_risk.toml", &bare), ("high_risk.cases.toml", CASES)]);
    assert!(fault.contains("row `hr.waist` has no limits; take the case out"), "{fault}");
}

#[test]
fn a_consent_text_is_checked_with_the_rest() {
    let shipped = include_str!("../seeds/consent/consent.toml");
    let beside = |name: &'static str, text: &str| {
        let mut files = example();
        files.push((name, text));
        check(folder(&files).path()).map(|_| ()).map_err(|_| says(&files))
    };
    assert_eq!(beside("consent/consent.toml", shipped), Ok(()));
    let fault = beside("consent/consent.toml", &shipped.replacen("\nen = ", "\nenglish = ", 1)).unwrap_err();
    assert!(fault.starts_with("consent/consent.toml:") && fault.contains("english"), "{fault}");
    let fault = beside("consent/consent.toml", &shipped.replacen("version = ", "version = \"\" # ", 1)).unwrap_err();
    assert_eq!(fault, "consent/consent.toml:1: it has no version");
    let fault = beside("consent/consnt.toml", shipped).unwrap_err();
    assert!(fault.starts_with("consent/consnt.toml: the consent text is read from consent/consent.toml"), "{fault}");
}

#[cfg(feature = "online")]
#[test]
fn check_says_which_county_rules_are_in_force_and_what_is_to_do() {
    use health_hut::commands::check::county;
    let said = |files: &[(&str, &str)]| county(folder(files).path());
    assert_eq!(said(&example()), [(true, "county rules example county 2027.01 from 2027-01-01 on".to_owned())]);
    let wrong = with("high_risk.cases.toml", "want = { high_risk = [\"hr.waist\"] }", "want = { high_risk = [] }");
    let wrong: Vec<_> = wrong.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let [(false, judged)] = &said(&wrong)[..] else { panic!("{:?}", said(&wrong)) };
    assert!(judged.contains("1 worked cases are judged otherwise"), "{judged}");
    let mut asks = example();
    asks.push(("consent/consent.toml", "version = \"1\"\nlines = []\n"));
    let [(false, rules), (false, consent)] = &said(&asks)[..] else { panic!("{:?}", said(&asks)) };
    assert!(rules.contains("consent/consent.toml:2: "), "{rules}");
    assert!(consent.starts_with("the county's consent text is refused: consent/consent.toml:2: "), "{consent}");
}

#[test]
fn advice_out_of_date_is_told_and_a_version_of_0_refused() {
    let salt = include_str!("../seeds/guidance/salt.toml");
    let until = salt.split("valid_until = ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let mut files = example();
    let old = salt.replacen(until, "\"2025-01-01\"", 1);
    files.push(("guidance/salt.toml", &old));
    let does = check(folder(&files).path()).unwrap().does;
    assert!(
        does.iter().any(|line| line.starts_with("EXPIRED guidance `salt`: `valid_until` was 2025-01-01")),
        "{does:?}"
    );
    let none = salt.replacen("version = 1", "version = 0", 1);
    files.last_mut().unwrap().1 = &none;
    let fault = says(&files);
    assert!(fault.contains("guidance/salt.toml:") && fault.contains("its version is 0; begin with 1"), "{fault}");
}

#[test]
fn the_criteria_that_judge_no_longer_are_named() {
    let does = |manifest: &str, rows: &str| {
        let mut files = example();
        (files[0].1, files[1].1) = (manifest, rows);
        book(&files).county_does()
    };
    let says = |lines: &[String]| lines.iter().find(|line| line.contains("judge no longer")).cloned();
    assert_eq!(says(&does(MANIFEST, ROWS)), None);
    let manifest = MANIFEST.replace("chronic-risk-5", "own");
    let rows = format!(
        "[meta]\nselectable_definitions = [\"chronic-risk-5\", \"own\"]\n{}",
        ROWS.replace("chronic-risk-5", "own")
    );
    let told = "profile county: by its definition `own` these judge no longer: hr.bp, hr.smoking, hr.fpg, hr.tc";
    assert_eq!(says(&does(&manifest, &rows)).as_deref(), Some(told));
    let without = ROWS.replacen("definition = \"chronic-risk-5\"\n", "", 1);
    let told = "profile county: by its definition `chronic-risk-5` these judge no longer: hr.waist";
    assert_eq!(says(&does(MANIFEST, &without)).as_deref(), Some(told));
}

/// What a county's folder with one row of another topic does.
fn overlaid(topic: &str, row: &str) -> Vec<String> {
    let (file, worked) = (format!("{topic}.toml"), format!("{topic}.cases.toml"));
    let made = cases(folder(&[("county.toml", MANIFEST), (&file, row)]).path()).unwrap();
    book(&[("county.toml", MANIFEST), (&file, row), (&worked, &made)]).county_does()
}

#[test]
fn what_loosens_a_critical_row_or_an_urgency_is_told_by_itself() {
    let shipped = include_str!("../seeds/rules/blood_pressure/2026-11.toml");
    let row = shipped.split("\n[[").find(|row| row.contains("id = \"bp.critical.180_110\"")).unwrap();
    let row = format!("[[{row}");
    let loosens = |row: &str| {
        let lines = overlaid("blood_pressure", row);
        let told: Vec<String> = lines.iter().filter(|line| line.starts_with("LOOSENS")).cloned().collect();
        told.join("\n")
    };
    assert_eq!(loosens(&row), "");
    let wide = row.replace("sbp_ge = 180", "sbp_ge = 250").replace("dbp_ge = 110", "dbp_ge = 150");
    let wide = wide.replace("urgency = \"urgent\"", "urgency = \"none\"");
    assert_eq!(
        loosens(&wide),
        "LOOSENS bp.critical.180_110 (blood_pressure.toml:1): urgency urgent -> none, dbp_ge 110 -> 150, sbp_ge 180 -> 250; a \
         named clinician must answer for it"
    );
    assert_eq!(loosens(&row.replace("sbp_ge = 180", "sbp_ge = 170")), "", "stricter");
    for (from, to) in [
        ("dbp_ge = 110\n", ""),
        ("status = \"verified\"", "status = \"recalled\""),
        ("sbp_ge = 180", "sbp_ge = 180\nlogic = \"and\""),
        ("sbp_ge = 180", "sbp_ge = 180\nrequires_any_symptom = [\"vomiting\"]"),
    ] {
        let row = row.lines().filter(|line| !line.starts_with("logic")).collect::<Vec<_>>().join("\n");
        assert!(loosens(&row.replacen(from, to, 1)).starts_with("LOOSENS bp.critical.180_110"), "{from} -> {to}");
    }
    let no_urgency = ROWS.replacen("urgency = \"routine\"\n", "", 1);
    let lines = book(&[("county.toml", MANIFEST), ("high_risk.toml", &no_urgency), ("high_risk.cases.toml", CASES)])
        .county_does();
    let says = "LOOSENS hr.waist (high_risk.toml:2): urgency routine -> left out; a named clinician must answer for it";
    assert!(lines.iter().any(|line| line == says), "{lines:?}");
    assert!(book(&example()).county_does().iter().all(|line| !line.starts_with("LOOSENS")));
}

#[test]
fn a_profile_that_chooses_a_row_nobody_signed_is_told_so() {
    let does = |manifest: &str| {
        let mut files = example();
        files[0].1 = manifest;
        book(&files).county_does()
    };
    let manifest = MANIFEST.replace("repeat.2024", "repeat.2018");
    let says = "profile county: repeat `bp.protocol.repeat.2018` waits for a clinician's signature in `enabled`; until then no \
                third reading is asked for";
    assert!(does(&manifest).iter().any(|line| line == says), "{:?}", does(&manifest));
    let signed = "enabled = [{ row = \"bp.protocol.repeat.2018\", by = \"Dr. Example\", on = \"2026-12-05\" }]\n";
    assert!(does(&(manifest + signed)).iter().all(|line| !line.contains("waits for")));
    assert!(does(MANIFEST).iter().all(|line| !line.contains("waits for")));
}

/// The line of an edition, before the profiles.
fn line(topic: &str, edition: &str, from: &str) -> String {
    format!("[[edition]]\ntopic = \"{topic}\"\nedition = \"{edition}\"\nfrom = \"{from}\"\n\n[[profile]]")
}

/// The example with the shipped body measures under another name, a word in them changed.
fn with_edition(line: &str, file: &str, from: &str, to: &str) -> Result<(), String> {
    let manifest = MANIFEST.replacen("[[profile]]", line, 1);
    let changed = |text: &str| if from.is_empty() { text.to_owned() } else { text.replace(from, to) };
    let rows = changed(include_str!("../seeds/rules/body/2026-11.toml"));
    let worked = changed(include_str!("../seeds/rules/body/2026-11.cases.toml"));
    let (rows_file, cases_file) = (format!("{file}.toml"), format!("{file}.cases.toml"));
    let mut files: Vec<(&str, &str)> = example();
    files[0].1 = &manifest;
    files.extend([(rows_file.as_str(), rows.as_str()), (cases_file.as_str(), worked.as_str())]);
    check(folder(&files).path()).map(|_| ()).map_err(|_| says(&files))
}

#[test]
fn files_that_would_be_passed_over_are_refused() {
    let beside = |name: &'static str| {
        let mut files = example();
        files.push((name, "x"));
        check(folder(&files).path()).map(|_| ()).map_err(|_| says(&files))
    };
    let fault = beside("glucose.toml.txt").unwrap_err();
    assert!(fault.contains("glucose.toml.txt: this is no rule file; save it as glucose.toml"), "{fault}");
    assert!(beside("body/Thumbs.TOML").unwrap_err().contains("save it as body/Thumbs.toml"));
    let fault = beside("notes.txt").unwrap_err();
    assert!(fault.contains("notes.txt: this is no rule file; move it out of the folder (notes may stand"), "{fault}");
    for left in ["Thumbs.db", "body/desktop.ini", ".DS_Store", "high_risk.toml~", "county.toml.bak", "county.toml.swp"]
    {
        assert_eq!(beside(left), Ok(()), "{left}");
        let mut files = example();
        files.push((left, "x"));
        let does = check(folder(&files).path()).unwrap().does;
        assert!(does.contains(&format!("passed over {left}: a system or an editor left it")), "{does:?}");
    }
    assert!(beside("in_force.toml").unwrap_err().contains("in_force.toml: this is a shipped file"));
    for passed_over in ["README.md", ".gitignore", ".git/config"] {
        assert_eq!(beside(passed_over), Ok(()));
    }
    let fault = beside("Glucose.toml").unwrap_err();
    assert!(fault.contains("the topics are") && fault.contains("is `glucose` meant?"), "{fault}");
    let wide = folder(&example());
    fs::write(wide.path().join("high_risk.toml"), [0xff, 0xfe, b'[', 0]).unwrap();
    let fault = seeds::rule_book(Some(wide.path())).unwrap_err();
    let cause = std::error::Error::source(&fault).unwrap().to_string();
    assert_eq!(cause, "high_risk.toml: this is not text in UTF-8; save it as UTF-8");
}

#[test]
fn a_missing_first_file_is_named_with_the_one_that_is_there() {
    let named = |name: &'static str| {
        let mut files = example();
        files[0].0 = name;
        says(&files)
    };
    for name in ["County.toml", "country.toml", "rules/county.toml"] {
        let fault = named(name);
        assert!(
            fault.contains(&format!("no county.toml in the folder; `{name}` is there: call it county.toml")),
            "{fault}"
        );
    }
    let whole = says(&[("In_Force.toml", MANIFEST)]);
    assert!(whole.contains("no in_force.toml in the folder; `In_Force.toml` is there"), "{whole}");
}

#[test]
fn cases_that_name_nothing_are_told_what_there_is() {
    let fault = refused("high_risk.cases.toml", "row = \"hr.waist\"", "row = \"hr.wiast\"");
    assert!(fault.contains("high_risk.cases.toml:1: ") && fault.contains("is `hr.waist` meant?"), "{fault}");
    let fault = refused("high_risk.cases.toml", "limit = \"male_ge\"", "limit = \"male_gt\"");
    assert!(fault.contains("the limits of row `hr.waist` are male_ge, female_ge"), "{fault}");
    let fault = refused("high_risk.cases.toml", "meets = false", "meets = true");
    assert!(fault.contains("the row has male_ge = \"85.0\"; mend the case or the row"), "{fault}");
    let mut bare = example();
    bare.remove(2);
    assert!(says(&bare).contains("`health-hut rules cases DIR` writes them"), "{}", says(&bare));
}

#[test]
fn shipped_cases_are_judged_by_the_shipped_rules() {
    // The county's rules count from the very day of the shipped cases.
    let files = with("county.toml", "2027-01-01", "2026-11-01");
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    check(folder(&files).path()).unwrap();
}

#[test]
fn an_own_edition_does_not_raise_the_shipped_version() {
    let manifest = MANIFEST.replacen("[[profile]]", &line("body", "2027-03", "2027-03-01"), 1);
    let mut files = example();
    files[0].1 = &manifest;
    files.push(("body/2027-03.toml", include_str!("../seeds/rules/body/2026-11.toml")));
    files.push(("body/2027-03.cases.toml", include_str!("../seeds/rules/body/2026-11.cases.toml")));
    let rules = book(&files);
    let edition = |given: Value| judge(&rules, given)["edition"].clone();
    let county = edition(json!({"id": "a", "age": 50, "date": "2027-03-02"}));
    assert_eq!(county, json!("health-hut rules 2026.11 + example county 2027.01"));
    let shipped = edition(json!({"id": "a", "age": 50, "date": "2027-03-02", "profile": "default"}));
    assert_eq!(shipped, json!("health-hut rules 2026.11 (default)"));
}

/// The example with an edition of its own, a signature and another list of definitions.
fn all_of_it() -> RuleBook {
    let march = line("body", "2027-03", "2027-03-01");
    let march = march.replacen("\n[[profile]]", "without = [\"waist.trend\"]\n[[profile]]", 1);
    let manifest = MANIFEST.replacen("[[profile]]", &march, 1)
        + "enabled = [{ row = \"bp.control.norm.65plus\", by = \"Dr. Example\", on = \"2026-12-05\" }]\n";
    let body = include_str!("../seeds/rules/body/2026-11.toml").replace("28.0", "27.5");
    let body = body.replace("\"waist.trend\"", "\"county.waist.trend\"");
    let worked = include_str!("../seeds/rules/body/2026-11.cases.toml").replace("\"28.0\"", "\"27.5\"");
    let worked = worked.replace("27.9", "27.4").replace("\"waist.trend\"", "\"county.waist.trend\"");
    let rows = format!("[meta]\nselectable_definitions = [\"chronic-risk-5\", \"own\"]\n{ROWS}");
    let mut files = example();
    (files[0].1, files[1].1) = (&manifest, &rows);
    files.extend([("body/2027-03.toml", body.as_str()), ("body/2027-03.cases.toml", &worked)]);
    check(folder(&files).path()).unwrap();
    book(&files)
}

#[test]
fn what_the_folder_does_is_told_key_by_key() {
    let lines = all_of_it().county_does();
    let told = |line: &str| assert!(lines.iter().any(|other| other == line), "{line} is not in\n{}", lines.join("\n"));
    told("profile county from 2027-01-01");
    told("edition body 2027-03 in force from 2027-03-01");
    told("REPLACES bmi.over (body/2027-03.toml:38): lt 28.0 -> 27.5");
    told("WITHOUT waist.trend");
    told(
        "REPLACES hr.waist (high_risk.toml:4): female_ge 85.0 -> 80.0, male_ge 90.0 -> 85.0, strength secondary -> primary, \
         other words in edition name_en name_zh seen_in source text",
    );
    told(
        "ADDS county.hr.age (high_risk.toml:19): definition chronic-risk-5, age_ge 60, urgency routine, status verified, \
         strength primary",
    );
    told(
        "REPLACES high_risk [meta] (high_risk.toml:1): selectable_definitions [\"chronic-risk-5\", \"chronic-risk-4b\"] -> \
         [\"chronic-risk-5\", \"own\"]",
    );
    told("signed bp.control.norm.65plus by Dr. Example on 2026-12-05 (county.toml:16)");
    told("limits of hr.waist (high_risk.toml:4) that no case with `given` judges, 1 of 2: female_ge");
    assert!(!lines.iter().any(|line| line.contains("bmi.under") || line.contains("hr.tc")), "{}", lines.join("\n"));
    assert!(book(&example()).county_does().iter().all(|line| !line.starts_with("edition")));
    assert_eq!(seeds::rule_book(None).unwrap().county_does(), Vec::<String>::new());
}

#[test]
fn a_row_tells_when_it_counts_and_who_signed_it() {
    let rules = all_of_it();
    let standing = |id: &str, nth: usize| rules.standing(rules.explain(id)[nth]);
    assert_eq!(standing("hr.waist", 0), ["in force from 2027-01-01 on in every edition, for the county's profiles"]);
    let replaced = "from 2027-01-01 on the county judges by high_risk.toml:4 instead";
    assert_eq!(standing("hr.waist", 1), ["in force from 2026-11-01 on", replaced]);
    assert_eq!(standing("bmi.over", 0), ["in force from 2027-03-01 on, for the county's profiles"]);
    let until = "for the county's profiles until 2027-02-28, then body/2027-03.toml";
    assert_eq!(standing("bmi.over", 1), ["in force from 2026-11-01 on", until]);
    let signed = "signed by Dr. Example on 2026-12-05 for profile `county` (county.toml:16)";
    assert_eq!(standing("bp.control.norm.65plus", 0)[1..], [signed]);
    assert_eq!(standing("bmi.elderly.65_79", 0)[1..], ["off until a clinician signs it: `enabled` of a profile"]);
    let unknown = |id: &str, county| explain(id, county).unwrap_err().to_string();
    let hinted = unknown("county.hr.age", None);
    assert!(hinted.contains("a county's own rows are found with `--county DIR`"), "{hinted}");
    let near = unknown("hr.wiast", Some(folder(&example()).path()));
    assert!(near.contains("is `hr.waist` meant?") && !near.contains("--county"), "{near}");
    let told = explain("bmi.elderly.65_79", None).unwrap();
    assert!(told.contains("  * off until a clinician signs it"), "{told}");
}

#[test]
fn every_shipped_file_is_listed_and_printed() {
    let list = shipped(None).unwrap();
    for file in ["body/2026-11.toml", "body/2026-11.cases.toml", "in_force.toml", "guidance/salt.toml"] {
        assert!(list.lines().any(|line| line == file), "{file} is not in\n{list}");
    }
    assert_eq!(shipped(Some("body/2026-11.toml")).unwrap(), include_str!("../seeds/rules/body/2026-11.toml"));
    assert_eq!(shipped(Some("guidance/salt.toml")).unwrap(), include_str!("../seeds/guidance/salt.toml"));
    let unknown = shipped(Some("body/2026-12.toml")).unwrap_err().to_string();
    assert!(unknown.contains("is `body/2026-11.toml` meant?"), "{unknown}");
}

#[test]
fn cases_for_uncovered_limits_are_made_from_the_rows() {
    let mut files = example();
    files[2].1 = "";
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
    let [manifest, rows, joining, case, configuration, edition, signed, meta] = shown()[..] else {
        panic!("other blocks")
    };
    let rows = &format!("{rows}\n{joining}");
    assert!(include_str!("../seeds/config.example.toml").contains(configuration.split(" =").next().unwrap()));
    let mut files = vec![("county.toml", manifest), ("high_risk.toml", rows), ("high_risk.cases.toml", "case = []\n")];
    let made = cases(folder(&files).path()).unwrap();
    let worked = format!("{made}\n{case}");
    files[2].1 = &worked;
    let found = check(folder(&files).path()).unwrap();
    assert_eq!(found.cases, check(Path::new("seeds/rules")).unwrap().cases + 1);
    assert!(found.does.iter().any(|line| line.contains("female_ge 85.0 -> 80.0")), "{:?}", found.does);
    assert!(found.does.iter().any(|line| line.starts_with("ADDS county.hr.bmi ")), "{:?}", found.does);
    let given = |day: &str| json!({"id": "a", "age": 50, "sex": "male", "waist_cm": "86.0", "date": day});
    let (before, first) = (judge(&book(&files), given("2026-12-31")), judge(&book(&files), given("2027-01-01")));
    assert_eq!((&before["high_risk"], &before["edition"]), (&json!([]), &json!("health-hut rules 2026.11")));
    assert_eq!(first["high_risk"], json!(["hr.waist"]));
    assert_eq!(first["edition"], json!("health-hut rules 2026.11 + example county 2027.01"));
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
