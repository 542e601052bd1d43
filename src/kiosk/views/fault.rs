//! Out of service: what is wrong, and where to go.

use hut_ui::words::{self, Lang};
use hut_ui::{FaultView, Level};

use super::say::Say;
use crate::model::Station;

/// Why the client cannot serve residents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No device can be used.
    Devices,
    /// Records cannot be kept; the code is for the station keeper.
    Store(String),
    /// The clock is impossible.
    Clock,
}

/// What the page shows.
pub fn view(station: &Station, fault: &Fault, lang: Lang) -> FaultView {
    let say = Say(lang);
    let (title, text, code) = match fault {
        Fault::Devices => (words::FAULT_TITLE, words::FAULT_TEXT, None),
        Fault::Store(code) => (words::FAULT_STORE, words::FAULT_STORE_TEXT, Some(code)),
        Fault::Clock => (words::FAULT_TITLE, words::FAULT_CLOCK, None),
    };
    FaultView {
        level: Level::Watch,
        title: say.text(title),
        text: say.text(text),
        phone: station.phone.as_str().into(),
        code: code.map(|code| say.fill(words::FAULT_CODE, &[("code", code)])).unwrap_or_default(),
        action: "".into(),
    }
}
