//! From a touch to a [`Tap`]: every callback of `api.slint`, in the order of the file.

use std::rc::Rc;

use hut_ui::{
    App, BetweenScreen, BodyScreen, ChooseScreen, ConfirmScreen, ConsentScreen, CuffScreen, DecideScreen,
    Decision as Act, Desk, EntryScreen, GlucoseContextScreen, GlucoseScreen, GoodbyeScreen, GuestScreen, HutWindow,
    IdPadScreen, IdentifyScreen, IdleScreen, Meal as ShownMeal, MeasuringScreen, OthersScreen, OverlayKind, PinScreen,
    PostureScreen, QuestionScreen, QueueScreen, RestScreen, ResultScreen, Sex as ShownSex, SlipScreen, TrendScreen,
    UrgentScreen, WaistScreen,
};
use slint::{ComponentHandle, SharedString};

use super::front::Front;
use super::views::{before, choose, decide, glucose, question, queue, trend, urgent};
use crate::model::Sex;
use crate::model::resident::{AgeBand, ConsentSwitch};
use crate::session::doctor::{DeskTap, SheetKind};
use crate::session::measure::{EntryTap, Meal};
use crate::session::{Item, PressureStep, Screen, Tap};

/// Connects the window of `front`; its taps go into the front's sink.
pub fn wire(front: &Rc<Front>) {
    app(front);
    identification(front);
    measuring(front);
    outcome(front);
    desk(front);
}

/// One callback after another that only sends a tap: `on_x => Tap::X`, with arguments `on_x(a) => ...`.
macro_rules! taps {
    ($front:expr, $screen:ident { $($on:ident $(($arg:ident))? => $tap:expr;)* }) => {{
        let ui: &HutWindow = &$front.ui;
        let global = ui.global::<$screen>();
        $(
            let front = Rc::downgrade($front);
            global.$on(move |$($arg)?| {
                if let Some(front) = front.upgrade() {
                    front.send($tap);
                }
            });
        )*
    }};
}

fn app(front: &Rc<Front>) {
    taps!(front, App {
        on_change_language => Tap::Language;
        on_change_text_size => Tap::LargeText;
        on_toggle_voice => Tap::Voice;
        on_call_staff => Tap::CallStaff;
        on_overlay_no => Tap::No;
        on_cancel_call => Tap::CancelCall;
        on_received => Tap::Received;
        on_unwell => Tap::Unwell;
        on_notice_action => Tap::Here;
        on_notice_close => Tap::Here;
    });
    let app = front.ui.global::<App>();
    on(front, |front| app.on_touched(move || front.with(Front::touched)));
    on(front, |front| app.on_typed(move |text| front.with(|front| typed(front, &text))));
    on(front, |front| {
        app.on_overlay_yes(move || {
            front.with(|front| {
                let kind = front.ui.global::<App>().get_overlay().kind;
                front.send(if kind == OverlayKind::OtherCard { Tap::SwitchPerson } else { Tap::Here });
            });
        });
    });
}

fn identification(front: &Rc<Front>) {
    taps!(front, IdleScreen { on_start => Tap::Screen; });
    taps!(front, IdentifyScreen {
        on_scan => Tap::Scan;
        on_phone => Tap::TypePhone;
        on_id_number => Tap::TypeNumber;
        on_guest => Tap::Guest;
        on_staff_login => Tap::Staff;
    });
    taps!(front, IdPadScreen {
        on_delete => Tap::Backspace;
        on_clear => Tap::Clear;
        on_next => Tap::Next;
        on_back => Tap::Back;
    });
    taps!(front, GuestScreen {
        on_choose_sex(sex) => Tap::Sex(if sex == ShownSex::Male { Sex::Male } else { Sex::Female });
        on_start => Tap::Next;
        on_back => Tap::Back;
    });
    taps!(front, ConfirmScreen { on_yes => Tap::Yes; on_no => Tap::No; });
    taps!(front, ConsentScreen {
        on_toggle_save => Tap::Switch(ConsentSwitch::Keep);
        on_toggle_doctor => Tap::Switch(ConsentSwitch::DoctorView);
        on_toggle_upload => Tap::Switch(ConsentSwitch::Upload);
        on_add_phone => Tap::TypePhone;
        on_agree => Tap::Agree;
        on_decline => Tap::Refuse;
        on_back => Tap::Back;
    });
    taps!(front, ChooseScreen {
        on_start_suite => Tap::Item(Item::All);
        on_show_result => Tap::Next;
        on_back => Tap::Back;
    });
    let ui = &front.ui;
    on(front, |front| ui.global::<ConsentScreen>().on_read_aloud(move || front.with(Front::read_consent)));
    on(front, |front| ui.global::<IdPadScreen>().on_key(move |key| front.with(|front| keys(front, &key))));
    on(front, |front| {
        ui.global::<GuestScreen>().on_choose_age(move |place| {
            front.with(|front| front.send_some(at(&AgeBand::ALL, place).map(|band| Tap::Age(*band))));
        });
    });
    on(front, |front| {
        ui.global::<ChooseScreen>().on_start_usual(move || {
            front.with(|front| {
                let usual = front.see(choose::usual).flatten();
                front.send_some(usual.map(Tap::Item));
            });
        });
    });
    on(front, |front| {
        ui.global::<ChooseScreen>().on_start(move |place| {
            front.with(|front| {
                let items = front.see(choose::items).unwrap_or_default();
                front.send_some(at(&items, place).map(|item| Tap::Item(*item)));
            });
        });
    });
}

