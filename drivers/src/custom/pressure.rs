//! What every blood-pressure monitor shares: the numbers a person can have.

use crate::reading::{Fault, FaultCode, Kind, Quantity, Reading, Unit};

/// Returns a reading of these numbers, in mmHg and beats a minute.
///
/// # Errors
/// `out_of_range` when no resting person can have them, or the systolic is not above the diastolic.
pub fn reading(systolic: u16, diastolic: u16, pulse: u16, raw: &[u8]) -> Result<Reading, Fault> {
    let possible = (40..=260).contains(&systolic) && (20..=220).contains(&diastolic) && (20..=250).contains(&pulse);
    if !possible || systolic <= diastolic {
        return Err(Fault::new(FaultCode::OutOfRange, SAYS_IMPOSSIBLE, raw));
    }
    Ok(Reading::new(Kind::BloodPressure, raw)
        .with(Quantity::Systolic, systolic, Unit::MmHg)
        .with(Quantity::Diastolic, diastolic, Unit::MmHg)
        .with(Quantity::Pulse, pulse, Unit::PerMinute))
}

const SAYS_IMPOSSIBLE: &str = "the monitor sent numbers that cannot be a blood pressure; measure again";
