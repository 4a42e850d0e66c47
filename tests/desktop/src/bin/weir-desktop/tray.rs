use std::process::{Child, Command};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use weir_desktop::{Desktop, HOLDS_MAIL, PANEL_TITLE, Panel, process, weir_tray};
use weir_support::Client;
use weir_support::client::{Outgoing, Way};

use crate::{Machine, megabytes, quantiles, say, until};

/// Until what a start leaves behind is gone.
const SETTLED: Duration = Duration::from_secs(3);

/// Starts it some times, and has some prompts wait.
pub(crate) fn measure(rounds: usize) {
    let machine = Machine::start("figures-tray", Some(HOLDS_MAIL));
    let desktop = Desktop::start("figures-tray-desktop");
    let panel = Panel::watch(&desktop);
    let (mut registered, mut private) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let before = panel.count();
        let start = Instant::now();
        let tray = Tray::start(&desktop, &machine);
        until("the icon", || panel.count() > before);
        registered.push(start.elapsed());
        std::thread::sleep(SETTLED);
        private.push(process::memory(tray.0.id()).private);
    }
    private.sort_unstable();
    let (half, most) = quantiles(registered);
    say("tray started to icon p50 ms", half);
    say("tray started to icon p95 ms", most);
    say("tray hidden private MB", megabytes(private[private.len() / 2]));

    let tray = Tray::start(&desktop, &machine);
    until("the state of the agent", || {
        let menu = panel.menu();
        menu.first()
            .is_some_and(|first| first.label.starts_with("Weir protects"))
    });
    let took = (0..rounds).map(|_| prompt_to_panel(&machine, &desktop)).collect();
    let (half, most) = quantiles(took);
    say("tray prompt to panel p50 ms", half);
    say("tray prompt to panel p95 ms", most);

    rest(&tray, &panel);
}

/// From before the prompt is sent until the panel is on the screen.
fn prompt_to_panel(machine: &Machine, desktop: &Desktop) -> Duration {
    let start = Instant::now();
    let sent = send(machine);
    until("the panel", || desktop.windows().contains(PANEL_TITLE));
    let took = start.elapsed();
    let held = machine.agent.run(&["held", "list", "--json"]).unwrap();
    let held: Value = serde_json::from_slice(&held.stdout).unwrap();
    let id = held["held"][0]["id"].as_str().unwrap();
    assert!(machine.agent.run(&["held", "drop", id]).unwrap().status.success());
    assert_eq!(sent.join().unwrap(), Some(403));
    until("the panel's end", || !desktop.windows().contains(PANEL_TITLE));
    took
}

/// Without a window for a while it begins anew, and has its memory of before.
fn rest(tray: &Tray, panel: &Panel) {
    let before = panel.count();
    until("the icon again", || panel.count() > before);
    std::thread::sleep(SETTLED);
    say(
        "tray begun anew private MB",
        megabytes(process::memory(tray.0.id()).private),
    );
}

fn send(machine: &Machine) -> JoinHandle<Option<u16>> {
    let client = Client::new(Way::Proxy(machine.agent.proxy()), &[machine.agent.ca()]).unwrap();
    let client = client.patience(Duration::from_secs(60));
    let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": "write to ada.weir@tidewater.io"}]});
    let prompt = Outgoing::json("api.openai.com", "/v1/chat/completions", &body);
    std::thread::spawn(move || client.send(&prompt).ok().map(|reply| reply.status))
}

/// Killed when dropped.
struct Tray(Child);

impl Tray {
    fn start(desktop: &Desktop, machine: &Machine) -> Self {
        let mut command: Command = desktop.command(weir_tray());
        command.args(["--hidden", "--state"]).arg(machine.agent.state());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
