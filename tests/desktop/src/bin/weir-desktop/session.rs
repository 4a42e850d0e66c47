use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use weir_desktop::process;
use weir_support::agent;
use weir_support::desktop::Desktop;
use weir_support::values::{Random, aws_access_key};

use crate::events::Events;
use crate::{Machine, megabytes, quantiles, say, until};

/// What is copied through.
#[derive(Clone, Copy)]
pub(crate) enum On {
    X11,
    Wayland,
}

impl On {
    fn name(self) -> &'static str {
        match self {
            Self::X11 => "x11",
            Self::Wayland => "wayland",
        }
    }

    fn open(self, dir: &Path) -> Desktop {
        let opened = match self {
            Self::X11 => Desktop::open(dir),
            Self::Wayland => Desktop::open_wayland(dir),
        };
        opened.unwrap_or_else(|error| panic!("a desktop of {}: {error}", self.name()))
    }
}

/// Copies keys, each after the event of the last one, and then leaves the session alone for a while.
pub(crate) fn measure(on: On, copies: usize, idle: Duration) {
    let name = on.name();
    let machine = Machine::start(&format!("figures-{name}"), None);
    let desktop = on.open(machine.folder.path());
    let session = Session::start(&desktop, &machine);
    let events = Events::listen(machine.agent.state());
    let mut random = Random::from_env();
    let mut took = Vec::new();
    for _ in 0..copies {
        let key = aws_access_key(&mut random).value;
        // From before the program that copies is started: what it takes itself is in it.
        let start = Instant::now();
        desktop.copy(&key).unwrap();
        took.push(events.next().duration_since(start));
    }
    let (half, most) = quantiles(took);
    say(&format!("{name} copy to event p50 ms"), half);
    say(&format!("{name} copy to event p95 ms"), most);

    let pid = session.0.id();
    let (start, before) = (Instant::now(), process::processor_time(pid));
    std::thread::sleep(idle);
    let spent = process::processor_time(pid).saturating_sub(before);
    let share = spent.as_secs_f64() / start.elapsed().as_secs_f64() * 100.0;
    say(&format!("{name} session idle %"), share);
    let memory = process::memory(pid);
    say(&format!("{name} session resident MB"), megabytes(memory.resident));
    say(
        &format!("{name} session proportional MB"),
        megabytes(memory.proportional),
    );
    say(&format!("{name} session private MB"), megabytes(memory.private));
}

/// Killed when dropped.
struct Session(Child);

impl Session {
    /// Starts it, and waits until it watches.
    fn start(desktop: &Desktop, machine: &Machine) -> Self {
        let weir = |arguments: &[&str]| {
            let mut command = desktop.command(&agent::binary().unwrap());
            command
                .args(arguments)
                .env("WEIR_STATE", machine.agent.state())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        let session = Self(weir(&["session"]).spawn().unwrap());
        until("the clipboard is watched", || {
            weir(&["clipboard"]).status().unwrap().success()
        });
        session
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
