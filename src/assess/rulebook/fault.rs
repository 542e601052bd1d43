//! Why rule files are refused: which file, which line, which row.

use super::cases_file;
use super::sheet::Place;
use crate::assess::bands::BandFault;

/// Why a rules folder was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // each says it in its message
pub enum RuleFault {
    #[error("there is no {0}")]
    NoManifest(&'static str),
    #[error("{file}: no edition of `{topic}` ever comes into force")]
    NoTopic { file: &'static str, topic: String },
    #[error("{file}: there is no {topic}/{edition}.toml that comes into force here")]
    NoEdition { file: &'static str, topic: String, edition: String },
    #[error("{0}: no profile has a day from which it counts")]
    NoProfile(&'static str),
    #[error("{file}: profile `{profile}` names {what}, which no table offers")]
    Profile { file: &'static str, profile: String, what: String },
    #[error("{at}: {says}")]
    Shape { at: Place, says: String },
    #[error("{file}: {says}")]
    Stray { file: String, says: &'static str },
    #[error("{file}: its rows have limits and no worked cases; put them into {cases}")]
    NoCases { file: String, cases: String },
    #[error("{at}: two rows are called `{row}`")]
    Twice { at: Place, row: String },
    #[error("{at}: row `{row}` names no source")]
    NoSource { at: Place, row: String },
    #[error("{at}: row `{row}` belongs into [[{table}]], where the shipped one stands")]
    Elsewhere { at: Place, row: String, table: String },
    #[error("{at}: `{list}`: {fault}")]
    Bands { at: Place, list: String, fault: BandFault },
    #[error("{at}: row `{row}`, which the program asks for, is missing or lacks `{key}`")]
    Needed { at: Place, row: String, key: String },
    #[error("{at}: row `{row}`, limit `{limit}`: no worked case {side} the limit in {}", cases_file(&at.file))]
    Uncovered { at: Place, row: String, limit: String, side: &'static str },
    #[error("{at}: row `{row}`, limit `{limit}`, value {value}: the case says otherwise than the row")]
    WrongCase { at: Place, row: String, limit: String, value: String },
    #[error("{at}: the case names row `{row}` and limit `{limit}`, which do not exist")]
    StrayCase { at: Place, row: String, limit: String },
}
