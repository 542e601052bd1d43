//! Quantities with their unit in the type: whole numbers, or exact decimals that travel as text. Never binary floats.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident($inner:ty)),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

quantity! {
    /// Pressure in mmHg.
    MmHg(u16),
    /// Heart or pulse rate in beats a minute.
    BeatsPerMinute(u16),
    /// Mass in kilograms.
    Kilograms(Decimal),
    /// Length in centimetres.
    Centimetres(Decimal),
    /// Amount of substance in mmol/L.
    MmolPerLitre(Decimal),
    /// Saturation in per cent.
    Percent(u16),
    /// Temperature in degrees Celsius.
    Celsius(Decimal),
}

/// Rounds half up to `places` decimals, the only rounding in this project (clinical README, P4).
pub fn half_up(value: Decimal, places: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

/// Body mass index, kg/m², one decimal, half up (`body.toml`). `None` for a height of zero.
pub fn body_mass_index(weight: Kilograms, height: Centimetres) -> Option<Decimal> {
    let metres = height.0 / Decimal::ONE_HUNDRED;
    weight.0.checked_div(metres * metres).map(|bmi| half_up(bmi, 1))
}
