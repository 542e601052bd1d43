//! Which records of a meter are new: whose clock nobody trusts (driver rule 7).

use std::collections::HashMap;

use crate::reading::{DeviceTime, Quantity, Reading, Special, Value};

/// What was in the meters' memories when the step began, by serial number.
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<Option<String>, HashMap<Record, usize>>,
}

/// What makes two records the same: device time and values.
type Record = (Option<DeviceTime>, Option<Special>, Vec<(Quantity, String)>);

/// What a download showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The first sight of this meter: all of it was there before.
    Baseline,
    /// Records that were not there before, in the meter's order; often none.
    New(Vec<Reading>),
}

impl Memory {
    /// Returns a memory that knows no meter.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Whether no meter was looked at yet.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Compares a whole download of the meter `device` with what was known of it.
    ///
    /// Two equal records count as two. Records that fell out of a full memory are simply gone. A meter never seen
    /// before gives a baseline, not news: another person's memory is not the reading of the person in front.
    pub fn look(&mut self, device: Option<&str>, records: &[Reading]) -> Look {
        let mut seen: HashMap<Record, usize> = HashMap::new();
        let before = self.known.get(&device.map(str::to_owned));
        let mut new = Vec::new();
        for reading in records {
            let count = seen.entry(record(reading)).or_default();
            *count += 1;
            let old = before.and_then(|known| known.get(&record(reading))).copied().unwrap_or(0);
            if *count > old {
                new.push(reading.clone());
            }
        }
        let first = before.is_none();
        self.known.insert(device.map(str::to_owned), seen);
        if first { Look::Baseline } else { Look::New(new) }
    }
}

fn record(reading: &Reading) -> Record {
    let text = |(quantity, value): (&Quantity, &Value)| (*quantity, value.to_string());
    (reading.device_time, reading.special, reading.values.iter().map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Kind, Unit};

    fn glucose(mg_per_dl: u32) -> Reading {
        Reading::new(Kind::Glucose, &[]).with(Quantity::Glucose, mg_per_dl, Unit::MgPerDl)
    }

    #[test]
    fn only_what_was_not_there_is_new() {
        let mut memory = Memory::new();
        let (old, new) = (glucose(101), glucose(180));
        assert_eq!(memory.look(Some("A"), std::slice::from_ref(&old)), Look::Baseline);
        assert_eq!(memory.look(Some("A"), std::slice::from_ref(&old)), Look::New(vec![]));
        let both = [new.clone(), old.clone()];
        assert_eq!(memory.look(Some("A"), &both), Look::New(vec![new]));
        assert_eq!(memory.look(Some("A"), &both), Look::New(vec![]));
    }

    #[test]
    fn an_equal_second_record_is_new_and_another_meter_is_not() {
        let mut memory = Memory::new();
        memory.look(Some("A"), &[glucose(101)]);
        let twice = [glucose(101), glucose(101)];
        assert_eq!(memory.look(Some("A"), &twice), Look::New(vec![glucose(101)]));
        assert_eq!(memory.look(Some("B"), &[glucose(99)]), Look::Baseline);
    }

    #[test]
    fn a_meter_that_was_empty_gives_news() {
        let mut memory = Memory::new();
        assert_eq!(memory.look(Some("A"), &[]), Look::Baseline);
        assert_eq!(memory.look(Some("A"), &[glucose(101)]), Look::New(vec![glucose(101)]));
    }
}
