//! What the rules said (`examples/02`): assessment, urgent issue, flag, review request, registration, guidance.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::fhir::{Draft, Scene};
use super::terms::{at, concept, refer};
use crate::model::fact::StoredFact;
use crate::model::finding::{Assessment, ChosenGuidance, Reason, Register};
use crate::model::{
    EvaluationId, Fact, FlagId, GuidanceId, MeasurementId, Moment, Note, RowId, TaskId, Urgency, VisitId,
};

/// The assessment, and the issue from urgent on.
pub(super) fn evaluated(scene: &Scene, stored: &StoredFact) -> Vec<Draft> {
    let Fact::RiskEvaluated { evaluation, visit, basis, assessment, issue } = &stored.new.fact else {
        return Vec::new();
    };
    let basis: Vec<Value> = basis.iter().map(|id| refer("Observation", id)).collect();
    let mut drafts = vec![risk(scene, &stored.new.at, *evaluation, *visit, &basis, assessment)];
    drafts.extend(issue.map(|issue| {
        let body = issue_body(scene, &stored.new.at, &basis, assessment);
        Draft::new("DetectedIssue", issue.0, with(body, "identifier", json!([scene.terms.identifier("issue", issue)])))
    }));
    drafts
}

/// The flag and the request to review it.
pub(super) fn flagged(scene: &Scene, stored: &StoredFact) -> Result<Vec<Draft>, Note> {
    let Fact::RiskFlagged { flag, .. } = &stored.new.fact else { return Ok(Vec::new()) };
    let case = Case::of(scene, *flag)?;
    Ok(vec![flag_draft(scene, &case, "active", None), case.request(scene).draft(scene)])
}

/// The request, now more or less urgent.
pub(super) fn raised(scene: &Scene, moment: &Moment, flag: FlagId) -> Result<Draft, Note> {
    let case = Case::of(scene, flag)?;
    let mut request = case.request(scene);
    request.modified = *moment;
    Ok(request.draft(scene).shared())
}

/// The entry in the register.
pub(super) fn registered(scene: &Scene, stored: &StoredFact) -> Vec<Draft> {
    match &stored.new.fact {
        Fact::HighRiskRegistered { .. } => vec![episode(scene, &stored.new.fact, "planned")],
        _ => Vec::new(),
    }
}

/// The registration in a state. `fact` is a `HighRiskRegistered`.
pub(super) fn episode(scene: &Scene, fact: &Fact, status: &str) -> Draft {
    let Fact::HighRiskRegistered { registration, criteria, from, .. } = fact else {
        unreachable!("callers match on the Fact")
    };
    let criteria: Vec<Value> = criteria.iter().map(|row| criterion(scene, row)).collect();
    let mut body = json!({
        "identifier": [scene.terms.identifier("high-risk-registration", registration)],
        "status": status,
        "type": [scene.terms.concept("programme", "high-risk-registry", "高危人群登记管理")],
        "patient": scene.patient(),
        "managingOrganization": refer("Organization", scene.site.organisation),
        "period": { "start": from.to_string() },
    });
    if !criteria.is_empty() {
        body["extension"] = json!(criteria);
    }
    Draft::new("EpisodeOfCare", registration.0, body)
}

fn criterion(scene: &Scene, row: &RowId) -> Value {
    let coding = scene.terms.bare("rule-row", row.as_str())["coding"][0].clone();
    json!({ "url": scene.terms.extension("criterion"), "valueCoding": coding })
}

/// Advice as it was shown: which text in which version, so that the wording can be audited.
pub(super) fn guidance(
    scene: &Scene,
    moment: &Moment,
    guidance: GuidanceId,
    visit: VisitId,
    items: &[ChosenGuidance],
) -> Draft {
    let payload: Vec<Value> =
        items.iter().map(|item| json!({ "contentString": format!("{}@{}", item.id, item.version) })).collect();
    let evaluation = scene.facts().rev().find_map(|stored| match &stored.new.fact {
        Fact::RiskEvaluated { evaluation, visit: over, .. } if *over == visit => Some(*evaluation),
        _ => None,
    });
    let mut body = json!({
        "identifier": [scene.terms.identifier("guidance", guidance)],
        "status": "completed",
        "medium": [scene.terms.concept("medium", "screen", "屏幕")],
        "subject": scene.patient(),
        "encounter": refer("Encounter", visit),
        "sent": at(moment),
        "recipient": [scene.patient()],
        "sender": refer("Device", scene.site.terminal),
    });
    if !payload.is_empty() {
        body["payload"] = json!(payload);
    }
    if let Some(evaluation) = evaluation {
        body["about"] = json!([refer("RiskAssessment", evaluation)]);
    }
    Draft::new("Communication", guidance.0, body)
}

