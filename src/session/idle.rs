//! R01: what stands on the screen while nobody is here.

use chrono::{Datelike, NaiveDate};

use super::World;
use crate::assess::guidance::{Audience, Item, Topic};
use crate::assess::rulebook::rows::Status;

/// A health tip, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip<'a> {
    /// A health day, or a week, that the county has confirmed.
    Day {
        /// Its name.
        zh: &'a str,
        /// Its name.
        en: &'a str,
        /// More than one day.
        week: bool,
    },
    /// A piece of advice that is right for everybody who passes by.
    Advice {
        /// What it is about.
        topic_zh: &'a str,
        /// The name of its drawing.
        icon: &'a str,
        /// The line.
        zh: &'a str,
        /// The helper line.
        zh_more: &'a str,
        /// The line.
        en: &'a str,
        /// The helper line.
        en_more: &'a str,
    },
}

/// The word of a topic that stands on the idle screen.
const IDLE: &str = "idle_screen";

/// Pieces of advice a day; with a health day one more.
const A_DAY: usize = 3;

impl World {
    /// Today's tips, in the order in which they come: the health days, then topics by day, each with another wording every
    /// round of the topics.
    pub fn tips(&self, today: NaiveDate) -> Vec<Tip<'_>> {
        let book = self.rules.guidance();
        let days = book.days_on(today).map(|day| Tip::Day { zh: &day.name_zh, en: &day.name_en, week: day.days > 1 });
        let mut tips: Vec<Tip<'_>> = days.collect();
        // The topic of the days themselves says nothing beside a day.
        let topics: Vec<_> = book.topics().iter().filter(|topic| is_for_all(topic)).collect();
        let number = today.num_days_from_ce().unsigned_abs() as usize;
        for nth in number..number + A_DAY.min(topics.len()) {
            let topic = topics[nth % topics.len()];
            let for_all = |item: &&_| fits_all(item, today);
            let items: Vec<_> = topic.item.iter().filter(for_all).collect();
            let Some(item) = items.get(nth / topics.len() % items.len().max(1)) else { continue };
            tips.push(Tip::Advice {
                topic_zh: &topic.name_zh,
                icon: &item.icon,
                zh: &item.zh,
                zh_more: &item.zh_more,
                en: &item.en,
                en_more: &item.en_more,
            });
        }
        tips
    }
}

/// A topic that may stand on the idle screen and has something to say there.
fn is_for_all(topic: &Topic) -> bool {
    let may_be_said = topic.status != Status::Recalled && topic.audience == Audience::Resident;
    may_be_said && topic.day.is_empty() && topic.when.iter().any(|word| word == IDLE)
}

/// A wording that hangs on no finding, and is still valid.
fn fits_all(item: &Item, today: NaiveDate) -> bool {
    item.only_when.is_empty() && item.never_when.is_empty() && item.valid_until >= today
}
