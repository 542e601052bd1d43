//! What must hold inside one reading, whatever device it came from. Nothing here judges a person.

use rust_decimal::Decimal;

use crate::reading::{Mark, Quantity, Reading, Unit, Value, half_up};

/// Whether the pressures lie in their order: diastolic below systolic, the mean, if told, between them.
pub fn pressures_in_order(reading: &Reading) -> bool {
    let number = |quantity| reading.value(quantity).map(|value| value.number);
    let (Some(systolic), Some(diastolic)) = (number(Quantity::Systolic), number(Quantity::Diastolic)) else {
        return true;
    };
    let mean_between = number(Quantity::MeanArterial).is_none_or(|mean| (diastolic..=systolic).contains(&mean));
    diastolic < systolic && mean_between
}

/// Sets the body mass index: the device's own when it agrees with height and weight within 0.3, else recomputed and marked.
pub fn settle_bmi(reading: &mut Reading) {
    let number = |quantity, unit| Some(reading.value(quantity)?.to(unit)?.number);
    let (Some(height), Some(weight)) = (number(Quantity::Height, Unit::Cm), number(Quantity::Weight, Unit::Kg)) else {
        return;
    };
    let metres = height / Decimal::from(100);
    let Some(bmi) = weight.checked_div(metres * metres).map(|bmi| half_up(bmi, 1)) else {
        return;
    };
    let told = reading.value(Quantity::Bmi).map(|value| value.number);
    if told.is_some_and(|told| (told - bmi).abs() <= TOLERANCE) {
        return;
    }
    if told.is_some() {
        reading.mark(Mark::BmiMismatch);
    }
    let mut bmi = bmi;
    bmi.rescale(1);
    reading.values.insert(Quantity::Bmi, Value::new(bmi, Unit::KgPerM2));
}

/// 0.3: what the protocol pages allow between a device's own index and the recomputed one.
const TOLERANCE: Decimal = Decimal::from_parts(3, 0, 0, false, 1);
