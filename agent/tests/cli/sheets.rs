//! Classification sheets, from the table people keep to what is found in a text.

use crate::harness::World;

const SHEET: &str = "\
| Table | Column | Level | Reason | AI-safe |
|---|---|---|---|---|
| customers | id | public | | yes |
| customers | email | restricted | contact data, GDPR | no |
| customers | plan | internal | | no |
";

const PACK: &str = "\
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
classification: {sheets: [classification.md]}
tests:
  - {name: customers stay, given: {service: chatgpt, text: \"id,email,plan\\n7,a7,gold\\n\"}, expect: {action: block, level: restricted}}
";

fn world() -> World {
    let world = World::new();
    world.write("classification.md", SHEET);
    world.write("acme.yaml", PACK);
    world
}

#[test]
fn a_value_under_a_column_of_the_sheet_has_its_level_and_its_reason() {
    let world = world();
    world.run(["policy", "check", "acme.yaml"]).exits(0);
    world.run(["policy", "test", "acme.yaml"]).exits(0);
    let text = "id\temail\tplan\n7\tAda.W (new)\tgold\n8\tBo\tNULL\n";
    let ran = world
        .pipe(["scan", "--policy", "acme.yaml", "--explain"], text)
        .exits(1);
    let said = &ran.stdout;
    assert!(
        said.contains("-:2:3: column/customers.email  restricted, high confidence"),
        "{said}"
    );
    assert!(
        said.contains("column `email` of `customers`, classification.md:4: contact data, GDPR"),
        "{said}"
    );
    assert!(said.contains("-:3:3: column/customers.email"), "{said}");
    assert!(!said.contains("-:3:6"), "{said}");
    let ran = world.pipe(
        ["scan", "--policy", "acme.yaml", "--redact"],
        "INSERT INTO customers (email) VALUES ('x y z')",
    );
    assert_eq!(
        ran.stdout,
        "INSERT INTO customers (email) VALUES ('[REDACTED:CUSTOMERS.EMAIL]')"
    );
}

#[test]
fn what_is_wrong_with_a_sheet_is_said_at_its_place() {
    let world = world();
    world.write("classification.md", &SHEET.replace("restricted", "secret"));
    let ran = world.run(["policy", "check", "acme.yaml"]).exits(1);
    assert!(
        ran.stdout
            .contains("classification.md:4:23: error[wrong-value]: `secret` is no level"),
        "{}",
        ran.stdout
    );
    std::fs::remove_file(world.path("classification.md")).unwrap();
    let ran = world.run(["policy", "check", "acme.yaml"]).exits(1);
    assert!(
        ran.stdout
            .contains("acme.yaml:2:27: error[bad-file]: there is no sheet"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_bundle_holds_the_sheets() {
    let world = world();
    world.bundle().exits(0);
    std::fs::remove_file(world.path("classification.md")).unwrap();
    world.verify().exits(0);
}
