//! What is told beside the classes: a low pressure, a fever, a positive stool test. Each stands among the reasons by a name of
//! its own and changes no class. As shipped all these rows wait for a clinician's signature.

use rust_decimal::Decimal;

use super::reasons::{Met, pressure, reason};
use super::rulebook::rows::{Band, Banded};
use super::{View, series};
use crate::model::finding::Reason;
use crate::model::{Assessment, Urgency};

/// Recalled rows that nothing in this version judges by: no input tells what they ask, or nobody is shown what they say.
pub const NOT_JUDGED: [&str; 9] = [
    "bp.protocol.irregular_pulse",
    "cvrisk.1_2",
    "cvrisk.3plus_or_tod",
    "cvrisk.clinical",
    "cvrisk.factor.homocysteine",
    "glu.hba1c.diabetes_range",
    "hp.alcohol",
    "china-par",
    "who-2019-east-asia",
];

/// Puts the notes into the result.
pub(super) fn note(view: &View<'_>, result: &mut Assessment) {
    let notes = patterns(view).chain(glucose(view)).chain(temperature(view)).chain(pulse(view));
    result.reasons.extend(notes.chain(positive(view).map(|row| reason("occult_blood", row, positive_met()))));
}

/// Labels of the session mean beside its grade, at the adult age; isolated systolic has a key of its own.
fn patterns(view: &View<'_>) -> impl Iterator<Item = Reason> {
    let session = view.session.filter(|_| view.adult);
    let rows = view.rules.bp.pattern.iter();
    let rows = rows.filter(|row| row.editions.iter().any(|edition| edition == view.rules.grading()));
    rows.filter(|row| row.id != "bp.isolated_systolic" && view.rules.is_on(*row)).filter_map(move |row| {
        let (mean, limits) = (session?.mean, row.limits());
        limits.meets(mean).then(|| reason("bp_pattern", row, Met::new(pressure(mean), limits.words(mean))))
    })
}

/// Labels of a critical glucose for the doctor: rows without a level and without signs.
fn glucose(view: &View<'_>) -> impl Iterator<Item = Reason> {
    let level = view.case.glucose.map(|glucose| glucose.level);
    let rows = view.rules.glucose.critical.iter();
    let rows =
        rows.filter(|row| row.urgency.is_none() && row.requires_any_symptom.is_empty() && view.rules.is_on(*row));
    rows.filter_map(move |row| {
        let level = level.filter(|level| row.bounds().holds_level(*level))?;
        Some(reason("glucose_note", row, Met::new(super::glucose_words(level), row.bounds().words())))
    })
}

/// A temperature whose row has no level; one with a level is told as the urgency.
fn temperature(view: &View<'_>) -> impl Iterator<Item = Reason> {
    let rows = view.rules.vitals.temperature.iter();
    rows.filter(|row| row.urgency.is_none() && view.rules.is_on(*row)).filter_map(|row| {
        let value = view.case.temperature.filter(|value| row.bounds().holds(*value))?;
        Some(reason("temperature", row, Met::new(value, row.bounds().words())))
    })
}

/// The pulse given, else the mean of the session's. A lasting fast pulse is asked for, never read off one number.
fn pulse(view: &View<'_>) -> impl Iterator<Item = Reason> {
    let given = view.case.pulse.map(|pulse| Decimal::from(pulse.0));
    let mean = || series::mean_pulse(&view.case.bp).map(Decimal::from);
    let value = given.or_else(mean).filter(|_| view.adult);
    let rows = view.rules.vitals.pulse.iter().filter(|row| row.persistent != Some(true) && view.rules.is_on(*row));
    rows.filter_map(move |row| {
        let (value, bounds) = (value?, row.met(value?)?);
        Some(reason("pulse", row, Met::new(value, bounds.words())))
    })
}

/// The row of a positive test for hidden blood in the stool; a negative one says nothing.
fn positive<'a>(view: &View<'a>) -> Option<&'a Band> {
    let mut rows = view.rules.vitals.fobt.iter().filter(|row| row.id == "fobt.positive");
    rows.find(|row| view.case.occult_blood == Some(true) && view.rules.is_on(*row))
}

fn positive_met() -> Met {
    Met::new("positive", "positive")
}

/// The level that a positive stool test raises.
pub(super) fn urgency(view: &View<'_>) -> Option<(Urgency, Reason)> {
    let row = positive(view)?;
    Some((row.urgency?, reason("urgency", row, positive_met())))
}
