//! What the loader refuses, each check by its name, each fault with its file and row.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::rows::{Banded, BloodPressure, Body, Glucose, HighRisk, Lipids, OtherVitals, PressureLimits};
use super::{File, RowText};
use crate::assess::bands::{BandFault, Bounds, Reach, check_bands};
use crate::model::Sex;

/// Why a rules folder was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // each says it in its message
pub enum RuleFault {
    #[error("there is no in_force.toml")]
    NoInForce,
    #[error("in_force.toml: no edition of `{0}` ever comes into force")]
    NoTopic(String),
    #[error("in_force.toml: `{topic}` has no edition `{edition}`")]
    NoEdition { topic: String, edition: String },
    #[error("in_force.toml: no profile has a day from which it counts")]
    NoProfile,
    #[error("in_force.toml: profile `{profile}` names {what}, which no table offers")]
    Profile { profile: String, what: String },
    #[error("{file}: row `{row}`: {says}")]
    Shape { file: String, row: String, says: String },
    #[error("{file}: this is no <topic>/<edition>.toml")]
    Stray { file: String },
    #[error("{file}: rows stand without worked cases; add {file} beside it as <edition>.cases.toml")]
    NoCases { file: String },
    #[error("{file}: two rows are called `{row}`")]
    Twice { file: String, row: String },
    #[error("{file}: row `{row}` names no source")]
    NoSource { file: String, row: String },
    #[error("{file}: `{list}`: {fault}")]
    Bands { file: String, list: String, fault: BandFault },
    #[error("{file}: row `{row}`, which the program asks for, is missing or lacks `{key}`")]
    Needed { file: String, row: String, key: String },
    #[error("{file}: row `{row}`, limit `{limit}`: no worked case {side} the limit")]
    Uncovered { file: String, row: String, limit: String, side: &'static str },
    #[error("{file}: row `{row}`, limit `{limit}`, value {value}: the case says otherwise than the row")]
    WrongCase { file: String, row: String, limit: String, value: String },
    #[error("{file}: a case names row `{row}` and limit `{limit}`, which do not exist")]
    StrayCase { file: String, row: String, limit: String },
}

/// One edition of one topic.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The folder's name.
    pub topic: String,
    /// The file's name.
    pub edition: String,
    /// Its path.
    pub file: String,
    /// The whole file.
    pub text: String,
    /// Its rows.
    pub rows: Vec<RowText>,
}

/// A worked case: what a row's limit says of a value and, where [`crate::assess::assess`] judges it, the input and the
/// keys that the result must have.
#[derive(Clone, Debug, Deserialize)]
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

/// The worked cases of one edition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkedCases {
    /// Each on one side of one limit.
    pub case: Vec<WorkedCase>,
}

/// Parses one file; the fault names the row it stands in.
pub(in crate::assess) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, RuleFault> {
    toml::from_str(text).map_err(|fault| {
        let start = fault.span().map_or(0, |span| span.start);
        RuleFault::Shape { file: file.to_owned(), row: row_around(text, start), says: fault.message().to_owned() }
    })
}

/// The id of the row that byte `place` of `text` stands in.
fn row_around(text: &str, place: usize) -> String {
    let begin = text[..place].rfind("\n[").map_or(0, |at| at + 1);
    let row = &text[begin..];
    let id = row.lines().skip(1).take_while(|line| !line.starts_with('[')).find_map(|line| line.strip_prefix("id = "));
    id.or(row.lines().next()).unwrap_or_default().trim_matches('"').to_owned()
}

