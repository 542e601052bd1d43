//! What the platform holds, and how it takes a transaction. No HTTP here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::checks;
use crate::sync::wire::compare::same_content;

/// A resource with its story.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub resource: Value,
    /// How often its content came to be what it is.
    changes: usize,
    version: u64,
}

/// Everything the platform holds, by `Type/id`.
#[derive(Debug, Default)]
pub(super) struct Records {
    held: BTreeMap<String, Held>,
    clock: u64,
}

/// How this platform behaves in matters in which platforms differ.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manners {
    pub no_update_create: bool,
    pub uuid_etags: bool,
    pub guard_is_400: bool,
}

/// A refusal: status and words.
pub(super) struct Refusal(pub u16, pub String);

impl Records {
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for key in self.held.keys() {
            *counts.entry(kind_of(key).to_owned()).or_default() += 1;
        }
        counts
    }

    pub fn effects(&self, id: &str) -> usize {
        let is_it =
            |held: &&Held| held.resource["id"] == id || identifiers(&held.resource).any(|(_, value)| value == id);
        self.held.values().filter(is_it).map(|held| held.changes).sum()
    }

    pub fn doubles(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut doubles = BTreeSet::new();
        for (key, held) in &self.held {
            for (system, value) in identifiers(&held.resource) {
                let identifier = format!("{} {system}|{value}", kind_of(key));
                // A serial number of a station may stand on several of its resources.
                if !system.ends_with("/id/station") && !seen.insert(identifier.clone()) {
                    doubles.insert(identifier);
                }
            }
        }
        doubles.into_iter().collect()
    }

    pub fn read(&self, reference: &str) -> Option<&Held> {
        self.held.get(reference)
    }

    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Held> {
        let prefix = format!("{kind}/");
        self.held.iter().filter(move |(key, _)| key.starts_with(&prefix)).map(|(_, held)| held)
    }

    /// Stores a resource under its own id and says whether it is new.
    pub fn write(&mut self, mut resource: Value, uuid_etags: bool) -> bool {
        let key = format!("{}/{}", text(&resource["resourceType"]), text(&resource["id"]));
        let before = self.held.get(&key);
        let changed = before.is_none_or(|held| !same_content(&resource, &held.resource));
        let version = before.map_or(0, |held| held.version) + 1;
        let changes = before.map_or(0, |held| held.changes) + usize::from(changed);
        let is_new = before.is_none();
        self.clock += 1;
        let name = if uuid_etags { Uuid::from_u128(u128::from(self.clock)).to_string() } else { version.to_string() };
        resource["meta"] = json!({ "versionId": name, "lastUpdated": self.now() });
        self.held.insert(key, Held { resource, changes, version });
        is_new
    }

    /// Takes a transaction as a whole, or not at all.
    pub fn transaction(&mut self, bundle: &Value, base: &str, manners: Manners) -> Result<Value, Refusal> {
        if bundle["resourceType"] != "Bundle" || bundle["type"] != "transaction" {
            return Err(Refusal(400, "not a transaction".into()));
        }
        let rows = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut plan = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            plan.push(self.target(row, index, manners).map_err(|Refusal(status, says)| at(status, index, &says))?);
        }
        reject_twice(&plan)?;
        let addresses = addresses(rows, &plan);
        let before: Vec<Option<Held>> = plan.iter().map(|target| self.held.get(target.key()).cloned()).collect();
        let done = self.apply(rows, &plan, &addresses, base, manners);
        let done = done.and_then(|answers| self.reject_dead_ends(&plan).map(|()| answers));
        let answers = done.inspect_err(|_| self.roll_back(&plan, before))?;
        Ok(json!({ "resourceType": "Bundle", "type": "transaction-response", "entry": answers }))
    }

    fn roll_back(&mut self, plan: &[Target], before: Vec<Option<Held>>) {
        for (target, held) in plan.iter().zip(before) {
            match held {
                Some(held) => self.held.insert(target.key().to_owned(), held),
                None => self.held.remove(target.key()),
            };
        }
    }

    /// Resources of a type, by `identifier`, `_lastUpdated`, in pages.
    pub fn search(&self, kind: &str, query: &str, base: &str) -> Value {
        let asked: Vec<(String, String)> = query.split('&').filter_map(pair).collect();
        let value = |name: &str| asked.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let since = value("_lastUpdated").and_then(|text| text.strip_prefix("ge"));
        let mut found: Vec<&Held> = self
            .all(kind)
            .filter(|held| value("identifier").is_none_or(|wanted| has_identifier(&held.resource, wanted)))
            .filter(|held| since.is_none_or(|since| text(&held.resource["meta"]["lastUpdated"]) >= since))
            .collect();
        found.sort_by_key(|held| text(&held.resource["meta"]["lastUpdated"]).to_owned());
        let number = |name: &str| value(name).and_then(|text| text.parse::<usize>().ok());
        let (offset, count) = (number("_offset").unwrap_or(0), number("_count").unwrap_or(100).max(1));
        let page: Vec<Value> =
            found.iter().skip(offset).take(count).map(|held| json!({ "resource": held.resource })).collect();
        let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": found.len(), "entry": page });
        if offset + count < found.len() {
            let kept = query.split('&').filter(|part| !part.starts_with("_offset")).collect::<Vec<_>>().join("&");
            let next = format!("{base}/{kind}?{kept}&_offset={}", offset + count);
            bundle["link"] = json!([{ "relation": "next", "url": next }]);
        }
        bundle
    }

    /// Which resource an entry is about, and whether it may be touched.
    fn target(&self, row: &Value, index: usize, manners: Manners) -> Result<Target, Refusal> {
        let request = &row["request"];
        let url = text(&request["url"]);
        let kind = text(&row["resource"]["resourceType"]);
        match text(&request["method"]) {
            "PUT" if url.contains('?') => self.conditional_update(kind, url, index),
            "PUT" => self.update(row, url, text(&request["ifMatch"]), manners),
            "POST" if url == kind => self.create(kind, text(&request["ifNoneExist"]), index),
            method => Err(Refusal(400, format!("{method} {url} is not understood"))),
        }
    }

    fn update(&self, row: &Value, url: &str, guard: &str, manners: Manners) -> Result<Target, Refusal> {
        let resource = &row["resource"];
        if url != format!("{}/{}", text(&resource["resourceType"]), text(&resource["id"])) {
            return Err(Refusal(400, "the id in the URL is not that of the resource".into()));
        }
        let held = self.held.get(url);
        if !guard.is_empty() && held.map(etag).as_deref() != Some(guard) {
            let status = if manners.guard_is_400 { 400 } else { 412 };
            return Err(Refusal(status, "412: precondition failed, the version moved on".into()));
        }
        if held.is_none() && manners.no_update_create {
            return Err(Refusal(405, "ids are chosen by this server".into()));
        }
        Ok(Target::Write(url.to_owned()))
    }

    fn create(&self, kind: &str, condition: &str, index: usize) -> Result<Target, Refusal> {
        let fresh = || Target::Write(self.fresh(kind, index));
        let Some(wanted) = condition.strip_prefix("identifier=") else { return Ok(fresh()) };
        self.only(kind, wanted).map(|found| found.map_or_else(fresh, Target::Keep))
    }

    fn conditional_update(&self, kind: &str, url: &str, index: usize) -> Result<Target, Refusal> {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let (_, wanted) = pair(query).unwrap_or_default();
        let found = self.only(kind, &wanted)?;
        Ok(Target::Write(found.unwrap_or_else(|| self.fresh(kind, index))))
    }

    /// An id of this server's choice. The clock moves with every write, so none comes twice.
    fn fresh(&self, kind: &str, index: usize) -> String {
        let number = (u128::from(self.clock) << 32) + index as u128;
        format!("{kind}/{}", Uuid::from_u128(u128::MAX - number))
    }

    fn only(&self, kind: &str, wanted: &str) -> Result<Option<String>, Refusal> {
        let mut found = self.all(kind).filter(|held| has_identifier(&held.resource, wanted));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Refusal(412, "several resources match".into())),
            (found, _) => Ok(found.map(|held| format!("{kind}/{}", text(&held.resource["id"])))),
        }
    }

    fn apply(
        &mut self,
        rows: &[Value],
        plan: &[Target],
        addresses: &BTreeMap<String, String>,
        base: &str,
        manners: Manners,
    ) -> Result<Vec<Value>, Refusal> {
        let mut answers = Vec::new();
        for (index, (row, target)) in rows.iter().zip(plan).enumerate() {
            let (key, is_new) = match target {
                Target::Keep(key) => (key, false),
                Target::Write(key) => {
                    let mut resource = row["resource"].clone();
                    resource["id"] = json!(key.split('/').nth(1));
                    rewrite(&mut resource, addresses);
                    if let Some(fault) = checks::fault(&resource) {
                        return Err(at(422, index, &fault));
                    }
                    (key, self.write(resource, manners.uuid_etags))
                }
            };
            let version = etag(&self.held[key]);
            let name = version.trim_start_matches("W/").trim_matches('"');
            answers.push(json!({ "response": {
                "status": if is_new { "201 Created" } else { "200 OK" },
                "location": format!("{base}/{key}/_history/{name}"),
                "etag": version,
            }}));
        }
        Ok(answers)
    }

    /// Every reference must lead to something held here.
    fn reject_dead_ends(&self, plan: &[Target]) -> Result<(), Refusal> {
        for (index, target) in plan.iter().enumerate() {
            let Target::Write(key) = target else { continue };
            let mut references = Vec::new();
            collect(&self.held[key].resource, &mut references);
            if let Some(dead) = references.iter().find(|reference| !self.held.contains_key(**reference)) {
                return Err(at(422, index, &format!("unknown reference {}", kind_of(dead))));
            }
        }
        Ok(())
    }

    fn now(&self) -> String {
        let start = DateTime::<Utc>::from_timestamp(1_795_305_600, 0).unwrap_or_default();
        (start + Duration::milliseconds(self.clock.cast_signed())).to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

/// What an entry is about.
enum Target {
    /// This is written.
    Write(String),
    /// This was there already and stays.
    Keep(String),
}

impl Target {
    fn key(&self) -> &str {
        match self {
            Target::Write(key) | Target::Keep(key) => key,
        }
    }
}

/// The version of a resource as HTTP has it.
pub(super) fn etag(held: &Held) -> String {
    format!("W/\"{}\"", text(&held.resource["meta"]["versionId"]))
}

/// An OperationOutcome with these words.
pub(super) fn outcome(says: &str) -> Value {
    let issue = json!({ "severity": "error", "code": "invalid", "details": { "text": says } });
    json!({ "resourceType": "OperationOutcome", "issue": [issue] })
}

/// What this platform says it can do.
pub(super) fn capability(manners: Manners) -> Value {
    let can = |kind: &str| {
        json!({
            "type": kind,
            "interaction": [{ "code": "read" }, { "code": "update" }, { "code": "create" }, { "code": "search-type" }],
            "versioning": "versioned-update",
            "updateCreate": !manners.no_update_create,
            "conditionalCreate": true,
            "conditionalUpdate": true,
        })
    };
    let resources: Vec<Value> = KINDS.iter().map(|kind| can(kind)).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{ "mode": "server", "interaction": [{ "code": "transaction" }], "resource": resources }],
    })
}

