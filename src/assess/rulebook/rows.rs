//! The shape of `seeds/rules/<topic>/<edition>.toml`: one struct for each kind of row. Unknown keys are refused.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::assess::bands::{Bounds, Number};
use crate::model::measurement::GlucoseKind;
use crate::model::trend::Trended;
use crate::model::{RowId, Sex, Urgency};

/// How far a row may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The number was read in a public document, named in `seen_in`.
    Verified,
    /// Our own choice (clinical README, P1-P9), in force.
    Policy,
    /// General knowledge: off until a named clinician switches it on.
    Recalled,
}

/// How near the source we stood when we read the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// The text of the document itself.
    Primary,
    /// A reprint, digest or report of it.
    Secondary,
    /// Not seen.
    None,
}

/// How the two pressures, or the clauses of a criterion, combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// Any one is enough.
    Or,
    /// All together.
    And,
}

/// What a row is cited by.
pub trait Row {
    /// Its id, the same in every edition.
    fn id(&self) -> &RowId;
    /// The document.
    fn source(&self) -> &str;
    /// Its edition.
    fn edition(&self) -> &str;
    /// How far it may be trusted.
    fn status(&self) -> Status;
}

macro_rules! row {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs)] // the keys are told in the tables' own comments
        pub struct $name {
            pub id: RowId,
            pub name_zh: Option<String>,
            pub name_en: Option<String>,
            pub source: String,
            pub edition: String,
            #[serde(default)]
            pub seen_in: String,
            pub status: Status,
            pub strength: Strength,
            pub note: Option<String>,
            $($(#[$attr])* pub $field: $type,)*
        }

        impl Row for $name {
            fn id(&self) -> &RowId {
                &self.id
            }

            fn source(&self) -> &str {
                &self.source
            }

            fn edition(&self) -> &str {
                &self.edition
            }

            fn status(&self) -> Status {
                self.status
            }
        }
    )*};
}

