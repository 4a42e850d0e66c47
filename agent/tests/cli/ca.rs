use crate::harness::{World, has};

#[test]
fn without_a_certificate_the_way_to_one_is_said() {
    let world = World::new();
    let ran = world.run(["ca", "show"]).exits(3);
    assert!(
        ran.stderr.contains("made when `weir agent` first starts"),
        "{}",
        ran.stderr
    );
}

#[test]
fn show_tells_what_the_certificate_is_good_for() {
    let world = World::new();
    let file = world.make_certificate();
    let shown = world.run(["ca", "show"]).exits(0).stdout;
    assert!(
        shown.contains("Weir device CA (test)") && shown.contains("vouches for  chatgpt.com"),
        "{shown}"
    );
    let json = world.run(["ca", "show", "--json"]).exits(0).json();
    assert_eq!(json["permitted"], serde_json::json!(["chatgpt.com"]));
    assert_eq!(json["sha256"].as_str().map(str::len), Some(64));
    let pem = world.run(["ca", "show", "--pem"]).exits(0).stdout;
    assert_eq!(pem, crate::harness::text(&file).replace('\r', ""));
}

#[cfg(target_os = "linux")]
#[test]
fn browsers_trust_it_after_install_and_not_after_uninstall() {
    if !has("certutil", "libnss3-tools") {
        return;
    }
    let world = World::new();
    world.make_certificate();
    let install = ["ca", "install", "--user"];
    assert!(world.run(install).exits(0).stdout.contains("now trusted in Chromium"));
    assert!(
        world
            .run(install)
            .exits(0)
            .stdout
            .contains("already trusted in Chromium")
    );
    assert!(trusted_by_chromium(&world));
    let uninstall = ["ca", "uninstall", "--user"];
    assert!(world.run(uninstall).exits(0).stdout.contains("removed from Chromium"));
    assert!(!trusted_by_chromium(&world));
    assert!(world.run(uninstall).exits(0).stdout.contains("not in Chromium"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_missing_certutil_is_said_and_is_not_a_success() {
    let world = World::new();
    world.make_certificate();
    let output = world
        .command(["ca", "install", "--user"])
        .env("PATH", world.path("empty"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("libnss3-tools"));
}

#[cfg(target_os = "linux")]
fn trusted_by_chromium(world: &World) -> bool {
    let shown = world.run(["ca", "show", "--json"]).exits(0).json();
    let stores = shown["stores"].as_array().unwrap().clone();
    let chromium = stores
        .iter()
        .find(|store| store["store"].as_str().unwrap().starts_with("Chromium"))
        .unwrap();
    chromium["trusted"].as_bool().unwrap()
}
