//! What a reason is called when it is told to people: `seeds/rules/words.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::measurement::Quality;

/// A text in both languages of the screens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the languages
pub struct Both {
    pub zh: String,
    pub en: String,
}

/// A judged quantity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the languages
pub struct Named {
    pub zh: String,
    pub en: String,
    /// Empty where the value has none or holds it itself.
    pub unit: String,
}

/// All of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// By the key of the result that a reason explains.
    pub of: BTreeMap<String, Named>,
    word: BTreeMap<String, Both>,
    quality: BTreeMap<String, Both>,
}

impl Words {
    /// A judged value or a bound: the words of the tables in it are put into plain ones.
    pub fn plain(&self, text: &str) -> Both {
        let mut plain = Both { zh: text.to_owned(), en: text.to_owned() };
        let mut words: Vec<_> = self.word.iter().filter(|(word, _)| text.contains(word.as_str())).collect();
        // A longer word goes first, so that one inside it is not put in its place.
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        for (word, both) in words {
            plain.zh = plain.zh.replace(word, &both.zh);
            plain.en = plain.en.replace(word, &both.en);
        }
        plain
    }

    /// What was said of a reading.
    pub fn quality(&self, mark: Quality) -> Both {
        let name = serde_json::to_value(mark).ok().and_then(|name| name.as_str().map(str::to_owned));
        name.and_then(|name| self.quality.get(&name)).cloned().unwrap_or_default()
    }

    /// True when a word of the tables has a plain one.
    pub fn knows(&self, word: &str) -> bool {
        self.word.contains_key(word)
    }
}
