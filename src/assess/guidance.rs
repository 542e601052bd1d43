//! Advice: content records of `seeds/guidance`, and the choice of at most three for this person and these findings.
//!
//! One from food, one from movement or weight, one from what the person told us or what comes next. `never_when` wins
//! over `when`. The identical three are not shown again within 30 days while there is another wording.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;

use super::View;
use super::risk;
use super::rulebook::fault::RuleFault;
use super::rulebook::rows::{Disease, Status, Strength};
use super::rulebook::sheet::{Place, lines, parse};
use super::rulebook::{File, RuleBook};
use crate::model::Assessment;
use crate::model::finding::ChosenGuidance;

/// What a piece of advice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Salt, oil, sugar, diet.
    Food,
    /// Movement and weight.
    Movement,
    /// Taken up from the person's answers.
    Answer,
    /// What comes next.
    Other,
}

/// One piece of advice, as the screens show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id; the first wording of a topic has the topic's.
    pub id: String,
    /// Raised with every change of a wording.
    pub version: u32,
    /// Not shown after this day.
    pub valid_until: NaiveDate,
    /// One imperative line, at most 14 characters.
    pub zh: String,
    /// One helper line, at most 24 characters.
    pub zh_more: String,
    /// The line in English.
    pub en: String,
    /// The helper line in English.
    pub en_more: String,
    /// Name of the icon.
    pub icon: String,
    /// Key of the voice file.
    pub voice: String,
    /// Facts of its topic that it states; a recalled fact is refused.
    pub facts: Vec<String>,
    /// Any of these must hold besides the topic's `when`.
    #[serde(default)]
    pub only_when: Vec<String>,
    /// None of these may hold.
    #[serde(default)]
    pub never_when: Vec<String>,
    /// Goes before its topic's.
    pub rank: Option<u16>,
    /// Stands before everything else: what to do now.
    #[serde(default)]
    pub now: bool,
}

/// Something that advice may state, with the status of its source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it
pub struct Statement {
    pub id: String,
    pub text: String,
    pub status: Option<Status>,
}

/// A topic: when it comes up, what it rests on, and its wordings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it
pub struct Topic {
    pub id: String,
    pub name_zh: String,
    pub kind: Kind,
    pub rank: u16,
    pub when: Vec<String>,
    #[serde(default)]
    pub never_when: Vec<String>,
    pub age_ge: Option<u16>,
    pub age_lt: Option<u16>,
    pub source: String,
    pub edition: String,
    pub seen_in: String,
    pub status: Status,
    pub strength: Strength,
    pub note: Option<String>,
    #[serde(default)]
    pub fact: Vec<Statement>,
    pub item: Vec<Item>,
}

/// All topics.
#[derive(Clone, Debug, Default)]
pub struct GuidanceBook(Vec<Topic>);

impl GuidanceBook {
    /// Reads `<topic>.toml` files; refuses words that no row and no topic knows, lines too long for the screen, and
    /// wordings that state a recalled fact.
    pub fn load(files: &[File<'_>], rules: &RuleBook) -> Result<Self, RuleFault> {
        let topics = files.iter().map(|(file, text)| parse::<Topic>(file, text)).collect::<Result<Vec<_>, _>>()?;
        let known: BTreeSet<&str> = topics
            .iter()
            .map(|topic| topic.id.as_str())
            .chain(rules.rows().iter().map(|row| row.id.as_str()))
            .chain(WORDS)
            .collect();
        let mut ids = BTreeSet::new();
        for (topic, (file, text)) in topics.iter().zip(files) {
            let heads = lines(file, text);
            let place = |list: &str, nth: usize| {
                let line = heads.get(list).and_then(|lines| lines.get(nth)).copied().unwrap_or(1);
                Place { file: (*file).to_owned(), line }
            };
            topic.check(&place, &known)?;
            for (nth, item) in topic.item.iter().enumerate() {
                if !ids.insert(item.id.as_str()) {
                    return Err(RuleFault::Twice { at: place("item", nth), row: item.id.clone() });
                }
            }
        }
        Ok(Self(topics))
    }

    /// The wording of a chosen item, for the screens.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|item| item.id == id)
    }

