//! Draws a window that nobody sees. The renderer's loops are made for the kind of pixel that is asked for, in the crate
//! that asks: here they are optimised in every build.

use slint::Rgb8Pixel;
use slint::platform::software_renderer::{MinimalSoftwareWindow, PhysicalRegion};

/// Draws what has changed since the last time into `pixels`, `stride` of them a row; `None`: nothing has.
pub fn draw(window: &MinimalSoftwareWindow, pixels: &mut [Rgb8Pixel], stride: usize) -> Option<PhysicalRegion> {
    let mut drawn = None;
    window.draw_if_needed(|renderer| drawn = Some(renderer.render(pixels, stride)));
    drawn
}
