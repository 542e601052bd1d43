//! The numbers of a visit beside its blood pressure, each with its unit and class: the cards of R20 and the lines of the slip.

use hut_words::{self as words, Key};

use super::told::{Lead, Shape, Told, class, glucose, glucose_title, glucose_unit};
use crate::model::measurement::Analyte;
use crate::model::resident::Question;
use crate::model::{RowId, Value};

/// One number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What the result is called when this number stands first.
    pub lead: Lead,
    /// Of what.
    pub title: Key,
    /// The number as text; a word where there is none.
    pub value: String,
    /// Its unit; a number without a dimension, a word, and a value beyond the meter's range have none.
    pub unit: Option<Key>,
    /// Shape and word of its class, where the tables have one for this person.
    pub class: Option<(Shape, Key)>,
}

impl Figure {
    fn new(lead: Lead, title: Key, value: impl ToString) -> Self {
        Self { lead, title, value: value.to_string(), unit: None, class: None }
    }

    fn unit(self, unit: Key) -> Self {
        Self { unit: Some(unit), ..self }
    }

    fn class(self, row: Option<&RowId>) -> Self {
        Self { class: row.map(class), ..self }
    }

    /// How far out it lies: what is more than one word beside the usual comes first where room is short.
    pub fn rank(&self) -> u8 {
        self.class.map_or(0, |(shape, _)| shape.rank())
    }
}

impl Told<'_> {
    /// The mean of the visit's blood pressures; six digits leave no room for the unit.
    pub fn pressure(&self) -> Option<Figure> {
        let [systolic, diastolic] = self.page.assessment.bp_mean.filter(|_| !self.visit.pressures().is_empty())?;
        let figure = Figure::new(Lead::Pressure, words::TREND_TAB_BP, format!("{systolic}/{diastolic}"));
        Some(figure.class(self.row(Lead::Pressure)))
    }

    /// All of them but the blood pressure: body, waist, glucose, saturation, temperature, then what staff typed.
    pub fn figures(&self) -> Vec<Figure> {
        let before = [self.body(), self.waist(), self.sugar(), self.saturation(), self.temperature()];
        let after = [self.airflow(), self.occult_blood()];
        before.into_iter().flatten().chain(self.lipids()).chain(after.into_iter().flatten()).collect()
    }

    /// Height and weight, which the body mass index was made of.
    pub fn built(&self) -> [Option<Figure>; 2] {
        let height = self
            .visit
            .height()
            .map(|height| Figure::new(Lead::Body, words::RES_HEIGHT_ITEM, height.0.normalize()).unit(words::UNIT_CM));
        [height, self.weight()]
    }

    fn lipids(&self) -> Vec<Figure> {
        let classes = self.page.assessment.lipid_class.clone().unwrap_or_default();
        let figure = |analyte: Analyte| {
            let row = match analyte {
                Analyte::TotalCholesterol => &classes.tc,
                Analyte::Triglycerides => &classes.tg,
                Analyte::Ldl => &classes.ldl,
                Analyte::Hdl => &classes.hdl,
            };
            let level = self.visit.newest(|value| match value {
                Value::Lipid { analyte: of, level } if *of == analyte => Some(*level),
                _ => None,
            })?;
            let figure = Figure::new(Lead::Others, lipid_title(analyte), level).unit(words::UNIT_MMOL);
            Some(self.unless_targets_differ(figure.class(row.as_ref())))
        };
        let all = [Analyte::TotalCholesterol, Analyte::Triglycerides, Analyte::Ldl, Analyte::Hdl];
        all.into_iter().filter_map(figure).collect()
    }

    /// The limits of the table are those of people at low risk: with diabetes lower ones apply, which only the doctor
    /// states. A value is not called normal then.
    fn unless_targets_differ(&self, figure: Figure) -> Figure {
        let differ = self.visit.all_answers().yes(Question::Diabetes);
        Figure { class: figure.class.filter(|(shape, _)| !(differ && *shape == Shape::Ok)), ..figure }
    }

    fn body(&self) -> Option<Figure> {
        let assessment = &self.page.assessment;
        let index = assessment.bmi.map(|bmi| Figure::new(Lead::Body, words::RES_BMI, bmi));
        index.map(|figure| figure.class(assessment.bmi_class.as_ref())).or_else(|| self.weight())
    }

    fn weight(&self) -> Option<Figure> {
        let weight = self.visit.weight()?.0.normalize();
        Some(Figure::new(Lead::Body, words::RES_WEIGHT_ITEM, weight).unit(words::UNIT_KG))
    }

    fn waist(&self) -> Option<Figure> {
        let waist = Figure::new(Lead::Waist, words::RES_WAIST_ITEM, self.visit.waist()?.0.normalize());
        Some(waist.unit(words::UNIT_CM).class(self.page.assessment.waist_class.as_ref()))
    }

    fn sugar(&self) -> Option<Figure> {
        let (level, kind) = self.visit.glucose()?;
        let figure = Figure::new(Lead::Glucose, glucose_title(kind), glucose(self.lang, level));
        Some(Figure { unit: glucose_unit(level), ..figure }.class(self.row(Lead::Glucose)))
    }

    fn saturation(&self) -> Option<Figure> {
        let figure = Figure::new(Lead::Others, words::RES_SPO2, self.visit.spo2()?).unit(words::UNIT_PERCENT);
        Some(figure.class(self.page.assessment.spo2_class.as_ref()))
    }

    fn temperature(&self) -> Option<Figure> {
        let figure = Figure::new(Lead::Others, words::RES_TEMPERATURE, self.visit.temperature()?);
        Some(figure.unit(words::UNIT_CELSIUS).class(self.page.assessment.noted("temp.fever")))
    }

    fn airflow(&self) -> Option<Figure> {
        let ratio = self.visit.newest(|value| if let Value::Airflow(ratio) = value { Some(*ratio) } else { None })?;
        let limited = self.page.assessment.airflow_limitation;
        let class =
            limited.map(|low| if low { (Shape::Low, words::CLASS_LOW) } else { (Shape::Ok, words::CLASS_NORMAL) });
        Some(Figure { class, ..Figure::new(Lead::Others, words::RES_AIRFLOW, ratio) })
    }

    /// Positive or not; without a class while the row of a positive one waits for a signature.
    fn occult_blood(&self) -> Option<Figure> {
        let positive =
            self.visit.newest(|value| if let Value::OccultBlood(found) = value { Some(*found) } else { None })?;
        let word = if positive { words::OTHERS_POSITIVE } else { words::OTHERS_NEGATIVE };
        let figure = Figure::new(Lead::Others, words::ENTRY_OCCULT, words::text(self.lang, word));
        Some(figure.class(self.page.assessment.noted("fobt.positive")))
    }
}

/// The name of a blood fat.
pub fn lipid_title(analyte: Analyte) -> Key {
    match analyte {
        Analyte::TotalCholesterol => words::ENTRY_TC,
        Analyte::Triglycerides => words::ENTRY_TG,
        Analyte::Ldl => words::ENTRY_LDL,
        Analyte::Hdl => words::ENTRY_HDL,
    }
}
