//! What must hold for the words, whichever language they are in.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, str};

use hut_ui::words::{self, Key, Lang, Piece};

#[test]
fn every_key_has_a_text_in_every_language() {
    for lang in Lang::ALL {
        for key in Key::all() {
            assert!(!words::text(lang, key).is_empty(), "{}: `{}` is empty", lang.tag(), key.name());
        }
    }
}

#[test]
fn keys_are_found_by_name() {
    for key in Key::all() {
        assert_eq!(Key::named(key.name()), Some(key));
    }
    assert_eq!(Key::named("home.nothing"), None);
}

#[test]
fn gaps_are_filled_and_told_apart() {
    let gaps = [("m", "3"), ("s", "48")];
    assert_eq!(words::fill(Lang::ZhCn, words::REST_LEFT, &gaps), "还有 3 分 48 秒。");
    let pieces = words::pieces(Lang::En, words::MEAS_LEFT, &[("s", "20")]);
    let piece = |text: &str, filled| Piece { text: text.to_owned(), filled };
    assert_eq!(pieces, [piece("About ", false), piece("20", true), piece(" s left", false)]);
}

#[test]
fn a_gap_nobody_fills_stays_to_be_seen() {
    assert_eq!(words::fill(Lang::En, words::ID_LEN, &[]), "{n} digits to go");
}

#[test]
fn residents_are_not_shouted_at() {
    for key in Key::all().filter(|key| !key.name().starts_with("urgent.")) {
        let text = words::text(Lang::ZhCn, key);
        assert!(!text.contains(['!', '！']), "`{}`: {text}", key.name());
    }
}

#[test]
fn every_character_on_the_screens_is_in_both_fonts() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shipped = BTreeSet::new();
    for lang in Lang::ALL {
        shipped.extend(Key::all().flat_map(|key| words::text(lang, key).chars()));
    }
    for folder in [".", "screens", "widgets"] {
        for entry in fs::read_dir(here.join(folder)).expect("the folder is there").flatten() {
            if entry.path().extension().is_some_and(|end| end == "slint") {
                let source = fs::read_to_string(entry.path()).expect("a screen can be read");
                shipped.extend(source.chars());
            }
        }
    }
    for weight in ["Regular", "Bold"] {
        let path = here.join(format!("fonts/NotoSansCJKsc-{weight}.otf"));
        let font = fs::read(path).expect("the font is there");
        let covered = covered(&font);
        let missing: String =
            shipped.iter().filter(|letter| !letter.is_control() && !covered.contains(&(**letter as u32))).collect();
        assert_eq!(missing, "", "{weight} lacks these");
    }
}

/// Reads the characters of an OpenType font from the `cmap` table, subtable format 4.
fn covered(font: &[u8]) -> BTreeSet<u32> {
    let tables = u16_at(font, 4) as usize;
    let cmap = (0..tables)
        .map(|i| 12 + 16 * i)
        .find(|at| str::from_utf8(&font[*at..at + 4]) == Ok("cmap"))
        .map(|at| u32_at(font, at + 8) as usize)
        .expect("a font has a cmap");
    let subtables = u16_at(font, cmap + 2) as usize;
    let mut found = BTreeSet::new();
    for i in 0..subtables {
        let at = cmap + u32_at(font, cmap + 4 + 8 * i + 4) as usize;
        if u16_at(font, at) == 4 {
            read_segments(font, at, &mut found);
        }
    }
    assert!(found.len() > 7_000, "the cmap was not understood");
    found
}

/// Four arrays side by side: last character, first character, shift, and where a list of glyphs begins.
fn read_segments(font: &[u8], table: usize, found: &mut BTreeSet<u32>) {
    let size = u16_at(font, table + 6) as usize;
    for segment in (0..size).step_by(2) {
        let last = u16_at(font, table + 14 + segment);
        let first = u16_at(font, table + 16 + size + segment);
        let list = table + 16 + 3 * size + segment;
        let offset = u16_at(font, list) as usize;
        for code in first..=last {
            let listed = offset == 0 || u16_at(font, list + offset + 2 * (code - first) as usize) != 0;
            if listed && code != 0xFFFF {
                found.insert(u32::from(code));
            }
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
