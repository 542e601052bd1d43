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

use hut_ui::{App, HutWindow, Paging, ScreenId};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, PlatformError, PointerEventButton, WindowAdapter, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, PhysicalSize, Rgb8Pixel, SharedPixelBuffer};

use super::apply::{Local, apply, apply_fault};
use super::front::Front;
use super::inspect::{self, Target};
use super::letters;
use super::panel::{self, Stand};
use super::voice::Speak;
pub use super::{Glass, Lang};
use crate::session::{State, Tap, World};

/// Pixels of a picture, and how many of them make one of the design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// How the screens stand there.
    pub stand: Stand,
}

impl Size {
    /// A panel of so many pixels, with the scale factor of its format.
    pub fn panel(width: u32, height: u32) -> Self {
        Self::glass(width, height, Glass::default())
    }

    /// The same with what is known of its glass.
    pub fn glass(width: u32, height: u32, glass: Glass) -> Self {
        Self { width, height, stand: panel::stand(width, height, glass) }
    }
}

/// How a picture is taken.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// The panel.
    pub size: Size,
    /// The language.
    pub lang: Lang,
    /// The step of 大字: 1.0, 1.35 or 1.7.
    pub text_scale: f32,
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
        let (window, clock) = stage(RepaintBufferType::NewBuffer)?;
        letters::prepare(&[])?;
        let ui = HutWindow::new()?;
        ui.global::<App>().set_calm(true);
        Ok(Self { ui, window, clock })
    }

    /// Shows the first page of a state; answers how many it has there.
    pub fn show(&self, world: &World, state: &State, how: How) -> Result<i32, PictureFault> {
        apply(&self.ui, world, state, &Local { rising: false, ..Local::default() }, how.lang);
        self.fit(how)
    }

    /// Shows the page of a client that is out of service.
    pub fn show_fault(&self, world: &World, how: How) -> Result<i32, PictureFault> {
        apply_fault(&self.ui, world, how.lang);
        self.fit(how)
    }

    /// Draws a page of what is shown, from 0: three bytes a pixel, row by row.
    pub fn page(&self, page: i32) -> Vec<u8> {
        self.ui.global::<Paging>().set_page(page);
        self.draw()
    }

    /// Draws a page of what is shown, from 0, into a PNG file.
    pub fn save(&self, page: i32, path: &Path) -> Result<(), PictureFault> {
        let size = self.window.size();
        write(path, size.width, size.height, &self.page(page))
    }

    /// Shows a line at the bottom edge of the pictures; empty hides it.
    pub fn hint(&self, text: &str) {
        self.ui.global::<App>().set_hint(text.into());
    }

    /// The window, for who looks at its elements.
    pub fn window(&self) -> &slint::Window {
        self.ui.window()
    }

    fn fit(&self, how: How) -> Result<i32, PictureFault> {
        let Size { width, height, stand } = how.size;
        self.ui.global::<App>().set_text_scale(how.text_scale);
        let scale_factor = stand.on(&self.ui);
        self.window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor })?;
        self.window.set_size(PhysicalSize::new(width, height));
        self.ui.show()?;
        self.ui.global::<Paging>().set_page(0);
        // The pages are counted when the blocks have found their places.
        self.draw();
        Ok(self.ui.global::<Paging>().get_pages())
    }

    fn draw(&self) -> Vec<u8> {
        // What a turned page begins, and long enough for it and every transition to end.
        slint::platform::update_timers_and_animations();
        self.clock.set(self.clock.get() + Duration::from_secs(2));
        slint::platform::update_timers_and_animations();
        self.window.request_redraw();
        let size = self.window.size();
        let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(size.width, size.height);
        hut_canvas::draw(&self.window, pixels.make_mut_slice(), size.width as usize);
        pixels.as_bytes().to_vec()
    }
}

