//! How fast the rules judge: assessments a second on one core, each with ten years of history, and the loading of all
//! tables (bar: 50 ms).
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use health_hut::assess::{Case, Glucose, LipidValues, Smoking, assess};
use health_hut::model::Sex;
use health_hut::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use health_hut::model::past::PastPressure;
use health_hut::model::units::{Centimetres, MmHg, MmolPerLitre};
use health_hut::seeds;
use rust_decimal::Decimal;

/// Ten years, a visit every week.
const VISITS: u64 = 520;
const CASES: u64 = 64;
const LOADS: usize = 20;

fn main() {
    let mut loads: Vec<Duration> =
        (0..LOADS).map(|_| timed(|| drop(black_box(seeds::rule_book(None).unwrap())))).collect();
    loads.sort_unstable();
    println!(
        "loading all tables and guidance: median {:?}, longest {:?} of {LOADS}",
        loads[LOADS / 2],
        loads[LOADS - 1]
    );
    let rules = seeds::rule_book(None).unwrap();
    for (name, history) in [("ten years of history", VISITS), ("no history", 0)] {
        let cases: Vec<Case> = (0..CASES).map(|nth| case(nth, history)).collect();
        let mut judged = 0u64;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            for case in &cases {
                black_box(assess(&rules, case));
            }
            judged += CASES;
        }
        println!("{name}: {:.0} assessments a second on one core", judged as f64 / start.elapsed().as_secs_f64());
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// People of all sorts, everything measured and asked.
fn case(nth: u64, history: u64) -> Case {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let by = |range: u64| u16::try_from(nth * 7 % range).unwrap();
    let pressure = |systolic, diastolic| Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse: None };
    let tenths = |from: i64, range: u64| Decimal::new(from + i64::from(by(range)), 1);
    let past = |back: u64| PastPressure {
        date: day - Days::new(7 * (back + 1)),
        systolic: 118 + u16::try_from((back * 5 + nth) % 40).unwrap(),
        diastolic: 72 + u16::try_from((back * 3 + nth) % 25).unwrap(),
        trusted: true,
    };
    let mut case = Case::new(day, 18 + by(80));
    case.sex = Some(if nth.is_multiple_of(2) { Sex::Female } else { Sex::Male });
    case.bp = vec![pressure(115 + by(60), 70 + by(35)), pressure(117 + by(60), 71 + by(35))];
    case.bp_days = (0..history).map(past).collect();
    case.glucose =
        Some(Glucose { level: GlucoseLevel::Value(MmolPerLitre(tenths(40, 60))), kind: GlucoseKind::Fasting });
    case.bmi = Some(tenths(180, 150));
    case.waist = Some(Centimetres(tenths(700, 300)));
    let lipid = |from| Some(MmolPerLitre(tenths(from, 40)));
    case.lipids = Some(LipidValues { tc: lipid(40), tg: lipid(8), ldl: lipid(20), hdl: lipid(8) });
    case.spo2 = Some(88 + by(12));
    case.smoking = Some([Smoking::Never, Smoking::Former, Smoking::Current][usize::from(by(3))]);
    case.history.hypertension = nth.is_multiple_of(5);
    case.history.diabetes = nth.is_multiple_of(7);
    case.history.family_diabetes = Some(nth.is_multiple_of(3));
    case.want_cdrs = true;
    case
}
