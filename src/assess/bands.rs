//! Half-open bands: which one holds a value, and whether a list of them leaves a gap.

use std::fmt::Write;

use rust_decimal::Decimal;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::model::measurement::GlucoseLevel;

/// A number of a rule table: decimals stand as text, whole numbers may stand bare; a binary float is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a decimal as text (\"6.1\") or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Number, E> {
                Ok(Number(whole.into()))
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Number, E> {
                Ok(Number(whole.into()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// The bounds of a row; a missing one means unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Bounds {
    pub ge: Option<Decimal>,
    pub gt: Option<Decimal>,
    pub le: Option<Decimal>,
    pub lt: Option<Decimal>,
}

impl Bounds {
    /// `ge <= x < lt`, the form of nearly every row.
    pub fn half_open(ge: Option<Number>, lt: Option<Number>) -> Self {
        Self { ge: ge.map(|n| n.0), lt: lt.map(|n| n.0), ..Self::default() }
    }

    /// All four.
    pub fn new(ge: Option<Number>, gt: Option<Number>, le: Option<Number>, lt: Option<Number>) -> Self {
        Self { ge: ge.map(|n| n.0), gt: gt.map(|n| n.0), le: le.map(|n| n.0), lt: lt.map(|n| n.0) }
    }

    /// True when there is no bound at all.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// True when `value` lies inside.
    pub fn holds(&self, value: Decimal) -> bool {
        self.ge.is_none_or(|bound| value >= bound)
            && self.gt.is_none_or(|bound| value > bound)
            && self.le.is_none_or(|bound| value <= bound)
            && self.lt.is_none_or(|bound| value < bound)
    }

    /// What `value` lies beyond: the end that it misses, turned round; `None` inside.
    pub fn beyond(&self, value: Decimal) -> Option<Self> {
        let under = Self { lt: self.ge, le: self.gt, ..Self::default() };
        let over = Self { gt: self.le, ge: self.lt, ..Self::default() };
        [under, over].into_iter().find(|end| !end.is_open() && end.holds(value))
    }

    /// True when everything from some value upwards lies inside.
    pub fn holds_all_above(&self) -> bool {
        (self.ge.is_some() || self.gt.is_some()) && self.le.is_none() && self.lt.is_none()
    }

    /// True when everything below some value lies inside.
    pub fn holds_all_below(&self) -> bool {
        (self.le.is_some() || self.lt.is_some()) && self.ge.is_none() && self.gt.is_none()
    }

    /// True when a glucose lies inside; one beyond the meter's range when all that it may be does.
    pub fn holds_level(&self, level: GlucoseLevel) -> bool {
        match level {
            GlucoseLevel::Value(value) => self.holds(value.0),
            GlucoseLevel::High => self.holds_all_above(),
            GlucoseLevel::Low => self.holds_all_below(),
        }
    }

    /// The bounds in signs, for example `>= 6.1, < 7.0`.
    pub fn words(&self) -> String {
        let mut words = String::new();
        for (sign, bound) in [(">=", self.ge), (">", self.gt), ("<=", self.le), ("<", self.lt)] {
            let Some(bound) = bound else { continue };
            let comma = if words.is_empty() { "" } else { ", " };
            write!(words, "{comma}{sign} {bound}").expect("writing to a string cannot fail");
        }
        words
    }
}

/// What is wrong with a list of bands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BandFault {
    /// Some value is in no band.
    #[error(
        "no row holds {end} up to below {start}: `{below}` ends below {end}, `{above}` begins at {start}; move both"
    )]
    Gap {
        /// The row under the gap.
        below: String,
        /// Where it ends.
        end: Decimal,
        /// The row over it.
        above: String,
        /// Where that begins.
        start: Decimal,
    },
    /// Some value is in two.
    #[error("rows `{first}` and `{second}` both hold {value}: `{first}` {}; move both", ends(.end, .value))]
    Overlap {
        /// One.
        first: String,
        /// Where it ends; `None` when it is open above.
        end: Option<Decimal>,
        /// The other.
        second: String,
        /// What both hold: where the second begins.
        value: Decimal,
    },
    /// The list does not reach down or up to every value.
    #[error("row `{0}` stands at the end of its list and must be open there")]
    Closed(String),
    /// The list is empty.
    #[error("no row at all")]
    Empty,
}

