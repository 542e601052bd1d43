//! LifeScan OneTouch Ultra and Ultra 2, text protocol. Source: protocol page `glucose-onetouch-ultra2`.
//!
//! Every line carries a 16-bit sum. A download asks for version (which also wakes the meter), serial number, clock and
//! memory; it is complete or nothing of it is kept.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::ask::{self, Talk, bad_clock, bad_time};
use super::tally::Tally;
use crate::checksum::sum16;
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step};
use crate::reading::{DeviceTime, Fault, FaultCode, Kind, Mark, Quantity, Reading, Special, Status, Unit};

/// Decoder of the OneTouch Ultra 2.
#[derive(Debug)]
pub struct Ultra2 {
    framer: Framer<Lines>,
    /// Serial number heard last.
    serial: Option<String>,
    /// What was overheard while no download was asked for.
    tally: Tally,
    /// A download under way; its step counts through [`COMMANDS`].
    talk: Option<Talk<usize>>,
}

/// One line with a good sum, understood.
enum Line {
    Version(String),
    Serial(String),
    Clock(DeviceTime),
    DisplayUnit(Unit),
    Head {
        records: u16,
        serial: String,
        display_unit: Unit,
    },
    Record(Box<Reading>),
    /// The record is whole but its date is of no calendar.
    BadDate(Fault),
}

#[derive(Debug)]
struct Lines;

impl Ultra2 {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Ultra2 {
        Ultra2 { framer: Framer::new(Lines, 4 * LONGEST, SILENCE), serial: None, tally: Tally::default(), talk: None }
    }

    fn ask(&mut self, at: Instant, step: usize, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        // Only the first command meets a sleeping meter; retries come faster there.
        talk.ask(at, step, command(COMMANDS[step]), if step == 0 { WAKE_PAUSE } else { SILENCE }, out);
        talk.by = at + BABBLE;
    }

    fn hear(&mut self, at: Instant, raw: Vec<u8>, out: &mut Vec<Output>) {
        let line = line(&raw, self.serial.as_deref());
        match (&line, &mut self.talk) {
            (line, None) => {
                match line {
                    Ok(Line::Head { records, .. }) => out.extend(self.tally.announce(at, *records).map(Output::Fault)),
                    Ok(Line::Record(_) | Line::BadDate(_)) | Err(_) => self.tally.count(at),
                    Ok(_) => {}
                }
                out.push(line.as_ref().map_or_else(|fault| Output::Fault(fault.clone()), |line| self.alone(line)));
            }
            // Half-awake meters babble; what matters is that the memory comes whole.
            (Err(fault), Some(talk)) if talk.step < MEMORY => talk.remember(fault.clone()),
            (Err(fault), Some(_)) => ask::fail(&mut self.talk, fault.clone(), out),
            (Ok(_), Some(_)) => {
                if let Ok(line) = line {
                    self.answer(at, line, &raw, out);
                }
            }
        }
    }

    /// What a line means when no download is under way.
    fn alone(&mut self, line: &Line) -> Output {
        Output::Status(match line {
            Line::Record(reading) => return Output::Reading(reading.as_ref().clone()),
            Line::BadDate(fault) => return Output::Fault(fault.clone()),
            Line::Version(version) => Status::Version { version: version.clone() },
            Line::Serial(serial) => {
                self.serial = Some(serial.clone());
                Status::Device { device_id: serial.clone(), fits: serial.ends_with('Y'), battery: None }
            }
            Line::Clock(device_time) => Status::Clock { device_time: *device_time },
            Line::DisplayUnit(display_unit) => Status::DisplayUnit { display_unit: *display_unit },
            Line::Head { records, serial, display_unit } => {
                self.serial = Some(serial.clone());
                Status::Memory { records: *records, device_id: Some(serial.clone()), display_unit: Some(*display_unit) }
            }
        })
    }

