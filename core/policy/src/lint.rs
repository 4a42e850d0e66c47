//! What a pack can say and cannot mean: contradictions, dead rules, risks, and what this version does not act on.

use weir_model::{Action, Level, Mode, Trust};

use crate::compile::Context;
use crate::extend::Resolved;
use crate::report::Report;
use crate::rule::Rule;
use crate::yaml::{Node, Value};

/// Names people give to keys in configuration files.
const KEY_NAMES: &[&str] = &[
    "api_key",
    "apikey",
    "key",
    "secret",
    "secret_key",
    "token",
    "access_token",
    "password",
];

/// Beginnings of API keys that people paste into configuration files.
const KEY_BEGINNINGS: &[&str] = &[
    "sk-",
    "AKIA",
    "ghp_",
    "github_pat_",
    "AIza",
    "hf_",
    "gsk_",
    "xai-",
    "glpat-",
    "xoxb-",
    "Bearer ",
];

/// Checks of the pack as a whole.
pub(crate) fn pack(resolved: &Resolved, context: &Context<'_>, report: &mut Report) {
    let tree = &resolved.tree;
    chain(resolved, report);
    crate::risks::pack(resolved, report);
    always_so(tree, report);
    if let Some(providers) = tree.get("providers") {
        literal_keys(providers, report);
    }
    tests(resolved, context, report);
    if let Some(node) = tree
        .at_path(&["pack", "enabled"])
        .filter(|node| node.flag() == Some(false))
    {
        report.warning(
            node.at,
            "pack-disabled",
            "this pack is switched off: it is checked, and not put in force",
        );
    }
}

/// Checks of the rules a pack wrote, in their order. The first file is the pack itself: that it stands before the rules
/// of its parents is what it is for.
pub(crate) fn rules(rules: &[Rule], context: &Context<'_>, report: &mut Report) {
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.at.file == 0) {
        let earlier = rules[..index]
            .iter()
            .find(|earlier| earlier.mode == Mode::Enforce && rule.mode != Mode::Off && earlier.when.covers(&rule.when));
        if let Some(earlier) = earlier {
            report
                .warning(
                    rule.at,
                    "dead-rule",
                    "this rule can never apply: an earlier rule fits everything it fits",
                )
                .help(format!(
                    "the earlier rule is `{}` at {}:{}",
                    earlier.name, earlier.file, earlier.line
                ));
        } else if lets_restricted_out(rule, context) {
            report
                .warning(
                    rule.at,
                    "risky-rule",
                    "this rule lets restricted data reach a third party as it is",
                )
                .help("name the levels it is for, or add `trust: internal`");
        }
    }
}

fn lets_restricted_out(rule: &Rule, context: &Context<'_>) -> bool {
    let when = &rule.when;
    let types = when.types.iter().map(|pattern| context.levels.highest_under(pattern));
    let reaches = when.types.is_empty() || types.max() == Some(Level::Restricted);
    rule.mode == Mode::Enforce
        && rule.action < Action::Pseudonymise
        && !when.unscannable
        && when.files.is_empty()
        && reaches
        && (when.levels.is_empty() || when.levels.contains(&Level::Restricted))
        && when.trust != Some(Trust::Internal)
}

/// A key may be named, never written down. The messages do not repeat it.
pub(crate) fn secret_key(target: &Node, report: &mut Report) {
    for (key, node) in target
        .entries()
        .iter()
        .filter(|(key, _)| KEY_NAMES.contains(&&*key.text))
    {
        if !node.text().is_some_and(looks_like_a_key) {
            report
                .error(key.at, "literal-key", format!("`{}` would hold an API key", key.text))
                .help("name the key instead: `secret_key_ref: {env: OPENAI_API_KEY}`");
        }
    }
    let Some(reference) = target.get("secret_key_ref") else {
        return;
    };
    if reference.text().is_some_and(|text| !looks_like_a_key(text)) {
        report
            .error(
                reference.at,
                "literal-key",
                "a key is named by the place where it is kept",
            )
            .help("write `secret_key_ref: {env: OPENAI_API_KEY}`");
    }
    if let Some(node) = reference.get("key_store")
        && !node.text().is_some_and(is_entry_name)
    {
        report
            .error(
                node.at,
                "wrong-value",
                "this is not the name of an entry of a key store",
            )
            .help("letters, digits, `.`, `-` and `_`: `secret_key_ref: {key_store: openai}`");
    }
    for (key, node) in reference.entries() {
        let name = node.text().unwrap_or_default();
        let identifier = !name.is_empty()
            && name.len() <= 128
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        if key.text == "env" && !identifier && !looks_like_a_key(name) {
            report
                .error(
                    node.at,
                    "literal-key",
                    "this is not the name of an environment variable",
                )
                .help("write the variable's name: `secret_key_ref: {env: OPENAI_API_KEY}`");
        }
    }
}

