use crate::harness::{World, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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

/// Every sample of `tests/golden/traffic`, field by field. What a message does not carry (the name of a file that was
/// announced earlier, an address of a file by id) cannot be shown, and is not compared.
#[test]
fn samples_are_shown_as_they_say_themselves() {
    let world = World::new();
    let samples = samples();
    let metas: Vec<Value> = samples
        .iter()
        .map(|path| serde_json::from_str(&text(path)).unwrap())
        .collect();
    shown_as_said(&world, &samples, &metas);
}

/// The same of `tests/golden/wire`, where a line is a sample with its files.
#[test]
fn samples_in_lines_are_shown_as_they_say_themselves() {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/wire");
    let (mut paths, mut metas) = (Vec::new(), Vec::new());
    for name in ["assistants", "chats", "interfaces", "unknown-hosts", "variants"] {
        for line in text(&folder.join(format!("{name}.jsonl"))).lines() {
            let mut sample: Value = serde_json::from_str(line).unwrap();
            for (file, content) in sample["files"].as_object().unwrap() {
                let bytes = match content["text"].as_str() {
                    Some(text) => text.as_bytes().to_vec(),
                    None => STANDARD.decode(content["base64"].as_str().unwrap()).unwrap(),
                };
                std::fs::write(world.path(file), bytes).unwrap();
            }
            let meta = sample["meta"].take();
            let id = meta["id"].as_str().unwrap();
            paths.push(world.write(&format!("{id}.meta.json"), &meta.to_string()));
            metas.push(meta);
        }
    }
    assert!(metas.len() > 200, "only {} samples", metas.len());
    shown_as_said(&world, &paths, &metas);
}

fn shown_as_said(world: &World, samples: &[PathBuf], metas: &[Value]) {
    let names = samples.iter().map(|path| path.display().to_string());
    let arguments = ["catalogue", "inspect", "--json"].map(str::to_owned).into_iter();
    let shown = world.run(arguments.chain(names)).exits(0).json_lines();
    assert_eq!(shown.len(), samples.len());
    let mut differences = Vec::new();
    for (meta, shown) in metas.iter().zip(&shown) {
        assert_eq!(shown["id"], meta["id"]);
        compare(meta, shown, &mut differences);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(meta: &Value, shown: &Value, differences: &mut Vec<String>) {
    let mut differ = |what: &str, wanted: &Value, shown: &Value| {
        if wanted != shown {
            differences.push(format!("{} {what}: expected {wanted}, shown {shown}", meta["id"]));
        }
    };
    differ("service", &meta["service"], &shown["service"]);
    let expect = &meta["expect"];
    for field in ["kind", "redactable", "model", "prompts"] {
        differ(field, &expect[field], &shown[field]);
    }
    // Two expressions on a path can mean the same.
    let is_path = |value: &Value| value.as_str().is_some_and(|place| place.starts_with("path~"));
    if !(is_path(&expect["model_where"]) && is_path(&shown["model_where"])) {
        differ("model_where", &expect["model_where"], &shown["model_where"]);
    }
    let places = |value: &Value| -> Value {
        let items = value.as_array().into_iter().flatten();
        items
            .map(|item| json!([item["where"], item["role"], item["text"]]))
            .collect()
    };
    differ("context", &places(&expect["context"]), &places(&shown["context"]));
    differ(
        "copies",
        &places(&expect["same_text_also_at"]),
        &places(&shown["same_text_also_at"]),
    );
    differ("account", &expect["account"]["type"], &shown["account"]["type"]);
    for field in ["text", "decoder"] {
        differ(
            &format!("answer {field}"),
            &expect["answer"][field],
            &shown["answer"][field],
        );
    }
    let (wanted, files) = (list(&expect["attachments"]), list(&shown["attachments"]));
    differ("files", &wanted.len().into(), &files.len().into());
    for (wanted, file) in wanted.iter().zip(&files) {
        let known =
            |field: &str| !wanted[field].is_null() && !wanted[field].as_str().is_some_and(|name| name.starts_with('('));
        let inline = wanted["inline"] == true;
        let compared = ["size", "inline"]
            .into_iter()
            .chain(["sha256"].into_iter().filter(|field| inline && known(field)))
            .chain(
                ["where"]
                    .into_iter()
                    .filter(|field| (inline || !file["id"].is_null()) && known(field)),
            )
            .chain(
                ["name"]
                    .into_iter()
                    .filter(|_| known("name") && !file["name"].is_null()),
            );
        for field in compared {
            differ(&format!("file {field}"), &wanted[field], &file[field]);
        }
    }
    for noise in list(&expect["protocol_noise"]) {
        let noise = noise.as_str().unwrap();
        for field in ["prompts", "context", "same_text_also_at"] {
            let texts = list(&shown[field]);
            let told = texts
                .iter()
                .any(|text| text["text"].as_str().is_some_and(|text| text.contains(noise)));
            differ(&format!("noise in {field}"), &false.into(), &told.into());
        }
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/traffic");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".meta.json"))
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 46);
    paths
}
