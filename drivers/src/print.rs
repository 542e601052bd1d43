//! Slips for ESC/POS printers: text and a few typed wishes in, bytes out. Source: protocol page `printer-escpos`.
//!
//! ```
//! use hut_drivers::print::{Align, Cut, Size, Slip, Width};
//!
//! let slip = Slip::new(Width::Mm58)
//!     .align(Align::Centre)
//!     .size(Size::Large)
//!     .line("健康小屋")
//!     .size(Size::Normal)
//!     .align(Align::Left)
//!     .pair("收缩压", "128 mmHg")
//!     .cut(Cut::Partial);
//! let bytes = slip.into_bytes(); // for `Port::send`
//! assert!(bytes.starts_with(&hut_drivers::print::INITIALISE));
//! ```

use encoding_rs::GBK;

/// A slip in the making.
///
/// Text is sent in GBK. A character that GBK lacks becomes `?`; control characters are left out; nothing in a text can
/// become a command. `Debug` is left out too: a slip is a person's data.
#[derive(Clone)]
pub struct Slip {
    bytes: Vec<u8>,
    width: Width,
    size: Size,
}

/// Width of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 58 mm: 32 columns.
    Mm58,
    /// 80 mm: 48 columns.
    Mm80,
}

/// Where lines stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// How large characters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As they are.
    Normal,
    /// Twice as high.
    Tall,
    /// Twice as wide: half as many columns.
    Wide,
    /// Twice as high and wide.
    Large,
}

/// How a slip is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All the way.
    Full,
    /// All but a bridge.
    Partial,
    /// After so many more dots of paper.
    AfterFeed(u8),
}

/// One character as printed.
struct Cell {
    bytes: Vec<u8>,
}

impl Slip {
    /// Returns an empty slip: the printer is initialised and set to Chinese.
    pub fn new(width: Width) -> Slip {
        let bytes = [INITIALISE, CHINESE_ON].concat();
        Slip { bytes, width, size: Size::Normal }
    }

    /// Places the lines that follow.
    pub fn align(self, align: Align) -> Slip {
        let place = match align {
            Align::Left => 0,
            Align::Centre => 1,
            Align::Right => 2,
        };
        self.raw(&[0x1B, 0x61, place])
    }

    /// Prints what follows bold, or no longer.
    pub fn bold(self, yes: bool) -> Slip {
        self.raw(&[0x1B, 0x45, u8::from(yes)])
    }

    /// Sets the size of what follows.
    pub fn size(mut self, size: Size) -> Slip {
        self.size = size;
        let code = match size {
            Size::Normal => 0x00,
            Size::Tall => 0x01,
            Size::Wide => 0x10,
            Size::Large => 0x11,
        };
        self.raw(&[0x1D, 0x21, code])
    }

    /// Adds a text as one or more lines; no character is split, and words only where they must be.
    pub fn line(mut self, text: &str) -> Slip {
        for part in text.split('\n') {
            let cells = cells(part);
            for line in wrap(&cells, self.columns()) {
                self.put(line);
            }
        }
        self
    }

    /// Adds a line with one text at its left and one at its right end; two lines where one is too short.
    pub fn pair(mut self, left: &str, right: &str) -> Slip {
        let (left, right) = (cells(left), cells(right));
        let taken = columns(&left) + columns(&right);
        if taken < self.columns() {
            self.bytes.extend(bytes(&left));
            self.pad(self.columns() - taken);
            self.put(&right);
            return self;
        }
        for line in wrap(&left, self.columns()) {
            self.put(line);
        }
        for line in wrap(&right, self.columns()) {
            self.pad(self.columns() - columns(line));
            self.put(line);
        }
        self
    }

    /// Adds a line of dashes.
    pub fn rule(self) -> Slip {
        let dashes = "-".repeat(self.columns());
        self.line(&dashes)
    }

