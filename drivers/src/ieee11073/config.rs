//! What an agent can report: its objects, told by itself or laid down for the standard configurations.

use std::collections::BTreeMap;

use super::mder::{Attribute, Broken, Input, whole};
use super::nomenclature::{self as names, attribute, class};
use crate::reading::Quantity;

/// The objects of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Objects by handle.
    pub objects: BTreeMap<u16, Object>,
}

/// An object of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A number or a word.
    Metric(Metric),
    /// A store of entries.
    Store,
    /// A scanner, with the layout of its grouped reports.
    Scanner(Vec<(u16, ValueMap)>),
    /// Something else: a waveform.
    Other,
}

/// A number or a word that an agent measures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metric {
    /// Partition of the codes.
    pub partition: u16,
    /// What it measures.
    pub code: u16,
    /// What the parts of a compound are.
    pub parts: Vec<u16>,
    /// Its unit.
    pub unit: Option<u16>,
    /// The layout of a fixed observation.
    pub map: ValueMap,
    /// Modality, body site.
    pub supplemental: Vec<u16>,
}

/// Attribute ids and lengths, in the order of the data.
pub type ValueMap = Vec<(u16, u16)>;

impl Config {
    /// Reads a list of objects.
    pub fn parse(objects: &[u8]) -> Result<Config, Broken> {
        let listed = whole(objects, |input| {
            input.list(|input| {
                let (class, handle) = (input.u16()?, input.u16()?);
                Ok((handle, object(class, &input.attributes()?)?))
            })
        })?;
        Ok(Config { objects: listed.into_iter().collect() })
    }

    /// Returns a standard configuration that is laid down here.
    pub fn standard(id: u16) -> Option<Config> {
        let rows: Vec<&Standard> = STANDARD.iter().filter(|row| row.0 == id).collect();
        if rows.is_empty() {
            return None;
        }
        let objects = rows.into_iter().map(|&(_, handle, code, parts, unit, map, supplemental)| {
            let metric = Metric {
                partition: names::SCADA,
                code,
                parts: parts.to_vec(),
                unit: Some(unit),
                map: map.to_vec(),
                supplemental: supplemental.to_vec(),
            };
            (handle, Object::Metric(metric))
        });
        Some(Config { objects: objects.collect() })
    }

    /// Whether anything in it can become a reading.
    pub fn is_usable(&self) -> bool {
        self.objects.values().any(|object| match object {
            Object::Metric(metric) => metric.quantity().is_some(),
            Object::Store | Object::Scanner(_) => true,
            Object::Other => false,
        })
    }

    /// Returns the metric with this handle.
    pub fn metric(&self, handle: u16) -> Option<&Metric> {
        match self.objects.get(&handle) {
            Some(Object::Metric(metric)) => Some(metric),
            _ => None,
        }
    }

    /// Returns the handles of its stores.
    pub fn stores(&self) -> impl Iterator<Item = u16> {
        self.objects.iter().filter(|(_, object)| matches!(object, Object::Store)).map(|(handle, _)| *handle)
    }

    /// Returns the handles of its scanners.
    pub fn scanners(&self) -> impl Iterator<Item = u16> {
        self.objects.iter().filter(|(_, object)| matches!(object, Object::Scanner(_))).map(|(handle, _)| *handle)
    }

    /// Returns the word for the device that has such objects.
    pub fn device_type(&self) -> Option<&'static str> {
        let quantities: Vec<Quantity> = self
            .objects
            .values()
            .filter_map(|object| match object {
                Object::Metric(metric) => metric.quantity(),
                _ => None,
            })
            .collect();
        let first = [
            (Quantity::Systolic, "blood_pressure"),
            (Quantity::Weight, "weight"),
            (Quantity::Glucose, "glucose"),
            (Quantity::Spo2, "spo2"),
            (Quantity::Temperature, "temperature"),
        ];
        first.into_iter().find(|(quantity, _)| quantities.contains(quantity)).map(|(_, word)| word)
    }
}

impl Metric {
    /// What it measures, or the first known of its parts, in a unit that fits.
    pub fn quantity(&self) -> Option<Quantity> {
        let codes = std::iter::once(&self.code).chain(&self.parts);
        let known = codes.filter_map(|code| names::measured(self.partition, *code)).next()?;
        // A variable report may still tell the unit.
        let fits = |code| names::unit(code).is_some_and(|unit| known.units.contains(&unit));
        self.unit.is_none_or(fits).then_some(known.quantity)
    }
}

