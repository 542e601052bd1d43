//! Checks the catalogues and makes the constants of them.

mod catalogue;

use std::path::PathBuf;
use std::{env, fs};

use catalogue::Catalogue;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("words.rs"), words_rs(&catalogue::read(&here))).expect("OUT_DIR can be written");
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
