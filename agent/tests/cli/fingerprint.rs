//! Documents, from the folder they lie in to a passage that is found.

use crate::harness::World;

const HANDBOOK: &str = "\
The travel rules of this company are as follows. Whoever travels for more than four hours by train may book first class, \
and whoever flies within the continent sits where everybody sits. Hotels are booked by the office in Lisbon, which has \
agreed on prices with forty houses; a receipt is needed for everything above nine euros. Meals are paid by the day and not \
by the bill. When a journey falls on a weekend, the day is given back in the same month, and nobody explains it.";

const PAGE: &str = "\
<html><body><p>The salary bands are reviewed by the board each spring, and whoever is below the middle of a band is raised \
to it within two years. Bonuses follow the result of the whole house and not of a team, since nobody could say where the one \
ends and the other begins.</p><p>What is written here is not spoken of outside of the house.</p></body></html>";

fn world() -> World {
    let world = World::new();
    world.write("handbook/travel.txt", HANDBOOK);
    world.write("handbook/salaries.html", PAGE);
    world.write(
        "acme.yaml",
        "pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}\n\
         classification:\n  custom: [{id: acme/handbook, level: restricted, fingerprints: handbook.weirprints}]\n",
    );
    let build = [
        "fingerprint",
        "build",
        "handbook",
        "--out",
        "handbook.weirprints",
        "--json",
    ];
    let said = world.run(build).exits(0).json();
    assert_eq!(said["documents"], 2);
    world
}

#[test]
fn passages_of_documents_are_found() {
    let world = world();
    world.run(["policy", "check", "acme.yaml"]).exits(0);
    let excerpt = &HANDBOOK[120..460];
    let text = format!(
        "Please translate:\n\n> {}\n\nThank you.",
        excerpt.replace(". ", ".\n> ")
    );
    let ran = world
        .pipe(["scan", "--policy", "acme.yaml", "--explain"], &text)
        .exits(1);
    assert!(
        ran.stdout.contains("acme/handbook  restricted, high confidence"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("a passage of one of 2 documents"), "{}", ran.stdout);
    let of_page = PAGE.replace("<html><body><p>", "").replace("</p><p>", "\n");
    world.pipe(["scan", "--policy", "acme.yaml"], &of_page).exits(1);
    world.pipe(["scan", "--policy", "acme.yaml"], &HANDBOOK[..100]).exits(0);
}

#[test]
fn a_file_is_looked_at_and_another_key_is_told() {
    let world = world();
    let inspect = [
        "fingerprint",
        "inspect",
        "--key",
        "handbook.weirkey",
        "handbook.weirprints",
    ];
    let shown = world.run(inspect).exits(0).stdout;
    assert!(shown.contains("documents               2"), "{shown}");
    world.write("other.weirkey", &"ab".repeat(32));
    world
        .run([
            "fingerprint",
            "inspect",
            "--key",
            "other.weirkey",
            "handbook.weirprints",
        ])
        .exits(1);
    world.write("handbook.weirkey", &"ab".repeat(32));
    let ran = world.run(["policy", "check", "acme.yaml"]).exits(1);
    assert!(ran.stdout.contains("acme.yaml:3:65: error[bad-file]"), "{}", ran.stdout);
}

#[test]
fn what_is_excluded_is_not_found_and_nothing_left_is_an_error() {
    let world = world();
    world.write("public.txt", HANDBOOK);
    let build = [
        "fingerprint",
        "build",
        "handbook/travel.txt",
        "--exclude",
        "public.txt",
        "--out",
        "x.weirprints",
    ];
    let ran = world.run(build).exits(3);
    assert!(
        ran.stderr.contains("letters in a row that are its own"),
        "{}",
        ran.stderr
    );
    assert!(!world.path("x.weirprints").exists());
    world
        .run(["fingerprint", "build", "gone", "--out", "x.weirprints"])
        .exits(3);
}
