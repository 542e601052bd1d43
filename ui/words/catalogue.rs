//! Reads and compares the catalogues: for the constants of this crate, and for the properties that the screens use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The language that stands when nobody has chosen one, and the one whose keys lead.
const FIRST: &str = "zh-CN";

/// One file: texts by dotted key.
pub struct Catalogue {
    /// The language.
    pub tag: String,
    /// Texts by key.
    pub texts: BTreeMap<String, String>,
}

/// Returns the catalogues of a folder, the default language first; panics where they differ.
pub fn read(folder: &Path) -> Vec<Catalogue> {
    let catalogues = read_catalogues(folder);
    let faults = compare(&catalogues);
    assert!(faults.is_empty(), "the catalogues differ:\n{}", faults.join("\n"));
    catalogues
}

fn read_catalogues(folder: &Path) -> Vec<Catalogue> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("words/ is there")
        .map(|entry| entry.expect("words/ can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml") && !path.ends_with("Cargo.toml"))
        .collect();
    files.sort_by_key(|path| (tag(path) != FIRST, tag(path) != "en", tag(path)));
    files.iter().map(|path| read_catalogue(path)).collect()
}

fn tag(path: &Path) -> String {
    let stem = path.file_stem().expect("a file has a name");
    stem.to_string_lossy().into_owned()
}

fn read_catalogue(path: &Path) -> Catalogue {
    println!("cargo:rerun-if-changed={}", path.display());
    let source = fs::read_to_string(path).expect("a catalogue can be read");
    let tables: toml::Table = source.parse().unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let mut texts = BTreeMap::new();
    for (section, table) in &tables {
        let table = table.as_table().unwrap_or_else(|| panic!("{}: {section} is not a table", path.display()));
        for (name, text) in table {
            let key = format!("{section}.{name}");
            let text = text.as_str().unwrap_or_else(|| panic!("{}: {key} is not a text", path.display()));
            texts.insert(key, text.to_owned());
        }
    }
    Catalogue { tag: tag(path), texts }
}

/// Names every key that stands in one catalogue only, and every text whose gaps differ.
fn compare(catalogues: &[Catalogue]) -> Vec<String> {
    let mut faults = Vec::new();
    let (first, others) = catalogues.split_first().expect("there is a catalogue");
    assert_eq!(first.tag, FIRST, "words/{FIRST}.toml is missing");
    for other in others {
        for (key, text) in &first.texts {
            match other.texts.get(key) {
                None => faults.push(format!("{}: `{key}` is missing", other.tag)),
                Some(same) if gaps(same) != gaps(text) => faults.push(format!(
                    "{}: `{key}` has the gaps {:?}, {FIRST} has {:?}",
                    other.tag,
                    gaps(same),
                    gaps(text)
                )),
                Some(same) if same.trim().is_empty() && !text.trim().is_empty() => {
                    faults.push(format!("{}: `{key}` is empty", other.tag));
                }
                Some(_) => {}
            }
        }
        for key in other.texts.keys().filter(|key| !first.texts.contains_key(*key)) {
            faults.push(format!("{FIRST}: `{key}` is missing"));
        }
    }
    faults
}

fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}
