//! Everything that demo and tests need and the real thing does not have: a platform that misbehaves on request, an
//! outbox in memory, invented people.

mod outbox;
#[cfg(feature = "online")]
pub mod platform;
pub mod records;

pub use outbox::MemoryOutbox;
#[cfg(feature = "online")]
pub use platform::{Mischief, Platform, Seen, Times};
