//! `health-hut assess`: one case a line on standard input, one result a line on standard output, in the same order.
//!
//! Unknown keys and words, and values of the wrong kind, yield a line with `error`; the other lines are still answered.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use chrono::{Local, NaiveDate};
use rust_decimal::Decimal;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::assess::{self, Case, History, LipidValues, RuleBook, Smoking};
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use crate::model::past::PastPressure;
use crate::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::{Assessment, Sex};
use crate::seeds;

/// Answers every line of `input` by the embedded tables. Blank lines are passed over.
pub fn run(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let rules = seeds::rule_book().map_err(io::Error::other)?;
    let today = Local::now().date_naive();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            serde_json::to_writer(&mut output, &answer(&rules, &line, today))?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
        line.clear();
    }
    Ok(())
}

/// What one line yields.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// A result.
    Result {
        /// Echoed.
        id: String,
        /// Every key of the format.
        #[serde(flatten)]
        result: Box<Assessment>,
    },
    /// What is wrong with the line.
    Refused {
        /// Echoed, if it could be read.
        id: Option<String>,
        /// In words; names the key or word.
        error: String,
    },
}

/// Answers one line; `today` is the day of a case that names none.
pub fn answer(rules: &RuleBook, line: &[u8], today: NaiveDate) -> Answer {
    let read = serde_json::from_slice::<Input>(line).map_err(|fault| fault.to_string());
    let case = read.and_then(|input| Ok((input.id.clone(), input.into_case(rules, today)?)));
    match case {
        Ok((id, case)) => Answer::Result { id, result: Box::new(assess::assess(rules, &case)) },
        Err(error) => Answer::Refused { id: id_of(line), error },
    }
}

