//! IEEE 11073-20601, personal health devices: blood pressure monitors, scales, glucose meters, oximeters, thermometers.
//! Source: protocol page `ieee11073`.
//!
//! One protocol over USB, serial lines, TCP and Bluetooth. The device is the *agent*; this side is the [`Manager`].
//! It owns no port and reads no clock, like every other decoder here. It never clears a device's memory, and it confirms
//! a reading only after [`kept`](crate::Converse::kept): the agent may forget what was confirmed.
//!
//! | file | holds |
//! |---|---|
//! | [`mder`], [`time`] | numbers, lists, times |
//! | [`apdu`], [`info`] | messages, read and written |
//! | [`cutter`] | bytes to messages |
//! | [`nomenclature`] | what the numbers mean |
//! | [`config`], [`cache`] | what an agent can report |
//! | [`report`], [`assemble`] | reports to observations to readings |
//! | [`mds`] | what a device tells of itself |
//! | [`store`] | stored readings |
//! | `manager`, `associate`, `measure`, `requests`, `download` | the state machine and what it does |
//!
//! Left out: waveforms, and every encoding but MDER.

pub mod apdu;
pub mod assemble;
mod associate;
pub mod cache;
pub mod config;
pub mod cutter;
mod download;
pub mod info;
mod manager;
pub mod mder;
pub mod mds;
mod measure;
pub mod nomenclature;
pub mod report;
mod requests;
pub mod store;
pub mod time;

pub use cache::ConfigCache;
pub use manager::{Manager, Settings, State};
