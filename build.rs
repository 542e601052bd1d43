//! Lists the folders of `seeds/` for `src/seeds.rs`, so that a new file is embedded without
//! a line of Rust and the library is built anew when one is added.

use std::path::{Path, PathBuf};
use std::{env, fmt::Write, fs, io};

const FOLDERS: [&str; 5] = ["rules", "guidance", "indicators", "stations", "consent"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("seeds");
    let mut list = String::from("&[\n");
    for folder in FOLDERS {
        println!("cargo:rerun-if-changed=seeds/{folder}");
        for path in toml_files(&root.join(folder))? {
            let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().replace('\\', "/");
            // Relative to the sources at compile time: the checkout may move, the target folder may be shared.
            let file = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/seeds/\", {name:?})");
            writeln!(list, "    ({name:?}, include_str!({file})),").expect("writing to a string cannot fail");
        }
    }
    list.push(']');
    fs::write(PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("seeds.rs"), list)
}

/// All TOML files below `folder`, in order of their names.
fn toml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(toml_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
