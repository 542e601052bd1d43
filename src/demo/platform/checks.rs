//! Structural checks of what comes in: the elements that R4 requires, and what this project promises to send.

use serde_json::Value;

/// Required elements by resource type; `a|b` is one of several.
const REQUIRED: &[(&str, &[&str])] = &[
    ("Organization", &["identifier", "name"]),
    ("Location", &["identifier", "status", "managingOrganization"]),
    ("Practitioner", &["identifier", "name"]),
    ("Device", &["identifier", "status", "serialNumber"]),
    ("Patient", &["identifier", "gender", "birthDate"]),
    ("Consent", &["status", "scope", "category", "patient", "dateTime", "policyRule|policy", "provision"]),
    ("Encounter", &["status", "class", "subject", "period", "serviceProvider"]),
    (
        "Observation",
        &[
            "identifier",
            "status",
            "category",
            "code",
            "subject",
            "encounter",
            "effectiveDateTime",
            "issued",
            "performer",
            "extension",
            "valueQuantity|valueCodeableConcept|component|dataAbsentReason",
        ],
    ),
    ("RiskAssessment", &["identifier", "status", "method", "subject", "occurrenceDateTime", "prediction"]),
    ("DetectedIssue", &["identifier", "status", "code", "patient", "severity"]),
    ("Flag", &["identifier", "status", "code", "subject", "period"]),
    ("EpisodeOfCare", &["identifier", "status", "type", "patient", "managingOrganization"]),
    ("Task", &["identifier", "status", "intent", "code", "focus", "for", "owner", "restriction"]),
    ("ServiceRequest", &["identifier", "status", "intent", "code", "subject", "requester"]),
    ("Communication", &["identifier", "status", "subject", "sent"]),
    ("Provenance", &["target", "recorded", "agent"]),
];

/// LOINC codes of mass concentration: with mmol/L they are wrong data (the glucose trap).
const MASS: [&str; 5] = ["1558-6", "2339-0", "2345-7", "41653-7", "32016-8"];

/// Says what is wrong with a resource, if something is.
pub(super) fn fault(resource: &Value) -> Option<String> {
    let kind = resource["resourceType"].as_str().unwrap_or_default();
    let Some((_, required)) = REQUIRED.iter().find(|(name, _)| *name == kind) else {
        return Some(format!("unknown resource type {kind:?}"));
    };
    let there = |element: &&str| element.split('|').any(|name| is_filled(&resource[name]));
    if let Some(missing) = required.iter().find(|element| !there(element)) {
        return Some(format!("{kind}.{missing} is required"));
    }
    if let Some(path) = empty_element(resource, kind) {
        return Some(format!("{path} is empty"));
    }
    match kind {
        "Observation" => observation_fault(resource),
        _ => None,
    }
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// FHIR has no empty elements.
fn empty_element(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            if is_filled(value) { empty_element(value, &path) } else { Some(path) }
        }),
        Value::Array(items) => items
            .iter()
            .find_map(|item| if is_filled(item) { empty_element(item, path) } else { Some(path.to_owned()) }),
        _ => None,
    }
}

fn observation_fault(resource: &Value) -> Option<String> {
    let codings = resource["code"]["coding"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_mass = codings.iter().any(|coding| coding["code"].as_str().is_some_and(|code| MASS.contains(&code)));
    if is_mass && resource["valueQuantity"]["code"] == "mmol/L" {
        return Some("Observation.code is of mass concentration, its value is not".into());
    }
    let capture = resource["extension"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parts = capture.iter().filter_map(|extension| extension["extension"].as_array()).flatten();
    let urls: Vec<&str> = parts.filter_map(|part| part["url"].as_str()).collect();
    let wanted = ["sequence", "rawDeviceTime", "clockOffsetSeconds", "clockTrust"];
    let missing = wanted.into_iter().find(|part| !urls.contains(part))?;
    Some(format!("Observation.extension(capture).{missing} is required"))
}
