//! Measurement reports, cut into observations.

use super::config::{Config, Metric, Object, cut, supplemental};
use super::mder::{Attribute, Broken, Input, Number, float, sfloat, text, whole};
use super::nomenclature::attribute;
use super::time::{Stamp, absolute, base_offset, relative};

/// What an object said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The user button of the device, if one was told; no resident.
    pub person: Option<u16>,
    /// Which object.
    pub handle: u16,
    /// Partition of the codes.
    pub partition: u16,
    /// What the object is.
    pub code: u16,
    /// Numbers: one, or the parts of a compound.
    pub parts: Vec<Part>,
    /// A word instead of numbers.
    pub word: Option<Word>,
    /// When.
    pub stamp: Stamp,
    /// Bits of the measurement status.
    pub status: u16,
    /// Modality, body site.
    pub supplemental: Vec<u16>,
    /// Its bytes in the report.
    pub raw: Vec<u8>,
}

/// A number of an observation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// What it is.
    pub code: u16,
    /// The number.
    pub number: Number,
    /// Its unit.
    pub unit: Option<u16>,
}

/// A value that is no number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// A code.
    Code(u16),
    /// Text.
    Text(String),
    /// Bits.
    Bits(u32),
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is understood.
    pub observations: Vec<Observation>,
    /// How many observations belong to no known object.
    pub strangers: usize,
}

/// How a kind of event is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Fixed,
    Variable,
    Grouped,
}

/// An observation before its object is known.
struct Scan<'a> {
    person: Option<u16>,
    handle: u16,
    data: Data<'a>,
}

enum Data<'a> {
    Fixed(&'a [u8]),
    Told(Vec<Attribute<'a>>, &'a [u8]),
}

/// Whether this event type tells measurements.
pub fn is_report(kind: u16) -> bool {
    layout(kind).is_some()
}

/// Reads a measurement report of the object `handle` (0: the device; else a scanner).
pub fn read(config: &Config, handle: u16, kind: u16, info: &[u8]) -> Result<Report, Broken> {
    let (layout, persons) = layout(kind).ok_or(Broken)?;
    let scanner = match config.objects.get(&handle) {
        Some(Object::Scanner(map)) => map.as_slice(),
        _ => &[],
    };
    let mut input = Input::new(info);
    let (_request, _number) = (input.u16()?, input.u16()?);
    // A widespread agent puts two bytes too many behind the list of its glucose reports: what follows is not read.
    if !persons {
        return understand(config, scans(&mut input, layout, None, scanner)?);
    }
    let each = input.list(|input| {
        let person = Some(input.u16()?).filter(|person| *person != NOBODY);
        match layout {
            // One octet string a person here, not a list of them.
            Layout::Grouped => Ok(grouped(input.octets()?, person, scanner)),
            _ => scans(input, layout, person, scanner),
        }
    })?;
    understand(config, each.into_iter().flatten().collect())
}

fn scans<'a>(
    input: &mut Input<'a>,
    layout: Layout,
    person: Option<u16>,
    scanner: &[(u16, super::config::ValueMap)],
) -> Result<Vec<Scan<'a>>, Broken> {
    match layout {
        Layout::Fixed => {
            input.list(|input| Ok(Scan { person, handle: input.u16()?, data: Data::Fixed(input.octets()?) }))
        }
        Layout::Variable => input.list(|input| {
            let handle = input.u16()?;
            let mut ahead = *input;
            let attributes = input.attributes()?;
            let raw = ahead.take(ahead.left() - input.left())?;
            Ok(Scan { person, handle, data: Data::Told(attributes, raw) })
        }),
        Layout::Grouped => {
            let groups = input.list(Input::octets)?;
            Ok(groups.into_iter().flat_map(|group| grouped(group, person, scanner)).collect())
        }
    }
}

/// Cuts grouped data, which names no handles, by the scanner's own layout.
fn grouped<'a>(data: &'a [u8], person: Option<u16>, scanner: &[(u16, super::config::ValueMap)]) -> Vec<Scan<'a>> {
    let mut input = Input::new(data);
    let mut scans = Vec::new();
    for (handle, map) in scanner {
        let mut ahead = input;
        let attributes = cut(map, &mut input);
        let raw = ahead.take(ahead.left() - input.left()).unwrap_or_default();
        if !attributes.is_empty() {
            scans.push(Scan { person, handle: *handle, data: Data::Told(attributes, raw) });
        }
    }
    scans
}

fn understand(config: &Config, scans: Vec<Scan<'_>>) -> Result<Report, Broken> {
    let mut report = Report::default();
    for scan in scans {
        let Some(metric) = config.metric(scan.handle) else {
            report.strangers += 1;
            continue;
        };
        let (attributes, raw) = match scan.data {
            Data::Fixed(data) => (cut(&metric.map, &mut Input::new(data)), data),
            Data::Told(attributes, raw) => (attributes, raw),
        };
        let observation = observe(metric, &attributes)?;
        report.observations.push(Observation {
            person: scan.person,
            handle: scan.handle,
            raw: raw.to_vec(),
            ..observation
        });
    }
    Ok(report)
}

