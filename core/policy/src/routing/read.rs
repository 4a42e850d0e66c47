//! What `providers.targets` and `routing` of a pack mean.

use weir_model::{Failure, Interface, Strategy, Trust};

use super::{Endpoint, KeyRef, Routing, TIMEOUT_SECONDS, Target};
use crate::agreement::read_end;
use crate::catalogue::Catalogue;
use crate::chain::Handling;
use crate::report::{At, Report};
use crate::yaml::Node;
use crate::{lint, words};

/// Attempts after the first, where a pack wants any and does not say how many.
const ATTEMPTS: u32 = 2;

pub(crate) fn read_routing(tree: &Node, targets: &[Target], report: &mut Report) -> Routing {
    let Some(node) = tree.get("routing") else {
        return Routing::default();
    };
    let mut routing = Routing {
        strategy: words::one(node, "strategy", strategy).unwrap_or_default(),
        timeout_seconds: node
            .get("timeout_seconds")
            .and_then(Node::whole)
            .unwrap_or(TIMEOUT_SECONDS),
        reroutes: node.get("intercepted").and_then(Node::text) == Some("reroute"),
        ..Routing::default()
    };
    if routing.reroutes && targets.is_empty() {
        let at = node.get("intercepted").map_or(node.at, |node| node.at);
        report
            .warning(
                at,
                "dead-rule",
                "calls cannot be sent elsewhere: the pack names no targets",
            )
            .help("name them under `providers.targets`");
    }
    if let Some(fallback) = node.get("fallback") {
        routing.triggers = match fallback.get("triggers") {
            Some(_) => words::all(fallback, "triggers", failure),
            None => Failure::ALL.to_vec(),
        };
        let attempts = fallback.get("max_fallback_attempts").and_then(Node::whole);
        routing.attempts_after_the_first = attempts.unwrap_or(ATTEMPTS);
    }
    routing
}

fn strategy(word: &str) -> Option<Strategy> {
    let all = [Strategy::Ordered, Strategy::Weighted, Strategy::LeastLatency];
    all.into_iter().find(|strategy| strategy.as_str() == word)
}

fn failure(word: &str) -> Option<Failure> {
    Failure::ALL.into_iter().find(|failure| failure.as_str() == word)
}

fn interface(word: &str) -> Option<Interface> {
    Interface::ALL.into_iter().find(|interface| interface.as_str() == word)
}

pub(crate) fn read_targets(tree: &Node, catalogue: &Catalogue, report: &mut Report) -> Vec<Target> {
    let nodes = tree
        .at_path(&["providers", "targets"])
        .map(Node::items)
        .unwrap_or_default();
    let mut targets: Vec<Target> = Vec::new();
    for node in nodes {
        lint::secret_key(node, report);
        let target = read_target(node, catalogue, report);
        if targets.iter().any(|known| known.id == target.id) {
            let at = node.get("id").map_or(node.at, |id| id.at);
            report.error(at, "duplicate-key", format!("there are two targets `{}`", target.id));
        }
        targets.push(target);
    }
    targets
}

fn read_target(node: &Node, catalogue: &Catalogue, report: &mut Report) -> Target {
    let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let collection = [
        node.get("data_collection"),
        node.at_path(&["data_policy", "data_collection"]),
    ];
    let provider = text("provider").unwrap_or_default();
    let trust = words::one(node, "trust", words::trust).unwrap_or_default();
    Target {
        id: text("id").unwrap_or_default(),
        model: text("model"),
        key: read_key(node),
        region: text("region"),
        trust,
        weight: node.get("weight").and_then(Node::whole).unwrap_or(1),
        handling: read_handling(node, report),
        handling_ends: node.get("data_policy").and_then(|policy| read_end(policy, report)),
        denies_collection: collection.iter().flatten().any(|node| node.text() == Some("deny")),
        endpoints: read_endpoints(node, &provider, trust, catalogue, report),
        flags: catalogue
            .provider(&provider)
            .map(|known| known.flags.clone())
            .unwrap_or_default(),
        provider,
    }
}

