use crate::harness::World;

const SERVICE: &str = "\
service: acme-chat
name: Acme Chat
provider: openai
category: consumer_chat
channel: browser
hosts:
  - {host: chat.acme.example, inspect: body}
routes:
  - id: ask
    match: {method: POST, path: \"^/ask$\"}
    kind: prompt
    text:
      - {at: \"json:/question\", role: prompt}
    model: json:/model
";

#[test]
fn the_built_in_catalogue_and_a_good_file_are_ok() {
    let world = World::new();
    let shown = world.run(["catalogue", "check"]).exits(0).stdout;
    assert!(shown.contains("built-in catalogue: ok"), "{shown}");
    world.write("acme-chat.yaml", SERVICE);
    let shown = world.run(["catalogue", "check", "acme-chat.yaml"]).exits(0).stdout;
    assert!(shown.contains("acme-chat.yaml: ok"), "{shown}");
}

#[test]
fn a_faulty_file_is_named_with_the_place() {
    let world = World::new();
    let check = |change: (&str, &str)| {
        world.write("acme-chat.yaml", &SERVICE.replace(change.0, change.1));
        world
            .run(["catalogue", "check", "--json", "acme-chat.yaml"])
            .exits(1)
            .json_lines()
            .remove(0)
    };
    let unknown = check(("    text:", "    txet:"));
    assert_eq!(
        (&unknown["file"], &unknown["line"]),
        (&"acme-chat.yaml".into(), &12.into()),
        "{unknown}"
    );
    let locator = check(("json:/question", "jsn:/question"));
    assert_eq!(
        (&locator["code"], &locator["line"]),
        (&"bad-route".into(), &9.into()),
        "{locator}"
    );
    let host = check(("chat.acme.example", "chatgpt.com"));
    assert_eq!(host["file"], "acme-chat.yaml", "{host}");
    world.run(["catalogue", "check", "nowhere.yaml"]).exits(3);
}

#[test]
fn a_file_with_a_built_in_name_takes_that_ones_place() {
    let world = World::new();
    let text = SERVICE
        .replace("acme-chat", "chatgpt-web")
        .replace("chat.acme.example", "chatgpt.com");
    world.write("chatgpt-web.yaml", &text);
    world.run(["catalogue", "check", "chatgpt-web.yaml"]).exits(0);
}