/// Splits the files into editions and holds each against its worked cases.
pub(super) fn sheets(files: &[File<'_>]) -> Result<Vec<Sheet>, RuleFault> {
    let texts: BTreeMap<_, _> = files.iter().copied().collect();
    let mut sheets = Vec::new();
    for (&path, &text) in texts.iter().filter(|(path, _)| !path.ends_with(".cases.toml") && **path != super::IN_FORCE) {
        let Some((topic, name)) = path.split_once('/') else { return Err(RuleFault::Stray { file: path.to_owned() }) };
        let Some(edition) = name.strip_suffix(".toml").filter(|_| TOPICS.contains(&topic)) else {
            return Err(RuleFault::Stray { file: path.to_owned() });
        };
        let rows = rows_of(path, text)?;
        let cases_path = format!("{topic}/{edition}.cases.toml");
        let cases = texts.get(cases_path.as_str()).ok_or_else(|| RuleFault::NoCases { file: path.to_owned() })?;
        check_cases(&cases_path, &rows, &parse::<WorkedCases>(&cases_path, cases)?.case)?;
        let (topic, edition) = (topic.to_owned(), edition.to_owned());
        sheets.push(Sheet { topic, edition, file: path.to_owned(), text: text.to_owned(), rows });
    }
    Ok(sheets)
}

/// Reads the rows of a file as they stand there; refuses twins and rows without a source.
fn rows_of(file: &str, text: &str) -> Result<Vec<RowText>, RuleFault> {
    let whole: toml::Table = parse(file, text)?;
    let mut rows: Vec<RowText> = Vec::new();
    for (table, value) in whole {
        let found = match value {
            toml::Value::Array(rows) => rows,
            toml::Value::Table(row) if row.contains_key("id") => vec![toml::Value::Table(row)],
            _ => continue,
        };
        for row in found {
            let toml::Value::Table(keys) = row else { continue };
            let id = text_of(&keys, "id").to_owned();
            if rows.iter().any(|row| row.id == id) {
                return Err(RuleFault::Twice { file: file.to_owned(), row: id });
            }
            if text_of(&keys, "source").trim().is_empty() {
                return Err(RuleFault::NoSource { file: file.to_owned(), row: id });
            }
            if let Some((key, _)) = keys.iter().find(|(_, value)| holds_float(value)) {
                let says = format!("`{key}`: a decimal stands as text (\"6.1\"), so that no binary float is parsed");
                return Err(RuleFault::Shape { file: file.to_owned(), row: id, says });
            }
            rows.push(RowText { id, file: file.to_owned(), table: table.clone(), keys });
        }
    }
    Ok(rows)
}

fn holds_float(value: &toml::Value) -> bool {
    match value {
        toml::Value::Float(_) => true,
        toml::Value::Array(values) => values.iter().any(holds_float),
        toml::Value::Table(keys) => keys.iter().any(|(_, value)| holds_float(value)),
        _ => false,
    }
}

fn text_of<'a>(keys: &'a toml::Table, key: &str) -> &'a str {
    keys.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

/// One limit of a row: the key and what it asks for.
enum Limit {
    Number(Bounds),
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
        let sign = if key.starts_with("and_below_") { "lt" } else { key.rsplit('_').next()? };
        let bound = Some(decimal_of(value)?);
        Some(Self::Number(match sign {
            "ge" => Bounds { ge: bound, ..Bounds::default() },
            "gt" => Bounds { gt: bound, ..Bounds::default() },
            "le" => Bounds { le: bound, ..Bounds::default() },
            "lt" => Bounds { lt: bound, ..Bounds::default() },
            _ => return None,
        }))
    }
}

