//! Observations to readings: what was measured at one moment of one person is one reading.

use rust_decimal::Decimal;

use super::mder::Number;
use super::nomenclature as names;
use super::report::{Observation, Word};
use super::time::Stamp;
use crate::plausible;
use crate::reading::{Fault, FaultCode, Kind, Mark, Quantity, Reading, Special, Unit, Value, half_up};

/// What came of some observations.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Readings, in the order of the report.
    pub readings: Vec<Reading>,
    /// Why something is no reading, each word once.
    pub skipped: Vec<&'static str>,
    /// Numbers that contradict each other.
    pub faults: Vec<Fault>,
}

/// What belongs into one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Pressure,
    Body,
    Glucose,
    Oxygen,
    Temperature,
}

struct Group {
    family: Family,
    person: Option<u16>,
    stamp: Stamp,
    reading: Reading,
}

/// Makes readings of the observations of one report. `raw`: the report; of a long one each reading keeps its own part.
pub fn readings(device: Option<&str>, observations: &[Observation], raw: &[u8]) -> Made {
    let mut made = Made::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut others = Vec::new();
    for observation in observations {
        if observation.status & names::status::NO_READING != 0 {
            made.skip("measurement_status");
        } else if let Some(family) = family_of(observation) {
            let bytes = if raw.len() <= LONG { raw } else { &observation.raw };
            gather(&mut groups, family, observation, bytes, &mut made);
        } else {
            others.push(observation);
        }
    }
    for observation in others {
        attach(&mut groups, observation, &mut made);
    }
    for group in groups {
        let empty = group.reading.values.is_empty();
        match finish(group, device) {
            Some(reading) if !plausible::pressures_in_order(&reading) => {
                made.faults.push(Fault::new(FaultCode::OutOfRange, SAYS_ORDER, &reading.raw));
            }
            Some(reading) => made.readings.push(reading),
            // Why it is empty was said.
            None if empty => {}
            None => made.skip("incomplete"),
        }
    }
    made
}

impl Made {
    fn skip(&mut self, why: &'static str) {
        if !self.skipped.contains(&why) {
            self.skipped.push(why);
        }
    }
}

/// The family of the first known part. A pulse belongs to whatever was measured with it.
fn family_of(observation: &Observation) -> Option<Family> {
    let quantities = observation.parts.iter().filter_map(|part| names::measured(observation.partition, part.code));
    quantities.into_iter().find_map(|row| match row.quantity {
        Quantity::Systolic | Quantity::Diastolic | Quantity::MeanArterial => Some(Family::Pressure),
        Quantity::Weight | Quantity::Height | Quantity::Bmi | Quantity::BodyFat => Some(Family::Body),
        Quantity::Glucose => Some(Family::Glucose),
        Quantity::Spo2 => Some(Family::Oxygen),
        Quantity::Temperature => Some(Family::Temperature),
        _ => None,
    })
}

fn gather(groups: &mut Vec<Group>, family: Family, observation: &Observation, raw: &[u8], made: &mut Made) {
    let quantities: Vec<Quantity> = known(observation).map(|(row, _)| row.quantity).collect();
    let fits = |group: &&mut Group| {
        let shared = matches!(family, Family::Pressure | Family::Body);
        let free = !quantities.iter().any(|quantity| group.reading.values.contains_key(quantity));
        shared && free && group.reading.special.is_none() && group.is_of(family, observation)
    };
    let group = match groups.iter_mut().rev().find(fits) {
        Some(group) => group,
        None => {
            groups.push(Group {
                family,
                person: observation.person,
                stamp: observation.stamp,
                reading: Reading::new(Kind::Weight, raw),
            });
            // It was pushed in the line above.
            groups.last_mut().expect("a group")
        }
    };
    fill(group, observation, made);
}

impl Group {
    fn is_of(&self, family: Family, observation: &Observation) -> bool {
        (self.family, self.person, self.stamp) == (family, observation.person, observation.stamp)
    }
}

fn known(observation: &Observation) -> impl Iterator<Item = (&'static names::Measured, &super::report::Part)> {
    let partition = observation.partition;
    observation.parts.iter().filter_map(move |part| Some((names::measured(partition, part.code)?, part)))
}

fn fill(group: &mut Group, observation: &Observation, made: &mut Made) {
    let reading = &mut group.reading;
    for (row, part) in known(observation) {
        let Some(unit) = part.unit.and_then(names::unit).filter(|unit| row.units.contains(unit)) else {
            made.skip("unknown_unit");
            continue;
        };
        // Only a reading of one number can be HI or LO as a whole.
        let whole = !matches!(group.family, Family::Pressure) && row.quantity != Quantity::Height;
        match part.number {
            Number::Exact(number) => {
                reading.values.insert(row.quantity, Value::new(number, unit));
            }
            Number::High if whole => reading.special = Some(Special::HI),
            Number::Low if whole => reading.special = Some(Special::LO),
            _ => {
                made.skip("no_value");
                continue;
            }
        }
        if let Some((name, word)) = row.note {
            reading.note(name, word);
        }
        if row.code == names::CONTROL_SOLUTION {
            reading.special = Some(Special::Control);
        }
    }
    for code in &observation.supplemental {
        if let Some(word) = names::modality(*code) {
            reading.note("modality", word);
        } else if let Some((name, word)) = names::measured(names::SCADA, *code).and_then(|row| row.note) {
            reading.note(name, word);
        }
    }
    doubt(reading, observation);
}

