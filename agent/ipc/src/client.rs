use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use weir_model::EventId;
use weir_wire::{
    AppealAsk, Appealed, AskedList, ClipboardAsk, ClipboardVerdict, DryRun, DryRunQuery, Event, EventList, EventQuery,
    EventRecords, HeldAsk, HeldChange, HeldDone, HeldList, HeldMessage, HeldSend, HeldText, Hello, OverrideAsk,
    OverrideDone, Policy, PolicyMatrix, ProviderAsked, ProviderWanted, Refusal, ReplayQuery, Replays, SelfTest, Status,
    Welcome, path,
};

use crate::Place;
use crate::socket::{self, Failure, NotOurs};

/// A connection to the agent, after the handshake.
pub struct Client {
    send: SendRequest<Full<Bytes>>,
    welcome: Welcome,
}

/// There is nobody to ask.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No agent listens. Reading the log directly is then safe.
    #[error("the agent is not running (nothing answers on `{}`)", .0.display())]
    NotRunning(PathBuf),
    /// Somebody else could be listening.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// The socket cannot be used.
    #[error("cannot talk to the agent on `{}`", .path.display())]
    Io {
        /// Which socket.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The handshake failed.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// The agent gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It says why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The connection broke.
    #[error("the connection to the agent broke")]
    Broken(#[from] hyper::Error),
    /// Too slow.
    #[error("the agent did not answer in time")]
    TooSlow,
    /// Too large, or not what was asked for.
    #[error("the agent's answer cannot be read; it may be of another version")]
    Unreadable,
}

/// Events as they happen.
pub struct Tail(Stream);

/// What happens to messages that wait, as it happens.
pub struct HeldTail(Stream);

/// Server-sent events.
struct Stream {
    body: Incoming,
    pending: Vec<u8>,
    _send: SendRequest<Full<Bytes>>,
}

const ANSWER_TIME: Duration = Duration::from_secs(10);
/// A log of a year is read in this time.
const WORK_TIME: Duration = Duration::from_secs(600);
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
const LARGEST_EVENT: usize = 4 * 1024 * 1024;

impl Client {
    /// Connects and shakes hands, as `program` of this version.
    ///
    /// # Errors
    /// [`ConnectError::NotRunning`] when no agent listens; the others mean that something is wrong.
    pub async fn connect(place: &Place, program: &str) -> Result<Self, ConnectError> {
        let stream = socket::connect(place)
            .await
            .map_err(|failure| connect_error(place.socket(), failure))?;
        let (mut send, connection) = handshake(TokioIo::new(stream)).await.map_err(AskError::from)?;
        tokio::spawn(connection);
        let hello = Hello::from(program, env!("CARGO_PKG_VERSION"));
        let welcome = ask(&mut send, Method::POST, path::HELLO, &hello).await?;
        Ok(Self { send, welcome })
    }

    /// What the agent said in the handshake.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// How the agent is doing.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn status(&mut self) -> Result<Status, AskError> {
        ask(&mut self.send, Method::GET, path::STATUS, &()).await
    }

    /// Recorded events, oldest first.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn events(&mut self, query: &EventQuery) -> Result<EventList, AskError> {
        ask(&mut self.send, Method::POST, path::EVENTS, query).await
    }

    /// One event.
    ///
    /// # Errors
    /// When there is none, or no answer.
    pub async fn event(&mut self, id: &EventId) -> Result<Event, AskError> {
        ask(&mut self.send, Method::GET, &format!("{}{id}", path::EVENT), &()).await
    }

    /// The records of one event as the admin server gets them.
    ///
    /// # Errors
    /// When there is no such event, or no answer.
    pub async fn records(&mut self, id: &EventId) -> Result<EventRecords, AskError> {
        ask(&mut self.send, Method::GET, &format!("{}{id}/record", path::EVENT), &()).await
    }

    /// Says to the administrators that the decision about an event, or the record of it, is wrong.
    ///
    /// # Errors
    /// When there is no such event, or nobody can be asked.
    pub async fn appeal(&mut self, id: &EventId, appeal: &AppealAsk) -> Result<Appealed, AskError> {
        self.work(&format!("{}{id}/appeal", path::EVENT), appeal).await
    }

    /// What may go where by the policy in force.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn matrix(&mut self) -> Result<PolicyMatrix, AskError> {
        ask(&mut self.send, Method::GET, path::MATRIX, &()).await
    }

    /// What this user has asked the administrators for, and what they said.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn asked(&mut self) -> Result<AskedList, AskError> {
        ask(&mut self.send, Method::GET, path::ASKED, &()).await
    }

    /// Asks the administrators for a provider.
    ///
    /// # Errors
    /// When nobody can be asked.
    pub async fn ask_provider(&mut self, wanted: &ProviderWanted) -> Result<ProviderAsked, AskError> {
        self.work(path::ASK_PROVIDER, wanted).await
    }

    /// Has the agent open a proxy that it can be tried out with.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn self_test(&mut self) -> Result<SelfTest, AskError> {
        ask(&mut self.send, Method::POST, path::SELF_TEST, &()).await
    }

    /// Enters a code that somebody read out.
    ///
    /// # Errors
    /// It lifts nothing.
    pub async fn lift(&mut self, code: &OverrideAsk) -> Result<OverrideDone, AskError> {
        ask(&mut self.send, Method::POST, path::OVERRIDE, code).await
    }

    /// Puts a signed bundle in force.
    ///
    /// # Errors
    /// When the agent does not take it; what was in force stays.
    pub async fn take_bundle(&mut self, bundle: Vec<u8>) -> Result<Policy, AskError> {
        read(send_bytes(&mut self.send, Method::POST, path::POLICY, bundle, ANSWER_TIME).await?).await
    }

    /// Makes recorded decisions again.
    ///
    /// # Errors
    /// When there is no such event, or no answer.
    pub async fn replay(&mut self, query: &ReplayQuery) -> Result<Replays, AskError> {
        self.work(path::REPLAY, query).await
    }

    /// Tries a pack on what was recorded.
    ///
    /// # Errors
    /// When the pack has errors, or the agent gives no answer.
    pub async fn dry_run(&mut self, query: &DryRunQuery) -> Result<DryRun, AskError> {
        self.work(path::DRY_RUN, query).await
    }

    /// What is to be done about something that was copied.
    ///
    /// # Errors
    /// When it gives no answer, or cannot record it.
    pub async fn clipboard(&mut self, copied: &ClipboardAsk) -> Result<ClipboardVerdict, AskError> {
        ask(&mut self.send, Method::POST, path::CLIPBOARD, copied).await
    }

    /// Messages of this user that wait.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn held(&mut self) -> Result<HeldList, AskError> {
        ask(&mut self.send, Method::GET, path::HELD, &()).await
    }

    /// The text of one of them: what was found hidden but for its ends, or whole.
    ///
    /// # Errors
    /// When there is none, or no answer.
    pub async fn held_text(&mut self, id: &EventId, revealed: bool) -> Result<HeldText, AskError> {
        match revealed {
            false => ask(&mut self.send, Method::GET, &format!("{}/{id}", path::HELD), &()).await,
            true => self.about(id, "reveal", &()).await,
        }
    }

    /// Has one of them go.
    ///
    /// # Errors
    /// When there is none, or it must not go so.
    pub async fn held_send(&mut self, id: &EventId, how: &HeldSend) -> Result<HeldDone, AskError> {
        self.about(id, "send", how).await
    }

    /// Asks for an exception for one of them.
    ///
    /// # Errors
    /// When there is none, or nobody can be asked.
    pub async fn held_request(&mut self, id: &EventId, asked: &HeldAsk) -> Result<HeldMessage, AskError> {
        self.about(id, "request", asked).await
    }

    /// Says to the administrators that one of them is not sensitive.
    ///
    /// # Errors
    /// When there is none, policy leaves it to the employee, or nobody can be asked.
    pub async fn held_appeal(&mut self, id: &EventId, appeal: &AppealAsk) -> Result<HeldMessage, AskError> {
        self.about(id, "appeal", appeal).await
    }

    /// Takes one of them back.
    ///
    /// # Errors
    /// When there is none.
    pub async fn held_drop(&mut self, id: &EventId) -> Result<HeldDone, AskError> {
        self.about(id, "drop", &()).await
    }

    /// What happens to them from now on. As long as it is listened to, messages of this user are held.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn watch_held(mut self) -> Result<HeldTail, AskError> {
        let response = send(&mut self.send, Method::GET, path::HELD_WATCH, &()).await?;
        let mut tail = HeldTail(Stream {
            body: response.into_body(),
            pending: Vec::new(),
            _send: self.send,
        });
        tail.0.more().await?;
        Ok(tail)
    }

    /// The server may have to be asked, and a message be judged.
    async fn about<Q: Serialize + Sync, A: DeserializeOwned>(
        &mut self,
        id: &EventId,
        verb: &str,
        question: &Q,
    ) -> Result<A, AskError> {
        self.work(&format!("{}/{id}/{verb}", path::HELD), question).await
    }

    /// Asks for something that reads the whole log.
    async fn work<Q: Serialize + Sync, A: DeserializeOwned>(
        &mut self,
        path: &str,
        question: &Q,
    ) -> Result<A, AskError> {
        let body = serde_json::to_vec(question).map_err(|_| AskError::Unreadable)?;
        read(send_bytes(&mut self.send, Method::POST, path, body, WORK_TIME).await?).await
    }

    /// Events from now on: everything recorded after this returns is seen.
    ///
    /// # Errors
    /// When it gives no answer.
    pub async fn tail(mut self) -> Result<Tail, AskError> {
        let response = send(&mut self.send, Method::GET, path::TAIL, &()).await?;
        let mut tail = Tail(Stream {
            body: response.into_body(),
            pending: Vec::new(),
            _send: self.send,
        });
        tail.0.more().await?;
        Ok(tail)
    }
}

