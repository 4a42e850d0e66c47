//! Settings that are allowed, and let more pass, or keep less, than most who write them mean. Each has a code of its own
//! and a paragraph in `docs/policy-checks.md`.
//!
//! Only what the pack itself says is looked at: what its parents say was said to those who wrote them.

use weir_model::Level;

use crate::extend::Resolved;
use crate::policy::Levels;
use crate::report::Report;
use crate::words;
use crate::yaml::Node;

/// Reports every such setting.
pub(crate) fn pack(resolved: &Resolved, report: &mut Report) {
    let own = &resolved.own;
    for risk in RISKS {
        risk(own, report);
    }
}

const RISKS: &[fn(&Node, &mut Report)] = &[
    lowered_categories,
    unsure_level,
    unread_passes,
    blocked_files_pass,
    unknown_places,
    answers_with_secrets,
    short_records,
    wide_groups,
];

/// Records that are gone before most incidents are noticed.
const SHORT_DAYS: u32 = 30;

fn lowered_categories(own: &Node, report: &mut Report) {
    let detectors = own.at_path(&["classification", "detectors"]).map(Node::entries);
    for (key, value) in detectors.unwrap_or_default() {
        let category = key.text.strip_suffix("/*");
        let usual = match category {
            Some(category) => Levels::of_category(category),
            None if key.text == "*" => Level::Restricted,
            None => continue,
        };
        let level = value.text().and_then(words::level);
        if usual == Level::Restricted && level.is_some_and(|level| level <= Level::Internal) {
            report
                .warning(
                    key.at,
                    "lowered-category",
                    format!(
                        "everything under `{}` may leave: keys and numbers of people among it",
                        key.text
                    ),
                )
                .help("name the data types that are harmless here, one by one");
        }
    }
}

fn unsure_level(own: &Node, report: &mut Report) {
    let Some(node) = own.at_path(&["classification", "low_confidence"]) else {
        return;
    };
    if node
        .text()
        .and_then(words::level)
        .is_some_and(|level| level >= Level::Confidential)
    {
        report
            .warning(
                node.at,
                "unsure-level",
                "what has the shape of data and nothing else that speaks for it is held back: most of it is none",
            )
            .help("`internal` records it; `public` is the default");
    }
}

fn unread_passes(own: &Node, report: &mut Report) {
    let member = ["policies", "policy", "data-classification"];
    let text = "messages that cannot be read may leave, whatever is in them";
    let help = "`warn` tells the employee; a rule can let single programs or services pass";
    let node = own
        .at_path(&member)
        .and_then(|member| member.at_path(&["unscannable", "action"]));
    if let Some(node) = node.filter(|node| node.text() == Some("allow")) {
        report.warning(node.at, "unread-passes", text).help(help);
    }
    for rule in acting_rules(own) {
        let limits = ["trust", "kind", "user", "group", "process", "service", "provider"];
        let wide = limits.iter().all(|key| rule.get(key).is_none());
        let unread = rule.get("unscannable").and_then(Node::flag) == Some(true);
        if unread && wide && rule.get("action").and_then(Node::text) == Some("allow") {
            report.warning(rule.at, "unread-passes", text).help(help);
        }
    }
}

fn blocked_files_pass(own: &Node, report: &mut Report) {
    for rule in acting_rules(own) {
        let blocked = words::texts(rule, "file").iter().any(|state| state == "blocked");
        let passes = matches!(rule.get("action").and_then(Node::text), Some("allow" | "warn"));
        if blocked && passes && rule.get("trust").and_then(Node::text) != Some("internal") {
            report
                .warning(
                    rule.at,
                    "blocked-file",
                    "a file that was held back can be used all the same, if its service has it from elsewhere",
                )
                .help("take the rule out: what was held back stays held back");
        }
    }
}

fn unknown_places(own: &Node, report: &mut Report) {
    let node = own.at_path(&["policies", "policy", "residency", "unknown"]);
    if let Some(node) = node.filter(|node| node.text() == Some("allow")) {
        report
            .warning(
                node.at,
                "unknown-place",
                "what nobody knows the place of may leave: most services do not tell",
            )
            .help("`warn`, or approve the services by name and leave `unknown: block`");
    }
}

fn answers_with_secrets(own: &Node, report: &mut Report) {
    let leaks = own.at_path(&["policies", "policy", "response-guard", "leaks"]);
    for leak in leaks.map(Node::items).unwrap_or_default() {
        let named = |key: &str, word: &str| words::texts(leak, key).iter().any(|text| text == word);
        let all = ["detector", "category", "level"]
            .iter()
            .all(|key| leak.get(key).is_none());
        let wide =
            all || named("category", "security") || named("detector", "security/*") || named("level", "restricted");
        if wide && leak.get("action").and_then(Node::text) == Some("pass") {
            report
                .warning(
                    leak.at,
                    "risky-answer",
                    "answers may show secrets, and entries behind this one change nothing about it",
                )
                .help("name the data types that may be shown, one by one");
        }
    }
}

fn short_records(own: &Node, report: &mut Report) {
    let days = own.at_path(&["policies", "policy", "audit-logger", "retention_days"]);
    if let Some((node, days)) = days.and_then(|node| Some((node, node.whole()?)))
        && days < SHORT_DAYS
    {
        report
            .warning(
                node.at,
                "short-records",
                format!("records are gone after {days} days: most incidents are noticed later"),
            )
            .help(format!("keep them for {SHORT_DAYS} days at least"));
    }
}

fn wide_groups(own: &Node, report: &mut Report) {
    for (name, users) in own.get("groups").map(Node::entries).unwrap_or_default() {
        let everyone = |user: &&Node| {
            user.text()
                .is_some_and(|user| !user.is_empty() && user.bytes().all(|it| it == b'*'))
        };
        if let Some(user) = users.items().iter().find(everyone) {
            report
                .warning(
                    user.at,
                    "wide-group",
                    format!("everyone is in the group `{}`, strangers included", name.text),
                )
                .help("name the users, or take `group` out of the rules");
        }
    }
}

/// The rules of `data-classification` that act.
fn acting_rules(own: &Node) -> impl Iterator<Item = &Node> {
    let rules = own.at_path(&["policies", "policy", "data-classification", "rules"]);
    let acts = |rule: &&Node| {
        rule.get("mode")
            .and_then(Node::text)
            .is_none_or(|mode| mode == "enforce")
    };
    rules.map(Node::items).unwrap_or_default().iter().filter(acts)
}
