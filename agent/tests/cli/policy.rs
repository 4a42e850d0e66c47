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

/// A pack of one rule, with the tests given.
fn one_rule(tests: &str) -> String {
    format!(
        "\
pack: {{name: acme, version: 1.0.0, extends: [weir/baseline]}}
policies:
  policy:
    data-classification:
      rules:
        - {{id: mail, detector: personal/email, provider: approved, action: redact}}
providers:
  approvals: {{openai: approved}}
tests:
{tests}"
    )
}

#[test]
fn a_change_that_no_test_notices_is_printed() {
    let world = World::new();
    let blind = "  - {name: keys, given: {provider: openai, text: \"${example:security/openai_key}\"}, expect: {action: block}}\n";
    let sharp = "  - {name: mail, given: {provider: openai, text: \"to ${example:personal/email}\"}, expect: {action: redact}}\n";
    world.write("blind.yaml", &one_rule(blind));
    world.write("sharp.yaml", &one_rule(&format!("{blind}{sharp}")));
    let ran = world.run(["policy", "test", "--mutate", "blind.yaml"]).exits(1).stdout;
    assert!(
        ran.contains("blind.yaml:6: survived: rules/0/action: redact becomes pseudonymise"),
        "{ran}"
    );
    let ran = world.run(["policy", "test", "--mutate", "sharp.yaml"]).exits(0).stdout;
    assert!(ran.contains("3 of 3 weaker packs noticed"), "{ran}");
    let json = world
        .run(["policy", "test", "--mutate", "--json", "blind.yaml"])
        .exits(1)
        .json_lines();
    assert_eq!(json.last().unwrap()["mutants"], 3);
    let junit = world
        .run(["policy", "test", "--mutate", "--junit", "blind.yaml"])
        .exits(1)
        .stdout;
    assert!(
        junit.contains("<testsuite name=\"blind.yaml\" tests=\"4\" failures=\"3\">"),
        "{junit}"
    );
}

#[test]
fn a_way_out_is_shown_and_a_tight_pack_is_proved() {
    let world = World::new();
    assert!(world.run(["policy", "prove"]).exits(0).stdout.contains("proved"));
    world.write(
        "hole.yaml",
        "\
pack: {name: hole, version: 1.0.0, extends: [weir/baseline]}
policies:
  policy:
    data-classification:
      rules:
        - {id: ours, level: restricted, user: ada, channel: upload, action: allow}
",
    );
    let ran = world.run(["policy", "prove", "hole.yaml"]).exits(1).stdout;
    assert!(ran.contains("data-classification/ours at hole.yaml:6"), "{ran}");
    assert!(
        ran.contains("by upload") && ran.contains("user ada") && ran.contains("1 way out"),
        "{ran}"
    );
    let json = world.run(["policy", "prove", "--json", "hole.yaml"]).exits(1).json();
    assert_eq!(json["leaks"][0]["rule"], "data-classification/ours");
}

#[test]
fn the_matrix_has_a_row_for_all_other_services() {
    let world = World::new();
    let ran = world.run(["policy", "matrix"]).exits(0).stdout;
    let row = ran.lines().find(|line| line.contains("any other service")).unwrap();
    assert!(
        row.contains("allow") && row.contains("warn") && row.contains("block"),
        "{ran}"
    );
}

#[test]
fn the_difference_of_two_packs_is_told_in_words() {
    let world = World::new();
    world.write("acme.yaml", &one_rule("  - {name: x, expect: {action: allow}}\n"));
    let ran = world
        .run(["policy", "diff", "weir/baseline", "acme.yaml"])
        .exits(1)
        .stdout;
    assert!(ran.contains("weaker"), "{ran}");
    let same = world.run(["policy", "diff", "acme.yaml", "acme.yaml"]).exits(0).stdout;
    assert!(same.contains("nothing changes"), "{same}");
}

#[test]
fn a_new_pack_is_usable_at_once_and_nothing_is_overwritten() {
    let world = World::new();
    for (name, _) in weir_policies::packs() {
        let file = format!("{}.yaml", name.replace('/', "-"));
        world
            .run(["policy", "new", "--template", &name, "--name", "mine", &file])
            .exits(0);
        world.run(["policy", "check", "--strict", &file]).exits(0);
        world.run(["policy", "test", &file]).exits(0);
        world.run(["policy", "new", &file]).exits(3);
    }
    world
        .run(["policy", "new", "--template", "weir/nothing", "x.yaml"])
        .exits(2);
    let listed = world.run(["policy", "new", "--list"]).exits(0).stdout;
    assert!(listed.contains("weir/baseline"), "{listed}");
    assert_eq!(
        world.run(["policy", "schema"]).exits(0).json()["title"],
        "Weir policy pack"
    );
}

#[test]
fn packs_are_arranged_and_checked_for_it() {
    let world = World::new();
    world.write("acme.yaml", "tests: []\n# ours\npack: {name: acme}\n");
    let said = world.run(["policy", "fmt", "--check", "acme.yaml"]).exits(1).stdout;
    assert_eq!(said, "acme.yaml: not arranged\n");
    let said = world.run(["policy", "fmt", "--json", "acme.yaml"]).exits(0).stdout;
    assert!(said.contains(r#""written":true"#), "{said}");
    let said = world.run(["policy", "fmt", "--check", "acme.yaml"]).exits(0).stdout;
    assert_eq!(said, "");
    world.write("broken.yaml", "pack: [");
    world.run(["policy", "fmt", "broken.yaml"]).exits(3);
}

#[test]
fn an_explanation_names_the_change_that_would_let_a_message_pass() {
    let world = World::new();
    let key = concat!("ghp", "_016C7e0cd86B4a5f9a2d3E1b8c7A6d5F4e3B");
    let text = format!("token {key}");
    let told = world
        .run(["policy", "explain", "--service", "chatgpt", "--text", &text])
        .exits(0)
        .stdout;
    assert!(
        !told.contains("block:") || told.contains("would pass: without what is security/"),
        "{told}"
    );
    let told = world
        .run(["policy", "explain", "--service", "chatgpt", "--level", "restricted"])
        .exits(0)
        .stdout;
    assert!(told.starts_with("block") && !told.contains("would pass"), "{told}");
}

#[test]
fn problems_in_sarif_name_the_page_about_them() {
    let world = World::new();
    world.write("bad.yaml", "pack: {name: bad}\nclasification: {}\n");
    let sarif = world.run(["policy", "check", "--sarif", "bad.yaml"]).exits(1).stdout;
    assert!(sarif.contains("docs/policy-checks.md#unknown-key"), "{sarif}");
}

#[test]
fn a_detector_of_a_pack_finds_things_in_a_scan_and_a_broken_one_is_named_at_its_example() {
    let world = World::new();
    let pack = |example: &str| {
        format!(
            "pack: {{name: acme, extends: [weir/baseline]}}\nclassification:\n  custom:\n    - {{id: acme/project, level: restricted, words: [Blue Heron], examples: [{example}]}}\n"
        )
    };
    world.write("acme.yaml", &pack("the blue heron deal"));
    world.write("note.txt", "about BLUE HERON\n");
    let found = world.run(["scan", "--policy", "acme.yaml", "note.txt"]).exits(1).stdout;
    assert!(found.contains("acme/project"), "{found}");
    world.write("acme.yaml", &pack("a grey heron"));
    let said = world.run(["policy", "check", "acme.yaml"]).exits(1).stdout;
    assert!(
        said.contains("acme.yaml:4:77: error[bad-pattern]: the detector finds nothing in this example"),
        "{said}"
    );
}
