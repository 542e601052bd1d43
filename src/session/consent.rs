//! R05: may we keep it? Three switches, all off at first; silence is "no".

use super::visit::Who;
use super::{AfterSave, Effect, PhonePad, Query, Screen, Tap, Turn, Visit, World};
use crate::model::fact::IdentifiedBy;
use crate::model::resident::{Consent, ConsentAnswer, ConsentSwitch, Personal, Resident, Subject};
use crate::model::{Commit, Fact, Moment, Past, ResidentId};

/// The page and its switches.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentForm {
    /// Who is asked.
    pub who: Who,
    /// How we know.
    pub by: IdentifiedBy,
    /// What is known of them.
    pub past: Box<Past>,
    /// The switches as they stand.
    pub consent: Consent,
    /// The number left for next time, if one was.
    pub phone: Option<Personal>,
    /// 先不同意 was touched; a slip number is being drawn.
    pub refused: bool,
    /// 同意并继续 was touched; the store has not answered yet.
    pub saving: bool,
}

impl ConsentForm {
    /// The person cannot agree alone: a guardian does, which staff record (ux.md 5).
    pub fn needs_guardian(&self, now: Moment) -> bool {
        self.who.age(now.day()) < GUARDIAN_BELOW
    }

    /// There is a text, and somebody who may agree to it; else it is measured, and nothing is kept.
    pub fn may_agree(&self, world: &World, now: Moment) -> bool {
        world.consent.is_some() && !self.needs_guardian(now)
    }

    /// No number is known, so one may be left.
    pub fn offers_phone(&self) -> bool {
        self.past.resident.as_ref().is_none_or(|known| known.phone.is_none())
    }
}

impl Turn<'_> {
    pub(super) fn ask_consent(&mut self, who: Who, by: IdentifiedBy, past: Past) {
        self.open(Screen::Consent(ConsentForm {
            who,
            by,
            past: Box::new(past),
            consent: Consent::default(),
            phone: None,
            refused: false,
            saving: false,
        }));
    }

    pub(super) fn tap_consent(&mut self, mut form: ConsentForm, tap: Tap) {
        if form.saving || form.refused {
            return;
        }
        match tap {
            Tap::Switch(switch) if form.may_agree(self.world, self.state.now) => flip(&mut form.consent, switch),
            Tap::TypePhone if form.offers_phone() && form.consent.keep => {
                return self.open(Screen::Phone(PhonePad { leave: Some(Box::new(form)), ..PhonePad::default() }));
            }
            Tap::Agree if form.consent.keep => return self.agree(form),
            Tap::Refuse => {
                form.refused = true;
                self.effects.push(Effect::Load(Query::Slips));
            }
            Tap::Back => return self.open(Screen::Identify),
            _ => {}
        }
        self.state.screen = Screen::Consent(form);
    }

    fn agree(&mut self, mut form: ConsentForm) {
        let now = self.state.now;
        let Some(number) = form.who.number.clone() else { return };
        let known = form.past.resident.clone();
        let resident = Resident {
            id: known.as_ref().map_or_else(|| self.state.mint.id(now), |known| known.id),
            id_number: number,
            name: form.who.name.clone(),
            sex: form.who.sex,
            birth_date: match form.who.born {
                super::visit::Born::On(day) => day,
                // Only card and keypad lead here; both know the day.
                super::visit::Born::Band(_) => return,
            },
            phone: form.phone.clone().or_else(|| known.and_then(|known| known.phone)),
        };
        let answers = [ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload]
            .map(|switch| ConsentAnswer { id: self.state.mint.id(now), switch, permit: form.consent.allows(switch) });
        let id = resident.id;
        form.past.resident = Some(resident.clone());
        form.saving = true;
        let facts = vec![
            self.new_fact(Fact::ResidentKept { resident }),
            self.new_fact(Fact::ConsentAnswered {
                resident: id,
                text_version: self.world.consent_version().to_owned(),
                answers: answers.to_vec(),
            }),
        ];
        self.state.screen = Screen::Consent(form);
        self.save(Commit { facts, units: Vec::new() }, AfterSave::Consent(id));
    }

    pub(super) fn consent_saved(&mut self, resident: ResidentId) {
        let Screen::Consent(form) = &self.state.screen else { return };
        let ConsentForm { who, by, past, consent, saving, .. } = form.clone();
        let asked = past.resident.as_ref().map(|resident| resident.id);
        if !saving || asked != Some(resident) {
            return;
        }
        let visit = Visit::new(self.state.beginning(), Subject::Resident(resident), who, by, consent, *past);
        self.begin(visit);
    }
}

/// Years: whoever is younger has data that only a guardian may agree to (PIPL art. 31, as ux.md 5 quotes it).
const GUARDIAN_BELOW: u16 = 14;

fn flip(consent: &mut Consent, switch: ConsentSwitch) {
    match switch {
        ConsentSwitch::Keep => *consent = Consent { keep: !consent.keep, ..Consent::default() },
        ConsentSwitch::DoctorView => consent.doctor_view = consent.keep && !consent.doctor_view,
        ConsentSwitch::Upload => consent.upload = consent.keep && !consent.upload,
    }
}
