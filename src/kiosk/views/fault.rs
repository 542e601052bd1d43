//! Out of service: what is wrong, and where to go.

use hut_ui::words::{self, Lang};
use hut_ui::{FaultView, Level};

use super::note::not_saved;
use super::say::Say;
use crate::model::{NotSaved, Station};

/// Why the client cannot serve residents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No device can be used.
    Devices,
    /// Records cannot be kept; why is for the station keeper.
    Store(NotSaved),
    /// The clock is impossible.
    Clock,
}

/// What the page shows.
pub fn view(station: &Station, fault: &Fault, lang: Lang) -> FaultView {
    let say = Say(lang);
    let (title, text, why) = match fault {
        Fault::Devices => (words::FAULT_TITLE, words::FAULT_TEXT, None),
        Fault::Store(why) => (words::FAULT_STORE, words::FAULT_STORE_TEXT, Some(*why)),
        Fault::Clock => (words::FAULT_TITLE, words::FAULT_CLOCK, None),
    };
    FaultView {
        level: Level::Watch,
        title: say.text(title),
        text: say.text(text),
        phone: station.phone.as_str().into(),
        code: why.map(|why| say.fill(words::FAULT_CODE, &[("code", &not_saved(say, why))])).unwrap_or_default(),
        action: "".into(),
    }
}