fn decimal_of(value: &toml::Value) -> Option<Decimal> {
    value.as_integer().map(Decimal::from).or_else(|| value.as_str()?.parse().ok())
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

/// Refuses an edition that has no worked case at both sides of each limit of each row that is in force.
fn check_cases(file: &str, rows: &[RowText], cases: &[WorkedCase]) -> Result<(), RuleFault> {
    for case in cases {
        let row = rows.iter().find(|row| row.id == case.row);
        let limit = row.and_then(|row| row.keys.get(&case.limit)).and_then(|value| Limit::of(&case.limit, value));
        let (row, name) = (case.row.clone(), case.limit.clone());
        let limit = limit.ok_or_else(|| RuleFault::StrayCase { file: file.to_owned(), row, limit: name })?;
        check_case(file, case, &limit)?;
    }
    let in_force = rows.iter().filter(|row| text_of(&row.keys, "status") != "recalled");
    for row in in_force {
        for (key, value) in &row.keys {
            let Some(limit) = Limit::of(key, value) else { continue };
            let own: Vec<_> = cases.iter().filter(|case| case.row == row.id && case.limit == *key).collect();
            check_covered(file, row, key, &limit, &own)?;
        }
    }
    Ok(())
}

fn check_case(file: &str, case: &WorkedCase, limit: &Limit) -> Result<(), RuleFault> {
    let value = case.value.parse::<Decimal>();
    let right = match (limit, case.meets, case.points, value) {
        (Limit::Number(bounds), Some(meets), None, Ok(value)) => bounds.holds(value) == meets,
        (Limit::Word(word), Some(meets), None, _) => (*word == case.value) == meets,
        (Limit::Points(bands), None, Some(points), Ok(value)) => {
            bands.iter().any(|(bounds, of_band)| bounds.holds(value) && *of_band == points)
        }
        _ => false,
    };
    if right {
        return Ok(());
    }
    let (row, limit, value) = (case.row.clone(), case.limit.clone(), case.value.clone());
    Err(RuleFault::WrongCase { file: file.to_owned(), row, limit, value })
}

fn check_covered(file: &str, row: &RowText, key: &str, limit: &Limit, own: &[&WorkedCase]) -> Result<(), RuleFault> {
    let fault = |side| {
        let (row, limit) = (row.id.clone(), key.to_owned());
        Err(RuleFault::Uncovered { file: file.to_owned(), row, limit, side })
    };
    let Limit::Points(bands) = limit else {
        return match (own.iter().any(|case| case.meets == Some(true)), own.iter().any(|case| case.meets == Some(false)))
        {
            (false, _) => fault("that meets"),
            (_, false) => fault("that misses"),
            _ => Ok(()),
        };
    };
    let values: Vec<Decimal> = own.iter().filter_map(|case| case.value.parse().ok()).collect();
    for (bounds, _) in bands {
        if bounds.ge.is_some_and(|edge| !values.contains(&edge)) {
            return fault("at the lower end inside");
        }
        if !values.iter().any(|value| bounds.holds(*value) && bounds.ge != Some(*value)) {
            return fault("below the upper end inside");
        }
    }
    Ok(())
}

fn bands<'a>(rows: impl IntoIterator<Item = (&'a str, Bounds)>, reach: Reach) -> Result<(), BandFault> {
    check_bands(&rows.into_iter().collect::<Vec<_>>(), reach)
}

fn listed<'a, T: Banded + 'a>(rows: impl IntoIterator<Item = &'a T>, reach: Reach) -> Result<(), BandFault> {
    bands(rows.into_iter().map(|row| (row.id().as_str(), row.bounds())), reach)
}

/// Puts the file's name to the faults of its lists.
struct Checked<'a>(&'a str);

impl Checked<'_> {
    fn list(&self, list: &str, found: Result<(), BandFault>) -> Result<(), RuleFault> {
        found.map_err(|fault| RuleFault::Bands { file: self.0.to_owned(), list: list.to_owned(), fault })
    }

    fn need<T>(&self, row: &str, key: &str, found: Option<T>) -> Result<T, RuleFault> {
        found.ok_or_else(|| RuleFault::Needed { file: self.0.to_owned(), row: row.to_owned(), key: key.to_owned() })
    }
}

