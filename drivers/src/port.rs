//! One thread a port: a transport, a decoder, a channel. It reconnects, and tells the decoder the time.

mod watch;
mod worker;

use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::decoder::{Order, Output, Skill};
use crate::descriptor::Descriptor;
use crate::reading::{Kind, Reading};
use crate::settle::{self, EachFrame, Settle};
use crate::transcript::Heard;
use crate::transport::{Opener, Trouble};
use worker::{Wish, Worker};

/// A running port. Dropping it ends its thread and closes the device, within a fifth of a second.
#[derive(Debug)]
pub struct Port {
    wishes: Option<Sender<Wish>>,
    skills: Vec<Skill>,
    kind: Kind,
    thread: Option<JoinHandle<()>>,
}

/// What a port tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortEvent {
    /// The port is open. A device that only speaks may still be switched off.
    Up,
    /// The port cannot be used; it is tried again four times a second. Told again only when the reason changes.
    Down {
        /// Why, and what to do.
        why: Trouble,
    },
    /// A settled result, a status or a fault.
    Output(Output),
    /// While watching for new records: those that were not there before. Two are for the person to choose from.
    Fresh(Vec<Reading>),
    /// To be kept over a restart and given to [`Port::recall`]: what a device need not tell again.
    Remember(String),
    /// The device stays silent where it must speak. Told once; any other output ends it.
    NoAnswer,
}

/// An order that this model cannot carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this device cannot be told to `{0}`")]
pub struct Refused(pub Order);

/// Bytes were to be sent to a device that is no printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only printers take slips")]
pub struct NoPrinter;

impl Port {
    /// Starts the thread of one port, with what `opener` opens.
    ///
    /// `tell` is called from that thread and must not block; hand the events to a channel.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        descriptor: &Descriptor,
        opener: Opener,
        tell: impl FnMut(PortEvent) + Send + 'static,
    ) -> io::Result<Port> {
        Port::start_recorded(descriptor, opener, tell, |_, _| {})
    }

    /// The same, and lets `tap` hear every byte, order and frame, for a
    /// [`Recorder`](crate::transcript::Recorder). Never record a card reader: its bytes are a person's data.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start_recorded(
        descriptor: &Descriptor,
        opener: Opener,
        tell: impl FnMut(PortEvent) + Send + 'static,
        tap: impl FnMut(Instant, Heard<'_>) + Send + 'static,
    ) -> io::Result<Port> {
        let (wishes, inbox) = mpsc::channel();
        let worker = Worker::new(descriptor, opener, inbox, Box::new(tell), Box::new(tap));
        let thread = thread::Builder::new().name(format!("port {}", descriptor.model)).spawn(move || worker.run())?;
        Ok(Port {
            wishes: Some(wishes),
            skills: descriptor.orders.clone(),
            kind: descriptor.kind,
            thread: Some(thread),
        })
    }

    /// Starts the thread of one serial port.
    ///
    /// `line` stands in for the descriptor's line settings.
    ///
    /// # Errors
    /// When the system gives no thread. A port that is missing, denied or busy is told as [`PortEvent::Down`].
    #[cfg(feature = "serial")]
    pub fn open(
        descriptor: &Descriptor,
        address: crate::transport::serial::Address,
        line: Option<crate::descriptor::Line>,
        tell: impl FnMut(PortEvent) + Send + 'static,
    ) -> io::Result<Port> {
        let opener = address.for_link(descriptor.transport).opener(line.unwrap_or(descriptor.port));
        Port::start(descriptor, opener, tell)
    }

    /// Tells the device what to do. [`Order::Stream`], [`Order::FindCards`] and [`Order::WatchForNew`] stay in force over
    /// unplugging; nothing else is begun again unasked.
    ///
    /// # Errors
    /// When the descriptor does not list the skill. [`Order::Rest`] is always taken.
    pub fn order(&self, order: Order) -> Result<(), Refused> {
        if order.skill().is_some_and(|skill| !self.skills.contains(&skill)) {
            return Err(Refused(order));
        }
        self.wish(Wish::Order(order));
        Ok(())
    }

    /// Gives back what [`PortEvent::Remember`] told before a restart.
    pub fn recall(&self, text: impl Into<String>) {
        self.wish(Wish::Recall(text.into()));
    }

    /// Whether the device can be told this.
    pub fn can(&self, skill: Skill) -> bool {
        self.skills.contains(&skill)
    }

    /// Says that every reading told so far is safe in a store: some devices delete what they hand over once it is confirmed,
    /// and are answered only now.
    pub fn kept(&self) {
        self.wish(Wish::Kept);
    }

    /// Sends a [`Slip`](crate::print::Slip) to a printer. While its port is down, nothing is kept to be printed later.
    ///
    /// # Errors
    /// When the device is no printer: every other device is only told what its protocol knows.
    pub fn send(&self, bytes: Vec<u8>) -> Result<(), NoPrinter> {
        if self.kind != Kind::Printer {
            return Err(NoPrinter);
        }
        self.wish(Wish::Send(bytes));
        Ok(())
    }

    fn wish(&self, wish: Wish) {
        if let Some(wishes) = &self.wishes {
            // The thread only ends when this handle is dropped.
            let _ = wishes.send(wish);
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.wishes = None;
        let Some(thread) = self.thread.take() else {
            return;
        };
        if thread.thread().id() != thread::current().id() {
            // A panic in `tell` has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

impl Descriptor {
    /// Returns a fresh second step for this model.
    pub fn settle(&self) -> Box<dyn Settle + Send> {
        self.settle.as_deref().and_then(settle::by_name).unwrap_or_else(|| Box::new(EachFrame))
    }
}
