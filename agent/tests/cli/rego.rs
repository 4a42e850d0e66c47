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
