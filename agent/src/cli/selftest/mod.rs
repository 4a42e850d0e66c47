mod drive;

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::screen::{Screen, Tone};
use super::status::{block_on, connect_error};
use super::{CliError, Ending, place};
use crate::state::StateDir;
use drive::{Answer, Driver};
use weir_ipc::Client;
use weir_wire::{CheckState, SelfTestReport, SelfTestStep};

/// Try out what the running agent does with secrets
///
/// Sends a secret, a card, a clean prompt, an address, a file and a message on a WebSocket through it. The agent opens another
/// listener of its proxy for ten seconds, with the policy, log and certificate of its own, and behind it nothing but a service
/// inside the agent that says back what came to it. This command talks to that listener as a program talks to api.openai.com.
/// Nothing leaves the machine. The decisions are in the log, with a note that they were a self-test.
///
/// Not covered: whether programs use the proxy (`weir doctor`), and the connection from the proxy to a real service.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 everything went as it should, 1 something did not, 3 the agent is not running.

Examples:
  weir selftest
  weir selftest --lines
  weir selftest --json | jq '.steps[] | select(.state == \"failed\")'")]
pub(crate) struct SelfTestArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print a line of JSON for each step, as soon as it ends
    #[arg(long, conflicts_with = "json")]
    lines: bool,
}

/// A service that every catalogue has.
const HOST: &str = "api.openai.com";

/// One exchange, and how it went.
struct Test {
    name: &'static str,
    title: &'static str,
    outcome: Outcome,
    took: Duration,
}

enum Outcome {
    Passed(String),
    Failed(String),
    /// Policy leaves nothing to see.
    Skipped(String),
}

pub(crate) fn run(args: &SelfTestArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let started = Instant::now();
    let mut tests = Vec::new();
    let each = |test: Test| {
        if args.lines {
            screen.json(&step(&test))?;
        } else if !args.json {
            print(&test, screen)?;
        }
        screen.finish()?;
        tests.push(test);
        Ok(())
    };
    block_on(all(state, each))?;
    if args.json {
        let steps = tests.iter().map(step).collect();
        screen.json(&SelfTestReport { steps })?;
    } else if !args.lines {
        let took = millis(started.elapsed());
        screen.line(&format!("\n{took} ms in all; nothing left this machine"))?;
    }
    let has_failed = tests.iter().any(|test| matches!(test.outcome, Outcome::Failed(_)));
    Ok(Ending::found_if(has_failed))
}

/// One after the other; each is told when it ends.
async fn all(state: &StateDir, mut each: impl FnMut(Test) -> Result<(), CliError>) -> Result<(), CliError> {
    let failed = |error: weir_ipc::AskError| CliError::from_chain(&error);
    let mut client = Client::connect(&state.agent(), "weir")
        .await
        .map_err(|error| connect_error(&error))?;
    let status = client.status().await.map_err(failed)?;
    let certificate = std::path::Path::new(&status.certificate.path);
    let certificate = place::certificate_at(certificate)?;
    let stage = client.self_test().await.map_err(failed)?;
    let proxy = stage
        .proxy
        .parse()
        .map_err(|_| CliError::environment("the agent named no address"))?;
    let driver = Driver::new(proxy, &certificate).map_err(CliError::environment)?;
    let listening = status.proxy.listen.first().cloned().unwrap_or_default();
    let answers = async { drive::own_page(&listening).await.map(Outcome::Passed) };
    each(timed("proxy", "The proxy of the machine answers", answers).await)?;
    each(timed("clean", "A clean prompt goes unchanged", clean(&driver)).await)?;
    each(timed("secret", "A secret does not leave", secret(&driver)).await)?;
    each(timed("card", "A card number does not leave", card(&driver)).await)?;
    let title = "A stand-in is put back while the answer streams";
    each(timed("surrogate", title, surrogate(&driver)).await)?;
    each(timed("file", "A file with a secret does not leave", file(&driver)).await)?;
    let title = "A message with a secret on a WebSocket does not leave";
    each(timed("socket", title, socket(&driver)).await)
}

async fn timed(
    name: &'static str,
    title: &'static str,
    exchange: impl Future<Output = Result<Outcome, String>>,
) -> Test {
    let started = Instant::now();
    Test {
        name,
        title,
        outcome: exchange.await.unwrap_or_else(Outcome::Failed),
        took: started.elapsed(),
    }
}

async fn clean(driver: &Driver) -> Result<Outcome, String> {
    let body = chat("Name three rivers that flow into the North Sea.");
    let answer = driver
        .post(HOST, "/v1/chat/completions", "application/json", body.clone())
        .await?;
    match &answer.received {
        Some(received) if *received == body.as_bytes() => Ok(Outcome::Passed("the same bytes".into())),
        Some(_) => Ok(Outcome::Failed("it was changed".into())),
        None => Ok(Outcome::Failed(format!("it was not sent: {}", answer.words()))),
    }
}

async fn secret(driver: &Driver) -> Result<Outcome, String> {
    let value = example("security/aws_access_key_id")?;
    let answer = driver
        .post(
            HOST,
            "/v1/chat/completions",
            "application/json",
            chat(&format!("use {value}")),
        )
        .await?;
    Ok(kept_back(&answer, value, Outcome::Failed))
}

