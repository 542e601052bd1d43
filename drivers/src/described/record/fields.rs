//! Whether the fields of a record and the groups of its patterns are the same: a misspelt one would be silent.

use std::collections::BTreeSet;

use super::{Gives, Record, RecordTable, ValueTable, Word, snake};
use crate::described::field::Field;
use crate::reading::{Kind, Quantity, Unit};

/// A field that stands in a group of a pattern.
struct Wanted {
    /// The key in the file.
    key: String,
    group: String,
}

impl Record {
    /// Refuses a field without its group, a group without its field, and what this record never uses.
    pub(super) fn ensure_fields(&self, kind: Kind) -> Result<(), String> {
        let table = &self.table;
        table.ensure_used()?;
        table.ensure_units()?;
        table.ensure_measurable(kind)?;
        let patterns = self.text.iter().chain(&self.find).chain(&self.times);
        let groups: BTreeSet<&str> = patterns.flat_map(|pattern| pattern.capture_names().flatten()).collect();
        let wanted = table.wanted(&groups);
        let missing: Vec<&Wanted> = wanted.iter().filter(|wanted| !groups.contains(wanted.group.as_str())).collect();
        let is_used = |group: &str| TIME.contains(&group) || wanted.iter().any(|wanted| wanted.group == group);
        let unused = list(groups.iter().copied().filter(|group| !is_used(group)));
        match missing.first() {
            None if unused.is_empty() => Ok(()),
            None => {
                Err(format!("nothing uses the group {unused}: give this record a field of that name, or write (?:…)"))
            }
            Some(Wanted { key, .. }) if groups.is_empty() && table.text.is_none() => {
                Err(format!("`{key}` has no place in the frame: write {{ at = … }} for it"))
            }
            Some(Wanted { key, group }) => {
                let slip = if unused.is_empty() { String::new() } else { format!("; nothing uses the group {unused}") };
                Err(format!("`{key}` has no group (?<{group}>…) in the pattern{slip}: write the one as the other"))
            }
        }
    }

    /// Whether it makes a reading of a line that its device calls unstable.
    pub(super) fn takes_unstable(&self) -> bool {
        let stable = self.table.notes.get(STABLE);
        self.table.gives == Gives::Reading
            && stable.is_some_and(|note| note.words.values().any(|word| *word == Word::Flag(false)))
    }

    /// Whether its readings can be called stable.
    pub(super) fn tells_stable(&self) -> bool {
        let stable = self.table.notes.get(STABLE);
        stable.is_some_and(|note| note.words.values().any(|word| *word == Word::Flag(true)))
    }
}

impl RecordTable {
    /// What is declared belongs to what the record gives, and what it gives is declared.
    fn ensure_used(&self) -> Result<(), String> {
        use Gives::{Battery, Clock, ClockSet, Count, Device, DisplayUnit, Fault, Live, Reading, Version};
        let keys: [(&str, bool, &[Gives], &[Gives]); 8] = [
            ("values", !self.values.is_empty(), &[Reading, Live], &[Reading, Live]),
            ("notes", !self.notes.is_empty(), &[Reading], &[]),
            ("marks", !self.marks.is_empty(), &[Reading], &[]),
            ("code", self.code.is_some(), &[Fault], &[]),
            ("count", self.count.is_some(), &[Count], &[Count]),
            ("device_id", self.device_id.is_some(), &[Reading, Device, Version, Count], &[Device, Version]),
            ("battery", self.battery.is_some(), &[Battery, Device], &[Battery]),
            ("display_unit", self.display_unit.is_some(), &[DisplayUnit], &[DisplayUnit]),
        ];
        let gives = snake(&self.gives);
        for (key, declared, used, needed) in keys {
            if declared && !used.contains(&self.gives) {
                let used = list(used.iter().map(snake));
                return Err(format!("`{key}` goes with gives = {used}, and this record gives `{gives}`"));
            }
            if !declared && needed.contains(&self.gives) {
                return Err(format!("gives = \"{gives}\" needs `{key}`"));
            }
        }
        match self.gives {
            Clock | ClockSet if self.time.is_none() && self.text.is_none() && self.times.is_empty() => {
                Err(format!("gives = \"{gives}\" needs `time`"))
            }
            _ => Ok(()),
        }
    }

