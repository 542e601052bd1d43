//! What is said of a visit's findings, on R20 and on the slip: the class in words, and what to do next. The classes come
//! from the tables; only their words are here.

use chrono::{Datelike, NaiveDate};
use hut_words::{self as words, Key, Lang, Piece};

use super::figures::Figure;
use super::visit::Born;
use super::{ResultPage, Visit, World};
use crate::model::due::Step;
use crate::model::measurement::{GlucoseKind, GlucoseLevel, Quality};
use crate::model::resident::Question;
use crate::model::{Assessment, RowId, Station, Subject, Urgency, Value};

/// The shape beside a class, which tells levels apart without colour (ux.md 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are those of the status set
pub enum Shape {
    Ok,
    Watch,
    High,
    Urgent,
    Low,
    Info,
}

impl Shape {
    /// How far out it lies.
    pub fn rank(self) -> u8 {
        match self {
            Shape::Info | Shape::Ok => 0,
            Shape::Watch => 1,
            Shape::High | Shape::Low => 2,
            Shape::Urgent => 3,
        }
    }

    /// The shape in text, for paper; a note has none.
    pub fn mark(self) -> &'static str {
        match self {
            Shape::Ok => "●",
            Shape::Watch => "◆",
            Shape::High | Shape::Urgent => "▲",
            Shape::Low => "▼",
            Shape::Info => "",
        }
    }
}

/// Shape and word of a class as residents read it (ux.md 7.2); a row nobody has words for is a note.
pub fn class(row: &RowId) -> (Shape, Key) {
    match row.as_str() {
        "bp.normal" | "bmi.normal" | "glu.fasting.normal" | "glu.2h.normal" => (Shape::Ok, words::CLASS_NORMAL),
        "waist.male.normal" | "waist.female.normal" => (Shape::Ok, words::CLASS_NORMAL),
        "bp.high_normal" => (Shape::Watch, words::CLASS_HIGH_NORMAL),
        "bp.grade1" => (Shape::High, words::CLASS_HIGH),
        "bp.grade2" => (Shape::High, words::CLASS_CLEARLY_HIGH),
        "bp.grade3" => (Shape::Urgent, words::CLASS_VERY_HIGH),
        "bp.low" => (Shape::Low, words::CLASS_LOW),
        "glu.fasting.ifg" | "glu.2h.igt" => (Shape::Watch, words::CLASS_HIGH),
        "glu.fasting.diabetes_range" | "glu.2h.diabetes_range" | "glu.random.diabetes_range" => {
            (Shape::High, words::CLASS_CLEARLY_HIGH)
        }
        "glu.low.no_diabetes" => (Shape::Low, words::CLASS_LOW),
        "glu.critical.high" => (Shape::Urgent, words::CLASS_VERY_HIGH),
        "glu.critical.low.known_diabetes" | "glu.critical.low.no_diabetes" => (Shape::Low, words::CLASS_VERY_LOW),
        "bmi.under" => (Shape::Watch, words::CLASS_UNDERWEIGHT),
        "bmi.over" => (Shape::Watch, words::CLASS_OVERWEIGHT),
        "bmi.obese" => (Shape::High, words::CLASS_OBESE),
        "waist.male.pre_central" | "waist.female.pre_central" => (Shape::Watch, words::CLASS_WAIST_NEAR),
        "waist.male.central" | "waist.female.central" => (Shape::High, words::CLASS_WAIST_LARGE),
        "spo2.normal" => (Shape::Ok, words::CLASS_NORMAL),
        "tc.desirable" | "ldl.ideal" | "ldl.desirable" | "hdl.not_low" | "tg.desirable" => {
            (Shape::Ok, words::CLASS_NORMAL)
        }
        "tc.borderline" | "ldl.borderline" | "tg.borderline" => (Shape::Watch, words::CLASS_BORDERLINE),
        "tc.high" | "ldl.high" | "tg.high" => (Shape::High, words::CLASS_HIGH),
        "hdl.low" => (Shape::Low, words::CLASS_LOW),
        "temp.fever" => (Shape::High, words::CLASS_HIGH),
        "fobt.positive" => (Shape::High, words::CLASS_SEE_DOCTOR),
        "spo2.low" => (Shape::Low, words::CLASS_LOW),
        "spo2.very_low" => (Shape::Low, words::CLASS_VERY_LOW),
        _ => (Shape::Info, words::CLASS_NOTE),
    }
}

/// True for a grade from which a pressure counts as raised.
pub fn is_raised(grade: &RowId) -> bool {
    matches!(grade.as_str(), "bp.grade1" | "bp.grade2" | "bp.grade3")
}

