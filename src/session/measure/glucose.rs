//! R15 and R16: what was eaten, and the record that was not in the meter when the step began.

use chrono::{NaiveDateTime, Timelike};

use super::super::{Notice, Order, Repeat, Screen, Tap, Turn, UrgentKind};
use crate::model::Moment;
use crate::model::device::{DeviceEvent, GlucoseRecord, Role, Trouble};
use crate::model::measurement::{GlucoseKind, Value};

/// What the resident says of the last meal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meal {
    /// 空腹
    Fasting,
    /// 饭后 2 小时
    TwoHours,
    /// 其他时间
    Other,
}

/// R15: the three tiles, and the helper "when did you eat last?".
#[derive(Clone, Debug, PartialEq)]
pub struct MealForm {
    /// The tile chosen, by hand or by the helper.
    pub meal: Option<Meal>,
    /// The helper's answer: day (`true` is today) and hour.
    pub last: Option<(bool, u32)>,
    /// When the page opened.
    pub opened: Moment,
}

impl MealForm {
    pub(super) fn new(now: Moment) -> Self {
        Self { meal: None, last: None, opened: now }
    }

    /// Whole hours since the last meal, when the helper was used.
    pub fn hours_since(&self, now: Moment) -> Option<i64> {
        let (today, hour) = self.last?;
        let day = if today { now.day() } else { now.day().pred_opt()? };
        let eaten: NaiveDateTime = day.and_hms_opt(hour, 0, 0)?;
        Some((now.wall.naive_local() - eaten).num_hours())
    }
}

/// R16: waiting for the meter.
#[derive(Clone, Debug, PartialEq)]
pub struct GlucoseStep {
    /// What the value will count as.
    pub kind: GlucoseKind,
    /// Records that were not in the meter when the step began; several are shown to choose from.
    pub found: Vec<GlucoseRecord>,
    /// The meter's memory is known: measure now.
    pub ready: bool,
    /// The meter is not there.
    pub gone: bool,
    /// What went wrong last.
    pub trouble: Option<Trouble>,
    saving: bool,
}

impl GlucoseStep {
    pub(super) fn saving(&self) -> bool {
        self.saving
    }
}

/// Hours without food that make a value a fasting one (`glucose.toml` meta).
fn kind_of(meal: Meal) -> GlucoseKind {
    match meal {
        Meal::Fasting => GlucoseKind::Fasting,
        Meal::TwoHours => GlucoseKind::Postprandial2h,
        Meal::Other => GlucoseKind::Random,
    }
}

impl Turn<'_> {
    pub(in super::super) fn tap_meal(&mut self, mut form: MealForm, tap: Tap) {
        match tap {
            Tap::Meal(meal) => form.meal = Some(meal),
            Tap::MealDay(today) => {
                let hour = form.last.map_or_else(|| usual_hour(today, self.state.now), |(_, hour)| hour);
                form.last = Some(stepped((today, hour), 0, self.state.now));
                self.meal_from_helper(&mut form);
            }
            Tap::MealHour(step) => {
                let last = form.last.unwrap_or((false, usual_hour(false, self.state.now)));
                form.last = Some(stepped(last, step, self.state.now));
                self.meal_from_helper(&mut form);
            }
            Tap::Next => {
                if let Some(meal) = form.meal {
                    return self.begin_glucose(&form, meal);
                }
            }
            Tap::Skip => return self.next_step(),
            Tap::Back => return self.back_to_choose(),
            _ => {}
        }
        self.state.screen = Screen::Meal(form);
    }

    /// The helper picks the tile: 8 hours are fasting, around two hours are two hours.
    fn meal_from_helper(&self, form: &mut MealForm) {
        form.meal = form.hours_since(self.state.now).map(|hours| {
            if hours >= self.rules().fasting_hours() {
                Meal::Fasting
            } else if hours == 2 {
                Meal::TwoHours
            } else {
                Meal::Other
            }
        });
    }

    fn begin_glucose(&mut self, form: &MealForm, meal: Meal) {
        let too_soon = form.hours_since(self.state.now).is_some_and(|hours| hours < self.rules().fasting_hours());
        // A clock that is not known to be right makes no fasting value (sync-protocol S9.3).
        let kind = if meal == Meal::Fasting && too_soon { GlucoseKind::Random } else { kind_of(meal) };
        self.ask_or_prick(kind);
        if meal == Meal::Fasting && too_soon {
            self.state.notice = Some(Notice::NotFasting);
        }
    }

    pub(in super::super) fn open_glucose(&mut self, kind: GlucoseKind) {
        self.order(Role::Glucose, Order::Begin);
        let gone = !self.state.has(self.world, Role::Glucose);
        self.open(Screen::Glucose(GlucoseStep {
            kind,
            found: Vec::new(),
            ready: false,
            gone,
            trouble: None,
            saving: false,
        }));
    }

    pub(in super::super) fn tap_glucose(&mut self, step: GlucoseStep, tap: Tap) {
        match tap {
            Tap::Record(index) if !step.saving => self.take_glucose(step, index),
            Tap::Back if !step.saving => {
                self.order(Role::Glucose, Order::End);
                self.back_to_choose();
            }
            Tap::Skip if !step.saving => {
                self.order(Role::Glucose, Order::End);
                self.next_step();
            }
            _ => {}
        }
    }

    pub(in super::super) fn hear_glucose(&mut self, mut step: GlucoseStep, event: DeviceEvent) {
        if step.saving {
            return;
        }
        match event {
            DeviceEvent::Up => (step.gone, step.trouble) = (false, None),
            DeviceEvent::Gone => step.gone = true,
            DeviceEvent::Trouble(trouble) => step.trouble = Some(trouble),
            DeviceEvent::Ready => (step.ready, step.trouble) = (true, None),
            DeviceEvent::Records(records) => {
                step.found.extend(records);
                // A single new record is theirs; of two, none is taken by itself (devices/README.md rule 7).
                if step.found.len() == 1 {
                    return self.take_glucose(step, 0);
                }
            }
            _ => return,
        }
        self.state.screen = Screen::Glucose(step);
    }

    fn take_glucose(&mut self, mut step: GlucoseStep, index: usize) {
        let Some(GlucoseRecord { level, quality, origin }) = step.found.get(index).cloned() else { return };
        let quality = self.judged_quality(quality, &origin);
        self.order(Role::Glucose, Order::End);
        step.saving = true;
        let value = Value::Glucose { level, kind: step.kind };
        self.state.screen = Screen::Glucose(step);
        let fact = self.measured(value, origin.into(), quality);
        match self.judge().and_then(|assessment| assessment.glucose_critical) {
            Some(row) => self.open_urgent(UrgentKind::of_glucose(&row), Repeat::Locked, vec![fact]),
            None => self.save_reading(vec![fact]),
        }
    }
}

/// So many hours later, over midnight too; not before yesterday and not after now.
fn stepped((today, hour): (bool, u32), step: i8, now: Moment) -> (bool, u32) {
    let hours = i64::from(hour) + i64::from(step) + if today { 24 } else { 0 };
    let hours = hours.clamp(0, 24 + i64::from(now.wall.hour())) as u32;
    (hours >= 24, hours % 24)
}

/// Where the helper starts: supper yesterday, or the hour before now.
fn usual_hour(today: bool, now: Moment) -> u32 {
    if today { now.wall.hour().saturating_sub(1) } else { 19 }
}
