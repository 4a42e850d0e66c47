use std::collections::HashMap;
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
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, interval_at};
use weir_ipc::BindError;
use weir_ipc::socket::{Listener, Peer, Reach, Stream};
use weir_model::EventId;
use weir_proxy::{Held, Room, Share};
use weir_wire::{
    AppealAsk, Appealed, AskedList, ClipboardAsk, ClipboardVerdict, DryRun, DryRunQuery, Event, EventList, EventQuery,
    EventRecords, HeldAsk, HeldChange, HeldDone, HeldList, HeldMessage, HeldSend, HeldText, Hello, OverrideAsk,
    OverrideDone, Policy, PolicyMatrix, ProviderAsked, ProviderWanted, Refusal, ReplayQuery, Replays, SelfTest, Status,
};

use super::endpoint::{self, Endpoint, May};
use crate::accept::{Door, House};
use crate::whole::{Unread, whole};

/// What the agent answers, and to whom. Calls may read the disk: they run where that hurts nobody. A [`Peer::Person`] is
/// answered about what is theirs, as if nothing else were there.
pub trait Answers: Send + Sync + 'static {
    /// How it is doing.
    fn status(&self, peer: Peer) -> Status;
    /// Recorded events, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Failed`] when the log cannot be read.
    fn events(&self, peer: Peer, query: &EventQuery) -> Result<EventList, Refusal>;
    /// One event.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEvent`], or [`Refusal::Failed`] when the log cannot be read.
    fn event(&self, peer: Peer, id: &EventId) -> Result<Event, Refusal>;
    /// The records of one event as the admin server gets them.
    ///
    /// # Errors
    /// As [`event`](Self::event).
    fn records(&self, peer: Peer, id: &EventId) -> Result<EventRecords, Refusal>;
    /// Says to the administrators that the decision about an event, or the record of it, is wrong.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEvent`], or [`Refusal::NotAsked`] when nobody can be asked.
    fn appeal(&self, peer: Peer, id: EventId, ask: AppealAsk)
    -> impl Future<Output = Result<Appealed, Refusal>> + Send;
    /// What may go where by the policy in force.
    fn matrix(&self) -> PolicyMatrix;
    /// What was asked for, and what was said to it.
    fn asked(&self, peer: Peer) -> AskedList;
    /// Asks the administrators for a provider.
    ///
    /// # Errors
    /// [`Refusal::NotAsked`] when nobody can be asked, or it cannot be asked so.
    fn ask_provider(
        &self,
        peer: Peer,
        wanted: ProviderWanted,
    ) -> impl Future<Output = Result<ProviderAsked, Refusal>> + Send;
    /// Puts a signed bundle in force.
    ///
    /// # Errors
    /// [`Refusal::Bundle`] when it must not run here; what was in force stays.
    fn take_bundle(&self, bundle: &[u8]) -> Result<Policy, Refusal>;
    /// Makes recorded decisions again.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEvent`], or [`Refusal::Failed`] when the log cannot be read.
    fn replay(&self, peer: Peer, query: &ReplayQuery) -> Result<Replays, Refusal>;
    /// Tries a pack on what was recorded.
    ///
    /// # Errors
    /// [`Refusal::Pack`] when it has errors.
    fn dry_run(&self, peer: Peer, query: &DryRunQuery) -> Result<DryRun, Refusal>;
    /// Opens a proxy for a few seconds that has this agent's policy and nothing behind it.
    ///
    /// # Errors
    /// [`Refusal::Failed`] when there are too many, or none can be opened.
    fn self_test(&self) -> impl Future<Output = Result<SelfTest, Refusal>> + Send;
    /// Enters a code that somebody read out.
    ///
    /// # Errors
    /// [`Refusal::Override`] when it lifts nothing, [`Refusal::Failed`] when what comes of it cannot be kept.
    fn lift(&self, peer: Peer, code: &OverrideAsk) -> Result<OverrideDone, Refusal>;
    /// What is to be done about something that this user copied.
    ///
    /// # Errors
    /// [`Refusal::Failed`] when it cannot be recorded.
    fn copied(&self, peer: Peer, copied: ClipboardAsk) -> Result<ClipboardVerdict, Refusal>;
    /// Messages of this user that wait.
    fn held(&self, uid: u32) -> HeldList;
    /// The text of one of them: what was found hidden but for its ends, or whole.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], also for one of somebody else.
    fn held_text(&self, uid: u32, id: EventId, revealed: bool) -> Result<HeldText, Refusal>;
    /// Has one of them go.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], or [`Refusal::Held`] when it must not go so: it waits on.
    fn held_send(
        &self,
        uid: u32,
        id: EventId,
        send: HeldSend,
    ) -> impl Future<Output = Result<HeldDone, Refusal>> + Send;
    /// Takes one of them back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`].
    fn held_drop(&self, uid: u32, id: EventId) -> impl Future<Output = Result<HeldDone, Refusal>> + Send;
    /// Asks for an exception for one of them.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], or [`Refusal::Held`] when none can be asked for.
    fn held_request(
        &self,
        uid: u32,
        id: EventId,
        ask: HeldAsk,
    ) -> impl Future<Output = Result<HeldMessage, Refusal>> + Send;
    /// Says to the administrators that one of them is not sensitive. It waits on.
    ///
    /// # Errors
    /// [`Refusal::NoSuchHeld`], [`Refusal::Held`] where policy leaves it to the employee, or [`Refusal::NotAsked`].
    fn held_appeal(
        &self,
        uid: u32,
        id: EventId,
        ask: AppealAsk,
    ) -> impl Future<Output = Result<HeldMessage, Refusal>> + Send;
    /// What happens to them from now on. Who listens can decide: messages of this user are held while they do.
    fn watch_held(&self, uid: u32) -> BoxStream<'static, Arc<HeldChange>>;
    /// Events from now on.
    fn subscribe(&self, peer: Peer) -> Live;
}

