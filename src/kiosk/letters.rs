//! The letters of names. Everything fixed is inside the fonts of the program; a name may need more (GB 18030 and beyond):
//! that comes from the font files of the configuration, then from the fonts of the machine. What no font has is shown as
//! 〓, so that nobody takes a hole for the end of a name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use slint::fontique_011::fontique::{Blob, Collection, FallbackKey, QueryFamily, QueryStatus, Script, SourceCache};
use slint::{PlatformError, SharedString};

/// Stands for a letter that no font has; the printers' own sign for it.
const GETA: char = '〓';

/// The family inside the program; see `ui/theme.slint`.
const FAMILY: &str = "Noto Sans CJK SC";

struct Letters {
    fonts: Collection,
    sources: SourceCache,
    known: HashMap<char, bool>,
}

thread_local! {
    static LETTERS: RefCell<Option<Letters>> = const { RefCell::new(None) };
}

/// Makes font files known to the window of this thread. Called before the window is made.
pub fn prepare(files: &[PathBuf]) -> Result<(), PlatformError> {
    let mut fonts = start(slint::fontique_011::shared_collection)?;
    for file in files {
        match std::fs::read(file) {
            Ok(bytes) => {
                let families = fonts.register_fonts(Blob::from(bytes), None);
                if families.is_empty() {
                    log::warn!("{} is no font; names are shown without it", file.display());
                }
                fonts.append_fallbacks(han(), families.iter().map(|(family, _)| *family));
            }
            Err(fault) => {
                log::warn!("the font {} cannot be read ({fault}); names are shown without it", file.display())
            }
        }
    }
    LETTERS.set(Some(Letters { fonts, sources: SourceCache::new_shared(), known: HashMap::new() }));
    Ok(())
}

/// A name as it can be shown. Where no window was prepared it stays as it is.
pub fn legible(name: &str) -> SharedString {
    LETTERS.with_borrow_mut(|letters| match letters {
        Some(letters) => name.chars().map(|letter| if letters.draws(letter) { letter } else { GETA }).collect(),
        None => name.into(),
    })
}

/// Does what starts the renderer. On a machine without a single font the renderer panics: here that becomes a sentence.
pub(super) fn start<T>(what: impl FnOnce() -> T) -> Result<T, PlatformError> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let started = panic::catch_unwind(AssertUnwindSafe(what));
    panic::set_hook(hook);
    started.map_err(|_| {
        let says = "the renderer does not start; most often this machine has no font at all: install one, for example the \
                    package fonts-dejavu-core";
        PlatformError::Other(says.to_owned())
    })
}

fn han() -> FallbackKey {
    FallbackKey::new(Script::from_bytes(*b"Hani"), None)
}

impl Letters {
    fn draws(&mut self, letter: char) -> bool {
        if let Some(draws) = self.known.get(&letter) {
            return *draws;
        }
        let mut draws = false;
        let mut query = self.fonts.query(&mut self.sources);
        query.set_families([QueryFamily::Named(FAMILY)]);
        query.set_fallbacks(han());
        query.matches_with(|font| {
            draws = font.charmap().and_then(|map| map.map(letter)).is_some_and(|glyph| glyph != 0);
            if draws { QueryStatus::Stop } else { QueryStatus::Continue }
        });
        self.known.insert(letter, draws);
        draws
    }
}
