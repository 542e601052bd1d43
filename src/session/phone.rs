//! R03a: a phone number, and the birthday that proves it and chooses among a family (ux.md P4). R05 asks for a number on
//! the same pad.

use super::visit::{Born, Who};
use super::{ConsentForm, Effect, Notice, Query, Screen, Secret, Tap, Turn};
use crate::model::Resident;
use crate::model::fact::IdentifiedBy;
use crate::model::resident::Personal;

/// The pad.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhonePad {
    /// The phone number as far as it was typed.
    pub phone: Secret,
    /// Month and day, once they are asked.
    pub birthday: Option<Secret>,
    /// What was typed leads to nobody.
    pub missed: bool,
    /// The store is looking.
    pub waiting: bool,
    /// The number is for the record that this page asks about; none: it says who is here.
    pub leave: Option<Box<ConsentForm>>,
}

/// Digits of a phone number, and of a birthday.
pub const PHONE: usize = 11;
/// Month and day.
pub const BIRTHDAY: usize = 4;

/// Misses after which the desk helps (ux.md R03a).
pub const MOST_MISSES: u8 = 3;

impl PhonePad {
    /// A mobile number of the country, whole.
    pub fn has_phone(&self) -> bool {
        let digits = self.phone.0.as_bytes();
        digits.len() == PHONE && digits[0] == b'1' && (b'3'..=b'9').contains(&digits[1])
    }

    /// The birthday, if those digits are one; 29 February is.
    pub fn birthday(&self) -> Option<(u32, u32)> {
        let typed = &self.birthday.as_ref()?.0;
        let (month, day) = (typed.get(..2)?.parse().ok()?, typed.get(2..BIRTHDAY)?.parse().ok()?);
        chrono::NaiveDate::from_ymd_opt(LEAP_YEAR, month, day).map(|_| (month, day))
    }

    /// 下一步 leads on.
    pub fn ready(&self) -> bool {
        !self.waiting && if self.birthday.is_some() { self.birthday().is_some() } else { self.has_phone() }
    }

    fn typing(&mut self) -> (&mut String, usize) {
        match &mut self.birthday {
            Some(birthday) => (&mut birthday.0, BIRTHDAY),
            None => (&mut self.phone.0, PHONE),
        }
    }
}

impl Turn<'_> {
    /// 输入手机号 on R02; after too many misses the desk helps.
    pub(super) fn open_phone(&mut self) {
        if self.state.misses >= MOST_MISSES {
            self.state.notice = Some(Notice::AskDesk);
        } else {
            self.open(Screen::Phone(PhonePad::default()));
        }
    }

    pub(super) fn tap_phone(&mut self, mut pad: PhonePad, tap: Tap) {
        if pad.waiting {
            return;
        }
        pad.missed = false;
        match tap {
            Tap::Back if pad.birthday.is_some() => pad.birthday = None,
            Tap::Back => {
                let before = pad.leave.take().map_or(Screen::Identify, |form| Screen::Consent(*form));
                return self.open(before);
            }
            Tap::Next if pad.ready() => return self.phone_typed(pad),
            Tap::Key(key) if key.is_ascii_digit() => {
                let (typed, most) = pad.typing();
                if typed.len() < most {
                    typed.push(key);
                }
            }
            Tap::Backspace => _ = pad.typing().0.pop(),
            Tap::Clear => pad.typing().0.clear(),
            _ => {}
        }
        self.state.screen = Screen::Phone(pad);
    }

    fn phone_typed(&mut self, mut pad: PhonePad) {
        if let Some(mut form) = pad.leave.take() {
            form.phone = Some(Personal(pad.phone.0.clone()));
            return self.open(Screen::Consent(*form));
        }
        match pad.birthday() {
            None => pad.birthday = Some(Secret::default()),
            Some(birthday) => {
                pad.waiting = true;
                self.effects.push(Effect::Load(Query::Registered(pad.phone.clone(), birthday)));
            }
        }
        self.state.screen = Screen::Phone(pad);
    }

    /// Everybody of that phone number and that birthday: one is the person, of several nobody can be chosen.
    pub(super) fn registered_loaded(&mut self, mut found: Vec<Resident>) {
        let Screen::Phone(PhonePad { waiting: true, .. }) = &self.state.screen else { return };
        match (found.pop(), found.is_empty()) {
            (Some(resident), true) => {
                let who = Who {
                    name: resident.name,
                    number: Some(resident.id_number),
                    sex: resident.sex,
                    born: Born::On(resident.birth_date),
                };
                self.propose(who, IdentifiedBy::Phone);
            }
            _ => self.missed(),
        }
    }

    fn missed(&mut self) {
        self.state.misses += 1;
        if self.state.misses >= MOST_MISSES {
            self.open(Screen::Identify);
            self.state.notice = Some(Notice::AskDesk);
        } else {
            self.open(Screen::Phone(PhonePad { missed: true, ..PhonePad::default() }));
        }
    }
}

const LEAP_YEAR: i32 = 2000;