/// Events from now on, and whose.
pub struct Live {
    /// All of them.
    pub events: broadcast::Receiver<Arc<Event>>,
    /// The accounts whose events are told; `None` tells all.
    pub of: Option<Account>,
}

/// A user as records name them; `None` for one whom the system does not name: no record is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(pub Option<String>);

impl Account {
    /// True when it is their event.
    #[must_use]
    pub fn has(&self, event: &Event) -> bool {
        self.0.is_some() && event.user == self.0
    }
}

/// The agent's end of the socket.
pub struct Server {
    listener: Listener,
    room: Room,
}

/// One user has a tray, a session and a few terminals.
const MOST_OF_ONE: usize = 64;
const MOST_CONNECTIONS: usize = 512;
/// No other request carries more than a query.
const LARGEST_REQUEST: usize = 64 * 1024;
const LARGEST_BUNDLE: usize = 64 << 20;
/// Other words for a prompt, which may be a long one.
const LARGEST_WORDS: usize = 16 << 20;
/// A text that was copied, and the same with marks.
const LARGEST_COPY: usize = 48 << 20;
/// Bytes of long requests at once, and of one connection: apart from those of the proxy, which other users must not take.
const HELD: usize = 192 << 20;
const HELD_OF_ONE: usize = 96 << 20;
/// How long a long request waits for room, and for its end.
const ROOM_TIME: Duration = Duration::from_secs(20);
const BODY_TIME: Duration = Duration::from_secs(60);
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
    pub fn bind(path: &Path, reach: Reach) -> Result<Self, BindError> {
        let room = Room::new(HELD, HELD_OF_ONE, ROOM_TIME);
        Listener::bind(path, reach).map(|listener| Self { listener, room })
    }

    /// Answers until `shutdown` ends, then lets running answers end.
    pub async fn run<H: Answers>(self, handler: Arc<H>, shutdown: impl Future<Output = ()>) {
        let house = House {
            name: "the agent's socket",
            seats: MOST_CONNECTIONS,
            last_words: LAST_WORDS,
        };
        let seats = Arc::new(Seats::default());
        let serve = |(stream, peer): (Stream, Peer), stopping| {
            let (seat, handler) = (Seats::take(&seats, peer), Arc::clone(&handler));
            let share = self.room.share();
            async move {
                match seat {
                    Some(_seat) => serve(stream, handler, peer, share, stopping).await,
                    None => tracing::warn!(?peer, "too many connections of one user; one was turned away"),
                }
            }
        };
        house.run(self.listener, serve, shutdown).await;
    }
}

/// Connections by user: nobody can take the seats of the others.
#[derive(Default)]
struct Seats(Mutex<HashMap<Option<u32>, usize>>);

/// One of them, until it is dropped.
struct Seat {
    seats: Arc<Seats>,
    of: Option<u32>,
}

