//! R07 to R12: what came before, cuff, posture, rest, two readings, a third when they lie apart.

use super::super::{Effect, Notice, Order, Repeat, Screen, Tap, Tone, Turn, UrgentKind};
use crate::model::device::{DeviceEvent, Origin, Role, Sensed, Trouble};
use crate::model::measurement::{Pressure, Quality, Value};
use crate::model::{Fact, Moment};
use rust_decimal::Decimal;

/// Where the resident is between sitting down and the last reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PressureStep {
    /// R07
    Before {
        /// What raises the pressure was told: better later.
        told: Option<Habit>,
    },
    /// R08
    Cuff {
        /// It was loose: the reading to be tried again, and the tries of it that failed.
        again: Option<(u8, u8)>,
    },
    /// R09
    Posture,
    /// R10
    Rest {
        /// When the ring began.
        since: Moment,
    },
    /// R11
    Measuring {
        /// First, second, third.
        number: u8,
        /// Since when.
        since: Moment,
        /// Live cuff pressure, when the monitor sends it.
        cuff: Option<u16>,
        /// Failed tries of this number.
        failed: u8,
        /// Why the last try gave nothing.
        trouble: Option<Trouble>,
        /// The monitor is not there.
        gone: bool,
        /// Times that it was asked again because it did not answer.
        asked: u8,
        /// A reading was accepted and is with the store.
        saving: bool,
    },
    /// R12
    Between {
        /// The reading that comes next.
        next: u8,
        /// When the pause began.
        since: Moment,
        /// Failed tries of the next one.
        failed: u8,
        /// Why this pause came instead of a result.
        trouble: Option<Trouble>,
    },
    /// R11 stopped on a monitor that only its own key stops: how to do that.
    Stopped,
}

/// What raises the pressure for half an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// 抽了烟
    Smoke,
    /// 喝了咖啡或浓茶
    Coffee,
    /// 喝了酒
    Wine,
    /// 运动、干活
    Sport,
    /// 想上厕所
    Bladder,
}

/// Tries of one reading that may fail before staff are asked (ux.md 6.2); likewise a monitor that does not answer.
pub(in super::super) const MOST_FAILED: u8 = 2;

/// Seconds that a monitor may be gone before the measurement is given up.
const GONE_S: u64 = 60;

/// The gauge moves at most ten times a second (ux.md 3.5).
const GAUGE_MS: u64 = 100;

impl PressureStep {
    /// The id in ux.md's screen map.
    pub fn screen_id(&self) -> &'static str {
        match self {
            PressureStep::Before { .. } => "R07",
            PressureStep::Cuff { .. } => "R08",
            PressureStep::Posture => "R09",
            PressureStep::Rest { .. } => "R10",
            PressureStep::Measuring { .. } | PressureStep::Stopped => "R11",
            PressureStep::Between { .. } => "R12",
        }
    }
}

/// Milliseconds before 我已经静坐过 is offered: a finger that is still going for 坐好了 declares nothing.
const DECLARE_AFTER_MS: u64 = 3000;

impl super::super::State {
    /// R10 offers 我已经静坐过.
    pub fn may_declare_rest(&self, since: Moment) -> bool {
        self.now.ms_since(&since) >= DECLARE_AFTER_MS
    }
}

