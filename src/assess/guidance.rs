//! Advice: content records of `seeds/guidance`, and the choice of at most three for this person and these findings.
//!
//! One from food, one from movement or weight, one from what the person told us or what comes next; never two of a kind.
//! `never_when` wins over `when`; movement stays out on an urgent day and in pregnancy whatever its topic says. What was
//! shown within 30 days gives way: to another topic of its place first, then to another wording, and the identical three
//! are not shown again while there is any other choice.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;

use super::View;
use super::health_days::HealthDay;
use super::risk;
use super::rulebook::fault::RuleFault;
use super::rulebook::rows::{Disease, Status, Strength};
use super::rulebook::sheet::{Place, RowText, lines, parse};
use super::rulebook::{File, RuleBook};
use crate::model::finding::ChosenGuidance;
use crate::model::{Assessment, RowId, Urgency};

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

/// Who reads the items of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The person measured; on R20 and on the slip.
    #[default]
    Resident,
    /// The doctor's desk only.
    Staff,
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
    /// The row of the rule tables that holds its numbers.
    pub row: Option<String>,
}

/// A topic: when it comes up, what it rests on, and its wordings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it
pub struct Topic {
    pub id: String,
    pub name_zh: String,
    pub kind: Kind,
    #[serde(default)]
    pub audience: Audience,
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
    #[serde(default)]
    pub day: Vec<HealthDay>,
}

/// All topics.
#[derive(Clone, Debug, Default)]
pub struct GuidanceBook(Vec<Topic>);

