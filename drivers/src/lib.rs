//! Turns bytes from health devices into readings.
//!
//! This crate judges nothing, stores nothing and knows no one. It opens a port only in [`transport`]; only what
//! holds a port open (there, in [`port`], and where emulated devices run) reads a clock. Everything else takes bytes and moments and returns values.
//!
//! ```
//! use hut_drivers::{Catalog, Output, Quantity};
//! use std::time::Instant;
//!
//! let mut device = Catalog::built_in().find("scale-st-gs").expect("a known model").device();
//! let mut out = Vec::new();
//! device.decoder().handle_bytes(Instant::now(), b"ST,NT,   71.", &mut out);
//! assert!(out.is_empty()); // half a line is not a reading
//! device.decoder().handle_bytes(Instant::now(), b"40,kg\r\n", &mut out);
//! let [Output::Reading(reading)] = out.as_slice() else { panic!("one reading") };
//! assert_eq!(reading.value(Quantity::Weight).expect("a weight").to_string(), "71.40 kg");
//! ```
//!
//! | word | meaning |
//! |---|---|
//! | [`Reading`] | what a device said, with its raw frame, in its own unit |
//! | [`Decoder`] | bytes in, [`Output`]s out; [`Converse`] for devices that must be spoken to |
//! | [`Descriptor`] | what is known about a model: `devices/<kind>/*.toml` |
//! | [`described`] | decoders that are tables in a descriptor: no Rust |
//! | [`custom`] | decoders of conversations that no table can hold |
//! | [`settle`] | several frames to one person's value |
//! | [`memory`] | which records of a meter are new |
//! | [`port`] | one thread: a transport, a decoder, a channel; reconnects |
//! | [`print`](mod@print) | slips for the printer |
//! | [`emulate`] | the other side of each conversation, for tests and the demo |
//!
//! A new device: a descriptor, a transcript, and for a new protocol one file in [`custom`].

pub mod catalog;
pub mod checksum;
pub mod custom;
pub mod decoder;
pub mod described;
pub mod descriptor;
pub mod emulate;
pub mod framing;
pub mod ieee11073;
pub mod memory;
pub mod notation;
mod plausible;
pub mod port;
pub mod print;
pub mod reading;
pub mod settle;
pub mod transcript;
pub mod transport;

pub use catalog::Catalog;
pub use decoder::{Converse, Decoder, Order, Output, Skill};
pub use descriptor::{Descriptor, Line};
pub use port::{Port, PortEvent};
pub use reading::{
    Code, DeviceTime, Fault, FaultCode, Identity, Kind, Mark, Quantity, Reading, Special, Status, Unit, Value,
};
