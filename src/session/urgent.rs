//! R22: the red page. What to do now, who was told; it stays until a staff PIN.
//!
//! A first reading in the critical range opens the case and the symptom question at once, while the pause before the
//! second reading runs in the same picture (ux.md 6.2). Opening the page commits the visit as it stands; what follows
//! are later Facts.

use hut_words::{self as words, Key};

use super::call::UNHEEDED_S;
use super::measure::MOST_FAILED;
use super::{AfterSave, Effect, Order, Screen, Tap, Tone, Turn};
use crate::model::device::{DeviceEvent, Role, Sensed, Trouble};
use crate::model::fact::{CallReason, Ending, Fact, SymptomAnswer};
use crate::model::{Assessment, Moment, RowId, Urgency};

/// What brought the page up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrgentKind {
    /// 血压很高
    Pressure,
    /// 血糖过低
    LowGlucose,
    /// 血糖很高
    HighGlucose,
    /// 我不舒服
    Unwell,
    /// Another rule asks for staff now: raised pressure in pregnancy.
    Rule,
}

impl UrgentKind {
    /// What made an assessment urgent.
    pub(super) fn of(found: &Assessment) -> Self {
        match &found.glucose_critical {
            Some(row) => Self::of_glucose(row),
            None => UrgentKind::Rule,
        }
    }

    pub(super) fn of_glucose(row: &RowId) -> Self {
        if *row == "glu.critical.high" { UrgentKind::HighGlucose } else { UrgentKind::LowGlucose }
    }
}

impl UrgentKind {
    /// The title of the page.
    pub fn title(self) -> Key {
        match self {
            UrgentKind::Pressure => words::URGENT_BP_TITLE,
            UrgentKind::LowGlucose => words::URGENT_LOW_TITLE,
            UrgentKind::HighGlucose => words::URGENT_HIGH_TITLE,
            UrgentKind::Unwell | UrgentKind::Rule => words::URGENT_SIGN_TITLE,
        }
    }
}

/// Where the repeat of a critical first reading stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Repeat {
    /// The pause runs.
    Pause {
        /// Since when.
        since: Moment,
        /// Tries that failed, and why the last one did.
        failed: Option<(u8, Trouble)>,
    },
    /// The monitor is waited for.
    Measuring {
        /// Tries that failed, and why the last one did.
        failed: Option<(u8, Trouble)>,
    },
    /// No repeat is due: the page stays until a staff PIN.
    Locked,
}

/// The page.
#[derive(Clone, Debug, PartialEq)]
pub struct UrgentPage {
    /// What brought it up.
    pub kind: UrgentKind,
    /// When.
    pub since: Moment,
    /// The repeat.
    pub repeat: Repeat,
    /// Tiles that are on.
    pub symptoms: Vec<Symptom>,
    /// 都没有 was touched.
    pub none: bool,
    /// An answer, or the silence of 30 s, is recorded.
    pub answered: bool,
    /// A danger sign was told: 120 stands first.
    pub emergency: bool,
    /// Nobody came for 10 minutes: identity and numbers are hidden.
    pub hidden: bool,
}

/// A tile of R22; the fifth is 都没有.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// 胸口痛、胸闷
    Chest,
    /// 手脚没力、说话不清
    Stroke,
    /// 头很痛、想吐、看不清
    Head,
    /// 喘不上气
    Breath,
    /// 都没有
    None,
}

impl Symptom {
    /// The words of the rule tables that a tile stands for (ux.md 7.3).
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Symptom::Chest => &["persistent_chest_or_back_pain_with_high_bp", "chest_tightness"],
            Symptom::Stroke => &["limb_paralysis", "sudden_speech_trouble"],
            Symptom::Head => &["severe_headache", "vomiting", "blurred_vision"],
            Symptom::Breath => &["dyspnoea_or_cannot_lie_flat_with_high_bp"],
            Symptom::None => &[],
        }
    }
}

/// Seconds without an answer that count as not answered, never as "none of these".
const ANSWER_S: u64 = 30;

impl UrgentPage {
    /// The symptom question stands on the page; low sugar has its own steps.
    pub fn asks(&self) -> bool {
        self.kind != UrgentKind::LowGlucose
    }
}

impl super::State {
    /// The red page may be closed without a PIN: nobody came for ten minutes, or it never was anybody's and nobody has
    /// told a danger sign.
    pub fn may_close(&self, page: &UrgentPage) -> bool {
        page.hidden || (self.visit.is_none() && !page.emergency)
    }
}