/// Reads what an object says in these attributes. What is missing is simply not said.
pub fn observe(metric: &Metric, attributes: &[Attribute<'_>]) -> Result<Observation, Broken> {
    let mut seen = Observation {
        partition: metric.partition,
        code: metric.code,
        supplemental: metric.supplemental.clone(),
        ..Observation::default()
    };
    let (mut unit, mut codes) = (metric.unit, metric.parts.clone());
    // These rule how the others are read, wherever they stand.
    for &Attribute { id, value } in attributes {
        match id {
            attribute::METRIC_ID => seen.code = whole(value, Input::u16)?,
            attribute::METRIC_ID_LIST => codes = whole(value, |input| input.list(Input::u16))?,
            attribute::UNIT => unit = Some(whole(value, Input::u16)?),
            attribute::SUPPLEMENTAL => seen.supplemental = whole(value, supplemental)?,
            attribute::STATUS => seen.status |= whole(value, Input::u16)?,
            _ => {}
        }
    }
    for &Attribute { id, value } in attributes {
        whole(value, |input| take(id, input, unit, &codes, &mut seen))?;
    }
    Ok(seen)
}

fn take(
    id: u16,
    input: &mut Input<'_>,
    unit: Option<u16>,
    codes: &[u16],
    seen: &mut Observation,
) -> Result<(), Broken> {
    let code = seen.code;
    match id {
        attribute::BASIC => seen.parts = vec![Part { code, number: sfloat(input.u16()?), unit }],
        attribute::SIMPLE => seen.parts = vec![Part { code, number: float(input.u32()?), unit }],
        attribute::COMPOUND_BASIC => {
            seen.parts = compound(&input.list(|input| Ok(sfloat(input.u16()?)))?, codes, unit)?;
        }
        attribute::COMPOUND_SIMPLE => {
            seen.parts = compound(&input.list(|input| Ok(float(input.u32()?)))?, codes, unit)?;
        }
        attribute::OBSERVED => seen.parts = vec![observed(input, &mut seen.status)?],
        attribute::COMPOUND_OBSERVED => {
            let status = &mut seen.status;
            seen.parts = input.list(|input| observed(input, status))?;
        }
        attribute::WORD => seen.word = Some(Word::Code(input.u16()?)),
        attribute::TEXT => seen.word = Some(Word::Text(text(input.octets()?))),
        attribute::BITS_16 => seen.word = Some(Word::Bits(input.u16()?.into())),
        attribute::BITS_32 => seen.word = Some(Word::Bits(input.u32()?)),
        attribute::TIME => seen.stamp = absolute(input)?,
        attribute::BASE_OFFSET_TIME => seen.stamp = base_offset(input)?,
        attribute::RELATIVE_TIME => {
            // An absolute time says more.
            let ticks = relative(input)?;
            if seen.stamp == Stamp::None {
                seen.stamp = ticks;
            }
        }
        _ => {
            input.all();
        }
    }
    Ok(())
}

fn compound(numbers: &[Number], codes: &[u16], unit: Option<u16>) -> Result<Vec<Part>, Broken> {
    if numbers.len() > codes.len() {
        return Err(Broken);
    }
    Ok(numbers.iter().zip(codes).map(|(number, code)| Part { code: *code, number: *number, unit }).collect())
}

fn observed(input: &mut Input<'_>, status: &mut u16) -> Result<Part, Broken> {
    let code = input.u16()?;
    *status |= input.u16()?;
    let unit = Some(input.u16()?);
    Ok(Part { code, number: float(input.u32()?), unit })
}

fn layout(kind: u16) -> Option<(Layout, bool)> {
    LAYOUTS.iter().find(|row| row.0 == kind).map(|row| (row.1, row.2))
}

/// Event type, layout, whether it tells persons.
const LAYOUTS: &[(u16, Layout, bool)] = &[
    (0x0D1D, Layout::Fixed, false),
    (0x0D1E, Layout::Variable, false),
    (0x0D1F, Layout::Fixed, true),
    (0x0D20, Layout::Variable, true),
    (0x0D22, Layout::Variable, false),
    (0x0D23, Layout::Fixed, false),
    (0x0D24, Layout::Grouped, false),
    (0x0D25, Layout::Variable, true),
    (0x0D26, Layout::Fixed, true),
    (0x0D27, Layout::Grouped, true),
    (0x0D28, Layout::Variable, false),
    (0x0D29, Layout::Fixed, false),
    (0x0D2A, Layout::Grouped, false),
    (0x0D2B, Layout::Variable, true),
    (0x0D2C, Layout::Fixed, true),
    (0x0D2D, Layout::Grouped, true),
];

/// The person id of an unknown person.
const NOBODY: u16 = 0xFFFF;
