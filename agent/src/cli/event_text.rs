//! Events in words.

use weir_model::{
    Action, Channel, CopiedFrom, Destination, FileEntry, FileState, Finding, Kind, Mode, Role, Selection,
};
use weir_wire::{Event, Guarded, Reason};

use super::screen::{Screen, Tone};
use super::when;

/// One line: when, what was done, where to, what was found, and the id to ask for more.
pub(crate) fn line(event: &Event, screen: &Screen) -> String {
    let action = screen.paint(&format!("{:12}", done(event)), tone(event.action));
    let found = if event.findings.is_empty() {
        "-".to_owned()
    } else {
        summary(&event.findings)
    };
    let id = screen.paint(&event.id.to_string(), Tone::Faint);
    format!(
        "{}  {action} {:24} {:12} {found}  {id}",
        when::show(event.time),
        place(&event.destination),
        event.level
    )
}

/// The record in words: what, where, why, what was done.
pub(crate) fn story(event: &Event, screen: &Screen) -> String {
    let mut lines = vec![screen.paint(&headline(event), tone(event.action))];
    lines.push(String::new());
    lines.push(format!(
        "When     {} ({} after it was complete)",
        when::show(event.time),
        duration(event.latency_us)
    ));
    lines.push(format!("Who      {}", who(event)));
    lines.push(format!("What     {}", what(event)));
    lines.extend(event.files.iter().map(file_line));
    if event.channel != Channel::Clipboard {
        lines.push(format!("Where    {}", where_to(&event.destination)));
    }
    lines.extend(event.copied_from.as_ref().map(copied_from));
    lines.extend(event.selection.as_ref().map(selection_lines));
    lines.push(format!("Level    {}", event.level));
    lines.push(found_lines(event));
    lines.push(why_lines(event));
    lines.push(format!("Done     {}", outcome(event)));
    if let Some(response) = &event.response {
        let status = response
            .status
            .map_or("no answer".to_owned(), |status| format!("status {status}"));
        let broke = if response.complete { "" } else { ", broke off" };
        let restored = match response.restored {
            0 => String::new(),
            count => format!(", {count} stand-ins put back"),
        };
        let unread = if response.unread { ", not inspected" } else { "" };
        lines.push(format!(
            "Answer   {status}, {} bytes{broke}{restored}{unread}",
            response.answer_bytes
        ));
    }
    let guarded = event.response.iter().flat_map(|response| &response.guarded);
    lines.extend(guarded.map(guard_line));
    let digest: String = event.bundle.digest.chars().take(12).collect();
    lines.push(format!("Policy   bundle {} ({digest})", event.bundle.number));
    lines.push(format!("Record   {} in the log, event {}", event.seq, event.id));
    lines.join("\n")
}

fn guard_line(guarded: &Guarded) -> String {
    let done = match guarded.action.as_str() {
        "redact" => "taken out of the answer",
        "reject" => "the answer ended there",
        _ => "noted",
    };
    let watched = match guarded.mode {
        Mode::Enforce => "",
        Mode::Monitor | Mode::Tip | Mode::Off => ", if the rule did more than watch",
    };
    format!("         {done} by {}{watched}, {} times", guarded.rule, guarded.count)
}

fn copied_from(from: &CopiedFrom) -> String {
    let path = from.application.as_deref().unwrap_or("a program that is not known");
    let application = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let event = from.event.map_or(String::new(), |event| format!(", event {event}"));
    format!("Copied   from {application} at {}{event}", when::show(from.time))
}

/// What was copied has not left.
fn copy_headline(event: &Event) -> String {
    let done = match event.disposition.as_str() {
        "rewritten" => "its values were taken out of the clipboard",
        "blocked" => "the clipboard was emptied",
        _ => "it stayed on the clipboard",
    };
    format!("Something was copied, and {done}.")
}

fn headline(event: &Event) -> String {
    if event.channel == Channel::Clipboard {
        return copy_headline(event);
    }
    let message = match event.kind {
        Kind::Upload | Kind::UploadInit => "A file",
        Kind::Prompt | Kind::PrefetchPrompt | Kind::Regenerate => "A prompt",
        Kind::VoiceSetup | Kind::Telemetry | Kind::Other => "A message",
    };
    let to = place(&event.destination);
    match event.disposition.as_str() {
        "held" => return format!("{message} to {to} waited for the employee: nothing of it had left this machine."),
        "withdrawn" => return format!("{message} to {to} was taken back: nothing of it left this machine."),
        "justified" => return format!("{message} to {to} was sent with a justification."),
        "blocked" => return format!("{message} to {to} was blocked: nothing of it left this machine."),
        _ => {}
    }
    match event.action {
        Action::Block => format!("{message} to {to} was blocked: nothing of it left this machine."),
        Action::Redact => format!("{message} to {to} was sent with values removed."),
        Action::Pseudonymise => format!("{message} to {to} was sent with stand-ins for values."),
        Action::Warn => format!("{message} to {to} needed a justification."),
        Action::Allow => format!("{message} to {to} was sent as it was."),
    }
}