impl Turn<'_> {
    /// Opens the page with the visit as it stands; `facts` are the reading that did it.
    pub(super) fn open_urgent(&mut self, kind: UrgentKind, repeat: Repeat, facts: Vec<Fact>) {
        let now = self.state.now;
        self.state.overlay = None;
        let mut commit = self.conclusion(facts, Ending::UrgentPage).unwrap_or_default();
        let visit = self.state.visit.as_ref().map(|visit| visit.id);
        commit.facts.push(self.new_fact(Fact::StaffCalled { visit, reason: CallReason::Urgent }));
        self.open(Screen::Urgent(UrgentPage {
            kind,
            since: now,
            repeat,
            symptoms: Vec::new(),
            none: false,
            answered: false,
            emergency: false,
            hidden: false,
        }));
        self.sound_call(visit);
        self.save(commit, AfterSave::Nothing);
    }

    /// 我不舒服: the symptom question, whatever was measured. Without a visit there is nobody to open a case for.
    pub(super) fn unwell(&mut self) {
        self.open_urgent(UrgentKind::Unwell, Repeat::Locked, Vec::new());
    }

    /// The page goes and the next person may measure; the case is in the queue and stays there.
    fn close_urgent(&mut self) {
        self.state.call = None;
        self.wipe();
        self.home();
        self.load_desk();
    }

    pub(super) fn tap_urgent(&mut self, mut page: UrgentPage, tap: Tap) {
        match tap {
            Tap::Symptom(symptom) => return self.symptom(page, symptom),
            Tap::CallAgain => self.sound_call(self.state.visit.as_ref().map(|visit| visit.id)),
            Tap::Print => return self.print_for_doctor(&page),
            Tap::Received => self.received(),
            Tap::CloseUrgent if self.state.may_close(&page) => return self.close_urgent(),
            Tap::RefuseRepeat => {
                self.order(Role::BloodPressure, Order::End);
                page.repeat = Repeat::Locked;
            }
            _ => return,
        }
        self.state.screen = Screen::Urgent(page);
    }

    fn symptom(&mut self, mut page: UrgentPage, symptom: Symptom) {
        match page.symptoms.iter().position(|known| *known == symptom) {
            _ if symptom == Symptom::None => (page.symptoms, page.none) = (Vec::new(), true),
            Some(at) => _ = page.symptoms.remove(at),
            None => {
                page.symptoms.push(symptom);
                page.none = false;
            }
        }
        page.answered = true;
        let known = page.emergency;
        page.emergency = !page.symptoms.is_empty();
        if page.emergency {
            page.repeat = Repeat::Locked;
        }
        let words = page.symptoms.iter().flat_map(|symptom| symptom.words()).map(|word| (*word).to_owned()).collect();
        let emergency = page.emergency;
        self.state.screen = Screen::Urgent(page);
        if emergency && !known {
            self.danger_told();
        } else if emergency {
            self.effects.push(Effect::Tone(Tone::Urgent));
        }
        self.symptoms_told(SymptomAnswer::Told(words));
    }

    /// Who pressed 收到 before did not know of this. Without a visit nothing else would tell of it.
    fn danger_told(&mut self) {
        let visit = self.state.visit.as_ref().map(|visit| visit.id);
        self.sound_call(visit);
        if visit.is_none() {
            self.record(vec![Fact::StaffCalled { visit, reason: CallReason::DangerSign }], Vec::new());
        }
    }

    fn symptoms_told(&mut self, answer: SymptomAnswer) {
        let Some(visit) = &mut self.state.visit else { return };
        visit.symptoms = Some(answer.clone());
        let fact = Fact::SymptomsAnswered { visit: visit.id, answer };
        self.conclude(vec![fact], Ending::UrgentPage, AfterSave::Nothing);
    }

    pub(super) fn tick_urgent(&mut self, mut page: UrgentPage) {
        let now = self.state.now;
        let seconds = |since: Moment| now.ms_since(&since) / 1000;
        let waited = seconds(page.since);
        if let Repeat::Pause { since, failed } = page.repeat
            && seconds(since) >= self.rules().pause_seconds()
        {
            page.repeat = Repeat::Measuring { failed };
            self.order(Role::BloodPressure, Order::Begin);
        }
        // 收到 needs no PIN, so it does not keep the numbers in view.
        page.hidden |= waited >= UNHEEDED_S;
        let silent = page.asks() && !page.answered && waited >= ANSWER_S;
        page.answered |= silent;
        self.state.screen = Screen::Urgent(page);
        if silent {
            self.symptoms_told(SymptomAnswer::NotAnswered);
        }
    }

    /// The second reading of a critical sitting.
    pub(super) fn hear_repeat(&mut self, mut page: UrgentPage, event: DeviceEvent) {
        let Repeat::Measuring { failed } = page.repeat else { return };
        match event {
            DeviceEvent::Trouble(trouble) => page.repeat = self.repeat_failed(failed, trouble),
            DeviceEvent::Reading { sensed: Sensed::Pressure(pressure), quality, origin } => {
                if !self.plausible_pressure(pressure) {
                    page.repeat = self.repeat_failed(failed, Trouble::OutOfRange);
                } else {
                    return self.repeated(page, pressure, quality, origin);
                }
            }
            _ => return,
        }
        self.state.screen = Screen::Urgent(page);
    }

    /// Whoever has a start key presses it again; what is begun over its cable waits a little, and not for ever.
    fn repeat_failed(&self, before: Option<(u8, Trouble)>, trouble: Trouble) -> Repeat {
        let tries = before.map_or(1, |(tries, _)| tries.saturating_add(1));
        let failed = Some((tries, trouble));
        match self.world.monitor.by_cable {
            false => Repeat::Measuring { failed },
            true if tries > MOST_FAILED || trouble == Trouble::Broken => Repeat::Locked,
            true => Repeat::Pause { since: self.state.now, failed },
        }
    }

    fn repeated(
        &mut self,
        mut page: UrgentPage,
        pressure: crate::model::measurement::Pressure,
        quality: Vec<crate::model::Quality>,
        origin: crate::model::device::Origin,
    ) {
        self.order(Role::BloodPressure, Order::End);
        let fact = self.accept_pressure(pressure, quality, origin);
        let confirmed = self.judge().is_some_and(|assessment| assessment.urgency >= Urgency::Urgent);
        if confirmed {
            page.repeat = Repeat::Locked;
            self.state.screen = Screen::Urgent(page);
            return self.conclude(vec![fact], Ending::UrgentPage, AfterSave::Nothing);
        }
        // Not confirmed: the visit goes on to its result, the case stays with the doctor.
        self.state.call = None;
        self.open(Screen::Pressure(super::PressureStep::accepted(2, self.state.now)));
        self.save_reading(vec![fact]);
    }
}
