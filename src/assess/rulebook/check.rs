//! What the loader asks of each topic: no gap, no overlap, and the rows that the program itself reads.

use super::fault::RuleFault;
use super::rows::{Banded, BloodPressure, Body, Glucose, HighRisk, Lipids, OtherVitals, PressureLimits};
use super::sheet::{Place, Sheet};
use crate::assess::bands::{BandFault, Bounds, Reach, check_bands};
use crate::model::Sex;

fn bands<'a>(rows: impl IntoIterator<Item = (&'a str, Bounds)>, reach: Reach) -> Result<(), BandFault> {
    check_bands(&rows.into_iter().collect::<Vec<_>>(), reach)
}

fn listed<'a, T: Banded + 'a>(rows: impl IntoIterator<Item = &'a T>, reach: Reach) -> Result<(), BandFault> {
    bands(rows.into_iter().map(|row| (row.id().as_str(), row.bounds())), reach)
}

/// Puts the place to the faults of a sheet.
struct Checked<'a>(&'a Sheet);

impl Checked<'_> {
    fn list(&self, list: &str, found: Result<(), BandFault>) -> Result<(), RuleFault> {
        found.map_err(|fault| {
            let at = match &fault {
                BandFault::Gap { above: row, .. } | BandFault::Overlap { second: row, .. } | BandFault::Closed(row) => {
                    self.0.place_of(row)
                }
                BandFault::Empty => Place::top(&self.0.file),
            };
            RuleFault::Bands { at, list: list.to_owned(), fault: Box::new(fault) }
        })
    }

    fn need<T>(&self, row: &str, key: &str, found: Option<T>) -> Result<T, RuleFault> {
        let needed = || RuleFault::Needed { at: self.0.place_of(row), row: row.to_owned(), key: key.to_owned() };
        found.ok_or_else(needed)
    }
}

/// A topic that its sheet can be held against.
pub(super) trait Checks {
    /// Refuses what would leave a value without a class, or the program without a number.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault>;
}

impl Checks for BloodPressure {
    /// Refuses gaps and overlaps of the grades, and a table without the rows that the session asks for.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        let checked = Checked(sheet);
        for grading in &self.meta.selectable_gradings {
            let rows: Vec<_> = self.grade.iter().filter(|row| row.editions.contains(grading)).collect();
            let side = |of: fn(PressureLimits) -> Bounds| {
                bands(rows.iter().map(|row| (row.id.as_str(), of(row.limits()))), Reach::Everything)
            };
            checked.list(&format!("grade of {grading}, sbp"), side(|limits| limits.sbp))?;
            checked.list(&format!("grade of {grading}, dbp"), side(|limits| limits.dbp))?;
        }
        let protocol = |id: &str| self.protocol.iter().find(|row| row.id == *id);
        let rest = protocol("bp.protocol.rest").and_then(|row| row.value);
        checked.need("bp.protocol.rest", "value", rest.and_then(|value| u16::try_from(value.0).ok()))?;
        let usual = self.protocol.iter().find(|row| row.default == Some(true));
        checked.need("bp.protocol.repeat", "interval_s_le", usual.and_then(|row| row.interval_s_le))?;
        for repeat in self.protocol.iter().filter(|row| row.default.is_some()) {
            checked.need(repeat.id.as_str(), "interval_s_le", repeat.interval_s_le)?;
        }
        let retest = self.confirm.iter().find(|row| row.id == "bp.first_raised.retest");
        checked.need("bp.first_raised.retest", "further_days", retest.and_then(|row| row.further_days))?;
        checked.need("bp.first_raised.retest", "window_days", retest.and_then(|row| row.window_days))?;
        let screening = |id: &str| self.screening.iter().find(|row| row.id == *id);
        for id in ["bp.screen.high_risk_half_yearly", "bp.screen.adult_yearly"] {
            checked.need(id, "interval_days", screening(id).and_then(|row| row.interval_days))?;
        }
        let referral = "bp.screen.first_raised_referral";
        checked.need(referral, "follow_up_days", screening(referral).and_then(|row| row.follow_up_days))?;
        Ok(())
    }
}

impl Checks for Glucose {
    /// Refuses gaps and overlaps of the fasting and the 2 h bands.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        let checked = Checked(sheet);
        checked.list("fasting", listed(&self.fasting, Reach::Everything))?;
        checked.list("ogtt2h", listed(&self.ogtt2h, Reach::Everything))?;
        let yearly = self.screening.iter().find(|row| row.id == "glu.screen.high_risk_yearly");
        checked.need("glu.screen.high_risk_yearly", "interval_days", yearly.and_then(|row| row.interval_days))?;
        Ok(())
    }
}

impl Checks for Body {
    /// Refuses gaps and overlaps of body mass index and waist.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        let checked = Checked(sheet);
        checked.list("bmi", listed(&self.bmi, Reach::Everything))?;
        for sex in [Sex::Female, Sex::Male] {
            let rows = self.waist.iter().filter(|row| row.sex == Some(sex));
            checked.list(&format!("waist, {sex:?}"), listed(rows, Reach::Everything))?;
        }
        Ok(())
    }
}

impl Checks for Lipids {
    /// Refuses gaps and overlaps within each analyte.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        let checked = Checked(sheet);
        for row in &self.row {
            let analyte = checked.need(row.id.as_str(), "analyte", row.analyte.as_deref())?;
            let rows = self.row.iter().filter(|other| other.analyte.as_deref() == Some(analyte));
            checked.list(analyte, listed(rows, Reach::Everything))?;
        }
        Ok(())
    }
}

impl Checks for OtherVitals {
    /// Refuses gaps and overlaps of the oxygen saturation.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        Checked(sheet).list("spo2", listed(&self.spo2, Reach::UpToTop))
    }
}

impl Checks for HighRisk {
    /// Refuses gaps and overlaps of the score's points, and a table without the policies that hold ages.
    fn check(&self, sheet: &Sheet) -> Result<(), RuleFault> {
        let checked = Checked(sheet);
        for item in &self.cdrs_points {
            if item.bands.iter().all(|band| band.equals.is_none()) {
                let rows = item.bands.iter().map(|band| (item.id.as_str(), band.bounds()));
                checked.list(item.id.as_str(), bands(rows, Reach::Everything))?;
            }
        }
        for id in ["P3", "P5", "P7", "P8"] {
            checked.need(id, "text", self.policy.iter().find(|row| row.id == *id))?;
        }
        let adult = self.policy.iter().find(|row| row.id == "P7").and_then(|row| row.age_ge);
        checked.need("P7", "age_ge", adult)?;
        Ok(())
    }
}
