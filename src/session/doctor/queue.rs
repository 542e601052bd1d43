//! D02: who is urgent, why, one tap to act.

use super::super::{Effect, Screen, Tap, Turn};
use super::{DeskTap, Sheet};
use crate::model::review::CaseRow;
use crate::model::{FlagId, Urgency};

/// Which cases the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// 全部
    #[default]
    All,
    /// 紧急
    Urgent,
    /// 高危
    HighRisk,
    /// 数据存疑: readings with a mark, guests.
    Doubtful,
}

impl Filter {
    /// True when the list under this filter holds the case.
    pub fn holds(self, case: &CaseRow) -> bool {
        match self {
            Filter::All => true,
            Filter::Urgent => case.level >= Urgency::Urgent,
            Filter::HighRisk => !case.assessment.high_risk.is_empty(),
            Filter::Doubtful => case.readings.iter().any(|reading| !reading.quality.is_empty()),
        }
    }
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueuePage {
    /// The case in the detail pane.
    pub selected: Option<FlagId>,
    /// Which cases are listed.
    pub filter: Filter,
    /// The decision sheet over it.
    pub sheet: Option<Sheet>,
    /// Who called over the red page had not signed in: no case tells of them.
    pub unnamed: bool,
}

impl QueuePage {
    /// The cases under the filter, in order.
    pub fn listed<'a>(&self, cases: &'a [CaseRow]) -> Vec<&'a CaseRow> {
        cases.iter().filter(|case| self.filter.holds(case)).collect()
    }

    /// The case in the detail pane: the chosen one, else the first.
    pub fn case<'a>(&self, cases: &'a [CaseRow]) -> Option<&'a CaseRow> {
        let listed = self.listed(cases);
        listed.iter().find(|case| Some(case.flag) == self.selected).or(listed.first()).copied()
    }
}

impl Turn<'_> {
    /// After the queue was read anew, a sheet over a case that is gone closes.
    pub(super) fn keep_selection(&mut self) {
        let cases = &self.state.desk.cases;
        if let Screen::Queue(page) = &mut self.state.screen
            && page.selected.is_some_and(|flag| cases.iter().all(|case| case.flag != flag))
        {
            (page.selected, page.sheet) = (None, None);
        }
    }

    pub(in super::super) fn tap_queue(&mut self, mut page: QueuePage, tap: Tap) {
        let Tap::Desk(tap) = tap else {
            if tap == Tap::Back && page.sheet.take().is_some() {
                self.state.screen = Screen::Queue(page);
            }
            return;
        };
        if page.sheet.is_some() {
            return self.tap_sheet(page, tap);
        }
        match tap {
            DeskTap::Case(index) => {
                page.selected = page.listed(&self.state.desk.cases).get(index).map(|case| case.flag)
            }
            DeskTap::Filter(filter) => page = QueuePage { filter, unnamed: page.unnamed, ..QueuePage::default() },
            DeskTap::Open(kind) => {
                let case = page.case(&self.state.desk.cases).cloned();
                page.selected = case.as_ref().map(|case| case.flag);
                page.sheet = case.map(|case| Sheet::prefilled(kind, &case, self.world, self.state.now));
            }
            DeskTap::Lock => return self.lock_desk(),
            DeskTap::Sync if self.state.online.is_some() => {
                self.state.syncing = true;
                self.effects.push(Effect::SyncByHand);
            }
            _ => {}
        }
        self.state.screen = Screen::Queue(page);
    }
}
