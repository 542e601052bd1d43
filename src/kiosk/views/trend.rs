//! R21: the resident's own past, first in words, then as a chart. Earlier values only after the second fact (ux.md P14).

use chrono::{Datelike, Duration, NaiveDate};
use hut_ui::words::{self, Key, Lang};
use hut_ui::{
    ChoiceView, Icon, Level, SeriesKind, TrendDate, TrendFact, TrendLine, TrendPoint, TrendSeries, TrendTab, TrendView,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use slint::{ModelRc, SharedString};

use super::chart::{Dot, Plot};
use super::say::{Say, model};
use crate::model::measurement::{GlucoseKind, GlucoseLevel};
use crate::model::resident::Question;
use crate::model::trend::{DayValues, Direction, Trend, Trended};
use crate::model::{Measurement, Value};
use crate::session::{Screen, State, TrendLock, TrendPage, Visit, World, told};

/// What the resident looks at; nothing of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    /// Blood pressure, glucose, weight, waist; the first that was measured today unless chosen.
    pub tab: Option<usize>,
    /// One of the periods; half a year unless chosen.
    pub period: Option<usize>,
    /// The day whose values are read.
    pub day: Option<NaiveDate>,
}

impl Looking {
    /// Another tab.
    pub fn to_tab(self, place: i32) -> Self {
        Self { tab: usize::try_from(place).ok(), day: None, ..self }
    }

    /// Another period.
    pub fn to_period(self, place: i32) -> Self {
        Self { period: usize::try_from(place).ok(), day: None, ..self }
    }
}

/// What R21 shows.
pub fn view(world: &World, state: &State, page: &TrendPage, looking: Looking, lang: Lang) -> TrendView {
    let Some(visit) = &state.visit else { return TrendView::default() };
    let say = Say(lang);
    let lock = state.trend_lock(world, page);
    let today = state.now.day();
    let seen = Seen::of(world, state, visit, page, looking);
    let Seen { at, period, tab, .. } = seen;
    let drawn = seen.days(tab.drawn);
    let rules = world.today(state.now);
    let compared = seen.days(tab.compared);
    let chart = seen.chart(world, state, say);
    let count = drawn.len();
    let missing = rules.days_to_a_trend(tab.of, &compared);
    let story = match (lock, rules.trend(tab.of, &compared)) {
        (TrendLock::AskStaff, _) => Story {
            headline: say.text(words::PHONE_CODE_NONE),
            text: say.text(words::PHONE_LOCK_TEXT),
            ..Story::default()
        },
        (_, Some(trend)) => Teller { world, say, visit, today, tab }.story(&trend, chart.mostly_above()),
        (_, None) if missing > 0 => {
            Story { headline: say.fill(words::TREND_MORE, &[("n", &missing.to_string())]), ..Story::default() }
        }
        (_, None) => Story { headline: say.text(words::TREND_LATER), ..Story::default() },
    };
    TrendView {
        tabs: model(tabs(say, at)),
        periods: model(periods(say, period)),
        title: say.text(tab.title),
        unit: say.text(tab.unit),
        series: model(chart.series(at == 0, missing == 0)),
        grid: model(chart.grid()),
        limits: model(chart.limit_lines()),
        dates: model(chart.dates()),
        verdict: story.verdict,
        verdict_level: story.level,
        headline: story.headline,
        text: story.text,
        facts: model(if missing == 0 { chart.facts(period, count) } else { Vec::new() }),
        read: looking.day.map(|day| chart.read(day)).unwrap_or_default(),
        read_x: looking.day.map(|day| chart.plot().x(day)).unwrap_or_default(),
        empty: if count == 0 { say.text(words::TREND_NOTHING) } else { "".into() },
        leaves: state
            .leaves_in()
            .map(|left| say.fill(words::RES_LEAVES, &[("s", &left.to_string())]))
            .unwrap_or_default(),
    }
}

