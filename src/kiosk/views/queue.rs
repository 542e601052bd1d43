//! D02: who is urgent, why, one tap to act. Staff see full names.

use chrono::{Datelike, NaiveDate};
use hut_ui::words::{self, Lang};
use hut_ui::{
    CaseAction, CaseChart, CaseFact, CaseView, ChartLine, CounterView, Decision as Act, Icon, Level, QueueFilter,
    QueueRow, QueueView, Tone,
};
use rust_decimal::prelude::ToPrimitive;
use slint::SharedString;

use super::chart::{Dot, Plot};
use super::finding::{self, number};
use super::guest;
use super::say::{Say, clock, model};
use crate::kiosk::letters::legible;
use crate::model::review::CasePerson;
use crate::model::{CaseRow, Moment, Register, Urgency};
use crate::session::doctor::{Filter, QueuePage};
use crate::session::{State, World};

/// What D02 shows.
pub fn view(world: &World, state: &State, page: &QueuePage, oldest_first: bool, lang: Lang) -> QueueView {
    let about = About { world, state, say: Say(lang) };
    let chosen = page.case(&state.desk.cases);
    let listed = page.listed(&state.desk.cases);
    let rows = order(state, page, oldest_first).into_iter().filter_map(|place| listed.get(place));
    let rows: Vec<_> =
        rows.map(|case| about.row(case, chosen.is_some_and(|chosen| chosen.flag == case.flag))).collect();
    QueueView {
        counters: model(about.counters()),
        filters: model(about.filters(page.filter)),
        order: about.say.text(if oldest_first { words::DOC_ORDER_TIME } else { words::DOC_ORDER_LEVEL }),
        empty_level: if page.unnamed { Level::Watch } else { Level::Ok },
        empty_title: about.say.text(match state.desk.cases.is_empty() {
            true if page.unnamed => words::DOC_UNNAMED,
            true => words::DOC_DONE,
            false => words::DOC_NONE_HERE,
        }),
        empty: match (rows.is_empty(), state.desk.read) {
            (true, _) if page.unnamed => about.say.text(words::DOC_UNNAMED_MORE),
            (true, Some(read)) => about.say.fill(words::DOC_DONE_MORE, &[("time", &clock(&read))]),
            _ => "".into(),
        },
        rows: model(rows),
        has_case: chosen.is_some(),
        case: chosen.map(|case| about.case(case)).unwrap_or_default(),
    }
}

/// Places in the filtered list, in the order of the rows on the screen.
pub fn order(state: &State, page: &QueuePage, oldest_first: bool) -> Vec<usize> {
    let listed = page.listed(&state.desk.cases);
    let mut places: Vec<usize> = (0..listed.len()).collect();
    if oldest_first {
        places.sort_by_key(|place| listed[*place].since.wall);
    }
    places
}

/// The filters, in order.
pub const FILTERS: [Filter; 4] = [Filter::All, Filter::Urgent, Filter::HighRisk, Filter::Doubtful];

/// The name of a case for staff: in full; of a guest the slip.
pub fn name(say: Say, person: &CasePerson) -> SharedString {
    match person {
        CasePerson::Resident { name: Some(name), .. } => legible(&name.0),
        CasePerson::Resident { name: None, last_four, .. } => say.tail(last_four),
        CasePerson::Guest(_) => say.text(words::DOC_GUEST),
    }
}

/// Sex and age, of a guest with the slip number.
pub fn who(say: Say, person: &CasePerson) -> SharedString {
    match person {
        CasePerson::Resident { sex, age, .. } => {
            say.fill(words::DOC_WHO_PLAIN, &[("sex", &say.sex(*sex)), ("age", &age.to_string())])
        }
        CasePerson::Guest(guest) => {
            let age = say.text(guest::band(guest.age));
            say.fill(
                words::DOC_SLIP_WHO,
                &[("n", &guest.slip.to_string()), ("sex", &say.sex(guest.sex)), ("age", &age)],
            )
        }
    }
}

/// The green button's meaning (ux.md 8.2): it follows what the rules say of the register.
pub fn register_word(case: &CaseRow) -> Option<words::Key> {
    match (&case.person, case.assessment.register) {
        (CasePerson::Guest(_), _) => None,
        (_, Register::HighRisk) => Some(words::ACT_REGISTER),
        (_, Register::PatientFollowUp) => Some(words::ACT_ENROL),
        (_, Register::None) => None,
    }
}

/// Why a case is here: a title, then the readings against their limits, what was told, and the rule.
pub fn why(world: &World, state: &State, case: &CaseRow, say: Say) -> (SharedString, Vec<SharedString>) {
    About { world, state, say }.titled_why(case)
}

