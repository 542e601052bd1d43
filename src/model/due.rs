//! What comes next after a visit, and by when.

use chrono::NaiveDate;

use super::RowId;

/// A thing to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody asks what became of the referral.
    ReferralFollowUp,
    /// Blood pressure on so many further days, all by the date.
    PressureAgain {
        /// Days beside those already measured in the window.
        further: u16,
    },
    /// The next blood pressure, though nothing is raised.
    Pressure,
    /// The next fasting glucose.
    FastingGlucose,
    /// The next lipids.
    Lipids,
}

/// A step with its date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub step: Step,
    /// The row that asks for it.
    pub row: RowId,
    /// Days from the visit.
    pub days: u16,
    /// By this day.
    pub by: NaiveDate,
}
