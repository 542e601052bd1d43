//! The guidance texts, every number in them, and the choice for a person: who gets what, and what nobody gets.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use health_hut::assess::guidance::{Audience, Item, Kind, Topic};
use health_hut::assess::rulebook::rows::{Disease, Status};
use health_hut::assess::{Case, Glucose, GuidanceBook, Smoking, assess, choose, for_staff};
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel};
use health_hut::model::past::PastPressure;
use health_hut::model::units::{Centimetres, MmolPerLitre};
use health_hut::model::{Assessment, Sex, Urgency};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::rules::{RULES, anybody, day, person, readings};

fn chosen(case: &Case) -> Vec<String> {
    assess(&RULES, case).guidance.into_iter().map(|item| item.id).collect()
}

/// What is chosen at visit after visit within the 30 days.
fn visits(case: &Case, many: usize) -> Vec<Vec<String>> {
    let mut case = case.clone();
    for _ in 0..many {
        let given = chosen(&case);
        case.guidance_shown.push(given);
    }
    case.guidance_shown
}

fn topic_of(id: &str) -> &'static Topic {
    RULES.guidance().topics().iter().find(|topic| topic.item.iter().any(|item| item.id == id)).unwrap()
}

fn item(id: &str) -> &'static Item {
    RULES.guidance().item(id).unwrap()
}

// ---- the choice

#[test]
fn guidance_is_one_from_each_and_three_at_most() {
    let mut case = person(50);
    case.bp = readings(&[(145, 92)]);
    case.smoking = Some(Smoking::Current);
    assert_eq!(chosen(&case), ["smoking", "salt", "activity_adult"]);
    case.smoking = None;
    assert_eq!(chosen(&case), ["bp_first_raised", "salt", "activity_adult"]);
    case.bp_days = vec![PastPressure { date: day("2026-11-20"), systolic: 150, diastolic: 92, trusted: true }];
    assert_eq!(chosen(&case)[0], "bp_first_raised.again", "one more day is asked for, not two");
    case.bp_days.clear();
    case.history.hypertension = true;
    assert_eq!(chosen(&case), ["medicines", "salt", "activity_chronic"]);
    assert_eq!(chosen(&person(30)), ["activity_adult", "diet_pattern"]);
    assert_eq!(chosen(&person(70)), ["activity_65plus", "bp_follow", "diet_pattern"]);
    assert_eq!(chosen(&person(12)), Vec::<String>::new());
    assert!(item("salt").zh.contains("不超过 5 克"));
}

#[test]
fn an_answer_goes_before_what_the_box_below_the_result_says_too() {
    let mut case = person(50);
    case.bp = readings(&[(145, 92)]);
    case.drinks = Some(true);
    assert_eq!(chosen(&case), ["alcohol.drinks", "salt", "activity_adult"]);
    case.history.diabetes = true;
    assert_eq!(chosen(&case)[0], "alcohol.stop", "with a known illness no amount is named");
    let mut case = person(30);
    case.salty = Some(true);
    assert_eq!(chosen(&case)[0], "salt");
}

#[test]
fn a_waist_that_is_too_wide_has_items_of_its_own() {
    let mut case = person(40);
    (case.sex, case.waist) = (Some(Sex::Female), Some(Centimetres(Decimal::new(88, 0))));
    let given: BTreeSet<String> = visits(&case, 12).into_iter().flatten().collect();
    for id in ["weight.waist_women", "waist", "waist.women"] {
        assert!(given.contains(id), "{id} of {given:?}");
    }
    assert!(given.iter().all(|id| !id.ends_with("_men") && id != "waist.men"), "{given:?}");
}

#[test]
fn who_is_told_when_to_measure_again() {
    let mut case = person(30);
    case.bp = readings(&[(112, 72)]);
    assert!(chosen(&case).contains(&"remeasure".to_owned()));
    case.age = 45;
    let given: BTreeSet<String> = visits(&case, 4).into_iter().flatten().collect();
    assert!(given.contains("remeasure.glucose") && given.contains("remeasure_35plus"), "{given:?}");
    case.age = 60;
    assert!(chosen(&case).contains(&"bp_follow".to_owned()), "half a year from 55 on");
    let given: BTreeSet<String> = visits(&Case { age: 70, ..case }, 6).into_iter().flatten().collect();
    assert!(given.iter().any(|id| id.starts_with("old_age")), "{given:?}");
    assert!(!given.contains("remeasure") && !given.contains("remeasure_35plus"), "{given:?}");
}

