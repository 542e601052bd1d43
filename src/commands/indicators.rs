//! `health-hut indicators`: what the stored records give evidence for, each count with the records behind it. Reads beside
//! a running kiosk. Names nobody: people and visits stand by their ids.

use std::path::Path;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::reassess::chronicle;
use super::say;
use super::setup::{CommandFault, Setup, setup};
use crate::assess::indicators::{Count, Coverage, Evidence, Indicator};
use crate::seeds::{self, SeedFault};
use crate::shell::world::WorldFault;
use crate::store::Reader;

/// Counts a period, both days included; prints a table, or JSON with the records behind every count.
pub fn run(config: &Path, from: NaiveDate, to: NaiveDate, as_json: bool) -> Result<(), CommandFault> {
    if to < from {
        return Err(CommandFault::Said(format!("the period ends on {to}, before it begins on {from}")));
    }
    let Setup { world, opening, .. } = setup(config)?;
    let chronicle = chronicle(&Reader::open(&opening)?)?;
    let (guidance, station) = (world.rules.guidance(), world.station.id.as_str());
    let evidence = Evidence { chronicle: &chronicle, guidance, station, from, to };
    let list = seeds::indicators().map_err(|fault: SeedFault| WorldFault::from(fault))?;
    let counted = list.iter().map(|indicator| (indicator, evidence.count(&indicator.id)));
    if as_json {
        let counted: Vec<Value> = counted.map(|(indicator, count)| as_object(indicator, count.as_ref())).collect();
        say(json!({ "station": station, "from": from, "to": to, "indicators": counted }));
    } else {
        say(format!("{station}, {from} to {to}"));
        counted.for_each(|(indicator, count)| say(line(indicator, count.as_ref())));
    }
    Ok(())
}

fn as_object(indicator: &Indicator, count: Option<&Count>) -> Value {
    let mut object = json!(indicator);
    object["count"] = match count {
        None => Value::Null,
        Some(count) => json!({
            "numerator": count.numerator.len(),
            "denominator": count.denominator.as_ref().map(std::collections::BTreeSet::len),
            "undecided": count.undecided.len(),
            "records": count,
        }),
    };
    object
}

/// One line: the name in both languages, the count, what it covers.
fn line(indicator: &Indicator, count: Option<&Count>) -> String {
    let counted = match count {
        None => {
            let why = indicator.not_counted.as_deref().unwrap_or(&indicator.client_evidence);
            format!("not counted here: {why}")
        }
        Some(count) => {
            let of = match &count.denominator {
                Some(denominator) => format!(" of {}", denominator.len()),
                None => " (the county knows of how many)".to_owned(),
            };
            let undecided = match count.undecided.len() {
                0 => String::new(),
                some => format!(", {some} undecided: their row is off"),
            };
            let sample = if indicator.coverage == Coverage::Part { "; a sample of this check point" } else { "" };
            format!("{}{of}{undecided}{sample}", count.numerator.len())
        }
    };
    format!("{} {} ({}): {counted}", indicator.id, indicator.name_zh, indicator.name_en)
}