/// Adds what was measured or told beside a reading: a pulse, a meal.
fn attach(groups: &mut [Group], observation: &Observation, made: &mut Made) {
    if let Some((row, part)) = known(observation).next() {
        let unit = part.unit.and_then(names::unit).filter(|unit| row.units.contains(unit));
        let group = groups.iter_mut().find(|group| {
            let family = [Family::Pressure, Family::Oxygen].contains(&group.family);
            family && group.is_of(group.family, observation) && !group.reading.values.contains_key(&row.quantity)
        });
        match (part.number, unit, group) {
            (Number::Exact(number), Some(unit), Some(group)) => {
                group.reading.values.insert(row.quantity, Value::new(number, unit));
                doubt(&mut group.reading, observation);
            }
            (_, _, None) => made.skip("pulse_alone"),
            (_, None, _) => made.skip("unknown_unit"),
            _ => made.skip("no_value"),
        }
        return;
    }
    let (names::CIRCUMSTANCES, Some(word)) = (observation.partition, &observation.word) else {
        return;
    };
    for group in groups.iter_mut().filter(|group| group.is_of(Family::Glucose, observation)) {
        tell(&mut group.reading, observation.code, word);
    }
}

fn tell(reading: &mut Reading, object: u16, word: &Word) {
    match *word {
        Word::Code(code) => {
            if let Some((name, word)) = names::circumstance(object, code) {
                reading.note(name, word);
            } else if names::OTHER_CIRCUMSTANCES.contains(&object) || names::OTHER_CIRCUMSTANCES.contains(&code) {
                reading.note(format!("context_{object}"), code.to_string());
            }
            if (object, code) == (names::SITE, names::CONTROL_SITE) {
                reading.special = Some(Special::Control);
            }
        }
        Word::Bits(bits) if object == names::METER_STATUS && bits != 0 => {
            reading.note("meter_status", format!("{bits:04x}"));
            reading.mark(Mark::Questionable);
        }
        _ => {}
    }
}

fn doubt(reading: &mut Reading, observation: &Observation) {
    if observation.status & names::status::DOUBTFUL != 0 {
        reading.mark(Mark::Questionable);
    }
}

fn finish(group: Group, device: Option<&str>) -> Option<Reading> {
    let Group { family, person, stamp, mut reading } = group;
    let has = |quantity| reading.values.contains_key(&quantity);
    let alone = reading.special.is_some();
    reading.kind = match family {
        Family::Pressure if has(Quantity::Systolic) && has(Quantity::Diastolic) => Kind::BloodPressure,
        Family::Body if !has(Quantity::Weight) && !alone => return None,
        Family::Body if has(Quantity::BodyFat) => Kind::BodyComposition,
        Family::Body if has(Quantity::Height) => Kind::HeightWeight,
        Family::Body => Kind::Weight,
        Family::Glucose if has(Quantity::Glucose) || alone => Kind::Glucose,
        Family::Oxygen if has(Quantity::Spo2) || alone => Kind::Spo2,
        Family::Temperature if has(Quantity::Temperature) || alone => Kind::Temperature,
        _ => return None,
    };
    check_bmi(&mut reading);
    if let Some(person) = person {
        reading.note("device_user", person.to_string());
    }
    if stamp == Stamp::Impossible {
        reading.mark(Mark::TimeDoubtful);
    }
    reading.device_time = stamp.told();
    reading.device_id = device.map(str::to_owned);
    Some(reading)
}

/// A device's BMI that disagrees with its own height and weight is computed anew.
fn check_bmi(reading: &mut Reading) {
    let number = |quantity, unit| Some(reading.value(quantity)?.to(unit)?.number);
    let Some(told) = number(Quantity::Bmi, Unit::KgPerM2) else { return };
    let (Some(height), Some(weight)) = (number(Quantity::Height, Unit::Cm), number(Quantity::Weight, Unit::Kg)) else {
        return;
    };
    let metres = height / Decimal::from(100);
    let Some(bmi) = metres.checked_mul(metres).and_then(|square| weight.checked_div(square)) else { return };
    if (told - bmi).abs() > BMI_TOLERANCE {
        reading.values.insert(Quantity::Bmi, Value::new(half_up(bmi, 1), Unit::KgPerM2));
        reading.mark(Mark::BmiMismatch);
    }
}

/// A device may round height and weight before and after.
const BMI_TOLERANCE: Decimal = Decimal::from_parts(3, 0, 0, false, 1);
/// A report with one measurement has about a hundred bytes.
const LONG: usize = 2048;
const SAYS_ORDER: &str = "the device sent pressures that contradict each other; measure again";
