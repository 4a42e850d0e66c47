//! Wayland: the compositor tells of changes, where it speaks data-control (wlroots, KWin). GNOME's does not; there, programs
//! of X11 are shown the clipboard. Which program copied is not told to anybody.

use std::io::Read;

use tokio::sync::mpsc;
use wl_clipboard_rs::paste::{MimeType, Seat, select_mime_type};
use wl_clipboard_rs::watch::{ClipboardEvent, ClipboardType, Offer, Watcher};

use super::content::{Content, MOST_TEXT};
use super::offer::{Picture, count, forms_of, picture_of};
use super::{Change, Eye, WatchError, spawn};

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
        let copied = match watcher.next_event() {
            Ok(Some(ClipboardEvent::Changed { mime_types, offer, .. })) if !is_first => {
                Some(read(&mut eye, mime_types, offer))
            }
            Ok(Some(_)) => None,
            Ok(None) => return,
            Err(error) => {
                tracing::info!(%error, "the compositor has ended; the clipboard is not watched any more");
                return;
            }
        };
        is_first = false;
        let Some(content) = copied else { continue };
        if send.blocking_send(Change { content, source: None }).is_err() {
            return;
        }
    }
}

/// What is offered, by the connection on which it was: another one for each form takes four times as long, and may be given
/// what somebody has copied since. Files are as arboard reads them.
fn read(eye: &mut Eye, types: Vec<String>, mut offer: Offer<'_>) -> Content {
    let has = forms_of(&types);
    if has.files {
        return eye.read();
    }
    let mime = picture_of(&types).cloned();
    let text = select_mime_type(types, MimeType::Text).and_then(|form| receive(&mut offer, &form));
    let html = has.html.then(|| receive(&mut offer, "text/html")).flatten();
    Content::of_texts(text, html).or_picture(|| {
        let mime = mime?;
        let size = offer.receive(&mime).ok().and_then(count);
        Some(Picture { mime, size })
    })
}

/// One form of it. What cannot be read is not there.
fn receive(offer: &mut Offer<'_>, form: &str) -> Option<String> {
    // One more than is kept, so that it is seen to be cut.
    const MOST: u64 = MOST_TEXT as u64 + 4;
    let mut bytes = Vec::new();
    offer.receive(form).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        // Cut within a letter.
        Err(error) if error.as_bytes().len() > MOST_TEXT => {
            let whole = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(whole);
            String::from_utf8(bytes).ok()
        }
        Err(_) => None,
    }
}
