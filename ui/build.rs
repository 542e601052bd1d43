//! Checks the catalogues, makes of them `words.slint` and `words.rs`, then compiles the screens.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The language that stands when nobody has chosen one, and the one whose keys lead.
const FIRST: &str = "zh-CN";

/// One file of `words/`: texts by dotted key.
struct Catalogue {
    tag: String,
    texts: BTreeMap<String, String>,
}

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));

    let catalogues = read_catalogues(&here.join("words"));
    let faults = compare(&catalogues);
    assert!(faults.is_empty(), "the catalogues differ:\n{}", faults.join("\n"));

    let used = keys_in_screens(&here);
    write(&out.join("words.slint"), &words_slint(&catalogues, &used));
    write(&out.join("words.rs"), &words_rs(&catalogues));

    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_include_paths(vec![out, here]);
    slint_build::compile_with_config("app.slint", config).expect("the screens compile");
}

fn read_catalogues(folder: &Path) -> Vec<Catalogue> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("words/ is there")
        .map(|entry| entry.expect("words/ can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
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

/// The `Words.x-y` that stand in any screen: only these become properties.
fn keys_in_screens(here: &Path) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for folder in ["", "widgets", "screens"] {
        let folder = here.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|end| end == "slint") {
                let source = fs::read_to_string(&path).expect("a screen can be read");
                let names = source
                    .split("Words.")
                    .skip(1)
                    .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect());
                used.extend(names);
            }
        }
    }
    used
}

fn words_slint(catalogues: &[Catalogue], used: &BTreeSet<String>) -> String {
    let mut source = String::from(
        "// Made by build.rs from words/*.toml.\nimport { App } from \"api.slint\";\nexport global Words {\n",
    );
    for key in catalogues[0].texts.keys() {
        let name = key.replace('.', "-");
        if !used.contains(&name) {
            continue;
        }
        let mut choice = String::new();
        for (at, catalogue) in catalogues.iter().enumerate().skip(1) {
            choice += &format!("App.lang == {at} ? {} : ", literal(&catalogue.texts[key]));
        }
        choice += &literal(&catalogues[0].texts[key]);
        source += &format!("    out property <string> {name}: {choice};\n");
    }
    source + "}\n"
}

fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn words_rs(catalogues: &[Catalogue]) -> String {
    let mut source = String::from("/// A language the screens speak; the place in `ALL` is `App.lang`.\n");
    source += "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]\npub enum Lang {\n";
    for (at, catalogue) in catalogues.iter().enumerate() {
        let tag = &catalogue.tag;
        let default = if at == 0 { "    #[default]\n" } else { "" };
        source += &format!("    /// `words/{tag}.toml`\n{default}    {},\n", variant(tag));
    }
    source += "}\n\nimpl Lang {\n    /// Every language, the first one being the default.\n";
    let all: Vec<String> = catalogues.iter().map(|catalogue| format!("Lang::{}", variant(&catalogue.tag))).collect();
    source += &format!("    pub const ALL: [Lang; {}] = [{}];\n\n", all.len(), all.join(", "));
    source += "    /// Returns the language tag, such as `zh-CN`.\n    pub fn tag(self) -> &'static str {\n        match self {\n";
    for catalogue in catalogues {
        let tag = &catalogue.tag;
        source += &format!("            Lang::{} => {tag:?},\n", variant(tag));
    }
    source += "        }\n    }\n}\n\n";

    for (at, (key, text)) in catalogues[0].texts.iter().enumerate() {
        let name = key.replace(['.', '-'], "_").to_uppercase();
        let shown = text.replace('\n', " / ").replace('`', "'");
        source += &format!("/// `{shown}`\npub const {name}: Key = Key({at});\n");
    }
    source += &format!("\nstatic NAMES: [&str; {}] = [\n", catalogues[0].texts.len());
    for key in catalogues[0].texts.keys() {
        source += &format!("    {key:?},\n");
    }
    source += &format!("];\n\nstatic TEXTS: [[&str; {}]; {}] = [\n", catalogues[0].texts.len(), catalogues.len());
    for catalogue in catalogues {
        source += "    [\n";
        for text in catalogue.texts.values() {
            source += &format!("        {text:?},\n");
        }
        source += "    ],\n";
    }
    source + "];\n"
}

/// `zh-CN` becomes `ZhCn`.
fn variant(tag: &str) -> String {
    tag.split('-')
        .map(|part| {
            let lower = part.to_lowercase();
            let mut letters = lower.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("OUT_DIR can be written");
}
