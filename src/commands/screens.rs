//! `health-hut screens`: every screen of this stretch in its normal, empty and fault states, as PNG files, without a
//! display. All persons and numbers are invented.

mod player;
pub mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use super::WrongUse;
use crate::kiosk::pictures::{self, Lang, PictureFault, Pictures, Size};
use crate::seeds::SeedFault;
use crate::session::{Screen, State};
use samples::{Sample, Shown};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The folder that receives the pictures; made when it is missing.
    pub out: PathBuf,
    /// Pixels of the panels; none: 1280×800.
    pub sizes: Vec<(u32, u32)>,
    /// The step of 大字: 1.0, 1.35 or 1.7.
    pub text_scale: f32,
    /// One language; `None`: all.
    pub lang: Option<Lang>,
    /// The beginning of a screen's id or name, such as `R20`.
    pub only: Option<String>,
}

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
pub enum ScreensFault {
    /// The program's own tables.
    #[error(transparent)]
    Seeds(#[from] SeedFault),
    /// The folder.
    #[error("cannot make the folder {folder}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Drawing or writing.
    #[error(transparent)]
    Picture(#[from] PictureFault),
    /// No sample has such a name.
    #[error(transparent)]
    Unknown(#[from] WrongUse),
}

/// Reads a size as it stands in arguments: `1280x800`.
pub fn size(text: &str) -> Result<(u32, u32), String> {
    let read = |(width, height): (&str, &str)| Some((width.parse().ok()?, height.parse().ok()?));
    let size = text.split_once('x').and_then(read);
    size.filter(|size| *size >= SMALLEST).ok_or_else(|| format!("`{text}` is not a size such as 1280x800"))
}

/// Reads a step of 大字: 1.0, 1.35 or 1.7.
pub fn text_scale(text: &str) -> Result<f32, String> {
    let read: Option<f32> = text.parse().ok();
    let known = read.filter(|scale| [1.0, 1.35, 1.7].contains(scale));
    known.ok_or_else(|| format!("`{text}` is not a step of the large text: 1.0, 1.35 or 1.7"))
}

/// Reads a language tag: `zh-CN`, `en`.
pub fn lang(text: &str) -> Result<Lang, String> {
    Lang::tagged(text).ok_or_else(|| format!("`{text}` is not a language of the screens: zh-CN or en"))
}

/// Draws what is asked for and tells `each` of every file.
pub fn run(wishes: &Wishes, mut each: impl FnMut(&Path)) -> Result<(), ScreensFault> {
    fs::create_dir_all(&wishes.out).map_err(|source| ScreensFault::Folder { folder: wishes.out.clone(), source })?;
    let mut samples = samples::all()?;
    if let Some(only) = &wishes.only {
        samples.retain(|sample| sample.name.starts_with(only.as_str()));
        if samples.is_empty() {
            let says = format!("no screen is called `{only}`; the ids are those of the screen map, such as R20");
            return Err(WrongUse(says).into());
        }
    }
    let pictures = Pictures::new()?;
    let sizes = if wishes.sizes.is_empty() { &[(1280, 800)][..] } else { &wishes.sizes };
    for lang in Lang::ALL.into_iter().filter(|lang| wishes.lang.is_none_or(|only| only == *lang)) {
        for (width, height) in sizes.iter().copied() {
            for sample in &samples {
                for part in 0..pages(sample, wishes.text_scale) {
                    let path = wishes.out.join(file_name(sample, part, (width, height), lang, wishes.text_scale));
                    draw(&pictures, sample, part, Size::panel(width, height), lang, wishes.text_scale, &path)?;
                    each(&path);
                }
            }
        }
    }
    Ok(())
}

/// How many pages a sample has at a size of text.
fn pages(sample: &Sample, text_scale: f32) -> usize {
    match &sample.shown {
        Shown::State(state) => pictures::pages(&sample.world, state, text_scale),
        Shown::Fault => 1,
    }
}

/// The state with this page in front.
fn turned(state: &State, part: usize) -> State {
    let mut state = state.clone();
    if let Screen::Result(page) = &mut state.screen {
        page.part = part;
    }
    state
}

#[allow(clippy::too_many_arguments, reason = "a picture is made of all of these")]
fn draw(
    pictures: &Pictures,
    sample: &Sample,
    part: usize,
    size: Size,
    lang: Lang,
    text_scale: f32,
    path: &Path,
) -> Result<(), PictureFault> {
    match &sample.shown {
        Shown::State(state) => pictures.picture(&sample.world, &turned(state, part), size, lang, text_scale, path),
        Shown::Fault => pictures.fault(&sample.world, size, lang, text_scale, path),
    }
}

/// `R20-result.normal.1280x800.zh-CN.1.00.png`
/// The further pages of a screen are numbered: `R20-result.normal.page-2.1280x800.zh-CN.1.70.png`
fn file_name(sample: &Sample, part: usize, (width, height): (u32, u32), lang: Lang, text_scale: f32) -> String {
    let page = if part == 0 { String::new() } else { format!(".page-{}", part + 1) };
    format!("{}.{}{page}.{width}x{height}.{}.{text_scale:.2}.png", sample.name, sample.variant, lang.tag())
}

/// Smaller than any format.
const SMALLEST: (u32, u32) = (320, 240);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused_in_words() {
        assert_eq!(size("800x480"), Ok((800, 480)));
        assert!(size("800").is_err() && size("0x0").is_err());
        assert_eq!(text_scale("1.35"), Ok(1.35));
        assert!(text_scale("2").is_err());
        assert_eq!(lang("en"), Ok(Lang::En));
        assert!(lang("xx").is_err());
    }
}
