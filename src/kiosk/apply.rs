//! From the state to the window: sets only what changed since the last state.

use hut_ui::words::{self, Lang};
use hut_ui::{
    App, BetweenScreen, BodyScreen, ChooseScreen, ConfirmScreen, ConsentScreen, CuffScreen, DecideScreen, Desk,
    EntryScreen, FaultScreen, GlucoseContextScreen, GlucoseScreen, GoodbyeScreen, GuestScreen, HutWindow, IdPadScreen,
    IdentifyScreen, IdleScreen, MeasuringScreen, OthersScreen, PinScreen, PostureScreen, QuestionScreen, QueueScreen,
    RestScreen, ResultScreen, ScreenId, SlipScreen, TrendScreen, UrgentScreen, WaistScreen,
};
use slint::ComponentHandle;

use super::settle::{Settle, settle_case};
use super::views;
use super::views::trend::Looking;
use crate::session::{PressureStep, Screen, State, TrendLock, World};

/// What only the screens remember: where on a page somebody is. Nothing of it is kept or decided upon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Local {
    /// R16: the step with the strip.
    pub glucose_step: i32,
    /// R21: tab and period.
    pub looking: Looking,
    /// D02: the longest waiting first.
    pub oldest_first: bool,
    /// R11: the cuff was filling when last heard.
    pub rising: bool,
}

impl Local {
    /// Follows from one state to the next: a new screen begins anew.
    pub fn follow(&mut self, before: Option<&State>, after: &State) {
        let Some(before) = before else { return };
        if before.screen.id() != after.screen.id() {
            *self = Self { rising: true, ..Self::default() };
        }
        if let (Some(earlier), Some(later)) = (cuff(before), cuff(after))
            && earlier != later
        {
            self.rising = later > earlier;
        }
    }
}

fn cuff(state: &State) -> Option<u16> {
    match &state.screen {
        Screen::Pressure(PressureStep::Measuring { cuff, .. }) => *cuff,
        _ => None,
    }
}

/// The steps of 大字 (ux.md 3.2).
pub const TEXT_SCALES: [f32; 3] = [1.0, 1.35, 1.7];

/// Sets a view that differs from the one shown.
macro_rules! set {
    ($global:expr, $get:ident, $set:ident, $view:expr) => {{
        let global = $global;
        let (mut new, old) = ($view, global.$get());
        new.settle(&old);
        if new != old {
            global.$set(new);
        }
    }};
}

/// Sets the view of one screen.
macro_rules! show {
    ($ui:expr, $screen:ident, $view:expr) => {
        set!($ui.global::<$screen>(), get_view, set_view, $view)
    };
}

/// Shows a state.
pub fn apply(ui: &HutWindow, world: &World, state: &State, local: &Local, lang: Lang) {
    let app = ui.global::<App>();
    app.set_lang(lang.index());
    app.set_next_language(words::text(lang.next(), words::LANG_SHORT).into());
    app.set_text_scale(text_scale(state));
    app.set_voice_on(state.voice);
    let mut front = screen(ui, world, state, local, lang);
    if app.get_screen() != front {
        // What a page that has gone showed stays in no view: the next person may come without R01 in between.
        wipe(ui);
        front = screen(ui, world, state, local, lang);
    }
    set!(ui.global::<App>(), get_top, set_top, views::top::bar(world, state, lang));
    set!(ui.global::<App>(), get_notice, set_notice, views::top::notice(state, lang));
    set!(ui.global::<App>(), get_overlay, set_overlay, views::top::overlay(world, state, lang));
    app.set_screen(front);
}

/// The step that the resident chose; staff's screens keep to the first.
fn text_scale(state: &State) -> f32 {
    let step = if state.screen.is_staffs() { 0 } else { usize::from(state.large_text) };
    TEXT_SCALES[step.min(TEXT_SCALES.len() - 1)]
}

/// Shows that the client is out of service.
pub fn apply_fault(ui: &HutWindow, world: &World, lang: Lang) {
    let app = ui.global::<App>();
    app.set_lang(lang.index());
    app.set_top(views::fault::top(&world.station, lang));
    show!(ui, FaultScreen, views::fault::view(&world.station, lang));
    app.set_screen(ScreenId::Fault);
}

