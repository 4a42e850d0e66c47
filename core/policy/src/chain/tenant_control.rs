//! `tenant-control`: which accounts of a service may be used. Two ways, which go together:
//!
//! - **Headers** tell a vendor which tenants it may let in. Their form is the catalogue's (`tenant.rs`), the ids are the
//!   pack's. They are set on the scheme's hosts and on no others, and every copy a client sends is taken out first: it
//!   would choose its own tenant.
//! - **Services** without such a header are held to what the wire shows: the account's id, and its tier.

mod config;
mod lint;

use std::collections::BTreeMap;

use weir_model::{Action, HostPattern, Kind, Mode, Tier};

use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::decision::{HeaderEdits, Reason, Why};
use crate::hosts::canonical;
use crate::shape::Shape;
use crate::space::Mentions;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::TenantControl,
    about: "which accounts of a service may be used: tenant headers by scheme, and services by what the wire shows",
    shape: Shape::Extended(config::CONFIG, &config::SCHEME),
    build,
};

struct TenantControl {
    schemes: Vec<Scheme>,
    services: Vec<ServiceRule>,
    mode: Mode,
}

/// A vendor's headers with the company's ids in them.
struct Scheme {
    /// As reasons name it: `tenant-control/anthropic`.
    rule: String,
    /// For people: `Claude organisations`.
    name: String,
    file: String,
    line: u32,
    hosts: Vec<HostPattern>,
    /// Header names whose copies are taken out on all hosts of the scheme: its own, and those it excludes.
    remove: Vec<String>,
    set: Vec<SetOn>,
}

/// Headers and the hosts they are set on.
struct SetOn {
    hosts: Vec<HostPattern>,
    headers: Vec<(String, String)>,
}

/// The accounts of one service that may be used.
struct ServiceRule {
    rule: String,
    file: String,
    line: u32,
    service: String,
    /// Ids of the company's accounts, lower case; `None` leaves it to the tier.
    accounts: Option<Vec<String>>,
    tiers: Vec<Tier>,
    unknown: Unknown,
    reason: Option<String>,
}

/// What happens where the wire does not show the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unknown {
    /// What people wrote stays; the rest goes on, so that they can sign in. Uploads go on too: where the bytes of a file
    /// travel apart, the message that refers to them shows the account.
    #[default]
    Prompts,
    /// Everything that sends something stays.
    Block,
    /// Everything goes on.
    Allow,
}

