//! Why: the rows that met, each with its source, the judged value and the bound.

use std::collections::BTreeSet;

use super::rulebook::RuleBook;
use super::rulebook::rows::Row;
use super::rulebook::words::Both;
use crate::model::Measurement;
use crate::model::finding::Reason;
use crate::model::measurement::Pressure;

/// What a row met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The judged value.
    pub value: String,
    /// The bound, in signs.
    pub bound: String,
}

impl Met {
    /// `value` met `bound`.
    pub fn new(value: impl ToString, bound: impl Into<String>) -> Self {
        Self { value: value.to_string(), bound: bound.into() }
    }
}

/// Explains the key `of` by a row and what it met.
pub fn reason(of: &str, row: &impl Row, met: Met) -> Reason {
    Reason {
        of: of.to_owned(),
        row: row.id().clone(),
        source: row.source().to_owned(),
        edition: row.edition().to_owned(),
        value: met.value,
        bound: met.bound,
    }
}

/// A session mean as text.
pub fn pressure([sbp, dbp]: [u16; 2]) -> String {
    format!("{sbp}/{dbp}")
}

/// Puts a stored reason into words: the judged value, what it means, the rule with its document and edition.
///
/// What stands in the reason goes first, so that an old finding reads as it was judged; the row's name comes from the
/// tables, where ids stay for good.
pub fn why(rules: &RuleBook, reason: &Reason) -> Both {
    let words = rules.words();
    let named = words.of.get(&reason.of);
    let name = |key| {
        let rows = rules.explain(reason.row.as_str());
        rows.iter().map(|row| row.text(key).to_owned()).find(|name| !name.is_empty()).unwrap_or_default()
    };
    let (value, bound) = (words.plain(&reason.value), words.plain(&reason.bound));
    let unit = named.map_or("", |named| named.unit.as_str());
    let valued = |value: &str| if unit.is_empty() { value.to_owned() } else { format!("{value} {unit}") };
    let (row, source, edition) = (&reason.row, &reason.source, &reason.edition);
    let zh = [
        format!("{}：", named.map_or(reason.of.as_str(), |named| &named.zh)),
        joined(&[valued(&value.zh), name("name_zh")], "，"),
        format!("（规则 {}）", joined(&[row.to_string(), bound.zh], "："),),
        format!("。依据：{source}（{edition}）"),
    ];
    let en = [
        format!("{}: ", named.map_or(reason.of.as_str(), |named| &named.en)),
        joined(&[valued(&value.en), name("name_en")], ", "),
        format!(" (rule {})", joined(&[row.to_string(), bound.en], ": ")),
        format!(". Source: {source} ({edition})"),
    ];
    Both { zh: zh.concat(), en: en.concat() }
}

/// The quality of the readings judged: how many, and what the devices or the resident said of them.
pub fn quality(rules: &RuleBook, readings: &[Measurement]) -> Both {
    let pressures: Vec<_> = readings.iter().filter_map(Measurement::pressure).collect();
    let means = |reading: &Pressure| format!("{}/{}", reading.systolic, reading.diastolic);
    let list = pressures.iter().map(means).collect::<Vec<_>>().join(", ");
    let mut zh = match pressures.len() {
        0 => Vec::new(),
        1 => vec![format!("血压单次 {list}")],
        count => vec![format!("血压 {count} 次取平均：{list}")],
    };
    let mut en = match pressures.len() {
        0 => Vec::new(),
        1 => vec![format!("one blood-pressure reading only, {list}")],
        count => vec![format!("mean of {count} blood-pressure readings: {list}")],
    };
    let marks: BTreeSet<_> = readings.iter().flat_map(|reading| &reading.quality).collect();
    let marks: Vec<Both> = marks.into_iter().map(|mark| rules.words().quality(*mark)).collect();
    zh.extend(marks.iter().map(|mark| mark.zh.clone()));
    en.extend(marks.iter().map(|mark| mark.en.clone()));
    if marks.is_empty() {
        zh.push("没有存疑".to_owned());
        en.push("nothing doubtful".to_owned());
    }
    Both { zh: format!("读数：{}", zh.join("；")), en: format!("readings: {}", en.join("; ")) }
}

fn joined(parts: &[String], between: &str) -> String {
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(between)
}
