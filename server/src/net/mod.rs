//! Connections: TLS, who is at the other end, and answers.

mod answer;
mod certificate;
mod gather;
mod held;
mod limits;
mod listener;
mod peer;
mod strangers;
mod turns;

pub use answer::{Answer, Kind, refused};
pub use certificate::{CertificateError, OwnCertificate};
pub use held::{Held, switching, wants};
pub use limits::Limits;
pub use listener::{ListenError, Listener};
pub use peer::{Peer, Remote, Served};
