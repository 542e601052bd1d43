//! The text of R05: a content record of the county, with a version. It is asked again when the version changes.

use serde::Deserialize;

/// What is asked, in five short sentences.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentText {
    /// Stored with every answer; changed with every change of the sentences.
    pub version: String,
    /// The sentences, in their order.
    pub line: Vec<ConsentSentence>,
}

/// A sentence of the text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentSentence {
    /// Name of its drawing.
    pub icon: String,
    /// The sentence.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

/// Sentences of the text.
pub const SENTENCES: usize = 5;
/// Characters of a sentence at most: it is read standing, and aloud.
const LONGEST: usize = 22;

impl ConsentText {
    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        let long = |line: &&ConsentSentence| line.zh.chars().count() > LONGEST;
        if self.version.trim().is_empty() {
            Some("it has no version".to_owned())
        } else if self.line.len() != SENTENCES {
            Some(format!("it has {} sentences, not {SENTENCES}", self.line.len()))
        } else if let Some(line) = self.line.iter().find(|line| line.zh.is_empty() || line.en.is_empty()) {
            Some(format!("the sentence with the icon `{}` lacks a language", line.icon))
        } else {
            self.line.iter().find(long).map(|line| format!("`{}` is longer than {LONGEST} characters", line.zh))
        }
    }
}
