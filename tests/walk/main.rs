//! Journeys by touch alone: the real window on a virtual display, real pointer events, devices emulated on
//! pseudo-terminals, a real store, and the platform over HTTP. One walk for each user of ux.md section 1.
//!
//! `cargo test --test walk` takes them all; a name behind `--` takes those that contain it. Each walk has a process and a
//! display of its own; pictures of what stood on the display when one failed lie in the target folder.

#![allow(clippy::unwrap_used, reason = "a walk that stumbles is to fall")]

#[allow(dead_code, reason = "the journeys of the suite use more of it")]
#[path = "../support/live.rs"]
mod live;

mod finger;
mod walks;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use finger::Finger;
use health_hut::kiosk::{Options, Window};
use live::Live;
use walks::{WALKS, Walk};

/// Names the walk of a child process.
const ONE: &str = "HUT_WALK";

/// The longest a walk may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(ONE) {
        let walk = WALKS.iter().find(|walk| walk.name == name).expect("the parent names a walk");
        return take(walk);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut failed = false;
    for walk in WALKS.iter().filter(|walk| wanted.is_empty() || wanted.iter().any(|name| walk.name.contains(name))) {
        let begun = Instant::now();
        let went = send(walk);
        failed |= !went;
        let word = if went { "ok" } else { "FAILED" };
        println!("walk {} {}x{} ... {word} ({} s)", walk.name, walk.size.0, walk.size.1, begun.elapsed().as_secs());
    }
    ExitCode::from(u8::from(failed))
}

/// Takes a walk in this process: the window has the main thread, the finger another.
fn take(walk: &'static Walk) -> ExitCode {
    let nowhere = (!walk.online).then(|| "http://127.0.0.1:9".to_owned());
    let live = Live::open_with(walk.name, nowhere, |_| {});
    let options = Options { name_fonts: Vec::new(), ..Options::default() };
    let window = Window::open(live.world.clone(), options, live.hears()).expect("a window on the virtual display");
    let handle = window.handle();
    let shown = handle.clone();
    live.follow(move |state| shown.show(state));
    let walking = std::thread::spawn(move || {
        let finger = Finger::new(handle.clone(), live);
        let went = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (walk.take)(&finger)));
        handle.close();
        went
    });
    window.run().expect("the window's loop");
    let went = walking.join().is_ok_and(|went| went.is_ok());
    ExitCode::from(u8::from(!went))
}

/// Takes a walk in a process and on a display of its own.
fn send(walk: &Walk) -> bool {
    let (mut server, display) = display(walk.size);
    let program = std::env::current_exe().expect("the test has a path");
    let child =
        Command::new(program).env(ONE, walk.name).env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY").spawn();
    let went = wait(&mut child.expect("the test starts itself"));
    // The display has served; it is not asked how it ended.
    _ = server.kill();
    _ = server.wait();
    went
}

fn wait(child: &mut Child) -> bool {
    let until = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().expect("the child is ours") {
            Some(ended) => return ended.success(),
            None if Instant::now() > until => {
                _ = child.kill();
                return false;
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// A display without glass, of so many pixels; it chooses its own number.
fn display((width, height): (u32, u32)) -> (Child, String) {
    let screen = format!("{width}x{height}x24");
    let started = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = started.expect("Xvfb is missing: `./dev setup` installs it");
    let mut number = String::new();
    let told = BufReader::new(server.stdout.take().expect("it was asked for")).read_line(&mut number);
    told.expect("Xvfb tells its number");
    (server, format!(":{}", number.trim()))
}
