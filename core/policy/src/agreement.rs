//! What the company has agreed with a provider, with the day on which that ends: `providers.agreements`.
//!
//! The catalogue knows what a provider says to everybody. An agreement says what it promised this company. While it runs it
//! takes the catalogue's place for what it says; when it has ended, that is unknown, whatever the catalogue says: nobody
//! knows on which terms the company is then.

use std::collections::BTreeSet;

use weir_model::catalogue::Terms;
use weir_model::{Tier, Timestamp};

use crate::catalogue::Catalogue;
use crate::chain::Handling;
use crate::day;
use crate::report::{At, Report, did_you_mean};
use crate::routing::read_promises;
use crate::words;
use crate::yaml::Node;

/// A promise of a provider to this company.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) provider: String,
    /// Empty: all of them.
    tiers: Vec<Tier>,
    promises: Handling,
    region: Option<String>,
    /// The first moment at which it holds no more.
    end: Option<Timestamp>,
}

/// What is known of how a provider handles data, by agreement or catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known<'a> {
    pub(crate) handling: Handling,
    pub(crate) region: Option<&'a str>,
    /// When the last agreement ended that said something which is unknown now.
    pub(crate) ended: Option<Timestamp>,
}

impl Agreement {
    fn is_for(&self, provider: &str, tier: Tier) -> bool {
        self.provider == provider && (self.tiers.is_empty() || self.tiers.contains(&tier))
    }

    fn runs(&self, now: Timestamp) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

/// What is known of a provider's handling of data under one account tier, now.
pub(crate) fn known<'a>(
    agreements: &'a [Agreement],
    (provider, tier): (&str, Tier),
    terms: Option<&'a Terms>,
    now: Timestamp,
) -> Known<'a> {
    let ours: Vec<&Agreement> = agreements.iter().filter(|it| it.is_for(provider, tier)).collect();
    let public = terms.map(Handling::from).unwrap_or_default();
    let handling = Handling {
        zero_retention: weakest(
            agreed(&ours, now, |it| it.promises.zero_retention),
            public.zero_retention,
            Ord::min,
        ),
        no_training: weakest(
            agreed(&ours, now, |it| it.promises.no_training),
            public.no_training,
            Ord::min,
        ),
        retention_days: weakest(
            agreed(&ours, now, |it| it.promises.retention_days),
            public.retention_days,
            Ord::max,
        ),
    };
    let region = match agreed(&ours, now, |it| it.region.as_deref()) {
        None => terms.and_then(|terms| terms.region.as_deref()),
        // Two places are none that anybody could name.
        Some(all) => all
            .first()
            .copied()
            .filter(|first| all.iter().all(|other| other == first)),
    };
    Known {
        handling,
        region,
        ended: ended(&ours, now),
    }
}

/// When the first of the agreements ends that run now for a provider under one account tier.
pub(crate) fn next_end(agreements: &[Agreement], (provider, tier): (&str, Tier), now: Timestamp) -> Option<Timestamp> {
    let ours = agreements.iter().filter(|it| it.is_for(provider, tier) && it.runs(now));
    ours.filter_map(|it| it.end).min()
}

/// The least that running agreements promise; what everybody is told, where no agreement says anything of it.
fn weakest<T>(agreed: Option<Vec<T>>, public: Option<T>, weaker: fn(T, T) -> T) -> Option<T> {
    match agreed {
        Some(all) => all.into_iter().reduce(weaker),
        None => public,
    }
}

/// What the running agreements say of a fact; `None` where no agreement, run out or not, says anything of it.
fn agreed<'a, T>(ours: &[&'a Agreement], now: Timestamp, of: impl Fn(&'a Agreement) -> Option<T>) -> Option<Vec<T>> {
    let mut said = false;
    let mut running = Vec::new();
    for agreement in ours {
        if let Some(value) = of(agreement) {
            said = true;
            running.extend(agreement.runs(now).then_some(value));
        }
    }
    said.then_some(running)
}

fn ended(ours: &[&Agreement], now: Timestamp) -> Option<Timestamp> {
    ours.iter().filter(|it| !it.runs(now)).filter_map(|it| it.end).max()
}

/// The moments at which agreements end.
pub(crate) fn ends(agreements: &[Agreement]) -> BTreeSet<Timestamp> {
    agreements.iter().filter_map(|agreement| agreement.end).collect()
}

pub(crate) fn read_agreements(tree: &Node, catalogue: &Catalogue, report: &mut Report) -> Vec<Agreement> {
    let nodes = tree.at_path(&["providers", "agreements"]).map(Node::items);
    let mut ids = BTreeSet::new();
    let mut agreements = Vec::new();
    for node in nodes.unwrap_or_default() {
        let id = node.get("id").and_then(Node::text).unwrap_or_default();
        if !ids.insert(id) {
            let at = node.get("id").map_or(node.at, |id| id.at);
            report.error(at, "duplicate-key", format!("there are two agreements `{id}`"));
        }
        check_evidence(node, report);
        agreements.push(read_agreement(node, catalogue, report));
    }
    agreements
}

fn read_agreement(node: &Node, catalogue: &Catalogue, report: &mut Report) -> Agreement {
    let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let agreement = Agreement {
        provider: text("provider").unwrap_or_default(),
        tiers: words::all(node, "tiers", words::tier),
        promises: read_promises(Some(node), None, report),
        region: text("region"),
        end: read_end(node, report),
    };
    if catalogue.provider(&agreement.provider).is_none() {
        let at = node.get("provider").map_or(node.at, |provider| provider.at);
        let known = catalogue.providers().iter().map(|provider| provider.provider.as_str());
        let message = format!("the catalogue has no provider `{}`", agreement.provider);
        report
            .warning(at, "unknown-name", message)
            .help(did_you_mean(&agreement.provider, known));
    }
    if agreement.promises == Handling::default() && agreement.region.is_none() {
        report
            .warning(
                node.at,
                "says-nothing",
                "this agreement promises nothing that a rule could require",
            )
            .help("say `zero_data_retention`, `training_opt_out`, `retention_days` or `region`");
    }
    agreement
}

/// The end of the day that `until` names: it is the last one.
pub(crate) fn read_end(node: &Node, report: &mut Report) -> Option<Timestamp> {
    let until = node.get("until")?;
    let start = until.text().and_then(day::start_of);
    if start.is_none() {
        report
            .error(until.at, "wrong-value", "`until` is no day")
            .help("write year, month and day: `2027-03-01`; it is the last one on which this holds, in UTC");
        // What has no readable end must not hold for ever: the pack does not run with an error, and nobody reads on.
        return Some(Timestamp::default());
    }
    start.map(|start| start.plus_millis(day::DAY))
}

fn check_evidence(node: &Node, report: &mut Report) {
    let Some((at, text)) = node.get("evidence").and_then(|node| Some((node.at, node.text()?))) else {
        return;
    };
    let is_digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !text.strip_prefix("sha256:").is_some_and(is_digest) {
        report_digest(at, report);
    }
}

fn report_digest(at: At, report: &mut Report) {
    report
        .error(at, "wrong-value", "`evidence` is no digest of a document")
        .help("write `sha256:` and 64 hexadecimal digits, as `sha256sum contract.pdf` prints them");
}
