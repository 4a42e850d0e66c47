//! This process in the user's session: what it sets before it starts, and how it begins anew; one file a system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{begin_anew, prepare};

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{begin_anew, prepare};
