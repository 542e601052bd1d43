//! What comes next, and by when.

use chrono::{Days, NaiveDate};
use health_hut::assess::schedule::schedule;
use health_hut::assess::{Case, Glucose, assess};
use health_hut::model::Sex;
use health_hut::model::due::Step;
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use health_hut::model::past::PastPressure;
use health_hut::model::units::{MmHg, MmolPerLitre};
use health_hut::seeds;
use rust_decimal::Decimal;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn person(age: u16, systolic: u16, diastolic: u16) -> Case {
    let pressure = Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse: None };
    Case { bp: vec![pressure, pressure], sex: Some(Sex::Female), ..Case::new(today(), age) }
}

fn raised(case: &mut Case, days_ago: u64) {
    let date = today() - Days::new(days_ago);
    case.bp_days.push(PastPressure { date, systolic: 150, diastolic: 95, trusted: true });
}

/// Each step with its row and days.
fn steps(case: &Case) -> Vec<(Step, String, u16)> {
    let rules = seeds::rule_book(None).unwrap();
    let found = schedule(&rules, case, &assess(&rules, case));
    for due in &found {
        assert_eq!(due.by, today() + Days::new(due.days.into()));
    }
    found.into_iter().map(|due| (due.step, due.row.to_string(), due.days)).collect()
}

#[test]
fn who_is_well_comes_again_in_a_year_and_who_is_prone_in_half() {
    assert_eq!(steps(&person(30, 110, 70)), [(Step::Pressure, "bp.screen.adult_yearly".into(), 365)]);
    assert_eq!(steps(&person(30, 132, 70)), [(Step::Pressure, "bp.screen.high_risk_half_yearly".into(), 182)]);
    let at_40 = steps(&person(40, 110, 70));
    assert!(at_40.contains(&(Step::FastingGlucose, "glu.screen.high_risk_yearly".into(), 365)), "{at_40:?}");
    assert!(at_40.contains(&(Step::Lipids, "lipid.screen.40plus".into(), 365)), "{at_40:?}");
    assert_eq!(steps(&person(39, 110, 70)).len(), 1);
}

#[test]
fn a_raised_pressure_is_measured_on_two_more_days_within_four_weeks_of_the_first() {
    let retest = |further, days| (Step::PressureAgain { further }, "bp.first_raised.retest".to_owned(), days);
    let mut case = person(30, 150, 95);
    assert_eq!(steps(&case)[0], retest(2, 28));
    raised(&mut case, 10);
    assert_eq!(steps(&case)[0], retest(1, 18));
    raised(&mut case, 20);
    // Now three days are raised: a doctor decides, and asks what became of it.
    let third = steps(&case);
    assert_eq!(third[0], (Step::ReferralFollowUp, "bp.screen.first_raised_referral".into(), 14));
    assert!(third.iter().all(|(step, ..)| !matches!(step, Step::PressureAgain { .. } | Step::Pressure)), "{third:?}");
}

#[test]
fn a_referral_is_followed_up_at_any_age() {
    let child = steps(&person(12, 185, 115));
    assert_eq!(child, [(Step::ReferralFollowUp, "bp.screen.first_raised_referral".into(), 14)]);
}

#[test]
fn known_patients_and_their_diseases_are_left_to_the_doctor() {
    let mut case = person(50, 150, 95);
    case.history.hypertension = true;
    case.history.diabetes = true;
    case.history.dyslipidaemia = true;
    assert_eq!(steps(&case), []);
}

#[test]
fn factors_of_diabetes_ask_for_a_fasting_glucose() {
    let mut case = person(30, 110, 70);
    let prone = |case: &Case| steps(case).iter().any(|(step, ..)| *step == Step::FastingGlucose);
    assert!(!prone(&case));
    case.history.family_diabetes = Some(true);
    assert!(prone(&case));
    case.history.family_diabetes = Some(false);
    case.bmi = Some(Decimal::new(240, 1));
    assert!(prone(&case));
    case.bmi = None;
    let hdl = |hundredths| health_hut::assess::LipidValues {
        hdl: Some(MmolPerLitre(Decimal::new(hundredths, 2))),
        ..Default::default()
    };
    case.lipids = Some(hdl(92));
    assert!(!prone(&case));
    case.lipids = Some(hdl(91));
    assert!(prone(&case));
    case.lipids = None;
    case.history.on_antihypertensives = true;
    assert!(prone(&case));
    case.history.on_antihypertensives = false;
    assert!(!prone(&case));
    case.glucose =
        Some(Glucose { level: GlucoseLevel::Value(MmolPerLitre(Decimal::new(65, 1))), kind: GlucoseKind::Fasting });
    assert!(prone(&case));
}
