//! Carries outbox rows from the store to the sync and its reports back, on a thread of its own.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Wake;
use super::clock::Clock;
use super::settings::{PlatformSettings, SettingsFault};
use crate::model::outbox::{Parcel, Queued, Report};
use crate::model::{Note, UnitId};
use crate::store::{Reader, Store, StoreFault};
use crate::sync::engine::RoundEnd;
use crate::sync::http::Http;
use crate::sync::plan::Rhythm;
use crate::sync::{Engine, Outbox, OutboxFault, Outlook, RoundSummary, SyncStep, Timing, Wire, WireFault, next_step};

/// Base URI of our own code systems; nothing depends on it resolving (fhir-mapping.md 7).
pub const CODE_BASE: &str = "https://fhir.health-hut.example";

/// How to reach a platform.
#[derive(Clone, Debug)]
pub struct Line {
    /// Base address.
    pub url: String,
    /// The platform's certificate authority.
    pub ca: Option<PathBuf>,
    /// How often, and how long to wait after a failure.
    pub rhythm: Rhythm,
}

impl TryFrom<&PlatformSettings> for Line {
    type Error = SettingsFault;

    fn try_from(settings: &PlatformSettings) -> Result<Self, SettingsFault> {
        let rhythm = Rhythm { every_ms: settings.pause_s()? * 1000, ..Rhythm::default() };
        Ok(Self { url: settings.url.clone(), ca: settings.ca.clone(), rhythm })
    }
}

impl Line {
    /// Opens the line; nothing is sent yet.
    pub fn open(&self) -> Result<Http, WireFault> {
        Http::open(&self.url, self.ca.as_deref(), None)
    }

    /// The sync of this terminal with this platform.
    pub fn engine(&self) -> Engine {
        Engine::new(&self.url, CODE_BASE).with_rhythm(self.rhythm)
    }
}

/// The store as the sync sees it.
pub struct StoreOutbox {
    store: Store,
    reader: Reader,
    clock: Clock,
}

impl StoreOutbox {
    /// A view on a store.
    pub fn new(store: Store, boot: Uuid) -> Result<Self, StoreFault> {
        let reader = store.reader()?;
        let clock = Clock::on(&reader, boot)?;
        Ok(Self { store, reader, clock })
    }
}

impl Outbox for StoreOutbox {
    fn outlook(&mut self) -> Result<Vec<Queued>, OutboxFault> {
        self.reader.outlook().map_err(fault)
    }

    fn parcel(&mut self, unit: UnitId) -> Result<Parcel, OutboxFault> {
        self.reader.parcel(unit).map_err(fault)
    }

    fn report(&mut self, reports: &[Report]) -> Result<(), OutboxFault> {
        self.store.report(reports.to_vec(), &self.clock.now()).map_err(fault)
    }
}

fn fault(cause: StoreFault) -> OutboxFault {
    OutboxFault(Box::new(cause))
}

/// The machine's monotonic clock and randomness.
pub struct RealTiming(Instant);

impl RealTiming {
    /// Starts at zero.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for RealTiming {
    fn default() -> Self {
        Self::new()
    }
}

impl Timing for RealTiming {
    fn now_ms(&mut self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn jitter(&mut self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness all terminals would come at once: a nuisance, no fault.
        if getrandom::fill(&mut bytes).is_err() {
            return 0.5;
        }
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    fn pause(&mut self, ms: u64) {
        thread::sleep(Duration::from_millis(ms));
    }
}

/// The running sync. Dropping it ends the thread after the request under way.
pub struct Courier {
    wake: Option<Sender<Wake>>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Starts the sync; `told` hears after each round how it ended.
    pub fn start(
        line: &Line,
        mut wire: Box<dyn Wire + Send>,
        mut outbox: StoreOutbox,
        mut told: impl FnMut(Result<(), Note>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wake, woken) = mpsc::channel();
        let mut engine = line.engine();
        let work = move || serve(&mut engine, &mut *wire, &mut outbox, &woken, &mut told);
        let thread = thread::Builder::new().name("sync".to_owned()).spawn(work)?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Something to wake the sync with.
    pub fn bell(&self) -> impl Fn(Wake) + Send + 'static {
        let wake = self.wake.clone();
        move |why| {
            if let Some(wake) = &wake {
                // The thread is gone only when the client stops.
                _ = wake.send(why);
            }
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by its own thread.
            _ = thread.join();
        }
    }
}

/// The longest the sync sleeps before it looks at the outbox again.
const LOOK_EVERY: Duration = Duration::from_secs(15);

fn serve(
    engine: &mut Engine,
    wire: &mut dyn Wire,
    outbox: &mut StoreOutbox,
    woken: &Receiver<Wake>,
    told: &mut dyn FnMut(Result<(), Note>),
) {
    let mut timing = RealTiming::new();
    loop {
        let now = timing.now_ms();
        let due = match outbox.outlook() {
            Ok(queued) => match next_step(&Outlook { queued: &queued, pace: engine.pace() }, now) {
                SyncStep::Push(_) | SyncStep::Probe => None,
                SyncStep::SleepUntil(until) => Some(Duration::from_millis(until.saturating_sub(now))),
                SyncStep::Stop(_) => Some(LOOK_EVERY),
            },
            Err(fault) => {
                log::error!("sync: {fault}");
                Some(LOOK_EVERY)
            }
        };
        if let Some(due) = due {
            match woken.recv_timeout(due.min(LOOK_EVERY)) {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::ByHand) => engine.pace_mut().hurry(),
                Ok(Wake::Stored) | Err(RecvTimeoutError::Timeout) => {}
            }
            continue;
        }
        match engine.run_round(outbox, wire, &mut timing) {
            Ok(summary) => {
                log_round(&summary);
                told(summary.result());
            }
            Err(fault) => {
                log::error!("sync: {fault}");
                told(Err(Note::Store));
            }
        }
    }
}

/// Unit ids and counts only: nobody's name belongs into a log.
fn log_round(summary: &RoundSummary) {
    match &summary.ended {
        RoundEnd::Done => log::info!("sync: {} acknowledged", summary.acknowledged.len()),
        RoundEnd::BackedOff { says } => log::warn!("sync: backed off: {says}"),
        RoundEnd::Stopped(reason) => log::warn!("sync: stopped: {reason}"),
    }
    for (unit, says) in &summary.refused {
        log::warn!("sync: unit {unit} refused: {says}");
    }
}
