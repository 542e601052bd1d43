//! A file of rows as it stands, with the place of each row; and a county's rows laid over it.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};

use super::fault::RuleFault;

/// Where something stands: the file below its folder, and the line, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Place {
    pub file: String,
    pub line: usize,
}

impl Place {
    /// The line of byte `at` of `text`.
    pub(super) fn of(file: &str, text: &str, at: usize) -> Self {
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Self { file: file.to_owned(), line }
    }

    /// The first line of a file.
    pub fn top(file: &str) -> Self {
        Self { file: file.to_owned(), line: 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A row as it stands in its file, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct RowText {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub at: Place,
    /// The table it stands in.
    pub table: String,
    /// All its keys.
    pub keys: toml::Table,
    /// Its topic.
    pub topic: String,
    /// Its edition; empty for a row that a county lays over every edition.
    pub edition: String,
    /// It stands in a county's folder.
    pub of_county: bool,
}

impl RowText {
    /// A key that holds text; empty when it does not.
    pub fn text(&self, key: &str) -> &str {
        self.keys.get(key).and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// A county's row that goes before those of every edition.
    pub fn is_laid_over(&self) -> bool {
        self.of_county && self.edition.is_empty()
    }
}

impl fmt::Display for RowText {
    /// The row in words, one key a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}, [[{}]])", self.id, self.at, self.table)?;
        for (key, value) in self.keys.iter().filter(|(key, _)| *key != "id") {
            match value.as_str() {
                Some(text) => writeln!(f, "  {key}: {text}")?,
                None => writeln!(f, "  {key}: {value}")?,
            }
        }
        Ok(())
    }
}

/// One edition of one topic, or a county's rows for a topic.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The topic.
    pub topic: String,
    /// The edition; empty for a county's rows.
    pub edition: String,
    /// Its file.
    pub file: String,
    /// Its rows, in the order in which they stand there.
    pub rows: Vec<RowText>,
    table: toml::Table,
    heads: BTreeMap<String, usize>,
}

impl Sheet {
    /// Reads a file; refuses twins, rows without a source, and binary floats.
    pub fn read(topic: &str, edition: &str, file: &str, text: &str) -> Result<Self, RuleFault> {
        let table: toml::Table = parse(file, text)?;
        let lines = lines(file, text);
        let mut sheet = Self {
            topic: topic.to_owned(),
            edition: edition.to_owned(),
            file: file.to_owned(),
            rows: Vec::new(),
            heads: lines.iter().filter_map(|(name, lines)| Some((name.clone(), *lines.first()?))).collect(),
            table,
        };
        for (name, value) in &sheet.table {
            for (place, keys) in rows_in(value).enumerate() {
                let line = lines.get(name).and_then(|lines| lines.get(place)).copied().unwrap_or(1);
                let row = sheet.row(name, line, keys);
                check_row(&row, &sheet.rows)?;
                sheet.rows.push(row);
            }
        }
        Ok(sheet)
    }

    fn row(&self, table: &str, line: usize, keys: &toml::Table) -> RowText {
        RowText {
            id: keys.get("id").and_then(toml::Value::as_str).unwrap_or_default().to_owned(),
            at: Place { file: self.file.clone(), line },
            table: table.to_owned(),
            keys: keys.clone(),
            topic: self.topic.clone(),
            edition: self.edition.clone(),
            of_county: false,
        }
    }

    /// What holds for the whole file, as if it were a row.
    pub fn meta(&self) -> Option<RowText> {
        let keys = self.table.get("meta")?.as_table()?;
        let id = format!("{} [meta]", self.topic);
        Some(RowText { id, ..self.row("meta", self.head("meta").line, keys) })
    }

    /// This edition with a county's rows: a row of the same id goes into the place of the shipped one, others are added
    /// behind; keys of `[meta]` replace those of the same name.
    pub fn overlaid(&self, county: &Self) -> Result<Self, RuleFault> {
        let mut merged = self.clone();
        for row in &county.rows {
            merged.put(row)?;
        }
        let own_meta = county.table.get("meta").and_then(toml::Value::as_table);
        if let (Some(meta), Some(own)) = (merged.table.get_mut("meta").and_then(toml::Value::as_table_mut), own_meta) {
            meta.extend(own.clone());
        }
        let known = |name: &&String| !self.table.contains_key(*name);
        if let Some(name) = county.table.keys().find(known) {
            let at = Place { file: county.file.clone(), line: county.heads.get(name).copied().unwrap_or(1) };
            return Err(RuleFault::Shape { at, says: format!("`{}` has no table `{name}`", self.topic) });
        }
        Ok(merged)
    }

    fn put(&mut self, row: &RowText) -> Result<(), RuleFault> {
        let value = toml::Value::Table(row.keys.clone());
        let shipped = self.rows.iter().position(|other| other.id == row.id);
        if let Some(shipped) = shipped.filter(|shipped| self.rows[*shipped].table != row.table) {
            let (at, table) = (row.at.clone(), self.rows[shipped].table.clone());
            return Err(RuleFault::Elsewhere { at, row: row.id.clone(), table });
        }
        match (self.table.get_mut(&row.table), shipped) {
            (Some(toml::Value::Array(rows)), Some(shipped)) => {
                let place = self.rows[..shipped].iter().filter(|other| other.table == row.table).count();
                rows[place] = value;
                self.rows[shipped] = row.clone();
            }
            (Some(toml::Value::Array(rows)), None) => {
                rows.push(value);
                self.rows.push(row.clone());
            }
            (Some(alone), Some(shipped)) => {
                *alone = value;
                self.rows[shipped] = row.clone();
            }
            (found, None) => {
                let says = match found {
                    Some(_) => format!("`{}` holds one row only; give this one its id", row.table),
                    None => format!("`{}` has no table `{}`", self.topic, row.table),
                };
                return Err(RuleFault::Shape { at: row.at.clone(), says });
            }
            (None, Some(_)) => unreachable!("a row stands in a table of its sheet"),
        }
        Ok(())
    }

    /// The rows as typed values; the fault names line, row and key.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, RuleFault> {
        serde_path_to_error::deserialize(self.table.clone()).map_err(|fault| {
            let mut path = fault.path().iter();
            let table = match path.next() {
                Some(Segment::Map { key }) => key.as_str(),
                _ => "",
            };
            let place = match path.next() {
                Some(Segment::Seq { index }) => *index,
                _ => 0,
            };
            let row = self.rows.iter().filter(|row| row.table == table).nth(place);
            let says = fault.inner().message();
            match row {
                Some(row) => RuleFault::Shape { at: row.at.clone(), says: format!("row `{}`: {says}", row.id) },
                None => RuleFault::Shape { at: self.head(table), says: says.to_owned() },
            }
        })
    }

    /// Where a row stands; the top of the file if it does not.
    pub fn place_of(&self, row: &str) -> Place {
        let found = self.rows.iter().find(|other| other.id == row);
        found.map_or_else(|| Place::top(&self.file), |row| row.at.clone())
    }

    fn head(&self, table: &str) -> Place {
        Place { file: self.file.clone(), line: self.heads.get(table).copied().unwrap_or(1) }
    }
}

/// Parses one file; the fault names its line.
pub(in crate::assess) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, RuleFault> {
    toml::from_str(text).map_err(|fault| {
        let at = Place::of(file, text, fault.span().map_or(0, |span| span.start));
        RuleFault::Shape { at, says: fault.message().to_owned() }
    })
}

/// The rows of a table of a file: a list of them, or one alone that has an id.
fn rows_in(value: &toml::Value) -> impl Iterator<Item = &toml::Table> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let alone = value.as_table().filter(|row| row.contains_key("id"));
    list.iter().filter_map(toml::Value::as_table).chain(alone)
}

