//! Second-generation resident identity cards through a SAM_V module. Source: protocol page `idcard-sdt-sam`.
//!
//! find, select, read, and again. The photo is dropped, the text never appears in a fault or in `Debug`.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use chrono::NaiveDate;

use crate::checksum::xor8;
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::{Find, Framer, Step, position};
use crate::reading::{CardStep, Fault, FaultCode, Identity, Sex, Status};

/// Decoder of card readers with the SAM_V module.
#[derive(Debug)]
pub struct Sam {
    framer: Framer<Frames>,
    talk: Option<Talk>,
}

/// Looking for cards.
struct Talk {
    asked: Asked,
    /// When the answer is overdue, or the next find is due.
    until: Instant,
    /// Attempts at the card that lies there.
    tries: u8,
    /// Finds that stayed without an answer.
    silent: u8,
    /// The present trouble was told.
    told: bool,
    /// Nothing is asked of this card any more until it is lifted.
    given_up: bool,
    /// Number of the card read last, until it is lifted.
    last: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Find,
    Select,
    Read,
}

#[derive(Debug)]
struct Frames {
    /// Whether a text block may stand by itself: where somebody shows bytes, not where a reader answers.
    blocks: bool,
}

/// A frame from the reader.
#[derive(Debug)]
enum Frame {
    Answer {
        sw: [u8; 3],
        data: Vec<u8>,
        raw: Vec<u8>,
    },
    /// A text block without a frame.
    Block(Vec<u8>),
    BadSum(Vec<u8>),
    Cut(Vec<u8>),
}

impl Sam {
    /// Returns a decoder that has seen nothing.
    pub fn new() -> Sam {
        Sam { framer: Framer::new(Frames { blocks: true }, 4096, ANSWER), talk: None }
    }

    fn ask(&mut self, at: Instant, what: Asked, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.asked = what;
        let [command, parameter] = match what {
            Asked::Nothing => {
                talk.until = at + FIND_EVERY;
                return;
            }
            Asked::Find => FIND,
            Asked::Select => SELECT,
            Asked::Read => READ,
        };
        talk.until = at + if what == Asked::Find { FIND_ANSWER } else { ANSWER };
        out.push(Output::Send(request(command, parameter)));
    }

    fn hear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        if self.talk.is_none() {
            return out.push(alone(&frame));
        }
        match frame {
            Frame::Answer { sw, data, raw } => self.answer(at, sw, &data, &raw, out),
            Frame::BadSum(raw) | Frame::Cut(raw) => {
                let fault = Fault::new(FaultCode::Checksum, SAYS_LAY_AGAIN, &harmless(&raw));
                self.failed(at, fault, out);
            }
            // Not looked for in a conversation.
            Frame::Block(_) => {}
        }
    }

    fn answer(&mut self, at: Instant, sw: [u8; 3], data: &[u8], raw: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let back = std::mem::take(&mut talk.silent) >= TRIES;
        match (talk.asked, sw[2]) {
            (Asked::Find, NO_CARD) => {
                // After silence it tells that the reader is there again.
                let lay = back || talk.tries > 0 || talk.given_up || talk.last.is_some();
                (talk.tries, talk.told, talk.given_up, talk.last) = (0, false, false, None);
                if lay {
                    out.push(card(CardStep::Absent));
                }
                self.ask(at, Asked::Nothing, out);
            }
            (Asked::Find, FOUND) if talk.given_up => self.ask(at, Asked::Nothing, out),
            (Asked::Find, FOUND) => {
                talk.told = false;
                if talk.tries == 0 && talk.last.is_none() {
                    out.push(card(CardStep::Found));
                }
                self.ask(at, Asked::Select, out);
            }
            (Asked::Select, DONE) => self.ask(at, Asked::Read, out),
            (Asked::Read, DONE) => self.card_text(at, data, out),
            // Late answers to earlier questions.
            (Asked::Nothing, _) | (Asked::Find, DONE) | (Asked::Select | Asked::Read, FOUND) => {}
            (_, code) => self.failed(at, device_fault(code, raw), out),
        }
    }

    fn card_text(&mut self, at: Instant, data: &[u8], out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        match card_text(data) {
            Ok(identity) => {
                talk.tries = 0;
                // The same card, never lifted: told once.
                let known = talk.last.as_ref() == Some(&identity.id);
                talk.last = Some(identity.id.clone());
                if !known {
                    out.push(Output::Identity(identity));
                }
                self.ask(at, Asked::Nothing, out);
            }
            Err(fault) if fault.code == FaultCode::UnsupportedFormat => {
                talk.given_up = true;
                out.push(Output::Fault(fault));
                self.ask(at, Asked::Nothing, out);
            }
            Err(fault) => self.failed(at, fault, out),
        }
    }

    /// Begins again at find; the third failure is told, and a card that caused it left alone until it is lifted.
    fn failed(&mut self, at: Instant, fault: Fault, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        talk.tries += 1;
        if talk.tries >= TRIES {
            if !talk.told {
                out.push(Output::Fault(fault));
            }
            talk.given_up |= matches!(talk.asked, Asked::Select | Asked::Read);
            (talk.tries, talk.told) = (0, true);
        }
        self.ask(at, Asked::Nothing, out);
    }

    fn overdue(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        if at < talk.until {
            return;
        }
        match talk.asked {
            Asked::Nothing => self.ask(at, Asked::Find, out),
            Asked::Find => {
                talk.silent = talk.silent.saturating_add(1);
                if talk.silent == TRIES {
                    out.push(Output::Fault(Fault::new(FaultCode::NoAnswer, SAYS_SILENT, &[])));
                }
                self.ask(at, Asked::Nothing, out);
            }
            Asked::Select | Asked::Read => {
                self.failed(at, Fault::new(FaultCode::NoAnswer, SAYS_LAY_AGAIN, &[]), out);
            }
        }
    }
}

