//! A file that takes several requests, as ChatGPT's page sends one: announced on one host, its bytes on another, then
//! named by id in the prompt. What was decided of the bytes holds for the prompt.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use weir_e2e::{Stage, names_an_event};
use weir_support::client::{Outgoing, Reply};
use weir_support::{Random, values};

const PAGE: &str = "chatgpt.com";

#[test]
fn the_bytes_of_a_file_have_its_name_and_the_prompt_that_refers_to_it_may_go() {
    let stage = Stage::with_weir("uploads-released");
    let file = announce(&stage, "boat plan.txt");
    assert_eq!(put(&stage, &file, "two masts, one sail").status, 201);
    let reply = ask(&stage, "file-service://", &file.id, "boat plan.txt");
    assert_eq!(reply.status, 200, "{}", reply.text());

    let [announced, sent, asked] = &decisions(&stage)[..] else {
        panic!("three decisions: {:?}", decisions(&stage))
    };
    assert_eq!(announced["files"][0]["name"], "boat plan.txt");
    assert_eq!(announced["files"][0]["state"], "announced");
    assert_eq!(sent["destination"]["host"], file.host);
    assert_eq!(sent["files"][0]["name"], "boat plan.txt", "{sent}");
    assert_eq!(sent["files"][0]["event"], announced["id"]);
    assert_eq!(asked["files"][0]["state"], "released");
    assert_eq!(asked["files"][0]["event"], sent["id"]);
    let told = explain(&stage, asked);
    let sent_before = format!(
        "boat plan.txt, text/plain, 19 bytes, sent before (event {})",
        text(&sent["id"])
    );
    assert!(told.contains(&sent_before), "{told}");
}

#[test]
fn a_prompt_that_refers_to_a_file_which_was_blocked_is_blocked() {
    let stage = Stage::with_weir("uploads-blocked");
    let file = announce(&stage, "deploy.env");
    let key = values::aws_access_key(&mut Random::seeded(5));
    let refused = put(&stage, &file, &key.sentence);
    assert_eq!(refused.status, 403, "{}", refused.text());
    for scheme in ["file-service://", "sediment://", ""] {
        let reply = ask(&stage, scheme, &file.id, "deploy.env");
        assert!(names_an_event(&reply.text()), "{scheme}: {}", reply.text());
    }
    let prompts = stage.fake.received();
    assert!(prompts.iter().all(|request| !request.path.ends_with("/f/conversation")));

    let decisions = decisions(&stage);
    let (sent, asked) = (&decisions[1], &decisions[2]);
    assert_eq!(
        (&sent["action"], &sent["files"][0]["name"]),
        (&json!("block"), &json!("deploy.env"))
    );
    assert_eq!((&asked["action"], &asked["findings"]), (&json!("block"), &json!([])));
    assert_eq!(asked["files"][0]["state"], "blocked");
    assert_eq!(asked["files"][0]["event"], sent["id"]);
    assert!(explain(&stage, asked).contains("a file that was not let out before must not be sent"));
}

#[test]
fn a_file_that_nobody_saw_is_told_and_goes_by_default() {
    let stage = Stage::with_weir("uploads-unseen");
    let reply = ask(&stage, "file-service://", "file-from-the-phone", "notes.txt");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let asked = decisions(&stage).pop().unwrap();
    assert_eq!(asked["files"][0]["state"], "unseen");
    assert!(explain(&stage, &asked).contains("sent before, and not seen here"));
}

#[test]
fn a_name_in_which_something_is_found_is_not_recorded() {
    let stage = Stage::with_weir("uploads-name");
    let address = values::email(&mut Random::seeded(8));
    let form = Outgoing::file("api.openai.com", "/v1/files", &format!("{address}.txt"), "rivers");
    stage.client().send(&form).unwrap();
    let sent = decisions(&stage).pop().unwrap();
    assert_eq!(sent["files"][0]["state"], "inline");
    assert_eq!(sent["files"][0]["name"], Value::Null, "{sent}");
    assert!(!sent.to_string().contains(&address));
}

/// What the announcement was answered with.
struct Given {
    id: String,
    host: String,
    path: String,
}

fn announce(stage: &Stage, name: &str) -> Given {
    let body = json!({"file_name": name, "file_size": 19, "use_case": "my_files", "mime_type": "text/plain"});
    let reply = stage
        .client()
        .send(&Outgoing::json(PAGE, "/backend-api/files", &body))
        .unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let given: Value = serde_json::from_str(&reply.text()).unwrap();
    let address = text(&given["upload_url"]).strip_prefix("https://").unwrap().to_owned();
    let (host, path) = address.split_at(address.find('/').unwrap());
    Given {
        id: text(&given["file_id"]).to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
    }
}

fn put(stage: &Stage, file: &Given, content: &str) -> Reply {
    let request = Outgoing {
        method: "PUT".to_owned(),
        host: file.host.clone(),
        path: file.path.clone(),
        body: content.as_bytes().to_vec(),
        headers: Vec::new(),
    };
    stage
        .client()
        .send(&request.header("x-ms-blob-type", "BlockBlob"))
        .unwrap()
}

fn ask(stage: &Stage, scheme: &str, id: &str, name: &str) -> Reply {
    let content = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": format!("{scheme}{id}")},
        "What does it say?",
    ]});
    let attachment = json!({"id": id, "name": name, "mime_type": "text/plain", "size": 19});
    let message =
        json!({"id": "m-1", "author": {"role": "user"}, "content": content, "metadata": {"attachments": [attachment]}});
    let body = json!({"action": "next", "messages": [message], "model": "gpt-5-5"});
    let turn = Outgoing::json(PAGE, "/backend-api/f/conversation", &body);
    stage.client().send(&turn).unwrap()
}

fn decisions(stage: &Stage) -> Vec<Value> {
    let mut records = stage.agent().records().unwrap();
    records.sort_by_key(|record| record["seq"].as_u64());
    records
}

fn explain(stage: &Stage, event: &Value) -> String {
    let output = stage.agent().run(&["explain", text(&event["id"])]).unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
