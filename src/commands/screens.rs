//! `health-hut screens`: every screen of this stretch in its normal, empty and fault states, as PNG files, without a
//! display. All persons and numbers are invented.

mod player;
pub mod samples;

use std::fs;
use std::path::PathBuf;

use super::WrongUse;
use crate::kiosk::inspect::{self, Demand, Drawn};
use crate::kiosk::pictures::{Glass, How, Lang, PictureFault, Pictures, Size};
use crate::seeds::SeedFault;
use samples::{Sample, Shown};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The folder that receives the pictures; made when it is missing.
    pub out: Option<PathBuf>,
    /// Every text and every target is looked at.
    pub check: bool,
    /// Pixels of the panels; none: the five formats.
    pub sizes: Vec<(u32, u32)>,
    /// The steps of 大字: 1.0, 1.35 or 1.7; none: 1.0.
    pub text_scales: Vec<f32>,
    /// What is known of the panels' glass.
    pub glass: Glass,
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
    /// Somebody would stumble.
    #[error("{0} faults on the pages")]
    Found(usize),
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

/// Draws and looks at what is asked for, and tells `each` file and fault.
pub fn run(wishes: &Wishes, mut each: impl FnMut(&str)) -> Result<(), ScreensFault> {
    if let Some(out) = &wishes.out {
        fs::create_dir_all(out).map_err(|source| ScreensFault::Folder { folder: out.clone(), source })?;
    }
    let pictures = Pictures::new()?;
    let mut found = 0;
    for lang in Lang::ALL.into_iter().filter(|lang| wishes.lang.is_none_or(|only| only == *lang)) {
        let samples = wanted(wishes, lang)?;
        for how in ways(wishes, lang) {
            // Staff's screens have one step.
            for sample in samples.iter().filter(|sample| sample.is_residents() || how.text_scale == 1.0) {
                found += look(&pictures, wishes, sample, how, &mut each)?;
            }
        }
    }
    if found > 0 { Err(ScreensFault::Found(found)) } else { Ok(()) }
}

/// Draws and looks at the pages of a sample; answers how many faults it found.
fn look(
    pictures: &Pictures,
    wishes: &Wishes,
    sample: &Sample,
    how: How,
    each: &mut impl FnMut(&str),
) -> Result<usize, ScreensFault> {
    let mut found = 0;
    for page in 0..show(pictures, sample, how)? {
        let name = file_name(sample, page, how);
        if let Some(out) = &wishes.out {
            let path = out.join(&name);
            pictures.save(page, &path)?;
            each(&path.to_string_lossy());
        }
        if wishes.check {
            let faults = faults(pictures, sample, page, how);
            found += faults.len();
            faults.iter().for_each(|fault| each(&format!("{name}: {fault}")));
        }
    }
    Ok(found)
}

fn wanted(wishes: &Wishes, lang: Lang) -> Result<Vec<Sample>, ScreensFault> {
    let mut samples = samples::told_in(lang)?;
    if let Some(only) = &wishes.only {
        samples.retain(|sample| sample.name.starts_with(only.as_str()));
        if samples.is_empty() {
            let says = format!("no screen is called `{only}`; the ids are those of the screen map, such as R20");
            return Err(WrongUse(says).into());
        }
    }
    Ok(samples)
}

/// Every size and step.
fn ways(wishes: &Wishes, lang: Lang) -> Vec<How> {
    let sizes = if wishes.sizes.is_empty() { &FORMATS[..] } else { &wishes.sizes };
    let steps = if wishes.text_scales.is_empty() { &[1.0][..] } else { &wishes.text_scales };
    let panels = sizes.iter().map(|(width, height)| Size::glass(*width, *height, wishes.glass));
    let steps = |size| steps.iter().map(move |text_scale| How { size, lang, text_scale: *text_scale });
    panels.flat_map(steps).collect()
}

/// What somebody would stumble over on a page of a sample that is shown.
pub fn faults(pictures: &Pictures, sample: &Sample, page: i32, how: How) -> Vec<String> {
    let demand = if sample.is_residents() { Demand::resident(how.text_scale) } else { Demand::staff() };
    let pixels = pictures.page(page);
    let drawn = Drawn { pixels: &pixels, width: how.size.width, scale: how.size.stand.scale };
    inspect::faults(pictures.window(), drawn, demand)
}

/// Shows a sample; answers how many pages it has there.
pub fn show(pictures: &Pictures, sample: &Sample, how: How) -> Result<i32, PictureFault> {
    match &sample.shown {
        Shown::State(state) => pictures.show(&sample.world, state, how),
        Shown::Fault => pictures.show_fault(&sample.world, how),
    }
}

/// `R20-result.normal.1280x800.zh-CN.1.00.png`;
/// the further pages of a screen are numbered: `R20-result.normal.page-2.1280x800.zh-CN.1.70.png`
pub fn file_name(sample: &Sample, page: i32, how: How) -> String {
    let page = if page == 0 { String::new() } else { format!(".page-{}", page + 1) };
    let How { size, lang, text_scale } = how;
    let panel = format!("{}x{}", size.width, size.height);
    format!("{}.{}{page}.{panel}.{}.{text_scale:.2}.png", sample.name, sample.variant, lang.tag())
}

/// The formats of ux.md 4.
pub const FORMATS: [(u32, u32); 5] = [(1280, 800), (1920, 1080), (1080, 1920), (800, 480), (412, 915)];

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
