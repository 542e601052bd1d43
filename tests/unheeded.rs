//! The red page of a station where nobody comes (ux.md 7.3): what it hides, what stays, what rings, and who may go on.

use std::sync::Arc;

use chrono::{NaiveTime, TimeDelta};
use health_hut::commands::screens::samples::{self, MA, Shown};
use health_hut::kiosk::Lang;
use health_hut::kiosk::voice::{self, Prompt};
use health_hut::model::device::{DeviceEvent, Role};
use health_hut::model::review::DeskCounts;
use health_hut::model::{Duty, Fact, StaffId};
use health_hut::session::doctor::{DeskEvent, DeskTap, StaffMember};
use health_hut::session::{Effect, Event, Screen, State, Symptom, Tap, Tone, World, update};

use uuid::Uuid;

use crate::screens::said_by;

/// R22 after the second critical reading of 马占山: nine of the ten minutes are left.
struct Alone {
    world: Arc<World>,
    state: State,
    tones: usize,
    facts: Vec<String>,
}

impl Alone {
    fn at(duty: Duty) -> Self {
        Self::on("normal", duty)
    }

    fn on(variant: &str, duty: Duty) -> Self {
        let all = samples::all().unwrap();
        let sample = all.into_iter().find(|sample| (sample.name, sample.variant) == ("R22-urgent", variant)).unwrap();
        let Shown::State(state) = sample.shown else { panic!("a state") };
        let world = Arc::new(World { duty, ..(*sample.world).clone() });
        Self { world, state: *state, tones: 0, facts: Vec::new() }
    }

    fn take(&mut self, event: Event) {
        let (state, effects) = update(&self.world, self.state.clone(), self.state.now, event);
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Tone(tone) => {
                    assert_eq!(tone, Tone::Urgent);
                    self.tones += 1;
                }
                Effect::Print(_) => self.facts.push("printed".to_owned()),
                Effect::Record(commit) => {
                    self.facts.extend(commit.facts.iter().map(|new| Fact::kind(&new.fact)));
                    self.take(Event::Recorded(Ok(())));
                }
                _ => {}
            }
        }
    }

    fn taps(&mut self, tap: Tap) {
        self.take(Event::Tap(tap));
    }

    /// How often the tone sounded in so many seconds.
    fn tones_in(&mut self, seconds: u64) -> usize {
        let before = self.tones;
        for _ in 0..seconds {
            self.state.now.since_boot_ms += 1000;
            self.state.now.wall += TimeDelta::seconds(1);
            self.take(Event::Tick);
        }
        self.tones - before
    }

    fn says(&self) -> String {
        said_by(&self.world, &self.state, Lang::ZhCn).join("\n")
    }
}

#[test]
fn after_ten_minutes_nobody_is_named_and_the_tone_sounds_every_minute() {
    let mut hut = Alone::at(Duty::default());
    assert!((53..=54).contains(&hut.tones_in(539)), "every ten seconds");
    let before = hut.says();
    assert!(before.contains("马*山") && before.contains("186 / 114") && before.contains("正在响铃"), "{before}");
    hut.tones_in(1);
    assert_eq!(hut.tones_in(600), 10);
    let after = hut.says();
    assert!(!after.contains("马*山") && !after.contains("0314") && !after.contains("186"), "{after}");
    assert!(after.contains("值班电话 0994-000 0000") && after.contains("120"), "{after}");
    // What the page hides nobody prints either.
    assert!(!after.contains("打印给医生"), "{after}");
    hut.taps(Tap::Print);
    assert!(!hut.facts.contains(&"printed".to_owned()));
    // A danger sign told so late still counts.
    hut.taps(Tap::Symptom(Symptom::Chest));
    assert!(hut.says().contains("现在就打 120"));
}

/// 收到 needs no PIN: who pressed it may have gone again.
#[test]
fn a_call_that_was_heard_and_not_followed_hides_too() {
    let mut hut = Alone::at(Duty::default());
    hut.taps(Tap::Received);
    assert!(hut.says().contains("马上过来"));
    assert_eq!(hut.tones_in(600), 0);
    let says = hut.says();
    assert!(!says.contains("马*山") && !says.contains("186"), "{says}");
    assert!(!says.contains("马上过来") && says.contains("值班电话"), "{says}");
}

/// Who pressed it knew of a number; of pain in the chest nobody knows yet.
#[test]
fn a_danger_sign_told_after_the_call_was_heard_calls_again() {
    let mut hut = Alone::at(Duty::default());
    hut.taps(Tap::Symptom(Symptom::None));
    hut.taps(Tap::Received);
    assert_eq!(hut.tones_in(60), 0);
    hut.taps(Tap::Symptom(Symptom::Chest));
    assert!(hut.tones_in(60) >= 5);
    // Heard again, a second sign changes nothing that staff must know.
    hut.taps(Tap::Received);
    hut.taps(Tap::Symptom(Symptom::Head));
    assert_eq!(hut.tones_in(60), 0);
}

