//! Everything that demo and tests need and the real thing does not have: a platform that misbehaves on request, an
//! outbox in memory, invented people, and the demo's story.

#[cfg(feature = "kiosk")]
pub mod hands;
mod outbox;
#[cfg(feature = "online")]
pub mod platform;
pub mod records;
#[cfg(feature = "online")]
pub mod stage;
#[cfg(feature = "kiosk")]
pub mod story;

pub use outbox::MemoryOutbox;
#[cfg(feature = "online")]
pub use platform::{Mischief, Platform, Seen, Times};
