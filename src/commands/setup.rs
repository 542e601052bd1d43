//! What every command that takes `--config FILE` begins with.

use std::path::Path;
use std::sync::Arc;

use crate::session::World;
use crate::shell::ports::PortsFault;
use crate::shell::settings::{Settings, SettingsFault};
use crate::shell::world::{WorldFault, world};
use crate::store::{KeySource, Opening, PinFault, StaffFault, StoreFault};
#[cfg(feature = "online")]
use crate::sync::{OutboxFault, WireFault};

/// Why a command failed; every message ends with what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the faults speak for themselves
pub enum CommandFault {
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    #[error(transparent)]
    World(#[from] WorldFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Staff(#[from] StaffFault),
    #[error(transparent)]
    Pin(#[from] PinFault),
    #[error(transparent)]
    Ports(#[from] PortsFault),
    #[cfg(feature = "online")]
    #[error(transparent)]
    Wire(#[from] WireFault),
    #[cfg(feature = "online")]
    #[error(transparent)]
    Outbox(#[from] OutboxFault),
    #[error("this configuration has no [platform]: nothing is sent from here")]
    NoPlatform,
    #[error("{0}")]
    Said(String),
    #[error("cannot read or write")]
    Io(#[from] std::io::Error),
}

/// A configuration, understood.
pub struct Setup {
    /// The file.
    pub settings: Settings,
    /// What does not change while the client runs.
    pub world: Arc<World>,
    /// How to open the store.
    pub opening: Opening,
}

/// Reads a configuration file and what it refers to. Opens nothing.
pub fn setup(config: &Path) -> Result<Setup, CommandFault> {
    setup_of(Settings::read(config)?)
}

/// What a configuration refers to. Opens nothing.
pub fn setup_of(settings: Settings) -> Result<Setup, CommandFault> {
    let world = Arc::new(world(&settings)?);
    let key = &settings.store.key;
    let opening = Opening::new(&settings.store.path, KeySource::of_class(&key.class, key.file.as_deref())?);
    Ok(Setup { settings, world, opening })
}

/// 32 bytes of the system's randomness.
pub fn seed() -> Result<[u8; 32], CommandFault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| CommandFault::Said("the system gives no randomness".to_owned()))?;
    Ok(seed)
}
