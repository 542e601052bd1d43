//! What a county's folder does to the shipped tables, and from when to when a row counts, in words for its author.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::cases::limit_keys;
use super::looser::{calls_somebody, looser};
use super::manifest::{Profile, Start};
use super::rows::Criterion;
use super::sheet::RowText;
use super::{RuleBook, cases_file};
use crate::assess::notes::NOT_JUDGED;

const ANSWER: &str = "; a named clinician must answer for it";
const NOTHING_YET: &str = "; nothing in this version judges by this row, signed or not";

impl RuleBook {
    /// What the county's folder does, one line each; nothing without a county.
    pub fn county_does(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for profile in self.profiles.iter().filter(|profile| profile.of_county) {
            let from = profile.from.map(|from| format!("from {from}"));
            lines.push(format!("profile {} {}", profile.name, from.unwrap_or("chosen by name only".to_owned())));
        }
        for start in self.starts.iter().filter(|start| start.of_county) {
            lines.push(format!("edition {} {} in force from {}", start.topic, start.edition, self.counts_from(start)));
            lines.extend(self.edition_does(start));
        }
        let laid_over = || self.metas.iter().chain(&self.rows).filter(|row| row.is_laid_over());
        lines.extend(laid_over().flat_map(|row| self.tell_row(row, self.under(row))));
        for profile in self.profiles.iter().filter(|profile| profile.of_county) {
            lines.extend(self.waits(profile));
            lines.extend(self.drops(profile));
            let signed = profile.signed();
            lines.extend(signed.map(|sign| {
                let idle = if NOT_JUDGED.iter().any(|row| sign.row == **row) { NOTHING_YET } else { "" };
                format!("signed {} by {} on {} ({}){idle}", sign.row, sign.by, sign.on, sign.at)
            }));
        }
        lines.extend(self.own_rows().filter_map(|row| self.unjudged(row)));
        lines
    }

    /// The county's rules by name and version, and the day from which they judge.
    pub fn county_named(&self) -> Option<String> {
        self.county.as_ref().map(|set| format!("{} from {} on", set.name, self.first_day()))
    }

    /// From when to when a row counts, what goes before it, and who switched it on, one line each.
    pub fn standing(&self, row: &RowText) -> Vec<String> {
        let mut lines = vec![self.days(row)];
        if !row.is_laid_over() {
            let start = self.start_of(row);
            if let Some(next) = start.filter(|start| !start.of_county).and_then(|start| start.after(&self.starts)) {
                let until = self.counts_from(next).pred_opt().unwrap_or_default();
                let then = format!("{}/{}.toml", next.topic, next.edition);
                lines.extend(next.of_county.then(|| format!("for the county's profiles until {until}, then {then}")));
            }
            let over = self.rows.iter().find(|other| other.id == row.id && other.is_laid_over());
            lines.extend(
                over.map(|over| format!("from {} on the county judges by {} instead", self.first_day(), over.at)),
            );
        }
        if row.text("status") == "recalled" {
            let signed: Vec<String> = self.signed(&row.id).collect();
            let off = || vec!["off until a clinician signs it: `enabled` of a profile".to_owned()];
            lines.extend(if signed.is_empty() { off() } else { signed });
            lines
                .extend(NOT_JUDGED.contains(&row.id.as_str()).then(|| NOTHING_YET.trim_start_matches("; ").to_owned()));
        }
        lines
    }

    /// What an edition changes in the one before it.
    fn edition_does(&self, start: &Start) -> Vec<String> {
        let before = start.before(&self.starts);
        let old = |id: &str| before.and_then(|before| self.of(before).find(|row| row.id == id));
        let changed = self.of(start).flat_map(|row| self.tell_row(row, old(&row.id)));
        let without = start.without.iter().flat_map(|id| {
            let loosens = old(id).filter(|row| calls_somebody(row)).map(|_| format!("LOOSENS {id}: taken out{ANSWER}"));
            [Some(format!("WITHOUT {id}")), loosens].into_iter().flatten()
        });
        changed.chain(without).collect()
    }

