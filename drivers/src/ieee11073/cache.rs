//! Configurations that agents told before, so that they need not tell them again.

use serde::{Deserialize, Serialize};

use super::config::Config;
use crate::reading::{hex, unhex};

/// Configurations by device and id, newest last. Bounded; meant to be kept over restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigCache {
    told: Vec<Told>,
}

/// One configuration as it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// System id, hexadecimal.
    device: String,
    config: u16,
    /// The list of objects as it went over the wire, hexadecimal.
    objects: String,
}

impl ConfigCache {
    /// Returns an empty cache.
    pub fn new() -> ConfigCache {
        ConfigCache::default()
    }

    /// How many configurations are known.
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Returns what this device told under this id. What was kept damaged is unknown.
    pub fn find(&self, system_id: &[u8], config: u16) -> Option<Config> {
        let device = hex(system_id);
        let told = self.told.iter().find(|told| told.device == device && told.config == config)?;
        Config::parse(&unhex(&told.objects)?).ok().filter(Config::is_usable)
    }

    /// Keeps what a device told. The oldest goes when there are too many; a monstrous one is not kept.
    pub fn keep(&mut self, system_id: &[u8], config: u16, objects: &[u8]) {
        self.forget(system_id, config);
        if objects.len() > LONGEST {
            return;
        }
        self.told.push(Told { device: hex(system_id), config, objects: hex(objects) });
        let surplus = self.told.len().saturating_sub(MOST);
        self.told.drain(..surplus);
    }

    /// Forgets a configuration that turned out wrong.
    pub fn forget(&mut self, system_id: &[u8], config: u16) {
        let device = hex(system_id);
        self.told.retain(|told| told.device != device || told.config != config);
    }
}

/// A health hut sees a handful of devices.
const MOST: usize = 32;
/// A scale with three objects tells 144 bytes.
const LONGEST: usize = 8 * 1024;
