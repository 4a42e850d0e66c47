//! Bundles, from the key to the running agent.

use crate::harness::{Running, World};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn pack(version: u32, expect: &str) -> String {
    format!(
        "pack: {{name: acme, version: {version}.0.0, extends: [weir/baseline]}}\n\
         providers: {{approvals: {{openai: approved}}}}\n\
         tests: [{{name: hello, given: {{service: chatgpt, text: hello}}, expect: {{action: {expect}}}}}]\n"
    )
}

/// A world with the keys of two people and bundles 1 and 2, signed by the first.
fn signed() -> World {
    let world = World::new();
    for person in ["alice", "bob"] {
        world.run(["policy", "keygen", person]).exits(0);
    }
    for number in ["1", "2"] {
        world.write("acme.yaml", &pack(number.parse().unwrap(), "allow"));
        let out = format!("{number}.weirbundle");
        bundle(&world, number, &out).exits(0);
    }
    world
}

fn bundle(world: &World, number: &str, out: &str) -> crate::harness::Ran {
    let arguments = [
        "policy",
        "bundle",
        "acme.yaml",
        "--audience",
        "acme",
        "--key",
        "alice.key",
    ];
    world.run(arguments.into_iter().chain(["--number", number, "--out", out]))
}

fn agent(world: &World) -> Running {
    start(world, &["--bundle-key", "alice.pub", "--group", "acme"])
}

fn start(world: &World, more: &[&str]) -> Running {
    let arguments = ["agent", "--json", "--listen", "127.0.0.1:0"];
    let mut command = world.command(arguments.iter().chain(more));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut running = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("ready"), "{line}");
    running
}

fn in_force(world: &World) -> (String, u64) {
    let status = world.run(["status", "--json"]).exits(0).json();
    let policy = &status["status"]["policy"];
    let pack = policy["pack"].as_str().unwrap().to_owned();
    (pack, policy["bundle"]["number"].as_u64().unwrap())
}

