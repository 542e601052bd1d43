//! R23: the slip as it is printed, what became of it, and the code for the telephone.

use fast_qr::{ECL, QRBuilder};
use hut_ui::words::{self, Lang};
use hut_ui::{Level, SlipLine, SlipView};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use super::say::{Say, fraction, model};
use crate::model::device::PrintTrouble;
use crate::session::slip::{Line, Style};
use crate::session::{Paper, Slip, SlipPage, State};

/// What R23 shows; `before` is what it showed last, whose code may still hold.
pub fn view(state: &State, page: &SlipPage, before: &SlipView, lang: Lang) -> SlipView {
    let say = Say(lang);
    let left = page.code_left(state.now);
    let (line, more, level) = match page.paper {
        None => (None, None, Level::None),
        Some(Paper::Printing(_)) => (Some(words::PRINT_PRINTING), None, Level::Info),
        Some(Paper::Printed) => (Some(words::PRINT_TAKE), Some(words::PRINT_DONE), Level::Ok),
        Some(Paper::Failed(PrintTrouble::NoPaper)) => (Some(words::PRINT_NOPAPER), None, Level::Watch),
        Some(Paper::Failed(PrintTrouble::CoverOpen)) => (Some(words::PRINT_COVER), None, Level::Watch),
        Some(Paper::Failed(PrintTrouble::Gone)) => (Some(words::PRINT_GONE), None, Level::Watch),
    };
    let text = |key: Option<words::Key>| key.map(|key| say.text(key)).unwrap_or_default();
    SlipView {
        lines: model(lines(&page.slip)),
        by_phone: page.by_phone,
        state: text(line),
        state_more: text(more),
        state_level: level,
        can_print: state.can_print() && !matches!(page.paper, Some(Paper::Printing(_))),
        printed: page.paper.is_some(),
        code: match left {
            0 => Image::default(),
            _ if before.code_left > 0.0 && before.code_text == page.code.as_str() => before.code.clone(),
            _ => code(&page.code),
        },
        code_text: if left > 0 { page.code.as_str().into() } else { "".into() },
        code_left: fraction(left, page.code_time()),
        code_line: if left > 0 {
            say.fill(words::SLIP_QR_LEFT, &[("s", &left.to_string())])
        } else {
            say.text(words::SLIP_QR_OVER)
        },
    }
}

/// A slip on the screen; its code stands beside it.
pub fn lines(slip: &Slip) -> Vec<SlipLine> {
    let line = |line: &Line| match line {
        Line::Rule => Some(SlipLine { rule: true, ..SlipLine::default() }),
        Line::Code(..) => None,
        Line::Text(style, left, right) => Some(SlipLine {
            text: left.into(),
            right: right.into(),
            big: *style == Style::Value,
            strong: matches!(style, Style::Title | Style::Value | Style::Strong),
            centred: *style == Style::Title,
            ..SlipLine::default()
        }),
    };
    slip.0.iter().filter_map(line).collect()
}

/// A QR code, one pixel a module, without the quiet zone; empty if the text is too long for one.
fn code(text: &str) -> Image {
    let Ok(code) = QRBuilder::new(text).ecl(ECL::L).build() else { return Image::default() };
    let Ok(edge) = u32::try_from(code.size) else { return Image::default() };
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(edge, edge);
    let modules = (0..code.size).flat_map(|y| code[y].iter().take(code.size));
    for (pixel, module) in pixels.make_mut_slice().iter_mut().zip(modules) {
        *pixel = if module.value() { DARK } else { LIGHT };
    }
    Image::from_rgb8(pixels)
}

const DARK: Rgb8Pixel = Rgb8Pixel { r: 0x10, g: 0x24, b: 0x2b };
const LIGHT: Rgb8Pixel = Rgb8Pixel { r: 0xff, g: 0xff, b: 0xff };
