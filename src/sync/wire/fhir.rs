//! Parcels -> one FHIR R4 transaction. Pure: the same parcels give the same bytes (S3.2).
//!
//! Resources are drafted with our own ids and references; [`bundle`] then addresses them as the platform understands
//! them (S3.3, S3.11): by our id, by the id the server gave, or by `urn:uuid` inside the bundle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::capability::{Strategies, Strategy};
use super::terms::{Terms, at, coding, refer, time};
use super::{evaluation, observation, person, review, site};
use crate::model::outbox::{Parcel, Receipt};
use crate::model::station::Site;
use crate::model::{Fact, Moment, Note, Resident, ResidentId, StaffId, StoredFact, Subject, UnitId, UnitKind, VisitId};

/// How this platform wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The platform's base address, without a slash at the end.
    pub endpoint: String,
    /// Base URI of our own code systems, identifiers and extensions.
    pub base: String,
    /// How each resource type is created.
    pub strategies: Strategies,
}

/// A transaction ready to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The Bundle.
    pub body: Value,
    /// What its entries are, in order.
    pub entries: Vec<Entry>,
}

impl Message {
    /// The bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.body.to_string().into_bytes()
    }
}

/// One entry of a [`Message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The unit it belongs to.
    pub unit: UnitId,
    /// `Type/our-id`.
    pub resource: String,
    /// `Type/id` on the server, when it is updated under `ifMatch`.
    pub guarded: Option<String>,
    /// True when the server chooses the id.
    pub server_names_it: bool,
}

/// A resource with our own ids in it.
pub(super) struct Draft {
    kind: &'static str,
    id: Uuid,
    body: Value,
    /// What a conditional creation asks for; our own identifier unless a public one is known.
    known_as: Option<(String, String)>,
    /// Others change it too: send the ETag along.
    shared: bool,
}

impl Draft {
    pub fn new(kind: &'static str, id: Uuid, body: Value) -> Self {
        Self { kind, id, body, known_as: None, shared: false }
    }

    /// Names a public identifier that finds it.
    pub fn known_as(mut self, system: &str, value: &str) -> Self {
        self.known_as = Some((system.to_owned(), value.to_owned()));
        self
    }

    /// Marks it as changed by the platform too.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Sets an element.
    pub fn set(&mut self, element: &str, value: Value) {
        self.body[element] = value;
    }

    /// Sets an element of an element.
    pub fn set_in(&mut self, outer: &str, element: &str, value: Value) {
        self.body[outer][element] = value;
    }

    /// `Type/our-id`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
}

/// What all resources of a unit refer to.
pub(super) struct Scene<'a> {
    pub terms: Terms<'a>,
    pub site: &'a Site,
    pub resident: Option<ResidentId>,
    pub parcel: &'a Parcel,
}

impl<'a> Scene<'a> {
    fn of(parcel: &'a Parcel, base: &'a str) -> Result<Self, Note> {
        let site = newest(parcel, |fact| match fact {
            Fact::SiteConfigured { site } => Some(site),
            _ => None,
        });
        let site = site.ok_or(Note::Incomplete { what: "SiteConfigured".to_owned() })?;
        let resident = match parcel.unit.subject {
            Some(Subject::Guest(_)) => return Err(Note::Unclaimed),
            Some(Subject::Resident(id)) => Some(id),
            None => None,
        };
        Ok(Self { terms: Terms { base }, site, resident, parcel })
    }

    /// The person, as a reference. A unit of the station's own has none, and none of its resources asks.
    pub fn patient(&self) -> Value {
        self.resident.map_or(Value::Null, |id| refer("Patient", id))
    }

    /// Every Fact that was there when the unit was made, oldest first: what came later does not change its body (S3.2).
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &'a StoredFact> + use<'a> {
        let last = last_seq(self.parcel);
        in_order(self.parcel).into_iter().filter(move |stored| stored.seq <= last)
    }