/// The disposition says what really happened; the action where both agree.
fn done(event: &Event) -> &str {
    match event.disposition.as_str() {
        "released" | "rewritten" | "blocked" => match event.action {
            Action::Allow => "allowed",
            Action::Warn => "warned",
            Action::Pseudonymise => "pseudonymised",
            Action::Redact => "redacted",
            Action::Block => "blocked",
        },
        other => other,
    }
}

fn who(event: &Event) -> String {
    let file = event
        .process
        .as_deref()
        .map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
    let process = event.application.as_deref().or(file);
    match (&event.user, process) {
        (Some(user), Some(process)) => format!("{user}, with {process}"),
        (Some(user), None) => user.clone(),
        (None, Some(process)) => format!("somebody, with {process}"),
        (None, None) => "not known".to_owned(),
    }
}

fn what(event: &Event) -> String {
    let channel = match event.channel {
        Channel::Browser => "in the browser",
        Channel::Api => "by a program",
        Channel::Upload => "as an upload",
        Channel::Clipboard => "by the clipboard",
        Channel::Gateway => "through the gateway",
    };
    let files = match event.attachments {
        0 => String::new(),
        1 => ", one file".to_owned(),
        count => format!(", {count} files"),
    };
    let unread = event
        .unscannable
        .as_deref()
        .map_or(String::new(), |why| format!(", not all of it readable ({why})"));
    format!(
        "{} {channel}, {} bytes{files}{unread}",
        kind(event.kind),
        event.message_bytes
    )
}

fn file_line(file: &FileEntry) -> String {
    let name = file.name.as_deref().unwrap_or("without a name");
    let mut parts = vec![format!("File     {name}")];
    parts.extend(file.mime.clone());
    parts.extend(file.size.map(|size| format!("{size} bytes")));
    let linked = |words: &str| match &file.event {
        Some(event) => format!("{words} (event {event})"),
        None => words.to_owned(),
    };
    parts.push(match (file.state, file.event) {
        (FileState::Inline, None) => "in this message".to_owned(),
        (FileState::Inline, Some(_)) => linked("in this message, announced before"),
        (FileState::Named, _) => "only named".to_owned(),
        (FileState::Announced, _) => linked("announced"),
        (FileState::Released, _) => linked("sent before"),
        (FileState::Unseen, _) => "sent before, and not seen here".to_owned(),
        (FileState::Blocked, _) => linked("blocked before"),
    });
    parts.join(", ")
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Prompt => "prompt",
        Kind::PrefetchPrompt => "prompt, sent before the key was pressed,",
        Kind::Upload => "file",
        Kind::UploadInit => "announcement of a file",
        Kind::Regenerate => "request for another answer",
        Kind::VoiceSetup => "set-up of a voice session",
        Kind::Telemetry => "report of the page itself",
        Kind::Other => "message",
    }
}

fn where_to(destination: &Destination) -> String {
    let mut parts = vec![destination.host.clone()];
    parts.extend(destination.service.clone());
    parts.extend(
        destination
            .provider
            .as_ref()
            .map(|provider| format!("provider {provider}")),
    );
    parts.push(format!("{} account", destination.tier));
    parts.extend(destination.model.as_ref().map(|model| format!("model {model}")));
    parts.join(", ")
}

/// How the gateway found the target, and why no other.
fn selection_lines(selection: &Selection) -> String {
    let chosen = match (&selection.chosen, selection.interface) {
        (Some(target), Some(interface)) => format!("{target}, called in {}", interface.title()),
        (Some(target), None) => target.clone(),
        (None, _) => "none".to_owned(),
    };
    let told: Vec<&str> = selection.flags.iter().map(|flag| flag.as_str()).collect();
    let told = match told.is_empty() {
        true => String::new(),
        false => format!(", told {}", told.join(" ")),
    };
    let (strategy, attempt) = (selection.strategy, selection.attempt);
    let mut lines = vec![format!("Target   {chosen}{told} ({strategy}, attempt {attempt})")];
    let asked = selection.instead_of.iter();
    lines.extend(asked.map(|excluded| format!("         in place of {excluded}")));
    let tried = selection.tried.iter();
    lines.extend(tried.map(|tried| {
        format!(
            "         tried before: {}, which failed: {}",
            tried.target, tried.failure
        )
    }));
    lines.extend(selection.lacks.iter().map(|unfit| {
        format!(
            "         taken for want of a better one: it {} ({})",
            unfit.text, unfit.predicate
        )
    }));
    lines.extend(
        selection
            .excluded
            .iter()
            .map(|excluded| format!("         not {excluded}")),
    );
    lines.join("\n")
}

