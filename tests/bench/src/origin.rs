//! The origin: a chat endpoint with a small answer, or with a stream of stamped events.

use crate::Outcome;
use crate::dial::ORIGIN_NAME;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use weir_support::certs::{Authority, LeafResolver};
use weir_support::now_ns;

type Body = BoxBody<Bytes, Infallible>;

/// Options of the origin.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// Where to write the certificate to trust
    #[arg(long)]
    ca: PathBuf,
}

/// Serves until the process ends.
pub(crate) async fn serve(options: &Options) -> Outcome<Value> {
    let authority = Authority::new(ORIGIN_NAME)?;
    std::fs::write(&options.ca, authority.pem())?;
    let leaves = Arc::new(LeafResolver::new(authority, None));
    let mut tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(leaves);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut builder = auto::Builder::new(TokioExecutor::new());
            // The load puts hundreds of streams on one connection.
            builder
                .http2()
                .max_concurrent_streams(1024)
                .initial_stream_window_size(1024 * 1024)
                .initial_connection_window_size(4 * 1024 * 1024);
            let _ = builder.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let number = |key: &str| -> Option<u64> {
        let value = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == key)?
            .1;
        value.parse().ok()
    };
    let (count, gap_ms) = (number("n"), number("gap_ms").unwrap_or(20));
    request.into_body().collect().await?;
    Ok(match count {
        Some(count) => typed("text/event-stream", events(count, Duration::from_millis(gap_ms))),
        None => typed("application/json", Full::from(SMALL).boxed()),
    })
}

const SMALL: &str = "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"model\":\"bench-1\",\"choices\":[{\"index\":0,\
\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"The quick brown fox jumps over the lazy dog.\"}}],\
\"usage\":{\"completion_tokens\":9}}";

fn typed(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Chat-completion chunks, each with the time it left at.
fn events(count: u64, gap: Duration) -> Body {
    let mut ticker = tokio::time::interval(gap.max(Duration::from_millis(1)));
    let mut sent = 0;
    let stream = stream::poll_fn(move |context| {
        if sent == count {
            return std::task::Poll::Ready(None);
        }
        ticker.poll_tick(context).map(|_| {
            sent += 1;
            let event = format!(
                "data: {{\"t\":{},\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" token\"}}}}]}}\n\n",
                now_ns()
            );
            Some(Ok::<_, Infallible>(Frame::data(Bytes::from(event))))
        })
    });
    StreamBody::new(stream).boxed()
}
