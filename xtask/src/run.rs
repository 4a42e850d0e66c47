//! `cargo xtask run`: server, agent and a fake AI service on this machine, five real exchanges, and what became of each.

pub(crate) mod fleet;

use crate::shell::{Outcome, chain, root};
use crate::{console, setup, tray};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;
use weir_support::client::{Outgoing, Reply, Way};
use weir_support::fake::Options;
use weir_support::stream::{self, Format};
use weir_support::{Agent, Client, FakeAi, Random, agent, server, values};

/// Options of `cargo xtask run`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// End after the table instead of staying up until Ctrl-C
    #[arg(long)]
    once: bool,
}

/// Builds, starts, shows; fails when any exchange did not end as it should.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    // The demonstration works without, and its server says how to build it.
    if let Err(error) = console::build_if_changed() {
        eprintln!("warning: without the console: {}", chain(error.as_ref()));
    }
    println!("Building `weir` and `weir-server` (the first time takes a few minutes) …");
    setup::build_tools()?;
    agent::binary()?;
    server::binary()?;
    // Own folder and ports: a demonstration beside a running one must not meet it.
    let dir = root().join(".weir").join(format!("run-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let outcome = demonstrate(&dir, arguments.once);
    if outcome.is_ok() {
        std::fs::remove_dir_all(&dir)?;
    } else {
        eprintln!("kept for a look: {}", dir.display());
    }
    outcome
}

fn demonstrate(dir: &Path, once: bool) -> Outcome {
    let fake = FakeAi::start(dir, Options::default())?;
    let (server, agent) = fleet::start(&fake, dir)?;
    println!(
        "Fake AI service on {}, Weir's proxy on {}, its admin server on {}.\n",
        fake.address(),
        agent.proxy(),
        server.url()
    );
    let exchanges = exchanges(&fake, &agent)?;
    println!("{}", table(&exchanges));
    let wrong: Vec<&Exchange> = exchanges.iter().filter(|exchange| exchange.wrong.is_some()).collect();
    for exchange in &wrong {
        eprintln!(
            "NOT AS EXPECTED: {}: {}",
            exchange.name,
            exchange.wrong.unwrap_or_default()
        );
    }
    if !wrong.is_empty() {
        return Err(format!(
            "{} of {} exchanges ended otherwise than they should",
            wrong.len(),
            exchanges.len()
        )
        .into());
    }
    println!("{}", fleet::told(&server, &exchanges)?);
    println!("{}", fleet::console(&server)?);
    println!("{}", next_steps(&agent, &fake)?);
    if !once {
        let _tray = tray(&agent);
        println!("\nUp until Ctrl-C.");
        weir_support::wait_for_ctrl_c()?;
    }
    Ok(())
}

/// The icon in the panel, where there is a display.
fn tray(agent: &Agent) -> Option<tray::Shown> {
    match tray::show_on_display(agent) {
        Ok(shown) => {
            if shown.is_some() {
                println!("\nWeir's icon is in the panel of your desktop.");
            }
            shown
        }
        // The demonstration works without.
        Err(error) => {
            eprintln!("warning: without the tray: {}", chain(error.as_ref()));
            None
        }
    }
}

/// One row of the table.
pub(crate) struct Exchange {
    name: &'static str,
    sent: String,
    arrived: String,
    seen: String,
    pub(crate) decision: String,
    rule: String,
    pub(crate) event: String,
    /// What was otherwise than expected.
    wrong: Option<&'static str>,
}

/// Five exchanges, each held against what it should come to.
pub(crate) fn exchanges(fake: &FakeAi, agent: &Agent) -> Outcome<Vec<Exchange>> {
    let client = Client::new(Way::Proxy(agent.proxy()), &[agent.ca()])?;
    let mut stage = Stage {
        fake,
        agent,
        client,
        known: HashSet::new(),
    };
    let mut random = Random::from_env();
    let key = values::openai_key(&mut random);
    let (email, card) = (values::email(&mut random), values::credit_card(&mut random));
    Ok(vec![
        stage.clean()?,
        stage.key(&key)?,
        stage.personal(&email, &card)?,
        stage.file(&values::aws_access_key(&mut random))?,
        stage.untouched()?,
    ])
}

struct Stage<'a> {
    fake: &'a FakeAi,
    agent: &'a Agent,
    client: Client,
    /// Events already told.
    known: HashSet<String>,
}

