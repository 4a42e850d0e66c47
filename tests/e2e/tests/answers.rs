//! Answers that nobody here can read: they reach the client as they came, and the record says that nobody looked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use weir_e2e::Stage;
use weir_support::client::Outgoing;
use weir_support::{Random, values};

/// Speech is sound, even where bytes in it spell a stand-in.
#[test]
fn an_unknown_stream_passes_untouched_and_is_reported_as_not_inspected() {
    let stage = Stage::with_weir("answers-unknown");
    let address = values::email(&mut Random::seeded(4));
    let body = json!({"model": "tts-1", "voice": "alloy", "input": format!("Write to {address} today")});
    let reply = stage
        .client()
        .send(&Outgoing::json("api.openai.com", "/v1/audio/speech", &body))
        .unwrap();
    assert_eq!(reply.status, 200);
    assert!(!stage.fake.saw(&address), "a stand-in left");
    let spoken = weir_support::fake::speech("Write to [EMAIL_1] today");
    assert!(
        reply.body == spoken,
        "{} bytes, not the {} that were sent",
        reply.body.len(),
        spoken.len()
    );
    assert_eq!(reply.headers["content-type"], "audio/mpeg");

    // The record of an answer is not waited for by anybody.
    let deadline = Instant::now() + Duration::from_secs(10);
    let event = loop {
        let records = stage.agent().records().unwrap();
        let asked = records.into_iter().find(|record| record["response"].is_object());
        match asked {
            Some(asked) => break asked,
            None => assert!(Instant::now() < deadline, "no record of the answer"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(event["response"]["unread"], true, "{event}");
    assert_eq!(event["response"]["restored"], Value::from(0));
    let told = stage.agent().run(&["explain", event["id"].as_str().unwrap()]).unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("not inspected"), "{told}");
}