    /// Every item.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.iter().flat_map(|topic| &topic.item)
    }

    /// Every topic.
    pub fn topics(&self) -> &[Topic] {
        &self.0
    }
}

impl Topic {
    fn check(&self, place: &dyn Fn(&str, usize) -> Place, known: &BTreeSet<&str>) -> Result<(), RuleFault> {
        if self.source.trim().is_empty() {
            return Err(RuleFault::NoSource { at: place("source", 0), row: self.id.clone() });
        }
        for (list, words) in [("when", &self.when), ("never_when", &self.never_when)] {
            if let Some(word) = words.iter().find(|word| !known.contains(word.as_str())) {
                let says = format!("no row, word or topic is called `{word}`");
                return Err(RuleFault::Shape { at: place(list, 0), says });
            }
        }
        for (nth, item) in self.item.iter().enumerate() {
            let fault = |id: &str, says: String| {
                Err(RuleFault::Shape { at: place("item", nth), says: format!("`{id}`: {says}") })
            };
            if let Some(word) =
                item.only_when.iter().chain(&item.never_when).find(|word| !known.contains(word.as_str()))
            {
                return fault(&item.id, format!("no row, word or topic is called `{word}`"));
            }
            if item.zh.chars().count() > LINE || item.zh_more.chars().count() > HELPER {
                return fault(
                    &item.id,
                    format!("a line is longer than {LINE}, or a helper line than {HELPER} characters"),
                );
            }
            for id in &item.facts {
                let fact = self.fact.iter().find(|fact| fact.id == *id);
                let status = fact.map(|fact| fact.status.unwrap_or(self.status));
                if !matches!(status, Some(Status::Verified | Status::Policy)) {
                    return fault(&item.id, format!("`{id}` is no fact that may be stated"));
                }
            }
            if item.facts.is_empty() {
                return fault(&item.id, "states no fact of its topic".to_owned());
            }
        }
        Ok(())
    }

    fn is_for_age(&self, age: u16) -> bool {
        self.age_ge.is_none_or(|from| age >= from) && self.age_lt.is_none_or(|below| age < below)
    }
}

/// A topic's item that could be shown.
#[derive(Clone)]
struct Candidate<'a> {
    kind: Kind,
    rank: u16,
    topic: &'a str,
    item: &'a Item,
    because: Vec<String>,
}

/// Chooses at most three items, best first, by what was found; see the module's own page.
pub(super) fn choose(book: &GuidanceBook, view: &View<'_>, result: &Assessment) -> Vec<ChosenGuidance> {
    let candidates = candidates(book, view, &words(book, view, result));
    let mut chosen = pick(&candidates, &[]);
    let shown = &view.case.guidance_shown;
    if !chosen.is_empty() && chosen.iter().all(|candidate| shown.contains(&candidate.item.id)) {
        chosen = pick(&candidates, shown);
    }
    chosen.sort_by_key(|candidate| (!candidate.item.now, candidate.rank));
    let chosen = chosen.into_iter();
    chosen.map(|c| ChosenGuidance { id: c.item.id.clone(), version: c.item.version, because: c.because }).collect()
}

/// One from food, one from movement, and the rest from answers and what comes next; what is to be done now goes first.
/// Wordings in `shown` come only where there is no other.
fn pick<'a>(candidates: &[Candidate<'a>], shown: &[String]) -> Vec<Candidate<'a>> {
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(|c| (!c.item.now, !c.item.now && shown.contains(&c.item.id), c.rank));
    let mut chosen: Vec<Candidate<'a>> = Vec::new();
    for now in sorted.iter().filter(|candidate| candidate.item.now) {
        add(&mut chosen, now);
    }
    for kind in [Kind::Food, Kind::Movement] {
        if let Some(best) = sorted.iter().find(|candidate| candidate.kind == kind && !candidate.item.now) {
            add(&mut chosen, best);
        }
    }
    for other in sorted.iter().filter(|candidate| matches!(candidate.kind, Kind::Answer | Kind::Other)) {
        add(&mut chosen, other);
    }
    chosen
}