/// Sets the view of the screen in front and says which that is.
fn screen(ui: &HutWindow, world: &World, state: &State, local: &Local, lang: Lang) -> ScreenId {
    match &state.screen {
        Screen::Idle => {
            show!(ui, IdleScreen, views::idle::view(world, state, lang));
            ScreenId::Idle
        }
        Screen::Identify => {
            // An upright panel has the tip above.
            show!(ui, IdleScreen, views::idle::view(world, state, lang));
            show!(ui, IdentifyScreen, views::identify::view(world, state, lang));
            ScreenId::Identify
        }
        Screen::IdPad(pad) => {
            show!(ui, IdPadScreen, views::id_pad::view(state, pad, lang));
            ScreenId::IdPad
        }
        Screen::Phone(pad) => {
            show!(ui, IdPadScreen, views::id_pad::phone_view(pad, lang));
            ScreenId::IdPad
        }
        Screen::Guest(form) => {
            show!(ui, GuestScreen, views::guest::view(form, lang));
            ScreenId::Guest
        }
        Screen::Confirm(candidate) => {
            show!(ui, ConfirmScreen, views::confirm::view(candidate, lang));
            ScreenId::Confirm
        }
        Screen::Consent(form) => {
            show!(ui, ConsentScreen, views::consent::view(world, state, form, lang));
            ScreenId::Consent
        }
        Screen::Choose => {
            show!(ui, ChooseScreen, views::choose::view(world, state, lang));
            ScreenId::Choose
        }
        Screen::Pressure(step) => pressure(ui, world, state, step, local, lang),
        Screen::Body(step) => {
            show!(ui, BodyScreen, views::body::view(world, state, step, lang));
            ScreenId::Body
        }
        Screen::Waist(form) => {
            show!(ui, WaistScreen, views::waist::view(state, form, lang));
            ScreenId::Waist
        }
        Screen::Meal(form) => {
            show!(ui, GlucoseContextScreen, views::glucose_context::view(world, state, form, lang));
            ScreenId::GlucoseContext
        }
        Screen::Glucose(step) if step.found.len() > 1 => {
            show!(ui, QuestionScreen, views::glucose::records_view(step, lang));
            ScreenId::Question
        }
        Screen::Glucose(step) => {
            show!(ui, GlucoseScreen, views::glucose::view(state, step, local.glucose_step, lang));
            ScreenId::Glucose
        }
        Screen::Others(step) => {
            show!(ui, OthersScreen, views::others::view(world, state, step, lang));
            ScreenId::Others
        }
        Screen::Entry(form) => {
            show!(ui, EntryScreen, views::entry::view(world, state, form, lang));
            ScreenId::Entry
        }
        Screen::Question(step) => {
            show!(ui, QuestionScreen, views::question::view(state, step, lang));
            ScreenId::Question
        }
        Screen::Result(page) => {
            show!(ui, ResultScreen, views::result::view(world, state, page, lang));
            ScreenId::Result
        }
        Screen::Trend(page) if state.trend_lock(world, page) == TrendLock::AskPhone => {
            show!(ui, IdPadScreen, views::id_pad::code_view(page, page.tries_left(), lang));
            ScreenId::IdPad
        }
        Screen::Trend(page) => {
            show!(ui, TrendScreen, views::trend::view(world, state, page, local.looking, lang));
            ScreenId::Trend
        }
        Screen::Slip(page) => {
            let before = ui.global::<SlipScreen>().get_view();
            show!(ui, SlipScreen, views::slip::view(state, page, &before, lang));
            ScreenId::Slip
        }
        Screen::Urgent(page) => {
            show!(ui, UrgentScreen, views::urgent::view(world, state, page, lang));
            ScreenId::Urgent
        }
        Screen::Goodbye(page) => {
            show!(ui, GoodbyeScreen, views::goodbye::view(state, page, lang));
            ScreenId::Goodbye
        }
        Screen::Pin(form) => {
            show!(ui, PinScreen, views::pin::view(state, form, lang));
            ScreenId::Pin
        }
        Screen::Queue(page) => {
            show!(ui, Desk, views::desk::view(world, state, lang));
            queue(ui, views::queue::view(world, state, page, local.oldest_first, lang));
            match views::decide::view(world, state, page, lang) {
                Some(view) => {
                    show!(ui, DecideScreen, view);
                    ScreenId::Decide
                }
                None => ScreenId::Queue,
            }
        }
    }
}

fn pressure(ui: &HutWindow, world: &World, state: &State, step: &PressureStep, local: &Local, lang: Lang) -> ScreenId {
    match step {
        PressureStep::Before { told } => {
            show!(ui, QuestionScreen, views::before::view(*told, lang));
            ScreenId::Question
        }
        PressureStep::Cuff { .. } => {
            show!(ui, CuffScreen, views::cuff::view(world, state, step, lang));
            ScreenId::Cuff
        }
        PressureStep::Posture => {
            show!(ui, PostureScreen, views::posture::view(world, state, lang));
            ScreenId::Posture
        }
        PressureStep::Rest { since } => {
            show!(ui, RestScreen, views::rest::view(world, state, *since, lang));
            ScreenId::Rest
        }
        PressureStep::Measuring { .. } | PressureStep::Stopped => {
            show!(ui, MeasuringScreen, views::measuring::view(world, state, step, local.rising, lang));
            ScreenId::Measuring
        }
        PressureStep::Between { .. } => {
            show!(ui, BetweenScreen, views::between::view(world, state, step, lang));
            ScreenId::Between
        }
    }
}

fn queue(ui: &HutWindow, mut new: hut_ui::QueueView) {
    let global = ui.global::<QueueScreen>();
    let old = global.get_view();
    new.settle(&old);
    settle_case(&mut new.case, &old.case);
    if new != old {
        global.set_view(new);
    }
}

/// Nothing personal outlives its page (ux.md P7): every view is empty again.
fn wipe(ui: &HutWindow) {
    macro_rules! empty {
        ($($screen:ident)*) => {$(ui.global::<$screen>().set_view(Default::default());)*};
    }
    empty! {
        IdleScreen IdentifyScreen IdPadScreen GuestScreen ConfirmScreen ConsentScreen ChooseScreen CuffScreen PostureScreen
        RestScreen MeasuringScreen BetweenScreen BodyScreen WaistScreen GlucoseContextScreen GlucoseScreen OthersScreen
        EntryScreen QuestionScreen ResultScreen TrendScreen SlipScreen UrgentScreen GoodbyeScreen PinScreen Desk QueueScreen
        DecideScreen
    }
}
