//! Real Chromium on pages that speak the protocols of ChatGPT and Claude: a key does not leave, not even while it is
//! typed, and the page says why; an e-mail address leaves as a surrogate and the page shows it as it was written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use weir_e2e::{Stage, names_an_event};
use weir_support::client::Outgoing;
use weir_support::{Random, values};

#[test]
fn a_key_typed_into_chatgpt_does_not_leave() {
    let stage = Stage::with_weir("browser-key");
    let secret = values::aws_access_key(&mut Random::from_env());
    let seen = chat(&stage, "https://chatgpt.com/", &secret.sentence);
    assert!(!stage.fake.saw(&secret.value));
    let sent: Vec<String> = stage
        .fake
        .received()
        .into_iter()
        .filter(|request| request.method == "POST")
        .map(|request| request.path)
        .collect();
    assert!(
        sent.is_empty(),
        "of the message nothing may arrive, neither typed nor sent: {sent:?}"
    );
    assert_eq!(
        seen["prepared"].as_array().map(Vec::len),
        Some(1),
        "the page did not try to send it early: {seen}"
    );
    assert_page_says_why(&seen);
}

#[test]
fn an_address_typed_into_chatgpt_leaves_as_a_surrogate() {
    let stage = Stage::with_weir("browser-email");
    let email = values::email(&mut Random::from_env());
    let text = format!("Write a friendly reminder to {email} please");
    let seen = chat(&stage, "https://chatgpt.com/", &text);
    for path in ["/backend-api/f/conversation/prepare", "/backend-api/f/conversation"] {
        let posts = stage
            .fake
            .received()
            .iter()
            .filter(|request| request.method == "POST" && request.path == path)
            .count();
        assert_eq!(posts, 1, "{path}");
    }
    assert!(!stage.fake.saw(&email), "the address reached the service");
    assert!(stage.fake.saw("Write a friendly reminder to [EMAIL"));
    assert_eq!(
        seen["answer"].as_str().unwrap().trim_end_matches('.'),
        format!("You wrote: {text}"),
        "{seen}"
    );
    assert_eq!(seen["error"], "");
}

#[test]
fn claude_too() {
    let stage = Stage::with_weir("browser-claude");
    let mut random = Random::from_env();
    let secret = values::openai_key(&mut random);
    let seen = chat(&stage, "https://claude.ai/", &secret.sentence);
    assert!(!stage.fake.saw(&secret.value));
    assert!(
        stage.fake.received().iter().all(|request| request.method == "GET"),
        "something was sent"
    );
    assert_page_says_why(&seen);
    let email = values::email(&mut random);
    let seen = chat(&stage, "https://claude.ai/", &format!("Remind {email}"));
    assert!(!stage.fake.saw(&email) && stage.fake.saw("Remind [EMAIL"));
    assert_eq!(seen["answer"], format!("You wrote: Remind {email}"), "{seen}");
}

#[test]
fn gemini_too() {
    let stage = approving("browser-gemini");
    let mut random = Random::from_env();
    let secret = values::aws_access_key(&mut random);
    let seen = chat(&stage, "https://gemini.google.com/", &secret.sentence);
    assert!(!stage.fake.saw(&secret.value));
    assert!(
        stage.fake.received().iter().all(|request| request.method == "GET"),
        "something was sent"
    );
    assert_page_says_why(&seen);
    let email = values::email(&mut random);
    let text = format!("Remind {email}, kindly: \"please\" 🌊");
    let seen = chat(&stage, "https://gemini.google.com/", &text);
    assert!(!stage.fake.saw(&email) && stage.fake.saw("Remind+%5BEMAIL"));
    assert_eq!(seen["answer"], format!("You wrote: {text}"), "{seen}");
}

/// Over WebSockets: JSON events, and SignalR records.
#[test]
fn copilot_too() {
    over_a_socket("browser-copilot", "https://copilot.microsoft.com/");
    over_a_socket("browser-m365", "https://substrate.office.com/");
}

