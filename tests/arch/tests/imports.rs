//! Who may import whom. A failing test names the crate, what it imports, and why it may not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// A crate of ours, the crates of ours it may import, and why no others.
struct Rule {
    name: &'static str,
    may: &'static [&'static str],
    because: &'static str,
}

const CORE: [&str; 14] = [
    "weir-model",
    "weir-content",
    "weir-detect",
    "weir-sketch",
    "weir-files",
    "weir-policy",
    "weir-convert",
    "weir-bundle",
    "weir-audit",
    "weir-tlog",
    "weir-engine",
    "weir-assembly",
    "weir-wire",
    "weir-fleet",
];

const RULES: &[Rule] = &[
    Rule {
        name: "weir-model",
        may: &[],
        because: "the shared nouns stand under everything; what they import, all import",
    },
    Rule {
        name: "weir-content",
        may: &["weir-model", "weir-files"],
        because: "reading untrusted bytes must not depend on what is done with the text",
    },
    Rule {
        name: "weir-detect",
        may: &["weir-model"],
        because: "a detector sees text and nothing else, or it cannot be tested by text alone",
    },
    Rule {
        name: "weir-files",
        may: &["weir-model"],
        because: "a file is read the same way whoever asks, and knows nothing of what is done with its text",
    },
    Rule {
        name: "weir-sketch",
        may: &["weir-model", "weir-detect"],
        because: "a sketch is one voice among the detectors: it sees text and nothing else",
    },
    Rule {
        name: "weir-ner",
        may: &["weir-model", "weir-detect", "weir-policy", "weir-assembly"],
        because: "a model is one voice among the detectors: it sees text, and what a pack says of the model",
    },
    Rule {
        name: "weir-rego",
        may: &["weir-policy"],
        because: "it runs rules on facts; what they are about, and what follows, is policy's business",
    },
    Rule {
        name: "weir-bundle",
        may: &["weir-model"],
        because: "who signed is asked before anything inside is read; what the texts mean is asked later, by others",
    },
    Rule {
        name: "weir-policy",
        may: &["weir-model"],
        because: "a decision is made from facts that come as arguments; else it cannot be replayed",
    },
    Rule {
        name: "weir-convert",
        may: &["weir-model"],
        because: "one interface is turned into another the same way wherever it is sent and whatever is in it",
    },
    Rule {
        name: "weir-audit",
        may: &["weir-model"],
        because: "a record must be readable without the code that led to it",
    },
    Rule {
        name: "weir-tlog",
        may: &["weir-bundle"],
        because: "a tree is one over any entries; it takes keys from where they are, and must not know what it holds",
    },
    Rule {
        name: "weir-wire",
        may: &["weir-model"],
        because: "formats outlive code: nothing live may leak into a message",
    },
    Rule {
        name: "weir-fleet",
        may: &["weir-model", "weir-audit", "weir-bundle", "weir-tlog"],
        because: "what is said between device and server is data on both sides; neither may lean on the other's insides",
    },
    Rule {
        name: "weir-ipc",
        may: &["weir-model", "weir-wire"],
        because: "the tray and the session ask by it; nothing that judges or stores may come with it",
    },
    Rule {
        name: "weir-tray",
        may: &["weir-model", "weir-wire", "weir-ipc"],
        because: "it shows and asks; protection must not depend on anything in a program that may be killed",
    },
    Rule {
        name: "weir-desktop",
        may: &["weir-support"],
        because: "stories meet the program `weir-tray`, not its insides",
    },
    Rule {
        name: "weir-session",
        may: &["weir-model", "weir-wire", "weir-ipc"],
        because: "it runs as the user and shows the agent what was copied; nothing that judges or stores may come with it",
    },
    Rule {
        name: "weir-sync",
        may: &[
            "weir-model",
            "weir-audit",
            "weir-bundle",
            "weir-tlog",
            "weir-fleet",
            "weir-store",
        ],
        because: "it carries records and bundles; what they mean is the agent's business",
    },
    Rule {
        name: "weir-server",
        may: &[
            "weir-model",
            "weir-audit",
            "weir-bundle",
            "weir-tlog",
            "weir-fleet",
            "weir-policy",
            "weir-policies",
            "weir-engine",
            "weir-assembly",
            "weir-rego",
            "weir-ner",
            "weir-wire",
        ],
        because: "the server believes what is signed and stores what is told; packs it tries out in a process of its own",
    },
    Rule {
        name: "weir-engine",
        may: &["weir-model", "weir-content", "weir-detect", "weir-policy"],
        because: "judging is told in one place and knows no socket, disk or peer",
    },
    Rule {
        name: "weir-assembly",
        may: &[
            "weir-model",
            "weir-content",
            "weir-detect",
            "weir-sketch",
            "weir-policy",
            "weir-bundle",
            "weir-audit",
            "weir-engine",
            "weir-wire",
        ],
        because: "agent and server check packs by the same code, wherever the texts and the engines of theirs come from",
    },
    Rule {
        name: "weir-policies",
        may: &[],
        because: "packs and catalogue are data",
    },
    Rule {
        name: "weir-proxy",
        may: &["weir-model"],
        because: "the proxy speaks of connections and hosts; what a message means is the gate's business",
    },
    Rule {
        name: "weir-store",
        may: &["weir-model", "weir-audit"],
        because: "the store keeps frames; what is in them is sealed to it",
    },
    Rule {
        name: "weir",
        may: &[
            "weir-model",
            "weir-content",
            "weir-detect",
            "weir-files",
            "weir-ner",
            "weir-rego",
            "weir-sketch",
            "weir-policy",
            "weir-convert",
            "weir-bundle",
            "weir-audit",
            "weir-engine",
            "weir-assembly",
            "weir-wire",
            "weir-policies",
            "weir-proxy",
            "weir-ipc",
            "weir-session",
            "weir-store",
            "weir-tlog",
            "weir-fleet",
            "weir-sync",
        ],
        because: "the agent is core and proxy put together; server code stays off laptops",
    },
    Rule {
        name: "weir-support",
        may: &[],
        because: "what plays the world around Weir must not share Weir's mistakes",
    },
    Rule {
        name: "weir-e2e",
        may: &["weir-support"],
        because: "stories meet the program `weir`, not its insides",
    },
    Rule {
        name: "weir-bench",
        may: &["weir-support"],
        because: "the yardstick must not bend with what it measures",
    },
    Rule {
        name: "weir-crowd",
        may: &["weir-model", "weir-audit", "weir-bundle", "weir-fleet", "weir-support"],
        because: "laptops of a measurement speak as laptops do, and know nothing of the server's insides",
    },
    Rule {
        name: "weir-replay",
        may: &[
            "weir-model",
            "weir-content",
            "weir-detect",
            "weir-files",
            "weir-policy",
            "weir-policies",
            "weir-convert",
            "weir-audit",
            "weir-bundle",
            "weir-fleet",
            "weir-proxy",
            "weir-sketch",
            "weir-tlog",
        ],
        because: "it lists the parsers of untrusted bytes, and only those",
    },
    Rule {
        name: "weir-corpus",
        may: &["weir-model", "weir-detect", "weir-policy", "weir-policies"],
        because: "it scores the detectors at the levels of the built-in pack; its texts are made without them",
    },
    Rule {
        name: "weir-arch",
        may: &[],
        because: "rules are checked from outside",
    },
    Rule {
        name: "xtask",
        may: &["weir-support"],
        because: "tasks drive programs; they must build when Weir does not",
    },
];

