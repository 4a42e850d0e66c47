//! Calls that a program made to a service itself, where the pack says that they may go elsewhere.
//!
//! Which of them do is policy's to say: a call that its service may have goes there, byte for byte, and leaves this module as
//! it came. A caller notices nothing of the change but the header that tells of it.

use std::sync::Arc;

use futures_util::TryStreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_ENCODING};
use http_body_util::BodyExt;
use weir_proxy::{AnswerFailure, Received, Relay, Ruling};

use super::Caller;
use super::call::{self, Call, Outcome};
use super::serve::Answer;
use crate::enforce::Sender;

/// A call that may go elsewhere.
pub(crate) struct Divertible {
    call: Call,
    model: String,
}

impl Caller {
    /// The call that a request is, if policy may send it elsewhere; `None` for all other requests.
    pub(crate) fn divertible(&self, request: &Received, sender: &Sender) -> Option<Divertible> {
        let policy = &self.enforcer.in_force.load().policy;
        let head = &request.head;
        if !policy.routing().reroutes() || !request.complete || head.method() != "POST" {
            return None;
        }
        let interface = policy.interface_at(head.host(), head.port(), head.path())?;
        let headers: HeaderMap = head.headers().filter_map(|(name, value)| field(name, value)).collect();
        // Another target could not be told what was compressed for this one: such a call goes there or nowhere.
        if headers.contains_key(CONTENT_ENCODING) {
            return None;
        }
        let model = weir_convert::asked(&request.body).ok()?.model;
        Some(Divertible {
            call: Call {
                interface,
                made_to: Some(head.clone()),
                headers,
                body: request.body.clone(),
                sender: sender.clone(),
            },
            model,
        })
    }

    /// Judges it, and carries it out where it goes elsewhere.
    pub(crate) async fn divert(self: &Arc<Self>, divertible: &Divertible) -> Ruling {
        match call::call(self, &divertible.call, &divertible.model).await {
            Outcome::Answered(answer) => Ruling::Relay(relayed(answer)),
            Outcome::Ruled(ruling) => ruling,
        }
    }
}

fn field(name: &str, value: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(value).ok()?))
}

fn relayed(answer: Answer) -> Relay {
    let (parts, body) = answer.into_parts();
    Relay {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: Box::pin(body.into_data_stream().map_err(|_broken_off| AnswerFailure)),
    }
}