    /// The next line of a download.
    fn answer(&mut self, at: Instant, line: Line, raw: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let step = talk.step;
        match (step, line) {
            (0, line @ Line::Version(_)) | (1, line @ Line::Serial(_)) | (2, line @ Line::Clock(_)) => {
                out.push(self.alone(&line));
                self.ask(at, step + 1, out);
            }
            (MEMORY, line @ Line::Head { records, .. }) if talk.of.is_none() => {
                talk.of = Some(records);
                out.push(self.alone(&line));
                self.told(at, None, out);
            }
            (MEMORY, Line::Record(reading)) if talk.of.is_some() => {
                self.told(at, Some(Output::Reading(*reading)), out);
            }
            (MEMORY, Line::BadDate(fault)) if talk.of.is_some() => self.told(at, Some(Output::Fault(fault)), out),
            // Late answers to earlier tries.
            (MEMORY, Line::Version(_) | Line::Serial(_) | Line::Clock(_)) => {}
            // Left on the line from a reading that was broken off.
            (step, _) if step < MEMORY => {}
            _ => ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_ORDER, raw), out),
        }
    }

    /// The head of the memory came, or a record.
    fn told(&mut self, at: Instant, record: Option<Output>, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let Some(of) = talk.of else { return };
        talk.by = at + BABBLE;
        match record {
            None => talk.memory(of, out),
            Some(record) => talk.keep(record, out),
        }
        if talk.done == of {
            ask::finish(&mut self.talk, out);
        }
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let step = talk.step;
        match step {
            0 if talk.again(at, WAKE_TRIES, out) => {}
            0 => ask::give_up(&mut self.talk, SAYS_ASLEEP, out),
            MEMORY => ask::give_up(&mut self.talk, SAYS_SILENT, out),
            // The memory can be read without them.
            _ => self.ask(at, step + 1, out),
        }
    }
}

impl Default for Ultra2 {
    fn default() -> Ultra2 {
        Ultra2::new()
    }
}

impl Decoder for Ultra2 {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        if let Some(talk) = &mut self.talk
            && talk.step > 0
        {
            talk.coming(at);
        }
        for raw in self.framer.push(at, bytes) {
            self.hear(at, raw, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        // While a download runs, its own silence rule speaks; a cut line then needs no second fault.
        let cut = self.framer.expire(at);
        match &self.talk {
            Some(talk) if talk.until <= at => self.overdue(at, out),
            Some(_) => {}
            None => cut.into_iter().for_each(|raw| self.hear(at, raw, out)),
        }
        out.extend(self.tally.expire(at).map(Output::Fault));
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.talk {
            Some(talk) => Some(talk.until),
            None => [self.tally.deadline(), self.framer.deadline()].into_iter().flatten().min(),
        }
    }
}

impl Converse for Ultra2 {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        if !matches!(order, Order::Download | Order::WatchForNew) {
            return;
        }
        self.framer.clear();
        (self.serial, self.tally) = (None, Tally::default());
        self.talk = Some(Talk::waiting(at, 0, WAKE_PAUSE));
        self.ask(at, 0, out);
    }
}

impl Find for Lines {
    type Frame = Vec<u8>;

