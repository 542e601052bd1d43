//! R06 to R16 and R19: the station's steps, one file each, in the order that was chosen.

mod body;
mod entry;
mod glucose;
mod others;
mod pressure;
mod waist;

use super::{AfterSave, Effect, Item, Notice, Order, Screen, Tap, Turn};
use crate::model::device::{Origin, Role};
use crate::model::fact::Ending;
use crate::model::measurement::{Quality, Source, Value};
use crate::model::{Commit, Fact, Measurement};
use rust_decimal::Decimal;

pub use body::{BodyStep, SCALES};
pub use entry::{Entered, EntryForm, EntryTap, EntryUnit, kits};
pub use glucose::{GlucoseStep, Meal, MealForm};
pub use others::{OTHERS, OthersStep};
pub(super) use pressure::MOST_FAILED;
pub use pressure::{Habit, PressureStep};
pub use waist::WaistForm;

impl super::State {
    /// Can this be measured, or typed, here and now?
    pub fn offers(&self, world: &super::World, item: Item) -> bool {
        match item {
            Item::Waist => true,
            // With the tape alone there is nothing that would be a whole.
            Item::All => self.suite(world).any(|item| item != Item::Waist),
            _ => types_only(world, item) || roles(item).iter().any(|role| self.has(world, *role)),
        }
    }

    /// What 全套 holds here and now: what staff would have to type is no part of it.
    pub fn suite(&self, world: &super::World) -> impl Iterator<Item = Item> {
        SUITE.into_iter().filter(|item| self.offers(world, *item) && !types_only(world, *item))
    }

    /// The store is keeping the conclusion of the visit.
    pub fn concludes(&self) -> bool {
        self.saving.iter().any(|saving| matches!(saving.then, AfterSave::Conclusion(_)))
    }

    /// Something was measured whose result has not been shown: 返回 on R06 leads to it.
    pub fn unfinished(&self) -> bool {
        self.visit.as_ref().is_some_and(|visit| !visit.taken.is_empty() && !visit.guided)
    }
}

