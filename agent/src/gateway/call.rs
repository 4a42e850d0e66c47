//! One call, from the caller's words to the target's answer: made to the gateway, or to a service that may not have it.
//!
//! Each attempt is a message of its own: judged with its target as the destination, recorded, and sent only with the
//! ruling that follows. The next attempt may need other edits, and policy may have changed in between.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::Full;
use tokio::time::timeout;
use weir_audit::Process;
use weir_content::{Carrier, RequestView};
use weir_convert::{Frame, Retarget, retarget};
use weir_model::{Failure, Interface, Tried, Unfit};
use weir_policy::{Endpoint, Route, Target};
use weir_proxy::{Body, Forward, RequestHead, Ruling};

use super::answer::Answering;
use super::keys::Secret;
use super::leg::SendError;
use super::serve::{Answer, own_error};
use super::{Caller, stamp};
use crate::clock;
use crate::enforce::{Judged, Sender};
use crate::gate::{self, LONG_BODY};
use crate::os::SocketOwner;

/// A call as a program made it. Holds what people typed: no `Debug`.
pub(crate) struct Call {
    pub(super) interface: Interface,
    /// The head of a call that was made to a service itself, and not to the gateway.
    pub(super) made_to: Option<RequestHead>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) sender: Sender,
}

/// What becomes of a call.
pub(crate) enum Outcome {
    /// A target answered it, or failed to.
    Answered(Answer),
    /// No target was chosen: what was ruled of it as it was made.
    Ruled(Ruling),
}

/// An attempt that failed before anything of an answer reached the caller.
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// What the caller gets when no other target is tried.
    pub(super) answer: Answer,
}

/// What the caller's headers add to a call of its own interface: they name versions of the interface.
const CARRIED: [&str; 3] = ["anthropic-version", "anthropic-beta", "openai-beta"];
const ANTHROPIC_VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// Carries a call out. `model` is the one it names.
pub(crate) async fn call(caller: &Arc<Caller>, call: &Call, model: &str) -> Outcome {
    let mut tried: Vec<Tried> = Vec::new();
    let mut last = None;
    loop {
        let judged = caller.judge(call, model, &tried);
        let selection = judged.selection().cloned().unwrap_or_default();
        let target = selection
            .chosen
            .as_deref()
            .and_then(|id| judged.policy().target(id))
            .cloned();
        if let (None, Some(failed)) = (&target, last.take()) {
            // Nobody is left: the last failure is the answer, and there is nothing new to record.
            return Outcome::Answered(failed);
        }
        let is_routed = judged.selection().is_some();
        let stamp = stamp::decision(judged.event(), judged.action(), judged.selection());
        let wait = Duration::from_secs(judged.policy().routing().timeout_seconds().into());
        let stamped = |mut answer: Answer| {
            answer.headers_mut().insert(stamp::DECISION, stamp.clone());
            answer
        };
        let (forward, target) = match (caller.enforcer.enforce(judged).await, target) {
            (Ruling::Forward(forward), Some(target)) => (forward, target),
            (Ruling::Answer(local), _) if is_routed => {
                let stamp = stamp.to_str().unwrap_or_default();
                return Outcome::Ruled(Ruling::Answer(local.with_header(stamp::DECISION, stamp)));
            }
            (ruling, _) => return Outcome::Ruled(ruling),
        };
        match caller.attempt(call, &target, &selection.flags, forward, wait).await {
            Ok(answer) => return Outcome::Answered(stamped(answer)),
            Err(failed) => {
                tracing::info!(target = target.id(), failure = %failed.failure, "an attempt failed");
                tried.push(Tried {
                    target: target.id().to_owned(),
                    failure: failed.failure,
                });
                last = Some(stamped(failed.answer));
            }
        }
    }
}

impl Caller {
    /// The program that holds a connection to the gateway.
    pub(super) fn program(&self, owner: SocketOwner) -> Option<Process> {
        self.enforcer.programs.holder(owner)
    }