fn object(kind: u16, attributes: &[Attribute<'_>]) -> Result<Object, Broken> {
    Ok(match kind {
        class::NUMERIC | class::ENUMERATION => Object::Metric(metric(attributes)?),
        class::STORE => Object::Store,
        class::EPISODIC_SCANNER | class::PERIODIC_SCANNER => Object::Scanner(scanner(attributes)?),
        _ => Object::Other,
    })
}

fn metric(attributes: &[Attribute<'_>]) -> Result<Metric, Broken> {
    let mut metric = Metric::default();
    for &Attribute { id, value } in attributes {
        match id {
            attribute::TYPE => {
                (metric.partition, metric.code) = whole(value, |input| Ok((input.u16()?, input.u16()?)))?;
            }
            attribute::METRIC_ID_LIST => metric.parts = whole(value, |input| input.list(Input::u16))?,
            attribute::SUPPLEMENTAL => metric.supplemental = whole(value, supplemental)?,
            attribute::UNIT => metric.unit = Some(whole(value, Input::u16)?),
            attribute::VALUE_MAP => metric.map = whole(value, value_map)?,
            _ => {}
        }
    }
    // It stands for the code wherever it stands in the list.
    if let Some(found) = attributes.iter().find(|found| found.id == attribute::METRIC_ID) {
        metric.code = whole(found.value, Input::u16)?;
    }
    Ok(metric)
}

fn scanner(attributes: &[Attribute<'_>]) -> Result<Vec<(u16, ValueMap)>, Broken> {
    match attributes.iter().find(|found| found.id == attribute::HANDLE_VALUE_MAP) {
        Some(found) => whole(found.value, |input| input.list(|input| Ok((input.u16()?, value_map(input)?)))),
        None => Ok(Vec::new()),
    }
}

/// Reads the layout of an observation.
pub fn value_map(input: &mut Input<'_>) -> Result<ValueMap, Broken> {
    // No device has so many attributes; a hostile one could make much work of little data.
    let map = input.list(|input| Ok((input.u16()?, input.u16()?)))?;
    if map.len() <= MOST { Ok(map) } else { Err(Broken) }
}

/// Reads supplemental types; only their codes matter here.
pub fn supplemental(input: &mut Input<'_>) -> Result<Vec<u16>, Broken> {
    let mut codes = input.list(|input| {
        let _partition = input.u16()?;
        input.u16()
    })?;
    codes.truncate(MOST);
    Ok(codes)
}

/// Cuts the data of a fixed observation. What is longer than its layout is left over; what is shorter ends early.
pub fn cut<'a>(map: &[(u16, u16)], data: &mut Input<'a>) -> Vec<Attribute<'a>> {
    let mut attributes = Vec::new();
    for &(id, length) in map {
        let Ok(value) = data.take(length.into()) else {
            data.all();
            break;
        };
        attributes.push(Attribute { id, value });
    }
    attributes
}

/// The most attributes of an observation, and the most supplemental types of an object.
pub const MOST: usize = 32;

/// Config id, handle, code, parts, unit, layout, supplemental types.
type Standard = (u16, u16, u16, &'static [u16], u16, &'static [(u16, u16)], &'static [u16]);

const BASIC: &[(u16, u16)] = &[(attribute::BASIC, 2)];
const BASIC_AT: &[(u16, u16)] = &[(attribute::BASIC, 2), (attribute::TIME, 8)];
const SIMPLE_AT: &[(u16, u16)] = &[(attribute::SIMPLE, 4), (attribute::TIME, 8)];
const PRESSURE_AT: &[(u16, u16)] = &[(attribute::COMPOUND_BASIC, 10), (attribute::TIME, 8)];
const PRESSURES: &[u16] = &[18949, 18950, 18951];
const SPOT: &[u16] = &[19516];

const STANDARD: &[Standard] = &[
    (0x02BC, 1, names::PRESSURE_OBJECT, PRESSURES, 3872, PRESSURE_AT, &[]),
    (0x02BC, 2, 18474, &[], 2720, BASIC_AT, &[]),
    (0x05DC, 1, 57664, &[], 1731, SIMPLE_AT, &[]),
    (0x06A4, 1, 29112, &[], 2130, BASIC_AT, &[]),
    (0x0190, 1, 19384, &[], 544, BASIC, &[]),
    (0x0190, 10, 18458, &[], 2720, BASIC, &[]),
    (0x0191, 1, 19384, &[], 544, BASIC_AT, SPOT),
    (0x0191, 10, 18458, &[], 2720, BASIC_AT, SPOT),
    (0x0320, 1, 19292, &[], 6048, BASIC_AT, &[]),
];
