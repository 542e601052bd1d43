//! Values as `Observation`s (fhir-mapping.md 4): one for each reading, its pulse, the mean, the body mass index, what was
//! answered.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fhir::{Draft, Scene};
use super::terms::{at, coding, concept, element, loinc, number, quantity, refer, time, trust};
use crate::model::fact::{Derived, SymptomAnswer};
use crate::model::measurement::{Analyte, GlucoseKind, GlucoseLevel, Pressure, RawValue};
use crate::model::resident::{Answer, Question};
use crate::model::units::MmolPerLitre;
use crate::model::{Answers, Measurement, Moment, Quality, Source, Value as Measured, VisitId};

const NOT_THERE: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";

/// A reading; with a pulse, two resources (the pulse has its own).
pub(super) fn measured(scene: &Scene, seq: u64, measurement: &Measurement) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut body = frame(scene, seq, measurement, what(measurement.value));
    match measurement.value {
        Measured::Pressure { pressure, pulse_id } => {
            body["component"] = components(pressure);
            body["bodySite"] = upper_arm();
            if let (Some(pulse), Some(id)) = (pressure.pulse, pulse_id) {
                let mut beside = frame(scene, seq, measurement, PULSE);
                beside["valueQuantity"] = quantity(json!(pulse.0), "次/min", "/min");
                drafts.push(observation(scene, id.0, beside, method(scene, measurement)));
            }
        }
        Measured::Height(height) | Measured::Waist(height) => {
            body["valueQuantity"] = quantity(number(height.0), "cm", "cm");
        }
        Measured::Weight(weight) => body["valueQuantity"] = quantity(number(weight.0), "kg", "kg"),
        Measured::Glucose { level, .. } => glucose_value(&mut body, level),
        Measured::Spo2(saturation) => body["valueQuantity"] = quantity(json!(saturation.0), "%", "%"),
        Measured::Temperature(celsius) => body["valueQuantity"] = quantity(number(celsius.0), "℃", "Cel"),
        Measured::Lipid { level, .. } => body["valueQuantity"] = quantity(number(level.0), "mmol/L", "mmol/L"),
        Measured::Airflow(ratio) => body["valueQuantity"] = quantity(number(ratio * Decimal::ONE_HUNDRED), "%", "%"),
        Measured::OccultBlood(positive) => {
            let (code, text) = if positive { ("positive", "阳性") } else { ("negative", "阴性") };
            body["valueCodeableConcept"] = scene.terms.concept("result", code, text);
        }
    }
    drafts.insert(0, observation(scene, measurement.id.0, body, method(scene, measurement)));
    drafts
}

/// The mean of a session, never instead of its readings.
pub(super) fn mean(scene: &Scene, seq: u64, visit: VisitId, moment: &Moment, mean: &Derived<[u16; 2]>) -> Draft {
    let mut body = computed(scene, seq, visit, moment, PRESSURE);
    let [systolic, diastolic] = mean.value;
    body["component"] = json!([systolic_component(systolic), diastolic_component(diastolic)]);
    body["derivedFrom"] = derived_from(mean);
    let method = scene.terms.concept("method", "averaging", "多次测量的平均值");
    observation(scene, mean.id.0, body, Some(method))
}

/// The body mass index.
pub(super) fn bmi(scene: &Scene, seq: u64, visit: VisitId, moment: &Moment, bmi: &Derived<Decimal>) -> Draft {
    let mut body = computed(scene, seq, visit, moment, BMI);
    body["valueQuantity"] = quantity(number(bmi.value), "kg/m2", "kg/m2");
    body["derivedFrom"] = derived_from(bmi);
    observation(scene, bmi.id.0, body, None)
}

