//! Asking, and reading the answer: five seconds, no redirects, a bounded length.

use super::tls::{SetUpError, tls};
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::path::{Path, PathBuf};
use std::time::Duration;

const ANSWER: Duration = Duration::from_secs(5);
/// Connections are kept for the next request so long.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of the longest answer.
const LONGEST: usize = 1 << 20;

/// Asks others by HTTP.
pub struct Asker {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Without TLS nobody is asked, but on this machine.
    #[error("an address that is neither https:// nor on this machine is not asked")]
    Plain,
    /// No connection, or it broke.
    #[error("there is no connection")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    /// The answer broke off, or is too long.
    #[error("the answer cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer in five seconds.
    #[error("there was no answer in five seconds")]
    Late,
}

/// Whether an address may be asked: by TLS, or on this machine.
pub(crate) fn may_be_asked(uri: &Uri) -> bool {
    let local = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => local,
        _ => false,
    }
}

/// A client that verifies whom it speaks to.
pub(crate) fn client<B>(
    home: &Path,
    ca: Option<&PathBuf>,
) -> Result<Client<HttpsConnector<HttpConnector>, B>, SetUpError>
where
    B: Body + Send,
    B::Data: Send,
{
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(home, ca)?)
        .https_or_http()
        .enable_all_versions()
        .build();
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector))
}

impl Asker {
    /// Does not connect yet.
    ///
    /// # Errors
    /// The authority.
    pub fn new(home: &Path, ca: Option<&PathBuf>) -> Result<Self, SetUpError> {
        Ok(Self {
            client: client(home, ca)?,
        })
    }

    /// Asks once.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, AskError> {
        if !may_be_asked(request.uri()) {
            return Err(AskError::Plain);
        }
        let asked = async {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let (head, body) = self
                .client
                .request(request)
                .await
                .map_err(AskError::Unreachable)?
                .into_parts();
            let body = Limited::new(body, LONGEST)
                .collect()
                .await
                .map_err(AskError::Unreadable)?;
            Ok(Response::from_parts(head, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(ANSWER, asked).await.map_err(|_| AskError::Late)?
    }
}
