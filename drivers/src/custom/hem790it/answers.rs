//! Finds the answers of a HEM-790IT, in raw reports and as bare bytes.
//!
//! A report has eight bytes, the first of which counts those that are valid (0 to 7); the rest is stale. A report always
//! arrives whole, so reports are followed one by one; but noise may stand before the first.

use crate::checksum::xor8;
use crate::framing::{Find, Step};

/// An answer, without the reports around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, and no data.
    Done,
    /// Not now: ask again.
    Again,
    /// Finished.
    Off,
    /// How many readings there are.
    Count(u8),
    /// Seventeen bytes of a reading, with a good sum.
    Record(Vec<u8>),
    /// The sum is wrong.
    BadSum(Vec<u8>),
    /// It stopped before its end.
    Cut(Vec<u8>),
}

impl Answer {
    fn is_broken(&self) -> bool {
        matches!(self, Answer::BadSum(_) | Answer::Cut(_))
    }
}

/// What was asked for; an answer alone does not tell its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Nothing in particular: bytes that somebody recorded.
    #[default]
    Any,
    /// That it is done, or off.
    Done,
    /// A count.
    Count,
    /// A reading.
    Record,
}

/// Finds answers.
#[derive(Debug, Default)]
pub struct Answers {
    /// What was asked for.
    pub expected: Expected,
}

enum Head {
    Raw,
    Bare,
}

impl Find for Answers {
    type Frame = Answer;

