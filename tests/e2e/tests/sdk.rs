//! Real SDKs and curl, streaming and not, over HTTP/1.1 and HTTP/2: a clean prompt is answered, a key is refused as the
//! SDK's own error, personal data leaves as surrogates and comes back as itself, a file with a secret does not leave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::io::{Cursor, Write};
use weir_e2e::{Curled, Heard, Sdk, Stage, names_an_event};
use weir_support::stream::{self, Format};
use weir_support::{Random, values};
use zip::write::SimpleFileOptions;

#[test]
fn python_openai_http1() {
    sdk_story("python-openai-1", Sdk::PythonOpenAi, &["chat", "responses"], false);
}

#[test]
fn python_openai_http2() {
    sdk_story("python-openai-2", Sdk::PythonOpenAi, &["chat", "responses"], true);
}

#[test]
fn python_anthropic_http1() {
    sdk_story("python-anthropic-1", Sdk::PythonAnthropic, &["messages"], false);
}

#[test]
fn python_anthropic_http2() {
    sdk_story("python-anthropic-2", Sdk::PythonAnthropic, &["messages"], true);
}

#[test]
fn node_openai_http1() {
    sdk_story("node-openai-1", Sdk::NodeOpenAi, &["chat", "responses"], false);
}

#[test]
fn node_openai_http2() {
    sdk_story("node-openai-2", Sdk::NodeOpenAi, &["chat", "responses"], true);
}

#[test]
fn curl_http1() {
    curl_story("curl-1", "--http1.1", "1.1");
}

#[test]
fn curl_http2() {
    curl_story("curl-2", "--http2", "2");
}

/// What is sent in every story.
struct Texts {
    clean: String,
    secret: values::Secret,
    email: String,
    card: String,
    personal: String,
}

impl Texts {
    fn new() -> Self {
        let mut random = Random::from_env();
        let secret = values::openai_key(&mut random);
        let (email, card) = (values::email(&mut random), values::credit_card(&mut random));
        let personal = format!("Tell {email} that card {card} was charged twice; {email} must answer.");
        Self {
            clean: "Why is the sky blue?".to_owned(),
            secret,
            email,
            card,
            personal,
        }
    }
}

fn sdk_story(name: &str, sdk: Sdk, calls: &[&str], http2: bool) {
    let (stage, texts) = (Stage::with_weir(name), Texts::new());
    let said = [&texts.clean, &texts.secret.sentence, &texts.personal, &texts.clean].map(Clone::clone);
    for call in calls {
        for stream in [false, true] {
            let story = format!("{sdk:?} {call} stream={stream} http2={http2}");
            stage.fake.reset();
            let heard = stage.sdk(sdk, call, stream, http2, &said);
            assert_eq!(heard.len(), 4, "{story}");
            assert_eq!(heard[0], echoed(&texts.clean), "{story}");
            assert_refused(&heard[1], &texts, &story);
            assert_eq!(heard[2], echoed(&texts.personal), "{story}");
            assert_eq!(heard[3], echoed(&texts.clean), "{story}: after a refusal");
            assert_nothing_leaked(&stage, &texts, 3, &story);
        }
    }
    let files = [
        "quarterly numbers, nothing else".to_owned(),
        texts.secret.sentence.clone(),
    ];
    stage.fake.reset();
    let heard = stage.sdk(sdk, "upload", false, http2, &files);
    assert!(matches!(heard[0], Heard::Answer(_)), "{sdk:?} upload: {heard:?}");
    assert_refused(&heard[1], &texts, &format!("{sdk:?} upload"));
    assert_nothing_leaked(&stage, &texts, 1, &format!("{sdk:?} upload"));
}

fn echoed(text: &str) -> Heard {
    Heard::Answer(format!("You wrote: {text}"))
}

/// The SDK's own class for 403, with our words in it: the reason, the event to ask about, and never the value.
fn assert_refused(heard: &Heard, texts: &Texts, story: &str) {
    let Heard::Raised { class, status, message } = heard else {
        panic!("{story}: not refused: {heard:?}")
    };
    assert_eq!(
        (class.as_str(), *status),
        ("PermissionDeniedError", 403),
        "{story}: {message}"
    );
    assert_says_why(message, texts, story);
}

fn assert_says_why(message: &str, texts: &Texts, story: &str) {
    assert!(message.contains("Weir"), "{story}: {message}");
    assert!(names_an_event(message), "{story}: {message}");
    assert!(
        !message.contains(&texts.secret.value),
        "{story}: the refusal repeats the value"
    );
}