    fn ensure_units(&self) -> Result<(), String> {
        let unknown =
            self.text.iter().flat_map(|text| literal_units(text)).find(|word| !self.units.contains_key(*word));
        if let Some(word) = unknown.filter(|_| !self.units.is_empty()) {
            return Err(format!(
                "the pattern takes the unit `{word}`, and [record.units] does not say what it means: add {word} = \"…\", or take it out"
            ));
        }
        let bare = self.values.iter().find(|(_, value)| value.unit.is_none()).map(|(quantity, _)| snake(quantity));
        match bare {
            Some(name) if self.units.is_empty() => Err(format!(
                "`{name}` needs its `unit`, or a group (?<unit>…) and under [record.units] what its words mean"
            )),
            None if !self.units.is_empty() && self.display_unit.is_none() => {
                Err("[record.units] is never used: every value has a `unit` of its own".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// A number is told as what its device can measure, in a unit of that.
    fn ensure_measurable(&self, kind: Kind) -> Result<(), String> {
        let kind = self.kind.unwrap_or(kind);
        for (quantity, value) in &self.values {
            if !kind.quantities().contains(quantity) {
                return Err(format!(
                    "`{}` is nothing that `{}` tells: it tells {}",
                    snake(quantity),
                    snake(&kind),
                    list(kind.quantities().iter().map(snake))
                ));
            }
            ensure_limits(*quantity, value)?;
            match value.unit {
                Some(unit) => ensure_unit(*quantity, unit)?,
                None => self.units.values().try_for_each(|unit| ensure_unit(*quantity, *unit))?,
            }
        }
        let shown = |unit: &Unit| kind.quantities().iter().any(|quantity| quantity.units().contains(unit));
        match self.units.values().find(|unit| !shown(unit)) {
            Some(unit) => Err(format!("`{}` is no unit of what `{}` tells", unit.symbol(), snake(&kind))),
            None => Ok(()),
        }
    }

    /// The fields that stand in groups. Parts of a time need no table: with one of them in a pattern, all are wanted.
    fn wanted(&self, groups: &BTreeSet<&str>) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        let mut want = |key: &str, field: &Field, name: &str| {
            if field.at.is_none() {
                let group = field.group.clone().unwrap_or_else(|| name.to_owned());
                wanted.push(Wanted { key: key.to_owned(), group });
            }
        };
        for (quantity, value) in &self.values {
            let name = snake(quantity);
            want(&name, &value.from, &name);
            if value.unit.is_none() {
                want("unit", &Field::default(), "unit");
            }
        }
        self.notes.iter().for_each(|(name, note)| want(name, &note.from, name));
        self.marks.iter().for_each(|(mark, test)| want(&snake(mark), &test.from, &snake(mark)));
        self.when.iter().for_each(|test| want("when", &test.from, "when"));
        let version = if self.gives == Gives::Version { "version" } else { "device_id" };
        for (key, field, name) in [
            ("code", &self.code, "code"),
            ("count", &self.count, "count"),
            ("device_id", &self.device_id, version),
            ("battery", &self.battery, "battery"),
            ("display_unit", &self.display_unit, "unit"),
        ] {
            field.iter().for_each(|field| want(key, field, name));
        }
        self.control.iter().for_each(|test| want("control", &test.from, "control"));
        match &self.time {
            Some(time) => time.parts().into_iter().for_each(|(name, field)| want(name, field, name)),
            None if matches!(self.gives, Gives::Event | Gives::Skipped) => {}
            None if TIME.iter().any(|part| groups.contains(part)) => {
                NEEDED.iter().for_each(|part| want(part, &Field::default(), part));
            }
            None => {}
        }
        wanted
    }
}

fn ensure_unit(quantity: Quantity, unit: Unit) -> Result<(), String> {
    if quantity.units().contains(&unit) {
        return Ok(());
    }
    let units = list(quantity.units().iter().map(|unit| unit.symbol()));
    Err(format!("`{}` is not measured in `{}`: its units are {units}", snake(&quantity), unit.symbol()))
}

/// Limits that nothing can lie between would make a fault of every reading.
fn ensure_limits(quantity: Quantity, value: &ValueTable) -> Result<(), String> {
    let name = snake(&quantity);
    if let Some([low, high]) = value.range.filter(|[low, high]| low > high) {
        return Err(format!("`range` of `{name}` runs backwards: write [{high}, {low}]"));
    }
    match value.below.zip(value.above) {
        Some((below, above)) if below > above => Err(format!("`below` of `{name}` is larger than `above`: swap them")),
        _ => Ok(()),
    }
}

/// The words of a group `(?<unit>kg|lb)`; none where it is written in another way.
fn literal_units(pattern: &str) -> Vec<&str> {
    let group = ["(?<unit>", "(?P<unit>"].iter().find_map(|open| pattern.split_once(open));
    let words = group.and_then(|(_, rest)| rest.split_once(')')).map_or("", |(words, _)| words);
    let plain = |word: &str| word.chars().all(|letter| letter.is_alphanumeric() || "/% ".contains(letter));
    let words: Vec<&str> = words.split('|').map(str::trim).filter(|word| !word.is_empty()).collect();
    if words.iter().all(|word| plain(word)) { words } else { Vec::new() }
}

fn list(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    names.map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

const STABLE: &str = "stable";
/// Parts of a time.
const TIME: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "seconds"];
/// Those without which there is none.
const NEEDED: [&str; 5] = ["year", "month", "day", "hour", "minute"];
