//! What goes into [`update`](super::update) and what comes out: touches, events, wishes.

use super::{DeskEvent, Item, OpenVisit, Slip, Symptom, doctor, measure};
use crate::model::device::{DeviceEvent, Role};
use crate::model::outbox::OutboxCounts;
use crate::model::resident::{AgeBand, Answer, ConsentSwitch, Question};
use crate::model::{Commit, IdNumber, NotSaved, Note, Past, Resident, Sex, SlipNumber, StaffId};

/// A touch, by what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// Anywhere on the idle screen.
    Screen,
    /// R02: keypad.
    TypeNumber,
    /// R02: 输入手机号; R05: 留个手机号
    TypePhone,
    /// R02: 扫电子健康卡
    Scan,
    /// R02: 不登录，先测量
    Guest,
    /// 村医登录
    Staff,
    /// 找工作人员
    CallStaff,
    /// 收到: staff heard the call.
    Received,
    /// Take the call back.
    CancelCall,
    /// 我不舒服
    Unwell,
    /// 我还在
    Here,
    /// The answer to the other-card question: end this session.
    SwitchPerson,
    /// One key of a keypad.
    Key(char),
    /// 删除
    Backspace,
    /// 清空
    Clear,
    /// 下一步, 坐好了, 继续
    Next,
    /// 返回
    Back,
    /// 跳过
    Skip,
    /// 是我, 对，就是这个
    Yes,
    /// 不是我, 再量一次
    No,
    /// R03c
    Sex(Sex),
    /// R03c
    Age(AgeBand),
    /// R05
    Switch(ConsentSwitch),
    /// R05: 同意并继续
    Agree,
    /// R05: 先不同意，只测量
    Refuse,
    /// R06
    Item(Item),
    /// R07: what raises the pressure; `None` is 都没有.
    Habit(Option<measure::Habit>),
    /// R08: the cuff does not fit this arm.
    CuffMisfits,
    /// R10: 我已经静坐过
    Rested,
    /// R11
    Stop,
    /// R14: half a centimetre more or less.
    Step(i8),
    /// R15
    Meal(measure::Meal),
    /// R15: when the last meal was: `true` is today.
    MealDay(bool),
    /// R15: an hour earlier or later.
    MealHour(i8),
    /// R16: which of several new records is theirs.
    Record(usize),
    /// R17, R18 yes/no pages.
    Answer(Answer),
    /// R18's tiles; `None` is 都没有.
    Illness(Option<Question>),
    /// R19, typed by staff.
    Entry(measure::EntryTap),
    /// R20: 看变化
    Trend,
    /// R20, R22, R23: print the slip.
    Print,
    /// R20, R23: the code that a telephone reads.
    TakeByPhone,
    /// R20, R21, R23: 完成退出
    Finish,
    /// R22
    Symptom(Symptom),
    /// R22: 再叫一次人
    CallAgain,
    /// R22: no second measurement.
    RefuseRepeat,
    /// R22, when nobody has come: the page goes, the case stays.
    CloseUrgent,
    /// EN / 中文
    Language,
    /// 大字
    LargeText,
    /// 语音
    Voice,
    /// R05, R20: 读给我听; what is said then is the window's part.
    ReadAloud,
    /// The desk's own.
    Desk(doctor::DeskTap),
}

/// An input.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time passed; comes at least once a second.
    Tick,
    /// A touch.
    Tap(Tap),
    /// A device said something.
    Device(Role, DeviceEvent),
    /// The store's answer to the oldest [`Effect::Record`].
    Recorded(Result<(), NotSaved>),
    /// The answer to [`Query::Past`].
    Past(Box<Past>),
    /// The answer to [`Query::Registered`].
    Registered(Vec<Resident>),
    /// The answer to [`Query::Slips`].
    Slips(Vec<SlipNumber>),
    /// At start: visits that were cut off.
    OpenVisits(Vec<OpenVisit>),
    /// The desk's answers.
    Desk(DeskEvent),
    /// The outbox changed; how a try went, when there was one.
    Outbox(OutboxCounts, Option<Result<(), Note>>),
    /// Whether the last [`Effect::Tone`] could be played.
    Played(bool),
    /// What the voice is saying now; `None`: it has fallen silent.
    Voice(Option<Saying>),
}

/// What the voice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// What the screen asks for: nobody's data.
    Prompts,
    /// What stands on the page, after 读给我听.
    Page {
        /// 轻声
        soft: bool,
    },
}

/// A wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep these Facts and units, all or none; answer with [`Event::Recorded`].
    Record(Commit),
    /// Look something up.
    Load(Query),
    /// Tell a device.
    Order(Role, Order),
    /// Print this; answered with [`DeviceEvent::Printed`].
    Print(Slip),
    /// Sound.
    Tone(Tone),
    /// Something new waits for the platform.
    SyncNow,
    /// 立即同步: try the platform now, whatever waits.
    SyncByHand,
}

/// What to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// What is known about this person; answered with [`Event::Past`].
    Past(IdNumber),
    /// Who has this phone number and this birthday, month and day; answered with [`Event::Registered`].
    Registered(Secret, (u32, u32)),
    /// Slip numbers in use; answered with [`Event::Slips`].
    Slips,
    /// Queue, counters and staff; answered with [`DeskEvent::Loaded`].
    Desk,
    /// Is this the PIN? Answered with [`DeskEvent::Pin`].
    Pin(StaffId, Secret),
}

/// Digits that are shown to nobody.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A step begins: what is heard from now on is for the person in front.
    Begin,
    /// The step is over.
    End,
}

/// A sound of the house (ux.md 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A step is done.
    Done,
    /// Attention: staff are asked to come.
    Attention,
    /// A critical value, until staff acknowledge.
    Urgent,
}
