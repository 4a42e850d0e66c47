//! The floor: a CONNECT proxy that ends TLS on both legs, mirrors the protocol, and moves bytes without looking.

use crate::Outcome;
use crate::dial::client_config;
use rustls::ServerConfig;
use rustls::pki_types::ServerName;
use rustls::server::Acceptor;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional_with_sizes};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{LazyConfigAcceptor, TlsConnector};
use weir_support::certs::{Authority, LeafResolver};

const COPY_BUFFER: usize = 64 * 1024;

/// Options of the relay.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// Address every host is found at
    #[arg(long)]
    origin: SocketAddr,
    /// The origin's authority
    #[arg(long)]
    upstream_ca: PathBuf,
    /// Where to write the certificate to trust
    #[arg(long)]
    ca: PathBuf,
}

/// Relays until the process ends.
pub(crate) async fn serve(options: &Options) -> Outcome<Value> {
    let authority = Authority::new("weir-bench relay")?;
    std::fs::write(&options.ca, authority.pem())?;
    let relay = Arc::new(Relay {
        leaves: Arc::new(LeafResolver::new(authority, None)),
        origin: options.origin,
        h1: connector(options, b"http/1.1")?,
        h2: connector(options, b"h2")?,
    });
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    loop {
        let (client, _) = listener.accept().await?;
        let relay = relay.clone();
        tokio::spawn(async move { relay.one(client).await });
    }
}

/// One configuration a protocol, so that session tickets are used again.
fn connector(options: &Options, alpn: &[u8]) -> Outcome<TlsConnector> {
    let authorities = std::slice::from_ref(&options.upstream_ca);
    Ok(TlsConnector::from(Arc::new(client_config(authorities, alpn.to_vec())?)))
}

struct Relay {
    leaves: Arc<LeafResolver>,
    origin: SocketAddr,
    h1: TlsConnector,
    h2: TlsConnector,
}

impl Relay {
    async fn one(&self, mut client: TcpStream) -> Outcome<()> {
        client.set_nodelay(true)?;
        let mut head = Vec::with_capacity(512);
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > 8192 || client.read_buf(&mut head).await? == 0 {
                return Err("no CONNECT".into());
            }
        }
        let server = TcpStream::connect(self.origin).await?;
        server.set_nodelay(true)?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        // Upstream is offered what the client offers, and only then the client is answered.
        let start = LazyConfigAcceptor::new(Acceptor::default(), client).await?;
        let hello = start.client_hello();
        let h2 = hello
            .alpn()
            .is_some_and(|mut list| list.any(|protocol| protocol == b"h2"));
        let name = ServerName::try_from(hello.server_name().ok_or("no server name")?.to_owned())?;
        let (connector, alpn) = if h2 {
            (&self.h2, b"h2".to_vec())
        } else {
            (&self.h1, b"http/1.1".to_vec())
        };
        let mut server = connector.connect(name, server).await?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(self.leaves.clone());
        config.alpn_protocols = vec![alpn];
        let mut client = start.into_stream(Arc::new(config)).await?;
        copy_bidirectional_with_sizes(&mut client, &mut server, COPY_BUFFER, COPY_BUFFER).await?;
        Ok(())
    }
}