impl BloodPressure {
    /// Refuses gaps and overlaps of the grades, and a table without the rows that the session asks for.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        let checked = Checked(file);
        for grading in &self.meta.selectable_gradings {
            let rows: Vec<_> = self.grade.iter().filter(|row| row.editions.contains(grading)).collect();
            let side = |of: fn(PressureLimits) -> Bounds| {
                bands(rows.iter().map(|row| (row.id.as_str(), of(row.limits()))), Reach::Everything)
            };
            checked.list(&format!("grade of {grading}, sbp"), side(|limits| limits.sbp))?;
            checked.list(&format!("grade of {grading}, dbp"), side(|limits| limits.dbp))?;
        }
        let protocol = |id: &str| self.protocol.iter().find(|row| row.id == *id);
        let rest = protocol("bp.protocol.rest").and_then(|row| row.value);
        checked.need("bp.protocol.rest", "value", rest.and_then(|value| u16::try_from(value.0).ok()))?;
        let usual = self.protocol.iter().find(|row| row.default == Some(true));
        checked.need("bp.protocol.repeat", "interval_s_le", usual.and_then(|row| row.interval_s_le))?;
        for repeat in self.protocol.iter().filter(|row| row.default.is_some()) {
            checked.need(repeat.id.as_str(), "interval_s_le", repeat.interval_s_le)?;
        }
        let retest = self.confirm.iter().find(|row| row.id == "bp.first_raised.retest");
        checked.need("bp.first_raised.retest", "further_days", retest.and_then(|row| row.further_days))?;
        checked.need("bp.first_raised.retest", "window_days", retest.and_then(|row| row.window_days))?;
        let screening = |id: &str| self.screening.iter().find(|row| row.id == *id);
        for id in ["bp.screen.high_risk_half_yearly", "bp.screen.adult_yearly"] {
            checked.need(id, "interval_days", screening(id).and_then(|row| row.interval_days))?;
        }
        let referral = "bp.screen.first_raised_referral";
        checked.need(referral, "follow_up_days", screening(referral).and_then(|row| row.follow_up_days))?;
        Ok(())
    }
}

impl Glucose {
    /// Refuses gaps and overlaps of the fasting and the 2 h bands.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        let checked = Checked(file);
        checked.list("fasting", listed(&self.fasting, Reach::Everything))?;
        checked.list("ogtt2h", listed(&self.ogtt2h, Reach::Everything))?;
        let yearly = self.screening.iter().find(|row| row.id == "glu.screen.high_risk_yearly");
        checked.need("glu.screen.high_risk_yearly", "interval_days", yearly.and_then(|row| row.interval_days))?;
        Ok(())
    }
}

impl Body {
    /// Refuses gaps and overlaps of body mass index and waist.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        let checked = Checked(file);
        checked.list("bmi", listed(&self.bmi, Reach::Everything))?;
        for sex in [Sex::Female, Sex::Male] {
            let rows = self.waist.iter().filter(|row| row.sex == Some(sex));
            checked.list(&format!("waist, {sex:?}"), listed(rows, Reach::Everything))?;
        }
        Ok(())
    }
}

impl Lipids {
    /// Refuses gaps and overlaps within each analyte.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        let checked = Checked(file);
        for row in &self.row {
            let analyte = checked.need(row.id.as_str(), "analyte", row.analyte.as_deref())?;
            let rows = self.row.iter().filter(|other| other.analyte.as_deref() == Some(analyte));
            checked.list(analyte, listed(rows, Reach::Everything))?;
        }
        Ok(())
    }
}

impl OtherVitals {
    /// Refuses gaps and overlaps of the oxygen saturation.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        Checked(file).list("spo2", listed(&self.spo2, Reach::UpToTop))
    }
}

impl HighRisk {
    /// Refuses gaps and overlaps of the score's points, and a table without the policies that hold ages.
    pub(super) fn check(&self, file: &str) -> Result<(), RuleFault> {
        let checked = Checked(file);
        for item in &self.cdrs_points {
            if item.bands.iter().all(|band| band.equals.is_none()) {
                let rows = item.bands.iter().map(|band| (item.id.as_str(), band.bounds()));
                checked.list(item.id.as_str(), bands(rows, Reach::Everything))?;
            }
        }
        for id in ["P3", "P5", "P7", "P8"] {
            checked.need(id, "text", self.policy.iter().find(|row| row.id == *id))?;
        }
        let adult = self.policy.iter().find(|row| row.id == "P7").and_then(|row| row.age_ge);
        checked.need("P7", "age_ge", adult)?;
        Ok(())
    }
}

const TOPICS: [&str; 6] = ["blood_pressure", "glucose", "body", "lipids", "other_vitals", "high_risk"];
