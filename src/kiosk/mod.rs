//! The only room that knows Slint: opens the window, shows the state, turns touches into taps.
//!
//! It decides nothing. [`views`] make of a state what a screen shows, `apply` sets what changed, `wire` says what a
//! touch means. [`pictures`] does the same without a display.

mod apply;
mod front;
mod haste;
pub mod inspect;
pub mod letters;
mod panel;
pub mod pictures;
mod settle;
pub mod views;
pub mod voice;
mod wire;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use hut_ui::App;
pub use hut_ui::words::Lang;
use slint::{CloseRequestResponse, ComponentHandle, PhysicalSize};

use crate::session::{State, Tap, World};
use front::Front;

pub use panel::Glass;
pub use voice::{Speak, Speaking};

/// Told the id of each screen that comes to the front, such as `R20`.
pub type Trace = Box<dyn Fn(&'static str)>;

/// How the window is opened.
#[derive(Default)]
pub struct Options {
    /// Pixels of the window; `None` fills the screen and refuses to be closed.
    pub windowed: Option<(u32, u32)>,
    /// Told of each screen entered.
    pub trace: Option<Trace>,
    /// Font files with the letters of names, beyond those inside the program.
    pub name_fonts: Vec<PathBuf>,
    /// The step of 大字 from which on the theme has high contrast; 1: always.
    pub contrast_from: Option<f32>,
    /// 减少动画: everything instant.
    pub calm: bool,
    /// What is known of the panel's glass.
    pub glass: Glass,
    /// The voice; without one nothing on the screen offers it.
    pub speak: Option<Speak>,
}

/// The window. It lives on the thread that opened it; others reach it by its [`Handle`].
pub struct Window {
    front: Rc<Front>,
}

thread_local! {
    static FRONT: RefCell<Option<Rc<Front>>> = const { RefCell::new(None) };
}

impl Window {
    /// Opens the window; `taps` hears every touch, on this thread.
    pub fn open(
        world: Arc<World>,
        options: Options,
        taps: impl Fn(Tap) + 'static,
    ) -> Result<Self, slint::PlatformError> {
        letters::prepare(&options.name_fonts)?;
        let front = Front::new(world, taps, options.trace, options.speak)?;
        if let Some(step) = options.contrast_from {
            front.ui.global::<hut_ui::App>().set_contrast_from(step);
        }
        front.ui.global::<App>().set_calm(options.calm);
        front.glass.set(options.glass);
        let window = front.ui.window();
        match options.windowed {
            Some((width, height)) => window.set_size(PhysicalSize::new(width, height)),
            None => {
                front.fills.set(true);
                window.set_fullscreen(true);
                window.on_close_requested(|| CloseRequestResponse::KeepWindowShown);
            }
        }
        front.follow();
        front.ui.show()?;
        front.fit();
        FRONT.set(Some(front.clone()));
        Ok(Self { front })
    }

    /// A way to the window from any thread.
    pub fn handle(&self) -> Handle {
        Handle(())
    }

    /// Lives until the window is closed or [`Handle::close`] is called.
    pub fn run(self) -> Result<(), slint::PlatformError> {
        let ended = self.front.ui.run();
        FRONT.set(None);
        ended
    }
}

/// A way to the window from any thread. What comes after the window has gone is lost without harm.
#[derive(Clone, Debug)]
pub struct Handle(());

impl Handle {
    /// Shows a newer state.
    pub fn show(&self, state: &State) {
        let state = state.clone();
        post(move |front| front.show(state));
    }

    /// Shows that the client is out of service.
    pub fn fault(&self) {
        post(Front::fault);
    }

    /// Shows a line at the bottom edge, for the demo; empty hides it.
    pub fn hint(&self, text: &str) {
        let text = text.to_owned();
        post(move |front| front.hint(&text));
    }

    /// Looks at the window from its own thread.
    pub fn look(&self, look: impl FnOnce(&slint::Window) + Send + 'static) {
        post(move |front| look(front.ui.window()));
    }

    /// Closes the window.
    pub fn close(&self) {
        // Fails only when there is no loop any more to end.
        _ = slint::quit_event_loop();
    }
}

fn post(act: impl FnOnce(&Front) + Send + 'static) {
    // Fails only when the window has gone.
    _ = slint::invoke_from_event_loop(move || {
        let front = FRONT.with_borrow(Clone::clone);
        if let Some(front) = front {
            act(&front);
        }
    });
}