    /// Adds a picture in the middle, every pixel two dots wide and high. Rows of the same length, black where `true`.
    ///
    /// By `GS v 0`, from general knowledge: the protocol page lists no command for pictures, and most printers take this one.
    pub fn picture(self, rows: &[Vec<bool>]) -> Slip {
        let across = rows.first().map_or(0, Vec::len).div_ceil(8);
        let (Ok(wide), Ok(high)) = (u16::try_from(across), u16::try_from(rows.len())) else { return self };
        let [x, y] = [wide.to_le_bytes(), high.to_le_bytes()];
        let slip = self.align(Align::Centre).raw(&[0x1D, b'v', b'0', 3, x[0], x[1], y[0], y[1]]);
        let byte = |dots: &[bool]| dots.iter().enumerate().fold(0, |byte, (at, dot)| byte | u8::from(*dot) << (7 - at));
        let bytes: Vec<u8> = rows.iter().flat_map(|row| row.chunks(8).map(byte)).collect();
        slip.raw(&bytes).align(Align::Left)
    }

    /// Feeds so many empty lines.
    pub fn feed(self, lines: u8) -> Slip {
        self.raw(&[0x1B, 0x64, lines])
    }

    /// Cuts the slip off.
    pub fn cut(self, cut: Cut) -> Slip {
        self.raw(&cut.bytes())
    }

    /// How many half-width columns a line has now; a Chinese character takes two.
    pub fn columns(&self) -> usize {
        let columns = match self.width {
            Width::Mm58 => 32,
            Width::Mm80 => 48,
        };
        if matches!(self.size, Size::Wide | Size::Large) { columns / 2 } else { columns }
    }

    /// The bytes for the printer.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn raw(mut self, command: &[u8]) -> Slip {
        self.bytes.extend(command);
        self
    }

    fn put(&mut self, line: &[Cell]) {
        self.bytes.extend(bytes(line));
        self.bytes.push(b'\n');
    }

    fn pad(&mut self, columns: usize) {
        self.bytes.extend(std::iter::repeat_n(b' ', columns));
    }
}

impl Cut {
    /// The command for it.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Cut::Full => vec![0x1D, 0x56, 0x00],
            Cut::Partial => vec![0x1D, 0x56, 0x01],
            Cut::AfterFeed(dots) => vec![0x1D, 0x56, 0x42, dots],
        }
    }
}

impl Cell {
    fn is_blank(&self) -> bool {
        self.bytes == b" "
    }

    /// Part of a word that is better not broken.
    fn is_word(&self) -> bool {
        self.bytes.len() == 1 && !self.is_blank()
    }
}

/// Returns a text in GBK, as a slip prints it: without control characters, and `?` for what GBK lacks.
pub fn encode(text: &str) -> Vec<u8> {
    bytes(&cells(text)).collect()
}

fn cells(text: &str) -> Vec<Cell> {
    text.chars().filter_map(cell).collect()
}

fn cell(letter: char) -> Option<Cell> {
    let letter = match letter {
        '\t' | '\u{A0}' => ' ',
        letter if letter.is_control() => return None,
        letter => letter,
    };
    let mut utf8 = [0; 4];
    let (encoded, _, lacking) = GBK.encode(letter.encode_utf8(&mut utf8));
    // A single byte above ASCII (the web's euro sign) and private characters mean something else to every printer.
    let private = ('\u{E000}'..='\u{F8FF}').contains(&letter);
    let plain = encoded.len() == 2 || encoded.is_ascii();
    let bytes = if lacking || private || !plain { b"?".to_vec() } else { encoded.into_owned() };
    Some(Cell { bytes })
}

/// GBK takes one byte for a column.
fn columns(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.bytes.len()).sum()
}

fn bytes(cells: &[Cell]) -> impl Iterator<Item = u8> + '_ {
    cells.iter().flat_map(|cell| cell.bytes.iter().copied())
}

