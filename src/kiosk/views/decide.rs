//! D03: one sheet for each action, prefilled by the rules.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{
    ChoiceRow, ChoiceView, CriterionView, DecideView, Decision as Act, Icon, Level, PlaceView, Span, TickState,
    TickView, Tone,
};
use rust_decimal::Decimal;
use slint::SharedString;

use super::finding;
use super::queue::{name, register_word, who, why};
use super::say::{Say, model};
use super::slip::lines;
use crate::model::measurement::{GlucoseKind, GlucoseLevel};
use crate::model::resident::{Answer, Question};
use crate::model::review::CasePerson;
use crate::model::{CaseRow, RowId, Sex};
use crate::session::doctor::{Dismissal, QueuePage, Sheet, SheetKind};
use crate::session::slip::{Line, Style};
use crate::session::{Screen, Slip, State, World};

/// What D03 shows; `None` while no sheet is open.
pub fn view(world: &World, state: &State, page: &QueuePage, lang: Lang) -> Option<DecideView> {
    let sheet = page.sheet.as_ref()?;
    let case = page.case(&state.desk.cases)?;
    Some(About { world, state, sheet, case, say: Say(lang) }.view())
}

/// The slip to print when the sheet in front is confirmed; `None`: none belongs to it.
pub fn referral(world: &World, state: &State, lang: Lang) -> Option<Slip> {
    let Screen::Queue(page) = &state.screen else { return None };
    let sheet = page.sheet.as_ref().filter(|sheet| sheet.kind == SheetKind::Refer)?;
    let case = page.case(&state.desk.cases)?;
    Some(About { world, state, sheet, case, say: Say(lang) }.slip())
}

/// The reasons of a dismissal, in order.
pub const DISMISSALS: [Dismissal; 4] =
    [Dismissal::MeasurementError, Dismissal::WrongPerson, Dismissal::AlreadyManaged, Dismissal::Other];

/// True when a criterion may not be ticked: its value lies past the range.
pub fn is_beyond(world: &World, case: &CaseRow, row: &RowId) -> bool {
    Criterion::of(world, case, row).is_beyond
}

struct About<'a> {
    world: &'a World,
    state: &'a State,
    sheet: &'a Sheet,
    case: &'a CaseRow,
    say: Say,
}

