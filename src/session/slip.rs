//! The printed slip as lines of text, and what its QR code holds (ux.md 12). No colour: a mark in text beside each class. The
//! resident's names nobody but by the masked name and the last four, and its code names nobody at all; what staff hand
//! to a doctor carries the full name (ux.md 8.2).

use std::fmt;

use chrono::{Datelike, Timelike};
use hut_words::{self as words, Key, Lang};

use super::figures::Figure;
use super::told::{self, Lead, Shape, Told};
use super::{Effect, Notice, ResultPage, Screen, Symptom, Tap, Turn, UrgentPage, Visit, World};
use crate::model::device::{PrintTrouble, Role};
use crate::model::fact::SymptomAnswer;
use crate::model::measurement::{Measurement, Pressure, Quality, Value};
use crate::model::{ClockTrust, Moment, Sex, Subject};

/// A slip, line by line, as wide as its paper.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Slip(pub Vec<Line>);

/// A line, or a place for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Words; the second ones stand at the right end.
    Text(Style, String, String),
    /// A line of dashes.
    Rule,
    /// A QR code: what it holds, and what stands below it.
    Code(String, String),
}

/// How a line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In the middle, strong.
    Title,
    /// In double size.
    Value,
    /// Strong.
    Strong,
    /// As it is.
    Plain,
}

/// A slip is a person's data.
impl fmt::Debug for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slip({} lines)", self.0.len())
    }
}

impl Slip {
    fn text(&mut self, style: Style, text: impl Into<String>) {
        self.pair(style, text, "");
    }

    fn pair(&mut self, style: Style, left: impl Into<String>, right: impl Into<String>) {
        let (left, right) = (left.into(), right.into());
        if !left.is_empty() || !right.is_empty() {
            self.0.push(Line::Text(style, left, right));
        }
    }

    fn rule(&mut self) {
        self.0.push(Line::Rule);
    }
}

/// R23: the slip and its code on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct SlipPage {
    /// Where 返回结果 leads.
    pub result: Box<ResultPage>,
    /// What is printed.
    pub slip: Slip,
    /// What the code holds.
    pub code: String,
    /// The resident came for the code, not for the paper.
    pub by_phone: bool,
    /// Since when the code is shown.
    pub since: Moment,
    /// What became of the paper; `None` while nobody asked for it.
    pub paper: Option<Paper>,
}

/// What became of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// The printer has it.
    Printing(Moment),
    /// It is there to be taken.
    Printed,
    /// It is not.
    Failed(PrintTrouble),
}

/// How long the code stays on the screen.
const CODE_S: u64 = 60;

/// A printer that says nothing for so long will say nothing any more.
pub(super) const PRINT_S: u64 = 20;

impl SlipPage {
    /// Seconds that the code still stays; 0: it is put away.
    pub fn code_left(&self, now: Moment) -> u64 {
        CODE_S.saturating_sub(now.ms_since(&self.since) / 1000)
    }

    /// All of them.
    pub fn code_time(&self) -> u64 {
        CODE_S
    }
}

impl super::State {
    /// A printer is fitted and there.
    pub fn can_print(&self) -> bool {
        self.devices.get(&Role::Printer) == Some(&true)
    }

    /// R22 offers 打印给医生: what the page hides goes on no paper either.
    pub fn may_print_for_doctor(&self, page: &UrgentPage) -> bool {
        self.visit.is_some() && self.can_print() && !page.hidden
    }
}

