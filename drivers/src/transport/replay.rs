//! A transport that plays what was written down, and remembers what was sent to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Transport, Trouble};

/// Plays pieces of bytes, one for each read, then is gone.
#[derive(Debug)]
pub struct Replay {
    pieces: VecDeque<Vec<u8>>,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Replay {
    /// Returns a transport that plays `pieces`, and where to look for what was sent to it.
    pub fn new(pieces: impl IntoIterator<Item = Vec<u8>>) -> (Replay, Arc<Mutex<Vec<u8>>>) {
        let sent = Arc::default();
        (Replay { pieces: pieces.into_iter().collect(), sent: Arc::clone(&sent) }, sent)
    }
}

impl Transport for Replay {
    fn read(&mut self, into: &mut [u8], _patience: Duration) -> Result<usize, Trouble> {
        let Some(piece) = self.pieces.front_mut() else {
            return Err(Trouble::Gone("replay".to_owned()));
        };
        let count = piece.len().min(into.len());
        into[..count].copy_from_slice(&piece[..count]);
        piece.drain(..count);
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        // Only a panicking test poisons this lock.
        self.sent.lock().expect("nobody panics while holding the bytes sent").extend(bytes);
        Ok(())
    }
}
