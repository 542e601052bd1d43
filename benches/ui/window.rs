//! The real window on a virtual display: touch, idle, start and memory, beside Chromium showing the same picture.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Local;
use health_hut::demo::stage::Stage;
use health_hut::kiosk::inspect;
use health_hut::kiosk::pictures::{How, Lang, Pictures, Size};
use health_hut::model::device::DeviceEvent;
use health_hut::model::{ClockTrust, Moment};
use health_hut::session::{Event, State, Tap, World, update};
use health_hut::shell::settings::Settings;
use health_hut::shell::world::world;
use uuid::Uuid;

use crate::display::{Display, Spot};

/// The panel of these measurements.
const PANEL: (u32, u32) = (1920, 1080);
/// Starts of each program; the median counts.
const STARTS: usize = 5;
/// Keys pressed.
const KEYS: usize = 200;
/// How long nobody touches anything.
const IDLE: Duration = Duration::from_secs(30);
/// When something is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures and prints.
pub fn run() {
    let folder = std::env::temp_dir().join(format!("hut-bench-ui-{}", std::process::id()));
    let stage = Stage::set(&folder).expect("a stage");
    let settings = stage.settings();
    let config = folder.join("hut.toml");
    fs::write(&config, toml_of(&settings)).expect("the folder can be written");
    let display = Display::open(PANEL);
    let plan = Plan::of(&settings);

    let ours = || client(&config, &display);
    // The first start makes the store and its key.
    drop(first_picture(&display, &plan, ours()));
    touch(&display, &plan, ours());
    idle(&display, &plan, ours());
    beside(&folder, &display, &plan, &ours);
    drop(stage);
    _ = fs::remove_dir_all(folder);
}

fn touch(display: &Display, plan: &Plan, client: Running) {
    let (_client, _) = first_picture(display, plan, client);
    std::thread::sleep(Duration::from_secs(2));
    for (x, y) in [plan.start, plan.number] {
        tap(display, x, y);
        std::thread::sleep(Duration::from_secs(1));
    }
    let (mut pressed, mut shown, mut lost) = (Vec::new(), Vec::new(), 0);
    for round in 0..KEYS {
        let (x, y) = if round % 10 == 9 { plan.clear } else { plan.key };
        match changes(display, plan.around(x, y), || display.finger(true, x, y)) {
            Some(took) => pressed.push(took),
            None => lost += 1,
        }
        match changes(display, plan.field, || display.finger(false, x, y)) {
            Some(took) => shown.push(took),
            None => lost += 1,
        }
        std::thread::sleep(Duration::from_millis(120));
    }
    println!("\ntouch, real window {}x{}, one core            median      p99  (bar: 50 ms, 100 ms)", PANEL.0, PANEL.1);
    print_times("press to the key's answer", pressed);
    print_times("lift to the digit in its field", shown);
    if lost > 0 {
        println!("{lost} of {} touches changed nothing within a second", 2 * KEYS);
    }
}

/// From an act to the changed pixels of a place.
fn changes(display: &Display, spot: Spot, act: impl FnOnce()) -> Option<Duration> {
    let before = display.look(spot);
    let begun = Instant::now();
    act();
    while begun.elapsed() < Duration::from_secs(1) {
        if display.look(spot) != before {
            return Some(begun.elapsed());
        }
    }
    None
}

fn tap(display: &Display, x: i16, y: i16) {
    display.finger(true, x, y);
    std::thread::sleep(Duration::from_millis(80));
    display.finger(false, x, y);
}

fn idle(display: &Display, plan: &Plan, client: Running) {
    let (client, _) = first_picture(display, plan, client);
    std::thread::sleep(Duration::from_secs(5));
    let before = client.processor_time();
    std::thread::sleep(IDLE);
    let used = client.processor_time().saturating_sub(before);
    let share = used.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    println!("\nidle on R01: {share:.2} % of a core over {} s (bar: 1 %)", IDLE.as_secs());
}

