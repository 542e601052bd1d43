//! An emulated device as a descriptor's `[emulate]` table says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::meter::{Meter, Record, Strip};
use super::{Act, Emulate, Say, Wall};
use crate::checksum::Check;
use crate::decoder::Output;
use crate::described::Protocol;
use crate::described::slip::Slip;
use crate::described::template::{Datum, Template};
use crate::reading::{FaultCode, half_up};

/// An `[emulate]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmulateTable {
    /// Said when something was measured.
    #[serde(default)]
    says: Option<Spanned<String>>,
    /// Said when a measurement ended with the device's own error.
    #[serde(default)]
    error: Option<Spanned<String>>,
    /// What it answers.
    #[serde(default)]
    answers: Vec<AnswerTable>,
    /// How many records it keeps.
    #[serde(default)]
    keeps: usize,
    /// How long it takes to answer.
    #[serde(default)]
    after_ms: u64,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerTable {
    hears: Spanned<String>,
    #[serde(default)]
    says: Option<Spanned<String>>,
    /// The slots are those of a stored record: the one whose `index` or `index1` was heard, or with `next` the next one.
    #[serde(default)]
    record: bool,
    /// Each such question gets the next record.
    #[serde(default)]
    next: bool,
    /// Said when there is no such record.
    #[serde(default)]
    none: Option<Spanned<String>>,
    /// The heard time becomes the device's clock.
    #[serde(default)]
    sets_clock: bool,
    /// Only the first such question after plugging in.
    #[serde(default)]
    once: bool,
    /// Only for records of such strips.
    #[serde(default)]
    strip: Option<Strip>,
    /// Said once for each measurement; in between `none` is said.
    #[serde(default)]
    measured: bool,
}

/// An emulated device made of a table.
#[derive(Debug)]
pub struct Described {
    says: Option<Template>,
    error: Option<Template>,
    answers: Vec<Answer>,
    check: Option<Check>,
    after_ms: u64,
    keeps: usize,
    meter: Option<Meter>,
    wall: Option<Wall>,
    last: Measured,
    heard: Vec<u8>,
    next: usize,
    /// Something was measured and not yet told.
    fresh: bool,
}

#[derive(Debug)]
struct Answer {
    hears: Template,
    says: Template,
    none: Template,
    table: AnswerTable,
}

/// What was measured last; what a device of this kind measures at first.
#[derive(Clone, Debug)]
struct Measured {
    pressure: [u16; 3],
    movement: bool,
    error: u8,
    height: Decimal,
    weight: Decimal,
    celsius: Decimal,
    spo2: u8,
    mg_per_dl: u16,
    control: bool,
}

