//! `health-hut rules check DIR` and `rules explain ROW`: for authors of rule files.

use std::path::Path;
use std::{fs, io};

use crate::assess::rulebook::File;
use crate::assess::{RuleBook, RuleFault};
use crate::seeds::{self, SeedFault};

/// Why a rules folder could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckFault {
    /// The folder cannot be read.
    #[error("cannot read the rules folder")]
    Read(#[from] io::Error),
    /// Its files are refused.
    #[error(transparent)]
    Refused(#[from] RuleFault),
}

/// Reads a rules folder as the program would; returns how many rows it holds.
pub fn check(folder: &Path) -> Result<usize, CheckFault> {
    let mut texts = Vec::new();
    collect(folder, "", &mut texts)?;
    let files: Vec<File<'_>> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Ok(RuleBook::load(&files)?.rows().len())
}

fn collect(folder: &Path, below: &str, texts: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), texts)?;
        } else if name.ends_with(".toml") {
            texts.push((name, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

/// A row of the embedded tables in words, newest edition first; `None` when no edition has it.
pub fn explain(row: &str) -> Result<Option<String>, SeedFault> {
    let rules = seeds::rule_book()?;
    let rows = rules.explain(row);
    let words = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Ok(Some(words).filter(|words| !words.is_empty()))
}
