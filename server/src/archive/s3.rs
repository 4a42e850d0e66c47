//! The library of buckets asks by our client: one TLS stack, and no address without TLS but on this machine.

use crate::outbound::{SetUpError, client, may_be_asked};
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of one part, over a slow line.
const ANSWER: Duration = Duration::from_secs(300);

#[derive(Clone, Debug)]
pub(super) struct Connector(Client<HttpsConnector<Tcp>, HttpRequestBody>);

impl Connector {
    pub(super) fn new(home: &Path, ca: Option<&PathBuf>) -> Result<Self, SetUpError> {
        Ok(Self(client(home, ca)?))
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if !may_be_asked(request.uri()) {
            let plain = io::Error::other("an address that is neither https:// nor on this machine is not asked");
            return Err(HttpError::new(HttpErrorKind::Unknown, plain));
        }
        let asked = tokio::time::timeout(ANSWER, self.0.request(request)).await;
        let late = |_| HttpError::new(HttpErrorKind::Timeout, io::Error::from(io::ErrorKind::TimedOut));
        let response = asked.map_err(late)?.map_err(|error| {
            let kind = match error.is_connect() {
                true => HttpErrorKind::Connect,
                false => HttpErrorKind::Interrupted,
            };
            HttpError::new(kind, error)
        })?;
        let broken = |error| HttpError::new(HttpErrorKind::Interrupted, error);
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(broken))))
    }
}