#[test]
fn a_known_patient_is_told_of_medicine_self_care_and_the_good_habits_in_turn() {
    let mut case = person(60);
    case.bp = readings(&[(132, 78)]);
    (case.history.on_antihypertensives, case.history.diabetes) = (true, true);
    let given: BTreeSet<String> = visits(&case, 6).into_iter().flatten().collect();
    for id in ["medicines", "hypertension_care", "diabetes_care", "alcohol.none", "lifestyle_eight"] {
        assert!(given.contains(id), "{id} of {given:?}");
    }
}

#[test]
fn a_smoker_is_advised_asked_and_offered_help_visit_by_visit() {
    let mut case = person(40);
    case.smoking = Some(Smoking::Current);
    let steps: Vec<_> =
        visits(&case, 4).into_iter().map(|ids| ids.into_iter().find(|id| id.starts_with("smoking")).unwrap()).collect();
    assert_eq!(steps, ["smoking", "smoking.ask", "smoking.offer", "smoking.talk"]);
}

#[test]
fn never_when_wins() {
    let mut case = person(30);
    case.history.diabetes = true;
    case.glucose = Some(Glucose { level: GlucoseLevel::Low, kind: GlucoseKind::Random });
    let items = chosen(&case);
    assert_eq!(items.first().map(String::as_str), Some("hypoglycaemia"));
    for id in &items {
        assert!(
            ["sugar", "activity", "medicines", "diabetes_care"].iter().all(|not| !id.starts_with(not)),
            "{items:?}"
        );
    }
    let mut case = person(85);
    case.bmi = Some(Decimal::new(265, 1));
    let items: BTreeSet<String> = visits(&case, 8).into_iter().flatten().collect();
    assert!(items.iter().all(|id| !["weight", "oil", "sugar"].contains(&id.as_str())), "{items:?}");
    assert!(items.contains("weight_80plus.range") && !items.contains("weight_80plus.eat"), "{items:?}");
    case.bmi = Some(Decimal::new(205, 1));
    assert_eq!(chosen(&case)[0], "weight_80plus.eat", "below the range of old age: not to lose more");
    let mut case = person(30);
    case.history.pregnant = true;
    case.bmi = Some(Decimal::new(30, 0));
    assert!(chosen(&case).iter().all(|id| !id.starts_with("weight") && !id.starts_with("activity")));
    let mut case = person(30);
    case.symptoms.insert("limb_paralysis".to_owned());
    case.bp = readings(&[(150, 95)]);
    assert_eq!(chosen(&case).first().map(String::as_str), Some("bp_very_high.120"));
}

#[test]
fn the_identical_three_are_not_repeated() {
    let mut case = person(50);
    case.bp = readings(&[(145, 92)]);
    let first = assess(&RULES, &case);
    case.guidance_shown = vec![first.guidance.iter().map(|item| item.id.clone()).collect()];
    let second = choose(&RULES, &case, &first);
    assert_eq!(second.len(), 3);
    assert!(second.iter().all(|item| !case.guidance_shown[0].contains(&item.id)), "{second:?}");
    let sets: BTreeSet<BTreeSet<String>> =
        visits(&case, 30).into_iter().map(|given| given.into_iter().collect()).collect();
    assert_eq!(sets.len(), 31, "day by day, all of them differ");
}

#[test]
fn who_has_little_oxygen_and_nothing_else_is_told_of_food() {
    let mut case = person(30);
    case.spo2 = Some(92);
    let given = visits(&case, 4);
    assert!(given.iter().all(|ids| ids.iter().any(|id| topic_of(id).id == "diet_pattern")), "{given:?}");
    assert!(given.windows(2).all(|pair| pair[0] != pair[1]), "{given:?}");
}

