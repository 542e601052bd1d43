//! [`Decoder`]: bytes and time come in as arguments, results come out as values. No port, no clock.

use std::time::Instant;

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
}

/// What a conversation can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Read the whole memory once: readings, then [`Status::Downloaded`]; or one fault and no reading.
    Download,
    /// Read the memory again and again and tell what was not there at first. The port does the comparing;
    /// for a decoder this is [`Order::Download`].
    WatchForNew,
    /// Look for a card until told to rest; tell each laying once.
    FindCards,
    /// Stop speaking.
    Rest,
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
}

impl Output {
    /// The JSON line of `hut-devices`; `None` for bytes to send.
    pub fn to_json(&self) -> Option<String> {
        match self {
            Output::Send(_) => None,
            // These types hold only strings, numbers and maps with string keys.
            other => Some(serde_json::to_string(other).expect("outputs are plain JSON")),
        }
    }
}
