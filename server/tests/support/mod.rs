//! What the tests of the server share.

use std::time::{Duration, Instant};

#[allow(unused_imports, reason = "not every test needs a PostgreSQL")]
pub(crate) use weir_support::PostgresServer;

/// Waits until `done` says so.
#[allow(dead_code, reason = "not every test waits")]
pub(crate) async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !done().await {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
