//! Exchanges with a device, written down: read, replayed against the decoder, recorded.
//!
//! ```text
//! # A comment.
//! model glucose-onetouch-ultra2
//! 0ms    order download
//! 0ms    out   "\x11\rDM?\r"                the decoder must send this
//! 0ms    feature "\x74\xbc"               a HID feature report, in the same way
//! 40ms   in    "?P02.00.00 25/05/07 049C\r\n"   the device sent this
//!        want  status {"version":"P02.00.00 25/05/07"}
//! 2040ms wait                               time passes with nothing
//! 2045ms clock 2026-11-22T08:30:00          the host's local time
//! 2050ms kept                               what was told is safe in a store
//! ```
//! What the decoder sends and tells must be the `out`, `feature` and `want` lines, in their order, and nothing else.

use std::io::Write;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use crate::catalog::Catalog;
use crate::custom::Device;
use crate::decoder::{Order, Output};
use crate::notation;
use crate::reading::{Note, Reading};

/// An exchange with one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Model id.
    pub model: String,
    steps: Vec<(usize, Step)>,
}

/// How the bytes of a transcript are cut when it is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// As it was written.
    AsWritten,
    /// Each byte by itself.
    EachByte,
    /// Each piece in two, after so many bytes.
    After(usize),
}

/// Text that is no transcript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {says}")]
pub struct TranscriptFault {
    /// Counted from one.
    pub line: usize,
    /// What is wrong.
    pub says: String,
}

/// Where a decoder did something else than a transcript says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: wanted `{wanted}`, got `{got}`")]
pub struct Difference {
    /// Line of the transcript, counted from one.
    pub line: usize,
    /// What the transcript wants, or `nothing`.
    pub wanted: String,
    /// What came, or `nothing`.
    pub got: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    In(u64, Vec<u8>),
    Order(u64, Order),
    Wait(u64),
    Kept(u64),
    Clock(u64, NaiveDateTime),
    /// An `out` or `want` line as [`brief`] writes it.
    Want(String),
}

/// What a port hears and does, for recording.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// Bytes from the device.
    In(&'a [u8]),
    /// The decoder was told to do this.
    Order(Order),
    /// A deadline of the decoder passed.
    Waited,
    /// What was told is safe in a store.
    Kept,
    /// The host's local time was told.
    Clock(NaiveDateTime),
    /// What the decoder said to it.
    Out(&'a Output),
}

/// Writes a transcript of what a port hears.
pub struct Recorder<W> {
    file: W,
    since: Option<Instant>,
}

impl Transcript {
    /// Reads a transcript.
    pub fn parse(text: &str) -> Result<Transcript, TranscriptFault> {
        let mut model = None;
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let fault = |says: &str| TranscriptFault { line: index + 1, says: says.to_owned() };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix("model ") {
                model = Some(name.trim().to_owned());
                continue;
            }
            steps.push((index + 1, step(line).map_err(fault)?));
        }
        let no_model = || TranscriptFault { line: 1, says: "no line `model …`".to_owned() };
        Ok(Transcript { model: model.ok_or_else(no_model)?, steps })
    }

    /// Replays against a fresh decoder of its model and says where it differs first. `start` is the moment called 0ms.
    pub fn replay(&self, catalog: &Catalog, start: Instant, cut: Cut) -> Result<(), Difference> {
        let difference =
            |line, wanted: &str, got: &str| Difference { line, wanted: wanted.to_owned(), got: got.to_owned() };
        let Some(descriptor) = catalog.find(&self.model) else {
            return Err(difference(1, &self.model, "no such model"));
        };
        let mut said = self.play(descriptor.device(), start, cut).into_iter();
        let mut last = 1;
        for (line, step) in &self.steps {
            let Step::Want(wanted) = step else { continue };
            last = *line;
            match said.next() {
                Some(got) if got == *wanted => {}
                Some(got) => return Err(difference(last, wanted, &got)),
                None => return Err(difference(last, wanted, "nothing")),
            }
        }
        match said.next() {
            Some(got) => Err(difference(last, "nothing", &got)),
            None => Ok(()),
        }
    }

    /// Everything the device said, in one piece.
    pub fn heard(&self) -> Vec<u8> {
        let said =
            self.steps.iter().map(|(_, step)| if let Step::In(_, bytes) = step { bytes.as_slice() } else { &[] });
        said.collect::<Vec<_>>().concat()
    }

    fn play(&self, mut device: Device, start: Instant, cut: Cut) -> Vec<String> {
        let mut out = Vec::new();
        for (_, step) in &self.steps {
            match step {
                Step::Want(_) => {}
                Step::In(ms, bytes) => {
                    let at = start + Duration::from_millis(*ms);
                    run_out(&mut device, at, false, &mut out);
                    for piece in pieces(bytes, cut) {
                        device.decoder().handle_bytes(at, piece, &mut out);
                    }
                }
                Step::Order(ms, order) => {
                    let at = start + Duration::from_millis(*ms);
                    run_out(&mut device, at, false, &mut out);
                    if let Some(conversation) = device.conversation() {
                        conversation.start(at, *order, &mut out);
                    }
                }
                Step::Clock(ms, moment) => {
                    let at = start + Duration::from_millis(*ms);
                    if let Some(conversation) = device.conversation() {
                        conversation.tell_clock(at, *moment);
                    }
                }
                Step::Kept(ms) => {
                    let at = start + Duration::from_millis(*ms);
                    run_out(&mut device, at, false, &mut out);
                    if let Some(conversation) = device.conversation() {
                        conversation.kept(at, &mut out);
                    }
                }
                Step::Wait(ms) => {
                    run_out(&mut device, start + Duration::from_millis(*ms), true, &mut out);
                }
            }
        }
        out.iter().map(brief).collect()
    }
}

