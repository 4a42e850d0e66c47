use std::net::SocketAddr;

/// The local end of a connection, for finding out whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Address of the client's socket.
    pub peer: SocketAddr,
    /// Address of our socket.
    pub local: SocketAddr,
    /// Number of the connection, unique while the process lives: what was found out once holds for all its requests.
    pub connection: u64,
}
