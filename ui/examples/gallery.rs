//! Draws every screen with invented persons and numbers, in every language, as PNG files.
//!
//! ```sh
//! cargo run -p hut-ui --example gallery -- --out target/gallery [--only result] [--size 1280x800] [--scale 1] [--lang en]
//! ```

use std::cell::Cell;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use std::{env, fs};

use hut_ui::words::Lang;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, PlatformError, WindowAdapter, WindowEvent};
use slint::{ComponentHandle, PhysicalSize, Rgb8Pixel};

#[path = "gallery/samples.rs"]
mod samples;

/// A window without a display, and a clock that stands until it is moved.
struct Headless {
    window: Rc<MinimalSoftwareWindow>,
    now: Rc<Cell<Duration>>,
}

impl Platform for Headless {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.now.get()
    }
}

struct Wishes {
    out: PathBuf,
    only: Option<String>,
    lang: Option<String>,
    size: (u32, u32),
    scale: f32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wishes = read_wishes()?;
    fs::create_dir_all(&wishes.out)?;

    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    let now = Rc::new(Cell::new(Duration::from_secs(1)));
    let platform = Headless { window: window.clone(), now: now.clone() };
    slint::platform::set_platform(Box::new(platform))?;

    let ui = hut_ui::HutWindow::new()?;
    let (width, height) = wishes.size;
    window.dispatch_event_with_result(WindowEvent::ScaleFactorChanged { scale_factor: wishes.scale })?;
    window.set_size(PhysicalSize::new(width, height));
    ui.show()?;

    for lang in Lang::ALL {
        if wishes.lang.as_deref().is_some_and(|wanted| wanted != lang.tag()) {
            continue;
        }
        for sample in samples::all() {
            if wishes.only.as_deref().is_some_and(|only| !sample.name.starts_with(only)) {
                continue;
            }
            samples::clear(&ui, lang);
            (sample.fill)(&ui, lang);
            now.set(now.get() + Duration::from_millis(1000));
            slint::platform::update_timers_and_animations();
            let file = wishes.out.join(format!("{}.{}.png", sample.name, lang.tag()));
            write_png(&file, &draw(&window, width, height), width, height)?;
            println!("{}", file.display());
        }
    }
    Ok(())
}

fn draw(window: &MinimalSoftwareWindow, width: u32, height: u32) -> Vec<Rgb8Pixel> {
    let mut pixels = vec![Rgb8Pixel::default(); (width * height) as usize];
    window.request_redraw();
    window.draw_if_needed(|renderer| {
        renderer.render(&mut pixels, width as usize);
    });
    pixels
}

fn write_png(file: &PathBuf, pixels: &[Rgb8Pixel], width: u32, height: u32) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(fs::File::create(file)?, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}

fn read_wishes() -> Result<Wishes, Box<dyn Error>> {
    let mut wishes =
        Wishes { out: PathBuf::from("target/gallery"), only: None, lang: None, size: (1280, 800), scale: 1.0 };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
        match word.as_str() {
            "--out" => wishes.out = value.into(),
            "--only" => wishes.only = Some(value),
            "--lang" => wishes.lang = Some(value),
            "--scale" => wishes.scale = value.parse()?,
            "--size" => {
                let (width, height) = value.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
                wishes.size = (width.parse()?, height.parse()?);
            }
            _ => return Err(format!("`{word}` is not known").into()),
        }
    }
    Ok(wishes)
}
