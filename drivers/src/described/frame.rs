//! Where a frame begins, where it ends and whether it is whole, as a descriptor's `[[frame]]` tables say.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::slip::Slip;
use crate::checksum::{Check, Verdict};
use crate::framing::seek::{Look, Seek, Shape};
use crate::framing::{Framer, position};
use crate::notation;
use crate::reading::FaultCode;

/// A `[[frame]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameTable {
    /// It begins with one of these. None: it is a line and begins with any printable character.
    #[serde(default)]
    start: Vec<String>,
    /// It is closed by one of these, which are not part of what a record sees. None: its length is known.
    #[serde(default)]
    end: Vec<String>,
    /// Its length: a number, or where it is written.
    #[serde(default)]
    length: Option<Length>,
    /// No frame is longer.
    longest: usize,
    /// How long an unfinished frame waits for its next byte.
    #[serde(default = "a_second")]
    patience_ms: u64,
    /// Its sum.
    #[serde(default)]
    check: Option<Check>,
    /// What no record fits is nobody's fault and not told, whole or cut off.
    #[serde(default)]
    quiet: bool,
}

/// How long a frame is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Length {
    Fixed(usize),
    Told(Told),
}

/// A length that is written in the frame.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// Where it stands.
    at: usize,
    /// In how many bytes, low byte first.
    #[serde(default = "one")]
    size: usize,
    /// What is added to it to get the whole frame's length.
    plus: usize,
}

/// A frame table, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    starts: Vec<Vec<u8>>,
    ends: Vec<Vec<u8>>,
    length: Option<Length>,
    longest: usize,
    check: Option<Check>,
    quiet: bool,
}

/// The frames of one protocol.
#[derive(Clone, Debug)]
pub struct Frames(Vec<Form>);

impl Frames {
    /// Understands the frame tables of a descriptor.
    ///
    /// # Errors
    /// When they contradict themselves.
    pub fn of(tables: &[Spanned<FrameTable>]) -> Result<Frames, Slip> {
        let form = |table: &Spanned<FrameTable>| Form::of(table.get_ref()).map_err(|says| Slip::of(table, says));
        let forms: Vec<Form> = tables.iter().map(form).collect::<Result<_, _>>()?;
        if forms.is_empty() {
            return Err(Slip::new("there is no [[frame]]: it says how a frame begins and ends"));
        }
        Ok(Frames(forms))
    }

    /// Returns a framer for them.
    pub fn framer(&self, tables: &[FrameTable]) -> Framer<Seek<Form>> {
        let longest = self.0.iter().map(|form| form.longest).max().unwrap_or(1);
        let patience = tables.iter().map(|table| table.patience_ms).max().unwrap_or(0);
        Framer::new(Seek::new(self.0.clone()), 2 * longest + 2, Duration::from_millis(patience))
    }

    /// The sum of the first form that has one: what is sent carries it too.
    pub fn check(&self) -> Option<&Check> {
        self.0.iter().find_map(|form| form.check.as_ref())
    }
}

impl Shape for Form {
    fn look(&self, held: &[u8]) -> Look {
        let Some(start) = self.start(held) else {
            let perhaps = self.starts.iter().any(|start| start.starts_with(held));
            return if perhaps { Look::Unsure } else { Look::No };
        };
        match &self.length {
            Some(length) => self.look_by_length(length, held),
            None => self.look_for_end(start, held),
        }
    }

    fn has_begun(&self, held: &[u8]) -> bool {
        held.len() > 1 && self.start(held).is_some()
    }

    /// Not every table has a check, and every letter of a line may begin one.
    fn looks_inside(&self) -> bool {
        false
    }

    fn is_quiet(&self) -> bool {
        self.quiet
    }
}

