//! CONTEC finger oximeters, protocol V7.0. Source: protocol page `spo2-contec-cms50`.
//!
//! Each packet gives a result as it is; one person's value is made of eight seconds of them by
//! [`settle`](crate::settle). A code that means "invalid" never becomes a number.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDateTime, Timelike};
use rust_decimal::Decimal;

use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Quantity, Reading, Status, Unit};

/// Decoder of CMS50D+, E, F and I.
#[derive(Debug)]
pub struct Cms50 {
    framer: Framer<Packets>,
    talk: Option<Talk>,
}

#[derive(Debug)]
enum Talk {
    Stream {
        /// Starts that stayed without an answer.
        tries: u8,
        /// When silence has lasted too long.
        until: Instant,
        /// When the device must hear that somebody still listens.
        keep_alive: Instant,
    },
    Clock {
        moment: NaiveDateTime,
        since: Instant,
        dated: bool,
        tries: u8,
        until: Instant,
    },
}

#[derive(Debug)]
struct Packets;

/// A packet: its type and its data with their high bits restored.
#[derive(Debug)]
enum Packet {
    Whole { kind: u8, data: Vec<u8>, raw: Vec<u8> },
    Broken(Vec<u8>),
}

impl Cms50 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Cms50 {
        Cms50 { framer: Framer::new(Packets, 4 * LONGEST, PATIENCE), talk: None }
    }

    fn hear(&mut self, at: Instant, packet: Packet, out: &mut Vec<Output>) {
        if let (Some(Talk::Stream { tries, until, .. }), Packet::Whole { kind, .. }) = (&mut self.talk, &packet)
            && *kind != GONE
        {
            (*tries, *until) = (0, at + ANSWER);
        }
        if let Some(Talk::Clock { .. }) = self.talk {
            // Live packets that are still on their way tell nothing about the clock.
            if let Packet::Whole { kind: FEEDBACK, data, raw } = packet {
                self.clock_answer(at, &data, &raw, out);
            }
            return;
        }
        out.extend(alone(packet));
    }

    fn clock_answer(&mut self, at: Instant, data: &[u8], raw: &[u8], out: &mut Vec<Output>) {
        let Some(Talk::Clock { dated, tries, .. }) = &mut self.talk else { return };
        match data.last() {
            Some(0) if *dated => {
                let moment = self.clock(at);
                self.talk = None;
                let clock_set = moment.map(|moment| DeviceTime { moment, seconds: true });
                out.extend(clock_set.map(|clock_set| Output::Status(Status::ClockSet { clock_set })));
            }
            Some(0) => {
                (*dated, *tries) = (true, 0);
                self.set_clock(at, out);
            }
            _ => {
                self.talk = None;
                out.push(Output::Fault(refused(data, raw)));
            }
        }
    }

    /// The time to set, moved on by what passed since it was ordered.
    fn clock(&self, at: Instant) -> Option<NaiveDateTime> {
        let Some(Talk::Clock { moment, since, .. }) = &self.talk else { return None };
        let passed = chrono::Duration::from_std(at.saturating_duration_since(*since)).ok()?;
        moment.checked_add_signed(passed)?.with_nanosecond(0)
    }

    fn set_clock(&mut self, at: Instant, out: &mut Vec<Output>) {
        let now = self.clock(at);
        let Some((Talk::Clock { dated, tries, until, .. }, now)) = self.talk.as_mut().zip(now) else { return };
        *tries += 1;
        *until = at + ANSWER;
        // Parts of a date and a time are all below 128.
        let low = |number: u32| u8::try_from(number % 128).unwrap_or(0);
        let year = u32::try_from(now.year()).unwrap_or(2000);
        out.push(Output::Send(if *dated {
            command(SET_TIME, &[low(now.hour()), low(now.minute()), low(now.second())])
        } else {
            let weekday = now.weekday().num_days_from_sunday();
            command(SET_DATE, &[year / 100, year % 100, now.month(), now.day(), weekday].map(low))
        }));
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        match &mut self.talk {
            Some(Talk::Stream { tries, until, keep_alive }) => {
                if *until > at {
                    if *keep_alive <= at {
                        *keep_alive = at + KEEP_ALIVE;
                        out.push(Output::Send(command(STILL_HERE, &[])));
                    }
                    return;
                }
                *tries = tries.saturating_add(1);
                if *tries == TRIES {
                    out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])));
                }
                // Once it was told, an oximeter that is switched on later still begins.
                *until = at + if *tries < TRIES { ANSWER } else { KEEP_ALIVE };
                *keep_alive = at + KEEP_ALIVE;
                out.push(Output::Send(command(START, &[])));
            }
            Some(Talk::Clock { tries, until, .. }) if *until <= at => {
                if *tries < TRIES {
                    return self.set_clock(at, out);
                }
                self.talk = None;
                out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])));
            }
            _ => {}
        }
    }
}

