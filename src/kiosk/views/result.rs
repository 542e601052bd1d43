//! R20: the level, the number, where it lies, what to do next, advice, who is told.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AdviceView, Icon, Level, ResultItem, ResultView, ZoneBarView};
use slint::SharedString;

use super::bar::bar;
use super::class::level;
use super::icon::named;
use super::say::{Say, clock, model, stretches};
use crate::model::device::Role;
use crate::model::measurement::GlucoseLevel;
use crate::model::{Assessment, Subject};
use crate::session::figures::Figure;
use crate::session::told::{Advice, Errand, Lead, Told, glucose_title};
use crate::session::{Item, ResultPage, State, Visit, World};

/// What R20 shows.
pub fn view(world: &World, state: &State, page: &ResultPage, lang: Lang) -> ResultView {
    let Some(visit) = &state.visit else { return ResultView::default() };
    let told = Told { visit, page, lang };
    let about = About { world, state, visit, assessment: &page.assessment, told, say: Say(lang) };
    about.view()
}

/// The button that reads the result to somebody.
pub struct Reading {
    /// What it says.
    word: Key,
    icon: Icon,
    /// What a touch does: reads, in a low voice or not; `None`: ends it.
    pub soft: Option<bool>,
}

/// 读给我听: aloud, at the next touch in a low voice, at the next no more (ux.md P6).
pub fn reading(state: &State) -> Reading {
    match state.reads() {
        None => Reading { word: words::CONSENT_READ, icon: Icon::Sound, soft: Some(false) },
        Some(false) => Reading { word: words::RES_READ_SOFT, icon: Icon::SoundLow, soft: Some(true) },
        Some(true) => Reading { word: words::RES_READ_NO_MORE, icon: Icon::SoundOff, soft: None },
    }
}

struct About<'a> {
    world: &'a World,
    state: &'a State,
    visit: &'a Visit,
    assessment: &'a Assessment,
    told: Told<'a>,
    say: Say,
}