    /// The one doctor of this place; `None` when there are several, or none.
    pub fn only_doctor(&self) -> Option<StaffId> {
        let doctors: BTreeSet<StaffId> = self
            .facts()
            .filter_map(|stored| match &stored.new.fact {
                Fact::StaffAdded { staff, role, .. } if role == "doctor" => Some(*staff),
                _ => None,
            })
            .collect();
        doctors.first().copied().filter(|_| doctors.len() == 1)
    }
}

/// Writes parcels down as one transaction, in the order given.
pub fn bundle(parcels: &[Parcel], dialect: &Dialect) -> Result<Message, Note> {
    let mut drafts = Vec::new();
    for parcel in parcels {
        drafts.extend(draft(parcel, &dialect.base)?.into_iter().map(|draft| (parcel.unit.id, draft)));
    }
    let receipts = parcels.iter().flat_map(|parcel| &parcel.receipts).map(|it| (it.resource.as_str(), it)).collect();
    Post { dialect, receipts, addresses: BTreeMap::new() }.address(drafts)
}

/// What later messages ask of the receipts of this one: that the person and the consents are there, the version of what
/// the platform changes too, and every id that the platform chose. All else is said by the unit's being delivered.
pub fn lasting(receipts: impl Iterator<Item = Receipt>) -> Vec<Receipt> {
    let kind =
        |receipt: &Receipt, kinds: &[&str]| kinds.contains(&receipt.resource.split('/').next().unwrap_or_default());
    receipts
        .map(|receipt| Receipt { etag: receipt.etag.clone().filter(|_| kind(&receipt, &SHARED)), ..receipt })
        .filter(|receipt| receipt.server_id.is_some() || receipt.etag.is_some() || kind(receipt, &CONFIRMED))
        .collect()
}

/// The resources a parcel becomes, as `Type/our-id`: two units may not share a transaction when they share one (S4.5).
pub fn resources(parcel: &Parcel, dialect: &Dialect) -> Result<Vec<String>, Note> {
    Ok(draft(parcel, &dialect.base)?.iter().map(Draft::key).collect())
}

fn draft(parcel: &Parcel, base: &str) -> Result<Vec<Draft>, Note> {
    let scene = Scene::of(parcel, base)?;
    let mut drafts = person_first(&scene);
    for stored in &parcel.facts {
        drafts.extend(of_fact(&scene, stored)?);
    }
    drafts.extend(provenance(&scene, &drafts));
    Ok(squashed(drafts))
}

/// The person and the consents, when the platform has not confirmed them yet. They travel with visits only: all else
/// comes after one.
fn person_first(scene: &Scene) -> Vec<Draft> {
    if scene.parcel.unit.kind != UnitKind::Visit {
        return Vec::new();
    }
    let confirmed = |key: &str| scene.parcel.receipts.iter().any(|receipt| receipt.resource == key);
    let kept = newest(scene.parcel, |fact| match fact {
        Fact::ResidentKept { resident } if Some(resident.id) == scene.resident => Some(resident),
        _ => None,
    });
    let mut drafts = kept.map(|resident| patient(scene, resident)).unwrap_or_default();
    let answered = scene.facts().filter(|stored| match &stored.new.fact {
        Fact::ConsentAnswered { resident, .. } => Some(*resident) == scene.resident,
        _ => false,
    });
    drafts.extend(answered.flat_map(|stored| consents(scene, stored)));
    drafts.retain(|draft| !confirmed(&draft.key()));
    drafts
}

fn patient(scene: &Scene, resident: &Resident) -> Vec<Draft> {
    vec![person::patient(scene.terms, scene.site, resident)]
}

fn consents(scene: &Scene, stored: &StoredFact) -> Vec<Draft> {
    let Fact::ConsentAnswered { resident, text_version, answers } = &stored.new.fact else { return Vec::new() };
    let consent = |answer| person::consent(scene.terms, scene.site, *resident, text_version, &stored.new.at, answer);
    answers.iter().map(consent).collect()
}