/// The day nearest to this fraction of the plot.
pub fn nearest(world: &World, state: &State, looking: Looking, x: f32) -> Option<NaiveDate> {
    let (days, plot) = drawn(world, state, looking)?;
    let far = |day: &NaiveDate| (plot.x(*day) - x).abs();
    days.into_iter().min_by(|one, other| far(one).total_cmp(&far(other)))
}

/// The day so many points after the one that is read; the first touch of all reads the newest.
pub fn further(world: &World, state: &State, looking: Looking, by: i32) -> Option<NaiveDate> {
    let (days, _) = drawn(world, state, looking)?;
    let last = days.len().checked_sub(1)?;
    let here = looking.day.and_then(|read| days.iter().position(|day| *day == read));
    let place = here.map_or(last, |here| here.saturating_add_signed(by as isize).min(last));
    days.get(place).copied()
}

fn drawn(world: &World, state: &State, looking: Looking) -> Option<(Vec<NaiveDate>, Plot)> {
    let Screen::Trend(page) = &state.screen else { return None };
    let seen = Seen::of(world, state, state.visit.as_ref()?, page, looking);
    let days = seen.days(seen.tab.drawn).into_iter().map(|(day, _)| day).collect();
    Some((days, seen.chart(world, state, Say(Lang::default())).plot()))
}

/// What of the past stands on the page: a tab, a period, and no more than the lock lets through.
struct Seen<'a> {
    visit: &'a Visit,
    state: &'a State,
    at: usize,
    tab: &'static Tab,
    period: usize,
    from: NaiveDate,
    open: bool,
}

impl<'a> Seen<'a> {
    fn of(world: &World, state: &'a State, visit: &'a Visit, page: &TrendPage, looking: Looking) -> Self {
        let today = state.now.day();
        let measured = |tab: &Tab| (tab.drawn)(visit, state).iter().any(|(day, _)| *day == today);
        let at = looking.tab.or_else(|| TABS.iter().position(measured)).unwrap_or_default().min(TABS.len() - 1);
        let period = looking.period.unwrap_or(HALF_YEAR).min(PERIODS.len() - 1);
        Self {
            visit,
            state,
            at,
            tab: &TABS[at],
            period,
            from: today - Duration::days(PERIODS[period].1),
            open: state.trend_lock(world, page) == TrendLock::Open,
        }
    }

    fn days(&self, days: fn(&Visit, &State) -> Vec<DayValues>) -> Vec<DayValues> {
        let today = self.state.now.day();
        let may_see = |(day, _): &DayValues| *day >= self.from && (self.open || *day == today);
        days(self.visit, self.state).into_iter().filter(may_see).collect()
    }

    fn chart(&self, world: &World, state: &State, say: Say) -> Chart {
        let limits = limits(world, state, self.tab.of);
        Chart { say, lines: lines(&self.days(self.tab.drawn)), today: state.now.day(), limits }
    }
}

/// A tab: what it draws.
struct Tab {
    icon: Icon,
    label: Key,
    title: Key,
    unit: Key,
    of: Trended,
    /// The verdicts: down, down from a raised pressure, up.
    verdicts: [Key; 3],
    drawn: fn(&Visit, &State) -> Vec<DayValues>,
    /// What may be compared with each other.
    compared: fn(&Visit, &State) -> Vec<DayValues>,
}

