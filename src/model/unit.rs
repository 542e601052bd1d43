//! Units of upload: what one transaction carries to the platform (sync-protocol.md 1).

use serde::{Deserialize, Serialize};

use super::{FactId, Subject, UnitId};

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// The station, its devices and staff; everything else refers to them.
    Site,
    /// One concluded visit: person, consents, encounter, observations.
    Visit,
    /// One evaluation with its flag, registration and review request.
    Evaluation,
    /// What followed on the urgent page of a concluded visit: further readings, answers to the symptom tiles.
    Addendum,
    /// One decision of a doctor, with its referral.
    Review,
}

/// Which waits in front of which (S4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Lane {
    /// Urgent findings and high-risk registrations with their visit.
    Urgent = 1,
    /// Reviews and referrals.
    Reviews = 2,
    /// Other visits.
    Visits = 3,
    /// Housekeeping.
    Housekeeping = 4,
}

impl Lane {
    /// All lanes, first served first.
    pub const ALL: [Lane; 4] = [Lane::Urgent, Lane::Reviews, Lane::Visits, Lane::Housekeeping];
}

impl From<Lane> for u8 {
    fn from(lane: Lane) -> u8 {
        lane as u8
    }
}

impl TryFrom<u8> for Lane {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Lane::ALL.into_iter().find(|lane| *lane as u8 == number).ok_or_else(|| format!("no lane {number}"))
    }
}

/// Why a unit stays here for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBack {
    /// The person said no to uploading.
    NoConsent,
    /// A guest nobody has claimed.
    Guest,
}

/// One unit of upload. It names its Facts; the ids of the resources they become stand in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Ours; what a log may name.
    pub id: UnitId,
    /// What it is.
    pub kind: UnitKind,
    /// Which waits in front of which.
    pub lane: Lane,
    /// Whose it is; `None` for the station's own. Units of one person go in creation order (S4.2).
    pub subject: Option<Subject>,
    /// The Facts it carries, in order.
    pub facts: Vec<FactId>,
    /// Units that must be acknowledged first.
    pub after: Vec<UnitId>,
    /// Set when it may not leave; such a unit is kept back, not waiting.
    pub kept_back: Option<KeptBack>,
}