    fn find(&mut self, held: &[u8]) -> Step<Answer> {
        if held.len() < HEAD {
            return Step::Wait;
        }
        match head(held) {
            Some(Head::Bare) => match self.content(held) {
                None => Step::Wait,
                Some((count, answer)) => told(held, count, answer),
            },
            Some(Head::Raw) => self.reports(held, false),
            None if held.len() < REPORT + HEAD => Step::Wait,
            None => Step::Skip(next(held)),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Answer> {
        match head(held) {
            Some(Head::Bare) => {
                let (count, answer) = self.last(held);
                told(held, count, answer)
            }
            Some(Head::Raw) => self.reports(held, true),
            // A report that counts nothing, or impossibly much: its bytes mean nothing, whatever they look like.
            None if held.len() == REPORT => Step::Skip(REPORT),
            None => Step::Skip((1..held.len()).find(|place| is_clear(&held[*place..])).unwrap_or(held.len())),
        }
    }
}

impl Answers {
    /// Reads an answer in reports. What looks like a count may be the last byte of something else, before a bare answer.
    fn reports(&self, held: &[u8], cut_off: bool) -> Step<Answer> {
        let step = self.follow(held, cut_off);
        let bare = self.content(&held[1..]);
        match (&step, bare) {
            (Step::Take(_, answer), Some((_, bare))) if answer.is_broken() && !bare.is_broken() => Step::Skip(1),
            _ => step,
        }
    }

    /// Puts the valid bytes of successive reports together until they are an answer.
    fn follow(&self, held: &[u8], cut_off: bool) -> Step<Answer> {
        let mut payload = Vec::new();
        let mut place = 0;
        loop {
            let report = &held[place..held.len().min(place + REPORT)];
            let count = report.first().copied().map_or(0, usize::from);
            // At the end the stale bytes of the last report may be missing.
            let whole = report.len() == REPORT || (cut_off && report.len() > count);
            if !whole {
                if !cut_off {
                    return Step::Wait;
                }
                let (_, answer) = self.last(&payload);
                return told(held, held.len(), answer);
            }
            if place > 0 && matches!(head(report), Some(Head::Raw)) {
                return Step::Take(place, self.last(&payload).1);
            }
            if count < REPORT {
                payload.extend(&report[1..=count]);
            }
            place += report.len();
            if let Some((_, answer)) = self.content(&payload) {
                return told(held, place, answer);
            }
            if place >= LONGEST {
                return told(held, place, Answer::Cut(payload));
            }
        }
    }

    /// The answer at the start of some valid bytes and its length; `None`: more are needed.
    fn content(&self, bytes: &[u8]) -> Option<(usize, Answer)> {
        if bytes.starts_with(NO) {
            return Some((NO.len(), Answer::Again));
        }
        if bytes.starts_with(&OFF[..3]) {
            let whole = bytes.get(..OFF.len())?;
            let answer = if whole == OFF { Answer::Off } else { Answer::Cut(whole.to_vec()) };
            return Some((OFF.len(), answer));
        }
        match self.expected {
            Expected::Done => Some((OK.len(), Answer::Done)),
            Expected::Count => {
                let whole = bytes.get(..COUNT)?;
                Some((COUNT, count(whole).unwrap_or_else(|| Answer::BadSum(whole.to_vec()))))
            }
            Expected::Record => Some((RECORD, record(bytes.get(..RECORD)?))),
            Expected::Any => match (record(bytes.get(..RECORD)?), count(bytes)) {
                (Answer::BadSum(_), Some(count)) => Some((COUNT, count)),
                (record, _) => Some((RECORD, record)),
            },
        }
    }

    /// The answer that these bytes are, when no more come.
    fn last(&self, bytes: &[u8]) -> (usize, Answer) {
        if let Some(found) = self.content(bytes) {
            return found;
        }
        match count(bytes) {
            _ if bytes == OK => (OK.len(), Answer::Done),
            Some(count) if self.expected == Expected::Any => (COUNT, count),
            None if bytes.len() == COUNT && is_count(bytes) => (COUNT, Answer::BadSum(bytes.to_vec())),
            _ => (bytes.len(), Answer::Cut(bytes.to_vec())),
        }
    }
}

/// A damaged answer ends where the next one begins.
fn told(held: &[u8], count: usize, answer: Answer) -> Step<Answer> {
    let inside = (HEAD - 1..count).find(|place| answer.is_broken() && is_clear(&held[*place..]));
    Step::Take(inside.unwrap_or(count).clamp(1, held.len()), answer)
}

/// How an answer begins here; `None`: none does, or too few bytes are there.
fn head(bytes: &[u8]) -> Option<Head> {
    let begins = |bytes: &[u8], valid: usize| match bytes {
        [b'O', b'K', rest @ ..] => valid == OK.len() || rest.first() == Some(&0),
        // Before the end of an `OK` it is noise that ended in an N.
        [b'N', b'O', rest @ ..] => valid >= NO.len() && rest.first() != Some(&b'K'),
        [b'O', b'F', b'F', ..] => valid == OFF.len(),
        _ => false,
    };
    let (first, rest) = bytes.split_first()?;
    if (2..REPORT).contains(&usize::from(*first)) && begins(rest, usize::from(*first)) {
        return Some(Head::Raw);
    }
    let alone = bytes == OK || !bytes.starts_with(OK) || bytes.get(OK.len()) == Some(&0);
    (alone && [RECORD, OK.len(), OFF.len()].iter().any(|valid| begins(bytes, *valid))).then_some(Head::Bare)
}

/// Whether an answer begins here beyond doubt: a bare `NO` may as well be two numbers of a damaged reading.
fn is_clear(bytes: &[u8]) -> bool {
    head(bytes).is_some() && !bytes.starts_with(NO)
}

/// How far it is to the next report or answer, from bytes that begin none. Looks at no more than twelve bytes.
fn next(held: &[u8]) -> usize {
    let window = &held[..REPORT + HEAD];
    let mut heads = (1..=REPORT)
        .filter(|place| is_clear(&window[*place..]))
        .filter_map(|place| Some((place, head(&window[place..])?)));
    match heads.next() {
        // Bytes that only look like an answer, inside a report that is to be skipped: the next report follows on it.
        Some((_, Head::Bare)) if matches!(head(&window[REPORT..]), Some(Head::Raw)) => REPORT,
        Some((place, _)) => place,
        None => REPORT,
    }
}

fn count(bytes: &[u8]) -> Option<Answer> {
    (is_count(bytes) && xor8(&bytes[3..7]) == bytes[7]).then(|| Answer::Count(bytes[6]))
}

/// Whether bytes have the shape of a count, whatever its sum.
fn is_count(bytes: &[u8]) -> bool {
    matches!(bytes, [b'O', b'K', 0, 0, _, 0, _, _, ..])
}

fn record(bytes: &[u8]) -> Answer {
    let bytes = bytes.to_vec();
    if bytes[2] == 0 && xor8(&bytes[3..RECORD - 1]) == bytes[RECORD - 1] {
        Answer::Record(bytes)
    } else {
        Answer::BadSum(bytes)
    }
}

/// Bytes of a report.
pub const REPORT: usize = 8;
const OK: &[u8] = b"OK";
const NO: &[u8] = b"NO";
const OFF: &[u8] = b"OFF\r\n";
/// Bytes of an answer with a count.
const COUNT: usize = 8;
/// Bytes of an answer with a reading.
const RECORD: usize = 17;
/// So many bytes tell how an answer begins.
const HEAD: usize = 4;
/// Three reports hold an answer; more are followed only where some of them are empty.
const LONGEST: usize = 8 * REPORT;
