//! The headless demo: one resident with a high reading and one urgent case, through to the platform and back to the
//! doctor, with real bytes, a real store and real HTTP. Only the fingers and the session's clock are scripted.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, TimeDelta};
use hut_drivers::emulate::Act;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::stage::{DOCTOR, FANG, SHAN, Stage, StageFault, hire};
use crate::kiosk::pictures::{How, Lang, PictureFault, Pictures, Size};
use crate::model::device::{DeviceEvent, Role};
use crate::model::measurement::GlucoseLevel;
use crate::model::resident::{Answer, ConsentSwitch};
use crate::model::{ClockTrust, Moment};
use crate::session::doctor::{DeskTap, SheetKind};
use crate::session::measure::Meal;
use crate::session::{Effect, Event, Item, Symptom, Tap, Visit, World};
use crate::shell::Client;
use crate::shell::courier::{Line, RealTiming, StoreOutbox};
use crate::shell::ports::{Memory, Ports, PortsFault};
use crate::shell::settings::SettingsFault;
use crate::shell::world::{WorldFault, world};
use crate::store::{Opening, StaffFault, Store, StoreFault};
use crate::sync::engine::RoundEnd;
use crate::sync::{Engine, OutboxFault, Wire, WireFault};

/// Why the demo did not end well.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum DemoFault {
    #[error(transparent)]
    Stage(#[from] StageFault),
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    #[error(transparent)]
    World(#[from] WorldFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Staff(#[from] StaffFault),
    #[error(transparent)]
    Ports(#[from] PortsFault),
    #[error(transparent)]
    Wire(#[from] WireFault),
    #[error(transparent)]
    Outbox(#[from] OutboxFault),
    #[error(transparent)]
    Picture(#[from] PictureFault),
    #[error("the screen {wanted} did not come; {found} is in front")]
    Screen { wanted: &'static str, found: &'static str },
    #[error("not everything arrived exactly once: {0}")]
    Count(String),
}

/// Plays the story; `tell` gets one line after the other, pictures go to `out`.
pub fn play(out: &Path, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
    let folder = std::env::temp_dir().join(format!("health-hut-demo-{}", std::process::id()));
    let ended = Story::begin(&folder, out).and_then(|mut story| story.play(tell));
    // The store of a demo is nobody's record; what cannot be removed does no harm.
    _ = std::fs::remove_dir_all(&folder);
    ended
}

struct Story {
    /// Before the stage: who lets go first hears of no device that is gone.
    running: Option<Running>,
    stage: Stage,
    world: Arc<World>,
    opening: Opening,
    now: Moment,
    starts: u8,
    line: Line,
    sync: (Engine, Box<dyn Wire>),
    pictures: Pictures,
    out: PathBuf,
    drawn: u32,
}

/// What is gone when the program is killed.
struct Running {
    client: Client,
    ports: Ports,
    heard: Receiver<(Role, DeviceEvent)>,
}

/// How long a device may take, in real time.
const PATIENCE: Duration = Duration::from_secs(15);

impl Story {
    fn begin(folder: &Path, out: &Path) -> Result<Self, DemoFault> {
        let stage = Stage::set(folder)?;
        let settings = stage.settings();
        let platform = settings.platform.as_ref().expect("the demo has a platform");
        let line = Line::try_from(platform)?;
        let opening = stage.opening();
        let sync: (Engine, Box<dyn Wire>) = (line.engine(), Box::new(line.open()?));
        let wall: DateTime<FixedOffset> = chrono::Local::now().fixed_offset();
        let now = Moment { wall, since_boot_ms: 0, boot: Uuid::nil(), trust: ClockTrust::Trusted };
        std::fs::create_dir_all(out).map_err(StageFault::Io)?;
        let world = Arc::new(world(&settings)?);
        let pictures = Pictures::new()?;
        let (out, drawn) = (out.to_owned(), 0);
        let mut story = Self { stage, running: None, world, opening, now, starts: 0, line, sync, pictures, out, drawn };
        story.start()?;
        hire(story.client().store(), now)?;
        story.kill();
        story.start()?;
        Ok(story)
    }

    fn start(&mut self) -> Result<(), DemoFault> {
        self.starts += 1;
        self.now.boot = Uuid::from_u128(u128::from(self.starts));
        let store = Store::open(&self.opening)?;
        let (client, effects) = Client::start(Arc::clone(&self.world), store, self.now, [self.starts; 32])?;
        let (tell, heard) = mpsc::channel();
        let ports = Ports::open(&self.stage.settings(), &Memory::of(client.store())?, move |role, event| {
            _ = tell.send((role, event))
        })?;
        self.running = Some(Running { client, ports, heard });
        self.carry_out(effects)?;
        let all_up = |story: &Self| story.client().state.devices.values().filter(|up| **up).count() == 4;
        self.listen("the devices", all_up)
    }

    /// As a power cut does it: nothing is closed, nothing is said.
    fn kill(&mut self) {
        self.running = None;
    }

    fn client(&self) -> &Client {
        &self.running.as_ref().expect("the client runs").client
    }

    fn take(&mut self, event: Event) -> Result<(), DemoFault> {
        let now = self.now;
        let running = self.running.as_mut().expect("the client runs");
        let effects = running.client.take(now, event);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), DemoFault> {
        for effect in effects {
            let answer = match effect {
                Effect::Record(commit) => Some(self.client().record_now(commit)),
                Effect::Load(query) => self.client().look_up(self.now, query),
                Effect::Order(role, order) => {
                    self.running.as_ref().expect("the client runs").ports.order(role, order);
                    None
                }
                Effect::Print(slip) => self.running.as_ref().expect("the client runs").ports.print(&slip),
                Effect::SyncNow | Effect::SyncByHand | Effect::Tone(_) => None,
            };
            if let Some(answer) = answer {
                self.take(answer)?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, ms: u64) {
        self.now.since_boot_ms += ms;
        self.now.wall += TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(0));
    }

    fn tap(&mut self, tap: Tap) -> Result<(), DemoFault> {
        self.pass(700);
        self.take(Event::Tap(tap))
    }

    fn taps(&mut self, taps: impl IntoIterator<Item = Tap>) -> Result<(), DemoFault> {
        taps.into_iter().try_for_each(|tap| self.tap(tap))
    }

    fn wait(&mut self, seconds: u64) -> Result<(), DemoFault> {
        for _ in 0..seconds {
            self.pass(1000);
            self.take(Event::Tick)?;
        }
        Ok(())
    }

    /// Hears the devices until something is true.
    fn listen(&mut self, wanted: &'static str, reached: impl Fn(&Self) -> bool) -> Result<(), DemoFault> {
        let until = Instant::now() + PATIENCE;
        while !reached(self) {
            let running = self.running.as_ref().expect("the client runs");
            match running.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((role, event)) => self.take(Event::Device(role, event))?,
                Err(_) => return Err(DemoFault::Screen { wanted, found: self.client().state.screen.id() }),
            }
        }
        Ok(())
    }

    /// Waits for a screen, and draws it.
    fn screen(&mut self, id: &'static str, name: &str) -> Result<(), DemoFault> {
        self.listen(id, |story| story.client().state.screen.id() == id)?;
        self.draw(id, name)
    }

    fn draw(&mut self, id: &str, name: &str) -> Result<(), DemoFault> {
        self.drawn += 1;
        let path = self.out.join(format!("{:02}-{id}-{name}.png", self.drawn));
        let running = self.running.as_ref().expect("the client runs");
        let how = How { size: Size::panel(1280, 800), lang: Lang::ZhCn, text_scale: 1.0 };
        self.pictures.show(&self.world, &running.client.state, how)?;
        Ok(self.pictures.save(0, &path)?)
    }

    fn round(&mut self) -> Result<usize, DemoFault> {
        let mut outbox = StoreOutbox::new(self.client().store().clone(), self.now.boot)?;
        let (engine, wire) = &mut self.sync;
        let summary = engine.run_round(&mut outbox, &mut **wire, &mut RealTiming::new())?;
        if let RoundEnd::Stopped(reason) = &summary.ended {
            return Err(DemoFault::Count(reason.to_string()));
        }
        if let Some(event) = self.client().outbox_event(self.now, Some(summary.result())) {
            self.take(event)?;
        }
        Ok(summary.acknowledged.len())
    }

    /// Tries until the platform is there; each time anew, so that no back-off is waited out.
    fn reconnected(&mut self) -> Result<usize, DemoFault> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.sync.0 = self.line.engine();
            let sent = self.round()?;
            if sent > 0 || Instant::now() > until {
                return Ok(sent);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn play(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
        self.stage.platform.unplug();
        tell("The network is down. A resident comes.");
        self.high_reading(tell)?;
        tell("Power fails right after \"saved\". The client starts again on the same store.");
        self.kill();
        self.start()?;
        self.urgent_case(tell)?;
        let failed = self.round()?;
        tell(&format!("The platform cannot be reached: {failed} units sent, everything waits."));
        self.stage.platform.plug_in();
        let sent = self.reconnected()?;
        tell(&format!("The network is back: {sent} units acknowledged."));
        self.doctor(tell)?;
        self.check(tell)
    }

    fn consent(&mut self) -> Result<(), DemoFault> {
        self.taps([
            Tap::Switch(ConsentSwitch::Keep),
            Tap::Switch(ConsentSwitch::DoctorView),
            Tap::Switch(ConsentSwitch::Upload),
        ])?;
        self.draw("R05", "consent")?;
        self.tap(Tap::Agree)
    }

    fn high_reading(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
        self.draw("R01", "idle")?;
        self.tap(Tap::Screen)?;
        self.screen("R02", "identify")?;
        self.stage.card(&FANG);
        self.screen("R04", "is-this-you")?;
        self.tap(Tap::Yes)?;
        self.consent()?;
        self.screen("R06", "choose")?;
        self.tap(Tap::Item(Item::All))?;
        self.screen("R07", "before")?;
        self.tap(Tap::Habit(None))?;
        self.screen("R08", "cuff")?;
        self.tap(Tap::Next)?;
        self.screen("R09", "posture")?;
        self.tap(Tap::Next)?;
        self.wait(72)?;
        self.screen("R10", "rest")?;
        self.wait(228)?;
        self.screen("R11", "measuring")?;
        self.stage.pressure(146, 92, 77);
        self.screen("R12", "pause")?;
        self.wait(60)?;
        self.screen("R11", "second")?;
        self.stage.pressure(144, 90, 75);
        self.screen("R13", "height-weight")?;
        self.stage.act(
            Role::HeightWeight,
            Act::HeightWeight { height: Decimal::new(1580, 1), weight: Decimal::new(6444, 2) },
        );
        self.listen(
            "R13",
            |story| matches!(&story.client().state.screen, crate::session::Screen::Body(step) if step.weight.is_some()),
        )?;
        self.draw("R13", "confirm")?;
        self.tap(Tap::Yes)?;
        self.screen("R14", "waist")?;
        self.taps("88".chars().map(Tap::Key))?;
        self.tap(Tap::Next)?;
        self.screen("R15", "meal")?;
        self.tap(Tap::Meal(Meal::Fasting))?;
        self.tap(Tap::Next)?;
        self.screen("R18", "illness")?;
        self.tap(Tap::Illness(None))?;
        self.screen("R16", "glucose")?;
        self.listen(
            "R16",
            |story| matches!(&story.client().state.screen, crate::session::Screen::Glucose(step) if step.ready),
        )?;
        self.stage.act(Role::Glucose, Act::Glucose { mg_per_dl: 97, control: false });
        self.screen("R19", "oxygen-temperature")?;
        self.stage.others();
        self.listen(
            "R19",
            |story| matches!(&story.client().state.screen, crate::session::Screen::Others(step) if step.spo2.is_some() && step.temperature.is_some()),
        )?;
        self.draw("R19", "others")?;
        self.tap(Tap::Next)?;
        self.screen("R17", "question")?;
        self.taps([Answer::Never, Answer::No, Answer::Some, Answer::Some].map(Tap::Answer))?;
        self.tap(Tap::Illness(None))?;
        self.screen("R20", "result")?;
        if let Some(visit) = &self.client().state.visit {
            tell(&measured(visit));
            tell(&judged(visit));
        }
        self.stage.lift();
        Ok(())
    }

    fn urgent_case(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
        self.tap(Tap::Screen)?;
        self.stage.card(&SHAN);
        self.screen("R04", "second-resident")?;
        self.tap(Tap::Yes)?;
        self.taps([ConsentSwitch::Keep, ConsentSwitch::DoctorView, ConsentSwitch::Upload].map(Tap::Switch))?;
        self.tap(Tap::Agree)?;
        self.tap(Tap::Item(Item::Pressure))?;
        self.tap(Tap::Habit(None))?;
        self.taps([Tap::Next, Tap::Next])?;
        self.wait(3)?;
        self.tap(Tap::Rested)?;
        self.screen("R11", "urgent-first")?;
        self.stage.pressure(188, 116, 92);
        self.screen("R22", "case-open")?;
        self.tap(Tap::Symptom(Symptom::None))?;
        self.wait(61)?;
        self.stage.pressure(184, 112, 90);
        self.listen("R22", |story| {
            story.client().state.visit.as_ref().is_some_and(|visit| visit.pressures().len() == 2)
        })?;
        self.draw("R22", "urgent")?;
        tell("A second resident: 188/116, repeated 184/112. The red page is open and stays until a staff PIN.");
        self.stage.lift();
        Ok(())
    }

    fn doctor(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
        self.tap(Tap::Staff)?;
        self.tap(Tap::Desk(DeskTap::Person(0)))?;
        self.taps(DOCTOR.1.chars().map(Tap::Key))?;
        self.draw("D01", "pin")?;
        self.tap(Tap::Next)?;
        self.screen("D02", "queue")?;
        let waiting = self.client().state.desk.cases.len();
        tell(&format!("The doctor signs in: {waiting} cases, the urgent one on top."));
        self.tap(Tap::Desk(DeskTap::Open(SheetKind::Refer)))?;
        self.screen("D03", "refer")?;
        self.tap(Tap::Desk(DeskTap::Confirm))?;
        self.screen("D02", "after-referral")?;
        self.tap(Tap::Desk(DeskTap::Open(SheetKind::Register)))?;
        self.screen("D03", "register")?;
        self.tap(Tap::Desk(DeskTap::Confirm))?;
        self.screen("D02", "all-done")?;
        let sent = self.round()?;
        tell(&format!("Referred the one, registered the other: {sent} reviews acknowledged."));
        Ok(())
    }

    /// Exactly once, counted on the platform's side.
    fn check(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), DemoFault> {
        let platform = &self.stage.platform;
        for (kind, wanted) in
            [("Patient", 2), ("Encounter", 2), ("Flag", 2), ("EpisodeOfCare", 1), ("ServiceRequest", 1)]
        {
            let found = platform.count(kind);
            if found != wanted {
                return Err(DemoFault::Count(format!("{found} {kind} instead of {wanted}")));
            }
        }
        let active = platform.all("EpisodeOfCare").iter().filter(|episode| episode["status"] == "active").count();
        let reviewed = platform.all("Task").iter().filter(|task| task["status"] == "completed").count();
        let doubles = platform.doubles();
        if active != 1 || reviewed != 2 || !doubles.is_empty() {
            return Err(DemoFault::Count(format!(
                "{active} active registrations, {reviewed} reviews, doubles {doubles:?}"
            )));
        }
        let counts = self.client().reader().outbox_counts(&self.now)?;
        let waiting: u32 = counts.waiting.iter().sum();
        if waiting > 0 || !counts.refused.is_empty() {
            return Err(DemoFault::Count(format!("{waiting} units wait, {} are refused", counts.refused.len())));
        }
        let all: usize = platform.counts().values().sum();
        tell(&format!("On the platform: {all} resources, each once; 2 flags, 2 reviews, 1 registration, 1 referral."));
        Ok(())
    }
}

/// What the devices said, as the visit holds it.
fn measured(visit: &Visit) -> String {
    let [systolic, diastolic] = visit.assessment.as_ref().and_then(|assessment| assessment.bp_mean).unwrap_or_default();
    let mut told =
        format!("Measured over serial lines: {systolic}/{diastolic} mmHg (mean of {})", visit.pressures().len());
    if let (Some(height), Some(weight)) = (visit.height(), visit.weight()) {
        told += &format!(", {height} cm, {weight} kg");
    }
    if let Some((GlucoseLevel::Value(glucose), _)) = visit.glucose() {
        told += &format!(", glucose {glucose} mmol/L");
    }
    if let (Some(spo2), Some(celsius)) = (visit.spo2(), visit.temperature()) {
        told += &format!(", oxygen {spo2} %, {celsius} °C");
    }
    if let Some(waist) = visit.waist() {
        told += &format!("; typed: waist {waist} cm");
    }
    told + "."
}

/// What the rules made of it.
fn judged(visit: &Visit) -> String {
    let assessment = visit.assessment.clone().unwrap_or_default();
    let list = |ids: Vec<&str>| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    format!(
        "Judged by {}: for a doctor {}; high-risk criteria met: {}; advice given: {}.",
        assessment.edition,
        format!("{:?}", assessment.urgency).to_lowercase(),
        list(assessment.high_risk.iter().map(|row| row.as_str()).collect()),
        list(assessment.guidance.iter().map(|item| item.id.as_str()).collect()),
    )
}
