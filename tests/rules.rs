//! Every edition against its cases, every sentence of the `assess` format against the command, and what must hold for
//! any input at all.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use health_hut::assess::reasons::why;
use health_hut::assess::rulebook::words::Both;
use health_hut::assess::{Case, Glucose, LipidValues, RuleBook, RuleFault, Smoking, assess};
use health_hut::commands::assess::{answer, run};
use health_hut::commands::rules::check;
use health_hut::model::finding::Reason;
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Pressure, Source, Value as Measured};
use health_hut::model::moment::{ClockTrust, Moment};
use health_hut::model::past::PastPressure;
use health_hut::model::units::{MmHg, MmolPerLitre};
use health_hut::model::{Assessment, Measurement, MeasurementId, Register, Sex, Urgency, VisitId};
use health_hut::seeds;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

pub static RULES: LazyLock<RuleBook> = LazyLock::new(|| seeds::rule_book(None).unwrap());

const FILES: &[(&str, &str)] = &[
    ("in_force.toml", include_str!("../seeds/rules/in_force.toml")),
    ("words.toml", include_str!("../seeds/rules/words.toml")),
    ("blood_pressure/2026-11.toml", include_str!("../seeds/rules/blood_pressure/2026-11.toml")),
    ("blood_pressure/2026-11.cases.toml", include_str!("../seeds/rules/blood_pressure/2026-11.cases.toml")),
    ("glucose/2026-11.toml", include_str!("../seeds/rules/glucose/2026-11.toml")),
    ("glucose/2026-11.cases.toml", include_str!("../seeds/rules/glucose/2026-11.cases.toml")),
    ("body/2026-11.toml", include_str!("../seeds/rules/body/2026-11.toml")),
    ("body/2026-11.cases.toml", include_str!("../seeds/rules/body/2026-11.cases.toml")),
    ("lipids/2026-11.toml", include_str!("../seeds/rules/lipids/2026-11.toml")),
    ("lipids/2026-11.cases.toml", include_str!("../seeds/rules/lipids/2026-11.cases.toml")),
    ("other_vitals/2026-11.toml", include_str!("../seeds/rules/other_vitals/2026-11.toml")),
    ("other_vitals/2026-11.cases.toml", include_str!("../seeds/rules/other_vitals/2026-11.cases.toml")),
    ("high_risk/2026-11.toml", include_str!("../seeds/rules/high_risk/2026-11.toml")),
    ("high_risk/2026-11.cases.toml", include_str!("../seeds/rules/high_risk/2026-11.cases.toml")),
];

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-22")
}

/// The result of one case, as the command writes it.
fn judge(mut given: Value) -> Value {
    given["id"] = json!("case");
    serde_json::to_value(answer(&RULES, given.to_string().as_bytes(), today())).unwrap()
}

