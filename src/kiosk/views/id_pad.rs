//! R03b: the citizen number, of which only the group in hand can be read; and the four digits that open R21.

use hut_ui::words::{self, Lang};
use hut_ui::{IdPadView, Level, PadGroup, PadKind};

use super::say::{Say, model};
use crate::model::IdNumberFault;
use crate::session::{IdPad, State, TrendPage};

/// What R03b shows.
pub fn view(state: &State, pad: &IdPad, lang: Lang) -> IdPadView {
    let say = Say(lang);
    let checked = pad.check(state.now.day());
    let (note, note_level) = match &checked {
        Ok(_) => (say.text(words::ID_OK), Level::Ok),
        Err(IdNumberFault::Short(left)) => (say.fill(words::ID_LEN, &[("n", &left.to_string())]), Level::Info),
        Err(IdNumberFault::BirthDate) => (say.text(words::ID_DATE), Level::High),
        // Never says which digit is right.
        Err(IdNumberFault::Check | IdNumberFault::Malformed) => (say.text(words::ID_CHECK_LAST), Level::High),
    };
    let note = if pad.typed.0.is_empty() { "".into() } else { note };
    IdPadView {
        kind: PadKind::IdNumber,
        groups: model(groups(&pad.typed.0, &ID_GROUPS, checked.is_ok())),
        note,
        note_level,
        ready: checked.is_ok(),
    }
}

/// What stands in front of R21 until its second fact is given (ux.md P14).
pub fn code_view(page: &TrendPage, tries: u8, lang: Lang) -> IdPadView {
    let say = Say(lang);
    let wrong = page.wrong > 0;
    IdPadView {
        kind: PadKind::Code,
        groups: model(groups(&page.typed.0, &[4], true)),
        note: if wrong { say.fill(words::PHONE_WRONG, &[("n", &tries.to_string())]) } else { "".into() },
        note_level: if wrong { Level::High } else { Level::Info },
        // The fourth digit is the answer.
        ready: false,
    }
}

/// The digits in hand, and dots for the groups before (ux.md P2); for the last one when nothing is left to look at.
fn groups(typed: &str, sizes: &[usize], accepted: bool) -> Vec<PadGroup> {
    let mut begin = 0;
    let mut groups = Vec::with_capacity(sizes.len());
    for size in sizes {
        let here = typed.len().saturating_sub(begin).min(*size);
        let past = here == *size && typed.len() > begin + size;
        let done = here == *size && sizes.iter().sum::<usize>() == typed.len();
        let text = if past || (done && accepted) {
            "●".repeat(here)
        } else {
            typed[typed.len().min(begin)..][..here].to_owned()
        };
        let current = typed.len() >= begin && typed.len() < begin + size;
        groups.push(PadGroup { text: text.into(), empty: (size - here) as i32, current });
        begin += size;
    }
    groups
}

const ID_GROUPS: [usize; 3] = [6, 8, 4];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(typed: &str) -> Vec<(String, i32, bool)> {
        groups(typed, &ID_GROUPS, true)
            .into_iter()
            .map(|group| (group.text.into(), group.empty, group.current))
            .collect()
    }

    #[test]
    fn only_the_group_in_hand_can_be_read() {
        assert_eq!(shown(""), [("".into(), 6, true), ("".into(), 8, false), ("".into(), 4, false)]);
        assert_eq!(shown("99990"), [("99990".into(), 1, true), ("".into(), 8, false), ("".into(), 4, false)]);
        assert_eq!(shown("99990119"), [("●●●●●●".into(), 0, false), ("19".into(), 6, true), ("".into(), 4, false)]);
        assert_eq!(
            shown("999901195202290014"),
            [("●●●●●●".into(), 0, false), ("●●●●●●●●".into(), 0, false), ("●●●●".into(), 0, false)]
        );
    }
}
