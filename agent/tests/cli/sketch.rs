//! Real values, from the table to what is found in a text.

use crate::harness::World;

const TABLE: &str = "\
id,email,name,account
1,ada.weir@tidewater.io,Ada Weir,DE-4471-8802
2,bo@lock.example,\"Stein, Bo\",DE-4471-9913
3,,Cy Null,n/a
";

const PACK: &str = "pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}\nclassification:\n";

fn built(columns: &[&str], more: &[&str]) -> World {
    let world = World::new();
    world.write("customers.csv", TABLE);
    let columns = columns.iter().flat_map(|column| ["--column", column]);
    let arguments = ["sketch", "build", "customers.csv"].into_iter().chain(columns);
    world.run(arguments.chain(more.iter().copied())).exits(0);
    world
}

#[test]
fn a_sketch_is_built_and_looked_at() {
    let world = World::new();
    world.write("customers.csv", TABLE);
    let build = [
        "sketch",
        "build",
        "--column",
        "email",
        "--column",
        "account",
        "customers.csv",
        "--json",
    ];
    let said = world.run(build).exits(0).json();
    assert_eq!((&said["rows"], &said["entries"]), (&3.into(), &4.into()));
    assert_eq!(
        said["columns"][0],
        serde_json::json!({"name": "email", "values": 2, "left_out": 1})
    );
    let again = world.run(build).exits(3);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);

    let shown = world
        .run([
            "sketch",
            "inspect",
            "--key",
            "customers.weirkey",
            "--json",
            "customers.weirsketch",
        ])
        .exits(0)
        .json();
    assert_eq!(shown["columns"][1]["name"], "account");
    world.write("other.weirkey", &"ab".repeat(32));
    world
        .run(["sketch", "inspect", "--key", "other.weirkey", "customers.weirsketch"])
        .exits(1);
    world.run(["sketch", "inspect", "customers.csv"]).exits(3);
    let sketch = std::fs::read(world.path("customers.weirsketch")).unwrap();
    assert!(!sketch.windows(9).any(|window| window == b"tidewater"));
}

#[test]
fn what_is_wrong_with_a_table_is_said_at_its_line() {
    let world = World::new();
    world.write("cut.tsv", "id\temail\n1\ta@b.example\n2\n");
    let ran = world.run(["sketch", "build", "--column", "email", "cut.tsv"]).exits(3);
    assert!(ran.stderr.contains("cut.tsv:3: the row has 1 cells"), "{}", ran.stderr);
    let ran = world.run(["sketch", "build", "--column", "mail", "cut.tsv"]).exits(3);
    assert!(
        ran.stderr.contains("cut.tsv:1: there is no column `mail`"),
        "{}",
        ran.stderr
    );
    assert!(!world.path("cut.weirsketch").exists() && !world.path("cut.weirkey").exists());
    world.run(["sketch", "build", "--column", "x", "-"]).exits(2);
}

#[test]
fn values_of_a_sketch_are_found_in_texts() {
    let world = built(&["email", "name", "account"], &["--together"]);
    world.write(
        "acme.yaml",
        &format!(
            "{PACK}  custom: [{{id: acme/customer, level: restricted, sketch: customers.weirsketch, together: 2, alone: medium}}]\n"
        ),
    );
    world.run(["policy", "check", "acme.yaml"]).exits(0);
    let scan = |text: &str| {
        let ran = world.pipe(["scan", "--policy", "acme.yaml", "--explain"], text);
        (ran.code, ran.stdout)
    };
    let (code, said) = scan("please call Ada Weir about DE 4471 8802");
    assert_eq!(code, 1);
    assert!(
        said.contains(":1:13: acme/customer  restricted, high confidence"),
        "{said}"
    );
    assert!(
        said.contains("a value of a table, in its column email or name or account"),
        "{said}"
    );
    let (_, said) = scan("see REUtNDQ3MS05OTEzIGlzIGhpcw==");
    assert!(
        said.contains(":1:5: acme/customer  restricted, medium confidence"),
        "{said}"
    );
    assert!(!scan("please call Ada about DE 4471 8803").1.contains("acme/customer"));
}

#[test]
fn a_short_form_names_the_file_alone() {
    let world = built(&["account"], &[]);
    world.write("acme.yaml", &format!("{PACK}  exact_match: [customers.weirsketch]\n"));
    let ran = world.pipe(["scan", "--policy", "acme.yaml"], "DE44719913").exits(1);
    assert!(
        ran.stdout.contains("exact/customers  restricted, high"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_the_pack() {
    let world = built(&["email"], &[]);
    let check = |entry: &str| {
        world.write(
            "acme.yaml",
            &format!("{PACK}  custom: [{{id: acme/c, level: restricted, {entry}}}]\n"),
        );
        world.run(["policy", "check", "acme.yaml"]).exits(1).stdout
    };
    world.write("other.weirkey", &"ab".repeat(32));
    world.write("bad.weirkey", "no key");
    for (entry, said) in [
        (
            "sketch: gone.weirsketch",
            "acme.yaml:3:52: error[bad-file]: cannot read `gone.weirsketch`",
        ),
        (
            "sketch: customers.csv",
            "acme.yaml:3:52: error[bad-file]: `customers.csv` cannot be used: it is not such a file",
        ),
        (
            "sketch: customers.weirsketch, key: other.weirkey",
            "the key is not the one it was made with, or the file was changed",
        ),
        (
            "sketch: customers.weirsketch, key: bad.weirkey",
            "acme.yaml:3:79: error[bad-file]: `bad.weirkey` holds no key",
        ),
        (
            "sketch: customers.weirsketch, columns: [mail]",
            "acme.yaml:3:83: error[bad-file]: the sketch has no column `mail`",
        ),
        (
            "sketch: customers.weirsketch, together: 2",
            "2 columns cannot stand together: 1 count",
        ),
    ] {
        let shown = check(entry);
        assert!(shown.contains(said), "{entry}: {shown}");
    }
}

#[test]
fn a_bundle_holds_the_files_of_its_detectors() {
    let world = built(&["account"], &[]);
    world.write("acme.yaml", &format!("{PACK}  exact_match: [customers.weirsketch]\n"));
    world.bundle().exits(0);
    let shown = world
        .run(["policy", "inspect", "1.weirbundle", "--json", "--extract", "out"])
        .exits(0)
        .json();
    assert_eq!(
        shown["files"],
        serde_json::json!(["customers.weirkey", "customers.weirsketch"])
    );
    let (here, there) = ("customers.weirsketch", "out/customers.weirsketch");
    let read = |name: &str| std::fs::read(world.path(name)).unwrap();
    assert_eq!(read(here), read(there));
    std::fs::remove_file(world.path(here)).unwrap();
    world.verify().exits(0);
}
