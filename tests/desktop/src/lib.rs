//! A desktop without a screen: an X server that draws into memory, a message bus of its own, and a stand-in for the panel
//! that icons register with. Programs under test cannot tell.
//!
//! ```text
//! screen   the X server, the bus and the folders of a user
//! tray     icons and their menus, as a panel sees them
//! browser  a page inside a window, driven as WebDriver says
//! process  processes of the system, as /proc tells
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod browser;
pub mod process;
mod screen;
mod tray;

pub use browser::{Browser, key};
pub use screen::{Desktop, weir_tray};
pub use tray::{Item, Panel};

use std::time::{Duration, Instant};

/// Waits, for a slow machine with much else to do; gives what came.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
