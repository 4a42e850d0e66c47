//! What differs between systems, one file each behind the same functions.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{own_id, own_program, socket_owner, stored_key, user_id, user_name};

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{own_id, own_program, socket_owner, stored_key, user_id, user_name};
