//! The program's commands, as people run them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

    fn run(&self, home: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir-server"));
        command.arg("--home").arg(self.path(home)).arg("--json").args(arguments);
        command.output().unwrap()
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
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    fn refuses(&self, home: &str, arguments: &[&str]) -> String {
        let output = self.run(home, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn init(&self) {
        let password = self.path("password");
        std::fs::write(&password, "correct horse battery\n").unwrap();
        let arguments = ["init", "--name", "127.0.0.1", "--admin", "Ada", "--password-file"];
        self.ask("one", &[&arguments[..], &[password.to_str().unwrap()]].concat());
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

    home.ask("two", &["restore", backup]);
    assert_eq!(home.ask("two", &["account", "list"]).len(), 1);
    assert_eq!(home.ask("two", &["token", "list"])[0]["group"], "staff");
    assert_eq!(home.ask("two", &["journal", "verify"])[0]["rows"], 3);
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
