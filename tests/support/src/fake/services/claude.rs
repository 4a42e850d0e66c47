//! The Claude web page, as sample s09 shows it.

use super::{Answer, Head, anthropic, echo, parsed, uploaded};
use serde_json::json;

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    let in_organisation = head.path.starts_with("/api/organizations/");
    match (head.method.as_str(), head.path.as_str()) {
        ("GET", "/") => Answer::chat("Claude", include_str!("../pages/claude.js")),
        ("POST", path) if in_organisation && path.ends_with("/completion") => {
            let request = parsed(body);
            let pasted = request["attachments"].as_array().into_iter().flatten();
            let mut text = request["prompt"].as_str().unwrap_or_default().to_owned();
            for extract in pasted.filter_map(|attachment| attachment["extracted_content"].as_str()) {
                text = format!("{text}\n{extract}");
            }
            Answer::events(anthropic::message_events(
                &echo(&text),
                request["model"].as_str().unwrap_or("claude"),
            ))
        }
        ("POST", path) if in_organisation && path.ends_with("/convert_document") => {
            let (name, size) = uploaded(body);
            Answer::json(&json!({"file_name": name, "file_size": size, "file_type": "txt", "extracted_content": ""}))
        }
        _ => Answer::not_found(head),
    }
}
