use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, interval_at};
use weir_ipc::BindError;
use weir_ipc::socket::{Listener, Stream, peer};
use weir_model::EventId;
use weir_wire::{
    DryRun, DryRunQuery, Event, EventList, EventQuery, HeldAsk, HeldChange, HeldDone, HeldList, HeldMessage, HeldSend,
    HeldText, Hello, Policy, Refusal, ReplayQuery, Replays, Status, path,
};

use crate::accept::{Door, House};

/// What the agent answers. Calls may read the disk: they run where that hurts nobody.
pub trait Answers: Send + Sync + 'static {
    /// How it is doing.
    fn status(&self) -> Status;
    /// Recorded events, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Failed`] when the log cannot be read.
    fn events(&self, query: &EventQuery) -> Result<EventList, Refusal>;
    /// One event.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEvent`], or [`Refusal::Failed`] when the log cannot be read.
    fn event(&self, id: &EventId) -> Result<Event, Refusal>;
    /// Puts a signed bundle in force.
    ///
    /// # Errors
    /// [`Refusal::Bundle`] when it must not run here; what was in force stays.
    fn take_bundle(&self, bundle: &[u8]) -> Result<Policy, Refusal>;
    /// Makes recorded decisions again.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEvent`], or [`Refusal::Failed`] when the log cannot be read.
    fn replay(&self, query: &ReplayQuery) -> Result<Replays, Refusal>;
    /// Tries a pack on what was recorded.
    ///
    /// # Errors
    /// [`Refusal::Pack`] when it has errors.
    fn dry_run(&self, query: &DryRunQuery) -> Result<DryRun, Refusal>;
    /// Messages of this user that wait.
    fn held(&self, peer: u32) -> HeldList;
    /// The text of one of them: what was found hidden but for its ends, or whole.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], also for one of somebody else.
    fn held_text(&self, peer: u32, id: EventId, revealed: bool) -> Result<HeldText, Refusal>;
    /// Has one of them go.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], or [`Refusal::Held`] when it must not go so: it waits on.
    fn held_send(
        &self,
        peer: u32,
        id: EventId,
        send: HeldSend,
    ) -> impl Future<Output = Result<HeldDone, Refusal>> + Send;
    /// Takes one of them back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`].
    fn held_drop(&self, peer: u32, id: EventId) -> impl Future<Output = Result<HeldDone, Refusal>> + Send;
    /// Asks for an exception for one of them.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], or [`Refusal::Held`] when none can be asked for.
    fn held_request(
        &self,
        peer: u32,
        id: EventId,
        ask: HeldAsk,
    ) -> impl Future<Output = Result<HeldMessage, Refusal>> + Send;
    /// What happens to them from now on. Who listens can decide: messages of this user are held while they do.
    fn watch_held(&self, peer: u32) -> BoxStream<'static, Arc<HeldChange>>;
    /// Events from now on.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Event>>;
}

/// The agent's end of the socket.
pub struct Server {
    listener: Listener,
}

/// One user has a tray, a session and a few terminals.
const MOST_CONNECTIONS: usize = 64;
/// No other request carries more than a query.
const LARGEST_REQUEST: usize = 64 * 1024;
const LARGEST_BUNDLE: usize = 64 << 20;
/// Other words for a prompt, which may be a long one.
const LARGEST_WORDS: usize = 16 << 20;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long running answers may take when the agent stops.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A quiet tail says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Body = UnsyncBoxBody<Bytes, Infallible>;

impl Server {
    /// Opens the socket. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be opened safely. The agent does not start: nobody could see or stop it.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        Listener::bind(path).map(|listener| Self { listener })
    }

    /// Answers until `shutdown` ends, then lets running answers end.
    pub async fn run<H: Answers>(self, handler: Arc<H>, shutdown: impl Future<Output = ()>) {
        let house = House {
            name: "the agent's socket",
            seats: MOST_CONNECTIONS,
            last_words: LAST_WORDS,
        };
        let serve = |stream, stopping| serve(stream, Arc::clone(&handler), stopping);
        house.run(self.listener, serve, shutdown).await;
    }
}

impl Door for Listener {
    type Stream = Stream;

