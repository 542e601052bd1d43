//! A conversation as a descriptor's `[talk]` table says: ask, wait for the answer, ask again or ask the next.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde::Deserialize;
use toml::Spanned;

use super::record::{Gives, fault};
use super::slip::Slip;
use super::template::{Datum, Template};
use crate::checksum::Check;
use crate::decoder::{Order, Output, Skill};
use crate::reading::{DeviceTime, FaultCode, Status};

/// A `[talk]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TalkTable {
    /// How long an answer may take.
    patience_ms: u64,
    /// How often a question is asked before silence is told.
    tries: u8,
    /// Asked for one measurement.
    #[serde(default)]
    measure: Vec<StepTable>,
    /// Asked again and again while values are wanted as they come.
    #[serde(default)]
    stream: Vec<StepTable>,
    /// Pause between two rounds of `stream`.
    #[serde(default)]
    every_ms: u64,
    /// Asked for the whole memory.
    #[serde(default)]
    download: Vec<StepTable>,
    /// Said to set the clock.
    #[serde(default)]
    set_clock: Vec<StepTable>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTable {
    /// What is said, with slots `index` (from 0), `index1` (from 1) and those of the clock.
    say: Spanned<String>,
    /// What answers it: one thing, or one of several.
    want: Want,
    /// Its name, for records that only answer this question.
    #[serde(default)]
    name: String,
    /// Asked for each stored record.
    #[serde(default)]
    each: bool,
    /// Asked until this event comes.
    #[serde(default)]
    until: Option<String>,
    /// Silence is an answer too: go on without.
    #[serde(default)]
    optional: bool,
}

/// What answers a question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Want {
    One(Gives),
    Any(Vec<Gives>),
}

impl Want {
    fn has(&self, gives: Gives) -> bool {
        match self {
            Want::One(one) => *one == gives,
            Want::Any(any) => any.contains(&gives),
        }
    }

    /// Whether this is the kind of answer that was wanted.
    fn is_met(&self, heard: &Output) -> bool {
        let any: &[Gives] = match heard {
            Output::Reading(_) => &[Gives::Reading, Gives::Live],
            Output::Status(Status::Event { .. }) => &[Gives::Event],
            Output::Status(Status::Skipped { .. }) => &[Gives::Skipped, Gives::Reading],
            Output::Status(Status::Live { .. }) => &[Gives::Live, Gives::Reading],
            Output::Status(Status::Clock { .. }) => &[Gives::Clock],
            Output::Status(Status::ClockSet { .. }) => &[Gives::ClockSet],
            Output::Status(Status::Device { .. }) => &[Gives::Device],
            Output::Status(Status::Version { .. }) => &[Gives::Version],
            Output::Status(Status::Battery { .. }) => &[Gives::Battery],
            Output::Status(Status::DisplayUnit { .. }) => &[Gives::DisplayUnit],
            Output::Status(Status::Memory { .. }) => &[Gives::Count],
            _ => &[],
        };
        any.iter().any(|gives| self.has(*gives))
    }
}

/// A talk table, understood.
#[derive(Clone, Debug)]
pub struct Script {
    patience: Duration,
    tries: u8,
    every: Duration,
    measure: Vec<Step>,
    stream: Vec<Step>,
    download: Vec<Step>,
    set_clock: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    say: Template,
    table: StepTable,
}

/// A conversation under way.
#[derive(Clone, Debug)]
pub struct Talk {
    order: Order,
    step: usize,
    tries: u8,
    index: u16,
    count: Option<u16>,
    /// When silence has lasted too long, or the next round is due.
    until: Instant,
    /// Between two rounds.
    resting: bool,
    /// The moment that belongs to the reading to come.
    moment: Option<DeviceTime>,
    device_id: Option<String>,
    kept: Vec<Output>,
    done: u16,
    clock: Option<HostClock>,
}

/// The host's clock, as it was told.
#[derive(Clone, Copy, Debug)]
pub struct HostClock {
    /// When it was told.
    pub since: Instant,
    /// What it showed then.
    pub moment: NaiveDateTime,
}

impl HostClock {
    fn at(self, at: Instant) -> Option<NaiveDateTime> {
        let passed = chrono::Duration::from_std(at.saturating_duration_since(self.since)).ok()?;
        self.moment.checked_add_signed(passed)
    }
}

