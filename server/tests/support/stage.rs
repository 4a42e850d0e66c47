//! A server of our own on a port of its own, and whoever connects to it.

use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use weir_bundle::SigningKey;
use weir_fleet::DeviceId;
use weir_server::alerts::Thresholds;
use weir_server::clock;
use weir_server::config::{Config, FILE, Policy};
use weir_server::devices::{TokenWanted, create_token};
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::net::Limits;
use weir_server::policies::{offered, runs};
use weir_server::repo::{self, Repo};
use weir_server::run::{KEYS, run_within};

pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) keys: Keys,
    pub(crate) repo: Arc<dyn Repo>,
    stop: Option<oneshot::Sender<()>>,
    _dir: tempfile::TempDir,
}

/// Seed of the key that signs policy.
pub(crate) const POLICY: u8 = 9;

/// A device's certificate and key.
pub(crate) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Stage {
    #[allow(dead_code, reason = "not every test wants this one")]
    pub(crate) async fn start() -> Self {
        Self::on("sqlite:weir.db").await
    }

    /// Which tells at this address how it does.
    #[allow(dead_code, reason = "one test asks")]
    pub(crate) async fn observed(metrics: SocketAddr) -> Self {
        Self::with("sqlite:weir.db", Some(metrics), false, Limits::default()).await
    }

    /// With this database.
    #[allow(dead_code, reason = "not every test wants this one")]
    pub(crate) async fn on(database: &str) -> Self {
        Self::with(database, None, false, Limits::default()).await
    }

    /// Where bundles come from approved drafts alone.
    #[allow(dead_code, reason = "one test asks")]
    pub(crate) async fn approving(database: &str) -> Self {
        Self::with(database, None, true, Limits::default()).await
    }

    /// Which waits for others so long, and for so many.
    #[allow(dead_code, reason = "not every test wants this one")]
    pub(crate) async fn limited(limits: Limits) -> Self {
        Self::with("sqlite:weir.db", None, false, limits).await
    }

    async fn with(database: &str, metrics: Option<SocketAddr>, require_approval: bool, limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_owned();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            names: vec!["127.0.0.1".to_owned()],
            database: database.to_owned(),
            policy: Policy {
                keys: vec!["policy.pub".into()],
                threshold: 1,
                require_approval,
            },
            reports: Default::default(),
            alerts: Thresholds::default(),
            routes: Vec::new(),
            sinks: Vec::new(),
            openid: None,
            archive: None,
            retention: weir_server::retention::Retention::default(),
            metrics,
        };
        let policy = SigningKey::from_seed(&[POLICY; 32]).unwrap();
        std::fs::write(home.join("policy.pub"), policy.public().to_pem()).unwrap();
        std::fs::write(home.join(FILE), config.to_text()).unwrap();
        Keys::make(&home.join(KEYS), SystemTime::now()).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, address) = oneshot::channel();
        let served = home.clone();
        tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            run_within(
                limits,
                &served,
                Path::new(env!("CARGO_BIN_EXE_weir-server")),
                |address| ready.send(address).unwrap(),
                shutdown,
            )
            .await
            .unwrap();
        });
        Self {
            address: address.await.unwrap(),
            keys: Keys::read(&home.join(KEYS)).unwrap(),
            repo: repo::open(&config.database_in(Path::new(&home))).await.unwrap(),
            stop: Some(stop),
            _dir: dir,
        }
    }

    /// Tells the server to end.
    #[allow(dead_code, reason = "one test asks")]
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    #[allow(dead_code, reason = "not every test makes tokens this way")]
    pub(crate) async fn token(&self, uses: i64) -> String {
        self.token_of("staff", uses).await
    }

    #[allow(dead_code, reason = "not every test has several groups")]
    pub(crate) async fn token_for(&self, group: &str) -> String {
        self.token_of(group, 1).await
    }

    #[allow(dead_code, reason = "not every test makes tokens this way")]
    async fn token_of(&self, group: &str, uses: i64) -> String {
        let now = clock::now();
        let wanted = TokenWanted {
            group: group.to_owned(),
            note: String::new(),
            uses,
            expires: now.plus_millis(60_000),
        };
        let made = create_token(&*self.repo, &tester(), self.keys.authority.pin(), wanted, now).await;
        made.unwrap().0.to_string()
    }

    /// Numbers of what devices of a group may get, the newest first.
    #[allow(dead_code, reason = "one test asks")]
    pub(crate) async fn offered(&self, group: &str) -> Vec<u64> {
        let offers = self.repo.offers(group).await.unwrap();
        offers.iter().map(|offer| offer.published.number).collect()
    }

    /// The number of what a device gets.
    #[allow(dead_code, reason = "one test asks")]
    pub(crate) async fn offered_to(&self, device: DeviceId, group: &str) -> u64 {
        let offers = self.repo.offers(group).await.unwrap();
        let runs = runs(&*self.repo, &offers, device).await.unwrap();
        offered(&offers, device, group, runs).map_or(0, |published| published.number)
    }

    #[allow(dead_code, reason = "not every test has devices")]
    pub(crate) async fn enrol(&self, token: &str) -> (u16, Value, Option<Identity>) {
        self.enrol_with(token, &KeyPair::generate().unwrap()).await
    }

    /// Over this key.
    #[allow(dead_code, reason = "not every test has devices")]
    pub(crate) async fn enrol_with(&self, token: &str, key: &KeyPair) -> (u16, Value, Option<Identity>) {
        let csr = CertificateParams::new(vec![])
            .unwrap()
            .serialize_request(key)
            .unwrap()
            .pem()
            .unwrap();
        let machine = json!({"name": "laptop", "platform": "linux", "version": "1"});
        let body = json!({"token": token, "csr": csr, "machine": machine}).to_string();
        let (status, answer) = self
            .send(None, "POST", "/v1/enrol", "application/json", body.as_bytes())
            .await;
        let identity = answer["certificate"].as_str().map(|pem| {
            let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
                .map(Result::unwrap)
                .collect();
            (
                chain,
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
            )
        });
        (status, answer, identity)
    }

    pub(crate) async fn connect(
        &self,
        identity: Option<&Identity>,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.keys.authority.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = config.with_root_certificates(roots);
        let config = match identity {
            Some((chain, key)) => config.with_client_auth_cert(chain.clone(), key.clone_key()).unwrap(),
            None => config.with_no_client_auth(),
        };
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::from(self.address.ip());
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await
    }

    #[allow(dead_code, reason = "not every test has devices")]
    pub(crate) async fn send(
        &self,
        identity: Option<&Identity>,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> (u16, Value) {
        let answer = self.ask(identity, method, path, &[("content-type", kind)], body).await;
        (answer.status, answer.body)
    }

    pub(crate) async fn ask(
        &self,
        identity: Option<&Identity>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let answer = self.answered(identity, method, path, headers, body).await;
        Answer::read(&String::from_utf8_lossy(&answer))
    }

    /// The answer, byte for byte.
    pub(crate) async fn answered(
        &self,
        identity: Option<&Identity>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut stream = self.connect(identity).await.unwrap();
        let length = body.len();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: weir\r\ncontent-length: {length}\r\nconnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // A server that refuses early may not read all of it.
        let _ = stream.write_all(body).await;
        // What the socket did not take at once waits in the TLS session.
        let _ = stream.flush().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// `Null` where it is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        Self {
            status: text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0),
            headers: pairs
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }

    #[allow(dead_code, reason = "not every test looks at headers")]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }
}

pub(crate) fn tester() -> Actor {
    Actor::CommandLine("tester".to_owned())
}
