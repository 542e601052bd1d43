//! Bytes to frames: holds what is incomplete, skips garbage, and is bounded in length and time.

pub mod seek;

use std::time::{Duration, Instant};

/// What a frame finder sees at the start of the held bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// More bytes are needed to tell.
    Wait,
    /// The first bytes belong to no frame.
    Skip(usize),
    /// The first bytes are a frame, or a broken one worth telling.
    Take(usize, T),
}

impl<T> Step<T> {
    /// The same step with its frame made something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Step::Wait => Step::Wait,
            Step::Skip(count) => Step::Skip(count),
            Step::Take(count, frame) => Step::Take(count, make(frame)),
        }
    }
}

/// Finds frames of one protocol at the start of some bytes.
///
/// `find` depends on the bytes alone (and on what it took or skipped before), never on how they came: it says [`Step::Wait`]
/// only where more bytes could change the answer. That is what makes results independent of how reads are cut.
pub trait Find {
    /// What a frame becomes.
    type Frame;
    /// Looks at the start of `held`, which is never empty.
    fn find(&mut self, held: &[u8]) -> Step<Self::Frame>;
    /// Says what becomes of `held` when nothing more comes in time. Never [`Step::Wait`].
    fn cut_off(&mut self, held: &[u8]) -> Step<Self::Frame>;
    /// Forgets what it took or skipped before.
    fn forget(&mut self) {}
}

/// Holds bytes until [`Find`] has made frames of them.
#[derive(Debug)]
pub struct Framer<F> {
    finder: F,
    held: Vec<u8>,
    last: Option<Instant>,
    longest: usize,
    patience: Duration,
}

/// The longest that any decoder may hold, in bytes.
pub const LONGEST: usize = 64 * 1024;

impl<F: Find> Framer<F> {
    /// Returns a framer that holds at most `longest` bytes, each for at most `patience` after the last byte came.
    pub fn new(finder: F, longest: usize, patience: Duration) -> Framer<F> {
        assert!(longest <= LONGEST, "a frame finder asks for too long frames");
        Framer { finder, held: Vec::new(), last: None, longest, patience }
    }

    /// Takes bytes in and returns the frames they complete.
    pub fn push(&mut self, at: Instant, bytes: &[u8]) -> Vec<F::Frame> {
        let mut frames = Vec::new();
        self.last = Some(at);
        // In pieces, so that a large read holds no more than many small ones.
        for piece in bytes.chunks(self.longest) {
            self.held.extend_from_slice(piece);
            self.drain(&mut frames);
        }
        frames
    }

    /// Gives up on what is held when its time is over at `at`.
    pub fn expire(&mut self, at: Instant) -> Vec<F::Frame> {
        let mut frames = Vec::new();
        if self.deadline().is_none_or(|deadline| at < deadline) {
            return frames;
        }
        while !self.held.is_empty() {
            let step = match self.finder.find(&self.held) {
                Step::Wait => self.finder.cut_off(&self.held),
                step => step,
            };
            self.apply(step, &mut frames);
        }
        frames
    }

    /// When what is held is given up; `None` while nothing is held.
    pub fn deadline(&self) -> Option<Instant> {
        if self.held.is_empty() { None } else { self.last.map(|last| last + self.patience) }
    }

    /// Drops what is held.
    pub fn clear(&mut self) {
        self.held.clear();
        self.finder.forget();
    }

    /// The finder, to tell it what is expected.
    pub fn finder(&mut self) -> &mut F {
        &mut self.finder
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn drain(&mut self, frames: &mut Vec<F::Frame>) {
        while !self.held.is_empty() {
            let step = match self.finder.find(&self.held) {
                Step::Wait if self.held.len() < self.longest => return,
                Step::Wait => self.finder.cut_off(&self.held),
                step => step,
            };
            self.apply(step, frames);
        }
    }

    fn apply(&mut self, step: Step<F::Frame>, frames: &mut Vec<F::Frame>) {
        let gone = match step {
            // A finder that cannot decide about a full or expired buffer loses one byte, so that this always ends.
            Step::Wait => 1,
            Step::Skip(count) => count,
            Step::Take(count, frame) => {
                frames.push(frame);
                count
            }
        };
        self.held.drain(..gone.clamp(1, self.held.len()));
    }
}

/// Finds STX, printable text, ETX, of at most so many bytes. A text that ends in another way, or grows too long, is taken
/// without its ETX: whoever reads it sees that it is broken.
#[derive(Debug)]
pub struct StxText(pub usize);

impl Find for StxText {
    type Frame = Vec<u8>;

    fn find(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if held[0] != STX {
            return Step::Skip(held.iter().position(|byte| *byte == STX).unwrap_or(held.len()));
        }
        let longest = self.0;
        match held[1..].iter().take(longest - 1).position(|byte| !(0x20..=0x7E).contains(byte)) {
            None if held.len() < longest => Step::Wait,
            None => Step::Take(longest, held[..longest].to_vec()),
            // A false start: nothing follows that a frame could hold.
            Some(0) => Step::Skip(1),
            Some(end) if held[end + 1] == ETX => Step::Take(end + 2, held[..end + 2].to_vec()),
            Some(end) => Step::Take(end + 1, held[..=end].to_vec()),
        }
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Vec<u8>> {
        if held.len() == 1 { Step::Skip(1) } else { Step::Take(held.len(), held.to_vec()) }
    }
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// Returns where `needle` begins in `hay`.
pub fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `<...>`, and cannot decide about anything else.
    struct Angles;

    impl Find for Angles {
        type Frame = Vec<u8>;

        fn find(&mut self, held: &[u8]) -> Step<Vec<u8>> {
            match (held[0], position(held, b">")) {
                (b'<', Some(end)) => Step::Take(end + 1, held[..=end].to_vec()),
                _ => Step::Wait,
            }
        }

        fn cut_off(&mut self, _held: &[u8]) -> Step<Vec<u8>> {
            Step::Wait
        }
    }

    #[test]
    fn what_is_held_is_bounded_in_length_and_time() {
        let mut framer = Framer::new(Angles, 16, Duration::from_secs(1));
        let start = Instant::now();
        for _ in 0..100 {
            assert!(framer.push(start, &[b'x'; 999]).is_empty());
            assert!(framer.held() < 16);
        }
        assert!(framer.expire(start).is_empty());
        assert!(framer.held() > 0, "its time is not over");
        framer.expire(start + Duration::from_secs(1));
        assert_eq!((framer.held(), framer.deadline()), (0, None));
        assert_eq!(framer.push(start, b"<a>"), [b"<a>"]);
    }
}
