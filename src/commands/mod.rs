//! One file for each subcommand (interfaces.md).

pub mod assess;
#[cfg(feature = "online")]
pub mod check;
pub mod rules;
#[cfg(feature = "kiosk")]
pub mod screens;
#[cfg(feature = "sqlite")]
pub mod setup;
#[cfg(feature = "sqlite")]
pub mod staff;
#[cfg(feature = "sqlite")]
pub mod status;
#[cfg(feature = "online")]
pub mod sync;
