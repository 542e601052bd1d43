//! The line to the county platform: what to send when, how it is written, what the answers mean.
//!
//! The sync reads and writes no table: the shell hands it the [`Outbox`] and carries its reports back. Delivery is
//! at-least-once, the effect is once, because every resource carries an id made on this client. What must hold is
//! numbered in the sync protocol (S3.1, S4.2, ...) and the tests bear these numbers.
//!
//! [`plan`] and [`wire`] are pure, [`engine`] is the loop of one round, and `http` alone opens a connection.

pub mod engine;
#[cfg(feature = "online")]
pub mod http;
pub mod plan;
pub mod wire;

pub use engine::{Engine, Outbox, OutboxFault, RoundSummary, Timing};
pub use plan::{Outlook, Pace, SyncStep, next_step};
pub use wire::{Answer, Wire, WireFault};
