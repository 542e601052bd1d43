//! D01: a tile, then the PIN. Failures count for the chosen person; lock-outs are the store's, so that they survive a
//! power cut.

use super::super::{Effect, EntryForm, Notice, OthersStep, Query, Screen, Secret, Tap, Turn};
use super::{DeskTap, QueuePage};
use crate::model::fact::Fact;
use crate::model::{Moment, StaffId};

/// Digits of a PIN (reliability-security S5 asks for at least six).
pub const PIN_LENGTH: usize = 6;

/// Why a PIN was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinRefusal {
    /// Wrong; so many tries before the lock-out.
    Wrong {
        /// Tries left.
        tries_left: u32,
    },
    /// Locked for so many seconds.
    Locked {
        /// Seconds left.
        seconds: u64,
    },
    /// Too many in one day: a supervisor must unlock.
    Supervisor,
    /// The store could not answer.
    Unavailable,
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PinForm {
    /// Which tile.
    pub person: Option<usize>,
    /// Digits so far.
    pub typed: Secret,
    /// Why the last try failed.
    pub refusal: Option<PinRefusal>,
    /// When it did.
    pub refused: Option<Moment>,
    /// The store is checking.
    pub checking: bool,
    /// Where 回首页 leads: back to the red page, which stays.
    pub urgent: Option<Box<super::super::UrgentPage>>,
    /// It stands before R19's page for typed results: the visit goes on, the desk stays shut. What R19 had heard.
    pub entry: Option<OthersStep>,
}

impl PinForm {
    /// What the last try met, as it stands now: a lock-out runs down and ends.
    pub fn hindrance(&self, now: Moment) -> Option<PinRefusal> {
        let waited = self.refused.map_or(0, |refused| now.ms_since(&refused) / 1000);
        match self.refusal? {
            PinRefusal::Locked { seconds } if seconds <= waited => None,
            PinRefusal::Locked { seconds } => Some(PinRefusal::Locked { seconds: seconds - waited }),
            other => Some(other),
        }
    }
}

impl Turn<'_> {
    /// 村医登录: not over a running visit, except over the red page, and on R19 to type results.
    pub(in super::super) fn open_pin(&mut self) {
        let (mut entry, mut urgent) = (None, None);
        match &self.state.screen {
            // What is being measured is not given up for what is typed.
            Screen::Others(step) if step.measuring() => {
                self.state.notice = Some(Notice::StillMeasuring);
                return;
            }
            Screen::Others(step) => {
                entry = Some(step.clone());
                self.end_others();
            }
            Screen::Urgent(page) => urgent = Some(Box::new(page.clone())),
            _ if self.state.visit.is_some() => {
                self.state.notice = Some(Notice::ResidentBusy);
                return;
            }
            _ => {}
        }
        self.state.overlay = None;
        self.load_desk();
        // Where only one person may sign in there is nobody to choose.
        let person = (self.state.desk.staff.len() == 1).then_some(0);
        self.open(Screen::Pin(PinForm { person, urgent, entry, ..PinForm::default() }));
    }

    pub(in super::super) fn tap_pin(&mut self, mut form: PinForm, tap: Tap) {
        if form.checking {
            return;
        }
        match tap {
            Tap::Back => return self.close_pin(form),
            Tap::Desk(DeskTap::Person(index)) if index < self.state.desk.staff.len() => {
                form = PinForm { person: Some(index), urgent: form.urgent, entry: form.entry, ..PinForm::default() };
            }
            Tap::Key(key) if key.is_ascii_digit() && form.typed.0.len() < MOST_DIGITS => form.typed.0.push(key),
            Tap::Backspace => _ = form.typed.0.pop(),
            Tap::Clear => form.typed.0.clear(),
            Tap::Next => self.check_pin(&mut form),
            _ => {}
        }
        self.state.screen = Screen::Pin(form);
    }

    fn check_pin(&mut self, form: &mut PinForm) {
        let chosen = form.person.and_then(|index| self.state.desk.staff.get(index));
        if let (Some(member), true) = (chosen, form.typed.0.len() >= PIN_LENGTH) {
            form.checking = true;
            self.effects.push(Effect::Load(Query::Pin(member.id, std::mem::take(&mut form.typed))));
        }
    }

    pub(in super::super) fn close_pin(&mut self, form: PinForm) {
        match form.urgent {
            Some(page) => self.open(Screen::Urgent(*page)),
            None => match form.entry {
                Some(step) => self.resume_others(step),
                None => self.home(),
            },
        }
    }

    pub(in super::super) fn pin_checked(&mut self, staff: StaffId, answer: Result<(), PinRefusal>) {
        let Screen::Pin(form) = self.state.screen.clone() else { return };
        let member = self.state.desk.staff.iter().find(|member| member.id == staff).cloned();
        let (Ok(()), Some(member)) = (answer, member) else {
            let refusal = answer.err();
            let refused = Some(self.state.now);
            self.state.screen = Screen::Pin(PinForm { checking: false, refusal, refused, ..form });
            return;
        };
        if let Some(others) = form.entry {
            self.record(vec![Fact::StaffSignedIn { by: member.id }], Vec::new());
            return self.open(Screen::Entry(EntryForm::new(member.id, others)));
        }
        self.signed_in(member, form.urgent.is_some());
    }

    fn signed_in(&mut self, member: super::StaffMember, urgent: bool) {
        let mut facts = vec![Fact::StaffSignedIn { by: member.id }];
        let front = self.state.visit.as_ref().map(|visit| visit.id);
        // Whoever signs in over the red page came for that case.
        let selected = self.state.visit.as_ref().filter(|_| urgent).and_then(|visit| visit.flag).map(|(flag, _)| flag);
        let called = self.state.call.take().map(|call| call.visit);
        if let Some(visit) = called.or(urgent.then_some(front)) {
            facts.push(Fact::StaffCame { visit, by: Some(member.id) });
        }
        let unfinished = self.state.desk.unfinished.take().filter(|(who, _)| *who == member.id);
        self.state.desk.signed_in = Some((member, self.state.now));
        self.state.broken.clear();
        self.wipe();
        self.record(facts, Vec::new());
        self.load_desk();
        let unnamed = urgent && front.is_none();
        let fresh = || QueuePage { selected, unnamed, ..QueuePage::default() };
        self.open(Screen::Queue(unfinished.map_or_else(fresh, |(_, page)| page)));
    }
}

/// Longer PINs than [`PIN_LENGTH`] are allowed up to here.
const MOST_DIGITS: usize = 16;
