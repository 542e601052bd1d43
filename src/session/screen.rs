//! What can be in front, and what can lie over it.

use super::{
    BodyStep, Candidate, ConsentForm, GlucoseStep, Goodbye, GuestForm, IdPad, MealForm, PressureStep, QuestionStep,
    ResultPage, TrendPage, UrgentPage, WaistForm, doctor,
};
use crate::model::Moment;
use crate::model::device::{Card, Role};

/// What is in front. The names are those of ux.md's screen map.
#[allow(clippy::large_enum_variant, reason = "there is one, moved a few times a second")]
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// R01
    Idle,
    /// R02
    Identify,
    /// R03b
    IdPad(IdPad),
    /// R03c
    Guest(GuestForm),
    /// R04
    Confirm(Candidate),
    /// R05
    Consent(ConsentForm),
    /// R06
    Choose,
    /// R09 to R12
    Pressure(PressureStep),
    /// R13
    Body(BodyStep),
    /// R14
    Waist(WaistForm),
    /// R15
    Meal(MealForm),
    /// R16
    Glucose(GlucoseStep),
    /// R17, R18
    Question(QuestionStep),
    /// R20
    Result(ResultPage),
    /// R21
    Trend(TrendPage),
    /// R22
    Urgent(UrgentPage),
    /// R24
    Goodbye(Goodbye),
    /// D01
    Pin(doctor::PinForm),
    /// D02, with D03's sheet over it when one is open.
    Queue(doctor::QueuePage),
}

impl Screen {
    /// The id in ux.md's screen map.
    pub fn id(&self) -> &'static str {
        match self {
            Screen::Idle => "R01",
            Screen::Identify => "R02",
            Screen::IdPad(_) => "R03b",
            Screen::Guest(_) => "R03c",
            Screen::Confirm(_) => "R04",
            Screen::Consent(_) => "R05",
            Screen::Choose => "R06",
            Screen::Pressure(step) => step.screen_id(),
            Screen::Body(_) => "R13",
            Screen::Waist(_) => "R14",
            Screen::Meal(_) => "R15",
            Screen::Glucose(_) => "R16",
            Screen::Question(step) => step.screen_id(),
            Screen::Result(_) => "R20",
            Screen::Trend(_) => "R21",
            Screen::Urgent(_) => "R22",
            Screen::Goodbye(_) => "R24",
            Screen::Pin(_) => "D01",
            Screen::Queue(page) if page.sheet.is_some() => "D03",
            Screen::Queue(_) => "D02",
        }
    }
}

/// What lies over a screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// 您还在吗; the session ends at `until` unless somebody touches 我还在.
    StillThere {
        /// Seconds left.
        left: u32,
    },
    /// Another resident's card was laid down; without an answer the running session goes on.
    OtherCard {
        /// Whose.
        card: Box<Card>,
        /// When.
        since: Moment,
    },
}

/// A line that says what went wrong and what to do (words in the catalogue).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The card could not be read.
    CardAgain,
    /// The card could not be read twice: use the keypad.
    CardTyped,
    /// Nothing chosen could be measured here now.
    DeviceMissing(Role),
    /// A value outside the plausible range.
    Implausible,
    /// A reading came during the rest or the pause.
    TooEarly,
    /// Much different from last time.
    FarFromLast,
    /// Staff are asked to look after the device.
    AskStaff(Role),
    /// Measuring was stopped.
    Stopped,
    /// A resident is in the middle of a visit; staff cannot sign in over it.
    ResidentBusy,
    /// 收到 was pressed.
    StaffComing,
}

/// What can be measured at R06.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// 血压
    Pressure,
    /// 身高体重
    Body,
    /// 腰围
    Waist,
    /// 血糖
    Glucose,
    /// 全套
    All,
}