async fn card(driver: &Driver) -> Result<Outcome, String> {
    let value = example("financial/credit_card")?;
    let text = format!("my credit card number is {value}");
    let answer = driver
        .post(HOST, "/v1/chat/completions", "application/json", chat(&text))
        .await?;
    Ok(kept_back(&answer, value, Outcome::Skipped))
}

async fn surrogate(driver: &Driver) -> Result<Outcome, String> {
    const ADDRESS: &str = "ada.lovelace@tidewater.io";
    let answer = driver
        .post(
            HOST,
            "/v1/chat/completions",
            "application/json",
            chat(&format!("write to {ADDRESS} today")),
        )
        .await?;
    let Some(received) = &answer.received else {
        return Ok(Outcome::Skipped("policy holds addresses back here".into()));
    };
    if holds(received, ADDRESS) {
        return Ok(Outcome::Skipped("policy lets addresses go here".into()));
    }
    let said = answer.streamed();
    if said.contains(ADDRESS) {
        return Ok(Outcome::Passed("replaced on the way, put back in the answer".into()));
    }
    // Redacted values do not come back.
    if said.contains("[REDACTED") {
        return Ok(Outcome::Skipped("policy removes addresses here".into()));
    }
    Ok(Outcome::Failed("the answer came without it".into()))
}

async fn file(driver: &Driver) -> Result<Outcome, String> {
    let value = example("security/aws_access_key_id")?;
    let body = format!(
        "--weir\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--weir\r\ncontent-disposition: form-data; \
         name=\"file\"; filename=\"notes.txt\"\r\ncontent-type: text/plain\r\n\r\naws_access_key_id = {value}\r\n--weir--\r\n"
    );
    let answer = driver
        .post(HOST, "/v1/files", "multipart/form-data; boundary=weir", body)
        .await?;
    Ok(kept_back(&answer, value, Outcome::Failed))
}

async fn socket(driver: &Driver) -> Result<Outcome, String> {
    let value = example("security/aws_access_key_id")?;
    let mut socket = driver.socket(HOST, "/v1/realtime?model=gpt-realtime").await?;
    let clean = said("Name three rivers.");
    if socket.exchange(&clean).await?.as_deref() != Some(clean.as_str()) {
        return Ok(Outcome::Failed(
            "a clean message did not come back as it was sent".into(),
        ));
    }
    Ok(match socket.exchange(&said(&format!("use {value}"))).await? {
        Some(back) if back.contains(value) => Outcome::Failed("it left".into()),
        Some(_) => Outcome::Passed("answered, and not sent".into()),
        None => Outcome::Passed("not sent, and the socket closed or silent".into()),
    })
}

/// A value that must not have arrived. Where it has, `otherwise` says how bad that is: a policy may let it go on purpose.
fn kept_back(answer: &Answer, value: &str, otherwise: fn(String) -> Outcome) -> Outcome {
    match &answer.received {
        None => Outcome::Passed(format!("not sent: status {}", answer.status)),
        Some(received) if holds(received, value) => otherwise("policy lets it go to this service".into()),
        Some(_) => Outcome::Passed("sent without it".into()),
    }
}

fn holds(bytes: &[u8], value: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(value)
}

fn chat(text: &str) -> String {
    json!({ "model": "gpt-4o", "stream": true, "messages": [{ "role": "user", "content": text }] }).to_string()
}

fn said(text: &str) -> String {
    let content = json!([{ "type": "input_text", "text": text }]);
    json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } })
        .to_string()
}

/// The first example of a data type, so that no value that looks like a secret stands here.
fn example(data_type: &str) -> Result<&'static str, String> {
    let found = weir_detect::registry()
        .iter()
        .find(|info| info.data_type.as_str() == data_type);
    found
        .and_then(|info| info.examples.first().copied())
        .ok_or_else(|| format!("there is no detector {data_type}"))
}

/// As the tray reads it.
fn step(test: &Test) -> SelfTestStep {
    let (state, found) = match &test.outcome {
        Outcome::Passed(found) => (CheckState::Ok, found),
        Outcome::Failed(found) => (CheckState::Failed, found),
        Outcome::Skipped(found) => (CheckState::Skipped, found),
    };
    SelfTestStep {
        name: test.name.to_owned(),
        title: test.title.to_owned(),
        state,
        found: found.clone(),
        millis: millis(test.took),
    }
}

fn print(test: &Test, screen: &mut Screen) -> Result<(), CliError> {
    let (state, found, tone) = worded(&test.outcome);
    let state = screen.paint(&format!("{state:8}"), tone);
    screen.line(&format!("{state} {:54} {found} ({} ms)", test.title, millis(test.took)))
}

fn worded(outcome: &Outcome) -> (&'static str, &str, Tone) {
    match outcome {
        Outcome::Passed(found) => ("ok", found, Tone::Good),
        Outcome::Failed(found) => ("failed", found, Tone::Bad),
        Outcome::Skipped(found) => ("skipped", found, Tone::Caution),
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
