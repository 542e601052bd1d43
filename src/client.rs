//! The kiosk and the windowed demo: the one place where shell and window meet.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use health_hut::commands::setup::{Setup, seed, setup};
use health_hut::demo::hands::{DEVICE_S, Hands};
use health_hut::demo::stage::{Stage, hire};
use health_hut::kiosk::{Glass, Handle, Options, Speak, Window};
use health_hut::model::Commit;
use health_hut::session::{Event, State, World};
use health_hut::shell::clock::Clock;
use health_hut::shell::courier::{self, Courier, StoreOutbox};
use health_hut::shell::ports::{Memory, Ports};
use health_hut::shell::settings::{Contrast, VoiceSettings};
use health_hut::shell::speech::{Line, Speech};
use health_hut::shell::world::world;
use health_hut::shell::{self, Audience, Bell, Client, Message};
use health_hut::store::{Store, StoreFault};
use uuid::Uuid;

type Fault = Box<dyn Error>;

/// Runs the client of a configuration until its window is closed.
pub fn kiosk(config: &Path, windowed: Option<(u32, u32)>, trace: bool) -> Result<(), Fault> {
    live(setup(config)?, windowed, trace, |_, _| None)
}

/// The same with everything emulated, and hands that answer.
pub fn demo(windowed: Option<(u32, u32)>) -> Result<(), Fault> {
    let folder = std::env::temp_dir().join(format!("health-hut-demo-{}", std::process::id()));
    let stage = Stage::set(&folder)?;
    let settings = stage.settings();
    let setup = Setup { world: Arc::new(world(&settings)?), settings, opening: stage.opening() };
    let ended = live(setup, windowed, false, |client, handle| {
        if let Err(fault) = hire(client.store(), client.state.now) {
            log::error!("the demo has no doctor: {fault}");
        }
        Some(hands(stage, handle))
    });
    // A demo's store is nobody's record.
    _ = std::fs::remove_dir_all(&folder);
    ended
}

/// Hears which screen has come.
type Follower = Sender<&'static str>;

fn live(
    setup: Setup,
    windowed: Option<(u32, u32)>,
    trace: bool,
    begin: impl FnOnce(&Client, Handle) -> Option<Follower>,
) -> Result<(), Fault> {
    let boot = Uuid::from_bytes(seed()?[..16].try_into()?);
    let store = match Store::open(&setup.opening) {
        Ok(store) => store,
        Err(fault) => return out_of_service(setup.world, windowed, fault),
    };
    let mut clock = Clock::on(&store.reader()?, boot)?;
    let (client, first) = Client::start(Arc::clone(&setup.world), store.clone(), clock.now(), seed()?)?;
    let (sender, inbox) = mpsc::channel();

    let heard = sender.clone();
    // Nobody listens only when the client is about to stop.
    let ports = Ports::open(&setup.settings, &Memory::of(&store)?, move |role, event| {
        _ = heard.send(Message::Event(Event::Device(role, event)));
    })?;
    let courier = courier(&setup, store, boot, sender.clone())?;
    let bell: Bell = match &courier {
        Some(courier) => Box::new(courier.bell()),
        None => Box::new(|_| {}),
    };

    let touched = sender.clone();
    let traced: Option<health_hut::kiosk::Trace> =
        if trace { Some(Box::new(|id| println!("{{\"screen\": \"{id}\"}}"))) } else { None };
    let screen = &setup.settings.screen;
    let contrast_from = match screen.contrast {
        Contrast::Never => Some(f32::INFINITY),
        Contrast::Largest => None,
        Contrast::Always => Some(1.0),
    };
    let options = Options {
        windowed,
        trace: traced,
        name_fonts: screen.name_fonts.clone(),
        contrast_from,
        calm: screen.calm,
        glass: Glass { inches: screen.diagonal_inches, low: screen.controls_low },
        speak: voice(&setup.settings.voice, sender.clone()),
    };
    let window = Window::open(Arc::clone(&setup.world), options, move |tap| {
        _ = touched.send(Message::Event(Event::Tap(tap)));
    })?;
    let follower = begin(&client, window.handle());
    let mut audience = Screen { handle: window.handle(), trace, follower, front: "" };
    let stop = sender.clone();
    // A stopped service, a pressed Ctrl-C: the ports are closed in order, so that no cuff stays inflated.
    let (signalled, window_handle) = (sender.clone(), window.handle());
    ctrlc::set_handler(move || _ = signalled.send(Message::Stop))?;
    let spoken = setup.settings.voice.clone();
    let looping = thread::Builder::new().name("shell".to_owned()).spawn(move || {
        shell::run(client, first, clock, &ports, &bell, &inbox, &sender, &spoken, &mut audience);
        drop(ports);
        window_handle.close();
    })?;
    let ended = window.run();
    _ = stop.send(Message::Stop);
    _ = looping.join();
    drop(courier);
    Ok(ended?)
}

