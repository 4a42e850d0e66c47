//! A connection that was upgraded: what stays of it is its TLS session. A laptop holds one day and night, and what HTTP keeps for
//! the next request is most of what that would cost.

use super::listener::Tls;
use bytes::Bytes;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::ready;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

/// One that goes both ways.
pub struct Held {
    io: Box<Tls>,
    /// What came with the request already.
    read: Bytes,
    /// Whoever takes nothing for so long is cut off.
    patience: Duration,
}

const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that wait in the TLS session for who takes nothing. What is carried is shared by all.
const WAITING: usize = 16 * 1024;
/// What is shorter goes in one record, and in one packet most of the time.
const SHORT: usize = 8 * 1024;
/// Bytes that are read at once.
const READ: usize = 4096;

/// Whether a request wants its connection to become this.
pub fn wants(headers: &HeaderMap, name: &str) -> bool {
    let has = |header, wanted: &str| {
        let values = headers
            .get_all(header)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|token| token.trim().eq_ignore_ascii_case(wanted))
    };
    has(CONNECTION, "upgrade") && has(UPGRADE, name)
}

/// The answer to such a request.
pub fn switching(name: &'static str) -> (StatusCode, [(http::HeaderName, HeaderValue); 2]) {
    let headers = [
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static(name)),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers)
}

impl Held {
    /// Once the answer is on its way; `None` where the other side has gone.
    pub async fn after(upgrade: OnUpgrade) -> Option<Self> {
        let parts = downcast::<TokioIo<Tls>>(upgrade.await.ok()?).ok()?;
        let mut io = Box::new(parts.io.into_inner());
        io.get_mut().1.set_buffer_limit(Some(WAITING));
        Some(Self {
            io,
            // A copy: a part of the buffer of HTTP, and be it empty, is all of that.
            read: Bytes::copy_from_slice(&parts.read_buf),
            patience: PATIENCE,
        })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// The other side has gone, or takes nothing.
    pub async fn write(&mut self, parts: &[Bytes]) -> io::Result<()> {
        let short = parts.len() > 1 && parts.iter().map(Bytes::len).sum::<usize>() <= SHORT;
        let writing = async {
            match short {
                true => self.io.write_all(&parts.concat()).await?,
                false => {
                    for part in parts {
                        self.io.write_all(part).await?;
                    }
                }
            }
            self.io.flush().await
        };
        tokio::time::timeout(self.patience, writing)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Hands over what comes next; nothing at the end. Nothing is lost where this is given up.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn read<T>(&mut self, mut take: impl FnMut(&[u8]) -> T) -> io::Result<T> {
        if !self.read.is_empty() {
            return Ok(take(&std::mem::take(&mut self.read)));
        }
        poll_fn(|context| {
            // On the stack: a connection that is silent has no room for what it does not say.
            let mut bytes = [0; READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(pin!(&mut *self.io).poll_read(context, &mut buffer))?;
            Ok(take(buffer.filled())).into()
        })
        .await
    }

    /// Says that nothing more comes.
    pub async fn end(mut self) {
        // Who has gone need not be told.
        let _ = tokio::time::timeout(self.patience, self.io.shutdown()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, wants};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use rcgen::generate_simple_self_signed;
    use rustls::{ClientConfig, RootCertStore, ServerConfig};
    use rustls_pki_types::{PrivateKeyDer, ServerName};
    use std::io::ErrorKind;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    /// Both ends of a connection.
    async fn connected(patience: Duration) -> (Held, TlsStream<TcpStream>) {
        let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let connecting = async {
            let tcp = TcpStream::connect(address).await.unwrap();
            let connector = TlsConnector::from(Arc::new(client));
            connector.connect(ServerName::from(address.ip()), tcp).await.unwrap()
        };
        let accepting = async {
            let (tcp, _) = socket.accept().await.unwrap();
            TlsAcceptor::from(Arc::new(server)).accept(tcp).await.unwrap()
        };
        let (io, other) = tokio::join!(accepting, connecting);
        let held = Held {
            io: Box::new(io),
            read: Bytes::from_static(b"early"),
            patience,
        };
        (held, other)
    }

    #[tokio::test]
    async fn who_does_not_read_is_cut_off() {
        let (mut held, other) = connected(Duration::from_millis(200)).await;
        let much = [Bytes::from(vec![b'x'; 64 << 20])];
        let written = held.write(&much).await;
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(other);
    }

    #[tokio::test]
    async fn what_came_early_is_read_first_and_the_end_is_told() {
        let (mut held, mut other) = connected(Duration::from_secs(30)).await;
        other.write_all(b"late").await.unwrap();
        other.flush().await.unwrap();
        assert_eq!(held.read(<[u8]>::to_vec).await.unwrap(), b"early");
        assert_eq!(held.read(<[u8]>::to_vec).await.unwrap(), b"late");
        let parts = [Bytes::from_static(b"one, "), Bytes::from_static(b"two")];
        held.write(&parts).await.unwrap();
        held.end().await;
        let mut read = String::new();
        other.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "one, two");
    }

    #[test]
    fn an_upgrade_is_asked_for_by_two_headers() {
        for (connection, upgrade, is_wanted) in [
            ("Upgrade", "weir-events", true),
            ("keep-alive, upgrade", "h2c, Weir-Events", true),
            ("keep-alive", "weir-events", false),
            ("upgrade", "websocket", false),
            ("", "", false),
        ] {
            let headers = [("connection", connection), ("upgrade", upgrade)];
            let headers =
                headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            assert_eq!(
                wants(&HeaderMap::from_iter(headers), "weir-events"),
                is_wanted,
                "{connection}"
            );
        }
    }
}
