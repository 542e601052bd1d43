//! Blood-pressure boards with STX/ETX frames: NIBP2010, NIBScan, SINNOR and their like. Source: protocol page
//! `bp-nibp-stx`.
//!
//! A measurement is told to begin, its cuff pressure is told as it comes, then the result is asked for. Whatever goes
//! wrong, the cuff is let down.

use std::time::{Duration, Instant};

use super::{listens, pressure};
use crate::checksum::sum8;
use crate::decoder::{Converse, Order, Output};
use crate::framing::{Framer, StxText};
use crate::reading::{Fault, FaultCode, Quantity, Reading, Status, Unit};

/// Decoder of the STX/ETX boards.
#[derive(Debug)]
pub struct NibpStx {
    framer: Framer<StxText>,
    talk: Option<Talk>,
    cuff: Cuff,
}

/// What is known of the cuff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cuff {
    /// Nothing: the port has just opened, perhaps again after it went away in the middle of a measurement.
    Unknown,
    Idle,
    Measuring,
}

/// A measurement under way.
#[derive(Debug)]
struct Talk {
    /// The board said that it has finished, and its result is being asked for.
    finished: bool,
    tries: u8,
    /// When silence has lasted too long; never after `end_by`.
    until: Instant,
    /// When the whole has lasted too long.
    end_by: Instant,
    /// A broken answer, told if nothing better comes.
    bad: Option<Fault>,
}

/// A frame, understood.
enum Frame {
    Cuff(u16),
    Finished,
    /// A valid result, or the board's own error.
    Result(Result<Reading, Fault>),
    Broken(Fault),
}

impl NibpStx {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> NibpStx {
        NibpStx { framer: Framer::new(StxText(LONGEST), 2 * LONGEST, PATIENCE), talk: None, cuff: Cuff::Unknown }
    }

    fn hear(&mut self, at: Instant, raw: Vec<u8>, out: &mut Vec<Output>) {
        let frame = understand(&raw);
        match &mut self.talk {
            None => out.push(alone(frame)),
            Some(talk) if talk.finished => self.answer(at, frame, out),
            Some(talk) => match frame {
                Frame::Cuff(pressure) => {
                    talk.until = (at + BETWEEN).min(talk.end_by);
                    out.push(cuff(pressure));
                }
                Frame::Finished => {
                    talk.finished = true;
                    out.push(alone(Frame::Finished));
                    self.ask(at, out);
                }
                // One lost cuff frame is no loss, and a result that was not asked for is an old one.
                Frame::Broken(_) | Frame::Result(_) => {}
            },
        }
    }

    /// What comes after the board has finished.
    fn answer(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match frame {
            Frame::Result(Ok(reading)) => self.end(Output::Reading(reading), out),
            Frame::Result(Err(fault)) => self.end(Output::Fault(fault), out),
            Frame::Broken(fault) => {
                talk.bad = Some(fault);
                self.ask_again(at, out);
            }
            // Cuff frames carry no sum: the frame that said "finished" was a damaged one.
            Frame::Cuff(pressure) if pressure > DEFLATED => {
                (talk.finished, talk.tries, talk.until) = (false, 0, (at + BETWEEN).min(talk.end_by));
                out.push(cuff(pressure));
            }
            Frame::Cuff(_) | Frame::Finished => {}
        }
    }

    fn ask(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries += 1;
        talk.until = (at + ANSWER).min(talk.end_by);
        out.push(Output::Send(command(RESULT)));
    }

    fn ask_again(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if talk.tries < TRIES {
            return self.ask(at, out);
        }
        let fault = talk.bad.take().unwrap_or_else(|| Fault::new(FaultCode::NoAnswer, SAYS_NO_RESULT, &[]));
        self.end(Output::Fault(fault), out);
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if at >= talk.end_by {
            return self.give_up(SAYS_TOO_LONG, out);
        }
        if talk.finished { self.ask_again(at, out) } else { self.give_up(SAYS_SILENT, out) }
    }

