//! The whole client without its window: the real loop, clock, ports, store and sync, with emulated devices on
//! pseudo-terminals and a platform over HTTP. Only the fingers are scripted, and time can be skipped.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use health_hut::demo::stage::{FANG, Stage, hire};
use health_hut::model::device::Role;
use health_hut::model::fact::CallReason;
use health_hut::model::resident::ConsentSwitch;
use health_hut::model::{Commit, Fact, Mint, NewFact};
use health_hut::session::{Event, Item, State, Tap, World};
use health_hut::shell::clock::Clock;
use health_hut::shell::courier::{Courier, Line, StoreOutbox};
use health_hut::shell::ports::{Memory, Ports};
use health_hut::shell::settings::VoiceSettings;
use health_hut::shell::world::world;
use health_hut::shell::{self, Audience, Bell, Client, Message};
use health_hut::store::{Opening, Store, StoreFault};
use health_hut::sync::Wire;
use health_hut::sync::http::{Http, Limits};
use health_hut::sync::plan::Rhythm;
use hut_drivers::emulate::{Behaviour, Emulator};
use serde_json::Value;
use uuid::Uuid;

/// A client that runs. Dropping it stops it as closing the window does.
pub struct Live {
    pub stage: Stage,
    pub world: Arc<World>,
    /// A disk of so many pages; 0 has room.
    pub disk: Arc<AtomicU32>,
    ahead: Arc<AtomicU64>,
    seen: Arc<Seen>,
    store: Store,
    sender: Sender<Message>,
    running: Option<(JoinHandle<()>, Courier)>,
    folder: PathBuf,
}

/// How long a machine may take to answer, in real time. What must be quicker is asked with [`Live::within`].
const PATIENCE: Duration = Duration::from_secs(30);

impl Live {
    pub fn open(name: &str) -> Self {
        Self::open_with(name, None, |_| {})
    }

