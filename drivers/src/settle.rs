//! Several frames to one person's value: the second, pure step (driver rule 10).

use std::collections::VecDeque;

use rust_decimal::Decimal;

use crate::decoder::Output;
use crate::reading::{Fault, FaultCode, Note, Quantity, Reading, Status, Unit, Value, half_up};

/// Makes one person's value out of what a decoder tells.
pub trait Settle {
    /// Takes one output of the decoder.
    fn take(&mut self, output: Output, out: &mut Vec<Output>);
    /// Forgets what was gathered: the port was gone, or another step began.
    fn clear(&mut self);
}

/// Hands everything on: one frame is one value.
#[derive(Debug, Default)]
pub struct EachFrame;

/// One reading for each measurement of a device that is asked again and again: told once, and again only after a frame without
/// a final value. The same fault is told once in a row.
#[derive(Debug, Default)]
pub struct Once {
    told: bool,
    fault: Option<FaultCode>,
}

/// The mean of the last three stable lines within 0.2 kg and above 5 kg; once for each time somebody steps on.
///
/// Everything else becomes [`Status::LiveWeight`]. The same fault is told once in a row. The mean is in the scale's own
/// unit and resolution, half up; `raw` holds the three lines.
#[derive(Debug)]
pub struct StableWeight {
    last: VecDeque<Reading>,
    armed: bool,
    fault: Option<FaultCode>,
}

impl Settle for EachFrame {
    fn take(&mut self, output: Output, out: &mut Vec<Output>) {
        out.push(output);
    }

    fn clear(&mut self) {}
}

impl Settle for Once {
    fn take(&mut self, output: Output, out: &mut Vec<Output>) {
        let told = match &output {
            Output::Reading(_) => std::mem::replace(&mut self.told, true),
            Output::Fault(fault) => self.fault.replace(fault.code) == Some(fault.code),
            Output::Status(Status::Live { .. }) => {
                self.told = false;
                false
            }
            _ => false,
        };
        if !matches!(output, Output::Fault(_)) {
            self.fault = None;
        }
        if !told {
            out.push(output);
        }
    }

    fn clear(&mut self) {
        *self = Once::default();
    }
}

impl StableWeight {
    /// Returns a step that waits for somebody to step on.
    pub fn new() -> StableWeight {
        StableWeight { last: VecDeque::new(), armed: true, fault: None }
    }

    fn reading(&mut self, reading: Reading, out: &mut Vec<Output>) {
        self.fault = None;
        let Some((weight, kilograms)) = weight_of(&reading) else {
            return;
        };
        let stable = is_stable(&reading);
        out.push(Output::Status(Status::LiveWeight { live_weight: weight, stable }));
        if kilograms < EMPTY {
            self.armed = true;
        }
        if !stable || kilograms <= SOMEBODY || !self.armed {
            self.last.clear();
            return;
        }
        if self.last.front().is_some_and(|first| !is_alike(first, &reading)) {
            self.last.clear();
        }
        self.last.push_back(reading);
        if self.last.len() > LINES {
            self.last.pop_front();
        }
        if let Some(settled) = settled(&self.last) {
            self.last.clear();
            self.armed = false;
            out.push(Output::Reading(settled));
        }
    }

    fn fault(&mut self, fault: Fault, out: &mut Vec<Output>) {
        self.last.clear();
        if self.fault != Some(fault.code) {
            self.fault = Some(fault.code);
            out.push(Output::Fault(fault));
        }
    }
}

impl Default for StableWeight {
    fn default() -> StableWeight {
        StableWeight::new()
    }
}

impl Settle for StableWeight {
    fn take(&mut self, output: Output, out: &mut Vec<Output>) {
        match output {
            Output::Reading(reading) => self.reading(reading, out),
            Output::Fault(fault) => self.fault(fault, out),
            Output::Status(Status::Skipped { .. }) => {}
            other => out.push(other),
        }
    }

    fn clear(&mut self) {
        *self = StableWeight::new();
    }
}