fn literal_keys(node: &Node, report: &mut Report) {
    match &node.value {
        Value::Text(text) if looks_like_a_key(text) => {
            report
                .error(node.at, "literal-key", "an API key is written here")
                .help("take it out, make a new one, and name it: `secret_key_ref: {env: OPENAI_API_KEY}`");
        }
        Value::List(items) => items.iter().for_each(|item| literal_keys(item, report)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| literal_keys(value, report)),
        _ => {}
    }
}

/// What every system's key store takes, and what is no path.
fn is_entry_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.bytes().all(plain)
}

fn looks_like_a_key(text: &str) -> bool {
    KEY_BEGINNINGS
        .iter()
        .any(|beginning| text.strip_prefix(beginning).is_some_and(|rest| rest.len() >= 12))
}

fn chain(resolved: &Resolved, report: &mut Report) {
    // The chain itself was reported when it was read.
    let names = crate::compile::chain_names(&resolved.tree, &mut Report::default());
    let has = |name: &str| names.iter().any(|(_, known)| *known == name);
    let at = resolved
        .tree
        .at_path(&["policies", "chain"])
        .map_or(resolved.tree.at, |node| node.at);
    // A parent's block may well be meant for another chain: only the pack's own blocks are dead.
    let own = resolved
        .own
        .at_path(&["policies", "policy"])
        .map(Node::entries)
        .unwrap_or_default();
    for (key, _) in own
        .iter()
        .filter(|(key, _)| crate::chain::registration(&key.text).is_some() && !has(&key.text))
    {
        report
            .error(
                key.at,
                "dead-rule",
                format!("`{}` is configured and is not in the chain", key.text),
            )
            .help(format!("add `{}` to `policies.chain`, or take the block out", key.text));
    }
    if !has("audit-logger") {
        report
            .warning(at, "no-records", "the chain has no `audit-logger`")
            .help("decisions are recorded all the same; add it to say how long records are kept");
    }
    if !has("data-classification") {
        report
            .warning(
                at,
                "unprotected",
                "the chain has no `data-classification`: nothing that is found is kept back",
            )
            .help("add `data-classification` to `policies.chain`");
    }
}

/// Switches of the format that Weir does not have.
fn always_so(tree: &Node, report: &mut Report) {
    for block in ["history", "cache"] {
        if let Some(node) = tree
            .at_path(&[block, "enabled"])
            .filter(|node| node.flag() == Some(true))
        {
            report
                .warning(
                    node.at,
                    "always-so",
                    format!("Weir keeps no {block}: text is never stored"),
                )
                .help("`enabled: false` says what is");
        }
    }
    for key in ["redact_message_bodies", "redact_api_keys"] {
        let node = tree.at_path(&["providers", "logging", key]);
        if let Some(node) = node.filter(|node| node.flag() == Some(false)) {
            report.warning(
                node.at,
                "always-so",
                format!("`{key}` cannot be switched off: text and keys are never logged"),
            );
        }
    }
}

fn tests(resolved: &Resolved, context: &Context<'_>, report: &mut Report) {
    let tests = resolved.own.get("tests").map(Node::items).unwrap_or_default();
    for test in tests {
        if let Some(expect) = test.get("expect").filter(|expect| expect.entries().is_empty()) {
            report
                .error(expect.at, "missing-key", "this test expects nothing, so it cannot fail")
                .help("give `action`, `level`, `monitored` or `rule`");
        }
        if let Some(at) = test.at_path(&["given", "at"])
            && at.text().is_none_or(|text| crate::hours::moment(text).is_none())
        {
            report
                .error(at.at, "wrong-value", "`at` is no moment")
                .help("write day and time in UTC: `wed 08:30`, or `2027-03-01 08:30`");
        }
        if let Some(service) = test.at_path(&["given", "service"])
            && let Some(name) = service.text()
            && context.catalogue.service(name).is_none()
        {
            context.unknown_service(name, service.at, report);
        }
    }
}
