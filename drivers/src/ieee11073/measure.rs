//! Reports to readings, each told once; a confirmation goes out when its readings are safe.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::apdu::{Apdu, Event, problem};
use super::assemble::{self, Made};
use super::manager::{Manager, State};
use super::report::{self, Observation, Part, Word};
use super::time::{NO_TIME, Stamp};
use crate::decoder::Output;
use crate::reading::{Fault, FaultCode, Reading, Status, hex};

/// What makes two observations the same one: device, handle, values and time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    device: [u8; 8],
    handle: u16,
    parts: Vec<Part>,
    word: Option<Word>,
    stamp: Stamp,
}

/// A confirmation that is not sent yet.
#[derive(Debug)]
pub(super) struct Waiting {
    bytes: Vec<u8>,
    pub until: Instant,
}

/// Watching for readings that were not there before.
///
/// Who watches compares whole memories. What is reported as it comes is new in any case: with a device that has a store it
/// is told as a memory with one record more.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The memory as it was told last; `None` before the first look since the device associated.
    look: Option<Vec<Reading>>,
    /// Reported before the first look, and not told yet.
    held: Vec<Reading>,
    held_keys: HashSet<Key>,
    /// A memory was told, if only an empty one: an absent device's memory is not empty again.
    pub ready: bool,
}

impl Manager {
    /// 8.21: a report, `invoke` if it must be confirmed.
    pub(super) fn measure(
        &mut self,
        at: Instant,
        invoke: Option<u16>,
        event: &Event<'_>,
        raw: &[u8],
        out: &mut Vec<Output>,
    ) {
        if !report::is_report(event.kind) {
            if let Some(invoke) = invoke {
                self.reject(invoke, problem::BADLY_STRUCTURED, out);
            }
            return;
        }
        match self.understand(event, raw) {
            Err(fault) => {
                out.push(Output::Fault(fault));
                self.distrust();
                if let Some(invoke) = invoke {
                    self.reject(invoke, problem::BADLY_STRUCTURED, out);
                }
            }
            Ok(made) => {
                let any = !made.readings.is_empty();
                self.tell(made, out);
                let Some(invoke) = invoke else { return };
                let confirmation = Apdu::Data { invoke, message: event.answer(&[]) };
                if any && self.live && self.waiting.len() < MOST_WAITING {
                    self.waiting.push_back(Waiting { bytes: confirmation.bytes(), until: at + PATIENCE });
                } else if !any {
                    // Where there is nothing to keep there is nothing to wait for.
                    self.send(&confirmation, out);
                }
            }
        }
    }

    /// A report that is not answered.
    pub(super) fn overhear(&mut self, event: &Event<'_>, raw: &[u8], out: &mut Vec<Output>) {
        if !report::is_report(event.kind) {
            return;
        }
        match self.understand(event, raw) {
            Ok(made) => self.tell(made, out),
            Err(fault) => out.push(Output::Fault(fault)),
        }
    }

    fn understand(&mut self, event: &Event<'_>, raw: &[u8]) -> Result<Made, Fault> {
        let malformed = || Fault::new(FaultCode::Malformed, SAYS_BROKEN, raw);
        let agent = self.agent.as_ref().ok_or_else(malformed)?;
        let report = report::read(&agent.config, event.handle, event.kind, event.info).map_err(|_| malformed())?;
        if report.observations.is_empty() && report.strangers > 0 {
            return Err(Fault::new(FaultCode::UnsupportedFormat, SAYS_STRANGE, raw));
        }
        let device = agent.system_id;
        let observations = self.new_ones(device, event.time, report.observations);
        Ok(assemble::readings(Some(&hex(&device)), &observations, raw))
    }

    /// Leaves out what was said before: twice in this report, or in one whose readings are safe already.
    fn new_ones(&mut self, device: [u8; 8], time: u32, observations: Vec<Observation>) -> Vec<Observation> {
        let mut here = HashSet::new();
        let mut new = Vec::new();
        let store = self.has_store();
        for observation in observations {
            let mut key = Key::new(device, &observation);
            if key.stamp == Stamp::None && time != NO_TIME {
                key.stamp = Stamp::Ticks(time);
            }
            let repeated = !here.insert(key.clone());
            // Without any time, the same value again may well be another measurement.
            let timed = key.stamp != Stamp::None;
            if repeated || (timed && self.safe.contains(&key)) {
                continue;
            }
            match self.watch.as_mut().filter(|watch| store && watch.look.is_none()) {
                _ if !timed => {}
                // Nobody will say that it is safe; but it was told in this association.
                _ if !self.live => push_bounded(&mut self.safe, key),
                Some(watch) => {
                    watch.held_keys.insert(key);
                }
                None => push_bounded(&mut self.told, key),
            }
            new.push(observation);
        }
        new
    }

