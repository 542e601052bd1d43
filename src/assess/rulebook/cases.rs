//! Worked cases: what a limit says of a value on each side of it, and what the rules say of a whole input.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::{RuleFault, nearest};
use super::sheet::{Place, RowText, decimal_of, limit_sign, parse};
use crate::assess::bands::Bounds;

/// A worked case: what a row's limit says of a value and, where [`crate::assess::assess`] judges it, the input and the
/// keys that the result must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkedCase {
    /// The row.
    pub row: String,
    /// The key of the row that holds the limit; `bands` for the points of a score.
    pub limit: String,
    /// The value on one side of it, as text.
    pub value: String,
    /// Does the value meet the limit?
    pub meets: Option<bool>,
    /// Points, for the bands of a score.
    pub points: Option<u16>,
    /// Input in the form of the `assess` format, without `id`.
    pub given: Option<toml::Table>,
    /// Keys the result must have.
    pub want: Option<toml::Table>,
}

/// A worked case that the whole of the rules can be held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Where it stands.
    pub at: Place,
    /// The case.
    pub case: WorkedCase,
    /// The day of an input that names none: the first on which its edition judges.
    pub day: NaiveDate,
    /// The profile of an input that names none; `None` for the shipped cases, which the shipped rules alone judge.
    pub profile: Option<String>,
}

/// The worked cases of one sheet, each with its place.
///
/// `None` when its file is not there.
pub(super) struct Cases(Option<Vec<(Place, WorkedCase)>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesFile {
    /// None yet: a file into which `rules cases` is about to write.
    #[serde(default)]
    case: Vec<toml::Spanned<WorkedCase>>,
}

impl Cases {
    pub fn read(file: &str, text: &str) -> Result<Self, RuleFault> {
        let cases: CasesFile = parse(file, text)?;
        let placed = |case: toml::Spanned<WorkedCase>| (Place::of(file, text, case.span().start), case.into_inner());
        Ok(Self(Some(cases.case.into_iter().map(placed).collect())))
    }

    /// The file is not there.
    pub fn absent() -> Self {
        Self(None)
    }

    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    fn all(&self) -> impl Iterator<Item = &(Place, WorkedCase)> {
        self.0.iter().flatten()
    }

    /// Refuses cases that contradict their rows, and rows without a case at both sides of each limit.
    pub fn check(&self, rows: &[RowText]) -> Result<(), RuleFault> {
        for (at, case) in self.all() {
            let row = rows.iter().find(|row| row.id == case.row);
            let Some(row) = row else {
                let near = nearest(&case.row, rows.iter().map(|row| row.id.as_str())).map(str::to_owned);
                return Err(RuleFault::StrayCase { at: at.clone(), row: case.row.clone(), near });
            };
            let (at, id, limit) = (at.clone(), row.id.clone(), case.limit.clone());
            let value = row.keys.get(&limit).and_then(|value| Some((value, Limit::of(&limit, value)?)));
            let Some((holds, read)) = value else {
                let limits = limit_keys(row).map(str::to_owned).collect();
                return Err(RuleFault::StrayLimit { at, row: id, limit, limits });
            };
            if !read.agrees(case) {
                return Err(RuleFault::WrongCase { at, case: Box::new(case.clone()), holds: holds.to_string() });
            }
        }
        match self.uncovered(rows).next() {
            None => Ok(()),
            Some((row, limit, side)) => {
                let (at, row, limit) = (row.at.clone(), row.id.clone(), limit.to_owned());
                Err(RuleFault::Uncovered { at, row, limit, side })
            }
        }
    }

    /// Limits that no case stands beside on a side: the row, the key, and in words which side.
    fn uncovered<'a>(&'a self, rows: &'a [RowText]) -> impl Iterator<Item = (&'a RowText, &'a str, &'static str)> {
        let limits = rows.iter().flat_map(|row| limits(row).map(move |(key, limit)| (row, key, limit)));
        limits.filter_map(|(row, key, limit)| {
            let own = self.all().map(|(_, case)| case).filter(|case| case.row == row.id && case.limit == key);
            Some((row, key, limit.lacks(&own.collect::<Vec<_>>())?))
        })
    }

    /// Cases for the sides that have none, made from the limits themselves.
    pub fn wanting(&self, rows: &[RowText]) -> Vec<WorkedCase> {
        let mut made: Vec<WorkedCase> = Vec::new();
        for (row, key, _) in self.uncovered(rows) {
            let Some(limit) = row.keys.get(key).and_then(|value| Limit::of(key, value)) else { continue };
            let own = |case: &WorkedCase| case.row == row.id && case.limit == key;
            let has = |value: &str| self.all().any(|(_, case)| own(case) && case.value == value);
            made.extend(limit.sides(&row.id, key).into_iter().filter(|case| !has(&case.value)));
        }
        made
    }

    /// The cases with an input, to be tried against the whole of the rules.
    pub fn trials(self, day: NaiveDate, profile: Option<&str>) -> impl Iterator<Item = Trial> {
        let profile = profile.map(str::to_owned);
        let whole = self.0.into_iter().flatten().filter(|(_, case)| case.given.is_some() && case.want.is_some());
        whole.map(move |(at, case)| Trial { at, case, day, profile: profile.clone() })
    }
}

