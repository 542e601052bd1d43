//! Runs an emulated device on a pseudo-terminal.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use chrono::{Local, NaiveDateTime};
use serialport::{SerialPort, TTYPort};

use super::{Act, Behaviour, Cannot, Emulate, Say, Wall, words};
use crate::catalog::Catalog;
use crate::descriptor::Descriptor;
use crate::reading::Kind;

/// A running emulated device and the handle that controls it. Dropping it unplugs the device.
///
/// ```no_run
/// use hut_drivers::emulate::{Act, Emulator};
///
/// let monitor = Emulator::open("bp-omron-hbp9030").expect("a pseudo-terminal");
/// println!("{}", monitor.path().display()); // give this path to a port
/// monitor.act(Act::Pressure { systolic: 145, diastolic: 91, pulse: 76, movement: false });
/// monitor.tell("145 91 76").expect("the same in words");
/// ```
pub struct Emulator {
    orders: Option<Sender<Wish>>,
    kind: Kind,
    link: PathBuf,
    pty: Arc<Mutex<PathBuf>>,
    thread: Option<JoinHandle<()>>,
}

/// How a device is emulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Speak no faster than the model's line allows.
    pub paced: bool,
    /// What the device's clock shows at the start; else the local time.
    pub clock: Option<NaiveDateTime>,
    /// Make no link for [`Emulator::path`]: a process that may be killed would leave it behind.
    pub no_link: bool,
}

/// A device that cannot be emulated.
#[derive(Debug, thiserror::Error)]
pub enum EmulateFault {
    /// No such model.
    #[error("there is no model `{0}`; `hut-devices models` lists them")]
    Unknown(String),
    /// The model has no emulator.
    #[error("the model `{0}` cannot be emulated")]
    NoEmulator(String),
    /// No pseudo-terminal.
    #[error("cannot open a pseudo-terminal")]
    Pty(#[from] io::Error),
}

enum Wish {
    Act(Act, Option<Sender<bool>>),
    Behave(Behaviour),
    Plug(bool, Sender<()>),
    Printed(Sender<String>),
}

impl Emulator {
    /// Plugs in an emulated device of this model.
    pub fn open(model: &str) -> Result<Emulator, EmulateFault> {
        Emulator::open_with(model, Options::default())
    }

    /// Plugs in an emulated device of this model, as told.
    pub fn open_with(model: &str, options: Options) -> Result<Emulator, EmulateFault> {
        let descriptor = Catalog::built_in().find(model).ok_or_else(|| EmulateFault::Unknown(model.to_owned()))?;
        Emulator::of(descriptor, options)
    }

    /// Plugs in an emulated device as this descriptor says.
    pub fn of(descriptor: &Descriptor, options: Options) -> Result<Emulator, EmulateFault> {
        let model = descriptor.model.as_str();
        let clock = options.clock.unwrap_or_else(|| Local::now().naive_local());
        let wall = Wall::new(Instant::now(), clock);
        let device = descriptor.emulated(wall).ok_or_else(|| EmulateFault::NoEmulator(model.to_owned()))?;

        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let link = env::temp_dir().join(format!("hut-emulator-{}-{number}", process::id()));
        let kept_link = (!options.no_link).then(|| link.clone());
        let wire = Wire::plug(kept_link.as_deref())?;
        let pty = Arc::new(Mutex::new(wire.pty.clone()));
        let (orders, inbox) = mpsc::channel();
        let runner = Runner {
            device,
            inbox,
            wire: Some(wire),
            link: kept_link,
            pty: Arc::clone(&pty),
            behaviour: Behaviour::Good,
            queue: VecDeque::new(),
            baud: options.paced.then_some(descriptor.port.baud),
            free_at: Instant::now(),
        };
        let thread = thread::Builder::new().name(format!("emulated {model}")).spawn(move || runner.run())?;
        Ok(Emulator { orders: Some(orders), kind: descriptor.kind, link, pty, thread: Some(thread) })
    }

    /// A path that stays the same over unplugging; nothing is there while the device is unplugged.
    pub fn path(&self) -> &Path {
        &self.link
    }

    /// The pseudo-terminal of this moment; another one after each replug.
    pub fn pty(&self) -> PathBuf {
        // The holder of this lock only copies a path.
        self.pty.lock().expect("nobody panics while holding a path").clone()
    }

    /// Lets something happen to the device. What it does not know is ignored.
    pub fn act(&self, act: Act) {
        self.wish(Wish::Act(act, None));
    }

