//! R19: what staff read off another instrument and type, after their PIN, with unit, kit and date. Nothing is kept of a
//! number that cannot be, or that has no unit.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::super::{Notice, OthersStep, Repeat, Screen, Secret, Tap, Turn, UrgentKind, World};
use crate::model::measurement::{Analyte, GlucoseKind, GlucoseLevel, RawValue, Source, Value};
use crate::model::units::{MmolPerLitre, half_up};
use crate::model::{StaffId, Urgency};

/// What can be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// 血脂
    Lipid(Analyte),
    /// 血糖 of a meter without a cable
    Glucose(GlucoseKind),
    /// FEV1/FVC
    Airflow,
    /// 便隐血
    OccultBlood,
}

/// The unit that stands beside the number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryUnit {
    /// mmol/L
    MmolPerLitre,
    /// mg/dL
    MgPerDecilitre,
    /// %
    Percent,
    /// 0.82
    Ratio,
}

impl Entered {
    /// All, in the order of the page.
    pub const ALL: [Entered; 9] = [
        Entered::Lipid(Analyte::TotalCholesterol),
        Entered::Lipid(Analyte::Triglycerides),
        Entered::Lipid(Analyte::Ldl),
        Entered::Lipid(Analyte::Hdl),
        Entered::Glucose(GlucoseKind::Fasting),
        Entered::Glucose(GlucoseKind::Postprandial2h),
        Entered::Glucose(GlucoseKind::Random),
        Entered::Airflow,
        Entered::OccultBlood,
    ];

    /// The units it is told in; none where there is no number.
    pub fn units(self) -> &'static [EntryUnit] {
        match self {
            Entered::Lipid(_) | Entered::Glucose(_) => &[EntryUnit::MmolPerLitre, EntryUnit::MgPerDecilitre],
            Entered::Airflow => &[EntryUnit::Percent, EntryUnit::Ratio],
            Entered::OccultBlood => &[],
        }
    }

    /// The name of its plausible limits in the rules.
    fn field(self) -> &'static str {
        match self {
            Entered::Lipid(Analyte::TotalCholesterol) => "tc",
            Entered::Lipid(Analyte::Triglycerides) => "tg",
            Entered::Lipid(Analyte::Ldl) => "ldl",
            Entered::Lipid(Analyte::Hdl) => "hdl",
            Entered::Glucose(_) => "glucose",
            Entered::Airflow => "fev1_fvc",
            Entered::OccultBlood => "",
        }
    }

    /// mg/dL in one mmol/L.
    fn mg_per_mmol(self) -> Decimal {
        match self {
            Entered::Lipid(Analyte::Triglycerides) => Decimal::new(8857, 2),
            Entered::Lipid(_) => Decimal::new(3867, 2),
            _ => Decimal::from(18),
        }
    }

    /// Places behind the point after a conversion.
    fn places(self) -> u32 {
        if matches!(self, Entered::Glucose(_)) { 1 } else { 2 }
    }

    fn value(self, number: Decimal) -> Value {
        match self {
            Entered::Lipid(analyte) => Value::Lipid { analyte, level: MmolPerLitre(number) },
            Entered::Glucose(kind) => Value::Glucose { level: GlucoseLevel::Value(MmolPerLitre(number)), kind },
            Entered::Airflow => Value::Airflow(number),
            Entered::OccultBlood => Value::OccultBlood(number > Decimal::ZERO),
        }
    }
}

impl EntryUnit {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            EntryUnit::MmolPerLitre => "mmol/L",
            EntryUnit::MgPerDecilitre => "mg/dL",
            EntryUnit::Percent => "%",
            EntryUnit::Ratio => "1",
        }
    }
}

/// A touch on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryTap {
    /// One of [`Entered::ALL`].
    What(usize),
    /// One of its units.
    Unit(usize),
    /// One of the station's kits; the last is any other.
    Kit(usize),
    /// A day earlier or later.
    Day(i8),
    /// 便隐血: positive or not.
    Positive(bool),
}

/// The page.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryForm {
    /// Who types.
    pub by: StaffId,
    /// What.
    pub what: Option<Entered>,
    /// In which unit; none is chosen beforehand.
    pub unit: Option<EntryUnit>,
    /// Which of the station's kits; past the last is any other.
    pub kit: Option<usize>,
    /// Measured so many days ago.
    pub days_ago: u16,
    /// The number.
    pub typed: Secret,
    /// 便隐血.
    pub positive: Option<bool>,
    /// What was kept last.
    pub kept: Option<Value>,
    /// What R19 had heard before; it waits there.
    others: OthersStep,
    saving: Option<Value>,
}

/// Digits of a number.
const LONGEST: usize = 5;
/// An older result is no result of this visit.
const MOST_DAYS: u16 = 90;
/// The kit that stands in no list.
pub const OTHER_KIT: &str = "其他";