#[test]
fn what_a_pregnancy_asks_for_is_told_to_staff_only() {
    let staff = |case: &Case| -> Vec<String> {
        for_staff(&RULES, case, &assess(&RULES, case)).into_iter().map(|item| item.id).collect()
    };
    let mut case = person(30);
    assert_eq!(staff(&case), Vec::<String>::new());
    case.history.breastfeeding = true;
    assert_eq!(staff(&case), ["pregnancy.breastfeeding", "pregnancy.pressure"]);
    (case.history.breastfeeding, case.history.pregnant) = (false, true);
    assert_eq!(staff(&case), ["pregnancy", "pregnancy.pressure", "pregnancy.glucose"]);
    assert!(visits(&case, 6).iter().flatten().all(|id| topic_of(id).audience == Audience::Resident));
}

// ---- the texts

#[test]
fn guidance_that_states_what_is_not_known_is_refused() {
    let file = include_str!("../seeds/guidance/hypoglycaemia.toml");
    let recalled = file.replace("facts = [\"hypo.sugar\", ", "facts = [\"hypo.swallow\", ");
    let refused = |text: &str| GuidanceBook::load(&[("hypoglycaemia.toml", text)], &RULES).unwrap_err().to_string();
    assert!(refused(&recalled).contains("hypo.swallow"));
    assert!(refused(&file.replace("马上吃", "请您现在就马上吃")).contains("longer"));
    assert!(refused(&file.replace("glu.low.no_diabetes", "glu.lowish")).contains("glu.lowish"));
    for row in ["glu.hypo.second_aid", "glu.critical.level2"] {
        let fault = refused(&file.replacen("row = \"glu.hypo.first_aid\"", &format!("row = \"{row}\""), 1));
        assert!(
            fault.starts_with("hypoglycaemia.toml:") && fault.contains("hypo.sugar") && fault.contains(row),
            "{fault}"
        );
    }
}

#[test]
fn no_advice_names_an_illness_of_the_resident_or_a_drug() {
    for topic in RULES.guidance().topics() {
        for item in &topic.item {
            let zh = format!("{} {}", item.zh, item.zh_more);
            let drugs = ["胰岛素", "双胍", "沙坦", "洛尔", "地平", "普利", "他汀", "降压药", "降糖药", "加药", "剂量"];
            for word in ["高血压", "糖尿病", "肥胖", "危险", "严重", "！"].iter().chain(&drugs) {
                assert!(!zh.contains(word), "{}: {word}", item.id);
            }
            assert!(topic.id == "medicines" || !zh.contains('药'), "{}", item.id);
            assert!(!item.en.is_empty() && !item.en_more.is_empty(), "{}", item.id);
            assert!(item.en.len() <= ENGLISH && item.en_more.len() <= ENGLISH, "{}", item.id);
            assert_eq!(item.voice, format!("advice.{}", item.id));
        }
    }
}

/// An English line that is longer does not fit its card.
const ENGLISH: usize = 47;

#[test]
fn every_icon_is_drawn() {
    let drawn = include_str!("../src/kiosk/views/icon.rs");
    for item in RULES.guidance().items() {
        assert!(drawn.contains(&format!("(\"{}\", Icon::", item.icon)), "{}: {}", item.id, item.icon);
    }
}

#[test]
fn common_topics_have_other_wordings() {
    let one = ["hypoglycaemia", "health_days", "remeasure_35plus"];
    for topic in RULES.guidance().topics().iter().filter(|topic| !one.contains(&topic.id.as_str())) {
        assert!(topic.item.len() >= 2, "{}", topic.id);
        let lines: BTreeSet<_> = topic.item.iter().map(|item| (&item.zh, &item.zh_more)).collect();
        assert_eq!(lines.len(), topic.item.len(), "{}", topic.id);
    }
}

#[test]
fn every_number_in_a_text_stands_in_its_facts_and_in_both_languages() {
    let mut differ = Vec::new();
    for topic in RULES.guidance().topics() {
        for item in &topic.item {
            let stated: BTreeSet<String> = facts(topic, item).flat_map(|fact| amounts(&fact.text)).collect();
            for text in [&item.zh, &item.zh_more, &item.en, &item.en_more] {
                let unbacked: Vec<_> = amounts(text).difference(&stated).cloned().collect();
                assert!(unbacked.is_empty(), "{}: {unbacked:?} of \"{text}\" in {stated:?}", item.id);
            }
            let said = |line: &str, more: &str| amounts(&format!("{line} {more}"));
            let (zh, en) = (said(&item.zh, &item.zh_more), said(&item.en, &item.en_more));
            differ.extend((zh != en).then(|| format!("{}: {zh:?}, {en:?}", item.id)));
        }
    }
    assert!(differ.is_empty(), "the languages name other numbers: {differ:#?}");
}

