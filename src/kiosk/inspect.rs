//! What a person with weak eyes or a trembling hand would stumble over: looks at every text and every target of a page
//! that is shown, and at its pixels (ux.md 3.1, 3.2, 3.4, 13).

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::pin::Pin;

use i_slint_core::Brush;
use i_slint_core::accessibility::AccessibleStringProperty;
use i_slint_core::item_rendering::{PlainOrStyledText, RenderText};
use i_slint_core::item_tree::ItemRc;
use i_slint_core::items::{AccessibleRole, ComplexText, SimpleText, StyledTextItem, TextOverflow, TextWrap};
use i_slint_core::lengths::{LogicalLength, LogicalRect};
use i_slint_core::window::WindowInner;

/// What is asked of a page.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// The smallest text, in pixels of the design.
    pub text: f32,
    /// The least side of anything to touch.
    pub target: f32,
    /// The least distance between two targets.
    pub apart: f32,
    /// The least contrast of a text against what lies behind it.
    pub contrast: f32,
}

impl Demand {
    /// A resident's page at a step of 大字.
    pub fn resident(step: f32) -> Self {
        Self { text: 18.0 * step, target: 64.0, apart: 11.5, contrast: 4.5 }
    }

    /// A page of the staff; it has one size of text.
    pub fn staff() -> Self {
        Self { text: 16.0, target: 48.0, apart: 7.5, contrast: 4.5 }
    }
}

/// A page as it was drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// Three bytes a pixel, row by row.
    pub pixels: &'a [u8],
    /// Pixels across.
    pub width: u32,
    /// Pixels of the panel for each of the design.
    pub scale: f32,
}

struct Text {
    says: String,
    size: f32,
    ink: Option<[u8; 3]>,
    place: LogicalRect,
    needs: (f32, f32),
    wraps: bool,
    may_elide: bool,
}

/// What can be touched, by its accessible role.
const TOUCHED: [AccessibleRole; 5] = [
    AccessibleRole::Button,
    AccessibleRole::Checkbox,
    AccessibleRole::RadioButton,
    AccessibleRole::Switch,
    AccessibleRole::Tab,
];

/// Something to touch.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its accessible name.
    pub name: String,
    /// It answers.
    pub enabled: bool,
    place: LogicalRect,
}

impl Target {
    /// Its middle, in pixels of the design.
    pub fn middle(&self) -> (f32, f32) {
        (self.place.center().x, self.place.center().y)
    }
}

/// Everything on a page that can be touched now, in the order it was drawn.
pub fn targets(window: &slint::Window) -> Vec<Target> {
    elements(window).2
}

/// Everything of a page that does not do; empty: nothing.
pub fn faults(window: &slint::Window, drawn: Drawn<'_>, demand: Demand) -> Vec<String> {
    let (whole, texts, targets) = elements(window);
    let mut faults = Vec::new();
    faults.extend(texts.iter().flat_map(|text| faults_of_text(text, &whole, drawn, demand)));
    faults.extend(targets.iter().flat_map(|target| faults_of_target(target, &whole, demand)));
    faults.extend(crossings(&texts, &targets, demand));
    faults
}

/// Every text that stands on a page.
pub fn texts(window: &slint::Window) -> Vec<String> {
    elements(window).1.into_iter().map(|text| text.says).collect()
}

/// The window's place, and the texts and targets that are in use.
fn elements(window: &slint::Window) -> (LogicalRect, Vec<Text>, Vec<Target>) {
    let root = ItemRc::new_root(WindowInner::from_pub(window).component());
    let whole = LogicalRect::new(Default::default(), root.geometry().size);
    let (mut texts, mut targets) = (Vec::new(), Vec::new());
    root.visit_descendants(|item| {
        // What swallows every touch covers the page: what came before is not in use, unless it is as large itself.
        if item.downcast::<i_slint_core::items::TouchArea>().is_some() && place(item).contains_rect(&whole) {
            texts.clear();
            targets.retain(|target: &Target| target.place.contains_rect(&whole));
        }
        if shown(item) {
            texts.extend(text(item));
            targets.extend(target(item));
        }
        ControlFlow::<()>::Continue(())
    });
    (whole, texts, targets)
}

/// Inside every ancestor that hides what leaves it.
fn shown(item: &ItemRc) -> bool {
    let place = item.geometry();
    place.width() > 0.0 && place.height() > 0.0 && item.is_visible()
}

