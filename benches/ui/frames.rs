//! Frames of every animated screen, drawn as the window draws them: only what has changed.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use health_hut::commands::screens::samples::{self, Sample, Shown};
use health_hut::kiosk::pictures::{Size, TouchPanel};
use health_hut::model::device::{DeviceEvent, Role};
use health_hut::session::{Event, State, World, update};

/// One in sixty of a second.
const FRAME: Duration = Duration::from_micros(16_667);
/// Ten seconds.
const FRAMES: u32 = 600;

/// A screen on which something moves.
struct Scene {
    what: &'static str,
    sample: (&'static str, &'static str),
    /// What comes in between two frames, besides the clock.
    event: fn(u32) -> Option<Event>,
}

const SCENES: [Scene; 7] = [
    Scene { what: "R01 the tip changes", sample: ("R01-idle", "normal"), event: nothing },
    Scene { what: "R10 rest, a ring each second", sample: ("R10-rest", "normal"), event: nothing },
    Scene { what: "R11 cuff pressure, ten a second", sample: ("R11-measuring", "normal"), event: cuff },
    Scene { what: "R11 a ring that turns", sample: ("R11-measuring", "silent"), event: nothing },
    Scene { what: "R12 pause, a ring each second", sample: ("R12-between", "normal"), event: nothing },
    Scene { what: "R22 urgent, counting", sample: ("R22-urgent", "normal"), event: nothing },
    Scene { what: "R24 goodbye, a ring each second", sample: ("R24-goodbye", "normal"), event: nothing },
];

fn nothing(_: u32) -> Option<Event> {
    None
}

fn cuff(frame: u32) -> Option<Event> {
    let pressure = u16::try_from(40 + frame % 120).expect("small");
    frame.is_multiple_of(6).then_some(Event::Device(Role::BloodPressure, DeviceEvent::Cuff(pressure)))
}

/// Measures and prints.
pub fn run() {
    println!(
        "frames, one core, software renderer        panel       median     p95      worst   changed  (bar: p95 16 ms)"
    );
    for size in [(1920, 1080), (1080, 1920)] {
        let samples = samples::all().expect("the samples");
        for scene in &SCENES {
            let Some(sample) = samples.iter().find(|sample| (sample.name, sample.variant) == scene.sample) else {
                println!("{:<42} has no sample {:?}", scene.what, scene.sample);
                continue;
            };
            film(scene, sample, size);
        }
        switches(&samples, size);
    }
}

fn film(scene: &Scene, sample: &Sample, (width, height): (u32, u32)) {
    let Shown::State(state) = &sample.shown else { return };
    let panel = TouchPanel::new(sample.world.clone(), Size::panel(width, height), |_| {}).expect("a panel");
    panel.show(state);
    let mut state = (**state).clone();
    let mut frames = Times::default();
    for frame in 0..FRAMES {
        let begun = Instant::now();
        if frame.is_multiple_of(15) {
            state = passes(&sample.world, state, 250);
            panel.tell(state.clone());
        }
        if let Some(event) = (scene.event)(frame) {
            let now = state.now;
            state = update(&sample.world, state, now, event).0;
            panel.tell(state.clone());
        }
        if let Some(changed) = panel.pass(FRAME) {
            frames.push(begun.elapsed(), changed);
        }
    }
    frames.print(scene.what, (width, height));
}

/// One screen after the other: the whole panel is drawn anew.
fn switches(samples: &[Sample], (width, height): (u32, u32)) {
    let world = samples[0].world.clone();
    let panel = TouchPanel::new(world, Size::panel(width, height), |_| {}).expect("a panel");
    let mut frames = Times::default();
    for _ in 0..3 {
        for sample in samples {
            let Shown::State(state) = &sample.shown else { continue };
            let begun = Instant::now();
            panel.tell((**state).clone());
            if let Some(changed) = panel.pass(FRAME) {
                frames.push(begun.elapsed(), changed);
            }
            panel.pass(Duration::from_secs(1));
        }
    }
    frames.print("a screen takes the place of another", (width, height));
}

/// So many milliseconds later.
fn passes(world: &World, state: State, ms: i64) -> State {
    let mut now = state.now;
    now.wall += TimeDelta::milliseconds(ms);
    now.since_boot_ms += ms.unsigned_abs();
    update(world, state, now, Event::Tick).0
}

#[derive(Default)]
struct Times {
    took: Vec<Duration>,
    changed: f32,
}

impl Times {
    fn push(&mut self, took: Duration, changed: f32) {
        self.took.push(took);
        self.changed += changed;
    }

    fn print(mut self, what: &str, (width, height): (u32, u32)) {
        self.took.sort_unstable();
        let count = self.took.len();
        if count == 0 {
            println!("{what:<42} {width}x{height}   nothing moved");
            return;
        }
        let at = |share: usize| self.took[(count * share / 100).min(count - 1)].as_secs_f64() * 1000.0;
        let changed = self.changed / count as f32 * 100.0;
        println!(
            "{what:<42} {width}x{height} {:>7.2} ms {:>7.2} ms {:>7.2} ms {changed:>6.1} %",
            at(50),
            at(95),
            at(100)
        );
    }
}