row! {
    /// A grade of blood pressure: a band for each pressure; the higher class counts.
    Grade {
        rank: u8,
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        logic: Logic,
        editions: Vec<String>,
        urgency: Option<Urgency>,
        urgency_known: Option<Urgency>,
    }
    /// A label beside the grade, never instead of it.
    Pattern {
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        logic: Logic,
        editions: Vec<String>,
    }
    /// A limit that is documented and not offered.
    Alternative { text: String, offered: bool, why: String, why_status: String }
    /// What confirms a raised pressure.
    Confirm {
        rule: String,
        days: Option<u16>,
        further_days: Option<u16>,
        window_days: Option<u16>,
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        logic: Option<Logic>,
        urgency: Option<Urgency>,
    }
    /// A critical pressure, sign or condition. Numbers and symptoms: both are needed; symptoms alone: any one of them.
    CriticalPressure {
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        logic: Option<Logic>,
        when: Option<String>,
        action: Option<String>,
        follow_up_days: Option<u16>,
        urgency: Urgency,
        #[serde(default)]
        requires_any_symptom: Vec<String>,
        #[serde(default)]
        requires_any_condition: Vec<Condition>,
        #[serde(default)]
        also_met_by: BTreeMap<String, String>,
    }
    /// A target of known patients; `sets` names the key of the result that it decides.
    PressureTarget {
        age_ge: Option<u16>,
        age_lt: Option<u16>,
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        logic: Logic,
        then: Option<String>,
        #[serde(rename = "use")]
        used_for: Option<String>,
        sets: Option<String>,
    }
    /// How a reading is taken.
    Protocol {
        text: String,
        value: Option<Number>,
        value_unit: Option<String>,
        interval_s_ge: Option<u64>,
        interval_s_le: Option<u64>,
        third_if_diff_ge: Option<u16>,
        third_if_diff_gt: Option<u16>,
        third_if_diff_note: Option<String>,
        average_of: Option<String>,
        default: Option<bool>,
    }
    /// How often somebody is to be measured.
    Screening {
        text: String,
        age_ge: Option<u16>,
        age_lt: Option<u16>,
        interval_days: Option<u16>,
        follow_up_days: Option<u16>,
    }
    /// A line of the cardiovascular risk table; for the doctor's screen only.
    RiskCell {
        history: String,
        high_normal: String,
        grade1: String,
        grade2: String,
        grade3: String,
        recalled_columns: Option<Vec<String>>,
    }
    /// A factor counted in that table.
    RiskFactor { text: String, male_age_gt: Option<u16>, female_age_gt: Option<u16> }
    /// What a device or a keypad may say at all; outside: ask again. `le` is inclusive.
    Plausible { field: String, ge: Option<Number>, le: Option<Number> }
    /// A band of a single value.
    Band {
        ge: Option<Number>,
        gt: Option<Number>,
        le: Option<Number>,
        lt: Option<Number>,
        text: Option<String>,
        unit: Option<String>,
        analyte: Option<String>,
        sex: Option<Sex>,
        age_ge: Option<u16>,
        kind: Option<String>,
        #[serde(default)]
        applies_to: Vec<AppliesTo>,
        extended_by_policy_to: Option<AppliesTo>,
        needs_symptom: Option<bool>,
        #[serde(default)]
        symptoms: Vec<String>,
        persistent: Option<bool>,
        #[serde(rename = "use")]
        used_for: Option<String>,
        items: Option<u16>,
        cut_off_ge: Option<u16>,
        urgency: Option<Urgency>,
        urgency_known: Option<Urgency>,
        urgency_maternal: Option<Urgency>,
    }
    /// A range or a limit of the pulse; with `outside` it is met by what lies outside of it.
    PulseBand {
        ge: Option<Number>,
        gt: Option<Number>,
        le: Option<Number>,
        lt: Option<Number>,
        text: Option<String>,
        unit: Option<String>,
        #[serde(default)]
        outside: bool,
        persistent: Option<bool>,
    }
    /// A critical glucose, or the signs of one.
    CriticalGlucose {
        ge: Option<Number>,
        gt: Option<Number>,
        le: Option<Number>,
        lt: Option<Number>,
        text: Option<String>,
        #[serde(default)]
        applies_to: Vec<AppliesTo>,
        extended_by_policy_to: Option<AppliesTo>,
        #[serde(default)]
        requires_any_symptom: Vec<String>,
        urgency: Option<Urgency>,
        follow_up_days: Option<u16>,
    }
    /// A limit of pregnancy: it refers, it names nothing.
    PregnancyLimit { kind: GlucoseKind, ge: Number, urgency: Urgency }
    /// What to do at a low glucose.
    FirstAid { text: String, grams_ge: u16, grams_le: u16, minutes: u16 }
    /// The range of body mass index advised in old age; `le` is inclusive.
    ElderlyRange {
        age_ge: u16,
        age_lt: Option<u16>,
        recommended_ge: Number,
        recommended_le: Number,
        below: Option<String>,
        above: Option<String>,
    }
    /// Whom the adult classes do not cover.
    ChildScope { age_ge: u16, age_lt: u16, text: String }
    /// A criterion: of the high-risk definitions, or of the people prone to hypertension or diabetes.
    Criterion {
        definition: Option<String>,
        text: String,
        field: Option<Field>,
        equals: Option<String>,
        ge: Option<Number>,
        lt: Option<Number>,
        sbp_ge: Option<Number>,
        sbp_lt: Option<Number>,
        dbp_ge: Option<Number>,
        dbp_lt: Option<Number>,
        and_below_sbp: Option<Number>,
        and_below_dbp: Option<Number>,
        male_ge: Option<Number>,
        female_ge: Option<Number>,
        bmi_ge: Option<Number>,
        male_waist_ge: Option<Number>,
        female_waist_ge: Option<Number>,
        tc_ge: Option<Number>,
        tc_lt: Option<Number>,
        tg_ge: Option<Number>,
        tg_lt: Option<Number>,
        hdl_le: Option<Number>,
        age_ge: Option<u16>,
        spirits_ml_ge: Option<u16>,
        per_week_ge: Option<u16>,
        logic: Option<Logic>,
        answer: Option<AnswerField>,
        urgency: Option<Urgency>,
        own_disease: Option<Disease>,
        #[serde(default)]
        not_for: Vec<Condition>,
    }
    /// The diabetes risk score as a whole.
    Score {
        age_ge: u16,
        age_le: u16,
        max_total: u16,
        cut_off_ge: u16,
        missing: String,
        not_for: String,
        warning: String,
        urgency: Urgency,
    }
    /// The points of one item of the score.
    ScoreItem { item: ScoreField, sex: Option<Sex>, bands: Vec<PointBand> }
    /// A tool that is documented and not shipped.
    NotShipped { text: String, why: String, needs: Vec<String> }
    /// A policy of the clinical README.
    Policy { text: String, age_ge: Option<u16>, age_lt: Option<u16> }
    /// From how many days, over how long, and by how much a change over time may be told.
    TrendRule { of: Trended, days_ge: u16, span_days_ge: u16, change_ge: Number, text: String }
}

/// A state that a critical row asks for, or that a criterion leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Condition {
    Pregnant,
    Breastfeeding,
}

