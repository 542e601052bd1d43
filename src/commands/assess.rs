//! `health-hut assess`: one case a line on standard input, one result a line on standard output, in the same order.
//!
//! Unknown keys and words, and values of the wrong kind, yield a line with `error`; the other lines are still answered.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::marker::PhantomData;

use chrono::{Local, NaiveDate};
use rust_decimal::Decimal;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::assess::{self, Case, History, LipidValues, RuleBook, Smoking};
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Pressure};
use crate::model::past::PastPressure;
use crate::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::{Assessment, Sex};

/// Answers every line of `input` by these tables. Blank lines are passed over.
pub fn run(rules: &RuleBook, mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let today = Local::now().date_naive();
    let mut line = Vec::new();
    // Some editors write a mark before the first character; rule files may have one too.
    if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            serde_json::to_writer(&mut output, &answer(rules, &line, today))?;
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
    let read = read(line);
    let case = read.and_then(|input| Ok((input.id.clone(), input.into_case(rules, today)?)));
    match case {
        Ok((id, case)) => Answer::Result { id, result: Box::new(assess::assess(rules, &case)) },
        Err(error) => Answer::Refused { id: id_of(line), error },
    }
}

/// Reads a line; the fault names the key, and says what belongs there.
fn read(line: &[u8]) -> Result<Input, String> {
    let mut json = serde_json::Deserializer::from_slice(line);
    let input = serde_path_to_error::deserialize::<_, Object<Input>>(&mut json).map_err(|fault| {
        let path = fault.path().to_string();
        let says = in_words(fault.inner());
        if path == "." { says } else { format!("`{path}`: {says}") }
    })?;
    json.end().map_err(|fault| in_words(&fault))?;
    Ok(input.0)
}

/// The reader's words without its inner names: a case is one line, and has keys and words, not fields and variants.
fn in_words(fault: &serde_json::Error) -> String {
    let says = fault.to_string().replace(" at line 1 column ", " at character ");
    let plain =
        [("unknown field", "unknown key"), ("missing field", "missing key"), ("duplicate field", "twice the key")];
    let plain = plain.into_iter().chain([
        ("unknown variant", "unknown word"),
        ("invalid type: ", ""),
        ("invalid value: ", ""),
        ("EOF while parsing", "the line ends inside"),
    ]);
    plain.fold(says, |says, (theirs, ours)| says.replace(theirs, ours))
}

/// The `id` of a line that may be damaged behind it.
fn id_of(line: &[u8]) -> Option<String> {
    struct Seek<'a>(&'a mut Option<String>);
    impl<'de> de::Visitor<'de> for Seek<'_> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value::<serde_json::Value>()?;
                if key == "id" {
                    *self.0 = value.as_str().map(str::to_owned);
                }
            }
            Ok(())
        }
    }
    let mut id = None;
    // What follows the id may be anything.
    _ = serde_json::Deserializer::from_slice(line).deserialize_map(Seek(&mut id));
    id
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    id: String,
    age: Whole,
    sex: Option<Sex>,
    date: Option<Day>,
    bp: Option<Vec<Object<Reading>>>,
    bp_days: Option<Vec<Object<DayMean>>>,
    glucose: Option<Object<GlucoseInput>>,
    height_cm: Option<Number>,
    weight_kg: Option<Number>,
    bmi: Option<Number>,
    waist_cm: Option<Number>,
    lipids: Option<Object<Lipids>>,
    spo2: Option<Whole>,
    fev1_fvc: Option<Number>,
    temperature_c: Option<Number>,
    pulse: Option<Whole>,
    smoking: Option<SmokingWord>,
    history: Option<Object<Told>>,
    symptoms: Option<BTreeSet<String>>,
    want: Option<Want>,
    profile: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    sbp: Whole,
    dbp: Whole,
    pulse: Option<Whole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayMean {
    date: Day,
    sbp: Whole,
    dbp: Whole,
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

enum Want {
    Cdrs,
}

impl Want {
    fn parse(text: &str) -> Option<Self> {
        (text == "cdrs").then_some(Self::Cdrs)
    }
}

impl<'de> Deserialize<'de> for Want {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(Want::parse, "the word \"cdrs\""))
    }
}

