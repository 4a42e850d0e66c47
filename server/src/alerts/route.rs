//! Routes: whom alerts are told to.

use super::rule::{Rule, Urgency};
use super::table::{Alert, Delivery, Telling, Told};
use crate::outbound::{
    Letter, MailError, Mailer, Post, PostError, Poster, SetUpError, Smtp, Syslog, SyslogError, SyslogMessage,
    SyslogSender, Urgent, Webhook, address,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use weir_model::Timestamp;

/// A route of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Names it, in the tables as well.
    pub name: String,
    /// Alerts at least as urgent: 1, 2 or 3.
    #[serde(default = "least")]
    pub urgency: u8,
    /// Of these rules alone; of all, where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Who takes them.
    pub to: Receiver,
}

const fn least() -> u8 {
    1
}

/// Who takes alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receiver {
    /// A program.
    Webhook(Webhook),
    /// People.
    Mail(Smtp),
    /// A log server.
    Syslog(Syslog),
}

impl Route {
    /// What it takes, under each of its names.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let told = |route| Told {
            route,
            // More urgent than anything takes nothing less than the most urgent.
            urgency: Urgency::from_number(self.urgency).unwrap_or(Urgency::Hour),
            rules: self.rules.clone(),
        };
        self.names().into_iter().map(told).collect()
    }

    /// The names under which alerts are delivered: its own, and where it has several mailboxes `NAME (A@B)` for each. A mailbox that is
    /// gone, or waits for its server, is so for itself alone.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match &self.to {
            Receiver::Mail(smtp) => self.mailboxes(smtp).into_iter().map(|(name, _)| name).collect(),
            Receiver::Webhook(_) | Receiver::Syslog(_) => vec![self.name.clone()],
        }
    }

    /// Mailboxes, each once, behind the names of their deliveries.
    fn mailboxes<'a>(&self, smtp: &'a Smtp) -> Vec<(String, &'a str)> {
        let mut found: Vec<(String, &str)> = Vec::new();
        for to in &smtp.to {
            // What is no mailbox cannot be opened.
            let address = address(to).unwrap_or_else(|| to.clone());
            if found.iter().all(|(known, _)| *known != address) {
                found.push((address, to.as_str()));
            }
        }
        let several = found.len() > 1;
        let named = |(address, to)| match several {
            true => (format!("{} ({address})", self.name), to),
            false => (self.name.clone(), to),
        };
        found.into_iter().map(named).collect()
    }
}

/// Whom these routes tell of what.
#[must_use]
pub fn telling(routes: &[Route]) -> Telling {
    Telling(routes.iter().flat_map(Route::told).collect())
}

/// A route that can be used; of several mailboxes one.
pub struct OpenRoute {
    /// The name under which alerts are delivered on it.
    pub name: String,
    sender: Sender,
}

enum Sender {
    Webhook(Box<Poster>),
    Mail(Box<Mailer>),
    Syslog(SyslogSender),
}

/// An alert was not told.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// The webhook.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The syslog server.
    #[error(transparent)]
    Syslog(#[from] SyslogError),
    /// The mail server.
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl TellError {
    /// Whether it is of no use to send the same again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Post(error) => error.is_final(),
            Self::Mail(error) => error.is_final(),
            Self::Syslog(_) => false,
        }
    }
}

impl OpenRoute {
    /// Reads secrets and certificates; connects to nobody. Gives one for each of the route's names.
    ///
    /// # Errors
    /// The route can never work as it is configured.
    pub fn open(route: &Route, home: &Path) -> Result<Vec<Self>, SetUpError> {
        let one = |sender| {
            let name = route.name.clone();
            Ok(vec![Self { name, sender }])
        };
        match &route.to {
            Receiver::Webhook(webhook) => one(Sender::Webhook(Box::new(poster(webhook, home)?))),
            Receiver::Syslog(syslog) => one(Sender::Syslog(SyslogSender::new(
                home,
                &syslog.address,
                syslog.ca.as_ref(),
            )?)),
            Receiver::Mail(smtp) if smtp.to.is_empty() => Err(SetUpError::Nobody),
            Receiver::Mail(smtp) => {
                let open = |(name, to)| {
                    let sender = Sender::Mail(Box::new(Mailer::open(smtp, to, home)?));
                    Ok(Self { name, sender })
                };
                route.mailboxes(smtp).into_iter().map(open).collect()
            }
        }
    }