/// Whom a glucose or temperature row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum AppliesTo {
    KnownDiabetes,
    NoKnownDiabetes,
    Everyone,
}

/// A diagnosis that a doctor made (clinical README, P6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Disease {
    Hypertension,
    Diabetes,
    Dyslipidaemia,
}

/// The value that a criterion with one value looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Field {
    Smoking,
    Fpg,
    Tc,
    WaistCm,
}

/// The answer that a criterion without a number looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum AnswerField {
    FamilyHypertension,
    FamilyDiabetes,
    OnAntihypertensives,
    Salty,
}

/// The items of the diabetes risk score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum ScoreField {
    Age,
    Sbp,
    Bmi,
    WaistCm,
    FamilyDiabetesFirstDegree,
    Sex,
}

/// Points for a band of an item, or for one answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it
pub struct PointBand {
    pub ge: Option<Number>,
    pub lt: Option<Number>,
    pub equals: Option<Exactly>,
    pub points: u16,
}

/// An answer that is met as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)] // the names say it
pub enum Exactly {
    Flag(bool),
    Sex(Sex),
}

impl PointBand {
    /// The band's bounds.
    pub fn bounds(&self) -> Bounds {
        Bounds::half_open(self.ge, self.lt)
    }
}

/// A row about a single value.
pub trait Banded: Row {
    /// Its bounds.
    fn bounds(&self) -> Bounds;
}

macro_rules! banded {
    ($($name:ident),*) => {$(
        impl Banded for $name {
            fn bounds(&self) -> Bounds {
                Bounds::new(self.ge, self.gt, self.le, self.lt)
            }
        }
    )*};
}

banded!(Band, CriticalGlucose, PulseBand);

impl PulseBand {
    /// The bounds that `value` meets, if it meets any.
    pub fn met(&self, value: Decimal) -> Option<Bounds> {
        let bounds = self.bounds();
        if self.outside { bounds.beyond(value) } else { bounds.holds(value).then_some(bounds) }
    }
}

impl Plausible {
    /// Its bounds, both inclusive.
    pub fn bounds(&self) -> Bounds {
        Bounds::new(self.ge, None, self.le, None)
    }
}

/// The limits of a row about the two pressures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct PressureLimits {
    pub sbp: Bounds,
    pub dbp: Bounds,
    pub logic: Logic,
}

impl PressureLimits {
    /// True when a session mean meets them.
    pub fn meets(&self, [sbp, dbp]: [u16; 2]) -> bool {
        let sides = [(self.sbp, sbp), (self.dbp, dbp)];
        let mut bounded = sides.iter().filter(|(bounds, _)| !bounds.is_open());
        match self.logic {
            Logic::Or => bounded.any(|(bounds, value)| bounds.holds((*value).into())),
            Logic::And => bounded.all(|(bounds, value)| bounds.holds((*value).into())),
        }
    }

    /// True when the row has no number.
    pub fn is_open(&self) -> bool {
        self.sbp.is_open() && self.dbp.is_open()
    }

    /// The sides that `mean` meets, in signs.
    pub fn words(&self, [sbp, dbp]: [u16; 2]) -> String {
        let sides = [("SBP", self.sbp, sbp), ("DBP", self.dbp, dbp)];
        let met = sides.iter().filter(|(_, bounds, value)| !bounds.is_open() && bounds.holds((*value).into()));
        let words: Vec<_> = met.map(|(name, bounds, _)| format!("{name} {}", bounds.words())).collect();
        words.join("; ")
    }

    /// All bounds in signs.
    pub fn all_words(&self) -> String {
        let sides = [("SBP", self.sbp), ("DBP", self.dbp)];
        let words: Vec<_> = sides
            .iter()
            .filter(|(_, bounds)| !bounds.is_open())
            .map(|(name, bounds)| format!("{name} {}", bounds.words()))
            .collect();
        words.join(if self.logic == Logic::And { " and " } else { " or " })
    }
}

macro_rules! pressure_limits {
    ($($name:ident($logic:expr)),* $(,)?) => {$(
        impl $name {
            /// The limits of the two pressures.
            pub fn limits(&self) -> PressureLimits {
                let logic: fn(&Self) -> Logic = $logic;
                PressureLimits {
                    sbp: Bounds::half_open(self.sbp_ge, self.sbp_lt),
                    dbp: Bounds::half_open(self.dbp_ge, self.dbp_lt),
                    logic: logic(self),
                }
            }
        }
    )*};
}