/// Lets every deadline before `at` pass, and with `also_at` the one at that moment.
fn run_out(device: &mut Device, at: Instant, also_at: bool, out: &mut Vec<Output>) {
    while let Some(deadline) = device.decoder().deadline() {
        if deadline > at || (deadline == at && !also_at) {
            return;
        }
        device.decoder().handle_timeout(deadline, out);
    }
}

fn pieces(bytes: &[u8], cut: Cut) -> Vec<&[u8]> {
    match cut {
        Cut::AsWritten => vec![bytes],
        Cut::EachByte => bytes.chunks(1).collect(),
        Cut::After(count) => {
            let (first, second) = bytes.split_at(count.min(bytes.len()));
            vec![first, second]
        }
    }
}

impl<W: Write> Recorder<W> {
    /// Begins a transcript of this model. What comes first is at 0ms.
    pub fn new(mut file: W, model: &str) -> std::io::Result<Recorder<W>> {
        writeln!(file, "model {model}")?;
        Ok(Recorder { file, since: None })
    }

    /// Writes one line.
    pub fn hear(&mut self, at: Instant, heard: Heard<'_>) -> std::io::Result<()> {
        let since = *self.since.get_or_insert(at);
        let ms = at.saturating_duration_since(since).as_millis();
        match heard {
            Heard::In(bytes) => writeln!(self.file, "{ms}ms in {}", quote(bytes)),
            Heard::Order(order) => writeln!(self.file, "{ms}ms order {order}"),
            Heard::Waited => writeln!(self.file, "{ms}ms wait"),
            Heard::Clock(moment) => writeln!(self.file, "{ms}ms clock {}", moment.format(CLOCK)),
            Heard::Kept => writeln!(self.file, "{ms}ms kept"),
            Heard::Out(output @ (Output::Send(_) | Output::Feature(_))) => {
                writeln!(self.file, "{ms}ms {}", brief(output))
            }
            Heard::Out(output) => writeln!(self.file, "want {}", brief(output)),
        }
    }
}

