//! Why rule files are refused: which file, which line, which row, and what to do.

use chrono::NaiveDate;

use super::cases::WorkedCase;
use super::sheet::Place;
use super::{TOPICS, cases_file};
use crate::assess::bands::BandFault;

/// Why a rules folder was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // each says it in its message
pub enum RuleFault {
    #[error("there is no {wanted} in the folder{}", called(.near, .wanted))]
    NoManifest { wanted: &'static str, near: Option<String> },
    #[error("{file}: this is no rule file; {} (notes may stand in .md files)", or_move(.wanted))]
    NotToml { file: String, wanted: Option<String> },
    #[error("{file}: this is not text in UTF-8; save it as UTF-8")]
    NotUtf8 { file: String },
    #[error("{file}: no edition of `{topic}` ever comes into force")]
    NoTopic { file: &'static str, topic: String },
    #[error("{at}: there is no topic `{topic}`; the topics are {}", TOPICS.join(", "))]
    UnknownTopic { at: Place, topic: String },
    #[error("{at}: there is no {topic}/{edition}.toml to come into force{}", meant(.near))]
    NoEdition { at: Place, topic: String, edition: String, near: Option<String> },
    #[error(
        "{at}: {topic} {edition} is a shipped edition, in force from {from} on; call yours otherwise, for example by its month"
    )]
    ShippedEdition { at: Place, topic: String, edition: String, from: NaiveDate },
    #[error(
        "{at}: {edition} counts from {from} on, and the shipped {shipped} begins only on {begins}: yours would never \
         judge; write a later day into `from`, for example {}",
        begins.succ_opt().unwrap_or(*begins)
    )]
    TooEarly { at: Place, edition: String, from: NaiveDate, shipped: String, begins: NaiveDate },
    #[error("{file}: no [[edition]] in {manifest} brings it into force; add one with `topic`, `edition` and `from`")]
    NotInForce { file: String, manifest: &'static str },
    #[error(
        "{at}: {edition} lacks {}, which {before} has; write them into its file again, or add `without = [\"{}\"]` here",
        listed(.rows), .rows.join("\", \"")
    )]
    Lacks { at: Place, edition: String, before: String, rows: Vec<String> },
    #[error("{at}: `without` names `{row}`, which {why}")]
    NotWithout { at: Place, row: String, why: String },
    #[error("{at}: {what} counts from {from} on, and so does {other}: put one of them on another day, or take it out")]
    SameDay { at: Place, what: String, other: String, from: NaiveDate },
    #[error("{0}: no profile has a day from which it counts; give a [[profile]] its `from`")]
    NoProfile(&'static str),
    #[error("{at}: profile `{profile}`: there is no {key} `{wrong}`; there is {}", .known.join(", "))]
    Profile { at: Place, profile: String, key: &'static str, wrong: String, known: Vec<String> },
    #[error("{at}: row `{row}` is switched on without the name of who signed it; write it into `by`")]
    NoName { at: Place, row: String },
    #[error(
        "{at}: row `{row}` was signed on {on}, and profile `{profile}` counts from {from} on; a signature does not count \
         backwards: put it into a profile that begins on that day or later"
    )]
    SignedLater { at: Place, row: String, on: NaiveDate, profile: String, from: NaiveDate },
    #[error("{at}: no row is called `{row}`{}", meant(.near))]
    NoRow { at: Place, row: String, near: Option<String> },
    #[error("{at}: {says}")]
    Shape { at: Place, says: String },
    #[error("{file}: {says}")]
    Stray { file: String, says: String },
    #[error(
        "{file}: its rows have limits and no worked cases; put them into {cases} (`health-hut rules cases DIR` writes them)"
    )]
    NoCases { file: String, cases: String },
    #[error("{at}: two rows are called `{row}`")]
    Twice { at: Place, row: String },
    #[error(
        "{at}: row `{row}` is verified and {lacks}; write where you read the number, or give it another `status` (`policy`: \
         your own choice; `recalled`: off until a clinician signs it)"
    )]
    NotSeen { at: Place, row: String, lacks: &'static str },
    #[error("{at}: row `{row}` has the definition `{definition}`, which no [meta] offers, and would judge nobody; there is {}{}; \
             correct it, or add it to `selectable_definitions`", .known.join(", "), meant(&near_of(.definition, .known)))]
    NotOffered { at: Place, row: String, definition: String, known: Vec<String> },
    #[error("{at}: row `{row}` is one of {topic}; write it into {topic}.toml, or call it otherwise")]
    OtherTopic { at: Place, row: String, topic: String },
    #[error("{file}: `{key}` is {}; {wanted}", if *.empty { "empty" } else { "missing" })]
    NoWord { file: &'static str, key: &'static str, empty: bool, wanted: &'static str },
    #[error("{at}: two profiles are called `{profile}`; name one of them otherwise")]
    TwoProfiles { at: Place, profile: String },
    #[error("{at}: row `{row}` names no source")]
    NoSource { at: Place, row: String },
    #[error("{at}: row `{row}`: no value meets both `{lower}` and `{upper}`; mend one of them")]
    NoValue { at: Place, row: String, lower: String, upper: String },
    #[error("{at}: row `{row}` belongs into [[{table}]], where the shipped one stands")]
    Elsewhere { at: Place, row: String, table: String },
    #[error("{at}: `{list}`: {fault}")]
    Bands { at: Place, list: String, fault: Box<BandFault> },
    #[error("{at}: row `{row}`, which the program asks for, is missing or lacks `{key}`")]
    Needed { at: Place, row: String, key: String },
    #[error(
        "{at}: row `{row}`, limit `{limit}`: no worked case {side} the limit in {} (`health-hut rules cases DIR` writes it)",
        cases_file(&at.file)
    )]
    Uncovered { at: Place, row: String, limit: String, side: &'static str },
    #[error(
        "{at}: row `{}`, limit `{}`, value {}: the case {}, the row has {} = {holds}; mend the case or the row",
        .case.row, .case.limit, .case.value, .case.says(), .case.limit
    )]
    WrongCase { at: Place, case: Box<WorkedCase>, holds: String },
    #[error("{at}: the case names row `{row}`, which does not stand in the file of these cases{}", meant(.near))]
    StrayCase { at: Place, row: String, near: Option<String> },
    #[error("{at}: the case names limit `{limit}`; {}", limits_of(.row, .limits))]
    StrayLimit { at: Place, row: String, limit: String, limits: Vec<String> },
}

