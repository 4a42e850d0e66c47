//! Which target a call through the gateway goes to.
//!
//! ```text
//! targets ─ obstacles ─ decide(facts at the target) ─ requirements ─┬ pool ─ tried ─ strategy ─ chosen
//!                                                                   └ excluded, each with what it failed
//! ```
//!
//! Every target is judged by the same chain as any other destination, with what the pack says about it in place of what
//! the catalogue knows. The pool is made anew for each attempt and never holds a target that fails a predicate; what was
//! tried is taken out of it afterwards, so a fallback cannot lead out of the pool.

mod pool;
mod read;
mod target;

use weir_model::{Action, Destination, Excluded, Failure, Interface, Mode, Selection, Strategy, Tier, Tried, Unfit};

use crate::chain::{Buckets, ChainMember, Draw, Ruling};
use crate::decision::{Decision, Facts, Reason, Why};
use crate::policy::Policy;
use pool::Pool;

pub(crate) use read::{read_promises, read_routing, read_targets};
pub use target::{Endpoint, KeyRef, Target};

/// What is known of a call apart from the facts. Time and chance come in here, so that a choice can be replayed.
#[derive(Clone, Copy)]
pub struct Route<'a> {
    /// True for a call that a program made to a service itself: it goes elsewhere only when it may not go there.
    pub intercepted: bool,
    /// The interface the caller speaks.
    pub interface: Interface,
    /// The model the caller names. The id of a target stands for this target alone.
    pub model: &'a str,
    /// Why a target cannot be called at all: no key, or an interface that cannot say what the call says.
    pub obstacle: &'a dyn Fn(&Target) -> Option<Unfit>,
    /// The attempts that failed, in their order.
    pub tried: &'a [Tried],
    /// Milliseconds until an answer, of late, by id; `None` where nothing is known.
    pub latency: &'a dyn Fn(&str) -> Option<u32>,
    /// A random number.
    pub draw: u64,
}

/// How one of several targets is chosen.
#[derive(Clone, Debug)]
pub struct Routing {
    pub(crate) strategy: Strategy,
    pub(crate) triggers: Vec<Failure>,
    pub(crate) attempts_after_the_first: u32,
    pub(crate) timeout_seconds: u32,
    pub(crate) reroutes: bool,
}

/// Until the first byte of an answer. A model that thinks for long says nothing for a while.
const TIMEOUT_SECONDS: u32 = 120;

impl Default for Routing {
    fn default() -> Self {
        Self {
            strategy: Strategy::Ordered,
            triggers: Vec::new(),
            attempts_after_the_first: 0,
            timeout_seconds: TIMEOUT_SECONDS,
            reroutes: false,
        }
    }
}

impl Routing {
    /// Seconds to wait for the first byte of an answer.
    #[must_use]
    pub fn timeout_seconds(&self) -> u32 {
        self.timeout_seconds
    }

    /// Whether an intercepted call that its own service may not have goes to a target that may.
    #[must_use]
    pub fn reroutes(&self) -> bool {
        self.reroutes
    }

    /// Whether another target may be tried after these.
    #[must_use]
    pub fn may_try_again(&self, tried: &[Tried]) -> bool {
        let last = tried.last().map(|tried| tried.failure);
        let attempts = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        last.is_none_or(|failure| self.triggers.contains(&failure)) && attempts <= self.attempts_after_the_first
    }
}

/// A choice, with what follows from it.
pub struct Selected {
    /// The choice and its evidence.
    pub selection: Selection,
    /// Where the call goes; where it would have gone, when it may not.
    pub destination: Destination,
    /// What policy says about it there.
    pub decision: Decision,
    /// What it takes from the buckets there.
    pub draw: Draw,
}

/// Where a call goes that nobody may take.
fn nowhere(model: &str) -> Destination {
    Destination {
        host: "gateway".to_owned(),
        service: None,
        provider: None,
        tier: Tier::Unknown,
        region: None,
        model: Some(model.to_owned()),
        target: None,
    }
}

impl Policy {
    /// How the gateway chooses.
    #[must_use]
    pub fn routing(&self) -> &Routing {
        &self.routing
    }

    /// The models the gateway may call, in the order of the pack.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of this id.
    #[must_use]
    pub fn target(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// The interface of calls to this place, where the catalogue knows that a provider takes them there.
    #[must_use]
    pub fn interface_at(&self, host: &str, port: u16, path: &str) -> Option<Interface> {
        let known = self.catalogue.providers().iter().flat_map(|known| &known.endpoints);
        let mut places = known.filter_map(|known| Endpoint::parse(known.interface, &known.url));
        let place = places.find(|place| place.host == host && place.port == port && place.call_path() == path);
        place.map(|place| place.interface)
    }

    /// Why a message may not go where it was going, as evidence of a choice that leads elsewhere.
    #[must_use]
    pub fn instead_of(&self, facts: &Facts<'_>, decision: &Decision) -> Excluded {
        Excluded {
            target: facts.destination.host.clone(),
            because: pool::failed(self, facts, decision),
        }
    }

    /// Chooses the target of a call. The destination of the facts does not count, and with buckets, nor do the limits they
    /// say it is over: these may be a provider's own.
    #[must_use]
    pub fn select(&self, facts: &Facts<'_>, route: &Route<'_>, buckets: Option<&Buckets>) -> Selected {
        let mut pool = Pool::of(self, facts, route, buckets);
        let chosen = self
            .routing
            .may_try_again(route.tried)
            .then(|| pool.choose(self.routing.strategy, route))
            .flatten();
        let mut selection = Selection {
            strategy: self.routing.strategy,
            attempt: u32::try_from(route.tried.len()).unwrap_or(u32::MAX).saturating_add(1),
            tried: route.tried.to_vec(),
            excluded: std::mem::take(&mut pool.excluded),
            ..Selection::default()
        };
        if let Some(candidate) = chosen {
            selection.chosen = Some(candidate.target.id.clone());
            selection.lacks = candidate.lacks;
            selection.interface = candidate
                .target
                .endpoint(route.interface)
                .map(|endpoint| endpoint.interface);
            selection.flags = candidate.target.told();
            return Selected {
                selection,
                destination: candidate.destination,
                decision: candidate.decision,
                draw: candidate.draw,
            };
        }
        // What the message itself must not say anywhere is the reason to give, not that nobody may hear it.
        if let Some((destination, decision, draw)) = pool.refused_for_its_content {
            return Selected {
                selection,
                destination,
                decision,
                draw,
            };
        }
        Selected {
            selection,
            destination: nowhere(route.model),
            decision: self.no_target(facts),
            draw: Draw::default(),
        }
    }

    fn no_target(&self, facts: &Facts<'_>) -> Decision {
        let mut ruling = Ruling::new(facts.findings);
        ruling.per_finding.fill(Action::Block);
        ruling.ask(Reason {
            rule: "routing/no-target".to_owned(),
            member: ChainMember::DataRoutingPolicy,
            action: Action::Block,
            mode: Mode::Enforce,
            why: Why::NoTarget,
        });
        self.settle(facts, ruling)
    }
}
