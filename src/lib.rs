//! health-hut (健康小屋): the client of a self-service health check point.

pub mod demo;
pub mod model;
pub mod sync;
