//! Wayland: the compositor tells of changes, where it speaks data-control (wlroots, KWin). GNOME's does not; there, programs
//! of X11 are shown the clipboard. Which program copied is not told to anybody.

use tokio::sync::mpsc;
use wl_clipboard_rs::paste::Seat;
use wl_clipboard_rs::watch::{ClipboardEvent, ClipboardType, Watcher};

use super::{Change, Eye, WatchError, spawn, tell};

pub(super) fn watch(send: mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    let (ready, begun) = std::sync::mpsc::sync_channel(1);
    // The connection stays on the thread that made it.
    spawn(move || match Watcher::new(ClipboardType::Regular, Seat::Unspecified) {
        Ok(mut watcher) => {
            let _ = ready.send(Ok(()));
            run(&mut watcher, &send);
        }
        Err(error) => {
            let _ = ready.send(Err(WatchError::because("the Wayland compositor", &error)));
        }
    })?;
    let begun = begun.recv();
    begun.unwrap_or_else(|_| Err(WatchError("the thread that watches broke off".to_owned())))?;
    Ok("data-control")
}

/// The first event is what is there already.
fn run(watcher: &mut Watcher, send: &mpsc::Sender<Change>) {
    let (mut eye, mut is_first) = (Eye::default(), true);
    loop {
        let is_copy = match watcher.next_event() {
            Ok(Some(ClipboardEvent::Changed { .. })) => true,
            Ok(Some(ClipboardEvent::Cleared { .. })) => false,
            Ok(None) => return,
            Err(error) => {
                tracing::info!(%error, "the compositor has ended; the clipboard is not watched any more");
                return;
            }
        };
        if is_copy && !is_first && !tell(&mut eye, send, None) {
            return;
        }
        is_first = false;
    }
}
