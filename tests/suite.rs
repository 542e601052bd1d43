//! The one test binary.

#[cfg(feature = "online")]
mod sync;