impl GuidanceBook {
    /// Reads `<topic>.toml` files; refuses words that no row and no topic knows, lines too long for the screen,
    /// wordings that state a recalled fact, and facts whose row is missing or recalled.
    pub fn load(files: &[File<'_>], rules: &RuleBook) -> Result<Self, RuleFault> {
        let topics = files.iter().map(|(file, text)| parse::<Topic>(file, text)).collect::<Result<Vec<_>, _>>()?;
        let known: BTreeSet<&str> = topics
            .iter()
            .map(|topic| topic.id.as_str())
            .chain(rules.rows().iter().map(|row| row.id.as_str()))
            .chain(WORDS)
            .collect();
        let may_be_stated = |row: &&RowText| ["verified", "policy"].contains(&row.text("status"));
        let stated = rules.rows().iter().filter(may_be_stated).map(|row| row.id.as_str()).collect();
        let mut ids = BTreeSet::new();
        for (topic, (file, text)) in topics.iter().zip(files) {
            let heads = lines(file, text);
            let place = |list: &str, nth: usize| {
                let line = heads.get(list).and_then(|lines| lines.get(nth)).copied().unwrap_or(1);
                Place { file: (*file).to_owned(), line }
            };
            topic.check(&place, &known, &stated)?;
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

    /// The health days in force on `date`; one whose date is recalled is in force nowhere.
    pub fn days_on(&self, date: NaiveDate) -> impl Iterator<Item = &HealthDay> {
        self.0
            .iter()
            .flat_map(|topic| &topic.day)
            .filter(move |day| day.status != Status::Recalled && day.holds_on(date))
    }
}

impl Topic {
    fn check(
        &self,
        place: &dyn Fn(&str, usize) -> Place,
        known: &BTreeSet<&str>,
        stated: &BTreeSet<&str>,
    ) -> Result<(), RuleFault> {
        if self.source.trim().is_empty() {
            return Err(RuleFault::NoSource { at: place("source", 0), row: self.id.clone() });
        }
        for (list, words) in [("when", &self.when), ("never_when", &self.never_when)] {
            if let Some(word) = words.iter().find(|word| !known.contains(word.as_str())) {
                let says = format!("no row, word or topic is called `{word}`");
                return Err(RuleFault::Shape { at: place(list, 0), says });
            }
        }
        for (nth, fact) in self.fact.iter().enumerate() {
            if let Some(row) = fact.row.as_ref().filter(|row| !stated.contains(row.as_str())) {
                let says = format!("`{}`: `{row}` is no row that may be stated", fact.id);
                return Err(RuleFault::Shape { at: place("fact", nth), says });
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
            if item.version == 0 {
                return fault(&item.id, "its version is 0; begin with 1, and raise it with every change".to_owned());
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
struct Candidate<'a> {
    topic: &'a Topic,
    item: &'a Item,
    rank: u16,
    because: Vec<&'a str>,
    /// How lately the topic was shown, and the item: 0 not within 30 days, then the higher the later.
    shown: (usize, usize),
}

impl Candidate<'_> {
    fn is(&self, kind: Kind) -> bool {
        self.topic.kind == kind && !self.item.now
    }

    /// The best first: what was not shown lately, by rank.
    fn order(&self) -> (usize, u16, usize) {
        (self.shown.0, self.rank, self.shown.1)
    }

    /// The same in the place of answers and next steps, where what only this person is asked to do goes before what is
    /// good for everybody, shown or not.
    fn third_order(&self) -> (bool, (usize, u16, usize)) {
        (self.rank >= FOR_EVERYBODY, self.order())
    }

    fn chosen(&self) -> ChosenGuidance {
        ChosenGuidance {
            id: self.item.id.clone(),
            version: self.item.version,
            because: self.because.iter().map(|word| (*word).to_owned()).collect(),
        }
    }
}

/// Chooses at most three items for the resident, best first; see the module's own page.
pub(super) fn choose(book: &GuidanceBook, view: &View<'_>, result: &Assessment) -> Vec<ChosenGuidance> {
    let candidates = candidates(book, view, result, Audience::Resident);
    let mut chosen = pick(&candidates, &view.case.guidance_shown);
    chosen.sort_by_key(|candidate| (!candidate.item.now, candidate.rank));
    chosen.into_iter().map(Candidate::chosen).collect()
}

/// Every item for staff about this case, best first.
pub(super) fn for_staff(book: &GuidanceBook, view: &View<'_>, result: &Assessment) -> Vec<ChosenGuidance> {
    let mut candidates = candidates(book, view, result, Audience::Staff);
    candidates.sort_by_key(|candidate| candidate.rank);
    candidates.iter().map(Candidate::chosen).collect()
}

/// One of each place, and not what an earlier visit of the last 30 days was given, while there is another choice.
fn pick<'c, 'a>(candidates: &'c [Candidate<'a>], earlier: &[Vec<String>]) -> Vec<&'c Candidate<'a>> {
    let places = places(candidates);
    let repeats = |chosen: &[&Candidate<'_>]| {
        let ids: BTreeSet<&str> = chosen.iter().map(|candidate| candidate.item.id.as_str()).collect();
        earlier.iter().any(|given| given.iter().map(String::as_str).collect::<BTreeSet<_>>() == ids)
    };
    let best = || choices(&places).filter(|chosen| !says_twice(chosen));
    let fallback = || best().next().or_else(|| choices(&places).next());
    best().find(|chosen| !repeats(chosen)).or_else(fallback).unwrap_or_default()
}

/// What may stand at each of at most three places, best first: what is to be done now, food, movement, and then what the
/// person told or what comes next.
fn places<'c, 'a>(candidates: &'c [Candidate<'a>]) -> Vec<Vec<&'c Candidate<'a>>> {
    let of = |kinds: &[Kind]| -> Vec<_> {
        candidates.iter().filter(|candidate| kinds.iter().any(|kind| candidate.is(*kind))).collect()
    };
    let mut now: Vec<_> = candidates.iter().filter(|candidate| candidate.item.now).collect();
    now.sort_by_key(|candidate| candidate.rank);
    now.dedup_by_key(|candidate| &candidate.topic.id);
    let mut places: Vec<_> = now.into_iter().map(|candidate| vec![candidate]).collect();
    for kind in [Kind::Food, Kind::Movement] {
        let mut place = of(&[kind]);
        place.sort_by_key(|candidate| candidate.order());
        places.push(place);
    }
    places.retain(|place| !place.is_empty());
    let thirds = match MOST.saturating_sub(places.len()) {
        0 => Vec::new(),
        1 => vec![of(&[Kind::Answer, Kind::Other])],
        _ => vec![of(&[Kind::Answer]), of(&[Kind::Other])],
    };
    for mut third in thirds {
        third.sort_by_key(|candidate| candidate.third_order());
        places.push(third);
    }
    places.retain(|place| !place.is_empty());
    places.truncate(MOST);
    places
}

/// Every way to take one of each place, the best of each first; the last place changes first.
fn choices<'c, 'a>(places: &[Vec<&'c Candidate<'a>>]) -> impl Iterator<Item = Vec<&'c Candidate<'a>>> {
    (0..places.iter().map(Vec::len).product()).map(|mut nth: usize| {
        let take = |place: &Vec<&'c Candidate<'a>>| {
            let taken = place[nth % place.len()];
            nth /= place.len();
            taken
        };
        let mut chosen: Vec<_> = places.iter().rev().map(take).collect();
        chosen.reverse();
        chosen
    })
}

/// True when two of them say the same line, as two topics may.
fn says_twice(chosen: &[&Candidate<'_>]) -> bool {
    let lines: BTreeSet<&str> = chosen.iter().map(|candidate| candidate.item.zh.as_str()).collect();
    lines.len() < chosen.len()
}

/// The items that may be shown: brought up by a finding, suppressed by none, still valid, for this age.
fn candidates<'a>(
    book: &'a GuidanceBook,
    view: &View<'_>,
    result: &Assessment,
    audience: Audience,
) -> Vec<Candidate<'a>> {
    let urgent: Vec<RowId> = risk::urgent_rows(view).collect();
    let mut words = words(book, view, result, &urgent);
    let moves = result.urgency < Urgency::Urgent && !view.case.history.pregnant;
    let is_up = |topic: &Topic, words: &HashSet<&str>| {
        topic.audience == audience && (moves || topic.kind != Kind::Movement) && is_up(topic, view, words)
    };
    let direct: Vec<_> = book.0.iter().filter(|topic| is_up(topic, &words)).collect();
    words.extend(direct.iter().map(|topic| topic.id.as_str()));
    let mut candidates = Vec::new();
    for topic in book.0.iter().filter(|topic| is_up(topic, &words)) {
        let because: Vec<&str> = topic.when.iter().map(String::as_str).filter(|word| words.contains(word)).collect();
        let last = |item: &Item| last_shown(&view.case.guidance_shown, &item.id);
        let topic_shown = topic.item.iter().map(last).max().unwrap_or_default();
        for item in topic.item.iter().filter(|item| item.valid_until >= view.case.date) {
            let holds = |word: &String| words.contains(word.as_str());
            let fits = item.only_when.is_empty() || item.only_when.iter().any(holds);
            if fits && !item.never_when.iter().any(holds) {
                let (rank, shown) = (item.rank.unwrap_or(topic.rank), (topic_shown, last(item)));
                candidates.push(Candidate { topic, item, rank, because: because.clone(), shown });
            }
        }
    }
    candidates
}

/// The number of the last visit that was given this item, from 1; 0 when none of them was.
fn last_shown(visits: &[Vec<String>], item: &str) -> usize {
    visits.iter().rposition(|given| given.iter().any(|id| id == item)).map_or(0, |nth| nth + 1)
}

fn is_up(topic: &Topic, view: &View<'_>, words: &HashSet<&str>) -> bool {
    topic.status != Status::Recalled
        && topic.is_for_age(view.case.age)
        && topic.when.iter().any(|word| words.contains(word.as_str()))
        && !topic.never_when.iter().any(|word| words.contains(word.as_str()))
}

/// The finding ids and words that hold for this person.
fn words<'a>(book: &GuidanceBook, view: &View<'_>, result: &'a Assessment, urgent: &'a [RowId]) -> HashSet<&'a str> {
    let history = &view.case.history;
    let mut words: HashSet<&str> = result.reasons.iter().map(|reason| reason.row.as_str()).collect();
    words.retain(|row| !TARGETS.iter().any(|target| row.starts_with(target)));
    let brought_up = |words: &HashSet<&str>| {
        let found = |word: &String| words.contains(word.as_str()) && !GENERAL.contains(&word.as_str());
        let mut topics = book.0.iter().filter(|topic| topic.audience == Audience::Resident);
        topics.any(|topic| topic.when.iter().any(found))
    };
    let classed = brought_up(&words);
    if history.pregnant {
        // No band of glucose is for them, whatever it made urgent (P8).
        words.retain(|row| !GLUCOSE_BANDS.iter().any(|bands| row.starts_with(bands)));
    }
    words.extend(urgent.iter().map(RowId::as_str));
    if result.bmi_elderly_in_range == Some(true) {
        // The advice goes by the range of old age, whatever the adult class says.
        words.retain(|row| !row.starts_with("bmi.") || row.starts_with("bmi.elderly."));
    }
    let drinks = view.case.drinks == Some(true);
    let ill = history.knows(Disease::Hypertension) || history.knows(Disease::Diabetes);
    let states = [
        ("any", true),
        ("urgent", result.urgency >= Urgency::Urgent),
        ("known_hypertension", history.knows(Disease::Hypertension)),
        ("known_diabetes", history.knows(Disease::Diabetes)),
        ("drinks", drinks),
        ("drinks_though_ill", drinks && ill),
        ("does_not_drink", view.case.drinks == Some(false)),
        ("salty", view.case.salty == Some(true)),
        ("pregnant", history.pregnant),
        ("breastfeeding", history.breastfeeding),
        ("age_80plus", view.is_very_old()),
        ("thin_80plus", view.is_very_old() && view.is_below_range_of_old_age()),
        ("raised_before", view.raised_days.possible > 1),
        ("hp.any", risk::is_prone_to_hypertension(view)),
        ("dp.any", risk::is_prone_to_diabetes(view)),
    ];
    words.extend(states.iter().filter(|(_, holds)| *holds).map(|(word, _)| *word));
    if result.urgency == Urgency::None && !classed && !brought_up(&words) {
        words.insert("none");
    }
    words
}

/// Words that are no row ids: `any` (everyone), `none` (nothing found), `urgent` (staff are called), `hp.any` and `dp.any`
/// (any hypertension-prone or diabetes-prone row), `raised_before` (an earlier day of the three-day rule was raised),
/// `thin_80plus` (below the range of old age), `drinks_though_ill` (drinks with a known illness), `idle_screen` (not a
/// person), and what the person told.
const WORDS: [&str; 17] = [
    "any",
    "none",
    "urgent",
    "known_hypertension",
    "known_diabetes",
    "drinks",
    "drinks_though_ill",
    "does_not_drink",
    "salty",
    "pregnant",
    "breastfeeding",
    "age_80plus",
    "thin_80plus",
    "raised_before",
    "hp.any",
    "dp.any",
    "idle_screen",
];
/// Words that hold for so many that they are no finding.
const GENERAL: [&str; 6] = ["any", "age_80plus", "hp.any", "dp.any", "does_not_drink", "urgent"];
/// Rows that tell how a value stands to a target; they bring nothing up.
const TARGETS: [&str; 3] = ["bp.control.", "bp.target.", "glu.control."];
/// Rows of the bands of glucose.
const GLUCOSE_BANDS: [&str; 4] = ["glu.fasting.", "glu.2h.", "glu.pp2h.", "glu.random."];
/// From this rank on an answer or a next step is good for everybody.
const FOR_EVERYBODY: u16 = 30;
const MOST: usize = 3;
const LINE: usize = 14;
const HELPER: usize = 24;
