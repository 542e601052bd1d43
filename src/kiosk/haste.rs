//! A touch on a page that has only just come was meant for the one before (ux.md 3.4): it does nothing. A second touch of a
//! trembling hand on the same page is caught where touches come in, in `ui/widgets/tap.slint`.

use std::time::{Duration, Instant};

use crate::model::IdNumber;
use crate::session::{Asked, Overlay, Screen, State, Tap};

const SLIP: Duration = Duration::from_millis(400);
/// What lay over the page went by itself: a slow finger that was on its way to it means nothing below.
const UNCOVERED: Duration = Duration::from_millis(1000);

/// Remembers when the page in front came.
#[derive(Default)]
pub struct Haste {
    page: Option<Page>,
    turned: Option<(Instant, Duration)>,
    touched: Option<Instant>,
}

/// What makes a page another one to the reader.
#[derive(Clone, PartialEq)]
struct Page {
    screen: &'static str,
    /// R04: 是我 is said to one name only.
    person: Option<IdNumber>,
    asked: Option<Asked>,
    warned: bool,
    other_card: bool,
    calling: bool,
}

impl Page {
    fn of(state: &State) -> Self {
        Self {
            screen: state.screen.id(),
            person: if let Screen::Confirm(candidate) = &state.screen { candidate.who.number.clone() } else { None },
            asked: if let Screen::Question(step) = &state.screen { step.asked() } else { None },
            warned: matches!(state.overlay, Some(Overlay::StillThere { .. })),
            other_card: matches!(state.overlay, Some(Overlay::OtherCard { .. })),
            calling: state.shows_call(),
        }
    }

    fn covered(&self) -> bool {
        self.warned || self.other_card || self.calling
    }
}

impl Haste {
    /// A state is shown.
    pub fn shows(&mut self, state: &State, now: Instant) {
        let page = Page::of(state);
        if self.page.as_ref() != Some(&page) {
            // The first page of all was not in anybody's way.
            let bare = !page.covered();
            let before = self.page.replace(page);
            let answered = self.touched.is_some_and(|touched| now.duration_since(touched) < SLIP);
            let rest = |before: Page| if bare && before.covered() && !answered { UNCOVERED } else { SLIP };
            self.turned = before.map(|before| (now, rest(before)));
        }
    }

    /// Was a touch meant for this page?
    pub fn means(&mut self, tap: &Tap, now: Instant) -> bool {
        let meant = at_once(tap) || self.turned.is_none_or(|(turned, rest)| now.duration_since(turned) >= rest);
        if meant {
            self.touched = Some(now);
        }
        meant
    }
}

/// What nobody waits with, and what a hand does without looking.
fn at_once(tap: &Tap) -> bool {
    matches!(tap, Tap::Stop | Tap::CallStaff | Tap::Here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fact::IdentifiedBy;
    use crate::session::{Born, Candidate, Who};

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    fn shown(screen: Screen) -> State {
        let moment = r#"{"wall":"2026-11-22T08:40:00+08:00","since_boot_ms":0,"boot":"3f1c9a52-7d06-4be8-a417-c05e92d368fb","trust":"trusted"}"#;
        let mut state = State::new(serde_json::from_str(moment).expect("a moment"), [7; 32]);
        state.screen = screen;
        state
    }

    #[test]
    fn a_page_that_has_just_come_is_not_answered_yet() {
        let (mut haste, start) = (Haste::default(), Instant::now());
        haste.shows(&shown(Screen::Idle), start);
        assert!(haste.means(&Tap::Screen, at(start, 10)));
        haste.shows(&shown(Screen::Identify), at(start, 20));
        haste.shows(&shown(Screen::Identify), at(start, 300));
        assert!(!haste.means(&Tap::Guest, at(start, 419)));
        assert!(haste.means(&Tap::CallStaff, at(start, 419)));
        assert!(haste.means(&Tap::Guest, at(start, 420)));
    }

    #[test]
    fn another_name_on_the_same_page_is_not_confirmed_by_a_touch_meant_for_the_first() {
        let (mut haste, start) = (Haste::default(), Instant::now());
        let candidate = |number: &str| {
            let number = IdNumber::parse(number).expect("a number");
            let (sex, born) = (number.sex(), Born::On(number.birth_date()));
            let who = Who { name: None, number: Some(number), sex, born };
            shown(Screen::Confirm(Candidate { who, by: IdentifiedBy::Card, past: None }))
        };
        haste.shows(&candidate("999999197108122043"), start);
        haste.shows(&candidate("999999197108122043"), at(start, 900));
        assert!(haste.means(&Tap::Yes, at(start, 1000)));
        haste.shows(&candidate("999999197001010017"), at(start, 1100));
        assert!(!haste.means(&Tap::Yes, at(start, 1200)));
        assert!(haste.means(&Tap::Yes, at(start, 1500)));
    }

    #[test]
    fn a_question_that_comes_up_over_the_page_is_a_page_of_its_own() {
        let (mut haste, start) = (Haste::default(), Instant::now());
        haste.shows(&shown(Screen::Choose), start);
        let mut asks = shown(Screen::Choose);
        asks.overlay = Some(Overlay::StillThere { left: 20 });
        haste.shows(&asks, at(start, 1000));
        assert!(!haste.means(&Tap::No, at(start, 1100)));
        assert!(haste.means(&Tap::No, at(start, 1500)));
        // It was answered.
        haste.shows(&shown(Screen::Choose), at(start, 1600));
        assert!(haste.means(&Tap::Next, at(start, 2000)));
        // It went by itself.
        haste.shows(&asks, at(start, 3000));
        haste.shows(&shown(Screen::Choose), at(start, 21_000));
        assert!(!haste.means(&Tap::Next, at(start, 21_900)));
        assert!(haste.means(&Tap::Next, at(start, 22_000)));
    }
}