impl EntryForm {
    pub(in super::super) fn new(by: StaffId, others: OthersStep) -> Self {
        Self {
            by,
            others,
            what: None,
            unit: None,
            kit: None,
            days_ago: 0,
            typed: Secret::default(),
            positive: None,
            kept: None,
            saving: None,
        }
    }

    pub(super) fn saving(&self) -> bool {
        self.saving.is_some()
    }

    /// The day of the measurement.
    pub fn day(&self, today: NaiveDate) -> NaiveDate {
        today.checked_sub_days(Days::new(self.days_ago.into())).unwrap_or(today)
    }

    /// Number, unit and kit are told.
    pub fn complete(&self) -> bool {
        let number = match self.what {
            None => false,
            Some(Entered::OccultBlood) => self.positive.is_some(),
            Some(_) => self.number().is_some() && self.unit.is_some(),
        };
        number && self.kit.is_some() && !self.saving()
    }

    fn number(&self) -> Option<Decimal> {
        self.typed.0.trim_end_matches('.').parse().ok()
    }

    /// The value in our unit, and what was typed where that is another.
    fn value(&self) -> Option<(Entered, Decimal, Option<RawValue>)> {
        let what = self.what?;
        if what == Entered::OccultBlood {
            return Some((what, Decimal::from(u8::from(self.positive?)), None));
        }
        let (typed, unit) = (self.number()?, self.unit?);
        let ours = match unit {
            EntryUnit::MmolPerLitre | EntryUnit::Ratio => return Some((what, typed, None)),
            EntryUnit::MgPerDecilitre => half_up(typed / what.mg_per_mmol(), what.places()),
            EntryUnit::Percent => typed / Decimal::ONE_HUNDRED,
        };
        Some((what, ours, Some(RawValue { value: typed, unit: unit.symbol().to_owned() })))
    }

    /// Ready for the next result of the same sheet: kit and date stay.
    fn after(self) -> Self {
        Self { kit: self.kit, days_ago: self.days_ago, kept: self.saving, ..Self::new(self.by, self.others) }
    }
}

/// The kits of the page: the station's, then any other.
pub fn kits(world: &World) -> impl Iterator<Item = &str> {
    world.station.kits.iter().map(String::as_str).chain([OTHER_KIT])
}

impl Turn<'_> {
    pub(in super::super) fn tap_entry(&mut self, mut form: EntryForm, tap: Tap) {
        if form.saving() {
            return;
        }
        match tap {
            Tap::Entry(EntryTap::What(index)) => {
                form = EntryForm { kit: form.kit, days_ago: form.days_ago, ..EntryForm::new(form.by, form.others) };
                form.what = Entered::ALL.get(index).copied();
            }
            Tap::Entry(EntryTap::Unit(index)) => {
                form.unit = form.what.and_then(|what| what.units().get(index).copied())
            }
            Tap::Entry(EntryTap::Kit(index)) => form.kit = Some(index).filter(|kit| *kit < kits(self.world).count()),
            Tap::Entry(EntryTap::Day(step)) => {
                form.days_ago = form.days_ago.saturating_add_signed(-i16::from(step)).min(MOST_DAYS);
            }
            Tap::Entry(EntryTap::Positive(positive)) => form.positive = Some(positive),
            Tap::Key(key) => super::waist::type_key(&mut form.typed.0, key, LONGEST),
            Tap::Backspace => _ = form.typed.0.pop(),
            Tap::Clear => form.typed.0.clear(),
            Tap::Next if form.complete() => return self.keep_entry(form),
            Tap::Back => return self.resume_others(form.others),
            _ => {}
        }
        self.state.screen = Screen::Entry(form);
    }

    fn keep_entry(&mut self, mut form: EntryForm) {
        let kit = form.kit.and_then(|kit| kits(self.world).nth(kit)).unwrap_or(OTHER_KIT).to_owned();
        let told = form.value().filter(|(what, number, _)| self.plausible(what.field(), *number));
        let Some((what, number, raw)) = told else {
            self.state.notice = Some(Notice::Implausible);
            return;
        };
        let value = what.value(number);
        let source = Source::Manual { by: form.by, kit, on: form.day(self.state.now.day()), raw };
        form.saving = Some(value);
        self.state.screen = Screen::Entry(form);
        let fact = self.measured(value, source, Vec::new());
        match self.judge() {
            Some(found) if found.urgency >= Urgency::Urgent => {
                self.open_urgent(UrgentKind::of(&found), Repeat::Locked, vec![fact]);
            }
            _ => self.save_reading(vec![fact]),
        }
    }

    pub(super) fn entry_saved(&mut self, form: EntryForm) {
        self.state.screen = Screen::Entry(form.after());
    }
}
