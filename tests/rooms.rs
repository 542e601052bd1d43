//! Who uses whom, read from the `use` lines and paths of `src/`, held against `tests/rooms.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    rooms: BTreeMap<String, Vec<String>>,
    crates: BTreeMap<String, Vec<String>>,
}

#[test]
fn no_room_uses_what_the_map_does_not_name() {
    let map = map();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(room) = room_of(&file) else { continue };
        let allowed = map.rooms.get(&room).unwrap_or_else(|| panic!("room `{room}` is not in rooms.toml"));
        for used in rooms_used(&text, &map) {
            let named = |arrow: &String| {
                used == *arrow
                    || used.starts_with(&format!("{arrow}::"))
                    || arrow.split("::").next() == Some(used.as_str()) && arrow.contains("::")
            };
            if first(&used) != room && !allowed.iter().any(named) {
                wrong.push(format!("{}: {room} -> {used}", file.display()));
            }
        }
        for (name, places) in &map.crates {
            let here = |place: &String| file.starts_with(place);
            if uses_crate(&text, name) && !places.iter().any(here) && !allowed.contains(name) {
                wrong.push(format!("{}: crate {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that tests/rooms.toml does not name:\n{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_room() {
    let map = map();
    let found: BTreeSet<String> = sources().iter().filter_map(|(file, _)| room_of(file)).collect();
    let named: BTreeSet<String> = map.rooms.keys().cloned().collect();
    assert_eq!(found, named);
}

fn map() -> Map {
    toml::from_str(include_str!("rooms.toml")).unwrap()
}

fn first(path: &str) -> &str {
    path.split("::").next().unwrap()
}

/// `session/identify.rs` belongs to `session`; `lib.rs` and `main.rs` belong to no room.
fn room_of(file: &Path) -> Option<String> {
    let first = file.components().next()?.as_os_str().to_string_lossy().into_owned();
    match first.as_str() {
        "lib.rs" | "main.rs" | "client.rs" | "manual" => None,
        room => Some(room.trim_end_matches(".rs").to_owned()),
    }
}

/// Rooms named as `crate::room`, with the module behind it; also inside `crate::{...}`.
fn rooms_used(text: &str, map: &Map) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for at in text.match_indices("crate::").map(|(at, _)| at) {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') || text[..at].ends_with("$") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split(';').next().unwrap_or("").split([',', '{', '}', ' ', '\n']).collect(),
            None => vec![rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap_or("")],
        };
        for name in names.into_iter().map(str::trim).filter(|name| map.rooms.contains_key(first(name))) {
            used.insert(name.split("::").take(2).collect::<Vec<_>>().join("::"));
        }
    }
    used
}

fn uses_crate(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::"))
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // Tests may use everything.
                let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
                let code: String = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .map(|l| format!("{l}\n"))
                    .collect();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), code));
            }
        }
    }
    found.sort();
    found
}
