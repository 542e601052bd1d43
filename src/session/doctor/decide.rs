//! D03: one sheet for each action, prefilled by the rules; the doctor decides, and who decided is kept.

use chrono::{Duration, NaiveDate};

use super::super::{AfterSave, Screen, Turn, World};
use super::{DeskTap, QueuePage};
use crate::model::review::{CasePerson, CaseRow, DismissReason};
use crate::model::unit::KeptBack;
use crate::model::{Commit, Decision, Fact, Lane, Moment, RowId, Subject, Unit, UnitKind, Urgency};

/// The actions of D02.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetKind {
    /// 确认并登记高危, 疑似，转诊确诊 or 纳入随访, as the rules' `register` says.
    Register,
    /// 转诊
    Refer,
    /// 约随访
    FollowUp,
    /// 请复测
    Retest,
    /// 排除
    Dismiss,
}

/// Why a flag is set aside, as tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dismissal {
    /// 测量有误
    MeasurementError,
    /// 不是本人
    WrongPerson,
    /// 已在管理
    AlreadyManaged,
    /// 其他
    Other,
}

/// A sheet as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Which action.
    pub kind: SheetKind,
    /// Every criterion of the definition in force: row, ticked, met by rule.
    pub criteria: Vec<(RowId, bool, bool)>,
    /// Into management; urgent referral.
    pub toggle: bool,
    /// Which preset or place.
    pub choice: usize,
    /// Why it is set aside.
    pub dismissal: Option<Dismissal>,
    /// When the presets count from.
    pub today: NaiveDate,
    /// The outcome of a referral is asked for by this day.
    pub outcome_due: NaiveDate,
    /// The store has not answered yet.
    pub saving: bool,
}

/// Date presets in days: 1 周, 2 周, 1 月, 3 月.
pub const PRESETS: [i64; 4] = [7, 14, 30, 90];

impl Sheet {
    pub(super) fn prefilled(kind: SheetKind, case: &CaseRow, world: &World, now: Moment) -> Self {
        let met = &case.assessment.high_risk;
        let rules = world.today(now);
        let criteria = rules
            .criteria()
            .into_iter()
            .map(|row| (met.contains(&row), row))
            .map(|(met, row)| (row, met, met))
            .collect();
        let urgent = case.level >= Urgency::Urgent;
        let toggle = match kind {
            SheetKind::Refer => urgent,
            _ => true,
        };
        let choice = if matches!(kind, SheetKind::Register) { 1 } else { 0 };
        let today = now.day();
        let outcome_due = today + Duration::days(rules.referral_days().into());
        Self { kind, criteria, toggle, choice, dismissal: None, today, outcome_due, saving: false }
    }

    /// The day of the chosen preset.
    pub fn day(&self) -> NaiveDate {
        self.today + Duration::days(PRESETS.get(self.choice).copied().unwrap_or(PRESETS[0]))
    }

    /// 确认 works: a dismissal needs its reason.
    pub fn complete(&self) -> bool {
        !self.saving && (self.kind != SheetKind::Dismiss || self.dismissal.is_some())
    }
}

impl Turn<'_> {
    pub(super) fn tap_sheet(&mut self, mut page: QueuePage, tap: DeskTap) {
        let Some(sheet) = page.sheet.as_mut().filter(|sheet| !sheet.saving) else { return };
        match tap {
            DeskTap::Close => page.sheet = None,
            DeskTap::Check(index) => {
                if let Some((_, ticked, _)) = sheet.criteria.get_mut(index) {
                    *ticked = !*ticked;
                }
            }
            DeskTap::Toggle(on) => sheet.toggle = on,
            DeskTap::Choose(index) => sheet.choice = index,
            DeskTap::Dismiss(reason) => sheet.dismissal = Some(reason),
            DeskTap::Confirm | DeskTap::Refer(_) if sheet.complete() => {
                sheet.saving = true;
                self.state.desk.referral = if let DeskTap::Refer(slip) = tap { Some(slip) } else { None };
                let case = page.case(&self.state.desk.cases).cloned();
                if let (Some(case), Some(sheet)) = (case, page.sheet.clone()) {
                    self.decide(&case, &sheet);
                }
            }
            DeskTap::Lock => return self.lock_desk(),
            _ => return,
        }
        self.state.screen = Screen::Queue(page);
    }

    fn decide(&mut self, case: &CaseRow, sheet: &Sheet) {
        let Some((member, _)) = self.state.desk.signed_in.clone() else { return };
        let now = self.state.now;
        let fact = Fact::RiskReviewed {
            review: self.state.mint.id(now),
            flag: case.flag,
            task: case.task,
            decision: self.decision(sheet),
            by: member.id,
            rules: self.rules().edition,
        };
        let fact = self.new_fact(fact);
        let unit = Unit {
            id: self.state.mint.id(now),
            kind: UnitKind::Review,
            lane: Lane::Reviews,
            subject: Some(subject(&case.person)),
            facts: vec![fact.id],
            after: self.state.site_units.clone(),
            kept_back: match &case.person {
                CasePerson::Guest(_) => Some(KeptBack::Guest),
                CasePerson::Resident { .. } if !case.upload => Some(KeptBack::NoConsent),
                CasePerson::Resident { .. } => None,
            },
        };
        self.save(Commit { facts: vec![fact], units: vec![unit] }, AfterSave::Review);
    }

    fn decision(&mut self, sheet: &Sheet) -> Decision {
        match sheet.kind {
            SheetKind::Register => Decision::Confirmed {
                criteria: sheet.criteria.iter().filter(|(_, ticked, _)| *ticked).map(|(row, ..)| row.clone()).collect(),
                managed: sheet.toggle,
                follow_up: Some(sheet.day()),
            },
            SheetKind::Refer => Decision::Referred {
                referral: self.state.mint.id(self.state.now),
                to: self.world.station.referral_to.get(sheet.choice).cloned().unwrap_or_default(),
                urgent: sheet.toggle,
                outcome_due: sheet.outcome_due,
            },
            SheetKind::FollowUp => Decision::FollowUp { due: sheet.day() },
            SheetKind::Retest => Decision::Retest { due: sheet.day() },
            SheetKind::Dismiss => Decision::Dismissed {
                reason: match sheet.dismissal {
                    Some(Dismissal::WrongPerson) => DismissReason::WrongPerson,
                    Some(Dismissal::AlreadyManaged) => DismissReason::AlreadyManaged,
                    Some(Dismissal::Other) => DismissReason::Other(String::new()),
                    Some(Dismissal::MeasurementError) | None => DismissReason::MeasurementError,
                },
            },
        }
    }
}

fn subject(person: &CasePerson) -> Subject {
    match person {
        CasePerson::Resident { id, .. } => Subject::Resident(*id),
        CasePerson::Guest(guest) => Subject::Guest(*guest),
    }
}