impl Default for Sam {
    fn default() -> Sam {
        Sam::new()
    }
}

impl Decoder for Sam {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for frame in self.framer.push(at, bytes) {
            self.hear(at, frame, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for frame in self.framer.expire(at) {
            self.hear(at, frame, out);
        }
        self.overdue(at, out);
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().map(|talk| talk.until);
        [talk, self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Sam {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.framer.clear();
        self.framer.finder().blocks = order != Order::FindCards;
        self.talk = None;
        if order == Order::FindCards {
            self.talk = Some(Talk {
                asked: Asked::Nothing,
                until: at,
                tries: 0,
                silent: 0,
                told: false,
                given_up: false,
                last: None,
            });
            self.ask(at, Asked::Find, out);
        }
    }
}

impl fmt::Debug for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talk")
            .field("asked", &self.asked)
            .field("tries", &self.tries)
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}

impl Find for Frames {
    type Frame = Frame;

    fn find(&mut self, held: &[u8]) -> Step<Frame> {
        if !held.starts_with(&HEAD) {
            if self.blocks {
                return block_or_head(held);
            }
            return if HEAD.starts_with(held) { Step::Wait } else { Step::Skip(1) };
        }
        let Some(length) = held.get(HEAD.len()..BODY) else {
            return Step::Wait;
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if !(4..=LONGEST).contains(&length) {
            return Step::Skip(1);
        }
        let Some(raw) = held.get(..BODY + length) else {
            return Step::Wait;
        };
        let (summed, sum) = raw[HEAD.len()..].split_at(length + 1);
        if xor8(summed) != sum[0] {
            // A head that was noise may hide a good frame, so only the head is given up.
            return Step::Take(HEAD.len(), Frame::BadSum(raw.to_vec()));
        }
        let sw = [raw[BODY], raw[BODY + 1], raw[BODY + 2]];
        let data = raw[BODY + 3..raw.len() - 1].to_vec();
        Step::Take(raw.len(), Frame::Answer { sw, data, raw: raw.to_vec() })
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Frame> {
        if held.starts_with(&HEAD) {
            return Step::Take(HEAD.len(), Frame::Cut(held.to_vec()));
        }
        Step::Skip(1)
    }
}

/// Finds a text block, or the next head, in bytes that do not begin with a whole head.
fn block_or_head(held: &[u8]) -> Step<Frame> {
    let window = &held[..held.len().min(BLOCK)];
    match position(window, &HEAD) {
        Some(place) => Step::Skip(place),
        None if window.len() < BLOCK => Step::Wait,
        None if is_block(window) => Step::Take(BLOCK, Frame::Block(window.to_vec())),
        None => Step::Skip(1),
    }
}

/// Whether bytes are text all through, and hold sex, nation and birth, or the letter of another card type.
fn is_block(bytes: &[u8]) -> bool {
    let is_text = |letter: char| letter == '\0' || !letter.is_control();
    let citizen = bytes[DIGITS].chunks(2).all(|pair| pair[0].is_ascii_digit() && pair[1] == 0);
    let typed = bytes[TYPE].is_ascii_uppercase() && bytes[TYPE + 1] == 0;
    (citizen || typed) && utf16_raw(bytes).is_some_and(|text| text.chars().all(is_text))
}

/// Returns a command frame for the reader.
pub fn request(command: u8, parameter: u8) -> Vec<u8> {
    frame(&[command, parameter])
}

/// Returns a frame around a body: head, length, body, sum.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = HEAD.to_vec();
    // Bodies are at most a few thousand bytes.
    let length = u16::try_from(body.len() + 1).expect("a body fits its length field");
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes.push(xor8(&bytes[HEAD.len()..]));
    bytes
}

/// What a frame means when no conversation is under way.
fn alone(frame: &Frame) -> Output {
    match frame {
        Frame::BadSum(raw) => Output::Fault(Fault::new(FaultCode::Checksum, SAYS_LAY_AGAIN, &harmless(raw))),
        Frame::Cut(raw) => Output::Fault(Fault::new(FaultCode::Malformed, SAYS_CUT, &harmless(raw))),
        Frame::Block(block) => told(identity(block)),
        Frame::Answer { sw, data, raw } => match sw[2] {
            NO_CARD => card(CardStep::Absent),
            FOUND => card(CardStep::Found),
            DONE if data.len() < 4 => card(CardStep::Ready),
            DONE => told(card_text(data)),
            code => Output::Fault(device_fault(code, raw)),
        },
    }
}

fn told(card: Result<Identity, Fault>) -> Output {
    card.map_or_else(Output::Fault, Output::Identity)
}

fn card(card: CardStep) -> Output {
    Output::Status(Status::Card { card })
}

/// Short frames hold no card text; longer ones are not repeated anywhere.
fn harmless(raw: &[u8]) -> Vec<u8> {
    if raw.len() <= BODY + 16 { raw.to_vec() } else { Vec::new() }
}

fn device_fault(code: u8, raw: &[u8]) -> Fault {
    let says = match code {
        0x60 | 0x66 => "the reader's security module is not working or not licensed; call support",
        0x10 | 0x11 | 0x21 | 0x24 => "the reader did not understand the client; check the cable and its line setting",
        0x91 => "this card does not hold what was asked for",
        _ => SAYS_LAY_AGAIN,
    };
    Fault::device(u32::from(code), format!("{says} (reader code {code:02X})"), &harmless(raw))
}

/// Reads the answer to `30 01` or `30 10`: lengths, then the text block. Photo and fingerprint are dropped.
fn card_text(data: &[u8]) -> Result<Identity, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_LAY_AGAIN, &[]);
    let lengths = data.get(..4).ok_or_else(malformed)?;
    let text = usize::from(u16::from_be_bytes([lengths[0], lengths[1]]));
    let photo = usize::from(u16::from_be_bytes([lengths[2], lengths[3]]));
    let plain = data.len() == 4 + text + photo;
    let prints = data.get(4..6).map(|length| usize::from(u16::from_be_bytes([length[0], length[1]])));
    let start = match prints {
        _ if plain => 4,
        Some(prints) if data.len() == 6 + text + photo + prints => 6,
        _ => return Err(malformed()),
    };
    let block = data.get(start..start + text).ok_or_else(malformed)?;
    identity(block)
}

/// Reads the 256-byte text block of a card.
///
/// # Errors
/// `malformed` when it is no such block; `unsupported_format` when number, birth date and sex do not agree, or when a letter
/// in the reserved area tells another layout, as on foreign permanent-resident cards and residence permits. The fault never
/// holds the text.
pub fn identity(block: &[u8]) -> Result<Identity, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_LAY_AGAIN, &[]);
    if block.len() != BLOCK {
        return Err(malformed());
    }
    let mut at = 0;
    let mut fields = [const { String::new() }; 10];
    for (field, width) in fields.iter_mut().zip(WIDTHS) {
        *field = utf16(&block[at..at + width]).ok_or_else(malformed)?;
        at += width;
    }
    let [name, sex, nation, birth, address, id, issuer, from, to, reserved] = fields;
    let other_card = || Fault::new(FaultCode::UnsupportedFormat, SAYS_CARD_TYPE, &[]);
    if reserved.contains(|letter: char| letter.is_ascii_uppercase()) {
        return Err(other_card());
    }
    let card = agreeing(&name, &sex, &nation, &birth, &address, &id, &from, &to).ok_or_else(other_card)?;
    Ok(Identity { issuer: Some(issuer).filter(|issuer| !issuer.is_empty()), ..card })
}