#[test]
fn every_number_of_a_fact_stands_in_its_row() {
    let mut rows = 0;
    for topic in RULES.guidance().topics() {
        for fact in &topic.fact {
            let Some(row) = &fact.row else { continue };
            let row = RULES.rows().iter().find(|other| other.id == *row).unwrap();
            let held = row_amounts(row.keys.iter().filter(|(key, _)| *key != "seen_in"));
            let unbacked: Vec<_> = amounts(&fact.text).difference(&held).cloned().collect();
            assert!(unbacked.is_empty(), "{}: {unbacked:?} not in {held:?}", fact.id);
            rows += 1;
        }
    }
    assert!(rows >= 20, "{rows}");
}

#[test]
fn a_fact_whose_number_is_that_of_a_rule_row_names_it() {
    // These say when to come again or where a limit lies; the others are amounts of food and movement.
    for topic in
        ["bp_first_raised", "bp_follow", "glucose_ifg", "remeasure", "remeasure_35plus", "waist", "weight", "pregnancy"]
    {
        let topic = RULES.guidance().topics().iter().find(|other| other.id == topic).unwrap();
        for fact in topic.fact.iter().filter(|fact| !amounts(&fact.text).is_empty()) {
            assert!(fact.row.is_some(), "{}", fact.id);
        }
    }
}

fn facts<'a>(topic: &'a Topic, item: &'a Item) -> impl Iterator<Item = &'a health_hut::assess::guidance::Statement> {
    topic.fact.iter().filter(|fact| item.facts.contains(&fact.id))
}

/// The amounts a text names, in either language: digits, number words, `half`, and `year` for what is done yearly. One of
/// something is no amount: 再量一次 is "again".
fn amounts(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let number = |c: char| c.is_ascii_digit() || c == '.';
    for run in text.split(|c: char| !number(c)).map(|run| run.trim_matches('.')).filter(|run| !run.is_empty()) {
        found.insert(run.parse::<Decimal>().unwrap().normalize().to_string());
    }
    for (sign, amount) in "二两三四五六七八九".chars().zip(["2", "2", "3", "4", "5", "6", "7", "8", "9"]) {
        found.extend(text.contains(sign).then(|| amount.to_owned()));
    }
    for (sign, amount) in [("十", "10"), ("半", "half"), ("一年", "year"), ("每年", "year")] {
        found.extend(text.contains(sign).then(|| amount.to_owned()));
    }
    let english = text.to_lowercase().replace("half a year", "half").replace("half year", "half");
    for word in english.split(|c: char| !c.is_ascii_alphabetic()) {
        let amount = match word {
            "two" | "twice" | "both" => "2",
            "three" => "3",
            "four" => "4",
            "five" => "5",
            "six" => "6",
            "seven" => "7",
            "eight" => "8",
            "nine" => "9",
            "ten" => "10",
            "half" => "half",
            "year" | "yearly" => "year",
            _ => continue,
        };
        found.insert(amount.to_owned());
    }
    found
}

/// The amounts a row holds, days also as weeks, years and half years, and the highest value below an upper limit.
fn row_amounts<'a>(keys: impl Iterator<Item = (&'a String, &'a toml::Value)>) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    for (key, value) in keys {
        let found = amounts(&value.to_string());
        for number in found.iter().filter_map(|amount| amount.parse::<Decimal>().ok()) {
            let seven = Decimal::from(7);
            if key.ends_with("days") && (number % seven).is_zero() {
                held.insert((number / seven).normalize().to_string());
            }
            if key.ends_with("lt") {
                held.insert((number - Decimal::new(1, 1)).normalize().to_string());
            }
            for (length, word) in [(365, "year"), (182, "half"), (30, "half")] {
                held.extend((number == Decimal::from(length)).then(|| word.to_owned()));
            }
        }
        held.extend(found);
    }
    held
}

// ---- the calendar

