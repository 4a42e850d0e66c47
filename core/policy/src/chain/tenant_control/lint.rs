//! What a configuration says and cannot mean.

use weir_model::HostPattern;
use weir_model::catalogue::{Inspect, Service};

use crate::catalogue::Catalogue;
use crate::chain::Setting;
use crate::report::{At, Report};
use crate::tenant::TenantScheme;
use crate::yaml::{Key, Node};

pub(super) fn check(setting: &mut Setting<'_>) {
    let config = setting.config.map(Node::entries).unwrap_or_default();
    if config.iter().all(|(key, _)| key.text == "mode") {
        setting
            .report
            .warning(
                setting.at,
                "filters-nothing",
                "`tenant-control` is in the chain and nothing is configured for it: every account may be used",
            )
            .help("name the company's tenants under `policies.policy.tenant-control`");
    }
    for (index, (key, _)) in config.iter().enumerate() {
        if let Some(scheme) = setting.context.catalogue.tenant_schemes().get(&key.text) {
            check_scheme(scheme, key, &config[..index], setting);
        }
    }
    let table = setting.config.and_then(|config| config.get("services"));
    for (key, node) in table.map(Node::entries).unwrap_or_default() {
        check_service(key.at, &key.text, node, setting);
    }
}

fn check_scheme(scheme: &TenantScheme, key: &Key, earlier: &[(Key, Node)], setting: &mut Setting<'_>) {
    let report = &mut *setting.report;
    let excluded = |key: &Key| scheme.excludes.contains(&key.text);
    if let Some((other, _)) = earlier.iter().find(|(key, _)| excluded(key)) {
        let message = format!("`{}` and `{}` must not be sent together", scheme.id, other.text);
        report.error(key.at, "contradiction", message).help("keep one of them");
    }
    if !is_reached(&scheme.hosts, setting.context.catalogue) {
        report
            .warning(
                key.at,
                "dead-rule",
                format!("the catalogue decrypts no host of `{}`", scheme.id),
            )
            .help("describe its hosts in a catalogue file, with `inspect: inject_only`");
    }
}

/// True when requests to some host of the scheme can be given headers.
fn is_reached(hosts: &[HostPattern], catalogue: &Catalogue) -> bool {
    let listed = catalogue.services().iter().flat_map(|service| &service.hosts);
    let decrypted = listed.filter(|host| host.inspect != Inspect::Tunnel);
    let mut patterns = decrypted.filter_map(|host| HostPattern::parse(&host.host).ok());
    patterns.any(|pattern| {
        hosts
            .iter()
            .any(|host| host.covers_name(&pattern.name()) || pattern.covers_name(&host.name()))
    })
}

fn check_service(at: At, name: &str, node: &Node, setting: &mut Setting<'_>) {
    let report = &mut *setting.report;
    if node.get("accounts").is_none() && node.get("tiers").is_none() {
        report
            .error(
                at,
                "missing-key",
                format!("nothing is said about the accounts of `{name}`"),
            )
            .help("give `accounts`, `tiers` or both; `tiers: []` lets nobody in");
    }
    if let Some(accounts) = node.get("accounts").filter(|accounts| accounts.items().is_empty()) {
        report
            .error(accounts.at, "wrong-value", "`accounts` names nobody")
            .help("to let nobody in, deny the service under `providers.approvals`");
    }
    match setting.context.catalogue.service(name) {
        None => setting.context.unknown_service(name, at, report),
        Some(service) => check_signs(at, service, node, report),
    }
}

/// A rule about what the wire never shows blocks everybody.
fn check_signs(at: At, service: &Service, node: &Node, report: &mut Report) {
    let asks_account = node.get("accounts").is_some();
    let blind = match asks_account {
        true => service.account.is_empty(),
        false => service.tiers.is_empty(),
    };
    if !blind {
        return;
    }
    let what = if asks_account { "account" } else { "tier" };
    report
        .warning(
            at,
            "filters-nothing",
            format!(
                "the catalogue does not know where `{}` shows the {what}",
                service.service
            ),
        )
        .help("every account is unknown then, and treated as `unknown` says");
}