impl Tail {
    /// The next event; `None` when the agent has ended. Events missed because this side was slow are counted to `missed`.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self, missed: &mut u64) -> Result<Option<Event>, AskError> {
        loop {
            while let Some(block) = take_block(&mut self.0.pending) {
                match parse_block(&block) {
                    Block::Event(event) => return Ok(Some(*event)),
                    Block::Lagged(count) => *missed = missed.saturating_add(count),
                    Block::Comment => {}
                    Block::Unreadable => return Err(AskError::Unreadable),
                }
            }
            if !self.0.more().await? {
                return Ok(None);
            }
        }
    }
}

impl HeldTail {
    /// The next change; `None` when the agent has ended.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> Result<Option<HeldChange>, AskError> {
        loop {
            while let Some(block) = take_block(&mut self.0.pending) {
                let text = String::from_utf8(block).map_err(|_| AskError::Unreadable)?;
                if !text.starts_with("event: held\n") {
                    continue;
                }
                let data = text.lines().find_map(|line| line.strip_prefix("data: "));
                let change = data.and_then(|data| serde_json::from_str(data).ok());
                return change.map(Some).ok_or(AskError::Unreadable);
            }
            if !self.0.more().await? {
                return Ok(None);
            }
        }
    }
}

impl Stream {
    async fn more(&mut self) -> Result<bool, AskError> {
        match self.body.frame().await {
            None => Ok(false),
            Some(frame) => {
                if let Some(data) = frame?.data_ref() {
                    self.pending.extend_from_slice(data);
                }
                if self.pending.len() > LARGEST_EVENT {
                    Err(AskError::Unreadable)
                } else {
                    Ok(true)
                }
            }
        }
    }
}

