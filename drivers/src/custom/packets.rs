//! Binary frames that begin with a mark, carry their length and end with a check: found in any garbage, cut anyhow.

use crate::framing::{Find, Step};

/// A kind of frame.
pub trait Shape {
    /// Says what the bytes at the start of `held` are. More bytes may turn [`Look::More`] into anything else, and
    /// nothing else into something.
    fn look(&self, held: &[u8]) -> Look;

    /// Whether a mark stands here. What begins without one is not told when it is cut off, and not looked for inside another.
    fn is_marked(&self, _held: &[u8]) -> bool {
        true
    }
}

/// What bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// No frame begins here.
    No,
    /// A frame may begin here.
    More,
    /// A whole frame of so many bytes.
    Good(usize),
    /// A frame of so many bytes whose check is wrong.
    Bad(usize),
}

/// A frame, or what is left of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Whole, its check right.
    Good(Vec<u8>),
    /// Its check is wrong.
    Bad(Vec<u8>),
    /// The rest never came.
    Cut(Vec<u8>),
}

/// Finds the frames of one [`Shape`].
///
/// A mark in garbage that promises a long frame does not hide the good frame behind it: whatever is whole and right
/// first, counts. A broken frame is told once.
#[derive(Debug)]
pub struct Packets<S>(pub S);

impl<S: Shape> Packets<S> {
    /// What `held` says that its shorter beginnings did not say.
    fn decide(&self, held: &[u8]) -> Option<Step<Packet>> {
        let first = self.0.look(held);
        let broken = match first {
            Look::No => return Some(Step::Skip(1)),
            Look::Good(count) => return Some(Step::Take(count, Packet::Good(held[..count].to_vec()))),
            Look::Bad(_) => Packet::Bad,
            Look::More => Packet::Cut,
        };
        let mut hope = false;
        for start in (1..held.len()).filter(|start| self.0.is_marked(&held[*start..])) {
            match self.0.look(&held[start..]) {
                Look::Good(_) if first == Look::More && !self.0.is_marked(&held[..start]) => {
                    return Some(Step::Skip(start));
                }
                Look::Good(_) => return Some(Step::Take(start, broken(held[..start].to_vec()))),
                Look::More => hope |= !matches!(first, Look::Bad(count) if start >= count),
                Look::No | Look::Bad(_) => {}
            }
        }
        match first {
            Look::Bad(count) if !hope => Some(Step::Take(count, Packet::Bad(held[..count].to_vec()))),
            _ => None,
        }
    }
}

impl<S: Shape> Find for Packets<S> {
    type Frame = Packet;

    /// Asks about every beginning in turn, so that a large read finds what many small ones find.
    fn find(&mut self, held: &[u8]) -> Step<Packet> {
        (1..=held.len()).find_map(|count| self.decide(&held[..count])).unwrap_or(Step::Wait)
    }

    fn cut_off(&mut self, held: &[u8]) -> Step<Packet> {
        match self.0.look(held) {
            Look::Bad(count) => Step::Take(count, Packet::Bad(held[..count].to_vec())),
            Look::More if !self.0.is_marked(held) => Step::Skip(1),
            _ => Step::Take(held.len(), Packet::Cut(held.to_vec())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::framing::Framer;

    /// `#`, length of what follows, text, and as check the last letter twice.
    struct Doubled;

    impl Shape for Doubled {
        fn look(&self, held: &[u8]) -> Look {
            let whole = match held {
                [b'#'] => return Look::More,
                [b'#', count @ 2..=9, ..] => 2 + usize::from(*count),
                _ => return Look::No,
            };
            match held.get(..whole) {
                None => Look::More,
                Some(frame) if frame[whole - 1] == frame[whole - 2] => Look::Good(whole),
                Some(_) => Look::Bad(whole),
            }
        }
    }

    fn frames(bytes: &[u8]) -> Vec<Packet> {
        let start = Instant::now();
        let mut whole = Framer::new(Packets(Doubled), 32, Duration::from_secs(1));
        let mut told = whole.push(start, bytes);
        told.extend(whole.expire(start + Duration::from_secs(1)));
        let mut slow = Framer::new(Packets(Doubled), 32, Duration::from_secs(1));
        let mut bitwise: Vec<_> = bytes.iter().flat_map(|byte| slow.push(start, &[*byte])).collect();
        bitwise.extend(slow.expire(start + Duration::from_secs(1)));
        assert_eq!(told, bitwise);
        told
    }

    #[test]
    fn what_is_broken_is_told_once_and_hides_nothing() {
        let good = Packet::Good(b"#\x03abb".to_vec());
        assert_eq!(frames(b"xx#\x03abb"), std::slice::from_ref(&good));
        assert_eq!(frames(b"#\x03abc#\x03abb"), [Packet::Bad(b"#\x03abc".to_vec()), good.clone()]);
        assert_eq!(frames(b"#\x09#\x03abb"), [Packet::Cut(b"#\x09".to_vec()), good.clone()]);
        assert_eq!(frames(b"#\x03a#\x03abb"), [Packet::Bad(b"#\x03a".to_vec()), good]);
        assert_eq!(frames(b"#\x03ab"), [Packet::Cut(b"#\x03ab".to_vec())]);
    }
}