fn over_a_socket(name: &str, url: &str) {
    let stage = approving(name);
    let mut random = Random::from_env();
    let secret = values::aws_access_key(&mut random);
    let seen = chat(&stage, url, &secret.sentence);
    assert!(!stage.fake.saw(&secret.value), "{url}");
    assert_page_says_why(&seen);
    let email = values::email(&mut random);
    let seen = chat(&stage, url, &format!("Remind {email}"));
    assert!(!stage.fake.saw(&email) && stage.fake.saw("Remind [EMAIL"), "{url}");
    assert_eq!(seen["answer"], format!("You wrote: Remind {email}"), "{url}: {seen}");
}

/// With the PAC file only AI hosts reach the proxy; any other host is reached directly and shows its own certificate.
#[test]
fn the_pac_file_sends_only_ai_hosts_through_weir() {
    let stage = Stage::with_weir("browser-pac");
    let secret = values::aws_access_key(&mut Random::from_env());
    let pac = stage.path("proxy.pac");
    std::fs::write(&pac, stage.fetch(stage.agent().pac())).unwrap();
    let pac = pac.display().to_string();
    let seen = stage.browser(
        &["chat", "--pac", &pac, "--ca", &ca(&stage), "https://chatgpt.com/"],
        &secret.sentence,
    );
    assert!(!stage.fake.saw(&secret.value));
    assert_page_says_why(&seen[0]);

    // The bank's certificate comes from the fake service's authority; Weir's own is not trusted here.
    let (bank, fake_ca) = (
        format!("bank.example={}", stage.fake.address()),
        stage.fake.ca().display().to_string(),
    );
    let url = format!("https://bank.example:{}/", stage.fake.address().port());
    let seen = stage.browser(
        &[
            "open", "chromium", "--pac", &pac, "--ca", &fake_ca, "--map", &bank, &url,
        ],
        "",
    );
    assert!(
        seen[0]["ok"].as_str().unwrap_or_default().contains("Example Bank"),
        "{seen:?}"
    );
}

/// A navigation that is refused gives a page, not a blank screen.
#[test]
fn a_secret_in_an_address_gives_a_readable_page() {
    let stage = Stage::with_weir("browser-page");
    let secret = values::aws_access_key(&mut Random::from_env());
    let url = format!("https://chatgpt.com/?q={}", secret.value);
    let (proxy, ca) = (stage.proxy().to_string(), ca(&stage));
    let seen = stage.browser(&["open", "chromium", "--proxy", &proxy, "--ca", &ca, &url], "");
    let text = seen[0]["ok"].as_str().unwrap_or_default();
    assert!(!stage.fake.saw(&secret.value));
    assert!(text.contains("Weir") && names_an_event(text), "{seen:?}");
    assert!(!text.contains(&secret.value), "the page repeats the value");
    let plain = stage
        .client()
        .send(&Outgoing::get("chatgpt.com", "/").header("accept", "text/html"))
        .unwrap();
    assert_eq!(plain.status, 200);
}

/// Weir with a pack that approves more than that of the demonstration.
fn approving(name: &str) -> Stage {
    Stage::with(name, weir_support::fake::Options::default(), |mut launch| {
        let pack = launch.state.with_file_name("pack.yaml");
        let text = "pack: {name: browser, version: 1.0.0, extends: [weir/baseline]}\n\
                    providers: {approvals: {google: approved, microsoft: approved}}\n";
        std::fs::write(&pack, text).unwrap();
        launch.pack = Some(pack);
        launch
    })
}

fn chat(stage: &Stage, url: &str, text: &str) -> Value {
    // A picture of each chat, for people.
    let number = (1..).find(|number| !stage.path(&format!("page-{number}.png")).exists());
    let picture = stage.path(&format!("page-{}.png", number.unwrap_or_default()));
    let (proxy, shown) = (stage.proxy().to_string(), picture.display().to_string());
    let arguments = [
        "chat",
        "--proxy",
        &proxy,
        "--ca",
        &ca(stage),
        "--screenshot",
        &shown,
        url,
    ];
    let seen = stage.browser(&arguments, text).remove(0);
    assert!(
        std::fs::metadata(&picture).is_ok_and(|file| file.len() > 1000),
        "no picture"
    );
    seen
}

fn ca(stage: &Stage) -> String {
    stage.ca().display().to_string()
}

fn assert_page_says_why(seen: &Value) {
    let page = seen["page"].as_str().unwrap_or_default();
    assert!(
        page.contains("Weir") && names_an_event(page),
        "the page does not say why: {seen}"
    );
}
