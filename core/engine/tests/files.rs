//! Files on their way to a service, judged by their text and by their labels.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "../../content/tests/document/mod.rs"]
mod document;
mod loaded;

use document::{LABEL, docx, label};

use weir_content::{Carrier, RequestView};
use weir_engine::{
    CopiedTexts, DecidedTexts, FingerprintKey, InForce, Message, Origin, Plan, ScannedTexts, Surrogates, Uploads,
    Verdict, judge,
};
use weir_model::{Action, Closed, EventId, Level, Role, Timestamp};
use weir_policy::{Buckets, Environment};

const LOCKED: &[u8] = include_bytes!("../../../tests/golden/files/user-password.pdf");

#[test]
fn what_stands_in_a_document_is_found_and_blocked() {
    let verdict = uploaded(&docx("Pay with 4539 1488 0343 6467 today.", ""), &in_force("{}"));
    assert_eq!(verdict.decision.action, Action::Block);
    assert!(matches!(verdict.plan, Plan::Answer(_)));
    let card = verdict
        .findings
        .iter()
        .find(|finding| finding.data_type.as_str() == "financial/credit_card");
    let found = || {
        verdict
            .findings
            .iter()
            .map(|finding| finding.data_type.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        card.map(|card| card.place.role),
        Some(Role::Attachment),
        "{:?}",
        found()
    );
    assert_eq!(verdict.unscannable, None);
}

#[test]
fn what_would_have_to_be_replaced_in_a_document_blocks_it() {
    let verdict = uploaded(
        &docx("Write to sam.sample@nordwind-werke.de soon.", ""),
        &in_force("{}"),
    );
    assert!(!verdict.findings.is_empty());
    assert_eq!(verdict.decision.action, Action::Block);
}

#[test]
fn a_document_in_which_nothing_stands_goes_as_it_is() {
    let verdict = uploaded(&docx("Rivers and weirs.", ""), &in_force("{}"));
    assert_eq!((verdict.decision.action, verdict.level), (Action::Allow, Level::Public));
    assert!(matches!(verdict.plan, Plan::Forward));
    assert_eq!(verdict.attachments, 1);
}

#[test]
fn a_label_gives_a_document_its_level() {
    let labelled = docx("Rivers and weirs.", &label());
    for key in [LABEL.to_uppercase(), format!("{{{LABEL}}}"), "board ONLY".to_owned()] {
        let verdict = uploaded(&labelled, &in_force(&format!("{{\"{key}\": confidential}}")));
        assert_eq!(
            (verdict.decision.action, verdict.level),
            (Action::Block, Level::Confidential),
            "{key}"
        );
        assert!(verdict.findings.is_empty());
        let told = verdict.told.join("\n");
        assert!(told.contains("a sensitivity label makes confidential"), "{told}");
    }
    let verdict = uploaded(&labelled, &in_force("{}"));
    assert_eq!((verdict.decision.action, verdict.level), (Action::Allow, Level::Public));
}

#[test]
fn a_document_that_needs_a_password_is_blocked_and_says_so() {
    let verdict = uploaded(LOCKED, &in_force("{}"));
    assert_eq!(verdict.decision.action, Action::Block);
    assert_eq!(verdict.unscannable, Some("encrypted"));
}

#[test]
fn what_people_see_in_a_file_of_text_is_judged() {
    let card = "4539 1488 0343 6467";
    let (front, back) = card.split_at(7);
    let html = format!("<!doctype html><p>Pay with <b>{front}</b><i>{back}</i> today.</p>");
    let rtf = format!("{{\\rtf1\\ansi Pay with {front}{{\\b {back}}} today.}}");
    let mail = format!(
        "From: a@a.example\r\nMIME-Version: 1.0\r\nSubject: pay\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64(format!("Pay with {card} today.").as_bytes())
    );
    let notebook = format!(
        r#"{{"cells":[{{"cell_type":"markdown","source":["Pay with {front}","{back} today."]}}],"nbformat":4,"metadata":{{}}}}"#
    );
    let xml = format!("<?xml version=\"1.0\"?><pay><note>Pay with {front}<b/>{back} today.</note></pay>");
    for (kind, file) in [
        ("html", html),
        ("rtf", rtf),
        ("mail", mail),
        ("notebook", notebook),
        ("xml", xml),
    ] {
        for verdict in [
            uploaded(file.as_bytes(), &in_force("{}")),
            attached(file.as_bytes(), &in_force("{}")),
        ] {
            let mut findings = verdict.findings.iter();
            let card = findings.find(|finding| finding.data_type.as_str() == "financial/credit_card");
            let role = card.map(|card| card.place.role);
            assert_eq!((kind, role), (kind, Some(Role::Attachment)));
            assert_eq!((kind, verdict.decision.action), (kind, Action::Block));
        }
    }
}

#[test]
fn labels_of_mails_and_rich_text_count() {
    let mail = format!(
        "From: a@a.example\r\nMIME-Version: 1.0\r\nSubject: rivers\r\n\
         msip_labels: MSIP_Label_{LABEL}_Enabled=True; MSIP_Label_{LABEL}_Name=Board only\r\n\r\nRivers and weirs.\r\n"
    );
    let rtf = format!(
        "{{\\rtf1{{\\*\\userprops{{\\propname MSIP_Label_{LABEL}_Enabled}}\\proptype30{{\\staticval true}}}}Rivers and weirs.}}"
    );
    for file in [mail, rtf] {
        let verdict = uploaded(file.as_bytes(), &in_force(&format!("{{\"{LABEL}\": confidential}}")));
        assert_eq!(
            (verdict.level, verdict.decision.action),
            (Level::Confidential, Action::Block)
        );
    }
}

#[test]
fn a_visible_marking_raises_the_level() {
    let html =
        "<html><body><h1>Strictly confidential</h1><p>Not for distribution outside the company.</p></body></html>";
    let verdict = uploaded(html.as_bytes(), &in_force("{}"));
    assert_eq!(
        (verdict.level, verdict.decision.action),
        (Level::Confidential, Action::Block)
    );
}

#[test]
fn a_file_of_a_type_that_is_not_sent_stays_whatever_is_in_it() {
    let guard = |types: &str| {
        let chain = "policies:\n  chain: [data-classification, upload-guard, audit-logger]\n";
        in_force_with(&format!("{chain}  policy: {{upload-guard: {{{types}}}}}\n"))
    };
    let harmless = docx("Rivers and weirs.", "");
    let refused = uploaded(&harmless, &guard("refused: [docx]"));
    assert_eq!(refused.decision.action, Action::Block);
    let told = refused.told.join("\n");
    assert!(told.contains("files of this type are not sent to OpenAI"), "{told}");
    assert!(matches!(refused.plan, Plan::Answer(_)));
    for types in ["allowed: [docx]", "refused: [pdf]", "max_megabytes: 1"] {
        assert_eq!(
            uploaded(&harmless, &guard(types)).decision.action,
            Action::Allow,
            "{types}"
        );
    }
    assert_eq!(
        uploaded(&harmless, &guard("allowed: [pdf]")).decision.action,
        Action::Block
    );
}

/// The baseline, with levels for labels.
fn in_force(labels: &str) -> InForce {
    in_force_with(&format!("classification: {{labels: {labels}}}\n"))
}

/// The baseline, with this behind the head of the pack.
fn in_force_with(rest: &str) -> InForce {
    let pack = format!("pack: {{name: files, version: 1.0.0, extends: [weir/baseline]}}\n{rest}");
    let loaded = loaded::load(&pack);
    assert_eq!(loaded.diagnostics, [], "all of it is in force");
    loaded.in_force
}

/// In the prompt, as a data address.
fn attached(file: &[u8], in_force: &InForce) -> Verdict {
    let address = format!("data:application/octet-stream;base64,{}", base64(file));
    let part = format!(r#"{{"type":"file","file":{{"filename":"plan","file_data":"{address}"}}}}"#);
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#);
    judged("/v1/chat/completions", b"application/json", body.as_bytes(), in_force)
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn uploaded(file: &[u8], in_force: &InForce) -> Verdict {
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"plan.docx\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--b--\r\n"].concat();
    judged("/v1/files", b"multipart/form-data; boundary=b", &body, in_force)
}

fn judged(path: &str, content_type: &[u8], body: &[u8], in_force: &InForce) -> Verdict {
    let message = Message {
        decided: &DecidedTexts::new(),
        uploads: &Uploads::default(),
        scanned: &ScannedTexts::default(),
        copied: &CopiedTexts::default(),
        buckets: &Buckets::default(),
        closed: Closed::NOTHING,
        stale: false,
        leaves: &[],
        justified: false,
        request: RequestView {
            method: "POST",
            host: "api.openai.com",
            path,
            query: None,
            headers: &[("content-type", content_type)],
            body,
            carrier: Carrier::Http,
        },
        unread: None,
        surrogates: &Surrogates::default(),
        fingerprints: &FingerprintKey::new(&[3; 32]),
        origin: Origin {
            user: None,
            process: None,
            environment: Environment::Production,
        },
        route: None,
        event: EventId::new(Timestamp::from_millis(1_000), [9; 10]),
    };
    judge(&message, in_force, Timestamp::from_millis(1_000))
}
