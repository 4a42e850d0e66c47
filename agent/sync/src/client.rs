//! Asking the server.

use crate::identity::{Identity, IdentityError};
use crate::pin::Pinned;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use weir_fleet::{Pin, Refusal};

type Https = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Asks the server this device is enrolled with. Connections go straight there: neither environment variables nor Weir's
/// own proxy come in between.
pub struct Client {
    identity: Identity,
    /// Made anew with each certificate.
    https: Mutex<Option<Https>>,
}

/// There was no answer, or not the one that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The server says why not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another server, or a proxy in between.
    #[error("the answer ({0}) is not one of Weir's server")]
    Strange(StatusCode),
    /// No connection, or it broke.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing came in time.
    #[error("the server did not answer in time")]
    Late,
    /// The address is none.
    #[error("`{0}` is no address of a server (expected https://HOST:PORT)")]
    Address(String),
    /// TLS cannot be set up with what is kept.
    #[error("the device's certificate cannot be used")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is kept cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(60);
/// How long a connection stays that nothing is asked on: what is asked once in a while needs none in between, and each costs the
/// server as much as the stream.
const IDLE: Duration = Duration::from_secs(5);
/// Where packets vanish, a connection looks alive for a quarter of an hour, and each request on it waits in vain.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(15);
/// A bundle has at most sixteen megabytes.
const LARGEST: usize = 17 << 20;

impl Client {
    /// Asks with what is kept of this device.
    pub(crate) fn new(identity: &Identity) -> Self {
        Self {
            identity: identity.clone(),
            https: Mutex::new(None),
        }
    }

    /// Uses the certificate on disk from the next request on.
    pub(crate) fn forget_certificate(&self) {
        *self.https.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Posts JSON and reads JSON.
    pub(crate) async fn post<T: DeserializeOwned>(&self, route: &str, body: &impl Serialize) -> Result<T, AskError> {
        // What we send has no maps with odd keys: it can always be written.
        let body = serde_json::to_vec(body).unwrap_or_default();
        self.send(route, "application/json", body).await
    }

    /// Posts bytes and reads JSON.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        route: &str,
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<T, AskError> {
        let request = self.request(Method::POST, route)?;
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static(kind));
        let request = request.body(Full::from(body)).map_err(|_| self.no_address())?;
        let (status, body) = within(ANSWER, async { whole(self.ask(request).await?).await }).await?;
        read(status, &body)
    }

    /// Fetches bytes; `None` where there are none, or none that differ from `known`.
    pub(crate) async fn fetch(
        &self,
        route: &str,
        known: Option<&str>,
    ) -> Result<Option<(Bytes, Option<String>)>, AskError> {
        let mut request = self.request(Method::GET, route)?;
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let request = request.body(Full::default()).map_err(|_| self.no_address())?;
        let asked = async {
            let response = self.ask(request).await?;
            let tag = response.headers().get(http::header::ETAG);
            let tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            Ok((whole(response).await?, tag))
        };
        let ((status, body), tag) = within(ANSWER, asked).await?;
        match status {
            StatusCode::OK => Ok(Some((body, tag))),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Ok(None),
            _ => Err(refusal(status, &body)),
        }
    }

    /// Opens a stream.
    pub(crate) async fn stream(&self, route: &str) -> Result<Incoming, AskError> {
        let request = self.request(Method::GET, route)?.body(Full::default());
        let request = request.map_err(|_| self.no_address())?;
        let response = within(ANSWER, self.ask(request)).await?;
        if response.status() == StatusCode::OK {
            return Ok(response.into_body());
        }
        let (status, body) = within(ANSWER, whole(response)).await?;
        Err(refusal(status, &body))
    }

    pub(crate) fn request(&self, method: Method, route: &str) -> Result<http::request::Builder, AskError> {
        let uri: http::Uri = format!("{}{route}", self.identity.server())
            .parse()
            .map_err(|_| self.no_address())?;
        Ok(Request::builder().method(method).uri(uri))
    }

    pub(crate) fn no_address(&self) -> AskError {
        AskError::Address(self.identity.server().to_owned())
    }

    /// TLS as this device speaks it to its server.
    pub(crate) fn tls(&self) -> Result<ClientConfig, AskError> {
        tls(&self.identity)
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, AskError> {
        let https = {
            let mut kept = self.https.lock().unwrap_or_else(PoisonError::into_inner);
            match &*kept {
                Some(https) => https.clone(),
                None => kept.insert(https(self.tls()?)).clone(),
            }
        };
        https
            .request(request)
            .await
            .map_err(|error| AskError::Unreachable(error.into()))
    }
}

/// Asks a server that is not known yet, once.
pub(crate) async fn ask_stranger<T: DeserializeOwned>(
    server: &str,
    pin: Option<Pin>,
    route: &str,
    body: &impl Serialize,
) -> Result<T, AskError> {
    let request = Request::post(format!("{server}{route}")).header(CONTENT_TYPE, "application/json");
    let body = serde_json::to_vec(body).unwrap_or_default();
    let request = request
        .body(Full::from(body))
        .map_err(|_| AskError::Address(server.to_owned()))?;
    let https = https(tls_to_stranger(pin)?);
    let asked = async {
        let response = https.request(request).await;
        whole(response.map_err(|error| AskError::Unreachable(error.into()))?).await
    };
    let (status, body) = within(ANSWER, asked).await?;
    read(status, &body)
}

pub(crate) async fn within<T>(time: Duration, asked: impl Future<Output = Result<T, AskError>>) -> Result<T, AskError> {
    tokio::time::timeout(time, asked).await.unwrap_or(Err(AskError::Late))
}

pub(crate) async fn whole(response: Response<Incoming>) -> Result<(StatusCode, Bytes), AskError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    Ok((status, body.map_err(AskError::Unreachable)?.to_bytes()))
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, AskError> {
    if status != StatusCode::OK {
        return Err(refusal(status, body));
    }
    // An empty answer is JSON's nothing.
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).map_err(|_| AskError::Strange(status))
}

pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> AskError {
    serde_json::from_slice::<Refusal>(body).map_or(AskError::Strange(status), AskError::Refused)
}

fn https(config: ClientConfig) -> Https {
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PONG)
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector(config, true))
}

/// Connects to a server; for a connection that is upgraded, without HTTP/2.
pub(crate) fn connector(config: ClientConfig, http2: bool) -> HttpsConnector<HttpConnector> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT));
    http.set_keepalive(Some(Duration::from_secs(60)));
    http.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only()
        .enable_http1();
    match http2 {
        true => connector.enable_http2().wrap_connector(http),
        false => connector.wrap_connector(http),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn wrong(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AskError {
    AskError::Tls(error.into())
}

/// Believes the server's authority and nobody else, and shows the device's certificate.
fn tls(identity: &Identity) -> Result<ClientConfig, AskError> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(identity.authority().as_bytes()).map_err(wrong)?;
    roots.add(authority).map_err(wrong)?;
    let pem = identity.certificate()?;
    let chain = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(wrong)?;
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(wrong)
}

fn tls_to_stranger(pin: Option<Pin>) -> Result<ClientConfig, AskError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    let Some(pin) = pin else {
        // Without a pin the server has a certificate of the public web; the system's roots say which are good.
        use rustls_platform_verifier::BuilderVerifierExt as _;
        return Ok(builder.with_platform_verifier().map_err(wrong)?.with_no_client_auth());
    };
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(pin, provider())))
        .with_no_client_auth())
}