impl Described {
    /// Understands the table.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn of(spanned: &Spanned<EmulateTable>, check: Option<&Check>) -> Result<Described, Slip> {
        let table = spanned.get_ref();
        let read = |text: &Spanned<String>| Template::of(text, check);
        let perhaps = |text: &Option<Spanned<String>>| text.as_ref().map(read).transpose();
        let answer = |table: &AnswerTable| -> Result<Answer, Slip> {
            Ok(Answer {
                hears: read(&table.hears)?,
                says: perhaps(&table.says)?.unwrap_or_default(),
                none: perhaps(&table.none)?.unwrap_or_default(),
                table: table.clone(),
            })
        };
        if let Some(error) = table.error.as_ref().filter(|_| table.keeps > 0) {
            return Err(Slip::of(error, "a device with `keeps` tells its records when asked: take `error` out"));
        }
        Ok(Described {
            keeps: table.keeps,
            says: perhaps(&table.says)?,
            error: perhaps(&table.error)?,
            answers: table.answers.iter().map(answer).collect::<Result<_, _>>()?,
            check: check.cloned(),
            after_ms: table.after_ms,
            meter: None,
            wall: None,
            last: Measured::default(),
            heard: Vec::new(),
            next: 0,
            fresh: false,
        })
    }

    /// Refuses what would be said after a measurement when the device's own tables do not understand it.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn ensure_understood(&self, table: &EmulateTable, protocol: &Arc<Protocol>) -> Result<(), Slip> {
        let says = table.says.as_ref().filter(|_| self.keeps == 0);
        for (text, template, is_error) in [(says, &self.says, false), (table.error.as_ref(), &self.error, true)] {
            let Some((text, template)) = text.zip(template.as_ref()) else { continue };
            let said = self.sample(template).ok_or_else(|| Slip::of(text, SAYS_NO_DATUM))?;
            slip_of(&told(protocol, &said), is_error, said.len()).map_or(Ok(()), |says| Err(Slip::of(text, says)))?;
        }
        Ok(())
    }

    /// What is said after the usual measurement; `None` if a slot has nothing to fill it.
    fn sample(&self, template: &Template) -> Option<Vec<u8>> {
        let last = Measured { error: 1, ..Measured::default() };
        let moment = chrono::NaiveDate::from_ymd_opt(2026, 11, 22)?.and_hms_opt(8, 30, 0)?;
        let data = |name: &str| if name == "clock" { Some(Datum::Moment(moment)) } else { last.datum(name) };
        template.fill(&data, self.check.as_ref())
    }

    /// The same with a clock, and with a memory if it keeps one.
    pub fn with(self, wall: Wall) -> Described {
        let meter = (self.keeps > 0).then(|| Meter::new(wall, self.keeps));
        Described { wall: Some(wall), meter, ..self }
    }

    fn fill(
        &self,
        at: Instant,
        template: &Template,
        record: Option<&Record>,
        numbers: &[(String, u64)],
    ) -> Option<Vec<u8>> {
        let data = |name: &str| {
            if let Some((_, number)) = numbers.iter().find(|(heard, _)| heard == name) {
                return Some(Datum::Number((*number).into()));
            }
            match (name, record) {
                ("clock", Some(record)) => Some(Datum::Moment(record.moment)),
                ("clock", None) => self.clock(at).map(Datum::Moment),
                ("count", _) => Some(Datum::Number(self.meter.as_ref()?.memory.len().into())),
                (_, Some(record)) => of_record(record, name),
                (_, None) => self.last.datum(name),
            }
        };
        template.fill(&data, self.check.as_ref())
    }

    fn clock(&self, at: Instant) -> Option<chrono::NaiveDateTime> {
        let wall = self.meter.as_ref().map(|meter| meter.wall).or(self.wall)?;
        Some(wall.at(at))
    }

    fn answer(&mut self, at: Instant, place: usize, numbers: &[(String, u64)]) -> Option<Vec<u8>> {
        let answer = &self.answers[place];
        if answer.table.sets_clock {
            let moment = moment(numbers)?;
            let wall = Wall::new(at, moment);
            self.wall = Some(wall);
            self.meter.iter_mut().for_each(|meter| meter.wall = wall);
        }
        let answer = &self.answers[place];
        let index = self.index(&answer.table, numbers);
        let said = match index {
            None if answer.table.measured && !std::mem::take(&mut self.fresh) => {
                self.fill(at, &self.answers[place].none, None, numbers)
            }
            None => self.fill(at, &self.answers[place].says, None, numbers),
            Some(index) => match self.meter.as_ref().and_then(|meter| meter.memory.get(index)) {
                Some(record) => self.fill(at, &answer.says, Some(record), numbers),
                None => self.fill(at, &answer.none, None, numbers),
            },
        };
        let answer = &self.answers[place];
        if answer.table.next {
            self.next += 1;
        } else if index.is_none() {
            self.next = 0;
        }
        said.filter(|said| !said.is_empty())
    }
}

impl Described {
    /// The place of the record that a question is about.
    fn index(&self, table: &AnswerTable, numbers: &[(String, u64)]) -> Option<usize> {
        if table.next {
            return Some(self.next);
        }
        let number = |name| numbers.iter().find(|(heard, _)| heard == name).map(|(_, number)| *number);
        let index = number("index").or_else(|| number("index1")?.checked_sub(1));
        table.record.then(|| index.and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX))
    }

    /// Whether an answer is about the strip of the record that was asked for.
    fn speaks_of(&self, answer: &Answer, numbers: &[(String, u64)]) -> bool {
        let Some(strip) = answer.table.strip else { return true };
        let record = self.index(&answer.table, numbers).and_then(|index| self.meter.as_ref()?.memory.get(index));
        record.is_some_and(|record| record.strip == strip)
    }
}