const TABS: [Tab; 4] = [
    Tab {
        icon: Icon::Cuff,
        label: words::TREND_TAB_BP,
        title: words::TREND_BP,
        unit: words::UNIT_MMHG,
        of: Trended::Pressure,
        verdicts: [words::TREND_LOWER, words::TREND_BETTER, words::TREND_HIGHER],
        drawn: pressures,
        compared: pressures,
    },
    Tab {
        icon: Icon::Drop,
        label: words::TREND_TAB_GLUCOSE,
        title: words::TREND_GLUCOSE,
        unit: words::UNIT_MMOL,
        of: Trended::FastingGlucose,
        verdicts: [words::TREND_LOWER, words::TREND_LOWER, words::TREND_HIGHER],
        drawn: |visit, _| singles(visit, glucose),
        compared: |visit, _| singles(visit, fasting_glucose),
    },
    Tab {
        icon: Icon::Scale,
        label: words::TREND_TAB_WEIGHT,
        title: words::TREND_WEIGHT,
        unit: words::UNIT_KG,
        of: Trended::Weight,
        verdicts: [words::TREND_LIGHTER, words::TREND_LIGHTER, words::TREND_HEAVIER],
        drawn: |visit, _| singles(visit, weight),
        compared: |visit, _| singles(visit, weight),
    },
    Tab {
        icon: Icon::Tape,
        label: words::TREND_TAB_WAIST,
        title: words::TREND_WAIST,
        unit: words::UNIT_CM,
        of: Trended::Waist,
        verdicts: [words::TREND_NARROWER, words::TREND_NARROWER, words::TREND_WIDER],
        drawn: |visit, _| singles(visit, waist),
        compared: |visit, _| singles(visit, waist),
    },
];

/// The periods with their days.
const PERIODS: [(Key, i64); 3] = [(words::TREND_MONTH, 31), (words::TREND_HALF_YEAR, 184), (words::TREND_YEAR, 366)];
const HALF_YEAR: usize = 1;

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

fn pressures(visit: &Visit, state: &State) -> Vec<DayValues> {
    let past = visit.past.pressures.iter().map(|past| (past.date, [past.systolic, past.diastolic]));
    let mean = visit.assessment.as_ref().and_then(|assessment| assessment.bp_mean);
    let today = mean.filter(|_| !visit.pressures().is_empty()).map(|mean| (state.now.day(), mean));
    past.chain(today).map(|(day, mean)| (day, mean.map(Decimal::from).to_vec())).collect()
}

fn singles(visit: &Visit, pick: fn(&Value) -> Option<Decimal>) -> Vec<DayValues> {
    let day = |taken: &Measurement| pick(&taken.value).map(|value| (taken.at.day(), vec![value]));
    visit.past.measurements.iter().rev().chain(&visit.taken).filter_map(day).collect()
}

fn glucose(value: &Value) -> Option<Decimal> {
    match value {
        Value::Glucose { level: GlucoseLevel::Value(value), .. } => Some(value.0),
        _ => None,
    }
}

/// Values after a meal hang on the meal: only fasting ones are compared.
fn fasting_glucose(value: &Value) -> Option<Decimal> {
    glucose(value).filter(|_| matches!(value, Value::Glucose { kind: GlucoseKind::Fasting, .. }))
}

fn weight(value: &Value) -> Option<Decimal> {
    if let Value::Weight(weight) = value { Some(weight.0) } else { None }
}

fn waist(value: &Value) -> Option<Decimal> {
    if let Value::Waist(waist) = value { Some(waist.0) } else { None }
}

/// One line of points for each value of a day.
fn lines(days: &[DayValues]) -> Vec<Vec<Dot>> {
    let width = days.first().map_or(0, |(_, values)| values.len());
    let dot = |side: usize| move |(day, values): &DayValues| Some(Dot { day: *day, value: values[side].to_f32()? });
    (0..width).map(|side| days.iter().filter_map(dot(side)).collect()).collect()
}

/// The limits drawn over the chart: those from which a pressure counts as raised.
fn limits(world: &World, state: &State, of: Trended) -> Vec<f32> {
    match of {
        Trended::Pressure => world.today(state.now).raised_limits().iter().filter_map(|limit| limit.to_f32()).collect(),
        _ => Vec::new(),
    }
}

struct Chart {
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

/// Puts a trend into words.
struct Teller<'a> {
    world: &'a World,
    say: Say,
    visit: &'a Visit,
    today: NaiveDate,
    tab: &'a Tab,
}