#[test]
fn whoever_signs_in_over_the_red_page_has_its_case_in_front() {
    let mut hut = Alone::at(Duty::default());
    hut.taps(Tap::Staff);
    let staff = StaffMember { id: StaffId(Uuid::nil()), name: "李建国".to_owned(), role: "doctor".to_owned() };
    let loaded = DeskEvent::Loaded { cases: Vec::new(), counts: DeskCounts::default(), staff: vec![staff] };
    hut.take(Event::Desk(loaded));
    hut.taps(Tap::Desk(DeskTap::Person(0)));
    "135790".chars().for_each(|digit| hut.taps(Tap::Key(digit)));
    hut.taps(Tap::Next);
    hut.take(Event::Desk(DeskEvent::Pin(StaffId(Uuid::nil()), Ok(()))));
    let Screen::Queue(page) = &hut.state.screen else { panic!("{:?}", hut.state.screen) };
    assert!(page.selected.is_some());
    assert!(hut.state.visit.is_none() && hut.state.call.is_none());
}

#[test]
fn the_tone_stops_at_closing_time_and_no_screen_claims_it() {
    let closes = NaiveTime::from_hms_opt(8, 55, 0);
    let mut hut = Alone::at(Duty { closes, ..Duty::default() });
    let until = closes.unwrap().signed_duration_since(hut.state.now.wall.time()).num_seconds().unsigned_abs();
    assert!(hut.tones_in(until - 1) > 54);
    assert_eq!(hut.tones_in(3600), 0);
    assert!(hut.state.call.is_some(), "nobody has come");
    let world = Arc::make_mut(&mut hut.world);
    world.station.phone.clear();
    let says = hut.says();
    assert!(!says.contains("响铃") && says.contains("请大声叫人"), "{says}");
    // Somebody who stands there after all calls again, and is heard.
    hut.taps(Tap::CallAgain);
    assert!(hut.tones_in(60) >= 5);
}

#[test]
fn where_no_staff_are_at_hand_the_telephone_stands_there_at_once() {
    let mut hut = Alone::at(Duty { unattended: true, ..Duty::default() });
    let says = hut.says();
    assert!(says.contains("值班电话 0994-000 0000") && !says.contains("正在响铃"), "{says}");
    assert!(says.contains("马*山") && says.contains("186 / 114"), "{says}");
    assert!(!voice::prompts(&hut.world, &hut.state).contains(&Prompt::V21), "nobody is said to be coming");
    assert_eq!(hut.tones_in(540), 9);
    assert!(!hut.says().contains("马*山"));
}

#[test]
fn the_danger_signs_are_asked_for_aloud_whoever_is_called() {
    let unattended = Duty { unattended: true, ..Duty::default() };
    for (duty, said) in [(Duty::default(), &[Prompt::V21, Prompt::V22][..]), (unattended, &[Prompt::V22])] {
        let hut = Alone::on("pause", duty);
        assert_eq!(voice::prompts(&hut.world, &hut.state), said);
    }
}

/// 关闭提示 makes room and closes no case: only a doctor does.
#[test]
fn the_next_person_measures_after_the_page_is_closed() {
    let mut hut = Alone::at(Duty::default());
    hut.tones_in(30);
    hut.taps(Tap::CloseUrgent);
    assert_eq!(hut.state.screen.id(), "R22", "not before ten minutes are over");
    hut.tones_in(600);
    hut.facts.clear();
    hut.taps(Tap::CloseUrgent);
    assert_eq!((hut.state.screen.id(), hut.state.call, hut.state.visit.is_none()), ("R01", None, true));
    assert_eq!(hut.facts, Vec::<String>::new(), "nobody came and nobody decided");
    assert_eq!(hut.tones_in(120), 0);
    let card = samples::ZHAO;
    let number = card.id();
    let card = health_hut::model::device::Card {
        name: health_hut::model::resident::Personal(card.name.to_owned()),
        sex: number.sex(),
        birth_date: number.birth_date(),
        number,
        valid_to: None,
    };
    hut.take(Event::Device(Role::IdCard, DeviceEvent::Card(card)));
    let Screen::Confirm(candidate) = &hut.state.screen else { panic!("{}", hut.state.screen.id()) };
    assert_eq!(candidate.who.last_four(), "2048");
    assert!(!hut.says().contains(&MA.number[14..]));
}
