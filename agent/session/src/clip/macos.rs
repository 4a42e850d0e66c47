//! macOS sends no message about the clipboard: the number of its changes is looked at, its content only when that moved. Not
//! run by the tests of this repository.

use std::time::Duration;

use objc2_app_kit::NSPasteboard;
use tokio::sync::mpsc;

use super::{Change, Eye, WatchError, spawn, tell};

const BETWEEN: Duration = Duration::from_millis(250);

pub(super) fn watch(send: mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    spawn(move || {
        let mut eye = Eye::default();
        let mut seen = NSPasteboard::generalPasteboard().changeCount();
        loop {
            std::thread::sleep(BETWEEN);
            let count = NSPasteboard::generalPasteboard().changeCount();
            if count != seen && !tell(&mut eye, &send, None) {
                return;
            }
            seen = count;
        }
    })?;
    Ok("change count")
}
