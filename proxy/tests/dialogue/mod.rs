//! Two words for every test: `say` and `hear`, with an origin of our own at the other end.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use weir_proxy::ca::{Authority, Paths};
use weir_proxy::{
    Changes, Client, Config, Forward, Gate, HeaderEdits, Limits, Pac, Proxy, Received, RequestHead, Ruling,
    TlsUpstream, TlsUpstreamOptions, Treatment, Triage,
};

/// The intercepted host of all tests.
pub const HOST: &str = "chatgpt.test";
/// A host policy does not name.
pub const OTHER: &str = "bank.test";

/// A gate out of closures.
pub struct Rules {
    pub treatment: Box<dyn Fn(&str, u16) -> Treatment + Send + Sync>,
    pub triage: Box<dyn Fn(&RequestHead) -> Triage + Send + Sync>,
    pub review: Box<dyn Fn(Received) -> Ruling + Send + Sync>,
    pub headers: Box<dyn Fn(&str) -> HeaderEdits + Send + Sync>,
    /// How long a review takes, and what is told at its beginning and end, with the length of the body.
    pub takes: Duration,
    pub ponder: Box<dyn Fn(usize, bool) + Send + Sync>,
    /// Tells that the gate would say something else now.
    pub changes: tokio::sync::watch::Sender<()>,
}

impl Rules {
    /// Intercepts [`HOST`] and what is below it, and passes every request.
    pub fn pass() -> Self {
        Self {
            treatment: Box::new(|host, _| {
                if host == HOST || host.ends_with(".chatgpt.test") {
                    Treatment::Intercept
                } else {
                    Treatment::Tunnel
                }
            }),
            triage: Box::new(|_| Triage::Pass),
            review: Box::new(|_| Ruling::Forward(Forward::default())),
            headers: Box::new(|_| HeaderEdits::default()),
            takes: Duration::ZERO,
            ponder: Box::new(|_, _| {}),
            changes: tokio::sync::watch::Sender::new(()),
        }
    }

    /// Collects bodies up to a limit, and asks `review`.
    pub fn judge(limit: usize, review: impl Fn(Received) -> Ruling + Send + Sync + 'static) -> Self {
        Self {
            triage: Box::new(move |_| Triage::Judge { limit }),
            review: Box::new(review),
            ..Self::pass()
        }
    }
}

impl Gate for Rules {
    fn treatment(&self, host: &str, port: u16) -> Treatment {
        (self.treatment)(host, port)
    }

    fn triage(&self, head: &RequestHead, _: &Client) -> Triage {
        (self.triage)(head)
    }

    async fn review(&self, request: Received, _: &Client) -> Ruling {
        (self.ponder)(request.body.len(), true);
        tokio::time::sleep(self.takes).await;
        (self.ponder)(request.body.len(), false);
        (self.review)(request)
    }

    fn header_edits(&self, host: &str) -> HeaderEdits {
        (self.headers)(host)
    }

    fn changes(&self) -> Changes {
        Changes::of(&self.changes)
    }
}

/// A CA for origins.
pub struct OriginCa {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl OriginCa {
    #[allow(clippy::new_without_default, reason = "a CA is made on purpose")]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "origin test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(),
        }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A good certificate for the usual hosts.
    pub fn tls(&self, alpn: &[&str]) -> Arc<ServerConfig> {
        self.tls_with(alpn, |_| {})
    }

