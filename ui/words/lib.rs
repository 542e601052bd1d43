//! The words of the screens and of the slips, by key and language.
//!
//! The texts stand in `<language>.toml`. The build fails when a key is missing in one of them or when the
//! gaps of a text differ, so every [`Key`] has a text in every [`Lang`]. A further language is a further file.
//!
//! ```
//! use hut_words::Lang;
//!
//! assert_eq!(hut_words::text(Lang::ZhCn, hut_words::HOME_TITLE), "您好，请先告诉我您是谁");
//! assert_eq!(hut_words::fill(Lang::En, hut_words::ID_LEN, &[("n", "3")]), "3 digits to go");
//! ```

/// The name of one text, such as [`HOME_TITLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(usize);

impl Key {
    /// Returns the key that stands in the catalogues as `name`, such as `home.title`.
    pub fn named(name: &str) -> Option<Key> {
        NAMES.binary_search(&name).ok().map(Key)
    }

    /// Returns every key.
    pub fn all() -> impl Iterator<Item = Key> {
        (0..NAMES.len()).map(Key)
    }

    /// Returns the name in the catalogues.
    pub fn name(self) -> &'static str {
        NAMES[self.0]
    }
}

impl Lang {
    /// Returns the number that `App.lang` takes.
    pub fn index(self) -> i32 {
        self as i32
    }

    /// Returns the language with this tag.
    pub fn tagged(tag: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
    }

    /// Returns the one for this language of what is written in Chinese and in English, such as a station's name: readers
    /// of any further language get the English.
    pub fn own<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        if self == Lang::default() { zh } else { en }
    }

    /// Returns the next language, the first one after the last.
    pub fn next(self) -> Lang {
        Lang::ALL[(self as usize + 1) % Lang::ALL.len()]
    }
}

/// A stretch of a filled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// Whether they filled a gap; screens show these in bold.
    pub filled: bool,
}

/// Returns the text as it stands in the catalogue, gaps and all.
pub fn text(lang: Lang, key: Key) -> &'static str {
    TEXTS[lang as usize][key.0]
}

/// Returns the text with its gaps filled. A gap nobody fills stays as it is.
pub fn fill(lang: Lang, key: Key, gaps: &[(&str, &str)]) -> String {
    let pieces = pieces(lang, key, gaps);
    pieces.into_iter().map(|piece| piece.text).collect()
}

/// Returns the filled text in stretches, so that what filled a gap can stand out.
pub fn pieces(lang: Lang, key: Key, gaps: &[(&str, &str)]) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = text(lang, key);
    while let Some((before, name, after)) = next_gap(rest) {
        push(&mut found, before, false);
        match gaps.iter().find(|(gap, _)| *gap == name) {
            Some((_, value)) => push(&mut found, value, true),
            None => push(&mut found, &format!("{{{name}}}"), false),
        }
        rest = after;
    }
    push(&mut found, rest, false);
    found
}

fn next_gap(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn push(pieces: &mut Vec<Piece>, text: &str, filled: bool) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), filled });
    }
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));
