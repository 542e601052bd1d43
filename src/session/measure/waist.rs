//! R14: the waist, by tape and keypad.

use super::super::{Notice, Screen, Secret, Tap, Turn};
use crate::model::measurement::{Source, Value};
use crate::model::units::Centimetres;
use rust_decimal::Decimal;

/// What was typed so far, in centimetres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaistForm {
    /// Digits and at most one point.
    pub typed: Secret,
    /// With the store.
    pub saving: bool,
}

impl WaistForm {
    /// The typed number, when it is one.
    pub fn value(&self) -> Option<Centimetres> {
        self.typed.0.trim_end_matches('.').parse().ok().map(Centimetres)
    }

    /// The same in Chinese feet and inches, for those who think in them: 1 尺 = 33.3 厘米, 1 寸 a tenth of it.
    /// Not below one foot: that is the beginning of a number.
    pub fn chi_cun(&self) -> Option<(u32, u32)> {
        let cun = (self.value()?.0 * Decimal::TEN / Decimal::new(333, 1)).round();
        let cun: u32 = cun.try_into().ok()?;
        (cun >= 10).then_some((cun / 10, cun % 10))
    }
}

/// Places before and after the point.
const LONGEST: usize = 5;

impl Turn<'_> {
    pub(in super::super) fn tap_waist(&mut self, mut form: WaistForm, tap: Tap) {
        if form.saving {
            return;
        }
        match tap {
            Tap::Key(key) => type_key(&mut form.typed.0, key, LONGEST),
            Tap::Backspace => _ = form.typed.0.pop(),
            Tap::Clear => form.typed.0.clear(),
            Tap::Step(half) => step(&mut form, half),
            Tap::Next => return self.confirm_waist(form),
            Tap::Skip => return self.next_step(),
            Tap::Back => return self.back_to_choose(),
            _ => {}
        }
        self.state.screen = Screen::Waist(form);
    }

    fn confirm_waist(&mut self, mut form: WaistForm) {
        let Some(waist) = form.value().filter(|waist| self.plausible("waist_cm", waist.0)) else {
            self.state.notice = Some(Notice::Implausible);
            return;
        };
        form.saving = true;
        self.state.screen = Screen::Waist(form);
        self.take_values(vec![(Value::Waist(waist), Source::Typed)], &[]);
    }
}

/// One key of a number: three digits, a point, and as many places as `longest` leaves; of five, one.
pub(super) fn type_key(typed: &mut String, key: char, longest: usize) {
    let fits = match key {
        '0'..='9' => typed.len() < longest && (typed.contains('.') || typed.len() < 3),
        '.' => !typed.is_empty() && !typed.contains('.'),
        _ => false,
    };
    if fits {
        typed.push(key);
    }
}

fn step(form: &mut WaistForm, half: i8) {
    let value = form.value().map_or(Decimal::from(80), |waist| waist.0 + Decimal::from(half) / Decimal::TWO);
    if value > Decimal::ZERO && value < Decimal::ONE_THOUSAND {
        form.typed.0 = crate::model::units::half_up(value, 1).to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_has_only_begun_has_no_feet() {
        let folk = |typed: &str| {
            let mut form = WaistForm::default();
            form.typed.0 = typed.to_owned();
            form.chi_cun()
        };
        assert_eq!((folk("8"), folk("30"), folk("88")), (None, None, Some((2, 6))));
    }
}
