//! Rules in Rego, with every verb of `weir policy`.

use std::path::Path;

use crate::harness::World;

/// The example that comes with Weir, on disk.
fn example() -> World {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/examples/rego");
    for name in ["pack.yaml", "partners.rego"] {
        world.write(name, &std::fs::read_to_string(folder.join(name)).unwrap());
    }
    world
}

#[test]
fn the_example_is_right_and_notices_every_weaker_one() {
    let world = example();
    let checked = world.run(["policy", "check", "pack.yaml"]).exits(0).stdout;
    assert!(checked.contains("pack.yaml: ok"), "{checked}");
    let tested = world.run(["policy", "test", "--mutate", "pack.yaml"]).exits(0).stdout;
    assert!(!tested.contains("survived"), "{tested}");
    assert!(tested.contains("8 passed"), "{tested}");
}

#[test]
fn matrix_proof_and_difference_ask_the_rules() {
    let world = example();
    let proved = world.run(["policy", "prove", "pack.yaml"]).exits(0).stdout;
    assert!(proved.contains("situations"), "{proved}");
    world.run(["policy", "matrix", "pack.yaml"]).exits(0);
    let pack = crate::harness::text(&world.path("pack.yaml"));
    world.write(
        "later.yaml",
        &pack.replace("input.time.hour >= 22", "input.time.hour >= 23"),
    );
    let differs = world.run(["policy", "diff", "pack.yaml", "later.yaml"]).exits(1).stdout;
    assert!(differs.contains("redact → pseudonymise (weaker)"), "{differs}");
}

#[test]
fn an_explanation_names_the_rule_with_its_place_and_message() {
    let world = example();
    let told = world.run([
        "policy",
        "explain",
        "--pack",
        "pack.yaml",
        "--service",
        "openai-api",
        "--channel",
        "api",
        "--user",
        "partner-9",
        "--text",
        "good morning",
    ]);
    assert!(
        told.stdout.contains("rego/acme.partners (block) at "),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout
            .contains("partners.rego:5: the contract of partner-9 names other models"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_module_that_cannot_be_used_is_named_with_its_place() {
    let world = example();
    world.write(
        "partners.rego",
        "package acme.partners\n\nask contains x if x := http.send({})\n",
    );
    let said = world.run(["policy", "check", "pack.yaml"]).exits(1).stdout;
    assert!(
        said.contains("partners.rego:3:19: error[bad-rego]: `http.send` asks something outside"),
        "{said}"
    );
    let pack = crate::harness::text(&world.path("pack.yaml"));
    world.write(
        "pack.yaml",
        &pack.replace("night if input.time.hour < 5", "night if {{"),
    );
    let said = world.run(["policy", "check", "pack.yaml"]).exits(1).stdout;
    assert!(said.contains("pack.yaml:22:"), "{said}");
}

/// A pack with one module, and with tests that ask for an action when the user has some name.
fn pack_with(module: &str, tests: &[(&str, &str)]) -> World {
    let world = World::new();
    let indented = module.replace('\n', "\n            ");
    let tests = tests.iter().map(|(user, action)| {
        let given = format!("{{service: openai-api, channel: api, user: {user}, text: good morning}}");
        format!("  - {{name: {user}, given: {given}, expect: {{action: {action}}}}}\n")
    });
    let pack = format!(
        "pack: {{name: acme, extends: [weir/baseline]}}
providers: {{approvals: {{openai: approved}}}}
policies:
  chain: [provider-approval, data-classification, rego, audit-logger]
  policy:
    rego:
      modules:
        - source: |
            package acme
            {indented}
tests:
{}",
        tests.collect::<String>()
    );
    world.write("pack.yaml", &pack);
    world
}

/// Values that hold themselves twice, `count` times over: as many as fit into a few kilobytes, and endless when written out.
fn doubled(name: &str, count: usize) -> String {
    let first = format!("{name}0 := [input.user]\n");
    let next = (1..=count).map(|n| format!("{name}{n} := [{name}{0}, {name}{0}]\n", n - 1));
    first + &next.collect::<String>()
}

#[test]
fn a_rule_that_makes_much_out_of_little_is_ended_and_blocks() {
    let pairs = doubled("x", 40) + &doubled("y", 40);
    let texts = (1..40).map(|n| format!("t{n} := concat(\"\", [t{0}, t{0}])\n", n - 1));
    let texts = format!("t0 := input.user\n{}", texts.collect::<String>());
    let numbers = (1..40).map(|n| format!("n{n} := n{0} * n{0}\n", n - 1));
    let numbers = format!("n0 := 1234567\n{}", numbers.collect::<String>());
    for (definitions, made) in [
        (&pairs, "count(sprintf(\"%v\", [x40])) > 3"),
        (&pairs, "x40 == y40"),
        (&pairs, "x40 < y40"),
        (&pairs, "count(sort([x40, y40])) > 1"),
        (&pairs, "count({x40, y40}) > 1"),
        (&texts, "count(t39) > 3"),
        (&numbers, "n39 > 3"),
    ] {
        let module = format!(
            "{definitions}ask contains {{\"action\": \"block\", \"message\": \"no\"}} if {{ input.user == \"cy\"\n  {made} }}\n\
             ask contains {{\"action\": \"warn\", \"message\": \"hm\"}} if input.user == \"bob\""
        );
        // Who is asked about behind it is answered: by another process, where that one had to go.
        let world = pack_with(&module, &[("ada", "allow"), ("cy", "block"), ("bob", "warn")]);
        let tested = world.run(["policy", "test", "pack.yaml"]);
        assert!(tested.stdout.contains("3 passed"), "{made}: {}", tested.stdout);
    }
}

#[test]
fn a_long_honest_list_is_no_bomb() {
    let names: Vec<String> = (0..1500).map(|number| format!("\"partner-{number}\"")).collect();
    let lines: Vec<String> = names.chunks(20).map(|names| names.join(", ")).collect();
    let module = format!(
        "partners := {{{}}}\nask contains {{\"action\": \"block\", \"message\": \"no\"}} if input.user in partners",
        lines.join(",\n  ")
    );
    let world = pack_with(&module, &[("partner-1499", "block"), ("ada", "allow")]);
    let tested = world.run(["policy", "test", "pack.yaml"]);
    assert!(tested.stdout.contains("2 passed"), "{}", tested.stdout);
}

#[test]
fn a_bundle_takes_the_modules_along() {
    let world = example();
    world.run(["policy", "keygen", "alice"]).exits(0);
    let bundle = [
        "policy",
        "bundle",
        "pack.yaml",
        "--number",
        "1",
        "--audience",
        "acme",
        "--expires",
        "90d",
        "--key",
        "alice.key",
        "--out",
        "1.weirbundle",
    ];
    world.run(bundle).exits(0);
    let shown = world
        .run(["policy", "inspect", "1.weirbundle", "--json"])
        .exits(0)
        .json();
    assert!(
        shown["packs"].as_array().unwrap().contains(&"partners.rego".into()),
        "{shown}"
    );
    assert_eq!(world.verify().exits(0).json()["tests"], 8);
}
