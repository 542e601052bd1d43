//! The doing side: the next event in, [`update`](crate::session::update), the effects out.
//!
//! [`Client`] is the state with the store behind it, without a thread or a clock of its own; [`run`] is the loop that the
//! kiosk lives in. Threads: this loop, one a port, the store's writer, the sync. They talk by channels only.

pub mod clock;
#[cfg(feature = "online")]
pub mod courier;
pub mod ports;
pub mod printer;
pub mod settings;
pub mod site;
pub mod sound;
pub mod speech;
pub mod world;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::model::{Commit, Moment, Note};
use crate::session::{DeskEvent, Effect, Event, OpenVisit, Query, StaffMember, State, World, doctor, update};
use crate::store::{PinRefusal, Reader, Saved, Store, StoreFault, Who};

use clock::Clock;
use ports::Ports;
use settings::VoiceSettings;

/// The state, and the store that answers it.
pub struct Client {
    /// What does not change.
    pub world: Arc<World>,
    /// What the client knows.
    pub state: State,
    store: Store,
    reader: Reader,
}

impl Client {
    /// Opens the client on a store: the station's own unit is queued if it is new, and visits that were cut off are
    /// handed to the session.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn start(
        world: Arc<World>,
        store: Store,
        now: Moment,
        seed: [u8; 32],
    ) -> Result<(Self, Vec<Effect>), StoreFault> {
        let reader = store.reader()?;
        let mut state = State::new(now, seed);
        state.site_units = site::declare(&world, &store, &reader, &mut state.mint, now)?;
        let mut client = Self { world, state, store, reader };
        let open = client.open_visits(now)?;
        let mut effects = client.take(now, client.desk_event(now)?);
        effects.extend(client.take(now, Event::OpenVisits(open)));
        Ok((client, effects))
    }

    /// Takes one event in and hands the wishes out.
    pub fn take(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        // The session takes the state by value; an empty one holds its place for that moment.
        let state = std::mem::replace(&mut self.state, State::new(now, [0; 32]));
        let (state, effects) = update(&self.world, state, now, event);
        self.state = state;
        effects
    }

    /// Stores a commit; `done` hears the answer for the session.
    pub fn record(&self, commit: Commit, done: impl FnOnce(Event) + Send + 'static) {
        self.store.commit(commit, move |answer| done(recorded(answer)));
    }

    /// Stores a commit and waits; for scripts and tests.
    pub fn record_now(&self, commit: Commit) -> Event {
        recorded(self.store.commit_now(commit))
    }

    /// Answers a question of the session. `None` when the store could not be read: the session asks again.
    pub fn look_up(&self, now: Moment, query: Query) -> Option<Event> {
        let answer = match query {
            Query::Past(number) => self
                .reader
                .past(Who::Number(&number), self.world.consent_version(), now.day())
                .map(|past| Event::Past(Box::new(past))),
            Query::Registered(phone, birthday) => self.reader.registered(&phone.0, birthday).map(Event::Registered),
            Query::Slips => self.reader.slips_in_use(now.day()).map(Event::Slips),
            Query::Desk => self.desk_event(now),
            Query::Pin(staff, pin) => Ok(Event::Desk(DeskEvent::Pin(staff, self.check_pin(staff, &pin.0, now)))),
        };
        answer.inspect_err(|fault| log::error!("the store did not answer: {fault}")).ok()
    }

    /// The outbox as the session shows it.
    pub fn outbox_event(&self, now: Moment, tried: Option<Result<(), Note>>) -> Option<Event> {
        self.reader.outbox_counts(&now).ok().map(|counts| Event::Outbox(counts, tried))
    }

    /// The store, for the courier.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A view on the store, for accounts and tests.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    fn open_visits(&self, now: Moment) -> Result<Vec<OpenVisit>, StoreFault> {
        let open = self.reader.open_visits()?;
        open.into_iter()
            .filter(|visit| !visit.concluded)
            .map(|visit| {
                let mut past = match &visit.resident {
                    Some(resident) => {
                        self.reader.past(Who::Id(resident.id), self.world.consent_version(), now.day())?
                    }
                    None => Default::default(),
                };
                past.consent = visit.consent;
                Ok(OpenVisit { facts: visit.facts, resident: visit.resident, past })
            })
            .collect()
    }

    fn desk_event(&self, now: Moment) -> Result<Event, StoreFault> {
        let staff = self.reader.staff()?;
        let staff = staff.into_iter().filter(|member| member.may_sign_in);
        Ok(Event::Desk(DeskEvent::Loaded {
            cases: self.reader.cases(&now)?,
            counts: self.reader.counts(now.day())?,
            staff: staff.map(|m| StaffMember { id: m.id, name: m.name.0, role: m.role }).collect(),
        }))
    }

    fn check_pin(&self, staff: crate::model::StaffId, pin: &str, now: Moment) -> Result<(), doctor::PinRefusal> {
        self.store.verify_pin(staff, pin, &now).map_err(|refusal| match refusal {
            PinRefusal::Wrong { tries_left } => doctor::PinRefusal::Wrong { tries_left },
            PinRefusal::LockedFor { seconds } => doctor::PinRefusal::Locked { seconds },
            PinRefusal::NeedsSupervisor | PinRefusal::NoAccount => doctor::PinRefusal::Supervisor,
            PinRefusal::Store(fault) => {
                log::error!("a PIN could not be checked: {fault}");
                doctor::PinRefusal::Unavailable
            }
        })
    }
}

