//! Reads the configuration block: ids into headers, and the rules of services.

use weir_model::Tier;

use super::{Ids, Scheme, ServiceRule, SetOn, Unknown};
use crate::chain::Setting;
use crate::format::{MODES, TIERS};
use crate::report::did_you_mean;
use crate::shape::{Field, Shape, field};
use crate::tenant::{SchemeKey, TenantScheme};
use crate::words;
use crate::yaml::{Key, Node};

/// Keys of the block that are no schemes.
pub(super) const CONFIG: &[Field] = &[
    field(
        "services",
        Shape::Table(&Shape::Map(SERVICE)),
        "services held to what the wire shows of the account, by service id",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

/// Any other key is a scheme of the catalogue, with the ids that go into its headers.
pub(super) const SCHEME: Shape = Shape::Table(&Shape::OneOrMore(&Shape::Word));

const SERVICE: &[Field] = &[
    field(
        "accounts",
        Shape::OneOrMore(&Shape::Word),
        "ids of the company's accounts or tenants; messages of others are blocked",
    ),
    field(
        "tiers",
        Shape::OneOrMore(&Shape::Choice(TIERS)),
        "account tiers that may be used; default `team`, `enterprise`, `api`, `local`",
    ),
    field(
        "unknown",
        Shape::Choice(&["prompts", "block", "allow"]),
        "where the account cannot be told: `prompts` (the default) blocks what people write, `block` all that sends something",
    ),
    field("reason", Shape::Text, "why, shown to the employee"),
];

/// The tiers in which a company has accounts of its own.
const COMPANY_TIERS: [Tier; 4] = [Tier::Team, Tier::Enterprise, Tier::Api, Tier::Local];

/// The schemes a pack configures. What is wrong with one is reported, and it sets nothing.
pub(super) fn schemes(setting: &mut Setting<'_>) -> Vec<Scheme> {
    let entries = setting.config.map(Node::entries).unwrap_or_default();
    let named = entries
        .iter()
        .filter(|(key, _)| CONFIG.iter().all(|field| field.name != key.text));
    named.filter_map(|(key, node)| scheme(key, node, setting)).collect()
}

fn scheme(key: &Key, node: &Node, setting: &mut Setting<'_>) -> Option<Scheme> {
    let known = setting.context.catalogue.tenant_schemes();
    let Some(scheme) = known.get(&key.text) else {
        let names = known.all().iter().map(|scheme| &*scheme.id);
        let help = did_you_mean(&key.text, names.chain(CONFIG.iter().map(|field| field.name)));
        let message = format!("there is no tenant scheme `{}`", key.text);
        setting.report.error(key.at, "unknown-key", message).help(help);
        return None;
    };
    let ids = ids(scheme, key, node, setting)?;
    let excluded = scheme.excludes.iter().filter_map(|other| known.get(other));
    let headers = excluded.chain([scheme]).flat_map(|scheme| &scheme.headers);
    let mut remove: Vec<String> = headers.map(|header| header.name.clone()).collect();
    remove.sort();
    remove.dedup();
    Some(Scheme {
        rule: format!("tenant-control/{}", scheme.id),
        name: scheme.name.clone(),
        file: setting.report.file(key.at.file).to_string(),
        line: key.at.line,
        hosts: scheme.hosts.clone(),
        remove,
        set: scheme
            .headers
            .iter()
            .map(|header| SetOn {
                hosts: header.hosts.clone(),
                headers: header.filled(&ids),
            })
            .collect(),
    })
}

/// The ids of all keys of a scheme; `None` when one is missing or wrong.
fn ids(scheme: &TenantScheme, key: &Key, node: &Node, setting: &mut Setting<'_>) -> Option<Ids> {
    let mut good = true;
    for (name, _) in node
        .entries()
        .iter()
        .filter(|(name, _)| scheme.key(&name.text).is_none())
    {
        let known = scheme.keys.iter().map(|key| &*key.name);
        let help = did_you_mean(&name.text, known);
        let message = format!("`{}` has no key `{}`", scheme.id, name.text);
        setting.report.error(name.at, "unknown-key", message).help(help);
        good = false;
    }
    let mut ids = Ids::new();
    for wanted in &scheme.keys {
        let Some(given) = node.get(&wanted.name) else {
            setting
                .report
                .error(
                    key.at,
                    "missing-key",
                    format!("`{}` of `{}` is missing", wanted.name, scheme.id),
                )
                .help(format!("`{}`: {}", wanted.name, wanted.about));
            good = false;
            continue;
        };
        match ids_of(wanted, given, setting) {
            Some(list) => _ = ids.insert(wanted.name.clone(), list),
            None => good = false,
        }
    }
    good.then_some(ids)
}

fn ids_of(wanted: &SchemeKey, given: &Node, setting: &mut Setting<'_>) -> Option<Vec<String>> {
    let report = &mut *setting.report;
    let items = given.items();
    if items.is_empty() {
        report
            .error(given.at, "wrong-value", format!("`{}` names nobody", wanted.name))
            .help("a list without one valid id restricts nobody at some vendors, and shuts everybody out at others");
        return None;
    }
    if items.len() > wanted.most {
        report.error(
            given.at,
            "wrong-value",
            format!(
                "`{}` takes {} at most, and has {}",
                wanted.name,
                wanted.most,
                items.len()
            ),
        );
        return None;
    }
    let mut ids: Vec<String> = Vec::new();
    for item in items {
        let Some(id) = item.word().filter(|id| wanted.fits(id)) else {
            let text = item.word().unwrap_or_default();
            report
                .error(item.at, "wrong-value", format!("`{text}` is not an id of this kind"))
                .help(format!(
                    "`{}`: {}, such as `{}`",
                    wanted.name, wanted.about, wanted.example
                ));
            return None;
        };
        if wanted.loose.contains(&id) {
            report
                .warning(
                    item.at,
                    "risky-rule",
                    format!("`{id}` lets in accounts that are not the company's"),
                )
                .help("take it out, unless personal accounts are meant to be used");
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Some(ids)
}

/// The rules of services without a header.
pub(super) fn services(setting: &mut Setting<'_>) -> Vec<ServiceRule> {
    let table = setting.config.and_then(|config| config.get("services"));
    let entries = table.map(Node::entries).unwrap_or_default();
    entries.iter().map(|(key, node)| service(key, node, setting)).collect()
}

fn service(key: &Key, node: &Node, setting: &mut Setting<'_>) -> ServiceRule {
    let known = setting.context.catalogue.service(&key.text);
    let accounts = node.get("accounts").map(|accounts| {
        let ids = accounts.items().iter().filter_map(Node::word);
        ids.map(|id| id.to_lowercase()).filter(|id| !id.is_empty()).collect()
    });
    let tiers = match node.get("tiers") {
        Some(_) => words::all(node, "tiers", words::tier),
        None => COMPANY_TIERS.to_vec(),
    };
    ServiceRule {
        rule: format!("tenant-control/services/{}", key.text),
        file: setting.report.file(key.at.file).to_string(),
        line: key.at.line,
        service: known.map_or_else(|| key.text.clone(), |service| service.service.clone()),
        accounts,
        tiers,
        unknown: match node.get("unknown").and_then(Node::text) {
            Some("block") => Unknown::Block,
            Some("allow") => Unknown::Allow,
            _ => Unknown::Prompts,
        },
        reason: node.get("reason").and_then(Node::text).map(str::to_owned),
    }
}
