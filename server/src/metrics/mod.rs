//! How the server does, for Prometheus and for whoever starts and stops it. On an address of its own: what it says is not for
//! the networks that devices come from.

mod counters;
mod routes;

pub use counters::{Metrics, database_errors, database_failed};
pub use routes::{counted, serve};
