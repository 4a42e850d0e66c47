//! What the programs of a desktop cost: `cargo xtask bench session` has them built as they are shipped and shows these figures
//! beside what is to be reached. Each measurement is a line of JSON, in milliseconds, MB (1000 kB) or per cent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement whose stage breaks is none"
)]

mod events;
mod session;
mod tray;

use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::json;
use weir_support::agent::{Agent, Launch};
use weir_support::{FakeAi, Folder, fleet};

/// Measures the session and the tray on desktops without a screen; `WEIR_BIN` and `WEIR_TRAY_BIN` are what is measured
#[derive(Parser)]
struct Arguments {
    /// Copies on each display
    #[arg(long, default_value_t = 120)]
    copies: usize,
    /// Seconds without a copy, in which the session is watched
    #[arg(long, default_value_t = 60)]
    idle: u64,
    /// Starts of the tray, and prompts that wait
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

fn main() {
    let Arguments { copies, idle, rounds } = Arguments::parse();
    let idle = Duration::from_secs(idle);
    session::measure(session::On::X11, copies, idle);
    session::measure(session::On::Wayland, copies, idle);
    tray::measure(rounds);
}

/// An agent with a fake service behind it.
struct Machine {
    agent: Agent,
    _fake: FakeAi,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Machine {
    fn start(name: &str, pack: Option<&str>) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = fleet::quick_ai(&folder);
        let pack = pack.map(|pack| {
            let path = folder.join("acme.yaml");
            std::fs::write(&path, pack).unwrap();
            path
        });
        let launch = Launch {
            pack,
            log: "warn".to_owned(),
            ..Launch::in_front_of(&fake, folder.path())
        };
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        Self {
            agent,
            _fake: fake,
            folder,
        }
    }
}

fn say(name: &str, value: f64) {
    println!("{}", json!({"name": name, "value": value}));
}

/// Half of the times are not above the first, and 95 of a hundred not above the second; in milliseconds.
fn quantiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: usize| milliseconds(times[(times.len() * share).div_ceil(100).saturating_sub(1)]);
    (at(50), at(95))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[allow(clippy::cast_precision_loss, reason = "no process has that much memory")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1000.0
}

/// Looks every millisecond.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