fn hold(says: &str, given: &Value, want: &Value) {
    let result = judge(given.clone());
    for (key, wanted) in want.as_object().unwrap() {
        assert_eq!(result.get(key), Some(wanted), "{says}: `{key}` of {given}\n{result}");
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_edition_holds_its_cases() {
    let found = check(Path::new("seeds/rules")).unwrap();
    assert!(found.rows > 150 && found.cases > 200, "{found:?}");
}

#[test]
fn every_sentence_of_the_format_holds() {
    for case in lines(include_str!("rules/sentences.jsonl")) {
        hold(case["says"].as_str().unwrap(), &case["given"], &case["want"]);
    }
}

#[test]
fn every_key_is_in_every_result() {
    let result = judge(json!({"age": 50}));
    let keys: Vec<_> = result.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = "id bp_mean needs_third bp_grade isolated_systolic three_day_rule_met bp_control_norm \
        bp_at_target_2025 glucose_class glucose_critical glucose_control_norm bmi bmi_class bmi_elderly_in_range \
        waist_class lipid_class spo2_class airflow_limitation cdrs_total cdrs_advise_test cdrs_missing high_risk \
        register urgency referral_follow_up_days guidance reasons edition";
    assert_eq!(keys, wanted.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn a_bad_line_names_what_is_wrong() {
    for case in lines(include_str!("rules/refused.jsonl")) {
        let line = case["line"].as_str().unwrap();
        let refused = serde_json::to_value(answer(&RULES, line.as_bytes(), today())).unwrap();
        let error = refused["error"].as_str().unwrap_or_else(|| panic!("{line} is answered: {refused}"));
        assert!(error.contains(case["names"].as_str().unwrap()), "{line}: {error}");
        let id = if case["no_id"] == json!(true) { Value::Null } else { json!("e") };
        assert_eq!(refused["id"], id, "{line}");
        assert_eq!(refused.as_object().unwrap().len(), 2, "{line}");
    }
}

#[test]
fn bad_lines_leave_the_others_answered_in_order() {
    let input = b"{\"id\":\"1\",\"age\":50}\nnonsense\n\n\xff\xfe\n{\"id\":\"2\",\"age\":50,\"x\":1}\n{\"id\":\"3\",\"age\":50}";
    let mut output = Vec::new();
    run(&RULES, &input[..], &mut output).unwrap();
    let answers = lines(std::str::from_utf8(&output).unwrap());
    let ids: Vec<_> = answers.iter().map(|answer| (answer["id"].as_str(), answer.get("error").is_some())).collect();
    assert_eq!(ids, [(Some("1"), false), (None, true), (None, true), (Some("2"), true), (Some("3"), false)]);
}

#[test]
fn a_byte_order_mark_before_the_first_line_is_no_fault() {
    let mut output = Vec::new();
    run(&RULES, &b"\xef\xbb\xbf{\"id\":\"1\",\"age\":50}\n"[..], &mut output).unwrap();
    assert_eq!(lines(std::str::from_utf8(&output).unwrap())[0]["id"], json!("1"));
}

#[test]
fn the_day_is_that_of_the_latest_session_or_today() {
    // Only today's date makes these three one window.
    let days = json!([{"date": "2026-11-01", "sbp": 150, "dbp": 80}, {"date": "2026-11-10", "sbp": 150, "dbp": 80}]);
    let given = json!({"age": 50, "bp": [{"sbp": 150, "dbp": 80}], "bp_days": days});
    hold("today", &given, &json!({"three_day_rule_met": true}));
    // A day after a date that was not given is no error, and does not count.
    let later = json!([{"date": "2026-11-10", "sbp": 150, "dbp": 80}, {"date": "2026-12-10", "sbp": 150, "dbp": 80}]);
    let given = json!({"age": 50, "bp": [{"sbp": 150, "dbp": 80}], "bp_days": later});
    hold("later", &given, &json!({"three_day_rule_met": false}));
}

#[test]
fn every_row_in_a_result_has_its_reason() {
    for case in lines(include_str!("rules/sentences.jsonl")) {
        let result = judge(case["given"].clone());
        let reasons = result["reasons"].as_array().unwrap();
        let explained = |key: &str, row: &str| reasons.iter().any(|reason| reason["of"] == key && reason["row"] == row);
        for key in ["bp_grade", "glucose_class", "glucose_critical", "bmi_class", "waist_class", "spo2_class"] {
            if let Some(row) = result[key].as_str() {
                assert!(explained(key, row), "{key} of {result}");
            }
        }
        let lipids = result["lipid_class"].as_object().into_iter().flat_map(|classes| classes.values());
        assert!(lipids.filter_map(Value::as_str).all(|row| explained("lipid_class", row)), "{result}");
        let listed = result["high_risk"].as_array().unwrap();
        assert!(listed.iter().all(|row| explained("high_risk", row.as_str().unwrap())), "{result}");
        assert!(reasons.iter().any(|reason| reason["of"] == "urgency"), "{result}");
        for reason in reasons {
            assert!(reason["source"].as_str().is_some_and(|source| source.len() > 4), "{reason}");
            assert!(!reason["edition"].as_str().unwrap().is_empty(), "{reason}");
        }
    }
}

/// The book with one file changed.
fn changed(file: &str, from: &str, to: &str) -> Result<RuleBook, RuleFault> {
    let mut hit = false;
    let texts: Vec<(&str, String)> = FILES
        .iter()
        .map(|(name, text)| {
            let here = *name == file && text.contains(from);
            hit |= here;
            (*name, if here { text.replacen(from, to, 1) } else { (*text).to_owned() })
        })
        .collect();
    assert!(hit, "{file} has no {from}");
    RuleBook::load(&texts.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>(), None)
}

#[test]
fn the_loader_refuses_and_names_file_and_row() {
    let says = |file: &str, from: &str, to: &str| changed(file, from, to).unwrap_err().to_string();
    let bp = "blood_pressure/2026-11.toml";
    let fault = says(bp, "sbp_ge = 160\nsbp_lt = 180", "sbp_ge = 165\nsbp_lt = 180");
    assert!(fault.starts_with("blood_pressure/2026-11.toml:76: ") && fault.contains("`bp.grade2`"), "{fault}");
    let fault = says("glucose/2026-11.toml", "lt = \"6.1\"", "lt = 6.1");
    assert!(fault.contains("glucose/2026-11.toml") && fault.contains("glu.fasting.normal"), "{fault}");
    let fault = says("body/2026-11.toml", "lt = \"18.5\"", "lt = \"18.5\"\nlte = \"18.5\"");
    assert!(fault.contains("bmi.under") && fault.contains("lte"), "{fault}");
    let fault = says("lipids/2026-11.toml", "source = \"中国血脂管理指南\"", "source = \"\"");
    assert_eq!(fault, "lipids/2026-11.toml:13: row `tc.desirable` names no source");
    let fault = says("lipids/2026-11.toml", "id = \"tc.borderline\"", "id = \"tc.desirable\"");
    assert!(fault.contains("two rows are called `tc.desirable`"), "{fault}");
    let fault = says(bp, "id = \"bp.protocol.rest\"", "id = \"bp.protocol.sit\"");
    assert!(fault.contains("bp.protocol.rest"), "{fault}");
    let fault = says("in_force.toml", "grading = \"chg-2024\"", "grading = \"practice-2022\"");
    assert!(fault.contains("default") && fault.contains("practice-2022"), "{fault}");
    let fault = says("in_force.toml", "edition = \"2026-11\"", "edition = \"2027-01\"");
    assert!(fault.starts_with("in_force.toml:6: ") && fault.contains("blood_pressure/2027-01.toml"), "{fault}");
    let fault = says("in_force.toml", "topic = \"body\"", "topic = \"bodies\"");
    assert!(fault.contains("in_force.toml:16: there is no topic `bodies`; the topics are blood_pressure"), "{fault}");
}

#[test]
fn the_loader_refuses_gaps_and_overlaps() {
    // The limit and its cases move together, so that only the neighbour is wrong.
    let moved = |to: &str| {
        let texts: Vec<(&str, String)> = FILES
            .iter()
            .map(|(name, text)| {
                let (head, tail) = text.split_once("id = \"glu.fasting.ifg\"").unwrap_or((text, ""));
                let text = match *name {
                    "glucose/2026-11.toml" => {
                        format!(
                            "{head}id = \"glu.fasting.ifg\"{}",
                            tail.replacen("ge = \"6.1\"", &format!("ge = \"{to}\""), 1)
                        )
                    }
                    "glucose/2026-11.cases.toml" => add_cases(text, to),
                    _ => (*text).to_owned(),
                };
                (*name, text)
            })
            .collect();
        RuleBook::load(&texts.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>(), None).unwrap_err()
    };
    assert!(matches!(moved("6.3"), RuleFault::Bands { list, .. } if list == "fasting"), "gap");
    assert!(matches!(moved("5.9"), RuleFault::Bands { list, .. } if list == "fasting"), "overlap");
    assert!(moved("6.3").to_string().contains("no row holds 6.1 up to below 6.3"), "{}", moved("6.3"));
    assert!(moved("5.9").to_string().contains("ends at 6.1, the other begins at 5.9"), "{}", moved("5.9"));
}

/// The worked cases with those of the moved limit put in the place of its own.
fn add_cases(text: &str, limit: &str) -> String {
    let mut cases: toml::Table = toml::from_str(text).unwrap();
    let list = cases["case"].as_array_mut().unwrap();
    list.retain(|case| !(case["row"].as_str() == Some("glu.fasting.ifg") && case["limit"].as_str() == Some("ge")));
    for (value, meets) in [(limit, true), ("0.1", false)] {
        list.push(toml::toml! { row = "glu.fasting.ifg" limit = "ge" value = value meets = meets }.into());
    }
    toml::to_string(&cases).unwrap()
}

#[test]
fn a_band_that_holds_nothing_is_refused() {
    let fault = |file, from, to| changed(file, from, to).unwrap_err().to_string();
    let empty = fault("high_risk/2026-11.toml", "sbp_ge = 130\nsbp_lt = 140", "sbp_ge = 145\nsbp_lt = 140");
    assert!(empty.contains("row `hr.bp`: no value meets both `sbp_ge = 145` and `sbp_lt = 140`"), "{empty}");
    let empty = fault("high_risk/2026-11.toml", "ge = \"6.1\"\nlt = \"7.0\"", "ge = \"7.0\"\nlt = \"7.0\"");
    assert!(empty.contains("`ge = \"7.0\"` and `lt = \"7.0\"`"), "{empty}");
    let empty = fault("body/2026-11.toml", "ge = \"40.0\"\nle = \"200.0\"", "ge = \"40.0\"\nle = \"30.0\"");
    assert!(empty.contains("row `body.plausible.waist`: no value"), "{empty}");
    let empty = fault("high_risk/2026-11.toml", "{ ge = \"75.0\", lt = \"80.0\"", "{ ge = \"85.0\", lt = \"80.0\"");
    assert!(empty.contains("no value meets both"), "{empty}");
}

#[test]
fn an_edition_that_lost_rows_or_has_no_day_is_refused() {
    let body = include_str!("../seeds/rules/body/2026-11.toml").replace("weight.trend", "weight.trend.new");
    let cases = include_str!("../seeds/rules/body/2026-11.cases.toml").replace("weight.trend", "weight.trend.new");
    let dated = "[[edition]]\ntopic = \"body\"\nedition = \"2027-03\"\nfrom = \"2027-03-01\"\n";
    let load = |line: &str| {
        let manifest = format!("{}\n{line}", include_str!("../seeds/rules/in_force.toml"));
        let mut files: Vec<_> = FILES.iter().copied().filter(|(name, _)| *name != "in_force.toml").collect();
        files.extend([("in_force.toml", manifest.as_str()), ("body/2027-03.toml", &body)]);
        files.push(("body/2027-03.cases.toml", &cases));
        RuleBook::load(&files, None).map(|_| ()).map_err(|fault| fault.to_string())
    };
    let fault = load(dated).unwrap_err();
    let says = "body 2027-03 lacks `weight.trend`, which body 2026-11 has; write them into its file again, or add `without = [\"weight.trend\"]` here";
    assert!(fault.starts_with("in_force.toml:") && fault.ends_with(says), "{fault}");
    assert_eq!(load(&format!("{dated}without = [\"weight.trend\"]\n")), Ok(()));
    let fault = load(&format!("{dated}without = [\"weight.trend\", \"bmi.under\"]\n")).unwrap_err();
    assert!(fault.contains("`without` names `bmi.under`, which body 2027-03 still has"), "{fault}");
    let fault = load("").unwrap_err();
    assert!(fault.starts_with("body/2027-03.toml: no [[edition]] in in_force.toml"), "{fault}");
}

#[test]
fn a_limit_without_cases_on_both_sides_is_refused() {
    let fault = changed(
        "body/2026-11.cases.toml",
        "row = \"bmi.under\"\nlimit = \"lt\"\nvalue = \"18.5\"\nmeets = false",
        "row = \"bmi.under\"\nlimit = \"lt\"\nvalue = \"18.3\"\nmeets = true",
    );
    assert_eq!(
        fault.unwrap_err().to_string(),
        "body/2026-11.toml:13: row `bmi.under`, limit `lt`: no worked case that misses the limit in body/2026-11.cases.toml \
         (`health-hut rules cases DIR` writes it)"
    );
    let fault = changed("body/2026-11.cases.toml", "value = \"18.5\"\nmeets = false", "value = \"18.5\"\nmeets = true");
    let fault = fault.unwrap_err().to_string();
    let says = "the case says that it meets the limit, the row has lt = \"18.5\"; mend the case or the row";
    assert!(fault.ends_with(says), "{fault}");
    let without: Vec<_> = FILES.iter().copied().filter(|(name, _)| *name != "body/2026-11.cases.toml").collect();
    assert!(matches!(RuleBook::load(&without, None), Err(RuleFault::NoCases { .. })));
}

#[test]
fn a_recalled_row_that_is_signed_off_counts() {
    let signed = "enabled = [{ row = \"bp.control.norm.65plus\", by = \"Dr. Example\", on = \"2026-10-20\" }]";
    let rules = changed("in_force.toml", "enabled = []", signed).unwrap();
    let given = br#"{"id":"a","age":70,"bp":[{"sbp":145,"dbp":80}],"history":{"hypertension":true}}"#;
    let result = serde_json::to_value(answer(&rules, given, today())).unwrap();
    assert_eq!(result["bp_control_norm"], json!(true));
    let refused = |signed: &str| changed("in_force.toml", "enabled = []", signed).unwrap_err().to_string();
    let fault = refused(&signed.replace("Dr. Example", " "));
    assert!(fault.starts_with("in_force.toml:48: row `bp.control.norm.65plus`") && fault.contains("`by`"), "{fault}");
    let fault = refused(&signed.replace("2026-10-20", "2026-12-01"));
    assert!(fault.starts_with("in_force.toml:48: ") && fault.contains("signed on 2026-12-01"), "{fault}");
    let fault = refused(&signed.replace("norm.65plus", "norm.65pluss"));
    assert!(fault.contains("is `bp.control.norm.65plus` meant?"), "{fault}");
}

#[test]
fn the_kiosk_reads_its_numbers_from_the_tables() {
    let rules = RULES.on(today(), None);
    assert_eq!((rules.rest_minutes(), rules.pause_seconds()), (5, 60));
    assert_eq!(rules.third_if_diff().unwrap().words(), ">= 10");
    assert_eq!((rules.retest().further_days, rules.retest().window_days), (2, 28));
    assert_eq!(rules.referral_days(), 14);
    assert_eq!((rules.next_pressure(true).days, rules.next_pressure(false).days), (182, 365));
    assert_eq!(rules.next_glucose().days, 365);
    assert!(rules.is_critical_pressure([180, 80]) && !rules.is_critical_pressure([179, 109]));
    for (field, inside, outside) in [
        ("sbp", "60", "261"),
        ("dbp", "200", "39"),
        ("sbp-dbp", "10", "9"),
        ("pulse", "180", "181"),
        ("height_cm", "50.0", "49.9"),
        ("weight_kg", "300.0", "300.1"),
        ("bmi", "60.0", "60.1"),
        ("waist_cm", "40.0", "39.9"),
        ("spo2", "100", "101"),
        ("temperature", "42.5", "42.6"),
        ("glucose", "33.3", "33.4"),
    ] {
        let limits = rules.plausible(field).unwrap();
        assert!(limits.holds(inside.parse().unwrap()) && !limits.holds(outside.parse().unwrap()), "{field}");
    }
    assert!(rules.plausible("shoe_size").is_none());
    assert!(rules.asks_about_pregnancy(Sex::Female, 15) && !rules.asks_about_pregnancy(Sex::Female, 55));
    assert!(!rules.asks_about_pregnancy(Sex::Male, 30));
    let low = |known| rules.critical_glucose(GlucoseLevel::Low, known).map(|row| row.id.as_str());
    assert_eq!(low(true), Some("glu.critical.low.known_diabetes"));
    assert_eq!(low(false), Some("glu.critical.low.no_diabetes"));
    let old = RULES.on(today(), RULES.profile("chg-2018").as_ref());
    assert_eq!((old.pause_seconds(), old.third_if_diff()), (60, None), "the recalled session rule is off");
}

#[test]
fn a_doubtful_clock_never_completes_the_rule_and_leads_to_review() {
    let raised = |date: &str, trusted| PastPressure { date: day(date), systolic: 150, diastolic: 80, trusted };
    let mut case = person(50);
    case.bp = readings(&[(118, 75)]);
    case.bp_days = vec![raised("2026-11-20", true), raised("2026-11-10", true), raised("1970-01-01", false)];
    let result = assess(&RULES, &case);
    assert_eq!((result.three_day_rule_met, result.urgency), (Some(false), Urgency::Soon));
    let reason = result.reasons.iter().find(|reason| reason.of == "urgency").unwrap();
    assert_eq!(reason.value, "3 raised days, 1 of them of a doubtful clock");
    case.bp_days.pop();
    assert_eq!(assess(&RULES, &case).urgency, Urgency::None);
    case.bp_days.push(raised("2026-11-05", true));
    assert_eq!(assess(&RULES, &case).three_day_rule_met, Some(true));
    case.date_trusted = false;
    let result = assess(&RULES, &case);
    assert_eq!((result.three_day_rule_met, result.urgency), (Some(false), Urgency::Soon));
}

pub fn person(age: u16) -> Case {
    Case::new(today(), age)
}

pub fn readings(pairs: &[(u16, u16)]) -> Vec<Pressure> {
    let pressure = |&(s, d): &(u16, u16)| Pressure { systolic: MmHg(s), diastolic: MmHg(d), pulse: None };
    pairs.iter().map(pressure).collect()
}

#[test]
fn the_stations_of_the_county_are_all_there() {
    let stations = seeds::stations().unwrap();
    assert_eq!(stations.len(), 20);
    assert_eq!(seeds::station(seeds::DEMO_STATION).unwrap().unwrap().name_zh, "三工镇卫生院");
    assert!(seeds::station("nowhere").unwrap().is_none());
}

#[test]
fn a_row_is_explained_with_its_source() {
    let words = health_hut::commands::rules::explain("bp.grade1", None).unwrap();
    assert!(words.contains("中国高血压防治指南") && words.contains("sbp_ge: 140"), "{words}");
    let unknown = health_hut::commands::rules::explain("bp.grade9", None).unwrap_err().to_string();
    assert!(unknown.contains("no edition has a row `bp.grade9` (a county's"), "{unknown}");
}

/// The classes of a result.
fn classes(result: &Assessment) -> Vec<Option<String>> {
    let lipids = result.lipid_class.clone().unwrap_or_default();
    let rows = [&result.bp_grade, &result.glucose_class, &result.glucose_critical, &result.bmi_class];
    let rows = rows.into_iter().chain([&result.waist_class, &result.spo2_class, &lipids.tc, &lipids.tg, &lipids.ldl]);
    rows.map(|row| row.as_ref().map(ToString::to_string)).collect()
}

#[test]
fn every_sign_of_the_tables_has_a_plain_word() {
    for word in RULES.on(today(), None).symptom_words() {
        assert!(RULES.words().knows(word), "seeds/rules/words.toml has no `{word}`");
    }
}

#[test]
fn an_old_finding_is_told_as_it_was_judged() {
    let mut case = person(50);
    case.bp = readings(&[(148, 92), (150, 94)]);
    let reason = assess(&RULES, &case).reasons.remove(0);
    let Both { zh, en } = why(&RULES, &reason);
    assert_eq!(
        zh,
        "血压：149/93 mmHg，1级高血压水平（规则 bp.grade1：收缩压 >= 140, < 160; 舒张压 >= 90, < 100）。依据：中国高血压防治指南（2018年修订版 / 2024年修订版）"
    );
    assert!(en.starts_with("blood pressure: 149/93 mmHg, in the range of grade 1 hypertension (rule bp.grade1: systolic >= 140, < 160; diastolic"), "{en}");
    // Names come from the tables of today, what was judged from the finding.
    let old = Reason { value: "151/95".into(), edition: "1999".into(), ..reason };
    assert!(
        why(&RULES, &old).zh.starts_with("血压：151/95 mmHg，1级高血压水平")
            && why(&RULES, &old).zh.ends_with("（1999）")
    );
}

/// Ids of rows that are off.
fn recalled() -> BTreeSet<&'static str> {
    let off = RULES.rows().iter().filter(|row| row.keys["status"].as_str() == Some("recalled"));
    off.map(|row| row.id.as_str()).collect()
}

fn decimal(tenths: i64) -> Decimal {
    Decimal::new(tenths, 1)
}

prop_compose! {
    pub fn anybody()(
        age in 0u16..100,
        sex in prop::option::of(prop_oneof![Just(Sex::Male), Just(Sex::Female)]),
        bp in prop::collection::vec((80u16..200, 40u16..125), 0..4),
        days in prop::collection::vec((0u64..60, 100u16..190, 60u16..115, any::<bool>()), 0..5),
        glucose in prop::option::of((prop::option::of(10i64..200), any::<bool>(), 0usize..4)),
        bmi in prop::option::of(150i64..350),
        waist in prop::option::of(600i64..1100),
        lipids in prop::option::of((30i64..80, 5i64..40, 15i64..60, 5i64..20)),
        spo2 in prop::option::of(80u16..101),
        temperature in prop::option::of(350i64..410),
        fev in prop::option::of(50i64..90),
        smoking in prop::option::of(0usize..3),
        flags in prop::collection::vec(any::<bool>(), 8),
        symptom in prop::option::of(any::<prop::sample::Index>()),
    ) -> Case {
        let mut case = person(age);
        case.sex = sex;
        case.bp = readings(&bp);
        let past = |(back, systolic, diastolic, trusted)| {
            PastPressure { date: today() - Days::new(back), systolic, diastolic, trusted }
        };
        case.bp_days = days.into_iter().map(past).collect();
        case.glucose = glucose.map(|(value, high, kind)| Glucose {
            level: match value {
                Some(value) => GlucoseLevel::Value(MmolPerLitre(decimal(value))),
                None if high => GlucoseLevel::High,
                None => GlucoseLevel::Low,
            },
            kind: [GlucoseKind::Fasting, GlucoseKind::Ogtt2h, GlucoseKind::Random, GlucoseKind::Postprandial2h][kind],
        });
        case.bmi = bmi.map(decimal);
        case.waist = waist.map(decimal).map(health_hut::model::units::Centimetres);
        case.lipids = lipids.map(|(tc, tg, ldl, hdl)| {
            let value = |tenths| Some(MmolPerLitre(decimal(tenths)));
            LipidValues { tc: value(tc), tg: value(tg), ldl: value(ldl), hdl: value(hdl) }
        });
        case.spo2 = spo2;
        case.temperature = temperature.map(decimal);
        case.fev1_fvc = fev.map(|hundredths| Decimal::new(hundredths, 2));
        case.smoking = smoking.map(|word| [Smoking::Never, Smoking::Former, Smoking::Current][word]);
        case.history.hypertension = flags[0] && flags[1];
        case.history.diabetes = flags[2] && flags[1];
        case.history.dyslipidaemia = flags[3] && flags[1];
        case.history.pregnant = flags[4] && flags[5] && sex == Some(Sex::Female);
        case.history.breastfeeding = flags[4] && !flags[5] && sex == Some(Sex::Female);
        case.history.family_diabetes = flags[6].then_some(flags[7]);
        case.want_cdrs = flags[7];
        let words: Vec<_> = RULES.on(today(), None).symptom_words().into_iter().collect();
        case.symptoms = symptom.map(|index| (*index.get(&words)).to_owned()).into_iter().collect();
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn worsening_a_value_never_lowers_urgency(case in anybody(), up in 1u16..60, tenths in 1i64..60) {
        let before = assess(&RULES, &case).urgency;
        let mut worse = case.clone();
        for reading in &mut worse.bp {
            // Past 140/90 a criterion becomes a suspicion, so both only rise.
            reading.systolic.0 += up;
            reading.diastolic.0 += up;
        }
        // A known patient above the limit leaves the criteria for the follow-up list: still no lower.
        prop_assert!(assess(&RULES, &worse).urgency >= before);
        let mut worse = case.clone();
        if let Some(Glucose { level: GlucoseLevel::Value(value), .. }) = &mut worse.glucose
            && value.0 >= decimal(40)
        {
            value.0 += decimal(tenths);
            prop_assert!(assess(&RULES, &worse).urgency >= before);
        }
        let mut worse = case.clone();
        if let Some(lipids) = &mut worse.lipids {
            for value in [&mut lipids.tc, &mut lipids.tg, &mut lipids.ldl] {
                *value = value.map(|value| MmolPerLitre(value.0 + decimal(tenths)));
            }
            // A total past 6.2 is no criterion any more, but a suspicion.
            prop_assert!(assess(&RULES, &worse).urgency >= before);
        }
        let mut worse = case.clone();
        worse.spo2 = case.spo2.map(|value| value.saturating_sub(up));
        worse.temperature = case.temperature.map(|value| value + decimal(tenths));
        worse.fev1_fvc = case.fev1_fvc.map(|value| value - Decimal::new(tenths.min(40), 2));
        worse.waist = case.waist.map(|value| health_hut::model::units::Centimetres(value.0 + decimal(tenths)));
        prop_assert!(assess(&RULES, &worse).urgency >= before);
        for word in RULES.on(today(), None).symptom_words() {
            let mut worse = case.clone();
            worse.symptoms.insert(word.to_owned());
            prop_assert!(assess(&RULES, &worse).urgency >= before, "{}", word);
        }
    }

    #[test]
    fn the_order_of_readings_and_days_does_not_matter(case in anybody()) {
        let mut turned = case.clone();
        turned.bp.reverse();
        if !case.bp.is_empty() {
            turned.bp_days.reverse();
        }
        prop_assert_eq!(assess(&RULES, &turned), assess(&RULES, &case));
    }

    #[test]
    fn what_was_not_measured_is_never_classed(case in anybody()) {
        let mut bare = case.clone();
        (bare.bp, bare.bp_days) = (Vec::new(), Vec::new());
        (bare.glucose, bare.bmi, bare.waist, bare.lipids) = (None, None, None, None);
        (bare.spo2, bare.fev1_fvc) = (None, None);
        let result = assess(&RULES, &bare);
        prop_assert_eq!((result.bp_mean, result.bp_grade, result.three_day_rule_met), (None, None, None));
        prop_assert_eq!((result.glucose_class, result.glucose_critical), (None, None));
        prop_assert_eq!((result.bmi, result.bmi_class, result.waist_class), (None, None, None));
        prop_assert_eq!((result.lipid_class, result.spo2_class, result.airflow_limitation), (None, None, None));
        prop_assert_eq!(result.cdrs_total, None);
        prop_assert!(result.urgency <= assess(&RULES, &case).urgency);
    }

    #[test]
    fn a_value_that_is_missing_makes_nothing_better(case in anybody()) {
        let whole = assess(&RULES, &case);
        let strip: [fn(&mut Case); 9] = [
            |case| (case.bp, case.bp_days) = (Vec::new(), Vec::new()),
            |case| case.bp_days = Vec::new(),
            |case| case.glucose = None,
            |case| case.bmi = None,
            |case| case.waist = None,
            |case| case.lipids = None,
            |case| case.spo2 = None,
            |case| case.temperature = None,
            |case| case.smoking = None,
        ];
        for without in strip {
            let mut poorer = case.clone();
            without(&mut poorer);
            // Without today's readings the format judges the latest day before: another session, not a missing one.
            if poorer.bp.is_empty() && !poorer.bp_days.is_empty() {
                continue;
            }
            let result = assess(&RULES, &poorer);
            prop_assert!(result.urgency <= whole.urgency);
            for (class, of_whole) in classes(&result).into_iter().zip(classes(&whole)) {
                prop_assert!(class.is_none() || class == of_whole, "{:?} was {:?}", class, of_whole);
            }
            prop_assert!(result.high_risk.iter().all(|row| whole.high_risk.contains(row)));
        }
    }

    #[test]
    fn every_reason_is_told_in_both_languages(case in anybody()) {
        for reason in assess(&RULES, &case).reasons {
            let Both { zh, en } = why(&RULES, &reason);
            for text in [&zh, &en] {
                prop_assert!(text.contains(reason.row.as_str()) && text.contains(&reason.source), "{}", text);
                prop_assert!(text.contains(&reason.edition), "{}", text);
            }
            let plain = zh.replace(&reason.source, "").replace(&reason.edition, "").replace(reason.row.as_str(), "");
            let units = ["°C", "mmHg", "mmol", "kg", "cm", "HI", "LO", "L", "m"];
            let plain = units.iter().fold(plain, |plain, unit| plain.replace(unit, ""));
            prop_assert!(!plain.chars().any(|letter| letter.is_ascii_alphabetic()), "{}", zh);
            let english = en.replace(&reason.source, "").replace(&reason.edition, "").replace(reason.row.as_str(), "");
            prop_assert!(english.replace(['²', '°'], "").is_ascii(), "{}", en);
            prop_assert!(!english.contains('_'), "{}", en);
        }
    }

    #[test]
    fn a_row_that_is_off_never_appears(case in anybody()) {
        let text = serde_json::to_value(assess(&RULES, &case)).unwrap();
        let off = recalled();
        for reason in text["reasons"].as_array().unwrap() {
            prop_assert!(!off.contains(reason["row"].as_str().unwrap()), "{}", reason);
        }
        let mut strings = Vec::new();
        collect(&text, &mut strings);
        prop_assert!(strings.iter().all(|text| !off.contains(text.as_str())));
    }

    #[test]
    fn any_criterion_without_a_diagnosis_is_always_high_risk(case in anybody()) {
        let result = assess(&RULES, &case);
        let wanted = match (case.age >= 18, case.history.any_diagnosis(), result.high_risk.is_empty()) {
            (false, ..) => Register::None,
            (true, true, _) => Register::PatientFollowUp,
            (true, false, false) => Register::HighRisk,
            (true, false, true) => Register::None,
        };
        prop_assert_eq!(result.register, wanted);
        prop_assert!(result.high_risk.is_empty() || result.urgency >= Urgency::Routine);
    }
}

fn collect(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, strings)),
        Value::Object(map) => map.values().for_each(|value| collect(value, strings)),
        _ => {}
    }
}

#[test]
fn the_doctors_target_is_that_of_the_profiles_edition() {
    let target = |profile: &str, age| {
        let profile = RULES.profile(profile).unwrap();
        RULES.on(today(), Some(&profile)).pressure_target(age).map(|(below, _)| below)
    };
    assert_eq!((target("default", 79), target("default", 80)), (Some([130, 80]), Some([150, 90])));
    assert_eq!((target("targets-2024", 64), target("targets-2024", 65)), (Some([140, 90]), Some([140, 90])));
    // 80 and over of the 2024 edition is recalled, under 65 of the 2018 edition stands in no table.
    assert_eq!((target("targets-2024", 80), target("chg-2018", 64)), (None, None));
    assert_eq!((target("chg-2018", 65), target("chg-2018", 80)), (Some([150, 90]), Some([150, 90])));
}

/// Each row that is off, with an input that would meet it; `None` where no input of the `assess` format asks for it.
fn rows_that_are_off() -> [(&'static str, Option<Value>); 20] {
    [
        ("bp.isolated_diastolic", Some(json!({"age": 50, "bp": [{"sbp": 130, "dbp": 95}]}))),
        ("bp.low", Some(json!({"age": 50, "bp": [{"sbp": 85, "dbp": 55}]}))),
        (
            "bp.control.norm.65plus",
            Some(json!({"age": 70, "bp": [{"sbp": 145, "dbp": 80}], "history": {"hypertension": true}})),
        ),
        (
            "bp.target.chg2024.80plus",
            Some(
                json!({"age": 82, "bp": [{"sbp": 145, "dbp": 80}], "history": {"hypertension": true}, "profile": "targets-2024"}),
            ),
        ),
        (
            "bp.protocol.repeat.2018",
            Some(json!({"age": 50, "bp": [{"sbp": 120, "dbp": 80}, {"sbp": 127, "dbp": 80}], "profile": "chg-2018"})),
        ),
        ("bp.protocol.irregular_pulse", None),
        ("cvrisk.1_2", Some(json!({"age": 50, "bp": [{"sbp": 145, "dbp": 92}], "smoking": "current"}))),
        (
            "cvrisk.3plus_or_tod",
            Some(json!({"age": 70, "bp": [{"sbp": 145, "dbp": 92}], "smoking": "current", "bmi": "30"})),
        ),
        ("cvrisk.clinical", None),
        ("cvrisk.factor.homocysteine", None),
        ("bmi.elderly.65_79", Some(json!({"age": 70, "bmi": "25.0"}))),
        ("glu.hba1c.diabetes_range", None),
        ("glu.pp2h.as_hint", Some(json!({"age": 50, "glucose": {"value": "8.0", "kind": "postprandial2h"}}))),
        (
            "glu.critical.level2",
            Some(json!({"age": 50, "glucose": {"value": "2.9", "kind": "random"}, "history": {"diabetes": true}})),
        ),
        ("hp.alcohol", None),
        ("china-par", None),
        ("who-2019-east-asia", None),
        ("temp.fever", Some(json!({"age": 50, "temperature_c": "37.5"}))),
        ("pulse.rest_band", Some(json!({"age": 50, "pulse": 101}))),
        ("fobt.positive", None),
    ]
}

#[test]
fn every_row_that_is_off_is_met_and_stays_silent() {
    let met = rows_that_are_off();
    assert_eq!(met.iter().map(|(row, _)| *row).collect::<BTreeSet<_>>(), recalled());
    for (row, given) in met.into_iter().filter_map(|(row, given)| Some((row, given?))) {
        let result = judge(given);
        let mut strings = Vec::new();
        collect(&result, &mut strings);
        assert!(result.get("error").is_none() && !strings.iter().any(|text| text == row), "{row}: {result}");
    }
    for topic in RULES.guidance().topics() {
        let rows = topic.fact.iter().filter_map(|fact| fact.row.as_deref());
        assert!(
            rows.chain(topic.when.iter().map(String::as_str)).all(|word| !recalled().contains(word)),
            "{}",
            topic.id
        );
    }
}

/// The shipped tables with one row signed in every profile.
fn signed(row: &str) -> RuleBook {
    let line = format!("enabled = [{{ row = \"{row}\", by = \"Dr. Example\", on = \"2026-10-20\" }}]");
    let manifest = FILES[0].1.replace("enabled = []", &line);
    let files: Vec<_> =
        FILES.iter().map(|(name, text)| (*name, if *name == FILES[0].0 { &*manifest } else { *text })).collect();
    RuleBook::load(&files, None).unwrap()
}

#[test]
fn every_row_that_is_signed_judges_or_says_that_it_cannot() {
    for (row, given) in rows_that_are_off() {
        let rules = signed(row);
        let idle =
            rules.explain(row).iter().any(|text| rules.standing(text).join(" ").contains("nothing in this version"));
        let Some(mut given) = given.filter(|_| !idle) else {
            assert!(idle || row == "fobt.positive", "{row} judges nothing and does not say so");
            continue;
        };
        given["id"] = json!(row);
        let judged = |rules: &RuleBook| {
            let mut result = serde_json::to_value(answer(rules, given.to_string().as_bytes(), today())).unwrap();
            assert!(result.get("error").is_none(), "{row}: {result}");
            // Neither a version nor what advice another row moved shows that this row judged.
            for key in ["edition", "guidance"] {
                result.as_object_mut().unwrap().remove(key);
            }
            result
        };
        // A target that only the doctor's screen shows is asked for by itself.
        let target = |rules: &RuleBook| {
            let profile = rules.profile("targets-2024").unwrap();
            rules.on(today(), Some(&profile)).pressure_target(82).map(|(below, _)| below)
        };
        let (before, after) = (judged(&RULES), judged(&rules));
        let mut strings = Vec::new();
        collect(&after, &mut strings);
        match row {
            // It decides whether a third reading is due, and is no label.
            "bp.protocol.repeat.2018" => assert_ne!(before["needs_third"], after["needs_third"]),
            "bp.target.chg2024.80plus" => assert_ne!(target(&RULES), target(&rules)),
            label => {
                assert_ne!(before, after, "{row} is signed and judges nothing");
                assert!(strings.iter().any(|text| text == label), "{row} is signed and named nowhere: {after}");
            }
        }
    }
}

#[test]
fn a_signed_resting_pulse_is_noted_outside_of_its_range_only() {
    let rules = signed("pulse.rest_band");
    let noted = |pulse: u16| {
        let case = Case { pulse: Some(health_hut::model::units::BeatsPerMinute(pulse)), ..person(50) };
        assess(&rules, &case).reasons.into_iter().find(|reason| reason.of == "pulse")
    };
    assert_eq!((noted(60), noted(80), noted(100)), (None, None, None));
    let told = |pulse: u16| why(&rules, &noted(pulse).unwrap());
    assert!(
        told(59).zh.starts_with("脉搏：59 /min，静息心率在常见范围之外（规则 pulse.rest_band：< 60）"),
        "{:?}",
        told(59)
    );
    let says = "pulse: 101 /min, resting pulse outside the usual range (rule pulse.rest_band: > 100)";
    assert!(told(101).en.starts_with(says), "{:?}", told(101));
}

#[test]
fn two_hours_after_a_meal_the_signed_hint_stands_below_the_random_band() {
    let rules = signed("glu.pp2h.as_hint");
    let judged = |value: &str, diabetes: bool| {
        let glucose = json!({"value": value, "kind": "postprandial2h"});
        let given = json!({"id": "a", "age": 50, "glucose": glucose, "history": {"diabetes": diabetes}});
        let result = serde_json::to_value(answer(&rules, given.to_string().as_bytes(), today())).unwrap();
        (result["glucose_class"].clone(), result["urgency"].clone())
    };
    assert_eq!(judged("7.7", false), (Value::Null, json!("none")));
    assert_eq!(judged("7.8", false), (json!("glu.pp2h.as_hint"), json!("none")));
    assert_eq!(judged("11.0", true), (json!("glu.pp2h.as_hint"), json!("none")));
    assert_eq!(judged("11.1", false), (json!("glu.random.diabetes_range"), json!("soon")));
    assert_eq!(judged("11.1", true), (json!("glu.random.diabetes_range"), json!("routine")));
}

#[test]
fn a_positive_stool_test_counts_once_its_row_is_signed() {
    let found = |positive| Measurement {
        id: MeasurementId(Uuid::nil()),
        visit: VisitId(Uuid::nil()),
        at: Moment {
            wall: "2026-11-20T09:00:00+08:00".parse().unwrap(),
            since_boot_ms: 0,
            boot: Uuid::nil(),
            trust: ClockTrust::Trusted,
        },
        value: Measured::OccultBlood(positive),
        source: Source::Typed,
        quality: Vec::new(),
    };
    let judged = |rules: &RuleBook, positive| assess(rules, &Case::new(today(), 60).measured(&[found(positive)], &[]));
    assert_eq!(judged(&RULES, true).urgency, Urgency::None);
    let rules = signed("fobt.positive");
    assert_eq!(judged(&rules, false).urgency, Urgency::None);
    let result = judged(&rules, true);
    assert_eq!(result.urgency, Urgency::Soon);
    let of: Vec<&str> =
        result.reasons.iter().filter(|reason| reason.row == "fobt.positive").map(|reason| reason.of.as_str()).collect();
    assert_eq!(of, ["occult_blood", "urgency"]);
    let why = why(&rules, &result.reasons[0]);
    assert!(why.zh.starts_with("大便隐血：阳性，大便隐血阳性（规则 fobt.positive：阳性）"), "{}", why.zh);
}
