//! The level that sensitivity labels on files give a message.

use weir_content::Label;
use weir_model::Level;
use weir_policy::Policy;

/// The highest level of any label. Its id is what counts; the name, which the sender can write, may only raise it.
pub(crate) fn level(labels: &[Label], policy: &Policy) -> Level {
    let of = |label: &Label| {
        let by_id = policy.level_of_label(label.id.as_str());
        let by_name = label
            .name
            .as_ref()
            .and_then(|name| policy.level_of_label(name.expose()));
        by_id.max(by_name)
    };
    labels.iter().filter_map(of).max().unwrap_or_default()
}
