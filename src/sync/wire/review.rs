//! What a doctor decided (`examples/03`, fhir-mapping.md 6): the request is answered, the registration and the flag follow.

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::evaluation::{Case, Request, episode, flag_draft};
use super::fhir::{Draft, Scene};
use super::person;
use super::terms::{at, refer};
use crate::model::fact::StoredFact;
use crate::model::review::DismissReason;
use crate::model::{Decision, Fact, FlagId, Moment, Note, StaffId, TaskId};

/// The resources of one decision; the Provenance names them all.
pub(super) fn reviewed(scene: &Scene, stored: &StoredFact) -> Result<Vec<Draft>, Note> {
    let Fact::RiskReviewed { review, flag, task, decision, by, .. } = &stored.new.fact else { return Ok(Vec::new()) };
    let case = Case::of(scene, *flag)?;
    let moment = &stored.new.at;
    let mut drafts = vec![answered(scene, &case, stored, *task, decision, *by).draft(scene).shared()];
    drafts.extend(registration(scene, &case, decision, *by, moment));
    drafts.extend(flag_off(scene, &case, decision, moment));
    drafts.extend(referral(scene, &case, decision, *by, moment));
    drafts.extend(next(decision).map(|(code, due)| follow_up(scene, &case, stored.new.id.0, code, due, moment)));
    let targets = drafts.iter().map(|draft| json!({ "reference": draft.key() })).collect();
    let author = Some(refer("Practitioner", by));
    drafts.push(person::provenance(scene.terms, review.0, targets, moment, author, scene.site));
    Ok(drafts)
}

/// The request this decision answers: that of the flag, or the one an earlier decision on it left behind.
fn in_force(scene: &Scene, stored: &StoredFact, flag: FlagId, task: TaskId) -> Uuid {
    let left_behind =
        scene.facts().rev().filter(|earlier| earlier.seq < stored.seq).find_map(|earlier| match &earlier.new.fact {
            Fact::RiskReviewed { flag: of, decision, .. } if *of == flag => Some((earlier.new.id.0, next(decision))),
            _ => None,
        });
    match left_behind {
        Some((id, Some(_))) => id,
        _ => task.0,
    }
}

fn answered(
    scene: &Scene,
    case: &Case,
    stored: &StoredFact,
    task: TaskId,
    decision: &Decision,
    by: StaffId,
) -> Request {
    let moment = &stored.new.at;
    let (code, display) = outcome(decision);
    let conclusion = scene.terms.concept("review", code, display);
    let output = scene.terms.concept("task-output", "decision", "复核结论");
    let mut request = case.request(scene);
    request.id = in_force(scene, stored, case.flag, task);
    request.status = "completed";
    request.modified = *moment;
    request.owner = refer("Practitioner", by);
    request.more = vec![
        ("businessStatus", conclusion.clone()),
        ("executionPeriod", json!({ "end": at(moment) })),
        ("output", json!([{ "type": output, "valueCodeableConcept": conclusion }])),
    ];
    if let Decision::Dismissed { reason } = decision {
        request.more.push(("statusReason", reason_of(scene, reason)));
    }
    request
}

fn outcome(decision: &Decision) -> (&'static str, &'static str) {
    match decision {
        Decision::Confirmed { .. } => ("confirmed-high-risk", "确认高危"),
        Decision::Referred { .. } => ("refer", "转诊"),
        Decision::FollowUp { .. } => ("follow-up", "约随访"),
        Decision::Retest { .. } => ("re-measure", "请复测"),
        Decision::Dismissed { .. } => ("not-high-risk", "排除"),
    }
}

fn reason_of(scene: &Scene, reason: &DismissReason) -> Value {
    match reason {
        DismissReason::MeasurementError => scene.terms.concept("dismiss-reason", "measurement-error", "测量有误"),
        DismissReason::WrongPerson => scene.terms.concept("dismiss-reason", "wrong-person", "不是本人"),
        DismissReason::AlreadyManaged => scene.terms.concept("dismiss-reason", "already-managed", "已在管理"),
        DismissReason::Other(words) => json!({ "text": words }),
    }
}

/// A finding that stands opens the registration, one set aside ends it; an appointment leaves it as it is.
fn registration(scene: &Scene, case: &Case, decision: &Decision, by: StaffId, moment: &Moment) -> Option<Draft> {
    let status = match decision {
        Decision::Confirmed { .. } | Decision::Referred { .. } => "active",
        Decision::Dismissed { reason: DismissReason::MeasurementError | DismissReason::WrongPerson } => {
            "entered-in-error"
        }
        Decision::Dismissed { .. } => "finished",
        Decision::FollowUp { .. } | Decision::Retest { .. } => return None,
    };
    let mut draft = episode(scene, case.registration?, status).shared();
    if status == "active" {
        draft.set("careManager", refer("Practitioner", by));
    } else {
        draft.set_in("period", "end", json!(at(moment)));
    }
    Some(draft)
}

fn flag_off(scene: &Scene, case: &Case, decision: &Decision, moment: &Moment) -> Option<Draft> {
    matches!(decision, Decision::Dismissed { .. }).then(|| flag_draft(scene, case, "inactive", Some(moment)).shared())
}

fn referral(scene: &Scene, case: &Case, decision: &Decision, by: StaffId, moment: &Moment) -> Option<Draft> {
    let Decision::Referred { referral, to, urgent, outcome_due } = decision else { return None };
    let service = scene.terms.concept("service", "referral-up", "双向转诊-上转");
    let mut body = json!({
        "identifier": [scene.terms.identifier("referral", referral)],
        "status": "active",
        "intent": "order",
        "priority": if *urgent { "urgent" } else { "routine" },
        "category": [scene.terms.concept("service", "referral-up", "上转")],
        "code": service,
        "subject": scene.patient(),
        "encounter": refer("Encounter", case.visit),
        "occurrencePeriod": { "start": at(moment), "end": outcome_due.to_string() },
        "authoredOn": at(moment),
        "requester": refer("Practitioner", by),
        "performer": [{ "display": to }],
        "supportingInfo": [refer("RiskAssessment", case.evaluation)],
    });
    let reasons: Vec<Value> = case.basis.iter().map(|id| refer("Observation", id)).collect();
    if !reasons.is_empty() {
        body["reasonReference"] = json!(reasons);
    }
    Some(Draft::new("ServiceRequest", referral.0, body))
}

/// What is asked for next, with a new due day; the request's id is that of the Fact that asks.
fn next(decision: &Decision) -> Option<((&'static str, &'static str), NaiveDate)> {
    match decision {
        Decision::Retest { due } => Some((("re-measure", "复测"), *due)),
        Decision::FollowUp { due } | Decision::Confirmed { follow_up: Some(due), .. } => {
            Some((("follow-up", "随访"), *due))
        }
        _ => None,
    }
}

fn follow_up(
    scene: &Scene,
    case: &Case,
    id: Uuid,
    code: (&'static str, &'static str),
    due: NaiveDate,
    moment: &Moment,
) -> Draft {
    let mut request = case.request(scene);
    request.id = id;
    request.code = code;
    request.authored = *moment;
    request.modified = *moment;
    request.due = due;
    request.more = vec![("partOf", json!([refer("Task", case.task)]))];
    request.draft(scene)
}
