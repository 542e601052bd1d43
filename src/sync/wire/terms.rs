//! Codes, references and times as they stand in JSON.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::model::{ClockTrust, Moment};

/// The Chinese data-element dictionary (fhir-mapping.md, principle 4).
const DATA_ELEMENTS: &str = "urn:oid:2.16.156.10011.2.2.1";

/// Our own code systems, identifiers and extensions; all live under one configurable base URI (fhir-mapping.md 7).
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub base: &'a str,
}

impl Terms<'_> {
    /// A coding of one of our code systems.
    pub fn coding(&self, system: &str, code: &str, display: &str) -> Value {
        coding(&format!("{}/CodeSystem/{system}", self.base), code, display)
    }

    /// A concept of one of our code systems.
    pub fn concept(&self, system: &str, code: &str, display: &str) -> Value {
        json!({ "coding": [self.coding(system, code, display)] })
    }

    /// A code without a display text.
    pub fn bare(&self, system: &str, code: &str) -> Value {
        json!({ "coding": [{ "system": format!("{}/CodeSystem/{system}", self.base), "code": code }] })
    }

    /// The system of an identifier that we give.
    pub fn id_system(&self, kind: &str) -> String {
        format!("{}/id/{kind}", self.base)
    }

    /// An identifier made on this client.
    pub fn identifier(&self, kind: &str, value: impl ToString) -> Value {
        json!({ "system": self.id_system(kind), "value": value.to_string() })
    }

    /// The URL of one of our extensions.
    pub fn extension(&self, name: &str) -> String {
        format!("{}/StructureDefinition/{name}", self.base)
    }
}

/// A coding of a public code system.
pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// A concept of a public code system.
pub(super) fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [coding(system, code, display)] })
}

/// A LOINC coding.
pub(super) fn loinc(code: &str, display: &str) -> Value {
    coding("http://loinc.org", code, display)
}

/// A coding of the Chinese data-element dictionary.
pub(super) fn element(code: &str, display: &str) -> Value {
    coding(DATA_ELEMENTS, code, display)
}

/// A reference by our own id; the bundle turns it into what the server understands.
pub(super) fn refer(kind: &str, id: impl ToString) -> Value {
    json!({ "reference": format!("{kind}/{}", id.to_string()) })
}

/// Local time with its offset, to the second (fhir-mapping.md, principle 6).
pub(super) fn time(wall: &DateTime<FixedOffset>) -> String {
    wall.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// The wall time of a moment.
pub(super) fn at(moment: &Moment) -> String {
    time(&moment.wall)
}

/// How far the clock was trusted, in the words of the platform.
pub(super) fn trust(trust: ClockTrust) -> &'static str {
    match trust {
        ClockTrust::Trusted => "synced",
        ClockTrust::Suspect => "estimated",
        ClockTrust::Unset => "unsynced",
    }
}

/// A decimal as a JSON number, digit by digit; never through binary arithmetic.
pub(super) fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.to_string()).unwrap_or(Value::Null)
}

/// A quantity in a UCUM unit, with the label that people read.
pub(super) fn quantity(value: Value, label: &str, ucum: &str) -> Value {
    json!({ "value": value, "unit": label, "system": "http://unitsofmeasure.org", "code": ucum })
}
