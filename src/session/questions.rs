//! R17 and R18: the few questions that the rules ask for, one a screen, and what was told before is not asked again.

use super::{AfterSave, Item, Repeat, Screen, Tap, Turn, UrgentKind, World};
use crate::model::Urgency;
use crate::model::fact::Ending;
use crate::model::measurement::GlucoseKind;
use crate::model::resident::{Answer, Answers, Question};

/// A page of R17 or R18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One question with three or four tiles.
    One(Question),
    /// R18: which illnesses a doctor told of; several may be chosen.
    Illness,
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
    /// The number of the page of R17 in front, and how many there are.
    pub of: (usize, usize),
    /// Chosen tiles of the illness page.
    pub illness: Vec<Question>,
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

/// R17, in order; only after 全套 (ux.md 6).
const LIFESTYLE: [Question; 5] =
    [Question::Smoking, Question::Alcohol, Question::Activity, Question::Salt, Question::FamilyDiabetes];

/// Tiles of R18's first page.
pub const ILLNESSES: [Question; 3] = [Question::Hypertension, Question::Diabetes, Question::Dyslipidaemia];

impl QuestionStep {
    /// The page in front.
    pub fn asked(&self) -> Option<Asked> {
        self.left.first().copied()
    }

    /// The page in front is answered.
    fn next(&mut self) {
        if !self.left.is_empty() {
            self.before.push(self.left.remove(0));
            self.of.0 += 1;
        }
    }

    /// Back to the page before, to be answered anew.
    fn back(&mut self) {
        let Some(page) = self.before.pop() else { return };
        if page == Asked::Illness {
            // Asked only after a yes, which is open again.
            self.left.retain(|asked| *asked != Asked::One(Question::OnAntihypertensives));
        }
        self.left.insert(0, page);
        self.of.0 -= 1;
    }

    /// R17 is the way of life, R18 what a doctor told.
    pub fn screen_id(&self) -> &'static str {
        match self.asked() {
            Some(Asked::One(question)) if LIFESTYLE.contains(&question) => "R17",
            _ => "R18",
        }
    }
}

impl super::State {
    /// What of R18 is not known of the person in front: once a year.
    pub fn told_missing(&self, world: &World) -> Vec<Asked> {
        let Some(visit) = &self.visit else { return Vec::new() };
        let known = visit.all_answers();
        let unknown = |question: &Question| known.to(*question).is_none();
        let age = visit.who.age(self.now.day());
        let pregnancy = world.today(self.now).asks_about_pregnancy(visit.who.sex, age) && unknown(&Question::Pregnant);
        let wanted = [(ILLNESSES.iter().any(unknown), Asked::Illness), (pregnancy, Asked::Pregnancy)];
        wanted.into_iter().filter(|(missing, _)| *missing).map(|(_, asked)| asked).collect()
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
        let lifestyle = left.iter().filter(|asked| matches!(asked, Asked::One(q) if LIFESTYLE.contains(q))).count();
        self.open(Screen::Question(QuestionStep {
            left,
            before: Vec::new(),
            of: (1, lifestyle),
            illness: Vec::new(),
            then,
            answers: Answers::default(),
            saving: false,
        }));
    }

    fn lifestyle_missing(&self) -> Vec<Asked> {
        let Some(visit) = &self.state.visit else { return Vec::new() };
        let full = visit.chosen.len() > 1 || visit.chosen.contains(&Item::All);
        let known = visit.all_answers();
        let wanted = LIFESTYLE.into_iter().filter(|question| full && known.to(*question).is_none());
        wanted.map(Asked::One).collect()
    }

    pub(super) fn tap_question(&mut self, mut step: QuestionStep, tap: Tap) {
        let Some(asked) = step.asked().filter(|_| !step.saving) else { return };
        match (asked, tap) {
            (Asked::One(question), Tap::Answer(answer)) => answered(&mut step, question, answer),
            (Asked::One(question), Tap::Skip) => answered(&mut step, question, Answer::NotSure),
            (Asked::Pregnancy, Tap::Illness(chosen)) => pregnancy_answered(&mut step, chosen),
            (Asked::Pregnancy, Tap::Skip) => answered(&mut step, Question::Pregnant, Answer::NotSure),
            (Asked::Illness, Tap::Illness(None)) => self.illness_answered(&mut step, &[]),
            (Asked::Illness, Tap::Illness(Some(question))) => toggle(&mut step.illness, question),
            (Asked::Illness, Tap::Next) => {
                let chosen = step.illness.clone();
                self.illness_answered(&mut step, &chosen);
            }
            (Asked::Illness, Tap::Skip) => skip_illness(&mut step),
            (_, Tap::Back) if step.before.is_empty() => return self.back_to_choose(),
            (_, Tap::Back) => step.back(),
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

    /// Tablets are asked only after a yes.
    fn illness_answered(&mut self, step: &mut QuestionStep, chosen: &[Question]) {
        for illness in ILLNESSES {
            let answer = if chosen.contains(&illness) { Answer::Yes } else { Answer::No };
            step.answers.0.insert(illness, answer);
        }
        step.next();
        if chosen.contains(&Question::Hypertension) {
            step.left.insert(0, Asked::One(Question::OnAntihypertensives));
        } else {
            step.answers.0.insert(Question::OnAntihypertensives, Answer::No);
        }
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
        // An answer can make urgent what the number alone did not: a known illness, a pregnancy.
        match self.judge().filter(|found| found.urgency >= Urgency::Urgent) {
            Some(found) => self.open_urgent(UrgentKind::of(&found), Repeat::Locked, Vec::new()),
            None => self.conclude(Vec::new(), Ending::Result, AfterSave::Conclusion),
        }
    }
}

fn answered(step: &mut QuestionStep, question: Question, answer: Answer) {
    step.answers.0.insert(question, answer);
    step.next();
}

fn pregnancy_answered(step: &mut QuestionStep, chosen: Option<Question>) {
    for question in [Question::Pregnant, Question::Breastfeeding] {
        step.answers.0.insert(question, if chosen == Some(question) { Answer::Yes } else { Answer::No });
    }
    step.next();
}

fn skip_illness(step: &mut QuestionStep) {
    for illness in ILLNESSES {
        step.answers.0.insert(illness, Answer::NotSure);
    }
    step.next();
}

fn toggle(chosen: &mut Vec<Question>, question: Question) {
    match chosen.iter().position(|known| *known == question) {
        Some(at) => _ = chosen.remove(at),
        None => chosen.push(question),
    }
}
