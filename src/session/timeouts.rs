//! What the passing of time does (ux.md 9).

use super::doctor::DESK_IDLE_S;
use super::{Overlay, PhonePad, PressureStep, Saying, Screen, Turn};

/// Seconds after which an untouched screen acts, and the seconds of warning it gives first.
fn patience(screen: &Screen) -> Option<(u64, u32)> {
    match screen {
        Screen::Phone(PhonePad { leave: Some(_), .. }) => Some((90, 20)),
        Screen::Identify
        | Screen::Phone(_)
        | Screen::IdPad(_)
        | Screen::Guest(_)
        | Screen::Confirm(_)
        | Screen::Pin(_) => Some((60, 0)),
        Screen::Consent(_) | Screen::Question(_) | Screen::Result(_) | Screen::Trend(_) | Screen::Slip(_) => {
            Some((90, 20))
        }
        Screen::Pressure(PressureStep::Rest { .. } | PressureStep::Between { .. }) => None,
        // The touch that these wait for is one on a device: a cuff to put on, a finger to prick.
        Screen::Pressure(PressureStep::Measuring { .. }) => Some((180, 20)),
        Screen::Glucose(step) if step.found.len() < 2 => Some((180, 20)),
        Screen::Glucose(_)
        | Screen::Choose
        | Screen::Pressure(_)
        | Screen::Body(_)
        | Screen::Waist(_)
        | Screen::Meal(_)
        | Screen::Others(_)
        | Screen::Entry(_) => Some((60, 20)),
        Screen::Idle | Screen::Urgent(_) | Screen::Goodbye(_) | Screen::Queue(_) => None,
    }
}

/// Seconds that R24 stays, and with a card on the reader.
const GOODBYE_S: (u64, u64) = (6, 10);

/// Seconds after which the question whose card that is counts as "go on measuring".
const OTHER_CARD_S: u64 = 20;

/// The longest that a voice is waited for: one that hangs holds nobody's result in view.
const LISTENS_S: u64 = 120;

/// Seconds between two offers of a commit that the store refused.
const SAVE_AGAIN_S: u64 = 5;

impl super::State {
    /// Seconds until the screen in front is left by itself if nobody touches it; `None` while it stays.
    pub fn leaves_in(&self) -> Option<u64> {
        let (wait, warning) = patience(&self.screen)?;
        Some((wait + u64::from(warning)).saturating_sub(self.now.ms_since(&self.touched) / 1000))
    }

    /// The voice speaks on a page that stays as long as it does (ux.md 9).
    pub fn listens(&self) -> bool {
        let stays = matches!(self.screen, Screen::Result(_) | Screen::Trend(_) | Screen::Slip(_));
        let speaks = self.saying.is_some_and(|(_, since)| self.now.ms_since(&since) / 1000 < LISTENS_S);
        stays && speaks && self.overlay.is_none()
    }

    /// The page is being read to somebody: in a low voice or not.
    pub fn reads(&self) -> Option<bool> {
        match self.saying {
            Some((Saying::Page { soft }, _)) => Some(soft),
            _ => None,
        }
    }

    /// Seconds that R24 still stays, and how long it stays in all.
    pub fn goodbye_left(&self) -> Option<(u64, u64)> {
        let Screen::Goodbye(page) = &self.screen else { return None };
        let stays = if page.card { GOODBYE_S.1 } else { GOODBYE_S.0 };
        Some((stays.saturating_sub(self.now.ms_since(&page.since) / 1000), stays))
    }
}

impl Turn<'_> {
    pub(super) fn tick(&mut self) {
        let now = self.state.now;
        if let Some((since, why)) = self.state.not_saved
            && now.ms_since(&since) >= SAVE_AGAIN_S * 1000
        {
            self.state.not_saved = Some((now, why));
            self.save_again();
        }
        if self.state.listens() {
            self.state.touched = now;
        }
        let untouched = now.ms_since(&self.state.touched) / 1000;
        match self.state.screen.clone() {
            Screen::Goodbye(_) if self.state.goodbye_left().is_some_and(|(left, _)| left == 0) => self.home(),
            Screen::Pressure(step) => self.tick_pressure(step),
            Screen::Urgent(page) => self.tick_urgent(page),
            Screen::Slip(page) => self.tick_slip(page),
            Screen::Queue(_) if untouched >= DESK_IDLE_S || self.desk_too_long() => self.lock_desk(),
            _ => {}
        }
        if let Some(Overlay::OtherCard { since, .. }) = &self.state.overlay
            && now.ms_since(since) / 1000 >= OTHER_CARD_S
        {
            self.state.overlay = None;
        }
        self.ring();
        self.run_out();
    }

    fn run_out(&mut self) {
        let Some((wait, warning)) = patience(&self.state.screen) else { return };
        // A step that has just begun by itself counts from now.
        let untouched = self.state.now.ms_since(&self.state.touched) / 1000;
        // A visit that waits for the store is not idle.
        if !self.state.all_saved() {
            return;
        }
        // Who called waits for somebody to come; after that the screen is anybody's, the call stays.
        if let Some(call) = self.state.call.filter(|_| self.state.shows_call()) {
            if call.unheeded(self.state.now) {
                self.leave();
            }
            return;
        }
        if untouched < wait {
            return;
        }
        let left = (wait + u64::from(warning)).saturating_sub(untouched);
        if left == 0 {
            return match self.state.screen.clone() {
                // The red page waits behind it.
                Screen::Pin(form) => self.close_pin(form),
                _ => self.leave(),
            };
        }
        if !matches!(self.state.overlay, Some(Overlay::OtherCard { .. })) {
            self.state.overlay = Some(Overlay::StillThere { left: u32::try_from(left).unwrap_or(warning) });
        }
    }
}
