//! SD Biosensor SD CodeFree. Source: protocol page `glucose-sd-codefree`.
//!
//! The meter speaks first, when it is switched on, and wants a quick answer. A wrong command stops it with E-5, so
//! nothing is asked twice.

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::ask::{self, Talk, bad_time, glucose, malformed, moment, whole};
use super::listens;
use crate::checksum::xor8;
use crate::decoder::{Converse, Order, Output, STILL_SILENT};
use crate::framing::Framer;
use crate::framing::seek::{self, Look, Seek, Shape};
use crate::reading::{DeviceTime, Fault, FaultCode, Mark, Reading, Status};

/// Decoder of the SD CodeFree.
#[derive(Debug)]
pub struct CodeFree {
    framer: Framer<Seek<Frame>>,
    talk: Option<Talk<Step>>,
    /// What the clock shall be set to.
    set: Option<NaiveDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nobody has switched the meter on yet.
    Meter,
    /// Nor for so long that this was told.
    StillOff,
    Count,
    Record,
    SetClock,
    Leaving,
}

/// What the meter says.
enum Message {
    Challenge,
    Count(u16),
    Record(Result<Reading, Fault>),
    ClockTaken,
    Disconnected,
}

/// The meter's frame: 53, 20, length of what follows, message, exclusive or, AA.
#[derive(Debug)]
pub struct Frame;

impl Shape for Frame {
    fn look(&self, held: &[u8]) -> Look {
        look(held, FROM_METER)
    }
}

/// The host's frame, for the other side.
#[derive(Debug)]
pub struct HostFrame;

impl Shape for HostFrame {
    fn look(&self, held: &[u8]) -> Look {
        look(held, FROM_HOST)
    }
}

fn look(held: &[u8], direction: u8) -> Look {
    match held {
        [START] => return Look::Unsure,
        [START, way] if *way == direction => return Look::Unsure,
        [START, way, length, ..] if *way == direction && LENGTHS.contains(length) => {}
        _ => return Look::No,
    }
    let whole = 3 + usize::from(held[2]);
    let Some(raw) = held.get(..whole) else {
        return Look::Unsure;
    };
    let (message, end) = raw[3..].split_at(whole - 5);
    Look::checked(whole, end == [xor8(message), END])
}

/// Returns a frame to the meter.
pub fn request(message: &[u8]) -> Vec<u8> {
    frame(FROM_HOST, message)
}

/// Returns a frame from the meter.
pub fn answer(message: &[u8]) -> Vec<u8> {
    frame(FROM_METER, message)
}

fn frame(direction: u8, message: &[u8]) -> Vec<u8> {
    // Messages have at most 22 bytes.
    let length = u8::try_from(message.len() + 2).expect("a message fits its length field");
    [&[START, direction, length], message, &[xor8(message), END]].concat()
}

impl CodeFree {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> CodeFree {
        CodeFree { framer: Framer::new(Seek::new([Frame]), 128, PATIENCE), talk: None, set: None }
    }

    fn hear(&mut self, at: Instant, frame: seek::Frame, out: &mut Vec<Output>) {
        let heard = whole(frame).and_then(|raw| read(&raw).ok_or_else(|| malformed(&raw)));
        match (heard, self.talk.as_ref().map(|talk| talk.step)) {
            (Ok(message), None) => out.push(alone(message)),
            (Err(fault), None) => out.push(Output::Fault(fault)),
            // Switching on may shake the line.
            (Err(_), Some(Step::Meter | Step::StillOff)) => {}
            // Everything is read; only the farewell is damaged.
            (Err(_), Some(Step::Leaving)) => ask::finish(&mut self.talk, out),
            (Err(fault), Some(_)) => ask::fail(&mut self.talk, fault, out),
            (Ok(message), Some(step)) => self.answered(at, step, message, out),
        }
    }

