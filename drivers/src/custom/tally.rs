//! How many of the announced records came, for who only listens.

use std::time::{Duration, Instant};

use crate::reading::{Fault, FaultCode};

/// Counts records after a header. A header by itself, without a single record in time, is no download and misses none.
#[derive(Debug, Default)]
pub(super) struct Tally {
    announced: u16,
    came: u16,
    until: Option<Instant>,
}

impl Tally {
    /// A header came; the fault of the download before, if that was short.
    pub fn announce(&mut self, at: Instant, records: u16) -> Option<Fault> {
        let short = self.short();
        *self = Tally { announced: records, came: 0, until: (records > 0).then(|| at + PATIENCE) };
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
        (1..of).contains(&came).then(|| {
            let says = format!("the download is cut off: {came} of {of} records came; check the plug and read again");
            Fault::new(FaultCode::Malformed, says, &[])
        })
    }
}

/// No device pauses so long between two records.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_forgotten_when_no_record_follows_it() {
        let (start, mut tally) = (Instant::now(), Tally::default());
        assert_eq!(tally.announce(start, 70), None);
        assert_eq!(tally.expire(tally.deadline().unwrap()), None);
        tally.count(start + 5 * PATIENCE);
        assert_eq!(tally.deadline(), None, "a record of its own");
    }

    #[test]
    fn a_download_that_stops_says_how_many_came() {
        let (start, mut tally) = (Instant::now(), Tally::default());
        tally.announce(start, 3);
        tally.count(start);
        let fault = tally.expire(tally.deadline().unwrap()).unwrap();
        assert!(fault.to_string().contains("1 of 3"), "{fault}");
        tally.announce(start, 3);
        tally.count(start);
        assert!(tally.announce(start, 2).is_some(), "the next header tells of the one before");
    }
}