    fn find(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if !is_text(held[0]) {
            return Step::Skip(1);
        }
        match held.iter().take(LONGEST).position(|byte| !is_text(*byte)) {
            None if held.len() < LONGEST => Step::Wait,
            None => Step::Skip(1),
            Some(end) => Step::Take(end, held[..end].to_vec()),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        Step::Take(held.len(), held.to_vec())
    }
}

/// Returns a command as it goes over the wire: the meter wants a control character before and CR around it.
pub fn command(text: &str) -> Vec<u8> {
    let mut bytes = b"\x11\r".to_vec();
    bytes.extend(text.as_bytes());
    bytes.push(b'\r');
    bytes
}

/// Returns a line of the meter with its sum and its end.
pub fn with_sum(text: &str) -> Vec<u8> {
    format!("{text} {:04X}\r\n", sum16(text.as_bytes())).into_bytes()
}

fn line(raw: &[u8], serial: Option<&str>) -> Result<Line, Fault> {
    let text = summed(raw)?;
    understand(text, serial, raw).unwrap_or_else(|| Err(Fault::new(FaultCode::Malformed, SAYS_MALFORMED, raw)))
}

/// Returns what stands before a good sum, from the first place where the sum is good: noise may stand before it.
fn summed(raw: &[u8]) -> Result<&str, Fault> {
    let fault = |code, says| Fault::new(code, says, raw);
    let missing = || fault(FaultCode::MissingChecksum, SAYS_NO_SUM);
    let text = std::str::from_utf8(raw).map_err(|_| missing())?;
    let (body, sum) = text.rsplit_once(' ').ok_or_else(missing)?;
    let upper = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    if sum.len() != 4 || !sum.bytes().all(upper) {
        return Err(missing());
    }
    let sum = u16::from_str_radix(sum, 16).map_err(|_| missing())?;
    let starts = body.char_indices().filter(|(_, letter)| "@?PFTS".contains(*letter));
    let good =
        std::iter::once(0).chain(starts.map(|(start, _)| start)).find(|start| sum16(&body.as_bytes()[*start..]) == sum);
    match good {
        Some(start) => Ok(&body[start..]),
        None => Err(fault(FaultCode::Checksum, SAYS_SUM)),
    }
}

fn understand(text: &str, serial: Option<&str>, raw: &[u8]) -> Option<Result<Line, Fault>> {
    if let Some(version) = text.strip_prefix('?') {
        return Some(Ok(Line::Version(version.trim().to_owned())));
    }
    if let Some(unit) = text.strip_prefix("SU?,") {
        return Some(Ok(Line::DisplayUnit(display_unit(unit)?)));
    }
    let (letter, rest) = text.split_once(' ')?;
    let fields: Vec<&str> = rest.split(',').map(str::trim_start).collect();
    match (letter, fields.as_slice()) {
        ("@", [serial]) => Some(Ok(Line::Serial(quoted(serial)?.to_owned()))),
        ("F" | "T", [_, date, time]) => Some(match moment(date, time)? {
            Ok(moment) => Ok(Line::Clock(DeviceTime { moment, seconds: true })),
            Err(()) => Err(bad_clock(raw)),
        }),
        ("P", [records, serial, unit]) => {
            let records = records.trim();
            let digits = records.len() == 3 && records.bytes().all(|byte| byte.is_ascii_digit());
            Some(Ok(Line::Head {
                records: digits.then(|| records.parse().ok())??,
                serial: quoted(serial)?.to_owned(),
                display_unit: display_unit(unit)?,
            }))
        }
        ("P", [weekday, date, time, value, meal, comment, "00"]) => {
            quoted(weekday)?;
            record(date, time, value, meal, comment, serial, raw)
        }
        _ => None,
    }
}

fn record(
    date: &str,
    time: &str,
    value: &str,
    meal: &str,
    comment: &str,
    serial: Option<&str>,
    raw: &[u8],
) -> Option<Result<Line, Fault>> {
    let mut reading = Reading::new(Kind::Glucose, raw);
    let value = quoted(value)?;
    if value.len() != 6 || !value.is_ascii() {
        return None;
    }
    let (control, rest) = match value.split_at(2) {
        ("  ", rest) => (false, rest),
        ("C ", rest) => (true, rest),
        // Wherever in its field the word stands.
        _ if value.trim() == "HIGH" => (false, "HIGH"),
        _ => return None,
    };
    match rest {
        word if word.trim() == "HIGH" => reading.special = Some(Special::HI),
        number => {
            let (digits, flag) = number.split_at(3);
            match flag {
                " " => {}
                "?" => reading.mark(Mark::MemoryParity),
                _ => return None,
            }
            let mg_per_dl = all_digits(digits)?;
            match mg_per_dl {
                _ if control => reading = with_glucose(reading, mg_per_dl),
                ..LOWEST => reading.special = Some(Special::LO),
                LOWEST..=HIGHEST => reading = with_glucose(reading, mg_per_dl),
                _ => reading.special = Some(Special::HI),
            }
        }
    }
    if control {
        reading.special = Some(Special::Control);
    }
    let meal = match quoted(meal)? {
        "N" => "none",
        "B" => "before",
        "A" => "after",
        _ => return None,
    };
    let comment = usize::try_from(all_digits(quoted(comment)?)?).ok()?;
    reading.note("meal", meal);
    // A comment that the page does not know is no reason to lose a value.
    if let Some(comment) = COMMENTS.get(comment).filter(|_| comment > 0) {
        reading.note("comment", *comment);
    }
    reading.device_id = serial.map(str::to_owned);
    Some(Ok(match moment(date, time)? {
        Ok(moment) => {
            reading.device_time = Some(DeviceTime { moment, seconds: true });
            Line::Record(Box::new(reading))
        }
        Err(()) => Line::BadDate(bad_time(raw)),
    }))
}

fn with_glucose(reading: Reading, mg_per_dl: u32) -> Reading {
    reading.with(Quantity::Glucose, mg_per_dl, Unit::MgPerDl)
}

/// Reads `"03/21/15"` and `"16:45:24   "`. `None`: other characters; inner error: no such time.
fn moment(date: &str, time: &str) -> Option<Result<NaiveDateTime, ()>> {
    let part = |text: &str, mark: char| -> Option<[u32; 3]> {
        let parts: Vec<&str> = text.split(mark).collect();
        let [first, second, third] = parts[..] else {
            return None;
        };
        Some([two_digits(first)?, two_digits(second)?, two_digits(third)?])
    };
    let [month, day, year] = part(quoted(date)?, '/')?;
    let [hour, minute, second] = part(quoted(time)?.trim_end(), ':')?;
    let year = i32::try_from(2000 + year).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, day);
    let time = NaiveTime::from_hms_opt(hour, minute, second);
    Some(date.zip(time).map(|(date, time)| date.and_time(time)).ok_or(()))
}