fn measuring(front: &Rc<Front>) {
    taps!(front, CuffScreen {
        on_done => Tap::Next;
        on_too_tight => Tap::CuffMisfits;
        on_too_loose => Tap::CuffMisfits;
        on_back => Tap::Back;
    });
    taps!(front, PostureScreen { on_done => Tap::Next; on_back => Tap::Back; });
    taps!(front, RestScreen { on_declared => Tap::Rested; on_back => Tap::Back; });
    taps!(front, MeasuringScreen { on_stop => Tap::Stop; on_done => Tap::Next; });
    taps!(front, BetweenScreen { on_back => Tap::Back; });
    taps!(front, BodyScreen { on_confirm => Tap::Yes; on_again => Tap::No; on_skip => Tap::Skip; on_back => Tap::Back; });
    taps!(front, WaistScreen {
        on_delete => Tap::Backspace;
        on_less => Tap::Step(-1);
        on_more => Tap::Step(1);
        on_next => Tap::Next;
        on_skip => Tap::Skip;
        on_back => Tap::Back;
    });
    taps!(front, GlucoseContextScreen {
        on_choose_day(yesterday) => Tap::MealDay(!yesterday);
        on_earlier => Tap::MealHour(-1);
        on_later => Tap::MealHour(1);
        on_skip => Tap::Skip;
        on_next => Tap::Next;
        on_back => Tap::Back;
    });
    taps!(front, GlucoseScreen { on_skip => Tap::Skip; on_back => Tap::Back; });
    taps!(front, OthersScreen {
        on_next => Tap::Next;
        on_again => Tap::No;
        on_enter => Tap::Staff;
        on_skip => Tap::Skip;
        on_back => Tap::Back;
    });
    taps!(front, EntryScreen {
        on_choose_what(place) => Tap::Entry(EntryTap::What(index(place)));
        on_choose_unit(place) => Tap::Entry(EntryTap::Unit(index(place)));
        on_choose_kit(place) => Tap::Entry(EntryTap::Kit(index(place)));
        on_earlier => Tap::Entry(EntryTap::Day(-1));
        on_later => Tap::Entry(EntryTap::Day(1));
        on_answer(positive) => Tap::Entry(EntryTap::Positive(positive));
        on_delete => Tap::Backspace;
        on_keep => Tap::Next;
        on_back => Tap::Back;
    });
    taps!(front, QuestionScreen { on_next => Tap::Next; on_skip => Tap::Skip; on_back => Tap::Back; });
    let ui = &front.ui;
    on(front, |front| ui.global::<EntryScreen>().on_key(move |key| front.with(|front| keys(front, &key))));
    on(front, |front| ui.global::<WaistScreen>().on_key(move |key| front.with(|front| keys(front, &key))));
    on(front, |front| {
        ui.global::<GlucoseContextScreen>().on_choose(move |meal| {
            front.with(|front| {
                front.send_some(match meal {
                    ShownMeal::Unknown => None,
                    ShownMeal::Fasting => Some(Tap::Meal(Meal::Fasting)),
                    ShownMeal::AfterMeal => Some(Tap::Meal(Meal::TwoHours)),
                    ShownMeal::Other => Some(Tap::Meal(Meal::Other)),
                });
            });
        });
    });
    on(front, |front| {
        ui.global::<GlucoseScreen>().on_next(move || {
            front.with(|front| {
                front.change(|local| local.glucose_step = (local.glucose_step + 1).min(glucose::LAST_STEP))
            });
        });
    });
    on(front, |front| {
        ui.global::<QuestionScreen>().on_choose(move |place| {
            front.with(|front| {
                let tap = front.see(|_, state| match &state.screen {
                    Screen::Question(step) => question::tap(step, usize::try_from(place).ok()?),
                    Screen::Glucose(_) => usize::try_from(place).ok().map(Tap::Record),
                    Screen::Pressure(PressureStep::Before { told }) => before::tap(*told, usize::try_from(place).ok()?),
                    _ => None,
                });
                front.send_some(tap.flatten());
            });
        });
    });
}

