//! What this client already knows about the person in front.

use chrono::NaiveDate;

use super::measurement::Measurement;
use super::resident::{Answers, Consent, Resident};
use super::{RegistrationId, units::Centimetres};

/// The session mean of an earlier visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastPressure {
    /// The local day.
    pub date: NaiveDate,
    /// Mean systolic, mmHg.
    pub systolic: u16,
    /// Mean diastolic, mmHg.
    pub diastolic: u16,
    /// False when the clock of that day cannot be trusted: such a day never completes the three-day rule.
    pub trusted: bool,
}

/// A person's stored history, as the session needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// The person as stored; `None` for somebody new.
    pub resident: Option<Resident>,
    /// What they allow, if they answered the text version in force.
    pub consent: Option<Consent>,
    /// Session means, oldest first.
    pub pressures: Vec<PastPressure>,
    /// Newest answers that are not older than a year.
    pub answers: Answers,
    /// Day of the last visit.
    pub last_visit: Option<NaiveDate>,
    /// Height of the last year, and when it was measured.
    pub height: Option<(NaiveDate, Centimetres)>,
    /// The open registration, if there is one.
    pub registration: Option<RegistrationId>,
    /// The day for which a doctor asked them to measure again, until they have been here once more.
    pub asked_back: Option<NaiveDate>,
    /// True while a flag of this person waits for review.
    pub flag_waiting: bool,
    /// Guidance item ids given at each visit of the last 30 days, oldest first.
    pub guidance: Vec<Vec<String>>,
    /// All measurements of the last visits, newest first, for the plausibility of weight and the trend.
    pub measurements: Vec<Measurement>,
}
