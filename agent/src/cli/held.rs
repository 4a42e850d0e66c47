use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use weir_model::{DataType, EventId};
use weir_wire::{AppealAsk, HeldAsk, HeldChange, HeldMessage, HeldSend, HeldText};

use super::screen::{Screen, Tone};
use super::status::{block_on, connect_error};
use super::{CliError, Ending, event_text, when};
use crate::state::StateDir;
use weir_ipc::{AskError, Client};

/// Decide about prompts that wait for you
///
/// While somebody listens (`weir held watch`), a prompt that must not leave waits instead of being refused: you see why,
/// and send it without what must not leave, in other words, with a reason, or ask for an exception. It goes once, or not at
/// all, and after ten minutes it is refused.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 done, 1 it must not go so and waits on, 2 usage, 3 no running agent, or nothing of that name waits.

Examples:
  weir held watch                          hold what must not leave, and tell of it
  weir held list
  weir held show EVENT                     what it says, with what was found hidden
  weir held send EVENT                     without what must not leave
  weir held send EVENT --reason 'the customer asked for it'
  weir held edit EVENT > prompt.txt        the cleaned text; then: weir held edit EVENT --from prompt.txt
  weir held request EVENT --reason 'contract with the customer' --go
  weir held send EVENT --approved          when the exception has come
  weir held appeal EVENT --reason 'the key is an example of the manual'
  weir held drop EVENT")]
pub(crate) struct HeldArgs {
    #[command(subcommand)]
    command: HeldCommand,
}

#[derive(Subcommand)]
enum HeldCommand {
    /// List what waits
    #[command(after_help = "Examples:\n  weir held list\n  weir held list --json | jq '.held[].id'")]
    List(Plain),
    /// Show what one says, with what was found hidden
    #[command(after_help = "Examples:\n  weir held show EVENT")]
    Show(Show),
    /// Have one go
    #[command(after_help = "Examples:\n  weir held send EVENT\n  weir held send EVENT --approved")]
    Send(Send),
    /// Print one without what must not leave, or send it in other words
    #[command(after_help = "Examples:\n  weir held edit EVENT > prompt.txt\n  weir held edit EVENT --from prompt.txt")]
    Edit(Edit),
    /// Ask for an exception for one
    #[command(after_help = "Examples:\n  weir held request EVENT --reason 'contract with the customer' --go")]
    Request(Ask),
    /// Tell the administrators that one is not sensitive; it waits on
    #[command(after_help = "Examples:\n  weir held appeal EVENT --reason 'the key is an example of the manual'")]
    Appeal(Appeal),
    /// Take one back
    #[command(after_help = "Examples:\n  weir held drop EVENT")]
    Drop(One),
    /// Hold what must not leave, and tell of it as it happens
    #[command(after_help = "Examples:\n  weir held watch\n  weir held watch --json")]
    Watch(Plain),
}