impl Turn<'_> {
    pub(in super::super) fn tap_pressure(&mut self, step: PressureStep, tap: Tap) {
        match (step, tap) {
            (PressureStep::Before { .. }, Tap::Habit(Some(told))) => {
                self.state.screen = Screen::Pressure(PressureStep::Before { told: Some(told) });
            }
            (PressureStep::Before { told: None }, Tap::Habit(None) | Tap::Next) => self.open(CUFF),
            (PressureStep::Before { told: Some(_) }, Tap::Yes) => {
                if let Some(visit) = &mut self.state.visit {
                    visit.unsettled = true;
                }
                self.open(CUFF);
            }
            (PressureStep::Before { told: Some(_) }, Tap::Back) => {
                self.state.screen = Screen::Pressure(PressureStep::Before { told: None });
            }
            (PressureStep::Before { .. }, Tap::No) => self.back_to_choose(),
            (PressureStep::Cuff { again: None }, Tap::Next) => self.open(Screen::Pressure(PressureStep::Posture)),
            (PressureStep::Cuff { again: Some((next, failed)) }, Tap::Next) => {
                let since = self.state.now;
                self.open(Screen::Pressure(PressureStep::Between { next, since, failed, trouble: None }));
            }
            (PressureStep::Cuff { .. }, Tap::CuffMisfits) => {
                self.back_to_choose();
                self.call_staff();
            }
            (PressureStep::Stopped, Tap::Next | Tap::Back) => self.back_to_choose(),
            (PressureStep::Posture, Tap::Next) => {
                self.open(Screen::Pressure(PressureStep::Rest { since: self.state.now }));
            }
            (PressureStep::Rest { since }, Tap::Rested) if self.state.may_declare_rest(since) => {
                if let Some(visit) = &mut self.state.visit {
                    visit.rest_declared = true;
                }
                self.measure(1, 0, None);
            }
            (PressureStep::Measuring { gone: true, .. }, Tap::Stop) => self.give_up(),
            (PressureStep::Measuring { saving: false, .. }, Tap::Stop) => self.stop_measuring(),
            (PressureStep::Measuring { .. }, _) => {}
            (_, Tap::Back) => self.back_to_choose(),
            _ => {}
        }
    }

    pub(in super::super) fn tick_pressure(&mut self, step: PressureStep) {
        let seconds = |since: Moment| self.state.now.ms_since(&since) / 1000;
        match step {
            PressureStep::Rest { since } if seconds(since) >= u64::from(self.rules().rest_minutes()) * 60 => {
                self.measure(1, 0, None)
            }
            PressureStep::Between { next, since, failed, trouble }
                if seconds(since) >= self.rules().pause_seconds() =>
            {
                self.measure(next, failed, trouble);
            }
            PressureStep::Measuring { gone: true, since, .. } if seconds(since) >= GONE_S => self.give_up(),
            _ => {}
        }
    }

    fn measure(&mut self, number: u8, failed: u8, trouble: Option<Trouble>) {
        self.order(Role::BloodPressure, Order::Begin);
        let gone = !self.state.has(self.world, Role::BloodPressure);
        self.open(Screen::Pressure(PressureStep::Measuring {
            number,
            since: self.state.now,
            cuff: None,
            failed,
            trouble,
            gone,
            asked: 0,
            saving: false,
        }));
    }

    /// The monitor is gone: there is nothing to stop.
    fn give_up(&mut self) {
        self.order(Role::BloodPressure, Order::End);
        self.back_to_choose();
        self.state.notice = Some(Notice::MonitorLost);
    }

    fn stop_measuring(&mut self) {
        self.order(Role::BloodPressure, Order::End);
        if self.world.monitor.by_cable {
            self.back_to_choose();
            self.state.notice = Some(Notice::Stopped);
        } else {
            self.open(Screen::Pressure(PressureStep::Stopped));
        }
    }

    pub(in super::super) fn hear_pressure(&mut self, step: PressureStep, event: DeviceEvent) {
        let resting = matches!(step, PressureStep::Rest { .. } | PressureStep::Between { .. });
        if resting && matches!(event, DeviceEvent::Reading { .. }) {
            // Monitors that are started by their own key are started early; the rule asks for the rest.
            self.state.notice = Some(Notice::TooEarly);
        }
        let PressureStep::Measuring { number, failed, saving: false, .. } = step else { return };
        let now = self.state.now;
        let mut after = step;
        if let PressureStep::Measuring { cuff, gone, since, asked, .. } = &mut after {
            match event {
                DeviceEvent::Cuff(_) if cuff.is_some() && now.ms_since(&self.state.touched) < GAUGE_MS => return,
                DeviceEvent::Cuff(pressure) => {
                    (*cuff, *asked) = (Some(pressure), 0);
                    self.state.touched = now;
                }
                DeviceEvent::Up => (*gone, *since) = (false, now),
                DeviceEvent::Gone => (*gone, *cuff, *since) = (true, None, now),
                DeviceEvent::Trouble(Trouble::NoAnswer) if *asked < MOST_FAILED => {
                    (*asked, *cuff) = (*asked + 1, None);
                    self.order(Role::BloodPressure, Order::Begin);
                }
                DeviceEvent::Trouble(trouble) => return self.reading_failed(number, failed, trouble),
                DeviceEvent::Reading { sensed: Sensed::Pressure(pressure), quality, origin } => {
                    return self.pressure_heard(number, failed, pressure, quality, origin);
                }
                _ => return,
            }
        }
        self.state.screen = Screen::Pressure(after);
    }

    fn pressure_heard(&mut self, number: u8, failed: u8, pressure: Pressure, quality: Vec<Quality>, origin: Origin) {
        if !self.plausible_pressure(pressure) {
            return self.reading_failed(number, failed, Trouble::OutOfRange);
        }
        self.order(Role::BloodPressure, Order::End);
        let fact = self.accept_pressure(pressure, quality, origin);
        if self.rules().is_critical_pressure([pressure.systolic.0, pressure.diastolic.0]) {
            return self.open_urgent(
                UrgentKind::Pressure,
                Repeat::Pause { since: self.state.now, failed: None },
                vec![fact],
            );
        }
        self.open(Screen::Pressure(PressureStep::accepted(number, self.state.now)));
        self.save_reading(vec![fact]);
    }

    /// Adds the reading to the visit.
    pub(in super::super) fn accept_pressure(
        &mut self,
        pressure: Pressure,
        quality: Vec<Quality>,
        origin: Origin,
    ) -> Fact {
        let mut quality = self.judged_quality(quality, &origin);
        if let Some(visit) = &self.state.visit {
            quality.extend(visit.rest_declared.then_some(Quality::RestDeclared));
            quality.extend(visit.unsettled.then_some(Quality::Unsettled));
        }
        let pulse_id = pressure.pulse.map(|_| self.state.mint.id(self.state.now));
        self.effects.push(Effect::Tone(Tone::Done));
        self.measured(Value::Pressure { pressure, pulse_id }, origin.into(), quality)
    }

    /// Within the limits of the tables: each value, and the distance between them.
    pub(in super::super) fn plausible_pressure(&self, pressure: Pressure) -> bool {
        let (systolic, diastolic) = (pressure.systolic.0, pressure.diastolic.0);
        self.plausible("sbp", systolic.into())
            && self.plausible("dbp", diastolic.into())
            && self.plausible("sbp-dbp", Decimal::from(systolic) - Decimal::from(diastolic))
    }

    /// Two readings, or three where the first two lie apart.
    pub(super) fn sitting_complete(&self) -> bool {
        let readings = self.state.visit.as_ref().map_or(0, |visit| visit.pressures().len());
        let third = self.judge().and_then(|assessment| assessment.needs_third).unwrap_or(false);
        readings >= 2 && !third
    }

    fn reading_failed(&mut self, number: u8, failed: u8, trouble: Trouble) {
        let failed = failed + 1;
        let staff = matches!(trouble, Trouble::Broken | Trouble::NoAnswer | Trouble::WrongFormat);
        if staff || failed > MOST_FAILED {
            self.order(Role::BloodPressure, Order::End);
            if trouble == Trouble::Broken {
                self.state.broken.insert(Role::BloodPressure);
            }
            self.back_to_choose();
            self.state.notice = Some(match trouble {
                Trouble::Broken | Trouble::WrongFormat => Notice::MonitorBroken,
                Trouble::NoAnswer => Notice::AskStaff(Role::BloodPressure),
                _ => Notice::NotMeasured,
            });
            return;
        }
        if trouble == Trouble::CuffLoose {
            return self.open(Screen::Pressure(PressureStep::Cuff { again: Some((number, failed)) }));
        }
        let since = self.state.now;
        self.open(Screen::Pressure(PressureStep::Between { next: number, since, failed, trouble: Some(trouble) }));
    }

    pub(in super::super) fn pressure_saved(&mut self, step: PressureStep) {
        let PressureStep::Measuring { number, saving: true, .. } = step else { return };
        if self.sitting_complete() {
            return self.next_step();
        }
        let since = self.state.now;
        let pause = PressureStep::Between { next: number + 1, since, failed: 0, trouble: None };
        self.open(Screen::Pressure(pause));
    }
}

const CUFF: Screen = Screen::Pressure(PressureStep::Cuff { again: None });

impl PressureStep {
    /// A reading was accepted and is with the store.
    pub(in super::super) fn accepted(number: u8, since: Moment) -> Self {
        PressureStep::Measuring {
            number,
            since,
            cuff: None,
            failed: 0,
            trouble: None,
            gone: false,
            asked: 0,
            saving: true,
        }
    }
}
