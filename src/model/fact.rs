//! Facts: what happened, in the past tense, kept for good. Nothing is changed by editing one, only by adding another.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::finding::{Assessment, ChosenGuidance};
use super::measurement::Measurement;
use super::resident::{Answers, ConsentAnswer, Resident, Subject};
use super::review::Decision;
use super::station::Site;
use super::{
    EvaluationId, FactId, FlagId, GuidanceId, IssueId, MeasurementId, Moment, RegistrationId, ResidentId, ReviewId,
    RowId, StaffId, TaskId, Unit, Urgency, VisitId,
};
use rust_decimal::Decimal;

/// How a person was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifiedBy {
    /// ID card on the reader.
    Card,
    /// Citizen number on the keypad.
    TypedNumber,
    /// Phone number and birthday on the keypad.
    Phone,
    /// Health-card code before the scanner.
    Code,
    /// Not at all: slip number.
    Slip,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// At its result.
    Result,
    /// At the moment the urgent page opened.
    UrgentPage,
    /// The resident left, or the time-out came; what was measured is kept.
    Left,
    /// Power or program was cut; concluded at the next start.
    Interrupted,
}

/// A value computed from Measurements, with the id of its own resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived<T> {
    /// `Observation` on the wire.
    pub id: MeasurementId,
    /// The value.
    pub value: T,
    /// What it was made of.
    pub of: Vec<MeasurementId>,
}

/// What was answered to the symptom tiles of R22.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymptomAnswer {
    /// These words of the rule tables; empty is the tile 都没有.
    Told(Vec<String>),
    /// Nothing within 30 s; never the same as none.
    NotAnswered,
}

/// Why staff were called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallReason {
    /// 找工作人员
    Asked,
    /// The urgent page opened, or 再叫一次人.
    Urgent,
    /// A danger sign was told by somebody who had not signed in: there is nobody to open a case for.
    DangerSign,
}

