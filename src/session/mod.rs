//! What the client is doing now and what it wants next. Pure: no clock, no port, no table, no thread.
//!
//! [`update`] takes the [`State`], one [`Event`] and the moment it happened, and returns the next state with
//! [`Effect`]s: wishes that the shell fulfils and answers with further events. What the screen calls saved was answered
//! by the store first.

mod call;
mod conclude;
mod consent;
pub mod doctor;
mod events;
pub mod figures;
mod identify;
mod idle;
pub mod measure;
mod phone;
mod questions;
mod result;
mod screen;
pub mod slip;
mod timeouts;
pub mod told;
mod trend;
mod urgent;
mod visit;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use hut_words::Lang;

use crate::assess::{RuleBook, Rules};
use crate::model::device::{DeviceEvent, Monitor, Origin, Role, Sensed};
use crate::model::outbox::OutboxCounts;
use crate::model::{
    Commit, ConsentText, Duty, Fact, Mint, Moment, NewFact, NotSaved, Note, ResidentId, Station, StoredFact, Unit,
    UnitId, Value, VisitId,
};

pub use call::Call;
pub use consent::ConsentForm;
pub use doctor::{Desk, DeskEvent, StaffMember};
pub use events::{Effect, Event, Order, Query, Saying, Secret, Tap, Tone};
pub use identify::{Candidate, GuestForm, IdPad};
pub use idle::Tip;
pub use measure::{BodyStep, EntryForm, GlucoseStep, Habit, MealForm, OthersStep, PressureStep, WaistForm};
pub use phone::PhonePad;
pub use questions::{Asked, QuestionStep};
pub use result::{Goodbye, ResultPage};
pub use screen::{Item, Notice, Overlay, Screen};
pub use slip::{Paper, Slip, SlipPage};
pub use trend::{TrendLock, TrendPage};
pub use urgent::{Repeat, Symptom, UrgentKind, UrgentPage};
pub use visit::{Born, OpenVisit, Visit, Who};

/// What does not change while the client runs. Read-only.
#[derive(Clone, Debug)]
pub struct World {
    /// The check point.
    pub station: Station,
    /// The rule tables, with the guidance texts.
    pub rules: RuleBook,
    /// What R05 asks; without it nothing is kept of anybody.
    pub consent: Option<ConsentText>,
    /// The devices of the configuration: role and model.
    pub fitted: BTreeMap<Role, String>,
    /// What the blood-pressure monitor is like.
    pub monitor: Monitor,
    /// Who hears a call.
    pub duty: Duty,
    /// Own history opens for ID-card holders without a second fact (ux.md P14; off at first).
    pub card_opens_history: bool,
}

impl World {
    /// The version of the consent text in force; of a missing text one that nobody has answered.
    pub fn consent_version(&self) -> &str {
        self.consent.as_ref().map_or("", |text| &text.version)
    }

    /// The tables that judge on the day of `now`.
    pub fn today(&self, now: Moment) -> Rules<'_> {
        self.rules.on(now.day(), None)
    }
}

/// All that the client knows right now. Owned by the shell loop, rebuilt at every start.
#[derive(Clone, Debug)]
pub struct State {
    /// When the last event came.
    pub now: Moment,
    /// When somebody touched the screen last, or a step began.
    pub touched: Moment,
    /// Makes the ids.
    pub mint: Mint,
    /// What is in front.
    pub screen: Screen,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// The visit that runs, if one does.
    pub visit: Option<Visit>,
    /// The staff's side.
    pub desk: Desk,
    /// A line to show until the next touch.
    pub notice: Option<Notice>,
    /// Which devices are there; none of a device that has not answered yet.
    pub devices: BTreeMap<Role, bool>,
    /// Devices that stopped with a fault: nobody measures with them before staff or a new start have looked after them.
    pub broken: BTreeSet<Role>,
    /// By device a number made of its last reading, which tells only whether that comes again.
    heard: BTreeMap<Role, u64>,
    /// What waits for the platform.
    pub outbox: OutboxCounts,
    /// Whether the last try reached the platform; `None` without a platform.
    pub online: Option<bool>,
    /// Why the last try did not end well.
    pub hindrance: Option<Note>,
    /// When the last try ended.
    pub tried: Option<Moment>,
    /// 立即同步 was touched and has no answer yet.
    pub syncing: bool,
    /// The station's own units; everything else is sent after them.
    pub site_units: Vec<UnitId>,
    /// Cards in a row that could not be read.
    pub misread: u8,
    /// Phone numbers since R01 that led to nobody.
    pub misses: u8,
    /// 语音
    pub voice: bool,
    /// When the prompt was asked for again.
    pub repeat: Option<Moment>,
    /// What the voice is saying, and since when.
    pub saying: Option<(Saying, Moment)>,
    /// Language of the screens.
    pub lang: Lang,
    /// Step of 大字: 0, 1, 2.
    pub large_text: u8,
    /// Staff were called and nobody has come yet.
    pub call: Option<Call>,
    /// The last tone could not be played.
    pub mute: bool,
    saving: VecDeque<Saving>,
    /// When the store refused last to keep something, and why; shown to everybody.
    pub not_saved: Option<(Moment, NotSaved)>,
}