/// What was probably meant: the most similar word, unless none is similar.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let similar = |other: &str| strsim::jaro_winkler(&word, &other.to_lowercase());
    let scored = among.into_iter().map(|other| (similar(other), other)).filter(|(score, _)| *score > SIMILAR);
    scored.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, other)| other)
}

/// Below it two words are taken for different ones: `hr.waist` and `hr.wiast` lie above it, `hr.bp` and `waist` below.
const SIMILAR: f64 = 0.82;

fn near_of(wrong: &str, known: &[String]) -> Option<String> {
    nearest(wrong, known.iter().map(String::as_str)).map(str::to_owned)
}

fn meant(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; is `{near}` meant?")).unwrap_or_default()
}

fn called(near: &Option<String>, wanted: &str) -> String {
    near.as_ref().map(|near| format!("; `{near}` is there: call it {wanted}")).unwrap_or_default()
}

fn or_move(wanted: &Option<String>) -> String {
    let save = wanted.as_ref().map(|wanted| format!("save it as {wanted}, or ")).unwrap_or_default();
    format!("{save}move it out of the folder")
}

fn limits_of(row: &str, limits: &[String]) -> String {
    match limits {
        [] => format!("row `{row}` has no limits; take the case out"),
        limits => format!("the limits of row `{row}` are {}", limits.join(", ")),
    }
}

fn listed(rows: &[String]) -> String {
    rows.iter().map(|row| format!("`{row}`")).collect::<Vec<_>>().join(", ")
}