impl Form {
    fn of(table: &FrameTable) -> Result<Form, String> {
        let bytes = |texts: &[String]| -> Result<Vec<Vec<u8>>, String> {
            let each = texts.iter().map(|text| notation::read(text).map_err(|fault| format!("`{text}`: {fault}")));
            each.collect()
        };
        let (starts, mut ends) = (bytes(&table.start)?, bytes(&table.end)?);
        // Of two ends at one place the longer is meant.
        ends.sort_by_key(|end| std::cmp::Reverse(end.len()));
        let empty = starts.iter().chain(&ends).any(Vec::is_empty);
        if empty || (ends.is_empty() && table.length.is_none()) || (starts.is_empty() && ends.is_empty()) {
            return Err("a [[frame]] needs an `end` or a `length`, and one without `end` needs a `start`".to_owned());
        }
        if !(1..=LONGEST).contains(&table.longest) {
            return Err(format!("`longest` lies between 1 and {LONGEST}"));
        }
        let shortest = |marks: &[Vec<u8>]| marks.iter().map(Vec::len).min().unwrap_or(0);
        let marks = shortest(&starts) + shortest(&ends);
        if marks > table.longest {
            return Err(format!("`longest` is too short: `start` and `end` alone have {marks} bytes"));
        }
        let told_inside = |told: &Told| told.at + told.size <= table.longest && (1..=2).contains(&told.size);
        let fits = match &table.length {
            None => true,
            Some(Length::Fixed(length)) => (1..=table.longest).contains(length),
            Some(Length::Told(told)) => told_inside(told),
        };
        if !fits {
            return Err("`length` does not fit `longest`".to_owned());
        }
        Ok(Form {
            starts,
            ends,
            length: table.length.clone(),
            longest: table.longest,
            check: table.check.clone(),
            quiet: table.quiet,
        })
    }

    fn is_line(&self) -> bool {
        self.starts.is_empty()
    }

    /// How long the start is that stands here.
    fn start(&self, held: &[u8]) -> Option<usize> {
        if self.is_line() {
            return is_text(*held.first()?).then_some(1);
        }
        self.starts.iter().find(|start| held.starts_with(start)).map(Vec::len)
    }

    fn look_by_length(&self, length: &Length, held: &[u8]) -> Look {
        let count = match length {
            Length::Fixed(count) => *count,
            Length::Told(told) => {
                let Some(number) = held.get(told.at..told.at + told.size) else {
                    return Look::Unsure;
                };
                number.iter().rev().fold(0, |sum, byte| sum * 256 + usize::from(*byte)) + told.plus
            }
        };
        let shortest = self.start(held).unwrap_or(1) + self.ends.iter().map(Vec::len).min().unwrap_or(0);
        if count > self.longest || count < shortest.max(1) {
            return Look::No;
        }
        let Some(frame) = held.get(..count) else {
            return Look::Unsure;
        };
        if self.ends.is_empty() {
            return self.judged(held, count, count);
        }
        match self.ends.iter().find(|end| frame.ends_with(end)) {
            Some(end) => self.judged(held, count, count - end.len()),
            None => Look::No,
        }
    }

    fn look_for_end(&self, start: usize, held: &[u8]) -> Look {
        let within = &held[..held.len().min(self.longest)];
        let from = |needle: &Vec<u8>| position(within.get(start..)?, needle).map(|place| (place + start, needle.len()));
        // The earliest end; of two at one place the longer, which stands first.
        let end = self.ends.iter().filter_map(from).min_by_key(|(place, _)| *place);
        let again =
            self.starts.iter().filter_map(from).map(|(place, _)| place).min().or_else(|| self.line_break(within));
        match (end, again) {
            (end, Some(again)) if end.is_none_or(|(place, _)| again < place) => Look::Broken(again),
            (Some((place, length)), _) => self.judged(held, place + length, place),
            (None, _) if held.len() < self.longest => Look::Unsure,
            (None, _) if self.is_line() => Look::Overlong(self.longest - 1),
            (None, _) => Look::Broken(self.longest),
        }
    }

    /// Where a line is broken: by a line break that is not its end, or by a byte that stands in no line. A line whose end is no line break may hold some.
    fn line_break(&self, held: &[u8]) -> Option<usize> {
        let breaks = |byte: &u8| !is_text(*byte);
        if !self.is_line() || !self.ends.iter().any(|end| matches!(end[0], b'\r' | b'\n')) {
            return None;
        }
        let place = held.iter().position(breaks)?;
        let rest = &held[place..];
        // More bytes may still make an end of it.
        let unsure = self.ends.iter().any(|end| end.len() > rest.len() && end.starts_with(rest));
        (!unsure).then_some(place.max(1))
    }

    fn judged(&self, held: &[u8], count: usize, content: usize) -> Look {
        let fault = match self.check.as_ref().map(|check| check.verdict(&held[..content])) {
            None | Some(Verdict::Good) => None,
            Some(Verdict::Wrong) => Some(FaultCode::Checksum),
            Some(Verdict::Missing) => Some(FaultCode::MissingChecksum),
        };
        Look::Whole(count, 0..content, fault)
    }
}

fn is_text(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}

fn a_second() -> u64 {
    1000
}

fn one() -> usize {
    1
}

/// The longest frame a descriptor may ask for.
const LONGEST: usize = 8192;