/// Writes a moment as the meter does: weekday, date and time, each in quotes.
pub fn write_moment(moment: NaiveDateTime) -> String {
    let weekday = moment.weekday().to_string().to_uppercase();
    format!("\"{weekday}\",{}", moment.format("\"%m/%d/%y\",\"%H:%M:%S   \""))
}

fn display_unit(field: &str) -> Option<Unit> {
    match quoted(field)?.trim() {
        "MG/DL" => Some(Unit::MgPerDl),
        "MMOL/L" => Some(Unit::MmolPerL),
        _ => None,
    }
}

fn quoted(field: &str) -> Option<&str> {
    field.strip_prefix('"')?.strip_suffix('"')
}

fn two_digits(text: &str) -> Option<u32> {
    if text.len() == 2 { all_digits(text) } else { None }
}

fn all_digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn is_text(byte: u8) -> bool {
    (0x20..=0x7E).contains(&byte)
}

/// What a download asks for, in this order.
const COMMANDS: [&str; 4] = ["DM?", "DM@", "DMF", "DMP"];
/// Codes 00-11 of the comment field.
const COMMENTS: [&str; 12] = [
    "none",
    "not_enough_food",
    "too_much_food",
    "mild_exercise",
    "hard_exercise",
    "medication",
    "stress",
    "illness",
    "feel_hypo",
    "menses",
    "vacation",
    "other",
];
/// The step that reads the memory.
const MEMORY: usize = 3;
const LOWEST: u32 = 20;
const HIGHEST: u32 = 600;
/// A record line has 69 bytes.
const LONGEST: usize = 128;
/// The page allows five repeats; with four a silent port is told within five seconds.
const WAKE_TRIES: u8 = 5;
const WAKE_PAUSE: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(2);
const BABBLE: Duration = Duration::from_secs(30);
const SAYS_ASLEEP: &str =
    "the meter does not answer; plug the cable in firmly, leave the meter switched off, and read again";
const SAYS_SILENT: &str = "the meter fell silent and nothing was kept; check the plug and read again";
const SAYS_ORDER: &str = "the meter answered something else than it was asked and nothing was kept; read again";
const SAYS_MALFORMED: &str =
    "a line from the meter has a good checksum but an unknown shape; note the model and report it";
const SAYS_NO_SUM: &str = "a line from the meter has no checksum or was cut off; check the plug and read again";
const SAYS_SUM: &str = "the checksum of a line from the meter is wrong; check the plug and read again";