/// What was said on the urgent page; no answer in time is not the same as "none of these".
pub(super) fn symptoms(
    scene: &Scene,
    seq: u64,
    id: Uuid,
    visit: VisitId,
    moment: &Moment,
    answer: &SymptomAnswer,
) -> Draft {
    let code = json!({
        "coding": [scene.terms.coding("observation", "symptoms", "症状"), element("DE04.01.116.00", "症状代码")],
        "text": "症状",
    });
    let mut body = asked(scene, seq, visit, moment, code);
    match answer {
        SymptomAnswer::Told(words) if words.is_empty() => {
            body["valueCodeableConcept"] = scene.terms.concept("symptom", "none", "都没有");
        }
        SymptomAnswer::Told(words) => {
            body["valueCodeableConcept"] = json!({ "coding": words.iter().map(|word| scene.terms.bare("symptom", word)["coding"][0].clone()).collect::<Vec<_>>() });
        }
        SymptomAnswer::NotAnswered => {
            body["dataAbsentReason"] = concept(NOT_THERE, "asked-unknown", "Asked But Unknown")
        }
    }
    observation(scene, id, body, None)
}

/// What was answered to the questions of the rules.
pub(super) fn answers(scene: &Scene, seq: u64, id: Uuid, visit: VisitId, moment: &Moment, answers: &Answers) -> Draft {
    let code = scene.terms.concept("observation", "self-report", "本人自述");
    let mut body = asked(scene, seq, visit, moment, code);
    let components: Vec<Value> =
        answers.0.iter().map(|(question, answer)| answered(scene, *question, *answer)).collect();
    body["component"] = json!(components);
    observation(scene, id, body, None)
}

fn answered(scene: &Scene, question: Question, answer: Answer) -> Value {
    let word = |value: Value| value.as_str().unwrap_or_default().replace('_', "-");
    let mut code = scene.terms.bare("question", &word(json!(question)));
    if let Some(known) = question_element(question) {
        code["coding"].as_array_mut().into_iter().for_each(|codings| codings.push(known.clone()));
    }
    json!({ "code": code, "valueCodeableConcept": scene.terms.bare("answer", &word(json!(answer))) })
}

fn question_element(question: Question) -> Option<Value> {
    match question {
        Question::Smoking => Some(element("DE03.00.073.00", "吸烟状况代码")),
        Question::Cigarettes => Some(element("DE03.00.053.00", "日吸烟量(支)")),
        Question::Alcohol => Some(element("DE03.00.076.00", "饮酒频率代码")),
        _ => None,
    }
}

/// What is measured: LOINC, display, a second LOINC for the same, data element, label, category.
#[derive(Clone, Copy)]
struct What {
    loinc: (&'static str, &'static str),
    also: Option<(&'static str, &'static str)>,
    element: Option<(&'static str, &'static str)>,
    text: &'static str,
    category: (&'static str, &'static str),
}

const VITAL: (&str, &str) = ("vital-signs", "Vital Signs");
const LABORATORY: (&str, &str) = ("laboratory", "Laboratory");
const EXAM: (&str, &str) = ("exam", "Exam");

impl What {
    const fn vital(
        loinc: (&'static str, &'static str),
        element: Option<(&'static str, &'static str)>,
        text: &'static str,
    ) -> Self {
        Self { loinc, also: None, element, text, category: VITAL }
    }

    const fn laboratory(
        loinc: (&'static str, &'static str),
        element: Option<(&'static str, &'static str)>,
        text: &'static str,
    ) -> Self {
        Self { category: LABORATORY, ..Self::vital(loinc, element, text) }
    }

    fn code(&self) -> Value {
        let mut codings = vec![loinc(self.loinc.0, self.loinc.1)];
        codings.extend(self.also.map(|(code, display)| loinc(code, display)));
        codings.extend(self.element.map(|(code, display)| element(code, display)));
        json!({ "coding": codings, "text": self.text })
    }
}

