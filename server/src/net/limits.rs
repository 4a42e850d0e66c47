//! How long is waited for the other side of a connection, and for how many of whom nobody knows who they are.

use std::time::Duration;

/// What holds for all connections. Those of tests are shorter.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the connection to the end of the first message of the handshake.
    pub hello: Duration,
    /// From the server's answer to that to the end of the handshake.
    pub handshake: Duration,
    /// From the handshake, or from the answer before, to the end of a request's head.
    pub head: Duration,
    /// From the head to the end of a small body.
    pub body: Duration,
    /// From the head to the answer.
    pub request: Duration,
    /// For a stranger that neither asks nor takes what it is answered.
    pub stranger: Duration,
    /// For a device, the same.
    pub device: Duration,
    /// Strangers at once. Whoever has not ended the handshake is one.
    pub strangers: usize,
    /// Of these from one address, or one /64 of IPv6.
    pub from_one: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(15),
            body: Duration::from_secs(15),
            // As long as laptops wait.
            request: Duration::from_secs(60),
            stranger: Duration::from_secs(60),
            // Laptops end a connection that they do not ask on after five seconds; older ones hold their stream on it.
            device: Duration::from_secs(300),
            strangers: 8192,
            // Thousands of laptops behind one address come back in one minute, and each is a stranger for a few hundred milliseconds.
            from_one: 2048,
        }
    }
}