fn recorded(answer: Result<Saved, StoreFault>) -> Event {
    Event::Recorded(match answer {
        Ok(_) => Ok(()),
        Err(fault) => {
            log::error!("not saved: {fault}");
            Err(fault.not_saved())
        }
    })
}

/// What reaches the loop.
pub enum Message {
    /// Something happened.
    Event(Event),
    /// The window was closed, or the demo is over.
    Stop,
}

/// Who is told of every change: the window, the trace.
pub trait Audience {
    /// The state after an event.
    fn changed(&mut self, world: &World, state: &State);
    /// A commit was kept.
    fn saved(&mut self, commit: &Commit);
}

/// Why the sync is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Something new may have to go; the plan decides when.
    Stored,
    /// 立即同步: a round now.
    ByHand,
}

/// Wakes the sync; does nothing without a platform.
pub type Bell = Box<dyn Fn(Wake) + Send>;

/// The longest the loop waits for an event: the session's clock ticks at least so often.
const TICK: Duration = Duration::from_millis(250);

/// Lives the client until [`Message::Stop`].
#[allow(clippy::too_many_arguments, reason = "each is one of the threads or parts that the loop joins")]
pub fn run(
    mut client: Client,
    first: Vec<Effect>,
    mut clock: Clock,
    ports: &Ports,
    bell: &Bell,
    inbox: &Receiver<Message>,
    sender: &Sender<Message>,
    voice: &VoiceSettings,
    audience: &mut dyn Audience,
) {
    let mut waiting: VecDeque<Commit> = VecDeque::new();
    let mut effects = first;
    audience.changed(&client.world, &client.state);
    loop {
        let mut events = VecDeque::new();
        for effect in effects.drain(..) {
            match effect {
                Effect::Record(commit) => {
                    waiting.push_back(commit.clone());
                    let answer = sender.clone();
                    // The loop only ends after it stopped listening: an answer nobody hears is no loss.
                    client.record(commit, move |event| _ = answer.send(Message::Event(event)));
                }
                Effect::Load(query) => events.extend(client.look_up(clock.now(), query)),
                Effect::Order(role, order) => ports.order(role, order),
                Effect::Print(slip) => events.extend(ports.print(&slip)),
                Effect::Tone(tone) => {
                    let answer = sender.clone();
                    sound::play(tone, voice, move |played| _ = answer.send(Message::Event(Event::Played(played))));
                }
                Effect::SyncNow => bell(Wake::Stored),
                Effect::SyncByHand => bell(Wake::ByHand),
            }
        }
        if events.is_empty() {
            match inbox.recv_timeout(TICK) {
                Ok(Message::Event(event)) => events.push_back(event),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => events.push_back(Event::Tick),
            }
        }
        for event in events {
            if let Event::Recorded(answer) = &event
                && let Some(commit) = waiting.pop_front()
                && answer.is_ok()
            {
                ports.kept(&commit);
                audience.saved(&commit);
                let counted = (!commit.units.is_empty()).then(|| client.outbox_event(clock.now(), None));
                effects.extend(counted.flatten().into_iter().flat_map(|counts| client.take(clock.now(), counts)));
            }
            effects.extend(client.take(clock.now(), event));
        }
        audience.changed(&client.world, &client.state);
    }
}