const PRESSURE: What = What::vital(("85354-9", "Blood pressure panel with all children optional"), None, "血压");
const PULSE: What = What::vital(("8867-4", "Heart rate"), Some(("DE04.10.118.00", "脉搏")), "脉搏");
const HEIGHT: What = What::vital(("8302-2", "Body height"), Some(("DE04.10.167.00", "身高")), "身高");
const WEIGHT: What = What::vital(("29463-7", "Body weight"), Some(("DE04.10.188.00", "体重")), "体重");
const WAIST: What = What::vital(("8280-0", "Waist circumference"), Some(("DE04.10.218.00", "腰围")), "腰围");
const BMI: What =
    What::vital(("39156-5", "Body mass index (BMI) [Ratio]"), Some(("DE05.10.075.00", "体质指数")), "体质指数");

const SPO2: What = What {
    also: Some(("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry")),
    ..What::vital(
        ("2708-6", "Oxygen saturation in Arterial blood"),
        Some(("DE04.50.149.00", "血氧饱和度")),
        "血氧饱和度",
    )
};
const TEMPERATURE: What = What::vital(("8310-5", "Body temperature"), Some(("DE04.10.186.00", "体温")), "体温");
// Of the two readings of this code in public sources the one of the ratio; the unit says it too.
const AIRFLOW: What = What { category: EXAM, ..What::vital(("19926-5", "FEV1/FVC"), None, "一秒率(FEV1/FVC)") };

fn what(value: Measured) -> What {
    match value {
        Measured::Pressure { .. } => PRESSURE,
        Measured::Height(_) => HEIGHT,
        Measured::Weight(_) => WEIGHT,
        Measured::Waist(_) => WAIST,
        Measured::Glucose { kind, .. } => glucose(kind),
        Measured::Spo2(_) => SPO2,
        Measured::Temperature(_) => TEMPERATURE,
        Measured::Lipid { analyte, .. } => lipid(analyte),
        Measured::Airflow(_) => AIRFLOW,
        Measured::OccultBlood(_) => OCCULT_BLOOD,
    }
}

const OCCULT_BLOOD: What =
    What::laboratory(("2335-8", "Hemoglobin.gastrointestinal [Presence] in Stool"), None, "便隐血");

/// Amounts of substance, as for glucose.
fn lipid(analyte: Analyte) -> What {
    let (loinc, element, text) = match analyte {
        Analyte::TotalCholesterol => {
            (("14647-2", "Cholesterol [Moles/volume] in Serum or Plasma"), ("DE04.50.125.00", "总胆固醇"), "总胆固醇")
        }
        Analyte::Triglycerides => {
            (("14927-8", "Triglyceride [Moles/volume] in Serum or Plasma"), ("DE04.50.025.00", "甘油三酯"), "甘油三酯")
        }
        Analyte::Ldl => (
            ("69419-0", "Cholesterol in LDL [Moles/volume] in Serum or Plasma by Direct assay"),
            ("DE04.50.097.00", "低密度脂蛋白胆固醇"),
            "低密度脂蛋白胆固醇",
        ),
        Analyte::Hdl => (
            ("14646-4", "Cholesterol in HDL [Moles/volume] in Serum or Plasma"),
            ("DE04.50.098.00", "高密度脂蛋白胆固醇"),
            "高密度脂蛋白胆固醇",
        ),
    };
    What::laboratory(loinc, Some(element), text)
}

/// The glucose trap: the unit chooses the code. Values are mmol/L here, so only codes of amount of substance occur.
/// The data element of fasting glucose is disputed between public sources and left out.
fn glucose(kind: GlucoseKind) -> What {
    let (loinc, element, text) = match kind {
        GlucoseKind::Fasting => {
            (("14770-2", "Fasting glucose [Moles/volume] in Capillary blood by Glucometer"), None, "空腹血糖(指尖血)")
        }
        GlucoseKind::Ogtt2h => (
            ("14995-5", "Glucose [Moles/volume] in Serum or Plasma --2 hours post 75 g glucose PO"),
            None,
            "口服75克葡萄糖后2小时血糖",
        ),
        GlucoseKind::Postprandial2h => (
            ("14760-3", "Glucose [Moles/volume] in Capillary blood --2 hours post meal"),
            Some(("DE04.50.019.00", "餐后2小时血糖值")),
            "餐后2小时血糖(指尖血)",
        ),
        GlucoseKind::Random => {
            (("14743-9", "Glucose [Moles/volume] in Capillary blood by Glucometer"), None, "随机血糖(指尖血)")
        }
    };
    What::laboratory(loinc, element, text)
}

