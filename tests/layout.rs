//! Nobody stumbles: every page of every screen in every format, at every step of 大字, in every language: no text cut or
//! below its floor, no target too small or too near, enough contrast, nothing off the screen (ux.md 13, checks 2 and 3).

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;

use health_hut::commands::screens::samples::{self, Sample};
use health_hut::commands::screens::{faults, file_name, show};
use health_hut::kiosk::inspect;
use health_hut::kiosk::pictures::{How, Lang, Pictures, Size};

/// The formats of ux.md 4, and two panels between them.
const PANELS: [(u32, u32); 7] =
    [(1280, 800), (1920, 1080), (1080, 1920), (800, 480), (412, 915), (1366, 768), (1024, 768)];

/// The steps of 大字.
const STEPS: [f32; 3] = [1.0, 1.35, 1.7];

/// Looks at the resident's screens on a panel; half of the samples on each of two threads.
fn look(size: (u32, u32), steps: &[f32]) {
    let half = |odd: usize| {
        let samples: Vec<Sample> = samples::all().unwrap().into_iter().filter(|sample| sample.is_residents()).collect();
        let pictures = Pictures::new().unwrap();
        let mut found = Vec::new();
        for sample in samples.iter().skip(odd).step_by(2) {
            for lang in Lang::ALL {
                for text_scale in steps.iter().copied() {
                    let how = How { size: Size::panel(size.0, size.1), lang, text_scale };
                    for page in 0..show(&pictures, sample, how).unwrap() {
                        let name = file_name(sample, page, how);
                        found.extend(
                            faults(&pictures, sample, page, how).into_iter().map(|fault| format!("{name}: {fault}")),
                        );
                    }
                }
            }
        }
        found
    };
    let found: Vec<String> = thread::scope(|scope| {
        let threads = [scope.spawn(|| half(0)), scope.spawn(|| half(1))];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(found.is_empty(), "{} faults; the first:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
}

#[test]
fn nobody_stumbles_on_1280x800() {
    look(PANELS[0], &STEPS[..1]);
}

#[test]
fn nobody_stumbles_over_larger_text_on_1280x800() {
    look(PANELS[0], &STEPS[1..]);
}

#[test]
fn nobody_stumbles_on_1920x1080() {
    look(PANELS[1], &STEPS);
}

#[test]
fn nobody_stumbles_on_1080x1920() {
    look(PANELS[2], &STEPS);
}

#[test]
fn nobody_stumbles_on_800x480() {
    look(PANELS[3], &STEPS);
}

#[test]
fn nobody_stumbles_on_412x915() {
    look(PANELS[4], &STEPS);
}

#[test]
fn nobody_stumbles_on_panels_between_two_formats() {
    look(PANELS[5], &STEPS[..1]);
    look(PANELS[6], &STEPS[..1]);
}

/// No row or column of a panel is left over when sizes of the design are rounded to its pixels.
#[test]
fn the_whole_panel_is_drawn() {
    let pictures = Pictures::new().unwrap();
    let sample = samples::all().unwrap().into_iter().find(|sample| sample.name == "R04-confirm").unwrap();
    for (width, height) in PANELS {
        let how = How { size: Size::panel(width, height), lang: Lang::default(), text_scale: 1.0 };
        show(&pictures, &sample, how).unwrap();
        let pixels = pictures.page(0);
        assert_ne!(pixels[pixels.len() - 3..], [0; 3], "{width}x{height}");
    }
}

/// Levels are told apart without their colours: each has a shape of its own, in every theme.
#[test]
fn every_level_has_a_shape_of_its_own() {
    let levels = ["ok", "watch", "high", "urgent", "low", "info", "none"];
    let shape = |file: String| {
        let drawing = fs::read_to_string(root().join("ui/icons").join(&file)).expect(&file);
        let colourless = drawing.split('"').filter(|part| !part.starts_with('#') && *part != "none");
        colourless.collect::<Vec<_>>().join("\"")
    };
    for theme in ["", "-black"] {
        let shapes: BTreeSet<String> = levels.iter().map(|level| shape(format!("level-{level}{theme}.svg"))).collect();
        assert_eq!(shapes.len(), levels.len());
    }
}

/// The edge of a control stands out from what is around it, 3 to 1, in both themes.
#[test]
fn the_edges_of_controls_are_seen() {
    let theme = fs::read_to_string(root().join("ui/theme.slint")).unwrap();
    let token = |name: &str| {
        let rest = theme.split_once(&format!("<color> {name}: ")).expect(name).1;
        let value = rest.split_once(';').unwrap().0;
        let (stark, usual) = value.split_once(" : ").map_or((value, value), |(stark, usual)| (stark, usual));
        [stark.trim_start_matches("stark ? "), usual].map(colour)
    };
    let grounds = ["bg", "surface", "sunk", "pri-soft"].map(token);
    for edge in ["line2", "pri"].map(token) {
        for ground in ["bg", "surface"].map(token) {
            for theme in 0..2 {
                assert!(
                    inspect::contrast(edge[theme], ground[theme]) >= 3.0,
                    "{:?} on {:?}",
                    edge[theme],
                    ground[theme]
                );
            }
        }
    }
    for ink in ["ink", "ink2", "pri2"].map(token) {
        for ground in grounds {
            for theme in 0..2 {
                assert!(inspect::contrast(ink[theme], ground[theme]) >= 4.5, "{:?} on {:?}", ink[theme], ground[theme]);
            }
        }
    }
}

fn colour(text: &str) -> [u8; 3] {
    match text {
        "white" => [255; 3],
        "black" => [0; 3],
        hex => [1, 3, 5].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect(hex)),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
