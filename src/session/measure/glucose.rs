//! R15 and R16: what was eaten, and the record that was not in the meter when the step began.

use chrono::{NaiveDateTime, Timelike};

use super::super::{Order, Repeat, Screen, Tap, Turn, UrgentKind};
use crate::model::device::{DeviceEvent, GlucoseRecord, Role, Trouble};
use crate::model::measurement::{GlucoseKind, Value};
use crate::model::{ClockTrust, Moment};

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

impl Meal {
    /// So many minutes after one: from `fasting` hours on without food, within half an hour of two hours, or neither.
    pub fn after(minutes: i64, fasting: i64) -> Self {
        match minutes {
            _ if minutes >= fasting * 60 => Meal::Fasting,
            90..150 => Meal::TwoHours,
            _ => Meal::Other,
        }
    }
}

/// R15: the three tiles, and the helper "when did you eat last?".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MealForm {
    /// The tile chosen, by hand or by the helper.
    pub meal: Option<Meal>,
    /// The helper's answer: day (`true` is today) and hour.
    pub last: Option<(bool, u32)>,
    /// 空腹 or 饭后 2 小时 was chosen, and the helper knows of a meal at another time, less than 8 hours ago.
    pub changed: bool,
}

impl MealForm {
    /// Minutes since the last meal, when the helper was used. A clock that is not set tells none (sync-protocol
    /// S9.3); the resident's own word still counts.
    pub fn minutes_since(&self, now: Moment) -> Option<i64> {
        let (today, hour) = self.last.filter(|_| now.trust != ClockTrust::Unset)?;
        let day = if today { now.day() } else { now.day().pred_opt()? };
        let eaten: NaiveDateTime = day.and_hms_opt(hour, 0, 0)?;
        Some((now.wall.naive_local() - eaten).num_minutes())
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
            Tap::Meal(meal) => {
                form.changed = meal != Meal::Other && self.ate_otherwise(&form, meal);
                form.meal = Some(if form.changed { Meal::Other } else { meal });
            }
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
                    return self.ask_or_prick(kind_of(meal));
                }
            }
            Tap::Skip => return self.next_step(),
            Tap::Back => return self.back_to_choose(),
            _ => {}
        }
        self.state.screen = Screen::Meal(form);
    }

    fn meal_from_helper(&self, form: &mut MealForm) {
        if let Some(minutes) = form.minutes_since(self.state.now) {
            (form.meal, form.changed) = (Some(Meal::after(minutes, self.rules().fasting_hours())), false);
        }
    }

    fn ate_otherwise(&self, form: &MealForm, meal: Meal) -> bool {
        let minutes = form.minutes_since(self.state.now);
        let found = minutes.map(|minutes| Meal::after(minutes, self.rules().fasting_hours()));
        found.is_some_and(|found| found != meal && found != Meal::Fasting)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str) -> Moment {
        let (boot, trust) = ("3f1c9a52-7d06-4be8-a417-c05e92d368fb", "trusted");
        let moment = serde_json::json!({ "wall": wall, "since_boot_ms": 0, "boot": boot, "trust": trust });
        serde_json::from_value(moment).expect("a moment")
    }

    #[test]
    fn the_last_meal_is_between_yesterday_midnight_and_now() {
        let now = at("2026-11-22T08:40:00+08:00");
        assert_eq!(stepped((false, 19), 1, now), (false, 20));
        assert_eq!(stepped((false, 23), 1, now), (true, 0));
        assert_eq!(stepped((true, 0), -1, now), (false, 23));
        assert_eq!(stepped((true, 8), 1, now), (true, 8));
        assert_eq!(stepped((true, 19), 0, now), (true, 8));
        assert_eq!(stepped((false, 0), -1, now), (false, 0));
    }

    #[test]
    fn the_time_since_a_meal_says_what_a_value_counts_as() {
        let cases = [(0, Meal::Other), (89, Meal::Other), (90, Meal::TwoHours), (149, Meal::TwoHours)];
        assert!(cases.into_iter().all(|(minutes, meal)| Meal::after(minutes, 8) == meal));
        let cases = [(150, Meal::Other), (8 * 60 - 1, Meal::Other), (8 * 60, Meal::Fasting)];
        assert!(cases.into_iter().all(|(minutes, meal)| Meal::after(minutes, 8) == meal));
    }

    #[test]
    fn a_clock_that_is_not_set_tells_no_time_since_a_meal() {
        let form = MealForm { last: Some((false, 19)), ..MealForm::default() };
        let now = at("2026-11-22T08:40:00+08:00");
        assert_eq!(form.minutes_since(now), Some(13 * 60 + 40));
        assert_eq!(form.minutes_since(Moment { trust: ClockTrust::Unset, ..now }), None);
    }
}