#[derive(Args)]
struct Plain {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct One {
    /// Which
    event: EventId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Show {
    #[command(flatten)]
    one: One,
    /// Show what was found as well
    #[arg(long)]
    reveal: bool,
}

#[derive(Args)]
struct Send {
    #[command(flatten)]
    one: One,
    /// As it is, for this reason, which is recorded
    #[arg(long, value_name = "TEXT", conflicts_with = "approved")]
    reason: Option<String>,
    /// As it is, by the exception that was approved
    #[arg(long)]
    approved: bool,
    /// Send the same without it as well when it comes again, until it has not come for ten minutes
    #[arg(long, conflicts_with_all = ["reason", "approved"])]
    again: bool,
}

#[derive(Args)]
struct Edit {
    #[command(flatten)]
    one: One,
    /// Send this text in its place; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

#[derive(Args)]
struct Appeal {
    #[command(flatten)]
    one: One,
    /// Why it is not sensitive; the administrators read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Args)]
struct Ask {
    #[command(flatten)]
    one: One,
    /// Why it must go; those who approve read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Send it as soon as it is approved
    #[arg(long)]
    go: bool,
}

pub(crate) fn run(args: &HeldArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    block_on(async {
        let client = Client::connect(&state.agent(), "weir").await;
        let client = client.map_err(|error| connect_error(&error))?;
        match &args.command {
            HeldCommand::List(plain) => list(client, plain.json, screen).await,
            HeldCommand::Show(show) => self::show(client, show, screen).await,
            HeldCommand::Send(send) => self::send(client, send, screen).await,
            HeldCommand::Edit(edit) => self::edit(client, edit, screen).await,
            HeldCommand::Request(ask) => request(client, ask, screen).await,
            HeldCommand::Appeal(ask) => appeal(client, ask, screen).await,
            HeldCommand::Drop(one) => drop_it(client, one, screen).await,
            HeldCommand::Watch(plain) => watch(client, plain.json, screen).await,
        }
    })
}

async fn list(mut client: Client, json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    let list = client.held().await.map_err(|error| failed(&error))?;
    if json {
        screen.json(&list)?;
        return Ok(Ending::Clean);
    }
    if list.held.is_empty() {
        screen.line("nothing waits")?;
    }
    for message in &list.held {
        line(message, screen)?;
    }
    Ok(Ending::Clean)
}

async fn show(mut client: Client, show: &Show, screen: &mut Screen) -> Result<Ending, CliError> {
    let text = client.held_text(&show.one.event, show.reveal).await;
    let text = text.map_err(|error| failed(&error))?;
    if show.one.json {
        screen.json(&text)?;
        return Ok(Ending::Clean);
    }
    for piece in &text.pieces {
        let more = if piece.cut { " (its beginning)" } else { "" };
        screen.line(&format!("{}{more}:", piece.role.as_str()))?;
        screen.line(&piece.text)?;
    }
    Ok(Ending::Clean)
}

async fn send(client: Client, send: &Send, screen: &mut Screen) -> Result<Ending, CliError> {
    let how = match (&send.reason, send.approved) {
        (Some(reason), _) => HeldSend::AsItIs { reason: reason.clone() },
        (None, true) => HeldSend::Approved,
        (None, false) => HeldSend::Cleaned { again: send.again },
    };
    sent(client, &send.one, &how, screen).await
}

async fn edit(mut client: Client, edit: &Edit, screen: &mut Screen) -> Result<Ending, CliError> {
    if let Some(file) = &edit.from {
        let text = read(file)?;
        return sent(client, &edit.one, &HeldSend::Edited { text }, screen).await;
    }
    let text = client.held_text(&edit.one.event, false).await;
    let HeldText { pieces } = text.map_err(|error| failed(&error))?;
    let own = pieces.iter().find(|piece| piece.role == weir_model::Role::Prompt);
    let own = own.ok_or_else(|| CliError::environment("it has no text of yours that could be edited".to_owned()))?;
    if edit.one.json {
        screen.json(&serde_json::json!({ "text": own.cleaned, "cut": own.cut }))?;
    } else {
        screen.line(&own.cleaned)?;
    }
    Ok(Ending::Clean)
}

/// The text of a file, without the end of line that editors put at its end.
fn read(file: &std::path::Path) -> Result<String, CliError> {
    let text = match file.to_str() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
        }
        _ => std::fs::read_to_string(file),
    };
    let text = text.map_err(|error| CliError::environment(format!("cannot read `{}`: {error}", file.display())))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

async fn appeal(mut client: Client, ask: &Appeal, screen: &mut Screen) -> Result<Ending, CliError> {
    let wanted = AppealAsk {
        reason: ask.reason.clone(),
    };
    let Some(message) = waits_on(client.held_appeal(&ask.one.event, &wanted).await, screen)? else {
        return Ok(Ending::Found);
    };
    if ask.one.json {
        screen.json(&message)?;
    } else {
        screen.line("the administrators know; it waits on")?;
    }
    Ok(Ending::Clean)
}

async fn request(mut client: Client, ask: &Ask, screen: &mut Screen) -> Result<Ending, CliError> {
    let wanted = HeldAsk {
        reason: ask.reason.clone(),
        go: ask.go,
    };
    let Some(message) = waits_on(client.held_request(&ask.one.event, &wanted).await, screen)? else {
        return Ok(Ending::Found);
    };
    if ask.one.json {
        screen.json(&message)?;
    } else {
        let then = match ask.go {
            true => "it goes by itself when they say yes".to_owned(),
            false => format!("when they say yes: weir held send {} --approved", message.id),
        };
        screen.line(&format!("asked; {then}"))?;
    }
    Ok(Ending::Clean)
}

async fn drop_it(mut client: Client, one: &One, screen: &mut Screen) -> Result<Ending, CliError> {
    let done = client.held_drop(&one.event).await.map_err(|error| failed(&error))?;
    if one.json {
        screen.json(&done)?;
    } else {
        screen.line("taken back; nothing of it left this machine")?;
    }
    Ok(Ending::Clean)
}

async fn sent(mut client: Client, one: &One, how: &HeldSend, screen: &mut Screen) -> Result<Ending, CliError> {
    let Some(done) = waits_on(client.held_send(&one.event, how).await, screen)? else {
        return Ok(Ending::Found);
    };
    if one.json {
        screen.json(&done)?;
    } else {
        screen.line(&format!("sent; the record of it is {}", done.event))?;
    }
    Ok(Ending::Clean)
}

/// What must not go so is said, and is no failure of the command.
fn waits_on<T>(answered: Result<T, AskError>, screen: &mut Screen) -> Result<Option<T>, CliError> {
    match answered {
        Ok(done) => Ok(Some(done)),
        Err(AskError::Refused(weir_wire::Refusal::Held { why } | weir_wire::Refusal::NotAsked { why })) => {
            screen.complain(&format!("it waits on: {why}"));
            Ok(None)
        }
        Err(error) => Err(failed(&error)),
    }
}

async fn watch(client: Client, json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    let mut changes = client.watch_held().await.map_err(|error| failed(&error))?;
    while let Some(change) = changes.next().await.map_err(|error| failed(&error))? {
        if json {
            screen.json(&change)?;
        } else {
            tell(&change, screen)?;
        }
        screen.finish()?;
    }
    screen.note("the agent has stopped");
    Ok(Ending::Clean)
}

fn tell(change: &HeldChange, screen: &mut Screen) -> Result<(), CliError> {
    match change {
        HeldChange::Waits(message) => line(message, screen),
        HeldChange::Ended { id, by } => screen.line(&format!("{id}  waits no more: {}", by.replace('_', " "))),
    }
}

fn line(message: &HeldMessage, screen: &mut Screen) -> Result<(), CliError> {
    let found: Vec<&str> = message.found.keys().map(DataType::as_str).collect();
    let to = event_text::place(&message.destination);
    let title = screen.paint(&format!("{} to {to}", message.level), Tone::Caution);
    screen.line(&format!("{}  {title}  until {}", message.id, when::show(message.until)))?;
    screen.line(&format!("  {} [{}]", message.why, message.rule))?;
    if !found.is_empty() {
        screen.line(&format!("  found: {}", found.join(", ")))?;
    }
    match &message.request {
        Some(request) if request.why.is_empty() => screen.line(&format!("  exception: {}", request.state))?,
        Some(request) => screen.line(&format!("  exception: {} ({})", request.state, request.why))?,
        None => screen.line(&format!("  you can: {}", ways(message).join(", ")))?,
    }
    Ok(())
}

fn ways(message: &HeldMessage) -> Vec<String> {
    let ways = message.ways;
    let mut can = Vec::new();
    if ways.clean {
        can.push("send without it".to_owned());
    }
    if ways.edit {
        can.push("edit".to_owned());
    }
    if ways.justify {
        can.push("send with a reason".to_owned());
    }
    if let Some(terms) = ways.request {
        let people = if terms.approvers == 1 { "person" } else { "people" };
        can.push(format!("request an exception ({} {people})", terms.approvers));
    }
    if ways.appeal {
        can.push("say that it is not sensitive".to_owned());
    }
    can.push("drop".to_owned());
    can
}

fn failed(error: &AskError) -> CliError {
    CliError::from_chain(error)
}
