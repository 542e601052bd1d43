//! The zone bar: where a number lies on the scale of the rule tables.

use hut_ui::{Zone, ZoneBarView, ZoneLimit};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use slint::SharedString;

use super::class;
use super::say::{Say, model};
use crate::model::RowId;

/// A class on a scale: its row and where it begins and ends; the first has no beginning, the last no end.
pub type Stretch = (RowId, Option<Decimal>, Option<Decimal>);

/// Draws `value` on a scale; empty without at least two classes.
pub fn bar(say: Say, label: SharedString, value: Decimal, scale: &[Stretch]) -> Option<ZoneBarView> {
    let zones = merged(scale);
    let (first, last) = (zones.first()?.2?, zones.last()?.1?);
    let ends = Ends::around(number(first), number(last));
    let here = number(value);
    // A scale in tenths is written in tenths: 12.0 under a headline of 12.0.
    let tenths = zones.iter().filter_map(|(_, from, _)| *from).any(|limit| !limit.fract().is_zero());
    let written = |number: Decimal| if tenths { format!("{number:.1}") } else { number.normalize().to_string() };
    let shown = |(row, from, to): &Stretch| {
        let (level, word) = class::zone(row);
        Zone {
            label: say.text(word),
            from: from.map_or(0.0, |from| ends.place(number(from))),
            to: to.map_or(1.0, |to| ends.place(number(to))),
            level,
            is_current: from.is_none_or(|from| value >= from) && to.is_none_or(|to| value < to),
        }
    };
    let limits = zones.iter().filter_map(|(_, from, _)| *from);
    let limit = |at: Decimal| ZoneLimit { text: written(at).into(), at: ends.place(number(at)) };
    Some(ZoneBarView {
        label,
        value: written(value).into(),
        zones: model(zones.iter().map(shown).collect()),
        limits: model(limits.map(limit).collect()),
        marker: ends.place(here).clamp(EDGE, 1.0 - EDGE),
    })
}

/// Neighbours with the same word are one zone.
fn merged(scale: &[Stretch]) -> Vec<Stretch> {
    let mut zones: Vec<Stretch> = Vec::with_capacity(scale.len());
    for (row, from, to) in scale {
        match zones.last_mut() {
            Some(last) if class::zone(&last.0) == class::zone(row) => last.2 = *to,
            _ => zones.push((row.clone(), *from, *to)),
        }
    }
    zones
}

/// What the ends of a bar stand for: room before the first limit and after the last, in proportion to what lies between.
struct Ends {
    low: f32,
    high: f32,
}

impl Ends {
    fn around(first: f32, last: f32) -> Self {
        let between = if last > first { last - first } else { first * 0.5 };
        Self { low: first - between * 0.55, high: last + between * 0.36 }
    }

    fn place(&self, value: f32) -> f32 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

fn number(value: Decimal) -> f32 {
    value.to_f32().unwrap_or_default()
}

/// The marker stays inside the bar.
const EDGE: f32 = 0.012;