impl About<'_> {
    fn view(&self) -> DecideView {
        let say = self.say;
        let sheet = self.sheet;
        let (kind, icon, title, confirm) = self.face();
        let urgent = sheet.kind == SheetKind::Refer && sheet.toggle;
        let base = DecideView {
            kind,
            icon,
            title: say.text(title),
            person: self.person(),
            signature: self.signature(),
            confirm: say.text(confirm),
            confirm_icon: icon,
            confirm_tone: if urgent { Tone::Urgent } else { Tone::Primary },
            ready: sheet.complete(),
            ..DecideView::default()
        };
        match sheet.kind {
            SheetKind::Register => self.register(base),
            SheetKind::Refer => self.refer(base),
            SheetKind::FollowUp => {
                DecideView { rows: model(vec![self.presets(words::DECIDE_FOLLOW_WHEN)]), ..self.with_why(base) }
            }
            SheetKind::Retest => DecideView {
                rows: model(vec![self.presets(words::DECIDE_RETEST_WHEN)]),
                info: say.plain(match self.case.person {
                    CasePerson::Resident { .. } => words::DECIDE_RETEST_NOTE,
                    CasePerson::Guest(_) => words::DECIDE_RETEST_NOTE_GUEST,
                }),
                ..self.with_why(base)
            },
            SheetKind::Dismiss => self.dismiss(self.with_why(base)),
        }
    }

    /// The reasons again, where nothing else on the sheet tells them.
    fn with_why(&self, base: DecideView) -> DecideView {
        let (title, lines) = why(self.world, self.state, self.case, self.say);
        DecideView { why_title: title, why: model(lines), why_level: finding::level(self.case), ..base }
    }

    fn face(&self) -> (Act, Icon, Key, Key) {
        match self.sheet.kind {
            SheetKind::Register => {
                let title = register_word(self.case).unwrap_or(words::DECIDE_REGISTER);
                let enrols = title == words::ACT_ENROL;
                let confirm = if enrols { words::DECIDE_CONFIRM_ENROL } else { words::DECIDE_CONFIRM_REGISTER };
                (Act::Register, Icon::CheckList, title, confirm)
            }
            SheetKind::Refer if self.sheet.toggle => {
                (Act::Refer, Icon::Hospital, words::DECIDE_REFER_URGENT, words::DECIDE_CONFIRM_REFER)
            }
            SheetKind::Refer => (Act::Refer, Icon::Hospital, words::DECIDE_REFER, words::DECIDE_CONFIRM_REFER),
            SheetKind::FollowUp => (Act::FollowUp, Icon::Calendar, words::DECIDE_FOLLOW, words::DECIDE_CONFIRM_FOLLOW),
            SheetKind::Retest => (Act::Retest, Icon::Cuff, words::DECIDE_RETEST, words::DECIDE_CONFIRM_RETEST),
            SheetKind::Dismiss => (Act::Dismiss, Icon::Cross, words::DECIDE_DISMISS, words::DECIDE_CONFIRM_DISMISS),
        }
    }

    fn person(&self) -> SharedString {
        let say = self.say;
        let person = &self.case.person;
        let tail = match person {
            CasePerson::Resident { last_four, .. } => say.fill(words::DECIDE_ID_TAIL, &[("n", last_four)]),
            CasePerson::Guest(_) => "".into(),
        };
        let parts = [name(say, person), who(say, person), tail];
        let parts: Vec<&str> = parts.iter().map(SharedString::as_str).filter(|part| !part.is_empty()).collect();
        parts.join(" · ").into()
    }

    fn signature(&self) -> SharedString {
        let member = self.state.desk.signed_in.as_ref().map(|(member, _)| member.name.as_str()).unwrap_or_default();
        let when = self.say.date_time(&self.state.now);
        let line = self.say.fill(words::DECIDE_SIGNATURE, &[("who", member), ("when", &when)]);
        let edition = self.world.today(self.state.now).edition;
        format!("{line}\n{}", self.say.fill(words::DECIDE_EDITION, &[("v", &edition)])).into()
    }

    fn register(&self, base: DecideView) -> DecideView {
        let say = self.say;
        let banner = match self.case.registration {
            Some(_) => vec![
                Span { text: say.text(words::DECIDE_AUTO), strong: true, gap: false },
                Span { text: say.text(words::DECIDE_AUTO_MORE), strong: false, gap: true },
            ],
            None => Vec::new(),
        };
        let criteria = self.sheet.criteria.iter().map(|(row, ticked, met)| self.criterion(row, *ticked, *met));
        let manage = ChoiceRow {
            label: say.text(words::DECIDE_MANAGE),
            options: model(vec![
                self.option(words::DECIDE_MANAGE_YES, self.sheet.toggle),
                self.option(words::DECIDE_MANAGE_NO, !self.sheet.toggle),
            ]),
            ..ChoiceRow::default()
        };
        DecideView {
            banner: model(banner),
            criteria_title: say.text(words::DECIDE_CRITERIA),
            criteria_more: say.text(words::DECIDE_CRITERIA_MORE),
            criteria: model(criteria.collect()),
            can_add: false,
            rows: model(vec![manage, self.presets(words::DECIDE_NEXT_FOLLOW)]),
            second: say.text(words::DECIDE_NOT_FITTING),
            second_icon: Icon::Cross,
            ..base
        }
    }

    fn criterion(&self, row: &RowId, ticked: bool, met: bool) -> CriterionView {
        let say = self.say;
        let criterion = Criterion::of(self.world, self.case, row);
        let (state, remark) = match (ticked, met) {
            (true, true) => (TickState::On, words::DECIDE_BY_RULE),
            (true, false) => (TickState::On, words::DECIDE_BY_DOCTOR),
            (false, _) if criterion.is_beyond => (TickState::Blocked, words::DECIDE_BEYOND),
            (false, _) if criterion.value.is_none() && *row == "hr.tc" => (TickState::Off, words::DECIDE_LAB_LATER),
            (false, _) if criterion.value.is_none() => (TickState::Off, words::DECIDE_NOT_TODAY),
            (false, _) => (TickState::Off, words::DECIDE_NOT_MET),
        };
        let unit = if criterion.value.is_some() { criterion.unit } else { None };
        let (value, remark) = match (row.as_str(), ticked) {
            ("hr.smoking", true) => (say.text(self.smokes().0), remark),
            ("hr.smoking", false) => (say.text(self.smokes().0), self.smokes().1),
            _ => {
                let value = criterion.value.clone().map(SharedString::from);
                (value.unwrap_or_else(|| say.text(words::DECIDE_NOT_TODAY)), remark)
            }
        };
        CriterionView {
            state,
            title: criterion.title.map(|key| say.text(key)).unwrap_or_else(|| row.as_str().into()),
            value,
            unit: unit.map(|key| say.text(key)).unwrap_or_default(),
            range: criterion.range(say).into(),
            remark: say.text(remark),
        }
    }

    /// What is known of smoking, and what that makes of an open tick.
    fn smokes(&self) -> (Key, Key) {
        match self.case.answers.to(Question::Smoking) {
            None => (words::DECIDE_SMOKES_NOT_ASKED, words::DECIDE_ASK_LATER),
            Some(Answer::NotSure) => (words::DECIDE_SMOKES_NOT_SURE, words::DECIDE_ASK_LATER),
            Some(Answer::Current | Answer::Yes) => (words::DECIDE_SMOKES, words::DECIDE_NOT_MET),
            Some(_) => (words::DECIDE_SMOKES_NOT, words::DECIDE_NOT_MET),
        }
    }

    fn refer(&self, base: DecideView) -> DecideView {
        let say = self.say;
        let printer = self.state.can_print();
        let sheet = self.sheet;
        let places = self.world.station.referral_to.iter().enumerate().map(|(place, title)| PlaceView {
            title: title.as_str().into(),
            more: "".into(),
            chosen: sheet.choice == place,
        });
        DecideView {
            urgency: model(vec![
                self.option(words::DECIDE_NOW, sheet.toggle),
                self.option(words::DECIDE_NORMAL, !sheet.toggle),
            ]),
            places_title: say.text(words::DECIDE_WHERE),
            places: model(places.collect()),
            info: say.spans(words::DECIDE_OUTCOME_DUE, &[("date", &say.date(sheet.outcome_due))]),
            slip: model(lines(&self.slip())),
            slip_state: say.text(if printer { words::DECIDE_PAPER } else { words::DECIDE_NO_PRINTER }),
            slip_level: if printer { Level::Ok } else { Level::Watch },
            ..self.with_why(base)
        }
    }

    /// What the hospital needs to know; it carries the full name (ux.md 8.2). Without a printer it is copied by hand.
    fn slip(&self) -> Slip {
        let say = self.say;
        let line = |style: Style, text: &str| Line::Text(style, text.to_owned(), String::new());
        let plain = |text: &str| line(Style::Plain, text);
        let main = finding::number(say, self.case);
        let to = self.world.station.referral_to.get(self.sheet.choice).cloned().unwrap_or_default();
        let title = say.text(words::DECIDE_SLIP_TITLE);
        let urgent = format!("{title} · {}", say.text(words::DECIDE_SLIP_URGENT));
        let mut lines = vec![
            line(Style::Title, if self.sheet.toggle { &urgent } else { &title }),
            plain(say.station(&self.world.station)),
            plain(&say.date_time(&self.state.now)),
            Line::Rule,
            line(Style::Value, &format!("{} {}", name(say, &self.case.person), who(say, &self.case.person))),
        ];
        if let CasePerson::Resident { last_four, birth, .. } = &self.case.person {
            lines.push(plain(&say.day_of_birth(*birth)));
            lines.push(plain(&say.fill(words::DECIDE_ID_TAIL, &[("n", last_four)])));
        }
        lines.push(Line::Rule);
        lines.push(plain(&format!("{} {to}", say.text(words::DECIDE_SLIP_TO))));
        let reason = finding::reason(self.world, say, self.case);
        lines.push(plain(&format!("{} {reason}", say.text(words::DECIDE_SLIP_WHY))));
        lines.push(line(Style::Value, &format!("{} {}", main.value, main.unit)));
        let readings: Vec<SharedString> = finding::pressures(self.case)
            .iter()
            .map(|reading| format!("{}/{}", reading.systolic, reading.diastolic).into())
            .collect();
        lines.push(plain(&say.list(&readings)));
        lines.extend(finding::symptoms(say, self.case).map(|said| plain(&said)));
        lines.push(Line::Rule);
        let doctor = self.state.desk.signed_in.as_ref().map(|(member, _)| member.name.as_str()).unwrap_or_default();
        lines.push(plain(&say.fill(words::DECIDE_SLIP_DOCTOR, &[("name", doctor)])));
        let due = say.date(self.sheet.outcome_due);
        lines.push(plain(&say.fill(words::DECIDE_SLIP_REPLY, &[("date", &due)])));
        lines.push(plain(&say.text(words::DECIDE_SLIP_FOOT)));
        lines.retain(|line| !matches!(line, Line::Text(_, left, _) if left.is_empty()));
        Slip(lines)
    }

    fn dismiss(&self, base: DecideView) -> DecideView {
        let say = self.say;
        let tick = |reason: Dismissal| {
            let key = match reason {
                Dismissal::MeasurementError => words::DECIDE_D_ERROR,
                Dismissal::WrongPerson => words::DECIDE_D_PERSON,
                Dismissal::AlreadyManaged => words::DECIDE_D_MANAGED,
                Dismissal::Other => words::DECIDE_D_OTHER,
            };
            TickView { line: say.plain(key), label: say.text(key), on: self.sheet.dismissal == Some(reason) }
        };
        DecideView {
            ticks_title: say.text(words::DECIDE_DISMISS_WHY),
            ticks: model(DISMISSALS.into_iter().map(tick).collect()),
            info: say.plain(words::DECIDE_D_NOTE),
            ..base
        }
    }

    fn option(&self, key: Key, chosen: bool) -> ChoiceView {
        ChoiceView { label: self.say.text(key), chosen }
    }

    /// 1 周, 2 周, 1 月, 3 月, and the day it comes to.
    fn presets(&self, label: Key) -> ChoiceRow {
        let keys = [words::DECIDE_WEEK_1, words::DECIDE_WEEK_2, words::DECIDE_MONTH_1, words::DECIDE_MONTH_3];
        let options = keys.into_iter().enumerate().map(|(place, key)| self.option(key, self.sheet.choice == place));
        ChoiceRow {
            label: self.say.text(label),
            options: model(options.collect()),
            dates: model(vec![self.say.date(self.sheet.day())]),
        }
    }
}

