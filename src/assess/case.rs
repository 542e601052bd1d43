//! The input of the rules, as typed values: what was measured and told, nothing computed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::rulebook::ProfileName;
use super::rulebook::rows::{Condition, Disease};
use crate::model::measurement::{Analyte, GlucoseKind, GlucoseLevel, Pressure, Value};
use crate::model::past::PastPressure;
use crate::model::resident::{Answer, Answers, Question};
use crate::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmolPerLitre, body_mass_index, half_up};
use crate::model::{Measurement, Sex};

/// A glucose result and what the last meal makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glucose {
    /// mmol/L, or one of the two words.
    pub level: GlucoseLevel,
    /// Fasting, after a meal, ...
    pub kind: GlucoseKind,
}

/// Lipids, mmol/L, each if it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names of the analytes
pub struct LipidValues {
    pub tc: Option<MmolPerLitre>,
    pub tg: Option<MmolPerLitre>,
    pub ldl: Option<MmolPerLitre>,
    pub hdl: Option<MmolPerLitre>,
}

impl LipidValues {
    fn of(&mut self, analyte: Analyte) -> &mut Option<MmolPerLitre> {
        match analyte {
            Analyte::TotalCholesterol => &mut self.tc,
            Analyte::Triglycerides => &mut self.tg,
            Analyte::Ldl => &mut self.ldl,
            Analyte::Hdl => &mut self.hdl,
        }
    }
}

/// What a person says about smoking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Smoking {
    Never,
    Former,
    Current,
}

/// What doctors have told the person, and states that change which rows apply. Not asked works as no, except the
/// family history in the diabetes risk score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct History {
    pub hypertension: bool,
    pub diabetes: bool,
    pub dyslipidaemia: bool,
    pub on_antihypertensives: bool,
    pub family_diabetes: Option<bool>,
    pub pregnant: bool,
    pub breastfeeding: bool,
}

impl History {
    /// True when a doctor made this diagnosis; blood-pressure tablets count as hypertension (P6).
    pub fn knows(&self, disease: Disease) -> bool {
        match disease {
            Disease::Hypertension => self.hypertension || self.on_antihypertensives,
            Disease::Diabetes => self.diabetes,
            Disease::Dyslipidaemia => self.dyslipidaemia,
        }
    }

    /// True when any of the diagnoses of P6 is known.
    pub fn any_diagnosis(&self) -> bool {
        [Disease::Hypertension, Disease::Diabetes, Disease::Dyslipidaemia].into_iter().any(|known| self.knows(known))
    }

    /// True when the person is in this state.
    pub fn is(&self, condition: Condition) -> bool {
        match condition {
            Condition::Pregnant => self.pregnant,
            Condition::Breastfeeding => self.breastfeeding,
        }
    }

    /// Pregnant or breastfeeding (P8).
    pub fn is_maternal(&self) -> bool {
        self.pregnant || self.breastfeeding
    }
}

/// One person on one day, as far as it was measured or asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Day of this visit.
    pub date: NaiveDate,
    /// False when the clock of this visit cannot be trusted: then the three-day rule is never completed, only asked about.
    pub date_trusted: bool,
    /// Whole years.
    pub age: u16,
    /// Needed by the waist and the risk score.
    pub sex: Option<Sex>,
    /// The readings of this session, in order.
    pub bp: Vec<Pressure>,
    /// Session means of earlier days, or of earlier sessions of `date`; in any order.
    pub bp_days: Vec<PastPressure>,
    /// Glucose.
    pub glucose: Option<Glucose>,
    /// Standing height.
    pub height: Option<Centimetres>,
    /// Weight.
    pub weight: Option<Kilograms>,
    /// kg/m²; given directly it goes before height and weight.
    pub bmi: Option<Decimal>,
    /// Waist.
    pub waist: Option<Centimetres>,
    /// `None` when no lipid was measured at all.
    pub lipids: Option<LipidValues>,
    /// Per cent.
    pub spo2: Option<u16>,
    /// Ratio.
    pub fev1_fvc: Option<Decimal>,
    /// Degrees Celsius.
    pub temperature: Option<Decimal>,
    /// A test for hidden blood in the stool: positive or not.
    pub occult_blood: Option<bool>,
    /// Shown, never judged alone.
    pub pulse: Option<BeatsPerMinute>,
    /// Smoking.
    pub smoking: Option<Smoking>,
    /// Diagnoses and states.
    pub history: History,
    /// Words of [`super::Rules::symptom_words`]; a word that no row knows counts for none.
    pub symptoms: BTreeSet<String>,
    /// Asks for the diabetes risk score.
    pub want_cdrs: bool,
    /// A profile by name; `None`: the one in force on `date`.
    pub profile: Option<ProfileName>,
    /// Drinks alcohol at all; for guidance.
    pub drinks: Option<bool>,
    /// Likes it salty; a factor of the people prone to hypertension.
    pub salty: Option<bool>,
    /// Hypertension in parents or siblings; a factor likewise.
    pub family_hypertension: Option<bool>,
    /// Guidance items given to this person at each visit of the last 30 days, oldest first.
    pub guidance_shown: Vec<Vec<String>>,
}