fn place(item: &ItemRc) -> LogicalRect {
    let geometry = item.geometry();
    LogicalRect::new(item.map_to_window(geometry.origin), geometry.size)
}

fn text(item: &ItemRc) -> Option<Text> {
    if let Some(text) = item.downcast::<SimpleText>() {
        read(item, text.as_pin_ref())
    } else if let Some(text) = item.downcast::<ComplexText>() {
        read(item, text.as_pin_ref())
    } else if let Some(text) = item.downcast::<StyledTextItem>() {
        read(item, text.as_pin_ref())
    } else {
        None
    }
}

fn read<T: RenderText>(item: &ItemRc, text: Pin<&T>) -> Option<Text> {
    let says = match text.text() {
        PlainOrStyledText::Plain(plain) => plain.to_string(),
        PlainOrStyledText::Styled(styled) => i_slint_core::styled_text::get_raw_text(&styled).into_owned(),
    };
    if says.trim().is_empty() {
        return None;
    }
    let place = place(item);
    let wrap = text.wrap();
    let adapter = item.window_adapter()?;
    let across = (wrap != TextWrap::NoWrap).then(|| LogicalLength::new(place.width()));
    let needs = adapter.renderer().text_size(text, item, across, wrap);
    let size = text.font_request(item).pixel_size.map_or(0.0, LogicalLength::get);
    let ink = match text.color() {
        Brush::SolidColor(colour) => Some([colour.red(), colour.green(), colour.blue()]),
        _ => None,
    };
    let may_elide = text.overflow() == TextOverflow::Elide;
    let wraps = wrap != TextWrap::NoWrap;
    Some(Text { says, size, ink, place, needs: (needs.width, needs.height), wraps, may_elide })
}

fn target(item: &ItemRc) -> Option<Target> {
    if !TOUCHED.contains(&item.accessible_role()) {
        return None;
    }
    let said = |what| item.accessible_string_property(what).map(|text| text.to_string()).unwrap_or_default();
    let enabled = said(AccessibleStringProperty::Enabled) != "false";
    Some(Target { name: said(AccessibleStringProperty::Label), place: place(item), enabled })
}

fn faults_of_text(text: &Text, whole: &LogicalRect, drawn: Drawn<'_>, demand: Demand) -> Vec<String> {
    let Text { says, size, place, needs: (wide, tall), .. } = text;
    let mut faults = Vec::new();
    if !whole.inflate(0.5, 0.5).contains_rect(place) {
        faults.push(format!("off the screen: “{says}” at {}", told(place)));
    }
    // A space at the end of a piece, or where a line was broken, is nothing to see.
    let unseen = if says.ends_with(' ') || (text.wraps && says.contains(' ')) { 0.4 * size } else { 1.0 };
    if *wide > place.width() + unseen {
        let how = if text.may_elide { "shortened" } else { "cut" };
        faults.push(format!("{how}: “{says}” needs {wide:.0} px across, has {:.0}", place.width()));
    }
    // Above and below its letters a line is empty.
    if *tall > place.height() + 0.3 * size {
        faults.push(format!("cut: “{says}” needs {tall:.0} px down, has {:.0}", place.height()));
    }
    if *size + 0.05 < demand.text {
        faults.push(format!("too small: “{says}” has {size:.1} px, the floor is {:.1}", demand.text));
    }
    let ratio = text.ink.and_then(|ink| Some(contrast(ink, ground(place, ink, drawn)?)));
    if let Some(ratio) = ratio.filter(|ratio| *ratio < demand.contrast) {
        faults.push(format!("too faint: “{says}” has a contrast of {ratio:.1}"));
    }
    faults
}

fn faults_of_target(target: &Target, whole: &LogicalRect, demand: Demand) -> Vec<String> {
    let Target { name, place, .. } = target;
    let mut faults = Vec::new();
    if name.trim().is_empty() {
        faults.push(format!("a target without a name at {}", told(place)));
    }
    if place.width().min(place.height()) + 0.1 < demand.target {
        faults.push(format!("too small to touch: “{name}” is {:.0} x {:.0} px", place.width(), place.height()));
    }
    if !whole.inflate(0.5, 0.5).contains_rect(place) {
        faults.push(format!("off the screen: “{name}” at {}", told(place)));
    }
    faults
}

