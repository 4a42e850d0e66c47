//! The fake AI service: TLS with HTTP/1.1 and HTTP/2 on one loopback port for every host it plays, and a second, plain
//! port on which a test asks what was received.
//!
//! It answers with what it was told, cut into pieces of one to five characters: what Weir put in place of a value comes
//! back in the answer, and never in one piece. What a service says is decided in [`services`], without sockets.

mod admin;
mod log;
mod recording;
pub mod services;
mod socket;

pub use log::Received;
pub use recording::{Recording, Turn};
pub use services::openai::speech;
pub(crate) use services::undo_coding;

use crate::certs::{Authority, CertError, Fault, LeafResolver};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use log::Log;
use parking_lot::Mutex;
use services::{Answer, Body, Head};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

type AnswerBody = BoxBody<Bytes, Infallible>;

/// How the fake service is to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// Loopback port for TLS; 0 picks a free one.
    pub port: u16,
    /// What is wrong with its certificates.
    pub fault: Option<Fault>,
    /// Pause between two events of a stream, so that each leaves in a packet of its own.
    pub pace: Duration,
    /// Compress whole answers with gzip where the client accepts it.
    pub gzip: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            fault: None,
            pace: Duration::from_millis(1),
            gzip: true,
        }
    }
}

/// The fake service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port, thread or file.
    #[error("cannot start the fake AI service")]
    Io(#[from] std::io::Error),
    /// No certificate.
    #[error("cannot make the fake AI service's certificates")]
    Certificate(#[from] CertError),
    /// No TLS.
    #[error("cannot configure the fake AI service's TLS")]
    Tls(#[from] rustls::Error),
}

/// A running fake service; it stops when dropped.
pub struct FakeAi {
    address: SocketAddr,
    admin: SocketAddr,
    ca: PathBuf,
    log: Arc<Log>,
    playing: Playing,
    stop: Option<oneshot::Sender<()>>,
}

/// The recording that every request gets, where there is one.
type Playing = Arc<Mutex<Option<Recording>>>;

impl FakeAi {
    /// Starts on a thread of its own and writes the certificate of its throw-away authority to `fake-ca.pem` in `dir`.
    pub fn start(dir: &Path, options: Options) -> Result<Self, StartError> {
        crate::install_crypto();
        Self::under(Authority::new("Fake AI test authority")?, dir, options)
    }

    /// The same, with leaves by another authority: what someone could do with a stolen key.
    pub fn under(authority: Authority, dir: &Path, options: Options) -> Result<Self, StartError> {
        crate::install_crypto();
        let ca = dir.join("fake-ca.pem");
        std::fs::write(&ca, authority.pem())?;
        let tls = acceptor(authority, options.fault)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (listener, admin) = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
            std::io::Result::Ok((listener, TcpListener::bind(("127.0.0.1", 0)).await?))
        })?;
        let (address, admin_address) = (listener.local_addr()?, admin.local_addr()?);
        let log = Arc::new(Log::default());
        let (stop, stopped) = oneshot::channel();
        let playing = Playing::default();
        let shared = (log.clone(), playing.clone());
        std::thread::Builder::new().name("fake-ai".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, tls, shared.clone(), options) => {}
                    () = admin::serve(admin, shared.0) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self {
            address,
            admin: admin_address,
            ca,
            log,
            playing,
            stop: Some(stop),
        })
    }

    /// Where it speaks TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells what it received: `GET /received`, `POST /reset`.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The certificate to trust.
    #[must_use]
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// Every request so far, the unfinished ones too.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.log.all()
    }

    /// From now on answers every request with this recording; `None` goes back to answers of its own.
    pub fn play(&self, recording: Option<Recording>) {
        *self.playing.lock() = recording;
    }

    /// Forgets what was received.
    pub fn reset(&self) {
        self.log.clear();
    }

    /// True when these bytes stand in any request: in its path, a header or its body, encoded or not.
    #[must_use]
    pub fn saw(&self, needle: &str) -> bool {
        self.received().iter().any(|request| request.contains(needle))
    }
}

impl Drop for FakeAi {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

fn acceptor(authority: Authority, fault: Option<Fault>) -> Result<TlsAcceptor, StartError> {
    let mut tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(LeafResolver::new(authority, fault)));
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(tls)))
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, (log, playing): (Arc<Log>, Playing), options: Options) {
    let options = Arc::new(options);
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, log, options, playing) = (tls.clone(), log.clone(), options.clone(), playing.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let Ok(stream) = tls.accept(stream).await else { return };
            let service = service_fn(move |request| {
                let recording = playing.lock().clone();
                handle(request, log.clone(), recording, options.clone())
            });
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Records the head before the first byte of the body, and each piece of the body as it comes: what leaked is seen even
/// when the request never ends.
async fn handle(
    request: Request<Incoming>,
    log: Arc<Log>,
    recording: Option<Recording>,
    options: Arc<Options>,
) -> Result<Response<AnswerBody>, hyper::Error> {
    if let Some(script) = socket::script(&request, recording.as_ref()) {
        return Ok(socket::open(request, script, log));
    }
    let (parts, mut incoming) = request.into_parts();
    let head = Head::from_parts(&parts);
    let entry = log.begin(&head);
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            log.append(entry, &data);
            log::keep(&mut body, &data);
        }
    }
    log.finish(entry);
    if let Some(recording) = recording {
        return Ok(recording.response());
    }
    let mut answer = services::answer(&head, &services::decoded(&head, body));
    if options.gzip {
        answer.compress(&head);
    }
    Ok(respond(answer, options.pace))
}

fn respond(answer: Answer, pace: Duration) -> Response<AnswerBody> {
    let body = match answer.body {
        Body::Whole(bytes) => Full::new(bytes).boxed(),
        Body::Events(events) => paced(events, pace),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn paced(events: Vec<Bytes>, pace: Duration) -> AnswerBody {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(1);
    tokio::spawn(async move {
        for event in events {
            if sender.send(event).await.is_err() {
                return;
            }
            tokio::time::sleep(pace).await;
        }
    });
    let frames = futures_stream(move |context| receiver.poll_recv(context));
    StreamBody::new(frames).boxed()
}

/// A stream of data frames from a polled channel.
fn futures_stream(
    mut poll: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Bytes>> + Send + Sync + 'static,
) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + Sync + 'static {
    futures_util::stream::poll_fn(move |context| poll(context).map(|next| next.map(|bytes| Ok(Frame::data(bytes)))))
}
