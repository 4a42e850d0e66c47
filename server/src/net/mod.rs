//! Connections: TLS, who is at the other end, and answers.

mod answer;
mod certificate;
mod gather;
mod listener;
mod peer;

pub use answer::{Answer, Kind, refused};
pub use certificate::{CertificateError, OwnCertificate};
pub use listener::{ListenError, Listener};
pub use peer::{Peer, Remote, Served};