impl Emulate for Described {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        self.heard.extend(bytes);
        while !self.heard.is_empty() {
            let check = self.check.as_ref();
            let hears = |answer: &Answer| {
                let heard = answer.hears.hears(&self.heard, check)?;
                self.speaks_of(answer, &heard.1).then_some(heard)
            };
            let found = self.answers.iter().enumerate().find_map(|(place, answer)| Some((place, hears(answer)?)));
            let Some((place, (count, numbers))) = found else {
                // A question may still be arriving; what is no question is forgotten byte by byte.
                if self.heard.len() <= LONGEST_QUESTION {
                    return;
                }
                self.heard.remove(0);
                continue;
            };
            self.heard.drain(..count);
            if let Some(bytes) = self.answer(at, place, &numbers) {
                out.push(Say { after: Duration::from_millis(self.after_ms), bytes });
            }
            if self.answers[place].table.once {
                self.answers.remove(place);
            }
        }
    }

    fn handle_timeout(&mut self, _at: Instant, _out: &mut Vec<Say>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, at: Instant, act: Act, out: &mut Vec<Say>) -> bool {
        if let Some(meter) = &mut self.meter {
            self.next = 0;
            return meter.act(at, &act);
        }
        if let Act::SetClock(moment) = act {
            self.wall = Some(Wall::new(at, moment));
            return true;
        }
        let is_error = matches!(act, Act::Error(_));
        let template = if is_error { self.error.clone() } else { self.says.clone() };
        if (is_error && template.is_none()) || !self.last.take(&act) {
            return false;
        }
        self.fresh = !is_error;
        let bytes = template.and_then(|template| self.fill(at, &template, None, &[]));
        out.extend(bytes.map(|bytes| Say { after: Duration::from_millis(self.after_ms), bytes }));
        true
    }

    fn spoil(&self, frame: &mut [u8]) {
        if self.check.is_some() {
            // One byte of what is summed.
            let middle = frame.len() / 2;
            frame.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
            return;
        }
        // Without a sum a digit that is none is what a host can notice.
        if let Some(digit) = frame.iter_mut().rev().find(|byte| byte.is_ascii_digit()) {
            *digit = b'#';
        }
    }
}

impl Measured {
    fn take(&mut self, act: &Act) -> bool {
        match act {
            Act::Pressure { systolic, diastolic, pulse, movement } => {
                self.pressure = [*systolic, *diastolic, *pulse];
                self.movement = *movement;
            }
            Act::Error(number) => self.error = *number,
            Act::HeightWeight { height, weight } => (self.height, self.weight) = (*height, *weight),
            Act::Weigh(weight) | Act::StepOn(weight) => self.weight = *weight,
            Act::StepOff => self.weight = Decimal::ZERO,
            Act::Temperature(celsius) => self.celsius = *celsius,
            Act::Oxygen { spo2, pulse } => (self.spo2, self.pressure[2]) = (*spo2, u16::from(*pulse)),
            Act::Glucose { mg_per_dl, control } => (self.mg_per_dl, self.control) = (*mg_per_dl, *control),
            _ => return false,
        }
        true
    }

    fn datum(&self, name: &str) -> Option<Datum> {
        let [systolic, diastolic, pulse] = self.pressure;
        let number = match name {
            "systolic" => systolic.into(),
            "diastolic" => diastolic.into(),
            "mean_arterial" => (diastolic + systolic.saturating_sub(diastolic) / 3).into(),
            "pulse" => pulse.into(),
            "movement" => u8::from(self.movement).into(),
            "error" => self.error.into(),
            "height" => self.height,
            "weight" => self.weight,
            "bmi" => {
                let metres = self.height / Decimal::from(100);
                half_up(self.weight.checked_div(metres * metres)?, 1)
            }
            "kelvin" => self.celsius + Decimal::new(27_315, 2),
            "tenths_kg" => half_up(self.weight * Decimal::TEN, 0),
            "spo2" => self.spo2.into(),
            "zero" => Decimal::ZERO,
            "subject" => return Some(Datum::Text(String::new())),
            _ => return of_glucose(self.mg_per_dl, self.control, name),
        };
        Some(Datum::Number(number))
    }
}

