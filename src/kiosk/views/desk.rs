//! The frame of the staff's screens: place, line, who is signed in.

use chrono::DateTime;
use hut_ui::words::{self, Lang};
use hut_ui::{DeskRoom, DeskView, Level};
use slint::SharedString;

use super::pin::role;
use super::say::{Say, clock, minutes};
use crate::model::Note;
use crate::model::note::Blame;
use crate::session::{State, World};

/// What stands around D02 and D03.
pub fn view(world: &World, state: &State, lang: Lang) -> DeskView {
    let say = Say(lang);
    let member = state.desk.signed_in.as_ref().map(|(member, _)| member);
    let (line_level, line) = line(state, say);
    let cases = state.desk.cases.len();
    DeskView {
        place: say
            .fill(words::APP_PLACE, &[("station", say.station(&world.station)), ("desk", &say.text(words::APP_DESK))]),
        line,
        line_level,
        online: state.online == Some(true),
        syncing: state.syncing,
        can_sync: state.online.is_some(),
        user: member.map(|member| member.name.as_str()).unwrap_or_default().into(),
        role: member.map(|member| say.text(role(&member.role))).unwrap_or_default(),
        lock_left: minutes(state.desk.locks_in(state.now, state.touched)),
        room: DeskRoom::Queue,
        queue_badge: if cases == 0 { "".into() } else { cases.to_string().into() },
        follow_up_badge: "".into(),
        admin: member.is_some_and(|member| member.role == "admin"),
    }
}

/// Offline is amber after a day, never red; what the platform refused comes first (ux.md D07).
fn line(state: &State, say: Say) -> (Level, SharedString) {
    let waiting = state.outbox.waiting.iter().sum::<u32>().to_string();
    let refused = state.outbox.refused.len();
    let tried = state.tried.map(|tried| clock(&tried)).unwrap_or_default();
    let k = [("k", waiting.as_str()), ("time", tried.as_str())];
    match state.online {
        _ if refused > 0 => (Level::Watch, say.fill(words::DOC_REFUSED, &[("n", &refused.to_string())])),
        None => (Level::Info, say.fill(words::DOC_NO_PLATFORM, &k)),
        Some(true) if waiting == "0" => (Level::Ok, all_sent(state, say, &tried)),
        Some(true) => (Level::Ok, say.fill(words::DOC_ONLINE, &k)),
        Some(false) => match (state.hindrance.as_ref().map(Note::blame), days_offline(state)) {
            (Some(Blame::SetUp), _) => (Level::Watch, say.fill(words::DOC_SET_UP_TROUBLE, &k)),
            (Some(Blame::Platform), 0) => (Level::Info, say.fill(words::DOC_PLATFORM_TROUBLE, &k)),
            (Some(Blame::Platform), _) => (Level::Watch, say.fill(words::DOC_PLATFORM_TROUBLE, &k)),
            (_, 0) => (Level::Info, say.fill(words::DOC_OFFLINE_TODAY, &k)),
            (_, days) => {
                let days = days.to_string();
                (Level::Watch, say.fill(words::DOC_OFFLINE, &[("n", &days), ("k", &waiting), ("time", &tried)]))
            }
        },
    }
}

/// Everything that may go has gone; when the platform was asked last, and what stays here by the residents' will.
fn all_sent(state: &State, say: Say, tried: &str) -> SharedString {
    match state.outbox.kept_back {
        0 => say.fill(words::DOC_ALL_SENT, &[("time", tried)]),
        kept => say.fill(words::DOC_ALL_SENT_KEPT, &[("time", tried), ("n", &kept.to_string())]),
    }
}

/// Whole days since the platform took something last, or since the oldest unit waits.
fn days_offline(state: &State) -> i64 {
    let last = state.outbox.last_success.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let since_success = last.map(|last| (state.now.wall - last).num_days());
    let since_oldest = state.outbox.oldest_waiting_s.map(|seconds| (seconds / 86_400) as i64);
    since_success.or(since_oldest).unwrap_or(0).max(0)
}
