//! health-hut (健康小屋): the client of a self-service health check point.

pub mod assess;
pub mod commands;
pub mod model;
pub mod seeds;
