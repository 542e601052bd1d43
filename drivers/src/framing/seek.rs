//! One finder for frames that say themselves where they end: found in any garbage, cut anyhow.

use std::ops::Range;

use super::{Find, Step};
use crate::reading::FaultCode;

/// A kind of frame.
pub trait Shape {
    /// Says what the bytes at the start of `held` are. More bytes may turn [`Look::Unsure`] into anything else, and
    /// nothing else into something.
    fn look(&self, held: &[u8]) -> Look;

    /// Whether a mark may stand here. What begins without one is not looked for inside another, broken or unfinished.
    fn is_marked(&self, _held: &[u8]) -> bool {
        true
    }

    /// Whether so much of a frame is worth telling when the rest never comes.
    fn has_begun(&self, held: &[u8]) -> bool {
        self.is_marked(held)
    }

    /// Whether a whole frame inside an unfinished one ends that: so a mark in garbage that promises a long frame hides
    /// nothing. For frames whose check is no matter of luck.
    fn looks_inside(&self) -> bool {
        true
    }

    /// Whether what is broken is nobody's fault and not told.
    fn is_quiet(&self) -> bool {
        false
    }
}

/// What bytes look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// No frame of this form begins here.
    No,
    /// More bytes are needed to tell.
    Unsure,
    /// So many bytes are a frame; its content lies in this range.
    Whole(usize, Range<usize>, Option<FaultCode>),
    /// So many bytes began as a frame and are none; what follows may be.
    Broken(usize),
    /// A line that is longer than any; so many bytes of it are told.
    Overlong(usize),
}

impl Look {
    /// So many bytes are a frame that is its own content, its check right or wrong.
    pub fn checked(count: usize, right: bool) -> Look {
        Look::Whole(count, 0..count, if right { None } else { Some(FaultCode::Checksum) })
    }
}

/// A frame, whole or broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its content, or what is left of it.
    pub bytes: Vec<u8>,
    /// What is wrong with it.
    pub broken: Option<FaultCode>,
    /// Not worth telling, whole or broken, if nobody understands it.
    pub quiet: bool,
}

impl Frame {
    /// Its content, if nothing is wrong with it.
    pub fn whole(self) -> Option<Vec<u8>> {
        if self.broken.is_none() { Some(self.bytes) } else { None }
    }
}

/// Finds the frames of one or several [`Shape`]s.
///
/// Whatever is whole and right first, counts. A broken frame is told once.
#[derive(Clone, Debug)]
pub struct Seek<S> {
    shapes: Vec<S>,
    /// How many of the next bytes belong to a frame whose fault was told. Good frames among them count, faults do not.
    told: usize,
    /// The rest of an overlong line is dropped.
    dropping: bool,
}

impl<S: Shape> Seek<S> {
    /// Returns a finder; the first shape that bytes can be is theirs.
    pub fn new(shapes: impl Into<Vec<S>>) -> Seek<S> {
        Seek { shapes: shapes.into(), told: 0, dropping: false }
    }

    fn look(&self, held: &[u8]) -> (Look, bool) {
        for shape in &self.shapes {
            match shape.look(held) {
                Look::No => {}
                look => return (look, shape.is_quiet()),
            }
        }
        (Look::No, true)
    }

    fn decide(&mut self, held: &[u8]) -> Step<Frame> {
        let (look, quiet) = self.look(held);
        match look {
            _ if self.told > 0 && !self.shapes.iter().any(|shape| shape.is_marked(held)) => self.skip(1),
            Look::No => self.skip(1),
            Look::Unsure if self.looks_inside() => self.look_inside(held),
            Look::Unsure => Step::Wait,
            Look::Whole(count, content, None) => {
                self.told = self.told.saturating_sub(count);
                Step::Take(count, Frame { bytes: held[content].to_vec(), broken: None, quiet })
            }
            Look::Whole(count, _, Some(code)) => self.broken(held, count, code, quiet),
            Look::Broken(count) => self.broken(held, count, FaultCode::Malformed, quiet),
            Look::Overlong(count) => {
                self.dropping = true;
                Step::Take(count, Frame { bytes: held[..count].to_vec(), broken: Some(FaultCode::Malformed), quiet })
            }
        }
    }

    fn looks_inside(&self) -> bool {
        self.shapes.iter().any(Shape::looks_inside)
    }

    /// A whole frame inside ends the unfinished one.
    fn look_inside(&mut self, held: &[u8]) -> Step<Frame> {
        let good = |start: &usize| {
            let inside = &held[*start..];
            let mut shapes = self.shapes.iter().filter(|shape| shape.looks_inside() && shape.is_marked(inside));
            shapes.any(|shape| matches!(shape.look(inside), Look::Whole(_, _, None)))
        };
        match (1..held.len()).find(good) {
            None => Step::Wait,
            Some(start) => self.cut(&held[..start]),
        }
    }