/// What the wire shows of the account.
enum Standing {
    Company,
    Foreign(&'static str),
    Unknown,
}

impl Member for TenantControl {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let host = canonical(&case.facts.destination.host);
        for scheme in self.schemes.iter().filter(|scheme| scheme.is_for(&host)) {
            ruling.ask(Reason {
                rule: scheme.rule.clone(),
                member: ChainMember::TenantControl,
                action: Action::Allow,
                mode: self.mode,
                why: Why::Message,
            });
        }
        self.edit_headers(&host, &mut ruling.headers);
        if let Some(rule) = self.service_of(case).filter(|rule| rule.objection(case).is_some()) {
            ruling.ask(Reason {
                rule: rule.rule.clone(),
                member: ChainMember::TenantControl,
                action: Action::Block,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        if let Some(scheme) = self.schemes.iter().find(|scheme| scheme.rule == reason.rule) {
            return format!("{}: the service is told to let in the company's own only", scheme.name);
        }
        let objecting = self.service_of(case);
        let text = objecting.and_then(|rule| Some(rule.text(case, rule.objection(case)?)));
        text.unwrap_or_default()
    }

    fn mentions(&self, mentions: &mut Mentions) {
        let taking = self.schemes.iter().flat_map(|scheme| &scheme.hosts);
        mentions.hosts.extend(taking.cloned());
        for rule in &self.services {
            mentions.services.insert(rule.service.clone());
            mentions.accounts.extend(rule.accounts.iter().flatten().cloned());
            mentions.tiers = true;
            mentions.asking = true;
            mentions.kinds.extend([Kind::PrefetchPrompt, Kind::UploadInit]);
        }
    }

    fn edit_headers(&self, host: &str, edits: &mut HeaderEdits) {
        if self.mode != Mode::Enforce {
            return;
        }
        for scheme in self.schemes.iter().filter(|scheme| scheme.is_for(host)) {
            edits.remove.extend(scheme.remove.iter().cloned());
            let on_host = scheme.set.iter().filter(|set| covers(&set.hosts, host));
            edits.set.extend(on_host.flat_map(|set| set.headers.iter().cloned()));
        }
    }

    fn header_hosts(&self) -> Vec<&HostPattern> {
        if self.mode != Mode::Enforce {
            return Vec::new();
        }
        let sets = self.schemes.iter().flat_map(|scheme| &scheme.set);
        sets.flat_map(|set| &set.hosts).collect()
    }

    fn places(&self) -> Vec<Place> {
        let schemes = self.schemes.iter().map(|it| (&it.rule, &it.file, it.line));
        let services = self.services.iter().map(|it| (&it.rule, &it.file, it.line));
        let place = |(rule, file, line): (&String, &String, u32)| Place {
            rule: rule.clone(),
            file: file.clone(),
            line,
        };
        schemes.chain(services).map(place).collect()
    }
}

impl TenantControl {
    fn service_of(&self, case: &Case<'_>) -> Option<&ServiceRule> {
        let service = case.facts.destination.service.as_deref()?;
        self.services.iter().find(|rule| rule.service == service)
    }
}

impl Scheme {
    fn is_for(&self, host: &str) -> bool {
        covers(&self.hosts, host)
    }
}

/// Tenant headers do not depend on the port: patterns without one stand for all.
fn covers(hosts: &[HostPattern], host: &str) -> bool {
    hosts.iter().any(|pattern| pattern.covers_name(host))
}

impl ServiceRule {
    /// Why this message may not go with this account.
    fn objection(&self, case: &Case<'_>) -> Option<&'static str> {
        let sends_text = |kind: Kind| !matches!(kind, Kind::Telemetry | Kind::Other | Kind::Upload);
        let kind = case.facts.kind;
        let sends = match kind {
            Kind::Telemetry => false,
            Kind::Other => !case.facts.only_asks,
            _ => true,
        };
        let (blocked, why) = match self.standing(case) {
            Standing::Company => return None,
            Standing::Foreign(why) => (sends, why),
            Standing::Unknown => {
                let blocked = match self.unknown {
                    Unknown::Prompts => sends_text(kind),
                    Unknown::Block => sends,
                    Unknown::Allow => false,
                };
                (blocked, "with an account that cannot be told")
            }
        };
        blocked.then_some(why)
    }

    /// A tier that may not be used counts even beside the id of a company's account: the sender writes that id, and who
    /// is not signed in can write any.
    fn standing(&self, case: &Case<'_>) -> Standing {
        let tier = case.facts.destination.tier;
        if tier != Tier::Unknown && !self.tiers.contains(&tier) {
            return Standing::Foreign(match tier {
                Tier::Anonymous => "without signing in",
                Tier::Consumer => "with a personal account",
                _ => "with an account of another kind than the company's",
            });
        }
        match (&self.accounts, case.facts.account) {
            (Some(accounts), Some(account)) if accounts.contains(&account.to_lowercase()) => Standing::Company,
            (Some(_), Some(_)) => Standing::Foreign("with an account that is not the company's"),
            (None, _) if tier != Tier::Unknown => Standing::Company,
            _ => Standing::Unknown,
        }
    }

    fn text(&self, case: &Case<'_>, why: &str) -> String {
        let mut text = format!("{} is used {why}", case.destination());
        if let Some(reason) = &self.reason {
            text.push_str(&format!(": {reason}"));
        }
        text
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let schemes = config::schemes(setting);
    let services = config::services(setting);
    lint::check(setting);
    Some(Box::new(TenantControl {
        schemes,
        services,
        mode: mode_of(setting.config),
    }))
}

/// Ids by key, as a pack gives them.
type Ids = BTreeMap<String, Vec<String>>;