/// The mean of eight seconds of a finger oximeter; once for each finger that is put in.
///
/// Eight seconds are 480 packets in a row, sixty to the second, each with a finger, without a search for the pulse, and
/// with valid numbers; the highest pulse among them is less than 10 above the lowest. SpO2 and pulse are told whole, the
/// perfusion index (of the packets that have one) with one decimal, all half up; `raw` holds the last packet. Packets
/// are told as [`Status::Finger`] when that changes; the same fault is told once in a row.
#[derive(Debug, Default)]
pub struct Oximeter8s {
    packets: VecDeque<(Decimal, Decimal, Option<Decimal>)>,
    /// This finger's value was told.
    done: bool,
    finger: Option<(bool, bool)>,
    fault: Option<FaultCode>,
}

impl Oximeter8s {
    fn reading(&mut self, reading: Reading, out: &mut Vec<Output>) {
        self.fault = None;
        let searching = reading.context.get("searching") == Some(&Note::Flag(true));
        self.finger(true, searching, out);
        let number = |quantity| reading.value(quantity).map(|value| value.number);
        let (Some(spo2), Some(pulse)) = (number(Quantity::Spo2), number(Quantity::Pulse)) else { return };
        if searching || self.done {
            return self.packets.clear();
        }
        self.packets.push_back((spo2, pulse, number(Quantity::PerfusionIndex)));
        if self.packets.len() > PACKETS {
            self.packets.pop_front();
        }
        if let Some(settled) = self.settled(reading) {
            self.done = true;
            self.packets.clear();
            out.push(Output::Reading(settled));
        }
    }

    fn settled(&self, last: Reading) -> Option<Reading> {
        let pulses = self.packets.iter().map(|(_, pulse, _)| *pulse);
        if self.packets.len() < PACKETS || pulses.clone().max()? - pulses.clone().min()? >= PULSE_SPREAD {
            return None;
        }
        let mut settled = last
            .with(Quantity::Spo2, mean(self.packets.iter().map(|(spo2, _, _)| *spo2), 0)?, Unit::Percent)
            .with(Quantity::Pulse, mean(pulses, 0)?, Unit::PerMinute);
        settled.values.remove(&Quantity::PerfusionIndex);
        match mean(self.packets.iter().filter_map(|(_, _, perfusion)| *perfusion), 1) {
            Some(perfusion) => Some(settled.with(Quantity::PerfusionIndex, perfusion, Unit::Percent)),
            None => Some(settled),
        }
    }

    fn finger(&mut self, finger: bool, searching: bool, out: &mut Vec<Output>) {
        if !finger {
            self.done = false;
        }
        if self.finger.replace((finger, searching)) != Some((finger, searching)) {
            out.push(Output::Status(Status::Finger { finger, searching }));
        }
    }
}

impl Settle for Oximeter8s {
    fn take(&mut self, output: Output, out: &mut Vec<Output>) {
        match output {
            Output::Reading(reading) => self.reading(reading, out),
            Output::Status(Status::Finger { finger, searching }) => {
                self.fault = None;
                self.packets.clear();
                self.finger(finger, searching, out);
            }
            Output::Fault(fault) => {
                // A packet lost on the line is no invalid one.
                if fault.code != FaultCode::Malformed {
                    self.packets.clear();
                }
                if self.fault != Some(fault.code) {
                    self.fault = Some(fault.code);
                    out.push(Output::Fault(fault));
                }
            }
            other => out.push(other),
        }
    }

    fn clear(&mut self) {
        *self = Oximeter8s::default();
    }
}

/// The mean of some numbers, half up; `None` of none.
fn mean(numbers: impl Iterator<Item = Decimal>, places: u32) -> Option<Decimal> {
    let (sum, count) = numbers.fold((Decimal::ZERO, 0u32), |(sum, count), number| (sum + number, count + 1));
    let mean = sum.checked_div(Decimal::from(count))?;
    let mut mean = half_up(mean, places);
    mean.rescale(places);
    Some(mean)
}

/// Returns a second step by the name that descriptors use.
pub fn by_name(name: &str) -> Option<Box<dyn Settle + Send>> {
    match name {
        "once" => Some(Box::new(Once::default())),
        "stable_weight" => Some(Box::new(StableWeight::new())),
        "oximeter_8s" => Some(Box::new(Oximeter8s::default())),
        _ => None,
    }
}

