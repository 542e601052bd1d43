//! One file for each subcommand (interfaces.md).

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

pub mod assess;
#[cfg(feature = "online")]
pub mod check;
#[cfg(feature = "sqlite")]
pub mod indicators;
#[cfg(feature = "sqlite")]
pub mod reassess;
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
#[cfg(feature = "sqlite")]
pub mod why;

/// Prints a line. Who stops reading (`| head`) has seen enough: the command ends there.
pub fn say(line: impl Display) {
    if let Err(fault) = writeln!(io::stdout(), "{line}") {
        std::process::exit(i32::from(fault.kind() != io::ErrorKind::BrokenPipe));
    }
}

/// A fault and its causes, in one line.
pub fn with_causes(fault: &dyn Error) -> String {
    let mut says = fault.to_string();
    let mut cause = fault.source();
    while let Some(deeper) = cause {
        says = format!("{says}: {deeper}");
        cause = deeper.source();
    }
    says
}

/// The command was asked for something that does not exist; the program ends with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);
