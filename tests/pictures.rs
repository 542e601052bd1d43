//! What the screens look like: every screen in both languages, some in every format. The pictures lie in `tests/pictures`,
//! whose README shows them. When one changes, `target/pictures` holds what was, what is, and the difference in red.
//!
//! `HUT_WRITE_GOLDEN=1 cargo test --test suite pictures` writes them anew; look at them before they are kept.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use health_hut::commands::screens::samples::{self, Sample};
use health_hut::commands::screens::{file_name, show};
use health_hut::kiosk::pictures::{How, Lang, Pictures, Size};

/// Screens that are shown in every format.
const EVERYWHERE: [&str; 9] = [
    "R01-idle",
    "R02-identify",
    "R05-consent",
    "R06-choose",
    "R11-measuring",
    "R14-waist",
    "R20-result",
    "R21-trend",
    "R22-urgent",
];

/// The other formats.
const FORMATS: [(u32, u32); 3] = [(1080, 1920), (800, 480), (412, 915)];

/// Two colours this near are the same to the eye.
const NEAR: u8 = 24;

/// So many of a million pixels may differ all the same: a label whose two roundings add up.
const SPARED: usize = 200;

/// A picture in as many colours as a byte can name: a third of the size in the repository, and the eye sees the same.
struct Picture {
    name: String,
    width: u32,
    height: u32,
    palette: Vec<[u8; 3]>,
    pixels: Vec<u8>,
}

impl Picture {
    /// The 256 commonest colours, told apart by five bits of each part; others take the one next to them.
    fn new(name: String, (width, height): (u32, u32), drawn: &[u8]) -> Self {
        let bucket = |pixel: &[u8]| pixel.iter().fold(0_usize, |bucket, part| bucket << 5 | usize::from(part >> 3));
        let mut sums = vec![[0_u64; 4]; 1 << 15];
        for pixel in drawn.chunks(3) {
            let sum = &mut sums[bucket(pixel)];
            sum[3] += 1;
            pixel.iter().zip(sum).for_each(|(part, sum)| *sum += u64::from(*part));
        }
        let mean = |sum: &[u64; 4]| [0, 1, 2].map(|part| ((sum[part] + sum[3] / 2) / sum[3]) as u8);
        let mut used: Vec<usize> = (0..sums.len()).filter(|bucket| sums[*bucket][3] > 0).collect();
        used.sort_by_key(|bucket| std::cmp::Reverse(sums[*bucket][3]));
        let palette: Vec<[u8; 3]> = used.iter().take(256).map(|bucket| mean(&sums[*bucket])).collect();
        let mut places = vec![0_u8; sums.len()];
        for used in &used {
            let colour = mean(&sums[*used]);
            let place = (0..palette.len()).min_by_key(|place| apart(palette[*place], colour)).unwrap();
            places[*used] = place as u8;
        }
        let pixels = drawn.chunks(3).map(|pixel| places[bucket(pixel)]).collect();
        Self { name, width, height, palette, pixels }
    }

    fn colours(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|place| self.palette[usize::from(*place)]).collect()
    }
}

fn apart(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
}

#[test]
fn the_screens_look_as_they_did() {
    let folder = root().join("tests/pictures");
    let writes = std::env::var_os("HUT_WRITE_GOLDEN").is_some();
    let pictures = pictures();
    if writes {
        fs::create_dir_all(&folder).unwrap();
        forget(&folder, &pictures);
        pictures.iter().for_each(|picture| write(&folder.join(&picture.name), picture));
        fs::write(folder.join("README.md"), gallery(&pictures)).unwrap();
    }
    let changed: Vec<String> = pictures.iter().filter_map(|picture| differs(&folder, picture)).collect();
    assert!(
        changed.is_empty(),
        "these look different; target/pictures shows how, HUT_WRITE_GOLDEN=1 keeps them:\n{}",
        changed.join("\n")
    );
    let kept = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    assert!(kept == gallery(&pictures), "tests/pictures/README.md does not show these; HUT_WRITE_GOLDEN=1 writes it");
}

/// Every picture that is kept, in the order of the screen map.
fn pictures() -> Vec<Picture> {
    let stage = Pictures::new().unwrap();
    let firsts = |lang| {
        let mut told = BTreeSet::new();
        samples::told_in(lang).unwrap().into_iter().filter(move |sample| told.insert(sample.name)).collect::<Vec<_>>()
    };
    let samples = firsts(Lang::default());
    let mut pictures = Vec::new();
    let mut draw = |sample: &Sample, size: (u32, u32), lang: Lang, text_scale: f32| {
        let how = How { size: Size::panel(size.0, size.1), lang, text_scale };
        let pages = show(&stage, sample, how).unwrap();
        let pages = if text_scale > 1.0 || size != (1280, 800) { pages } else { 1 };
        for page in 0..pages {
            let name = file_name(sample, page, how);
            pictures.push(Picture::new(name, size, &stage.page(page)));
        }
    };
    let spoken = Lang::ALL.map(|lang| (lang, firsts(lang)));
    for place in 0..samples.len() {
        for (lang, samples) in &spoken {
            draw(&samples[place], (1280, 800), *lang, 1.0);
        }
    }
    for sample in samples.iter().filter(|sample| EVERYWHERE.contains(&sample.name)) {
        for size in FORMATS {
            draw(sample, size, Lang::ZhCn, 1.0);
        }
    }
    let result = samples.iter().find(|sample| sample.name == "R20-result").unwrap();
    draw(result, (1280, 800), Lang::ZhCn, 1.35);
    draw(result, (1280, 800), Lang::ZhCn, 1.7);
    pictures
}

