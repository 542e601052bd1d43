//! One file for each subcommand (interfaces.md).

pub mod assess;
pub mod rules;
#[cfg(feature = "kiosk")]
pub mod screens;
