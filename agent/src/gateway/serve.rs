//! The listener: who may call, and which interface an address means.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;
use weir_model::Interface;
use weir_proxy::Ruling;

use super::answer;
use super::call::{self, Call, Outcome};
use super::{Gateway, Listening};
use crate::accept::House;
use crate::enforce::Sender;
use crate::os;
use crate::whole::{self, Unread};

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, BrokenOff>>;

/// The answer ends here and is not whole: the connection to the caller is cut.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the answer broke off")]
pub(super) struct BrokenOff;

const MOST_CONNECTIONS: usize = 512;
const LARGEST_CALL: usize = 64 << 20;
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long running answers may take when the agent stops.
const DRAIN: Duration = Duration::from_secs(10);

impl Listening {
    /// The address taken.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` ends, then lets running answers end.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()>) {
        let house = House {
            name: "the gateway",
            seats: MOST_CONNECTIONS,
            last_words: DRAIN,
        };
        let serve = |stream, stopping| serve(stream, Arc::clone(&self.gateway), stopping);
        house.run(self.listener, serve, shutdown).await;
    }
}

/// The two ends of a connection, to find out whose it is.
#[derive(Clone, Copy)]
struct Ends {
    peer: SocketAddr,
    local: SocketAddr,
}

async fn serve(stream: TcpStream, gateway: Arc<Gateway>, mut stopping: watch::Receiver<()>) {
    // Small events must leave at once.
    let (Ok(()), Ok(peer), Ok(local)) = (stream.set_nodelay(true), stream.peer_addr(), stream.local_addr()) else {
        return;
    };
    let ends = Ends { peer, local };
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(answer_to(&gateway, request, ends).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the gateway ended early");
    }
}

async fn answer_to(gateway: &Arc<Gateway>, request: Request<Incoming>, ends: Ends) -> Answer {
    let path = request.uri().path().to_owned();
    let family = family(&path);
    if !is_for_this_machine(request.headers()) {
        return own_error(
            family,
            StatusCode::MISDIRECTED_REQUEST,
            "the gateway is asked for by its own address",
        );
    }
    let Some(sender) = sender(gateway, request.headers(), ends) else {
        let text = "this is not a token of this gateway; `weir gateway token` prints yours";
        return own_error(family, StatusCode::UNAUTHORIZED, text);
    };
    match (request.method(), &*path) {
        (&Method::GET, "/openai/v1/models" | "/anthropic/v1/models") => models(gateway, family),
        (&Method::POST, path) => match interface(path) {
            Some(interface) => take_call(gateway, interface, request, sender).await,
            None => nothing_here(family),
        },
        _ => nothing_here(family),
    }
}

/// The interfaces by their addresses.
fn interface(path: &str) -> Option<Interface> {
    Some(match path {
        "/openai/v1/chat/completions" => Interface::OpenAiChat,
        "/openai/v1/responses" => Interface::OpenAiResponses,
        "/anthropic/v1/messages" => Interface::AnthropicMessages,
        _ => return None,
    })
}

/// In whose form errors are told.
fn family(path: &str) -> Interface {
    match path.starts_with("/anthropic/") {
        true => Interface::AnthropicMessages,
        false => Interface::OpenAiChat,
    }
}

fn nothing_here(family: Interface) -> Answer {
    let text = "the gateway serves /openai/v1/chat/completions, /openai/v1/responses, /anthropic/v1/messages and the lists of models";
    own_error(family, StatusCode::NOT_FOUND, text)
}

/// A page of the web can make a browser send here under a name of its own: such a request carries that name.
fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let (name, _) = weir_model::split_port(host);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whose token it is. Where the system tells whose connection it is, it must be the same user's.
fn sender(gateway: &Gateway, headers: &HeaderMap, ends: Ends) -> Option<Sender> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let bearer = text(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let user = gateway.tokens.user(text("x-api-key").or(bearer)?)?;
    let owner = os::socket_owner(ends.peer, ends.local);
    owner.is_none_or(|owner| owner.uid == user).then(|| Sender {
        id: Some(user),
        connection: 0,
        user: os::user_name(user),
        process: owner.and_then(|owner| gateway.caller.program(owner)),
    })
}

async fn take_call(gateway: &Arc<Gateway>, interface: Interface, request: Request<Incoming>, sender: Sender) -> Answer {
    let (parts, body) = request.into_parts();
    if parts.headers.contains_key(CONTENT_ENCODING) {
        let text = "the gateway takes calls without a content coding";
        return own_error(interface, StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    // Until the call is answered.
    let mut held = gateway.room.share().hold();
    let body = match whole::whole(body, LARGEST_CALL, &mut held).await {
        Ok(body) => body,
        Err(Unread::NoRoom(_)) => {
            let text = "the agent has too much to judge just now; try again in a minute";
            return own_error(interface, StatusCode::SERVICE_UNAVAILABLE, text);
        }
        Err(Unread::TooLarge) => {
            return own_error(
                interface,
                StatusCode::PAYLOAD_TOO_LARGE,
                "the call is larger than 64 MiB",
            );
        }
        Err(Unread::BrokenOff) => return own_error(interface, StatusCode::BAD_REQUEST, "the call broke off"),
    };
    let asked = match weir_convert::asked(&body) {
        Ok(asked) => asked,
        Err(error) => return own_error(interface, StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let call = Call {
        interface,
        made_to: None,
        headers: parts.headers,
        body,
        sender,
    };
    match call::call(&gateway.caller, &call, &asked.model).await {
        Outcome::Answered(answer) => answer,
        Outcome::Ruled(Ruling::Answer(local)) => answer::local(&local),
        // Fails closed: nothing is sent without a target.
        Outcome::Ruled(Ruling::Forward(_) | Ruling::Relay(_)) => {
            own_error(interface, StatusCode::CONFLICT, "no target was chosen")
        }
    }
}

/// The targets, by the names they can be asked for.
fn models(gateway: &Gateway, family: Interface) -> Answer {
    let in_force = gateway.caller.enforcer.in_force.load();
    let targets = in_force.policy.targets().iter();
    let list = match family {
        Interface::AnthropicMessages => {
            let models: Vec<_> = targets
                .map(|target| {
                    json!({"type": "model", "id": target.id(), "display_name": target.id(), "created_at": "1970-01-01T00:00:00Z"})
                })
                .collect();
            json!({"data": models, "has_more": false, "first_id": null, "last_id": null})
        }
        Interface::OpenAiChat | Interface::OpenAiResponses => {
            let models: Vec<_> = targets
                .map(
                    |target| json!({"id": target.id(), "object": "model", "created": 0, "owned_by": target.provider()}),
                )
                .collect();
            json!({"object": "list", "data": models})
        }
    };
    whole(StatusCode::OK, "application/json", list.to_string().into_bytes())
}

/// An error in the form of an interface, in words of our own.
pub(super) fn own_error(interface: Interface, status: StatusCode, text: &str) -> Answer {
    let error = weir_convert::error_of(interface, status.as_u16(), &format!("Weir: {text}"));
    whole(status, "application/json", error.body)
}

pub(super) fn whole(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
