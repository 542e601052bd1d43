//! The window's own thread: the newest state, what the screens remember, and where the taps go.

use std::cell::{Cell, Ref, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hut_ui::words::Lang;
use hut_ui::{App, HutWindow, OverlayKind, ResultScreen, ScreenId};
use slint::platform::WindowEvent;
use slint::winit_030::{EventResult, WinitWindowAccessor, winit};
use slint::{ComponentHandle, PhysicalPosition, PhysicalSize, Timer};

use super::apply::{Local, apply, apply_fault};
use super::haste::Haste;
use super::panel::{self, Glass};
use super::views::result;
use super::voice::{self, Speak, Speaking};
use crate::session::{State, Tap, World};

/// What the window shows and whom it tells of touches.
pub struct Front {
    /// The window.
    pub ui: HutWindow,
    world: Arc<World>,
    state: RefCell<Option<State>>,
    local: RefCell<Local>,
    taps: Box<dyn Fn(Tap)>,
    trace: Option<super::Trace>,
    speak: Option<Speak>,
    sent: Cell<u64>,
    haste: RefCell<Haste>,
    /// The window has the whole screen.
    pub fills: Cell<bool>,
    /// What is known of that screen.
    pub glass: Cell<Glass>,
    me: Weak<Front>,
}

impl Front {
    /// Makes the window and connects it; `taps` hears every touch.
    pub fn new(
        world: Arc<World>,
        taps: impl Fn(Tap) + 'static,
        trace: Option<super::Trace>,
        speak: Option<Speak>,
    ) -> Result<Rc<Self>, slint::PlatformError> {
        let ui = HutWindow::new()?;
        ui.global::<App>().set_voice_fitted(speak.is_some());
        let front = Rc::new_cyclic(|me| Self {
            ui,
            world,
            state: RefCell::new(None),
            local: RefCell::new(Local::default()),
            taps: Box::new(taps),
            trace,
            speak,
            sent: Cell::new(0),
            haste: RefCell::default(),
            fills: Cell::new(false),
            glass: Cell::default(),
            me: me.clone(),
        });
        super::wire::wire(&front);
        Ok(front)
    }

    /// Shows a newer state.
    pub fn show(&self, state: State) {
        let entered = {
            let before = self.state.borrow();
            self.local.borrow_mut().follow(before.as_ref(), &state);
            before.as_ref().is_none_or(|before| before.screen.id() != state.screen.id())
        };
        if let (true, Some(trace)) = (entered, &self.trace) {
            trace(state.screen.id());
        }
        self.prompt(&state);
        self.haste.borrow_mut().shows(&state, Instant::now());
        *self.state.borrow_mut() = Some(state);
        self.fit();
        self.draw();
    }

    /// Says the prompts of a state if they are others than before, or if they were asked for again. What is being read to
    /// somebody belongs to its page: it ends with it.
    fn prompt(&self, state: &State) {
        let before = self.state.borrow();
        let before = before.as_ref();
        let now = voice::prompts(&self.world, state);
        let turned = before.is_none_or(|before| voice::prompts(&self.world, before) != now);
        let again = state.repeat.is_some() && before.is_none_or(|before| before.repeat != state.repeat);
        let said = if state.voice && (turned || again) { now } else { &[] };
        if !said.is_empty() || (turned && state.reads().is_some()) {
            self.say(Speaking::prompts(said, state.lang));
        }
    }

    /// 读给我听 on R05; touched again it ends.
    pub fn read_consent(&self) {
        let reads = self.see(|_, state| state.reads()).flatten();
        self.read(reads.is_none().then(|| voice::consent(&self.world, self.lang())));
    }

    /// 读给我听 on R20; touched again it is read in a low voice, and then no more.
    pub fn read_result(&self) {
        let soft = self.see(|_, state| result::reading(state).soft).flatten();
        let view = self.ui.global::<ResultScreen>().get_view();
        self.read(soft.map(|soft| voice::result(&view, self.lang(), soft)));
    }

    /// Reads, unless the touch was a slip.
    fn read(&self, speaking: Option<Speaking>) {
        let sent = self.sent.get();
        self.send(Tap::ReadAloud);
        if let Some(speaking) = speaking.filter(|_| self.sent.get() != sent) {
            self.say(speaking);
        }
    }

    fn lang(&self) -> Lang {
        self.state.borrow().as_ref().map(|state| state.lang).unwrap_or_default()
    }

    fn say(&self, speaking: Speaking) {
        if let Some(speak) = &self.speak {
            speak(speaking);
        }
    }

    /// Shows that the client is out of service.
    pub fn fault(&self) {
        apply_fault(&self.ui, &self.world, Lang::default());
    }

    /// Shows a line at the bottom edge; empty hides it.
    pub fn hint(&self, text: &str) {
        self.ui.global::<App>().set_hint(text.into());
    }

    /// Sends a touch on, unless it was a slip.
    pub fn send(&self, tap: Tap) {
        if !self.haste.borrow_mut().means(&tap, Instant::now()) {
            return;
        }
        // Any touch stops the voice.
        self.say(Speaking::prompts(&[], self.lang()));
        self.sent.set(self.sent.get() + 1);
        (self.taps)(tap);
    }

    /// Sends a touch on, if it means one.
    pub fn send_some(&self, tap: Option<Tap>) {
        if let Some(tap) = tap {
            self.send(tap);
        }
    }

    /// Looks at the newest state.
    pub fn see<T>(&self, look: impl FnOnce(&World, &State) -> T) -> Option<T> {
        self.state.borrow().as_ref().map(|state| look(&self.world, state))
    }

    /// What the screens remember.
    pub fn local(&self) -> Ref<'_, Local> {
        self.local.borrow()
    }

    /// Changes what the screens remember, and shows it.
    pub fn change(&self, change: impl FnOnce(&mut Local)) {
        change(&mut self.local.borrow_mut());
        self.draw();
    }

    /// A touch that turns out to mean nothing to the session still says that somebody is there. A touch that means
    /// something sends its own tap right after this call, and then nothing is added.
    pub fn touched(&self) {
        let app = self.ui.global::<App>();
        let quiet = matches!(app.get_screen(), ScreenId::Idle | ScreenId::Goodbye | ScreenId::Fault);
        if quiet || app.get_overlay().kind != OverlayKind::None {
            return;
        }
        let (me, sent) = (self.me.clone(), self.sent.get());
        Timer::single_shot(Duration::ZERO, move || {
            if let Some(front) = me.upgrade().filter(|front| front.sent.get() == sent) {
                front.send(Tap::Here);
            }
        });
    }

    /// Fills the screen. Without a window manager nobody fulfils the wish, so the window takes the size of its monitor.
    fn fill(&self) {
        let window = self.ui.window();
        let monitor = window.with_winit_window(|window| window.current_monitor().map(|monitor| monitor.size()));
        let Some(size) = monitor.flatten().map(|size| PhysicalSize::new(size.width, size.height)) else { return };
        if window.size() != size {
            window.set_position(PhysicalPosition::new(0, 0));
            window.set_size(size);
        }
    }

    /// Looks at the panel again as soon as the window system has told a size or a factor of its own: when the window
    /// comes up, and when it moves.
    pub fn follow(&self) {
        let me = self.me.clone();
        let seen = Cell::new(PhysicalSize::default());
        self.ui.window().on_winit_window_event(move |window, event| {
            let other_size = seen.replace(window.size()) != window.size();
            if other_size || matches!(event, winit::event::WindowEvent::ScaleFactorChanged { .. }) {
                let me = me.clone();
                // When the toolkit has taken it in.
                Timer::single_shot(Duration::ZERO, move || _ = me.upgrade().map(|front| front.fit()));
            }
            EventResult::Propagate
        });
    }

    /// Follows the panel: the scale factor belongs to its format (ux.md 4).
    pub fn fit(&self) {
        if self.fills.get() {
            self.fill();
        }
        let window = self.ui.window();
        let size = window.size();
        let scale_factor = panel::stand(size.width, size.height, self.glass.get()).on(&self.ui);
        if size.width == 0 || window.scale_factor() == scale_factor {
            return;
        }
        window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
        window.dispatch_event(WindowEvent::Resized { size: size.to_logical(scale_factor) });
    }

    fn draw(&self) {
        if let Some(state) = &*self.state.borrow() {
            apply(&self.ui, &self.world, state, &self.local.borrow(), state.lang);
        }
    }
}