fn outcome(front: &Rc<Front>) {
    taps!(front, ResultScreen {
        on_print => Tap::Print;
        on_take_by_phone => Tap::TakeByPhone;
        on_trend => Tap::Trend;
        on_finish => Tap::Finish;
    });
    taps!(front, SlipScreen {
        on_print => Tap::Print;
        on_show_code => Tap::TakeByPhone;
        on_finish => Tap::Finish;
        on_back => Tap::Back;
    });
    taps!(front, TrendScreen { on_finish => Tap::Finish; on_back => Tap::Back; });
    taps!(front, UrgentScreen {
        on_call_again => Tap::CallAgain;
        on_refuse_repeat => Tap::RefuseRepeat;
        on_close => Tap::CloseUrgent;
        on_print => Tap::Print;
        on_staff => Tap::Staff;
    });
    taps!(front, GoodbyeScreen { on_leave => Tap::Finish; });
    let ui = &front.ui;
    on(front, |front| {
        ui.global::<ResultScreen>().on_read_aloud(move || front.with(Front::read_result));
    });
    on(front, |front| {
        ui.global::<TrendScreen>().on_choose_tab(move |place| {
            front.with(|front| front.change(|local| local.looking = local.looking.to_tab(place)));
        });
    });
    on(front, |front| {
        ui.global::<TrendScreen>().on_choose_period(move |place| {
            front.with(|front| front.change(|local| local.looking = local.looking.to_period(place)));
        });
    });
    on(front, |front| {
        ui.global::<TrendScreen>().on_read_at(move |x| {
            front.with(|front| {
                let day = front.see(|world, state| trend::nearest(world, state, front.local().looking, x)).flatten();
                front.change(|local| local.looking.day = day);
            });
        });
    });
    on(front, |front| {
        ui.global::<TrendScreen>().on_read_next(move |by| {
            front.with(|front| {
                let day = front.see(|world, state| trend::further(world, state, front.local().looking, by)).flatten();
                front.change(|local| local.looking.day = day);
            });
        });
    });
    on(front, |front| {
        ui.global::<UrgentScreen>().on_choose(move |place| {
            front.with(|front| front.send_some(at(&urgent::TILES, place).map(|tile| Tap::Symptom(*tile))));
        });
    });
}

fn desk(front: &Rc<Front>) {
    taps!(front, PinScreen {
        on_delete => Tap::Backspace;
        on_clear => Tap::Clear;
        on_sign_in => Tap::Next;
        on_home => Tap::Back;
    });
    taps!(front, Desk { on_sync_now => Tap::Desk(DeskTap::Sync); on_lock => Tap::Desk(DeskTap::Lock); });
    taps!(front, DecideScreen { on_close => Tap::Desk(DeskTap::Close); });
    let ui = &front.ui;
    on(front, |front| {
        ui.global::<PinScreen>().on_choose(move |place| {
            front.with(|front| front.send_some(usize::try_from(place).ok().map(|at| Tap::Desk(DeskTap::Person(at)))));
        });
    });
    on(front, |front| ui.global::<PinScreen>().on_key(move |key| front.with(|front| keys(front, &key))));
    on(front, |front| {
        ui.global::<QueueScreen>().on_choose_filter(move |place| {
            let filter = at(&queue::FILTERS, place).copied();
            front.with(|front| front.send_some(filter.map(|filter| Tap::Desk(DeskTap::Filter(filter)))));
        });
    });
    on(front, |front| {
        ui.global::<QueueScreen>().on_change_order(move || {
            front.with(|front| front.change(|local| local.oldest_first = !local.oldest_first));
        });
    });
    on(front, |front| {
        ui.global::<QueueScreen>().on_choose(move |row| {
            front.with(|front| {
                let oldest_first = front.local().oldest_first;
                let order = front.see(|_, state| match &state.screen {
                    Screen::Queue(page) => queue::order(state, page, oldest_first),
                    _ => Vec::new(),
                });
                let order = order.unwrap_or_default();
                front.send_some(at(&order, row).map(|place| Tap::Desk(DeskTap::Case(*place))));
            });
        });
    });
    on(front, |front| {
        ui.global::<QueueScreen>().on_decide(move |act| {
            front.with(|front| front.send_some(sheet(act).map(|kind| Tap::Desk(DeskTap::Open(kind)))));
        });
    });
    sheets(front);
}