impl Stage<'_> {
    fn clean(&mut self) -> Outcome<Exchange> {
        let text = "Why is the sky blue?";
        let reply = self.chat(text)?;
        let answer = stream::text(Format::OpenAiChat, &reply.text());
        let right = answer == format!("You wrote: {text}") && self.fake.saw(text);
        self.tell(
            "clean prompt",
            text,
            &answer,
            "allow",
            (!right).then_some("the prompt was not answered as it was sent"),
        )
    }

    fn key(&mut self, secret: &values::Secret) -> Outcome<Exchange> {
        let reply = self.chat(&secret.sentence)?;
        let leaked = self.fake.saw(&secret.value) || !self.fake.received().is_empty();
        let wrong = if leaked {
            Some("something reached the service")
        } else {
            refusal(&reply, &secret.value)
        };
        self.tell("API key", &secret.sentence, &message(&reply), "block", wrong)
    }

    fn personal(&mut self, email: &str, card: &str) -> Outcome<Exchange> {
        let text = format!("Tell {email} that card {card} was charged twice.");
        let reply = self.chat(&text)?;
        let answer = stream::text(Format::OpenAiChat, &reply.text());
        let wrong = match (
            self.fake.saw(email) || self.fake.saw(card),
            answer == format!("You wrote: {text}"),
        ) {
            (true, _) => Some("a value reached the service"),
            (_, false) => Some("the answer was not restored"),
            _ => None,
        };
        self.tell("e-mail and card", &text, &answer, "pseudonymise", wrong)
    }

    fn file(&mut self, secret: &values::Secret) -> Outcome<Exchange> {
        self.fake.reset();
        let content = format!("notes on the release\n{}\n", secret.sentence);
        let reply = self
            .client
            .send(&Outgoing::file("api.openai.com", "/v1/files", "notes.txt", &content))?;
        let leaked = !self.fake.received().is_empty();
        let wrong = if leaked {
            Some("the file reached the service")
        } else {
            refusal(&reply, &secret.value)
        };
        self.tell(
            "file with a secret",
            &format!("notes.txt: {content}"),
            &message(&reply),
            "block",
            wrong,
        )
    }

    /// The bank's certificate with Weir in between must be the one that is seen without it.
    fn untouched(&mut self) -> Outcome<Exchange> {
        self.fake.reset();
        let request = Outgoing::get("bank.example", "/statement.bin");
        let direct = Client::new(Way::Direct(self.fake.address()), &[self.fake.ca()])?.send(&request)?;
        let through = Client::new(Way::Proxy(self.agent.proxy()), &[self.fake.ca()])?.send(&request)?;
        let same = (direct.certificate == through.certificate, direct.body == through.body);
        let wrong = match same {
            (true, true) => None,
            (false, _) => Some("the certificate is another one"),
            (_, false) => Some("the bytes differ"),
        };
        Ok(Exchange {
            name: "other host",
            sent: "GET https://bank.example/statement.bin".to_owned(),
            arrived: "the same".to_owned(),
            seen: format!("{} bytes, the bank's own certificate", through.body.len()),
            decision: "tunnel".to_owned(),
            rule: "not named by policy".to_owned(),
            event: "none: not read, not recorded".to_owned(),
            wrong,
        })
    }

    fn chat(&mut self, text: &str) -> Outcome<Reply> {
        self.fake.reset();
        let body = json!({"model": "gpt-5.1", "stream": true, "messages": [{"role": "user", "content": text}]});
        Ok(self
            .client
            .send(&Outgoing::json("api.openai.com", "/v1/chat/completions", &body))?)
    }

    /// Puts together what was sent, what arrived, and what the audit log says about it.
    fn tell(
        &mut self,
        name: &'static str,
        sent: &str,
        seen: &str,
        expected: &str,
        wrong: Option<&'static str>,
    ) -> Outcome<Exchange> {
        let received = self.fake.received();
        let arrived = received
            .first()
            .map_or_else(|| "nothing".to_owned(), |request| prompt(&request.text()));
        let Some(record) = self.newest()? else {
            let (decision, rule, event) = (String::new(), String::new(), String::new());
            let wrong = Some("there is no record of it");
            return Ok(Exchange {
                name,
                sent: short(sent),
                arrived,
                seen: short(seen),
                decision,
                rule,
                event,
                wrong,
            });
        };
        let decision = text(&record, "action");
        let wrong = wrong.or((decision != expected).then_some("the record says another decision"));
        Ok(Exchange {
            name,
            sent: short(sent),
            arrived: short(&arrived),
            seen: short(seen),
            rule: rule(&record, &decision),
            event: text(&record, "id"),
            decision,
            wrong,
        })
    }

    /// The decision that was not there before.
    fn newest(&mut self) -> Outcome<Option<Value>> {
        let records = self.agent.records()?;
        Ok(records
            .into_iter()
            .filter(|record| self.known.insert(text(record, "id")))
            .last())
    }
}

