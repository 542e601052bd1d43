//! R19: a finger in the clip, a thermometer. No number before it stands still; what staff read off elsewhere is typed.

use std::collections::BTreeSet;

use super::super::{Notice, Order, Repeat, Screen, Tap, Turn, UrgentKind};
use crate::model::Urgency;
use crate::model::device::{DeviceEvent, Origin, Role, Sensed, Trouble};
use crate::model::measurement::{Quality, Source, Value};
use crate::model::units::{Celsius, Percent};

/// What the clip and the thermometer have said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OthersStep {
    /// Saturation of the finger, with where it came from.
    pub spo2: Option<(Percent, Source)>,
    /// Temperature, with where it came from.
    pub temperature: Option<(Celsius, Source)>,
    /// Who is measuring now.
    pub settling: BTreeSet<Role>,
    /// What went wrong last, and where.
    pub trouble: Option<(Role, Trouble)>,
    quality: Vec<Quality>,
    saving: bool,
}

/// The devices of R19.
pub const OTHERS: [Role; 2] = [Role::Spo2, Role::Temperature];

impl OthersStep {
    /// Something stands, nothing else is being measured: it waits for 下一步.
    pub fn measured(&self) -> bool {
        self.stands() && !self.measuring()
    }

    /// Somebody's value is on its way.
    pub fn measuring(&self) -> bool {
        !self.settling.is_empty()
    }

    /// The value of this device stands.
    pub fn has(&self, role: Role) -> bool {
        if role == Role::Spo2 { self.spo2.is_some() } else { self.temperature.is_some() }
    }

    fn stands(&self) -> bool {
        OTHERS.into_iter().any(|role| self.has(role))
    }

    pub(super) fn saving(&self) -> bool {
        self.saving
    }
}

impl super::super::State {
    /// So many results of this visit were typed by staff.
    pub fn typed(&self) -> usize {
        let taken = self.visit.iter().flat_map(|visit| &visit.taken);
        taken.filter(|taken| matches!(taken.source, Source::Manual { .. })).count()
    }
}

impl Turn<'_> {
    pub(in super::super) fn begin_others(&mut self) {
        self.resume_others(OthersStep::default());
    }

    /// Goes on with what was heard before staff typed.
    pub(in super::super) fn resume_others(&mut self, step: OthersStep) {
        OTHERS.into_iter().for_each(|role| self.order(role, Order::Begin));
        self.open(Screen::Others(OthersStep { settling: BTreeSet::new(), ..step }));
    }

    pub(in super::super) fn end_others(&mut self) {
        OTHERS.into_iter().for_each(|role| self.order(role, Order::End));
    }

    pub(in super::super) fn tap_others(&mut self, step: OthersStep, tap: Tap) {
        if step.saving {
            return;
        }
        match tap {
            Tap::Yes | Tap::Next if step.measuring() => {}
            // 跳过 leaves out what is still being measured, not what stands.
            Tap::Yes | Tap::Next | Tap::Skip if step.stands() => self.confirm_others(step),
            Tap::Skip | Tap::Next if tap == Tap::Skip || self.state.typed() > 0 => {
                self.end_others();
                self.next_step();
            }
            Tap::No => self.begin_others(),
            Tap::Back => {
                self.end_others();
                self.back_to_choose();
            }
            _ => {}
        }
    }

    fn confirm_others(&mut self, mut step: OthersStep) {
        self.end_others();
        let spo2 = step.spo2.clone().map(|(spo2, source)| (Value::Spo2(spo2), source));
        let temperature = step.temperature.clone().map(|(celsius, source)| (Value::Temperature(celsius), source));
        let quality = std::mem::take(&mut step.quality);
        step.saving = true;
        self.state.screen = Screen::Others(step);
        let values = spo2.into_iter().chain(temperature);
        let facts = values.map(|(value, source)| self.measured(value, source, quality.clone())).collect();
        match self.judge() {
            Some(found) if found.urgency >= Urgency::Urgent => {
                self.open_urgent(UrgentKind::of(&found), Repeat::Locked, facts);
            }
            _ => self.save_reading(facts),
        }
    }

    pub(in super::super) fn hear_others(&mut self, mut step: OthersStep, role: Role, event: DeviceEvent) {
        if step.saving {
            return;
        }
        match event {
            // A finger may stay in the clip after its value stands.
            DeviceEvent::Settling if step.has(role) => return,
            DeviceEvent::Settling => {
                step.settling.insert(role);
            }
            DeviceEvent::Lifted | DeviceEvent::Gone => {
                step.settling.remove(&role);
            }
            DeviceEvent::Trouble(trouble) => {
                step.settling.remove(&role);
                step.trouble = Some((role, trouble));
            }
            DeviceEvent::Up => {}
            DeviceEvent::Reading { sensed, quality, origin } => {
                step.settling.remove(&role);
                step.trouble = None;
                let quality = self.judged_quality(quality, &origin);
                let believed = self.other_heard(&mut step, sensed, origin);
                self.state.notice = (!believed).then_some(Notice::Implausible);
                if believed {
                    step.quality.extend(quality);
                }
            }
            _ => return,
        }
        self.state.touched = self.state.now;
        self.state.screen = Screen::Others(step);
    }

    /// False for a value that nobody has: it is measured again.
    fn other_heard(&self, step: &mut OthersStep, sensed: Sensed, origin: Origin) -> bool {
        match sensed {
            Sensed::Oxygen(spo2) if self.plausible("spo2", spo2.0.into()) => step.spo2 = Some((spo2, origin.into())),
            Sensed::Temperature(celsius) if self.plausible("temperature", celsius.0) => {
                step.temperature = Some((celsius, origin.into()));
            }
            _ => return false,
        }
        true
    }
}
