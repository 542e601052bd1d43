//! A card reader with a SAM_V module, and the cards that are laid on it.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::{Act, Emulate, Say, say};
use crate::custom::sam::{DONE, FIND, FOUND, NO_CARD, READ, SELECT, WIDTHS, check_character, frame, nation_code};
use crate::reading::{Identity, Sex};

/// The emulated reader.
#[derive(Default)]
pub struct Sam {
    heard: Vec<u8>,
    card: Option<Box<Identity>>,
    /// The card was read and is not found again before it was lifted.
    read: bool,
    /// The next card, laid when the last has been away for a moment.
    next: Option<(Instant, Box<Identity>)>,
}

impl Sam {
    /// Returns a reader without a card.
    pub fn new() -> Sam {
        Sam::default()
    }

    fn obey(&mut self, command: [u8; 2], out: &mut Vec<Say>) {
        let waiting = self.card.as_ref().filter(|_| !self.read);
        match (command, waiting) {
            (FIND, Some(_)) => out.push(say(20, frame(&[0, 0, FOUND, 0, 0, 0, 0]))),
            (FIND, None) => out.push(say(20, frame(&[0, 0, NO_CARD]))),
            (SELECT, Some(_)) => out.push(say(20, frame(&[0, 0, DONE]))),
            (SELECT, None) => out.push(say(20, frame(&[0, 0, 0x81]))),
            (READ, Some(card)) => {
                out.push(say(600, read_answer(card)));
                self.read = true;
            }
            (READ, None) => out.push(say(20, frame(&[0, 0, 0x41]))),
            _ => out.push(say(20, frame(&[0, 0, 0x21]))),
        }
    }
}

impl Emulate for Sam {
    fn handle_bytes(&mut self, _at: Instant, bytes: &[u8], out: &mut Vec<Say>) {
        self.heard.extend(bytes);
        while let Some(start) = crate::framing::position(&self.heard, &HEAD) {
            let Some(command) = self.heard.get(start..start + COMMAND) else {
                break;
            };
            let command = [command[7], command[8]];
            self.heard.drain(..start + COMMAND);
            self.obey(command, out);
        }
        let spare = self.heard.len().saturating_sub(COMMAND);
        self.heard.drain(..spare);
    }

    fn handle_timeout(&mut self, at: Instant, _say: &mut Vec<Say>) {
        if self.next.as_ref().is_some_and(|(due, _)| *due <= at) {
            self.card = self.next.take().map(|(_, card)| card);
            self.read = false;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.next.as_ref().map(|(due, _)| *due)
    }

    fn act(&mut self, at: Instant, act: Act, _out: &mut Vec<Say>) -> bool {
        match act {
            Act::LayCard(card) => {
                let pause = if self.card.take().is_some() { LIFTED } else { Duration::ZERO };
                self.next = Some((at + pause, card));
            }
            Act::LiftCard => (self.card, self.next) = (None, None),
            _ => return false,
        }
        true
    }

    fn spoil(&self, frame: &mut [u8]) {
        if let Some(sum) = frame.last_mut() {
            *sum ^= 1;
        }
    }
}

/// Returns the card of a person who does not exist.
pub fn example() -> Identity {
    Identity {
        name: "测试甲".to_owned(),
        sex: Sex::Male,
        nation: "汉",
        birth: NaiveDate::from_ymd_opt(1952, 2, 29).expect("1952 was a leap year"),
        address: Some("虚构省虚构县测试镇一号".to_owned()),
        id: "999901195202290014".to_owned(),
        issuer: Some("虚构县公安局".to_owned()),
        valid_from: NaiveDate::from_ymd_opt(2020, 1, 1),
        valid_to: None,
    }
}

/// Returns a made-up citizen number: area `999901`, which does not exist, and a true check character.
pub fn made_up_number(birth: NaiveDate, sex: Sex, serial: u8) -> String {
    let odd = u32::from(sex == Sex::Male);
    let digits = format!("999901{}{:02}{}", birth.format("%Y%m%d"), serial % 100, odd);
    let check = check_character(&digits).expect("17 digits");
    format!("{digits}{}", char::from(check))
}

/// Returns the frame that answers `30 01`: text block and an empty photo.
pub fn read_answer(card: &Identity) -> Vec<u8> {
    let mut body = vec![0, 0, DONE, 0x01, 0x00, 0x04, 0x00];
    body.extend(text_block(card));
    body.extend([0; 1024]);
    frame(&body)
}

/// Returns the 256-byte text block of a card.
pub fn text_block(card: &Identity) -> Vec<u8> {
    let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
    let sex = match card.sex {
        Sex::Male => "1",
        Sex::Female => "2",
        Sex::Unknown => "0",
        Sex::NotStated => "9",
    };
    let fields = [
        card.name.clone(),
        sex.to_owned(),
        nation_code(card.nation).unwrap_or_else(|| "97".to_owned()),
        day(card.birth),
        card.address.clone().unwrap_or_default(),
        card.id.clone(),
        card.issuer.clone().unwrap_or_default(),
        card.valid_from.map(day).unwrap_or_default(),
        card.valid_to.map_or_else(|| "长期".to_owned(), day),
        String::new(),
    ];
    let mut block = Vec::new();
    for (field, width) in fields.iter().zip(WIDTHS) {
        let blanks = std::iter::repeat(0x20);
        let units = field.encode_utf16().chain(blanks).take(width / 2);
        block.extend(units.flat_map(u16::to_le_bytes));
    }
    block
}

const HEAD: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Every command used here has ten bytes.
const COMMAND: usize = 10;
const LIFTED: Duration = Duration::from_millis(900);
