//! What the rules say of a visit, with the rows it rests on. The keys are those of the `assess` format.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The id of a row of the rule tables, for example `bp.grade1`; editions keep their ids for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowId(pub String);

impl RowId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RowId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl PartialEq<str> for RowId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for RowId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How soon somebody must act (clinical README, P3). The worst finding wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Nothing, or guidance only.
    #[default]
    None,
    /// Register, guidance, follow-up date.
    Routine,
    /// Repeat on another day, doctor's review.
    Soon,
    /// Staff now, referral.
    Urgent,
    /// 120.
    Emergency,
}

/// Where a person is to be kept (clinical README, P6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// Nowhere.
    #[default]
    None,
    /// 高危人群登记
    HighRisk,
    /// A diagnosed patient: follow-up list.
    PatientFollowUp,
}

/// The class of each lipid that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the names of the analytes
pub struct LipidClasses {
    pub tc: Option<RowId>,
    pub tg: Option<RowId>,
    pub ldl: Option<RowId>,
    pub hdl: Option<RowId>,
}

/// One piece of advice chosen for this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenGuidance {
    /// The content record.
    pub id: String,
    /// Its version, so that the wording can be audited.
    pub version: u32,
    /// The findings that brought it up.
    pub because: Vec<String>,
}

/// Why: the row that met, and the value it met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which key of the assessment this explains.
    pub of: String,
    /// The row, or a policy (`P3`).
    pub row: RowId,
    /// The document.
    pub source: String,
    /// Its edition.
    pub edition: String,
    /// The judged value as text.
    pub value: String,
    /// The bound it met, for example `>= 140`.
    pub bound: String,
}

/// The result of one run of the rules. Every key stands in every result; `None` means not given or not applicable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the keys are defined in the `assess` format
pub struct Assessment {
    pub bp_mean: Option<[u16; 2]>,
    pub needs_third: Option<bool>,
    pub bp_grade: Option<RowId>,
    pub isolated_systolic: Option<bool>,
    pub three_day_rule_met: Option<bool>,
    pub bp_control_norm: Option<bool>,
    pub bp_at_target_2025: Option<bool>,
    pub glucose_class: Option<RowId>,
    pub glucose_critical: Option<RowId>,
    pub glucose_control_norm: Option<bool>,
    pub bmi: Option<Decimal>,
    pub bmi_class: Option<RowId>,
    pub bmi_elderly_in_range: Option<bool>,
    pub waist_class: Option<RowId>,
    pub lipid_class: Option<LipidClasses>,
    pub spo2_class: Option<RowId>,
    pub airflow_limitation: Option<bool>,
    pub cdrs_total: Option<u16>,
    pub cdrs_advise_test: Option<bool>,
    pub cdrs_missing: Option<Vec<String>>,
    pub high_risk: Vec<RowId>,
    pub register: Register,
    pub urgency: Urgency,
    pub referral_follow_up_days: Option<u16>,
    pub guidance: Vec<ChosenGuidance>,
    pub reasons: Vec<Reason>,
    pub edition: String,
}

impl Assessment {
    /// The row of that id, if it is among the reasons.
    pub fn noted(&self, row: &str) -> Option<&RowId> {
        self.reasons.iter().map(|reason| &reason.row).find(|noted| **noted == *row)
    }

    /// A row whose id begins so is among those that the urgency rests on.
    pub fn urged_by(&self, rows: &str) -> bool {
        self.reasons.iter().any(|reason| reason.of == "urgency" && reason.row.as_str().starts_with(rows))
    }
}