    fn give_up(&mut self, says: &str, out: &mut Vec<Output>) {
        out.push(Output::Send(vec![ABORT]));
        self.end(Output::Fault(Fault::new(FaultCode::NoAnswer, says, &[])), out);
    }

    fn end(&mut self, result: Output, out: &mut Vec<Output>) {
        (self.talk, self.cuff) = (None, Cuff::Idle);
        out.push(result);
    }

    fn abort(&mut self, out: &mut Vec<Output>) {
        self.cuff = Cuff::Idle;
        out.push(Output::Send(vec![ABORT]));
    }
}

impl Default for NibpStx {
    fn default() -> NibpStx {
        NibpStx::new()
    }
}

listens!(NibpStx);

impl Converse for NibpStx {
    /// [`Order::Rest`] lets the cuff down unless it is known to be empty: so it is after a port went away and came back.
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        self.talk = None;
        match order {
            Order::Measure => {
                if self.cuff == Cuff::Measuring {
                    self.abort(out);
                }
                out.extend([ADULT, FIRST_INFLATION, MEASURE].map(|code| Output::Send(command(code))));
                self.cuff = Cuff::Measuring;
                self.talk =
                    Some(Talk { finished: false, tries: 0, until: at + BETWEEN, end_by: at + IN_ALL, bad: None });
            }
            Order::Stop => self.abort(out),
            Order::Rest if self.cuff != Cuff::Idle => self.abort(out),
            _ => {}
        }
    }
}

/// Returns a command as it goes over the wire: `nn;;`, its sum, STX and ETX around them.
pub fn command(code: u8) -> Vec<u8> {
    frame(&format!("{code:02};;"))
}

/// Returns a frame around a body: STX, body, sum, ETX.
pub fn frame(body: &str) -> Vec<u8> {
    let text = format!("{body}{:02X}", sum8(body.as_bytes()));
    [&[STX], text.as_bytes(), &[ETX]].concat()
}

/// Returns what stands between STX and ETX when its sum is good.
pub fn summed(raw: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(raw.strip_prefix(&[STX])?.strip_suffix(&[ETX])?).ok()?;
    let (body, sum) = text.split_at_checked(text.len().checked_sub(2)?)?;
    (format!("{:02X}", sum8(body.as_bytes())) == sum).then_some(body)
}

fn understand(raw: &[u8]) -> Frame {
    let malformed = || Frame::Broken(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw));
    let Some(inner) = raw.strip_prefix(&[STX]).and_then(|raw| raw.strip_suffix(&[ETX])) else {
        return malformed();
    };
    match inner {
        [digits @ .., b'C', e, b'S', s] if digits.len() == 3 && e.is_ascii_digit() && s.is_ascii_digit() => {
            pressure_of(digits, raw).unwrap_or_else(malformed)
        }
        digits if digits.len() == 3 => pressure_of(digits, raw).unwrap_or_else(malformed),
        [b'S', ..] => match summed(raw) {
            None => Frame::Broken(Fault::new(FaultCode::Checksum, SAYS_SUM, raw)),
            Some(body) => result(body, raw).map_or_else(malformed, Frame::Result),
        },
        _ => malformed(),
    }
}

fn pressure_of(digits: &[u8], raw: &[u8]) -> Option<Frame> {
    Some(match number(std::str::from_utf8(digits).ok()?, 3)? {
        FINISHED => Frame::Finished,
        pressure @ ..=HIGHEST => Frame::Cuff(pressure),
        _ => Frame::Broken(Fault::new(FaultCode::OutOfRange, SAYS_PRESSURE, raw)),
    })
}