#[expect(clippy::too_many_arguments, reason = "the fields of a card, in its order")]
fn agreeing(
    name: &str,
    sex: &str,
    nation: &str,
    birth: &str,
    address: &str,
    id: &str,
    from: &str,
    to: &str,
) -> Option<Identity> {
    let sex = match sex {
        "1" => Sex::Male,
        "2" => Sex::Female,
        "0" => Sex::Unknown,
        "9" => Sex::NotStated,
        _ => return None,
    };
    let odd = id.as_bytes().get(16)? % 2 == 1;
    let sexes_agree = match sex {
        Sex::Male => odd,
        Sex::Female => !odd,
        Sex::Unknown | Sex::NotStated => true,
    };
    if !is_citizen_number(id) || id.get(6..14) != Some(birth) || !sexes_agree || name.is_empty() {
        return None;
    }
    Some(Identity {
        name: name.to_owned(),
        sex,
        nation: nation_name(nation),
        birth: date(birth)?,
        address: Some(address.to_owned()).filter(|address| !address.is_empty()),
        id: id.to_owned(),
        issuer: None,
        valid_from: date(from),
        valid_to: if to == UNLIMITED { None } else { Some(date(to)?) },
    })
}

/// Whether 17 digits and a check character make a citizen number.
pub fn is_citizen_number(id: &str) -> bool {
    check_character(id).is_some_and(|check| id.len() == 18 && id.as_bytes()[17] == check)
}

