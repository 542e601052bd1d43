//! Is what the server holds what we sent? (S3.7)

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

/// True when both resources say the same, whatever the server added on top (`meta`, a narrative) or wrote in its own
/// way: the order of members, absolute references, the zone of an instant, zeros behind the point.
pub fn same_content(ours: &Value, theirs: &Value) -> bool {
    same(&stripped(ours), &stripped(theirs))
}

fn stripped(resource: &Value) -> Value {
    let mut resource = resource.clone();
    if let Value::Object(members) = &mut resource {
        members.retain(|key, _| key != "meta" && key != "text");
    }
    resource
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => same_members(ours, theirs),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Number(ours), Value::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Value::String(ours), Value::String(theirs)) => ours == theirs || same_instant(ours, theirs),
        _ => ours == theirs,
    }
}

fn same_members(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> bool {
    ours.len() == theirs.len()
        && ours.iter().all(|(key, value)| match theirs.get(key) {
            Some(other) if key == "reference" => same_reference(value, other),
            Some(other) => same(value, other),
            None => false,
        })
}

fn same_reference(ours: &Value, theirs: &Value) -> bool {
    let (Some(ours), Some(theirs)) = (ours.as_str(), theirs.as_str()) else { return false };
    ours == theirs || theirs.ends_with(&format!("/{ours}"))
}

fn same_instant(ours: &str, theirs: &str) -> bool {
    let instant = |text| DateTime::<FixedOffset>::parse_from_rfc3339(text).ok();
    instant(ours).is_some_and(|ours| instant(theirs) == Some(ours))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn s3_7_a_server_may_write_the_same_in_its_own_way() {
        let ours = json!({"id": "1", "at": "2026-11-22T15:02:00+08:00", "for": {"reference": "Patient/9"}, "n": 7});
        let theirs = json!({"meta": {"versionId": "2"}, "n": 7.0, "id": "1", "at": "2026-11-22T07:02:00Z",
            "for": {"reference": "https://p.example/fhir/Patient/9"}, "text": {"status": "generated"}});
        assert!(same_content(&ours, &theirs));
    }

    #[test]
    fn s3_7_another_decision_is_not_ours() {
        let ours = json!({"status": "completed", "note": [{"text": "a"}]});
        assert!(!same_content(&ours, &json!({"status": "rejected", "note": [{"text": "a"}]})));
        assert!(!same_content(&ours, &json!({"status": "completed", "note": [{"text": "b"}]})));
        assert!(!same_content(&ours, &json!({"status": "completed"})));
        assert!(!same_content(&ours, &json!({"status": "completed", "note": [{"text": "a"}], "owner": {}})));
    }
}
