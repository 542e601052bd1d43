//! R20: this visit's findings and guidance, shown when the store has kept them. R24: goodbye.

use chrono::NaiveDate;

use super::{Effect, Paper, Screen, Tap, Tone, TrendPage, Turn, Visit};
use crate::model::due::{Due, Step};
use crate::model::fact::IdentifiedBy;
use crate::model::finding::{Assessment, ChosenGuidance};
use crate::model::{Moment, Urgency};

/// What the page shows; everything in it is kept already.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultPage {
    /// When it came.
    pub since: Moment,
    /// What the rules said.
    pub assessment: Assessment,
    /// The advice that was kept as given.
    pub guidance: Vec<ChosenGuidance>,
    /// A doctor will look at it.
    pub flagged: bool,
    /// What comes next, the soonest first.
    pub next: Vec<Due>,
    /// Days to measure again, when the rules ask for other days (ux.md 7.2).
    pub again: Vec<NaiveDate>,
    /// How many earlier days were raised within the window of the three-day rule.
    pub raised_days: usize,
}

/// R24: what to take along, and when to come again. Nobody's name any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Goodbye {
    /// Since when.
    pub since: Moment,
    /// A card lies on the reader: stay longer.
    pub card: bool,
    /// A slip is to be taken.
    pub slip: bool,
    /// The cuff was on an arm and is to be wiped.
    pub cuff: bool,
    /// On which days to measure again.
    pub again: Vec<NaiveDate>,
    /// What was measured is in the resident's record here.
    pub kept: bool,
}

/// How long 完成退出 of a new result is deaf: nobody has read it by then.
const SETTLES_MS: u64 = 2000;

/// How long R24 stays, whatever is touched.
const GOODBYE_MS: u64 = 3000;

/// Days from today that are proposed for the further readings: other days, well within four weeks.
const RETEST_IN: [i64; 2] = [2, 5];

impl Turn<'_> {
    /// The conclusion is kept: show it.
    pub(super) fn conclusion_saved(&mut self) {
        let Some(visit) = &self.state.visit else { return };
        if matches!(self.state.screen, Screen::Urgent(_)) {
            return;
        }
        let Some(assessment) = visit.assessment.clone() else { return };
        let raised_days = self.raised_days(visit);
        let next = self.schedule(visit, &assessment);
        let again = self.retest_days(&next);
        let page = ResultPage {
            since: self.state.now,
            guidance: assessment.guidance.clone(),
            flagged: visit.flag.is_some() && self.tells_doctor(),
            assessment,
            next,
            again,
            raised_days,
        };
        self.effects.push(Effect::Tone(Tone::Done));
        self.open(Screen::Result(page));
    }

    /// Earlier days within the window of the three-day rule on which the mean was raised.
    fn raised_days(&self, visit: &Visit) -> usize {
        let means = visit.past.pressures.iter().map(|past| (past.date, [past.systolic, past.diastolic]));
        self.rules().raised_days_before(self.state.now.day(), means)
    }

    /// On which days to come again: as many as the rule still asks for, none later than it allows.
    fn retest_days(&self, next: &[Due]) -> Vec<NaiveDate> {
        let today = self.state.now.day();
        let proposed = RETEST_IN.iter().map(|days| today + chrono::Duration::days(*days));
        let further = next.iter().find_map(|due| match due.step {
            Step::PressureAgain { further } => Some((usize::from(further), due.by)),
            _ => None,
        });
        further.map(|(further, by)| proposed.take(further).map(|day| day.min(by)).collect()).unwrap_or_default()
    }

    /// May the screen say that the doctor will look? Not when the resident closed it to the doctor.
    fn tells_doctor(&self) -> bool {
        let Some(visit) = &self.state.visit else { return false };
        let urgent = visit.assessment.as_ref().is_some_and(|assessment| assessment.urgency >= Urgency::Urgent);
        urgent || visit.consent.doctor_view || matches!(visit.subject, crate::model::Subject::Guest(_))
    }

    pub(super) fn tap_result(&mut self, page: ResultPage, tap: Tap) {
        match tap {
            // A finger that was still going for 下一步 of the page before must not throw the result away.
            Tap::Finish if self.state.now.ms_since(&page.since) < SETTLES_MS => {}
            Tap::Finish => self.goodbye(),
            Tap::Print => self.open_slip(page, true),
            Tap::TakeByPhone => self.open_slip(page, false),
            Tap::Trend => self.open(Screen::Trend(TrendPage::new(page))),
            _ => {}
        }
    }

    /// Hasty fingers must not take the reminder of card and slip away.
    pub(super) fn tap_goodbye(&mut self, page: &Goodbye) {
        if self.state.now.ms_since(&page.since) >= GOODBYE_MS {
            self.home();
        }
    }

    pub(super) fn goodbye(&mut self) {
        let visit = self.state.visit.as_ref();
        let card = visit.is_some_and(|visit| visit.by == IdentifiedBy::Card);
        let cuff = visit.is_some_and(|visit| !visit.pressures().is_empty());
        let kept = visit.is_some_and(|visit| visit.consent.keep && visit.assessment.is_some());
        // What is still being printed comes out while the page stands.
        let slip = visit.is_some_and(|visit| visit.slip);
        let (again, slip) = match &self.state.screen {
            Screen::Result(page) => (page.again.clone(), slip),
            Screen::Trend(page) => (page.result.again.clone(), slip),
            Screen::Slip(page) => (page.result.again.clone(), slip || matches!(page.paper, Some(Paper::Printing(_)))),
            _ => (Vec::new(), slip),
        };
        self.wipe();
        self.open(Screen::Goodbye(Goodbye { since: self.state.now, card, slip, cuff, again, kept }));
    }
}
