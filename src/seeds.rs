//! The one reader of `seeds/`: rule tables, guidance and stations, embedded in the program and checked when read; and
//! of the folder that a county lays over the tables.
//!
//! The files are listed by `build.rs` and embedded as text: a crate for that would do the same, but a new file in a
//! folder would not be noticed without a build step anyway.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::assess::indicators::{Indicator, Indicators};
use crate::assess::rulebook::{CONSENT, File, GUIDANCE, is_left_over, is_read, own_consent};
use crate::assess::{GuidanceBook, RuleBook, RuleFault};
use crate::model::{ConsentText, Station};

/// The station of the demo: 三工镇卫生院.
pub const DEMO_STATION: &str = "changji-sangong";

/// Why files were refused; the embedded ones only in a wrong build.
#[derive(Debug, thiserror::Error)]
pub enum SeedFault {
    /// A rule table or a piece of guidance.
    #[error("the rule tables are refused")]
    Rules(#[from] RuleFault),
    /// A folder of rules cannot be read.
    #[error("cannot read the rules in `{path}`; is the path right, and may this user read it?")]
    Folder {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A list of indicators.
    #[error("indicators `{file}` are refused: {says}")]
    Indicators {
        /// Its file.
        file: &'static str,
        /// What is wrong with it.
        says: String,
    },
    /// The text of R05.
    #[error("the consent text `{file}` is refused: {says}")]
    Consent {
        /// Its file.
        file: &'static str,
        /// What is wrong with it.
        says: String,
    },
    /// A county's own text of R05.
    #[error("the county's consent text is refused: {0}")]
    OwnConsent(Box<RuleFault>),
    /// A station.
    #[error("station `{file}` is refused: {says}")]
    Station {
        /// Its file.
        file: &'static str,
        /// What is wrong with it.
        says: String,
    },
}

/// The rule tables, with the guidance that rests on them; a county's folder laid over them, if it has one.
pub fn rule_book(county: Option<&Path>) -> Result<RuleBook, SeedFault> {
    let own = county.map(read_folder).transpose()?;
    let own = own.as_deref().map(as_files);
    let rules = RuleBook::load(&shipped("rules/"), own.as_deref())?;
    let guidance = guidance(&own.unwrap_or_default());
    let guidance = GuidanceBook::load(&guidance, &rules)?;
    Ok(rules.with_guidance(guidance))
}

/// The shipped topics, and a county's; one of the same file name goes into the place of the shipped one.
fn guidance<'a>(own: &[File<'a>]) -> Vec<File<'a>> {
    // A county's keep the name of their folder, so that a fault names the file as its author knows it.
    let own = || own.iter().filter(|(path, _)| path.starts_with(GUIDANCE));
    let goes = |file: &str| own().any(|(path, _)| path.strip_prefix(GUIDANCE) == Some(file));
    let kept = shipped(GUIDANCE).into_iter().filter(|(file, _)| !goes(file));
    kept.chain(own().copied()).collect()
}

/// The TOML files of a folder and the folders in it: path below it, and text. Notes (`.md`) and what a system or an editor
/// leaves are passed over; any other file is refused, because its author may mean it to count.
pub fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, SeedFault> {
    let mut texts = Vec::new();
    for (name, path) in walk(folder)? {
        if is_read(&name)? {
            let bytes = fs::read(&path).map_err(folder_fault(&path))?;
            let text = String::from_utf8(bytes).map_err(|_| RuleFault::NotUtf8 { file: name.clone() })?;
            texts.push((name, text));
        }
    }
    Ok(texts)
}

/// What a system or an editor left in a folder.
pub fn left_over(folder: &Path) -> Result<Vec<String>, SeedFault> {
    let names = walk(folder)?.into_iter().map(|(name, _)| name);
    Ok(names.filter(|name| is_left_over(name)).collect())
}

/// The same, borrowed.
pub fn as_files(texts: &[(String, String)]) -> Vec<File<'_>> {
    texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

/// Every file of a folder and the folders in it, but for hidden folders: path below it, and path.
fn walk(folder: &Path) -> Result<Vec<(String, PathBuf)>, SeedFault> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(folder_fault(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for path in entries.iter().map(fs::DirEntry::path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !path.is_dir() {
            found.push((name, path));
        } else if !name.starts_with('.') {
            found.extend(walk(&path)?.into_iter().map(|(below, path)| (format!("{name}/{below}"), path)));
        }
    }
    Ok(found)
}

fn folder_fault(path: &Path) -> impl FnOnce(io::Error) -> SeedFault + use<> {
    let path = path.to_owned();
    |cause| SeedFault::Folder { path, cause }
}

/// What R05 asks: the county's text, or the shipped one.
pub fn consent(county: Option<&Path>) -> Result<ConsentText, SeedFault> {
    let own = county.map(read_folder).transpose()?.unwrap_or_default();
    if let Some(own) = own_consent(&as_files(&own)).map_err(|fault| SeedFault::OwnConsent(Box::new(fault)))? {
        return Ok(own);
    }
    let shipped = shipped(CONSENT).into_iter().find(|(file, _)| *file == CONSENT_TEXT).map(|(_, text)| text);
    let fault = |says: String| SeedFault::Consent { file: CONSENT_TEXT, says };
    let text = shipped.ok_or_else(|| fault("it is not there".to_owned()))?;
    let text: ConsentText = toml::from_str(text).map_err(|wrong| fault(wrong.message().to_owned()))?;
    text.fault().map_or(Ok(text), |says| Err(fault(says)))
}

/// What the stored records can be counted for.
pub fn indicators() -> Result<Vec<Indicator>, SeedFault> {
    let read = |(file, text): File<'static>| -> Result<Vec<Indicator>, SeedFault> {
        let list: Indicators =
            toml::from_str(text).map_err(|fault| SeedFault::Indicators { file, says: fault.message().to_owned() })?;
        Ok(list.indicator)
    };
    let lists: Vec<Vec<Indicator>> = shipped("indicators/").into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

/// All stations, in order of their ids.
pub fn stations() -> Result<Vec<Station>, SeedFault> {
    let read = |(file, text): File<'static>| {
        let station: Station =
            toml::from_str(text).map_err(|fault| SeedFault::Station { file, says: fault.message().to_owned() })?;
        match file.strip_suffix(".toml") {
            Some(name) if name == station.id => Ok(station),
            _ => Err(SeedFault::Station { file, says: format!("its id is `{}`", station.id) }),
        }
    };
    shipped("stations/").into_iter().map(read).collect()
}

/// The station of that id.
pub fn station(id: &str) -> Result<Option<Station>, SeedFault> {
    Ok(stations()?.into_iter().find(|station| station.id == id))
}

/// The embedded files of one folder, by their names below it.
pub fn shipped(name: &str) -> Vec<File<'static>> {
    FILES.iter().filter_map(|(path, text)| Some((path.strip_prefix(name)?, *text))).collect()
}

const CONSENT_TEXT: &str = "consent.toml";
const FILES: &[File<'static>] = include!(concat!(env!("OUT_DIR"), "/seeds.rs"));