impl Turn<'_> {
    pub(super) fn tap_choose(&mut self, tap: Tap) {
        // The result is on its way: a second touch is the same wish.
        if self.state.concludes() {
            return;
        }
        match tap {
            Tap::Item(item) if !self.state.offers(self.world, item) => {
                self.state.notice = roles(item).first().copied().map(Notice::DeviceMissing);
            }
            Tap::Item(Item::All) => {
                // What was done before 返回 is not done again.
                let (done, left): (Vec<Item>, Vec<Item>) =
                    self.state.suite(self.world).partition(|item| self.is_done(*item));
                self.start(if left.is_empty() { done } else { left });
            }
            Tap::Item(item) => self.start(vec![item]),
            Tap::Next | Tap::Back if self.state.unfinished() => self.ask_or_conclude(),
            Tap::Back => self.leave(),
            _ => {}
        }
    }

    fn is_done(&self, item: Item) -> bool {
        let Some(visit) = &self.state.visit else { return false };
        match item {
            Item::Pressure => self.sitting_complete(),
            Item::Body => visit.weight().is_some(),
            Item::Waist => visit.waist().is_some(),
            Item::Glucose => visit.glucose().is_some(),
            Item::Others => visit.took_others(),
            Item::All => false,
        }
    }

    fn start(&mut self, items: Vec<Item>) {
        let Some(visit) = &mut self.state.visit else { return };
        visit.plan = items.iter().copied().collect();
        visit.chosen = items;
        self.next_step();
    }

    /// Opens the next step that is still to do; after the last one the questions, then the result.
    pub(super) fn next_step(&mut self) {
        let Some(visit) = &mut self.state.visit else { return };
        match visit.plan.pop_front() {
            Some(Item::Pressure) => self.open(Screen::Pressure(PressureStep::Before { told: None })),
            Some(Item::Body) => self.begin_body(),
            Some(Item::Waist) => self.open(Screen::Waist(WaistForm::default())),
            Some(Item::Glucose) => self.open(Screen::Meal(MealForm::default())),
            Some(Item::Others) => self.begin_others(),
            Some(Item::All) | None => self.ask_or_conclude(),
        }
    }

    /// Back to R06 from a step, with what was taken kept.
    pub(super) fn back_to_choose(&mut self) {
        if let Some(visit) = &mut self.state.visit {
            visit.plan.clear();
        }
        self.open(Screen::Choose);
    }

    /// Accepts a value for the visit and asks the store to keep it.
    pub(super) fn take_values(&mut self, values: Vec<(Value, Source)>, quality: &[Quality]) {
        let facts = values.into_iter().map(|(value, source)| self.measured(value, source, quality.to_vec())).collect();
        self.save_reading(facts);
    }

    /// Asks the store to keep accepted values; the screen says so when it has answered. In a visit that was concluded
    /// by the red page each has its own way to the platform: nothing else would fetch it if the visit ended here.
    pub(super) fn save_reading(&mut self, facts: Vec<Fact>) {
        let Some(visit) = &self.state.visit else { return };
        let then = AfterSave::Reading(visit.id);
        if visit.concluded.is_some() {
            return self.conclude(facts, Ending::UrgentPage, then);
        }
        let commit = Commit { facts: self.visit_facts(facts), units: Vec::new() };
        self.save(commit, then);
    }

    /// Makes the Measurement and adds it to the visit.
    pub(super) fn measured(&mut self, value: Value, source: Source, quality: Vec<Quality>) -> Fact {
        let now = self.state.now;
        let id = self.state.mint.id(now);
        let visit = self.state.visit.as_mut().expect("only a step of a visit accepts values");
        let measurement = Measurement { id, visit: visit.id, at: now, value, source, quality };
        visit.taken.push(measurement.clone());
        Fact::MeasurementTaken { measurement }
    }

    /// What the device says of its own reading, and what its clock says of it.
    pub(super) fn judged_quality(&self, mut quality: Vec<Quality>, origin: &Origin) -> Vec<Quality> {
        let doubtful = origin.device_time.is_some_and(|device| {
            let apart = device - self.state.now.wall.naive_local();
            apart.num_minutes().abs() > DEVICE_CLOCK_MINUTES
        });
        if doubtful {
            quality.push(Quality::DeviceClockDoubtful);
        }
        quality.sort_unstable();
        quality.dedup();
        quality
    }

    /// Within the limits that the kiosk accepts without asking again; a field without limits is.
    pub(super) fn plausible(&self, field: &str, value: Decimal) -> bool {
        self.rules().plausible(field).is_none_or(|limits| limits.holds(value))
    }

    pub(super) fn order(&mut self, role: Role, order: Order) {
        if self.world.fitted.contains_key(&role) {
            self.effects.push(Effect::Order(role, order));
        }
    }

    /// The store kept a reading.
    pub(super) fn reading_saved(&mut self) {
        match self.state.screen.clone() {
            Screen::Pressure(step) => self.pressure_saved(step),
            Screen::Body(step) if step.saving() => self.next_step(),
            Screen::Waist(form) if form.saving => self.next_step(),
            Screen::Glucose(step) if step.saving() => self.next_step(),
            Screen::Others(step) if step.saving() => self.next_step(),
            Screen::Entry(form) if form.saving() => self.entry_saved(form),
            _ => {}
        }
    }
}

/// Minutes between the device's clock and ours from which the device's time is doubtful (devices/README.md rule 6).
const DEVICE_CLOCK_MINUTES: i64 = 5;

/// What 全套 holds, in order; the questions come after it (ux.md 6).
pub const SUITE: [Item; 5] = [Item::Pressure, Item::Body, Item::Waist, Item::Glucose, Item::Others];

/// R19 where neither clip nor thermometer is fitted: what other instruments said is typed there.
pub fn types_only(world: &super::World, item: Item) -> bool {
    item == Item::Others && !OTHERS.iter().any(|role| world.fitted.contains_key(role))
}

/// The devices that measure it, any of them; the tape is none.
pub fn roles(item: Item) -> &'static [Role] {
    match item {
        Item::Pressure => &[Role::BloodPressure],
        Item::Body => &SCALES,
        Item::Glucose => &[Role::Glucose],
        Item::Others => &OTHERS,
        Item::Waist | Item::All => &[],
    }
}