fn wrap(cells: &[Cell], most: usize) -> Vec<&[Cell]> {
    let (mut lines, mut rest) = (Vec::new(), cells);
    while columns(rest) > most {
        let mut taken = 0;
        let fits = rest.iter().take_while(|cell| {
            taken += cell.bytes.len();
            taken <= most
        });
        let fits = fits.count();
        let in_a_word = rest[fits - 1].is_word() && rest[fits].is_word();
        let blank = rest[..fits].iter().rposition(Cell::is_blank).filter(|blank| in_a_word && *blank > 0);
        let (line, after) = rest.split_at(blank.unwrap_or(fits));
        lines.push(line);
        rest = match after {
            [blank, after @ ..] if blank.is_blank() => after,
            after => after,
        };
    }
    lines.push(rest);
    lines
}

/// Sets a printer back to its start.
pub const INITIALISE: [u8; 2] = [0x1B, 0x40];
/// Two bytes are a Chinese character from here on.
pub const CHINESE_ON: [u8; 2] = [0x1C, 0x26];
/// And no longer.
pub const CHINESE_OFF: [u8; 2] = [0x1C, 0x2E];

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(slip: Slip) -> Vec<String> {
        let text = GBK.decode_without_bom_handling(&slip.into_bytes()[4..]).0.into_owned();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_in_a_text_is_a_command() {
        assert_eq!(encode("a\x1B@b\x1D\x56\x00\r\x7F\u{85}"), b"a@bV");
        assert_eq!(encode("血压\u{1F600}€\u{E000}ẞ𠀀"), [&encode("血压"), b"?????".as_slice()].concat());
        let all: String = ('\u{0}'..='\u{FFFF}').collect();
        assert!(encode(&all).iter().all(|byte| *byte >= 0x20 && *byte != 0x7F));
    }

    #[test]
    fn lines_break_between_characters_and_words() {
        let chinese = "测".repeat(17);
        assert_eq!(lines(Slip::new(Width::Mm58).line(&chinese)), ["测".repeat(16), "测".to_owned()]);
        assert_eq!(lines(Slip::new(Width::Mm58).line(&format!("a{chinese}")))[0], format!("a{}", "测".repeat(15)));
        let words = "measure again after five minutes of rest";
        assert_eq!(lines(Slip::new(Width::Mm58).line(words)), ["measure again after five minutes", "of rest"]);
        let words = "measure again after five more minutes";
        assert_eq!(lines(Slip::new(Width::Mm58).line(words)), ["measure again after five more", "minutes"]);
        assert_eq!(lines(Slip::new(Width::Mm80).rule()), ["-".repeat(48)]);
        assert_eq!(lines(Slip::new(Width::Mm58).line("一\n二")), ["一", "二"]);
    }

    #[test]
    fn two_texts_share_a_line_while_they_fit() {
        let pair = |left: &str, right: &str| lines(Slip::new(Width::Mm58).pair(left, right));
        assert_eq!(pair("收缩压", "128 mmHg"), [format!("收缩压{}128 mmHg", " ".repeat(18))]);
        let long = "一二三四五六七八九十一二三四";
        assert_eq!(pair(long, "128 mmHg"), [long.to_owned(), format!("{}128 mmHg", " ".repeat(24))]);
    }

    #[test]
    fn a_picture_is_packed_into_bytes() {
        let rows = [[true; 9].to_vec(), [false, true, false, false, false, false, false, true, false].to_vec()];
        let bytes = Slip::new(Width::Mm58).picture(&rows).into_bytes();
        let at = bytes.windows(3).position(|three| three == b"\x1Dv0").expect("the command");
        assert_eq!(bytes[at + 3..at + 12], [3, 2, 0, 2, 0, 0xFF, 0x80, 0x41, 0x00]);
    }

    #[test]
    fn wide_characters_halve_the_columns() {
        let slip = Slip::new(Width::Mm58).size(Size::Large);
        assert_eq!(slip.columns(), 16);
        assert_eq!(slip.size(Size::Tall).columns(), 32);
    }
}