impl Script {
    /// Understands a talk table.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn of(spanned: &Spanned<TalkTable>, check: Option<&Check>) -> Result<Script, Slip> {
        let table = spanned.get_ref();
        let steps = |tables: &[StepTable]| -> Result<Vec<Step>, Slip> {
            let each =
                tables.iter().map(|table| Ok(Step { say: Template::of(&table.say, check)?, table: table.clone() }));
            each.collect()
        };
        if table.tries == 0 || table.patience_ms == 0 || table.patience_ms * u64::from(table.tries) > LONGEST_SILENCE_MS
        {
            let says = format!("`patience_ms` times `tries` lies between 1 and {LONGEST_SILENCE_MS}");
            return Err(Slip::of(spanned, says));
        }
        if !table.stream.is_empty() && table.every_ms == 0 {
            return Err(Slip::of(spanned, "`stream` needs `every_ms`"));
        }
        Ok(Script {
            patience: Duration::from_millis(table.patience_ms),
            tries: table.tries,
            every: Duration::from_millis(table.every_ms),
            measure: steps(&table.measure)?,
            stream: steps(&table.stream)?,
            download: steps(&table.download)?,
            set_clock: steps(&table.set_clock)?,
        })
    }

    /// Whether it has a conversation for exactly these skills.
    pub fn fits(&self, skills: &[Skill]) -> bool {
        let has = [
            (Skill::Measure, &self.measure),
            (Skill::Stream, &self.stream),
            (Skill::Download, &self.download),
            (Skill::WatchForNew, &self.download),
            (Skill::SetClock, &self.set_clock),
        ];
        let told = |skill: &Skill| has.iter().any(|(one, steps)| one == skill && !steps.is_empty());
        skills.iter().all(told) && has.iter().all(|(skill, steps)| steps.is_empty() || skills.contains(skill))
    }

    fn steps(&self, order: Order) -> &[Step] {
        match order {
            Order::Measure => &self.measure,
            Order::Stream => &self.stream,
            Order::Download | Order::WatchForNew => &self.download,
            Order::SetClock(_) => &self.set_clock,
            Order::Stop | Order::FindCards | Order::Status | Order::Rest => &[],
        }
    }
}

impl Talk {
    /// Begins what is ordered; `None` if nothing is to be said for it.
    pub fn start(
        script: &Script,
        check: Option<&Check>,
        clock: Option<HostClock>,
        at: Instant,
        order: Order,
        out: &mut Vec<Output>,
    ) -> Option<Talk> {
        if script.steps(order).is_empty() {
            return None;
        }
        let mut talk = Talk {
            order,
            step: 0,
            tries: 0,
            index: 0,
            count: None,
            until: at,
            resting: false,
            moment: None,
            device_id: None,
            kept: Vec::new(),
            done: 0,
            clock,
        };
        talk.ask(script, check, at, out);
        Some(talk)
    }

    /// When it wants to be told the time.
    pub fn deadline(&self) -> Instant {
        self.until
    }

