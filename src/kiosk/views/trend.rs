//! R21: the resident's own past, first in words, then as a chart. Earlier values only after the second fact (ux.md P14).

use chrono::{Datelike, Duration, NaiveDate};
use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChartDate, ChartLine, ChartSeries, ChoiceView, Icon, Level, SeriesKind, TrendFact, TrendTab, TrendView};
use rust_decimal::prelude::ToPrimitive;
use slint::{ModelRc, SharedString};

use super::chart::{Dot, Plot};
use super::say::{Say, model};
use crate::model::measurement::GlucoseLevel;
use crate::model::{Measurement, Value};
use crate::session::{State, TrendLock, TrendPage, Visit, World};

/// What the resident looks at; nothing of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    /// Blood pressure, glucose, weight, waist; the first that was measured today unless chosen.
    pub tab: Option<usize>,
    /// One of the periods; half a year unless chosen.
    pub period: Option<usize>,
}

/// What R21 shows.
pub fn view(world: &World, state: &State, page: &TrendPage, looking: Looking, lang: Lang) -> TrendView {
    let Some(visit) = &state.visit else { return TrendView::default() };
    let say = Say(lang);
    let lock = state.trend_lock(world, page);
    let today = state.now.day();
    let measured = |tab: &Tab| (tab.lines)(visit, state).iter().flatten().any(|dot| dot.day == today);
    let at = looking.tab.or_else(|| TABS.iter().position(measured)).unwrap_or_default().min(TABS.len() - 1);
    let tab = &TABS[at];
    let period = looking.period.unwrap_or(HALF_YEAR).min(PERIODS.len() - 1);
    let from = today - Duration::days(PERIODS[period].1);
    let lines: Vec<Vec<Dot>> = (tab.lines)(visit, state)
        .into_iter()
        .map(|dots| {
            dots.into_iter().filter(|dot| dot.day >= from && (lock == TrendLock::Open || dot.day == today)).collect()
        })
        .collect();
    let chart = Chart { world, say, lines, today, limits: limits(world, state, at) };
    let count = chart.lines.first().map_or(0, Vec::len);
    let story = match lock {
        TrendLock::AskStaff => Story {
            headline: say.text(words::PHONE_CODE_NONE),
            text: say.text(words::PHONE_LOCK_TEXT),
            ..Story::default()
        },
        _ if count >= ENOUGH => chart.story(),
        _ => {
            Story { headline: say.fill(words::TREND_MORE, &[("n", &(ENOUGH - count).to_string())]), ..Story::default() }
        }
    };
    TrendView {
        tabs: model(tabs(say, at)),
        periods: model(periods(say, period)),
        title: say.text(tab.title),
        unit: say.text(tab.unit),
        series: model(chart.series(at == 0)),
        grid: model(chart.grid()),
        limits: model(chart.limit_lines()),
        dates: model(chart.dates()),
        verdict: story.verdict,
        verdict_level: story.level,
        headline: story.headline,
        text: story.text,
        facts: model(if count >= ENOUGH { chart.facts(period, count) } else { Vec::new() }),
        empty: if count == 0 { say.text(words::TREND_NOTHING) } else { "".into() },
        leaves: state
            .leaves_in()
            .map(|left| say.fill(words::RES_LEAVES, &[("s", &left.to_string())]))
            .unwrap_or_default(),
        can_print: false,
    }
}

/// A tab: what it draws.
struct Tab {
    icon: Icon,
    label: Key,
    title: Key,
    unit: Key,
    lines: fn(&Visit, &State) -> Vec<Vec<Dot>>,
}

