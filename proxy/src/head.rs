use std::sync::Arc;

use crate::h1;

/// The head of a request, in either protocol, as the client wrote it. Cheap to clone. Holds what people typed into an
/// address: no `Debug`.
#[derive(Clone)]
pub struct RequestHead(pub(crate) Form);

#[derive(Clone)]
pub(crate) enum Form {
    Http1(Arc<h1::Head>),
    Http2(Arc<crate::h2::Head>),
}

impl RequestHead {
    /// `GET`, `POST` …
    #[must_use]
    pub fn method(&self) -> &str {
        match &self.0 {
            Form::Http1(head) => head.method(),
            Form::Http2(head) => head.parts.method.as_str(),
        }
    }

    /// `https`, or `http` for requests in absolute form.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match &self.0 {
            Form::Http1(head) => head.scheme(),
            Form::Http2(_) => "https",
        }
    }

    /// The host the connection was made for, lower case: the one of CONNECT, never of a header.
    #[must_use]
    pub fn host(&self) -> &str {
        match &self.0 {
            Form::Http1(head) => head.host(),
            Form::Http2(head) => &head.origin.host,
        }
    }

    /// The port the connection was made for.
    #[must_use]
    pub fn port(&self) -> u16 {
        match &self.0 {
            Form::Http1(head) => head.port(),
            Form::Http2(head) => head.origin.port,
        }
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query().split('?').next().unwrap_or_default()
    }

    /// The query, without the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query().split_once('?').map(|(_, query)| query)
    }

    /// Path and query as written.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        match &self.0 {
            Form::Http1(head) => head.path_and_query(),
            Form::Http2(head) => head
                .parts
                .uri
                .path_and_query()
                .map_or("/", http::uri::PathAndQuery::as_str),
        }
    }

    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        match &self.0 {
            Form::Http1(head) => head.field(name),
            Form::Http2(head) => head.parts.headers.get(name).map(http::HeaderValue::as_bytes),
        }
    }

    /// All headers in order, names as written (HTTP/2: lower case).
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let (one, two) = match &self.0 {
            Form::Http1(head) => (Some(head.fields()), None),
            Form::Http2(head) => (
                None,
                Some(
                    head.parts
                        .headers
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_bytes())),
                ),
            ),
        };
        one.into_iter().flatten().chain(two.into_iter().flatten())
    }

    /// HTTP/1.0, 1.1 or 2.
    #[must_use]
    pub fn version(&self) -> http::Version {
        match &self.0 {
            Form::Http1(head) if head.is_http10() => http::Version::HTTP_10,
            Form::Http1(_) => http::Version::HTTP_11,
            Form::Http2(_) => http::Version::HTTP_2,
        }
    }

    /// The protocol this request wants to change to: `websocket`, over HTTP/1.1 only.
    #[must_use]
    pub fn upgrade(&self) -> Option<&str> {
        match &self.0 {
            Form::Http1(head) => head.upgrade(),
            Form::Http2(_) => None,
        }
    }
}
