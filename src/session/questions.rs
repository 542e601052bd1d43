//! R17 and R18: the few questions that the rules ask for, one a screen, and what was told before is not asked again.

use super::{AfterSave, Item, Repeat, Screen, Tap, Turn, UrgentKind, World};
use crate::model::Urgency;
use crate::model::fact::Ending;
use crate::model::measurement::GlucoseKind;
use crate::model::resident::{Answer, Answers, Question};

/// A page of R17 or R18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One question with its tiles.
    One(Question),
    /// R17: what parents or siblings have; several may be chosen.
    Family,
    /// R18: which illnesses a doctor told of; several may be chosen.
    Illness,
    /// R18: today's tablets against high pressure, after a yes.
    Tablets,
    /// R18: what is taken against high sugar, after a yes; several may be chosen.
    SugarMedicine,
    /// R18: pregnant, breastfeeding, neither.
    Pregnancy,
}

/// The questions of this visit and where we are in them.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionStep {
    /// Pages still to come, the one in front first.
    pub left: Vec<Asked>,
    /// Pages that were answered, the last one last: 返回 leads to them.
    before: Vec<Asked>,
    /// The number of the page of R17 in front that no other brought up, and how many there are.
    of: (usize, usize),
    /// Chosen tiles of a page where several may be.
    pub chosen: Vec<Question>,
    then: Then,
    answers: Answers,
    saving: bool,
}

/// What comes after the last page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// R20.
    Result,
    /// R16; the value will count as this.
    Glucose(GlucoseKind),
}

/// R17, in order; only after 全套 (ux.md 6). How many cigarettes is asked of those who smoke.
const LIFESTYLE: [Asked; 5] = [
    Asked::One(Question::Smoking),
    Asked::One(Question::Alcohol),
    Asked::One(Question::Activity),
    Asked::One(Question::Salt),
    Asked::Family,
];

impl Asked {
    /// The tiles of a page where several may be chosen; of any other there are none.
    pub fn several(self) -> &'static [Question] {
        match self {
            Asked::Family => {
                &[Question::FamilyHypertension, Question::FamilyDiabetes, Question::FamilyStroke, Question::FamilyHeart]
            }
            Asked::Illness => &[Question::Hypertension, Question::Diabetes, Question::Dyslipidaemia],
            Asked::SugarMedicine => &[Question::OnInsulin, Question::OnSugarTablets],
            Asked::One(_) | Asked::Tablets | Asked::Pregnancy => &[],
        }
    }

    /// The questions that this page answers.
    fn questions(&self) -> &[Question] {
        match self {
            Asked::One(question) => std::slice::from_ref(question),
            Asked::Tablets => &[Question::OnAntihypertensives],
            Asked::Pregnancy => &[Question::Pregnant, Question::Breastfeeding],
            Asked::Family | Asked::Illness | Asked::SugarMedicine => self.several(),
        }
    }

    /// Comes only after an answer to another page.
    fn follows(&self) -> bool {
        matches!(self, Asked::Tablets | Asked::SugarMedicine | Asked::One(Question::Cigarettes))
    }
}

impl QuestionStep {
    /// The page in front.
    pub fn asked(&self) -> Option<Asked> {
        self.left.first().copied()
    }

    /// The page in front is answered.
    fn next(&mut self) {
        if !self.left.is_empty() {
            let page = self.left.remove(0);
            self.of.0 += usize::from(!page.follows());
            self.before.push(page);
        }
        self.chosen.clear();
    }

    /// The number of the page of R17 in front, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let follows = self.asked().is_some_and(|page| page.follows());
        (self.of.0 - usize::from(follows), self.of.1)
    }

    /// Back to the page before, to be answered anew.
    fn back(&mut self) {
        let Some(page) = self.before.pop() else { return };
        if !page.follows() {
            // Asked only after an answer that is open again.
            self.left.retain(|asked| !asked.follows());
            self.of.0 -= 1;
        }
        let told = |question: &&Question| self.answers.yes(**question);
        self.chosen = page.several().iter().filter(told).copied().collect();
        self.left.insert(0, page);
    }

    /// R17 is the way of life, R18 what a doctor told.
    pub fn screen_id(&self) -> &'static str {
        match self.asked() {
            Some(Asked::One(_) | Asked::Family) => "R17",
            _ => "R18",
        }
    }
}

impl super::State {
    /// What of R18 is not known of the person in front: once a year.
    pub fn told_missing(&self, world: &World) -> Vec<Asked> {
        let Some(visit) = &self.visit else { return Vec::new() };
        let known = visit.all_answers();
        let age = visit.who.age(self.now.day());
        let maternal = world.today(self.now).asks_about_pregnancy(visit.who.sex, age);
        let wanted = [Asked::Illness, Asked::Pregnancy].into_iter().filter(|page| *page == Asked::Illness || maternal);
        wanted.filter(|page| page.questions().iter().any(|question| known.to(*question).is_none())).collect()
    }
}

