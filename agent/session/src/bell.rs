//! Notifications, where there is somebody to show them. A desktop without them is normal: what waits shows in the tray and on
//! the command line as well.

use std::path::PathBuf;
use std::sync::Arc;

use notify_rust::Notification;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::notice::{Language, Notice, Tally};
use crate::quiet::{is_quiet, now};

/// Rings for the employee.
pub(crate) struct Bell {
    language: Language,
    tray: Option<PathBuf>,
    tally: Arc<Mutex<Tally>>,
}

const TRAY: &str = if cfg!(windows) { "weir-tray.exe" } else { "weir-tray" };

impl Bell {
    pub(crate) fn new() -> Self {
        Self {
            language: Language::of_session(),
            tray: tray(),
            tally: Arc::default(),
        }
    }

    /// True when somebody would see a notification now.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub(crate) async fn is_heard(&self) -> bool {
        let asked = spawn_blocking(|| notify_rust::get_server_information().is_ok());
        asked.await.unwrap_or(false)
    }

    /// These systems show notifications always.
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    pub(crate) async fn is_heard(&self) -> bool {
        true
    }

    /// Tells it, unless the employee wants to hear nothing. What says the same again within minutes takes the place of what
    /// was said before.
    pub(crate) async fn ring(&self, notice: Notice) {
        if is_quiet() {
            return;
        }
        let mut tally = Arc::clone(&self.tally).lock_owned().await;
        let (language, tray) = (self.language, self.tray.clone());
        let ringing = spawn_blocking(move || {
            let (count, shown) = tally.count(&notice, now());
            match show(&notice, language, count, shown, tray) {
                Ok(number) => number.into_iter().for_each(|number| tally.shown(&notice, number)),
                Err(error) => tracing::debug!(%error, "nobody shows notifications"),
            }
        });
        if ringing.await.is_err() {
            tracing::warn!("a notification broke off");
        }
    }
}

fn written(notice: &Notice, language: Language, count: u32) -> Notification {
    let mut notification = Notification::new();
    notification
        .appname("Weir")
        .summary(&notice.title(language, count))
        .body(&notice.body(language));
    notification
}

/// Gives the number it is shown under.
#[cfg(all(unix, not(target_os = "macos")))]
fn show(
    notice: &Notice,
    language: Language,
    count: u32,
    shown: Option<u32>,
    tray: Option<PathBuf>,
) -> notify_rust::error::Result<Option<u32>> {
    let mut notification = written(notice, language, count);
    notification.icon("weir");
    if tray.is_some() {
        notification.action(OPEN, language.open());
    }
    if let Some(shown) = shown {
        notification.id(shown);
    }
    let handle = notification.show()?;
    let number = handle.id();
    // Somebody waits already for the button of one that was shown before.
    if let Some(tray) = tray.filter(|_| shown != Some(number)) {
        wait_for_button(handle, tray);
    }
    Ok(Some(number))
}

#[cfg(all(unix, not(target_os = "macos")))]
const OPEN: &str = "open";

/// On a thread of its own, until the notification is closed.
#[cfg(all(unix, not(target_os = "macos")))]
fn wait_for_button(handle: notify_rust::NotificationHandle, tray: PathBuf) {
    const STACK: usize = 256 * 1024;
    let waiting = std::thread::Builder::new()
        .name("notification".to_owned())
        .stack_size(STACK);
    let started = waiting.spawn(move || {
        handle.wait_for_action(|action| {
            if action == OPEN || action == "default" {
                open(&tray);
            }
        });
    });
    if let Err(error) = started {
        tracing::debug!(%error, "nobody waits for the button of a notification");
    }
}

/// The other systems give no number to be replaced by, and no button through this library.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn show(
    notice: &Notice,
    language: Language,
    count: u32,
    _shown: Option<u32>,
    _tray: Option<PathBuf>,
) -> notify_rust::error::Result<Option<u32>> {
    written(notice, language, count).show().map(|_| None)
}

/// The tray's program beside this one, or on the path; never by what a message says.
fn tray() -> Option<PathBuf> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(|folder| folder.join(TRAY)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(TRAY));
    beside.into_iter().chain(on_path).find(|program| program.is_file())
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open(tray: &std::path::Path) {
    use std::process::{Command, Stdio};
    let mut command = Command::new(tray);
    command.args(["--page", "panel"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // It hands over to the one that runs, or stays: nobody waits for it here but the thread of the notification.
        Ok(mut child) => drop(child.wait()),
        Err(error) => tracing::warn!(%error, "the tray could not be opened"),
    }
}