fn of_fact(scene: &Scene, stored: &StoredFact) -> Result<Vec<Draft>, Note> {
    let moment = &stored.new.at;
    Ok(match &stored.new.fact {
        Fact::SiteConfigured { site } => site::site(scene.terms, site),
        Fact::StaffAdded { staff, name, .. } => vec![site::practitioner(scene.terms, *staff, name)],
        Fact::ResidentKept { resident } => patient(scene, resident),
        Fact::ConsentAnswered { .. } => consents(scene, stored),
        Fact::MeasurementTaken { measurement } => observation::measured(scene, stored.seq, measurement),
        Fact::QuestionsAnswered { visit, answers } if !answers.0.is_empty() => {
            vec![observation::answers(scene, stored.seq, stored.new.id.0, *visit, moment, answers)]
        }
        Fact::VisitConcluded { .. } => concluded(scene, stored),
        Fact::RiskEvaluated { .. } => evaluation::evaluated(scene, stored),
        Fact::GuidanceGiven { guidance, visit, items } => {
            vec![evaluation::guidance(scene, moment, *guidance, *visit, items)]
        }
        Fact::RiskFlagged { .. } => evaluation::flagged(scene, stored)?,
        Fact::FlagRaised { flag, .. } => vec![evaluation::raised(scene, moment, *flag)?],
        Fact::HighRiskRegistered { .. } => evaluation::registered(scene, stored),
        Fact::SymptomsAnswered { visit, answer } => {
            vec![observation::symptoms(scene, stored.seq, stored.new.id.0, *visit, moment, answer)]
        }
        Fact::RiskReviewed { .. } => review::reviewed(scene, stored)?,
        Fact::Unknown(_) => return Err(Note::Newer),
        // The station's own life; no resource stands for it.
        Fact::QuestionsAnswered { .. }
        | Fact::VisitOpened { .. }
        | Fact::StaffCalled { .. }
        | Fact::StaffCame { .. }
        | Fact::StaffSignedIn { .. } => Vec::new(),
    })
}

fn concluded(scene: &Scene, stored: &StoredFact) -> Vec<Draft> {
    let Fact::VisitConcluded { visit, began, ending, mean, bmi } = &stored.new.fact else { return Vec::new() };
    let moment = &stored.new.at;
    let ending = json!(ending).as_str().unwrap_or_default().replace('_', "-");
    let mut drafts = vec![encounter(scene, *visit, began, moment, &ending)];
    drafts.extend(mean.iter().map(|mean| observation::mean(scene, stored.seq, *visit, moment, mean)));
    drafts.extend(bmi.iter().map(|bmi| observation::bmi(scene, stored.seq, *visit, moment, bmi)));
    drafts
}

fn encounter(scene: &Scene, visit: VisitId, began: &Moment, ended: &Moment, ending: &str) -> Draft {
    // A clock that was set back during the visit would end it before it began; the end then counts for both.
    let start = if began.wall <= ended.wall { time(&began.wall) } else { at(ended) };
    Draft::new(
        "Encounter",
        visit.0,
        json!({
            "extension": [{ "url": scene.terms.extension("visit-ending"), "valueCode": ending }],
            "identifier": [scene.terms.identifier("encounter", visit)],
            "status": "finished",
            "class": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "ambulatory"),
            "type": [scene.terms.concept("encounter-kind", "self-check", "自助健康检测")],
            "subject": scene.patient(),
            "period": { "start": start, "end": at(ended) },
            "location": [{ "location": refer("Location", scene.site.location) }],
            "serviceProvider": refer("Organization", scene.site.organisation),
        }),
    )
}

/// Who brought the readings of this unit; a review has its own.
fn provenance(scene: &Scene, drafts: &[Draft]) -> Option<Draft> {
    let targets: Vec<Value> = drafts
        .iter()
        .filter(|draft| draft.kind == "Observation")
        .map(|draft| json!({ "reference": draft.key() }))
        .collect();
    let last = scene.parcel.facts.last()?;
    let id = scene.parcel.unit.id.0;
    (!targets.is_empty()).then(|| person::provenance(scene.terms, id, targets, &last.new.at, None, scene.site))
}

