//! The running agent, asked by the command line.

#![cfg(unix)]

use crate::harness::{Running, World, example, has};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn without_an_agent_status_says_how_to_start_one() {
    let world = World::new();
    let ran = world.run(["status"]).exits(3);
    assert!(
        ran.stderr.contains("not running") && ran.stderr.contains("weir agent"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.run(["status", "--json"]).exits(3).json()["running"], false);
    assert!(
        world
            .run(["audit", "query"])
            .exits(3)
            .stderr
            .contains("there is no log")
    );
    assert!(!world.path("state").exists(), "asking leaves nothing behind");
}

#[test]
fn a_blocked_message_is_told_counted_tailed_and_explained_while_the_agent_runs_and_after() {
    let world = World::new();
    let agent = Agent::start(&world);
    let mut tail = Tail::start(&world);

    let secret = example("security/aws_access_key_id");
    let answer = agent.post_prompt(secret);
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(tail.next()["action"], "block");

    let status = world.run(["status", "--json"]).exits(0).json();
    assert_eq!(status["status"]["counts"]["blocked"], 1);
    assert!(world.run(["status"]).exits(0).stdout.contains("1 blocked"));
    let env = world.run(["env", "--shell", "json"]).exits(0).json();
    assert_eq!(
        env["HTTPS_PROXY"],
        format!("http://{}", agent.proxy),
        "the running agent's own address"
    );

    let events = world
        .run(["audit", "query", "--json", "--action", "block", "--since", "1h"])
        .exits(0)
        .json_lines();
    assert_eq!(events.len(), 1);
    assert!(
        world
            .run(["audit", "query", "--json", "--action", "warn"])
            .exits(0)
            .stdout
            .is_empty()
    );
    let this_program = std::env::current_exe().unwrap();
    assert_eq!(events[0]["process"], this_program.to_str().unwrap());
    let id = events[0]["id"].as_str().unwrap().to_owned();
    assert!(answer.contains(&id), "the id that people see is the id of the record");
    let story = world.run(["explain", &id]).exits(0).stdout;
    assert!(
        story.contains("was blocked") && story.contains("security/aws_access_key_id in the prompt"),
        "{story}"
    );
    assert!(
        world
            .run(["audit", "verify"])
            .exits(0)
            .stdout
            .starts_with("the log is whole")
    );

    assert_eq!(agent.stop(), Some(0));
    assert!(tail.rest().contains("the agent has stopped"));
    assert_eq!(
        world.run(["explain", &id]).exits(0).stdout,
        story,
        "the log alone tells the same"
    );
    assert_eq!(world.run(["audit", "query", "--json"]).exits(0).json_lines(), events);
    world.run(["explain", "019a0000-0000-7000-8000-000000000000"]).exits(1);
    for shown in [&story, &events[0].to_string()] {
        assert!(!shown.contains(secret));
    }
}

#[test]
fn decisions_are_made_again_and_packs_tried_while_the_agent_runs_and_after() {
    let world = World::new();
    let agent = Agent::start(&world);
    agent.post_prompt(example("security/aws_access_key_id"));
    agent.post_prompt("Which river is this?");
    let events = world.run(["audit", "query", "--json"]).exits(0).json_lines();
    let id = events[0]["id"].as_str().unwrap();
    let same = format!("{id}  the same: block, restricted\n");
    assert_eq!(world.run(["replay", id]).exits(0).stdout, same);
    let all = world.run(["replay", "--since", "1h"]).exits(0).stdout;
    assert_eq!(all, "decisions: 2, the same: 2, different: 0, not made again: 0\n");

    let watching = ["policy", "dry-run", "weir/monitor-only", "--since", "1h"];
    let changed = world.run(watching).exits(1).stdout;
    assert!(changed.contains("block becomes allow: 1"), "{changed}");
    assert!(
        changed.ends_with("decisions: 2, the same: 1, changed: 1, need re-observation: 0\n"),
        "{changed}"
    );
    let own = "pack: {name: own, extends: [weir/baseline]}\n\
               classification: {custom: [{id: acme/river, level: restricted, words: [river], examples: [a river]}]}\n";
    world.write("own.yaml", own);
    let open = world.run(["policy", "dry-run", "--json", "own.yaml"]).exits(0).json();
    assert_eq!(open["needs_reobservation"]["other detectors looked at the message"], 2);

    assert_eq!(agent.stop(), Some(0));
    assert_eq!(
        world.run(["replay", id]).exits(0).stdout,
        same,
        "the log and the kept policy are enough"
    );
    assert_eq!(world.run(watching).exits(1).stdout, changed);
    world.run(["replay", "019a0000-0000-7000-8000-000000000000"]).exits(1);
    std::fs::remove_dir_all(world.path("state/policy/kept")).unwrap();
    let gone = world.run(["replay", id]).exits(1).stdout;
    assert!(gone.contains("was not kept here") && gone.contains(events[0]["bundle"]["digest"].as_str().unwrap()));
}

/// Processes that were started by this one.
fn children(parent: u32) -> Vec<String> {
    let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    let others = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default());
    let all = others.fold(listed, |all, more| all + " " + &more);
    let mut children: Vec<String> = all.split_whitespace().map(str::to_owned).collect();
    children.sort();
    children.dedup();
    children
}

