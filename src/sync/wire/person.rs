//! The person and what they allow (`examples/01`, fhir-mapping.md 3).

use serde_json::{Value, json};
use uuid::Uuid;

use super::fhir::Draft;
use super::terms::{Terms, at, concept, loinc, refer};
use crate::model::resident::{ConsentAnswer, ConsentSwitch};
use crate::model::station::Site;
use crate::model::{Moment, Resident, ResidentId, Sex};

/// 身份证号
const CITIZEN_NUMBER: &str = "urn:oid:2.16.156.10011.1.3";
const CONSENT_TEXT: &str = "自助检测数据采集与上传告知书";

/// The person. Under conditional creation the citizen number finds a record that another terminal made.
pub(super) fn patient(terms: Terms, site: &Site, resident: &Resident) -> Draft {
    let number = resident.id_number.reveal();
    let mut body = json!({
        "identifier": [
            { "use": "official", "system": CITIZEN_NUMBER, "value": number },
            terms.identifier("resident", resident.id),
        ],
        "active": true,
    });
    if let Some(name) = &resident.name {
        body["name"] = json!([{ "use": "official", "text": name.0 }]);
    }
    if let Some(phone) = &resident.phone {
        body["telecom"] = json!([{ "system": "phone", "value": phone.0, "use": "mobile" }]);
    }
    body["gender"] = gender(resident.sex);
    body["birthDate"] = json!(resident.birth_date.to_string());
    body["managingOrganization"] = refer("Organization", site.organisation);
    Draft::new("Patient", resident.id.0, body).known_as(CITIZEN_NUMBER, number)
}

/// One switch of the consent page; the second category tells the switches apart.
pub(super) fn consent(
    terms: Terms,
    site: &Site,
    resident: ResidentId,
    version: &str,
    moment: &Moment,
    answer: &ConsentAnswer,
) -> Draft {
    let (code, display) = switch(answer.switch);
    let scope = "http://terminology.hl7.org/CodeSystem/consentscope";
    Draft::new(
        "Consent",
        answer.id.0,
        json!({
            "identifier": [terms.identifier("consent", answer.id)],
            "status": "active",
            "scope": concept(scope, "patient-privacy", "Privacy Consent"),
            "category": [
                { "coding": [loinc("59284-0", "Consent Document")] },
                terms.concept("consent-switch", code, display),
            ],
            "patient": refer("Patient", resident),
            "dateTime": at(moment),
            "organization": [refer("Organization", site.organisation)],
            "policyRule": terms.concept("consent-policy", version, CONSENT_TEXT),
            "provision": { "type": if answer.permit { "permit" } else { "deny" } },
        }),
    )
}

/// Who put these resources together, on which terminal, for whom. R4 gives it no identifier (S3.10).
pub(super) fn provenance(
    terms: Terms,
    id: Uuid,
    targets: Vec<Value>,
    recorded: &Moment,
    author: Option<Value>,
    site: &Site,
) -> Draft {
    let (code, display) = if author.is_some() { ("author", "Author") } else { ("assembler", "Assembler") };
    let role = concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", code, display);
    let who = author.unwrap_or_else(|| refer("Device", site.terminal));
    Draft::new(
        "Provenance",
        id,
        json!({
            "extension": [{ "url": terms.extension("clockTrust"), "valueCode": super::terms::trust(recorded.trust) }],
            "target": targets,
            "recorded": at(recorded),
            "agent": [{ "type": role, "who": who, "onBehalfOf": refer("Organization", site.organisation) }],
        }),
    )
}

fn gender(sex: Sex) -> Value {
    json!(match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    })
}

fn switch(switch: ConsentSwitch) -> (&'static str, &'static str) {
    match switch {
        ConsentSwitch::Keep => ("keep", "保存我的健康记录"),
        ConsentSwitch::DoctorView => ("doctor-view", "让家庭医生查看"),
        ConsentSwitch::Upload => ("upload", "上传到县级卫生健康平台"),
    }
}