/// Says an output in one line, as transcripts hold it. Tells a card's text: for made-up cards only.
pub fn brief(output: &Output) -> String {
    match output {
        Output::Send(bytes) => format!("out {}", quote(bytes)),
        Output::Feature(report) => format!("feature {}", quote(report)),
        Output::Reading(reading) => brief_reading(reading),
        Output::Identity(card) => format!("identity {} {}", card.id, card.name),
        Output::Code(code) => format!("code {}", code.0),
        // A status holds only strings and numbers.
        Output::Status(status) => {
            format!("status {}", serde_json::to_string(status).expect("a status is plain JSON"))
        }
        Output::Fault(fault) => match fault.device_code {
            Some(number) => format!("fault {} {number}", fault.code),
            None => format!("fault {}", fault.code),
        },
    }
}

fn brief_reading(reading: &Reading) -> String {
    let name = |value: serde_json::Result<serde_json::Value>| {
        // Unit variants become strings.
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let mut parts = Vec::new();
    for (quantity, value) in &reading.values {
        parts.push(format!("{} {value}", name(serde_json::to_value(quantity))));
    }
    if let Some(special) = reading.special {
        parts.push(format!("special {}", name(serde_json::to_value(special))));
    }
    for mark in &reading.marks {
        parts.push(format!("mark {}", name(serde_json::to_value(mark))));
    }
    for (key, note) in &reading.context {
        parts.push(match note {
            Note::Flag(true) => format!("{key} yes"),
            Note::Flag(false) => format!("{key} no"),
            Note::Word(word) => format!("{key} {word}"),
        });
    }
    parts.extend(reading.device_time.map(|time| format!("at {time}")));
    parts.extend(reading.device_id.as_ref().map(|id| format!("device {id}")));
    parts.join(", ")
}

fn step(line: &str) -> Result<Step, &'static str> {
    if let Some(wanted) = line.strip_prefix("want ") {
        return Ok(Step::Want(wanted.trim().to_owned()));
    }
    let (time, rest) = line.split_once(char::is_whitespace).ok_or("not a step")?;
    let ms = time.strip_suffix("ms").and_then(|ms| ms.parse().ok()).ok_or("no time such as 30ms")?;
    let (verb, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    match verb {
        "in" => Ok(Step::In(ms, unquote(rest.trim())?)),
        "out" => Ok(Step::Want(format!("out {}", quote(&unquote(rest.trim())?)))),
        "feature" => Ok(Step::Want(format!("feature {}", quote(&unquote(rest.trim())?)))),
        "order" => Ok(Step::Order(ms, rest.trim().parse().map_err(|_| "no such order")?)),
        "wait" => Ok(Step::Wait(ms)),
        "kept" => Ok(Step::Kept(ms)),
        "clock" => {
            let moment = NaiveDateTime::parse_from_str(rest.trim(), CLOCK);
            Ok(Step::Clock(ms, moment.map_err(|_| "no moment such as 2026-11-22T08:30:00")?))
        }
        _ => Err("not in, out, feature, order, wait, clock, kept or want"),
    }
}

fn quote(bytes: &[u8]) -> String {
    format!("\"{}\"", notation::write(bytes))
}

fn unquote(text: &str) -> Result<Vec<u8>, &'static str> {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    notation::read(inner.ok_or("bytes stand in double quotes")?).map_err(|fault| fault.0)
}

const CLOCK: &str = "%Y-%m-%dT%H:%M:%S";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_its_line() {
        let text = "model scale-st-gs\n0ms in \"ST,+00071.4  kg\\r\\n\"\nwant weight 71.5 kg, stable yes\n";
        let difference = Transcript::parse(text).unwrap().replay(Catalog::built_in(), Instant::now(), Cut::AsWritten);
        let difference = difference.unwrap_err();
        assert_eq!((difference.line, difference.got.as_str()), (3, "weight 71.4 kg, stable yes"));
    }
}
