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

/// A policy by which letters with an address wait for who wrote them.
pub const HOLDS_MAIL: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers: {approvals: {openai: approved}}
holds: {channels: [browser, api], most: 3}
policies:
  policy:
    data-classification:
      rules:
        - {id: mail, detector: personal/email, action: block}
";
/// Of the window that says that something waits.
pub const PANEL_TITLE: &str = "Weir: a message waits";

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
