//! What can be told of what, and in which units.

use super::{Kind, Quantity, Unit};

impl Kind {
    /// What a device or a reading of this kind can tell.
    pub fn quantities(self) -> &'static [Quantity] {
        use Quantity as Q;
        match self {
            Kind::BloodPressure => &[Q::Systolic, Q::Diastolic, Q::MeanArterial, Q::Pulse],
            Kind::Weight => &[Q::Weight],
            Kind::HeightWeight => &[Q::Weight, Q::Height, Q::Bmi],
            Kind::BodyComposition => &[Q::Weight, Q::Height, Q::Bmi, Q::BodyFat, Q::VisceralFat, Q::BasalMetabolism],
            Kind::Glucose => &[Q::Glucose],
            Kind::Spo2 => &[Q::Spo2, Q::Pulse, Q::PerfusionIndex],
            Kind::Temperature => &[Q::Temperature],
            Kind::Printer | Kind::IdCard | Kind::Scanner => &[],
        }
    }
}

impl Quantity {
    /// The units it is measured in. All can be converted [to](super::Value::to) the first.
    pub fn units(self) -> &'static [Unit] {
        match self {
            Quantity::Systolic | Quantity::Diastolic | Quantity::MeanArterial => &[Unit::MmHg, Unit::KPa],
            Quantity::Pulse => &[Unit::PerMinute],
            Quantity::Weight => &[Unit::Kg, Unit::Gram, Unit::Pound, Unit::Jin, Unit::Tonne],
            Quantity::Height => &[Unit::Cm, Unit::Inch],
            Quantity::Bmi => &[Unit::KgPerM2],
            Quantity::BodyFat | Quantity::Spo2 | Quantity::PerfusionIndex => &[Unit::Percent],
            Quantity::VisceralFat => &[Unit::One],
            Quantity::BasalMetabolism => &[Unit::Kcal],
            Quantity::Glucose => &[Unit::MmolPerL, Unit::MgPerDl],
            Quantity::Temperature => &[Unit::Celsius, Unit::Kelvin, Unit::Fahrenheit],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Value;

    #[test]
    fn every_unit_becomes_the_first_of_its_quantity() {
        let kinds = [Kind::BloodPressure, Kind::BodyComposition, Kind::Glucose, Kind::Spo2, Kind::Temperature];
        for quantity in kinds.iter().flat_map(|kind| kind.quantities()) {
            for unit in quantity.units() {
                assert!(Value::new(100, *unit).to(quantity.units()[0]).is_some(), "{quantity:?} in {unit:?}");
            }
        }
    }
}