fn settled(lines: &VecDeque<Reading>) -> Option<Reading> {
    if lines.len() < LINES {
        return None;
    }
    let weights: Vec<(Value, Decimal)> = lines.iter().filter_map(weight_of).collect();
    let kilograms = weights.iter().map(|(_, kilograms)| *kilograms);
    if kilograms.clone().max()? - kilograms.min()? > SPREAD {
        return None;
    }
    let sum: Decimal = weights.iter().map(|(weight, _)| weight.number).sum();
    let places = weights.iter().map(|(weight, _)| weight.number.scale()).max()?;
    let mean = half_up(sum / Decimal::from(weights.len()), places);

    let mut reading = lines.back()?.clone();
    reading = reading.with(Quantity::Weight, mean, weights[0].0.unit);
    reading.raw = lines.iter().flat_map(|line| line.raw.iter().copied()).collect();
    Some(reading)
}

fn weight_of(reading: &Reading) -> Option<(Value, Decimal)> {
    let weight = reading.value(Quantity::Weight)?;
    let kilograms = weight.to(Unit::Kg)?.number;
    Some((weight, kilograms))
}

fn is_stable(reading: &Reading) -> bool {
    reading.context.get("stable") == Some(&Note::Flag(true))
}

/// Gross and net, or two units, are not averaged.
fn is_alike(one: &Reading, other: &Reading) -> bool {
    let unit = |reading: &Reading| reading.value(Quantity::Weight).map(|value| value.unit);
    one.context == other.context && unit(one) == unit(other)
}

const LINES: usize = 3;
/// 0.2 kg
const SPREAD: Decimal = Decimal::from_parts(2, 0, 0, false, 1);
/// 5 kg
const SOMEBODY: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
/// 2 kg
const EMPTY: Decimal = Decimal::from_parts(2, 0, 0, false, 0);
/// Eight seconds of an oximeter.
const PACKETS: usize = 8 * 60;
/// 10 a minute
const PULSE_SPREAD: Decimal = Decimal::from_parts(10, 0, 0, false, 0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;
    use std::time::Instant;

    fn settle(lines: &[&str]) -> Vec<String> {
        let mut device = Catalog::built_in().find("scale-st-gs").unwrap().device();
        let mut step = StableWeight::new();
        let mut out = Vec::new();
        for line in lines {
            let mut frames = Vec::new();
            device.decoder().handle_bytes(Instant::now(), format!("{line}\r\n").as_bytes(), &mut frames);
            frames.into_iter().for_each(|frame| step.take(frame, &mut out));
        }
        let weights = out.iter().filter_map(|output| match output {
            Output::Reading(reading) => reading.value(Quantity::Weight).map(|value| value.to_string()),
            Output::Fault(fault) => Some(fault.code.to_string()),
            _ => None,
        });
        weights.collect()
    }

    #[test]
    fn one_person_is_counted_once_and_the_next_after_the_platform_was_empty() {
        let on = ["US,GS,+ 40.0kg", "ST,GS,+ 64.3kg", "ST,GS,+ 64.4kg", "ST,GS,+ 64.5kg", "ST,GS,+ 64.4kg"];
        let twice = [on.as_slice(), &["ST,GS,+ 64.4kg"; 4], &["ST,GS,+ 1.9kg"], &on].concat();
        assert_eq!(settle(&twice), ["64.4 kg", "64.4 kg"]);
        assert_eq!(settle(&[on, on].concat()), ["64.4 kg"]);
    }

    #[test]
    fn a_drifting_empty_or_tared_scale_gives_nothing() {
        assert!(settle(&["ST,GS,+ 64.0kg", "ST,GS,+ 64.2kg", "ST,GS,+ 64.3kg"]).is_empty());
        assert!(settle(&["ST,GS,+ 5.0kg"; 5]).is_empty());
        assert!(settle(&["ST,TR,+ 64.0kg"; 5]).is_empty());
        assert!(settle(&["ST,GS,+ 64.0kg", "US,GS,+ 64.0kg", "ST,GS,+ 64.0kg", "ST,GS,+ 64.0kg"]).is_empty());
    }

    #[test]
    fn grams_stay_grams_and_thresholds_count_in_kilograms() {
        assert_eq!(settle(&["ST,GS,+ 64400g"; 3]), ["64400 g"]);
        assert!(settle(&["ST,GS,+ 4400g"; 3]).is_empty());
        assert_eq!(settle(&["ST,GS,+ 128.8jin"; 3]), ["128.8 jin"]);
    }

    #[test]
    fn a_standing_fault_is_told_once() {
        assert_eq!(settle(&["OL,GS,+        "; 5]), ["overload"]);
    }
}