    /// What a row does to the one in whose place it stands, and, in a line of its own, that it lets more pass.
    fn tell_row(&self, row: &RowText, old: Option<&RowText>) -> impl Iterator<Item = String> {
        let keys = old.map(|old| looser(old, row)).unwrap_or_default();
        let loosens = || format!("LOOSENS {} ({}): {}{ANSWER}", row.id, row.at, keys.join(", "));
        let loosens = (!keys.is_empty()).then(loosens);
        [self.row_does(row, old), loosens].into_iter().flatten()
    }

    /// The shipped criteria that a profile's definition does not have: those of the shipped definition of that name, else
    /// those that judged before it.
    fn drops(&self, profile: &Profile) -> Option<String> {
        let last = self.starts.iter().map(|start| start.from).max()?;
        let shipped = &self.shipped.high_risk.on(last).2;
        let own = &self.county.as_ref()?.high_risk.on(last).2;
        let has = |definition: &str| shipped.criterion.iter().any(|row| row.definition.as_deref() == Some(definition));
        let usual = self.profiles.iter().find(|other| !other.of_county && other.from.is_some())?;
        let before = if has(&profile.definition) { &profile.definition } else { &usual.definition };
        let judges = |row: &&Criterion| row.definition.as_ref() == Some(&profile.definition);
        let kept: BTreeSet<&str> = own.criterion.iter().filter(judges).map(|row| row.id.as_str()).collect();
        let had = shipped.criterion.iter().filter(|row| row.definition.as_ref() == Some(before));
        let gone: Vec<&str> = had.map(|row| row.id.as_str()).filter(|id| !kept.contains(id)).collect();
        let (name, definition) = (&profile.name, &profile.definition);
        let told =
            || format!("profile {name}: by its definition `{definition}` these judge no longer: {}", gone.join(", "));
        (!gone.is_empty()).then(told)
    }

    /// The rows that a profile chooses and that judge nothing yet, since nobody signed them.
    fn waits(&self, profile: &Profile) -> Vec<String> {
        let window = profile.window.as_ref().map(|row| ("window", row, "the raised days may lie any time apart"));
        let chosen = [Some(("repeat", &profile.repeat, "no third reading is asked for")), window];
        let unsigned = chosen.into_iter().flatten().filter(|(_, row, _)| {
            let recalled = |text: &&RowText| text.id == row.as_str() && text.text("status") == "recalled";
            self.rows.iter().any(|text| recalled(&text)) && profile.signed().all(|sign| sign.row != **row)
        });
        let told = |(key, row, means)| {
            format!(
                "profile {}: {key} `{row}` waits for a clinician's signature in `enabled`; until then {means}",
                profile.name
            )
        };
        unsigned.map(told).collect()
    }

    /// What a row does to the one in whose place it stands; `None` when both say the same.
    fn row_does(&self, row: &RowText, old: Option<&RowText>) -> Option<String> {
        let Some(old) = old else {
            let keys = row.keys.iter().filter(|(key, _)| *key != "id" && !PROSE.contains(&key.as_str()));
            let keys: Vec<String> = keys.map(|(key, value)| format!("{key} {}", short(value))).collect();
            return Some(format!("ADDS {} ({}): {}", row.id, row.at, keys.join(", ")));
        };
        // A county's `[meta]` holds only the keys that it replaces.
        let kept = |(key, _): &(&String, &toml::Value)| row.table != "meta" || row.keys.contains_key(*key);
        let old = old.keys.iter().filter(kept).map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut does = differences(&old, &row.keys);
        if does.is_empty() {
            return row.is_laid_over().then(|| format!("REPLACES {} ({}): nothing changes", row.id, row.at));
        }
        if row.is_laid_over() {
            let hidden =
                self.rows.iter().filter(|other| other.id == row.id && other.of_county && !other.is_laid_over());
            does.extend(hidden.map(|hidden| format!("and goes before the one in {}", hidden.at)));
        }
        Some(format!("REPLACES {} ({}): {}", row.id, row.at, does.join(", ")))
    }