#[test]
fn a_health_day_counts_when_its_date_is_confirmed() {
    let of_year = || day("2027-01-01").iter_days().take(365);
    assert!(
        of_year().all(|date| RULES.guidance().days_on(date).next().is_none()),
        "recalled dates are in force nowhere"
    );
    let file = include_str!("../seeds/guidance/health_days.toml");
    let confirmed = file.replace("status = \"recalled\"", "status = \"policy\"");
    let book = GuidanceBook::load(&[("health_days.toml", &confirmed)], &RULES).unwrap();
    let on = |date: &str| -> Vec<String> { book.days_on(day(date)).map(|day| day.id.clone()).collect() };
    assert_eq!(on("2026-05-31"), ["days.no_tobacco"]);
    assert_eq!((on("2026-11-18"), on("2026-11-19")), (vec!["days.copd".to_owned()], Vec::new()));
    assert_eq!(
        (on("2026-09-14").len(), on("2026-09-15").len(), on("2026-09-21").len(), on("2026-09-22").len()),
        (0, 1, 1, 0)
    );
    let held: BTreeSet<NaiveDate> = of_year().filter(|date| book.days_on(*date).next().is_some()).collect();
    assert_eq!(held.len(), 8 + 3 * 7 - 1, "eight days and three weeks; the dental day lies in the salt week");
    for on in ["fifth Monday of May", "third Wednesday of Novembre", "02-30", "31.05."] {
        let wrong = file.replace("on = \"05-31\"", &format!("on = \"{on}\""));
        let fault = GuidanceBook::load(&[("health_days.toml", &wrong)], &RULES).unwrap_err().to_string();
        assert!(fault.starts_with("health_days.toml:") && fault.contains(on), "{fault}");
    }
    assert!(RULES.guidance().topics().iter().flat_map(|topic| &topic.day).all(|day| day.status == Status::Recalled));
}

// ---- what holds for anybody

prop_compose! {
    /// Anybody, who also told about drinking, salt and tablets.
    fn anybody_who_told()(
        case in anybody(),
        drinks in prop::option::of(any::<bool>()),
        salty in prop::option::of(any::<bool>()),
        tablets in any::<bool>(),
    ) -> Case {
        let mut case = case;
        (case.drinks, case.salty) = (drinks, salty);
        case.history.on_antihypertensives = tablets && case.history.hypertension;
        case
    }
}