fn beside(folder: &Path, display: &Display, plan: &Plan, ours: &dyn Fn() -> Running) {
    let page = folder.join("copy.html");
    fs::write(&page, plan.html()).expect("the folder can be written");
    let theirs = || chromium(&page, folder, display);
    let (mut our, mut their) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        our.push(start(display, plan, ours()));
        their.push(start(display, plan, theirs()));
    }
    let median = |mut all: Vec<(Duration, u64)>| {
        all.sort_unstable();
        let time = all[all.len() / 2].0;
        all.sort_unstable_by_key(|(_, memory)| *memory);
        (time, all[all.len() / 2].1)
    };
    let ((our_time, our_memory), (their_time, their_memory)) = (median(our), median(their));
    println!("\nmedian of {STARTS} starts in turn, one core      health-hut    Chromium     ratio  (bar: 1/5 and 1/8)");
    println!(
        "start of the process to its picture      {:>8.2} s  {:>8.2} s   1/{:.1}",
        our_time.as_secs_f64(),
        their_time.as_secs_f64(),
        their_time.as_secs_f64() / our_time.as_secs_f64()
    );
    println!(
        "memory (PSS), 5 s later                  {:>6} MiB  {:>6} MiB   1/{:.1}",
        our_memory / 1024,
        their_memory / 1024,
        their_memory as f64 / our_memory as f64
    );
}

fn start(display: &Display, plan: &Plan, running: Running) -> (Duration, u64) {
    let (running, took) = first_picture(display, plan, running);
    std::thread::sleep(Duration::from_secs(5));
    (took, running.memory_kib())
}

