//! Asking a meter one thing after the other: what such conversations have in common.
//!
//! Ask, wait, ask again, go on. Records are kept back until the memory is whole: then they are told, or none of them.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, Timelike};

use crate::decoder::Output;
use crate::framing::seek::Frame;
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Quantity, Reading, Special, Status, Unit};

/// A conversation under way; `S` names its steps.
#[derive(Debug)]
pub(super) struct Talk<S> {
    /// What was asked last.
    pub step: S,
    /// Records read so far.
    pub done: u16,
    /// Records in all, once the meter has told.
    pub of: Option<u16>,
    asked: Vec<u8>,
    tries: u8,
    wait: Duration,
    /// When silence has lasted too long.
    pub until: Instant,
    /// When even bytes that come no longer help.
    pub by: Instant,
    kept: Vec<Output>,
    bad: Option<Fault>,
}

impl<S> Talk<S> {
    /// Begins with nothing asked yet; the meter may speak first.
    pub fn waiting(at: Instant, step: S, wait: Duration) -> Talk<S> {
        let until = at + wait;
        Talk {
            step,
            done: 0,
            of: None,
            asked: Vec::new(),
            tries: 0,
            wait,
            until,
            by: until,
            kept: Vec::new(),
            bad: None,
        }
    }

    /// Asks the next thing; its answer is due after `wait`.
    pub fn ask(&mut self, at: Instant, step: S, bytes: Vec<u8>, wait: Duration, out: &mut Vec<Output>) {
        (self.step, self.asked, self.tries) = (step, bytes, 1);
        self.send(at, wait, out);
    }

    /// Asks the same once more, unless it was asked `most` times; says whether it did.
    pub fn again(&mut self, at: Instant, most: u8, out: &mut Vec<Output>) -> bool {
        if self.tries >= most {
            return false;
        }
        self.tries += 1;
        self.send(at, self.wait, out);
        true
    }

    fn send(&mut self, at: Instant, wait: Duration, out: &mut Vec<Output>) {
        self.wait_until(at, wait);
        self.by = at + LONGEST_ANSWER;
        out.push(Output::Send(self.asked.clone()));
    }

    /// Gives the meter so much time from now.
    pub fn wait_until(&mut self, at: Instant, wait: Duration) {
        (self.wait, self.until) = (wait, at + wait);
    }

    /// Takes notice that bytes of a long answer are coming: silence counts from now, but no babble lasts for ever.
    pub fn coming(&mut self, at: Instant) {
        self.until = (at + self.wait).min(self.by);
    }

    /// The bytes asked last.
    pub fn asked(&self) -> &[u8] {
        &self.asked
    }

    /// Remembers a frame that was not understood, told if nothing better comes.
    pub fn remember(&mut self, bad: Fault) {
        self.bad = Some(bad);
    }

    /// Takes notice of a good frame.
    pub fn understood(&mut self) {
        self.bad = None;
    }

    /// Takes notice how many records there are.
    pub fn memory(&mut self, of: u16, out: &mut Vec<Output>) {
        self.of = Some(of);
        self.tell(out);
    }

    /// Keeps what one record gave.
    pub fn keep(&mut self, result: Output, out: &mut Vec<Output>) {
        self.kept.push(result);
        self.done = self.done.saturating_add(1);
        self.tell(out);
    }

    /// Keeps something that is no record.
    pub fn keep_aside(&mut self, result: Output) {
        self.kept.push(result);
    }

    /// Takes notice that the meter took this time; it keeps no seconds.
    pub fn clock_set(&mut self, set: Option<NaiveDateTime>) {
        if let Some(moment) = set.and_then(|moment| moment.with_second(0)?.with_nanosecond(0)) {
            let clock_set = DeviceTime { moment, seconds: false };
            self.keep_aside(Output::Status(Status::ClockSet { clock_set }));
        }
    }

    fn tell(&self, out: &mut Vec<Output>) {
        let of = self.of.unwrap_or(self.done).max(self.done);
        out.push(Output::Status(Status::Progress { done: self.done, of }));
    }
}

/// Ends a conversation well: everything kept is told.
pub(super) fn finish<S>(talk: &mut Option<Talk<S>>, out: &mut Vec<Output>) {
    let Some(talk) = talk.take() else { return };
    out.extend(talk.kept);
    if talk.of.is_some() {
        out.push(Output::Status(Status::Downloaded { downloaded: talk.done }));
    }
}

