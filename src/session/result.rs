//! R20: this visit's findings and guidance, shown when the store has kept them. R24: goodbye.

use chrono::NaiveDate;

use super::{Screen, Tap, Tone, Turn, Effect, TrendPage};
use crate::model::Urgency;
use crate::model::fact::IdentifiedBy;
use crate::model::finding::{Assessment, ChosenGuidance};

/// What the page shows; everything in it is kept already.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultPage {
    /// What the rules said.
    pub assessment: Assessment,
    /// The advice that was kept as given.
    pub guidance: Vec<ChosenGuidance>,
    /// A doctor will look at it.
    pub flagged: bool,
    /// Days to measure again, when the rules ask for other days (ux.md 7.2).
    pub again: Vec<NaiveDate>,
    /// How many earlier days were raised within the window of the three-day rule.
    pub raised_days: usize,
    /// The page in front where the result has several (small screens, large text).
    pub part: usize,
}

impl Turn<'_> {
    /// The conclusion is kept: show it.
    pub(super) fn conclusion_saved(&mut self) {
        let Some(visit) = &self.state.visit else { return };
        if matches!(self.state.screen, Screen::Urgent(_)) {
            return;
        }
        let Some(assessment) = visit.assessment.clone() else { return };
        let rules = &self.world.rules;
        let raised_days = rules.raised_days(&visit.past.pressures, self.state.now.day());
        let again = rules.retest_days(&assessment, raised_days, self.state.now.day());
        let page = ResultPage {
            guidance: assessment.guidance.clone(),
            flagged: visit.flag.is_some() && self.tells_doctor(),
            assessment,
            again,
            raised_days,
            part: 0,
        };
        self.effects.push(Effect::Tone(Tone::Done));
        self.open(Screen::Result(page));
    }

    /// May the screen say that the doctor will look? Not when the resident closed it to the doctor.
    fn tells_doctor(&self) -> bool {
        let Some(visit) = &self.state.visit else { return false };
        let urgent = visit.assessment.as_ref().is_some_and(|assessment| assessment.urgency >= Urgency::Urgent);
        urgent || visit.consent.doctor_view || matches!(visit.subject, crate::model::Subject::Guest(_))
    }

    pub(super) fn tap_result(&mut self, mut page: ResultPage, tap: Tap) {
        match tap {
            Tap::Finish => self.goodbye(),
            Tap::Trend => self.open(Screen::Trend(TrendPage::new(page))),
            Tap::Next | Tap::Back => {
                page.part = if tap == Tap::Next { page.part + 1 } else { page.part.saturating_sub(1) };
                self.state.screen = Screen::Result(page);
            }
            _ => {}
        }
    }

    pub(super) fn goodbye(&mut self) {
        let card = self.state.visit.as_ref().is_some_and(|visit| visit.by == IdentifiedBy::Card);
        let english = self.state.english;
        self.wipe();
        self.state.english = english;
        self.open(Screen::Goodbye { since: self.state.now, card });
    }
}
