//! The doctor's side of a flag: the case as the queue shows it, and what can be decided.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fact::SymptomAnswer;
use super::finding::Assessment;
use super::measurement::Measurement;
use super::resident::{Answers, Guest, Personal, Sex};
use super::{EvaluationId, FlagId, Moment, ReferralId, RegistrationId, ResidentId, RowId, TaskId, Urgency, VisitId};

/// Why a flag is set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DismissReason {
    /// 测量有误
    MeasurementError,
    /// 不是本人
    WrongPerson,
    /// 已在管理
    AlreadyManaged,
    /// Any other; a reason this client does not know is carried, not dropped.
    Other(String),
}

/// What a doctor decided on a flag. Nothing is deleted by any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// 确认并登记高危, 疑似转诊确诊 or 纳入随访: the finding stands.
    Confirmed {
        /// Criteria the doctor confirmed (those met by rule, and added ones).
        criteria: Vec<RowId>,
        /// Taken into management.
        managed: bool,
        /// Next follow-up.
        follow_up: Option<NaiveDate>,
    },
    /// 转诊
    Referred {
        /// `ServiceRequest` on the wire.
        referral: ReferralId,
        /// To which institution.
        to: String,
        /// Today, or ordinary.
        urgent: bool,
        /// The outcome is asked for by then (14 days).
        outcome_due: NaiveDate,
    },
    /// 约随访
    FollowUp {
        /// On which day.
        due: NaiveDate,
    },
    /// 请复测
    Retest {
        /// On which day.
        due: NaiveDate,
    },
    /// 排除; the reason is required.
    Dismissed {
        /// Why.
        reason: DismissReason,
    },
}

/// A person as the doctor's list names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CasePerson {
    /// A resident with a record.
    Resident {
        /// Ours.
        id: ResidentId,
        /// `None` while only a typed number is known.
        name: Option<Personal>,
        /// Last four of the citizen number.
        last_four: String,
        /// Sex.
        sex: Sex,
        /// Birth date.
        birth: NaiveDate,
        /// Whole years today.
        age: u16,
    },
    /// A guest, found by the slip.
    Guest(Guest),
}

/// One flag waiting for a decision, with all that the detail pane shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// The flag.
    pub flag: FlagId,
    /// The request to review it.
    pub task: TaskId,
    /// The evaluation that raised it, the newest of the visit.
    pub evaluation: EvaluationId,
    /// The visit it came from.
    pub visit: VisitId,
    /// Who.
    pub person: CasePerson,
    /// How soon.
    pub level: Urgency,
    /// When the flag was raised.
    pub since: Moment,
    /// What the rules said, with reasons.
    pub assessment: Assessment,
    /// All readings of the visit, in order.
    pub readings: Vec<Measurement>,
    /// What was answered to the symptom tiles; `None` when they were not asked.
    pub symptoms: Option<SymptomAnswer>,
    /// What was answered in this visit, or within the year before it.
    pub answers: Answers,
    /// The open registration, if there is one.
    pub registration: Option<RegistrationId>,
    /// Session means of earlier days, oldest first: `(day, systolic, diastolic)`.
    pub history: Vec<(NaiveDate, u16, u16)>,
    /// May this person's records leave for the platform?
    pub upload: bool,
}

/// The counters above the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeskCounts {
    /// Visits concluded today.
    pub visits_today: u32,
    /// Visits of this month with guidance, and all.
    pub guided: (u32, u32),
    /// People in the register, and people who should be.
    pub registered: (u32, u32),
}