fn add<'a>(chosen: &mut Vec<Candidate<'a>>, candidate: &Candidate<'a>) {
    if chosen.len() < MOST && chosen.iter().all(|other| other.topic != candidate.topic) {
        chosen.push(candidate.clone());
    }
}

/// The items that may be shown: brought up by a finding, suppressed by none, still valid, for this age.
fn candidates<'a>(book: &'a GuidanceBook, view: &View<'_>, words: &BTreeSet<String>) -> Vec<Candidate<'a>> {
    let mut words = words.clone();
    let direct: Vec<_> = book.0.iter().filter(|topic| is_up(topic, view, &words)).collect();
    words.extend(direct.iter().map(|topic| topic.id.clone()));
    let mut candidates = Vec::new();
    for topic in book.0.iter().filter(|topic| is_up(topic, view, &words)) {
        let because: Vec<String> = topic.when.iter().filter(|word| words.contains(*word)).cloned().collect();
        for item in topic.item.iter().filter(|item| item.valid_until >= view.case.date) {
            let holds = |word: &String| words.contains(word);
            let fits = item.only_when.is_empty() || item.only_when.iter().any(holds);
            if fits && !item.never_when.iter().any(holds) {
                let rank = item.rank.unwrap_or(topic.rank);
                candidates.push(Candidate { kind: topic.kind, rank, topic: &topic.id, item, because: because.clone() });
            }
        }
    }
    candidates
}

fn is_up(topic: &Topic, view: &View<'_>, words: &BTreeSet<String>) -> bool {
    topic.status != Status::Recalled
        && topic.is_for_age(view.case.age)
        && topic.when.iter().any(|word| words.contains(word))
        && !topic.never_when.iter().any(|word| words.contains(word))
}

/// The finding ids and words that hold for this person.
fn words(book: &GuidanceBook, view: &View<'_>, result: &Assessment) -> BTreeSet<String> {
    let history = &view.case.history;
    let mut words: BTreeSet<String> = result.reasons.iter().map(|reason| reason.row.0.clone()).collect();
    words.retain(|row| !TARGETS.iter().any(|target| row.starts_with(target)));
    words.extend(risk::urgent_rows(view).map(|row| row.0));
    if result.bmi_elderly_in_range == Some(true) {
        // The advice goes by the range of old age, whatever the adult class says.
        words.retain(|row| !row.starts_with("bmi."));
    }
    let states = [
        ("any", true),
        ("known_hypertension", history.knows(Disease::Hypertension)),
        ("known_diabetes", history.knows(Disease::Diabetes)),
        ("drinks", view.case.drinks == Some(true)),
        ("does_not_drink", view.case.drinks == Some(false)),
        ("pregnant", history.pregnant),
        ("breastfeeding", history.breastfeeding),
        ("age_80plus", view.is_very_old()),
        ("raised_before", view.raised_days.possible > 1),
        ("hp.any", risk::is_prone_to_hypertension(view)),
    ];
    words.extend(states.iter().filter(|(_, holds)| *holds).map(|(word, _)| (*word).to_owned()));
    let found = |word: &String| words.contains(word) && !GENERAL.contains(&word.as_str());
    if !book.0.iter().flat_map(|topic| &topic.when).any(found) {
        words.insert("none".to_owned());
    }
    words
}

/// Words that are no row ids: `any` (everyone), `none` (nothing found), `hp.any` (any hypertension-prone row),
/// `raised_before` (an earlier day of the three-day rule was raised), `idle_screen` (not a person), and what the person told.
const WORDS: [&str; 12] = [
    "any",
    "none",
    "known_hypertension",
    "known_diabetes",
    "drinks",
    "does_not_drink",
    "pregnant",
    "breastfeeding",
    "age_80plus",
    "raised_before",
    "hp.any",
    "idle_screen",
];
/// Words that hold for so many that they are no finding.
const GENERAL: [&str; 4] = ["any", "age_80plus", "hp.any", "does_not_drink"];
/// Rows that tell how a value stands to a target; they bring nothing up.
const TARGETS: [&str; 3] = ["bp.control.", "bp.target.", "glu.control."];
const MOST: usize = 3;
const LINE: usize = 14;
const HELPER: usize = 24;