/// Ends a conversation badly: nothing kept is told.
pub(super) fn fail<S>(talk: &mut Option<Talk<S>>, fault: Fault, out: &mut Vec<Output>) {
    if talk.take().is_some() {
        out.push(Output::Fault(fault));
    }
}

/// Ends a conversation in which the meter fell silent, or was not understood in the end.
pub(super) fn give_up<S>(talk: &mut Option<Talk<S>>, says: &str, out: &mut Vec<Output>) {
    let Some(ended) = talk.take() else { return };
    let silent = || {
        let says = match ended.of {
            Some(of) => format!(
                "the meter fell silent after {} of {of} records and nothing was kept; check the plug and read again",
                ended.done
            ),
            None => says.to_owned(),
        };
        Fault::new(FaultCode::NoAnswer, says, &[])
    };
    out.push(Output::Fault(ended.bad.clone().unwrap_or_else(silent)));
}

/// Returns the reading of a plain number of mg/dL.
///
/// # Errors
/// `out_of_range` for a number that this meter cannot measure.
pub(super) fn glucose(raw: &[u8], mg_per_dl: u32, range: RangeInclusive<u32>) -> Result<Reading, Fault> {
    if !range.contains(&mg_per_dl) {
        return Err(Fault::new(FaultCode::OutOfRange, SAYS_RANGE, raw));
    }
    Ok(Reading::new(Kind::Glucose, raw).with(Quantity::Glucose, mg_per_dl, Unit::MgPerDl))
}

/// The same for a meter whose page calls what lies outside LO and HI.
pub(super) fn glucose_or_beyond(raw: &[u8], mg_per_dl: u32, range: RangeInclusive<u32>) -> Reading {
    let beyond = |special| Reading { special: Some(special), ..Reading::new(Kind::Glucose, raw) };
    match mg_per_dl {
        low if low < *range.start() => beyond(Special::LO),
        high if high > *range.end() => beyond(Special::HI),
        number => Reading::new(Kind::Glucose, raw).with(Quantity::Glucose, number, Unit::MgPerDl),
    }
}

/// Returns the time that a meter writes as year of the century, month, day, hour, minute, second.
pub(super) fn moment([year, month, day, hour, minute, second]: [u8; 6]) -> Option<NaiveDateTime> {
    if year > 99 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(2000 + i32::from(year), month.into(), day.into())?;
    date.and_hms_opt(hour.into(), minute.into(), second.into())
}

/// Returns the content of a whole frame.
///
/// # Errors
/// What is wrong with a broken one.
pub(super) fn whole(frame: Frame) -> Result<Vec<u8>, Fault> {
    match frame.broken {
        None => Ok(frame.bytes),
        Some(FaultCode::Checksum) => Err(bad_check(&frame.bytes)),
        Some(_) => Err(cut(&frame.bytes)),
    }
}

/// The fault of a record whose date is of no calendar.
pub(super) fn bad_time(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::InvalidTimestamp, SAYS_RECORD_TIME, raw)
}

/// The fault of a meter whose clock is of no calendar.
pub(super) fn bad_clock(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::InvalidTimestamp, SAYS_CLOCK, raw)
}

/// The fault of a frame that ends too early or has another shape.
pub(super) fn malformed(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw)
}

/// The fault of a frame that never came whole.
pub(super) fn cut(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::Malformed, SAYS_CUT, raw)
}

/// The fault of a frame with a wrong check.
pub(super) fn bad_check(raw: &[u8]) -> Fault {
    Fault::new(FaultCode::Checksum, SAYS_CHECK, raw)
}

/// Silence where a meter must answer, for most of them.
pub(super) const SAYS_SILENT: &str =
    "the meter does not answer; plug the cable in firmly, switch the meter on if it has a switch, and read again";
/// No memory takes longer.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);
const SAYS_RANGE: &str = "a record in the meter holds a number that the meter cannot measure and was left out";
const SAYS_RECORD_TIME: &str = "a record in the meter has an impossible time and was left out; set the meter's clock";
const SAYS_CLOCK: &str = "the meter's clock shows an impossible time; set its clock";
const SAYS_MALFORMED: &str =
    "the meter answered with a good checksum but something unknown; note the model, read again, and report it";
const SAYS_CUT: &str = "an answer of the meter broke off; check the plug and read again";
const SAYS_CHECK: &str = "the checksum of an answer from the meter is wrong; check the plug and read again";