    /// The same in words, as `hut-devices emulate` reads them.
    ///
    /// # Errors
    /// When the device does not know the words, or they mean what cannot happen to it.
    pub fn tell(&self, line: &str) -> Result<(), Cannot> {
        let (done, wait) = mpsc::channel();
        self.wish(Wish::Act(words::read(self.kind, line)?, Some(done)));
        // An error means that the runner has ended: then nothing happens at all.
        if wait.recv().unwrap_or(true) { Ok(()) } else { Err(words::cannot(self.kind, line)) }
    }

    /// Makes the device misbehave from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.wish(Wish::Behave(behaviour));
    }

    /// Pulls the plug. Returns when the pseudo-terminal is closed.
    pub fn unplug(&self) {
        self.plugged(false);
    }

    /// Plugs in again, under a new pseudo-terminal and the same [`path`](Emulator::path).
    pub fn plug(&self) {
        self.plugged(true);
    }

    /// What a printer has printed so far, as text; nothing for other devices.
    pub fn printed(&self) -> String {
        let (tell, wait) = mpsc::channel();
        self.wish(Wish::Printed(tell));
        // An error means that the runner has ended.
        wait.recv().unwrap_or_default()
    }

    fn plugged(&self, yes: bool) {
        let (done, wait) = mpsc::channel();
        self.wish(Wish::Plug(yes, done));
        // An error means that the runner has ended: then nothing is plugged in either.
        let _ = wait.recv();
    }

    fn wish(&self, wish: Wish) {
        if let Some(orders) = &self.orders {
            // The runner only ends when this handle is dropped.
            let _ = orders.send(wish);
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the runner has been reported by its own thread.
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.link);
    }
}

/// Both ends of a pseudo-terminal. The host's end is held open too: so it stays raw while nobody listens.
struct Wire {
    device: TTYPort,
    host: TTYPort,
    pty: PathBuf,
}

impl Wire {
    fn plug(link: Option<&Path>) -> io::Result<Wire> {
        let (device, host) = TTYPort::pair()?;
        let pty = PathBuf::from(host.name().unwrap_or_default());
        if let Some(link) = link {
            let _ = fs::remove_file(link);
            std::os::unix::fs::symlink(&pty, link)?;
        }
        Ok(Wire { device, host, pty })
    }

    /// How much more may be written before it would block.
    fn room(&self) -> usize {
        let unread = self.host.bytes_to_read().unwrap_or(0);
        usize::try_from(unread).map_or(0, |unread| FULL.saturating_sub(unread))
    }
}

struct Runner {
    device: Box<dyn Emulate>,
    inbox: Receiver<Wish>,
    wire: Option<Wire>,
    link: Option<PathBuf>,
    pty: Arc<Mutex<PathBuf>>,
    behaviour: Behaviour,
    queue: VecDeque<Piece>,
    baud: Option<u32>,
    /// When a paced line is free again.
    free_at: Instant,
}

/// Bytes that are due at a moment; `hang_up` pulls the plug after them.
struct Piece {
    /// When a device that is not slow would say them.
    usual: Instant,
    due: Instant,
    bytes: Vec<u8>,
    hang_up: bool,
}

impl Runner {
    fn run(mut self) {
        loop {
            match self.wish() {
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
                Ok(wish) => self.fulfil(wish),
            }
            let mut say = Vec::new();
            self.hear(&mut say);
            let now = Instant::now();
            if self.device.deadline().is_some_and(|deadline| deadline <= now) {
                self.device.handle_timeout(now, &mut say);
            }
            self.enqueue(now, say);
            self.speak(now);
        }
    }

    /// Without a wire nothing else would make a turn last.
    fn wish(&self) -> Result<Wish, TryRecvError> {
        if self.wire.is_some() {
            return self.inbox.try_recv();
        }
        self.inbox.recv_timeout(TURN).map_err(|error| match error {
            RecvTimeoutError::Timeout => TryRecvError::Empty,
            RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
        })
    }

    fn fulfil(&mut self, wish: Wish) {
        let now = Instant::now();
        match wish {
            Wish::Act(act, done) => {
                let mut say = Vec::new();
                let known = self.device.act(now, act, &mut say);
                self.enqueue(now, say);
                if let Some(done) = done {
                    let _ = done.send(known);
                }
            }
            Wish::Printed(tell) => {
                let _ = tell.send(self.device.printed().to_owned());
            }
            Wish::Behave(behaviour) => self.behave(behaviour),
            Wish::Plug(false, done) => {
                self.unplug();
                let _ = done.send(());
            }
            Wish::Plug(true, done) => {
                self.unplug();
                if let Ok(wire) = Wire::plug(self.link.as_deref()) {
                    if let Ok(mut pty) = self.pty.lock() {
                        pty.clone_from(&wire.pty);
                    }
                    self.wire = Some(wire);
                }
                let _ = done.send(());
            }
        }
    }