/// A flag with what led to it, gathered from the Facts of its visit.
pub(super) struct Case<'a> {
    pub flag: FlagId,
    pub task: TaskId,
    pub visit: VisitId,
    pub evaluation: EvaluationId,
    pub raised_at: Moment,
    pub level: Urgency,
    pub due: NaiveDate,
    /// `HighRiskRegistered`, if this flag led to one.
    pub registration: Option<&'a Fact>,
    register: Register,
    pub basis: &'a [MeasurementId],
}

impl<'a> Case<'a> {
    pub fn of(scene: &Scene<'a>, wanted: FlagId) -> Result<Self, Note> {
        let mut case = scene.facts().find_map(|stored| opened(stored, wanted));
        for stored in scene.facts() {
            if let Some(case) = &mut case {
                case.learn(&stored.new.fact);
            }
        }
        case.ok_or(Note::Incomplete { what: "RiskFlagged".to_owned() })
    }

    fn learn(&mut self, fact: &'a Fact) {
        match fact {
            Fact::FlagRaised { flag, level, .. } if *flag == self.flag => self.level = *level,
            Fact::HighRiskRegistered { flag, .. } if *flag == self.flag => self.registration = Some(fact),
            Fact::RiskEvaluated { evaluation, assessment, basis, .. } if *evaluation == self.evaluation => {
                self.register = assessment.register;
                self.basis = basis;
            }
            _ => {}
        }
    }

    /// The request as it was first made, at the level of now.
    pub fn request(&self, scene: &Scene) -> Request {
        Request {
            id: self.task.0,
            code: ("review-high-risk", "复核高危检测结果"),
            status: "requested",
            priority: priority(self.level),
            focus: self.evaluation,
            encounter: self.visit,
            authored: self.raised_at,
            modified: self.raised_at,
            owner: owner(scene),
            due: self.due,
            input: self.input(scene),
            more: Vec::new(),
        }
    }

    fn input(&self, scene: &Scene) -> Vec<Value> {
        let registration = match self.registration {
            Some(Fact::HighRiskRegistered { registration, .. }) => Some(refer("EpisodeOfCare", registration)),
            _ => None,
        };
        let entry = |code, display, reference: Value| json!({ "type": scene.terms.concept("task-input", code, display), "valueReference": reference });
        let mut input: Vec<Value> = registration.into_iter().map(|it| entry("registration", "登记", it)).collect();
        input.push(entry("flag", "标记", refer("Flag", self.flag)));
        input
    }
}

fn opened<'a>(stored: &'a StoredFact, wanted: FlagId) -> Option<Case<'a>> {
    match &stored.new.fact {
        Fact::RiskFlagged { flag, task, evaluation, visit, level, due } if *flag == wanted => Some(Case {
            flag: *flag,
            task: *task,
            visit: *visit,
            evaluation: *evaluation,
            raised_at: stored.new.at,
            level: *level,
            due: *due,
            registration: None,
            register: Register::None,
            basis: &[],
        }),
        _ => None,
    }
}

