//! What comes next and by when: further days after a raised pressure, the follow-up of a referral, the next measurements
//! of somebody who is well. Dates are of days in the tables; each names its row.

use chrono::Days;

use super::case::Case;
use super::risk;
use super::rulebook::RuleBook;
use super::rulebook::rows::{Disease, Row, Screening};
use super::{Assessment, View};
use crate::model::RowId;
use crate::model::due::{Due, Step};

/// What comes next after a visit, the soonest first. Nothing for people under the adult age but the follow-up of a referral.
pub fn schedule(rules: &RuleBook, case: &Case, result: &Assessment) -> Vec<Due> {
    let view = View::new(rules.on(case.date, case.profile.as_ref()), case);
    let mut steps: Vec<Due> = referral(&view, result).into_iter().collect();
    if view.adult {
        steps.extend(pressure(&view, result));
        steps.extend(glucose(&view, result));
        steps.extend(lipids(&view));
    }
    steps.sort_by_key(|due| due.days);
    steps
}

fn due(view: &View<'_>, step: Step, row: &RowId, days: u16) -> Due {
    Due { step, row: row.clone(), days, by: view.case.date + Days::new(days.into()) }
}

fn referral(view: &View<'_>, result: &Assessment) -> Option<Due> {
    let days = result.referral_follow_up_days?;
    Some(due(view, Step::ReferralFollowUp, view.rules.referral_row(), days))
}

/// Known patients are followed up by their doctor.
fn pressure(view: &View<'_>, result: &Assessment) -> Option<Due> {
    if view.knows(Disease::Hypertension) {
        return None;
    }
    let raised = view.session.is_some_and(|session| view.rules.is_raised(session.mean));
    if !raised {
        let next = view.rules.next_pressure(risk::is_prone_to_hypertension(view));
        return Some(due(view, Step::Pressure, &next.row, next.days));
    }
    // Three raised days are enough; a doctor decides now.
    let retest = view.rules.retest();
    let earlier = u16::try_from(view.raised_days.possible.saturating_sub(1)).unwrap_or(u16::MAX);
    let further = retest.further_days.saturating_sub(earlier);
    if further == 0 || result.three_day_rule_met == Some(true) {
        return None;
    }
    // The window began with the first raised day.
    let spent = view.raised_days.since.map_or(0, |since| (view.case.date - since).num_days());
    let left = retest.window_days.saturating_sub(u16::try_from(spent).unwrap_or(0));
    Some(due(view, Step::PressureAgain { further }, &retest.row, left))
}

fn glucose(view: &View<'_>, result: &Assessment) -> Option<Due> {
    let classed = result.glucose_class.as_ref().is_some_and(|class| IMPAIRED.contains(&class.as_str()));
    let prone = (classed || risk::is_prone_to_diabetes(view)) && !view.knows(Disease::Diabetes);
    let next = prone.then(|| view.rules.next_glucose())?;
    Some(due(view, Step::FastingGlucose, &next.row, next.days))
}

/// The rows of an age that has a period; younger people's is a span of years, which the doctor chooses from.
fn lipids(view: &View<'_>) -> Option<Due> {
    let of_age = |row: &&Screening| {
        row.age_ge.is_none_or(|from| view.case.age >= from) && row.age_lt.is_none_or(|below| view.case.age < below)
    };
    let mut rows = view.rules.lipids.screening.iter().filter(|row| view.rules.is_on(*row)).filter(of_age);
    let (row, days) = rows.find_map(|row| Some((row, row.interval_days?)))?;
    (!view.knows(Disease::Dyslipidaemia)).then(|| due(view, Step::Lipids, row.id(), days))
}

/// Classes that are looked at again every year (clinical README, follow-up after a finding).
const IMPAIRED: [&str; 2] = ["glu.fasting.ifg", "glu.2h.igt"];
