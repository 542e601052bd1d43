//! R02 to R04: who is it, or go on with a slip number.

use super::Visit;
use super::visit::{Born, Who};
use super::{Effect, Notice, Overlay, PhonePad, Query, Screen, Tap, Turn};
use crate::model::device::{Card, DeviceEvent, Role, Trouble};
use crate::model::fact::IdentifiedBy;
use crate::model::id_number::IdNumberFault;
use crate::model::resident::{AgeBand, Consent, Personal, Sex, Subject};
use crate::model::{ClockTrust, IdNumber, Past, SlipNumber};

/// R03b: the keypad for the citizen number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdPad {
    /// What was typed so far.
    pub typed: super::Secret,
}

impl IdPad {
    /// The number, or what is missing or wrong.
    pub fn check(&self, today: chrono::NaiveDate) -> Result<IdNumber, IdNumberFault> {
        let number = IdNumber::parse(&self.typed.0)?;
        if number.birth_date() > today { Err(IdNumberFault::BirthDate) } else { Ok(number) }
    }
}

/// R03c: what the rules need of a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GuestForm {
    /// 男 / 女
    pub sex: Option<Sex>,
    /// Age band.
    pub age: Option<AgeBand>,
    /// 开始 was touched; a slip number is being drawn.
    pub waiting: bool,
}

/// R04: the person we think is in front.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who.
    pub who: Who,
    /// How we know.
    pub by: IdentifiedBy,
    /// What is known of them; `None` until the store has answered.
    pub past: Option<Box<Past>>,
}

/// Cards that are to be laid down once more before the keypad comes (ux.md R04).
const MOST_MISREAD: u8 = 2;

