//! POST, and nothing else: five seconds, no redirects, and what is said beside the status is not read but where it is asked for.

use super::ask::{client, may_be_asked};
use super::secret::SecretText;
use super::tls::SetUpError;
use aws_lc_rs::hmac;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_model::Timestamp;

const ANSWER: Duration = Duration::from_secs(5);
/// Bytes of the longest answer that is read.
const LONGEST: usize = 64 * 1024;

/// Posts to one address.
pub struct Poster {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: Uri,
    secret: Option<SecretText>,
    authorization: Option<HeaderValue>,
}

/// What is posted.
pub struct Post<'a> {
    /// Its type.
    pub content_type: &'static str,
    /// All of it.
    pub body: Vec<u8>,
    /// The same at each attempt: the receiver can tell what it has.
    pub delivery: &'a str,
    /// When it is sent.
    pub now: Timestamp,
}

/// It was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The receiver will never take this: 400, 413 or 422.
    #[error("the receiver refuses it ({0})")]
    Refused(StatusCode),
    /// Later, perhaps: any other status. A redirect is one of them.
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    /// No connection, or it broke.
    #[error("the receiver cannot be reached")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    /// No answer in five seconds.
    #[error("the receiver did not answer in five seconds")]
    Late,
}

impl PostError {
    /// Whether it is of no use to send the same again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl Poster {
    /// Does not connect yet.
    ///
    /// # Errors
    /// The address, or the authority.
    pub fn new(
        home: &Path,
        url: &str,
        ca: Option<&PathBuf>,
        secret: Option<SecretText>,
        authorization: Option<&SecretText>,
    ) -> Result<Self, SetUpError> {
        let wrong = || SetUpError::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        if !may_be_asked(&uri) {
            return Err(wrong());
        }
        // A name and a password in an address would come into logs.
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(SetUpError::Address("(an address with a password in it)".to_owned()));
        }
        let authorization = authorization.map(|text| {
            let mut value = HeaderValue::from_str(text.expose()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            Ok::<_, SetUpError>(value)
        });
        let client = client(home, ca)?;
        Ok(Self {
            client,
            url: uri,
            secret,
            authorization: authorization.transpose()?,
        })
    }

    /// Sends it and looks at the status.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    pub async fn post(&self, post: Post<'_>) -> Result<(), PostError> {
        self.taken(post).await.map(drop)
    }

    /// The same, and reads what is said beside the status: nothing, where that does not come in five seconds, or is longer than 64 KiB.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    pub async fn ask(&self, post: Post<'_>) -> Result<Vec<u8>, PostError> {
        let answer = self.taken(post).await?;
        let read = Limited::new(answer.into_body(), LONGEST).collect();
        // It is taken, whatever becomes of the rest.
        Ok(match tokio::time::timeout(ANSWER, read).await {
            Ok(Ok(read)) => read.to_bytes().to_vec(),
            Ok(Err(_)) | Err(_) => Vec::new(),
        })
    }

    async fn taken(&self, post: Post<'_>) -> Result<Response<Incoming>, PostError> {
        let request = self.request(post);
        let answer = tokio::time::timeout(ANSWER, self.client.request(request)).await;
        let answer = answer.map_err(|_| PostError::Late)?.map_err(PostError::Unreachable)?;
        let status = answer.status();
        match status {
            status if status.is_success() => Ok(answer),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(PostError::Refused(status))
            }
            status => Err(PostError::Status(status)),
        }
    }

    fn request(&self, post: Post<'_>) -> Request<Full<Bytes>> {
        let signed = self
            .secret
            .as_ref()
            .map(|secret| signature(secret, post.now, &post.body));
        let mut request = Request::new(Full::new(Bytes::from(post.body)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(post.content_type));
        headers.insert(USER_AGENT, HeaderValue::from_static("weir-server"));
        // Hex, digits and names of the configuration: what no header can hold is left out.
        if let Ok(delivery) = HeaderValue::from_str(post.delivery) {
            headers.insert("weir-delivery", delivery);
        }
        if let Some(signed) = signed.and_then(|signed| HeaderValue::from_str(&signed).ok()) {
            headers.insert("weir-signature", signed);
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        request
    }
}

/// The header `Weir-Signature`: `t=SECONDS,v1=HEX`, the HMAC-SHA-256 over `SECONDS.BODY`. The receiver compares in constant
/// time, and refuses what is older than five minutes.
#[must_use]
pub fn signature(secret: &SecretText, now: Timestamp, body: &[u8]) -> String {
    let seconds = now.as_millis().div_euclid(1000);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{seconds}.").as_bytes());
    context.update(body);
    format!("t={seconds},v1={}", hex::encode(context.sign()))
}
