//! Makes `words.slint` of the catalogues, then compiles the screens.

#[path = "words/catalogue.rs"]
mod catalogue;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use catalogue::Catalogue;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));

    let used = keys_in_screens(&here);
    write(&out.join("words.slint"), &words_slint(&catalogue::read(&here.join("words")), &used));

    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_include_paths(vec![out, here]);
    slint_build::compile_with_config("app.slint", config).expect("the screens compile");
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

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("OUT_DIR can be written");
}