/// Several versions of one resource in a unit: the last counts, at the place of the first (S4.5). Reviews are units of
/// their own and never meet here.
fn squashed(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut kept: Vec<Draft> = Vec::new();
    for draft in drafts {
        match kept.iter_mut().find(|earlier| earlier.key() == draft.key()) {
            Some(earlier) => *earlier = draft,
            None => kept.push(draft),
        }
    }
    let rank = |kind: &str| ORDER.iter().position(|it| *it == kind).unwrap_or(ORDER.len());
    kept.sort_by_key(|draft| rank(draft.kind));
    kept
}

/// Kinds of the drafts that are marked `shared`.
const SHARED: [&str; 3] = ["Flag", "Task", "EpisodeOfCare"];
/// Kinds that are sent until the platform has confirmed them.
const CONFIRMED: [&str; 2] = ["Patient", "Consent"];

/// What others refer to stands first (S4.1).
const ORDER: [&str; 8] =
    ["Organization", "Location", "Practitioner", "Device", "Patient", "Consent", "Encounter", "Observation"];

fn last_seq(parcel: &Parcel) -> u64 {
    parcel.facts.iter().map(|stored| stored.seq).max().unwrap_or(0)
}

fn in_order(parcel: &Parcel) -> Vec<&StoredFact> {
    let mut facts: Vec<&StoredFact> = parcel.about.iter().chain(&parcel.facts).collect();
    facts.sort_by_key(|stored| stored.seq);
    facts.dedup_by_key(|stored| stored.seq);
    facts
}

/// The newest that was already there when the unit was made, so that later changes leave its body alone; else any.
fn newest<'a, T>(parcel: &'a Parcel, pick: impl Fn(&'a Fact) -> Option<&'a T>) -> Option<&'a T> {
    let last = last_seq(parcel);
    let all: Vec<(u64, &T)> =
        in_order(parcel).into_iter().filter_map(|stored| Some((stored.seq, pick(&stored.new.fact)?))).collect();
    let earlier = all.iter().rev().find(|(seq, _)| *seq <= last);
    earlier.or(all.first()).map(|(_, found)| *found)
}

/// Turns drafts into entries.
struct Post<'a> {
    dialect: &'a Dialect,
    receipts: BTreeMap<&'a str, &'a Receipt>,
    /// Reference by our id -> reference as sent, for what stands in this bundle.
    addresses: BTreeMap<String, String>,
}

