//! Connections: TLS, who is at the other end, and answers.

mod answer;
mod certificate;
mod gather;
mod held;
mod listener;
mod peer;

pub use answer::{Answer, Kind, refused};
pub use certificate::{CertificateError, OwnCertificate};
pub use held::{Held, switching, wants};
pub use listener::{ListenError, Listener};
pub use peer::{Peer, Remote, Served};
