//! The formats of ux.md 4 and their scale factors, and how the screens stand on the glass.

use hut_ui::{App, HutWindow, Panel};
use slint::ComponentHandle;

/// A resident's control of the design is 60 of its pixels across, and at least this many millimetres of the glass
/// (ux.md 3.4).
const CONTROL: f32 = 60.0;
const CONTROL_MM: f32 = 9.5;

const MM_PER_INCH: f32 = 25.4;

/// What is known of the glass, and asked of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Glass {
    /// Its diagonal; `None`: not known, and nothing is enlarged for fingers.
    pub inches: Option<f32>,
    /// 控件下移: an upright panel is used in its lower half.
    pub low: bool,
}

/// How the screens stand on a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// Their format.
    pub panel: Panel,
    /// Pixels of the panel for one of the design.
    pub scale: f32,
    /// 控件下移: they stand in the lower half.
    pub low: bool,
}

impl Stand {
    /// Tells the screens; answers the scale factor, which the window must be told.
    pub(super) fn on(self, ui: &HutWindow) -> f32 {
        let app = ui.global::<App>();
        app.set_panel(self.panel);
        app.set_low(self.low);
        self.scale
    }
}

/// Where and how large the screens stand on a panel of so many pixels.
pub fn stand(width: u32, height: u32, glass: Glass) -> Stand {
    let scale = whole(scale(width, height).max(scale_for_fingers(width, height, glass)), [width, height]);
    let (across, down) = (width as f32 / scale, height as f32 / scale);
    match format(across, down) {
        Panel::Portrait if glass.low => Stand { panel: format(across, down / 2.0), scale, low: true },
        panel => Stand { panel, scale, low: false },
    }
}

/// The factor, or the next smaller one with which no row or column of the panel is lost to rounding and stays black.
fn whole(mut scale: f32, pixels: [u32; 2]) -> f32 {
    while pixels.iter().any(|pixels| *pixels as f32 / scale * scale < *pixels as f32) {
        scale = scale.next_down();
    }
    scale
}

/// The factor of the largest format that fits.
fn scale(width: u32, height: u32) -> f32 {
    match (width, height) {
        (1920.., 1080..) => 1.35,
        (1080.., 1920..) => 1.2,
        _ => 1.0,
    }
}

/// The factor at which fingers find the controls of this glass, unless the smallest format would not fit any more.
fn scale_for_fingers(width: u32, height: u32, glass: Glass) -> f32 {
    let Some(inches) = glass.inches else { return 1.0 };
    let (across, down) = (width as f32, height as f32);
    let most = if width < height { (across / 412.0).min(down / 915.0) } else { (across / 800.0).min(down / 480.0) };
    let per_mm = across.hypot(down) / (inches * MM_PER_INCH);
    (CONTROL_MM * per_mm / CONTROL).min(most)
}

/// The format of so much room, in pixels of the design. The two factors leave fractions of a pixel.
fn format(across: f32, down: f32) -> Panel {
    if across >= 1279.5 && down >= 719.5 {
        Panel::Wide
    } else if across >= 899.5 && down >= 1599.5 {
        Panel::Portrait
    } else if across < down {
        Panel::Phone
    } else {
        Panel::Tablet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u32, height: u32) -> (Panel, f32) {
        let Stand { panel, scale, .. } = stand(width, height, Glass::default());
        (panel, (scale * 100.0).round() / 100.0)
    }

    #[test]
    fn a_panel_between_two_formats_takes_the_largest_that_fits() {
        assert_eq!(of(1920, 1080), (Panel::Wide, 1.35));
        assert_eq!(of(1080, 1920), (Panel::Portrait, 1.2));
        assert_eq!(of(1280, 800), (Panel::Wide, 1.0));
        assert_eq!(of(1366, 768), (Panel::Wide, 1.0));
        assert_eq!(of(1024, 768), (Panel::Tablet, 1.0));
        assert_eq!(of(800, 480), (Panel::Tablet, 1.0));
        assert_eq!(of(412, 915), (Panel::Phone, 1.0));
        assert_eq!(of(800, 1280), (Panel::Phone, 1.0));
        assert_eq!(of(3840, 2160), (Panel::Wide, 1.35));
    }

    #[test]
    fn a_small_glass_enlarges_and_a_large_one_changes_nothing() {
        let sees = |inches| stand(1280, 800, Glass { inches: Some(inches), low: false });
        let millimetres = |inches: f32, scale: f32| CONTROL * scale * inches * MM_PER_INCH / (1280.0_f32).hypot(800.0);
        assert_eq!((sees(15.6).panel, sees(15.6).scale), (Panel::Wide, 1.0));
        let small = sees(8.0);
        assert_eq!(small.panel, Panel::Tablet);
        assert!(millimetres(8.0, 1.0) < CONTROL_MM && (millimetres(8.0, small.scale) - CONTROL_MM).abs() < 0.01);
        // Smaller still: as large as the smallest format lets it be.
        assert_eq!(sees(3.0).scale, 1.6);
    }

    #[test]
    fn only_an_upright_panel_has_a_lower_half_to_stand_in() {
        let low = Glass { inches: None, low: true };
        let upright = stand(1080, 1920, low);
        assert_eq!((upright.panel, upright.low), (Panel::Tablet, true));
        assert!(!stand(1280, 800, low).low && !stand(412, 915, low).low);
    }
}
