//! Packs in their usual order and spacing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use weir_policy::{Source, arrange};

fn arranged(text: &str) -> String {
    arrange(&Source::new("pack.yaml", text)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn keys_come_in_the_order_of_the_format_with_their_comments() {
    let messy = "\
# acme: what we add.

# What must hold.
tests:
  - {name: a, expect: {action: allow}}   \n\n\n# Who may be used.
# Nobody yet.
providers: {approvals: {default: unapproved}}
pack:
  # The name.
  name: acme # ours


# What comes after belongs to what is before.

policies: {chain: [data-classification, audit-logger]}";
    let tidy = "\
# acme: what we add.

pack:
  # The name.
  name: acme # ours


# What comes after belongs to what is before.

# Who may be used.
# Nobody yet.
providers: {approvals: {default: unapproved}}

policies: {chain: [data-classification, audit-logger]}

# What must hold.
tests:
  - {name: a, expect: {action: allow}}
";
    assert_eq!(arranged(messy), tidy);
    assert_eq!(arranged(tidy), tidy, "once is enough");
}

#[test]
fn what_depends_on_its_order_stays_and_so_do_texts_with_blanks() {
    let aliased = "tests:\n  - &first {name: a, expect: {action: allow}}\npack: {name: acme, description: *first}\n";
    assert_eq!(arranged(aliased), aliased.replace("pack:", "\npack:"));
    let literal = "pack: {name: acme}\nhistory:\n  enabled: |\n    two  \n    lines\n";
    assert_eq!(arranged(literal), literal);
    assert!(arrange(&Source::new("pack.yaml", "a: [")).is_err());
}

#[test]
fn the_packs_that_come_with_weir_are_arranged() {
    for (name, text) in weir_policies::packs() {
        assert_eq!(arranged(text), text, "{name}");
    }
}
