//! A transport that drops, splits, garbles and delays what another one carries. Repeatable: it is told a seed.

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use super::{Transport, Trouble};

/// How often, in each thousand bytes read, something goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Bytes lost.
    pub drops: u16,
    /// Bytes changed.
    pub garbles: u16,
    /// Reads that end early; the rest comes with the next read.
    pub splits: u16,
    /// How long each read is held back.
    pub delay: Duration,
}

/// Carries what `inner` carries, with faults.
pub struct Faulty<T> {
    inner: T,
    faults: Faults,
    dice: u64,
    waiting: VecDeque<u8>,
}

impl<T: Transport> Faulty<T> {
    /// Returns a transport with faults that are the same for the same seed and the same reads.
    pub fn new(inner: T, faults: Faults, seed: u64) -> Faulty<T> {
        Faulty { inner, faults, dice: seed | 1, waiting: VecDeque::new() }
    }

    fn roll(&mut self, in_a_thousand: u16) -> bool {
        // xorshift64: short, repeatable, good enough for mischief.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % 1000 < u64::from(in_a_thousand)
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        thread::sleep(self.faults.delay);
        if self.waiting.is_empty() {
            let count = self.inner.read(into, patience)?;
            for byte in &into[..count] {
                if self.roll(self.faults.drops) {
                    continue;
                }
                let garbled = self.roll(self.faults.garbles);
                self.waiting.push_back(if garbled { byte ^ 0x55 } else { *byte });
            }
        }
        let mut count = 0;
        while count < into.len()
            && let Some(byte) = self.waiting.pop_front()
        {
            into[count] = byte;
            count += 1;
            if self.roll(self.faults.splits) {
                break;
            }
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.inner.write(bytes)
    }

    fn feature(&mut self, report: &[u8]) -> Result<(), Trouble> {
        self.inner.feature(report)
    }
}
