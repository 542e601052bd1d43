//! Watching a meter's memory: which of its records are new.

use std::time::Instant;

use super::PortEvent;
use crate::decoder::Output;
use crate::memory::{Look, Memory};
use crate::reading::{FaultCode, Reading, Special, Status};

/// Looks at a memory again and again.
#[derive(Default)]
pub(super) struct Watch {
    memory: Memory,
    device_id: Option<String>,
    /// Records of the present look.
    pub gathered: Vec<Reading>,
    told: Option<FaultCode>,
    /// The last look gave nothing.
    pub troubled: bool,
    /// When to look again; `None` while a look is under way.
    pub again: Option<Instant>,
}

impl Watch {
    /// Holds records back until the download is whole, then tells the new ones.
    pub fn sort(&mut self, output: Output) -> Vec<PortEvent> {
        match output {
            Output::Reading(reading) => {
                self.gathered.push(reading);
                Vec::new()
            }
            Output::Status(Status::Device { device_id, .. } | Status::Memory { device_id: Some(device_id), .. }) => {
                self.device_id = Some(device_id);
                Vec::new()
            }
            Output::Status(Status::Memory { .. }) => Vec::new(),
            Output::Status(Status::Downloaded { downloaded }) => {
                self.told = None;
                let back = std::mem::take(&mut self.troubled);
                let records = std::mem::take(&mut self.gathered);
                match self.memory.look(self.device_id.as_deref(), &records) {
                    Look::New(new) if !back || !new.is_empty() => news(new),
                    // It is ready, or ready again.
                    Look::Baseline | Look::New(_) => {
                        let ready = Status::Baseline { baseline: downloaded };
                        vec![PortEvent::Output(Output::Status(ready))]
                    }
                }
            }
            Output::Fault(fault) => {
                self.troubled = true;
                match self.told.replace(fault.code) {
                    Some(told) if told == fault.code => Vec::new(),
                    _ => vec![PortEvent::Output(Output::Fault(fault))],
                }
            }
            Output::Status(Status::Progress { .. } | Status::Version { .. }) => Vec::new(),
            Output::Status(Status::Clock { .. }) if !self.memory.is_empty() => Vec::new(),
            other => vec![PortEvent::Output(other)],
        }
    }
}

/// A control solution is nobody's glucose: it is told, but not to choose from.
fn news(new: Vec<Reading>) -> Vec<PortEvent> {
    let (control, fresh): (Vec<_>, Vec<_>) =
        new.into_iter().partition(|reading| reading.special == Some(Special::Control));
    let mut events: Vec<PortEvent> =
        control.into_iter().map(|reading| PortEvent::Output(Output::Reading(reading))).collect();
    if !fresh.is_empty() {
        events.push(PortEvent::Fresh(fresh));
    }
    events
}