const TABS: [Tab; 4] = [
    Tab {
        icon: Icon::Cuff,
        label: words::TREND_TAB_BP,
        title: words::TREND_BP,
        unit: words::UNIT_MMHG,
        lines: pressures,
    },
    Tab {
        icon: Icon::Drop,
        label: words::TREND_TAB_GLUCOSE,
        title: words::TREND_GLUCOSE,
        unit: words::UNIT_MMOL,
        lines: |visit, _| vec![singles(visit, glucose)],
    },
    Tab {
        icon: Icon::Scale,
        label: words::TREND_TAB_WEIGHT,
        title: words::TREND_WEIGHT,
        unit: words::UNIT_KG,
        lines: |visit, _| vec![singles(visit, weight)],
    },
    Tab {
        icon: Icon::Tape,
        label: words::TREND_TAB_WAIST,
        title: words::TREND_WAIST,
        unit: words::UNIT_CM,
        lines: |visit, _| vec![singles(visit, waist)],
    },
];

/// The periods with their days.
const PERIODS: [(Key, i64); 3] = [(words::TREND_MONTH, 31), (words::TREND_HALF_YEAR, 184), (words::TREND_YEAR, 366)];
const HALF_YEAR: usize = 1;

/// Fewer readings than this show no change.
const ENOUGH: usize = 3;

/// Means that differ by less are told as the same. A way of speaking, no clinical limit.
const SAME: f32 = 3.0;

fn tabs(say: Say, chosen: usize) -> Vec<TrendTab> {
    let tab =
        |(place, tab): (usize, &Tab)| TrendTab { icon: tab.icon, label: say.text(tab.label), chosen: place == chosen };
    TABS.iter().enumerate().map(tab).collect()
}

fn periods(say: Say, chosen: usize) -> Vec<ChoiceView> {
    let period =
        |(place, (key, _)): (usize, &(Key, i64))| ChoiceView { label: say.text(*key), chosen: place == chosen };
    PERIODS.iter().enumerate().map(period).collect()
}

fn pressures(visit: &Visit, state: &State) -> Vec<Vec<Dot>> {
    let past = visit.past.pressures.iter().map(|past| (past.date, [past.systolic, past.diastolic]));
    let mean = visit.assessment.as_ref().and_then(|assessment| assessment.bp_mean);
    let today = mean.filter(|_| !visit.pressures().is_empty()).map(|mean| (state.now.day(), mean));
    let all: Vec<_> = past.chain(today).collect();
    let side = |side: usize| all.iter().map(|(day, mean)| Dot { day: *day, value: mean[side].into() }).collect();
    vec![side(0), side(1)]
}

fn singles(visit: &Visit, pick: fn(&Value) -> Option<f32>) -> Vec<Dot> {
    let dot = |taken: &Measurement| pick(&taken.value).map(|value| Dot { day: taken.at.day(), value });
    visit.past.measurements.iter().rev().chain(&visit.taken).filter_map(dot).collect()
}

fn glucose(value: &Value) -> Option<f32> {
    match value {
        Value::Glucose { level: GlucoseLevel::Value(value), .. } => value.0.to_f32(),
        _ => None,
    }
}

fn weight(value: &Value) -> Option<f32> {
    if let Value::Weight(weight) = value { weight.0.to_f32() } else { None }
}

fn waist(value: &Value) -> Option<f32> {
    if let Value::Waist(waist) = value { waist.0.to_f32() } else { None }
}

/// The limits drawn over the chart: those from which a pressure counts as raised.
fn limits(world: &World, state: &State, tab: usize) -> Vec<f32> {
    match tab {
        0 => world.today(state.now).raised_limits().iter().filter_map(|limit| limit.to_f32()).collect(),
        _ => Vec::new(),
    }
}

struct Chart<'a> {
    world: &'a World,
    say: Say,
    lines: Vec<Vec<Dot>>,
    today: NaiveDate,
    limits: Vec<f32>,
}

#[derive(Default)]
struct Story {
    verdict: SharedString,
    level: Level,
    headline: SharedString,
    text: SharedString,
}

