//! [`Decoder`]: bytes and time come in as arguments, results come out as values. No port, no clock.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::reading::{Code, Fault, Identity, Reading, Status};

/// Turns a device's bytes into results.
///
/// The results do not depend on how the bytes are cut into calls. Garbage before, between and after frames is skipped;
/// what is held back of a frame is bounded in length and, by [`deadline`](Decoder::deadline), in time. No bytes make it panic.
pub trait Decoder {
    /// Takes bytes that came in at `at`.
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>);
    /// Takes notice that `at` has come; call it when the [`deadline`](Decoder::deadline) is reached. Earlier calls do nothing.
    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>);
    /// When [`handle_timeout`](Decoder::handle_timeout) wants to be called, if nothing comes in before.
    fn deadline(&self) -> Option<Instant>;
}

/// A decoder that must also speak: it is told what to do and holds the conversation.
///
/// Before [`start`](Converse::start) it only listens and tells each frame by itself, as `hut-devices decode` shows them.
pub trait Converse: Decoder {
    /// Begins what `order` says and drops what was under way. What to send comes out as [`Output::Send`].
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>);

    /// Hears what the host's local clock shows at `at`. Some devices want to be told with each question.
    fn tell_clock(&mut self, _at: Instant, _moment: NaiveDateTime) {}

    /// Takes notice that every reading told so far is safe in a store.
    ///
    /// Some devices forget a reading once it is confirmed; their decoders confirm only now. Others need no word.
    fn kept(&mut self, _at: Instant, _out: &mut Vec<Output>) {}

    /// Takes back what [`remembered`](Converse::remembered) told before a restart. What does not fit is ignored.
    fn recall(&mut self, _text: &str) {}

    /// What is to be kept over a restart, when it has changed since it was last asked for.
    fn remembered(&mut self) -> Option<String> {
        None
    }

    /// Takes notice that the line is gone, and says whether what it remembers is of use on the next line.
    fn hung_up(&mut self) -> bool {
        false
    }
}

/// Silence is told within five seconds, also where a device is waited for much longer.
pub(crate) const STILL_SILENT: Duration = Duration::from_secs(4);

/// What a conversation can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Measure once: progress, then one reading or one fault.
    Measure,
    /// Tell what is measured as it comes, until told to rest.
    Stream,
    /// Stop what the device is doing at once, in any state: deflate a cuff.
    Stop,
    /// Read the whole memory once: readings, then [`Status::Downloaded`]; or one fault and no reading.
    Download,
    /// Read the memory again and again and tell what was not there at first. The port does the comparing;
    /// for a decoder this is [`Order::Download`].
    WatchForNew,
    /// Look for a card until told to rest; tell each laying once.
    FindCards,
    /// Set the device's clock to this local time; ends with [`Status::ClockSet`] or a fault.
    SetClock(NaiveDateTime),
    /// Stop speaking. A measurement under way is stopped first.
    Rest,
    /// Ask once how the device is: a printer for its paper.
    Status,
}

/// An [`Order`] without its particulars, as descriptors list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// [`Order::Measure`]
    Measure,
    /// [`Order::Stream`]
    Stream,
    /// [`Order::Stop`]
    Stop,
    /// [`Order::Download`]
    Download,
    /// [`Order::WatchForNew`]
    WatchForNew,
    /// [`Order::FindCards`]
    FindCards,
    /// [`Order::SetClock`]
    SetClock,
    /// [`Order::Status`]
    Status,
}

impl Order {
    /// The skill a device needs for it; `None` for [`Order::Rest`], which every device can do.
    pub fn skill(self) -> Option<Skill> {
        match self {
            Order::Measure => Some(Skill::Measure),
            Order::Stream => Some(Skill::Stream),
            Order::Stop => Some(Skill::Stop),
            Order::Download => Some(Skill::Download),
            Order::WatchForNew => Some(Skill::WatchForNew),
            Order::FindCards => Some(Skill::FindCards),
            Order::SetClock(_) => Some(Skill::SetClock),
            Order::Rest => None,
            Order::Status => Some(Skill::Status),
        }
    }
}

/// Text that is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no order; there are measure, stream, stop, download, watch_for_new, find_cards, set_clock 2026-11-22T08:30:00, rest and status"
)]
pub struct OrderFault(pub String);

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Measure => f.write_str("measure"),
            Order::Stream => f.write_str("stream"),
            Order::Stop => f.write_str("stop"),
            Order::Download => f.write_str("download"),
            Order::WatchForNew => f.write_str("watch_for_new"),
            Order::FindCards => f.write_str("find_cards"),
            Order::SetClock(moment) => write!(f, "set_clock {}", moment.format(CLOCK)),
            Order::Rest => f.write_str("rest"),
            Order::Status => f.write_str("status"),
        }
    }
}

impl FromStr for Order {
    type Err = OrderFault;

    fn from_str(text: &str) -> Result<Order, OrderFault> {
        let fault = || OrderFault(text.to_owned());
        if let Some(moment) = text.strip_prefix("set_clock ") {
            let moment = NaiveDateTime::parse_from_str(moment.trim(), CLOCK).map_err(|_| fault())?;
            return Ok(Order::SetClock(moment));
        }
        let simple = [
            Order::Measure,
            Order::Stream,
            Order::Stop,
            Order::Download,
            Order::WatchForNew,
            Order::FindCards,
            Order::Rest,
            Order::Status,
        ];
        simple.into_iter().find(|order| order.to_string() == text).ok_or_else(fault)
    }
}

impl Skill {
    /// The order that needs nothing more than this skill; `None` for setting a clock, which needs a time.
    pub fn order(self) -> Option<Order> {
        match self {
            Skill::Measure => Some(Order::Measure),
            Skill::Stream => Some(Order::Stream),
            Skill::Stop => Some(Order::Stop),
            Skill::Download => Some(Order::Download),
            Skill::WatchForNew => Some(Order::WatchForNew),
            Skill::FindCards => Some(Order::FindCards),
            Skill::SetClock => None,
            Skill::Status => Some(Order::Status),
        }
    }
}

/// What comes out of a decoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Bytes for the device.
    #[serde(skip)]
    Send(Vec<u8>),
    /// A result.
    Reading(Reading),
    /// A card's text.
    Identity(Identity),
    /// A scanned code.
    Code(Code),
    /// Something worth knowing.
    Status(Status),
    /// A frame that gave nothing, or silence where an answer was due.
    Fault(Fault),
    /// A HID feature report for the device, without its id.
    #[serde(skip)]
    Feature(Vec<u8>),
}

impl From<Result<Reading, Fault>> for Output {
    fn from(result: Result<Reading, Fault>) -> Output {
        result.map_or_else(Output::Fault, Output::Reading)
    }
}

impl Output {
    /// The JSON line of `hut-devices`; `None` for bytes and reports to send.
    pub fn to_json(&self) -> Option<String> {
        match self {
            Output::Send(_) | Output::Feature(_) => None,
            // These types hold only strings, numbers and maps with string keys.
            other => Some(serde_json::to_string(other).expect("outputs are plain JSON")),
        }
    }
}

const CLOCK: &str = "%Y-%m-%dT%H:%M:%S";
