//! The station on the wire: institution, place, terminal, instruments, staff (`examples/00`).

use serde_json::{Value, json};

use super::fhir::Draft;
use super::terms::{Terms, concept, refer};
use crate::model::StaffId;
use crate::model::station::{Instrument, Site};

const TERMINAL: &str = "自助健康检测终端";

/// Everything the station is, the institution first.
pub(super) fn site(terms: Terms, site: &Site) -> Vec<Draft> {
    let mut drafts = vec![organisation(terms, site), location(terms, site), terminal(terms, site)];
    drafts.extend(site.instruments.iter().map(|instrument| measuring_device(terms, site, instrument)));
    drafts
}

/// Somebody who works here.
pub(super) fn practitioner(terms: Terms, staff: StaffId, name: &str) -> Draft {
    Draft::new(
        "Practitioner",
        staff.0,
        json!({
            "identifier": [terms.identifier("practitioner", staff)],
            "active": true,
            "name": [{ "text": name }],
        }),
    )
}

fn organisation(terms: Terms, site: &Site) -> Draft {
    let kind = concept("http://terminology.hl7.org/CodeSystem/organization-type", "prov", "Healthcare Provider");
    Draft::new(
        "Organization",
        site.organisation.0,
        json!({
            "identifier": [terms.identifier("organization", site.organisation)],
            "active": true,
            "type": [kind],
            "name": site.station.organisation_zh,
        }),
    )
}

fn location(terms: Terms, site: &Site) -> Draft {
    Draft::new(
        "Location",
        site.location.0,
        json!({
            "identifier": [terms.identifier("location", site.location), terms.identifier("station", &site.station.id)],
            "status": "active",
            "name": site.station.name_zh,
            "mode": "instance",
            "managingOrganization": refer("Organization", site.organisation),
        }),
    )
}

fn terminal(terms: Terms, site: &Site) -> Draft {
    let serial = format!("{}-{}", site.station.id, site.station.machine);
    let version =
        |kind, display, value: &str| json!({ "type": terms.concept("version-kind", kind, display), "value": value });
    let mut body = device(terms, site.terminal.0, &serial, "health-hut client");
    body["type"] = terms.concept("device-kind", "kiosk", TERMINAL);
    body["owner"] = refer("Organization", site.organisation);
    body["location"] = refer("Location", site.location);
    body["version"] =
        json!([version("software", "软件版本", &site.software), version("ruleset", "评估规则集版本", &site.rules)]);
    Draft::new("Device", site.terminal.0, body)
}

fn measuring_device(terms: Terms, site: &Site, instrument: &Instrument) -> Draft {
    let serial = instrument.id.to_string();
    let mut body = device(terms, instrument.id.0, &serial, &instrument.model);
    body["type"] = terms.concept("device-kind", &kind(&instrument.role), label(&instrument.role));
    body["owner"] = refer("Organization", site.organisation);
    body["location"] = refer("Location", site.location);
    body["parent"] = refer("Device", site.terminal);
    Draft::new("Device", instrument.id.0, body)
}

fn device(terms: Terms, id: uuid::Uuid, serial: &str, name: &str) -> Value {
    json!({
        "identifier": [terms.identifier("device", id)],
        "status": "active",
        "serialNumber": serial,
        "deviceName": [{ "name": name, "type": "model-name" }],
    })
}

/// The role as a FHIR code: `blood_pressure` is `bp-monitor` in the examples, others keep their own word.
fn kind(role: &str) -> String {
    match role {
        "blood_pressure" => "bp-monitor".to_owned(),
        "glucose" => "glucometer".to_owned(),
        other => other.replace('_', "-"),
    }
}

fn label(role: &str) -> &'static str {
    match role {
        "blood_pressure" => "电子血压计",
        "height_weight" => "身高体重秤",
        "weight" => "体重秤",
        "glucose" => "血糖仪",
        "id_card" => "身份证阅读器",
        "printer" => "打印机",
        "scanner" => "扫码器",
        "spo2" => "血氧仪",
        "temperature" => "体温计",
        _ => "检测设备",
    }
}