/// Returns the check character that the first 17 digits ask for.
pub fn check_character(id: &str) -> Option<u8> {
    let digits = id.as_bytes().get(..17)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(CHECKS[(sum % 11) as usize])
}

fn date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y%m%d").ok()
}

fn utf16(bytes: &[u8]) -> Option<String> {
    Some(utf16_raw(bytes)?.trim_matches([' ', '\0']).to_owned())
}

/// The text with its padding.
fn utf16_raw(bytes: &[u8]) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn nation_name(code: &str) -> &'static str {
    match code.parse::<usize>() {
        Ok(97) => "其他",
        Ok(98) => "外国血统",
        Ok(number @ 1..) => NATIONS.get(number - 1).copied().unwrap_or(""),
        _ => "",
    }
}

/// Returns the code of a nationality by its name, as cards hold it.
pub fn nation_code(name: &str) -> Option<String> {
    let index = NATIONS.iter().position(|nation| *nation == name)?;
    Some(format!("{:02}", index + 1))
}

const HEAD: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Head and length.
const BODY: usize = 7;
/// An answer with two fingerprints counts 2314 bytes after its length.
const LONGEST: usize = 2314;
/// Bytes of the text block.
const BLOCK: usize = 256;
/// Where sex, nation and birth stand in it, and on cards of another layout the letter of their type.
const DIGITS: Range<usize> = 30..52;
const TYPE: usize = 248;
/// Bytes of each field of the text block.
pub(crate) const WIDTHS: [usize; 10] = [30, 2, 4, 16, 70, 36, 30, 16, 16, 36];
pub(crate) const FIND: [u8; 2] = [0x20, 0x01];
pub(crate) const SELECT: [u8; 2] = [0x20, 0x02];
pub(crate) const READ: [u8; 2] = [0x30, 0x01];
pub(crate) const DONE: u8 = 0x90;
pub(crate) const FOUND: u8 = 0x9F;
pub(crate) const NO_CARD: u8 = 0x80;
const FIND_EVERY: Duration = Duration::from_millis(400);
const FIND_ANSWER: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(3);
const TRIES: u8 = 3;
const UNLIMITED: &str = "长期";
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";
/// GB/T 3304, codes 01-56.
const NATIONS: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];
const SAYS_LAY_AGAIN: &str = "the card was not read; lay it flat on the reader again and leave it there";
const SAYS_CARD_TYPE: &str =
    "this card type is not supported; only resident identity cards can be read, enter the number by hand";
const SAYS_CUT: &str = "an answer from the reader was cut off; check the cable and lay the card again";
const SAYS_SILENT: &str = "the card reader does not answer; check its cable, its power and its line setting";