    async fn next(&self) -> io::Result<Stream> {
        self.accept().await
    }
}

async fn serve<H: Answers>(stream: Stream, handler: Arc<H>, stopping: watch::Receiver<()>) {
    let greeted = Arc::new(AtomicBool::new(false));
    let peer = peer(&stream);
    let mut until_stop = stopping.clone();
    let service = service_fn(move |request| {
        let (handler, greeted, stopping) = (Arc::clone(&handler), Arc::clone(&greeted), stopping.clone());
        async move {
            let answered = answer(request, handler, peer, &greeted, stopping).await;
            Ok::<_, Infallible>(answered.unwrap_or_else(|refusal| refuse(&refusal)))
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(16 * 1024);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        // The sender says nothing: it is dropped when the agent stops.
        _ = until_stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the agent's socket ended early");
    }
}

async fn answer<H: Answers>(
    request: Request<Incoming>,
    handler: Arc<H>,
    peer: Option<u32>,
    greeted: &AtomicBool,
    stopping: watch::Receiver<()>,
) -> Result<Response<Body>, Refusal> {
    let (method, asked) = (request.method().clone(), request.uri().path().to_owned());
    if method == Method::POST && asked == path::HELLO {
        let welcome = read::<Hello>(request).await?.answer(env!("CARGO_PKG_VERSION"))?;
        greeted.store(true, Ordering::Release);
        return json(StatusCode::OK, &welcome);
    }
    if !greeted.load(Ordering::Acquire) {
        return Err(Refusal::HelloExpected);
    }
    if asked.starts_with(path::HELD) {
        return answer_held(request, handler, peer, stopping).await;
    }
    match (method, asked.as_str()) {
        (Method::GET, path::STATUS) => json(StatusCode::OK, &blocking(move || Ok(handler.status())).await?),
        (Method::POST, path::EVENTS) => {
            let query = read::<EventQuery>(request).await?;
            json(StatusCode::OK, &blocking(move || handler.events(&query)).await?)
        }
        (Method::POST, path::POLICY) => {
            let body = Limited::new(request.into_body(), LARGEST_BUNDLE);
            let bundle = body.collect().await.map_err(|_| Refusal::BadRequest)?.to_bytes();
            json(StatusCode::OK, &blocking(move || handler.take_bundle(&bundle)).await?)
        }
        (Method::POST, path::REPLAY) => {
            let query = read::<ReplayQuery>(request).await?;
            json(StatusCode::OK, &blocking(move || handler.replay(&query)).await?)
        }
        (Method::POST, path::DRY_RUN) => {
            let query = read_up_to::<DryRunQuery>(request, LARGEST_BUNDLE).await?;
            json(StatusCode::OK, &blocking(move || handler.dry_run(&query)).await?)
        }
        (Method::GET, path::TAIL) => Ok(tail(handler.subscribe(), stopping)),
        (Method::GET, other) => {
            let id = other.strip_prefix(path::EVENT).ok_or(Refusal::UnknownRequest)?;
            let id = id.parse::<EventId>().map_err(|_| Refusal::BadRequest)?;
            json(StatusCode::OK, &blocking(move || handler.event(&id)).await?)
        }
        _ => Err(Refusal::UnknownRequest),
    }
}

/// What waits is shown to the user whose it is, and to nobody whom the system does not name.
async fn answer_held<H: Answers>(
    request: Request<Incoming>,
    handler: Arc<H>,
    peer: Option<u32>,
    stopping: watch::Receiver<()>,
) -> Result<Response<Body>, Refusal> {
    let peer = peer.ok_or(Refusal::NoSuchHeld)?;
    let (method, asked) = (request.method().clone(), request.uri().path().to_owned());
    match (&method, asked.as_str()) {
        (&Method::GET, path::HELD) => return json(StatusCode::OK, &handler.held(peer)),
        (&Method::GET, path::HELD_WATCH) => return Ok(watched(handler.watch_held(peer), stopping)),
        _ => {}
    }
    let rest = asked.strip_prefix(path::HELD).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.ok_or(Refusal::UnknownRequest)?;
    let (id, verb) = rest.split_once('/').unwrap_or((rest, ""));
    let id = id.parse::<EventId>().map_err(|_| Refusal::BadRequest)?;
    match (method, verb) {
        (Method::GET, "") => json(StatusCode::OK, &handler.held_text(peer, id, false)?),
        (Method::POST, "reveal") => json(StatusCode::OK, &handler.held_text(peer, id, true)?),
        (Method::POST, "send") => {
            let send = read_up_to::<HeldSend>(request, LARGEST_WORDS).await?;
            json(StatusCode::OK, &handler.held_send(peer, id, send).await?)
        }
        (Method::POST, "request") => {
            let ask = read::<HeldAsk>(request).await?;
            json(StatusCode::OK, &handler.held_request(peer, id, ask).await?)
        }
        (Method::POST, "drop") => json(StatusCode::OK, &handler.held_drop(peer, id).await?),
        _ => Err(Refusal::UnknownRequest),
    }
}

/// Server-sent events: `event: held` with one change as data.
fn watched(changes: BoxStream<'static, Arc<HeldChange>>, stopping: watch::Receiver<()>) -> Response<Body> {
    let ticks = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    let frames = stream::unfold(
        (changes, stopping, ticks),
        |(mut changes, mut stopping, mut ticks)| async move {
            let text = tokio::select! {
                change = changes.next() => format!("event: held\ndata: {}\n\n", serde_json::to_string(&*change?).ok()?),
                _ = stopping.changed() => return None,
                _ = ticks.tick() => String::from(":\n\n"),
            };
            Some((text, (changes, stopping, ticks)))
        },
    );
    sent_as_they_come(frames)
}

async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Refusal> {
    read_up_to(request, LARGEST_REQUEST).await
}

async fn read_up_to<T: DeserializeOwned>(request: Request<Incoming>, limit: usize) -> Result<T, Refusal> {
    let body = Limited::new(request.into_body(), limit);
    let bytes = body.collect().await.map_err(|_| Refusal::BadRequest)?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| Refusal::BadRequest)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Failed)?
}