pub(crate) fn place(destination: &Destination) -> &str {
    destination.service.as_deref().unwrap_or(&destination.host)
}

fn found_lines(event: &Event) -> String {
    if event.findings.is_empty() {
        return "Found    nothing".to_owned();
    }
    let lines = event.findings.iter().enumerate().map(|(index, finding)| {
        let label = if index == 0 { "Found  " } else { "       " };
        let fate = event
            .per_finding
            .get(index)
            .map_or(String::new(), |action| format!(": {action}"));
        let times = if finding.count > 1 {
            format!(", {} times", finding.count)
        } else {
            String::new()
        };
        let again = if finding.repeated { ", sent again" } else { "" };
        let (level, confidence) = (finding.level, finding.confidence);
        format!(
            "{label}  {} in {}{times}{again} ({level}, {confidence} confidence){fate}",
            finding.data_type,
            role(finding.place.role)
        )
    });
    let omitted = Some(event.findings_omitted).filter(|omitted| *omitted > 0);
    let more = omitted.map(|omitted| format!("         and {omitted} more, which the record does not list"));
    lines.chain(more).collect::<Vec<_>>().join("\n")
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Prompt => "the prompt",
        Role::System => "the instructions",
        Role::History => "an earlier turn",
        Role::ToolResult => "what a tool returned",
        Role::Copy => "a copy of the prompt",
        Role::Attachment => "a file",
        Role::Code => "code around the cursor",
        Role::Unclassified => "a part that no adapter describes",
        Role::Answer => "the answer",
    }
}

fn why_lines(event: &Event) -> String {
    if event.reasons.is_empty() {
        return "Why      no rule asked for anything".to_owned();
    }
    let lines = event.reasons.iter().enumerate().map(|(index, reason)| {
        let label = if index == 0 { "Why    " } else { "       " };
        format!("{label}  {} [{}{}]", reason.text, reason.rule, watching(reason))
    });
    lines.collect::<Vec<_>>().join("\n")
}

const fn watching(reason: &Reason) -> &'static str {
    match reason.mode {
        Mode::Enforce => "",
        Mode::Monitor | Mode::Tip | Mode::Off => ", only watching",
    }
}

fn outcome(event: &Event) -> String {
    let monitored = event.monitored.map_or(String::new(), |action| {
        format!("; rules that only watch would have said {action}")
    });
    let answered = event
        .local_status
        .map_or(String::new(), |status| format!(", answered with status {status}"));
    let held = event.held.as_ref().map_or(String::new(), |stage| {
        let reason = stage
            .reason
            .as_ref()
            .map_or(String::new(), |reason| format!(" ({reason})"));
        format!(
            "; it had waited as {}: {}{reason}",
            stage.event,
            stage.by.replace('_', " ")
        )
    });
    format!("{}{answered}{monitored}{held}", event.disposition)
}

fn summary(findings: &[Finding]) -> String {
    let mut types: Vec<(&str, u32)> = Vec::new();
    for finding in findings {
        match types.iter_mut().find(|(name, _)| *name == finding.data_type.as_str()) {
            Some((_, count)) => *count += finding.count,
            None => types.push((finding.data_type.as_str(), finding.count)),
        }
    }
    let shown: Vec<String> = types
        .into_iter()
        .map(|(name, count)| {
            if count > 1 {
                format!("{name} x{count}")
            } else {
                name.to_owned()
            }
        })
        .collect();
    shown.join(", ")
}

fn duration(micros: u64) -> String {
    if micros < 1_000 {
        format!("{micros} µs")
    } else {
        format!("{} ms", micros / 1_000)
    }
}

const fn tone(action: Action) -> Tone {
    match action {
        Action::Allow => Tone::Good,
        Action::Warn | Action::Pseudonymise | Action::Redact => Tone::Caution,
        Action::Block => Tone::Bad,
    }
}