/// Nobody shall stand before a dark screen: says that the machine is out of use until the window is closed. Why is for
/// the technician, on the command line.
fn out_of_service(world: Arc<World>, windowed: Option<(u32, u32)>, fault: StoreFault) -> Result<(), Fault> {
    log::error!("out of service: {fault}");
    if let Ok(window) = Window::open(world, Options { windowed, ..Options::default() }, |_| {}) {
        window.handle().fault();
        // The fault of the store is the one to tell.
        _ = window.run();
    }
    Err(fault.into())
}

fn courier(setup: &Setup, store: Store, boot: Uuid, sender: Sender<Message>) -> Result<Option<Courier>, Fault> {
    let Some(platform) = &setup.settings.platform else { return Ok(None) };
    let line = courier::Line::try_from(platform)?;
    let reader = store.reader()?;
    let mut clock = Clock::on(&reader, boot)?;
    let outbox = StoreOutbox::new(store, boot)?;
    let wire = Box::new(line.open()?);
    let courier = Courier::start(&line, wire, outbox, move |tried| {
        if let Ok(counts) = reader.outbox_counts(&clock.now()) {
            _ = sender.send(Message::Event(Event::Outbox(counts, Some(tried))));
        }
    })?;
    Ok(Some(courier))
}

/// The machine's voice, if it has one; the session hears what it says.
fn voice(settings: &VoiceSettings, sender: Sender<Message>) -> Option<Speak> {
    let speech = Speech::find(settings, move |saying| _ = sender.send(Message::Event(Event::Voice(saying))))?;
    Some(Box::new(move |speaking| {
        let lines = speaking.lines.into_iter().map(|line| Line { clip: line.clip, text: line.text });
        speech.say(lines, speaking.lang.tag(), speaking.saying);
    }))
}

/// What the loop tells: the window, the trace, the demo's hands.
struct Screen {
    handle: Handle,
    trace: bool,
    follower: Option<Follower>,
    front: &'static str,
}

impl Audience for Screen {
    fn changed(&mut self, _: &World, state: &State) {
        self.handle.show(state);
        let id = state.screen.id();
        if id != self.front {
            self.front = id;
            if let Some(follower) = &self.follower {
                _ = follower.send(id);
            }
        }
    }

    fn saved(&mut self, commit: &Commit) {
        if !self.trace {
            return;
        }
        let facts = commit.facts.iter().map(|fact| fact.id.to_string());
        for id in facts.chain(commit.units.iter().map(|unit| unit.id.to_string())) {
            println!("{{\"saved\": \"{id}\"}}");
        }
    }
}

fn hands(stage: Stage, handle: Handle) -> Follower {
    let (sender, screens) = mpsc::channel();
    thread::spawn(move || {
        let mut hands = Hands::new(stage);
        while let Ok(mut front) = screens.recv() {
            handle.hint(&hands.hint(front));
            // A screen that left before its device answered needs no answer.
            while let Ok(next) = screens.recv_timeout(Duration::from_secs(DEVICE_S)) {
                front = next;
                handle.hint(&hands.hint(front));
            }
            hands.act(front);
        }
    });
    sender
}