#[test]
fn a_bundle_is_made_looked_at_and_verified() {
    let world = signed();
    let shown = world
        .run(["policy", "inspect", "2.weirbundle", "--json", "--extract", "out"])
        .exits(0)
        .json();
    assert_eq!((&shown["name"], &shown["number"]), (&"acme".into(), &2.into()));
    assert_eq!(shown["packs"], serde_json::json!(["acme.yaml", "weir/baseline"]));
    let taken_out = std::fs::read_to_string(world.path("out/acme.yaml")).unwrap();
    assert_eq!(taken_out, pack(2, "allow"));
    assert!(world.path("out/catalogue/services/chatgpt-web.yaml").exists());

    let verify = |more: &[&str]| {
        let arguments = ["policy", "verify", "2.weirbundle", "--key", "alice.pub", "--json"];
        world.run(arguments.into_iter().chain(more.iter().copied()))
    };
    assert_eq!(verify(&["--group", "acme"]).exits(0).json()["tests"], 1);
    let stranger = verify(&["--group", "other"]).exits(1).json();
    assert_eq!(stranger["why"], "it is for acme, and this device is in other");
    let two = ["--group", "acme", "--key", "bob.pub", "--threshold", "2"];
    assert!(
        verify(&two).exits(1).json()["why"]
            .as_str()
            .unwrap()
            .contains("valid: 1, of 2 needed")
    );
    let sign = ["policy", "sign", "2.weirbundle", "--key", "bob.key", "--out"];
    world.run(sign.into_iter().chain(["both.weirbundle"])).exits(0);
    world.run(sign.into_iter().chain(["2.weirbundle"])).exits(3);
    let both = ["policy", "verify", "both.weirbundle", "--key", "alice.pub"];
    world.run(both.into_iter().chain(two)).exits(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path("alice.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_pack_that_fails_its_own_tests_is_not_signed() {
    let world = signed();
    world.write("acme.yaml", &pack(3, "block"));
    let ran = bundle(&world, "3", "3.weirbundle").exits(1);
    assert!(ran.stderr.contains("hello failed"), "{}", ran.stderr);
    world.write("acme.yaml", "pack: {nam: acme}\n");
    let ran = bundle(&world, "3", "3.weirbundle").exits(1);
    assert!(ran.stderr.contains("unknown-key"), "{}", ran.stderr);
    assert!(!world.path("3.weirbundle").exists());
}

#[test]
fn a_bundle_goes_into_force_and_outlives_the_agent() {
    let world = signed();
    let running = agent(&world);
    assert_eq!(in_force(&world), ("weir/baseline".to_owned(), 0));
    let ran = world.run(["policy", "install", "2.weirbundle"]).exits(0);
    assert_eq!(ran.stdout, "bundle 2 is in force: acme 2.0.0\n");
    let ran = world.run(["policy", "install", "1.weirbundle"]).exits(1);
    assert!(
        ran.stderr.contains("number 1, and number 2 has been here"),
        "{}",
        ran.stderr
    );
    world.write("forged.weirbundle", "{}");
    world.run(["policy", "install", "forged.weirbundle"]).exits(1);
    assert_eq!(in_force(&world), ("acme".to_owned(), 2));
    drop(running);
    let _running = agent(&world);
    assert_eq!(in_force(&world), ("acme".to_owned(), 2));
}

#[test]
fn an_agent_that_is_killed_while_it_takes_a_bundle_has_one_of_the_two() {
    let world = signed();
    let mut least = 0;
    for round in 0..12_u64 {
        let mut running = agent(&world);
        let (_, number) = in_force(&world);
        assert!(number >= least, "bundle {number} after {least}");
        least = number;
        let next = if number == 0 { "1.weirbundle" } else { "2.weirbundle" };
        let mut installing = world.command(["policy", "install", next]);
        let mut installing = Running(installing.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(round * 40));
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        if installing.0.wait().unwrap().success() {
            // What was told to be in force is kept.
            least = least.max(if number == 0 { 1 } else { 2 });
        }
    }
    let _running = agent(&world);
    assert!(in_force(&world).1 >= least);
}

#[test]
fn without_a_key_no_bundle_is_taken() {
    let world = signed();
    let _running = start(&world, &[]);
    let ran = world.run(["policy", "install", "1.weirbundle"]).exits(1);
    assert!(
        ran.stderr.contains("without `--bundle-key` or `--bundle-root`"),
        "{}",
        ran.stderr
    );
    world.run(["agent", "--bundle-key", "alice.pub"]).exits(2);
}

#[test]
fn a_root_says_who_may_sign_and_that_to_loosen_takes_two() {
    let world = World::new();
    for name in ["r1", "r2", "alice", "bob"] {
        world.run(["policy", "keygen", name]).exits(0);
    }
    let root = [
        "policy",
        "root",
        "--number",
        "1",
        "--expires",
        "365d",
        "--root-key",
        "r1.pub",
        "--root-key",
        "r2.pub",
        "--root-threshold",
        "2",
        "--policy-key",
        "alice.pub",
        "--policy-key",
        "bob.pub",
        "--loosening",
        "2",
        "--key",
        "r1.key",
        "--out",
        "half.json",
    ];
    world.run(root).exits(0);
    world.write("acme.yaml", &pack(1, "allow"));
    bundle(&world, "1", "1.weirbundle").exits(0);
    let verify = |root: &str| {
        world.run([
            "policy",
            "verify",
            "1.weirbundle",
            "--root",
            root,
            "--group",
            "acme",
            "--json",
        ])
    };
    assert!(verify("half.json").exits(3).stderr.contains("valid: 1, of 2 needed"));
    world
        .run(["policy", "sign", "half.json", "--key", "r2.key", "--out", "root.json"])
        .exits(0);
    assert_eq!(verify("root.json").exits(0).json()["runs"], true);
    let shown = world.run(["policy", "inspect", "root.json", "--json"]).exits(0).json();
    assert_eq!((&shown["version"], &shown["loosening"]), (&1.into(), &2.into()));

    let _agent = start(&world, &["--bundle-root", "root.json", "--group", "acme"]);
    let refused = world.run(["policy", "install", "1.weirbundle"]).exits(1);
    assert!(refused.stderr.contains("lets more pass"), "{}", refused.stderr);
    world
        .run([
            "policy",
            "sign",
            "1.weirbundle",
            "--key",
            "bob.key",
            "--out",
            "both.weirbundle",
        ])
        .exits(0);
    world.run(["policy", "install", "both.weirbundle"]).exits(0);
    assert_eq!(in_force(&world).1, 1);
}

#[test]
fn a_directive_is_looked_at_before_a_second_person_signs_it() {
    let world = World::new();
    for name in ["alice", "bob"] {
        world.run(["policy", "keygen", name]).exits(0);
    }
    let order = [
        "policy",
        "order",
        "suspend",
        "--number",
        "4",
        "--group",
        "staff",
        "--reason",
        "the proxy breaks the payroll",
        "--key",
        "alice.key",
        "--out",
        "4.order",
    ];
    world.run(order).exits(0);
    let shown = world.run(["policy", "inspect", "4.order"]).exits(0).stdout;
    for part in ["4: nothing is intercepted", "staff", "the proxy breaks the payroll"] {
        assert!(shown.contains(part), "{shown}");
    }
    let sign = |from: &str, key: &str, out: &str| world.run(["policy", "sign", from, "--key", key, "--out", out]);
    sign("4.order", "bob.key", "both.order").exits(0);
    sign("both.order", "alice.key", "twice.order").exits(3);
    let both = world.run(["policy", "inspect", "both.order", "--json"]).exits(0).json();
    assert_eq!((&both["epoch"], &both["directive"]), (&4.into(), &"suspend".into()));
}