impl Default for Measured {
    fn default() -> Measured {
        Measured {
            pressure: [128, 78, 72],
            movement: false,
            error: 0,
            height: Decimal::new(1685, 1),
            weight: Decimal::new(644, 1),
            celsius: Decimal::new(366, 1),
            spo2: 98,
            mg_per_dl: 101,
            control: false,
        }
    }
}

fn told(protocol: &Arc<Protocol>, said: &[u8]) -> Vec<Output> {
    let (mut device, mut out) = (protocol.device(), Vec::new());
    device.decoder().handle_bytes(Instant::now(), said, &mut out);
    while let Some(deadline) = device.decoder().deadline() {
        device.decoder().handle_timeout(deadline, &mut out);
    }
    out
}

/// Why what was told is not what the device of a host should tell.
fn slip_of(told: &[Output], is_error: bool, bytes: usize) -> Option<String> {
    let fault = told.iter().find_map(|told| if let Output::Fault(fault) = told { Some(fault.code) } else { None });
    Some(match fault {
        Some(FaultCode::Checksum | FaultCode::MissingChecksum) => {
            "the sum is missing or wrong: put {check} where it stands and compare it with `check`".to_owned()
        }
        Some(FaultCode::Malformed) => {
            format!("no [[record]] understands these {bytes} bytes: compare them with the patterns and with `longest`")
        }
        Some(_) if is_error => return None,
        Some(code) => format!("this is told as the fault `{code}`: compare it with the records"),
        None if told.is_empty() => "this is no frame: compare it with `start`, `end` and `longest`".to_owned(),
        None if is_error => "this is told as no fault: it needs a [[record]] that gives = \"fault\"".to_owned(),
        None => return None,
    })
}

fn of_record(record: &Record, name: &str) -> Option<Datum> {
    match name {
        "number" => Some(Datum::Number(record.number.into())),
        _ => of_glucose(record.number, record.strip == Strip::Control, name),
    }
}

fn of_glucose(mg_per_dl: u16, control: bool, name: &str) -> Option<Datum> {
    Some(Datum::Number(match name {
        "mg_per_dl" => mg_per_dl.into(),
        "tenths_mmol" => half_up(Decimal::from(mg_per_dl) * Decimal::TEN / Decimal::from(18), 0),
        "mmol" => half_up(Decimal::from(mg_per_dl) / Decimal::from(18), 1),
        "control" => u8::from(control).into(),
        _ => return None,
    }))
}

/// The time of a heard question.
fn moment(numbers: &[(String, u64)]) -> Option<chrono::NaiveDateTime> {
    let number = |name: &str| numbers.iter().find(|(heard, _)| heard == name).map(|(_, number)| *number);
    let part = |name| number(name).and_then(|number| u32::try_from(number).ok());
    if let Some(seconds) = part("since2000") {
        let start = chrono::NaiveDate::from_ymd_opt(2000, 1, 1)?.and_hms_opt(0, 0, 0)?;
        return start.checked_add_signed(chrono::Duration::seconds(seconds.into()));
    }
    let (year, month, day) = match part("packed_date") {
        Some(packed) => (2000 + (packed >> 9), packed >> 5 & 0xF, packed & 0x1F),
        None => (part("year").or_else(|| Some(2000 + part("year2")?))?, part("month")?, part("day")?),
    };
    let day = chrono::NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
    day.and_hms_opt(part("hour")?, part("minute")?, part("second").unwrap_or(0))
}

const SAYS_NO_DATUM: &str = "a slot has nothing to fill it here, or does not fit its form";
const LONGEST_QUESTION: usize = 64;
