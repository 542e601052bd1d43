//! R03c: what the rules need of a guest. Nothing is filed.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{ChoiceView, GuestView, Sex as ShownSex};

use super::say::{Say, model};
use crate::model::Sex;
use crate::model::resident::AgeBand;
use crate::session::GuestForm;

/// What R03c shows.
pub fn view(form: &GuestForm, lang: Lang) -> GuestView {
    let say = Say(lang);
    let choice = |(band, key): (AgeBand, Key)| ChoiceView { label: say.text(key), chosen: form.age == Some(band) };
    GuestView {
        sex: match form.sex {
            None => ShownSex::Unknown,
            Some(Sex::Female) => ShownSex::Female,
            Some(Sex::Male) => ShownSex::Male,
        },
        ages: model(AgeBand::ALL.into_iter().zip(BANDS).map(choice).collect()),
        ready: form.sex.is_some() && form.age.is_some() && !form.waiting,
    }
}

/// The word of a band.
pub fn band(band: AgeBand) -> Key {
    AgeBand::ALL.iter().position(|known| *known == band).map_or(words::GUEST_OVER_80, |place| BANDS[place])
}

/// The words of [`AgeBand::ALL`].
const BANDS: [Key; 8] = [
    words::GUEST_UNDER_18,
    words::GUEST_AGE_18,
    words::GUEST_AGE_30,
    words::GUEST_AGE_40,
    words::GUEST_AGE_50,
    words::GUEST_AGE_60,
    words::GUEST_AGE_70,
    words::GUEST_OVER_80,
];
