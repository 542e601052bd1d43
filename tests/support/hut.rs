//! A client in a box: the real state, rules and store, a scripted clock, and a platform that can be unplugged.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, TimeDelta};
use health_hut::demo::Platform;
use health_hut::model::device::{DeviceEvent, Monitor, Role};
use health_hut::model::{ClockTrust, Commit, Duty, Fact, Moment};
use health_hut::session::{Effect, Event, State, Tap, World};
use health_hut::shell::courier::{Line, StoreOutbox};
use health_hut::shell::{Client, site};
use health_hut::store::{KeySource, Opening, Reader, Store};
use health_hut::sync::plan::Rhythm;
use health_hut::sync::{Engine, Timing, Wire};
use health_hut::{model, seeds};
use uuid::Uuid;

pub struct Hut {
    folder: PathBuf,
    client: Option<Client>,
    now: Moment,
    starts: u8,
    pub commits: Vec<Commit>,
    pub platform: Platform,
    pub online: bool,
    line: Option<(Engine, Box<dyn Wire>)>,
}

pub const DOCTOR: &str = "李建国";
pub const PIN: &str = "481526";

impl Hut {
    pub fn open_at(name: &str, local: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hut-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        Self::open_in(folder, local)
    }

    /// Opens on whatever an earlier run left in the folder.
    pub fn open_in(folder: PathBuf, local: &str) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let wall: DateTime<FixedOffset> =
            DateTime::parse_from_rfc3339(&format!("{}:00+08:00", local.replace(' ', "T"))).unwrap();
        let now = Moment { wall, since_boot_ms: 0, boot: Uuid::nil(), trust: ClockTrust::Trusted };
        let platform = Platform::start().unwrap();
        let mut hut =
            Self { folder, client: None, now, starts: 0, commits: Vec::new(), platform, online: false, line: None };
        hut.start();
        if hut.reader().staff().unwrap().is_empty() {
            let mut mint = model::Mint::new([9; 32]);
            site::add_staff(hut.client().store(), DOCTOR, "doctor", PIN, &mut mint, now).unwrap();
            hut.power_cut();
        }
        hut
    }

    fn opening(&self) -> Opening {
        Opening {
            allow_plain: true,
            ..Opening::new(self.folder.join("hut.db"), KeySource::K1 { file: self.folder.join("hut.key") })
        }
    }

    fn start(&mut self) {
        self.starts += 1;
        self.now.boot = Uuid::from_u128(u128::from(self.starts));
        let store = Store::open(&self.opening()).unwrap();
        let (client, effects) =
            Client::start(std::sync::Arc::new(world()), store, self.now, [self.starts; 32]).unwrap();
        self.client = Some(client);
        self.carry_out(effects);
        for role in [Role::IdCard, Role::BloodPressure, Role::HeightWeight, Role::Glucose, Role::Scanner] {
            self.hears(role, DeviceEvent::Up);
        }
    }

    pub fn power_cut(&mut self) {
        self.client = None;
        self.start();
    }

    fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the client runs")
    }

    pub fn state(&self) -> &State {
        &self.client.as_ref().expect("the client runs").state
    }

    pub fn reader(&self) -> &Reader {
        self.client.as_ref().expect("the client runs").reader()
    }

    pub fn now(&self) -> Moment {
        self.now
    }

    pub fn taps(&mut self, tap: Tap) {
        self.pass(500);
        self.take(Event::Tap(tap));
    }

    pub fn hears(&mut self, role: Role, event: DeviceEvent) {
        self.take(Event::Device(role, event));
    }

    pub fn waits(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(1000);
            self.take(Event::Tick);
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now.since_boot_ms += ms;
        self.now.wall += TimeDelta::milliseconds(i64::try_from(ms).unwrap());
    }

    fn take(&mut self, event: Event) {
        let now = self.now;
        let effects = self.client().take(now, event);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let now = self.now;
        for effect in effects {
            match effect {
                Effect::Record(commit) => {
                    let answer = self.client().record_now(commit.clone());
                    assert!(matches!(answer, Event::Recorded(Ok(()))), "the store refused {commit:?}");
                    self.commits.push(commit);
                    self.take(answer);
                }
                Effect::Load(query) => {
                    let answer = self.client().look_up(now, query).expect("the store answers");
                    self.take(answer);
                }
                Effect::SyncNow | Effect::SyncByHand => self.sync(),
                Effect::Print(_) => self.hears(Role::Printer, DeviceEvent::Printed(Ok(()))),
                Effect::Order(..) | Effect::Tone(_) => {}
            }
        }
    }

    /// One round, if the line is there.
    pub fn sync(&mut self) {
        if !self.online {
            return;
        }
        let line = Line { url: self.platform.url(), ca: None, rhythm: Rhythm::default() };
        let (engine, wire) = self.line.get_or_insert_with(|| (line.engine(), Box::new(line.open().unwrap())));
        let store = self.client.as_ref().expect("the client runs").store().clone();
        let mut outbox = StoreOutbox::new(store, Uuid::nil()).unwrap();
        engine.run_round(&mut outbox, &mut **wire, &mut Scripted(self.now.since_boot_ms)).unwrap();
    }

    pub fn fact_kinds(commit: &Commit) -> Vec<String> {
        commit.facts.iter().map(|fact| Fact::kind(&fact.fact)).map(|kind| camel(&kind)).collect()
    }
}

impl Drop for Hut {
    fn drop(&mut self) {
        self.client = None;
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Scripted(u64);

impl Timing for Scripted {
    fn now_ms(&mut self) -> u64 {
        self.0
    }
    fn jitter(&mut self) -> f64 {
        0.0
    }
    fn pause(&mut self, ms: u64) {
        self.0 += ms;
    }
}

fn world() -> World {
    let fitted = [
        (Role::IdCard, "idcard-sdt-sam"),
        (Role::BloodPressure, "bp-omron-hbp9030"),
        (Role::HeightWeight, "scale-gtech-gl150"),
        (Role::Glucose, "glucose-onetouch-ultra2"),
        (Role::Scanner, "scanner-serial"),
        // Not there until a journey says so.
        (Role::Spo2, "spo2-contec-cms50"),
        (Role::Temperature, "temp-suretemp-plus"),
    ];
    World {
        station: model::Station {
            referral_to: vec!["县人民医院 急诊科".to_owned()],
            ..seeds::station(seeds::DEMO_STATION).unwrap().unwrap()
        },
        rules: seeds::rule_book(None).unwrap(),
        consent: Some(seeds::consent(None).unwrap()),
        fitted: fitted.map(|(role, model)| (role, model.to_owned())).into(),
        monitor: Monitor::default(),
        duty: Duty::default(),
        card_opens_history: false,
    }
}

fn camel(snake: &str) -> String {
    snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