#[test]
fn rules_in_rego_are_asked_by_the_agent_and_again_from_its_records() {
    let world = World::new();
    let pack = |river: &str| {
        format!(
            "pack: {{name: own, extends: [weir/strict]}}
providers: {{approvals: {{openai: approved}}}}
policies:
  chain: [provider-approval, data-classification, rego, audit-logger]
  policy:
    rego:
      modules:
        - source: |
            package acme
            ask contains {{\"action\": \"block\", \"message\": \"{river}\"}} if input.kind == \"prompt\"
"
        )
    };
    world.write("own.yaml", &pack("not today"));
    let agent = Agent::start_with(&world, &["--pack", world.path("own.yaml").to_str().unwrap()]);
    let answer = agent.post_prompt("Which river is this?");
    assert!(answer.contains("Not today"), "{answer}");
    let [rules] = &children(agent.child.0.id())[..] else {
        panic!("rules run in one process");
    };
    assert!(Command::new("kill").args(["-KILL", rules]).status().unwrap().success());
    assert!(
        agent.post_prompt("And this one?").contains("Not today"),
        "in another process"
    );

    let all = ["replay", "--since", "1h"];
    let same = "decisions: 2, the same: 2, different: 0, not made again: 0\n";
    assert_eq!(world.run(all).exits(0).stdout, same);
    world.write(
        "later.yaml",
        &pack("not today").replace("== \"prompt\"", "== \"answer\""),
    );
    let tried = world.run(["policy", "dry-run", "later.yaml"]).exits(1).stdout;
    assert!(tried.contains("decisions: 2, the same: 0, changed: 2"), "{tried}");
    assert_eq!(agent.stop(), Some(0));
    assert_eq!(world.run(all).exits(0).stdout, same);
}

#[test]
fn a_second_agent_does_not_take_over() {
    let world = World::new();
    let _first = Agent::start(&world);
    let second = world.run(["agent", "--listen", "127.0.0.1:0"]).exits(3);
    assert!(!second.stderr.is_empty() && second.stdout.is_empty());
    world.run(["status"]).exits(0);
}

#[test]
fn one_flipped_bit_in_the_log_is_found() {
    let world = World::new();
    let agent = Agent::start(&world);
    agent.post_prompt(example("security/aws_access_key_id"));
    assert_eq!(agent.stop(), Some(0));
    world.run(["audit", "verify"]).exits(0);

    let segment = std::fs::read_dir(world.path("state/audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let segment = segment
        .into_iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "seg"))
        .unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let ran = world.run(["audit", "verify", "--json"]).exits(1);
    assert_eq!(ran.json()["clean"], false);
    assert!(
        world
            .run(["audit", "verify"])
            .exits(1)
            .stdout
            .contains("not as it was written")
    );
}

#[test]
fn a_pack_with_errors_does_not_start() {
    let world = World::new();
    let pack = world.write("bad.yaml", "pack: {name: bad}\nclasification: {}\n");
    let ran = world
        .run(["agent", "--listen", "127.0.0.1:0", "--pack", pack.to_str().unwrap()])
        .exits(3);
    assert!(ran.stderr.contains("bad.yaml:2:1"), "{}", ran.stderr);
}

#[test]
fn somebody_elses_socket_is_not_asked() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let _agent = Agent::start(&world);
    let run = world.path("state/run");
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o777)).unwrap();
    let ran = world.run(["status"]).exits(3);
    assert!(ran.stderr.contains("other users may write"), "{}", ran.stderr);
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Needs root, to be two other users.
#[test]
fn each_user_of_the_machine_is_answered_about_their_own() {
    use std::os::unix::fs::PermissionsExt;
    if !rustix::process::getuid().is_root() || !has("curl", "curl") {
        return;
    }
    let world = World::new();
    let open = |path: &str| {
        std::fs::set_permissions(world.path(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    open("");
    let socket = world.path("machine/agent.sock");
    let agent = Agent::start_with(&world, &["--socket", socket.to_str().unwrap()]);
    let (nobody, daemon) = (Person::of(&world, &socket, 65534), Person::of(&world, &socket, 1));

    nobody.prompt(&agent.proxy, example("security/aws_access_key_id"));
    let own = nobody.ask(&["-d", "{}"], "/v1/events");
    assert_eq!(own["events"].as_array().unwrap().len(), 1, "{own}");
    assert_eq!(own["events"][0]["user"], "nobody");
    let process = own["events"][0]["process"].as_str().unwrap();
    assert!(process.ends_with("/curl"), "{own}");
    let id = own["events"][0]["id"].as_str().unwrap();
    assert_eq!(nobody.ask(&[], &format!("/v1/event/{id}"))["id"], id);

    assert_eq!(daemon.ask(&["-d", "{}"], "/v1/events")["events"], serde_json::json!([]));
    let as_nobody = daemon.ask(&["-d", r#"{"user":"nobody"}"#], "/v1/events");
    assert_eq!(
        as_nobody["events"],
        serde_json::json!([]),
        "who asks is not for them to say"
    );
    assert_eq!(daemon.ask(&[], &format!("/v1/event/{id}"))["refusal"], "no_such_event");
    assert!(daemon.ask(&[], "/v1/status")["version"].is_string());
    assert_eq!(daemon.ask(&["-d", "{}"], "/v1/replay")["refusal"], "not_allowed");
    assert_eq!(daemon.ask(&["-d", "bundle"], "/v1/policy")["refusal"], "not_allowed");

    let all = world.run(["audit", "query", "--json"]).exits(0).json_lines();
    assert_eq!(all.len(), 1, "the agent's own user sees all");
    assert_eq!(agent.stop(), Some(0));
    assert!(!socket.exists());
}

/// A user of the machine, by number.
struct Person<'a> {
    world: &'a World,
    socket: &'a std::path::Path,
    uid: u32,
}

impl<'a> Person<'a> {
    fn of(world: &'a World, socket: &'a std::path::Path, uid: u32) -> Self {
        Self { world, socket, uid }
    }

    fn curl(&self, arguments: &[&str]) -> String {
        use std::os::unix::process::CommandExt;
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "20"]).args(arguments);
        let ran = curl
            .uid(self.uid)
            .gid(self.uid)
            .current_dir(self.world.path(""))
            .output()
            .unwrap();
        String::from_utf8(ran.stdout).unwrap()
    }

    fn prompt(&self, proxy: &str, text: &str) {
        let message = serde_json::json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": text }] });
        let url = "http://api.openai.com/v1/chat/completions";
        let answer = self.curl(&["-x", proxy, "--json", &message.to_string(), url]);
        assert!(answer.contains("error"), "{answer}");
    }

    /// The handshake, and one request on the same connection.
    fn ask(&self, how: &[&str], path: &str) -> serde_json::Value {
        let hello = r#"{"program":"curl","version":"1.0.0","capability":1,"oldest":1}"#;
        let socket = self.socket.to_str().unwrap();
        let greet = [
            "--unix-socket",
            socket,
            "-o",
            "/dev/null",
            "-d",
            hello,
            "http://weir/v1/hello",
            "--next",
            "--silent",
        ];
        let url = format!("http://weir{path}");
        let said = self.curl(&[&greet[..], &["--unix-socket", socket], how, &[&url]].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{path}: {error}: {said}"))
    }
}

struct Agent {
    child: Running,
    proxy: String,
}

impl Agent {
    fn start(world: &World) -> Self {
        Self::start_with(world, &[])
    }

    fn start_with(world: &World, more: &[&str]) -> Self {
        let mut command = world.command(["agent", "--listen", "127.0.0.1:0", "--json", "--log", "trace"]);
        command.args(more).arg("--log-file").arg(world.path("agent.log"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let child = Running(child);
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        Self {
            child,
            proxy: ready["proxy"].as_str().unwrap().to_owned(),
        }
    }

    /// A prompt to an AI host, in absolute form, so that the test needs no TLS. It must not leave.
    fn post_prompt(&self, text: &str) -> String {
        let message =
            serde_json::json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": text }] }).to_string();
        let mut stream = TcpStream::connect(&self.proxy).unwrap();
        write!(
            stream,
            "POST http://api.openai.com/v1/chat/completions HTTP/1.1\r\nhost: api.openai.com\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{message}",
            message.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.0.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        self.child.0.wait().unwrap().code()
    }
}

struct Tail {
    child: Running,
    lines: BufReader<std::process::ChildStdout>,
}

impl Tail {
    /// Gives it time to connect: there is nothing outside to see it by.
    fn start(world: &World) -> Self {
        let mut command = world.command(["audit", "tail", "--json"]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(500));
        Self {
            child: Running(child),
            lines,
        }
    }

    fn next(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn rest(mut self) -> String {
        let mut said = String::new();
        self.child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}