impl Seats {
    fn take(seats: &Arc<Self>, peer: Peer) -> Option<Seat> {
        let of = peer.uid();
        let mut taken = seats.0.lock();
        let taken = taken.entry(of).or_default();
        if *taken >= MOST_OF_ONE {
            return None;
        }
        *taken += 1;
        Some(Seat {
            seats: Arc::clone(seats),
            of,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock();
        if let Some(count) = taken.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

impl Door for Listener {
    type Stream = (Stream, Peer);

    async fn next(&self) -> io::Result<(Stream, Peer)> {
        self.accept().await
    }
}

pub(super) async fn serve<H: Answers>(
    stream: Stream,
    handler: Arc<H>,
    peer: Peer,
    share: Share,
    stopping: watch::Receiver<()>,
) {
    let greeted = Arc::new(AtomicBool::new(false));
    let mut until_stop = stopping.clone();
    let service = service_fn(move |request| {
        let (handler, greeted, stopping) = (Arc::clone(&handler), Arc::clone(&greeted), stopping.clone());
        // Until it is answered.
        let mut held = share.hold();
        async move {
            let answered = answer((request, &mut held), handler, peer, &greeted, stopping).await;
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
    (request, held): (Request<Incoming>, &mut Held),
    handler: Arc<H>,
    peer: Peer,
    greeted: &AtomicBool,
    stopping: watch::Receiver<()>,
) -> Result<Response<Body>, Refusal> {
    let (method, asked) = (request.method().clone(), request.uri().path().to_owned());
    let found = endpoint::find(&method, &asked);
    if !greeted.load(Ordering::Acquire) {
        return match found {
            Some((row, _)) if row.endpoint == Endpoint::Hello => greet(request, greeted).await,
            _ => Err(Refusal::HelloExpected),
        };
    }
    let (row, id) = found.ok_or(Refusal::UnknownRequest)?;
    if row.may == May::Owner && matches!(peer, Peer::Person(_)) {
        return Err(Refusal::NotAllowed);
    }
    let id = endpoint::id(id);
    match row.endpoint {
        Endpoint::Hello => greet(request, greeted).await,
        Endpoint::Status => json(StatusCode::OK, &blocking(move || Ok(handler.status(peer))).await?),
        Endpoint::Events => {
            let query = read::<EventQuery>(request).await?;
            json(StatusCode::OK, &blocking(move || handler.events(peer, &query)).await?)
        }
        Endpoint::Event => {
            let id = id.ok_or(Refusal::BadRequest)?;
            json(StatusCode::OK, &blocking(move || handler.event(peer, &id)).await?)
        }
        Endpoint::Record => {
            let id = id.ok_or(Refusal::BadRequest)?;
            json(StatusCode::OK, &blocking(move || handler.records(peer, &id)).await?)
        }
        Endpoint::Appeal => {
            let id = id.ok_or(Refusal::BadRequest)?;
            let ask = read::<AppealAsk>(request).await?;
            json(StatusCode::OK, &handler.appeal(peer, id, ask).await?)
        }
        Endpoint::Matrix => json(StatusCode::OK, &blocking(move || Ok(handler.matrix())).await?),
        Endpoint::Asked => json(StatusCode::OK, &blocking(move || Ok(handler.asked(peer))).await?),
        Endpoint::AskProvider => {
            let wanted = read::<ProviderWanted>(request).await?;
            json(StatusCode::OK, &handler.ask_provider(peer, wanted).await?)
        }
        Endpoint::Tail => Ok(tail(handler.subscribe(peer), stopping)),
        Endpoint::Policy => {
            let bundle = bytes(request, LARGEST_BUNDLE, held).await?;
            json(StatusCode::OK, &blocking(move || handler.take_bundle(&bundle)).await?)
        }
        Endpoint::Replay => {
            let query = read::<ReplayQuery>(request).await?;
            json(StatusCode::OK, &blocking(move || handler.replay(peer, &query)).await?)
        }
        Endpoint::DryRun => {
            let query = read_up_to::<DryRunQuery>(request, LARGEST_BUNDLE, held).await?;
            json(StatusCode::OK, &blocking(move || handler.dry_run(peer, &query)).await?)
        }
        Endpoint::SelfTest => json(StatusCode::OK, &handler.self_test().await?),
        Endpoint::Override => {
            let code = read::<OverrideAsk>(request).await?;
            json(StatusCode::OK, &blocking(move || handler.lift(peer, &code)).await?)
        }
        Endpoint::Clipboard => {
            let copied = read_up_to::<ClipboardAsk>(request, LARGEST_COPY, held).await?;
            json(StatusCode::OK, &blocking(move || handler.copied(peer, copied)).await?)
        }
        Endpoint::Held
        | Endpoint::HeldWatch
        | Endpoint::HeldText
        | Endpoint::HeldReveal
        | Endpoint::HeldSend
        | Endpoint::HeldRequest
        | Endpoint::HeldAppeal
        | Endpoint::HeldDrop => answer_held((row.endpoint, id), (request, held), handler, peer, stopping).await,
    }
}

async fn greet(request: Request<Incoming>, greeted: &AtomicBool) -> Result<Response<Body>, Refusal> {
    let welcome = read::<Hello>(request).await?.answer(env!("CARGO_PKG_VERSION"))?;
    greeted.store(true, Ordering::Release);
    json(StatusCode::OK, &welcome)
}

/// What waits is shown to the user whose it is, and to nobody whom the system does not name.
async fn answer_held<H: Answers>(
    (endpoint, id): (Endpoint, Option<EventId>),
    (request, held): (Request<Incoming>, &mut Held),
    handler: Arc<H>,
    peer: Peer,
    stopping: watch::Receiver<()>,
) -> Result<Response<Body>, Refusal> {
    let uid = peer.uid().ok_or(Refusal::NoSuchHeld)?;
    match endpoint {
        Endpoint::Held => return json(StatusCode::OK, &handler.held(uid)),
        Endpoint::HeldWatch => return Ok(watched(handler.watch_held(uid), stopping)),
        _ => {}
    }
    let id = id.ok_or(Refusal::BadRequest)?;
    match endpoint {
        Endpoint::HeldText => json(StatusCode::OK, &handler.held_text(uid, id, false)?),
        Endpoint::HeldReveal => json(StatusCode::OK, &handler.held_text(uid, id, true)?),
        Endpoint::HeldSend => {
            let send = read_up_to::<HeldSend>(request, LARGEST_WORDS, held).await?;
            json(StatusCode::OK, &handler.held_send(uid, id, send).await?)
        }
        Endpoint::HeldRequest => {
            let ask = read::<HeldAsk>(request).await?;
            json(StatusCode::OK, &handler.held_request(uid, id, ask).await?)
        }
        Endpoint::HeldAppeal => {
            let ask = read::<AppealAsk>(request).await?;
            json(StatusCode::OK, &handler.held_appeal(uid, id, ask).await?)
        }
        Endpoint::HeldDrop => json(StatusCode::OK, &handler.held_drop(uid, id).await?),
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
    let body = Limited::new(request.into_body(), LARGEST_REQUEST);
    let bytes = body.collect().await.map_err(|_| Refusal::BadRequest)?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| Refusal::BadRequest)
}

async fn read_up_to<T: DeserializeOwned>(
    request: Request<Incoming>,
    limit: usize,
    held: &mut Held,
) -> Result<T, Refusal> {
    let bytes = bytes(request, limit, held).await?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::BadRequest)
}

async fn bytes(request: Request<Incoming>, limit: usize, held: &mut Held) -> Result<Bytes, Refusal> {
    // Who sends nothing keeps the room from others.
    let read = tokio::time::timeout(BODY_TIME, whole(request.into_body(), limit, held)).await;
    read.unwrap_or(Err(Unread::BrokenOff)).map_err(|why| match why {
        Unread::NoRoom(_) => {
            tracing::warn!("there was no room for a long request to the agent's socket; it was refused");
            Refusal::Failed
        }
        Unread::TooLarge | Unread::BrokenOff => Refusal::BadRequest,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Failed)?
}

/// Server-sent events: `event: event` with one event as data, `event: lagged` with the number of events missed.
fn tail(live: Live, stopping: watch::Receiver<()>) -> Response<Body> {
    let ticks = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    let frames = stream::unfold(
        (live, stopping, ticks),
        |(mut live, mut stopping, mut ticks)| async move {
            let text = tokio::select! {
                event = live.events.recv() => match event {
                    Ok(event) if live.of.as_ref().is_some_and(|of| !of.has(&event)) => String::new(),
                    Ok(event) => format!("event: event\ndata: {}\n\n", serde_json::to_string(&*event).ok()?),
                    Err(broadcast::error::RecvError::Lagged(missed)) => format!("event: lagged\ndata: {missed}\n\n"),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                _ = stopping.changed() => return None,
                _ = ticks.tick() => String::from(":\n\n"),
            };
            Some((text, (live, stopping, ticks)))
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
        Refusal::NotAllowed => StatusCode::FORBIDDEN,
        Refusal::UnknownRequest | Refusal::NoSuchEvent | Refusal::NoSuchHeld => StatusCode::NOT_FOUND,
        Refusal::BadRequest => StatusCode::BAD_REQUEST,
        Refusal::Bundle { .. }
        | Refusal::Pack { .. }
        | Refusal::Held { .. }
        | Refusal::NotAsked { .. }
        | Refusal::Override { .. } => StatusCode::CONFLICT,
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
