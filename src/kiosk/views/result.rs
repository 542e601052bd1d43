//! R20: the level, the number, where it lies, what to do next, advice, who is told.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{AdviceView, Icon, Level, ResultItem, ResultPart, ResultView, Span, ZoneBarView};
use rust_decimal::Decimal;
use slint::SharedString;

use super::bar::bar;
use super::class::{class, is_raised};
use super::glucose::level_words;
use super::icon::named;
use super::say::{Say, clock, model};
use crate::model::due::Step;
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Quality};
use crate::model::resident::Question;
use crate::model::{Assessment, RowId, Subject, Urgency, Value};
use crate::session::{Item, ResultPage, State, Visit, World};

/// What R20 shows.
pub fn view(world: &World, state: &State, page: &ResultPage, lang: Lang) -> ResultView {
    let Some(visit) = &state.visit else { return ResultView::default() };
    let about = About { world, state, page, visit, assessment: &page.assessment, say: Say(lang) };
    about.view()
}

/// The pages of larger text, in order.
pub fn parts(world: &World, state: &State, page: &ResultPage) -> Vec<ResultPart> {
    let Some(visit) = &state.visit else { return vec![ResultPart::Reading] };
    About { world, state, page, visit, assessment: &page.assessment, say: Say(Lang::default()) }.parts()
}

fn part(page: &ResultPage, parts: &[ResultPart]) -> ResultPart {
    parts.get(page.part).or(parts.last()).copied().unwrap_or(ResultPart::Reading)
}

/// What the page is about first: blood pressure if it was measured, else the next that was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Pressure,
    Glucose,
    Body,
    Waist,
}

struct About<'a> {
    world: &'a World,
    state: &'a State,
    page: &'a ResultPage,
    visit: &'a Visit,
    assessment: &'a Assessment,
    say: Say,
}

/// The box "what to do next".
struct Next {
    icon: Icon,
    level: Level,
    title: SharedString,
    line: Vec<Span>,
}

