//! The formats of ux.md 4 and their scale factors.

/// A format that the screens are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// 1920×1080 and larger.
    FullHd,
    /// 1080×1920 and larger, upright.
    Portrait,
    /// 1280×800 and everything smaller.
    Base,
}

impl Panel {
    /// The format of a panel of so many pixels: the largest that fits.
    pub fn of(width: u32, height: u32) -> Self {
        match (width, height) {
            (1920.., 1080..) => Panel::FullHd,
            (1080.., 1920..) => Panel::Portrait,
            _ => Panel::Base,
        }
    }

    /// Pixels of the panel for each pixel of the design.
    pub fn scale(self) -> f32 {
        match self {
            Panel::FullHd => 1.35,
            Panel::Portrait => 1.2,
            Panel::Base => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_between_two_formats_takes_the_largest_that_fits() {
        assert_eq!(Panel::of(1920, 1080).scale(), 1.35);
        assert_eq!(Panel::of(1080, 1920).scale(), 1.2);
        assert_eq!(Panel::of(1280, 800), Panel::Base);
        assert_eq!(Panel::of(1366, 768), Panel::Base);
        assert_eq!(Panel::of(800, 480), Panel::Base);
        assert_eq!(Panel::of(3840, 2160), Panel::FullHd);
    }
}
