//! Bytes to frames: holds what is incomplete, skips garbage, and is bounded in length and time.

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

/// Returns where `needle` begins in `hay`.
pub fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}
