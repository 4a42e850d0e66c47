//! Those who are called: servers of HTTP and syslog, of our own making and over real sockets.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An authority of its own, and a server's certificate for `localhost`.
pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) tls: TlsAcceptor,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&leaf_key, &issuer).unwrap();
        let chain = vec![CertificateDer::from(leaf.der().to_vec())];
        let key = PrivateKeyDer::from_pem_slice(leaf_key.serialize_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self {
            pem: root.pem(),
            tls: TlsAcceptor::from(Arc::new(config)),
        }
    }
}

/// What came, in its order.
pub(crate) type Inbox<T> = Arc<Mutex<Vec<T>>>;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1);
        lines
            .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value)
    }
}

/// Statuses to answer with, in their order; 200 when there are none left. 0 is no answer at all.
pub(crate) type Answers = Arc<Mutex<VecDeque<u16>>>;

/// An HTTPS server on `localhost`; gives its port. Bodies that `refuses` says so of are answered 400.
pub(crate) async fn https(
    authority: &Authority,
    answers: &[u16],
    refuses: fn(&[u8]) -> bool,
) -> (u16, Inbox<Request>, Answers) {
    https_saying(authority, answers, refuses, "").await
}

/// The same, with these words in each answer.
pub(crate) async fn https_saying(
    authority: &Authority,
    answers: &[u16],
    refuses: fn(&[u8]) -> bool,
    says: &'static str,
) -> (u16, Inbox<Request>, Answers) {
    let socket = TcpListener::bind("localhost:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let inbox = Inbox::default();
    let answers: Answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
    let (tls, kept, next) = (authority.tls.clone(), Arc::clone(&inbox), Arc::clone(&answers));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = socket.accept().await {
            let (tls, kept, next) = (tls.clone(), Arc::clone(&kept), Arc::clone(&next));
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(tcp).await else { return };
                let mut stream = BufReader::new(stream);
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                    if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                        length = text.trim().parse().unwrap();
                    }
                    if line == "\r\n" {
                        break;
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).await.unwrap();
                let status = match refuses(&body) {
                    true => 400,
                    false => next.lock().unwrap().pop_front().unwrap_or(200),
                };
                kept.lock().unwrap().push(Request { head, body });
                if status == 0 {
                    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                    return;
                }
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: https://localhost:{port}/elsewhere\r\nconnection: close\r\n\r\n{says}",
                    says.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                let _ = stream.shutdown().await;
            });
        }
    });
    (port, inbox, answers)
}

/// Takes everything.
pub(crate) fn nothing(_: &[u8]) -> bool {
    false
}

/// A syslog server on `localhost` that speaks TLS; gives its port, and messages as their counts divide them.
pub(crate) async fn syslog(authority: &Authority) -> (u16, Inbox<String>) {
    let socket = TcpListener::bind("localhost:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let inbox = Inbox::default();
    let (tls, kept) = (authority.tls.clone(), Arc::clone(&inbox));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = socket.accept().await {
            let (tls, kept) = (tls.clone(), Arc::clone(&kept));
            tokio::spawn(async move {
                let Ok(mut stream) = tls.accept(tcp).await else { return };
                let mut bytes = Vec::new();
                let _ = stream.read_to_end(&mut bytes).await;
                let mut rest = &bytes[..];
                while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
                    let count: usize = std::str::from_utf8(&rest[..space]).unwrap().parse().unwrap();
                    let (message, behind) = rest[space + 1..].split_at(count);
                    kept.lock().unwrap().push(String::from_utf8(message.to_vec()).unwrap());
                    rest = behind;
                }
                assert!(rest.is_empty(), "octets are counted");
            });
        }
    });
    (port, inbox)
}
