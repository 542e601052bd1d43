//! Points and lines of a chart, in pixels or parts of its plot.

use chrono::NaiveDate;
use hut_ui::ChartPoint;

/// A value on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// The day.
    pub day: NaiveDate,
    /// The value.
    pub value: f32,
}

/// How days and values become pixels, or parts of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Where the first point lies from left to right, and where the last.
    pub across: (f32, f32),
    /// From the highest value to the lowest.
    pub down: f32,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
    /// Highest and lowest value.
    pub values: (f32, f32),
}

impl Plot {
    /// Where a day lies.
    pub fn x(&self, day: NaiveDate) -> f32 {
        let (first, last) = self.days;
        let span = (last - first).num_days().max(1) as f32;
        let part = if first == last { 1.0 } else { (day - first).num_days() as f32 / span };
        self.across.0 + (self.across.1 - self.across.0) * part
    }

    /// Where a value lies.
    pub fn y(&self, value: f32) -> f32 {
        let (high, low) = self.values;
        let span = if high > low { high - low } else { 1.0 };
        self.down * ((high - value) / span).clamp(0.0, 1.0)
    }

    /// The points of a series.
    pub fn points(&self, dots: &[Dot]) -> Vec<ChartPoint> {
        let last = dots.len().saturating_sub(1);
        let point =
            |(place, dot): (usize, &Dot)| ChartPoint { x: self.x(dot.day), y: self.y(dot.value), last: place == last };
        dots.iter().enumerate().map(point).collect()
    }

    /// To which of them a line comes from the one before: a gap of more than 60 days is a break (ux.md R21).
    pub fn joins(&self, dots: &[Dot]) -> Vec<bool> {
        let near = |pair: &[Dot]| (pair[1].day - pair[0].day).num_days() <= BREAK_DAYS;
        let joins = dots.windows(2).map(near);
        std::iter::once(false).chain(joins).take(dots.len()).collect()
    }

    /// The line through them.
    pub fn path(&self, dots: &[Dot]) -> String {
        let step = |(dot, joined): (&Dot, bool)| {
            let command = if joined { 'L' } else { 'M' };
            format!("{command} {:.1} {:.1}", self.x(dot.day), self.y(dot.value))
        };
        dots.iter().zip(self.joins(dots)).map(step).collect::<Vec<_>>().join(" ")
    }
}

const BREAK_DAYS: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_of_more_than_sixty_days_breaks_the_line() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
        let dots =
            [(day(6, 1), 150.0), (day(7, 31), 140.0), (day(11, 1), 140.0)].map(|(day, value)| Dot { day, value });
        let plot = Plot { across: (0.0, 153.0), down: 100.0, days: (day(6, 1), day(11, 1)), values: (180.0, 80.0) };
        assert_eq!(plot.path(&dots), "M 0.0 30.0 L 60.0 40.0 M 153.0 40.0");
        assert!(plot.points(&dots)[2].last);
    }
}
