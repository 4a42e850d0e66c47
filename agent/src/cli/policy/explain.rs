use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use weir_engine::packtest::{self, Trial};
use weir_model::{Action, Channel, Level, Tier};
use weir_policy::{Environment, Given};

use crate::cli::agent::environment_parser;
use crate::cli::scan::level_parser;
use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force;

/// Say what would happen to a message, and why
///
/// Judges a text, or a message of a given level, as if it went to a service. Nothing is sent and nothing is recorded.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy explain --service chatgpt --text \"mail ada@example.org\"
  weir policy explain --service claude --tier enterprise --level confidential
  weir policy explain --pack acme.yaml --channel api --provider openai --text - < prompt.txt")]
pub(super) struct ExplainArgs {
    /// The pack [default: the built-in weir/baseline]
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// How it leaves
    #[arg(long, value_name = "CHANNEL", default_value = "browser", value_parser = channel_parser())]
    channel: Channel,
    /// Service it goes to: `chatgpt`, `claude-web`
    #[arg(long, value_name = "SERVICE", required_unless_present_any = ["provider", "host"])]
    service: Option<String>,
    /// Provider it goes to, where no service is meant: `openai`
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Host it goes to
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Kind of account
    #[arg(long, value_name = "TIER", default_value = "unknown", value_parser = tier_parser())]
    tier: Tier,
    /// Model it asks for
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The environment of the machine
    #[arg(long, value_name = "ENVIRONMENT", default_value = "production", value_parser = environment_parser())]
    environment: Environment,
    /// Who sends it
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Which program sends it
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
    /// Level of the message, beside what is found in the text
    #[arg(long, value_name = "LEVEL", value_parser = level_parser(), required_unless_present = "text")]
    level: Option<Level>,
    /// The text; `-` reads standard input, which keeps it out of the shell's history
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ExplainArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let loaded = in_force::load(args.pack.as_deref(), args.catalogue.as_deref());
    let in_force = loaded.map_err(|error| CliError::from_chain(&error))?.in_force;
    if let Some(name) = &args.service
        && in_force.catalogue.service(name).is_none()
    {
        let known: Vec<&str> = in_force
            .catalogue
            .services()
            .iter()
            .map(|service| &*service.service)
            .collect();
        return Err(CliError::usage(format!(
            "the catalogue has no service `{name}`; it has {}",
            known.join(", ")
        )));
    }
    let text = match args.text.as_deref() {
        Some("-") => read_text()?,
        told => told.unwrap_or_default().to_owned(),
    };
    let given = args.given();
    let trial = packtest::try_text(&given, &text, &in_force);
    let ways: Vec<String> = weir_engine::ways_out(&given, &trial, &in_force)
        .iter()
        .map(ToString::to_string)
        .collect();
    if args.json {
        print_json(&trial, &trial.told(&given, &in_force.policy), &ways, screen)?;
    } else {
        print(&trial, &trial.explain(&given, &in_force.policy), screen)?;
        for way in &ways {
            screen.line(&format!("would pass: {way}"))?;
        }
    }
    Ok(Ending::Clean)
}

impl ExplainArgs {
    fn given(&self) -> Given {
        Given {
            channel: self.channel,
            service: self.service.clone(),
            provider: self.provider.clone(),
            host: self.host.clone(),
            tier: self.tier,
            model: self.model.clone(),
            environment: self.environment,
            level: self.level,
            user: self.user.clone(),
            process: self.process.clone(),
            ..Given::default()
        }
    }
}

fn read_text() -> Result<String, CliError> {
    if std::io::stdin().is_terminal() {
        return Err(CliError::usage("`--text -` reads standard input; pipe a text in"));
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| CliError::environment(format!("cannot read standard input: {error}")))?;
    Ok(text)
}

fn print(trial: &Trial, explained: &str, screen: &mut Screen) -> Result<(), CliError> {
    let tone = match trial.decision.action {
        Action::Allow => Tone::Good,
        Action::Warn | Action::Pseudonymise | Action::Redact => Tone::Caution,
        Action::Block => Tone::Bad,
    };
    let (first, rest) = explained.split_once('\n').unwrap_or((explained, ""));
    let first = screen.paint(first, tone);
    screen.line(&format!("{first}\nlevel: {}", trial.level))?;
    for (finding, action) in trial.findings.iter().zip(&trial.decision.per_finding) {
        let (level, confidence) = (finding.level, finding.confidence);
        screen.line(&format!(
            "found: {} ({level}, {confidence} confidence): {action}",
            finding.data_type
        ))?;
    }
    if !rest.trim().is_empty() {
        screen.line("rules:")?;
        screen.line(rest.trim_end())?;
    }
    Ok(())
}

fn print_json(trial: &Trial, told: &[String], ways: &[String], screen: &mut Screen) -> Result<(), CliError> {
    // A fingerprint under a key of no device says nothing.
    let findings: Vec<_> = trial
        .findings
        .iter()
        .map(|finding| json!({ "type": finding.data_type, "level": finding.level, "confidence": finding.confidence, "count": finding.count }))
        .collect();
    screen.json(&json!({ "level": trial.level, "findings": findings, "decision": trial.decision, "told": told, "would_pass": ways }))
}

fn channel_parser() -> impl TypedValueParser<Value = Channel> {
    PossibleValuesParser::new(Channel::ALL.map(Channel::as_str)).map(|name| {
        Channel::ALL
            .into_iter()
            .find(|channel| channel.as_str() == name)
            .unwrap_or(Channel::Browser)
    })
}

fn tier_parser() -> impl TypedValueParser<Value = Tier> {
    PossibleValuesParser::new(Tier::ALL.map(Tier::as_str)).map(|name| {
        Tier::ALL
            .into_iter()
            .find(|tier| tier.as_str() == name)
            .unwrap_or_default()
    })
}
