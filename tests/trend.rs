//! What may be said of a person's own past, and from how much of it.

use chrono::{Days, NaiveDate};
use health_hut::model::trend::{DayValues, Direction, Trended};
use health_hut::seeds;
use rust_decimal::Decimal;

fn day(after: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 3).unwrap() + Days::new(after)
}

fn pressures(entries: &[(u64, i64, i64)]) -> Vec<DayValues> {
    entries.iter().map(|(after, upper, lower)| (day(*after), vec![(*upper).into(), (*lower).into()])).collect()
}

fn told(of: Trended, entries: &[DayValues]) -> Option<(Direction, Vec<String>, bool)> {
    let rules = seeds::rule_book(None).unwrap();
    let trend = rules.on(day(100), None).trend(of, entries)?;
    assert_eq!(trend.since, entries.iter().map(|(day, _)| *day).min().unwrap());
    Some((trend.direction, trend.changes.iter().map(ToString::to_string).collect(), trend.was_raised))
}

#[test]
fn nothing_is_said_of_two_days_or_of_four_weeks_less_a_day() {
    assert_eq!(told(Trended::Pressure, &pressures(&[(0, 150, 95), (60, 130, 80)])), None);
    assert_eq!(told(Trended::Pressure, &pressures(&[(0, 150, 95), (13, 140, 90), (27, 130, 80)])), None);
    assert!(told(Trended::Pressure, &pressures(&[(0, 150, 95), (13, 140, 90), (28, 130, 80)])).is_some());
    // Several sessions of one day are one day.
    assert_eq!(told(Trended::Pressure, &pressures(&[(0, 150, 95), (0, 140, 90), (40, 130, 80)])), None);
    let rules = seeds::rule_book(None).unwrap();
    let rules = rules.on(day(100), None);
    assert_eq!(rules.days_to_a_trend(Trended::Pressure, &pressures(&[(0, 150, 95), (0, 140, 90)])), 2);
    assert_eq!(rules.days_to_a_trend(Trended::Pressure, &pressures(&[(0, 1, 1), (1, 1, 1), (2, 1, 1)])), 0);
}

#[test]
fn the_later_half_is_held_against_the_earlier() {
    let fell = pressures(&[(0, 152, 96), (20, 148, 94), (40, 144, 90), (60, 140, 86)]);
    assert_eq!(told(Trended::Pressure, &fell), Some((Direction::Lower, vec!["-8".into(), "-7".into()], true)));
    let rose: Vec<DayValues> =
        fell.iter().rev().zip([0, 20, 40, 60]).map(|((_, v), at)| (day(at), v.clone())).collect();
    assert_eq!(told(Trended::Pressure, &rose).map(|told| told.0), Some(Direction::Higher));
    let mut shuffled = fell;
    shuffled.reverse();
    assert_eq!(told(Trended::Pressure, &shuffled).map(|told| told.0), Some(Direction::Lower));
}

#[test]
fn five_is_a_change_and_less_is_none() {
    let by = |less: i64| pressures(&[(0, 120, 70), (20, 120, 70), (40, 120 - less, 70), (60, 120 - less, 70)]);
    assert_eq!(told(Trended::Pressure, &by(5)), Some((Direction::Lower, vec!["-5".into(), "0".into()], false)));
    assert_eq!(told(Trended::Pressure, &by(4)).map(|told| told.0), Some(Direction::Same));
    let mixed = pressures(&[(0, 150, 70), (20, 150, 70), (40, 140, 80), (60, 140, 80)]);
    assert_eq!(told(Trended::Pressure, &mixed).map(|told| told.0), Some(Direction::Mixed));
}

#[test]
fn weight_is_told_by_the_kilogram() {
    let weights = |last: i64| -> Vec<DayValues> {
        [(0, 700), (30, 700), (60, last), (90, last)]
            .map(|(at, grams)| (day(at), vec![Decimal::new(grams, 1)]))
            .to_vec()
    };
    assert_eq!(told(Trended::Weight, &weights(691)).map(|told| told.0), Some(Direction::Same));
    assert_eq!(told(Trended::Weight, &weights(690)), Some((Direction::Lower, vec!["-1.0".into()], false)));
    assert_eq!(told(Trended::Waist, &[]), None);
}
