//! The words packs use for the model's enums. Shapes check them first, so that a miss here is a value already reported.

use weir_model::{Action, Channel, FileState, Kind, Level, Mode, Role, Tier, Trust};

use crate::decision::{Approval, Environment};
use crate::report::Report;
use crate::yaml::Node;

pub(crate) fn level(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.as_str() == word)
}

pub(crate) fn action(word: &str) -> Option<Action> {
    Action::ALL.into_iter().find(|action| action.as_str() == word)
}

pub(crate) fn channel(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.as_str() == word)
}

pub(crate) fn environment(word: &str) -> Option<Environment> {
    Environment::ALL
        .into_iter()
        .find(|environment| environment.as_str() == word)
}

pub(crate) fn approval(word: &str) -> Option<Approval> {
    [Approval::Approved, Approval::Unapproved, Approval::Denied]
        .into_iter()
        .find(|status| status.as_str() == word)
}

pub(crate) fn mode(word: &str) -> Option<Mode> {
    Some(match word {
        "off" => Mode::Off,
        "monitor" => Mode::Monitor,
        "tip" => Mode::Tip,
        "enforce" => Mode::Enforce,
        _ => return None,
    })
}

pub(crate) fn trust(word: &str) -> Option<Trust> {
    Some(match word {
        "third_party" => Trust::ThirdParty,
        "internal" => Trust::Internal,
        _ => return None,
    })
}

pub(crate) fn file(word: &str) -> Option<FileState> {
    [FileState::Blocked, FileState::Unseen]
        .into_iter()
        .find(|state| state.as_str() == word)
}

pub(crate) fn role(word: &str) -> Option<Role> {
    [
        Role::Prompt,
        Role::System,
        Role::History,
        Role::ToolResult,
        Role::Attachment,
        Role::Code,
        Role::Copy,
        Role::Unclassified,
    ]
    .into_iter()
    .find(|role| role.as_str() == word)
}

pub(crate) fn tier(word: &str) -> Option<Tier> {
    Some(match word {
        "unknown" => Tier::Unknown,
        "anonymous" => Tier::Anonymous,
        "consumer" => Tier::Consumer,
        "team" => Tier::Team,
        "enterprise" => Tier::Enterprise,
        "api" => Tier::Api,
        "local" => Tier::Local,
        _ => return None,
    })
}

pub(crate) fn kind(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

/// The value under a key, as one of the model's enums.
pub(crate) fn one<T>(node: &Node, key: &str, read: fn(&str) -> Option<T>) -> Option<T> {
    node.get(key).and_then(Node::text).and_then(read)
}

/// The values under a key, as the model's enums; empty when the key is absent.
pub(crate) fn all<T>(node: &Node, key: &str, read: fn(&str) -> Option<T>) -> Vec<T> {
    node.get(key)
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .filter_map(read)
        .collect()
}

/// The texts under a key; empty when the key is absent.
pub(crate) fn texts(node: &Node, key: &str) -> Vec<String> {
    node.get(key)
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .map(str::to_owned)
        .collect()
}

/// The name of a file or directory that lies beside the pack: a bundle has no other place for it.
pub(crate) fn file_beside(node: &Node, report: &mut Report) -> Option<String> {
    let name = node.text()?;
    let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':']);
    if !is_plain {
        report
            .error(node.at, "wrong-value", "what is named here lies beside the pack")
            .help("write its name alone, without a path");
    }
    is_plain.then(|| name.to_owned())
}
