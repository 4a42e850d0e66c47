use crate::harness::World;

#[test]
fn completions_exist_for_every_shell() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = world.run(["completions", shell]).exits(0).stdout;
        for word in ["uninstall", "findings-jsonl", "completions"] {
            assert!(text.contains(word), "{shell} does not complete `{word}`");
        }
    }
}

#[test]
fn bash_takes_its_completions() {
    let world = World::new();
    let text = world.run(["completions", "bash"]).exits(0).stdout;
    let script = world.write("weir.bash", &text);
    let checked = std::process::Command::new("bash")
        .arg("-n")
        .arg(script)
        .status()
        .unwrap();
    assert!(checked.success());
}

#[test]
fn the_manual_describes_the_program_and_each_command() {
    let world = World::new();
    let whole = world.run(["man"]).exits(0).stdout;
    assert!(whole.contains(".TH weir 1") && whole.contains("Exit status"), "{whole}");
    let query = world.run(["man", "audit", "query"]).exits(0).stdout;
    assert!(query.contains(".TH weir-audit-query 1"), "{query}");
    world.run(["man", "nothing"]).exits(2);
    std::fs::create_dir(world.path("man")).unwrap();
    world.run(["man", "--into", "man"]).exits(0);
    let page = std::fs::read_to_string(world.path("man/weir-audit-query.1")).unwrap();
    assert_eq!(page, query);
    assert!(world.path("man/weir.1").exists() && world.path("man/weir-setup-install.1").exists());
}
