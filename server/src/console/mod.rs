//! The console: its files, which are part of the program, for browsers. It is a client of the admin API like any other and
//! has no rights of its own; nothing here reads a cookie or the database.

use axum::body::Body;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};

/// Name and bytes, as built; empty where the console was not.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// What is shown where the console was not built.
const NOT_BUILT: &str = include_str!("not-built.html");

/// Everything comes from here, and nothing is written in the page itself: what is injected does not run. Pictures may also be what the
/// console itself has got and holds (`blob:`), which no other page can make.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Answers what no other route takes: files by name, and the page for whatever address a browser goes to, because the
/// console itself knows its addresses. Programs that ask for anything else get 404.
pub async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let mut response = match method {
        Method::GET | Method::HEAD => found(uri.path().trim_start_matches('/'), &headers),
        _ => wrong_method(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn found(path: &str, headers: &HeaderMap) -> Response<Body> {
    if let Some((name, bytes)) = FILES.iter().find(|(name, _)| *name == path && *name != PAGE) {
        return file(name, bytes);
    }
    if !wants_page(path, headers) {
        return plain(StatusCode::NOT_FOUND);
    }
    match FILES.iter().find(|(name, _)| *name == PAGE) {
        Some((name, bytes)) => file(name, bytes),
        None => file(PAGE, NOT_BUILT.as_bytes()),
    }
}

const PAGE: &str = "index.html";

/// Browsers say that they go to a page; a missing file is not one.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    path.is_empty() || (!path.starts_with("assets/") && accepted.is_some_and(|accept| accept.contains("text/html")))
}

fn file(name: &str, bytes: &'static [u8]) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    // The names below `assets` are made from what is in the files.
    let kept = match name.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(name)));
    response
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn wrong_method() -> Response<Body> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::{FILES, PAGE, answer, kind};
    use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
    use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

    async fn get(path: &'static str, accept: &'static str) -> (StatusCode, HeaderMap) {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        let (parts, _) = answer(Method::GET, Uri::from_static(path), headers).await.into_parts();
        (parts.status, parts.headers)
    }

    #[tokio::test]
    async fn browsers_get_the_page_at_every_address_and_programs_do_not() {
        for path in ["/", "/events", "/events/0197?purpose=x", "/index.html"] {
            let (status, headers) = get(path, "text/html,application/xhtml+xml").await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
            assert_eq!(headers[CACHE_CONTROL], "no-cache");
        }
        for path in ["/v1/nothing", "/../etc/passwd", "/events"] {
            assert_eq!(get(path, "application/json").await.0, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(get("/assets/gone.js", "text/html").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get("/", "*/*").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn nothing_is_inline_and_nobody_frames_it() {
        for path in ["/", "/nothing"] {
            let policy = get(path, "*/*").await.1[CONTENT_SECURITY_POLICY].clone();
            let policy = policy.to_str().unwrap().to_owned();
            assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("unsafe"));
        }
        let pages = FILES.iter().filter(|(name, _)| *name == PAGE);
        for (_, bytes) in pages.chain([&(PAGE, super::NOT_BUILT.as_bytes())]) {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("<script>"));
        }
    }

    #[tokio::test]
    async fn names_made_from_content_are_kept() {
        for (name, _) in FILES.iter().filter(|(name, _)| name.starts_with("assets/")) {
            let uri: Uri = format!("/{name}").parse().unwrap();
            let response = answer(Method::GET, uri, HeaderMap::new()).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert!(
                response.headers()[CACHE_CONTROL]
                    .to_str()
                    .unwrap()
                    .contains("immutable")
            );
            assert_ne!(kind(name), "application/octet-stream", "{name}");
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_here() {
        let response = answer(Method::POST, Uri::from_static("/"), HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "GET, HEAD");
    }
}