fn ends(end: &Option<Decimal>, start: &Decimal) -> String {
    match end {
        Some(end) => format!("ends at {end}, the other begins at {start}"),
        None => format!("is open above, the other begins at {start}"),
    }
}

/// Which ends of a list must be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every value has a band.
    Everything,
    /// The scale itself ends at the top band's `le` (per cent).
    UpToTop,
}

/// Refuses gaps and overlaps in a list of half-open bands, in any order.
pub fn check_bands(bands: &[(&str, Bounds)], reach: Reach) -> Result<(), BandFault> {
    let mut sorted = bands.to_vec();
    sorted.sort_by_key(|(_, bounds)| bounds.ge);
    let (Some((first, lowest)), Some((last, highest))) = (sorted.first(), sorted.last()) else {
        return Err(BandFault::Empty);
    };
    if lowest.ge.is_some() || lowest.gt.is_some() {
        return Err(BandFault::Closed((*first).to_owned()));
    }
    if highest.lt.is_some() || (reach == Reach::Everything && highest.le.is_some()) {
        return Err(BandFault::Closed((*last).to_owned()));
    }
    for pair in sorted.windows(2) {
        let ((below, lower), (above, upper)) = (pair[0], pair[1]);
        let (Some(end), Some(start)) = (lower.lt, upper.ge) else {
            let value = upper.ge.or(lower.le).unwrap_or_default();
            let end = lower.lt.or(lower.le);
            return Err(BandFault::Overlap { first: below.to_owned(), end, second: above.to_owned(), value });
        };
        if end < start {
            return Err(BandFault::Gap { below: below.to_owned(), end, above: above.to_owned(), start });
        }
        if end > start {
            let (first, second) = (below.to_owned(), above.to_owned());
            return Err(BandFault::Overlap { first, end: Some(end), second, value: start });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(ge: Option<i64>, lt: Option<i64>) -> Bounds {
        Bounds::half_open(ge.map(|n| Number(n.into())), lt.map(|n| Number(n.into())))
    }

    #[test]
    fn a_band_holds_its_lower_bound_and_not_its_upper() {
        let bounds = band(Some(10), Some(20));
        assert!(bounds.holds(10.into()) && !bounds.holds(20.into()));
        assert_eq!(bounds.words(), ">= 10, < 20");
    }

    #[test]
    fn outside_of_a_band_is_below_its_lower_bound_or_from_its_upper_on() {
        let words = |value: i64| band(Some(10), Some(20)).beyond(value.into()).map(|end| end.words());
        assert_eq!((words(9), words(10), words(19)), (Some("< 10".into()), None, None));
        assert_eq!(words(20), Some(">= 20".into()));
        assert_eq!(band(None, None).beyond(1.into()), None);
    }

    #[test]
    fn gaps_overlaps_and_closed_ends_are_refused() {
        let good = [("a", band(None, Some(10))), ("c", band(Some(20), None)), ("b", band(Some(10), Some(20)))];
        assert_eq!(check_bands(&good, Reach::Everything), Ok(()));
        let gap = [("a", band(None, Some(10))), ("b", band(Some(11), None))];
        assert!(matches!(check_bands(&gap, Reach::Everything), Err(BandFault::Gap { .. })));
        let both = [("a", band(None, Some(12))), ("b", band(Some(11), None))];
        assert!(matches!(check_bands(&both, Reach::Everything), Err(BandFault::Overlap { .. })));
        let twins = [("a", band(None, Some(12))), ("b", band(None, Some(12))), ("c", band(Some(12), None))];
        assert!(matches!(check_bands(&twins, Reach::Everything), Err(BandFault::Overlap { .. })));
        let closed = [("a", band(None, Some(12))), ("b", band(Some(12), Some(13)))];
        assert_eq!(check_bands(&closed, Reach::Everything), Err(BandFault::Closed("b".into())));
        assert_eq!(check_bands(&[], Reach::Everything), Err(BandFault::Empty));
    }

    #[test]
    fn a_binary_float_is_refused() {
        #[derive(serde::Deserialize)]
        struct Row {
            ge: Number,
        }
        assert_eq!(toml::from_str::<Row>("ge = \"6.1\"").expect("text").ge, Number(Decimal::new(61, 1)));
        assert!(toml::from_str::<Row>("ge = 6.1").is_err());
    }
}