impl About<'_> {
    fn view(&self) -> ResultView {
        let say = self.say;
        let lead = self.told.lead();
        let (shape, word) = self.told.headline(lead);
        let next = self.told.next();
        let (title, first, second, unit) = self.number(lead);
        let reading = reading(self.state);
        let items = self.items(lead);
        ResultView {
            title: say.text(title),
            meta: self.meta(lead),
            level: level(shape),
            word: say.text(word),
            first,
            second,
            unit,
            pulse: if lead == Lead::Pressure { self.pulse() } else { "".into() },
            bars: model(self.bars(lead)),
            more: model(self.more(items.len())),
            items: model(items),
            missing: self.missing(),
            quality: self.told.quality().map(|key| say.text(key)).unwrap_or_default(),
            next_icon: drawing(next.errand),
            next_level: level(next.shape),
            next_title: next.title.into(),
            next_line: model(stretches(next.line)),
            advice: model(self.told.advice(self.world).into_iter().map(advice).collect()),
            // Ends with a full stop, since the disclaimer follows in the same line.
            told: self.told.told(&self.world.station).unwrap_or_default().into(),
            leaves: self.leaves(),
            read: say.text(reading.word),
            read_icon: reading.icon,
            reads: self.state.reads().is_some(),
            can_print: self.state.can_print(),
            can_qr: true,
            can_trend: matches!(self.visit.subject, Subject::Resident(_)),
        }
    }

    fn number(&self, lead: Lead) -> (Key, SharedString, SharedString, SharedString) {
        let say = self.say;
        if lead == Lead::Pressure {
            let [systolic, diastolic] = self.assessment.bp_mean.unwrap_or_default();
            let second = diastolic.to_string().into();
            return (words::RES_BP, systolic.to_string().into(), second, say.text(words::UNIT_MMHG));
        }
        let Some(figure) = self.told.first(lead) else { return (words::RES_BP, "".into(), "".into(), "".into()) };
        let title = match lead {
            Lead::Glucose => words::RES_GLUCOSE,
            Lead::Waist => words::RES_WAIST,
            Lead::Body if self.assessment.bmi.is_none() => words::RES_BODY,
            _ => figure.title,
        };
        (title, figure.value.as_str().into(), "".into(), unit(say, &figure))
    }

    fn meta(&self, lead: Lead) -> SharedString {
        let say = self.say;
        let at = self.visit.taken.iter().rev().find(|taken| lead.is(&taken.value)).map(|taken| taken.at);
        let at = at.unwrap_or(self.state.now);
        let when = if at.day() == self.state.now.day() {
            say.fill(words::RES_TODAY_AT, &[("time", &clock(&at))])
        } else {
            say.date_time(&at)
        };
        let how = match (lead, self.visit.pressures().len()) {
            (Lead::Pressure, 2) => say.text(words::RES_MEAN),
            (Lead::Pressure, n) if n > 2 => say.fill(words::RES_MEAN_N, &[("n", &n.to_string())]),
            (Lead::Glucose, _) => match self.visit.glucose() {
                Some((_, kind)) => say.text(glucose_title(kind)),
                None => say.text(words::RES_SINGLE),
            },
            _ => say.text(words::RES_SINGLE),
        };
        say.fill(words::RES_META, &[("how", &how), ("when", &when)])
    }

    fn pulse(&self) -> SharedString {
        self.visit.pulse().map(|pulse| pulse.to_string().into()).unwrap_or_default()
    }

    fn bars(&self, lead: Lead) -> Vec<ZoneBarView> {
        let (say, rules) = (self.say, self.world.today(self.state.now));
        // Without a class there is no scale for this person either (under 18, pregnant).
        if self.told.row(lead).is_none() {
            return Vec::new();
        }
        let bars = match lead {
            Lead::Pressure => {
                let [systolic, diastolic] = self.assessment.bp_mean.unwrap_or_default();
                let [upper, lower] = rules.pressure_scales();
                vec![
                    bar(say, say.text(words::RES_SYS), systolic.into(), &upper),
                    bar(say, say.text(words::RES_DIA), diastolic.into(), &lower),
                ]
            }
            Lead::Glucose => match self.visit.glucose() {
                Some((GlucoseLevel::Value(value), kind)) => {
                    let scale = rules.glucose_scale(kind, self.told.row(lead));
                    vec![bar(say, say.text(glucose_title(kind)), value.0, &scale)]
                }
                _ => Vec::new(),
            },
            Lead::Body => {
                vec![self.assessment.bmi.and_then(|bmi| bar(say, say.text(words::RES_BMI), bmi, &rules.bmi_scale()))]
            }
            Lead::Waist => vec![self.visit.waist().and_then(|waist| {
                let scale = rules.waist_scale(self.visit.who.sex);
                bar(say, say.text(words::RES_WAIST_ITEM), waist.0, &scale)
            })],
            Lead::Others => Vec::new(),
        };
        bars.into_iter().flatten().collect()
    }

    /// The other numbers; where a page may not hold all of them, those outside come first.
    fn items(&self, lead: Lead) -> Vec<ResultItem> {
        let first = self.told.first(lead);
        // Blood pressure stands beside the others only when the sugar comes first.
        let pressure = self.told.pressure().filter(|_| lead != Lead::Pressure);
        let others = pressure.into_iter().chain(self.told.figures());
        let mut figures: Vec<Figure> = others.filter(|figure| Some(figure) != first.as_ref()).collect();
        if lead == Lead::Body && self.assessment.bmi.is_some() {
            figures.splice(0..0, self.told.built().into_iter().flatten());
        }
        if figures.len() > ROW {
            figures.sort_by_key(|figure| std::cmp::Reverse(figure.rank()));
        }
        figures.iter().map(|figure| item(self.say, figure)).collect()
    }

    /// Where those are that a page does not hold, by how many they are.
    fn more(&self, most: usize) -> Vec<SharedString> {
        let more = |n: usize| self.say.fill(words::RES_MORE, &[("n", &n.to_string())]);
        std::iter::once(SharedString::new()).chain((1..=most).map(more)).collect()
    }

    /// What this station measures and this visit did not.
    fn missing(&self) -> SharedString {
        let (offers, has) = (|item| self.state.offers(self.world, item), |role| self.state.has(self.world, role));
        let all = [
            (words::TREND_TAB_BP, offers(Item::Pressure) && self.visit.pressures().is_empty()),
            (words::CHOOSE_BODY, offers(Item::Body) && self.visit.weight().is_none()),
            (words::CHOOSE_WAIST, offers(Item::Waist) && self.visit.waist().is_none()),
            (words::CHOOSE_GLUCOSE, offers(Item::Glucose) && self.visit.glucose().is_none()),
            (words::RES_SPO2, has(Role::Spo2) && self.visit.spo2().is_none()),
            (words::RES_TEMPERATURE, has(Role::Temperature) && self.visit.temperature().is_none()),
        ];
        self.say.missing(words::RES_MISSING, &all)
    }

    /// While the voice speaks no second passes.
    fn leaves(&self) -> SharedString {
        let left = self.state.leaves_in().filter(|_| !self.state.listens());
        left.map(|left| self.say.fill(words::RES_LEAVES, &[("s", &left.to_string())])).unwrap_or_default()
    }
}

fn item(say: Say, figure: &Figure) -> ResultItem {
    ResultItem {
        title: say.text(figure.title),
        value: figure.value.as_str().into(),
        unit: unit(say, figure),
        level: figure.class.map_or(Level::None, |(shape, _)| level(shape)),
        word: figure.class.map(|(_, word)| say.text(word)).unwrap_or_default(),
    }
}

fn unit(say: Say, figure: &Figure) -> SharedString {
    figure.unit.map(|unit| say.text(unit)).unwrap_or_default()
}

fn advice(advice: Advice<'_>) -> AdviceView {
    AdviceView { icon: named(advice.icon), line: advice.line.into(), more: advice.more.into() }
}

fn drawing(errand: Errand) -> Icon {
    match errand {
        Errand::Come => Icon::Calendar,
        Errand::Doctor => Icon::Doctor,
        Errand::GoOn => Icon::Heart,
        Errand::Repeat => Icon::Refresh,
        Errand::Laboratory => Icon::Lab,
        Errand::Know => Icon::Info,
    }
}

/// Other numbers in a row.
const ROW: usize = 3;
