//! What lies around and over every screen: top bar, overlay, notice.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{Level, NoticeView, OverlayKind, OverlayView, TopBarView};
use slint::SharedString;

use super::glucose::level_line;
use super::idle::device;
use super::note::not_saved;
use super::say::{Say, clock, fraction};
use crate::kiosk::letters::legible;
use crate::model::device::PrintTrouble;
use crate::model::{Subject, Value};
use crate::session::{Notice, Overlay, PhonePad, PressureStep, Screen, State, Who, World};

/// The top bar. A name only masked, and only from R04 on (ux.md P1).
pub fn bar(world: &World, state: &State, lang: Lang) -> TopBarView {
    let say = Say(lang);
    let machine = say.fill(words::APP_MACHINE, &[("n", &world.station.machine.to_string())]);
    let (person, tail) = person(state, say);
    TopBarView {
        station: say.fill(words::APP_STATION, &[("station", say.station(&world.station)), ("machine", &machine)]),
        clock: clock(&state.now),
        person,
        tail,
    }
}

fn person(state: &State, say: Say) -> (SharedString, SharedString) {
    let chip = |who: &Who| match who.masked() {
        name if name.is_empty() => (say.tail(who.last_four()), "".into()),
        name => (legible(&name), say.tail(who.last_four())),
    };
    match (&state.screen, &state.visit) {
        (Screen::Urgent(page), _) if page.hidden => Default::default(),
        (Screen::Pin(_) | Screen::Queue(_) | Screen::Goodbye(_), _) => Default::default(),
        (Screen::Consent(form), _) => chip(&form.who),
        (Screen::Phone(PhonePad { leave: Some(form), .. }), _) => chip(&form.who),
        (_, Some(visit)) => match visit.subject {
            Subject::Guest(guest) => (say.fill(words::GUEST_SLIP, &[("n", &guest.slip.to_string())]), "".into()),
            Subject::Resident(_) => chip(&visit.who),
        },
        _ => Default::default(),
    }
}

/// What lies over the screen.
pub fn overlay(world: &World, state: &State, lang: Lang) -> OverlayView {
    let say = Say(lang);
    if state.shows_call() {
        return call(world, state, say);
    }
    match &state.overlay {
        None => OverlayView::default(),
        Some(Overlay::StillThere { left }) => still(state, say, *left),
        Some(Overlay::OtherCard { .. }) => {
            let name = name(state);
            OverlayView {
                kind: OverlayKind::OtherCard,
                title: say.text(words::OTHER_TITLE),
                text: if name.is_empty() {
                    say.text(words::OTHER_TEXT_GUEST)
                } else {
                    say.fill(words::OTHER_TEXT, &[("name", &name)])
                },
                ..OverlayView::default()
            }
        }
    }
}

fn call(world: &World, state: &State, say: Say) -> OverlayView {
    OverlayView {
        kind: OverlayKind::CallingStaff,
        title: say.text(words::CALL_TITLE),
        text: say.text(if state.rings() { words::CALL_TEXT } else { words::CALL_MUTE }),
        phone_label: if world.station.phone.is_empty() { "".into() } else { say.text(words::CALL_PHONE) },
        phone: world.station.phone.as_str().into(),
        ..OverlayView::default()
    }
}

fn name(state: &State) -> SharedString {
    let name = match (&state.visit, &state.screen) {
        (Some(visit), _) => visit.who.masked(),
        (None, Screen::Consent(form)) => form.who.masked(),
        (None, Screen::Phone(PhonePad { leave: Some(form), .. })) => form.who.masked(),
        _ => String::new(),
    };
    legible(&name)
}

fn still(state: &State, say: Say, left: u32) -> OverlayView {
    let name = name(state);
    let measures = matches!(
        state.screen,
        Screen::Choose
            | Screen::Pressure(_)
            | Screen::Body(_)
            | Screen::Waist(_)
            | Screen::Meal(_)
            | Screen::Glucose(_)
    );
    let kept = state.visit.as_ref().is_some_and(|visit| !visit.taken.is_empty());
    let kept = kept && state.all_saved();
    OverlayView {
        kind: if measures && !name.is_empty() { OverlayKind::StillYou } else { OverlayKind::StillThere },
        title: if measures && !name.is_empty() {
            say.fill(words::COMMON_STILL_YOU, &[("name", &name)])
        } else {
            say.text(words::COMMON_STILL)
        },
        text: say.text(if kept { words::COMMON_STILL_TEXT } else { words::COMMON_STILL_TEXT_GUEST }),
        seconds: left.to_string().into(),
        left: fraction(left.into(), WARNING_S),
        ..OverlayView::default()
    }
}

/// The banner above the action bar.
pub fn notice(state: &State, lang: Lang) -> NoticeView {
    let say = Say(lang);
    if let Some((_, why)) = state.not_saved {
        let staff = matches!(state.screen, Screen::Pin(_) | Screen::Queue(_));
        let values = unsaved(state, say);
        let text = match values.as_str() {
            _ if staff => not_saved(say, why),
            "" => say.text(words::ERR_NOT_SAVED),
            values => say.fill(words::ERR_NOT_SAVED_VALUE, &[("value", values)]),
        };
        return NoticeView { level: Level::High, text, action: "".into() };
    }
    match (&state.screen, state.notice) {
        // It says so in its own place.
        (Screen::Pressure(PressureStep::Rest { .. } | PressureStep::Between { .. }), Some(Notice::TooEarly)) => {
            NoticeView::default()
        }
        (_, Some(notice)) => told(state, say, notice),
        (_, None) => NoticeView::default(),
    }
}

