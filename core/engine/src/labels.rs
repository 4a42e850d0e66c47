//! Sensitivity labels on files, as far as policy looks at them and the record keeps them.

use std::collections::BTreeSet;

use weir_content::Label;
use weir_policy::Policy;

/// The ids of all labels, and the names among them that the policy knows: those are the pack's own words. The id is what
/// counts; the name, which the sender can write, may only raise the level.
pub(crate) fn known(labels: &[Label], policy: &Policy) -> Vec<String> {
    let ids = labels.iter().map(|label| label.id.as_str().to_owned());
    let names = labels.iter().filter_map(|label| label.name.as_ref());
    let names = names.filter_map(|name| policy.named_label(name.expose()));
    let known: BTreeSet<String> = ids.chain(names).collect();
    known.into_iter().collect()
}
