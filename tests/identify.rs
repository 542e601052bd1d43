//! The way in: what the idle screen says by the calendar, and the text that R05 asks with.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use health_hut::assess::{GuidanceBook, RuleBook};
use health_hut::model::ConsentText;
use health_hut::seeds;
use health_hut::session::{Tip, World};

fn world(rules: RuleBook) -> World {
    World {
        station: seeds::station(seeds::DEMO_STATION).unwrap().unwrap(),
        rules,
        consent: Some(seeds::consent(None).unwrap()),
        fitted: Default::default(),
        monitor: Default::default(),
        duty: Default::default(),
        card_opens_history: false,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A county's folder with one file in it.
struct County(std::path::PathBuf);

impl County {
    fn with(name: &str, file: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hut-county-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        Self(folder)
    }
}

impl Drop for County {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn lines(tips: &[Tip<'_>]) -> Vec<String> {
    let line = |tip: &Tip<'_>| match tip {
        Tip::Day { zh, .. } | Tip::Advice { zh, .. } => (*zh).to_owned(),
    };
    tips.iter().map(line).collect()
}

#[test]
fn every_day_has_three_tips_and_the_next_day_others() {
    let world = world(seeds::rule_book(None).unwrap());
    let mut seen = BTreeSet::new();
    for date in day("2026-11-22").iter_days().take(40) {
        let today = lines(&world.tips(date));
        assert_eq!(today.len(), 3, "{date}");
        assert_ne!(today, lines(&world.tips(date.succ_opt().unwrap())), "{date}");
        seen.extend(today);
    }
    assert!(seen.len() >= 12, "{seen:?}");
    assert!(seen.contains("每天吃盐不超过 5 克"));
    // What hangs on a finding says nothing to a passer-by: fruit is not for everybody's sugar.
    assert!(!seen.contains("每天吃新鲜水果"), "{seen:?}");
}

#[test]
fn a_confirmed_health_day_comes_first() {
    let shipped = world(seeds::rule_book(None).unwrap());
    assert!(matches!(shipped.tips(day("2026-05-31"))[0], Tip::Advice { .. }), "a recalled date is in force nowhere");
    let confirmed = include_str!("../seeds/guidance/health_days.toml").replace("\"recalled\"", "\"policy\"");
    let files = seeds::shipped("guidance/").into_iter();
    let files: Vec<_> =
        files.map(|(file, text)| (file, if file == "health_days.toml" { confirmed.as_str() } else { text })).collect();
    let rules = seeds::rule_book(None).unwrap();
    let guidance = GuidanceBook::load(&files, &rules).unwrap();
    let world = world(rules.with_guidance(guidance));
    let tips = world.tips(day("2026-05-31"));
    assert_eq!(tips[0], Tip::Day { zh: "世界无烟日", en: "World No Tobacco Day", week: false });
    assert_eq!(tips.len(), 4);
    assert!(matches!(world.tips(day("2026-09-20"))[0], Tip::Day { week: true, .. }));
}

#[test]
fn a_county_brings_its_own_consent_text() {
    let shipped = seeds::consent(None).unwrap();
    let file = include_str!("../seeds/consent/consent.toml");
    let own = County::with("consent", "consent/consent.toml", &file.replace("kiosk-v1", "county-2027"));
    assert_eq!(
        seeds::consent(Some(&own.0)).unwrap(),
        ConsentText { version: "county-2027".to_owned(), ..shipped.clone() }
    );
    let none = County::with("no-consent", "note.md", "");
    assert_eq!(seeds::consent(Some(&none.0)).unwrap(), shipped);
    for (wrong, says) in [
        (file.replace("kiosk-v1", " "), "version"),
        (file.replacen("[[line]]", "[[lines]]", 1), "lines"),
        (file.replace("加密存好", "加密存好以后谁也不能在屏幕上看到您的全名"), "longer"),
        (file.split("[[line]]\nicon = \"check\"").next().unwrap().to_owned(), "4 sentences"),
    ] {
        let county = County::with("wrong-consent", "consent/consent.toml", &wrong);
        let fault = seeds::consent(Some(&county.0)).unwrap_err().to_string();
        assert!(fault.contains(says), "{fault}");
    }
}