fn sheets(front: &Rc<Front>) {
    let decide = front.ui.global::<DecideScreen>();
    on(front, |front| {
        decide.on_choose_urgency(move |place| front.with(|front| front.send(Tap::Desk(DeskTap::Toggle(place == 0)))));
    });
    on(front, |front| {
        decide.on_choose_place(move |place| {
            front.with(|front| front.send_some(usize::try_from(place).ok().map(|at| Tap::Desk(DeskTap::Choose(at)))));
        });
    });
    on(front, |front| {
        decide.on_toggle_criterion(move |place| front.with(|front| front.send_some(criterion(front, place))));
    });
    on(front, |front| {
        decide.on_toggle_tick(move |place| {
            let reason = at(&decide::DISMISSALS, place).copied();
            front.with(|front| front.send_some(reason.map(|reason| Tap::Desk(DeskTap::Dismiss(reason)))));
        });
    });
    on(front, |front| {
        decide.on_choose(move |row, option| front.with(|front| front.send_some(choice(front, row, option))));
    });
    on(front, |front| {
        decide.on_confirm(move || {
            front.with(|front| {
                let lang = front.see(|_, state| state.lang).unwrap_or_default();
                let slip = front.see(|world, state| decide::referral(world, state, lang)).flatten();
                front.send(Tap::Desk(slip.map_or(DeskTap::Confirm, DeskTap::Refer)));
            });
        });
    });
    // 不合适: this sheet closes, the one that asks why opens.
    on(front, |front| {
        decide.on_second(move || {
            front.with(|front| {
                front.send(Tap::Desk(DeskTap::Close));
                front.send(Tap::Desk(DeskTap::Open(SheetKind::Dismiss)));
            });
        });
    });
}

/// A criterion past its range cannot be ticked.
fn criterion(front: &Front, place: i32) -> Option<Tap> {
    let place = usize::try_from(place).ok()?;
    let beyond = front.see(|world, state| {
        let Screen::Queue(page) = &state.screen else { return true };
        let row = page.sheet.as_ref().and_then(|sheet| sheet.criteria.get(place));
        match (page.case(&state.desk.cases), row) {
            (Some(case), Some((row, ticked, _))) => !ticked && decide::is_beyond(world, case, row),
            _ => true,
        }
    });
    (beyond == Some(false)).then_some(Tap::Desk(DeskTap::Check(place)))
}

/// A choice of a row: into management on the register's first row, else a date.
fn choice(front: &Front, row: i32, option: i32) -> Option<Tap> {
    let option = usize::try_from(option).ok()?;
    let kind = front.see(|_, state| match &state.screen {
        Screen::Queue(page) => page.sheet.as_ref().map(|sheet| sheet.kind),
        _ => None,
    });
    Some(Tap::Desk(match (kind??, row) {
        (SheetKind::Register, 0) => DeskTap::Toggle(option == 0),
        _ => DeskTap::Choose(option),
    }))
}

fn sheet(act: Act) -> Option<SheetKind> {
    match act {
        Act::Register => Some(SheetKind::Register),
        Act::Refer => Some(SheetKind::Refer),
        Act::FollowUp => Some(SheetKind::FollowUp),
        Act::Retest => Some(SheetKind::Retest),
        Act::Dismiss => Some(SheetKind::Dismiss),
        Act::Undo | Act::Attach | Act::Print => None,
    }
}

/// Keys of a keypad on the screen.
/// A place in a list; one that is none is past its end.
fn index(place: i32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn keys(front: &Front, text: &SharedString) {
    for key in text.chars() {
        front.send(Tap::Key(key));
    }
}

/// Keys of a keyboard work where a keypad is shown, and nowhere else.
fn typed(front: &Front, text: &SharedString) {
    let pad = front.see(|_, state| {
        matches!(
            state.screen,
            Screen::IdPad(_)
                | Screen::Phone(_)
                | Screen::Waist(_)
                | Screen::Entry(_)
                | Screen::Pin(_)
                | Screen::Trend(_)
        )
    });
    if pad != Some(true) {
        return;
    }
    for key in text.chars() {
        match key {
            '\n' | '\r' => front.send(Tap::Next),
            '\u{8}' => front.send(Tap::Backspace),
            '0'..='9' | '.' => front.send(Tap::Key(key)),
            'x' | 'X' => front.send(Tap::Key('X')),
            _ => {}
        }
    }
}

fn at<T>(rows: &[T], place: i32) -> Option<&T> {
    rows.get(usize::try_from(place).ok()?)
}

/// A callback's way back to the front: it must not keep the window alive.
#[derive(Clone)]
struct Back(std::rc::Weak<Front>);

impl Back {
    fn with(&self, act: impl FnOnce(&Front)) {
        if let Some(front) = self.0.upgrade() {
            act(&front);
        }
    }
}

fn on(front: &Rc<Front>, connect: impl FnOnce(Back)) {
    connect(Back(Rc::downgrade(front)));
}
