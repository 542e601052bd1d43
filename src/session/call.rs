//! 找工作人员: the tone sounds until staff press 收到 or sign in, or the resident takes the call back (ux.md 7). The call
//! outlives the visit: whoever called may lie beside the chair.

use super::{Effect, Notice, Screen, State, Tap, Tone, Turn};
use crate::model::fact::{CallReason, Fact};
use crate::model::{Moment, VisitId};

/// Staff were called and nobody has come yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When.
    since: Moment,
    /// The visit that it was made in.
    pub(super) visit: Option<VisitId>,
    /// When the tone sounded last.
    rang: Moment,
    /// The house has closed: the tone sounds no more.
    over: bool,
}

/// Seconds between two tones, and between two when nobody came.
const RING_S: (u64, u64) = (10, 60);

/// Seconds after which nobody is expected to come: what is personal leaves the screen (ux.md 7.3).
pub(super) const UNHEEDED_S: u64 = 600;

impl Call {
    /// Nobody has come for ten minutes.
    pub fn unheeded(&self, now: Moment) -> bool {
        now.ms_since(&self.since) / 1000 >= UNHEEDED_S
    }
}

impl State {
    /// A bell may be said to ring.
    pub fn rings(&self) -> bool {
        self.call.is_some_and(|call| !call.over) && !self.mute
    }

    /// The call lies over the screen in front. The red page tells of it in its own lines; staff know of it.
    pub fn shows_call(&self) -> bool {
        self.call.is_some() && !matches!(self.screen, Screen::Urgent(_) | Screen::Pin(_) | Screen::Queue(_))
    }
}

impl Turn<'_> {
    pub(super) fn call_staff(&mut self) {
        let visit = self.state.visit.as_ref().filter(|visit| visit.opened).map(|visit| visit.id);
        self.state.overlay = None;
        self.sound_call(visit);
        self.record(vec![Fact::StaffCalled { visit, reason: CallReason::Asked }], Vec::new());
    }

    /// The tone begins, or begins again.
    pub(super) fn sound_call(&mut self, visit: Option<VisitId>) {
        let now = self.state.now;
        self.state.call = Some(Call { since: now, visit, rang: now, over: false });
        self.effects.push(Effect::Tone(self.tone_of_call()));
    }

    fn tone_of_call(&self) -> Tone {
        match &self.state.screen {
            Screen::Urgent(_) => Tone::Urgent,
            Screen::Pin(form) if form.urgent.is_some() => Tone::Urgent,
            _ => Tone::Attention,
        }
    }

    pub(super) fn tap_call(&mut self, tap: &Tap) {
        match tap {
            Tap::CancelCall => self.state.call = None,
            Tap::Received => self.received(),
            Tap::Unwell => self.unwell(),
            _ => {}
        }
    }

    /// 收到: somebody of the staff heard it; who, only a PIN tells.
    pub(super) fn received(&mut self) {
        let Some(call) = self.state.call.take() else { return };
        if !matches!(self.state.screen, Screen::Urgent(_)) {
            self.state.notice = Some(Notice::StaffComing);
        }
        self.record(vec![Fact::StaffCame { visit: call.visit, by: None }], Vec::new());
    }

    /// A call that nobody has answered sounds again, until the house closes.
    pub(super) fn ring(&mut self) {
        let Some(mut call) = self.state.call else { return };
        let (now, duty) = (self.state.now, self.world.duty);
        call.over |= duty.over(call.since, now);
        let pause = if duty.unattended || call.unheeded(now) { RING_S.1 } else { RING_S.0 };
        if !call.over && now.ms_since(&call.rang) >= pause * 1000 {
            call.rang = now;
            self.effects.push(Effect::Tone(self.tone_of_call()));
        }
        self.state.call = Some(call);
    }
}