impl Case {
    /// A person of `age` of whom nothing is measured or asked yet.
    pub fn new(date: NaiveDate, age: u16) -> Self {
        Self {
            date,
            date_trusted: true,
            age,
            sex: None,
            bp: Vec::new(),
            bp_days: Vec::new(),
            glucose: None,
            height: None,
            weight: None,
            bmi: None,
            waist: None,
            lipids: None,
            spo2: None,
            fev1_fvc: None,
            temperature: None,
            occult_blood: None,
            pulse: None,
            smoking: None,
            history: History::default(),
            symptoms: BTreeSet::new(),
            want_cdrs: false,
            profile: None,
            drinks: None,
            salty: None,
            family_hypertension: None,
            guidance_shown: Vec::new(),
        }
    }

    /// Takes over what was measured, the newest of each kind; blood pressure in order, with the session means before it.
    ///
    /// Without a reading of this visit the earlier days stay out: the last of them would be judged as if it were now.
    pub fn measured(mut self, taken: &[Measurement], earlier: &[PastPressure]) -> Self {
        for measurement in taken {
            match measurement.value {
                Value::Pressure { pressure, .. } => self.bp.push(pressure),
                Value::Glucose { level, kind } => self.glucose = Some(Glucose { level, kind }),
                Value::Height(height) => self.height = Some(height),
                Value::Weight(weight) => self.weight = Some(weight),
                Value::Waist(waist) => self.waist = Some(waist),
                Value::Spo2(saturation) => self.spo2 = Some(saturation.0),
                Value::Temperature(temperature) => self.temperature = Some(temperature.0),
                Value::Lipid { analyte, level } => {
                    *self.lipids.get_or_insert_default().of(analyte) = Some(level);
                }
                Value::Airflow(ratio) => self.fev1_fvc = Some(ratio),
                Value::OccultBlood(positive) => self.occult_blood = Some(positive),
            }
        }
        self.bp_days = if self.bp.is_empty() { Vec::new() } else { earlier.to_vec() };
        self
    }

    /// Takes over what the person answered on R17 and R18; "not sure" works as not asked.
    pub fn answered(mut self, answers: &Answers) -> Self {
        self.smoking = match answers.to(Question::Smoking) {
            Some(Answer::Never) => Some(Smoking::Never),
            Some(Answer::Former) => Some(Smoking::Former),
            Some(Answer::Current) => Some(Smoking::Current),
            _ => None,
        };
        self.drinks = match answers.to(Question::Alcohol) {
            Some(Answer::Yes | Answer::Current | Answer::Little | Answer::Some | Answer::Much) => Some(true),
            Some(Answer::No | Answer::Never | Answer::Former) => Some(false),
            _ => None,
        };
        self.salty = match answers.to(Question::Salt) {
            Some(Answer::Yes | Answer::Much) => Some(true),
            Some(Answer::No | Answer::Never | Answer::Little | Answer::Some) => Some(false),
            _ => None,
        };
        let told = |question| match answers.to(question) {
            Some(Answer::Yes) => Some(true),
            Some(Answer::No) => Some(false),
            _ => None,
        };
        self.family_hypertension = told(Question::FamilyHypertension);
        self.history = History {
            hypertension: answers.yes(Question::Hypertension),
            diabetes: answers.yes(Question::Diabetes),
            dyslipidaemia: answers.yes(Question::Dyslipidaemia),
            on_antihypertensives: answers.yes(Question::OnAntihypertensives),
            family_diabetes: told(Question::FamilyDiabetes),
            pregnant: answers.yes(Question::Pregnant),
            breastfeeding: answers.yes(Question::Breastfeeding),
        };
        self
    }

    /// Body mass index as shown and judged: kg/m², one decimal, half up, given or computed (P4).
    pub fn body_mass_index(&self) -> Option<Decimal> {
        let computed = || body_mass_index(self.weight?, self.height?);
        self.bmi.map(|bmi| half_up(bmi, 1)).or_else(computed)
    }
}