    /// Judges one attempt. Nothing has happened yet when it returns.
    fn judge(&self, call: &Call, model: &str, tried: &[Tried]) -> Judged {
        let unsayable: RefCell<Vec<(Interface, Option<Unfit>)>> = RefCell::default();
        let obstacle = |target: &Target| obstacle(call, target, &unsayable);
        let latency = |target: &str| self.latencies.of(target);
        let route = Route {
            intercepted: call.made_to.is_some(),
            interface: call.interface,
            model,
            obstacle: &obstacle,
            tried,
            latency: &latency,
            draw: clock::draw(),
        };
        let judge = || see(call, |view| self.enforcer.judge(view, None, &call.sender, Some(&route)));
        if call.body.len() < LONG_BODY {
            judge()
        } else {
            tokio::task::block_in_place(judge)
        }
    }

    /// Sends what a ruling let go to its target. Nothing of the answer has reached the caller when this fails.
    async fn attempt(
        &self,
        call: &Call,
        target: &Target,
        flags: &[weir_model::Flag],
        forward: Forward,
        wait: Duration,
    ) -> Result<Answer, Failed> {
        let body = match forward.body {
            Body::Unchanged => call.body.clone(),
            Body::Replaced(body) => body,
        };
        let built = target
            .endpoint(call.interface)
            .and_then(|endpoint| Some((endpoint, self.request(call, target, endpoint, flags, &body)?)));
        let Some((endpoint, request)) = built else {
            // Fails closed: an edited message that cannot be sent as it was judged is not sent.
            let text = "the message could not be brought into the form of its target";
            return Ok(own_error(call.interface, StatusCode::BAD_GATEWAY, text));
        };
        let mut answering = Answering {
            from: endpoint.interface,
            to: call.interface,
            frame: Frame::of(&call.body, clock::now().as_millis().max(0).unsigned_abs() / 1000),
            filter: forward.answer,
            wait,
        };
        let started = Instant::now();
        let sent = timeout(wait, self.leg.send(endpoint, request)).await;
        let (response, lease) = match sent {
            Ok(Ok(sent)) => sent,
            Ok(Err(error)) => return Err(unreachable(call.interface, target, &error)),
            Err(_) => return Err(too_slow(call.interface, target.id())),
        };
        let status = response.status();
        if let Some(failure) = failure(status) {
            let retry = response.headers().get(RETRY_AFTER).cloned();
            let mut answer = answering.error(response).await;
            if let Some(retry) = retry {
                answer.headers_mut().insert(RETRY_AFTER, retry);
            }
            return Err(Failed { failure, answer });
        }
        if !status.is_success() {
            return Ok(answering.error(response).await);
        }
        let answer = answering.whole_or_stream(response, lease, target.id()).await?;
        self.latencies.note(target.id(), started.elapsed());
        Ok(answer)
    }

    /// The request to a target; `None` when it cannot be made.
    fn request(
        &self,
        call: &Call,
        target: &Target,
        endpoint: &Endpoint,
        flags: &[weir_model::Flag],
        body: &[u8],
    ) -> Option<Request<Full<Bytes>>> {
        let body = match endpoint.interface == call.interface {
            true => Cow::Borrowed(body),
            false => Cow::Owned(weir_convert::request(call.interface, endpoint.interface, body).ok()?),
        };
        let change = Retarget {
            model: target.model(),
            flags,
        };
        let body = retarget(endpoint.interface, &body, &change).ok()?;
        let mut request = Request::post(endpoint.call_path())
            .body(Full::new(Bytes::from(body)))
            .ok()?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        // What cannot be read cannot be restored, so no coding is asked for.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("weir/", env!("CARGO_PKG_VERSION"))),
        );
        if endpoint.interface == Interface::AnthropicMessages {
            headers.insert(ANTHROPIC_VERSION.0, HeaderValue::from_static(ANTHROPIC_VERSION.1));
        }
        if endpoint.interface == call.interface {
            for name in CARRIED {
                if let Some(value) = call.headers.get(name) {
                    headers.insert(name, value.clone());
                }
            }
        }
        if let Some(key) = target.key() {
            let key = Secret::read(key).ok()?;
            let (name, value) = match endpoint.interface {
                Interface::AnthropicMessages => (HeaderName::from_static("x-api-key"), key.header("")?),
                Interface::OpenAiChat | Interface::OpenAiResponses => (AUTHORIZATION, key.header("Bearer ")?),
            };
            headers.insert(name, value);
        }
        let tenant = self.enforcer.in_force.load().policy.header_edits(&endpoint.host);
        for (name, value) in tenant.set {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.insert(name, HeaderValue::from_str(&value).ok()?);
        }
        Some(request)
    }
}