/// The title of a glucose value by what was eaten.
pub fn glucose_title(kind: GlucoseKind) -> Key {
    match kind {
        GlucoseKind::Fasting => words::RES_GLU_FASTING,
        GlucoseKind::Postprandial2h | GlucoseKind::Ogtt2h => words::RES_GLU_AFTER,
        GlucoseKind::Random => words::RES_GLU_RANDOM,
    }
}

/// A glucose value; one beyond the meter's range in words.
pub fn glucose(lang: Lang, level: GlucoseLevel) -> String {
    match level {
        GlucoseLevel::Value(value) => format!("{:.1}", value.0),
        GlucoseLevel::High => words::text(lang, words::CLASS_OUT_HIGH).to_owned(),
        GlucoseLevel::Low => words::text(lang, words::CLASS_OUT_LOW).to_owned(),
    }
}

/// The unit beside it: words have none.
pub fn glucose_unit(level: GlucoseLevel) -> Option<Key> {
    matches!(level, GlucoseLevel::Value(_)).then_some(words::UNIT_MMOL)
}

/// Both in one line.
pub fn glucose_line(lang: Lang, level: GlucoseLevel) -> String {
    let unit = glucose_unit(level).map(|unit| words::text(lang, unit)).unwrap_or_default();
    format!("{} {unit}", glucose(lang, level)).trim_end().to_owned()
}

/// A day without its year.
pub fn date(lang: Lang, day: NaiveDate) -> String {
    words::fill(lang, words::COMMON_DATE, &[("m", month(lang, day)), ("d", &day.day().to_string())])
}

/// The month of a day, as dates name it.
pub fn month(lang: Lang, day: NaiveDate) -> &'static str {
    words::text(lang, words::COMMON_MONTHS).split(' ').nth(day.month0() as usize).unwrap_or_default()
}

/// What a visit's result is about first: blood pressure if it was measured, else the next that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Lead {
    Pressure,
    Glucose,
    Body,
    Waist,
    Others,
}

impl Lead {
    /// Is this value what the result is about first?
    pub fn is(self, value: &Value) -> bool {
        match value {
            Value::Pressure { .. } => self == Lead::Pressure,
            Value::Glucose { .. } => self == Lead::Glucose,
            Value::Height(_) | Value::Weight(_) => self == Lead::Body,
            Value::Waist(_) => self == Lead::Waist,
            Value::Spo2(_)
            | Value::Temperature(_)
            | Value::Lipid { .. }
            | Value::Airflow(_)
            | Value::OccultBlood(_) => self == Lead::Others,
        }
    }
}

/// What the next step is about; screens have a drawing for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Come again on a day, or in time.
    Come,
    /// See a doctor.
    Doctor,
    /// Go on like this.
    GoOn,
    /// This measurement is to be repeated.
    Repeat,
    /// Have blood drawn.
    Laboratory,
    /// Nothing but to know it.
    Know,
}

/// What to do next: the box of R20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// What it is about.
    pub errand: Errand,
    /// How it stands.
    pub shape: Shape,
    /// In one sentence.
    pub title: String,
    /// When, or where; what fills a gap stands out.
    pub line: Vec<Piece>,
}

impl Next {
    /// When, or where, in one piece.
    pub fn plain_line(&self) -> String {
        self.line.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The line alone; the title where there is none.
    pub fn in_short(&self) -> String {
        if self.line.is_empty() { self.title.clone() } else { self.plain_line() }
    }
}

/// A piece of advice in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice<'a> {
    /// The name of its drawing.
    pub icon: &'a str,
    /// One line.
    pub line: &'a str,
    /// A helping one below.
    pub more: &'a str,
}

/// A visit with its result, to be put into words.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The visit.
    pub visit: &'a Visit,
    /// Its result.
    pub page: &'a ResultPage,
    /// In which language.
    pub lang: Lang,
}

