//! R21: the resident's own past. Earlier values open with a second fact (ux.md P14); today's visit is always shown.

use super::{ResultPage, Screen, Secret, Tap, Turn};

/// The page.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendPage {
    /// Where 返回结果 leads.
    pub result: Box<ResultPage>,
    /// The four digits typed so far.
    pub typed: Secret,
    /// Wrong tries; five end it for this visit.
    pub wrong: u8,
    /// Earlier values are shown.
    pub open: bool,
}

/// How far the lock of R21 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrendLock {
    /// Earlier values are shown.
    Open,
    /// The last four digits of the phone are asked.
    AskPhone,
    /// No second fact is on record, or it was wrong too often: the desk helps.
    AskStaff,
}

/// Wrong tries that end it for this visit (reliability-security S4).
const MOST_WRONG: u8 = 5;

impl TrendPage {
    /// Tries left before the desk must help.
    pub fn tries_left(&self) -> u8 {
        MOST_WRONG.saturating_sub(self.wrong)
    }

    pub(super) fn new(result: ResultPage) -> Self {
        Self { result: Box::new(result), typed: Secret::default(), wrong: 0, open: false }
    }
}

impl super::State {
    /// Whether the page in front may show earlier values.
    pub fn trend_lock(&self, world: &super::World, page: &TrendPage) -> TrendLock {
        let Some(visit) = &self.visit else { return TrendLock::AskStaff };
        let waived = world.card_opens_history && visit.by == crate::model::fact::IdentifiedBy::Card;
        let phone = visit.past.resident.as_ref().is_some_and(|resident| resident.phone.is_some());
        match () {
            () if page.open || waived => TrendLock::Open,
            () if phone && page.wrong < MOST_WRONG => TrendLock::AskPhone,
            () => TrendLock::AskStaff,
        }
    }
}

impl Turn<'_> {
    pub(super) fn tap_trend(&mut self, mut page: TrendPage, tap: Tap) {
        match tap {
            Tap::Back => return self.open(Screen::Result(*page.result)),
            Tap::Finish => return self.goodbye(),
            Tap::Key(key) if key.is_ascii_digit() && page.typed.0.len() < 4 => page.typed.0.push(key),
            Tap::Backspace => _ = page.typed.0.pop(),
            Tap::Clear => page.typed.0.clear(),
            _ => {}
        }
        if page.typed.0.len() == 4 {
            let phone = self.state.visit.as_ref().and_then(|visit| visit.past.resident.as_ref()?.phone.as_ref());
            if phone.is_some_and(|phone| phone.0.ends_with(&page.typed.0)) {
                page.open = true;
            } else {
                page.wrong += 1;
            }
            page.typed = Secret::default();
        }
        self.state.screen = Screen::Trend(page);
    }
}