/// A `Task` before it is written down.
pub(super) struct Request {
    pub id: uuid::Uuid,
    pub code: (&'static str, &'static str),
    pub status: &'static str,
    pub priority: &'static str,
    pub focus: EvaluationId,
    pub encounter: VisitId,
    pub authored: Moment,
    pub modified: Moment,
    pub owner: Value,
    pub due: NaiveDate,
    pub input: Vec<Value>,
    /// What a decision adds.
    pub more: Vec<(&'static str, Value)>,
}

impl Request {
    pub fn draft(self, scene: &Scene) -> Draft {
        let mut body = json!({
            "identifier": [scene.terms.identifier("review-task", self.id)],
            "status": self.status,
            "intent": "order",
            "priority": self.priority,
            "code": scene.terms.concept("task", self.code.0, self.code.1),
            "focus": refer("RiskAssessment", self.focus),
            "for": scene.patient(),
            "encounter": refer("Encounter", self.encounter),
            "authoredOn": at(&self.authored),
            "lastModified": at(&self.modified),
            "requester": refer("Device", scene.site.terminal),
            "owner": self.owner,
            "location": refer("Location", scene.site.location),
            "restriction": { "period": { "end": self.due.to_string() } },
            "input": self.input,
        });
        for (key, value) in self.more {
            body[key] = value;
        }
        Draft::new("Task", self.id, body)
    }
}

/// The flag in a state, `ended` when it was taken off.
pub(super) fn flag_draft(scene: &Scene, case: &Case, status: &str, ended: Option<&Moment>) -> Draft {
    let code = match (case.register, case.registration) {
        (Register::HighRisk, _) | (_, Some(_)) => ("high-risk", "高危人群"),
        _ => ("needs-review", "待医生复核"),
    };
    let mut period = json!({ "start": at(&case.raised_at) });
    if let Some(ended) = ended {
        period["end"] = json!(at(ended));
    }
    Draft::new(
        "Flag",
        case.flag.0,
        json!({
            "identifier": [scene.terms.identifier("flag", case.flag)],
            "status": status,
            "category": [concept(FLAG_CATEGORY, "clinical", "Clinical")],
            "code": scene.terms.concept("risk-category", code.0, code.1),
            "subject": scene.patient(),
            "period": period,
            "encounter": refer("Encounter", case.visit),
            "author": refer("Device", scene.site.terminal),
        }),
    )
}

fn risk(
    scene: &Scene,
    moment: &Moment,
    evaluation: EvaluationId,
    visit: VisitId,
    basis: &[Value],
    assessment: &Assessment,
) -> Draft {
    let mut body = json!({
        "identifier": [scene.terms.identifier("risk", evaluation)],
        "status": "final",
        "method": scene.terms.bare("ruleset", &assessment.edition),
        "code": scene.terms.concept("assessment", "cvd-screen", "心脑血管高危筛查"),
        "subject": scene.patient(),
        "encounter": refer("Encounter", visit),
        "occurrenceDateTime": at(moment),
        "performer": refer("Device", scene.site.terminal),
    });
    if !basis.is_empty() {
        body["basis"] = json!(basis);
    }
    body["prediction"] = predictions(scene, assessment);
    let notes: Vec<Value> = assessment.reasons.iter().map(|reason| json!({ "text": because(reason) })).collect();
    if !notes.is_empty() {
        body["note"] = json!(notes);
    }
    Draft::new("RiskAssessment", evaluation.0, body)
}

fn predictions(scene: &Scene, assessment: &Assessment) -> Value {
    let (code, display) = match assessment.register {
        Register::HighRisk => ("high-risk", "高危人群"),
        Register::PatientFollowUp => ("patient-follow-up", "慢病患者随访"),
        Register::None => ("not-registered", "无需登记"),
    };
    let mut risk = scene.terms.concept("risk-level", level(assessment).0, level(assessment).1);
    let urgency = scene.terms.bare("urgency", json!(assessment.urgency).as_str().unwrap_or_default());
    risk["coding"].as_array_mut().into_iter().for_each(|codings| codings.push(urgency["coding"][0].clone()));
    let mut list =
        vec![json!({ "outcome": scene.terms.concept("risk-category", code, display), "qualitativeRisk": risk })];
    list.extend(assessment.high_risk.iter().map(|row| {
        let mut prediction = json!({ "outcome": scene.terms.bare("rule-row", row.as_str()) });
        if let Some(reason) = assessment.reasons.iter().find(|reason| reason.row == *row) {
            prediction["rationale"] = json!(because(reason));
        }
        prediction
    }));
    json!(list)
}

fn level(assessment: &Assessment) -> (&'static str, &'static str) {
    match (assessment.register, assessment.urgency) {
        (Register::HighRisk, _) | (_, Urgency::Urgent | Urgency::Emergency) => ("high", "高危"),
        (_, Urgency::Soon | Urgency::Routine) => ("raised", "需关注"),
        (_, Urgency::None) => ("usual", "一般"),
    }
}

fn because(reason: &Reason) -> String {
    let Reason { of, row, source, edition, value, bound } = reason;
    format!("{of}: {row}; {value} {bound}; {source}, {edition}")
}

fn issue_body(scene: &Scene, moment: &Moment, basis: &[Value], assessment: &Assessment) -> Value {
    let row = assessment.reasons.iter().find(|reason| reason.of == "urgency").map(|reason| reason.row.as_str());
    let mut body = json!({
        "status": "final",
        "code": scene.terms.bare("alert", row.unwrap_or("urgent")),
        "severity": if assessment.urgency >= Urgency::Urgent { "high" } else { "moderate" },
        "patient": scene.patient(),
        "identifiedDateTime": at(moment),
        "author": refer("Device", scene.site.terminal),
    });
    if !basis.is_empty() {
        body["implicated"] = json!(basis);
    }
    body
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

fn priority(level: Urgency) -> &'static str {
    match level {
        Urgency::Emergency => "stat",
        Urgency::Urgent => "urgent",
        Urgency::Soon => "asap",
        Urgency::Routine | Urgency::None => "routine",
    }
}

/// The doctor of this place when there is exactly one, else the institution.
fn owner(scene: &Scene) -> Value {
    match scene.only_doctor() {
        Some(doctor) => refer("Practitioner", doctor),
        None => refer("Organization", scene.site.organisation),
    }
}

const FLAG_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/flag-category";
