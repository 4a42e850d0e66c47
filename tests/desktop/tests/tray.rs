//! The icon, its menu and what comes of it: the real program on a real bus, without a pixel looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test, and what it measures is said"
)]

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use weir_desktop::{Desktop, Panel, process, until, weir_tray};
use weir_support::agent::{Agent, Launch};
use weir_support::fake::Options;
use weir_support::{FakeAi, Folder};

/// A running tray; killed when dropped.
struct Tray(Child);

impl Drop for Tray {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn agent(folder: &Folder) -> (FakeAi, Agent) {
    let fake = FakeAi::start(folder.path(), Options::default()).unwrap();
    let agent = Launch::in_front_of(&fake, folder.path())
        .start()
        .unwrap_or_else(|error| panic!("{error}"));
    (fake, agent)
}

fn tray(desktop: &Desktop, state: &Path, arguments: &[&str]) -> Command {
    let mut command = desktop.command(weir_tray());
    command.args(arguments).arg("--state").arg(state);
    command
}

#[test]
fn the_menu_holds_everything_and_the_agent_does_not_need_it() {
    let folder = Folder::new("tray-agent").unwrap();
    let (_fake, agent) = agent(&folder);
    let desktop = Desktop::start("tray");
    let panel = Panel::watch(&desktop);

    let start = Instant::now();
    let mut running = Tray(tray(&desktop, agent.state(), &["--hidden"]).spawn().unwrap());
    until("an icon", || (panel.count() == 1).then_some(()));
    println!("the icon registered after {:?}", start.elapsed());

    let standing = "Weir protects this device, which is enrolled nowhere";
    let menu = until("the state of the agent", || {
        Some(panel.menu()).filter(|menu| menu.first().is_some_and(|first| first.label == standing))
    });
    assert!(!menu[0].enabled, "a line that is only said");
    let labels: Vec<&str> = menu
        .iter()
        .map(|item| item.label.as_str())
        .filter(|label| !label.is_empty())
        .collect();
    assert_eq!(
        labels,
        [
            standing,
            "Pending decisions (0)",
            "Open Weir",
            "History",
            "What is recorded about me",
            "What may go where",
            "Health",
            "Settings",
            "Quiet mode",
            "About Weir",
            "Start at login",
            "Quit Weir's window program (protection goes on)",
        ]
    );

    let entry = desktop.home().join(".config/autostart/weir-tray.desktop");
    assert!(!entry.exists());
    panel.choose("Start at login");
    let started = until("an autostart entry", || {
        std::fs::read_to_string(&entry).ok().filter(|entry| !entry.is_empty())
    });
    assert!(started.contains("--hidden"), "{started}");
    until("its mark", || {
        panel
            .menu()
            .into_iter()
            .find(|item| item.label == "Start at login" && item.checked == Some(true))
    });

    panel.choose("For one hour");
    let kept = desktop.home().join(".config/weir/tray.toml");
    until("quiet mode", || {
        std::fs::read_to_string(&kept)
            .ok()
            .filter(|kept| kept.contains("quiet_until"))
    });

    // A second start hands over and ends.
    let second = Instant::now();
    assert!(
        tray(&desktop, agent.state(), &["--page", "about"])
            .status()
            .unwrap()
            .success()
    );
    println!("a second start ended after {:?}", second.elapsed());
    until("the window it asked for", || {
        desktop.windows().contains("\"Weir\"").then_some(())
    });
    assert_eq!(panel.count(), 1, "one icon");

    running.0.kill().unwrap();
    running.0.wait().unwrap();
    assert!(agent.run(&["status"]).unwrap().status.success(), "protection goes on");
}

#[test]
fn the_last_window_takes_the_web_engine_with_it() {
    let folder = Folder::new("tray-rest").unwrap();
    let (_fake, agent) = agent(&folder);
    let desktop = Desktop::start("rest");
    let panel = Panel::watch(&desktop);
    let running = Tray(tray(&desktop, agent.state(), &["--hidden"]).spawn().unwrap());
    let pid = running.0.id();
    until("an icon", || (panel.count() == 1).then_some(()));
    let hidden = until("rest", || Some(process::memory(pid).private).filter(|kb| *kb > 0));

    let click = Instant::now();
    panel.choose("History");
    until("the window", || desktop.windows().contains("\"Weir\"").then_some(()));
    println!("the window came {:?} after the click", click.elapsed());
    until("the web engine", || {
        process::children(pid)
            .iter()
            .any(|name| name.starts_with("WebKit"))
            .then_some(())
    });

    desktop.close("Weir");
    until("the end of the window", || {
        (!desktop.windows().contains("\"Weir\"")).then_some(())
    });
    // The same process, begun anew, without a window; its icon registers again.
    until("the icon again", || (panel.count() == 2).then_some(()));
    assert!(process::arguments(pid).contains("--hidden"));
    assert_eq!(
        process::children(pid)
            .iter()
            .filter(|name| name.starts_with("WebKit"))
            .count(),
        0
    );
    panel.choose("Quit Weir's window program (protection goes on)");
    println!(
        "private memory without a window: {hidden} kB at first, now {} kB",
        process::memory(pid).private
    );
    let mut running = running;
    until("its end", || running.0.try_wait().unwrap());
    assert!(agent.run(&["status"]).unwrap().status.success(), "protection goes on");
}

#[test]
fn an_agent_is_started_where_there_is_none_and_outlives_the_tray() {
    let folder = Folder::new("tray-alone").unwrap();
    let desktop = Desktop::start("alone");
    let panel = Panel::watch(&desktop);
    let state = folder.join("state");
    let weir = weir_support::agent::binary().unwrap();
    let mut command = tray(&desktop, &state, &["--hidden"]);
    // The port of the agent's proxy is the usual one, which another program of this machine may have.
    command.env("PATH", weir.parent().unwrap());
    let mut running = Tray(command.spawn().unwrap());
    until("an icon", || (panel.count() == 1).then_some(()));
    let socket = state.join("run/agent.sock");
    until("an agent", || socket.exists().then_some(()));
    let status = || weir_support::agent::run(&weir, &state, &["status", "--json"]).unwrap();
    let pid = until("its answer", || {
        let status: serde_json::Value = serde_json::from_slice(&status().stdout).ok()?;
        status["status"]["pid"].as_u64()
    });
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(status().status.success(), "it lives on");
    assert!(Command::new("kill").arg(pid.to_string()).status().unwrap().success());
}