impl Input {
    /// The typed case; the fault names the key and the word.
    fn into_case(self, rules: &RuleBook, today: NaiveDate) -> Result<Case, String> {
        let days: Vec<DayMean> = self.bp_days.unwrap_or_default().into_iter().map(|day| day.0).collect();
        let readings = self.bp.unwrap_or_default().into_iter().map(|reading| reading.0);
        let readings: Vec<Pressure> = readings.map(Reading::into_pressure).collect();
        let given = self.date.map(|day| day.0);
        if let (Some(date), Some(late)) =
            (given, days.iter().map(|day| day.date.0).max().filter(|late| Some(*late) > given))
        {
            return Err(format!("`bp_days`: {late} lies after `date` {date}"));
        }
        let latest = days.iter().map(|day| day.date.0).max().filter(|_| readings.is_empty());
        let mut case = Case::new(given.or(latest).unwrap_or(today), self.age.0);
        if let Some(name) = &self.profile {
            let profile = rules.profile(name).ok_or_else(|| format!("`profile`: there is no profile `{name}`"))?;
            case.profile = Some(profile);
        }
        case.symptoms = self.symptoms.unwrap_or_default();
        let known = rules.on(case.date, case.profile.as_ref()).symptom_words();
        if let Some(word) = case.symptoms.iter().find(|word| !known.contains(word.as_str())) {
            return Err(format!("`symptoms`: unknown word `{word}`"));
        }
        for (key, number) in [("height_cm", &self.height_cm), ("weight_kg", &self.weight_kg)] {
            if number.as_ref().is_some_and(|number| number.0.is_zero()) {
                return Err(format!("`{key}`: must be more than 0"));
            }
        }
        if self.fev1_fvc.as_ref().is_some_and(|ratio| ratio.0 > Decimal::ONE) {
            return Err("`fev1_fvc`: is a fraction, at most 1".to_owned());
        }
        case.bp = readings;
        case.bp_days = days.into_iter().map(DayMean::into_past).collect();
        case.glucose = self.glucose.map(|glucose| assess::Glucose { level: glucose.0.value.0, kind: glucose.0.kind });
        case.sex = self.sex;
        case.height = self.height_cm.map(|number| Centimetres(number.0));
        case.weight = self.weight_kg.map(|number| Kilograms(number.0));
        case.bmi = self.bmi.map(|number| number.0);
        case.waist = self.waist_cm.map(|number| Centimetres(number.0));
        case.lipids = self.lipids.map(|lipids| lipids.0.into_values());
        case.spo2 = self.spo2.map(|spo2| spo2.0);
        case.fev1_fvc = self.fev1_fvc.map(|number| number.0);
        case.temperature = self.temperature_c.map(|number| number.0);
        case.pulse = self.pulse.map(|pulse| BeatsPerMinute(pulse.0));
        case.smoking = self.smoking.map(SmokingWord::into_smoking);
        case.history = self.history.map(|told| told.0.into_history()).unwrap_or_default();
        case.want_cdrs = matches!(self.want, Some(Want::Cdrs));
        Ok(case)
    }
}

impl Reading {
    fn into_pressure(self) -> Pressure {
        let pulse = self.pulse.map(|pulse| BeatsPerMinute(pulse.0));
        Pressure { systolic: MmHg(self.sbp.0), diastolic: MmHg(self.dbp.0), pulse }
    }
}

impl DayMean {
    fn into_past(self) -> PastPressure {
        PastPressure { date: self.date.0, systolic: self.sbp.0, diastolic: self.dbp.0, trusted: true }
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

/// A thing with named keys. Derived readers also take a list of values in the order of their fields; the format has none.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Keys<T> {
            type Value = T;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with keys")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Keys(PhantomData)).map(Self)
    }
}

/// A whole number: mmHg, years, beats, per cent.
struct Whole(u16);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = u16;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number from 0 to 65535")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<u16, E> {
                u16::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }
        }
        deserializer.deserialize_u64(Number).map(Self)
    }
}

/// A decimal, given as text: digits, perhaps a point and further digits; no sign, no exponent, so few digits that no
/// arithmetic on it can overflow.
struct Number(Decimal);

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole, WHOLE_DIGITS) && digits(part, DECIMALS)).then(|| text.parse().ok().map(Self))?
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text(Number::parse, "a decimal as text (\"6.1\") of at most 9 digits and 18 decimals"))
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

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Digits before the point of a decimal.
const WHOLE_DIGITS: usize = 9;
/// Digits behind it: as many as a script prints of a binary float.
const DECIMALS: usize = 18;
