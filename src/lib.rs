//! health-hut (健康小屋): the client of a self-service health check point.

pub mod model;
#[cfg(feature = "sqlite")]
pub mod store;
