//! How many of the announced records came, for who only listens.

use std::time::{Duration, Instant};

use crate::reading::{Fault, FaultCode};

/// Counts records after a header. A header by itself, without a single record, is no download and misses none.
#[derive(Debug, Default)]
pub(super) struct Tally {
    announced: u16,
    came: u16,
    until: Option<Instant>,
}

impl Tally {
    /// A header came; the fault of the download before, if that was short.
    pub fn announce(&mut self, records: u16) -> Option<Fault> {
        let short = self.short();
        *self = Tally { announced: records, ..Tally::default() };
        short
    }

    /// A record came, good or bad.
    pub fn count(&mut self, at: Instant) {
        self.came = self.came.saturating_add(1);
        self.until = (self.came < self.announced).then(|| at + PATIENCE);
    }

    /// When the next record is missed.
    pub fn deadline(&self) -> Option<Instant> {
        self.until
    }

    /// The fault of a download that was short, when nothing more came in time.
    pub fn expire(&mut self, at: Instant) -> Option<Fault> {
        if self.until.is_none_or(|until| at < until) {
            return None;
        }
        let short = self.short();
        *self = Tally::default();
        short
    }

    fn short(&self) -> Option<Fault> {
        let (came, of) = (self.came, self.announced);
        self.until.map(|_| {
            let says = format!("the download is cut off: {came} of {of} records came; check the plug and read again");
            Fault::new(FaultCode::Malformed, says, &[])
        })
    }
}

/// No device pauses so long between two records.
const PATIENCE: Duration = Duration::from_secs(2);