/// Waits until the bar of R01 has its colour on the display.
fn first_picture(display: &Display, plan: &Plan, running: Running) -> (Running, Duration) {
    let begun = running.begun;
    let spot = Spot { x: plan.start.0, y: plan.start.1, width: 1, height: 1 };
    while display.look(spot)[..3] != [plan.bar[2], plan.bar[1], plan.bar[0]] {
        assert!(begun.elapsed() < PATIENCE, "no picture within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    (running, begun.elapsed())
}

fn print_times(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let Some(last) = took.len().checked_sub(1) else {
        println!("{what:<40} nothing changed");
        return;
    };
    let at = |share: usize| took[(took.len() * share / 100).min(last)].as_secs_f64() * 1000.0;
    println!("{what:<44} {:>6.1} ms {:>6.1} ms", at(50), at(99));
}

/// Where things stand on the panel, read from the screens themselves.
struct Plan {
    /// The bar of R01, and its colour.
    start: (i16, i16),
    bar: [u8; 3],
    edges: (i16, i16, i16, i16),
    /// 输入身份证号 on R02.
    number: (i16, i16),
    /// A digit and 清空 on R03, and where the digits stand.
    key: (i16, i16),
    clear: (i16, i16),
    field: Spot,
}

impl Plan {
    fn of(settings: &Settings) -> Self {
        let world = Arc::new(world(settings).expect("a world"));
        let pictures = Pictures::new().expect("pictures");
        let how = How { size: Size::panel(PANEL.0, PANEL.1), lang: Lang::ZhCn, text_scale: 1.0 };
        let place = |state: &State, name: &str| {
            pictures.show(&world, state, how).expect("a picture");
            let targets = inspect::targets(pictures.window());
            let target = targets.iter().find(|target| target.name == name);
            let (x, y) = target.unwrap_or_else(|| panic!("no “{name}” among {targets:?}")).middle();
            ((x * how.size.stand.scale) as i16, (y * how.size.stand.scale) as i16)
        };
        let mut state = State::new(moment(), [1; 32]);
        for device in &settings.device {
            state = then(&world, state, Event::Device(device.role, DeviceEvent::Up));
        }
        pictures.show(&world, &state, how).expect("a picture");
        let pixels = pictures.page(0);
        // The bar of R01 has the product's own green.
        let bar = [0x0b, 0x6b, 0x5e];
        let of_bar = |at: &usize| pixels[at * 3..at * 3 + 3] == bar;
        let places: Vec<usize> = (0..pixels.len() / 3).filter(of_bar).collect();
        let column = |at: &usize| (at % PANEL.0 as usize) as i16;
        let row = |at: &usize| (at / PANEL.0 as usize) as i16;
        let (left, right) = (places.iter().map(column).min(), places.iter().map(column).max());
        let (bottom, top) = (places.last().map(row), places.iter().map(row).max().map(|last| last - 120));
        let edges = (left.expect("green"), top.expect("green"), right.expect("green"), bottom.expect("green"));
        // A little inside the bar's lower left corner nothing is written.
        let start = (edges.0 + 30, edges.3 - 12);
        state = then(&world, state, Event::Tap(Tap::Screen));
        let number = place(&state, "输入身份证号");
        state = then(&world, state, Event::Tap(Tap::TypeNumber));
        let (key, clear) = (place(&state, "1"), place(&state, "清空"));
        let field = Spot { x: 100, y: 250, width: 600, height: 400 };
        Self { start, bar, edges, number, key, clear, field }
    }

    fn around(&self, x: i16, y: i16) -> Spot {
        Spot { x: x - 60, y: y - 40, width: 40, height: 30 }
    }

    /// R01 once more, as a page without scripts.
    fn html(&self) -> String {
        let (left, top, right, bottom) = self.edges;
        let (wide, tall) = (right - left, bottom - top);
        format!(
            r#"<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #f3f6f6; color: #10242b; font: 30px "Noto Sans CJK SC", sans-serif; overflow: hidden }}
header {{ position: absolute; left: 80px; top: 48px; font-size: 43px; font-weight: 700 }}
main {{ position: absolute; left: {left}px; top: 172px; width: {wide}px; height: {}px; border-radius: 32px;
  background: #dcefeb; box-sizing: border-box; padding: 160px 60px 0 720px }}
h1 {{ font-size: 65px; color: #064a41; margin: 0 }}
footer {{ position: absolute; left: {left}px; top: {top}px; width: {wide}px; height: {tall}px; border-radius: 32px;
  background: #0b6b5e; color: #fff; font-size: 54px; font-weight: 700; line-height: {tall}px; text-indent: 170px }}
</style><header>健康小屋 <small>三工镇卫生院 · 1 号机</small></header>
<main><p>今日健康提示 · 减盐</p><h1>每人每天，食盐不超过 5 克</h1><p>用 2 克限盐勺，全家做菜心里有数。</p></main>
<footer>点一下屏幕开始</footer>"#,
            top - 172 - 30
        )
    }
}

fn then(world: &World, state: State, event: Event) -> State {
    update(world, state, moment(), event).0
}

fn moment() -> Moment {
    Moment { wall: Local::now().fixed_offset(), since_boot_ms: 60_000, boot: Uuid::nil(), trust: ClockTrust::Trusted }
}

/// A program that was started, with all it started itself. Ends with this value.
struct Running {
    child: Child,
    begun: Instant,
}

fn client(config: &Path, display: &Display) -> Running {
    let mut command = on_first_core(env!("CARGO_BIN_EXE_health-hut").as_ref());
    command.arg("--config").arg(config);
    spawn(command, display)
}

fn chromium(page: &Path, folder: &Path, display: &Display) -> Running {
    let mut command = on_first_core("chromium".as_ref());
    command.args(["--kiosk", "--no-sandbox", "--no-first-run", "--disable-extensions", "--window-position=0,0"]);
    command.arg(format!("--window-size={},{}", PANEL.0, PANEL.1));
    command.arg(format!("--user-data-dir={}", folder.join("chromium").display()));
    command.arg(format!("file://{}", page.display()));
    spawn(command, display)
}

fn on_first_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

fn spawn(mut command: Command, display: &Display) -> Running {
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let child = command.spawn().expect("taskset (util-linux) starts the program");
    Running { child, begun }
}

impl Running {
    /// Itself and all below it.
    fn family(&self) -> Vec<u32> {
        let parent = |pid: u32| -> Option<u32> {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
        };
        let entries = fs::read_dir("/proc").expect("Linux").flatten();
        let all: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        let mut family = vec![self.child.id()];
        let mut at = 0;
        while at < family.len() {
            let elder = family[at];
            family.extend(all.iter().filter(|pid| parent(**pid) == Some(elder)));
            at += 1;
        }
        family
    }

    /// Proportional share of memory, KiB.
    fn memory_kib(&self) -> u64 {
        let pss = |pid: u32| -> Option<u64> {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            rollup.lines().find(|line| line.starts_with("Pss:"))?.split_whitespace().nth(1)?.parse().ok()
        };
        self.family().into_iter().filter_map(pss).sum()
    }

    fn processor_time(&self) -> Duration {
        // Clock ticks of Linux's user space are hundredths of a second.
        let ticks = |pid: u32| -> Option<u64> {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
            Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
        };
        Duration::from_millis(self.family().into_iter().filter_map(ticks).sum::<u64>() * 10)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for pid in self.family().into_iter().rev() {
            // What has ended by itself is no fault.
            _ = Command::new("kill").arg(pid.to_string()).stderr(Stdio::null()).status();
        }
        _ = self.child.wait();
        // The display shows nothing of the one before when the next begins.
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn toml_of(settings: &Settings) -> String {
    let mut text = format!(
        "[station]\nid = \"{}\"\n[store]\npath = \"{}\"\nkey = {{ class = \"K1\", file = \"{}\" }}\n",
        settings.station.id,
        settings.store.path.display(),
        settings.store.key.file.clone().unwrap_or_else(|| PathBuf::from("hut.key")).display()
    );
    for device in &settings.device {
        text += &format!(
            "[[device]]\nrole = \"{}\"\nmodel = \"{}\"\nport = \"{}\"\n",
            device.role, device.model, device.port
        );
    }
    text
}
