//! The local gateway: programs call it in the interface they know, and it calls the target that policy lets them use. Calls
//! that a program made to a service which may not have them take the same way, where the pack says so.
//!
//! ```text
//!   program ─┬─ serve (token) ──────┬─ call ──┬─ enforce: judged, recorded, ruled ── leg ── target
//!            └─ proxy ── elsewhere ─┘         └─ again, at another target of the pool, when this one fails
//! ```
//!
//! Read `call.rs` first. A call is judged as the program wrote it, by the same engine as everything else, with the target
//! as its destination; only a ruling sends it (P1). Conversion comes behind the ruling, and adds nothing of the sender's.
//! Neighbours: `core/policy` chooses, `core/convert` converts, `enforce` records. It must not know what a rule says.

mod answer;
mod call;
mod elsewhere;
mod keys;
mod latency;
mod leg;
mod serve;
mod stamp;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use weir_model::Interface;
use weir_policy::Target;
use weir_proxy::{Room, TlsUpstream};

use crate::enforce::Enforcer;
use keys::Secret;
use latency::Latencies;
use leg::Leg;
pub use token::Tokens;

/// A target as the status shows it.
pub(crate) fn target_status(target: &Target) -> weir_wire::Target {
    let endpoint = target.endpoint(Interface::OpenAiChat);
    let address = endpoint.map(|endpoint| {
        let scheme = if endpoint.secure { "https" } else { "http" };
        format!("{scheme}://{}{}", endpoint.authority(), endpoint.call_path())
    });
    let missing = || {
        target
            .key()
            .and_then(|key| Secret::read(key).err())
            .map(|error| error.to_string())
    };
    weir_wire::Target {
        id: target.id().to_owned(),
        provider: target.provider().to_owned(),
        model: target.model().map(str::to_owned),
        problem: match &address {
            None => Some("nothing says where it takes calls".to_owned()),
            Some(_) => missing(),
        },
        address,
    }
}

/// Calls targets, by the enforcer's leave.
pub(crate) struct Caller {
    enforcer: Arc<Enforcer>,
    leg: Arc<Leg>,
    latencies: Latencies,
}

/// Everything the gateway's connections share.
pub(crate) struct Gateway {
    caller: Arc<Caller>,
    tokens: Tokens,
    /// For calls, until they are answered.
    room: Room,
}

/// The gateway, bound and not yet running.
pub(crate) struct Listening {
    listener: TcpListener,
    gateway: Arc<Gateway>,
}

/// The gateway cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A socket cannot be bound.
    #[error("the gateway cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Others on the network could use it.
    #[error("{0} is not a loopback address: the gateway serves this machine only")]
    NotLoopback(SocketAddr),
}

impl Caller {
    /// Calls over this upstream.
    pub(crate) fn new(enforcer: Arc<Enforcer>, upstream: Arc<TlsUpstream>) -> Self {
        Self {
            enforcer,
            leg: Arc::new(Leg::new(upstream)),
            latencies: Latencies::default(),
        }
    }
}

impl Gateway {
    /// For those who hold a token.
    pub(crate) fn new(caller: Arc<Caller>, tokens: Tokens, room: Room) -> Self {
        Self { caller, tokens, room }
    }

    /// Takes the address.
    ///
    /// # Errors
    /// When it is taken, or is not a loopback address.
    pub(crate) async fn bind(self, address: SocketAddr) -> Result<Listening, BindError> {
        if !address.ip().is_loopback() {
            return Err(BindError::NotLoopback(address));
        }
        let bound = TcpListener::bind(address).await;
        Ok(Listening {
            listener: bound.map_err(|source| BindError::Listen { address, source })?,
            gateway: Arc::new(self),
        })
    }
}
