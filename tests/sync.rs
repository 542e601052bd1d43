//! The line to the platform: what must hold, against our own platform and an independent server, and in trouble.

mod promises;
mod sekmet;
mod shapes;
mod support;
mod trouble;