/// A criterion of the high-risk definition beside this person's value.
struct Criterion {
    title: Option<Key>,
    value: Option<String>,
    unit: Option<Key>,
    is_beyond: bool,
    ranges: Vec<Range>,
    sexes: [Option<Decimal>; 2],
    told: Option<Key>,
}

/// From this value on, below that one.
type Range = (Option<Decimal>, Option<Decimal>);

impl Criterion {
    fn of(world: &World, case: &CaseRow, row: &RowId) -> Self {
        let (ranges, sexes) = world.today(case.since).criterion_ranges(row).unwrap_or_default();
        let mean = case.assessment.bp_mean.filter(|_| !finding::pressures(case).is_empty());
        let fasting = match finding::glucose(case) {
            Some((GlucoseLevel::Value(value), GlucoseKind::Fasting)) => Some(value.0),
            _ => None,
        };
        let beyond =
            |place: usize, value: Decimal| ranges.get(place).and_then(|(_, to)| *to).is_some_and(|to| value >= to);
        let decimal = |value: Decimal| value.normalize().to_string();
        let bare =
            Self { title: None, value: None, unit: None, is_beyond: false, ranges: Vec::new(), sexes, told: None };
        match row.as_str() {
            "hr.waist" => Self {
                title: Some(words::DECIDE_C_WAIST),
                value: finding::waist(case),
                unit: Some(words::UNIT_CM),
                ..bare
            },
            "hr.bp" => Self {
                title: Some(words::DECIDE_C_BP),
                value: mean.map(|[systolic, diastolic]| format!("{systolic}/{diastolic}")),
                unit: Some(words::UNIT_MMHG),
                is_beyond: mean
                    .is_some_and(|[systolic, diastolic]| beyond(0, systolic.into()) || beyond(1, diastolic.into())),
                ranges,
                ..bare
            },
            "hr.fpg" => Self {
                title: Some(words::DECIDE_C_GLUCOSE),
                value: fasting.map(decimal),
                unit: Some(words::UNIT_MMOL),
                is_beyond: fasting.is_some_and(|value| beyond(0, value)),
                ranges,
                ..bare
            },
            "hr.smoking" => Self { title: Some(words::DECIDE_C_SMOKING), told: Some(words::DECIDE_SMOKES), ..bare },
            "hr.tc" => Self { title: Some(words::DECIDE_C_CHOLESTEROL), unit: Some(words::UNIT_MMOL), ranges, ..bare },
            _ => Self { ranges, ..bare },
        }
    }

    fn range(&self, say: Say) -> String {
        if let Some(told) = self.told {
            return say.text(told).into();
        }
        if let [Some(male), Some(female)] = self.sexes {
            let sex =
                |sex: Sex, limit: Decimal| SharedString::from(format!("{} ≥ {}", say.sex(sex), limit.normalize()));
            return say.list(&[sex(Sex::Female, female), sex(Sex::Male, male)]);
        }
        let whole = |value: &Decimal| value.fract().is_zero();
        let range = |(from, to): &Range| match (from, to) {
            (Some(from), Some(to)) if whole(from) && whole(to) => {
                format!("{}–{}", from.normalize(), (*to - Decimal::ONE).normalize())
            }
            (Some(from), Some(to)) => format!("≥ {} {} < {}", from, say.text(words::DECIDE_AND), to),
            (Some(from), None) => format!("≥ {from}"),
            (None, Some(to)) => format!("< {to}"),
            (None, None) => String::new(),
        };
        let ranges: Vec<String> = self.ranges.iter().map(range).filter(|range| !range.is_empty()).collect();
        ranges.join(&format!(" {} ", say.text(words::DECIDE_OR)))
    }
}
