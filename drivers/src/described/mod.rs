//! Decoders that are data: a descriptor's `[[frame]]`, `[[record]]` and `[talk]` tables.
//!
//! [`frame`] finds frames in bytes, [`record`] says what one means, [`talk`] asks for them. How to write the tables:
//! `docs/add-a-device.md` of this crate.

pub mod field;
pub mod frame;
pub mod record;
pub mod slip;
pub mod talk;
pub mod template;

use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDateTime;
use toml::Spanned;

use crate::checksum::Check;
use crate::custom::Device;
use crate::decoder::{Converse, Decoder, Order, Output, Skill};
use crate::framing::Framer;
use crate::framing::seek::{Frame, Seek};
use crate::reading::{FaultCode, Kind};
use frame::{Form, FrameTable, Frames};
use record::{RecordTable, Records};
use slip::Slip;
use talk::{HostClock, Script, Talk, TalkTable};

/// The tables of a descriptor, understood.
#[derive(Clone, Debug)]
pub struct Protocol {
    tables: Vec<FrameTable>,
    frames: Frames,
    records: Records,
    script: Option<Script>,
}

/// A decoder made of tables.
#[derive(Debug)]
struct Described {
    protocol: Arc<Protocol>,
    framer: Framer<Seek<Form>>,
    talk: Option<Talk>,
    clock: Option<HostClock>,
}

impl Protocol {
    /// Understands the tables of a descriptor.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn of(
        kind: Kind,
        settle: Option<&str>,
        tables: &[Spanned<FrameTable>],
        records: &[Spanned<RecordTable>],
        talk: Option<&Spanned<TalkTable>>,
    ) -> Result<Protocol, Slip> {
        let frames = Frames::of(tables)?;
        let tables = tables.iter().map(|table| table.get_ref().clone()).collect();
        let script = talk.map(|talk| Script::of(talk, frames.check())).transpose()?;
        Ok(Protocol { records: Records::of(kind, settle, records)?, tables, frames, script })
    }

    /// Whether there is a conversation for exactly these skills.
    pub fn fits(&self, skills: &[Skill]) -> bool {
        match &self.script {
            None => skills.is_empty(),
            Some(script) => script.fits(skills),
        }
    }

    /// The sum of its frames.
    pub fn check(&self) -> Option<&Check> {
        self.frames.check()
    }

    /// Returns a fresh decoder.
    pub fn device(self: &Arc<Protocol>) -> Device {
        let framer = self.frames.framer(&self.tables);
        let described = Described { protocol: Arc::clone(self), framer, talk: None, clock: None };
        match self.script {
            None => Device::Speaks(Box::new(described)),
            Some(_) => Device::Converses(Box::new(described)),
        }
    }
}

impl Described {
    fn hear(&mut self, at: Instant, frame: &Frame, out: &mut Vec<Output>) {
        let protocol = Arc::clone(&self.protocol);
        let script = protocol.script.as_ref();
        let asked = script.zip(self.talk.as_ref()).map_or("", |(script, talk)| talk.asked(script));
        let told = match (frame.broken, protocol.records.read(&frame.bytes, asked)) {
            (None, Some(told)) => told,
            (_, None) if frame.quiet => return,
            (code, _) => record::fault(code.unwrap_or(FaultCode::Malformed), None, None, &frame.bytes),
        };
        match script.zip(self.talk.take()) {
            None => out.push(told),
            Some((script, talk)) => self.talk = talk.hear(script, protocol.check(), at, told, out),
        }
    }
}

impl Decoder for Described {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for frame in self.framer.push(at, bytes) {
            self.hear(at, &frame, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for frame in self.framer.expire(at) {
            self.hear(at, &frame, out);
        }
        let protocol = Arc::clone(&self.protocol);
        if let Some((script, talk)) = protocol.script.as_ref().zip(self.talk.take()) {
            self.talk = talk.wait(script, protocol.check(), at, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().map(Talk::deadline);
        [talk, self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Described {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        let protocol = Arc::clone(&self.protocol);
        self.framer.clear();
        let script = protocol.script.as_ref();
        self.talk = script.and_then(|script| Talk::start(script, protocol.check(), self.clock, at, order, out));
    }

    fn tell_clock(&mut self, at: Instant, moment: NaiveDateTime) {
        self.clock = Some(HostClock { since: at, moment });
    }
}