/// A commit that waits for the store, and what it makes true.
#[derive(Clone, Debug)]
struct Saving {
    commit: Commit,
    then: AfterSave,
}

/// What becomes true when a commit was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterSave {
    Nothing,
    /// The consent of this resident is kept: go on.
    Consent(ResidentId),
    /// A reading of this visit is kept.
    Reading(VisitId),
    /// This visit's conclusion is kept.
    Conclusion(VisitId),
    /// A doctor's decision is kept.
    Review,
}

impl State {
    /// The state of a client that has just started.
    pub fn new(now: Moment, seed: [u8; 32]) -> Self {
        Self {
            now,
            touched: now,
            mint: Mint::new(seed),
            screen: Screen::Idle,
            overlay: None,
            visit: None,
            desk: Desk::default(),
            notice: None,
            devices: BTreeMap::new(),
            broken: BTreeSet::new(),
            heard: BTreeMap::new(),
            outbox: OutboxCounts::default(),
            online: None,
            hindrance: None,
            tried: None,
            syncing: false,
            site_units: Vec::new(),
            misread: 0,
            misses: 0,
            voice: true,
            repeat: None,
            saying: None,
            lang: Lang::default(),
            large_text: 0,
            call: None,
            mute: false,
            saving: VecDeque::new(),
            not_saved: None,
        }
    }

    /// The values of the running visit that the store has refused so far, oldest first.
    pub fn unsaved(&self) -> impl Iterator<Item = &Value> {
        let visit = self.visit.as_ref().filter(|_| self.not_saved.is_some()).map(|visit| visit.id);
        let facts = self.saving.iter().flat_map(|saving| &saving.commit.facts);
        facts.filter_map(move |fact| match &fact.fact {
            Fact::MeasurementTaken { measurement } if Some(measurement.visit) == visit => Some(&measurement.value),
            _ => None,
        })
    }

    /// Id and moment of a visit that begins now.
    fn beginning(&mut self) -> (VisitId, Moment) {
        (self.mint.id(self.now), self.now)
    }

    /// True when nothing waits for the store.
    pub fn all_saved(&self) -> bool {
        self.saving.is_empty()
    }
}

/// Takes one event in.
pub fn update(world: &World, mut state: State, now: Moment, event: Event) -> (State, Vec<Effect>) {
    state.now = now;
    let mut turn = Turn { world, state, effects: Vec::new() };
    turn.take(event);
    (turn.state, turn.effects)
}

/// The longest that a prompt takes (ux.md 11).
const PROMPT_MS: u64 = 8000;

/// One call of [`update`]: the state being changed and the wishes gathered so far.
struct Turn<'a> {
    world: &'a World,
    state: State,
    effects: Vec<Effect>,
}

