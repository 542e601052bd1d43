//! What the session and the screens ask of the tables beyond a judgement.

use super::Rules;
use crate::model::RowId;

impl Rules<'_> {
    /// Hours without food that make a glucose value a fasting one.
    pub fn fasting_hours(&self) -> i64 {
        self.glucose.meta.fasting_hours.into()
    }

    /// True when a mean reaches the limits that the three-day rule counts.
    pub fn is_raised(&self, mean: [u16; 2]) -> bool {
        self.confirm("bp.confirm.three_days").is_some_and(|row| row.limits().meets(mean))
    }

    /// The criteria of the high-risk definition in force, in table order.
    pub fn criteria(&self) -> Vec<RowId> {
        let definition = Some(self.definition());
        let rows = self.risk.criterion.iter();
        rows.filter(|row| row.definition.as_deref() == definition && self.is_on(*row)).map(|row| row.id.clone()).collect()
    }
}