fn read_key(node: &Node) -> Option<KeyRef> {
    let reference = node.get("secret_key_ref")?;
    let text = |key: &str| reference.get(key).and_then(Node::text).map(str::to_owned);
    text("env")
        .map(KeyRef::Env)
        .or_else(|| text("file").map(KeyRef::File))
        .or_else(|| text("key_store").map(KeyRef::KeyStore))
}

/// The target's own address, or those that the catalogue knows of its provider; the interface that is named, if one is.
fn read_endpoints(
    node: &Node,
    provider: &str,
    trust: Trust,
    catalogue: &Catalogue,
    report: &mut Report,
) -> Vec<Endpoint> {
    let named = words::one(node, "interface", interface);
    if let Some(url) = node.get("base_url") {
        let interface = named.unwrap_or(Interface::OpenAiChat);
        let endpoint = Endpoint::parse(interface, url.text().unwrap_or_default());
        check_address(url.at, endpoint.as_ref(), trust, report);
        return endpoint.into_iter().collect();
    }
    let known = catalogue.provider(provider).map(|provider| &provider.endpoints[..]);
    let endpoints: Vec<Endpoint> = known
        .unwrap_or_default()
        .iter()
        .filter(|known| named.is_none_or(|named| named == known.interface))
        .filter_map(|known| Endpoint::parse(known.interface, &known.url))
        .collect();
    if endpoints.is_empty() {
        report
            .warning(
                node.at,
                "no-address",
                format!("the catalogue does not know where `{provider}` takes calls of this kind"),
            )
            .help("add `base_url: https://…` and `interface`; without them the gateway cannot call this target");
    }
    endpoints
}

fn check_address(at: At, endpoint: Option<&Endpoint>, trust: Trust, report: &mut Report) {
    let Some(endpoint) = endpoint else {
        report
            .error(at, "wrong-value", "this is not the address of a service")
            .help("write `https://host/path`, without a query");
        return;
    };
    if !endpoint.secure && !endpoint.is_on_this_machine() && trust != Trust::Internal {
        report
            .error(at, "unprotected", "prompts would travel to a third party in the clear")
            .help("write `https://`; `http://` is for this machine, and for targets with `trust: internal`");
    }
}

/// What a target's `data_policy` promises.
fn read_handling(target: &Node, report: &mut Report) -> Handling {
    read_promises(target.get("data_policy"), target.get("zdr"), report)
}

/// What a mapping promises; `short` is a short form of zero retention beside it. Nothing is inferred: what is absent is
/// unknown.
pub(crate) fn read_promises(policy: Option<&Node>, short: Option<&Node>, report: &mut Report) -> Handling {
    let switches = [
        short,
        policy.and_then(|node| node.get("zdr")),
        policy.and_then(|node| node.get("zero_data_retention")),
    ];
    let given: Vec<(At, bool)> = switches
        .iter()
        .flatten()
        .filter_map(|node| Some((node.at, node.flag()?)))
        .collect();
    if let Some((at, _)) = given.iter().find(|(_, value)| *value != given[0].1) {
        report.error(
            *at,
            "contradiction",
            "`zdr` and `zero_data_retention` are the same, and differ here",
        );
    }
    let zero_retention = given.iter().map(|(_, value)| *value).min();
    let days = policy.and_then(|node| node.get("retention_days"));
    let retention_days = days.and_then(Node::whole);
    if let (Some(true), Some(1..), Some(node)) = (zero_retention, retention_days, days) {
        report
            .error(
                node.at,
                "contradiction",
                "zero data retention and `retention_days` above 0 cannot both hold",
            )
            .help("`retention_days: 0` goes with zero data retention; absent is unknown");
    }
    if let Some((at, _)) = given.first()
        && zero_retention == Some(false)
        && retention_days == Some(0)
    {
        report.error(
            *at,
            "contradiction",
            "`retention_days: 0` says that nothing is kept, and this says that something is",
        );
    }
    let no_training = policy
        .and_then(|node| node.get("training_opt_out"))
        .and_then(Node::flag);
    Handling {
        zero_retention,
        no_training,
        retention_days,
    }
}