fn write(path: &Path, width: u32, height: u32, bytes: &[u8]) -> Result<(), PictureFault> {
    let file = io::BufWriter::new(fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, width, height);
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
pub(super) fn stage(
    buffer: RepaintBufferType,
) -> Result<(Rc<MinimalSoftwareWindow>, Rc<Cell<Duration>>), PlatformError> {
    let fresh = MinimalSoftwareWindow::new(buffer);
    if let Some((window, clock)) = STAGE.with_borrow(Clone::clone) {
        *window.borrow_mut() = fresh.clone();
        return Ok((fresh, clock));
    }
    let window = Rc::new(RefCell::new(fresh.clone()));
    let clock = Rc::new(Cell::new(Duration::from_secs(1)));
    let platform = Stage { window: window.clone(), clock: clock.clone() };
    letters::start(|| slint::platform::set_platform(Box::new(platform)))?
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
    /// The panel's own: a frame changes only what has changed.
    pixels: RefCell<Vec<Rgb8Pixel>>,
}

impl TouchPanel {
    /// Makes the window; `taps` hears every touch.
    pub fn new(world: Arc<World>, size: Size, taps: impl Fn(Tap) + 'static) -> Result<Self, PictureFault> {
        Self::with_voice(world, size, taps, None)
    }

    /// The same on a machine that speaks.
    pub fn with_voice(
        world: Arc<World>,
        size: Size,
        taps: impl Fn(Tap) + 'static,
        speak: Option<Speak>,
    ) -> Result<Self, PictureFault> {
        let (window, clock) = stage(RepaintBufferType::ReusedBuffer)?;
        letters::prepare(&[])?;
        let front = Front::new(world, taps, None, speak)?;
        let scale_factor = size.stand.on(&front.ui);
        window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor })?;
        window.set_size(PhysicalSize::new(size.width, size.height));
        front.ui.show()?;
        let pixels = RefCell::new(vec![Rgb8Pixel::default(); (size.width * size.height) as usize]);
        Ok(Self { front, window, clock, size, pixels })
    }

    /// Shows a newer state, and waits until every transition has ended.
    pub fn show(&self, state: &State) {
        self.front.show(state.clone());
        self.pass(Duration::from_secs(1));
    }

    /// Shows a newer state; the next frame has it.
    pub fn tell(&self, state: State) {
        self.front.show(state);
    }

    /// The page in front, from 0 on.
    pub fn page(&self) -> i32 {
        self.front.ui.global::<Paging>().get_page()
    }

    /// Every text of a page as its view stands, whatever is in front: to find what was left there.
    pub fn left_on(&self, page: ScreenId) -> Vec<String> {
        self.front.ui.global::<App>().set_screen(page);
        self.pass(Duration::from_secs(1));
        inspect::texts(self.front.ui.window())
    }

    /// Touches what has this accessible name; if nothing has, says what there is.
    pub fn touch_named(&self, name: &str) -> Result<(), Vec<String>> {
        let targets = inspect::targets(self.front.ui.window());
        let Some((x, y)) = targets.iter().find(|target| target.name == name).map(Target::middle) else {
            return Err(targets.into_iter().map(|target| target.name).collect());
        };
        self.touch(x, y);
        Ok(())
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

    /// Pulls what lies at this point of the design up by so much.
    pub fn pull_up(&self, x: f32, y: f32, by: f32) {
        let button = PointerEventButton::Left;
        let at = |up| LogicalPosition::new(x, y - up);
        self.window.dispatch_event(WindowEvent::PointerPressed { position: at(0.0), button });
        for step in 1..=10u8 {
            self.pass(Duration::from_millis(40));
            self.window.dispatch_event(WindowEvent::PointerMoved { position: at(by * f32::from(step) / 10.0) });
        }
        self.pass(Duration::from_millis(500));
        self.window.dispatch_event(WindowEvent::PointerReleased { position: at(by), button });
        self.window.dispatch_event(WindowEvent::PointerExited);
        self.pass(Duration::from_millis(600));
    }

    /// Lets time pass and draws what has changed; answers how much of the panel that was, if anything.
    pub fn pass(&self, time: Duration) -> Option<f32> {
        self.clock.set(self.clock.get() + time);
        slint::platform::update_timers_and_animations();
        let region = hut_canvas::draw(&self.window, &mut self.pixels.borrow_mut(), self.size.width as usize)?;
        let area = region.iter().map(|(_, size)| size.width * size.height).sum::<u32>();
        Some(area as f32 / (self.size.width * self.size.height) as f32)
    }
}