enum Block {
    Event(Box<Event>),
    Lagged(u64),
    Comment,
    Unreadable,
}

fn take_block(pending: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = pending.windows(2).position(|pair| pair == b"\n\n")?;
    let rest = pending.split_off(end + 2);
    Some(std::mem::replace(pending, rest))
}

fn parse_block(block: &[u8]) -> Block {
    let Ok(text) = std::str::from_utf8(block) else {
        return Block::Unreadable;
    };
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    match (field("event: "), field("data: ")) {
        (Some("event"), Some(data)) => serde_json::from_str(data).map_or(Block::Unreadable, Block::Event),
        (Some("lagged"), Some(data)) => data.parse().map_or(Block::Unreadable, Block::Lagged),
        // What a newer agent adds is not for this program.
        _ => Block::Comment,
    }
}

async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(
    to: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    question: &Q,
) -> Result<A, AskError> {
    read(send(to, method, path, question).await?).await
}

async fn read<A: DeserializeOwned>(response: Response<Incoming>) -> Result<A, AskError> {
    let bytes = collect(response).await?;
    serde_json::from_slice(&bytes).map_err(|_| AskError::Unreadable)
}

async fn send<Q: Serialize + Sync>(
    to: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    question: &Q,
) -> Result<Response<Incoming>, AskError> {
    let body = if method == Method::POST {
        serde_json::to_vec(question).map_err(|_| AskError::Unreadable)?
    } else {
        Vec::new()
    };
    send_bytes(to, method, path, body, ANSWER_TIME).await
}

async fn send_bytes(
    to: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    body: Vec<u8>,
    within: Duration,
) -> Result<Response<Incoming>, AskError> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(hyper::header::HOST, "weir")
        .header(hyper::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| AskError::Unreadable)?;
    let response = timeout(within, to.send_request(request))
        .await
        .map_err(|_| AskError::TooSlow)??;
    if response.status().is_success() {
        return Ok(response);
    }
    let refusal = serde_json::from_slice::<Refusal>(&collect(response).await?).map_err(|_| AskError::Unreadable)?;
    Err(AskError::Refused(refusal))
}

async fn collect(response: Response<Incoming>) -> Result<Bytes, AskError> {
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect();
    let collected = timeout(ANSWER_TIME, body).await.map_err(|_| AskError::TooSlow)?;
    collected
        .map(http_body_util::Collected::to_bytes)
        .map_err(|_| AskError::Unreadable)
}

fn connect_error(path: &Path, failure: Failure) -> ConnectError {
    match failure {
        Failure::NotRunning => ConnectError::NotRunning(path.to_owned()),
        Failure::NotOurs(not_ours) => ConnectError::NotOurs(not_ours),
        Failure::Io(source) => ConnectError::Io {
            path: path.to_owned(),
            source,
        },
    }
}
