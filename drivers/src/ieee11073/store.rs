//! Stored readings: the segments of a PM-store, their entries, and a transfer under way.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::{Config, MOST as MOST_ELEMENTS, Metric, ValueMap, cut, value_map};
use super::mder::{Attribute, Broken, Input, whole};
use super::nomenclature::attribute;
use super::report::{Observation, observe};
use super::time::{Stamp, absolute, relative, ticks};
use crate::reading::{Fault, Reading};

/// A part of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number.
    pub instance: u16,
    /// The user button it belongs to.
    pub person: Option<u16>,
    /// How many entries it holds, as far as it says so.
    pub entries: u32,
    /// How long it may stay silent while it is handed over.
    pub patience: Duration,
    header: u16,
    elements: Vec<Element>,
}

/// One part of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Element {
    partition: u16,
    code: u16,
    handle: u16,
    map: ValueMap,
}

/// A page of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// Which segment.
    pub instance: u16,
    /// Index of its first entry.
    pub first: u32,
    /// How many entries.
    pub count: u32,
    /// See [`page`].
    pub status: u16,
    /// The entries.
    pub entries: &'a [u8],
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its bytes.
    pub raw: &'a [u8],
    /// What it holds.
    pub observations: Vec<Observation>,
}

/// A download under way.
#[derive(Debug, Default)]
pub struct Transfer {
    /// The store.
    pub handle: u16,
    /// Segments still to come; the first is being read.
    pub segments: VecDeque<Segment>,
    /// Index of the next entry; `None` before the first page of a segment.
    pub next: Option<u32>,
    /// What was read.
    pub readings: Vec<Reading>,
    /// Entries whose numbers contradict each other.
    pub faults: Vec<Fault>,
    /// Entries read.
    pub done: u32,
    /// Entries in all.
    pub of: u32,
}

/// Reads the answer to the question which segments there are.
pub fn segments(args: &[u8]) -> Result<Vec<Segment>, Broken> {
    whole(args, |input| input.list(|input| segment(input.u16()?, &input.attributes()?)))
}

fn segment(instance: u16, attributes: &[Attribute<'_>]) -> Result<Segment, Broken> {
    let mut segment =
        Segment { instance, person: None, entries: 0, patience: PATIENCE, header: 0, elements: Vec::new() };
    for &Attribute { id, value } in attributes {
        match id {
            attribute::ENTRY_MAP => {
                (segment.header, segment.elements) = whole(value, |input| Ok((input.u16()?, input.list(element)?)))?;
                if segment.elements.len() > MOST_ELEMENTS {
                    return Err(Broken);
                }
            }
            attribute::PERSON => segment.person = Some(whole(value, Input::u16)?).filter(|person| *person != 0xFFFF),
            attribute::USAGE => segment.entries = whole(value, Input::u32)?,
            attribute::TRANSFER_TIMEOUT => {
                segment.patience = ticks(whole(value, Input::u32)?).clamp(PATIENCE, LONGEST_PATIENCE);
            }
            _ => {}
        }
    }
    Ok(segment)
}

fn element(input: &mut Input<'_>) -> Result<Element, Broken> {
    let _class = input.u16()?;
    Ok(Element { partition: input.u16()?, code: input.u16()?, handle: input.u16()?, map: value_map(input)? })
}

impl<'a> Page<'a> {
    /// Reads a page.
    pub fn parse(info: &'a [u8]) -> Result<Page<'a>, Broken> {
        whole(info, |input| {
            Ok(Page {
                instance: input.u16()?,
                first: input.u32()?,
                count: input.u32()?,
                status: input.u16()?,
                entries: input.octets()?,
            })
        })
    }

    /// Writes a page.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.answer(self.status);
        super::mder::put_octets(&mut bytes, self.entries);
        bytes
    }

    /// Returns the reply that mirrors it with another status.
    pub fn answer(&self, status: u16) -> Vec<u8> {
        let mut reply = self.instance.to_be_bytes().to_vec();
        reply.extend(self.first.to_be_bytes());
        reply.extend(self.count.to_be_bytes());
        reply.extend(status.to_be_bytes());
        reply
    }
}

impl Segment {
    /// Cuts a page into entries. All of the page must be used up.
    pub fn read<'a>(&self, config: &Config, page: &Page<'a>) -> Result<Vec<Entry<'a>>, Broken> {
        let length = self.entry_length();
        let count = usize::try_from(page.count).map_err(|_| Broken)?;
        if length == 0 || count.checked_mul(length) != Some(page.entries.len()) {
            return Err(Broken);
        }
        let entry = |raw| Ok(Entry { raw, observations: self.entry(config, raw)? });
        page.entries.chunks(length).map(entry).collect()
    }

    fn entry_length(&self) -> usize {
        let header: usize = HEADER.iter().filter(|(bit, _)| self.header & bit != 0).map(|(_, length)| length).sum();
        let elements = self.elements.iter().flat_map(|element| &element.map);
        header + elements.map(|(_, length)| usize::from(*length)).sum::<usize>()
    }

    fn entry(&self, config: &Config, entry: &[u8]) -> Result<Vec<Observation>, Broken> {
        let mut input = Input::new(entry);
        let mut stamp = Stamp::None;
        if self.header & ABSOLUTE != 0 {
            stamp = absolute(&mut input)?;
        }
        if self.header & RELATIVE != 0 {
            let ticks = relative(&mut input)?;
            stamp = if stamp == Stamp::None { ticks } else { stamp };
        }
        if self.header & HI_RES != 0 {
            input.take(8)?;
        }
        self.elements.iter().map(|element| self.observe(config, element, stamp, &mut input)).collect()
    }

    fn observe(
        &self,
        config: &Config,
        element: &Element,
        stamp: Stamp,
        input: &mut Input<'_>,
    ) -> Result<Observation, Broken> {
        let metric = match config.metric(element.handle) {
            Some(metric) => metric.clone(),
            // Without a configured unit a number is no reading, but a word may still be understood.
            None => Metric { partition: element.partition, code: element.code, ..Metric::default() },
        };
        let observation = observe(&metric, &cut(&element.map, input))?;
        let stamp = if observation.stamp == Stamp::None { stamp } else { observation.stamp };
        Ok(Observation { person: self.person, handle: element.handle, stamp, ..observation })
    }
}

/// Bits of a page's status.
pub mod page {
    /// The first page of a segment.
    pub const FIRST: u16 = 0x8000;
    /// The last page of a segment.
    pub const LAST: u16 = 0x4000;
    /// The agent gives up.
    pub const AGENT_ABORT: u16 = 0x0800;
    /// The manager has it.
    pub const CONFIRM: u16 = 0x0080;
    /// The manager gives up.
    pub const MANAGER_ABORT: u16 = 0x0008;
}

/// Arguments of the question which segments there are: all of them.
pub const ALL_SEGMENTS: [u8; 6] = [0, 1, 0, 2, 0, 0];
/// The most records that are read at once. A glucose meter keeps hundreds, not thousands.
pub const MOST: u32 = 10_000;
const ABSOLUTE: u16 = 0x8000;
const RELATIVE: u16 = 0x4000;
const HI_RES: u16 = 0x2000;
/// What stands before the elements of an entry, and how long it is.
const HEADER: [(u16, usize); 3] = [(ABSOLUTE, 8), (RELATIVE, 4), (HI_RES, 8)];
const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