    /// Limits of a row of the county's own that no whole input is judged by.
    fn unjudged(&self, row: &RowText) -> Option<String> {
        let cases = cases_file(&row.at.file);
        let own = || self.trials.iter().filter(|trial| trial.at.file == cases && trial.case.row == row.id);
        let limits: Vec<&str> = limit_keys(row).collect();
        let bare: Vec<&str> =
            limits.iter().copied().filter(|key| own().all(|trial| trial.case.limit != *key)).collect();
        let (how_many, of, at, named) = (bare.len(), limits.len(), &row.at, bare.join(", "));
        let told =
            || format!("limits of {} ({at}) that no case with `given` judges, {how_many} of {of}: {named}", row.id);
        (how_many > 0).then(told)
    }

    /// The county's rows that say anything else than the shipped ones.
    fn own_rows(&self) -> impl Iterator<Item = &RowText> {
        self.rows.iter().filter(|row| row.of_county).filter(|row| {
            let before = self.start_of(row).and_then(|start| start.before(&self.starts));
            let same = |old: &RowText| old.id == row.id && old.keys == row.keys;
            row.is_laid_over() || before.is_none_or(|before| !self.of(before).any(same))
        })
    }

    /// The row or `[meta]` in whose place a county's goes: the newest shipped one, else that of its own editions.
    fn under(&self, row: &RowText) -> Option<&RowText> {
        let same = |other: &&RowText| other.id == row.id && !other.is_laid_over();
        let found = self.metas.iter().chain(&self.rows).filter(same);
        found.max_by_key(|other| (!other.of_county, self.start_of(other).map(|start| start.from)))
    }

    fn of(&self, start: &Start) -> impl Iterator<Item = &RowText> {
        let here = move |row: &&RowText| row.topic == start.topic && row.edition == start.edition;
        self.metas.iter().chain(&self.rows).filter(here)
    }

    fn start_of(&self, row: &RowText) -> Option<&Start> {
        self.starts.iter().find(|start| start.topic == row.topic && start.edition == row.edition)
    }

    fn days(&self, row: &RowText) -> String {
        let Some(start) = self.start_of(row) else {
            return format!("in force from {} on in every edition, for the county's profiles", self.first_day());
        };
        let next = start.after(self.starts.iter().filter(|other| start.of_county || !other.of_county));
        let until = next.and_then(|next| self.counts_from(next).pred_opt());
        let until = until.map_or("on".to_owned(), |until| format!("until {until}"));
        let whom = if start.of_county { ", for the county's profiles" } else { "" };
        format!("in force from {} {until}{whom}", self.counts_from(start))
    }

    /// The first day on which an edition judges: a county's not before its first profile.
    fn counts_from(&self, start: &Start) -> NaiveDate {
        if start.of_county { start.from.max(self.first_day()) } else { start.from }
    }

    /// The first day of the county's profiles.
    fn first_day(&self) -> NaiveDate {
        let own = self.profiles.iter().filter(|profile| profile.of_county);
        own.filter_map(|profile| profile.from).min().unwrap_or_default()
    }

    fn signed(&self, row: &str) -> impl Iterator<Item = String> {
        let all = self.profiles.iter().flat_map(|profile| profile.signed().map(move |sign| (profile, sign)));
        all.filter(move |(_, sign)| sign.row == *row).map(|(profile, sign)| {
            format!("signed by {} on {} for profile `{}` ({})", sign.by, sign.on, profile.name, sign.at)
        })
    }
}

/// Every key that differs; of prose only that it does.
fn differences(old: &toml::Table, new: &toml::Table) -> Vec<String> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).filter(|key| *key != "id").collect();
    let differing = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let (prose, rest): (Vec<_>, Vec<_>) = differing.partition(|key| PROSE.contains(&key.as_str()));
    let told = |key: &String| match (old.get(key), new.get(key)) {
        (Some(old), Some(new)) => format!("{key} {} -> {}", short(old), short(new)),
        (Some(old), None) => format!("{key} {} left out", short(old)),
        (None, new) => format!("{key} {} added", new.map(short).unwrap_or_default()),
    };
    let mut told: Vec<String> = rest.into_iter().map(told).collect();
    if !prose.is_empty() {
        let keys: Vec<&str> = prose.into_iter().map(String::as_str).collect();
        told.push(format!("other words in {}", keys.join(" ")));
    }
    told
}

pub(super) fn short(value: &toml::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

const LONGEST: usize = 60;
const PROSE: [&str; 8] = ["name_zh", "name_en", "text", "source", "edition", "seen_in", "note", "why"];
