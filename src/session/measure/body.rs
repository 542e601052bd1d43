//! R13: height and weight. No number before it is stable; the resident confirms.

use super::super::{Notice, Order, Screen, Tap, Turn};
use crate::model::device::{DeviceEvent, Origin, Role, Sensed, Trouble};
use crate::model::measurement::{Quality, Source, Value};
use crate::model::past::Past;
use crate::model::units::{Centimetres, Kilograms};
use rust_decimal::Decimal;

/// What the scale and the rod have said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyStep {
    /// Height with where it came from.
    pub height: Option<(Centimetres, Source)>,
    /// Weight with where it came from.
    pub weight: Option<(Kilograms, Source)>,
    /// Somebody stands on it.
    pub settling: bool,
    /// What went wrong last.
    pub trouble: Option<Trouble>,
    /// Neither device is there.
    pub gone: bool,
    quality: Vec<Quality>,
    state: Progress,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Progress {
    #[default]
    Waiting,
    Saving,
}

/// The devices of R13.
pub const SCALES: [Role; 3] = [Role::HeightWeight, Role::Weight, Role::BodyComposition];

impl BodyStep {
    /// Both are there, or the one that this station can measure: 对，就是这个 works.
    pub fn complete(&self, measures_height: bool) -> bool {
        self.weight.is_some() && (self.height.is_some() || !measures_height)
    }

    pub(super) fn saving(&self) -> bool {
        self.state == Progress::Saving
    }
}

impl Turn<'_> {
    pub(super) fn begin_body(&mut self) {
        SCALES.into_iter().for_each(|role| self.order(role, Order::Begin));
        let step = BodyStep { height: self.kept_height(), ..BodyStep::default() };
        self.open(Screen::Body(step));
    }

    /// An adult's height of the last year, where no machine measures it.
    fn kept_height(&self) -> Option<(Centimetres, Source)> {
        let visit = self.state.visit.as_ref()?;
        let (_, height) = visit.past.height?;
        let adult = visit.who.age(self.state.now.day()) >= 18;
        (adult && !self.state.has(self.world, Role::HeightWeight)).then_some((height, Source::Kept))
    }

    pub(in super::super) fn tap_body(&mut self, step: BodyStep, tap: Tap) {
        if step.saving() {
            return;
        }
        match tap {
            Tap::Yes if step.complete(self.state.has(self.world, Role::HeightWeight)) => self.confirm_body(step),
            Tap::No => self.begin_body(),
            Tap::Back => {
                self.end_body();
                self.back_to_choose();
            }
            Tap::Skip => {
                self.end_body();
                self.next_step();
            }
            _ => {}
        }
    }

    fn end_body(&mut self) {
        SCALES.into_iter().for_each(|role| self.order(role, Order::End));
    }

    fn confirm_body(&mut self, mut step: BodyStep) {
        self.end_body();
        let height = step.height.clone().map(|(height, source)| (Value::Height(height), source));
        let weight = step.weight.clone().map(|(weight, source)| (Value::Weight(weight), source));
        let quality = std::mem::take(&mut step.quality);
        step.state = Progress::Saving;
        self.state.screen = Screen::Body(step);
        self.take_values(height.into_iter().chain(weight).collect(), &quality);
    }

    pub(in super::super) fn hear_body(&mut self, mut step: BodyStep, role: Role, event: DeviceEvent) {
        if step.saving() {
            return;
        }
        match event {
            DeviceEvent::Settling => step.settling = true,
            DeviceEvent::Trouble(trouble) => step.trouble = Some(trouble),
            DeviceEvent::Up | DeviceEvent::Gone => {
                step.gone = !SCALES.into_iter().any(|role| self.state.has(self.world, role));
            }
            DeviceEvent::Reading { sensed: Sensed::Body { height, weight }, quality, origin } => {
                let quality = self.judged_quality(quality, &origin);
                let heard = self.body_heard(&mut step, role, height, weight, origin);
                if heard != Err(Notice::Implausible) {
                    step.quality.extend(quality);
                }
                self.state.notice = heard.err();
            }
            _ => return,
        }
        self.state.touched = self.state.now;
        self.state.screen = Screen::Body(step);
    }

    fn body_heard(
        &mut self,
        step: &mut BodyStep,
        role: Role,
        height: Option<Centimetres>,
        weight: Kilograms,
        origin: Origin,
    ) -> Result<(), Notice> {
        step.settling = false;
        let tall = height.is_none_or(|height| self.plausible("height_cm", height.0));
        if !tall || !self.plausible("weight_kg", weight.0) {
            return Err(Notice::Implausible);
        }
        step.trouble = None;
        if let Some(height) = height {
            step.height = Some((height, origin.clone().into()));
        }
        // The combined machine's weight goes with its height; a scale of its own never replaces it.
        if role == Role::HeightWeight || step.weight.is_none() || !self.state.has(self.world, Role::HeightWeight) {
            step.weight = Some((weight, origin.into()));
        }
        match self.state.visit.as_ref() {
            Some(visit) if far_from_last(&visit.past, height, weight) => Err(Notice::FarFromLast),
            _ => Ok(()),
        }
    }
}

/// More than 10 kg or 5 cm from last time (ux.md R13): asked again, but the resident may insist.
fn far_from_last(past: &Past, height: Option<Centimetres>, weight: Kilograms) -> bool {
    let last_weight =
        past.measurements.iter().find_map(|m| if let Value::Weight(kg) = m.value { Some(kg) } else { None });
    let apart = |a: Decimal, b: Decimal, limit: i64| (a - b).abs() > Decimal::from(limit);
    last_weight.is_some_and(|last| apart(last.0, weight.0, 10))
        || matches!((past.height, height), (Some((_, last)), Some(height)) if apart(last.0, height.0, 5))
}