/// Shows a call to the engine as it was made; one to the gateway as the call of the vendor whose interface it is: the
/// routes of the catalogue know where its text stands.
fn see<T>(call: &Call, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
    if let Some(head) = &call.made_to {
        return gate::see(head, &call.body, Carrier::Http, look);
    }
    let (host, path) = match call.interface {
        Interface::OpenAiChat => ("api.openai.com", "/v1/chat/completions"),
        Interface::OpenAiResponses => ("api.openai.com", "/v1/responses"),
        Interface::AnthropicMessages => ("api.anthropic.com", "/v1/messages"),
    };
    look(&RequestView {
        method: "POST",
        host,
        path,
        query: None,
        headers: &[("content-type", b"application/json")],
        body: &call.body,
        carrier: Carrier::Http,
    })
}

/// Why a target cannot be called at all, each interface asked once.
fn obstacle(call: &Call, target: &Target, unsayable: &RefCell<Vec<(Interface, Option<Unfit>)>>) -> Option<Unfit> {
    let unfit = |predicate: &str, text: String| {
        Some(Unfit {
            predicate: predicate.to_owned(),
            text,
        })
    };
    let Some(endpoint) = target.endpoint(call.interface) else {
        return unfit("base_url", "nothing says where it takes calls".to_owned());
    };
    if let Some(Err(error)) = target.key().map(Secret::read) {
        return unfit("secret_key_ref", error.to_string());
    }
    if endpoint.interface == call.interface {
        return None;
    }
    let known = |(interface, _): &&(Interface, Option<Unfit>)| *interface == endpoint.interface;
    if let Some((_, answer)) = unsayable.borrow().iter().find(known) {
        return answer.clone();
    }
    let converted = weir_convert::request(call.interface, endpoint.interface, &call.body);
    let answer = converted.err().and_then(|error| unfit("interface", error.to_string()));
    unsayable.borrow_mut().push((endpoint.interface, answer.clone()));
    answer
}

/// The failures after which another target may do better.
fn failure(status: StatusCode) -> Option<Failure> {
    match status.as_u16() {
        429 => Some(Failure::RateLimit),
        408 | 504 => Some(Failure::Timeout),
        500..=599 => Some(Failure::ServerError),
        _ => None,
    }
}

fn unreachable(interface: Interface, target: &Target, error: &SendError) -> Failed {
    let text = format!(
        "the target {} could not be reached: {}",
        target.id(),
        weir_model::chain(error)
    );
    Failed {
        failure: Failure::ServerError,
        answer: own_error(interface, StatusCode::BAD_GATEWAY, &text),
    }
}

pub(super) fn too_slow(interface: Interface, target: &str) -> Failed {
    let text = format!("the target {target} did not answer in time");
    Failed {
        failure: Failure::Timeout,
        answer: own_error(interface, StatusCode::GATEWAY_TIMEOUT, &text),
    }
}

pub(super) fn broke_off(interface: Interface, target: &str) -> Failed {
    let text = format!("the answer of the target {target} broke off");
    Failed {
        failure: Failure::ServerError,
        answer: own_error(interface, StatusCode::BAD_GATEWAY, &text),
    }
}
