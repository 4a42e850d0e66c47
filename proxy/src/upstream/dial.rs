//! TCP to an origin: resolving, trying addresses, going through the company's own proxy.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ConnectError, Target};

/// RFC 8305: how long one address may keep the next waiting.
const STAGGER: Duration = Duration::from_millis(250);

/// All addresses of a host, families alternating.
pub(super) async fn resolve(target: Target<'_>) -> Result<VecDeque<SocketAddr>, ConnectError> {
    let found = tokio::net::lookup_host((target.host, target.port)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| ConnectError::Resolve(Some(error)))?.collect();
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) =
        found.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered = VecDeque::new();
    while !one.is_empty() || !other.is_empty() {
        ordered.extend(one.pop_front());
        ordered.extend(other.pop_front());
    }
    Ok(ordered)
}

/// The first address that answers.
pub(super) async fn dial(mut addresses: VecDeque<SocketAddr>) -> Result<TcpStream, ConnectError> {
    let mut running = FuturesUnordered::new();
    let mut failure = ConnectError::Resolve(None);
    loop {
        if let Some(address) = addresses.pop_front() {
            running.push(TcpStream::connect(address));
        }
        let next = tokio::time::timeout(STAGGER, running.next());
        match if addresses.is_empty() {
            Ok(running.next().await)
        } else {
            next.await
        } {
            Ok(Some(Ok(stream))) => {
                // Small writes must leave at once: Nagle costs 40 ms per answer.
                stream.set_nodelay(true).map_err(ConnectError::Unreachable)?;
                return Ok(stream);
            }
            Ok(Some(Err(error))) => failure = classify(error),
            Ok(None) if addresses.is_empty() => return Err(failure),
            Ok(None) | Err(_) => {}
        }
    }
}

fn classify(error: io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused,
        io::ErrorKind::TimedOut => ConnectError::Timeout,
        _ => ConnectError::Unreachable(error),
    }
}

/// Asks the company's own proxy for a tunnel.
pub(super) async fn connect_through(
    stream: &mut TcpStream,
    target: Target<'_>,
    authorization: Option<&str>,
) -> Result<(), ConnectError> {
    let host = if target.host.contains(':') {
        format!("[{}]", target.host)
    } else {
        target.host.to_owned()
    };
    let authority = format!("{host}:{}", target.port);
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
    if let Some(value) = authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(value);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(ConnectError::Unreachable)?;
    match read_status(stream).await? {
        200..=299 => Ok(()),
        status => Err(ConnectError::Proxy(status)),
    }
}

/// Byte by byte, so that nothing of the tunnel is taken with it. It happens once per connection.
async fn read_status(stream: &mut TcpStream) -> Result<u16, ConnectError> {
    const MOST: usize = 16 * 1024;
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.map_err(|_| ConnectError::NotAProxy)?;
        head.push(byte);
        if head.len() > MOST {
            return Err(ConnectError::NotAProxy);
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    match response.parse(&head) {
        Ok(httparse::Status::Complete(_)) => response.code.ok_or(ConnectError::NotAProxy),
        _ => Err(ConnectError::NotAProxy),
    }
}