    /// What waits because the device was slow comes now, or never: a change is seen at once.
    fn behave(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
        if behaviour == Behaviour::Silent {
            self.queue.clear();
        }
        self.queue.iter_mut().for_each(|piece| piece.due = piece.usual);
    }

    fn unplug(&mut self) {
        if let Some(link) = &self.link {
            let _ = fs::remove_file(link);
        }
        self.wire = None;
        self.queue.clear();
    }

    fn hear(&mut self, say: &mut Vec<Say>) {
        let now = Instant::now();
        let speaks = self.queue.front().is_some_and(|piece| piece.due <= now) && self.free_at <= now;
        let Some(wire) = &mut self.wire else { return };
        // Who has something to say does not wait for a word.
        if speaks && wire.room() > 0 && wire.device.bytes_to_read().unwrap_or(0) == 0 {
            return;
        }
        // What nobody makes room for waits its turn.
        let next = self.queue.front().filter(|_| wire.room() > 0).map(|piece| piece.due.max(self.free_at));
        let next = next.into_iter().chain(self.device.deadline()).min();
        let patience = next.map_or(TURN, |next| next.saturating_duration_since(now).min(TURN));
        if wire.device.set_timeout(patience).is_err() {
            return;
        }
        let mut bytes = [0; 256];
        // Silence and a closed other end look alike here; neither needs an answer.
        if let Ok(count) = wire.device.read(&mut bytes) {
            self.device.handle_bytes(Instant::now(), &bytes[..count], say);
        }
    }

    fn enqueue(&mut self, now: Instant, say: Vec<Say>) {
        for Say { after, mut bytes } in say {
            // An unpaced device takes no time to think; what streams keeps its beat.
            let thinks = self.baud.is_none() && after <= THOUGHT && !self.device.streams();
            let after = if thinks { Duration::ZERO } else { after };
            // Later by the delay once: slow lines of a stream do not add up.
            let usual = self.queue.back().map_or(now, |last| last.usual.max(now)) + after;
            let mut due = usual;
            let mut hang_up = false;
            match self.behaviour {
                Behaviour::Good => {}
                Behaviour::Silent => continue,
                Behaviour::Slow(delay) => due += delay,
                Behaviour::Garbage => bytes = [NOISE, &bytes, NOISE].concat(),
                Behaviour::BadChecksum => self.device.spoil(&mut bytes),
                Behaviour::Half | Behaviour::HangUp => {
                    bytes.truncate(bytes.len() / 2);
                    hang_up = self.behaviour == Behaviour::HangUp;
                }
            }
            self.queue.push_back(Piece { usual, due, bytes, hang_up });
        }
    }

    fn speak(&mut self, now: Instant) {
        while let Some(wire) = &mut self.wire {
            let room = wire.room();
            if self.device.streams() && room < FULL / 2 {
                // Nobody listens; a stream does not wait for them.
                self.queue.clear();
            }
            let Some(piece) = self.queue.front_mut().filter(|piece| piece.due <= now) else {
                return;
            };
            if room == 0 || self.free_at > now {
                return;
            }
            let most = if self.baud.is_some() { PACED } else { CHUNK };
            let count = piece.bytes.len().min(room).min(most);
            if let Some(baud) = self.baud {
                // Ten bits a byte.
                let bits = u32::try_from(count * 10).unwrap_or(u32::MAX);
                // A turn that came a little late does not make the line slower; an idle line does not save up.
                let idle = now.saturating_duration_since(self.free_at) > TURN * 3;
                let begun = if idle { now } else { self.free_at };
                self.free_at = begun + Duration::from_secs(1) * bits / baud;
            }
            let written = wire.device.write(&piece.bytes[..count]).unwrap_or(0);
            piece.bytes.drain(..written);
            if !piece.bytes.is_empty() {
                return;
            }
            let hang_up = self.queue.pop_front().is_some_and(|piece| piece.hang_up);
            if hang_up {
                // The host shall have heard the half frame before the line goes dead.
                thread::sleep(TURN * 5);
                self.behaviour = Behaviour::Good;
                self.unplug();
            }
        }
    }
}

static NUMBER: AtomicUsize = AtomicUsize::new(0);
const TURN: Duration = Duration::from_millis(10);
/// The longest pause before an answer that is a device's thinking, not its measuring.
const THOUGHT: Duration = Duration::from_millis(50);
/// A pseudo-terminal holds 4095 bytes.
const FULL: usize = 2048;
const CHUNK: usize = 512;
const PACED: usize = 16;
const NOISE: &[u8] = b"\x00\xFE~noise~\x07\r\n";