fn assert_nothing_leaked(stage: &Stage, texts: &Texts, requests: usize, story: &str) {
    let received = stage.fake.received();
    let paths: Vec<_> = received.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(received.len(), requests, "{story}: {paths:?}");
    for value in [&texts.secret.value, &texts.email, &texts.card] {
        assert!(!stage.fake.saw(value), "{story}: `{value}` reached the service");
    }
    if requests > 1 {
        let personal = received[1].text();
        assert!(
            personal.contains("_1]") && personal.contains("was charged twice"),
            "{story}: {personal}"
        );
    }
}

fn curl_story(name: &str, flag: &str, version: &str) {
    let (stage, texts) = (Stage::with_weir(name), Texts::new());
    for (format, host, path) in [
        (Format::OpenAiChat, "api.openai.com", "/v1/chat/completions"),
        (Format::Responses, "api.openai.com", "/v1/responses"),
        (Format::Anthropic, "api.anthropic.com", "/v1/messages"),
    ] {
        for stream in [false, true] {
            let story = format!("curl {flag} {path} stream={stream}");
            let ask = |text: &str| {
                curl_json(
                    &stage,
                    flag,
                    &format!("https://{host}{path}"),
                    &body(format, text, stream),
                )
            };
            stage.fake.reset();
            for text in [&texts.clean, &texts.secret.sentence, &texts.personal] {
                let got = ask(text);
                assert_eq!(got.version, version, "{story}: {got:?}");
                if *text == texts.secret.sentence {
                    assert_eq!(got.status, 403, "{story}: {got:?}");
                    assert_says_why(&error_message(&got), &texts, &story);
                } else {
                    assert_eq!(got.status, 200, "{story}: {got:?}");
                    let answer = answer(format, stream, &got.body);
                    assert_eq!(answer, format!("You wrote: {text}"), "{story}: {}", got.body);
                }
            }
            assert_nothing_leaked(&stage, &texts, 2, &story);
        }
    }
    stage.fake.reset();
    std::fs::write(stage.path("notes.txt"), &texts.secret.sentence).unwrap();
    let part = format!("file=@{}", stage.path("notes.txt").display());
    let got = stage.curl_form(
        &[flag, "-F", "purpose=user_data", "-F", &part],
        "https://api.openai.com/v1/files",
    );
    assert_eq!(got.status, 403, "{got:?}");
    let put = stage.curl(
        &[flag, "-X", "PUT", "-H", "content-type: text/csv"],
        "https://sdmntprwestus.oaiusercontent.com/files/0/raw",
        &texts.secret.sentence,
    );
    assert_eq!(put.status, 403, "{put:?}");
    assert_nothing_leaked(&stage, &texts, 0, "curl upload");
}

#[test]
fn curl_brings_documents_to_the_service_or_not() {
    let stage = Stage::with_weir("curl-documents");
    let secret = values::aws_access_key(&mut Random::from_env()).value;
    for (name, text, status) in [
        ("secret", format!("the key is {secret}"), 403),
        ("clean", "rivers".to_owned(), 200),
    ] {
        stage.fake.reset();
        let file = stage.path(&format!("{name}.docx"));
        let document = docx(&text);
        std::fs::write(&file, &document).unwrap();
        let form = format!("file=@{}", file.display());
        let got = stage.curl_form(
            &["-F", "purpose=user_data", "-F", &form],
            "https://api.openai.com/v1/files",
        );
        assert_eq!(got.status, status, "{name}: {got:?}");
        let received = stage.fake.received();
        if status == 403 {
            assert_eq!(received.iter().map(|request| request.length).sum::<u64>(), 0, "{name}");
        } else {
            let arrived = received
                .iter()
                .any(|request| request.body.windows(document.len()).any(|window| window == document));
            assert!(arrived, "the document arrives byte for byte");
        }
    }
}

fn docx(text: &str) -> Vec<u8> {
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
         <w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    );
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in [("[Content_Types].xml", types), ("word/document.xml", &document)] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn curl_json(stage: &Stage, flag: &str, url: &str, body: &Value) -> Curled {
    stage.curl(&[flag, "-H", "content-type: application/json"], url, &body.to_string())
}

fn body(format: Format, text: &str, stream: bool) -> Value {
    match format {
        Format::Responses => json!({"model": "m", "stream": stream, "input": text}),
        _ => json!({"model": "m", "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": text}]}),
    }
}

fn error_message(got: &Curled) -> String {
    let value: Value = serde_json::from_str(&got.body).unwrap();
    value["error"]["message"].as_str().unwrap_or_default().to_owned()
}

fn answer(format: Format, stream: bool, body: &str) -> String {
    if stream {
        return stream::text(format, body);
    }
    let value: Value = serde_json::from_str(body).unwrap();
    let place = match format {
        Format::OpenAiChat => "/choices/0/message/content",
        Format::Responses => "/output/0/content/0/text",
        Format::Anthropic | Format::ChatGpt => "/content/0/text",
    };
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