/// The values that are not kept, so that they can be written down (R9). A red page that hides its number hides it here.
fn unsaved(state: &State, say: Say) -> String {
    if matches!(&state.screen, Screen::Urgent(page) if page.hidden) {
        return String::new();
    }
    let unit = |number: String, unit: Key| format!("{number} {}", say.text(unit)).into();
    let values: Vec<SharedString> = state
        .unsaved()
        .map(|value| match value {
            Value::Pressure { pressure, .. } => {
                unit(format!("{}/{}", pressure.systolic, pressure.diastolic), words::UNIT_MMHG)
            }
            Value::Height(height) | Value::Waist(height) => unit(height.to_string(), words::UNIT_CM),
            Value::Weight(weight) => unit(weight.to_string(), words::UNIT_KG),
            Value::Glucose { level, .. } => level_line(say, *level).into(),
            Value::Spo2(spo2) => unit(spo2.to_string(), words::UNIT_PERCENT),
            Value::Temperature(celsius) => unit(celsius.to_string(), words::UNIT_CELSIUS),
            Value::Lipid { level, .. } => unit(level.to_string(), words::UNIT_MMOL),
            Value::Airflow(ratio) => ratio.to_string().into(),
            Value::OccultBlood(positive) => {
                say.text(if *positive { words::OTHERS_POSITIVE } else { words::OTHERS_NEGATIVE })
            }
        })
        .collect();
    say.list(&values)
}

fn told(state: &State, say: Say, notice: Notice) -> NoticeView {
    let line = |level: Level, text: SharedString| NoticeView { level, text, action: "".into() };
    // These say it in their own place.
    let own_place = matches!(
        state.screen,
        Screen::Identify | Screen::IdPad(_) | Screen::Body(_) | Screen::Waist(_) | Screen::Others(_) | Screen::Entry(_)
    );
    match notice {
        Notice::CardAgain
        | Notice::CardTyped
        | Notice::CardExpired
        | Notice::ScanNow
        | Notice::CodeUnknown
        | Notice::AskDesk
        | Notice::Implausible
        | Notice::FarFromLast
        | Notice::StillMeasuring
            if own_place =>
        {
            NoticeView::default()
        }
        Notice::CardAgain => line(Level::Info, say.text(words::HOME_AGAIN)),
        Notice::CardTyped => line(Level::Info, say.text(words::HOME_USE_PAD)),
        Notice::CardExpired => line(Level::Info, say.text(words::HOME_EXPIRED)),
        Notice::ScanNow => line(Level::Info, say.text(words::HOME_QR_MORE)),
        Notice::CodeUnknown => line(Level::Info, say.text(words::HOME_NOT_FOUND)),
        Notice::AskDesk => line(Level::Info, say.text(words::HOME_ASK_DESK)),
        Notice::DeviceMissing(role) => {
            line(Level::Watch, say.fill(words::CHOOSE_OFFLINE, &[("device", &say.text(device(role)))]))
        }
        Notice::TooEarly => line(Level::Watch, say.text(words::MEAS_TOO_EARLY)),
        Notice::Implausible => line(Level::Watch, say.text(words::ERR_IMPLAUSIBLE)),
        Notice::StillMeasuring => line(Level::Info, say.text(words::OTHERS_TYPE_LATER)),
        Notice::FarFromLast => line(Level::Watch, say.text(words::BODY_DIFFERS)),
        Notice::MonitorBroken => line(Level::Watch, say.text(words::ERR_FAULT)),
        Notice::NotMeasured => line(Level::Watch, say.text(words::ERR_NOT_MEASURED)),
        Notice::MonitorLost => line(Level::Watch, say.text(words::ERR_LOST)),
        Notice::AskStaff(role) => {
            line(Level::Watch, say.fill(words::ERR_ASK_STAFF, &[("device", &say.text(device(role)))]))
        }
        Notice::Stopped => line(Level::Info, say.text(words::MEAS_STOPPED)),
        Notice::StaffComing => line(Level::Ok, say.text(words::CALL_COMING)),
        Notice::Printing => line(Level::Info, say.text(words::PRINT_PRINTING)),
        Notice::Printed(Ok(())) => line(Level::Ok, say.text(words::PRINT_DONE)),
        Notice::Printed(Err(trouble)) => {
            let key = match trouble {
                PrintTrouble::NoPaper => words::PRINT_NOPAPER_STAFF,
                PrintTrouble::CoverOpen => words::PRINT_COVER_STAFF,
                PrintTrouble::Gone => words::PRINT_GONE_STAFF,
            };
            line(Level::Watch, say.text(key))
        }
        Notice::ResidentBusy => line(Level::Info, say.text(words::PIN_BUSY)),
    }
}

/// Seconds of warning before the session ends (ux.md 9).
const WARNING_S: u64 = 20;