const KINDS: [&str; 16] = [
    "Communication",
    "Consent",
    "DetectedIssue",
    "Device",
    "Encounter",
    "EpisodeOfCare",
    "Flag",
    "Location",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "Provenance",
    "RiskAssessment",
    "ServiceRequest",
    "Task",
];

fn at(status: u16, index: usize, says: &str) -> Refusal {
    Refusal(status, format!("Bundle.entry[{index}]: {says}"))
}

fn reject_twice(plan: &[Target]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    match plan.iter().position(|target| !seen.insert(target.key())) {
        Some(index) => Err(at(400, index, "the same resource twice in one transaction")),
        None => Ok(()),
    }
}

/// What references inside the bundle lead to.
fn addresses(rows: &[Value], plan: &[Target]) -> BTreeMap<String, String> {
    let pairs = rows.iter().zip(plan).map(|(row, target)| (text(&row["fullUrl"]).to_owned(), target.key().to_owned()));
    pairs.filter(|(full, _)| !full.is_empty()).collect()
}

fn rewrite(value: &mut Value, addresses: &BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("reference")
                && let Some(address) = addresses.get(reference)
            {
                *reference = address.clone();
            }
            members.values_mut().for_each(|member| rewrite(member, addresses));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, addresses)),
        _ => {}
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("reference").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

fn identifiers(resource: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = resource["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|identifier| (text(&identifier["system"]), text(&identifier["value"])))
}

fn has_identifier(resource: &Value, wanted: &str) -> bool {
    let (system, value) = wanted.split_once('|').unwrap_or(("", wanted));
    identifiers(resource).any(|(of, is)| is == value && (system.is_empty() || of == system))
}

fn pair(part: &str) -> Option<(String, String)> {
    let (key, value) = part.split_once('=')?;
    Some((key.to_owned(), value.replace("%7C", "|").replace("%3A", ":").replace("%2F", "/").replace("%2B", "+")))
}

fn kind_of(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
