//! The help is a promise: changes to it are seen in review. `WEIR_BLESS=1` writes it anew.

use crate::harness::{World, text};
use std::path::Path;

const COMMANDS: [&str; 75] = [
    "",
    "agent",
    "status",
    "scan",
    "enroll",
    "ca",
    "ca show",
    "ca install",
    "ca uninstall",
    "setup",
    "setup install",
    "setup remove",
    "setup verify",
    "doctor",
    "selftest",
    "prove-untouched",
    "fingerprint",
    "fingerprint build",
    "fingerprint inspect",
    "sketch",
    "sketch build",
    "sketch inspect",
    "policy",
    "policy check",
    "policy test",
    "policy explain",
    "policy matrix",
    "policy prove",
    "policy diff",
    "policy dry-run",
    "policy new",
    "policy fmt",
    "policy schema",
    "policy keygen",
    "policy order",
    "policy root",
    "policy bundle",
    "policy sign",
    "policy verify",
    "policy inspect",
    "policy install",
    "catalogue",
    "catalogue check",
    "catalogue test",
    "catalogue inspect",
    "bench",
    "bench detect",
    "audit",
    "audit verify",
    "audit epoch-key",
    "audit prove",
    "audit query",
    "audit tail",
    "audit readers",
    "explain",
    "clipboard",
    "clipboard check",
    "session",
    "held",
    "held list",
    "held show",
    "held send",
    "held edit",
    "held request",
    "held appeal",
    "held drop",
    "held watch",
    "override",
    "replay",
    "env",
    "gateway",
    "gateway token",
    "gateway status",
    "completions",
    "man",
];

#[test]
fn help_is_as_agreed() {
    let world = World::new();
    for command in COMMANDS {
        let words = command.split_whitespace().chain(["--help"]);
        let shown = world.run(words).exits(0).stdout;
        let name = if command.is_empty() {
            "weir".to_owned()
        } else {
            command.replace(' ', "-")
        };
        let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden/help")
            .join(name)
            .with_extension("txt");
        if std::env::var_os("WEIR_BLESS").is_some() {
            std::fs::write(&golden, &shown).unwrap();
        }
        assert_eq!(
            shown,
            text(&golden),
            "the help of `weir {command}` changed; WEIR_BLESS=1 accepts it"
        );
    }
}

#[test]
fn every_command_is_in_the_list_above() {
    let world = World::new();
    for command in COMMANDS {
        let help = world.run(command.split_whitespace().chain(["--help"])).exits(0).stdout;
        let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let names = listed
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| *name != "help") {
            let full = format!("{command} {name}");
            assert!(
                COMMANDS.contains(&full.trim()),
                "`weir {}` has no golden help",
                full.trim()
            );
        }
    }
}

#[test]
fn every_leaf_command_shows_an_example() {
    let world = World::new();
    for command in COMMANDS.iter().filter(|command| {
        ![
            "ca",
            "setup",
            "gateway",
            "sketch",
            "fingerprint",
            "policy",
            "catalogue",
            "bench",
            "audit",
        ]
        .contains(*command)
    }) {
        let help = world.run(command.split_whitespace().chain(["--help"])).exits(0).stdout;
        assert!(help.contains("Examples:\n"), "`weir {command}` shows no example");
    }
}

#[test]
fn a_wrong_command_line_exits_with_2_and_says_so_on_stderr() {
    let world = World::new();
    for words in [
        &["scna"][..],
        &["scan", "--fail-on", "secret"],
        &["explain", "42"],
        &["audit", "query", "--since", "soon"],
        &[],
    ] {
        let ran = world.run(words).exits(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{words:?}");
    }
}

#[test]
fn there_is_no_colour_in_a_pipe() {
    let world = World::new();
    for words in [&["--help"][..], &["scna"], &["status"]] {
        let ran = world.run(words);
        assert!(
            !ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'),
            "{words:?}"
        );
    }
}