/// Something that happened. The serial form is `{"fact": "...", ...}`; its snapshot is tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The station was configured, or its configuration changed.
    SiteConfigured {
        /// The whole of it.
        site: Site,
    },
    /// Somebody may sign in here. The PIN's hash is no Fact: it stays in the store's own table.
    StaffAdded {
        /// `Practitioner` on the wire.
        staff: StaffId,
        /// Full name.
        name: String,
        /// `doctor`, `nurse`, `keeper` or `admin`.
        role: String,
    },
    /// A person's record was opened, or completed by a card.
    ResidentKept {
        /// The person.
        resident: Resident,
    },
    /// The switches of R05 were answered.
    ConsentAnswered {
        /// Who.
        resident: ResidentId,
        /// Version of the text shown.
        text_version: String,
        /// One resource each.
        answers: Vec<ConsentAnswer>,
    },
    /// Somebody began.
    VisitOpened {
        /// `Encounter` on the wire.
        visit: VisitId,
        /// Whose.
        subject: Subject,
        /// How we know.
        by: IdentifiedBy,
    },
    /// A reading was accepted.
    MeasurementTaken {
        /// The value with its quality.
        measurement: Measurement,
    },
    /// Questions were answered.
    QuestionsAnswered {
        /// In which visit.
        visit: VisitId,
        /// Question by question.
        answers: Answers,
    },
    /// A visit came to its end. What follows on the urgent page are later Facts; a later one of these replaces the
    /// earlier: the visit went on, and there is more to compute from.
    VisitConcluded {
        /// Which.
        visit: VisitId,
        /// Moment of its first Fact.
        began: Moment,
        /// How.
        ending: Ending,
        /// Mean of the session, whole mmHg.
        mean: Option<Derived<[u16; 2]>>,
        /// Body mass index, one decimal.
        bmi: Option<Derived<Decimal>>,
    },
    /// The rules were run.
    RiskEvaluated {
        /// `RiskAssessment` on the wire.
        evaluation: EvaluationId,
        /// Over which visit.
        visit: VisitId,
        /// The readings judged.
        basis: Vec<MeasurementId>,
        /// What they say, with reasons and edition.
        assessment: Assessment,
        /// `DetectedIssue` on the wire, from `urgent` on.
        issue: Option<IssueId>,
    },
    /// Advice was chosen and shown.
    GuidanceGiven {
        /// `Communication` on the wire.
        guidance: GuidanceId,
        /// In which visit.
        visit: VisitId,
        /// What, in which version, because of what.
        items: Vec<ChosenGuidance>,
    },
    /// A doctor must look.
    RiskFlagged {
        /// `Flag` on the wire.
        flag: FlagId,
        /// `Task` on the wire.
        task: TaskId,
        /// What raised it.
        evaluation: EvaluationId,
        /// In which visit.
        visit: VisitId,
        /// How soon.
        level: Urgency,
        /// To be looked at by this day.
        due: NaiveDate,
    },
    /// A later evaluation of the same visit changed how soon a doctor must look.
    FlagRaised {
        /// Which.
        flag: FlagId,
        /// What changed it.
        evaluation: EvaluationId,
        /// From now on.
        level: Urgency,
    },
    /// A person was entered in the high-risk register, automatically.
    HighRiskRegistered {
        /// `EpisodeOfCare` on the wire.
        registration: RegistrationId,
        /// The flag that says so.
        flag: FlagId,
        /// Who.
        resident: ResidentId,
        /// The criteria met.
        criteria: Vec<RowId>,
        /// From this day.
        from: NaiveDate,
    },
    /// The symptom tiles were answered, or not in time.
    SymptomsAnswered {
        /// In which visit.
        visit: VisitId,
        /// What was said.
        answer: SymptomAnswer,
    },
    /// The tone sounds.
    StaffCalled {
        /// In which visit, if one runs.
        visit: Option<VisitId>,
        /// Why.
        reason: CallReason,
    },
    /// Staff pressed 收到, or closed the urgent page with their PIN.
    StaffCame {
        /// In which visit, if one runs.
        visit: Option<VisitId>,
        /// Who, when a PIN was given.
        by: Option<StaffId>,
    },
    /// A doctor decided.
    RiskReviewed {
        /// `Provenance` on the wire.
        review: ReviewId,
        /// On which flag.
        flag: FlagId,
        /// The request it answers.
        task: TaskId,
        /// What.
        decision: Decision,
        /// Who.
        by: StaffId,
        /// Rule set in force when it was decided.
        rules: String,
    },
    /// Somebody signed in at the desk.
    StaffSignedIn {
        /// Who.
        by: StaffId,
    },
    /// A Fact of a newer version: kept and carried, not understood.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl Fact {
    /// The kind's name as it stands in the serial form.
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("fact").and_then(|kind| kind.as_str()).unwrap_or("unknown").to_owned()
    }

    /// The visit it belongs to, if it belongs to one.
    pub fn visit(&self) -> Option<VisitId> {
        match self {
            Fact::VisitOpened { visit, .. }
            | Fact::QuestionsAnswered { visit, .. }
            | Fact::VisitConcluded { visit, .. }
            | Fact::RiskEvaluated { visit, .. }
            | Fact::GuidanceGiven { visit, .. }
            | Fact::RiskFlagged { visit, .. }
            | Fact::SymptomsAnswered { visit, .. } => Some(*visit),
            Fact::MeasurementTaken { measurement } => Some(measurement.visit),
            Fact::StaffCalled { visit, .. } | Fact::StaffCame { visit, .. } => *visit,
            _ => None,
        }
    }
}

/// A Fact on its way into the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewFact {
    /// Ours.
    pub id: FactId,
    /// When it happened.
    pub at: Moment,
    /// What happened.
    pub fact: Fact,
}

/// A Fact as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredFact {
    /// Strictly increasing on this database; order never rests on the clock.
    pub seq: u64,
    /// The Fact.
    #[serde(flatten)]
    pub new: NewFact,
}

/// What is stored together, all or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// In order.
    pub facts: Vec<NewFact>,
    /// The units these Facts complete.
    pub units: Vec<Unit>,
}