/// Rows and words that surely hold, found without the code that chooses.
fn holding(case: &Case, result: &Assessment) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = result.reasons.iter().map(|reason| reason.row.0.clone()).collect();
    let told = [
        ("urgent", result.urgency >= Urgency::Urgent),
        ("pregnant", case.history.pregnant),
        ("breastfeeding", case.history.breastfeeding),
        ("known_hypertension", case.history.knows(Disease::Hypertension)),
        ("known_diabetes", case.history.diabetes),
        ("age_80plus", case.age >= 80),
        ("drinks", case.drinks == Some(true)),
        ("does_not_drink", case.drinks == Some(false)),
    ];
    words.extend(told.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word.to_owned()));
    words
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn at_most_three_and_never_two_of_a_kind(case in anybody_who_told()) {
        let result = assess(&RULES, &case);
        prop_assert!(result.guidance.len() <= 3);
        for kind in [Kind::Food, Kind::Movement, Kind::Answer, Kind::Other] {
            let of_kind = result.guidance.iter().filter(|given| topic_of(&given.id).kind == kind && !item(&given.id).now);
            prop_assert!(of_kind.count() <= 1, "{:?} of {:?}", kind, result.guidance);
        }
        let lines: BTreeSet<_> = result.guidance.iter().map(|given| &item(&given.id).zh).collect();
        prop_assert_eq!(lines.len(), result.guidance.len());
        for given in &result.guidance {
            prop_assert_eq!(given.version, item(&given.id).version);
            prop_assert!(!given.because.is_empty());
        }
        let low = case.age >= 18 && result.glucose_critical.as_ref().is_some_and(|row| row.0.contains("low"));
        prop_assert!(!low || result.guidance.iter().any(|item| item.id == "hypoglycaemia"));
    }

    #[test]
    fn who_told_something_is_told_something_about_it(case in anybody_who_told()) {
        let result = assess(&RULES, &case);
        let has = |kind| result.guidance.iter().any(|given| topic_of(&given.id).kind == kind);
        let now = result.guidance.iter().any(|given| item(&given.id).now);
        if case.age >= 18 && !now && case.smoking == Some(Smoking::Current) {
            prop_assert!(result.guidance.iter().any(|given| given.id.starts_with("smoking")));
        }
        let drinks = case.drinks == Some(true) && !case.history.pregnant && !case.history.breastfeeding;
        if case.age >= 18 && !now && drinks {
            let blood_test = result.guidance.iter().any(|given| given.id.starts_with("glucose_"));
            prop_assert!(has(Kind::Answer) || blood_test, "{:?}", result.guidance);
        }
        if case.age >= 18 && !now && result.urgency < Urgency::Urgent && !case.history.pregnant {
            // Nobody is sent to move with little oxygen or little sugar in the blood.
            let short = ["spo2.low", "glu.low.no_diabetes"].iter().any(|row| result.noted(row).is_some());
            prop_assert!(has(Kind::Movement) || short, "{:?}", result.guidance);
            let moves = result.guidance.iter().any(|given| topic_of(&given.id).id.starts_with("activity"));
            prop_assert!(!moves || !short, "{:?}", result.guidance);
            let nothing = result.guidance.iter().any(|given| given.because.iter().any(|word| word == "none"));
            prop_assert!(!nothing || has(Kind::Food), "{:?}", result.guidance);
        }
    }

    #[test]
    fn nobody_is_given_what_is_not_for_them(case in anybody_who_told(), many in 1usize..6) {
        let result = assess(&RULES, &case);
        let holding = holding(&case, &result);
        for id in visits(&case, many).iter().flatten() {
            let (topic, item) = (topic_of(id), item(id));
            let never: Vec<_> =
                topic.never_when.iter().chain(&item.never_when).filter(|word| holding.contains(*word)).collect();
            prop_assert!(never.is_empty(), "{} although {:?}", id, never);
            prop_assert_eq!(topic.audience, Audience::Resident);
            prop_assert!(topic.age_ge.is_none_or(|from| case.age >= from));
            let loses_weight = ["weight", "waist"].contains(&topic.id.as_str());
            prop_assert!(case.age < 80 || !loses_weight, "{}", id);
            let moves = topic.kind == Kind::Movement;
            prop_assert!(!moves || result.urgency < Urgency::Urgent, "{} on an urgent day", id);
            prop_assert!(!moves || !case.history.pregnant, "{} in pregnancy", id);
            prop_assert!(!loses_weight || !case.history.breastfeeding, "{} while breastfeeding", id);
            prop_assert!(case.age >= 18 || ["bp_very_high", "hypoglycaemia"].contains(&topic.id.as_str()), "{} under 18", id);
        }
    }

    #[test]
    fn two_visits_in_a_row_differ(case in anybody_who_told()) {
        let result = assess(&RULES, &case);
        let now = result.guidance.iter().any(|given| item(&given.id).now);
        if case.age < 18 || result.urgency >= Urgency::Urgent || case.history.pregnant || now {
            return Ok(());
        }
        // Where three topics have much to say all eight differ; where one has three lines, they come in turn.
        let told: Vec<BTreeSet<String>> =
            visits(&case, 8).into_iter().map(|given| given.into_iter().collect()).collect();
        prop_assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", told);
    }
}

#[test]
fn a_pregnant_woman_is_told_of_no_band_and_nothing_found_means_nothing() {
    let because = |case: &Case| -> Vec<String> {
        assess(&RULES, case).guidance.into_iter().flat_map(|given| given.because).collect()
    };
    let mut case = person(30);
    case.sex = Some(Sex::Female);
    case.history.pregnant = true;
    case.glucose =
        Some(Glucose { level: GlucoseLevel::Value(MmolPerLitre(Decimal::new(70, 1))), kind: GlucoseKind::Fasting });
    assert!(because(&case).iter().all(|word| !word.starts_with("glu.")), "{:?}", because(&case));
    let mut low = person(50);
    low.spo2 = Some(92);
    assert!(!because(&low).contains(&"none".to_owned()), "{:?}", because(&low));
    low.spo2 = Some(98);
    assert!(because(&low).contains(&"none".to_owned()), "{:?}", because(&low));
    let mut old = person(85);
    old.bmi = Some(Decimal::from(25));
    assert!(!because(&old).contains(&"none".to_owned()), "{:?}", because(&old));
}
