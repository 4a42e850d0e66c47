//! What differs between systems, one file each behind the same functions.

/// The far end of a connection on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketOwner {
    /// Numeric id of the user.
    pub(crate) uid: u32,
    /// Number of the socket.
    pub(crate) inode: u64,
}

#[cfg(target_os = "linux")]
mod applications;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
pub(crate) use applications::application_name;
#[cfg(target_os = "linux")]
pub(crate) use linux::{device_name, own_id, own_program, socket_owner, stored_key, user_id, user_name};
#[cfg(target_os = "linux")]
pub(crate) use programs::Programs;

#[cfg(windows)]
pub(crate) mod service;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{
    Programs, application_name, device_name, own_id, own_program, socket_owner, stored_key, user_id, user_name,
};