impl Default for Cms50 {
    fn default() -> Cms50 {
        Cms50::new()
    }
}

impl Decoder for Cms50 {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for packet in self.framer.push(at, bytes) {
            self.hear(at, packet, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for packet in self.framer.expire(at) {
            self.hear(at, packet, out);
        }
        self.overdue(at, out);
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = match &self.talk {
            None => None,
            Some(Talk::Stream { until, keep_alive, .. }) => Some(*until.min(keep_alive)),
            Some(Talk::Clock { until, .. }) => Some(*until),
        };
        [talk, self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Cms50 {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        let streamed = matches!(self.talk.take(), Some(Talk::Stream { .. }));
        if streamed && order != Order::Stream {
            out.push(Output::Send(command(STOP, &[])));
        }
        match order {
            Order::Stream => {
                self.talk = Some(Talk::Stream { tries: 0, until: at + ANSWER, keep_alive: at + KEEP_ALIVE });
                out.push(Output::Send(command(START, &[])));
            }
            Order::SetClock(moment) => {
                self.talk = Some(Talk::Clock { moment, since: at, dated: false, tries: 0, until: at });
                self.set_clock(at, out);
            }
            _ => {}
        }
    }
}

impl Find for Packets {
    type Frame = Packet;

    fn find(&mut self, held: &[u8]) -> Step<Packet> {
        let kind = held[0];
        if !KINDS.contains(&kind) {
            return Step::Skip(1);
        }
        let follows = held[1..].iter().position(|byte| byte & 0x80 == 0);
        let most = length(kind);
        match follows {
            // A type without any data is noise.
            Some(0) => Step::Skip(1),
            Some(end) if end + 1 < most => Step::Take(end + 1, packet(&held[..=end])),
            None if held.len() < most => Step::Wait,
            _ => Step::Take(most, packet(&held[..most])),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Packet> {
        if held.len() == 1 { Step::Skip(1) } else { Step::Take(held.len(), packet(held)) }
    }
}

/// How long a packet is at most. Only live data must be just so long.
fn length(kind: u8) -> usize {
    match kind {
        LIVE => 9,
        FEEDBACK => 4,
        FREE => 2,
        _ => LONGEST,
    }
}

fn packet(raw: &[u8]) -> Packet {
    if raw[0] == LIVE && raw.len() != length(LIVE) {
        return Packet::Broken(raw.to_vec());
    }
    let high = raw.get(1).copied().unwrap_or(0);
    let restore = |(place, byte): (usize, &u8)| (byte & 0x7F) | (high.checked_shr(place as u32).unwrap_or(0) & 1) << 7;
    let data = raw.iter().skip(2).enumerate().map(restore).collect();
    Packet::Whole { kind: raw[0], data, raw: raw.to_vec() }
}

/// Returns a command: type 7D, the command and its arguments, unused ones 0.
pub fn command(code: u8, arguments: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x7D, 0x80, code | 0x80];
    bytes[1] |= code >> 7;
    for place in 0..6 {
        let argument = arguments.get(place).copied().unwrap_or(0);
        bytes.push(argument | 0x80);
        bytes[1] |= (argument >> 7) << (place + 1);
    }
    bytes
}

fn alone(packet: Packet) -> Option<Output> {
    let (kind, data, raw) = match packet {
        Packet::Broken(raw) => return Some(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, &raw))),
        Packet::Whole { kind, data, raw } => (kind, data, raw),
    };
    match kind {
        LIVE => Some(live(&data, &raw)),
        GONE => Some(Output::Status(Status::Event { event: "end".into() })),
        FEEDBACK if data.last().is_some_and(|code| *code != 0) => Some(Output::Fault(refused(&data, &raw))),
        // Identity, storage and "done": nobody asked for them here.
        _ => None,
    }
}

/// Reads one packet of live data: seven bytes.
fn live(data: &[u8], raw: &[u8]) -> Output {
    let [flags, wave, bars, pulse, spo2, low, high] = *data else {
        return Output::Fault(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw));
    };
    let finger = flags & NO_FINGER == 0;
    let searching = flags & SEARCHING_LONG != 0 || wave & SEARCHING != 0;
    if !finger || pulse == INVALID_PULSE || spo2 == INVALID_SPO2 {
        return Output::Status(Status::Finger { finger, searching });
    }
    if pulse == 0 || !(1..=100).contains(&spo2) {
        return Output::Fault(Fault::new(FaultCode::OutOfRange, SAYS_RANGE, raw));
    }
    let mut reading = Reading::new(Kind::Spo2, raw).with(Quantity::Spo2, spo2, Unit::Percent).with(
        Quantity::Pulse,
        pulse,
        Unit::PerMinute,
    );
    let perfusion = u16::from_le_bytes([low, high]);
    if bars & INVALID_BARS == 0 && perfusion != INVALID_PERFUSION {
        reading = reading.with(Quantity::PerfusionIndex, Decimal::new(i64::from(perfusion), 2), Unit::Percent);
    }
    reading.note("finger", true);
    reading.note("searching", searching);
    Output::Reading(reading)
}

fn refused(data: &[u8], raw: &[u8]) -> Fault {
    let code = data.last().copied().unwrap_or(0xFF);
    let says = if code == 5 { SAYS_UNSUPPORTED } else { SAYS_REFUSED };
    Fault::device(u32::from(code), format!("{says} (oximeter code {code:02X})"), raw)
}

/// Live data.
pub const LIVE: u8 = 0x01;
/// The answer to a command that has no other.
pub const FEEDBACK: u8 = 0x0B;
/// The device is free.
pub const FREE: u8 = 0x0C;
/// The device disconnects.
pub const GONE: u8 = 0x0D;
const KINDS: [u8; 10] = [LIVE, 0x04, 0x07, 0x08, 0x09, FEEDBACK, FREE, GONE, 0x0F, 0x12];
/// Starts live data.
pub const START: u8 = 0xA1;
/// Stops live data.
pub const STOP: u8 = 0xA2;
/// Keeps live data coming.
pub const STILL_HERE: u8 = 0xAF;
/// Sets the time.
pub const SET_TIME: u8 = 0xB1;
/// Sets the date.
pub const SET_DATE: u8 = 0xB2;

const SEARCHING_LONG: u8 = 0x10;
const NO_FINGER: u8 = 0x80;
const SEARCHING: u8 = 0x80;
const INVALID_BARS: u8 = 0x10;
const INVALID_PULSE: u8 = 0xFF;
const INVALID_SPO2: u8 = 0x7F;
const INVALID_PERFUSION: u16 = 0xFFFF;
const LONGEST: usize = 9;
/// Sixty packets come in a second.
const PATIENCE: Duration = Duration::from_millis(200);
const ANSWER: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const TRIES: u8 = 3;
const SAYS_SILENT: &str = "the oximeter does not answer; switch it on, put a finger in and check its cable";
const SAYS_MALFORMED: &str = "a packet from the oximeter is damaged; check its cable and its line (115200 8N1)";
const SAYS_RANGE: &str = "the oximeter sent a number that cannot be; take the finger out and put it in again";
const SAYS_UNSUPPORTED: &str = "this oximeter does not know what it was told";
const SAYS_REFUSED: &str = "the oximeter did not do what it was told; switch it off and on";
