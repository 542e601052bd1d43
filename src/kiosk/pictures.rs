//! Pictures of any state without a display: for `screens`, the demo and the tests.
//!
//! Everything happens on the thread that made the [`Pictures`]; one process makes as many as it likes.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hut_ui::{App, HutWindow};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, PlatformError, PointerEventButton, WindowAdapter, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, PhysicalSize, Rgb8Pixel};

pub use super::Lang;
use super::apply::{Local, apply, apply_fault};
use super::front::Front;
use super::panel::Panel;
use crate::session::{Screen, State, Tap, World};

/// Pixels of a picture, and how many of them make one of the design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The scale factor.
    pub scale: f32,
}

impl Size {
    /// A panel of so many pixels, with the scale factor of its format.
    pub fn panel(width: u32, height: u32) -> Self {
        Self { width, height, scale: Panel::of(width, height).scale() }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureFault {
    /// The renderer.
    #[error("the screens cannot be drawn")]
    Platform(#[from] PlatformError),
    /// The file.
    #[error("cannot write the picture")]
    Write(#[from] io::Error),
    /// The format.
    #[error("cannot write the picture")]
    Encode(#[from] png::EncodingError),
}

/// A window that nobody sees.
pub struct Pictures {
    ui: HutWindow,
    window: Rc<MinimalSoftwareWindow>,
    clock: Rc<Cell<Duration>>,
}

impl Pictures {
    /// Makes the window. Not on a thread that has opened a real one.
    pub fn new() -> Result<Self, PictureFault> {
        let (window, clock) = stage()?;
        let ui = HutWindow::new()?;
        ui.global::<App>().set_calm(true);
        Ok(Self { ui, window, clock })
    }

    /// Draws a state into a PNG file.
    #[allow(clippy::too_many_arguments, reason = "a picture is made of all of these")]
    pub fn picture(
        &self,
        world: &World,
        state: &State,
        size: Size,
        lang: Lang,
        text_scale: f32,
        path: &Path,
    ) -> Result<(), PictureFault> {
        write(path, size, &self.pixels(world, state, size, lang, text_scale)?)
    }

    /// Draws the page of a client that is out of service.
    pub fn fault(
        &self,
        world: &World,
        size: Size,
        lang: Lang,
        text_scale: f32,
        path: &Path,
    ) -> Result<(), PictureFault> {
        apply_fault(&self.ui, world, lang);
        write(path, size, &self.draw(size, text_scale)?)
    }

    /// Draws a state: three bytes a pixel, row by row.
    pub fn pixels(
        &self,
        world: &World,
        state: &State,
        size: Size,
        lang: Lang,
        text_scale: f32,
    ) -> Result<Vec<u8>, PictureFault> {
        apply(&self.ui, world, state, &Local { rising: false, ..Local::default() }, lang);
        self.draw(size, text_scale)
    }

    /// Shows a line at the bottom edge of the pictures; empty hides it.
    pub fn hint(&self, text: &str) {
        self.ui.global::<App>().set_hint(text.into());
    }

    fn draw(&self, size: Size, text_scale: f32) -> Result<Vec<u8>, PictureFault> {
        self.ui.global::<App>().set_text_scale(text_scale);
        self.window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor: size.scale })?;
        self.window.set_size(PhysicalSize::new(size.width, size.height));
        self.ui.show()?;
        // Long enough for every transition to end.
        self.clock.set(self.clock.get() + Duration::from_secs(1));
        slint::platform::update_timers_and_animations();
        self.window.request_redraw();
        let mut pixels = vec![Rgb8Pixel::default(); (size.width * size.height) as usize];
        self.window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, size.width as usize);
        });
        Ok(pixels.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect())
    }
}

/// How many pages the screen in front has at a size of text.
pub fn pages(world: &World, state: &State, text_scale: f32) -> usize {
    match &state.screen {
        Screen::Result(page) if text_scale > 1.0 => super::views::result::parts(world, state, page).len(),
        _ => 1,
    }
}

fn write(path: &Path, size: Size, bytes: &[u8]) -> Result<(), PictureFault> {
    let file = io::BufWriter::new(fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(bytes)?;
    Ok(())
}

/// The platform of this thread: hands every new component the window made last; its clock stands until it is moved.
struct Stage {
    window: Rc<RefCell<Rc<MinimalSoftwareWindow>>>,
    clock: Rc<Cell<Duration>>,
}

impl Platform for Stage {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.borrow().clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.clock.get()
    }
}

type Shared = (Rc<RefCell<Rc<MinimalSoftwareWindow>>>, Rc<Cell<Duration>>);

thread_local! {
    static STAGE: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// A window for the next component of this thread, and the thread's clock.
pub(super) fn stage() -> Result<(Rc<MinimalSoftwareWindow>, Rc<Cell<Duration>>), PlatformError> {
    let fresh = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    if let Some((window, clock)) = STAGE.with_borrow(Clone::clone) {
        *window.borrow_mut() = fresh.clone();
        return Ok((fresh, clock));
    }
    let window = Rc::new(RefCell::new(fresh.clone()));
    let clock = Rc::new(Cell::new(Duration::from_secs(1)));
    let platform = Stage { window: window.clone(), clock: clock.clone() };
    slint::platform::set_platform(Box::new(platform))
        .map_err(|_| PlatformError::Other("this thread already shows a window".to_owned()))?;
    STAGE.set(Some((window, clock.clone())));
    Ok((fresh, clock))
}

/// A window that nobody sees, with a finger: what it touches comes out as taps, as from the real one.
pub struct TouchPanel {
    front: Rc<Front>,
    window: Rc<MinimalSoftwareWindow>,
    clock: Rc<Cell<Duration>>,
    size: Size,
}

impl TouchPanel {
    /// Makes the window; `taps` hears every touch.
    pub fn new(world: Arc<World>, size: Size, taps: impl Fn(Tap) + 'static) -> Result<Self, PictureFault> {
        let (window, clock) = stage()?;
        let front = Front::new(world, taps, None, None)?;
        window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor: size.scale })?;
        window.set_size(PhysicalSize::new(size.width, size.height));
        front.ui.show()?;
        Ok(Self { front, window, clock, size })
    }

    /// Shows a newer state.
    pub fn show(&self, state: &State) {
        self.front.show(state.clone());
        self.pass(Duration::from_secs(1));
    }

    /// Touches the panel at this point of the design.
    pub fn touch(&self, x: f32, y: f32) {
        let (position, button) = (LogicalPosition::new(x, y), PointerEventButton::Left);
        self.window.dispatch_event(WindowEvent::PointerPressed { position, button });
        self.pass(Duration::from_millis(80));
        self.window.dispatch_event(WindowEvent::PointerReleased { position, button });
        self.window.dispatch_event(WindowEvent::PointerExited);
        // Longer than the rest that a trembling hand is given.
        self.pass(Duration::from_millis(600));
    }

    fn pass(&self, time: Duration) {
        self.clock.set(self.clock.get() + time);
        slint::platform::update_timers_and_animations();
        self.window.request_redraw();
        let mut pixels = vec![Rgb8Pixel::default(); (self.size.width * self.size.height) as usize];
        self.window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, self.size.width as usize);
        });
    }
}
