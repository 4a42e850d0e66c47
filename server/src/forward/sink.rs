//! Sinks: where records go, and in which format.

use super::cef::cef;
use super::item::Item;
use super::line::line;
use super::ocsf::ocsf;
use super::otlp::{Rejected, otlp};
use crate::alerts::poster;
use crate::outbound::{Otlp, Post, PostError, Poster, SetUpError, Syslog, SyslogError, SyslogSender, Webhook};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use weir_model::Timestamp;

/// A sink of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Names it, in the tables as well: a sink with another name begins anew.
    pub name: String,
    /// Where a new sink begins.
    #[serde(default)]
    pub from: From,
    /// How records are written. OTLP has its own.
    #[serde(default)]
    pub format: Format,
    /// Who takes them.
    pub to: Target,
}

/// Where a new sink begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// With the oldest record there is.
    #[default]
    Beginning,
    /// With the next that arrives.
    Now,
}

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON of the Open Cybersecurity Schema Framework.
    #[default]
    Ocsf,
    /// ArcSight's Common Event Format.
    Cef,
}

/// Who takes records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A POST for each group of records.
    Webhook(Webhook),
    /// A message for each record.
    Syslog(Syslog),
    /// A collector of OpenTelemetry.
    Otlp(Otlp),
}

/// A sink that can be used.
pub struct OpenSink {
    /// Its name.
    pub name: String,
    /// Where it begins, if it is new.
    pub from: From,
    format: Format,
    sender: Sender,
}

enum Sender {
    Post(Box<Poster>),
    Otlp(Box<Poster>),
    Syslog(SyslogSender),
}

/// Records were not taken.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// By an HTTP server.
    #[error(transparent)]
    Post(#[from] PostError),
    /// By a syslog server.
    #[error(transparent)]
    Syslog(#[from] SyslogError),
}

impl SinkError {
    /// Whether it is of no use to send the same again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Post(error) => error.is_final(),
            Self::Syslog(_) => false,
        }
    }
}

const PROGRAM: &str = env!("CARGO_PKG_VERSION");

impl OpenSink {
    /// Reads secrets and certificates; connects to nobody.
    ///
    /// # Errors
    /// The sink can never work as it is configured.
    pub fn open(sink: &Sink, home: &Path) -> Result<Self, SetUpError> {
        let sender = match &sink.to {
            Target::Webhook(webhook) => Sender::Post(Box::new(poster(webhook, home)?)),
            Target::Otlp(otlp) => {
                let authorization = otlp
                    .authorization
                    .as_ref()
                    .map(|secret| secret.read(home))
                    .transpose()?;
                let poster = Poster::new(home, &otlp.url, otlp.ca.as_ref(), None, authorization.as_ref())?;
                Sender::Otlp(Box::new(poster))
            }
            Target::Syslog(syslog) => Sender::Syslog(SyslogSender::new(home, &syslog.address, syslog.ca.as_ref())?),
        };
        Ok(Self {
            name: sink.name.clone(),
            from: sink.from,
            format: sink.format,
            sender,
        })
    }

    /// Sends records, in their order. Gives what a collector says that it rejected, and will always reject.
    ///
    /// # Errors
    /// Not all of them were taken, or nobody knows.
    pub async fn send(&self, items: &[Item], now: Timestamp) -> Result<Option<Rejected>, SinkError> {
        let name = delivery(&self.name, items);
        let post = |content_type, body| Post {
            content_type,
            body,
            delivery: &name,
            now,
        };
        match &self.sender {
            Sender::Post(poster) => {
                let post = match self.format {
                    Format::Ocsf => post("application/json", self.json(items)),
                    Format::Cef => post("text/plain; charset=utf-8", self.lines(items)),
                };
                poster.post(post).await?;
            }
            Sender::Otlp(poster) => {
                let body = otlp(items, PROGRAM).to_string().into_bytes();
                let answer = poster.ask(post("application/json", body)).await?;
                return Ok(Rejected::read(&answer));
            }
            Sender::Syslog(sender) => {
                let lines: Vec<String> = items.iter().map(|item| line(item, &self.text(item))).collect();
                sender.send(&lines).await?;
            }
        }
        Ok(None)
    }

    fn text(&self, item: &Item) -> String {
        match self.format {
            Format::Ocsf => ocsf(item, PROGRAM).to_string(),
            Format::Cef => cef(item, PROGRAM),
        }
    }

    fn json(&self, items: &[Item]) -> Vec<u8> {
        let events: Vec<Value> = items.iter().map(|item| ocsf(item, PROGRAM)).collect();
        Value::Array(events).to_string().into_bytes()
    }

    fn lines(&self, items: &[Item]) -> Vec<u8> {
        let lines: Vec<String> = items.iter().map(|item| cef(item, PROGRAM)).collect();
        (lines.join("\n") + "\n").into_bytes()
    }
}

/// Names a group by its first and last record.
fn delivery(sink: &str, items: &[Item]) -> String {
    let uid = |item: Option<&Item>| item.map(Item::uid).unwrap_or_default();
    format!("{sink}/{}..{}", uid(items.first()), uid(items.last()))
}