fn id_of(line: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    value.get("id")?.as_str().map(str::to_owned)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    id: String,
    age: u16,
    sex: Option<Sex>,
    date: Option<Day>,
    bp: Option<Vec<Reading>>,
    bp_days: Option<Vec<DayMean>>,
    glucose: Option<GlucoseInput>,
    height_cm: Option<Number>,
    weight_kg: Option<Number>,
    bmi: Option<Number>,
    waist_cm: Option<Number>,
    lipids: Option<Lipids>,
    spo2: Option<u16>,
    fev1_fvc: Option<Number>,
    temperature_c: Option<Number>,
    pulse: Option<u16>,
    smoking: Option<SmokingWord>,
    history: Option<Told>,
    symptoms: Option<BTreeSet<String>>,
    want: Option<Want>,
    profile: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    sbp: u16,
    dbp: u16,
    pulse: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayMean {
    date: Day,
    sbp: u16,
    dbp: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GlucoseInput {
    value: Level,
    kind: GlucoseKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lipids {
    tc: Option<Number>,
    tg: Option<Number>,
    ldl: Option<Number>,
    hdl: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    hypertension: Option<bool>,
    diabetes: Option<bool>,
    dyslipidaemia: Option<bool>,
    on_antihypertensives: Option<bool>,
    family_diabetes: Option<bool>,
    pregnant: Option<bool>,
    breastfeeding: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SmokingWord {
    Never,
    Former,
    Current,
}

#[derive(Deserialize)]
enum Want {
    #[serde(rename = "cdrs")]
    Cdrs,
}

impl Input {
    /// The typed case; the fault names the key and the word.
    fn into_case(self, rules: &RuleBook, today: NaiveDate) -> Result<Case, String> {
        let days = self.bp_days.unwrap_or_default();
        let readings = self.bp.unwrap_or_default();
        let given = self.date.map(|day| day.0);
        if let (Some(date), Some(late)) =
            (given, days.iter().map(|day| day.date.0).max().filter(|late| Some(*late) > given))
        {
            return Err(format!("`bp_days`: {late} lies after `date` {date}"));
        }
        let latest = days.iter().map(|day| day.date.0).max().filter(|_| readings.is_empty());
        let mut case = Case::new(given.or(latest).unwrap_or(today), self.age);
        if let Some(name) = &self.profile {
            let profile = rules.profile(name).ok_or_else(|| format!("`profile`: there is no profile `{name}`"))?;
            case.profile = Some(profile);
        }
        case.symptoms = self.symptoms.unwrap_or_default();
        let known = rules.on(case.date, case.profile.as_ref()).symptom_words();
        if let Some(word) = case.symptoms.iter().find(|word| !known.contains(word.as_str())) {
            return Err(format!("`symptoms`: unknown word `{word}`"));
        }
        if self.height_cm.as_ref().is_some_and(|height| height.0.is_zero()) {
            return Err("`height_cm`: must be more than 0".to_owned());
        }
        case.bp = readings.into_iter().map(Reading::into_pressure).collect();
        case.bp_days = days.into_iter().map(DayMean::into_past).collect();
        case.glucose = self.glucose.map(|glucose| assess::Glucose { level: glucose.value.0, kind: glucose.kind });
        case.sex = self.sex;
        case.height = self.height_cm.map(|number| Centimetres(number.0));
        case.weight = self.weight_kg.map(|number| Kilograms(number.0));
        case.bmi = self.bmi.map(|number| number.0);
        case.waist = self.waist_cm.map(|number| Centimetres(number.0));
        case.lipids = self.lipids.map(Lipids::into_values);
        case.spo2 = self.spo2;
        case.fev1_fvc = self.fev1_fvc.map(|number| number.0);
        case.temperature = self.temperature_c.map(|number| number.0);
        case.pulse = self.pulse.map(BeatsPerMinute);
        case.smoking = self.smoking.map(SmokingWord::into_smoking);
        case.history = self.history.map(Told::into_history).unwrap_or_default();
        case.want_cdrs = matches!(self.want, Some(Want::Cdrs));
        Ok(case)
    }
}

impl Reading {
    fn into_pressure(self) -> Pressure {
        Pressure { systolic: MmHg(self.sbp), diastolic: MmHg(self.dbp), pulse: self.pulse.map(BeatsPerMinute) }
    }
}

impl DayMean {
    fn into_past(self) -> PastPressure {
        PastPressure { date: self.date.0, systolic: self.sbp, diastolic: self.dbp, trusted: true }
    }
}

impl Lipids {
    fn into_values(self) -> LipidValues {
        let value = |number: Option<Number>| number.map(|number| MmolPerLitre(number.0));
        LipidValues { tc: value(self.tc), tg: value(self.tg), ldl: value(self.ldl), hdl: value(self.hdl) }
    }
}

impl Told {
    fn into_history(self) -> History {
        let yes = |flag: Option<bool>| flag == Some(true);
        History {
            hypertension: yes(self.hypertension),
            diabetes: yes(self.diabetes),
            dyslipidaemia: yes(self.dyslipidaemia),
            on_antihypertensives: yes(self.on_antihypertensives),
            family_diabetes: self.family_diabetes,
            pregnant: yes(self.pregnant),
            breastfeeding: yes(self.breastfeeding),
        }
    }
}

impl SmokingWord {
    fn into_smoking(self) -> Smoking {
        match self {
            Self::Never => Smoking::Never,
            Self::Former => Smoking::Former,
            Self::Current => Smoking::Current,
        }
    }
}

/// A decimal, given as text: digits, perhaps a point and further digits; no sign, no exponent, nine places at most on
/// either side, so that no arithmetic on it can overflow.
struct Number(Decimal);

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole) && digits(part)).then(|| text.parse().ok().map(Self))?
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(Number::parse, "a decimal as text (\"6.1\")"))
    }
}

/// A glucose value: a decimal as text, or one of the two words.
struct Level(GlucoseLevel);

impl Level {
    fn parse(text: &str) -> Option<Self> {
        Some(Self(match text {
            "HI" => GlucoseLevel::High,
            "LO" => GlucoseLevel::Low,
            number => GlucoseLevel::Value(MmolPerLitre(Number::parse(number)?.0)),
        }))
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(Level::parse, "a decimal as text (\"6.1\"), \"HI\" or \"LO\""))
    }
}

/// A day, `YYYY-MM-DD`.
struct Day(NaiveDate);

impl Day {
    fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self))?
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(Day::parse, "a day as YYYY-MM-DD"))
    }
}

/// Reads a text by a function, or says what was expected.
struct Text<T>(fn(&str) -> Option<T>, &'static str);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