impl Chart<'_> {
    fn plot(&self) -> Plot {
        let values = self.lines.iter().flatten().map(|dot| dot.value).chain(self.limits.iter().copied());
        let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let step = step(high - low);
        let first = self.lines.iter().flatten().map(|dot| dot.day).min().unwrap_or(self.today);
        Plot {
            across: (28.0, 724.0),
            down: 346.0,
            days: (first, self.today),
            values: (((high + step * 0.4) / step).ceil() * step, ((low - step * 0.4) / step).floor() * step),
        }
    }

    fn series(&self, pressure: bool) -> Vec<ChartSeries> {
        let plot = self.plot();
        let series = |(place, dots): (usize, &Vec<Dot>)| {
            let last = dots.last();
            let (kind, label) = match (pressure, place) {
                (true, 0) => (SeriesKind::Systolic, self.say.text(words::TREND_SYS)),
                (true, _) => (SeriesKind::Diastolic, self.say.text(words::TREND_DIA)),
                (false, _) => (SeriesKind::Single, "".into()),
            };
            ChartSeries {
                kind,
                label,
                path: plot.path(dots).into(),
                points: model(plot.points(dots)),
                last_text: last.map(|dot| short(dot.value)).unwrap_or_default().into(),
                last_x: last.map_or(0.0, |dot| plot.x(dot.day)),
                last_y: last.map_or(0.0, |dot| plot.y(dot.value)),
            }
        };
        self.lines.iter().enumerate().filter(|(_, dots)| !dots.is_empty()).map(series).collect()
    }

    fn grid(&self) -> Vec<ChartLine> {
        let plot = self.plot();
        let (high, low) = plot.values;
        let step = step_between(high, low);
        let count = ((high - low) / step).round() as usize;
        let line = |place: usize| {
            let value = high - step * place as f32;
            ChartLine { label: short(value).into(), y: plot.y(value) }
        };
        (0..=count).map(line).collect()
    }

    fn limit_lines(&self) -> Vec<ChartLine> {
        let plot = self.plot();
        let keys = [words::TREND_LIMIT_SYS, words::TREND_LIMIT_DIA];
        let line = |(limit, key): (&f32, Key)| ChartLine {
            label: self.say.fill(key, &[("n", &short(*limit))]),
            y: plot.y(*limit),
        };
        self.limits.iter().zip(keys).map(line).collect()
    }

    /// A few days along the bottom, today among them.
    fn dates(&self) -> Vec<ChartDate> {
        let plot = self.plot();
        let mut dates: Vec<ChartDate> = Vec::new();
        for dot in self.lines.first().into_iter().flatten() {
            let x = plot.x(dot.day);
            let room = dates.last().is_none_or(|last| x - last.x >= DATE_ROOM);
            let new = dates.last().is_none_or(|last| x > last.x);
            if (new && dot.day == self.today) || (room && plot.across.1 - x >= DATE_ROOM) {
                let label = format!("{}/{}", dot.day.month(), dot.day.day());
                dates.push(ChartDate { label: label.into(), x, strong: false });
            }
        }
        if let Some(last) = dates.last_mut().filter(|last| last.x >= plot.across.1 - 1.0) {
            *last = ChartDate { label: self.say.text(words::TREND_TODAY), x: last.x, strong: true };
        }
        dates
    }

    /// The resident's own words first: the later half of the readings beside the earlier half.
    fn story(&self) -> Story {
        let changes: Vec<f32> = self.lines.iter().map(|dots| change(dots)).collect();
        let first = self.lines.first().and_then(|dots| dots.first());
        let month = first.map(|dot| dot.day.month().to_string()).unwrap_or_default();
        let lead = changes.first().copied().unwrap_or_default();
        let (level, key) = match lead {
            lead if lead <= -SAME && !self.limits.is_empty() => (Level::Ok, words::TREND_BETTER),
            lead if lead >= SAME && !self.limits.is_empty() => (Level::Watch, words::TREND_WORSE),
            _ => (Level::Info, words::TREND_SAME),
        };
        Story {
            verdict: self.say.fill(key, &[("m", &month)]),
            level,
            headline: self.headline(&changes),
            text: self.text(),
        }
    }

    fn headline(&self, changes: &[f32]) -> SharedString {
        let [upper, lower] = changes else { return "".into() };
        let key = match (upper.round() as i32, lower.round() as i32) {
            (upper, lower) if upper < 0 && lower < 0 => words::TREND_BOTH_DOWN,
            (upper, lower) if upper > 0 && lower > 0 => words::TREND_BOTH_UP,
            _ => return "".into(),
        };
        let gaps = [short(upper.abs().round()), short(lower.abs().round())];
        let change = self.say.fill(key, &[("a", &gaps[0]), ("b", &gaps[1])]);
        format!("{}\n{change}", self.say.text(words::TREND_HALVES)).into()
    }

    fn text(&self) -> SharedString {
        if self.limits.is_empty() {
            return "".into();
        }
        let count = self.lines.first().map_or(0, Vec::len);
        let above = |place: usize| {
            let mut pairs = self.lines.iter().zip(&self.limits);
            pairs.any(|(dots, limit)| dots.get(place).is_some_and(|dot| dot.value >= *limit))
        };
        let raised = (0..count).filter(|place| above(*place)).count();
        if raised * 2 <= count {
            return self.say.text(words::TREND_BELOW);
        }
        let any = self.say.text(words::TREND_DOCTOR);
        let doctor = self.say.doctor(&self.world.station).unwrap_or(&any);
        self.say.fill(words::TREND_ABOVE, &[("doctor", doctor)])
    }

    fn facts(&self, period: usize, count: usize) -> Vec<TrendFact> {
        let say = self.say;
        let recent = |dots: &Vec<Dot>| {
            let from = self.today - Duration::days(RECENT_DAYS);
            mean(&dots.iter().filter(|dot| dot.day >= from).copied().collect::<Vec<_>>())
        };
        let means: Vec<String> = self.lines.iter().map(|dots| short(recent(dots))).collect();
        let mean = TrendFact {
            label: say.fill(words::TREND_MEAN, &[("n", "3")]),
            line: ModelRc::default(),
            slash: means.len() > 1,
            first: means.first().cloned().unwrap_or_default().into(),
            second: means.get(1).cloned().unwrap_or_default().into(),
        };
        let label = [words::TREND_COUNT_MONTH, words::TREND_COUNT, words::TREND_COUNT_YEAR][period];
        let counted = TrendFact {
            label: say.text(label),
            line: say.plain(words::TREND_WELL),
            slash: false,
            first: count.to_string().into(),
            second: "".into(),
        };
        vec![mean, counted]
    }
}

/// By how much the later half differs from the earlier.
fn change(dots: &[Dot]) -> f32 {
    let (earlier, later) = dots.split_at(dots.len() / 2);
    mean(later) - mean(earlier)
}

fn mean(dots: &[Dot]) -> f32 {
    if dots.is_empty() { 0.0 } else { dots.iter().map(|dot| dot.value).sum::<f32>() / dots.len() as f32 }
}

/// Whole numbers without a point, others with one place.
fn short(value: f32) -> String {
    if (value - value.round()).abs() < 0.05 || value >= 50.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// A round distance between grid lines for a range of values.
fn step(range: f32) -> f32 {
    *[0.5, 1.0, 2.0, 5.0, 10.0, 20.0].iter().find(|step| range / **step <= 6.0).unwrap_or(&40.0)
}

fn step_between(high: f32, low: f32) -> f32 {
    *[0.5, 1.0, 2.0, 5.0, 10.0, 20.0].iter().find(|step| (high - low) / **step <= 8.0).unwrap_or(&40.0)
}

/// Days of "the last three months".
const RECENT_DAYS: i64 = 92;
/// Pixels that a date needs.
const DATE_ROOM: f32 = 90.0;