impl About<'_> {
    fn view(&self) -> ResultView {
        let say = self.say;
        let lead = self.lead();
        let (level, word) = self.headline(lead);
        let next = self.next(lead, level);
        let (title, first, second, unit) = self.number(lead);
        let parts = self.parts();
        ResultView {
            title: say.text(title),
            meta: self.meta(lead),
            level,
            word,
            first,
            second,
            unit,
            pulse: if lead == Lead::Pressure { self.pulse() } else { "".into() },
            bars: model(self.bars(lead)),
            items: model(self.items(lead)),
            missing: self.missing(),
            quality: self.quality(),
            next_icon: next.icon,
            next_level: next.level,
            next_title: next.title,
            next_line: model(next.line),
            advice: model(self.advice()),
            told: self.told(),
            leaves: self.leaves(),
            can_print: false,
            can_qr: false,
            can_trend: matches!(self.visit.subject, Subject::Resident(_)),
            part: part(self.page, &parts),
            page: self.page.part.min(parts.len() - 1) as i32,
            pages: parts.len() as i32,
        }
    }

    fn parts(&self) -> Vec<ResultPart> {
        let others = !self.items(self.lead()).is_empty() || !self.missing().is_empty();
        let others = others.then_some(ResultPart::Others);
        [Some(ResultPart::Reading), others, Some(ResultPart::Next), Some(ResultPart::Advice)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn lead(&self) -> Lead {
        let pressure = !self.visit.pressures().is_empty();
        match () {
            () if pressure && !self.sugar_matters_more() => Lead::Pressure,
            () if self.visit.glucose().is_some() => Lead::Glucose,
            () if self.visit.weight().is_some() => Lead::Body,
            () => Lead::Waist,
        }
    }

    /// The sugar lies further out than the pressure: the page is about it.
    fn sugar_matters_more(&self) -> bool {
        let rank = |level: Level| match level {
            Level::None | Level::Info | Level::Ok => 0,
            Level::Watch => 1,
            Level::High | Level::Low => 2,
            Level::Urgent => 3,
        };
        let sugar = self.row(Lead::Glucose).map_or(0, |row| rank(class(row).0));
        sugar > rank(self.headline(Lead::Pressure).0)
    }

    fn row(&self, lead: Lead) -> Option<&RowId> {
        match lead {
            Lead::Pressure => self.assessment.bp_grade.as_ref(),
            Lead::Glucose => self.assessment.glucose_critical.as_ref().or(self.assessment.glucose_class.as_ref()),
            Lead::Body => self.assessment.bmi_class.as_ref(),
            Lead::Waist => self.assessment.waist_class.as_ref(),
        }
    }

    /// Shape and word of the badge; without a class the number stands alone.
    fn headline(&self, lead: Lead) -> (Level, SharedString) {
        if let (Lead::Pressure, Some(controlled)) = (lead, self.controlled()) {
            let word = if controlled { words::CLASS_CONTROLLED } else { words::CLASS_NOT_AT_TARGET };
            return (if controlled { Level::Ok } else { Level::High }, self.say.text(word));
        }
        match self.row(lead) {
            Some(row) => {
                let (level, word) = class(row);
                (level, self.say.text(word))
            }
            None => (Level::Info, self.say.text(words::CLASS_NOTE)),
        }
    }

    /// For a known patient: at the target or not.
    fn controlled(&self) -> Option<bool> {
        let answers = self.visit.all_answers();
        let known = answers.yes(Question::Hypertension) || answers.yes(Question::OnAntihypertensives);
        let grade = self.assessment.bp_grade.as_ref().filter(|_| known)?;
        // The norm's row for 65 and over is off until signed; then the grade says it.
        Some(self.assessment.bp_control_norm.unwrap_or(!is_raised(grade)))
    }

    fn number(&self, lead: Lead) -> (Key, SharedString, SharedString, SharedString) {
        let say = self.say;
        match lead {
            Lead::Pressure => {
                let [systolic, diastolic] = self.assessment.bp_mean.unwrap_or_default();
                let second = diastolic.to_string().into();
                (words::RES_BP, systolic.to_string().into(), second, say.text(words::UNIT_MMHG))
            }
            Lead::Glucose => {
                let value = self.visit.glucose().map(|(level, _)| level_words(say, level));
                (words::RES_GLUCOSE, value.unwrap_or_default(), "".into(), say.text(words::UNIT_MMOL))
            }
            Lead::Body => match self.assessment.bmi {
                Some(bmi) => (words::RES_BMI, bmi.to_string().into(), "".into(), "".into()),
                None => {
                    let weight = self.visit.weight().map(|weight| weight.0.normalize().to_string());
                    let unit = say.text(words::UNIT_KG);
                    (words::RES_BODY, weight.unwrap_or_default().into(), "".into(), unit)
                }
            },
            Lead::Waist => {
                let waist = self.visit.waist().map(|waist| waist.0.normalize().to_string());
                (words::RES_WAIST, waist.unwrap_or_default().into(), "".into(), say.text(words::UNIT_CM))
            }
        }
    }

    fn meta(&self, lead: Lead) -> SharedString {
        let say = self.say;
        let at = self.visit.taken.iter().rev().find(|taken| taken_for(lead, &taken.value)).map(|taken| taken.at);
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
        let readings = self.visit.pressures();
        readings
            .iter()
            .rev()
            .find_map(|reading| reading.pulse)
            .map(|pulse| pulse.to_string().into())
            .unwrap_or_default()
    }

    fn bars(&self, lead: Lead) -> Vec<ZoneBarView> {
        let (say, rules) = (self.say, self.world.today(self.state.now));
        // Without a class there is no scale for this person either (under 18, pregnant).
        if self.row(lead).is_none() {
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
                    vec![bar(say, say.text(glucose_title(kind)), value.0, &rules.glucose_scale(kind))]
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
        };
        bars.into_iter().flatten().collect()
    }

    fn items(&self, lead: Lead) -> Vec<ResultItem> {
        let say = self.say;
        let item = |title: Key, value: Option<String>, unit: SharedString, row: Option<&RowId>| {
            let (level, word) = row.map(class).map_or((Level::None, None), |(level, word)| (level, Some(word)));
            value.map(|value| ResultItem {
                title: say.text(title),
                value: value.into(),
                unit,
                level,
                word: word.map(|word| say.text(word)).unwrap_or_default(),
            })
        };
        let decimal = |value: Decimal| value.normalize().to_string();
        let mut items = Vec::new();
        if let (true, Some([systolic, diastolic])) = (lead == Lead::Glucose, self.assessment.bp_mean)
            && !self.visit.pressures().is_empty()
        {
            // Six digits leave no room for the unit.
            let value = format!("{systolic}/{diastolic}");
            items.push(item(words::TREND_TAB_BP, Some(value), "".into(), self.row(Lead::Pressure)));
        }
        if lead != Lead::Body {
            items.push(match (self.assessment.bmi, self.visit.weight()) {
                (Some(bmi), _) => {
                    item(words::RES_BMI, Some(bmi.to_string()), "".into(), self.assessment.bmi_class.as_ref())
                }
                (None, weight) => {
                    item(words::RES_WEIGHT_ITEM, weight.map(|w| decimal(w.0)), say.text(words::UNIT_KG), None)
                }
            });
        } else if self.assessment.bmi.is_some() {
            let (height, weight) = (self.visit.height(), self.visit.weight());
            items.push(item(words::RES_HEIGHT_ITEM, height.map(|h| decimal(h.0)), say.text(words::UNIT_CM), None));
            items.push(item(words::RES_WEIGHT_ITEM, weight.map(|w| decimal(w.0)), say.text(words::UNIT_KG), None));
        }
        if lead != Lead::Waist {
            let waist = self.visit.waist().map(|waist| decimal(waist.0));
            items.push(item(
                words::RES_WAIST_ITEM,
                waist,
                say.text(words::UNIT_CM),
                self.assessment.waist_class.as_ref(),
            ));
        }
        if let (true, Some((level, kind))) = (lead != Lead::Glucose, self.visit.glucose()) {
            let (value, row) = (level_words(say, level).to_string(), self.row(Lead::Glucose));
            items.push(item(glucose_title(kind), Some(value), say.text(words::UNIT_MMOL), row));
        }
        items.into_iter().flatten().take(MOST_ITEMS).collect()
    }

    /// What this station measures and this visit did not.
    fn missing(&self) -> SharedString {
        let say = self.say;
        let all = [
            (Item::Pressure, words::TREND_TAB_BP, self.visit.pressures().is_empty()),
            (Item::Body, words::CHOOSE_BODY, self.visit.weight().is_none()),
            (Item::Waist, words::CHOOSE_WAIST, self.visit.waist().is_none()),
            (Item::Glucose, words::CHOOSE_GLUCOSE, self.visit.glucose().is_none()),
        ];
        let missing = all.into_iter().filter(|(item, _, missing)| *missing && self.state.offers(self.world, *item));
        let names: Vec<_> = missing.map(|(_, key, _)| say.text(key)).collect();
        if names.is_empty() { "".into() } else { say.fill(words::RES_MISSING, &[("items", &say.list(&names))]) }
    }

    /// What makes this visit's numbers less good than they could be.
    fn quality(&self) -> SharedString {
        let marked = |mark| self.visit.taken.iter().any(|taken| taken.quality.contains(&mark));
        let key = match () {
            () if marked(Quality::IrregularPulse) => words::RES_UNEVEN,
            () if self.is_poor() => words::RES_POOR,
            () => return "".into(),
        };
        self.say.text(key)
    }

    fn is_poor(&self) -> bool {
        self.visit.taken.iter().any(|taken| taken.quality.contains(&Quality::Movement))
    }

    fn next(&self, lead: Lead, level: Level) -> Next {
        match lead {
            Lead::Pressure => self.next_pressure(level),
            Lead::Glucose => self.next_glucose(level),
            Lead::Body | Lead::Waist => self.in_time(level, words::RES_NEXT_STEP),
        }
    }

    fn next_pressure(&self, level: Level) -> Next {
        let say = self.say;
        match (self.controlled(), &self.assessment.bp_grade) {
            (Some(true), _) => Next { line: Vec::new(), ..self.titled(Icon::Heart, level, words::RES_CONTROLLED) },
            (Some(false), _) => self.plainly(Icon::Doctor, level, words::CLASS_NOT_AT_TARGET, words::RES_NOT_AT_TARGET),
            (None, None) => self.plainly(Icon::Doctor, Level::Info, words::CLASS_NOTE, words::RES_CHILD),
            (None, Some(_)) if self.is_poor() => {
                self.plainly(Icon::Refresh, Level::Watch, words::RES_POOR, words::RES_POOR_NEXT)
            }
            (None, Some(grade)) if !is_raised(grade) => {
                let title = if *grade == "bp.normal" { words::RES_NORMAL } else { words::RES_HIGH_NORMAL };
                self.in_time(level, title)
            }
            (None, Some(grade)) if self.page.raised_days == 0 => {
                let line = if *grade == "bp.grade1" { self.again() } else { self.again_and_doctor() };
                Next { line, ..self.titled(Icon::Calendar, level, words::RES_ONCE) }
            }
            (None, Some(_)) => {
                let day = (self.page.raised_days + 1).to_string();
                let line = match self.again() {
                    again if again.is_empty() => vec![self.span(words::RES_DOCTOR_TODAY)],
                    again => again,
                };
                Next { icon: Icon::Doctor, level, title: say.fill(words::RES_DAYS, &[("n", &day)]), line }
            }
        }
    }

    fn next_glucose(&self, level: Level) -> Next {
        match level {
            Level::Ok => self.in_time(level, words::RES_GLUCOSE_NORMAL),
            Level::Watch | Level::High => {
                self.plainly(Icon::Lab, level, words::RES_GLUCOSE_NEXT, words::RES_GLUCOSE_HIGH)
            }
            Level::Low => self.plainly(Icon::Doctor, level, words::CLASS_LOW, words::RES_LOW),
            _ => self.plainly(Icon::Info, Level::Info, words::RES_NEXT_STEP, words::RES_GLUCOSE_HINT),
        }
    }

    fn titled(&self, icon: Icon, level: Level, title: Key) -> Next {
        Next { icon, level, title: self.say.text(title), line: Vec::new() }
    }

    fn plainly(&self, icon: Icon, level: Level, title: Key, line: Key) -> Next {
        Next { line: vec![self.span(line)], ..self.titled(icon, level, title) }
    }

    fn span(&self, key: Key) -> Span {
        Span { text: self.say.text(key), strong: false }
    }

    /// The other days on which to measure again.
    fn again(&self) -> Vec<Span> {
        let days: Vec<_> = self.page.again.iter().map(|day| self.say.date(*day)).collect();
        match days.as_slice() {
            [] => Vec::new(),
            [only] => self.say.pieces(words::RES_AGAIN_ONE, &[("d1", only)]),
            [first, second, ..] => self.say.pieces(words::RES_AGAIN, &[("d1", first), ("d2", second)]),
        }
    }

    /// The other days, and a doctor today.
    fn again_and_doctor(&self) -> Vec<Span> {
        match self.page.again.as_slice() {
            [first, second, ..] => {
                let gaps = [self.say.date(*first), self.say.date(*second)];
                self.say.pieces(words::RES_AGAIN_DOCTOR, &[("d1", &gaps[0]), ("d2", &gaps[1])])
            }
            _ => vec![self.span(words::RES_DOCTOR_TODAY)],
        }
    }

    /// Nothing is to be done now but to come again in half a year or a year.
    fn in_time(&self, level: Level, title: Key) -> Next {
        Next { line: self.interval().into_iter().collect(), ..self.titled(Icon::Calendar, level, title) }
    }

    /// When to come again although nothing is raised; known patients come when their doctor says.
    fn interval(&self) -> Option<Span> {
        let next = self.page.next.iter().find(|due| due.step == Step::Pressure)?;
        Some(self.span(if next.days > HALF_YEAR_DAYS { words::RES_YEAR } else { words::RES_HALF_YEAR }))
    }

    fn advice(&self) -> Vec<AdviceView> {
        let chosen = self.page.guidance.iter().filter_map(|chosen| self.world.rules.guidance().item(&chosen.id));
        let advice = chosen.take(MOST_ADVICE).map(|item| {
            let (line, more) = match self.say.0 {
                Lang::ZhCn => (&item.zh, &item.zh_more),
                _ => (&item.en, &item.en_more),
            };
            AdviceView { icon: named(&item.icon), line: line.into(), more: more.into() }
        });
        advice.collect()
    }

    /// Who is told. Ends with a full stop, since the disclaimer follows in the same line.
    fn told(&self) -> SharedString {
        let say = self.say;
        let line = match self.visit.subject {
            Subject::Guest(guest) => say.fill(words::RES_GUEST, &[("n", &guest.slip.to_string())]),
            Subject::Resident(_) if self.page.flagged => match say.doctor(&self.world.station) {
                Some(doctor) => say.fill(words::RES_TOLD, &[("doctor", doctor)]),
                None => say.text(words::RES_TOLD_ANY),
            },
            Subject::Resident(_) if self.assessment.urgency > Urgency::None && !self.visit.consent.doctor_view => {
                say.text(words::RES_NOT_TOLD)
            }
            Subject::Resident(_) => return "".into(),
        };
        format!("{line}{}", say.text(words::COMMON_FULL_STOP)).into()
    }

    fn leaves(&self) -> SharedString {
        let left = self.state.leaves_in();
        left.map(|left| self.say.fill(words::RES_LEAVES, &[("s", &left.to_string())])).unwrap_or_default()
    }
}

fn taken_for(lead: Lead, value: &Value) -> bool {
    match value {
        Value::Pressure { .. } => lead == Lead::Pressure,
        Value::Glucose { .. } => lead == Lead::Glucose,
        Value::Height(_) | Value::Weight(_) => lead == Lead::Body,
        Value::Waist(_) => lead == Lead::Waist,
    }
}

/// The title of a glucose value by what was eaten.
pub fn glucose_title(kind: GlucoseKind) -> Key {
    match kind {
        GlucoseKind::Fasting => words::RES_GLU_FASTING,
        GlucoseKind::Postprandial2h | GlucoseKind::Ogtt2h => words::RES_GLU_AFTER,
        GlucoseKind::Random => words::RES_GLU_RANDOM,
    }
}

const MOST_ITEMS: usize = 3;
const MOST_ADVICE: usize = 3;

/// Longer intervals than this are told as a year.
const HALF_YEAR_DAYS: u16 = 200;
