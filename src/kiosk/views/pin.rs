//! D01: a tile, then the PIN. Surnames only.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{Level, PinView, StaffTile};
use slint::SharedString;

use super::say::{Say, model};
use crate::model::resident::masked;
use crate::session::State;
use crate::session::doctor::{PIN_LENGTH, PinForm, PinRefusal, StaffMember};

/// What D01 shows.
pub fn view(state: &State, form: &PinForm, lang: Lang) -> PinView {
    let say = Say(lang);
    let (waiting, urgent) = state.desk.waiting;
    let hindrance = form.hindrance(state.now);
    let (warning_level, warning) = match hindrance {
        None => (Level::None, SharedString::default()),
        Some(PinRefusal::Wrong { tries_left }) => {
            (Level::Watch, say.fill(words::PIN_WRONG, &[("n", &tries_left.to_string())]))
        }
        Some(PinRefusal::Locked { seconds }) => {
            (Level::High, say.fill(words::PIN_COOLDOWN, &[("s", &seconds.to_string())]))
        }
        Some(PinRefusal::Supervisor) => (Level::High, say.text(words::PIN_LOCKED_DAY)),
        Some(PinRefusal::Unavailable) => (Level::High, say.text(words::PIN_UNAVAILABLE)),
    };
    let entered = form.typed.0.len();
    let shut = matches!(hindrance, Some(PinRefusal::Locked { .. } | PinRefusal::Supervisor));
    let ready = form.person.is_some() && entered >= PIN_LENGTH && !form.checking && !shut;
    PinView {
        staff: model(tiles(say, &state.desk.staff, form.person)),
        entered: entered as i32,
        places: entered.max(PIN_LENGTH) as i32,
        warning,
        warning_level,
        waiting: match (waiting, urgent) {
            (0, _) => say.text(words::PIN_NOTHING),
            (n, 0) => say.fill(words::PIN_WAITING, &[("n", &n.to_string())]),
            (n, _) => say.fill(words::PIN_WAITING_WITH, &[("n", &n.to_string())]),
        },
        urgent: if urgent == 0 { "".into() } else { say.fill(words::PIN_URGENT, &[("n", &urgent.to_string())]) },
        button: button(say, form, entered),
        ready,
        leaves: match state.leaves_in() {
            Some(left) if form.urgent.is_none() => {
                let more = say.fill(words::PIN_IDLE_MORE, &[("s", &left.to_string())]);
                slint::format!("{}\n{more}", say.text(words::PIN_IDLE))
            }
            _ => SharedString::default(),
        },
        locked: form.urgent.is_some(),
    }
}

fn button(say: Say, form: &PinForm, entered: usize) -> SharedString {
    match form.person {
        None => say.text(words::PIN_CHOOSE),
        Some(_) if form.checking => say.text(words::PIN_CHECKING),
        Some(_) if entered < PIN_LENGTH => say.fill(words::PIN_DIGITS, &[("n", &(PIN_LENGTH - entered).to_string())]),
        Some(_) => say.text(words::PIN_SIGN_IN),
    }
}

fn tiles(say: Say, staff: &[StaffMember], chosen: Option<usize>) -> Vec<StaffTile> {
    let tile = |(place, member): (usize, &StaffMember)| StaffTile {
        initial: member.name.chars().take(1).collect::<String>().into(),
        name: unmistakable(say, staff, member),
        role: match member.role.as_str() {
            "doctor" => say.text(words::PIN_VILLAGE),
            other => say.text(role(other)),
        },
        chosen: chosen == Some(place),
    };
    staff.iter().take(MOST_TILES).enumerate().map(tile).collect()
}

/// As short as tells this one from the others: 李医生, else 李*国医生, else the full name.
fn unmistakable(say: Say, staff: &[StaffMember], member: &StaffMember) -> SharedString {
    let masked_called = |member: &StaffMember| {
        let gaps = [("surname", masked(&member.name)), ("role", say.text(role(&member.role)).into())];
        say.fill(words::PIN_MEMBER, &gaps.each_ref().map(|(gap, text)| (*gap, text.as_str())))
    };
    let others = || staff.iter().filter(|other| other.id != member.id);
    if others().all(|other| called(say, other) != called(say, member)) {
        called(say, member)
    } else if others().all(|other| masked_called(other) != masked_called(member)) {
        masked_called(member)
    } else {
        member.name.as_str().into()
    }
}

/// 李医生, 王护士; others by the surname alone.
fn called(say: Say, member: &StaffMember) -> SharedString {
    let surname = surname(&member.name);
    match member.role.as_str() {
        "doctor" | "nurse" => {
            say.fill(words::PIN_MEMBER, &[("surname", surname), ("role", &say.text(role(&member.role)))])
        }
        _ => surname.into(),
    }
}

/// The part of a name that the tiles may show.
fn surname(name: &str) -> &str {
    let (first, _) = name.split_once(['·', ' ']).unwrap_or((name, ""));
    if first.len() < name.len() {
        return first;
    }
    name.char_indices().nth(1).map_or(name, |(end, _)| &name[..end])
}

/// The word for a role.
pub fn role(role: &str) -> Key {
    match role {
        "doctor" => words::PIN_DOCTOR,
        "nurse" => words::PIN_NURSE,
        "keeper" => words::PIN_KEEPER,
        "admin" => words::PIN_ADMIN,
        _ => words::PIN_GUIDE,
    }
}

const MOST_TILES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_shows_the_surname_only() {
        assert_eq!(surname("李建国"), "李");
        assert_eq!(surname("阿依古丽·买买提"), "阿依古丽");
        assert_eq!(surname("Li Jianguo"), "Li");
        assert_eq!(surname(""), "");
    }

    #[test]
    fn each_tile_can_be_told_from_the_others() {
        let mut mint = crate::model::Mint::new([1; 32]);
        let now = crate::model::Moment {
            wall: Default::default(),
            since_boot_ms: 0,
            boot: Default::default(),
            trust: crate::model::ClockTrust::Trusted,
        };
        let mut member =
            |name: &str, role: &str| StaffMember { id: mint.id(now), name: name.into(), role: role.into() };
        let staff = [
            member("李建国", "doctor"),
            member("李晓军", "doctor"),
            member("李建国", "nurse"),
            member("王小明", "doctor"),
            member("王大明", "doctor"),
        ];
        let names: Vec<_> = staff.iter().map(|one| unmistakable(Say(Lang::ZhCn), &staff, one)).collect();
        assert_eq!(names, ["李*国医生", "李*军医生", "李护士", "王小明", "王大明"]);
    }
}