    fn cut(&mut self, held: &[u8]) -> Step<Frame> {
        match self.shapes.iter().find(|shape| shape.has_begun(held)).map(Shape::is_quiet) {
            Some(quiet) => self.broken(held, held.len(), FaultCode::Malformed, quiet),
            None => self.skip(1),
        }
    }

    /// Takes a broken frame byte by byte, so that a good one inside it is found; its fault is told once.
    fn broken(&mut self, held: &[u8], count: usize, code: FaultCode, quiet: bool) -> Step<Frame> {
        if self.told > 0 {
            return self.skip(1);
        }
        self.told = count - 1;
        Step::Take(1, Frame { bytes: held[..count].to_vec(), broken: Some(code), quiet })
    }

    fn skip(&mut self, count: usize) -> Step<Frame> {
        self.told = self.told.saturating_sub(count);
        Step::Skip(count)
    }

    /// Drops the rest of an overlong line, but for one byte that the silence can expire.
    fn drop_line(&mut self, held: &[u8]) -> Step<Frame> {
        match held.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(end) => {
                self.dropping = false;
                Step::Skip(end + 1)
            }
            None if held.len() > 1 => Step::Skip(held.len() - 1),
            None => Step::Wait,
        }
    }
}

impl<S: Shape> Find for Seek<S> {
    type Frame = Frame;

    fn find(&mut self, held: &[u8]) -> Step<Frame> {
        if self.dropping {
            return self.drop_line(held);
        }
        if !self.looks_inside() {
            return self.decide(held);
        }
        // Asks about every beginning in turn, so that a large read finds what many small ones find.
        let mut steps = (1..=held.len()).map(|count| self.decide(&held[..count]));
        steps.find(|step| *step != Step::Wait).unwrap_or(Step::Wait)
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Frame> {
        if std::mem::take(&mut self.dropping) {
            return Step::Skip(held.len());
        }
        self.cut(held)
    }

    fn forget(&mut self) {
        (self.told, self.dropping) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::framing::Framer;

    /// `#`, length of what follows, text, and as check the last letter twice.
    #[derive(Clone)]
    struct Doubled;

    impl Shape for Doubled {
        fn look(&self, held: &[u8]) -> Look {
            let whole = match held {
                [b'#'] => return Look::Unsure,
                [b'#', count @ 2..=9, ..] => 2 + usize::from(*count),
                _ => return Look::No,
            };
            match held.get(..whole) {
                None => Look::Unsure,
                Some(frame) => Look::checked(whole, frame[whole - 1] == frame[whole - 2]),
            }
        }
    }

    fn frames(bytes: &[u8]) -> Vec<(Vec<u8>, Option<FaultCode>)> {
        let start = Instant::now();
        let mut whole = Framer::new(Seek::new([Doubled]), 32, Duration::from_secs(1));
        let mut told = whole.push(start, bytes);
        told.extend(whole.expire(start + Duration::from_secs(1)));
        let mut slow = Framer::new(Seek::new([Doubled]), 32, Duration::from_secs(1));
        let mut bitwise: Vec<_> = bytes.iter().flat_map(|byte| slow.push(start, &[*byte])).collect();
        bitwise.extend(slow.expire(start + Duration::from_secs(1)));
        assert_eq!(told, bitwise);
        told.into_iter().map(|frame| (frame.bytes, frame.broken)).collect()
    }

    #[test]
    fn what_is_broken_is_told_once_and_hides_nothing() {
        let good = (b"#\x03abb".to_vec(), None);
        let bad = |bytes: &[u8]| (bytes.to_vec(), Some(FaultCode::Checksum));
        let cut = |bytes: &[u8]| (bytes.to_vec(), Some(FaultCode::Malformed));
        assert_eq!(frames(b"xx#\x03abb"), std::slice::from_ref(&good));
        assert_eq!(frames(b"#\x03abc#\x03abb"), [bad(b"#\x03abc"), good.clone()]);
        assert_eq!(frames(b"#\x09#\x03abb"), [cut(b"#\x09"), good.clone()]);
        assert_eq!(frames(b"#\x03a#\x03abb"), [bad(b"#\x03a#\x03"), good]);
        assert_eq!(frames(b"#\x03ab"), [cut(b"#\x03ab")]);
    }
    #[test]
    fn a_fault_that_was_told_hides_none_after_a_new_beginning() {
        let start = Instant::now();
        let mut framer = Framer::new(Seek::new([Doubled]), 32, Duration::from_secs(1));
        assert_eq!(framer.push(start, b"#\x03ab#").len(), 1);
        framer.clear();
        assert_eq!(framer.push(start, b"#\x03abc").len(), 1);
    }
}