    /// The name of the question that is open.
    pub fn asked<'a>(&self, script: &'a Script) -> &'a str {
        script.steps(self.order).get(self.step).map_or("", |step| step.table.name.as_str())
    }

    /// Takes what a frame meant. Returns the talk while it goes on.
    pub fn hear(
        mut self,
        script: &Script,
        check: Option<&Check>,
        at: Instant,
        heard: Output,
        out: &mut Vec<Output>,
    ) -> Option<Talk> {
        let steps = script.steps(self.order);
        let Some(step) = steps.get(self.step).filter(|_| !self.resting) else {
            return Some(self);
        };
        let ended = matches!((&heard, &step.table.until), (Output::Status(Status::Event { event }), Some(until)) if *event == *until);
        if ended {
            let next = self.step + 1;
            return self.go_on(script, check, at, next, out);
        }
        match &heard {
            Output::Fault(fault) => match fault.code {
                FaultCode::InvalidTimestamp | FaultCode::OutOfRange if step.table.want.has(Gives::Reading) => {}
                FaultCode::Checksum | FaultCode::Malformed | FaultCode::MissingChecksum
                    if self.tries < script.tries =>
                {
                    self.ask(script, check, at, out);
                    return Some(self);
                }
                _ => return self.end(script, at, Some(heard), out),
            },
            // A notice to ask again, or a late answer to another question.
            _ if !step.table.want.is_met(&heard) => {
                if matches!(&heard, Output::Status(Status::Event { event }) if event == ASK_AGAIN)
                    && self.tries < script.tries
                {
                    self.ask(script, check, at, out);
                }
                return Some(self);
            }
            _ => {}
        }
        self.take(heard, out);
        let next = self.next(steps);
        self.go_on(script, check, at, next, out)
    }

    /// Takes notice that time has passed. Returns the talk while it goes on.
    pub fn wait(mut self, script: &Script, check: Option<&Check>, at: Instant, out: &mut Vec<Output>) -> Option<Talk> {
        if at < self.until {
            return Some(self);
        }
        if self.resting {
            (self.resting, self.step, self.tries) = (false, 0, 0);
            self.ask(script, check, at, out);
            return Some(self);
        }
        if self.tries < script.tries {
            self.ask(script, check, at, out);
            return Some(self);
        }
        if script.steps(self.order).get(self.step).is_some_and(|step| step.table.optional) {
            let next = self.step + 1;
            return self.go_on(script, check, at, next, out);
        }
        let says = match self.count {
            Some(of) if of > 0 => format!(
                "the device fell silent after {} of {of} records and nothing was kept; check the plug and read again",
                self.done
            ),
            _ => SAYS_SILENT.to_owned(),
        };
        self.end(script, at, Some(fault(FaultCode::NoAnswer, Some(&says), None, &[])), out)
    }

    fn ask(&mut self, script: &Script, check: Option<&Check>, at: Instant, out: &mut Vec<Output>) {
        let Some(step) = script.steps(self.order).get(self.step) else { return };
        let clock = match self.order {
            Order::SetClock(moment) => Some(moment),
            _ => self.clock.and_then(|clock| clock.at(at)),
        };
        let data = |name: &str| match name {
            "index" => Some(Datum::Number(self.index.into())),
            "index1" => Some(Datum::Number((u32::from(self.index) + 1).into())),
            "clock" => clock.map(Datum::Moment),
            _ => None,
        };
        self.tries += 1;
        self.until = at + script.patience;
        out.extend(step.say.fill(&data, check).map(Output::Send));
    }

    /// Keeps what a download brings until it is whole; tells everything else at once.
    fn take(&mut self, heard: Output, out: &mut Vec<Output>) {
        match heard {
            Output::Reading(mut reading) => {
                reading.device_time = reading.device_time.or(self.moment.take());
                reading.device_id = reading.device_id.or_else(|| self.device_id.clone());
                if self.downloads() {
                    self.kept.push(Output::Reading(reading))
                } else {
                    out.push(Output::Reading(reading))
                }
            }
            Output::Status(Status::Device { device_id, fits, battery }) => {
                let whole = self.device_id.take().unwrap_or_default() + &device_id;
                self.device_id = Some(whole.clone());
                out.push(Output::Status(Status::Device { device_id: whole, fits, battery }));
            }
            Output::Status(Status::Memory { records, device_id, display_unit }) => {
                self.count = Some(records);
                self.device_id = device_id.or(self.device_id.take());
                let device_id = self.device_id.clone();
                out.push(Output::Status(Status::Memory { records, device_id, display_unit }));
                out.push(Output::Status(Status::Progress { done: 0, of: records }));
            }
            Output::Status(Status::Clock { device_time }) if matches!(self.order, Order::SetClock(_)) => {
                out.push(Output::Status(Status::ClockSet { clock_set: device_time }));
            }
            Output::Status(Status::Clock { device_time }) if self.count.is_some() => self.moment = Some(device_time),
            kept if self.downloads() && self.count.is_some() => self.kept.push(kept),
            told => out.push(told),
        }
    }

    fn downloads(&self) -> bool {
        matches!(self.order, Order::Download | Order::WatchForNew)
    }

    /// The step after this one; the questions for each record come round as long as there are records.
    fn next(&mut self, steps: &[Step]) -> usize {
        let here = &steps[self.step].table;
        if here.until.is_some() {
            self.done += 1;
            self.index = self.index.saturating_add(1);
            return if self.done < MOST { self.step } else { self.step + 1 };
        }
        let each = |step: Option<&Step>| step.is_some_and(|step| step.table.each);
        if !here.each || each(steps.get(self.step + 1)) {
            return self.step + 1;
        }
        self.done += 1;
        self.index = self.index.saturating_add(1);
        self.moment = None;
        let first = steps[..=self.step].iter().rposition(|step| !step.table.each).map_or(0, |before| before + 1);
        if self.index < self.count.unwrap_or(0) { first } else { self.step + 1 }
    }

    fn go_on(
        mut self,
        script: &Script,
        check: Option<&Check>,
        at: Instant,
        next: usize,
        out: &mut Vec<Output>,
    ) -> Option<Talk> {
        let steps = script.steps(self.order);
        if self.done > 0
            && let Some(of) = self.count
        {
            out.push(Output::Status(Status::Progress { done: self.done, of }));
        }
        (self.step, self.tries) = (next, 0);
        let none = self.count == Some(0);
        while none && steps.get(self.step).is_some_and(|step| step.table.each) {
            self.step += 1;
        }
        if self.step < steps.len() {
            self.ask(script, check, at, out);
            return Some(self);
        }
        self.end(script, at, None, out)
    }

    fn end(mut self, script: &Script, at: Instant, fault: Option<Output>, out: &mut Vec<Output>) -> Option<Talk> {
        if self.order == Order::Stream {
            // A device that did not answer this time may answer the next.
            out.extend(fault);
            (self.resting, self.until) = (true, at + script.every);
            return Some(self);
        }
        match fault {
            Some(fault) => out.push(fault),
            None if self.downloads() => {
                out.extend(self.kept);
                out.push(Output::Status(Status::Downloaded { downloaded: self.done }));
            }
            None => {}
        }
        None
    }
}

/// The event by which a device wants its question again.
const ASK_AGAIN: &str = "ask_again";
/// A device that never ends its list does not fill the memory of this machine.
const MOST: u16 = 10_000;
/// A silent device is told within five seconds.
const LONGEST_SILENCE_MS: u64 = 5000;
const SAYS_SILENT: &str =
    "the device does not answer; check that it is switched on and its cable is plugged in, then try again";
