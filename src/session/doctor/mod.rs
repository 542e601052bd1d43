//! The staff's side of the same client: sign in, see who needs attention, decide. All of it works offline.

mod decide;
mod pin;
mod queue;

use super::{Effect, Query, Screen, Slip, Turn};
use crate::model::review::{CaseRow, DeskCounts};
use crate::model::{Moment, StaffId, Urgency};

pub use decide::{Dismissal, Sheet, SheetKind};
pub use pin::{PIN_LENGTH, PinForm, PinRefusal};
pub use queue::{Filter, QueuePage};

/// Seconds without a touch after which the desk locks, and the longest a sign-in lasts (reliability-security S7).
pub const DESK_IDLE_S: u64 = 180;
const DESK_LONGEST_S: u64 = 1800;

/// Somebody who may sign in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// Ours.
    pub id: StaffId,
    /// Full name.
    pub name: String,
    /// `doctor`, `nurse`, `keeper`, `admin`.
    pub role: String,
}

/// What the desk knows.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Who may sign in, in the order of the tiles.
    pub staff: Vec<StaffMember>,
    /// Who is signed in, and since when.
    pub signed_in: Option<(StaffMember, Moment)>,
    /// The queue: level, then the longest waiting first; empty while nobody is signed in.
    pub cases: Vec<CaseRow>,
    /// How many cases wait, and how many of them are urgent.
    pub waiting: (usize, usize),
    /// The counters above it.
    pub counts: DeskCounts,
    /// When the queue was read last.
    pub read: Option<Moment>,
    /// The slip of the referral that the store has not answered yet.
    pub(super) referral: Option<Slip>,
    /// The page as the lock found it with a sheet open, for the one who was signed in (ux.md 9).
    unfinished: Option<(StaffId, QueuePage)>,
}

/// What the store answers the desk.
#[derive(Clone, Debug)]
pub enum DeskEvent {
    /// Answer to [`Query::Desk`].
    Loaded {
        /// The queue.
        cases: Vec<CaseRow>,
        /// The counters.
        counts: DeskCounts,
        /// Who may sign in.
        staff: Vec<StaffMember>,
    },
    /// Answer to [`Query::Pin`].
    Pin(StaffId, Result<(), PinRefusal>),
}

/// A touch at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskTap {
    /// D01: a tile.
    Person(usize),
    /// D02: a row.
    Case(usize),
    /// D02: a filter.
    Filter(Filter),
    /// D02: one of the actions.
    Open(SheetKind),
    /// D03: close without deciding.
    Close,
    /// D03: a criterion or reason.
    Check(usize),
    /// D03: into management, or not yet; urgent, or ordinary.
    Toggle(bool),
    /// D03: a date preset or place, by number.
    Choose(usize),
    /// D03: why it is dismissed.
    Dismiss(Dismissal),
    /// D03: do it.
    Confirm,
    /// D03: do it, and print this slip when it is kept.
    Refer(Slip),
    /// 锁屏
    Lock,
    /// 立即同步
    Sync,
}

impl Turn<'_> {
    pub(super) fn desk(&mut self, event: DeskEvent) {
        match event {
            DeskEvent::Loaded { cases, counts, staff } => {
                let urgent = cases.iter().filter(|case| case.level >= Urgency::Urgent).count();
                self.state.desk.waiting = (cases.len(), urgent);
                // Full names are for staff.
                let opened = self.state.desk.signed_in.is_some();
                self.state.desk.cases = if opened { cases } else { Vec::new() };
                self.state.desk.counts = counts;
                self.state.desk.staff = staff;
                self.state.desk.read = Some(self.state.now);
                self.keep_selection();
            }
            DeskEvent::Pin(staff, answer) => self.pin_checked(staff, answer),
        }
    }

    pub(super) fn load_desk(&mut self) {
        self.effects.push(Effect::Load(Query::Desk));
    }

    pub(super) fn desk_too_long(&self) -> bool {
        let signed_in = self.state.desk.signed_in.as_ref();
        signed_in.is_some_and(|(_, since)| self.state.now.ms_since(since) / 1000 >= DESK_LONGEST_S)
    }

    pub(super) fn lock_desk(&mut self) {
        let signed_in = self.state.desk.signed_in.take();
        self.state.desk.unfinished = match (signed_in, &self.state.screen) {
            (Some((member, _)), Screen::Queue(page)) if page.sheet.as_ref().is_some_and(|sheet| !sheet.saving) => {
                Some((member.id, page.clone()))
            }
            _ => None,
        };
        self.state.desk.cases = Vec::new();
        self.state.desk.referral = None;
        self.home();
    }
}

impl Desk {
    /// Seconds until the desk locks by itself.
    pub fn locks_in(&self, now: Moment, touched: Moment) -> u64 {
        DESK_IDLE_S.saturating_sub(now.ms_since(&touched) / 1000)
    }
}
