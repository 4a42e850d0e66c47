//! macOS sends no message about the clipboard: the number of its changes is looked at, its content only when that moved. Not
//! run by the tests of this repository.

use std::time::Duration;

use objc2_app_kit::{NSPasteboard, NSWorkspace};
use tokio::sync::mpsc;

use weir_wire::Application;

use super::{Change, Eye, WatchError, spawn, tell};

const BETWEEN: Duration = Duration::from_millis(250);

pub(super) fn watch(send: mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    spawn(move || {
        let mut eye = Eye::default();
        let mut seen = NSPasteboard::generalPasteboard().changeCount();
        loop {
            std::thread::sleep(BETWEEN);
            let count = NSPasteboard::generalPasteboard().changeCount();
            if count != seen && !tell(&mut eye, &send, in_front()) {
                return;
            }
            seen = count;
        }
    })?;
    Ok("change count")
}

/// The program in front: the pasteboard does not say who wrote it.
fn in_front() -> Option<Application> {
    let program = NSWorkspace::sharedWorkspace().frontmostApplication()?;
    Some(Application {
        executable: program.executableURL()?.path()?.to_string(),
        pid: None,
    })
}