fn glucose_value(body: &mut Value, level: GlucoseLevel) {
    let word = |body: &mut Value, (reason, display), (code, off_scale)| {
        body["dataAbsentReason"] = concept(NOT_THERE, reason, display);
        body["interpretation"] = json!([concept(INTERPRETATION, code, off_scale)]);
    };
    match level {
        GlucoseLevel::Value(MmolPerLitre(value)) => body["valueQuantity"] = quantity(number(value), "mmol/L", "mmol/L"),
        GlucoseLevel::High => {
            word(body, ("positive-infinity", "Positive Infinity (PINF)"), (">", "Off scale high"));
        }
        GlucoseLevel::Low => {
            word(body, ("negative-infinity", "Negative Infinity (NINF)"), ("<", "Off scale low"));
        }
    }
}

fn components(pressure: Pressure) -> Value {
    json!([systolic_component(pressure.systolic.0), diastolic_component(pressure.diastolic.0)])
}

fn systolic_component(mmhg: u16) -> Value {
    component(loinc("8480-6", "Systolic blood pressure"), element("DE04.10.174.00", "收缩压"), mmhg)
}

fn diastolic_component(mmhg: u16) -> Value {
    component(loinc("8462-4", "Diastolic blood pressure"), element("DE04.10.176.00", "舒张压"), mmhg)
}

fn component(code: Value, element: Value, mmhg: u16) -> Value {
    json!({ "code": { "coding": [code, element] }, "valueQuantity": quantity(json!(mmhg), "mmHg", "mm[Hg]") })
}

/// The monitors do not tell which arm it was.
fn upper_arm() -> Value {
    json!({ "coding": [coding("http://snomed.info/sct", "40983000", "Upper arm structure")], "text": "上臂" })
}

fn method(scene: &Scene, measurement: &Measurement) -> Option<Value> {
    let mut method = match (&measurement.source, measurement.value) {
        (Source::Device { .. }, Measured::Pressure { .. }) => {
            Some(scene.terms.concept("method", "oscillometric-auto", "自动示波法"))
        }
        (Source::Device { .. }, _) => None,
        (Source::Typed, _) => Some(scene.terms.concept("method", "manual-entry", "人工录入")),
        (Source::Manual { kit, .. }, _) => {
            let mut method = scene.terms.concept("method", "manual-entry", "人工录入");
            method["text"] = json!(format!("人工录入：{kit}"));
            Some(method)
        }
        (Source::Kept, _) => Some(scene.terms.concept("method", "kept-confirmed", "沿用上次测量值，本人确认")),
    };
    if let (Some(method), Measured::Waist(_)) = (&mut method, measurement.value) {
        let site = scene.terms.coding("method", "waist-midpoint", "肋下缘与髂嵴连线中点");
        method["coding"].as_array_mut().into_iter().for_each(|codings| codings.push(site.clone()));
    }
    method
}

/// The elements that every reading carries, before its value.
fn frame(scene: &Scene, seq: u64, measurement: &Measurement, what: What) -> Value {
    let mut body = start(scene, capture(scene, seq, measurement), measurement.visit, &measurement.at, what);
    if let Source::Device { role, .. } = &measurement.source
        && let Some(device) = scene.site.instruments.iter().find(|instrument| instrument.role == *role)
    {
        body["device"] = refer("Device", device.id);
    }
    if let Source::Manual { on, .. } = &measurement.source {
        body["effectiveDateTime"] = json!(on);
    }
    body
}