    /// Opens after `before` did something to the devices; `url` in the place of the stage's platform.
    pub fn open_with(name: &str, url: Option<String>, before: impl FnOnce(&Stage)) -> Self {
        let folder = std::env::temp_dir().join(format!("hut-edge-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        let stage = Stage::set(&folder).unwrap();
        before(&stage);
        let settings = stage.settings();
        let world = Arc::new(world(&settings).unwrap());
        let (disk, ahead, seen) = <(Arc<AtomicU32>, Arc<AtomicU64>, Arc<Seen>)>::default();
        let (sender, inbox) = mpsc::channel();

        let store = Store::open(&Opening { page_limit: Some(Arc::clone(&disk)), ..stage.opening() }).unwrap();
        let mut clock = Clock::on(&store.reader().unwrap(), Uuid::nil()).unwrap().ahead_by(Arc::clone(&ahead));
        let (client, first) = Client::start(Arc::clone(&world), store.clone(), clock.now(), [7; 32]).unwrap();
        hire(&store, clock.now()).unwrap();
        let heard = sender.clone();
        let ports = Ports::open(&settings, &Memory::of(&store).unwrap(), move |role, event| {
            _ = heard.send(Message::Event(Event::Device(role, event)));
        })
        .unwrap();
        let courier = courier(&url.unwrap_or(stage.platform.url()), store.clone(), sender.clone());
        let bell: Bell = Box::new(courier.bell());
        let (mut audience, answers) = (Screen(Arc::clone(&seen)), sender.clone());
        let looping = std::thread::spawn(move || {
            shell::run(client, first, clock, &ports, &bell, &inbox, &answers, &VoiceSettings::default(), &mut audience);
        });
        Self { stage, world, disk, ahead, seen, store, sender, running: Some((looping, courier)), folder }
    }

    #[allow(dead_code, reason = "the walks use it")]
    /// Tells every state to come, and the last one, to a window.
    pub fn follow(&self, follower: impl Fn(&State) + Send + 'static) {
        if let Some(state) = &self.seen.told.lock().unwrap().state {
            follower(state);
        }
        *self.seen.follower.lock().unwrap() = Some(Box::new(follower));
    }

    #[allow(dead_code, reason = "the walks use it")]
    /// What the window sends its taps to.
    pub fn hears(&self) -> impl Fn(Tap) + 'static {
        let sender = self.sender.clone();
        move |tap| _ = sender.send(Message::Event(Event::Tap(tap)))
    }

    pub fn taps(&self, taps: impl IntoIterator<Item = Tap>) {
        for tap in taps {
            self.sender.send(Message::Event(Event::Tap(tap))).unwrap();
        }
    }

    pub fn keys(&self, keys: &str) {
        self.taps(keys.chars().map(Tap::Key));
    }

    /// So many seconds pass at once.
    pub fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub fn device(&self, role: Role) -> &Emulator {
        self.stage.device(role).unwrap()
    }

    pub fn behave(&self, role: Role, behaviour: Behaviour) {
        self.device(role).behave(behaviour);
    }

    /// The state, as soon as something is true of it.
    pub fn until(&self, what: impl Debug, holds: impl Fn(&State) -> bool) -> State {
        self.within(PATIENCE, what, holds)
    }

    /// The state, if something comes true of it in so much real time.
    pub fn within(&self, patience: Duration, what: impl Debug, holds: impl Fn(&State) -> bool) -> State {
        let until = Instant::now() + patience;
        let mut told = self.seen.told.lock().unwrap();
        loop {
            if let Some(state) = told.state.as_ref().filter(|state| holds(state)) {
                return state.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            let front = |state: &State| format!("{:?}, notice {:?}", state.screen, state.notice);
            assert!(
                left > Duration::ZERO,
                "no {what:?} in {patience:?}; in front: {:?}",
                told.state.as_ref().map(front)
            );
            told = self.seen.news.wait_timeout(told, left).unwrap().0;
        }
    }

    pub fn screen(&self, id: &str) -> State {
        self.until(id, |state| state.screen.id() == id)
    }

    /// The kinds of the Facts that were kept so far, in order.
    pub fn kept(&self) -> Vec<String> {
        let told = self.seen.told.lock().unwrap();
        told.kept.iter().flat_map(|commit| &commit.facts).map(|fact| fact.fact.kind()).collect()
    }

    /// From R01 to R06: a card, 是我, and yes to all three switches.
    pub fn identify(&self) {
        self.until("all devices", |state| state.devices.contains_key(&Role::IdCard));
        self.stage.card(&FANG);
        self.until("the person", |s| matches!(&s.screen, health_hut::session::Screen::Confirm(c) if c.past.is_some()));
        self.taps([Tap::Yes]);
        self.screen("R05");
        self.taps([ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload].map(Tap::Switch));
        self.taps([Tap::Agree]);
        self.screen("R06");
    }

    /// From R06 to R11.
    pub fn measure(&self) {
        self.taps([Tap::Item(Item::Pressure), Tap::Habit(None), Tap::Next, Tap::Next]);
        self.screen("R10");
        self.pass(3);
        self.taps([Tap::Rested]);
        self.screen("R11");
    }

    /// The monitor measures well, and the screen says that it is kept.
    pub fn measured(&self, systolic: u16, diastolic: u16) -> State {
        let kept = self.kept().len();
        self.stage.pressure(systolic, diastolic, 70);
        let state = self.screen("R12");
        assert!(self.kept().len() > kept, "R12 says kept, and the store kept nothing");
        state
    }

    /// The disk has room for what the store has and no more.
    pub fn fill_disk(&self) {
        self.disk.store(1, Ordering::Relaxed);
        self.fill_store();
    }

    /// Fills the room that is left to the store.
    pub fn fill_store(&self) {
        let mut mint = Mint::new([8; 32]);
        let now = self.until("a state", |_| true).now;
        loop {
            let fact = Fact::StaffCalled { visit: None, reason: CallReason::Asked };
            let fact = NewFact { id: mint.id(now), at: now, fact };
            match self.store.commit_now(Commit { facts: vec![fact], units: Vec::new() }) {
                Ok(_) => {}
                Err(StoreFault::DiskFull) => return,
                Err(fault) => panic!("{fault}"),
            }
        }
    }

    /// From R12 by way of the result to R01.
    pub fn leaves(&self) {
        self.pass(61);
        self.screen("R11");
        self.taps([Tap::Stop, Tap::Next, Tap::Back]);
        self.screen("R18");
        // Two pages at most; R20 has nothing to skip.
        self.taps([Tap::Skip, Tap::Skip]);
        self.screen("R20");
        self.pass(2);
        self.taps([Tap::Finish]);
        self.screen("R24");
        self.pass(11);
        self.until("R01 with everything kept", |state| state.screen.id() == "R01" && state.all_saved());
    }

    /// Waits until the platform holds exactly these pressures, each once.
    pub fn arrives(&self, pressures: &[[u64; 2]]) {
        let until = Instant::now() + PATIENCE;
        while self.stage.platform.count("Encounter") == 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut arrived: Vec<_> = self.stage.platform.all("Observation").iter().filter_map(pressure).collect();
        arrived.sort_unstable();
        let state = self.until("a state", |_| true);
        assert_eq!(arrived, pressures, "{:?}, {:?}", state.outbox, state.hindrance);
        assert_eq!(self.stage.platform.count("Encounter"), 1);
        assert_eq!(self.stage.platform.doubles(), Vec::<String>::new());
        let waits = |state: &State| state.outbox.waiting.iter().sum::<u32>();
        self.until("an empty outbox", |state| state.online == Some(true) && waits(state) == 0);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        _ = self.sender.send(Message::Stop);
        if let Some((looping, courier)) = self.running.take() {
            _ = looping.join();
            drop(courier);
        }
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The sync, quicker to give up and to try again than a real one.
fn courier(url: &str, store: Store, sender: Sender<Message>) -> Courier {
    let rhythm = Rhythm { every_ms: 500, base_ms: 100, cap_ms: 1_000, ..Rhythm::default() };
    let line = Line { url: url.to_owned(), ca: None, rhythm };
    let limits = Limits { whole: Duration::from_secs(2), slowest: 1_000_000, ..Limits::default() };
    let wire: Box<dyn Wire + Send> = Box::new(Http::with_limits(url, None, None, limits).unwrap());
    let reader = store.reader().unwrap();
    let mut clock = Clock::on(&reader, Uuid::nil()).unwrap();
    let outbox = StoreOutbox::new(store, Uuid::nil()).unwrap();
    Courier::start(&line, wire, outbox, move |tried| {
        let counts = reader.outbox_counts(&clock.now()).unwrap();
        _ = sender.send(Message::Event(Event::Outbox(counts, Some(tried))));
    })
    .unwrap()
}

/// The pressure that was measured, if this is one: not the mean of several.
fn pressure(observation: &Value) -> Option<[u64; 2]> {
    let panel = observation["code"]["coding"].as_array()?.iter().any(|coding| coding["code"] == "85354-9");
    let derived = observation.get("derivedFrom").is_some();
    let part = |place: usize| observation["component"][place]["valueQuantity"]["value"].as_u64();
    (panel && !derived).then_some([part(0)?, part(1)?])
}

/// What the loop told last.
#[derive(Default)]
struct Seen {
    told: Mutex<Told>,
    news: Condvar,
    follower: Mutex<Option<Follower>>,
}

/// Hears every state, as the window does.
type Follower = Box<dyn Fn(&State) + Send>;

#[derive(Default)]
struct Told {
    state: Option<State>,
    kept: Vec<Commit>,
}

struct Screen(Arc<Seen>);

impl Audience for Screen {
    fn changed(&mut self, _: &World, state: &State) {
        if let Some(follower) = &*self.0.follower.lock().unwrap() {
            follower(state);
        }
        self.0.told.lock().unwrap().state = Some(state.clone());
        self.0.news.notify_all();
    }

    fn saved(&mut self, commit: &Commit) {
        self.0.told.lock().unwrap().kept.push(commit.clone());
    }
}