impl Told<'_> {
    /// What it is about first.
    pub fn lead(&self) -> Lead {
        let pressure = !self.visit.pressures().is_empty();
        match () {
            () if pressure && !self.sugar_matters_more() => Lead::Pressure,
            () if self.visit.glucose().is_some() => Lead::Glucose,
            () if self.visit.weight().is_some() => Lead::Body,
            () if self.visit.waist().is_some() => Lead::Waist,
            () => Lead::Others,
        }
    }

    /// The sugar lies further out than the pressure: it comes first.
    fn sugar_matters_more(&self) -> bool {
        let sugar = self.row(Lead::Glucose).map_or(0, |row| class(row).0.rank());
        sugar > self.headline(Lead::Pressure).0.rank()
    }

    /// The class, by its row; none where the tables have no classes for this person. What stands under others has
    /// classes of its own ([`figures`](super::figures)).
    pub fn row(&self, of: Lead) -> Option<&RowId> {
        let assessment = self.assessment();
        match of {
            Lead::Pressure => assessment.noted("bp.low").or(assessment.bp_grade.as_ref()),
            Lead::Glucose => assessment.glucose_critical.as_ref().or(assessment.glucose_class.as_ref()),
            Lead::Body => assessment.bmi_class.as_ref(),
            Lead::Waist => assessment.waist_class.as_ref(),
            Lead::Others => None,
        }
    }

    /// Shape and word of the badge; without a class the number stands alone.
    pub fn headline(&self, of: Lead) -> (Shape, Key) {
        match (of, self.at_target(), self.row(of)) {
            (Lead::Pressure, _, Some(row)) if *row == "bp.low" => class(row),
            (Lead::Pressure, Some(true), _) => (Shape::Ok, words::CLASS_CONTROLLED),
            (Lead::Pressure, Some(false), _) => (Shape::High, words::CLASS_NOT_AT_TARGET),
            (Lead::Others, ..) => self.first(of).and_then(|figure| figure.class).unwrap_or(NO_CLASS),
            (_, _, Some(row)) => class(row),
            (_, _, None) => NO_CLASS,
        }
    }

    /// The figure that stands first; of several that one that lies furthest out.
    pub fn first(&self, lead: Lead) -> Option<Figure> {
        let figures = self.figures().into_iter().filter(|figure| figure.lead == lead);
        figures.reduce(|first, other| if other.rank() > first.rank() { other } else { first })
    }

    /// For a known patient: at the target or not.
    fn at_target(&self) -> Option<bool> {
        let answers = self.visit.all_answers();
        let known = answers.yes(Question::Hypertension) || answers.yes(Question::OnAntihypertensives);
        let grade = self.assessment().bp_grade.as_ref().filter(|_| known)?;
        // The norm's row for 65 and over is off until signed; then the grade says it.
        Some(self.assessment().bp_control_norm.unwrap_or(!is_raised(grade)))
    }

    /// What makes this visit's numbers less good than they could be.
    pub fn quality(&self) -> Option<Key> {
        match () {
            () if self.is_marked(Quality::IrregularPulse) => Some(words::RES_UNEVEN),
            () if self.is_poor() => Some(words::RES_POOR),
            () => None,
        }
    }

    /// Somebody moved, or had smoked, drunk or worked just before.
    fn is_poor(&self) -> bool {
        self.is_marked(Quality::Movement) || self.is_marked(Quality::Unsettled)
    }

    /// A reading of the visit has this mark.
    pub fn is_marked(&self, mark: Quality) -> bool {
        self.visit.taken.iter().any(|taken| taken.quality.contains(&mark))
    }

    /// What to do next.
    pub fn next(&self) -> Next {
        let lead = self.lead();
        let shape = self.headline(lead).0;
        match lead {
            Lead::Pressure => self.next_pressure(shape),
            Lead::Glucose => self.next_glucose(shape),
            Lead::Others if shape.rank() > Shape::Watch.rank() => {
                self.plainly(Errand::Doctor, shape, self.headline(lead).1, words::RES_CHILD)
            }
            Lead::Body | Lead::Waist | Lead::Others => self.in_time(shape, words::RES_NEXT_STEP),
        }
    }

    fn next_pressure(&self, shape: Shape) -> Next {
        match (self.at_target(), self.row(Lead::Pressure)) {
            (_, Some(row)) if *row == "bp.low" && !self.is_poor() => {
                self.plainly(Errand::Know, shape, words::CLASS_LOW, words::RES_LOW)
            }
            (Some(true), _) => self.plainly(Errand::GoOn, shape, words::RES_CONTROLLED, words::RES_CONTROLLED_NEXT),
            (Some(false), _) => {
                self.plainly(Errand::Doctor, shape, words::CLASS_NOT_AT_TARGET, words::RES_NOT_AT_TARGET)
            }
            (None, None) => self.plainly(Errand::Doctor, Shape::Info, words::CLASS_NOTE, words::RES_CHILD),
            // A raised one asks for other days anyway, and may ask for a doctor.
            (None, Some(grade)) if self.is_poor() && !is_raised(grade) => {
                self.titled(Errand::Repeat, Shape::Watch, words::RES_POOR_NEXT)
            }
            (None, Some(grade)) if !is_raised(grade) => {
                let title = if *grade == "bp.normal" { words::RES_NORMAL } else { words::RES_HIGH_NORMAL };
                self.in_time(shape, title)
            }
            (None, Some(grade)) if self.page.raised_days == 0 => {
                let line = if *grade == "bp.grade1" { self.again() } else { self.again_and_doctor() };
                Next { line, ..self.titled(Errand::Come, shape, words::RES_ONCE) }
            }
            (None, Some(_)) => {
                let day = (self.page.raised_days + 1).to_string();
                let line = match self.again() {
                    again if again.is_empty() => self.pieces(words::RES_DOCTOR_TODAY, &[]),
                    again => again,
                };
                let title = words::fill(self.lang, words::RES_DAYS, &[("n", &day)]);
                Next { errand: Errand::Doctor, shape, title, line }
            }
        }
    }

    fn next_glucose(&self, shape: Shape) -> Next {
        match shape {
            Shape::Ok => self.in_time(shape, words::RES_GLUCOSE_NORMAL),
            Shape::Watch | Shape::High => {
                self.plainly(Errand::Laboratory, shape, words::RES_GLUCOSE_NEXT, words::RES_GLUCOSE_HIGH)
            }
            Shape::Low => self.plainly(Errand::Doctor, shape, words::RES_GLUCOSE_LOW, words::RES_GLUCOSE_LOW_NEXT),
            _ => self.plainly(Errand::Know, Shape::Info, words::RES_NEXT_STEP, words::RES_GLUCOSE_HINT),
        }
    }

    /// The pieces of advice that were given.
    pub fn advice<'w>(&self, world: &'w World) -> Vec<Advice<'w>> {
        let guidance = world.rules.guidance();
        let chosen = self.page.guidance.iter().filter_map(|chosen| guidance.item(&chosen.id)).take(MOST_ADVICE);
        let own = |zh, en| self.lang.own(zh, en);
        let advice = chosen.map(|item| Advice {
            icon: &item.icon,
            line: own(&item.zh, &item.en),
            more: own(&item.zh_more, &item.en_more),
        });
        advice.collect()
    }

    /// Who is told, as a sentence; `None`: nobody needs to be.
    pub fn told(&self, station: &Station) -> Option<String> {
        let fill = |key: Key, gaps: &[(&str, &str)]| words::fill(self.lang, key, gaps);
        let doctor = self.lang.own(&station.doctor_zh, &station.doctor_en);
        let line = match self.visit.subject {
            Subject::Guest(guest) => {
                let by_band = matches!(self.visit.who.born, Born::Band(_));
                let key = if by_band { words::RES_GUEST_BAND } else { words::RES_GUEST };
                fill(key, &[("n", &guest.slip.to_string())])
            }
            Subject::Resident(_) if self.page.flagged && !doctor.is_empty() => {
                fill(words::RES_TOLD, &[("doctor", doctor)])
            }
            Subject::Resident(_) if self.page.flagged => fill(words::RES_TOLD_ANY, &[]),
            Subject::Resident(_) if self.assessment().urgency > Urgency::None && !self.visit.consent.doctor_view => {
                fill(words::RES_NOT_TOLD, &[])
            }
            Subject::Resident(_) => return None,
        };
        Some(line + words::text(self.lang, words::COMMON_FULL_STOP))
    }

    fn titled(&self, errand: Errand, shape: Shape, title: Key) -> Next {
        Next { errand, shape, title: words::text(self.lang, title).to_owned(), line: Vec::new() }
    }

    fn plainly(&self, errand: Errand, shape: Shape, title: Key, line: Key) -> Next {
        Next { line: self.pieces(line, &[]), ..self.titled(errand, shape, title) }
    }

    /// The other days on which to measure again.
    fn again(&self) -> Vec<Piece> {
        match self.days().as_slice() {
            [] => Vec::new(),
            [only] => self.pieces(words::RES_AGAIN_ONE, &[("d1", only)]),
            [first, second, ..] => self.pieces(words::RES_AGAIN, &[("d1", first), ("d2", second)]),
        }
    }

    /// The other days, and a doctor today.
    fn again_and_doctor(&self) -> Vec<Piece> {
        match self.days().as_slice() {
            [first, second, ..] => self.pieces(words::RES_AGAIN_DOCTOR, &[("d1", first), ("d2", second)]),
            _ => self.pieces(words::RES_DOCTOR_TODAY, &[]),
        }
    }

    fn days(&self) -> Vec<String> {
        self.page.again.iter().map(|day| date(self.lang, *day)).collect()
    }

    /// Nothing is to be done now but to come again in half a year or a year; known patients come when their doctor says.
    fn in_time(&self, shape: Shape, title: Key) -> Next {
        let due = self.page.next.iter().find(|due| due.step == Step::Pressure);
        let interval = |days: u16| if days > HALF_YEAR_DAYS { words::RES_YEAR } else { words::RES_HALF_YEAR };
        let line = due.map(|due| self.pieces(interval(due.days), &[])).unwrap_or_default();
        Next { line, ..self.titled(Errand::Come, shape, title) }
    }

    fn pieces(&self, key: Key, gaps: &[(&str, &str)]) -> Vec<Piece> {
        words::pieces(self.lang, key, gaps)
    }

    fn assessment(&self) -> &Assessment {
        &self.page.assessment
    }
}

const NO_CLASS: (Shape, Key) = (Shape::Info, words::CLASS_NOTE);
/// Longer intervals than this are told as a year.
const HALF_YEAR_DAYS: u16 = 200;
const MOST_ADVICE: usize = 3;