/// Texts that lie upon each other, texts across the edge of a target, targets too near to each other.
fn crossings(texts: &[Text], targets: &[Target], demand: Demand) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, one) in texts.iter().enumerate() {
        for other in &texts[at + 1..] {
            if meets(&ink(one), &ink(other), 3.0) {
                faults.push(format!("upon each other: “{}” and “{}”", one.says, other.says));
            }
        }
        for target in targets {
            let words = ink(one);
            if meets(&words, &target.place, 3.0) && !target.place.inflate(2.0, 2.0).contains_rect(&words) {
                faults.push(format!("“{}” crosses the edge of “{}”", one.says, target.name));
            }
        }
    }
    for (at, one) in targets.iter().enumerate() {
        for other in &targets[at + 1..] {
            let inside = one.place.contains_rect(&other.place) || other.place.contains_rect(&one.place);
            let near = one.place.inflate(demand.apart, demand.apart).intersects(&other.place);
            if near && !inside && (one.enabled || other.enabled) {
                faults.push(format!("too near: “{}” and “{}”", one.name, other.name));
            }
        }
    }
    faults
}

/// Where the letters of a text can be: its place, or what it needs of it where its place is larger.
fn ink(text: &Text) -> LogicalRect {
    let (wide, tall) = text.needs;
    let (spare_x, spare_y) = ((text.place.width() - wide).max(0.0), (text.place.height() - tall).max(0.0));
    // Its alignment is not known here: the middle of a larger place is certain for neither, so only what all have.
    if spare_x > 0.0 || spare_y > 0.0 { text.place.inflate(-spare_x / 2.0, -spare_y / 2.0) } else { text.place }
}

fn meets(one: &LogicalRect, other: &LogicalRect, by: f32) -> bool {
    one.intersection(other).is_some_and(|both| both.width() > by && both.height() > by)
}

fn told(place: &LogicalRect) -> String {
    format!("{:.0}, {:.0} ({:.0} x {:.0})", place.min_x(), place.min_y(), place.width(), place.height())
}

/// The colour that most pixels of a place have besides that of its letters: of a gradient no shade has many. Letters that
/// nearly every pixel could be of stand on their own colour.
fn ground(place: &LogicalRect, ink: [u8; 3], drawn: Drawn<'_>) -> Option<[u8; 3]> {
    let rows = drawn.pixels.len() as u32 / 3 / drawn.width.max(1);
    let pixel = |length: f32, most: u32| ((length * drawn.scale).max(0.0) as u32).min(most);
    let (left, right) = (pixel(place.min_x(), drawn.width), pixel(place.max_x(), drawn.width));
    let (top, bottom) = (pixel(place.min_y(), rows), pixel(place.max_y(), rows));
    let mut count: HashMap<[u8; 3], u32> = HashMap::new();
    // Some hundred pixels tell as much as all.
    let step = (((right - left) * (bottom - top)) as f32 / 800.0).sqrt().max(1.0) as usize;
    for y in (top..bottom).step_by(step) {
        for x in (left..right).step_by(step) {
            let at = (y * drawn.width + x) as usize * 3;
            // The steps of a gradient count as one colour.
            let coarse = |part: u8| (part & 0xf0) | part >> 4;
            *count.entry([0, 1, 2].map(|part| coarse(drawn.pixels[at + part]))).or_default() += 1;
        }
    }
    // Large bold letters may hold most of the pixels; a text that has all of them is not to be seen.
    let of_ink = |colour: &[u8; 3]| contrast(*colour, ink) < 1.15;
    let letters: u32 = count.iter().filter(|(colour, _)| of_ink(colour)).map(|(_, count)| count).sum();
    let unseen = letters * 10 > count.values().sum::<u32>() * 9;
    let others = count.into_iter().filter(|(colour, _)| unseen || !of_ink(colour));
    others.max_by_key(|(colour, count)| (*count, *colour)).map(|(colour, _)| colour)
}

/// Contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance).
pub fn contrast(one: [u8; 3], other: [u8; 3]) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance([red, green, blue]: [u8; 3]) -> f32 {
    let linear = |part: u8| {
        let part = f32::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guideline() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
        assert!((contrast([0x10, 0x24, 0x2b], [255; 3]) - 16.0).abs() < 0.1);
        assert!((contrast([0x7a, 0x8c, 0x8d], [255; 3]) - 3.5).abs() < 0.1);
    }
}
