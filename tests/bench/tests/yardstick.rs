//! The yardstick measures: short runs, directly and through the relay.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use weir_support::Folder;

#[test]
fn loads_run_directly_and_through_the_relay() {
    let folder = Folder::new("yardstick").unwrap();
    let (origin_ca, relay_ca) = (folder.join("origin.pem"), folder.join("relay.pem"));
    let (origin, relay) = (free(), free());
    let origin_port = origin.port().to_string();
    let _origin = Listening::start(&["origin", "--port", &origin_port, "--ca", text(&origin_ca)], origin);
    let (relay_port, origin_at) = (relay.port().to_string(), origin.to_string());
    let relaying = [
        "relay",
        "--port",
        &relay_port,
        "--origin",
        &origin_at,
        "--upstream-ca",
        text(&origin_ca),
        "--ca",
        text(&relay_ca),
    ];
    let relay_process = Listening::start(&relaying, relay);
    let (relay_at, pid) = (relay.to_string(), relay_process.0.id().to_string());
    let direct = ["--origin", &origin_at, "--ca", text(&origin_ca)];
    let through = [
        "--origin",
        &origin_at,
        "--proxy",
        &relay_at,
        "--ca",
        text(&origin_ca),
        "--ca",
        text(&relay_ca),
        "--pid",
        &pid,
    ];
    for (way, intercepted) in [(&direct[..], false), (&through[..], true)] {
        for protocol in [&[][..], &["--h2"]] {
            let runs: [&[&str]; 3] = [
                &["requests", "--seconds", "0.2", "--connections", "2"],
                &["connections", "--seconds", "0.2"],
                &["events", "--streams", "3", "--events", "5", "--gap-ms", "5"],
            ];
            for run in runs {
                let report = load(&[run, way, protocol].concat());
                assert_eq!(report["errors"], 0, "{run:?} {protocol:?}: {report}");
                assert_eq!(report["intercepted"], intercepted, "{run:?}: {report}");
                assert!(
                    report["done"].as_f64().unwrap() >= 3.0 && report["p50_us"].as_f64().unwrap() > 0.0,
                    "{report}"
                );
                assert_eq!(
                    report["cpu_us"].is_number(),
                    intercepted && cfg!(target_os = "linux"),
                    "{report}"
                );
            }
        }
    }
}

fn load(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_weir-bench"))
        .args(arguments)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Killed when dropped.
struct Listening(Child);

impl Listening {
    fn start(arguments: &[&str], address: SocketAddr) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_weir-bench"))
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "{arguments:?} does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(child)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