    /// A certificate changed by the test.
    pub fn tls_with(&self, alpn: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let names = vec![HOST.to_owned(), "*.chatgpt.test".to_owned(), OTHER.to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(2096, 1, 1);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        server_config(leaf.der().clone(), &key, alpn)
    }
}

/// A TLS server with this certificate.
pub fn server_config(leaf: CertificateDer<'static>, key: &KeyPair, alpn: &[&str]) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

pub type OriginStream = server::TlsStream<TcpStream>;

/// An origin that serves each TLS connection by `serve`.
pub async fn origin<F>(
    config: Arc<ServerConfig>,
    serve: impl Fn(OriginStream) -> F + Send + Sync + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let serve = Arc::new(serve);
    plain_origin(move |stream| {
        let (config, serve) = (config.clone(), serve.clone());
        async move {
            stream.set_nodelay(true).unwrap();
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                serve(stream).await;
            }
        }
    })
    .await
}

/// An origin without TLS.
pub async fn plain_origin<F>(serve: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// A running proxy.
pub struct World {
    pub proxy: SocketAddr,
    pub authority: Arc<Authority>,
    pub origin_ca: String,
    pub directory: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    running: tokio::task::JoinHandle<()>,
}

/// Limits short enough to be waited for.
pub fn short_limits() -> Limits {
    Limits {
        connect_head: Duration::from_millis(300),
        tls_hello: Duration::from_millis(300),
        request_head: Duration::from_millis(300),
        upstream_connect: Duration::from_millis(800),
        drain: Duration::from_millis(500),
        ..Limits::default()
    }
}

impl World {
    /// A proxy in front of one origin, which all test hosts lead to.
    pub async fn new(rules: Rules, ca: &OriginCa, origin: SocketAddr) -> Self {
        Self::with_limits(rules, ca, origin, Limits::default()).await
    }

    pub async fn with_limits(rules: Rules, ca: &OriginCa, origin: SocketAddr, limits: Limits) -> Self {
        let names = [HOST, "a.chatgpt.test", "b.chatgpt.test", OTHER];
        let resolve: HashMap<(String, u16), SocketAddr> = names
            .iter()
            .flat_map(|name| [443, 80].map(|port| ((String::from(*name), port), origin)))
            .collect();
        let options = TlsUpstreamOptions {
            extra_roots: ca.pem().into_bytes(),
            only_extra_roots: true,
            resolve,
            proxy: None,
        };
        Self::with_upstream(rules, ca.pem(), options, limits).await
    }

    /// A CA for these hosts alone.
    pub async fn with_hosts(hosts: &[&str], rules: Rules, ca: &OriginCa, origin: SocketAddr) -> Self {
        let options = TlsUpstreamOptions {
            extra_roots: ca.pem().into_bytes(),
            only_extra_roots: true,
            resolve: HashMap::from([((OTHER.to_owned(), 443), origin)]),
            proxy: None,
        };
        Self::build(hosts, rules, ca.pem(), options, Limits::default()).await
    }

    pub async fn with_upstream(rules: Rules, origin_ca: String, options: TlsUpstreamOptions, limits: Limits) -> Self {
        Self::build(&["*.chatgpt.test"], rules, origin_ca, options, limits).await
    }

    async fn build(
        hosts: &[&str],
        rules: Rules,
        origin_ca: String,
        options: TlsUpstreamOptions,
        limits: Limits,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (authority, _) = Authority::open(&Paths::inside(directory.path()), hosts, SystemTime::now()).unwrap();
        let authority = Arc::new(authority);
        let config = Config {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            inherited: Vec::new(),
            limits,
            upstream: Arc::new(TlsUpstream::new(options).unwrap()),
            authority: authority.clone(),
            pac: Arc::new(Pac::new(hosts)),
        };
        let proxy = Proxy::bind(config, Arc::new(rules)).await.unwrap();
        let address = proxy.addresses()[0];
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let running = tokio::spawn(proxy.run(async move {
            let _ = stopped.await;
        }));
        Self {
            proxy: address,
            authority,
            origin_ca,
            directory,
            stop: Some(stop),
            running,
        }
    }

    /// A TCP connection to the proxy.
    pub async fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(self.proxy).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A tunnel to `host:443`, whatever becomes of it.
    pub async fn connect(&self, host: &str) -> TcpStream {
        let mut stream = self.dial().await;
        say(
            &mut stream,
            &format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"),
        )
        .await;
        let head = hear_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        stream
    }

    /// TLS through the proxy.
    pub async fn tls(&self, host: &str, alpn: &[&str]) -> client::TlsStream<TcpStream> {
        self.try_tls(host, host, alpn).await.unwrap()
    }

    pub async fn try_tls(
        &self,
        connect_host: &str,
        name: &str,
        alpn: &[&str],
    ) -> std::io::Result<client::TlsStream<TcpStream>> {
        let stream = self.connect(connect_host).await;
        TlsConnector::from(self.client_config(alpn))
            .connect(ServerName::try_from(name.to_owned()).unwrap(), stream)
            .await
    }

    /// Trusts the proxy's CA and the origin's.
    pub fn client_config(&self, alpn: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate_der().clone()).unwrap();
        roots
            .add(CertificateDer::from_pem_slice(self.origin_ca.as_bytes()).unwrap())
            .unwrap();
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// HTTP/1.1 to [`HOST`].
    pub async fn http1(&self) -> client::TlsStream<TcpStream> {
        self.tls(HOST, &["http/1.1"]).await
    }

    /// HTTP/2 to [`HOST`].
    pub async fn http2(&self) -> h2::client::SendRequest<bytes::Bytes> {
        let stream = self.tls(HOST, &["h2", "http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        sender.ready().await.unwrap()
    }

    /// A connection that offers both, whichever is taken.
    pub async fn http2_or_1(&self) -> client::TlsStream<TcpStream> {
        self.tls(HOST, &["h2", "http/1.1"]).await
    }

    /// Asks the proxy to stop, and waits until it has.
    pub async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        in_time(&mut self.running).await.unwrap();
    }
}

pub async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}

/// Hears up to and including `end`.
pub async fn hear_until<S: AsyncRead + Unpin>(stream: &mut S, end: &str) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(end.as_bytes()) {
        match in_time(stream.read_u8()).await {
            Ok(byte) => heard.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

pub async fn hear_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    hear_until(stream, "\r\n\r\n").await
}

/// Hears `count` bytes. Only silence takes too long, not a long body on a slow machine.
pub async fn hear<S: AsyncRead + Unpin>(stream: &mut S, count: usize) -> String {
    let mut heard = vec![0; count];
    let mut filled = 0;
    while filled < count {
        let more = in_time(stream.read(&mut heard[filled..])).await.unwrap();
        assert_ne!(more, 0, "the stream ended after {filled} of {count} bytes");
        filled += more;
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// Hears an answer with `content-length`.
pub async fn hear_answer<S: AsyncRead + Unpin>(stream: &mut S) -> (String, String) {
    let head = hear_head(stream).await;
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .map(|n| n.parse().unwrap())
        })
        .unwrap_or(0);
    (head, hear(stream, length).await)
}

/// Hears to the end of the stream, however it ends.
pub async fn hear_all<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut heard = Vec::new();
    let _ = in_time(stream.read_to_end(&mut heard)).await;
    String::from_utf8_lossy(&heard).into_owned()
}

/// Fails a test that waits for ever: much longer than forty megabytes take on a machine with other work.
pub async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("waited too long")
}

/// A small complete answer.
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// An origin that answers every request on a connection with `ok`, and reports what it heard.
pub async fn recording(ca: &OriginCa) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<(String, String)>) {
    let (heard, hears) = tokio::sync::mpsc::unbounded_channel();
    let address = origin(ca.tls(&["http/1.1"]), move |mut stream| {
        let heard = heard.clone();
        async move {
            loop {
                let head = hear_head(&mut stream).await;
                if head.is_empty() {
                    return;
                }
                let lower = head.to_ascii_lowercase();
                let body = if lower.contains("transfer-encoding: chunked") {
                    hear_until(&mut stream, "\r\n\r\n").await
                } else {
                    let length = lower
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                    hear(&mut stream, length.unwrap_or(0)).await
                };
                let _ = heard.send((head, body));
                say(&mut stream, &ok("fine")).await;
            }
        }
    })
    .await;
    (address, hears)
}