impl Turn<'_> {
    pub(super) fn tap_identify(&mut self, tap: Tap) {
        match tap {
            Tap::TypeNumber => self.open(Screen::IdPad(IdPad::default())),
            Tap::TypePhone => self.open_phone(),
            // Scanners look by themselves: there is nothing to switch on.
            Tap::Scan => self.state.notice = Some(Notice::ScanNow),
            Tap::Guest => self.open(Screen::Guest(GuestForm::default())),
            _ => {}
        }
    }

    pub(super) fn tap_id_pad(&mut self, mut pad: IdPad, tap: Tap) {
        match tap {
            Tap::Back => return self.open(Screen::Identify),
            Tap::Next => {
                if let Ok(number) = pad.check(self.state.now.day()) {
                    let who = Who {
                        name: None,
                        sex: number.sex(),
                        born: Born::On(number.birth_date()),
                        number: Some(number),
                    };
                    return self.propose(who, IdentifiedBy::TypedNumber);
                }
            }
            Tap::Key(key) if pad.typed.0.len() < 18 && (key.is_ascii_digit() || key == 'X') => pad.typed.0.push(key),
            Tap::Backspace => _ = pad.typed.0.pop(),
            Tap::Clear => pad.typed.0.clear(),
            _ => {}
        }
        self.state.screen = Screen::IdPad(pad);
    }

    pub(super) fn tap_guest(&mut self, mut form: GuestForm, tap: Tap) {
        match tap {
            Tap::Back => return self.open(Screen::Identify),
            Tap::Sex(sex) => form.sex = Some(sex),
            Tap::Age(age) => form.age = Some(age),
            Tap::Next if form.sex.is_some() && form.age.is_some() => {
                form.waiting = true;
                self.effects.push(Effect::Load(Query::Slips));
            }
            _ => {}
        }
        self.state.screen = Screen::Guest(form);
    }

    /// The slip numbers in use are known: the guest's visit, or that of a person who said no, begins.
    pub(super) fn slips_loaded(&mut self, taken: &[SlipNumber]) {
        let (who, by) = match &self.state.screen {
            Screen::Guest(GuestForm { sex: Some(sex), age: Some(age), waiting: true }) => {
                (Who { name: None, number: None, sex: *sex, born: Born::Band(*age) }, IdentifiedBy::Slip)
            }
            Screen::Consent(form) if form.refused => (form.who.clone(), form.by),
            _ => return,
        };
        // 10,000 slips in 30 days is beyond any station; a second use of a number is the lesser evil.
        let slip = self.state.mint.slip(taken).unwrap_or(SlipNumber(0));
        let guest = who.guest(slip, self.state.now.day());
        let visit =
            Visit::new(self.state.beginning(), Subject::Guest(guest), who, by, Consent::default(), Past::default());
        self.begin(visit);
    }

    /// A card was laid down and read.
    pub(super) fn card(&mut self, card: Card) {
        self.state.notice = None;
        if !self.makes_room() {
            return self.other_card(card);
        }
        self.state.misread = 0;
        let now = self.state.now;
        if now.trust == ClockTrust::Trusted && card.valid_to.is_some_and(|last| last < now.day()) {
            self.open(Screen::Identify);
            self.state.notice = Some(Notice::CardExpired);
            return;
        }
        let who =
            Who { name: Some(card.name), number: Some(card.number), sex: card.sex, born: Born::On(card.birth_date) };
        self.propose(who, IdentifiedBy::Card);
    }

    /// True when nobody is in the middle of something: a card or a code says who is here. Who says goodbye has gone then.
    fn makes_room(&mut self) -> bool {
        if matches!(self.state.screen, Screen::Goodbye(_)) {
            self.home();
        }
        match &self.state.screen {
            Screen::Phone(pad) => pad.leave.is_none(),
            screen => matches!(
                screen,
                Screen::Idle | Screen::Identify | Screen::IdPad(_) | Screen::Guest(_) | Screen::Confirm(_)
            ),
        }
    }

    /// A code was scanned. The number of a resident's health card is the citizen number; a code without one would have to be
    /// looked up at the platform, and no platform offers that yet.
    pub(super) fn code(&mut self, code: &Personal) {
        if !self.makes_room() {
            return;
        }
        let mut numbers = code.0.split(|letter: char| !letter.is_ascii_alphanumeric()).flat_map(IdNumber::parse);
        match (numbers.next(), numbers.next()) {
            (Some(number), None) => {
                let (sex, born) = (number.sex(), Born::On(number.birth_date()));
                self.propose(Who { name: None, sex, born, number: Some(number) }, IdentifiedBy::Code);
            }
            _ => self.code_unknown(),
        }
    }

    fn code_unknown(&mut self) {
        self.open(Screen::Identify);
        self.state.notice = Some(Notice::CodeUnknown);
    }

    /// Never switches the person silently (ux.md 6.1). At the desk and on R22 a card changes nothing.
    fn other_card(&mut self, card: Card) {
        let number = match (&self.state.visit, &self.state.screen) {
            (Some(visit), _) => visit.who.number.clone(),
            (None, Screen::Consent(form)) => form.who.number.clone(),
            (None, Screen::Phone(PhonePad { leave: Some(form), .. })) => form.who.number.clone(),
            _ => return,
        };
        let locked = matches!(self.state.screen, Screen::Urgent(_) | Screen::Pin(_) | Screen::Queue(_));
        if !locked && number.as_ref() != Some(&card.number) {
            self.state.overlay = Some(Overlay::OtherCard { card: Box::new(card), since: self.state.now });
        }
    }

    pub(super) fn card_trouble(&mut self, event: &DeviceEvent) {
        let here = self.state.has(self.world, Role::IdCard);
        if !here && matches!(self.state.notice, Some(Notice::CardAgain | Notice::CardTyped)) {
            // Placing the card again helps nobody while the reader is away.
            self.state.notice = None;
        }
        let free = matches!(self.state.screen, Screen::Idle | Screen::Identify);
        if here && free && *event == DeviceEvent::Trouble(Trouble::Card) {
            self.state.misread += 1;
            let typed = self.state.misread > MOST_MISREAD;
            self.open(if typed { Screen::IdPad(IdPad::default()) } else { Screen::Identify });
            self.state.notice = Some(if typed { Notice::CardTyped } else { Notice::CardAgain });
            if typed {
                self.state.misread = 0;
            }
        }
    }

    pub(super) fn propose(&mut self, who: Who, by: IdentifiedBy) {
        if let Some(number) = who.number.clone() {
            self.effects.push(Effect::Load(Query::Past(number)));
        }
        self.open(Screen::Confirm(Candidate { who, by, past: None }));
    }

    pub(super) fn past_loaded(&mut self, past: Past) {
        let Screen::Confirm(candidate) = &mut self.state.screen else { return };
        if candidate.by == IdentifiedBy::Code && past.resident.is_none() {
            return self.code_unknown();
        }
        // A number typed by somebody known shows the name they are known by.
        if candidate.who.name.is_none() {
            candidate.who.name = past.resident.as_ref().and_then(|resident| resident.name.clone());
        }
        candidate.past = Some(Box::new(past));
    }

    pub(super) fn tap_confirm(&mut self, candidate: Candidate, tap: Tap) {
        match (tap, candidate.past) {
            (Tap::No | Tap::Back, _) => self.open(Screen::Identify),
            (Tap::Yes, Some(past)) => self.confirmed(candidate.who, candidate.by, *past),
            _ => {}
        }
    }

    fn confirmed(&mut self, who: Who, by: IdentifiedBy, past: Past) {
        match (past.consent, past.resident.as_ref().map(|resident| resident.id)) {
            (Some(consent), Some(resident)) if consent.keep => {
                let visit = Visit::new(self.state.beginning(), Subject::Resident(resident), who, by, consent, past);
                self.complete_record(&visit);
                self.begin(visit);
            }
            _ => self.ask_consent(who, by, past),
        }
    }

    /// A card brings the name of somebody who was only known by a typed number.
    fn complete_record(&mut self, visit: &Visit) {
        let Some(known) = &visit.past.resident else { return };
        if known.name.is_none() && visit.by == IdentifiedBy::Card {
            let resident = crate::model::Resident { name: visit.who.name.clone(), ..known.clone() };
            self.record(vec![crate::model::Fact::ResidentKept { resident }], Vec::new());
        }
    }

    /// The person is settled: on to R06.
    pub(super) fn begin(&mut self, visit: Visit) {
        self.state.visit = Some(visit);
        self.open(Screen::Choose);
    }
}

impl super::State {
    /// True when a device of this role is fitted and there.
    pub fn has(&self, world: &super::World, role: Role) -> bool {
        world.fitted.contains_key(&role)
            && self.devices.get(&role).copied().unwrap_or(false)
            && !self.broken.contains(&role)
    }

    /// True when a device of this role went, stopped with a fault, or was not found at the start.
    pub fn lacks(&self, role: Role) -> bool {
        self.devices.get(&role) == Some(&false) || self.broken.contains(&role)
    }
}