/// Server-sent events: `event: event` with one event as data, `event: lagged` with the number of events missed.
fn tail(events: broadcast::Receiver<Arc<Event>>, stopping: watch::Receiver<()>) -> Response<Body> {
    let ticks = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    let frames = stream::unfold(
        (events, stopping, ticks),
        |(mut events, mut stopping, mut ticks)| async move {
            let text = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => format!("event: event\ndata: {}\n\n", serde_json::to_string(&*event).ok()?),
                    Err(broadcast::error::RecvError::Lagged(missed)) => format!("event: lagged\ndata: {missed}\n\n"),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                _ = stopping.changed() => return None,
                _ = ticks.tick() => String::from(":\n\n"),
            };
            Some((text, (events, stopping, ticks)))
        },
    );
    sent_as_they_come(frames)
}

fn sent_as_they_come(frames: impl futures_util::Stream<Item = String> + Send + 'static) -> Response<Body> {
    // The first bytes go out at once: the client then knows that nothing from here on is missed.
    let frames = stream::once(async { String::from(":\n\n") }).chain(frames);
    let body = StreamBody::new(frames.map(|text| Ok(Frame::data(Bytes::from(text)))));
    let mut response = Response::new(body.boxed_unsync());
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("text/event-stream"),
    );
    response
}

fn refuse(refusal: &Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::ClientTooOld { .. } | Refusal::AgentTooOld { .. } => StatusCode::UPGRADE_REQUIRED,
        Refusal::HelloExpected => StatusCode::PRECONDITION_REQUIRED,
        Refusal::UnknownRequest | Refusal::NoSuchEvent | Refusal::NoSuchHeld => StatusCode::NOT_FOUND,
        Refusal::BadRequest => StatusCode::BAD_REQUEST,
        Refusal::Bundle { .. } | Refusal::Pack { .. } | Refusal::Held { .. } => StatusCode::CONFLICT,
        Refusal::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    };
    json(status, refusal).unwrap_or_else(|_| Response::new(Full::default().boxed_unsync()))
}

fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response<Body>, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|_| Refusal::Failed)?;
    let mut response = Response::new(Full::new(Bytes::from(bytes)).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}