impl Teller<'_> {
    fn story(&self, trend: &Trend, mostly_above: bool) -> Story {
        let pressure = self.tab.of == Trended::Pressure;
        let [down, better, up] = self.tab.verdicts;
        let (level, key) = match trend.direction {
            Direction::Lower if trend.was_raised => (Level::Ok, better),
            Direction::Lower => (Level::Info, down),
            Direction::Higher if pressure => (Level::Watch, up),
            Direction::Higher => (Level::Info, up),
            Direction::Same => (Level::Info, words::TREND_SAME),
            Direction::Mixed => (Level::Info, words::TREND_MIXED),
        };
        Story {
            verdict: self.say.fill(key, &[("m", &self.month(trend.since))]),
            level,
            headline: self.headline(trend),
            text: if pressure { self.advice(mostly_above) } else { "".into() },
        }
    }

    /// The month of the first day, with the year when it is another one.
    fn month(&self, since: NaiveDate) -> SharedString {
        let name = told::month(self.say.0, since);
        let key = if since.year() == self.today.year() { words::TREND_OF_MONTH } else { words::TREND_OF_LAST_YEAR };
        self.say.fill(key, &[("m", name)])
    }

    fn headline(&self, trend: &Trend) -> SharedString {
        let sizes: Vec<String> = trend.changes.iter().map(|change| change.abs().normalize().to_string()).collect();
        let fell = |side: usize| trend.changes[side].is_sign_negative();
        let change = match (sizes.as_slice(), trend.direction) {
            (_, Direction::Same | Direction::Mixed) => return "".into(),
            ([one], _) => {
                let key = if fell(0) { words::TREND_DOWN } else { words::TREND_UP };
                self.say.fill(key, &[("a", one), ("unit", &self.say.text(self.tab.unit))])
            }
            ([upper, lower], _) => {
                let key = match (fell(0), fell(1)) {
                    (true, true) => words::TREND_BOTH_DOWN,
                    (true, false) => words::TREND_UPPER_DOWN,
                    (false, true) => words::TREND_UPPER_UP,
                    (false, false) => words::TREND_BOTH_UP,
                };
                self.say.fill(key, &[("a", upper), ("b", lower)])
            }
            _ => return "".into(),
        };
        let [before, now] = trend.days.map(|days| days.to_string());
        format!("{}\n{change}", self.say.fill(words::TREND_HALVES, &[("a", &before), ("b", &now)])).into()
    }

    fn advice(&self, mostly_above: bool) -> SharedString {
        if !mostly_above {
            return self.say.text(words::TREND_BELOW);
        }
        let any = self.say.text(words::TREND_DOCTOR);
        let doctor = self.say.doctor(&self.world.station).unwrap_or(&any);
        let tablets = self.visit.all_answers().yes(Question::OnAntihypertensives);
        let key = if tablets { words::TREND_ABOVE_TABLETS } else { words::TREND_ABOVE };
        self.say.fill(key, &[("doctor", doctor)])
    }
}

impl Chart {
    fn plot(&self) -> Plot {
        let values = self.lines.iter().flatten().map(|dot| dot.value).chain(self.limits.iter().copied());
        let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let step = step(high - low);
        let first = self.lines.iter().flatten().map(|dot| dot.day).min().unwrap_or(self.today);
        Plot {
            across: (0.04, 0.97),
            down: 1.0,
            days: (first, self.today),
            values: (((high + step * 0.4) / step).ceil() * step, ((low - step * 0.4) / step).floor() * step),
        }
    }

    /// A line goes from point to point when there are enough of them to say anything.
    fn series(&self, pressure: bool, joined: bool) -> Vec<TrendSeries> {
        let plot = self.plot();
        let series = |(place, dots): (usize, &Vec<Dot>)| {
            let last = dots.last();
            let (kind, label) = match (pressure, place) {
                (true, 0) => (SeriesKind::Systolic, self.say.text(words::TREND_SYS)),
                (true, _) => (SeriesKind::Diastolic, self.say.text(words::TREND_DIA)),
                (false, _) => (SeriesKind::Single, "".into()),
            };
            let joins = plot.joins(dots).into_iter().map(|joins| joins && joined);
            let point = |(place, (dot, joined)): (usize, (&Dot, bool))| TrendPoint {
                x: plot.x(dot.day),
                y: plot.y(dot.value),
                joined,
                last: place + 1 == dots.len(),
            };
            TrendSeries {
                kind,
                label,
                points: model(dots.iter().zip(joins).enumerate().map(point).collect()),
                last_text: last.map(|dot| short(dot.value)).unwrap_or_default().into(),
            }
        };
        self.lines.iter().enumerate().filter(|(_, dots)| !dots.is_empty()).map(series).collect()
    }

