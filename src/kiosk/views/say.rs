//! Words, dates and times as the screens say them.

use chrono::{Datelike, NaiveDate, Timelike};
use hut_ui::Span;
use hut_ui::words::{self, Key, Lang, Piece};
use slint::{ModelRc, SharedString, VecModel};

use crate::model::resident::Sex;
use crate::model::{Moment, Station};
use crate::session::told;

/// Says things in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Say(pub Lang);

impl Say {
    /// The text of a key.
    pub fn text(self, key: Key) -> SharedString {
        words::text(self.0, key).into()
    }

    /// The text of a key with its gaps filled.
    pub fn fill(self, key: Key, gaps: &[(&str, &str)]) -> SharedString {
        words::fill(self.0, key, gaps).into()
    }

    /// The same in stretches: what filled a gap stands out.
    pub fn pieces(self, key: Key, gaps: &[(&str, &str)]) -> Vec<Span> {
        stretches(words::pieces(self.0, key, gaps))
    }

    /// [`Say::pieces`] as a model.
    pub fn spans(self, key: Key, gaps: &[(&str, &str)]) -> ModelRc<Span> {
        model(self.pieces(key, gaps))
    }

    /// One stretch that does not stand out.
    pub fn plain(self, key: Key) -> ModelRc<Span> {
        model(vec![Span { text: self.text(key), ..Span::default() }])
    }

    /// A day without its year.
    pub fn date(self, day: NaiveDate) -> SharedString {
        told::date(self.0, day).into()
    }

    /// A birth date, in full.
    pub fn day_of_birth(self, day: NaiveDate) -> SharedString {
        let [y, m, d] = [day.year().to_string(), day.month().to_string(), day.day().to_string()];
        self.fill(words::DECIDE_BORN, &[("y", &y), ("m", &m), ("d", &d)])
    }

    /// A day and a time.
    pub fn date_time(self, at: &Moment) -> SharedString {
        let day = at.day();
        self.fill(
            words::COMMON_DATE_TIME,
            &[
                ("m", told::month(self.0, day)),
                ("d", &day.day().to_string()),
                ("h", &format!("{:02}", at.wall.hour())),
                ("min", &format!("{:02}", at.wall.minute())),
            ],
        )
    }

    /// The day of the week.
    pub fn weekday(self, day: NaiveDate) -> SharedString {
        let names = [
            words::COMMON_MONDAY,
            words::COMMON_TUESDAY,
            words::COMMON_WEDNESDAY,
            words::COMMON_THURSDAY,
            words::COMMON_FRIDAY,
            words::COMMON_SATURDAY,
            words::COMMON_SUNDAY,
        ];
        self.text(names[day.weekday().num_days_from_monday() as usize])
    }

    /// Several things in one line.
    pub fn list(self, things: &[SharedString]) -> String {
        let things: Vec<&str> = things.iter().map(SharedString::as_str).collect();
        things.join(words::text(self.0, words::COMMON_SEPARATOR))
    }

    /// The sentence `key` about those of them that are missing; empty without any.
    pub fn missing(self, key: Key, all: &[(Key, bool)]) -> SharedString {
        let names: Vec<_> = all.iter().filter(|(_, missing)| *missing).map(|(name, _)| self.text(*name)).collect();
        if names.is_empty() { "".into() } else { self.fill(key, &[("items", &self.list(&names))]) }
    }

    /// 男 or 女.
    pub fn sex(self, sex: Sex) -> SharedString {
        self.text(match sex {
            Sex::Male => words::COMMON_MALE,
            Sex::Female => words::COMMON_FEMALE,
        })
    }

    /// 尾号, the only part of a citizen number that a screen may show (ux.md P2).
    pub fn tail(self, last_four: &str) -> SharedString {
        self.fill(words::COMMON_TAIL, &[("n", last_four)])
    }

    /// The station's name.
    pub fn station(self, station: &Station) -> &str {
        self.0.own(&station.name_zh, &station.name_en)
    }

    /// The doctor residents are told about; `None` when the site has not set one.
    pub fn doctor(self, station: &Station) -> Option<&str> {
        let name = self.0.own(&station.doctor_zh, &station.doctor_en);
        (!name.is_empty()).then_some(name)
    }
}

/// The stretches of a filled text: what filled a gap stands out.
///
/// No layout gives room to a space at the edge of a text: it is told apart from it.
pub fn stretches(pieces: Vec<Piece>) -> Vec<Span> {
    let mut spaced = false;
    let stretch = |piece: Piece| {
        let gap = spaced || piece.text.starts_with(' ');
        spaced = piece.text.ends_with(' ');
        Span { text: piece.text.trim_matches(' ').into(), strong: piece.filled, gap }
    };
    pieces.into_iter().map(stretch).collect()
}

/// The time of day, `08:52`.
pub fn clock(at: &Moment) -> SharedString {
    format!("{:02}:{:02}", at.wall.hour(), at.wall.minute()).into()
}

/// Minutes and seconds, `3:48`.
pub fn minutes(seconds: u64) -> SharedString {
    format!("{}:{:02}", seconds / 60, seconds % 60).into()
}

/// Rows for the screen.
pub fn model<T: Clone + 'static>(rows: Vec<T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from(rows))
}

/// What is left of a stretch of time, from 1 to 0.
pub fn fraction(left: u64, total: u64) -> f32 {
    if total == 0 { 0.0 } else { (left.min(total) as f32) / (total as f32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_between_stretches_stands_before_the_second() {
        let say = Say(Lang::En);
        let line = say.pieces(words::RES_AGAIN, &[("d1", "24/11"), ("d2", "27/11")]);
        let told: Vec<_> = line.iter().map(|span| (span.text.as_str(), span.strong, span.gap)).collect();
        assert_eq!(
            told,
            [("Measure again on", false, false), ("24/11", true, true), ("and", false, true), ("27/11", true, true)]
        );
    }
}
