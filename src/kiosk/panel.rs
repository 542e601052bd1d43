//! The formats of ux.md 4 and their scale factors.

use hut_ui::Panel;

/// The format of a panel of so many pixels, and how many of them make one of the design: the largest that fits.
pub fn format(width: u32, height: u32) -> (Panel, f32) {
    match (width, height) {
        (1920.., 1080..) => (Panel::Wide, 1.35),
        (1080.., 1920..) => (Panel::Portrait, 1.2),
        (1280.., 720..) => (Panel::Wide, 1.0),
        _ if width < height => (Panel::Phone, 1.0),
        _ => (Panel::Tablet, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_between_two_formats_takes_the_largest_that_fits() {
        assert_eq!(format(1920, 1080), (Panel::Wide, 1.35));
        assert_eq!(format(1080, 1920), (Panel::Portrait, 1.2));
        assert_eq!(format(1280, 800), (Panel::Wide, 1.0));
        assert_eq!(format(1366, 768), (Panel::Wide, 1.0));
        assert_eq!(format(1024, 768), (Panel::Tablet, 1.0));
        assert_eq!(format(800, 480), (Panel::Tablet, 1.0));
        assert_eq!(format(412, 915), (Panel::Phone, 1.0));
        assert_eq!(format(800, 1280), (Panel::Phone, 1.0));
        assert_eq!(format(3840, 2160), (Panel::Wide, 1.35));
    }
}
