//! The program's commands, as people run them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use weir_model::Timestamp;
use weir_server::repo::{self, Repo};

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir-server"));
        command.arg("--home").arg(self.path(home)).arg("--json").args(arguments);
        command
    }

    fn run(&self, home: &str, arguments: &[&str]) -> Output {
        self.command(home, arguments).output().unwrap()
    }

    fn ask(&self, home: &str, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(home, arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines()
            .map(|line| {
                let value: Value = serde_json::from_str(line).unwrap_or_default();
                assert!(value.is_object(), "{arguments:?} says no object: {line}");
                value
            })
            .collect()
    }

    /// The one thing that a command says.
    fn one(&self, home: &str, arguments: &[&str]) -> Value {
        let mut said = self.ask(home, arguments);
        assert_eq!(said.len(), 1, "{arguments:?}: {said:?}");
        said.remove(0)
    }

    async fn repo(&self, home: &str) -> Arc<dyn Repo> {
        let address = format!("sqlite:{}", self.path(home).join("weir.db").display());
        repo::open(&address).await.unwrap()
    }

    fn refuses(&self, home: &str, arguments: &[&str]) -> String {
        let output = self.run(home, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn init(&self) {
        let password = self.path("password");
        std::fs::write(&password, "correct horse battery\n").unwrap();
        let arguments = [
            "init",
            "--name",
            "127.0.0.1",
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "Ada",
            "--password-file",
        ];
        let made = self.one("one", &[&arguments[..], &[password.to_str().unwrap()]].concat());
        assert_eq!(made["administrator"], json!({"name": "ada"}));
    }

    async fn tamper(&self, home: &str, statement: &'static str) {
        let address = format!("sqlite:{}", self.path(home).join("weir.db").display());
        let mut thief = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut thief).await.unwrap();
        thief.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_commands_change_is_in_the_journal_and_the_journal_is_held_to_it() {
    let home = Home::new();
    home.init();
    let accounts = home.ask("one", &["account", "list"]);
    assert_eq!(
        (&accounts[0]["name"], &accounts[0]["role"]),
        (&"ada".into(), &"admin".into())
    );
    assert_eq!(accounts[0]["one_time_password"], false);
    let made = home.ask("one", &["account", "create", "bob", "--role", "viewer"]);
    assert!(made[0]["one_time_password"].as_str().unwrap().len() >= 20);
    home.ask("one", &["account", "role", "bob", "author"]);
    home.ask("one", &["account", "disable", "bob"]);
    home.ask("one", &["account", "enable", "bob"]);
    home.ask("one", &["account", "reset", "bob"]);
    assert!(
        home.refuses("one", &["account", "disable", "ada"])
            .contains("last administrator")
    );
    let token = home.ask(
        "one",
        &["api-token", "create", "nightly", "--role", "viewer", "--days", "1"],
    );
    home.ask("one", &["api-token", "revoke", token[0]["id"].as_str().unwrap()]);
    home.ask("one", &["token", "create", "--group", "staff"]);
    home.ask("one", &["events", "--purpose", "ticket 1"]);
    let refused = home.run("one", &["events"]);
    assert_eq!(refused.status.code(), Some(2), "a purpose is asked for");

    let deeds: Vec<String> = home
        .ask("one", &["journal", "list"])
        .iter()
        .rev()
        .map(|row| row["action"].as_str().unwrap().to_owned())
        .collect();
    let wanted = [
        "account-create",
        "account-create",
        "account-role",
        "account-disable",
        "account-enable",
        "account-reset",
        "api-token-create",
        "api-token-revoke",
        "enrolment-token-create",
        "events-read",
    ];
    assert_eq!(deeds, wanted);
    let verified = home.ask("one", &["journal", "verify"]);
    assert_eq!((&verified[0]["rows"], &verified[0]["signed"]), (&10.into(), &10.into()));

    home.tamper("one", "UPDATE journal SET subject = 'eve' WHERE number = 4")
        .await;
    assert!(
        home.refuses("one", &["journal", "verify"])
            .contains("row 4 was changed")
    );
}

#[cfg(unix)]
#[test]
fn nobody_is_a_second_person_by_another_name_in_the_environment() {
    let home = Home::new();
    home.init();
    home.ask("one", &["search-key", "new"]);
    let asked = home.one(
        "one",
        &["report", "deletion", "ask", "--key", "1", "--why", "request 17"],
    );
    let approve = ["report", "deletion", "approve", asked["id"].as_str().unwrap()];
    let mut command = home.command("one", &approve);
    for name in ["SUDO_USER", "USER", "USERNAME", "LOGNAME"] {
        command.env(name, "ben");
    }
    let refused = command.output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("whoever asks"), "{why}");
}

#[tokio::test]
async fn a_backup_becomes_a_home() {
    let home = Home::new();
    home.init();
    home.ask("one", &["token", "create", "--group", "staff"]);
    let backup = home.path("backup");
    let backup = backup.to_str().unwrap();
    home.ask("one", &["backup", backup]);
    assert!(home.refuses("one", &["backup", backup]).contains("is there already"));
    home.ask("one", &["account", "create", "later", "--role", "viewer"]);
    assert!(home.refuses("one", &["restore", backup]).contains("is not empty"));

    let restored = home.one("two", &["restore", backup]);
    assert_eq!(restored["undone"][0], "devices that were revoked");
    assert_eq!(home.ask("two", &["account", "list"]).len(), 1);
    assert_eq!(home.ask("two", &["token", "list"])[0]["group"], "staff");
    let verified = home.one("two", &["journal", "verify"]);
    assert_eq!((&verified["rows"], &verified["signed"]), (&json!(4), &json!(4)));
    let last = &home.ask("two", &["journal", "list"])[0];
    assert_eq!(
        (&last["action"], &last["details"]),
        (&json!("restore"), &json!({ "rows": 3 }))
    );
    home.ask("two", &["account", "create", "bob", "--role", "viewer"]);
    same(
        &home.path("one/keys/authority.pem"),
        &home.path("two/keys/authority.pem"),
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (path, mode) in [
            ("backup", 0o700),
            ("backup/keys/receipt.key", 0o600),
            ("two/keys/receipt.key", 0o600),
        ] {
            let found = std::fs::metadata(home.path(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{path}");
        }
    }

    // What somebody did to a backup is seen before anybody works with it.
    home.tamper("backup", "DELETE FROM journal WHERE number = 2").await;
    assert!(home.refuses("three", &["restore", backup]).contains("row 2 is missing"));
    assert!(!home.path("three/server.toml").exists());
}

#[tokio::test]
async fn directives_are_as_long_as_laptops_read_and_one_that_cannot_be_read_hides_no_other() {
    let home = Home::new();
    home.init();
    let directive = |more: &[&str]| home.run("one", &[&["directive"], more].concat());
    for wrong in [
        &["lockdown", "--reason", &"x".repeat(501)][..],
        &["lockdown", "--group", ""],
        &["block", "--provider", &"x".repeat(101)],
        &["lockdown", "--for", "366d"],
    ] {
        assert_eq!(directive(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let names: Vec<String> = (0..101).map(|number| format!("{number:0100}")).collect();
    let block = |count: usize| -> Vec<&str> {
        let providers = names[..count].iter().flat_map(|name| ["--provider", name]);
        ["directive", "block"].into_iter().chain(providers).collect()
    };
    assert!(home.refuses("one", &block(101)).contains("1 to 100 providers"));
    assert!(home.refuses("one", &block(100)).contains("larger than 8192 bytes"));
    assert!(home.ask("one", &["directive", "list"]).is_empty());

    for what in ["lockdown", "resume"] {
        home.ask("one", &["directive", what, "--reason", &"ä".repeat(500)]);
    }
    home.tamper("one", "UPDATE orders SET signed = x'00' WHERE epoch = 1")
        .await;
    let left = home.one("one", &["directive", "list"]);
    assert_eq!(left["directive"], "resume");
}

/// What comes with the program is signed with the packs of a draft: it is what was tried out with them.
#[tokio::test]
async fn what_was_tried_out_before_an_update_is_not_signed_after_it() {
    let home = Home::new();
    home.init();
    let draft = home.one("one", &["policy", "draft", "acme"])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let pack = home.path("acme.yaml");
    std::fs::write(&pack, "pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}\n").unwrap();
    let saved = home.one("one", &["policy", "save", &draft, pack.to_str().unwrap()]);
    assert_eq!(saved["checks"]["runs"], true, "{saved}");
    let proposal = home.one("one", &["policy", "propose", &draft, "--group", "staff"]);
    let id = proposal["id"].as_str().unwrap();
    let file = home.path("1.unsigned");
    let payload = ["policy", "payload", id, "--out", file.to_str().unwrap()];
    // As another version would have left it, and one that did not say what it tried out.
    for before in [
        "UPDATE trials SET result = replace(result, '\"contents\":\"', '\"contents\":\"0')",
        "UPDATE trials SET result = replace(result, '\"contents\":\"0', '\"was\":\"')",
    ] {
        home.tamper("one", before).await;
        assert!(home.refuses("one", &payload).contains("Save it again"));
        assert!(!file.exists());
    }
    home.tamper(
        "one",
        "UPDATE trials SET result = replace(result, '\"was\":\"', '\"contents\":\"')",
    )
    .await;
    home.ask("one", &payload);
    assert!(file.exists());
}

fn same(one: &Path, two: &Path) {
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
}

#[tokio::test]
async fn the_log_is_computed_anew_and_what_was_changed_in_it_is_found() {
    let home = Home::new();
    home.init();
    let key = home.ask("one", &["log", "key"]);
    let key: weir_tlog::KeyName = key[0]["key"].as_str().unwrap().parse().unwrap();
    // Every change by a command signs where the journal stands, which is an entry.
    for name in ["bea", "cem"] {
        home.ask("one", &["account", "create", name, "--role", "viewer"]);
    }
    let verified = home.ask("one", &["log", "verify"]);
    let size = verified[0]["size"].as_u64().unwrap();
    assert!(size >= 3, "{verified:?}");
    let told = home.ask("one", &["log", "checkpoint"]);
    let checkpoint = key.open(told[0]["checkpoint"].as_str().unwrap()).unwrap();
    assert_eq!(checkpoint.size, size);
    assert_eq!(Some(&*hex::encode(checkpoint.root)), verified[0]["root"].as_str());
    home.tamper(
        "one",
        "UPDATE tree_entries SET entry = (SELECT entry FROM tree_entries WHERE number = 0) WHERE number = 1",
    )
    .await;
    assert!(home.refuses("one", &["log", "verify"]).contains("the root is another"));
    home.tamper("one", "DELETE FROM tree_entries WHERE number > 0").await;
    assert!(
        home.refuses("one", &["log", "verify"])
            .contains("entries and 1 are there")
    );
}

/// Files that the configuration names go along with their permissions, as far as they lie in the home.
#[test]
fn a_backup_has_what_its_configuration_names() {
    let home = Home::new();
    home.init();
    std::fs::create_dir(home.path("one/secrets")).unwrap();
    std::fs::write(home.path("one/secrets/hook"), "tell nobody\n").unwrap();
    std::fs::write(home.path("away.token"), "nor this\n").unwrap();
    std::fs::copy(home.path("one/keys/authority.pem"), home.path("one/soc.pem")).unwrap();
    private(&home.path("one/secrets/hook"));
    let away = home.path("away.token");
    let route = format!(
        "[[route]]\nname = \"soc\"\nto = {{ webhook = {{ url = \"https://soc.example/\", secret = {{ file = \"secrets/hook\" }}, \
         authorization = {{ file = {away:?} }}, ca = \"soc.pem\" }} }}\n"
    );
    let file = home.path("one/server.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{before}{route}")).unwrap();

    let backup = home.path("backup");
    let backup = backup.to_str().unwrap();
    let saved = home.one("one", &["backup", backup]);
    assert_eq!((&saved["backup"], &saved["database"]), (&json!(backup), &json!(true)));
    assert_eq!(saved["files"], json!(["secrets/hook", "soc.pem"]));
    assert_eq!(saved["elsewhere"], json!([away]));
    let restored = home.one("two", &["restore", backup]);
    assert_eq!((&restored["rows"], &restored["missing"]), (&json!(2), &json!([])));
    same(&home.path("one/secrets/hook"), &home.path("two/secrets/hook"));
    same(&home.path("one/soc.pem"), &home.path("two/soc.pem"));
    #[cfg(unix)]
    for (path, mode) in [
        ("backup/secrets/hook", 0o600),
        ("two/secrets/hook", 0o600),
        ("two/secrets", 0o700),
    ] {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(home.path(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    assert!(
        runs(&home, "two")["address"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );

    // On a machine without what lay elsewhere, and of a backup that a version before made.
    std::fs::remove_file(&away).unwrap();
    std::fs::remove_file(home.path("backup/soc.pem")).unwrap();
    let restored = home.one("three", &["restore", backup]);
    assert_eq!(restored["missing"], json!([home.path("three/soc.pem"), away]));
    // What is not there cannot be saved.
    std::fs::remove_file(home.path("one/secrets/hook")).unwrap();
    let again = home.path("again");
    let refused = home.refuses("one", &["backup", again.to_str().unwrap()]);
    assert!(refused.contains("secrets/hook` is not there"), "{refused}");
    assert!(!again.exists());
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Path) {}

/// What a server says when it serves.
fn runs(home: &Home, name: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir-server"));
    command.arg("--home").arg(home.path(name)).args(["--json", "run"]);
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    serde_json::from_str(&line).unwrap()
}

/// Commands that do something, by their words; each has a help that names `--json`.
fn commands(words: &[String]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir-server"));
    let output = command.args(words).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{words:?}");
    assert!(help.contains("--json"), "{words:?}: {help}");
    let about = help.lines().next().unwrap_or_default();
    assert!(!about.is_empty() && !about.starts_with("Usage"), "{words:?}: {help}");
    let Some((_, below)) = help.split_once("\nCommands:\n") else {
        return vec![words.join(" ")];
    };
    let below = below.lines().take_while(|line| !line.is_empty());
    let names = below.filter_map(|line| {
        line.strip_prefix("  ")?
            .split(' ')
            .next()
            .filter(|name| !name.is_empty())
    });
    let names = names.filter(|name| *name != "help");
    names
        .flat_map(|name| commands(&[words, &[name.to_owned()]].concat()))
        .collect()
}

/// What takes laptops, signatures or several people: it is printed by what prints the others.
const IN_COMPANY: [&str; 34] = [
    "archive run",
    "bundle publish",
    "directive code approve",
    "directive code ask",
    "directive code read",
    "directive code refuse",
    "directive publish",
    "exception approve",
    "exception refuse",
    "exception revoke",
    "log cosigned",
    "policy advance",
    "policy approve",
    "policy at",
    "policy dry-run",
    "policy pause",
    "policy payload",
    "policy propose",
    "policy publish",
    "policy refuse",
    "policy resume",
    "policy roll-back",
    "policy rollout",
    "policy save",
    "provider answer",
    "provider approve",
    "provider end",
    "provider promise",
    "provider refuse",
    "report deletion approve",
    "report deletion receipt",
    "report deletion refuse",
    "report pack",
    "report subject",
];

#[tokio::test]
async fn every_command_has_help_and_says_json() {
    let home = Home::new();
    let mut left: BTreeSet<String> = commands(&[]).into_iter().collect();
    let mut heard = |arguments: &[&str]| {
        let words = (1..=arguments.len()).map(|count| arguments[..count].join(" "));
        left.retain(|command| words.clone().all(|words| words != *command));
        home.ask("one", arguments)
    };
    heard(&["init", "--name", "127.0.0.1", "--listen", "127.0.0.1:0"]);
    let device = support::device(7, "laptop", Timestamp::from_millis(1_800_000_000_000));
    support::enrolled(&*home.repo("one").await, &device).await;
    let raised = "INSERT INTO alerts (id, rule, subject, urgency, text, count, raised, last) \
                  VALUES (x'019a3c5e7f107a429d5b6c2f0e1a8b77', 'spike', 'fleet', 2, 'much', 1, 1, 1)";
    home.tamper("one", raised).await;
    let (alert, device) = ("019a3c5e-7f10-7a42-9d5b-6c2f0e1a8b77", device.id.to_string());
    let mut said = |arguments: &[&str]| {
        let mut said = heard(arguments);
        assert_eq!(said.len(), 1, "{arguments:?}: {said:?}");
        said.remove(0)
    };
    accounts_alerts_and_devices(&mut said, alert, &device);
    policy_providers_and_reports(&mut said);
    let backup = home.path("backup");
    said(&["backup", backup.to_str().unwrap()]);
    for list in [
        "account list",
        "alert list",
        "alert mutes",
        "alert rules",
        "api-token list",
        "archive list",
        "bundle list",
        "device list",
        "directive code list",
        "directive list",
        "events --purpose x17",
        "exception list",
        "forward list",
        "forward refused",
        "journal list",
        "log witnesses",
        "policy drafts",
        "policy proposals",
        "policy rollouts",
        "provider obligations",
        "provider requests",
        "report deletion list",
        "search-key list",
        "token list",
    ] {
        heard(&list.split(' ').collect::<Vec<_>>());
    }
    // Both are run in `a_backup_has_what_its_configuration_names`.
    left.retain(|command| command != "run" && command != "restore");
    assert_eq!(left.iter().map(String::as_str).collect::<Vec<_>>(), IN_COMPANY);
}

fn accounts_alerts_and_devices(said: &mut impl FnMut(&[&str]) -> Value, alert: &str, device: &str) {
    assert!(said(&["account", "create", "Bob", "--role", "viewer"])["one_time_password"].is_string());
    assert_eq!(said(&["account", "role", "bob", "author"])["role"], "author");
    assert!(said(&["account", "disable", "bob"])["disabled"].is_number());
    assert_eq!(said(&["account", "enable", "bob"])["disabled"], Value::Null);
    assert_eq!(said(&["account", "reset", "bob"])["name"], "bob");
    assert_eq!(said(&["alert", "acknowledge", alert])["id"], alert);
    assert_eq!(said(&["alert", "close", alert])["state"], "closed");
    assert_eq!(said(&["alert", "mute", "spike", "--until", "8h"])["rule"], "spike");
    assert_eq!(said(&["alert", "unmute", "spike"])["subject"], Value::Null);
    assert_eq!(said(&["alert", "show", alert])["id"], alert);
    assert!(said(&["device", "revoke", device])["revoked"].is_number());
    assert_eq!(said(&["device", "show", device])["id"], device);
    for kind in [["token", "--group", "staff"], ["api-token", "--role", "viewer"]] {
        let name: &[&str] = if kind[0] == "token" { &[] } else { &["nightly"] };
        let made = said(&[&[kind[0], "create"], name, &kind[1..]].concat());
        let id = made["id"].as_str().unwrap();
        assert_eq!(said(&[kind[0], "revoke", id]), json!({ "id": id }));
        assert!(made["token"].is_string());
    }
}

fn policy_providers_and_reports(said: &mut impl FnMut(&[&str]) -> Value) {
    let draft = said(&["policy", "draft", "acme"])["id"].as_str().unwrap().to_owned();
    assert_eq!(said(&["policy", "show", &draft])["revision"]["number"], 1);
    assert!(said(&["policy", "close", &draft])["closed"].is_number());
    assert_eq!(said(&["search-key", "new"]), json!({ "number": 1 }));
    let asked = said(&["report", "deletion", "ask", "--key", "1", "--why", "request 17"]);
    assert_eq!(asked["why"], "request 17");
    let wanted = [
        "provider", "ask", "acme-ai", "--for", "x", "--level", "public", "--data", "x",
    ];
    let answers = [
        "--training",
        "no",
        "--retention",
        "x",
        "--others",
        "x",
        "--contract",
        "x",
        "--end",
        "x",
    ];
    let request = said(&[&wanted[..], &answers].concat())["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(said(&["provider", "show", &request])["id"], *request);
    assert_eq!(said(&["provider", "withdraw", &request])["state"], "withdrawn");
    assert!(said(&["provider", "pack"])["pack"].is_string());
    for directive in [&["lockdown"][..], &["block", "--provider", "openai"], &["resume"]] {
        assert!(said(&[&["directive"], directive].concat())["epoch"].is_number());
    }
    let asked = ["--since", "1d", "--purpose", "request 17"];
    said(&[&["exposure", "openai"], &asked[..]].concat());
    said(&[&["report", "absence", "restricted", "openai"], &asked[..]].concat());
    said(&[&["report", "flows"], &asked[..]].concat());
    said(&["report", "week"]);
    assert!(said(&["journal", "verify"])["rows"].is_number());
    for what in ["key", "checkpoint", "verify"] {
        said(&["log", what]);
    }
}