struct About<'a> {
    world: &'a World,
    state: &'a State,
    say: Say,
}

impl About<'_> {
    fn counters(&self) -> Vec<CounterView> {
        let say = self.say;
        let counts = self.state.desk.counts;
        let urgent = self.count(Filter::Urgent).to_string();
        let counter = |label, value: String, more: SharedString| CounterView {
            label: say.text(label),
            value: value.into(),
            more,
        };
        let of = |(part, whole): (u32, u32)| (per_cent(part, whole), SharedString::from(format!("{part}/{whole}")));
        let (registered, registered_of) = of(counts.registered);
        let (guided, guided_of) = of(counts.guided);
        vec![
            counter(words::DOC_TODAY_COUNT, counts.visits_today.to_string(), say.text(words::UNIT_PERSON_TIMES)),
            counter(
                words::DOC_TODO_COUNT,
                self.state.desk.cases.len().to_string(),
                say.fill(words::DOC_TODO_URGENT, &[("n", &urgent)]),
            ),
            counter(words::DOC_REGISTER_RATE_PERIOD, registered, registered_of),
            counter(words::DOC_GUIDANCE_RATE_PERIOD, guided, guided_of),
        ]
    }

    fn count(&self, filter: Filter) -> usize {
        self.state.desk.cases.iter().filter(|case| filter.holds(case)).count()
    }

    fn filters(&self, chosen: Filter) -> Vec<QueueFilter> {
        let filter = |filter: Filter| {
            let key = match filter {
                Filter::All => words::DOC_ALL,
                Filter::Urgent => words::DOC_URGENT,
                Filter::HighRisk => words::DOC_HIGH,
                Filter::Doubtful => words::DOC_DOUBT,
            };
            QueueFilter {
                label: self.say.fill(key, &[("n", &self.count(filter).to_string())]),
                level: if filter == Filter::Urgent { Level::Urgent } else { Level::None },
                chosen: filter == chosen,
            }
        };
        FILTERS.into_iter().map(filter).collect()
    }

    fn row(&self, case: &CaseRow, chosen: bool) -> QueueRow {
        let say = self.say;
        let number = number(say, case);
        QueueRow {
            level: finding::level(case),
            name: name(say, &case.person),
            who: match &case.person {
                // The row has no room for more.
                CasePerson::Guest(guest) => say.fill(words::DOC_SLIP, &[("n", &guest.slip.to_string())]),
                person => who(say, person),
            },
            value: number.value,
            unit: number.unit,
            reason: finding::reason(self.world, say, case),
            age: age(say, case.since, self.state.now),
            edge: case.level >= Urgency::Urgent,
            late: (self.state.now.wall - case.since.wall).num_hours() > LATE_HOURS,
            chosen,
        }
    }

    fn case(&self, case: &CaseRow) -> CaseView {
        let say = self.say;
        let (chart_title, chart) = self.chart(case).unwrap_or_default();
        let (why_title, why) = self.titled_why(case);
        CaseView {
            level: finding::level(case),
            name: name(say, &case.person),
            who: who(say, &case.person),
            can_phone: false,
            why_title,
            why: model(why),
            facts: model(self.facts(case)),
            chart_title,
            chart,
            quality: finding::quality(say, case),
            actions: model(self.actions(case)),
            done: "".into(),
        }
    }

    fn titled_why(&self, case: &CaseRow) -> (SharedString, Vec<SharedString>) {
        let title = match case.level {
            Urgency::Urgent | Urgency::Emergency => words::DOC_WHY_URGENT,
            _ => words::DOC_WHY_HIGH,
        };
        (self.say.text(title), self.why(case))
    }

    /// The readings against their limits, then what was told, then the rule.
    fn why(&self, case: &CaseRow) -> Vec<SharedString> {
        let say = self.say;
        let mut lines = Vec::new();
        if case.level >= Urgency::Urgent {
            lines.extend(finding::maternal_reasons(say, case));
            lines.extend(self.readings(case));
            lines.extend(self.limits(case));
            lines.extend(finding::symptoms(say, case));
        } else {
            lines.extend(finding::main_reasons(self.world, say, case));
            lines.extend(self.readings(case));
        }
        let for_staff = self.for_staff(case);
        lines.truncate(MOST_WHY - 1 - usize::from(for_staff.is_some()));
        lines.extend(for_staff);
        lines.extend(self.rule(case));
        lines
    }

    /// What is told of a pregnancy, to staff only.
    fn for_staff(&self, case: &CaseRow) -> Option<SharedString> {
        let items = self.world.rules.staff_items(case);
        let item = items.first()?;
        let lang = self.say.0;
        let more = lang.own(&item.zh_more, &item.en_more);
        Some(format!("{}{}{more}", lang.own(&item.zh, &item.en), lang.own("：", ": ")).into())
    }

    /// A critical sugar, and what the monitor said.
    fn readings(&self, case: &CaseRow) -> Vec<SharedString> {
        let say = self.say;
        let sugar = case.assessment.glucose_critical.as_ref();
        let sugar = sugar.and_then(|_| finding::glucose_reason(say, case));
        let readings = finding::pressures(case);
        let rules = self.world.today(case.since);
        let all_high = readings.iter().all(|reading| rules.is_raised([reading.systolic.0, reading.diastolic.0]));
        let shown: Vec<SharedString> =
            readings.iter().map(|reading| format!("{}/{}", reading.systolic, reading.diastolic).into()).collect();
        let pressures = match shown.as_slice() {
            [] => None,
            [only] => Some(say.fill(words::WHY_ONE_LINE, &[("a", only)])),
            [first, second] if all_high => Some(say.fill(words::WHY_BOTH_LINE, &[("a", first), ("b", second)])),
            all => Some(say.fill(words::WHY_ALL_LINE, &[("n", &all.len().to_string()), ("list", &say.list(all))])),
        };
        sugar.into_iter().chain(pressures).collect()
    }

    fn limits(&self, case: &CaseRow) -> Option<SharedString> {
        let rules = self.world.today(case.since);
        if let Some(row) = &case.assessment.glucose_critical {
            let (high, low) = rules.critical_glucose_limits(*row == "glu.critical.low.known_diabetes");
            let gaps = [high?.normalize().to_string(), low?.normalize().to_string()];
            return Some(self.say.fill(words::WHY_LIMIT_GLUCOSE, &[("a", &gaps[0]), ("b", &gaps[1])]));
        }
        // A case that a symptom or a pregnancy raised did not reach them.
        if !finding::is_critical(self.world, case) {
            return None;
        }
        let [systolic, diastolic] = rules.critical_limits()?.map(|limit| limit.to_string());
        Some(self.say.fill(words::WHY_LIMIT_LINE, &[("a", &systolic), ("b", &diastolic)]))
    }

    /// The document behind the weightiest class.
    fn rule(&self, case: &CaseRow) -> Option<SharedString> {
        let reasons = &case.assessment.reasons;
        let of = |key: &str| reasons.iter().find(|reason| reason.of == key);
        let sugar = || of("glucose_critical").or(of("glucose_class"));
        let reason = match finding::leads_with_glucose(case) {
            true => sugar().or(of("bp_grade")),
            false => of("bp_grade").or_else(sugar),
        };
        let reason = reason.or(reasons.first())?;
        Some(self.say.fill(words::WHY_RULE, &[("rule", &reason.source)]))
    }

    fn facts(&self, case: &CaseRow) -> Vec<CaseFact> {
        let say = self.say;
        let fact = |label: SharedString, value: SharedString| CaseFact { label, value };
        let main = number(say, case);
        let mut facts = vec![fact(main.label.clone(), main.value)];
        // Beside a sugar that leads, the pressure of the same visit.
        let readings = finding::pressures(case);
        let mean = case.assessment.bp_mean.filter(|_| finding::leads_with_glucose(case) && !readings.is_empty());
        facts.extend(mean.map(|[systolic, diastolic]| {
            fact(finding::mean_label(say, readings.len()), format!("{systolic}/{diastolic}").into())
        }));
        facts.extend(self.target(case).map(|target| fact(say.text(words::DOC_TARGET), target)));
        let pulse = finding::pressures(case).iter().rev().find_map(|reading| reading.pulse);
        facts.extend(pulse.map(|pulse| fact(say.text(words::DOC_PULSE), pulse.to_string().into())));
        let last = case.history.iter().rfind(|(day, ..)| *day < case.since.day());
        facts.extend(last.map(|(day, systolic, diastolic)| {
            let date = format!("{}/{}", day.month(), day.day());
            fact(say.fill(words::DOC_LAST, &[("date", &date)]), format!("{systolic}/{diastolic}").into())
        }));
        facts.extend(case.assessment.bmi.map(|bmi| fact(say.text(words::RES_BMI), bmi.to_string().into())));
        let waist = finding::waist(case).filter(|_| main.label != say.text(words::RES_WAIST_ITEM));
        facts.extend(waist.map(|waist| fact(say.text(words::RES_WAIST_ITEM), waist.into())));
        facts.truncate(MOST_FACTS);
        facts
    }

    /// The treatment target of somebody with known hypertension.
    fn target(&self, case: &CaseRow) -> Option<SharedString> {
        let CasePerson::Resident { age, .. } = &case.person else { return None };
        case.assessment.bp_at_target_2025?;
        let ([systolic, diastolic], _) = self.world.today(case.since).pressure_target(*age)?;
        Some(format!("<{systolic}/{diastolic}").into())
    }

    fn chart(&self, case: &CaseRow) -> Option<(SharedString, CaseChart)> {
        let today = case.since.day();
        let from = today - chrono::Duration::days(HALF_YEAR_DAYS);
        let earlier = case.history.iter().filter(|(day, ..)| *day >= from && *day < today).copied();
        let mean = case.assessment.bp_mean.filter(|_| !finding::pressures(case).is_empty());
        let all: Vec<(NaiveDate, u16, u16)> =
            earlier.chain(mean.map(|[systolic, diastolic]| (today, systolic, diastolic))).collect();
        if all.len() < 2 {
            return None;
        }
        let dots = |pick: fn(&(NaiveDate, u16, u16)) -> u16| -> Vec<Dot> {
            all.iter().map(|day| Dot { day: day.0, value: pick(day).into() }).collect()
        };
        let (upper, lower) = (dots(|day| day.1), dots(|day| day.2));
        let limits: Vec<f32> =
            self.world.today(case.since).raised_limits().iter().filter_map(|limit| limit.to_f32()).collect();
        let values = upper.iter().chain(&lower).map(|dot| dot.value).chain(limits.iter().copied());
        let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let plot = Plot { across: (10.0, 314.0), down: 96.0, days: (all[0].0, today), values: (high + 4.0, low - 4.0) };
        let limit = |value: f32| ChartLine { label: format!("{value:.0}").into(), y: plot.y(value) };
        let chart = CaseChart {
            first_path: plot.path(&upper).into(),
            first: model(plot.points(&upper)),
            second_path: plot.path(&lower).into(),
            second: model(plot.points(&lower)),
            limits: model(limits.into_iter().map(limit).collect()),
        };
        Some((self.say.text(words::DOC_HALF_YEAR_BP), chart))
    }

    /// The first over the whole width: for an urgent case the referral, else the green button (ux.md 8.2).
    fn actions(&self, case: &CaseRow) -> Vec<CaseAction> {
        let action =
            |kind, icon, key, tone| CaseAction { kind, icon, label: self.say.text(key), tone, available: true };
        let urgent = case.level >= Urgency::Urgent;
        let register = register_word(case);
        let green = register.map(|key| action(Act::Register, Icon::CheckList, key, Tone::Primary));
        let refer = match (urgent, register, &case.person) {
            (true, ..) => action(Act::Refer, Icon::Hospital, words::ACT_REFER_URGENT, Tone::Urgent),
            (false, None, CasePerson::Resident { .. }) => {
                action(Act::Refer, Icon::Hospital, words::ACT_REFER_SUSPECTED, Tone::Primary)
            }
            _ => action(Act::Refer, Icon::Hospital, words::ACT_REFER, Tone::Plain),
        };
        let mut actions: Vec<CaseAction> = if urgent {
            [Some(refer), green].into_iter().flatten().collect()
        } else {
            [green, Some(refer)].into_iter().flatten().collect()
        };
        actions.push(action(Act::FollowUp, Icon::Calendar, words::ACT_FOLLOW, Tone::Plain));
        actions.push(action(Act::Retest, Icon::Cuff, words::ACT_RETEST, Tone::Plain));
        actions.push(action(Act::Dismiss, Icon::Cross, words::ACT_DISMISS, Tone::Plain));
        actions
    }
}

/// How old a case is.
fn age(say: Say, since: Moment, now: Moment) -> SharedString {
    let minutes = (now.wall - since.wall).num_minutes();
    let days = (now.day() - since.day()).num_days();
    let time = clock(&since);
    match (minutes, days) {
        (..1, _) => say.text(words::DOC_JUST_NOW),
        (1..60, _) => say.fill(words::DOC_MINUTES, &[("n", &minutes.to_string())]),
        (_, ..1) => say.fill(words::DOC_TODAY_AT, &[("time", &time)]),
        (_, 1) => say.fill(words::DOC_YESTERDAY_AT, &[("time", &time)]),
        (_, days) => say.fill(words::DOC_DAYS, &[("n", &days.to_string())]),
    }
}

fn per_cent(part: u32, whole: u32) -> String {
    match whole {
        0 => "—".to_owned(),
        _ if part == whole => "100%".to_owned(),
        _ => format!("{:.1}%", f64::from(part) * 100.0 / f64::from(whole)),
    }
}

/// Untouched for longer: 已超 3 天.
const LATE_HOURS: i64 = 72;
const MOST_WHY: usize = 4;
const MOST_FACTS: usize = 3;
const HALF_YEAR_DAYS: i64 = 184;
