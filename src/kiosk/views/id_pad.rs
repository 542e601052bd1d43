//! R03: the citizen number, and the phone number with its birthday, of which only the group in hand can be read; and the
//! four digits that open R21.

use hut_ui::words::{self, Lang};
use hut_ui::{IdPadView, Level, PadGroup, PadKind};

use super::say::{Say, model};
use crate::model::IdNumberFault;
use crate::session::{IdPad, Notice, PhonePad, State, TrendPage};

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
    let (note, note_level) = match state.notice {
        _ if !pad.typed.0.is_empty() => (note, note_level),
        Some(Notice::CardTyped) => (say.text(words::HOME_USE_PAD), Level::Watch),
        _ => ("".into(), Level::Info),
    };
    IdPadView {
        kind: PadKind::IdNumber,
        groups: model(groups(&pad.typed.0, &ID_GROUPS, checked.is_ok())),
        note,
        note_level,
        ready: checked.is_ok(),
    }
}

/// What R03a shows: the number, then the birthday.
pub fn phone_view(pad: &PhonePad, lang: Lang) -> IdPadView {
    let say = Say(lang);
    let (kind, typed, sizes) = match &pad.birthday {
        None => (PadKind::Phone, &pad.phone.0, &PHONE_GROUPS[..]),
        Some(birthday) => (PadKind::Birthday, &birthday.0, &BIRTHDAY_GROUPS[..]),
    };
    let left = sizes.iter().sum::<usize>() - typed.len();
    let (note, note_level) = match left {
        _ if pad.missed => (say.text(words::HOME_NOT_FOUND), Level::Watch),
        _ if typed.is_empty() => ("".into(), Level::Info),
        0 if pad.ready() || pad.waiting => (say.text(words::PHONE_OK), Level::Ok),
        0 if kind == PadKind::Birthday => (say.text(words::ID_DATE), Level::High),
        0 => (say.text(words::ID_CHECK), Level::High),
        left => (say.fill(words::ID_LEN, &[("n", &left.to_string())]), Level::Info),
    };
    // A birthday is read again as it was typed; a wrong number stays to be mended.
    let accepted = kind == PadKind::Phone && pad.ready();
    IdPadView { kind, groups: model(groups(typed, sizes, accepted)), note, note_level, ready: pad.ready() }
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
        let hidden = past || (done && accepted);
        let text = if hidden { "" } else { &typed[typed.len().min(begin)..][..here] };
        let current = typed.len() >= begin && typed.len() < begin + size;
        let dots = if hidden { here as i32 } else { 0 };
        groups.push(PadGroup { text: text.into(), dots, empty: (size - here) as i32, current });
        begin += size;
    }
    groups
}

const ID_GROUPS: [usize; 3] = [6, 8, 4];
const PHONE_GROUPS: [usize; 3] = [3, 4, 4];
const BIRTHDAY_GROUPS: [usize; 2] = [2, 2];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(typed: &str) -> Vec<(String, i32, bool)> {
        let dots = |group: &PadGroup| "●".repeat(group.dots as usize);
        groups(typed, &ID_GROUPS, true)
            .into_iter()
            .map(|group| (format!("{}{}", dots(&group), group.text), group.empty, group.current))
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
