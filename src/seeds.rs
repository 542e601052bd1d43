//! The one reader of `seeds/`: rule tables, guidance and stations, embedded in the program and checked when read.
//!
//! The files are listed by `build.rs` and embedded as text: a crate for that would do the same, but a new file in a
//! folder would not be noticed without a build step anyway.

use crate::assess::rulebook::File;
use crate::assess::{GuidanceBook, RuleBook, RuleFault};
use crate::model::Station;

/// The station of the demo: 三工镇卫生院.
pub const DEMO_STATION: &str = "changji-sangong";

/// Why the embedded files were refused. Only a wrong build has any.
#[derive(Debug, thiserror::Error)]
pub enum SeedFault {
    /// A rule table or a piece of guidance.
    #[error("the rule tables are refused")]
    Rules(#[from] RuleFault),
    /// A station.
    #[error("station `{file}` is refused: {says}")]
    Station {
        /// Its file.
        file: &'static str,
        /// What is wrong with it.
        says: String,
    },
}

/// The rule tables, with the guidance that rests on them.
pub fn rule_book() -> Result<RuleBook, SeedFault> {
    let rules = RuleBook::load(&folder("rules/"))?;
    let guidance = GuidanceBook::load(&folder("guidance/"), &rules)?;
    Ok(rules.with_guidance(guidance))
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
    folder("stations/").into_iter().map(read).collect()
}

/// The station of that id.
pub fn station(id: &str) -> Result<Option<Station>, SeedFault> {
    Ok(stations()?.into_iter().find(|station| station.id == id))
}

/// The files of one folder, by their names below it.
fn folder(name: &str) -> Vec<File<'static>> {
    FILES.iter().filter_map(|(path, text)| Some((path.strip_prefix(name)?, *text))).collect()
}

const FILES: &[File<'static>] = include!(concat!(env!("OUT_DIR"), "/seeds.rs"));