impl Turn<'_> {
    /// R23 from R20: with the slip on paper, or with the code alone.
    pub(super) fn open_slip(&mut self, page: ResultPage, print: bool) {
        let Some(visit) = &self.state.visit else { return };
        let (now, lang) = (self.state.now, self.state.lang);
        let slip = resident(self.world, visit, &page, now, lang);
        let code = code(self.world, visit, &page, now, lang);
        let paper = print.then(|| self.print(slip.clone()));
        self.open(Screen::Slip(SlipPage { result: Box::new(page), slip, code, by_phone: !print, since: now, paper }));
    }

    pub(super) fn tap_slip(&mut self, mut page: SlipPage, tap: Tap) {
        match tap {
            Tap::Back => return self.open(Screen::Result(*page.result)),
            Tap::Finish => return self.goodbye(),
            Tap::Print if !matches!(page.paper, Some(Paper::Printing(_))) => {
                page.paper = Some(self.print(page.slip.clone()));
            }
            Tap::TakeByPhone => page.since = self.state.now,
            _ => return,
        }
        self.state.screen = Screen::Slip(page);
    }

    pub(super) fn tick_slip(&mut self, mut page: SlipPage) {
        if let Some(Paper::Printing(since)) = page.paper
            && self.state.now.ms_since(&since) >= PRINT_S * 1000
        {
            page.paper = Some(Paper::Failed(PrintTrouble::Gone));
            self.state.screen = Screen::Slip(page);
        }
    }

    /// R22: 打印给医生
    pub(super) fn print_for_doctor(&mut self, page: &UrgentPage) {
        let Some(visit) = self.state.visit.as_ref().filter(|_| self.state.may_print_for_doctor(page)) else { return };
        let slip = doctor(self.world, visit, page, self.state.now, self.state.lang);
        self.print(slip);
        self.state.notice = Some(Notice::Printing);
    }

    /// D03: the referral is kept, so its slip may go.
    pub(super) fn print_referral(&mut self) {
        let Some(slip) = self.state.desk.referral.take().filter(|_| self.state.can_print()) else { return };
        self.print(slip);
        self.state.notice = Some(Notice::Printing);
    }

    fn print(&mut self, slip: Slip) -> Paper {
        self.effects.push(Effect::Print(slip));
        if let Some(visit) = &mut self.state.visit {
            visit.printing = true;
        }
        Paper::Printing(self.state.now)
    }

    /// What became of the slip asked for last; who asked for it may have gone.
    pub(super) fn printed(&mut self, how: Result<(), PrintTrouble>) {
        match &mut self.state.screen {
            Screen::Slip(page) if page.paper.is_some() => {
                page.paper = Some(how.map_or_else(Paper::Failed, |()| Paper::Printed))
            }
            Screen::Urgent(_) | Screen::Queue(_) => self.state.notice = Some(Notice::Printed(how)),
            _ => {}
        }
        if let (Ok(()), Some(visit)) = (how, &mut self.state.visit) {
            visit.slip |= visit.printing;
        }
    }
}

/// The slip that a resident takes home.
pub fn resident(world: &World, visit: &Visit, page: &ResultPage, now: Moment, lang: Lang) -> Slip {
    let writer = Writer { world, visit, now, lang };
    let told = Told { visit, page, lang };
    let mut slip = writer.head(writer.masked());
    writer.values(&told, &mut slip);
    slip.rule();
    let next = told.next();
    let line = next.plain_line();
    slip.text(Style::Strong, next.title);
    slip.text(Style::Strong, line);
    for (place, line) in told.advice(world).iter().enumerate() {
        slip.text(
            Style::Plain,
            writer.fill(words::SLIP_ADVICE, &[("n", &(place + 1).to_string()), ("line", line.line)]),
        );
    }
    slip.rule();
    slip.text(Style::Plain, told.told(&world.station).unwrap_or_default());
    slip.text(Style::Plain, writer.word(words::RES_DISCLAIMER));
    slip.0.push(Line::Code(code(world, visit, page, now, lang), writer.word(words::SLIP_CODE)));
    slip
}