/// Says that a picture differs, and leaves what shows how.
fn differs(folder: &Path, picture: &Picture) -> Option<String> {
    let Picture { name, width, height, .. } = picture;
    let pixels = &picture.colours();
    let Some((kept_size, kept)) = read(&folder.join(name)) else { return Some(format!("{name} is not kept")) };
    if kept_size != (*width, *height) {
        return Some(format!("{name} had another size"));
    }
    let differ = differing(*width, &kept, pixels);
    let count = differ.iter().filter(|differs| **differs).count();
    if count * 1_000_000 <= SPARED * differ.len() {
        return None;
    }
    let shown = root().join("target/pictures");
    fs::create_dir_all(&shown).unwrap();
    let shows = Picture::new(name.clone(), (width * 3, *height), &side_by_side(*width, &kept, pixels, &differ));
    write(&shown.join(name), &shows);
    Some(format!("{name}: {:.2} % of the pixels", count as f64 * 100.0 / differ.len() as f64))
}

/// The pixels whose colour is not among those that stand there and beside in the other picture: screens that are read at
/// run time and screens that were compiled round the same half pixel differently, and a line then stands one pixel lower.
fn differing(width: u32, was: &[u8], is: &[u8]) -> Vec<bool> {
    let (was, is) = (was.as_chunks::<3>().0, is.as_chunks::<3>().0);
    let (width, height) = (width as usize, was.len() / width as usize);
    let around = |at: usize, end: usize| at.saturating_sub(1)..=(at + 1).min(end - 1);
    let among = |pixel: [u8; 3], place: usize, others: &[[u8; 3]]| {
        let (mut low, mut high) = (others[place], others[place]);
        for y in around(place / width, height) {
            for x in around(place % width, width) {
                for part in 0..3 {
                    low[part] = low[part].min(others[y * width + x][part]);
                    high[part] = high[part].max(others[y * width + x][part]);
                }
            }
        }
        (0..3).all(|part| (low[part].saturating_sub(NEAR)..=high[part].saturating_add(NEAR)).contains(&pixel[part]))
    };
    let differs =
        |place: usize| was[place] != is[place] && !(among(was[place], place, is) && among(is[place], place, was));
    (0..was.len()).map(differs).collect()
}

/// What was, what is, and what differs: red on a pale copy.
fn side_by_side(width: u32, was: &[u8], is: &[u8], differ: &[bool]) -> Vec<u8> {
    let pale = |(pixel, differs): (&[u8], &bool)| {
        if *differs { [220, 0, 0] } else { [0, 1, 2].map(|part| 192 + pixel[part] / 4) }
    };
    let difference: Vec<u8> = is.chunks(3).zip(differ).flat_map(pale).collect();
    let row = width as usize * 3;
    let rows = was.chunks(row).zip(is.chunks(row)).zip(difference.chunks(row));
    rows.flat_map(|((was, is), difference)| [was, is, difference].concat()).collect()
}

/// The page of pictures.
fn gallery(pictures: &[Picture]) -> String {
    let mut page = String::from(
        "# The screens\n\nEvery screen in Chinese and English at 1280×800, some in the other formats and sizes of text. All persons and \
         numbers are invented. Made by `tests/pictures.rs`, which also holds the screens against these pictures.\n",
    );
    let mut screen = "";
    for picture in
        pictures.iter().filter(|picture| picture.name.contains(".1280x800.") && picture.name.ends_with(".1.00.png"))
    {
        let name = picture.name.split('.').next().unwrap();
        if name != screen {
            screen = name;
            write!(page, "\n## {}\n\n", name.replacen('-', " ", 1)).unwrap();
        }
        writeln!(page, "<img src=\"{}\" width=\"49%\" alt=\"{name}\">", picture.name).unwrap();
    }
    page += "\n## Other formats\n\n";
    for picture in pictures.iter().filter(|picture| !picture.name.contains(".1280x800.")) {
        let width = if picture.width > picture.height { 32 } else { 19 };
        writeln!(page, "<img src=\"{0}\" width=\"{width}%\" alt=\"{0}\">", picture.name).unwrap();
    }
    page += "\n## Larger text\n\n";
    for picture in pictures.iter().filter(|picture| !picture.name.ends_with(".1.00.png")) {
        writeln!(page, "<img src=\"{0}\" width=\"32%\" alt=\"{0}\">", picture.name).unwrap();
    }
    page
}

/// Pictures of screens that are no more go.
fn forget(folder: &Path, pictures: &[Picture]) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".png") && !pictures.iter().any(|picture| picture.name == name) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

fn read(path: &Path) -> Option<((u32, u32), Vec<u8>)> {
    let mut decoder = png::Decoder::new(BufReader::new(fs::File::open(path).ok()?));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    Some(((info.width, info.height), pixels))
}

fn write(path: &Path, picture: &Picture) {
    let file = BufWriter::new(fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(picture.palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().unwrap().write_image_data(&picture.pixels).unwrap();
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