/// Dev-dependencies beyond the rule: tests of these read the packs and catalogue as data.
const MAY_IN_TESTS: &[(&str, &str)] = &[
    ("weir-server", "weir-support"),
    ("weir-content", "weir-policies"),
    ("weir-policy", "weir-policies"),
    ("weir-engine", "weir-policies"),
    ("weir-rego", "weir-model"),
    ("weir-rego", "weir-policies"),
    ("weir-rego", "weir-engine"),
    ("weir-rego", "weir-content"),
    ("weir-server", "weir-crowd"),
];

/// Crates that do IO, tell the time, start threads or draw random numbers.
const NOT_IN_CORE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "hyper",
    "hyper-util",
    "h2",
    "reqwest",
    "ureq",
    "rustls",
    "tokio-rustls",
    "native-tls",
    "sled",
    "redb",
    "rusqlite",
    "sqlx",
    "rand",
    "getrandom",
    "fastrand",
    "chrono",
    "time",
    "jiff",
    "notify",
    "tempfile",
    "rayon",
    "crossbeam-channel",
    "tracing-subscriber",
    "clap",
    "rustix",
    "nix",
];

#[test]
fn crates_import_only_what_they_may() {
    let graph = Graph::read();
    let mut wrong = Vec::new();
    for (name, imports) in &graph.ours {
        let rule = rule(name);
        for import in imports
            .normal
            .iter()
            .filter(|import| !rule.may.contains(&import.as_str()))
        {
            wrong.push(format!("{name} imports {import}: {}", rule.because));
        }
        for import in imports.dev.iter().filter(|import| !may_in_tests(rule, import)) {
            wrong.push(format!("{name} imports {import} in its tests: {}", rule.because));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Transitively, and only through normal dependencies: build scripts, macros and tests run elsewhere. Each crate is looked at
/// as it is built alone: in the whole workspace, others turn on features of what they share with it.
#[test]
fn core_is_pure() {
    let mut wrong = Vec::new();
    for name in CORE {
        for found in built_into(name) {
            if NOT_IN_CORE.contains(&found.as_str()) {
                wrong.push(format!(
                    "{name} has {found} (`cargo tree -p {name} -e normal -i {found}`): core has no IO, clock, threads or \
                     randomness; pass what it needs as an argument"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What Weir runs on.
const SYSTEMS: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-apple-darwin",
];

/// Names of all crates that a crate is built from.
fn built_into(name: &str) -> BTreeSet<String> {
    let output = cargo()
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}"])
        .args(["--edges", "normal,no-proc-macro", "--package", name])
        .args(SYSTEMS.iter().flat_map(|system| ["--target", system]))
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8_lossy(&output.stdout);
    let first = |line: &str| line.split(' ').next().map(str::to_owned);
    lines.lines().filter_map(first).collect()
}

fn cargo() -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// An edge is imported by nobody but the agent, which puts them together, and by tests.
#[test]
fn edges_are_imported_by_the_agent_alone() {
    let graph = Graph::read();
    let mut wrong = Vec::new();
    for (name, imports) in &graph.ours {
        for edge in ["weir-proxy", "weir", "weir-server", "weir-tray"] {
            // A list of parsers for fuzzing is a test, and ships in nothing.
            let allowed = edge == "weir-proxy" && (name == "weir" || name == "weir-replay");
            if imports.normal.contains(edge) && !allowed {
                wrong.push(format!("{name} imports {edge}: edges meet in the agent only"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_takes_the_shared_lints() {
    let graph = Graph::read();
    for (name, imports) in &graph.ours {
        let manifest = std::fs::read_to_string(&imports.manifest).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name}: no `[lints] workspace = true`"
        );
    }
}

fn rule(name: &str) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| rule.name == name)
        .unwrap_or_else(|| panic!("{name} has no rule in tests/arch: say whom it may import, and why"))
}

fn may_in_tests(rule: &Rule, import: &str) -> bool {
    // A crate may test itself with a feature of its own.
    import == rule.name || rule.may.contains(&import) || MAY_IN_TESTS.contains(&(rule.name, import))
}

/// Our crates as cargo sees them.
struct Graph {
    ours: BTreeMap<String, Imports>,
}

#[derive(Default)]
struct Imports {
    manifest: String,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

impl Graph {
    fn read() -> Self {
        let output = cargo()
            .args(["metadata", "--format-version", "1", "--locked"])
            .output()
            .expect("cargo metadata");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::from_metadata(&serde_json::from_slice(&output.stdout).unwrap())
    }

    fn from_metadata(metadata: &Value) -> Self {
        let packages = list(&metadata["packages"]);
        let members: BTreeSet<&str> = list(&metadata["workspace_members"]).iter().map(text).collect();
        let is_ours = |package: &&Value| members.contains(text(&package["id"]));
        let our_names: BTreeSet<&str> = packages
            .iter()
            .filter(is_ours)
            .map(|package| text(&package["name"]))
            .collect();
        let ours = packages
            .iter()
            .filter(is_ours)
            .map(|package| (text(&package["name"]).to_owned(), imports(package, &our_names)));
        Self { ours: ours.collect() }
    }
}

fn imports(package: &Value, our_names: &BTreeSet<&str>) -> Imports {
    let mut imports = Imports {
        manifest: text(&package["manifest_path"]).to_owned(),
        ..Imports::default()
    };
    for dependency in list(&package["dependencies"]) {
        let name = text(&dependency["name"]);
        if !our_names.contains(name) {
            continue;
        }
        match dependency["kind"].as_str() {
            Some("dev") => imports.dev.insert(name.to_owned()),
            _ => imports.normal.insert(name.to_owned()),
        };
    }
    imports
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
