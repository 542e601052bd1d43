//! A finger: presses what has an accessible name, through the display server as a touch panel does.

use std::cell::Cell;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use health_hut::kiosk::Handle;
use health_hut::kiosk::inspect::{self, Target};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt;
use x11rb::rust_connection::RustConnection;

use crate::live::Live;

/// Longer than the rest that a slip is given (ux.md 3.4).
const CALM: Duration = Duration::from_millis(450);

/// How long something to touch may take to come, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Touches the window; the devices and the clock are at hand in `live`.
pub struct Finger {
    pub live: Live,
    window: Handle,
    display: RustConnection,
    root: u32,
    taps: Cell<u32>,
}

impl Finger {
    pub fn new(window: Handle, live: Live) -> Self {
        let (display, screen) = x11rb::connect(None).unwrap();
        let root = display.setup().roots[screen].root;
        Self { live, window, display, root, taps: Cell::new(0) }
    }

    /// Touches what has this name, as soon as it is there and answers.
    pub fn touch(&self, name: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let (scale, targets) = self.targets();
            if let Some(target) = targets.iter().find(|target| target.enabled && target.name == name) {
                // Somebody reads before they touch; and what stands there now must still stand there then.
                std::thread::sleep(CALM);
                let (_, now) = self.targets();
                if now.contains(target) {
                    return self.press(target, scale);
                }
            } else {
                let there = || targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>();
                let front = || self.live.until("a state", |_| true).screen.id();
                assert!(
                    Instant::now() < until,
                    "{}: nothing to touch is called “{name}”; there are {:?}",
                    front(),
                    there()
                );
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Touches the keys of a keypad, one after the other.
    pub fn types(&self, keys: &str) {
        keys.chars().for_each(|key| self.touch(&key.to_string()));
    }

    /// Waits for a screen.
    pub fn sees(&self, id: &str) {
        self.live.screen(id);
    }

    /// Waits until this text stands on the screen so many times or more.
    pub fn reads(&self, text: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        loop {
            let texts = self.look(inspect::texts);
            if texts.iter().filter(|there| *there == text).count() >= times {
                return;
            }
            assert!(Instant::now() < until, "“{text}” does not stand {times} times in {texts:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Every touch so far.
    pub fn taps(&self) -> u32 {
        self.taps.get()
    }

    fn targets(&self) -> (f32, Vec<Target>) {
        self.look(|window| (window.scale_factor(), inspect::targets(window)))
    }

    fn look<T: Send + 'static>(&self, at: impl FnOnce(&slint::Window) -> T + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        self.window.look(move |window| _ = sender.send(at(window)));
        receiver.recv_timeout(PATIENCE).expect("the window answers")
    }

    fn press(&self, target: &Target, scale: f32) {
        self.taps.set(self.taps.get() + 1);
        let (x, y) = target.middle();
        let at = ((x * scale) as i16, (y * scale) as i16);
        self.send(MOTION_NOTIFY_EVENT, 0, at);
        self.send(BUTTON_PRESS_EVENT, 1, at);
        std::thread::sleep(Duration::from_millis(80));
        self.send(BUTTON_RELEASE_EVENT, 1, at);
    }

    fn send(&self, event: u8, detail: u8, (x, y): (i16, i16)) {
        self.display.xtest_fake_input(event, detail, 0, self.root, x, y, 0).unwrap();
        self.display.flush().unwrap();
    }
}
