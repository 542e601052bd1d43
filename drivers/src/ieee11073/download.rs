//! A store is read: page after page, and never cleared.

use std::time::Instant;

use super::apdu::{Apdu, Event};
use super::assemble;
use super::manager::Manager;
use super::measure::Key;
use super::requests::Request;
use super::store::{self, Entry, MOST, Page, Transfer, page};
use crate::decoder::Output;
use crate::reading::{FaultCode, Status, hex};

impl Manager {
    pub(super) fn hear_segments(&mut self, store: u16, args: &[u8], out: &mut Vec<Output>) {
        let Ok(mut segments) = store::segments(args) else {
            return self.fail(FaultCode::Malformed, SAYS_SEGMENTS, out);
        };
        segments.sort_by_key(|segment| segment.instance);
        // What came from another store of the same device.
        let before = self.transfer.take().unwrap_or_default();
        let of = segments.iter().fold(before.of, |sum, segment| sum.saturating_add(segment.entries)).min(MOST);
        if let (Some(_), Some(agent)) = (&self.watch, &self.agent) {
            // Another device's memory is nothing to compare with.
            out.push(Output::Status(Status::device(hex(&agent.system_id))));
        }
        self.transfer = Some(Transfer { handle: store, segments: segments.into(), of, ..before });
        self.next_segment(out);
    }

    /// Asks for the segment that is first now, or ends the download.
    fn next_segment(&mut self, out: &mut Vec<Output>) {
        let Some(transfer) = &mut self.transfer else { return };
        transfer.next = None;
        if let Some(segment) = transfer.segments.front() {
            return self.queue.push_back(Request::Transfer(transfer.handle, segment.instance));
        }
        if self.queue.iter().any(|request| matches!(request, Request::Segments(_))) {
            return;
        }
        let (readings, faults) = (std::mem::take(&mut transfer.readings), std::mem::take(&mut transfer.faults));
        out.extend(faults.into_iter().map(Output::Fault));
        self.transfer = None;
        self.job = None;
        self.tell_download(readings, out);
    }

    /// The answer to the wish for a segment: it comes, or why not.
    pub(super) fn hear_transfer(&mut self, at: Instant, args: &[u8], out: &mut Vec<Output>) {
        let Some(transfer) = &mut self.transfer else { return };
        let Some(segment) = transfer.segments.front() else { return };
        match args {
            [high, low, 0, COMES] if u16::from_be_bytes([*high, *low]) == segment.instance => {
                if let Some(asked) = &mut self.asked {
                    asked.until = at + segment.patience;
                }
            }
            [_, _, 0, NO_SUCH | EMPTY] => {
                self.asked = None;
                transfer.segments.pop_front();
                self.next_segment(out);
            }
            [_, _, 0, LATER] => self.fail(FaultCode::DeviceError, SAYS_LATER, out),
            _ => self.fail(FaultCode::DeviceError, SAYS_REFUSED, out),
        }
    }

    /// A page of stored entries.
    pub(super) fn take_page(
        &mut self,
        at: Instant,
        invoke: u16,
        confirmed: bool,
        event: &Event<'_>,
        out: &mut Vec<Output>,
    ) {
        let Ok(page) = Page::parse(event.info) else {
            self.reject(invoke, super::apdu::problem::BADLY_STRUCTURED, out);
            if self.transfer.is_some() {
                self.stop_transfer(SAYS_PAGE, out);
            }
            return;
        };
        let taken = self.read_page(event.handle, &page);
        let status = if taken.is_ok() { page::CONFIRM } else { page::MANAGER_ABORT };
        if confirmed {
            let reply = page.answer(status);
            self.send(&Apdu::Data { invoke, message: event.answer(&reply) }, out);
        }
        match taken {
            Ok(()) => self.after_page(at, &page, out),
            // Nothing was asked for.
            Err(None) => {}
            Err(Some(says)) => self.stop_transfer(says, out),
        }
    }

    fn stop_transfer(&mut self, says: &str, out: &mut Vec<Output>) {
        self.fail(FaultCode::Malformed, says, out);
    }

    /// Takes the entries of a page that comes in its order.
    fn read_page(&mut self, handle: u16, page: &Page<'_>) -> Result<(), Option<&'static str>> {
        let transfer = self.transfer.as_ref().filter(|transfer| transfer.handle == handle).ok_or(None)?;
        let segment = transfer.segments.front().filter(|segment| segment.instance == page.instance).ok_or(None)?;
        if page.status & page::AGENT_ABORT != 0 {
            return Err(Some(SAYS_GIVES_UP));
        }
        let begins = page.status & page::FIRST != 0;
        let in_order = match transfer.next {
            None => begins,
            Some(next) => !begins && next == page.first,
        };
        if !in_order {
            return Err(Some(SAYS_GAP));
        }
        let done = transfer.done.checked_add(page.count).filter(|done| *done <= MOST).ok_or(Some(SAYS_TOO_MANY))?;
        let agent = self.agent.as_ref().ok_or(None)?;
        let entries = segment.read(&agent.config, page).map_err(|_| Some(SAYS_PAGE))?;
        let device = hex(&agent.system_id);
        let (mut read, mut faults) = (Vec::new(), Vec::new());
        for Entry { raw, observations } in entries {
            if observations.iter().any(|seen| self.is_held(&Key::new(agent.system_id, seen))) {
                continue;
            }
            let made = assemble::readings(Some(&device), &observations, raw);
            read.extend(made.readings);
            faults.extend(made.faults);
        }
        let transfer = self.transfer.as_mut().ok_or(None)?;
        transfer.readings.append(&mut read);
        transfer.faults.append(&mut faults);
        transfer.done = done;
        transfer.next = Some(page.first.wrapping_add(page.count));
        Ok(())
    }

    fn after_page(&mut self, at: Instant, page: &Page<'_>, out: &mut Vec<Output>) {
        let Some(transfer) = &mut self.transfer else { return };
        let small = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
        let of = transfer.of.max(transfer.done);
        out.push(Output::Status(Status::Progress { done: small(transfer.done), of: small(of) }));
        if page.status & page::LAST == 0 {
            let patience = transfer.segments.front().map(|segment| segment.patience);
            if let (Some(asked), Some(patience)) = (&mut self.asked, patience) {
                asked.until = at + patience;
            }
            return;
        }
        transfer.segments.pop_front();
        self.asked = None;
        self.next_segment(out);
        self.pump(at, out);
    }
}

/// Answers to the wish for a segment.
const COMES: u8 = 0;
const NO_SUCH: u8 = 1;
const LATER: u8 = 2;
const EMPTY: u8 = 3;
const SAYS_SEGMENTS: &str = "the device described its memory in a way that is not understood; nothing was kept";
const SAYS_PAGE: &str = "a page of the device's memory is broken and nothing was kept; read again";
const SAYS_GAP: &str = "a page of the device's memory is missing and nothing was kept; read again";
const SAYS_GIVES_UP: &str = "the device gave up handing over its memory and nothing was kept; read again";
const SAYS_TOO_MANY: &str = "the device's memory holds more than can be read at once; nothing was kept";
const SAYS_LATER: &str = "the device is busy; read its memory again in a minute";
const SAYS_REFUSED: &str = "the device does not hand over its memory; nothing was kept";
