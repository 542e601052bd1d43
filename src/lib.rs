//! health-hut (健康小屋): the client of a self-service health check point.

pub mod assess;
pub mod commands;
pub mod demo;
#[cfg(feature = "kiosk")]
pub mod kiosk;
pub mod model;
pub mod seeds;
pub mod session;
#[cfg(feature = "sqlite")]
pub mod shell;
#[cfg(feature = "sqlite")]
pub mod store;
pub mod sync;
