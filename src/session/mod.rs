//! What the client is doing now and what it wants next. Pure: no clock, no port, no table, no thread.
//!
//! [`update`] takes the [`State`], one [`Event`] and the moment it happened, and returns the next state with
//! [`Effect`]s: wishes that the shell fulfils and answers with further events. What the screen calls saved was answered
//! by the store first.

mod call;
mod conclude;
mod consent;
pub mod doctor;
mod identify;
pub mod measure;
mod questions;
mod result;
mod timeouts;
mod trend;
mod urgent;
mod visit;

use std::collections::{BTreeMap, VecDeque};

use crate::assess::{RuleBook, Rules};
use crate::model::device::{Card, DeviceEvent, Role};
use crate::model::outbox::OutboxCounts;
use crate::model::resident::{AgeBand, Answer, ConsentSwitch};
use crate::model::{
    Commit, Fact, IdNumber, Mint, Moment, NewFact, NotSaved, Note, Past, Sex, SlipNumber, StaffId, Station, StoredFact,
    Unit, UnitId, Value, VisitId,
};

pub use call::Call;
pub use consent::ConsentForm;
pub use doctor::{Desk, DeskEvent, StaffMember};
pub use identify::{Candidate, GuestForm, IdPad};
pub use measure::{BodyStep, GlucoseStep, MealForm, PressureStep, WaistForm};
pub use questions::{Asked, QuestionStep};
pub use result::{Goodbye, ResultPage};
pub use trend::{TrendLock, TrendPage};
pub use urgent::{Repeat, Symptom, UrgentKind, UrgentPage};
pub use visit::{Born, OpenVisit, Visit, Who};

/// What does not change while the client runs. Read-only.
pub struct World {
    /// The check point.
    pub station: Station,
    /// The rule tables, with the guidance texts.
    pub rules: RuleBook,
    /// Which consent text is shown.
    pub consent_version: String,
    /// The devices of the configuration: role and model.
    pub fitted: BTreeMap<Role, String>,
    /// Own history opens for ID-card holders without a second fact (ux.md P14; off at first).
    pub card_opens_history: bool,
}

impl World {
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
    /// Which devices are there.
    pub devices: BTreeMap<Role, bool>,
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
    /// 语音
    pub voice: bool,
    /// Language of the screens.
    pub english: bool,
    /// Step of 大字: 0, 1, 2.
    pub large_text: u8,
    /// Staff were called and nobody has come yet.
    pub call: Option<Call>,
    /// The last tone could not be played: no screen may say that a bell rings.
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
    /// The consent is kept: go on.
    Consent,
    /// A reading is kept.
    Reading,
    /// The visit's conclusion is kept.
    Conclusion,
    /// A doctor's decision is kept.
    Review,
}

/// What is in front. The names are those of ux.md's screen map.
#[allow(clippy::large_enum_variant, reason = "there is one, moved a few times a second")]
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// R01
    Idle,
    /// R02
    Identify,
    /// R03b
    IdPad(IdPad),
    /// R03c
    Guest(GuestForm),
    /// R04
    Confirm(Candidate),
    /// R05
    Consent(ConsentForm),
    /// R06
    Choose,
    /// R09 to R12
    Pressure(PressureStep),
    /// R13
    Body(BodyStep),
    /// R14
    Waist(WaistForm),
    /// R15
    Meal(MealForm),
    /// R16
    Glucose(GlucoseStep),
    /// R17, R18
    Question(QuestionStep),
    /// R20
    Result(ResultPage),
    /// R21
    Trend(TrendPage),
    /// R22
    Urgent(UrgentPage),
    /// R24
    Goodbye(Goodbye),
    /// D01
    Pin(doctor::PinForm),
    /// D02, with D03's sheet over it when one is open.
    Queue(doctor::QueuePage),
}

impl Screen {
    /// The id in ux.md's screen map.
    pub fn id(&self) -> &'static str {
        match self {
            Screen::Idle => "R01",
            Screen::Identify => "R02",
            Screen::IdPad(_) => "R03b",
            Screen::Guest(_) => "R03c",
            Screen::Confirm(_) => "R04",
            Screen::Consent(_) => "R05",
            Screen::Choose => "R06",
            Screen::Pressure(step) => step.screen_id(),
            Screen::Body(_) => "R13",
            Screen::Waist(_) => "R14",
            Screen::Meal(_) => "R15",
            Screen::Glucose(_) => "R16",
            Screen::Question(step) => step.screen_id(),
            Screen::Result(_) => "R20",
            Screen::Trend(_) => "R21",
            Screen::Urgent(_) => "R22",
            Screen::Goodbye(_) => "R24",
            Screen::Pin(_) => "D01",
            Screen::Queue(page) if page.sheet.is_some() => "D03",
            Screen::Queue(_) => "D02",
        }
    }
}