impl WorkedCase {
    /// What it says of its value.
    pub(super) fn says(&self) -> String {
        match (self.meets, self.points) {
            (Some(true), None) => "says that it meets the limit".to_owned(),
            (Some(false), None) => "says that it misses the limit".to_owned(),
            (None, Some(points)) => format!("gives {points} points"),
            _ => "needs `meets`, or `points` for the bands of a score".to_owned(),
        }
    }
}

/// The keys of a row that hold limits, which cases must stand beside.
pub(super) fn limit_keys(row: &RowText) -> impl Iterator<Item = &str> {
    limits(row).map(|(key, _)| key)
}

fn limits(row: &RowText) -> impl Iterator<Item = (&str, Limit)> {
    row.keys.iter().filter_map(|(key, value)| Some((key.as_str(), Limit::of(key, value)?)))
}

/// One limit of a row: what its key asks for.
enum Limit {
    Number { bounds: Bounds, edge: Decimal },
    Word(String),
    Points(Vec<(Bounds, u16)>),
}

impl Limit {
    fn of(key: &str, value: &toml::Value) -> Option<Self> {
        if key == "bands" {
            return points_of(value).map(Self::Points);
        }
        if key == "equals" {
            return value.as_str().map(|word| Self::Word(word.to_owned()));
        }
        let (_, sign) = limit_sign(key)?;
        let edge = decimal_of(value)?;
        let bounds = match sign {
            "ge" => Bounds { ge: Some(edge), ..Bounds::default() },
            "gt" => Bounds { gt: Some(edge), ..Bounds::default() },
            "le" => Bounds { le: Some(edge), ..Bounds::default() },
            "lt" => Bounds { lt: Some(edge), ..Bounds::default() },
            _ => return None,
        };
        Some(Self::Number { bounds, edge })
    }

    /// Whether a case says of its value what the limit says.
    fn agrees(&self, case: &WorkedCase) -> bool {
        let value = case.value.parse::<Decimal>();
        match (self, case.meets, case.points, value) {
            (Self::Number { bounds, .. }, Some(meets), None, Ok(value)) => bounds.holds(value) == meets,
            (Self::Word(word), Some(meets), None, _) => (*word == case.value) == meets,
            (Self::Points(bands), None, Some(points), Ok(value)) => {
                bands.iter().any(|(bounds, of_band)| bounds.holds(value) && *of_band == points)
            }
            _ => false,
        }
    }

    /// The side on which none of its own cases stands.
    fn lacks(&self, own: &[&WorkedCase]) -> Option<&'static str> {
        let Self::Points(bands) = self else {
            let stands = |meets| own.iter().any(|case| case.meets == Some(meets));
            return if !stands(true) { Some("that meets") } else { (!stands(false)).then_some("that misses") };
        };
        let values: Vec<Decimal> = own.iter().filter_map(|case| case.value.parse().ok()).collect();
        bands.iter().find_map(|(bounds, _)| {
            if bounds.ge.is_some_and(|edge| !values.contains(&edge)) {
                return Some("at the lower end inside");
            }
            let inside = values.iter().any(|value| bounds.holds(*value) && bounds.ge != Some(*value));
            (!inside).then_some("below the upper end inside")
        })
    }

    /// A case on the limit and the nearest ones beside it, as the author would write them.
    fn sides(&self, row: &str, key: &str) -> Vec<WorkedCase> {
        let case = |value: String, meets, points| WorkedCase {
            row: row.to_owned(),
            limit: key.to_owned(),
            value,
            meets,
            points,
            given: None,
            want: None,
        };
        match self {
            Self::Number { bounds, edge } => {
                let (on, step) = (bounds.holds(*edge), step(*edge));
                let across = [edge - step, edge + step].into_iter().find(|value| bounds.holds(*value) != on);
                let sides = [*edge].into_iter().chain(across);
                sides.map(|value| case(value.to_string(), Some(bounds.holds(value)), None)).collect()
            }
            Self::Word(word) => {
                vec![case(word.clone(), Some(true), None), case(format!("not {word}"), Some(false), None)]
            }
            Self::Points(bands) => {
                let ends = bands.iter().flat_map(|(bounds, points)| {
                    let below = bounds.lt.map(|edge| edge - step(edge));
                    let above = bounds.ge.map(|edge| edge + step(edge)).filter(|_| bounds.lt.is_none());
                    bounds.ge.into_iter().chain(below).chain(above).map(|value| (value, *points))
                });
                ends.map(|(value, points)| case(value.to_string(), None, Some(points))).collect()
            }
        }
    }
}

/// The smallest difference that the limit's own number of decimals can show.
fn step(edge: Decimal) -> Decimal {
    Decimal::new(1, edge.scale())
}

fn points_of(value: &toml::Value) -> Option<Vec<(Bounds, u16)>> {
    let band = |value: &toml::Value| {
        let bound = |key| value.get(key).and_then(decimal_of);
        let points = value.get("points")?.as_integer()?.try_into().ok()?;
        Some((Bounds { ge: bound("ge"), lt: bound("lt"), ..Bounds::default() }, points))
    };
    let bands = value.as_array()?;
    if bands.iter().any(|band| band.get("equals").is_some()) { None } else { bands.iter().map(band).collect() }
}
