//! health-hut (健康小屋): the client of a self-service health check point.
//!
//! Data flows one way: bytes become a Reading ([`hut_drivers`]), a Reading becomes a [`model::Measurement`], the rules
//! ([`assess`]) make findings of it, all of them become stored [`model::Fact`]s ([`store`]), and Facts leave through the
//! outbox ([`sync`]). Deciding and doing are apart: [`session`], [`assess`] and [`sync::plan`] take values and return
//! values, [`shell`] does what they ask for. The screen is a picture of the state ([`kiosk`]).
//!
//! [`manual`] holds how-to pages and recorded decisions.

pub mod assess;
pub mod commands;
pub mod demo;
#[cfg(feature = "kiosk")]
pub mod kiosk;
pub mod manual;
pub mod model;
pub mod seeds;
pub mod session;
#[cfg(feature = "sqlite")]
pub mod shell;
#[cfg(feature = "sqlite")]
pub mod store;
pub mod sync;