/// A refusal must be one, say who refused, and not repeat the value.
fn refusal(reply: &Reply, value: &str) -> Option<&'static str> {
    let text = reply.text();
    match (reply.status, text.contains("Weir"), text.contains(value)) {
        (403, true, false) => None,
        (403, _, true) => Some("the refusal repeats the value"),
        (403, false, _) => Some("the refusal does not say who refused"),
        _ => Some("it was not refused with status 403"),
    }
}

fn message(reply: &Reply) -> String {
    let parsed: Value = serde_json::from_str(&reply.text()).unwrap_or_default();
    let text = parsed["error"]["message"]
        .as_str()
        .map_or_else(|| reply.text(), str::to_owned);
    format!("{}: {text}", reply.status)
}

/// The user's text in a request that arrived.
fn prompt(body: &str) -> String {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    parsed["messages"][0]["content"].as_str().unwrap_or(body).to_owned()
}

fn text(record: &Value, key: &str) -> String {
    record[key].as_str().unwrap_or_default().to_owned()
}

/// The rule that led to the decision: of all that applied, the first with the decision's action.
fn rule(record: &Value, action: &str) -> String {
    let mut reasons = record["reasons"].as_array().into_iter().flatten();
    reasons
        .find(|reason| reason["action"] == action)
        .map(|reason| text(reason, "rule"))
        .unwrap_or_default()
}

/// One line that fits a cell; long words, which are keys, by their beginning.
fn short(text: &str) -> String {
    let words = text.split_whitespace().map(|word| cut(word, 44));
    cut(&words.collect::<Vec<_>>().join(" "), 150)
}

fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}

fn table(exchanges: &[Exchange]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(150);
    }
    table.set_header([
        "",
        "what was sent",
        "what arrived",
        "what the client saw",
        "decision, rule, event",
    ]);
    for exchange in exchanges {
        let decided = format!("{}\n{}\n{}", exchange.decision, exchange.rule, exchange.event);
        table.add_row([
            exchange.name,
            &exchange.sent,
            &exchange.arrived,
            &exchange.seen,
            &decided,
        ]);
    }
    // An event id is there to be copied: it must not be broken.
    if let Some(column) = table.column_mut(4) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(48)));
    }
    table
}

fn next_steps(agent: &Agent, fake: &FakeAi) -> Outcome<String> {
    let (proxy, ca, state) = (agent.proxy(), agent.ca().display(), agent.state().display());
    let (admin, weir) = (fake.admin(), agent::binary()?);
    Ok(format!(
        "Next steps, in another terminal while this stays up (without `--once`):\n  \
         weir() {{ {weir} \"$@\"; }}; export WEIR_STATE={state}\n  \
         weir explain EVENT                  why a message was blocked or changed\n  \
         weir audit tail                     what is being decided\n  \
         weir audit verify                   whether the log is whole\n  \
         eval \"$(weir env)\"                  then use curl, git, Python or Node as ever\n  \
         curl http://{admin}/received  what reached the service\n\
         Your own browser, with a profile that is thrown away:\n  \
         export HOME=$(mktemp -d); mkdir -p $HOME/.pki/nssdb\n  \
         certutil -d sql:$HOME/.pki/nssdb -N --empty-password\n  \
         certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n weir -i {ca}\n  \
         chromium --proxy-server=http://{proxy} https://chatgpt.com/\n\
         For good: weir ca install, and weir agent without the fake service.",
        weir = weir.display()
    ))
}
