//! The world without Weir: secrets do arrive, errors do not appear. Without this, the other stories could pass because
//! nothing was ever sent.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::json;
use weir_e2e::{Heard, Sdk, Stage};
use weir_support::stream::{self, Format};
use weir_support::{Random, values};

#[test]
fn sdks_bring_the_secret_to_the_service() {
    let stage = Stage::without_weir("control-sdk");
    let mut random = Random::from_env();
    for (sdk, calls) in [
        (Sdk::PythonOpenAi, ["chat", "responses"]),
        (Sdk::PythonAnthropic, ["messages", "messages"]),
        (Sdk::NodeOpenAi, ["chat", "responses"]),
    ] {
        for (call, stream, http2) in [(calls[0], false, false), (calls[1], true, true)] {
            let secret = values::openai_key(&mut random);
            let heard = stage.sdk(sdk, call, stream, http2, std::slice::from_ref(&secret.sentence));
            assert_eq!(
                heard,
                [Heard::Answer(format!("You wrote: {}", secret.sentence))],
                "{sdk:?} {call}"
            );
            assert!(stage.fake.saw(&secret.value), "{sdk:?} {call}");
            let version = if http2 { "HTTP/2.0" } else { "HTTP/1.1" };
            assert_eq!(stage.fake.received().last().unwrap().version, version, "{sdk:?} {call}");
        }
        let heard = stage.sdk(sdk, "upload", false, false, &["a file".to_owned()]);
        assert!(matches!(heard[0], Heard::Answer(_)), "{sdk:?}: {heard:?}");
    }
}

#[test]
fn curl_brings_the_secret_to_the_service() {
    let stage = Stage::without_weir("control-curl");
    let secret = values::aws_access_key(&mut Random::from_env());
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let body = json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": secret.sentence}]});
        let flags = [flag, "-H", "content-type: application/json"];
        let got = stage.curl(&flags, "https://api.openai.com/v1/chat/completions", &body.to_string());
        assert_eq!((got.status, got.version.as_str()), (200, version), "{got:?}");
        assert!(stream::text(Format::OpenAiChat, &got.body).contains(&secret.value));
        assert!(stage.fake.saw(&secret.value));
    }
}

#[test]
fn the_page_brings_the_secret_to_the_service_twice() {
    let stage = Stage::without_weir("control-browser");
    let secret = values::aws_access_key(&mut Random::from_env());
    let (proxy, ca) = (stage.proxy().to_string(), stage.ca().display().to_string());
    for host in ["chatgpt.com", "claude.ai"] {
        stage.fake.reset();
        let url = format!("https://{host}/");
        let seen = stage.browser(&["chat", "--proxy", &proxy, "--ca", &ca, &url], &secret.sentence);
        assert!(
            seen[0]["answer"].as_str().unwrap().contains(&secret.sentence),
            "{seen:?}"
        );
        let posts: Vec<String> = stage
            .fake
            .received()
            .iter()
            .filter(|request| request.contains(&secret.value))
            .map(|r| r.path.clone())
            .collect();
        let expected = if host == "chatgpt.com" { 2 } else { 1 };
        assert_eq!(posts.len(), expected, "{posts:?}");
    }
}
