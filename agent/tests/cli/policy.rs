use crate::harness::World;

const GOOD: &str = "\
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
tests:
  - {name: keys never leave, given: {channel: browser, service: chatgpt, text: \"my key is ${example:security/openai_key}\"}, expect: {action: block, level: restricted}}
";

#[test]
fn a_good_pack_is_ok_and_its_tests_pass() {
    let world = World::new();
    world.write("acme.yaml", GOOD);
    assert!(
        world
            .run(["policy", "check", "acme.yaml"])
            .exits(0)
            .stdout
            .contains("acme.yaml: ok")
    );
    let tested = world.run(["policy", "test", "acme.yaml"]).exits(0).stdout;
    assert!(
        tested.contains("keys never leave ... ok") && tested.contains("acme.yaml: 1 passed"),
        "{tested}"
    );
}

#[test]
fn a_bad_pack_is_named_with_its_place() {
    let world = World::new();
    world.write("bad.yaml", "pack: {name: bad, version: 1.0.0}\nclasification: {}\n");
    let ran = world.run(["policy", "check", "bad.yaml"]).exits(1);
    assert!(
        ran.stdout.contains("bad.yaml:2:1: error[unknown-key]"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("classification") && ran.stdout.contains("bad.yaml: not usable"),
        "{}",
        ran.stdout
    );
    let json = world
        .run(["policy", "check", "--json", "bad.yaml"])
        .exits(1)
        .json_lines();
    assert_eq!((&json[0]["code"], &json[0]["line"]), (&"unknown-key".into(), &2.into()));
    let sarif = world.run(["policy", "check", "--sarif", "bad.yaml"]).exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "unknown-key");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    world.run(["policy", "test", "bad.yaml"]).exits(1);
    world.run(["policy", "check", "nowhere.yaml"]).exits(3);
}

#[test]
fn a_failed_test_says_what_came_out() {
    let world = World::new();
    world.write("wrong.yaml", &GOOD.replace("action: block", "action: allow"));
    let ran = world.run(["policy", "test", "wrong.yaml"]).exits(1);
    assert!(
        ran.stdout.contains("FAILED") && ran.stdout.contains("action: expected allow, found block"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        world
            .run(["policy", "test", "--json", "wrong.yaml"])
            .exits(1)
            .json_lines()[0]["passed"],
        false
    );
}

#[test]
fn a_pack_without_tests_does_not_pass_them() {
    let world = World::new();
    world.write(
        "untested.yaml",
        "pack: {name: untested, version: 1.0.0, extends: [weir/baseline]}\n",
    );
    assert!(
        world
            .run(["policy", "test", "untested.yaml"])
            .exits(1)
            .stdout
            .contains("has no tests")
    );
}

#[test]
fn explain_says_what_would_happen_and_why() {
    let world = World::new();
    let explain = ["policy", "explain", "--service", "chatgpt", "--text", "-"];
    let ran = world.pipe(explain, "Write to grace.hopper@navy-yard.net.").exits(0);
    assert!(
        ran.stdout.contains("personal/email") && ran.stdout.contains("data-classification/"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("grace.hopper"), "the text is not repeated");
    let restricted = [
        "policy",
        "explain",
        "--service",
        "chatgpt",
        "--level",
        "restricted",
        "--json",
    ];
    assert_eq!(world.run(restricted).exits(0).json()["decision"]["action"], "block");
    let unknown = world
        .run(["policy", "explain", "--service", "nope", "--level", "public"])
        .exits(2);
    assert!(unknown.stderr.contains("chatgpt-web"), "the known services are named");
}