    fn answered(&mut self, at: Instant, step: Step, message: Message, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match (step, message) {
            (Step::Meter | Step::StillOff, Message::Challenge) => {
                talk.ask(at, Step::Count, request(&HERE), ANSWER, out)
            }
            // Left over from before; or said once more before our answer came.
            (Step::Meter | Step::StillOff, _) | (Step::Count, Message::Challenge) => {}
            (Step::Count, Message::Count(records)) => match self.set {
                Some(clock) => {
                    let text = clock.format("ADATE%Y%m%d%H%M").to_string();
                    talk.ask(at, Step::SetClock, request(text.as_bytes()), ANSWER, out);
                }
                None => {
                    talk.memory(records, out);
                    self.next(at, out);
                }
            },
            (Step::Record, Message::Record(result)) => {
                talk.keep(result.into(), out);
                self.next(at, out);
            }
            (Step::SetClock, Message::ClockTaken) => {
                talk.clock_set(self.set);
                talk.ask(at, Step::Leaving, request(&NEXT), ANSWER, out);
            }
            (Step::Leaving, Message::Disconnected) => ask::finish(&mut self.talk, out),
            _ => ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_ORDER, &[]), out),
        }
    }

    /// Asks for the next record; after the last one the same words end the conversation.
    fn next(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let step = if talk.of == Some(talk.done) { Step::Leaving } else { Step::Record };
        talk.ask(at, step, request(&NEXT), ANSWER, out);
    }

    fn say_still_off(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.step = Step::StillOff;
        talk.wait_until(at, FOR_THE_METER - STILL_SILENT);
        out.push(Output::Status(Status::no_answer_yet(SAYS_STILL_OFF)));
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        match self.talk.as_ref().map(|talk| talk.step) {
            Some(Step::Meter) => self.say_still_off(at, out),
            Some(Step::StillOff) => ask::give_up(&mut self.talk, SAYS_OFF, out),
            Some(Step::Leaving) => ask::finish(&mut self.talk, out),
            _ => ask::give_up(&mut self.talk, SAYS_SILENT, out),
        }
    }
}

impl Default for CodeFree {
    fn default() -> CodeFree {
        CodeFree::new()
    }
}

listens!(CodeFree);

impl Converse for CodeFree {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        self.set = match order {
            Order::Download | Order::WatchForNew => None,
            Order::SetClock(moment) => Some(moment),
            _ => return,
        };
        self.framer.clear();
        self.talk = Some(Talk::waiting(at, Step::Meter, STILL_SILENT));
        out.push(Output::Status(Status::Event { event: "waiting_for_meter".into() }));
    }
}

fn read(raw: &[u8]) -> Option<Message> {
    Some(match &raw[3..raw.len() - 2] {
        [0x10, 0x30] => Message::Challenge,
        [0x10, 0x10] => Message::ClockTaken,
        [0x10, 0x70] => Message::Disconnected,
        [0x30, high, low, fill @ ..] if fill == [END; 19] => Message::Count(u16::from_be_bytes([*high, *low])),
        [_, _, year, month, day, hour, minute, high, low, meal, rest @ ..] if rest.len() == 7 => {
            let number = u32::from(u16::from_be_bytes([*high, *low]));
            Message::Record(record(raw, [*year, *month, *day, *hour, *minute, 0], number, *meal))
        }
        _ => return None,
    })
}

fn record(raw: &[u8], time: [u8; 6], number: u32, meal: u8) -> Result<Reading, Fault> {
    let moment = moment(time).ok_or_else(|| bad_time(raw))?;
    let mut reading = glucose(raw, number, 10..=600)?;
    reading.device_time = Some(DeviceTime { moment, seconds: false });
    match meal {
        0x00 => reading.note("meal", "none"),
        0x10 => reading.note("meal", "before"),
        0x20 => reading.note("meal", "after"),
        _ => reading.mark(Mark::Questionable),
    }
    Ok(reading)
}

/// What a message means when no conversation is under way.
fn alone(message: Message) -> Output {
    let event = |event: &'static str| Output::Status(Status::Event { event: event.into() });
    match message {
        Message::Challenge => event("challenge"),
        Message::Count(records) => Output::Status(Status::Memory { records, device_id: None, display_unit: None }),
        Message::Record(result) => result.into(),
        Message::ClockTaken => event("clock_taken"),
        Message::Disconnected => event("disconnected"),
    }
}

/// "I am here", the answer to the challenge.
pub const HERE: [u8; 2] = [0x10, 0x40];
/// Asks for the next record.
pub const NEXT: [u8; 2] = [0x10, 0x60];
const START: u8 = 0x53;
const FROM_METER: u8 = 0x20;
const FROM_HOST: u8 = 0x10;
const END: u8 = 0xAA;
const LENGTHS: std::ops::RangeInclusive<u8> = 4..=24;
/// Within a frame.
const PATIENCE: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_secs(2);
/// Somebody must fetch the meter, plug it in and switch it on.
const FOR_THE_METER: Duration = Duration::from_secs(300);
const SAYS_STILL_OFF: &str = "no answer yet: plug the cable into the meter and switch the meter on; it speaks first, and is waited for five minutes";
const SAYS_OFF: &str = "no meter was switched on; plug the cable into the meter, switch the meter on, and read again";
const SAYS_SILENT: &str =
    "the meter fell silent and nothing was kept; switch it off, plug the cable in firmly, and read again";
const SAYS_ORDER: &str =
    "the meter answered something else than it was asked and nothing was kept; switch it off and on and read again";
