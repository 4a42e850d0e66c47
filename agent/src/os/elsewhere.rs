//! Windows and macOS: attribution is not written yet. Every caller treats `None` as "not known", which shares nothing
//! between users: stand-ins then belong to one connection. The key stores were compiled for both and tried on neither.

use std::net::SocketAddr;
use std::path::PathBuf;

use weir_audit::Process;
use zeroize::Zeroizing;

use super::SocketOwner;

/// An entry of the Keychain or the Credential Manager, by its user name; the service is `weir`.
#[cfg(any(target_os = "macos", windows))]
pub(crate) fn stored_key(name: &str) -> Option<Zeroizing<String>> {
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new().ok()?;
    #[cfg(windows)]
    let store = windows_native_keyring_store::Store::new().ok()?;
    keyring_core::set_default_store(store);
    let entry = keyring_core::Entry::new("weir", name).ok()?;
    entry.get_password().ok().map(Zeroizing::new)
}

/// No key store is known.
#[cfg(not(any(target_os = "macos", windows)))]
pub(crate) fn stored_key(_name: &str) -> Option<Zeroizing<String>> {
    None
}

/// What the application is called whose executable this is: on macOS as its bundle, `Mail.app`; on Windows its file must do.
pub(crate) fn application_name(executable: &str) -> Option<String> {
    let bundle = executable.split('/').find_map(|part| part.strip_suffix(".app"))?;
    Some(bundle.to_owned())
}

/// What the machine is called.
#[cfg(unix)]
pub(crate) fn device_name() -> Option<String> {
    let name = rustix::system::uname();
    name.nodename().to_str().ok().map(str::to_owned)
}

/// What the machine is called.
#[cfg(not(unix))]
pub(crate) fn device_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// This program. What does not exist cannot be started, which is said then.
pub(crate) fn own_program() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// Numeric id of the user at the far end of a loopback connection.
pub(crate) fn socket_owner(_client: SocketAddr, _ours: SocketAddr) -> Option<SocketOwner> {
    None
}

/// Finds programs by their sockets.
#[derive(Default)]
pub(crate) struct Programs;

impl Programs {
    /// The program that holds the socket.
    pub(crate) fn holder(&self, _owner: SocketOwner) -> Option<Process> {
        None
    }
}

/// Numeric id of the user this program runs as.
pub(crate) fn own_id() -> Option<u32> {
    None
}

/// Numeric id of a user by the login name.
pub(crate) fn user_id(_name: &str) -> Option<u32> {
    None
}

/// Login name of a user.
pub(crate) fn user_name(_id: u32) -> Option<String> {
    None
}