/// Reads `S1;A0;C03;M00;P128081097;R072;T0000;;`. `None`: it has another shape.
fn result(body: &str, raw: &[u8]) -> Option<Result<Reading, Fault>> {
    let fields: Vec<&str> = body.strip_suffix(";;")?.split(';').collect();
    let [state, patient, cycle, message, pressures, pulse, seconds] = fields[..] else {
        return None;
    };
    number(state.strip_prefix('S')?, 1)?;
    number(patient.strip_prefix('A')?, 1)?;
    number(cycle.strip_prefix('C')?, 2)?;
    number(seconds.strip_prefix('T')?, 4)?;
    let message = number(message.strip_prefix('M')?, 2)?;
    let pulse = number(pulse.strip_prefix('R')?, 3)?;
    let pressures = pressures.strip_prefix('P').filter(|digits| digits.len() == 9 && digits.is_ascii())?;
    let systolic = number(&pressures[..3], 3)?;
    let others = [number(&pressures[3..6], 3)?, number(&pressures[6..], 3)?];
    if message != 0 {
        return Some(Err(Fault::device(u32::from(message), words(message), raw)));
    }
    // Makers disagree on the order of diastolic and mean; the smaller is always the diastolic.
    let (diastolic, mean) = (others[0].min(others[1]), others[0].max(others[1]));
    if mean > systolic {
        return Some(Err(Fault::new(FaultCode::OutOfRange, SAYS_NO_VALUES, raw)));
    }
    let reading = pressure::reading(systolic, diastolic, pulse, raw);
    Some(reading.map(|reading| reading.with(Quantity::MeanArterial, mean, Unit::MmHg)))
}

fn number(digits: &str, width: usize) -> Option<u16> {
    let digits =
        Some(digits).filter(|digits| digits.len() == width && digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits?.parse().ok()
}

fn alone(frame: Frame) -> Output {
    match frame {
        Frame::Cuff(pressure) => cuff(pressure),
        Frame::Finished => Output::Status(Status::Event { event: "finished".into() }),
        Frame::Result(Ok(reading)) => Output::Reading(reading),
        Frame::Result(Err(fault)) | Frame::Broken(fault) => Output::Fault(fault),
    }
}

fn cuff(cuff_pressure: u16) -> Output {
    Output::Status(Status::CuffPressure { cuff_pressure })
}

fn words(message: u16) -> String {
    let says = match message {
        6 => "the cuff could not be pumped up; put it on firmly and check its hose",
        8 => "the monitor's pneumatics are faulty; call support",
        11 => "too much movement; sit still and measure again",
        14 => "the monitor found a leak; check the cuff and its hose",
        15 => "the monitor reports a system error; switch it off and on",
        _ => "the monitor reports an error; measure again",
    };
    format!("{says} (monitor code {message:02})")
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// Lets the cuff down, in any state; stands alone.
pub const ABORT: u8 = b'X';
/// Start a measurement.
pub const MEASURE: u8 = 1;
/// Read status and last result.
pub const RESULT: u8 = 18;
/// Adult mode.
pub const ADULT: u8 = 24;
/// How far the cuff is pumped up at first: 19 to 23 are 100, 120, 140, 160 and 180 mmHg.
pub const FIRST_INFLATION: u8 = 21;

const FINISHED: u16 = 999;
/// No board pumps higher.
const HIGHEST: u16 = 330;
/// Below this a cuff is as good as empty, in mmHg.
const DEFLATED: u16 = 20;
/// The protocol page calls a frame without ETX within 64 bytes bad.
const LONGEST: usize = 64;
/// The longest frame takes a tenth of a second.
const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_secs(3);
const IN_ALL: Duration = Duration::from_secs(180);
const ANSWER: Duration = Duration::from_secs(1);
const TRIES: u8 = 3;
const SAYS_MALFORMED: &str =
    "a frame from the monitor is damaged or incomplete; check its cable and its line (4800 8N1)";
const SAYS_SUM: &str = "the checksum of the monitor's result is wrong; check its cable";
const SAYS_PRESSURE: &str = "the monitor tells a cuff pressure that cannot be; check its cable";
const SAYS_NO_VALUES: &str = "the monitor has no valid result; measure again";
const SAYS_SILENT: &str = "the monitor does not answer; the cuff was let down; check that it is on and plugged in";
const SAYS_TOO_LONG: &str = "the measurement took too long and was stopped; check the cuff and measure again";
const SAYS_NO_RESULT: &str = "the monitor measured but does not tell its result; measure again";
