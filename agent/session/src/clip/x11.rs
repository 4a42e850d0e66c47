//! X11: the server tells of each new owner of the clipboard (XFixes), and which program that is (X-Resource).

use tokio::sync::mpsc;
use weir_wire::Application;
use x11rb::connection::Connection;
use x11rb::errors::{ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::{Change, Eye, WatchError, spawn};

struct Watch {
    connection: RustConnection,
    clipboard: Atom,
    root: Window,
    active_window: Atom,
    wm_pid: Atom,
}

pub(super) fn watch(send: mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    let failed = |error: &dyn std::fmt::Display| WatchError::because("the X server", error);
    let (connection, screen) = x11rb::connect(None).map_err(|error| failed(&error))?;
    let watch = Watch::begin(connection, screen).map_err(|error| failed(&error))?;
    spawn(move || watch.run(&send))?;
    Ok("XFixes")
}

impl Watch {
    fn begin(connection: RustConnection, screen: usize) -> Result<Self, ReplyOrIdError> {
        let root = connection.setup().roots[screen].root;
        let atom = |name: &[u8]| -> Result<Atom, ReplyError> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let clipboard = atom(b"CLIPBOARD")?;
        let (active_window, wm_pid) = (atom(b"_NET_ACTIVE_WINDOW")?, atom(b"_NET_WM_PID")?);
        connection.xfixes_query_version(5, 0)?.reply()?;
        connection
            .xfixes_select_selection_input(root, clipboard, SelectionEventMask::SET_SELECTION_OWNER)?
            .check()?;
        // Without it the program is told by its window.
        let _ = connection.res_query_version(1, 2)?.reply();
        Ok(Self {
            connection,
            clipboard,
            root,
            active_window,
            wm_pid,
        })
    }

    /// Ends with the X server.
    fn run(&self, send: &mpsc::Sender<Change>) {
        let mut eye = Eye::default();
        loop {
            match self.connection.wait_for_event() {
                // No owner: the clipboard was emptied.
                Ok(Event::XfixesSelectionNotify(event)) if event.owner != x11rb::NONE => {
                    let pid = self.client(event.owner);
                    if pid == Some(std::process::id()) {
                        continue;
                    }
                    let (content, source) = (eye.read(), self.source(pid));
                    // Read while somebody else copied: theirs, of which the next message tells.
                    let is_theirs = self.owner() != Some(event.owner);
                    if !is_theirs && send.blocking_send(Change { content, source }).is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::info!(%error, "the X server has ended; the clipboard is not watched any more");
                    return;
                }
            }
        }
    }

    /// The program that owns the clipboard, or else the one whose window is in front.
    fn source(&self, owner: Option<u32>) -> Option<Application> {
        owner.and_then(application).or_else(|| {
            let window = self.number(self.root, self.active_window, AtomEnum::WINDOW)?;
            let pid = self.number(window, self.wm_pid, AtomEnum::CARDINAL)?;
            application(pid)
        })
    }

    /// The window that owns the clipboard now.
    fn owner(&self) -> Option<Window> {
        Some(
            self.connection
                .get_selection_owner(self.clipboard)
                .ok()?
                .reply()
                .ok()?
                .owner,
        )
    }

    /// Its number, by what the server knows of the connection: windows say what they like.
    fn client(&self, window: Window) -> Option<u32> {
        let asked = ClientIdSpec {
            client: window,
            mask: ClientIdMask::LOCAL_CLIENT_PID,
        };
        let reply = self.connection.res_query_client_ids(&[asked]).ok()?.reply().ok()?;
        let mut ids = reply
            .ids
            .iter()
            .filter(|id| id.spec.mask == ClientIdMask::LOCAL_CLIENT_PID);
        ids.find_map(|id| id.value.first().copied())
    }

    fn number(&self, window: Window, property: Atom, kind: AtomEnum) -> Option<u32> {
        let asked = self.connection.get_property(false, window, property, kind, 0, 1);
        asked
            .ok()?
            .reply()
            .ok()?
            .value32()?
            .next()
            .filter(|number| *number != 0)
    }
}

fn application(pid: u32) -> Option<Application> {
    let executable = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    Some(Application {
        executable: executable.to_string_lossy().into_owned(),
        pid: Some(pid),
    })
}
