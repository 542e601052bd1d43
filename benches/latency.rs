//! From the last byte of a frame on the wire to the changed state of the screen, over a pseudo-terminal: port thread,
//! decoder, session. Prints median and p99.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::Local;
use health_hut::demo::stage::Stage;
use health_hut::model::device::{DeviceEvent, Role};
use health_hut::model::{ClockTrust, Moment};
use health_hut::session::{Event, PressureStep, Screen, State, Tap, World, update};
use health_hut::shell::ports::{Memory, Ports};
use health_hut::shell::world::world;
use uuid::Uuid;

const ROUNDS: usize = 200;

fn main() {
    let folder = std::env::temp_dir().join(format!("hut-latency-{}", std::process::id()));
    let stage = Stage::set(&folder).expect("a stage");
    let settings = stage.settings();
    let world = Arc::new(world(&settings).expect("a world"));
    let (tell, heard) = mpsc::channel();
    let _ports =
        Ports::open(&settings, &Memory::default(), move |role, event| _ = tell.send((role, event))).expect("ports");
    let mut took = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let state = measuring(&world, u64::try_from(round).expect("small") * 1000);
        let sent = Instant::now();
        stage.pressure(128, 80, 70);
        while let Ok((role, event)) = heard.recv_timeout(Duration::from_secs(5)) {
            if matches!(event, DeviceEvent::Reading { .. }) {
                let (state, _) = update(&world, state, moment(0), Event::Device(role, event));
                assert!(state.visit.is_none(), "nobody sits here: the reading is nobody's");
                took.push(sent.elapsed());
                break;
            }
        }
    }
    took.sort_unstable();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!("last byte to state, {} readings over a pty: median {:?}, p99 {:?}", took.len(), at(50), at(99));
    drop(stage);
    _ = std::fs::remove_dir_all(folder);
}

fn measuring(world: &World, ms: u64) -> State {
    let mut state = State::new(moment(ms), [1; 32]);
    state.devices.insert(Role::BloodPressure, true);
    state.screen = Screen::Pressure(PressureStep::Posture);
    update(world, state, moment(ms), Event::Tap(Tap::Language)).0
}

fn moment(since_boot_ms: u64) -> Moment {
    Moment { wall: Local::now().fixed_offset(), since_boot_ms, boot: Uuid::nil(), trust: ClockTrust::Trusted }
}