    fn grid(&self) -> Vec<TrendLine> {
        let plot = self.plot();
        let (high, low) = plot.values;
        let step = step_between(high, low);
        let count = ((high - low) / step).round() as usize;
        let line = |place: usize| {
            let value = high - step * place as f32;
            TrendLine { label: short(value).into(), y: plot.y(value) }
        };
        (0..=count).map(line).collect()
    }

    fn limit_lines(&self) -> Vec<TrendLine> {
        let plot = self.plot();
        let keys = [words::TREND_LIMIT_SYS, words::TREND_LIMIT_DIA];
        let line = |(limit, key): (&f32, Key)| TrendLine {
            label: self.say.fill(key, &[("n", &short(*limit))]),
            y: plot.y(*limit),
        };
        self.limits.iter().zip(keys).map(line).collect()
    }

    /// A few days along the bottom, today among them.
    fn dates(&self) -> Vec<TrendDate> {
        let plot = self.plot();
        let end = plot.across.1;
        let mut dates: Vec<TrendDate> = Vec::new();
        for dot in self.lines.first().into_iter().flatten() {
            let x = plot.x(dot.day);
            let today = dot.day == self.today;
            let room = |least: f32, last: Option<f32>| last.is_none_or(|last| x - last >= least) && end - x >= least;
            let sparse = today || room(SPARSE, dates.iter().rev().find(|date| date.sparse).map(|date| date.x));
            if (today && dates.last().is_none_or(|last| x > last.x)) || room(DENSE, dates.last().map(|last| last.x)) {
                let label = if today {
                    self.say.text(words::TREND_TODAY)
                } else {
                    format!("{}/{}", dot.day.month(), dot.day.day()).into()
                };
                dates.push(TrendDate { label, x, strong: today, sparse });
            }
        }
        dates
    }

    /// The values of a day in words.
    fn read(&self, day: NaiveDate) -> SharedString {
        let on = |dots: &Vec<Dot>| dots.iter().rev().find(|dot| dot.day == day).map(|dot| short(dot.value));
        let values: Vec<String> = self.lines.iter().filter_map(on).collect();
        if values.is_empty() { "".into() } else { format!("{}  {}", self.say.date(day), values.join(" / ")).into() }
    }

    /// More than half of the days reached a limit.
    fn mostly_above(&self) -> bool {
        let count = self.lines.first().map_or(0, Vec::len);
        let above = |place: usize| {
            let mut pairs = self.lines.iter().zip(&self.limits);
            pairs.any(|(dots, limit)| dots.get(place).is_some_and(|dot| dot.value >= *limit))
        };
        (0..count).filter(|place| above(*place)).count() * 2 > count
    }

    fn facts(&self, period: usize, count: usize) -> Vec<TrendFact> {
        let say = self.say;
        let months = if period == 0 { 1 } else { 3 };
        let recent = |dots: &Vec<Dot>| {
            let from = self.today - Duration::days(months * MONTH_DAYS);
            mean(&dots.iter().filter(|dot| dot.day >= from).copied().collect::<Vec<_>>())
        };
        let means: Vec<String> = self.lines.iter().map(|dots| short(recent(dots))).collect();
        let mean = TrendFact {
            label: say.fill(words::TREND_MEAN, &[("n", &months.to_string())]),
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

/// Days of a month, at most.
const MONTH_DAYS: i64 = 31;
/// Parts of the plot between two dates, where there is room and where there is little.
const DENSE: f32 = 0.12;
const SPARSE: f32 = 0.3;
