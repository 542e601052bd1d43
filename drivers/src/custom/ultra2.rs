//! LifeScan OneTouch Ultra and Ultra 2, text protocol. Source: protocol page `glucose-onetouch-ultra2`.
//!
//! Every line carries a 16-bit sum. A download asks for version (which also wakes the meter), serial number, clock and
//! memory; it is complete or nothing of it is kept.

use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

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
    talk: Option<Talk>,
}

/// A download under way.
#[derive(Debug)]
struct Talk {
    step: usize,
    tries: u8,
    /// When silence has lasted too long.
    until: Instant,
    /// When babble without one good line has lasted too long.
    line_by: Instant,
    total: Option<u16>,
    kept: Vec<Output>,
    done: u16,
    /// A line that was not understood, told if nothing better comes.
    bad: Option<Fault>,
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

    fn ask(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        // Only the first command meets a sleeping meter; retries come faster there.
        talk.until = at + if talk.step == 0 { WAKE_PAUSE } else { SILENCE };
        talk.line_by = at + BABBLE;
        out.push(Output::Send(command(COMMANDS[talk.step])));
    }

    fn end(&mut self, fault: Option<Fault>, out: &mut Vec<Output>) {
        let Some(talk) = self.talk.take() else { return };
        match fault {
            Some(fault) => out.push(Output::Fault(fault)),
            None => {
                out.extend(talk.kept);
                out.push(Output::Status(Status::Downloaded { downloaded: talk.done }));
            }
        }
    }

    fn hear(&mut self, at: Instant, raw: Vec<u8>, out: &mut Vec<Output>) {
        let line = line(&raw, self.serial.as_deref());
        match (&line, &mut self.talk) {
            (line, None) => {
                match line {
                    Ok(Line::Head { records, .. }) => out.extend(self.tally.announce(*records).map(Output::Fault)),
                    Ok(Line::Record(_) | Line::BadDate(_)) | Err(_) => self.tally.count(at),
                    Ok(_) => {}
                }
                out.push(line.as_ref().map_or_else(|fault| Output::Fault(fault.clone()), |line| self.alone(line)));
            }
            // Half-awake meters babble; what matters is that the memory comes whole.
            (Err(fault), Some(talk)) if talk.step < MEMORY => talk.bad = Some(fault.clone()),
            (Err(fault), Some(_)) => self.end(Some(fault.clone()), out),
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
        match (talk.step, line) {
            (0, line @ Line::Version(_)) | (1, line @ Line::Serial(_)) | (2, line @ Line::Clock(_)) => {
                talk.step += 1;
                out.push(self.alone(&line));
                self.ask(at, out);
            }
            (MEMORY, line @ Line::Head { records, .. }) if talk.total.is_none() => {
                talk.total = Some(records);
                out.push(self.alone(&line));
                self.count(at, 0, out);
            }
            (MEMORY, Line::Record(reading)) if talk.total.is_some() => {
                talk.kept.push(Output::Reading(*reading));
                self.count(at, 1, out);
            }
            (MEMORY, Line::BadDate(fault)) if talk.total.is_some() => {
                talk.kept.push(Output::Fault(fault));
                self.count(at, 1, out);
            }
            // Late answers to earlier tries.
            (step, Line::Version(_) | Line::Serial(_) | Line::Clock(_)) if step > 0 => {}
            _ => self.end(Some(Fault::new(FaultCode::Malformed, SAYS_ORDER, raw)), out),
        }
    }

    fn count(&mut self, at: Instant, more: u16, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let Some(of) = talk.total else { return };
        talk.done += more;
        talk.line_by = at + BABBLE;
        out.push(Output::Status(Status::Progress { done: talk.done, of }));
        if talk.done == of {
            self.end(None, out);
        }
    }

    fn silence(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if at < talk.until {
            return;
        }
        if talk.step == 0 && talk.tries < WAKE_TRIES {
            talk.tries += 1;
            return self.ask(at, out);
        }
        if talk.step > 0 && talk.step < MEMORY {
            // The memory can be read without them.
            talk.step += 1;
            return self.ask(at, out);
        }
        if let Some(bad) = talk.bad.take() {
            return self.end(Some(bad), out);
        }
        let says = match talk.total {
            _ if talk.step == 0 => SAYS_ASLEEP.to_owned(),
            Some(of) => format!(
                "the meter fell silent after {} of {of} records and nothing was kept; check the plug and read again",
                talk.done
            ),
            None => SAYS_SILENT.to_owned(),
        };
        self.end(Some(Fault::new(FaultCode::NoAnswer, says, &[])), out);
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
            talk.until = (at + SILENCE).min(talk.line_by);
        }
        for raw in self.framer.push(at, bytes) {
            self.hear(at, raw, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        // While a download runs, its own silence rule speaks; a cut line then needs no second fault.
        let cut = self.framer.expire(at);
        if self.talk.is_some() {
            return self.silence(at, out);
        }
        for raw in cut {
            self.hear(at, raw, out);
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
        self.talk =
            Some(Talk { step: 0, tries: 1, until: at, line_by: at, total: None, kept: Vec::new(), done: 0, bad: None });
        self.ask(at, out);
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
            Err(()) => Err(Fault::new(FaultCode::InvalidTimestamp, SAYS_CLOCK, raw)),
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
        Err(()) => Line::BadDate(Fault::new(FaultCode::InvalidTimestamp, SAYS_RECORD_TIME, raw)),
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
const SAYS_CLOCK: &str = "the meter's clock shows an impossible time; set its clock";
const SAYS_RECORD_TIME: &str = "a record in the meter has an impossible time and was left out; set the meter's clock";
