//! What the session and the screens ask of the tables beyond a judgement.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::bands::Bounds;
use super::guidance::Item;
use super::rulebook::rows::{Band, Banded, Row};
use super::{Case, RuleBook, Rules};
use crate::model::measurement::GlucoseKind;
use crate::model::review::CasePerson;
use crate::model::{CaseRow, RowId, Sex};

impl RuleBook {
    /// What staff are told about a case beside its findings, best first.
    pub fn staff_items(&self, row: &CaseRow) -> Vec<&Item> {
        let (age, sex) = match &row.person {
            CasePerson::Resident { age, sex, .. } => (*age, *sex),
            CasePerson::Guest(guest) => (guest.age.lowest(), guest.sex),
        };
        let case = Case::new(row.since.day(), age).measured(&row.readings, &[]).answered(&row.answers);
        let case = Case { sex: Some(sex), ..case };
        let chosen = super::for_staff(self, &case, &row.assessment);
        chosen.iter().filter_map(|chosen| self.guidance().item(&chosen.id)).collect()
    }
}

/// A class on a scale: its row, where it begins, and where the next one does.
pub type Stretch = (RowId, Option<Decimal>, Option<Decimal>);

/// A span of values: from this one on, below that one.
pub type Span = (Option<Decimal>, Option<Decimal>);

impl Rules<'_> {
    /// Hours without food that make a glucose value a fasting one.
    pub fn fasting_hours(&self) -> i64 {
        self.glucose.meta.fasting_hours.into()
    }

    /// True when a mean reaches the limits that the three-day rule counts.
    pub fn is_raised(&self, mean: [u16; 2]) -> bool {
        self.confirm("bp.confirm.three_days").is_some_and(|row| row.limits().meets(mean))
    }

    /// On how many days before `today`, within the window of the three-day rule, a session was raised.
    pub fn raised_days_before(&self, today: NaiveDate, means: impl Iterator<Item = (NaiveDate, [u16; 2])>) -> usize {
        let window = Days::new(self.retest().window_days.into());
        let near = |day: NaiveDate| day < today && day.checked_add_days(window).is_some_and(|last| last >= today);
        let raised = means.filter(|(day, mean)| near(*day) && self.is_raised(*mean));
        raised.map(|(day, _)| day).collect::<BTreeSet<_>>().len()
    }

    /// The criteria of the high-risk definition in force, in table order.
    pub fn criteria(&self) -> Vec<RowId> {
        let definition = Some(self.definition());
        let rows = self.risk.criterion.iter();
        rows.filter(|row| row.definition.as_deref() == definition && self.is_on(*row))
            .map(|row| row.id.clone())
            .collect()
    }

    /// The grades along the upper and the lower pressure, lowest first.
    pub fn pressure_scales(&self) -> [Vec<Stretch>; 2] {
        let grades = self.bp.grade.iter().filter(|row| row.editions.iter().any(|edition| edition == self.grading()));
        let mut grades: Vec<_> = grades.filter(|row| self.is_on(*row)).collect();
        grades.sort_by_key(|row| row.rank);
        let side = |bounds: fn(&super::rulebook::rows::PressureLimits) -> Bounds| {
            grades.iter().map(|row| stretch(row.id(), bounds(&row.limits()))).collect()
        };
        [side(|limits| limits.sbp), side(|limits| limits.dbp)]
    }

    /// The bands of a glucose value of this kind, lowest first; none for a kind whose rows are off. Its bands know no low
    /// one: below them stands the row that the value was told by, if that is for low ones.
    pub fn glucose_scale(&self, kind: GlucoseKind, told: Option<&RowId>) -> Vec<Stretch> {
        let mut scale = self.glucose_bands(kind);
        let low = self.glucose.low.iter().find(|low| Some(low.id()) == told);
        // A random value has no band up to the high one.
        if let (Some(low), Some((_, from @ None, _))) = (low, scale.first_mut()) {
            let (row, _, to) = stretch(low.id(), low.bounds());
            *from = to;
            scale.insert(0, (row, None, to));
        }
        scale
    }

    fn glucose_bands(&self, kind: GlucoseKind) -> Vec<Stretch> {
        let hints = &self.glucose.postprandial2h;
        match kind {
            GlucoseKind::Fasting => self.scale(&self.glucose.fasting),
            GlucoseKind::Ogtt2h => self.scale(&self.glucose.ogtt2h),
            GlucoseKind::Random => self.scale(&self.glucose.random),
            GlucoseKind::Postprandial2h if hints.iter().all(|row| !self.is_on(row)) => Vec::new(),
            GlucoseKind::Postprandial2h => self.scale(hints.iter().chain(&self.glucose.random)),
        }
    }

    /// The classes of the body mass index, lowest first.
    pub fn bmi_scale(&self) -> Vec<Stretch> {
        self.scale(&self.body.bmi)
    }

    /// The classes of the waist of this sex, lowest first.
    pub fn waist_scale(&self, sex: Sex) -> Vec<Stretch> {
        self.scale(self.body.waist.iter().filter(|row| row.sex.is_none_or(|only| only == sex)))
    }

    /// The pressures from which a mean counts as raised: upper, lower.
    pub fn raised_limits(&self) -> Vec<Decimal> {
        let row = self.confirm("bp.confirm.three_days");
        row.map(|row| [row.limits().sbp.ge, row.limits().dbp.ge]).into_iter().flatten().flatten().collect()
    }

    /// The pressures from which staff are called, whoever it is.
    pub fn critical_limits(&self) -> Option<[Decimal; 2]> {
        let mut rows = self.critical_pressures().filter(|row| {
            row.requires_any_symptom.is_empty() && row.requires_any_condition.is_empty() && !row.limits().is_open()
        });
        let limits = rows.next()?.limits();
        Some([limits.sbp.ge?, limits.dbp.ge?])
    }

    /// The glucose from which, and up to which, staff are called.
    pub fn critical_glucose_limits(&self, known_diabetes: bool) -> (Option<Decimal>, Option<Decimal>) {
        use crate::model::measurement::GlucoseLevel;
        let bounds = |level| self.critical_glucose(level, known_diabetes).map(Banded::bounds);
        let (high, low) = (bounds(GlucoseLevel::High), bounds(GlucoseLevel::Low));
        (high.and_then(|high| high.ge.or(high.gt)), low.and_then(|low| low.le.or(low.lt)))
    }

    /// The spans of a high-risk criterion, the upper pressure before the lower; and its limits for men and women.
    pub fn criterion_ranges(&self, id: &RowId) -> Option<(Vec<Span>, [Option<Decimal>; 2])> {
        let row = self.risk.criterion.iter().find(|row| row.id == *id)?;
        let limits = row.limits();
        let own = Bounds::half_open(row.ge, row.lt);
        let spans = [limits.sbp, limits.dbp, own].into_iter().filter(|bounds| !bounds.is_open());
        let sexes = [row.male_ge, row.female_ge].map(|limit| limit.map(|number| number.0));
        Some((spans.map(|bounds| (bounds.ge, bounds.lt)).collect(), sexes))
    }

    fn scale<'r>(&self, rows: impl IntoIterator<Item = &'r Band>) -> Vec<Stretch> {
        let on = rows.into_iter().filter(|row| self.is_on(*row));
        let mut scale: Vec<Stretch> = on.map(|row| stretch(row.id(), row.bounds())).collect();
        scale.sort_by_key(|(_, from, _)| *from);
        scale
    }
}

fn stretch(id: &RowId, bounds: Bounds) -> Stretch {
    (id.clone(), bounds.ge.or(bounds.gt), bounds.lt.or(bounds.le))
}