fn check_row(row: &RowText, before: &[RowText]) -> Result<(), RuleFault> {
    let (at, id) = (row.at.clone(), row.id.clone());
    if before.iter().any(|other| other.id == id) {
        return Err(RuleFault::Twice { at, row: id });
    }
    if row.text("source").trim().is_empty() {
        return Err(RuleFault::NoSource { at, row: id });
    }
    let lacks = [
        (row.text("strength") == "none", "has the strength `none`, which is that of a number not seen"),
        (row.text("seen_in").trim().is_empty(), "has no `seen_in`"),
    ];
    if let Some((_, lacks)) = lacks.into_iter().find(|(wrong, _)| *wrong && row.text("status") == "verified") {
        return Err(RuleFault::NotSeen { at, row: id, lacks });
    }
    if let Some((lower, upper)) = empty_limits(&row.keys) {
        return Err(RuleFault::NoValue { at, row: id, lower, upper });
    }
    match row.keys.iter().find(|(_, value)| holds_float(value)) {
        None => Ok(()),
        Some((key, _)) => {
            let says =
                format!("row `{id}`: `{key}`: a decimal stands as text (\"6.1\"), so that no binary float is parsed");
            Err(RuleFault::Shape { at, says })
        }
    }
}

/// A lower and an upper limit of the same quantity that no value meets both of, as they stand in the row.
fn empty_limits(keys: &toml::Table) -> Option<(String, String)> {
    let limits = || keys.iter().filter_map(|(key, value)| Some((limit_sign(key)?, decimal_of(value)?, key, value)));
    let lower = limits().filter(|((_, sign), ..)| sign.starts_with('g'));
    for ((of, low), from, low_key, low_value) in lower {
        let upper = limits().filter(|((other, sign), ..)| *other == of && sign.starts_with('l'));
        for ((_, high), to, high_key, high_value) in upper {
            let point = from == to && low == "ge" && high == "le";
            if from >= to && !point {
                return Some((format!("{low_key} = {low_value}"), format!("{high_key} = {high_value}")));
            }
        }
    }
    let bands = keys.get("bands").and_then(toml::Value::as_array).into_iter().flatten();
    bands.filter_map(toml::Value::as_table).find_map(empty_limits)
}