impl Post<'_> {
    fn address(mut self, drafts: Vec<(UnitId, Draft)>) -> Result<Message, Note> {
        let mut sent = Vec::new();
        for (unit, draft) in drafts {
            let way = self.way(&draft)?;
            // R4 gives Provenance no identifier, so it can only be put under an id of our own (S3.10).
            if draft.kind == "Provenance" && !matches!(way, Way::Put(_)) {
                continue;
            }
            self.addresses.insert(draft.key(), way.reference(&draft));
            sent.push((unit, draft, way));
        }
        let mut entries = Vec::new();
        let mut rows = Vec::new();
        for (unit, draft, way) in sent {
            let (row, entry) = self.entry(unit, draft, way)?;
            rows.push(row);
            entries.push(entry);
        }
        Ok(Message { body: json!({ "resourceType": "Bundle", "type": "transaction", "entry": rows }), entries })
    }

    fn way(&self, draft: &Draft) -> Result<Way, Note> {
        let named = self.receipts.get(draft.key().as_str()).and_then(|receipt| receipt.server_id.clone());
        if let Some(id) = named {
            return Ok(Way::Put(id));
        }
        match self.dialect.strategies.of(draft.kind) {
            Some(Strategy::PutById) => Ok(Way::Put(draft.id.to_string())),
            Some(Strategy::CreateOnce) => Ok(Way::Create),
            Some(Strategy::UpdateByIdentifier) => Ok(Way::Update),
            None => Err(Note::NoStrategy { kind: draft.kind.to_owned() }),
        }
    }

    fn entry(&self, unit: UnitId, draft: Draft, way: Way) -> Result<(Value, Entry), Note> {
        let key = draft.key();
        let etag = self.receipts.get(key.as_str()).and_then(|receipt| receipt.etag.clone());
        let guard = etag.filter(|_| draft.shared && matches!(way, Way::Put(_)));
        let request = self.request(&draft, &way, guard.as_deref());
        let server_names_it = !matches!(way, Way::Put(_));
        let guarded = match (&way, guard) {
            (Way::Put(id), Some(_)) => Some(format!("{}/{id}", draft.kind)),
            _ => None,
        };
        let full = match &way {
            Way::Put(id) => format!("{}/{}/{id}", self.dialect.endpoint, draft.kind),
            Way::Create | Way::Update => format!("urn:uuid:{}", draft.id),
        };
        let resource = self.resource(draft, &way)?;
        let row = json!({ "fullUrl": full, "resource": resource, "request": request });
        Ok((row, Entry { unit, resource: key, guarded, server_names_it }))
    }

    fn request(&self, draft: &Draft, way: &Way, guard: Option<&str>) -> Value {
        match way {
            Way::Put(id) => {
                let mut request = json!({ "method": "PUT", "url": format!("{}/{id}", draft.kind) });
                if let Some(etag) = guard {
                    request["ifMatch"] = json!(etag);
                }
                request
            }
            Way::Create => {
                let (system, value) = draft.known_as.clone().unwrap_or_else(|| own_identifier(draft));
                json!({ "method": "POST", "url": draft.kind, "ifNoneExist": format!("identifier={system}|{value}") })
            }
            // Never by a citizen number: this one is a URL.
            Way::Update => {
                let (system, value) = own_identifier(draft);
                json!({ "method": "PUT", "url": format!("{}?identifier={system}%7C{value}", draft.kind) })
            }
        }
    }

    fn resource(&self, draft: Draft, way: &Way) -> Result<Value, Note> {
        let mut resource = Map::new();
        resource.insert("resourceType".into(), json!(draft.kind));
        if let Way::Put(id) = way {
            resource.insert("id".into(), json!(id));
        }
        if let Value::Object(body) = draft.body {
            resource.extend(body);
        }
        let mut resource = Value::Object(resource);
        self.refer(&mut resource)?;
        Ok(resource)
    }

    /// Rewrites every reference below `value`.
    fn refer(&self, value: &mut Value) -> Result<(), Note> {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get_mut("reference") {
                    *reference = self.reference(reference)?;
                }
                members.values_mut().try_for_each(|member| self.refer(member))
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.refer(item)),
            _ => Ok(()),
        }
    }

    fn reference(&self, ours: &str) -> Result<String, Note> {
        if let Some(address) = self.addresses.get(ours) {
            return Ok(address.clone());
        }
        let kind = ours.split('/').next().unwrap_or_default();
        if let Some(id) = self.receipts.get(ours).and_then(|receipt| receipt.server_id.as_ref()) {
            return Ok(format!("{kind}/{id}"));
        }
        match self.dialect.strategies.of(kind) {
            Some(Strategy::PutById) => Ok(ours.to_owned()),
            _ => Err(Note::Waits { resource: ours.to_owned() }),
        }
    }
}

/// How one entry is written.
enum Way {
    /// `PUT Type/id`.
    Put(String),
    /// `POST Type` with `ifNoneExist`.
    Create,
    /// `PUT Type?identifier=`.
    Update,
}

impl Way {
    fn reference(&self, draft: &Draft) -> String {
        match self {
            Way::Put(id) => format!("{}/{id}", draft.kind),
            Way::Create | Way::Update => format!("urn:uuid:{}", draft.id),
        }
    }
}

/// Our own identifier: the one whose value is our id.
fn own_identifier(draft: &Draft) -> (String, String) {
    let id = draft.id.to_string();
    let identifiers = draft.body["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    let own = identifiers.iter().find(|identifier| identifier["value"] == id.as_str());
    (own.and_then(|own| own["system"].as_str()).unwrap_or_default().to_owned(), id)
}