impl Turn<'_> {
    /// After the last measurement: what is missing is asked, then the visit is concluded.
    pub(super) fn ask_or_conclude(&mut self) {
        if self.state.visit.as_ref().is_none_or(|visit| visit.taken.is_empty()) {
            return self.back_to_choose();
        }
        let left = [self.lifestyle_missing(), self.state.told_missing(self.world)].concat();
        self.ask(left, Then::Result);
    }

    /// Before the finger is pricked: a known diabetes lowers the limit of low sugar (ux.md 4.1, R15).
    pub(super) fn ask_or_prick(&mut self, kind: GlucoseKind) {
        self.ask(self.state.told_missing(self.world), Then::Glucose(kind));
    }

    fn ask(&mut self, left: Vec<Asked>, then: Then) {
        if left.is_empty() {
            return self.go_on(then);
        }
        let lifestyle = left.iter().filter(|page| LIFESTYLE.contains(page)).count();
        self.open(Screen::Question(QuestionStep {
            left,
            before: Vec::new(),
            of: (1, lifestyle),
            chosen: Vec::new(),
            then,
            answers: Answers::default(),
            saving: false,
        }));
    }

    fn lifestyle_missing(&self) -> Vec<Asked> {
        let Some(visit) = &self.state.visit else { return Vec::new() };
        let full = visit.chosen.len() > 1 || visit.chosen.contains(&Item::All);
        let known = visit.all_answers();
        let unknown = |page: &Asked| page.questions().iter().any(|question| known.to(*question).is_none());
        LIFESTYLE.into_iter().filter(|page| full && unknown(page)).collect()
    }

    pub(super) fn tap_question(&mut self, mut step: QuestionStep, tap: Tap) {
        let Some(asked) = step.asked().filter(|_| !step.saving) else { return };
        match (asked, tap) {
            (_, Tap::Back) if step.before.is_empty() => return self.back_to_choose(),
            (_, Tap::Back) => step.back(),
            (_, Tap::Skip | Tap::Answer(Answer::NotSure)) => step.answer_all(Answer::NotSure),
            (Asked::One(question), Tap::Answer(answer)) => step.answer(question, answer),
            (Asked::Tablets, Tap::Answer(answer)) => step.tablets(answer),
            (Asked::Pregnancy, Tap::Illness(chosen)) => step.choose(chosen.as_slice()),
            (_, Tap::Illness(None)) if !asked.several().is_empty() => step.choose(&[]),
            (_, Tap::Illness(Some(tile))) if asked.several().contains(&tile) => toggle(&mut step.chosen, tile),
            (_, Tap::Next) if !step.chosen.is_empty() => {
                let chosen = std::mem::take(&mut step.chosen);
                step.choose(&chosen);
            }
            _ => return,
        }
        self.state.touched = self.state.now;
        if step.left.is_empty() {
            step.saving = true;
            let (answers, then) = (step.answers.clone(), step.then);
            self.state.screen = Screen::Question(step);
            return self.answers_given(answers, then);
        }
        self.state.screen = Screen::Question(step);
    }

    fn answers_given(&mut self, answers: Answers, then: Then) {
        let Some(visit) = &mut self.state.visit else { return };
        visit.answers.absorb(&answers);
        visit.untold.absorb(&answers);
        self.go_on(then);
    }

    fn go_on(&mut self, then: Then) {
        match then {
            Then::Result => self.show_result(),
            Then::Glucose(kind) => self.open_glucose(kind),
        }
    }

    /// Concludes the visit; R20 comes when the store has answered.
    fn show_result(&mut self) {
        let Some(visit) = self.state.visit.as_ref().map(|visit| visit.id) else { return };
        // An answer can make urgent what the number alone did not: a known illness, a pregnancy.
        match self.judge().filter(|found| found.urgency >= Urgency::Urgent) {
            Some(found) => self.open_urgent(UrgentKind::of(&found), Repeat::Locked, Vec::new()),
            None => self.conclude(Vec::new(), Ending::Result, AfterSave::Conclusion(visit)),
        }
    }
}

impl QuestionStep {
    fn answer(&mut self, question: Question, answer: Answer) {
        self.answers.0.insert(question, answer);
        self.next();
        if (question, answer) == (Question::Smoking, Answer::Current) {
            self.left.insert(0, Asked::One(Question::Cigarettes));
        }
    }

    fn answer_all(&mut self, answer: Answer) {
        let Some(page) = self.asked() else { return };
        self.answers.0.extend(page.questions().iter().map(|question| (*question, answer)));
        self.next();
    }

    /// Whoever has not taken them yet takes them all the same.
    fn tablets(&mut self, answer: Answer) {
        let takes = if answer == Answer::NotYet { Answer::Yes } else { answer };
        self.answers.0.insert(Question::OnAntihypertensives, takes);
        if takes == Answer::Yes {
            self.answers.0.insert(Question::TabletsToday, answer);
        }
        self.next();
    }

    /// What is chosen on the page in front is a yes, the rest of it a no. Medicine is asked only after a yes.
    fn choose(&mut self, chosen: &[Question]) {
        let Some(page) = self.asked() else { return };
        let told = |question: &Question| if chosen.contains(question) { Answer::Yes } else { Answer::No };
        self.answers.0.extend(page.questions().iter().map(|question| (*question, told(question))));
        self.next();
        if page != Asked::Illness {
            return;
        }
        let medicine = [(Question::Diabetes, Asked::SugarMedicine), (Question::Hypertension, Asked::Tablets)];
        for (illness, asked) in medicine {
            if chosen.contains(&illness) {
                self.left.insert(0, asked);
            } else {
                self.answers.0.extend(asked.questions().iter().map(|question| (*question, Answer::No)));
            }
        }
    }
}

fn toggle(chosen: &mut Vec<Question>, question: Question) {
    match chosen.iter().position(|known| *known == question) {
        Some(at) => _ = chosen.remove(at),
        None => chosen.push(question),
    }
}