/// What lies over a screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// 您还在吗; the session ends at `until` unless somebody touches 我还在.
    StillThere {
        /// Seconds left.
        left: u32,
    },
    /// Another resident's card was laid down; without an answer the running session goes on.
    OtherCard {
        /// Whose.
        card: Box<Card>,
        /// When.
        since: Moment,
    },
}

/// A line that says what went wrong and what to do (words in the catalogue).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The card could not be read.
    CardAgain,
    /// The card could not be read twice: use the keypad.
    CardTyped,
    /// Nothing chosen could be measured here now.
    DeviceMissing(Role),
    /// A value outside the plausible range.
    Implausible,
    /// A reading came during the rest or the pause.
    TooEarly,
    /// Much different from last time.
    FarFromLast,
    /// Staff are asked to look after the device.
    AskStaff(Role),
    /// Measuring was stopped.
    Stopped,
    /// A resident is in the middle of a visit; staff cannot sign in over it.
    ResidentBusy,
    /// 收到 was pressed.
    StaffComing,
}

/// What can be measured at R06.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// 血压
    Pressure,
    /// 身高体重
    Body,
    /// 腰围
    Waist,
    /// 血糖
    Glucose,
    /// 全套
    All,
}

/// A touch, by what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// Anywhere on the idle screen.
    Screen,
    /// R02: keypad.
    TypeNumber,
    /// R02: 不登录，先测量
    Guest,
    /// 村医登录
    Staff,
    /// 找工作人员
    CallStaff,
    /// 收到: staff heard the call.
    Received,
    /// Take the call back.
    CancelCall,
    /// 我不舒服
    Unwell,
    /// 我还在
    Here,
    /// The answer to the other-card question: end this session.
    SwitchPerson,
    /// One key of a keypad.
    Key(char),
    /// 删除
    Backspace,
    /// 清空
    Clear,
    /// 下一步, 坐好了, 继续
    Next,
    /// 返回
    Back,
    /// 跳过
    Skip,
    /// 是我, 对，就是这个
    Yes,
    /// 不是我, 再量一次
    No,
    /// R03c
    Sex(Sex),
    /// R03c
    Age(AgeBand),
    /// R05
    Switch(ConsentSwitch),
    /// R05: 同意并继续
    Agree,
    /// R05: 先不同意，只测量
    Refuse,
    /// R06
    Item(Item),
    /// R10: 我已经静坐过
    Rested,
    /// R11
    Stop,
    /// R14: half a centimetre more or less.
    Step(i8),
    /// R15
    Meal(measure::Meal),
    /// R15: when the last meal was: `true` is today.
    MealDay(bool),
    /// R15: an hour earlier or later.
    MealHour(i8),
    /// R16: which of several new records is theirs.
    Record(usize),
    /// R17, R18 yes/no pages.
    Answer(Answer),
    /// R18's tiles; `None` is 都没有.
    Illness(Option<crate::model::resident::Question>),
    /// R20: 看变化
    Trend,
    /// R20, R21: 完成退出
    Finish,
    /// R22
    Symptom(urgent::Symptom),
    /// R22: 再叫一次人
    CallAgain,
    /// R22: no second measurement.
    RefuseRepeat,
    /// R22, when nobody has come: the page goes, the case stays.
    CloseUrgent,
    /// EN / 中文
    Language,
    /// 大字
    LargeText,
    /// 语音
    Voice,
    /// The desk's own.
    Desk(doctor::DeskTap),
}

/// An input.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time passed; comes at least once a second.
    Tick,
    /// A touch.
    Tap(Tap),
    /// A device said something.
    Device(Role, DeviceEvent),
    /// The store's answer to the oldest [`Effect::Record`].
    Recorded(Result<(), NotSaved>),
    /// The answer to [`Query::Past`].
    Past(Box<Past>),
    /// The answer to [`Query::Slips`].
    Slips(Vec<SlipNumber>),
    /// At start: visits that were cut off.
    OpenVisits(Vec<OpenVisit>),
    /// The desk's answers.
    Desk(DeskEvent),
    /// The outbox changed; how a try went, when there was one.
    Outbox(OutboxCounts, Option<Result<(), Note>>),
    /// Whether the last [`Effect::Tone`] could be played.
    Played(bool),
}