pressure_limits! {
    Grade(|row| row.logic),
    Pattern(|row| row.logic),
    Confirm(|row| row.logic.unwrap_or(Logic::Or)),
    CriticalPressure(|row| row.logic.unwrap_or(Logic::Or)),
    PressureTarget(|row| row.logic),
    Criterion(|row| row.logic.unwrap_or(Logic::Or)),
}

macro_rules! topic {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs)] // the tables tell what they hold
        pub struct $name {
            pub schema: u32,
            $($(#[$attr])* pub $field: $type,)*
        }
    )*};
}

topic! {
    /// `blood_pressure/<edition>.toml`, whole mmHg.
    BloodPressure {
        unit: String,
        meta: PressureMeta,
        grade: Vec<Grade>,
        pattern: Vec<Pattern>,
        #[serde(default)]
        alternative: Vec<Alternative>,
        confirm: Vec<Confirm>,
        critical: Vec<CriticalPressure>,
        target: Vec<PressureTarget>,
        protocol: Vec<Protocol>,
        screening: Vec<Screening>,
        #[serde(default)]
        risk_cell: Vec<RiskCell>,
        #[serde(default)]
        risk_factor: Vec<RiskFactor>,
        trend: Vec<TrendRule>,
        plausible: Vec<Plausible>,
    }
    /// `glucose/<edition>.toml`, mmol/L.
    Glucose {
        unit: String,
        meta: GlucoseMeta,
        fasting: Vec<Band>,
        ogtt2h: Vec<Band>,
        #[serde(default)]
        postprandial2h: Vec<Band>,
        random: Vec<Band>,
        critical: Vec<CriticalGlucose>,
        low: Vec<Band>,
        first_aid: Vec<FirstAid>,
        pregnancy: Vec<PregnancyLimit>,
        target: Vec<Band>,
        #[serde(default)]
        hba1c: Vec<Band>,
        screening: Vec<Screening>,
        trend: Vec<TrendRule>,
        meter: Vec<Band>,
    }
    /// `body/<edition>.toml`: kg/m², centimetres, kilograms.
    Body {
        meta: BodyMeta,
        bmi: Vec<Band>,
        bmi_elderly: Vec<ElderlyRange>,
        #[serde(default)]
        bmi_child: Vec<ChildScope>,
        waist: Vec<Band>,
        trend: Vec<TrendRule>,
        plausible: Vec<Plausible>,
    }
    /// `lipids/<edition>.toml`, mmol/L.
    Lipids { unit: String, meta: LipidsMeta, row: Vec<Band>, screening: Vec<Screening> }
    /// `other_vitals/<edition>.toml`; each row tells its unit.
    OtherVitals {
        spo2: Vec<Band>,
        temperature: Vec<Band>,
        #[serde(default)]
        pulse: Vec<PulseBand>,
        lung: Vec<Band>,
        #[serde(default)]
        fobt: Vec<Band>,
        plausible: Vec<Plausible>,
    }
    /// `high_risk/<edition>.toml`.
    HighRisk {
        meta: HighRiskMeta,
        criterion: Vec<Criterion>,
        hypertension_prone: Vec<Criterion>,
        #[serde(default)]
        diabetes_prone: Vec<Criterion>,
        cdrs: Score,
        cdrs_points: Vec<ScoreItem>,
        #[serde(default)]
        not_shipped: Vec<NotShipped>,
        policy: Vec<Policy>,
    }
}

macro_rules! meta {
    ($($name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        /// What holds for the whole file.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs)] // prose for the reader of the file
        pub struct $name { $(pub $field: $type,)* }
    )*};
}

meta! {
    PressureMeta {
        applies_to: String,
        default_grading: String,
        selectable_gradings: Vec<String>,
        not_offered: Vec<String>,
        rounding: String,
        combination: String,
        combination_source: String,
        combination_status: String,
    }
    GlucoseMeta {
        standard: String,
        sample: String,
        sample_source: String,
        sample_status: String,
        fasting_hours: u16,
        fasting_source: String,
        fasting_status: String,
        rounding: String,
        mg_dl: String,
    }
    BodyMeta { bmi: String, rounding: String, under_18: String, pregnant: String }
    LipidsMeta { source_table: String, note: String, edition: String }
    HighRiskMeta {
        default_definition: String,
        selectable_definitions: Vec<String>,
        min_age: u16,
        min_age_note: String,
        min_age_status: String,
        excludes: String,
        excludes_source: String,
        excludes_status: String,
        over_threshold: String,
    }
}

impl ElderlyRange {
    /// The recommended range, both ends inclusive.
    pub fn recommended(&self) -> Bounds {
        Bounds::new(Some(self.recommended_ge), None, Some(self.recommended_le), None)
    }
}