fn computed(scene: &Scene, seq: u64, visit: VisitId, moment: &Moment, what: What) -> Value {
    start(scene, own_clock(scene, seq, moment), visit, moment, what)
}

fn asked(scene: &Scene, seq: u64, visit: VisitId, moment: &Moment, code: Value) -> Value {
    let mut body = start(scene, own_clock(scene, seq, moment), visit, moment, PULSE);
    body["category"] = category("survey", "Survey");
    body["code"] = code;
    body
}

fn start(scene: &Scene, capture: Value, visit: VisitId, moment: &Moment, what: What) -> Value {
    json!({
        "extension": [capture],
        "status": "final",
        "category": category(what.category.0, what.category.1),
        "code": what.code(),
        "subject": scene.patient(),
        "encounter": refer("Encounter", visit),
        "effectiveDateTime": at(moment),
        "issued": at(moment),
        "performer": [refer("Organization", scene.site.organisation)],
    })
}

fn category(code: &str, display: &str) -> Value {
    json!([concept("http://terminology.hl7.org/CodeSystem/observation-category", code, display)])
}

fn observation(scene: &Scene, id: Uuid, mut body: Value, method: Option<Value>) -> Draft {
    body["identifier"] = json!([scene.terms.identifier("observation", id)]);
    if let Some(method) = method {
        body["method"] = method;
    }
    Draft::new("Observation", id, body)
}

fn derived_from<T>(derived: &Derived<T>) -> Value {
    json!(derived.of.iter().map(|id| refer("Observation", id)).collect::<Vec<_>>())
}

/// How the value came in: order on this client, what the device's own clock said, how far ours is trusted.
fn capture(scene: &Scene, seq: u64, measurement: &Measurement) -> Value {
    let moment = &measurement.at;
    let (device_time, raw) = match &measurement.source {
        Source::Device { device_time, raw, .. } => (device_time, raw),
        Source::Manual { raw, .. } => (&None, raw),
        Source::Typed | Source::Kept => return with_quality(own_clock(scene, seq, moment), &measurement.quality),
    };
    let local = moment.wall.naive_local();
    let said = device_time.unwrap_or(local);
    let said_text =
        said.and_local_timezone(*moment.wall.offset()).single().map_or_else(|| at(moment), |wall| time(&wall));
    let offset = if device_time.is_some() { (local - said).num_seconds() } else { 0 };
    let mut parts = clock(seq, &said_text, offset, moment);
    parts.extend(raw.iter().map(raw_value));
    with_quality(extension(scene, parts), &measurement.quality)
}

fn own_clock(scene: &Scene, seq: u64, moment: &Moment) -> Value {
    extension(scene, clock(seq, &at(moment), 0, moment))
}

fn extension(scene: &Scene, parts: Vec<Value>) -> Value {
    json!({ "url": scene.terms.extension("capture"), "extension": parts })
}

fn clock(seq: u64, said: &str, offset: i64, moment: &Moment) -> Vec<Value> {
    vec![
        json!({ "url": "sequence", "valuePositiveInt": seq }),
        json!({ "url": "rawDeviceTime", "valueDateTime": said }),
        json!({ "url": "clockOffsetSeconds", "valueDecimal": offset }),
        json!({ "url": "clockTrust", "valueCode": trust(moment.trust) }),
    ]
}

fn raw_value(raw: &RawValue) -> Value {
    json!({ "url": "rawValue", "valueQuantity": { "value": number(raw.value), "unit": raw.unit } })
}

fn with_quality(mut extension: Value, quality: &[Quality]) -> Value {
    if let Some(parts) = extension["extension"].as_array_mut() {
        parts.extend(quality.iter().map(|mark| {
            let word = json!(mark).as_str().unwrap_or_default().replace('_', "-");
            json!({ "url": "quality", "valueCode": word })
        }));
    }
    extension
}