    fn tell(&mut self, made: Made, out: &mut Vec<Output>) {
        let skipped =
            made.skipped.into_iter().map(|skipped| Output::Status(Status::Skipped { skipped: skipped.into() }));
        out.extend(skipped);
        out.extend(made.faults.into_iter().map(Output::Fault));
        let store = self.has_store();
        let Some(watch) = self.watch.as_mut().filter(|_| !made.readings.is_empty()) else {
            return out.extend(made.readings.into_iter().map(Output::Reading));
        };
        if !store {
            return tell_memory(&made.readings, out);
        }
        match &mut watch.look {
            Some(records) => {
                records.extend(made.readings);
                tell_memory(records, out);
            }
            None if watch.held.len() < REMEMBERED => watch.held.extend(made.readings),
            None => {}
        }
    }

    /// Whether this was reported and will be told after the memory in which it may stand too.
    pub(super) fn is_held(&self, key: &Key) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.held_keys.contains(key))
    }

    /// Tells a whole memory, and then what was reported meanwhile.
    pub(super) fn tell_download(&mut self, mut records: Vec<Reading>, out: &mut Vec<Output>) {
        tell_memory(&records, out);
        let Some(watch) = &mut self.watch else { return };
        if !watch.held.is_empty() {
            records.append(&mut watch.held);
            tell_memory(&records, out);
        }
        for key in watch.held_keys.drain() {
            push_bounded(&mut self.told, key);
        }
        watch.look = Some(records);
    }

    /// Forgets the memory of the device before.
    pub(super) fn look_anew(&mut self) {
        self.watch = self.watch.take().map(|watch| Watch { ready: watch.ready, ..Watch::default() });
    }

    /// A configuration from the cache that a report does not fit is asked for anew next time.
    fn distrust(&mut self) {
        if let Some(agent) = &self.agent {
            self.cache.forget(&agent.system_id, agent.config_id);
            self.learned = true;
        }
    }

    /// What was told is safe: it is not told again, and the agents may forget it.
    pub(super) fn confirm(&mut self, out: &mut Vec<Output>) {
        for key in std::mem::take(&mut self.told) {
            push_bounded(&mut self.safe, key);
        }
        if self.watch.as_ref().is_some_and(|watch| !watch.held.is_empty()) {
            return;
        }
        let open = self.live && self.state == State::Operating;
        for waiting in self.waiting.drain(..).filter(|_| open) {
            out.push(Output::Send(waiting.bytes));
        }
    }

    /// The agent has given up waiting and will offer its readings again.
    pub(super) fn stop_waiting(&mut self, at: Instant) {
        self.waiting.retain(|waiting| waiting.until > at);
    }
}

impl Key {
    pub fn new(device: [u8; 8], observation: &Observation) -> Key {
        Key {
            device,
            handle: observation.handle,
            parts: observation.parts.clone(),
            word: observation.word.clone(),
            stamp: observation.stamp,
        }
    }
}

fn tell_memory(records: &[Reading], out: &mut Vec<Output>) {
    out.extend(records.iter().cloned().map(Output::Reading));
    let downloaded = u16::try_from(records.len()).unwrap_or(u16::MAX);
    out.push(Output::Status(Status::Downloaded { downloaded }));
}

fn push_bounded(keys: &mut VecDeque<Key>, key: Key) {
    if keys.len() >= REMEMBERED {
        keys.pop_front();
    }
    keys.push_back(key);
}

/// An agent waits three seconds for a confirmation.
const PATIENCE: Duration = Duration::from_secs(3);
/// An agent waits for one confirmation at a time.
const MOST_WAITING: usize = 64;
/// How many observations are remembered, to know them again.
const REMEMBERED: usize = 1024;
const SAYS_BROKEN: &str = "the lengths inside a report disagree; measure again";
const SAYS_STRANGE: &str = "the device reported something it had not announced; switch it off and on and measure again";
