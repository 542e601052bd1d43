//! How quick the screens are, on one pinned core with the software renderer (issue bars; ux.md 13, check 11):
//!
//! - frames: every animated screen at 1920x1080 and 1080x1920, drawn without a display;
//! - touch: from a press on a virtual display to the changed picture there, in the real window;
//! - idle: processor time of the real window on R01;
//! - start and memory: from the start of the process to the first picture, and its share of memory (PSS), beside Chromium
//!   in kiosk mode with a static copy of the same screen.
//!
//! `./dev bench ui` installs what it needs and prints the tables.

mod display;
mod frames;
mod window;

fn main() {
    // The harness of cargo hands on words that are not ours.
    match std::env::args().nth(1).as_deref() {
        Some("frames") => frames::run(),
        _ => {
            pinned("frames");
            window::run();
        }
    }
}

/// Runs a part of this program on the first core alone.
fn pinned(part: &str) {
    let program = std::env::current_exe().expect("the bench has a path");
    let ended = std::process::Command::new("taskset").args(["-c", "0"]).arg(program).arg(part).status();
    assert!(ended.is_ok_and(|status| status.success()), "taskset (util-linux) starts the part `{part}`");
}