impl Turn<'_> {
    fn take(&mut self, event: Event) {
        match event {
            Event::Tick => self.tick(),
            Event::Tap(tap) => self.tap(tap),
            Event::Device(role, event) => self.device(role, event),
            Event::Recorded(Ok(())) => self.saved(),
            Event::Recorded(Err(why)) => self.state.not_saved = Some((self.state.now, why)),
            Event::Past(past) => self.past_loaded(*past),
            Event::Registered(found) => self.registered_loaded(found),
            Event::Slips(slips) => self.slips_loaded(&slips),
            Event::OpenVisits(visits) => visits.into_iter().for_each(|open| self.conclude_interrupted(open)),
            Event::Desk(event) => self.desk(event),
            Event::Outbox(counts, tried) => {
                self.state.outbox = counts;
                if let Some(tried) = tried {
                    self.state.online = Some(tried.is_ok());
                    self.state.hindrance = tried.err();
                    (self.state.tried, self.state.syncing) = (Some(self.state.now), false);
                }
            }
            Event::Played(played) => self.state.mute = !played,
            Event::Voice(saying) => self.state.saying = saying.map(|saying| (saying, self.state.now)),
        }
    }

    fn tap(&mut self, tap: Tap) {
        self.state.touched = self.state.now;
        self.state.notice = None;
        if self.everywhere(&tap) || self.overlaid(&tap) {
            return;
        }
        match self.state.screen.clone() {
            Screen::Idle => {
                self.load_desk();
                self.open(Screen::Identify);
            }
            Screen::Identify => self.tap_identify(tap),
            Screen::IdPad(pad) => self.tap_id_pad(pad, tap),
            Screen::Phone(pad) => self.tap_phone(pad, tap),
            Screen::Guest(form) => self.tap_guest(form, tap),
            Screen::Confirm(candidate) => self.tap_confirm(candidate, tap),
            Screen::Consent(form) => self.tap_consent(form, tap),
            Screen::Choose => self.tap_choose(tap),
            Screen::Pressure(step) => self.tap_pressure(step, tap),
            Screen::Body(step) => self.tap_body(step, tap),
            Screen::Waist(form) => self.tap_waist(form, tap),
            Screen::Meal(form) => self.tap_meal(form, tap),
            Screen::Glucose(step) => self.tap_glucose(step, tap),
            Screen::Others(step) => self.tap_others(step, tap),
            Screen::Entry(form) => self.tap_entry(form, tap),
            Screen::Question(step) => self.tap_question(step, tap),
            Screen::Result(page) => self.tap_result(page, tap),
            Screen::Trend(page) => self.tap_trend(page, tap),
            Screen::Slip(page) => self.tap_slip(page, tap),
            Screen::Urgent(page) => self.tap_urgent(page, tap),
            Screen::Goodbye(page) => self.tap_goodbye(&page),
            Screen::Pin(form) => self.tap_pin(form, tap),
            Screen::Queue(page) => self.tap_queue(page, tap),
        }
    }

    /// What works on every screen.
    fn everywhere(&mut self, tap: &Tap) -> bool {
        match tap {
            Tap::Language => self.state.lang = self.state.lang.next(),
            Tap::LargeText => self.state.large_text = (self.state.large_text + 1) % 3,
            Tap::Voice => self.tap_voice(),
            Tap::CallStaff => self.call_staff(),
            Tap::Staff => self.open_pin(),
            _ => return false,
        }
        true
    }

    /// 语音 says the prompt once more; touched again while that is being said, it falls silent.
    fn tap_voice(&mut self) {
        let now = self.state.now;
        let speaks = self.state.repeat.is_some_and(|since| now.ms_since(&since) < PROMPT_MS);
        self.state.voice = !(self.state.voice && speaks);
        self.state.repeat = self.state.voice.then_some(now);
    }

    fn overlaid(&mut self, tap: &Tap) -> bool {
        if self.state.shows_call() {
            self.tap_call(tap);
            return true;
        }
        let Some(overlay) = self.state.overlay.take() else { return false };
        match (overlay, tap) {
            (Overlay::StillThere { .. }, Tap::No) => self.leave(),
            (Overlay::StillThere { .. }, _) => {}
            (Overlay::OtherCard { card, .. }, Tap::SwitchPerson) => {
                self.leave();
                self.card(*card);
            }
            (Overlay::OtherCard { .. }, _) => {}
        }
        true
    }

    fn device(&mut self, role: Role, event: DeviceEvent) {
        match &event {
            DeviceEvent::Up => {
                self.state.devices.insert(role, true);
                self.state.broken.remove(&role);
            }
            DeviceEvent::Gone => _ = self.state.devices.insert(role, false),
            DeviceEvent::Card(card) => return self.card(card.clone()),
            DeviceEvent::Code(code) => return self.code(code),
            DeviceEvent::Printed(how) => return self.printed(*how),
            DeviceEvent::Reading { sensed, origin, .. } if self.comes_again(role, sensed, origin) => return,
            _ => {}
        }
        if role == Role::IdCard {
            return self.card_trouble(&event);
        }
        match self.state.screen.clone() {
            Screen::Pressure(step) if role == Role::BloodPressure => self.hear_pressure(step, event),
            Screen::Urgent(page) if role == Role::BloodPressure => self.hear_repeat(page, event),
            Screen::Body(step) if measure::roles(Item::Body).contains(&role) => self.hear_body(step, role, event),
            Screen::Others(step) if measure::OTHERS.contains(&role) => self.hear_others(step, role, event),
            Screen::Glucose(step) if role == Role::Glucose => self.hear_glucose(step, event),
            // Nobody is waiting for it: it is nobody's (a_reading_never_lands_on_the_previous_person).
            _ => {}
        }
    }

    /// A device that did not hear that its reading arrived sends it once more, to whoever is in front then. Only its own
    /// time tells that from another reading with the same numbers.
    fn comes_again(&mut self, role: Role, sensed: &Sensed, origin: &Origin) -> bool {
        let Some(time) = origin.device_time else { return false };
        let mut hasher = DefaultHasher::new();
        (time, sensed).hash(&mut hasher);
        let number = hasher.finish();
        self.state.heard.insert(role, number) == Some(number)
    }

    /// The tables that judge today.
    fn rules(&self) -> Rules<'_> {
        self.world.today(self.state.now)
    }

    /// Brings a screen to the front; its time-out begins now, and what was said of the one before is over.
    fn open(&mut self, screen: Screen) {
        self.state.touched = self.state.now;
        self.state.notice = None;
        self.state.screen = screen;
    }

    /// Back to R01, as the next person finds it: language, size of text and voice are their own choice.
    fn home(&mut self) {
        (self.state.lang, self.state.large_text) = (Lang::default(), 0);
        (self.state.voice, self.state.repeat) = (true, None);
        (self.state.misread, self.state.misses) = (0, 0);
        self.open(Screen::Idle);
    }

    fn new_fact(&mut self, fact: Fact) -> NewFact {
        NewFact { id: self.state.mint.id(self.state.now), at: self.state.now, fact }
    }

    /// Asks the store to keep Facts that no screen waits for.
    fn record(&mut self, facts: Vec<Fact>, units: Vec<Unit>) {
        let facts = facts.into_iter().map(|fact| self.new_fact(fact)).collect();
        self.save(Commit { facts, units }, AfterSave::Nothing);
    }

    /// Queues a commit; one is with the store at a time, so that a failed one keeps its place.
    fn save(&mut self, commit: Commit, then: AfterSave) {
        if self.state.saving.is_empty() {
            self.effects.push(Effect::Record(commit.clone()));
        }
        self.state.saving.push_back(Saving { commit, then });
    }

    fn saved(&mut self) {
        self.state.not_saved = None;
        let Some(done) = self.state.saving.pop_front() else { return };
        // Before anything follows from `done`: what that saves goes to the store by itself if nothing waits.
        if let Some(next) = self.state.saving.front() {
            self.effects.push(Effect::Record(next.commit.clone()));
        }
        // The store may be slow, and somebody else in front by now.
        let runs = |id: VisitId| self.state.visit.as_ref().is_some_and(|visit| visit.id == id);
        match done.then {
            AfterSave::Consent(resident) => self.consent_saved(resident),
            AfterSave::Reading(visit) if runs(visit) => self.reading_saved(),
            AfterSave::Conclusion(visit) if runs(visit) => self.conclusion_saved(),
            AfterSave::Nothing | AfterSave::Reading(_) | AfterSave::Conclusion(_) => {}
            AfterSave::Review => {
                self.effects.push(Effect::Load(Query::Desk));
                self.print_referral();
            }
        }
        if done.commit.units.iter().any(|unit| unit.kept_back.is_none()) {
            self.effects.push(Effect::SyncNow);
        }
    }

    /// Offers the refused commit again; the store answers "kept" if it was kept after all.
    fn save_again(&mut self) {
        if let Some(first) = self.state.saving.front() {
            self.effects.push(Effect::Record(first.commit.clone()));
        }
    }
}

/// Finds a Fact among stored ones.
pub(crate) fn facts_of(stored: &[StoredFact]) -> impl Iterator<Item = &Fact> {
    stored.iter().map(|fact| &fact.new.fact)
}
