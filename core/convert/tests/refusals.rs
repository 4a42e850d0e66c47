//! What cannot be carried is refused by its name, and what says nothing is not in the way.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use serde_json::{Value, json};
use weir_convert::{error, error_of, request};
use weir_model::Interface::{self, AnthropicMessages, OpenAiChat, OpenAiResponses};

fn place(from: Interface, to: Interface, body: &Value) -> Option<String> {
    let converted = request(from, to, body.to_string().as_bytes());
    converted.err().map(|error| error.place().to_owned())
}

fn with(mut body: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn chat(more: &Value) -> Value {
    with(
        json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]}),
        more,
    )
}

fn responses(more: &Value) -> Value {
    with(json!({"model": "m", "input": "hello"}), more)
}

fn anthropic(more: &Value) -> Value {
    let messages = json!([{"role": "user", "content": "hello"}]);
    with(json!({"model": "m", "max_tokens": 9, "messages": messages}), more)
}

#[test]
fn chat_names_what_it_cannot_carry() {
    let said = |message: Value| json!({"messages": [{"role": "user", "content": "a"}, message]});
    let cases = [
        (json!({"n": 2}), "n"),
        (json!({"logprobs": true}), "logprobs"),
        (json!({"store": true}), "store"),
        (json!({"seed": 7}), "seed"),
        (json!({"frequency_penalty": 0.5}), "frequency_penalty"),
        (json!({"logit_bias": {"1": 5}}), "logit_bias"),
        (
            json!({"web_search_options": {"user_location": 1}}),
            "web_search_options",
        ),
        (json!({"temperature": 1.5}), "temperature"),
        (json!({"response_format": {"type": "json_object"}}), "response_format"),
        (json!({"reasoning_effort": "high"}), "reasoning_effort"),
        (
            json!({"tools": [{"type": "custom", "custom": {"name": "x"}}]}),
            "tools/0/type",
        ),
        (json!({"Secret Key 12": 1}), "?"),
        (said(json!({"role": "system", "content": "late"})), "messages/1/role"),
        (
            said(json!({"role": "user", "name": "ada", "content": "b"})),
            "messages/1/name",
        ),
        (
            said(json!({"role": "function", "name": "f", "content": "b"})),
            "messages/1/role",
        ),
        (
            said(json!({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA"}}]})),
            "messages/1/content/0/type",
        ),
        (
            said(json!({"role": "assistant", "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":"}}]})),
            "messages/1/tool_calls/0",
        ),
    ];
    for (more, expected) in cases {
        let body = chat(&more);
        assert_eq!(
            place(OpenAiChat, AnthropicMessages, &body).as_deref(),
            Some(expected),
            "{body}"
        );
    }
}

#[test]
fn responses_name_what_they_cannot_carry() {
    let cases = [
        (json!({"previous_response_id": "resp_1"}), "previous_response_id"),
        (json!({"store": true}), "store"),
        (json!({"background": true}), "background"),
        (json!({"conversation": "c"}), "conversation"),
        (json!({"truncation": "auto"}), "truncation"),
        (json!({"tools": [{"type": "web_search"}]}), "tools/0/type"),
        (
            json!({"input": [{"type": "reasoning", "encrypted_content": "x"}]}),
            "input/0/type",
        ),
        (
            json!({"input": [{"type": "item_reference", "id": "x"}]}),
            "input/0/type",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}),
            "input/0/content/0/type",
        ),
        (json!({"reasoning": {"summary": "auto"}}), "reasoning/summary"),
    ];
    for (more, expected) in cases {
        let body = responses(&more);
        for to in [OpenAiChat, AnthropicMessages] {
            assert_eq!(place(OpenAiResponses, to, &body).as_deref(), Some(expected), "{body}");
        }
    }
}

#[test]
fn anthropic_names_what_it_cannot_carry() {
    let said = |blocks: Value| json!({"messages": [{"role": "user", "content": blocks}]});
    let cases = [
        (json!({"top_k": 5}), "top_k"),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            "thinking",
        ),
        (json!({"mcp_servers": [{"name": "x"}]}), "mcp_servers"),
        (
            json!({"tools": [{"type": "web_search_20250305", "name": "w"}]}),
            "tools/0/type",
        ),
        (
            said(json!([{"type": "document", "source": {}}])),
            "messages/0/content/0/type",
        ),
        (
            said(json!([{"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": true}])),
            "messages/0/content/0/is_error",
        ),
        (
            said(json!([{"type": "text", "text": "a", "citations": [{"x": 1}]}])),
            "messages/0/content/0/citations",
        ),
    ];
    for (more, expected) in cases {
        let body = anthropic(&more);
        for to in [OpenAiChat, OpenAiResponses] {
            assert_eq!(place(AnthropicMessages, to, &body).as_deref(), Some(expected), "{body}");
        }
    }
}

#[test]
fn what_says_nothing_is_not_in_the_way() {
    let usual = json!({
        "n": 1, "logprobs": false, "top_logprobs": 0, "presence_penalty": 0.0, "frequency_penalty": 0, "logit_bias": {},
        "seed": null, "stop": null, "store": false, "metadata": {"a": "b"}, "service_tier": "auto", "audio": null,
        "functions": [], "response_format": {"type": "text"}, "prompt_cache_key": "k", "modalities": ["text"],
    });
    assert_eq!(place(OpenAiChat, AnthropicMessages, &chat(&usual)), None);
    let usual = json!({"store": false, "background": false, "truncation": "disabled", "include": [], "prompt": null,
                       "text": {"format": {"type": "text"}}, "reasoning": {}, "previous_response_id": null});
    assert_eq!(place(OpenAiResponses, AnthropicMessages, &responses(&usual)), None);
    let usual = json!({"service_tier": "auto", "stop_sequences": [], "top_k": null, "container": null});
    assert_eq!(place(AnthropicMessages, OpenAiResponses, &anthropic(&usual)), None);
}

#[test]
fn a_body_of_another_form_is_refused() {
    for body in ["", "[]", "null", "{\"model\":1}", "{\"model\":\"m\",\"model\":\"n\"}"] {
        for from in Interface::ALL {
            for to in Interface::ALL {
                assert!(request(from, to, body.as_bytes()).is_err(), "{body}");
            }
        }
    }
}

#[test]
fn errors_keep_their_status_and_words() {
    let anthropic = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}});
    let openai =
        json!({"error": {"message": "slow down", "type": "requests", "param": "x", "code": "rate_limit_exceeded"}});
    let got = error(OpenAiChat, 429, anthropic.to_string().as_bytes());
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!((got.status, &body["error"]["message"]), (429, &json!("slow down")));
    assert_eq!(body["error"]["type"], "rate_limit_error");
    let got = error(AnthropicMessages, 429, openai.to_string().as_bytes());
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(body, anthropic);
    let overloaded = error(OpenAiResponses, 529, b"<html>");
    assert_eq!(overloaded.status, 503);
    let own = error_of(AnthropicMessages, 409, "no target may be used");
    let body: Value = serde_json::from_slice(&own.body).unwrap();
    assert_eq!(
        body["error"],
        json!({"type": "conflict_error", "message": "no target may be used"})
    );
}