/// A wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep these Facts and units, all or none; answer with [`Event::Recorded`].
    Record(Commit),
    /// Look something up.
    Load(Query),
    /// Tell a device.
    Order(Role, Order),
    /// Sound.
    Tone(Tone),
    /// Something new waits for the platform.
    SyncNow,
    /// 立即同步: try the platform now, whatever waits.
    SyncByHand,
}

/// What to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// What is known about this person; answered with [`Event::Past`].
    Past(IdNumber),
    /// Slip numbers in use; answered with [`Event::Slips`].
    Slips,
    /// Queue, counters and staff; answered with [`DeskEvent::Loaded`].
    Desk,
    /// Is this the PIN? Answered with [`DeskEvent::Pin`].
    Pin(StaffId, Secret),
}

/// Digits that are shown to nobody.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A step begins: what is heard from now on is for the person in front.
    Begin,
    /// The step is over.
    End,
}

/// A sound of the house (ux.md 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A step is done.
    Done,
    /// Attention: staff are asked to come.
    Attention,
    /// A critical value, until staff acknowledge.
    Urgent,
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
            outbox: OutboxCounts::default(),
            online: None,
            hindrance: None,
            tried: None,
            syncing: false,
            site_units: Vec::new(),
            voice: true,
            english: false,
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
            Screen::Guest(form) => self.tap_guest(form, tap),
            Screen::Confirm(candidate) => self.tap_confirm(candidate, tap),
            Screen::Consent(form) => self.tap_consent(form, tap),
            Screen::Choose => self.tap_choose(tap),
            Screen::Pressure(step) => self.tap_pressure(step, tap),
            Screen::Body(step) => self.tap_body(step, tap),
            Screen::Waist(form) => self.tap_waist(form, tap),
            Screen::Meal(form) => self.tap_meal(form, tap),
            Screen::Glucose(step) => self.tap_glucose(step, tap),
            Screen::Question(step) => self.tap_question(step, tap),
            Screen::Result(page) => self.tap_result(page, tap),
            Screen::Trend(page) => self.tap_trend(page, tap),
            Screen::Urgent(page) => self.tap_urgent(page, tap),
            Screen::Goodbye(_) => self.home(),
            Screen::Pin(form) => self.tap_pin(form, tap),
            Screen::Queue(page) => self.tap_queue(page, tap),
        }
    }

    /// What works on every screen.
    fn everywhere(&mut self, tap: &Tap) -> bool {
        match tap {
            Tap::Language => self.state.english = !self.state.english,
            Tap::LargeText => self.state.large_text = (self.state.large_text + 1) % 3,
            Tap::Voice => self.state.voice = !self.state.voice,
            Tap::CallStaff => self.call_staff(),
            Tap::Staff => self.open_pin(),
            _ => return false,
        }
        true
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
            DeviceEvent::Up => _ = self.state.devices.insert(role, true),
            DeviceEvent::Gone => _ = self.state.devices.insert(role, false),
            DeviceEvent::Card(card) => return self.card(card.clone()),
            _ => {}
        }
        if role == Role::IdCard {
            return self.card_trouble(&event);
        }
        match self.state.screen.clone() {
            Screen::Pressure(step) if role == Role::BloodPressure => self.hear_pressure(step, event),
            Screen::Urgent(page) if role == Role::BloodPressure => self.hear_repeat(page, event),
            Screen::Body(step) if matches!(role, Role::HeightWeight | Role::Weight) => {
                self.hear_body(step, role, event)
            }
            Screen::Glucose(step) if role == Role::Glucose => self.hear_glucose(step, event),
            // Nobody is waiting for it: it is nobody's (a_reading_never_lands_on_the_previous_person).
            _ => {}
        }
    }

    /// The tables that judge today.
    fn rules(&self) -> Rules<'_> {
        self.world.today(self.state.now)
    }

    /// Brings a screen to the front; its time-out begins now.
    fn open(&mut self, screen: Screen) {
        self.state.touched = self.state.now;
        self.state.screen = screen;
    }

    /// Back to R01, as the next person finds it: language, size of text and voice are their own choice.
    fn home(&mut self) {
        (self.state.english, self.state.large_text, self.state.voice) = (false, 0, true);
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
        match done.then {
            AfterSave::Nothing => {}
            AfterSave::Consent => self.consent_saved(),
            AfterSave::Reading => self.reading_saved(),
            AfterSave::Conclusion => self.conclusion_saved(),
            AfterSave::Review => self.effects.push(Effect::Load(Query::Desk)),
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
