//! The plain port for tests that are not written in Rust.

use super::log::Log;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;

pub(super) async fn serve(listener: TcpListener, log: Arc<Log>) {
    while let Ok((stream, _)) = listener.accept().await {
        let log = log.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(&request, &log);
                async move { Ok::<_, Infallible>(answer) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(request: &Request<Incoming>, log: &Log) -> Response<Full<Bytes>> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/received") => {
            Response::new(Full::new(serde_json::to_vec(&log.all()).unwrap_or_default().into()))
        }
        (&Method::POST, "/reset") => {
            log.clear();
            Response::new(Full::new(Bytes::from_static(b"{}")))
        }
        _ => {
            let mut response = Response::new(Full::new(Bytes::from_static(
                b"{\"error\":\"GET /received, POST /reset\"}",
            )));
            *response.status_mut() = http::StatusCode::NOT_FOUND;
            response
        }
    }
}
