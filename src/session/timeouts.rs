//! What the passing of time does (ux.md 9).

use super::doctor::DESK_IDLE_S;
use super::{Effect, Overlay, Screen, Tone, Turn};

/// Seconds after which an untouched screen acts, and the seconds of warning it gives first.
fn patience(screen: &Screen) -> Option<(u64, u32)> {
    match screen {
        Screen::Identify | Screen::IdPad(_) | Screen::Guest(_) | Screen::Confirm(_) | Screen::Pin(_) => Some((60, 0)),
        Screen::Consent(_) | Screen::Question(_) | Screen::Result(_) | Screen::Trend(_) => Some((90, 20)),
        Screen::Pressure(step) if !step.waits_for_touch() => None,
        Screen::Glucose(_) => None,
        Screen::Choose | Screen::Pressure(_) | Screen::Body(_) | Screen::Waist(_) | Screen::Meal(_) => Some((60, 20)),
        Screen::Idle | Screen::Urgent(_) | Screen::Goodbye { .. } | Screen::Queue(_) => None,
    }
}

/// Seconds that R24 stays, and with a card on the reader.
const GOODBYE_S: (u64, u64) = (6, 10);

/// Seconds between two tones of a call.
const RING_AGAIN_S: u64 = 10;

/// Seconds between two offers of a commit that the store refused.
const SAVE_AGAIN_S: u64 = 5;

impl super::State {
    /// Seconds until the screen in front is left by itself if nobody touches it; `None` while it stays.
    pub fn leaves_in(&self) -> Option<u64> {
        let (wait, warning) = patience(&self.screen)?;
        Some((wait + u64::from(warning)).saturating_sub(self.now.ms_since(&self.touched) / 1000))
    }

    /// Seconds that R24 still stays, and how long it stays in all.
    pub fn goodbye_left(&self) -> Option<(u64, u64)> {
        let Screen::Goodbye { since, card, .. } = &self.screen else { return None };
        let stays = if *card { GOODBYE_S.1 } else { GOODBYE_S.0 };
        Some((stays.saturating_sub(self.now.ms_since(since) / 1000), stays))
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
        let untouched = now.ms_since(&self.state.touched) / 1000;
        match self.state.screen.clone() {
            Screen::Goodbye { since, card, .. } => {
                let stays = if card { GOODBYE_S.1 } else { GOODBYE_S.0 };
                if now.ms_since(&since) / 1000 >= stays {
                    self.open(Screen::Idle);
                }
            }
            Screen::Pressure(step) => self.tick_pressure(step),
            Screen::Urgent(page) => self.tick_urgent(page),
            Screen::Queue(_) if untouched >= DESK_IDLE_S || self.desk_too_long() => self.lock_desk(),
            _ => {}
        }
        self.ring();
        self.run_out(untouched);
    }

    /// A call that nobody has answered sounds again; the red page rings by itself.
    fn ring(&mut self) {
        let Some(called) = self.state.calling else { return };
        let red = matches!(self.state.screen, Screen::Urgent(_));
        if !red && self.state.now.ms_since(&called) >= RING_AGAIN_S * 1000 {
            self.state.calling = Some(self.state.now);
            self.effects.push(Effect::Tone(Tone::Attention));
        }
    }

    fn run_out(&mut self, untouched: u64) {
        let Some((wait, warning)) = patience(&self.state.screen) else { return };
        // A visit that waits for the store is not idle.
        if !self.state.all_saved() || untouched < wait {
            return;
        }
        let left = (wait + u64::from(warning)).saturating_sub(untouched);
        if left == 0 {
            return self.leave();
        }
        if !matches!(self.state.overlay, Some(Overlay::OtherCard(_) | Overlay::Calling { .. })) {
            self.state.overlay = Some(Overlay::StillThere { left: u32::try_from(left).unwrap_or(warning) });
        }
    }
}
