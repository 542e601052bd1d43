//! What can be in front, and what can lie over it.

use super::{
    BodyStep, Candidate, ConsentForm, EntryForm, GlucoseStep, Goodbye, GuestForm, IdPad, MealForm, OthersStep,
    PhonePad, PressureStep, QuestionStep, ResultPage, SlipPage, TrendPage, UrgentPage, WaistForm, doctor,
};
use crate::model::Moment;
use crate::model::device::{Card, PrintTrouble, Role};

/// What is in front. The names are those of ux.md's screen map.
#[allow(clippy::large_enum_variant, reason = "there is one, moved a few times a second")]
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// R01
    Idle,
    /// R02
    Identify,
    /// R03a
    Phone(PhonePad),
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
    /// R07 to R12
    Pressure(PressureStep),
    /// R13
    Body(BodyStep),
    /// R14
    Waist(WaistForm),
    /// R15
    Meal(MealForm),
    /// R16
    Glucose(GlucoseStep),
    /// R19
    Others(OthersStep),
    /// R19, by staff
    Entry(EntryForm),
    /// R17, R18
    Question(QuestionStep),
    /// R20
    Result(ResultPage),
    /// R21
    Trend(TrendPage),
    /// R22
    Urgent(UrgentPage),
    /// R23
    Slip(SlipPage),
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
            Screen::Phone(_) => "R03a",
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
            Screen::Others(_) => "R19",
            Screen::Entry(_) => "R19b",
            Screen::Question(step) => step.screen_id(),
            Screen::Result(_) => "R20",
            Screen::Trend(_) => "R21",
            Screen::Urgent(_) => "R22",
            Screen::Slip(_) => "R23",
            Screen::Goodbye(_) => "R24",
            Screen::Pin(_) => "D01",
            Screen::Queue(page) if page.sheet.is_some() => "D03",
            Screen::Queue(_) => "D02",
        }
    }

    /// Staff's own: the size of text that a resident chose is not theirs.
    pub fn is_staffs(&self) -> bool {
        matches!(self, Screen::Pin(_) | Screen::Queue(_))
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
    /// The card could not be read again and again: use the keypad.
    CardTyped,
    /// The card is past its last day.
    CardExpired,
    /// Hold the code before the scanner.
    ScanNow,
    /// The code leads to nobody here.
    CodeUnknown,
    /// Phone numbers led to nobody too often.
    AskDesk,
    /// Nothing chosen could be measured here now.
    DeviceMissing(Role),
    /// A value outside the plausible range.
    Implausible,
    /// A reading came during the rest or the pause.
    TooEarly,
    /// Much different from last time.
    FarFromLast,
    /// The device does not answer: staff are asked to look after it.
    AskStaff(Role),
    /// The monitor stopped with a fault of its own.
    MonitorBroken,
    /// No try of a reading gave a number: staff are asked to help.
    NotMeasured,
    /// Measuring was stopped, and the monitor told so.
    Stopped,
    /// The monitor was gone for so long that the measurement was given up.
    MonitorLost,
    /// R19: what is being measured comes first, what staff type after it.
    StillMeasuring,
    /// A resident is in the middle of a visit; staff cannot sign in over it.
    ResidentBusy,
    /// 收到 was pressed.
    StaffComing,
    /// What staff asked to be printed is on its way.
    Printing,
    /// It is there, or why not.
    Printed(Result<(), PrintTrouble>),
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
    /// 血氧体温
    Others,
    /// 全套
    All,
}