    /// A mail server has so long for each letter.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        let sender = match self.sender {
            Sender::Mail(mailer) => Sender::Mail(Box::new(mailer.within(patience))),
            other => other,
        };
        Self { sender, ..self }
    }

    /// Tells of an alert.
    ///
    /// # Errors
    /// Nobody was told, or nobody knows.
    pub async fn tell(&self, delivery: &Delivery, alert: &Alert, now: Timestamp) -> Result<(), TellError> {
        match &self.sender {
            Sender::Webhook(poster) => {
                let name = format!("{}/{}/{}", delivery.alert, delivery.what, delivery.route);
                let post = Post {
                    content_type: "application/json",
                    body: body(delivery, alert),
                    delivery: &name,
                    now,
                };
                Ok(poster.post(post).await?)
            }
            Sender::Mail(mailer) => {
                let letter = Letter {
                    subject: subject(delivery, alert),
                    text: letter(alert),
                    attached: None,
                };
                Ok(mailer.send(letter).await?)
            }
            Sender::Syslog(sender) => Ok(sender.send(&[line(delivery, alert)]).await?),
        }
    }
}

/// Reads what a webhook needs.
///
/// # Errors
/// It can never work as it is configured.
pub fn poster(webhook: &Webhook, home: &Path) -> Result<Poster, SetUpError> {
    let read = |secret: &Option<crate::outbound::Secret>| secret.as_ref().map(|secret| secret.read(home)).transpose();
    let authorization = read(&webhook.authorization)?;
    let secret = read(&webhook.secret)?;
    Poster::new(home, &webhook.url, webhook.ca.as_ref(), secret, authorization.as_ref())
}

/// What a webhook gets.
fn body(delivery: &Delivery, alert: &Alert) -> Vec<u8> {
    let at = alert.at_record;
    json!({
        "type": "weir.alert",
        "what": delivery.what,
        "id": alert.id,
        "rule": alert.rule,
        "urgency": alert.urgency.number(),
        "subject": alert.subject,
        "text": alert.text,
        "count": alert.count,
        "raised": alert.raised,
        "last": alert.last,
        "due": alert.due,
        "state": alert.state(),
        "device": at.map(|at| json!({"id": at.device, "name": alert.device_name})),
        "record": at.map(|at| json!({"timeline": at.timeline, "seq": at.seq, "event": at.event})),
    })
    .to_string()
    .into_bytes()
}

fn about(alert: &Alert) -> &str {
    alert.device_name.as_deref().unwrap_or(&alert.subject)
}

/// One line, whatever a device calls itself.
fn subject(delivery: &Delivery, alert: &Alert) -> String {
    let late = if delivery.what == "overdue" {
        " (nobody has acknowledged it)"
    } else {
        ""
    };
    let subject = format!(
        "[Weir {}] {}: {}{late}",
        alert.urgency.number(),
        alert.rule,
        about(alert)
    );
    subject.chars().filter(|c| !c.is_control()).collect()
}

fn letter(alert: &Alert) -> String {
    let mut text = format!("{}\n\n", alert.text);
    // Writing into a string cannot fail.
    let _ = writeln!(text, "Alert:   {}", alert.id);
    let _ = writeln!(text, "Rule:    {} (urgency {})", alert.rule, alert.urgency.number());
    let _ = writeln!(text, "About:   {}", about(alert).replace(char::is_control, " "));
    let _ = writeln!(text, "Count:   {}", alert.count);
    let _ = writeln!(text, "Raised:  {}", shown(alert.raised));
    if let Some(due) = alert.due {
        let _ = writeln!(text, "Due:     {}", shown(due));
    }
    if let Some(event) = alert.at_record.and_then(|at| at.event) {
        let _ = writeln!(text, "Event:   {event}");
    }
    let _ = writeln!(text, "\nweir-server alert acknowledge {}", alert.id);
    text
}

fn shown(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.as_millis())
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
        .unwrap_or_default()
}

fn line(delivery: &Delivery, alert: &Alert) -> String {
    let severity = match alert.urgency {
        Urgency::Note => Urgent::Notice,
        Urgency::Day => Urgent::Warning,
        Urgency::Hour => Urgent::Critical,
    };
    SyslogMessage {
        time: delivery.made,
        severity,
        host: alert.device_name.as_deref().unwrap_or("-"),
        kind: "alert",
        data: &[
            ("what", delivery.what.clone()),
            ("rule", alert.rule.to_string()),
            ("urgency", alert.urgency.number().to_string()),
            ("subject", alert.subject.clone()),
            ("count", alert.count.to_string()),
            ("id", alert.id.to_string()),
        ],
        text: &alert.text,
    }
    .to_line()
}