/// The quantity that a key limits, empty for a row about a single value, and the sign: `ge`, `gt`, `le` or `lt`.
pub(super) fn limit_sign(key: &str) -> Option<(&str, &str)> {
    if let Some(of) = key.strip_prefix("and_below_") {
        return Some((of, "lt"));
    }
    let (of, sign) = key.rsplit_once('_').unwrap_or(("", key));
    ["ge", "gt", "le", "lt"].contains(&sign).then_some((of, sign))
}

/// A number as the tables write it.
pub(super) fn decimal_of(value: &toml::Value) -> Option<Decimal> {
    value.as_integer().map(Decimal::from).or_else(|| value.as_str()?.parse().ok())
}

fn holds_float(value: &toml::Value) -> bool {
    match value {
        toml::Value::Float(_) => true,
        toml::Value::Array(values) => values.iter().any(holds_float),
        toml::Value::Table(keys) => keys.iter().any(|(_, value)| holds_float(value)),
        _ => false,
    }
}

/// The lines on which the tables of a file begin, each row of a list by itself.
pub(in crate::assess) fn lines(file: &str, text: &str) -> BTreeMap<String, Vec<usize>> {
    let Ok(whole) = DeTable::parse(text) else { return BTreeMap::new() };
    let line = |at: usize| Place::of(file, text, at).line;
    let heads = |(name, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
        let lines = match value.get_ref() {
            DeValue::Array(rows) => rows.iter().map(|row| line(row.span().start)).collect(),
            _ => vec![line(value.span().start)],
        };
        (name.get_ref().to_string(), lines)
    };
    whole.get_ref().iter().map(heads).collect()
}
