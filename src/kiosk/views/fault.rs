//! Out of service: the records cannot be opened, so nobody is served. Nothing on the page can be touched.

use hut_ui::words::{self, Lang};
use hut_ui::{FaultView, TopBarView};

use super::say::Say;
use crate::model::Station;

/// What the page shows; since nobody can switch the language, the title stands in both.
pub fn view(station: &Station, lang: Lang) -> FaultView {
    let say = Say(lang);
    let titles = Lang::ALL.map(|lang| words::text(lang, words::FAULT_STORE));
    FaultView {
        title: titles.join("\n").into(),
        text: say.text(words::FAULT_STORE_TEXT),
        phone: station.phone.as_str().into(),
        code: say.fill(words::FAULT_CODE, &[("code", &say.text(words::FAULT_CLOSED))]),
    }
}

/// The top bar over it.
pub fn top(station: &Station, lang: Lang) -> TopBarView {
    TopBarView { station: Say(lang).station(station).into(), ..TopBarView::default() }
}
