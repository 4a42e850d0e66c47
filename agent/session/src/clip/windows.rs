//! Windows: a window that nobody sees is told of changes (`AddClipboardFormatListener`). Not run by the tests of this
//! repository.

use clipboard_win::Monitor;
use tokio::sync::mpsc;

use super::{Change, Eye, WatchError, program, spawn, tell};

pub(super) fn watch(send: mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    let (ready, begun) = std::sync::mpsc::sync_channel(1);
    // The window belongs to the thread that made it.
    spawn(move || match Monitor::new() {
        Ok(mut monitor) => {
            let _ = ready.send(Ok(()));
            let mut eye = Eye::default();
            while let Ok(true) = monitor.recv() {
                if !tell(&mut eye, &send, program::source()) {
                    return;
                }
            }
        }
        Err(error) => {
            let _ = ready.send(Err(WatchError::because("the listener", &error)));
        }
    })?;
    let begun = begun.recv();
    begun.unwrap_or_else(|_| Err(WatchError("the thread that watches broke off".to_owned())))?;
    Ok("clipboard listener")
}
