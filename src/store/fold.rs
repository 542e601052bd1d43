//! One Fact -> the rows it changes. Pure, so that every folded table can be rebuilt from the Facts.

use chrono::NaiveDate;

use super::words::word;
use crate::model::fact::{Ending, StoredFact};
use crate::model::resident::{ConsentAnswer, ConsentSwitch};
use crate::model::{
    ClockTrust, Fact, FlagId, IdNumber, Moment, Register, RegistrationId, ResidentId, StaffId, Subject, TaskId,
    Urgency, VisitId,
};

/// A change of one row, with the Fact's sequence number where the row keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Site,
    Staff { id: StaffId },
    Resident { id: ResidentId, number: IdNumber },
    Consent { resident: ResidentId, text_version: String, answers: [Option<bool>; 3] },
    Opened { visit: VisitId, subject: Subject, began: Day },
    Concluded { visit: VisitId, began: Day, ending: Ending, mean: Option<[u16; 2]> },
    Evaluated { visit: VisitId, high_risk: bool },
    Symptoms { visit: VisitId },
    Guided { visit: VisitId },
    StaffCame { visit: VisitId },
    Flagged { flag: FlagId, task: TaskId, visit: VisitId, level: Urgency },
    Raised { flag: FlagId, level: Urgency },
    Reviewed { flag: FlagId, decision: String },
    Registered { id: RegistrationId, flag: FlagId, resident: ResidentId },
    Wall { trust: ClockTrust, wall_ms: i64 },
}

/// A local day and how far it is trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Day {
    pub day: NaiveDate,
    pub trusted: bool,
}

impl From<&Moment> for Day {
    fn from(at: &Moment) -> Self {
        Self { day: at.day(), trusted: at.trust == ClockTrust::Trusted }
    }
}

/// Returns all row changes of one Fact, in order. Unknown kinds change nothing but the newest wall time.
pub(super) fn fold(stored: &StoredFact) -> Vec<Change> {
    let at = &stored.new.at;
    let wall = Change::Wall { trust: at.trust, wall_ms: at.wall.timestamp_millis() };
    of_fact(&stored.new.fact, at).into_iter().chain([wall]).collect()
}

fn of_fact(fact: &Fact, at: &Moment) -> Option<Change> {
    Some(match fact {
        Fact::SiteConfigured { .. } => Change::Site,
        Fact::StaffAdded { staff, .. } => Change::Staff { id: *staff },
        Fact::ResidentKept { resident } => Change::Resident { id: resident.id, number: resident.id_number.clone() },
        Fact::ConsentAnswered { resident, text_version, answers } => Change::Consent {
            resident: *resident,
            text_version: text_version.clone(),
            answers: SWITCHES.map(|switch| answer(answers, switch)),
        },
        Fact::VisitOpened { visit, subject, .. } => {
            Change::Opened { visit: *visit, subject: *subject, began: Day::from(at) }
        }
        Fact::VisitConcluded { visit, began, ending, mean, .. } => Change::Concluded {
            visit: *visit,
            began: Day::from(began),
            ending: *ending,
            mean: mean.as_ref().map(|mean| mean.value),
        },
        Fact::RiskEvaluated { visit, assessment, .. } => {
            Change::Evaluated { visit: *visit, high_risk: assessment.register == Register::HighRisk }
        }
        Fact::SymptomsAnswered { visit, .. } => Change::Symptoms { visit: *visit },
        Fact::GuidanceGiven { visit, items, .. } if !items.is_empty() => Change::Guided { visit: *visit },
        Fact::StaffCame { visit: Some(visit), by: Some(_) } => Change::StaffCame { visit: *visit },
        Fact::RiskFlagged { flag, task, visit, level, .. } => {
            Change::Flagged { flag: *flag, task: *task, visit: *visit, level: *level }
        }
        Fact::FlagRaised { flag, level, .. } => Change::Raised { flag: *flag, level: *level },
        Fact::RiskReviewed { flag, decision, .. } => Change::Reviewed { flag: *flag, decision: word(decision) },
        Fact::HighRiskRegistered { registration, flag, resident, .. } => {
            Change::Registered { id: *registration, flag: *flag, resident: *resident }
        }
        Fact::GuidanceGiven { .. }
        | Fact::StaffCame { .. }
        | Fact::MeasurementTaken { .. }
        | Fact::QuestionsAnswered { .. }
        | Fact::StaffCalled { .. }
        | Fact::StaffSignedIn { .. }
        | Fact::Unknown(_) => return None,
    })
}

/// A switch that was not shown keeps its earlier answer.
fn answer(answers: &[ConsentAnswer], switch: ConsentSwitch) -> Option<bool> {
    answers.iter().rev().find(|answer| answer.switch == switch).map(|answer| answer.permit)
}

const SWITCHES: [ConsentSwitch; 3] = [ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload];
