//! A number and its unit.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::Error as _;
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The unit a device spoke in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Millimetres of mercury.
    #[serde(rename = "mmHg")]
    MmHg,
    /// Kilopascal.
    #[serde(rename = "kPa")]
    KPa,
    /// Per minute.
    #[serde(rename = "/min")]
    PerMinute,
    /// Kilogram.
    #[serde(rename = "kg")]
    Kg,
    /// Gram.
    #[serde(rename = "g")]
    Gram,
    /// Pound, 0.45359237 kg.
    #[serde(rename = "lb")]
    Pound,
    /// Jin (斤), half a kilogram.
    #[serde(rename = "jin")]
    Jin,
    /// Tonne, 1000 kg.
    #[serde(rename = "t")]
    Tonne,
    /// Centimetre.
    #[serde(rename = "cm")]
    Cm,
    /// Inch, 2.54 cm.
    #[serde(rename = "in")]
    Inch,
    /// Kilogram per square metre.
    #[serde(rename = "kg/m2")]
    KgPerM2,
    /// Milligram per decilitre of glucose.
    #[serde(rename = "mg/dL")]
    MgPerDl,
    /// Millimole per litre of glucose.
    #[serde(rename = "mmol/L")]
    MmolPerL,
    /// Per cent.
    #[serde(rename = "%")]
    Percent,
    /// Degree Celsius.
    #[serde(rename = "°C")]
    Celsius,
    /// Kelvin, 273.15 K = 0 °C.
    #[serde(rename = "K")]
    Kelvin,
    /// Degree Fahrenheit.
    #[serde(rename = "°F")]
    Fahrenheit,
    /// Kilocalories a day.
    #[serde(rename = "kcal")]
    Kcal,
    /// A level or score without a unit.
    #[serde(rename = "1")]
    One,
}

/// A number and its unit, as the device gave them.
///
/// Serialised as `["64.40", "kg"]`: the digits are the device's own, without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The exact number.
    pub number: Decimal,
    /// Its unit.
    pub unit: Unit,
}

impl Value {
    /// Returns a value.
    pub fn new(number: impl Into<Decimal>, unit: Unit) -> Value {
        Value { number: number.into(), unit }
    }

    /// Returns the value in `unit`, or `None` when there is no conversion between the two.
    ///
    /// Exact but for mmol/L (one decimal, half up) and mmHg from kPa (whole, half up), as the driver rules say.
    pub fn to(self, unit: Unit) -> Option<Value> {
        if self.unit == unit {
            return Some(self);
        }
        let number = match (self.unit, unit) {
            (Unit::MgPerDl, Unit::MmolPerL) => half_up(self.number / Decimal::from(18), 1),
            (Unit::KPa, Unit::MmHg) => half_up(self.number * Decimal::new(750_062, 5), 0),
            (Unit::Fahrenheit, Unit::Celsius) => {
                half_up((self.number - Decimal::from(32)) * Decimal::from(5) / Decimal::from(9), 1)
            }
            (Unit::Kelvin, Unit::Celsius) => self.number - Decimal::new(27_315, 2),
            (Unit::Inch, Unit::Cm) => self.number.checked_mul(Decimal::new(254, 2))?,
            (from, Unit::Kg) => self.number.checked_mul(kilograms(from)?)?,
            _ => return None,
        };
        Some(Value { number, unit })
    }
}

impl Unit {
    /// The unit as it stands in JSON and on a screen.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::MmHg => "mmHg",
            Unit::KPa => "kPa",
            Unit::PerMinute => "/min",
            Unit::Kg => "kg",
            Unit::Gram => "g",
            Unit::Pound => "lb",
            Unit::Jin => "jin",
            Unit::Tonne => "t",
            Unit::Cm => "cm",
            Unit::Inch => "in",
            Unit::KgPerM2 => "kg/m2",
            Unit::MgPerDl => "mg/dL",
            Unit::MmolPerL => "mmol/L",
            Unit::Percent => "%",
            Unit::Celsius => "°C",
            Unit::Kelvin => "K",
            Unit::Fahrenheit => "°F",
            Unit::Kcal => "kcal",
            Unit::One => "1",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.unit.symbol())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.number.to_string())?;
        pair.serialize_element(&self.unit)?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let (number, unit) = <(String, Unit)>::deserialize(deserializer)?;
        let number = Decimal::from_str_exact(&number).map_err(D::Error::custom)?;
        Ok(Value { number, unit })
    }
}

/// Rounds half up (away from zero), as the driver rules ask.
pub fn half_up(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

fn kilograms(unit: Unit) -> Option<Decimal> {
    match unit {
        Unit::Gram => Some(Decimal::new(1, 3)),
        Unit::Pound => Some(Decimal::new(45_359_237, 8)),
        Unit::Jin => Some(Decimal::new(5, 1)),
        Unit::Tonne => Some(Decimal::from(1000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_json() {
        for text in [r#"["64.40","kg"]"#, r#"["-0.2","lb"]"#] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }

    #[test]
    fn units_are_converted_as_the_driver_rules_say() {
        let to = |number: &str, from, unit| {
            Value::new(number.parse::<Decimal>().unwrap(), from).to(unit).unwrap().to_string()
        };
        assert_eq!(to("81", Unit::MgPerDl, Unit::MmolPerL), "4.5 mmol/L");
        assert_eq!(to("16", Unit::KPa, Unit::MmHg), "120 mmHg");
        assert_eq!(to("128.8", Unit::Jin, Unit::Kg), "64.40 kg");
        assert_eq!(to("100", Unit::Pound, Unit::Kg), "45.35923700 kg");
        assert_eq!(to("64400", Unit::Gram, Unit::Kg), "64.400 kg");
        assert_eq!(Value::new(1, Unit::Kg).to(Unit::MmHg), None);
    }
}