/// What the QR code holds: the values in plain text, without identity. It needs no network, neither here nor there, and says
/// no more than a telephone can read off the paper.
pub fn code(world: &World, visit: &Visit, page: &ResultPage, now: Moment, lang: Lang) -> String {
    let writer = Writer { world, visit, now, lang };
    let told = Told { visit, page, lang };
    let mut slip = Slip::default();
    slip.text(Style::Title, writer.title());
    slip.text(Style::Strong, writer.when());
    writer.values(&told, &mut slip);
    slip.text(Style::Strong, told.next().in_short());
    slip.text(Style::Strong, writer.word(words::SLIP_REFERENCE));
    let lines = slip.0.iter().filter_map(|line| match line {
        Line::Text(Style::Plain, ..) | Line::Rule | Line::Code(..) => None,
        Line::Text(_, left, right) => Some(format!("{left} {right}").trim_end().to_owned()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// R22's slip for the doctor: values, times, symptoms, and who it is.
pub fn doctor(world: &World, visit: &Visit, page: &UrgentPage, now: Moment, lang: Lang) -> Slip {
    let writer = Writer { world, visit, now, lang };
    let mut slip = writer.head(String::new());
    slip.0.insert(0, Line::Text(Style::Title, writer.word(words::SLIP_DOCTOR), String::new()));
    slip.text(Style::Value, writer.full_name());
    slip.text(Style::Plain, writer.sex_and_age());
    slip.text(Style::Plain, writer.tail());
    slip.rule();
    slip.text(Style::Strong, writer.word(page.kind.title()).replace('\n', " "));
    for taken in &visit.taken {
        slip.text(Style::Value, writer.reading(taken));
    }
    slip.text(Style::Plain, writer.symptoms());
    slip
}

impl Symptom {
    /// The word on its tile.
    pub fn word(self) -> Key {
        match self {
            Symptom::Chest => words::URGENT_CHEST,
            Symptom::Stroke => words::URGENT_LIMBS,
            Symptom::Head => words::URGENT_HEAD,
            Symptom::Breath => words::URGENT_BREATH,
            Symptom::None => words::URGENT_NONE,
        }
    }
}

/// Writes the lines of one visit.
struct Writer<'a> {
    world: &'a World,
    visit: &'a Visit,
    now: Moment,
    lang: Lang,
}

impl Writer<'_> {
    /// Where, when, and whose.
    fn head(&self, person: String) -> Slip {
        let mut slip = Slip::default();
        slip.text(Style::Title, self.title());
        slip.pair(Style::Plain, self.when(), person);
        if self.now.trust != ClockTrust::Trusted {
            slip.text(Style::Plain, self.word(words::SLIP_CLOCK));
        }
        slip.rule();
        slip
    }

    fn title(&self) -> String {
        let station = self.lang.own(&self.world.station.name_zh, &self.world.station.name_en);
        self.fill(words::SLIP_TITLE, &[("station", station)])
    }

    fn when(&self) -> String {
        let day = self.now.day();
        let [y, m, d] = [day.year().to_string(), day.month().to_string(), day.day().to_string()];
        self.fill(words::SLIP_WHEN, &[("y", &y), ("m", &m), ("d", &d), ("time", &clock(&self.now))])
    }

    /// Each value with its unit and class, and how it was measured.
    fn values(&self, told: &Told<'_>, slip: &mut Slip) {
        let (visit, assessment) = (self.visit, &told.page.assessment);
        let readings = visit.pressures();
        let quality = || told.quality().map(|key| self.word(key)).unwrap_or_default();
        if let Some([systolic, diastolic]) = assessment.bp_mean.filter(|_| !readings.is_empty()) {
            let name = self.word(words::TREND_TAB_BP);
            let value = format!("{name} {systolic}/{diastolic} {}", self.word(words::UNIT_MMHG));
            slip.pair(Style::Value, value, self.mark(told.headline(Lead::Pressure)));
            slip.text(Style::Plain, self.mean(&readings));
            if let Some(pulse) = visit.pulse() {
                slip.text(Style::Plain, self.fill(words::SLIP_PULSE, &[("n", &pulse.to_string())]));
            }
            slip.text(Style::Plain, self.rest(told));
            slip.text(Style::Plain, quality());
        }
        for figure in told.figures() {
            let built = figure.lead == Lead::Body && assessment.bmi.is_some();
            self.value(slip, figure);
            if let (true, Some(height), Some(weight)) = (built, visit.height(), visit.weight()) {
                let [h, w] = [height.0, weight.0].map(|number| number.normalize().to_string());
                slip.text(Style::Plain, self.fill(words::SLIP_BUILT, &[("h", &h), ("w", &w)]));
            }
        }
        if readings.is_empty() {
            slip.text(Style::Plain, quality());
        }
    }

    fn value(&self, slip: &mut Slip, figure: Figure) {
        let unit = figure.unit.map(|unit| self.word(unit)).unwrap_or_default();
        let text = format!("{} {} {unit}", self.word(figure.title), figure.value);
        slip.pair(Style::Value, text.trim_end(), figure.class.map(|class| self.mark(class)).unwrap_or_default());
    }

    fn mark(&self, (shape, word): (Shape, Key)) -> String {
        format!("{} {}", shape.mark(), self.word(word)).trim_start().to_owned()
    }

    fn mean(&self, readings: &[Pressure]) -> String {
        let list: Vec<String> = readings.iter().map(slashed).collect();
        let list = list.join(&self.word(words::COMMON_SEPARATOR));
        match readings.len() {
            0 | 1 => self.word(words::RES_SINGLE),
            2 => self.fill(words::SLIP_MEAN_TWO, &[("list", &list)]),
            n => self.fill(words::SLIP_MEAN_N, &[("n", &n.to_string()), ("list", &list)]),
        }
    }

    fn rest(&self, told: &Told<'_>) -> String {
        if told.is_marked(Quality::RestDeclared) {
            return self.word(words::SLIP_DECLARED);
        }
        let minutes = self.world.today(self.now).rest_minutes().to_string();
        self.fill(words::SLIP_RESTED, &[("n", &minutes)])
    }

    fn reading(&self, taken: &Measurement) -> String {
        let time = clock(&taken.at);
        match taken.value {
            Value::Pressure { pressure, .. } => {
                self.fill(words::SLIP_READING, &[("time", &time), ("value", &slashed(&pressure))])
            }
            Value::Glucose { level, kind } => {
                let title = self.word(told::glucose_title(kind));
                let value = told::glucose_line(self.lang, level);
                self.fill(words::SLIP_READING_GLUCOSE, &[("time", &time), ("title", &title), ("value", &value)])
            }
            Value::Spo2(percent) => self.titled(&time, words::RES_SPO2, &percent.to_string(), words::UNIT_PERCENT),
            Value::Temperature(celsius) => {
                self.titled(&time, words::RES_TEMPERATURE, &celsius.to_string(), words::UNIT_CELSIUS)
            }
            // Not what brought anybody here.
            Value::Height(_)
            | Value::Weight(_)
            | Value::Waist(_)
            | Value::Lipid { .. }
            | Value::Airflow(_)
            | Value::OccultBlood(_) => String::new(),
        }
    }

    fn titled(&self, time: &str, title: Key, value: &str, unit: Key) -> String {
        let value = format!("{value} {}", self.word(unit));
        self.fill(words::SLIP_READING_GLUCOSE, &[("time", time), ("title", &self.word(title)), ("value", &value)])
    }

    fn symptoms(&self) -> String {
        let told = match &self.visit.symptoms {
            None => return String::new(),
            Some(SymptomAnswer::NotAnswered) => return self.word(words::SLIP_NOT_ANSWERED),
            Some(SymptomAnswer::Told(told)) if told.is_empty() => return self.word(words::SLIP_NO_SYMPTOMS),
            Some(SymptomAnswer::Told(told)) => told,
        };
        let tiles = [Symptom::Chest, Symptom::Stroke, Symptom::Head, Symptom::Breath];
        let said =
            tiles.into_iter().filter(|tile| tile.words().iter().any(|word| told.iter().any(|told| told == word)));
        let list: Vec<String> = said.map(|tile| self.word(tile.word())).collect();
        self.fill(words::SLIP_SYMPTOMS, &[("list", &list.join(&self.word(words::COMMON_SEPARATOR)))])
    }

    /// 王*英 尾号 1226, or the slip number.
    fn masked(&self) -> String {
        match self.visit.subject {
            Subject::Guest(_) => self.tail(),
            Subject::Resident(_) => format!("{} {}", self.visit.who.masked(), self.tail()).trim_start().to_owned(),
        }
    }

    fn tail(&self) -> String {
        match self.visit.subject {
            Subject::Guest(guest) => self.fill(words::GUEST_SLIP, &[("n", &guest.slip.to_string())]),
            Subject::Resident(_) => self.fill(words::COMMON_TAIL, &[("n", self.visit.who.last_four())]),
        }
    }

    fn full_name(&self) -> String {
        self.visit.who.name.as_ref().map(|name| name.0.clone()).unwrap_or_default()
    }

    fn sex_and_age(&self) -> String {
        let who = &self.visit.who;
        let sex = self.word(match who.sex {
            Sex::Male => words::COMMON_MALE,
            Sex::Female => words::COMMON_FEMALE,
        });
        self.fill(words::DOC_WHO_PLAIN, &[("sex", &sex), ("age", &who.age(self.now.day()).to_string())])
    }

    fn word(&self, key: Key) -> String {
        words::text(self.lang, key).to_owned()
    }

    fn fill(&self, key: Key, gaps: &[(&str, &str)]) -> String {
        words::fill(self.lang, key, gaps)
    }
}

fn slashed(pressure: &Pressure) -> String {
    format!("{}/{}", pressure.systolic, pressure.diastolic)
}

fn clock(at: &Moment) -> String {
    format!("{:02}:{:02}", at.wall.hour(), at.wall.minute())
}
