//! The server's configuration file.

use crate::access::OpenId;
use crate::alerts::{Route, Thresholds};
use crate::archive::Archive;
use crate::forward::Sink;
use crate::reports::{WeekMailError, Weekly};
use crate::retention::Retention;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use weir_bundle::{PublicKey, Trust};

/// `server.toml`, in the server's home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where devices connect.
    pub listen: SocketAddr,
    /// Names and addresses devices know this server by.
    pub names: Vec<String>,
    /// `sqlite:PATH`, relative to the home, or `postgres://…`.
    pub database: String,
    /// Where metrics, health and readiness are told; nowhere, if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SocketAddr>,
    /// Who may sign policy.
    #[serde(default)]
    pub policy: Policy,
    /// Who says who people are, beside passwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<OpenId>,
    /// Where records are put when a day is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// How long records are kept.
    #[serde(default)]
    pub retention: Retention,
    /// What is written by itself.
    #[serde(default)]
    pub reports: Weekly,
    /// Where alerts draw their lines.
    #[serde(default)]
    pub alerts: Thresholds,
    /// Whom alerts are told to.
    #[serde(default, rename = "route", skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Where records are forwarded to.
    #[serde(default, rename = "forward", skip_serializing_if = "Vec::is_empty")]
    pub sinks: Vec<Sink>,
}

/// Whose signatures devices ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Public keys (PEM), relative to the home.
    pub keys: Vec<PathBuf>,
    /// How many of them must have signed.
    pub threshold: usize,
    /// Bundles come from drafts that others have approved, and from nowhere else.
    pub require_approval: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            threshold: 1,
            require_approval: false,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text; says line and column.
    #[error("`{}` is not a configuration", .path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key.
    #[error("`{}` cannot verify policy", .path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: weir_bundle::KeyError,
    },
    /// There are three.
    #[error("`[[route]]` `{name}`: urgency {urgency} is not 1, 2 or 3")]
    Urgency {
        /// Of the route.
        name: String,
        /// As configured.
        urgency: u8,
    },
    /// Names stand in the database: they are used once.
    #[error("there are two `[[{kind}]]` with the name `{name}`")]
    Twice {
        /// `route` or `forward`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Whom reports are sent to.
    #[error(transparent)]
    WeekMail(#[from] WeekMailError),
    /// Bundles could never be signed.
    #[error("`policy.threshold` is {threshold}, with {keys} keys: no bundle could be signed")]
    Threshold {
        /// As configured.
        threshold: usize,
        /// As configured.
        keys: usize,
    },
}

impl Config {
    /// Reads the file in `home`.
    ///
    /// # Errors
    /// Missing, or not what it should be.
    pub fn read(home: &Path) -> Result<Self, ConfigError> {
        let path = home.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::Read {
            path: path.clone(),
            source,
        })?;
        let config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path,
            source: source.into(),
        })?;
        let odd = |route: &&Route| !(1..=3).contains(&route.urgency);
        if let Some(Route { name, urgency, .. }) = config.routes.iter().find(odd) {
            let (name, urgency) = (name.clone(), *urgency);
            return Err(ConfigError::Urgency { name, urgency });
        }
        once("route", config.routes.iter().map(|route| route.name.clone()))?;
        // Where a route has several mailboxes, each has a name as well.
        once("route", config.routes.iter().flat_map(Route::names))?;
        once("forward", config.sinks.iter().map(|sink| sink.name.clone()))?;
        if let Some(mail) = &config.reports.mail {
            mail.server(&config.routes)?;
        }
        Ok(config)
    }

    /// The file, with every key explained.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self {
            listen,
            names,
            database,
            metrics,
            policy,
            openid,
            archive,
            retention,
            reports,
            alerts,
            routes,
            sinks,
        } = self;
        let metrics = match metrics {
            Some(address) => format!("metrics = {}", quoted(&address.to_string())),
            None => "# metrics = \"127.0.0.1:9464\"".to_owned(),
        };
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "# Where devices connect.\nlisten = {listen}\n\n\
             # Names and addresses devices know this server by. Its certificate is made for them at each start.\nnames = {names}\n\n\
             # sqlite:PATH (relative to this directory), or postgres://USER:PASSWORD@HOST/DATABASE. Several servers with the same\n\
             # keys may share one PostgreSQL.\ndatabase = {database}\n\n\
             # Where /metrics (Prometheus), /healthz and /readyz are told, without TLS and to whoever asks; nowhere, if it is not said.\n{metrics}\n\n\
             [policy]\n# Public keys (PEM, relative to this directory) of the people who sign bundles with `weir policy sign`.\nkeys = {keys}\n\
             # How many of them must have signed.\nthreshold = {threshold}\n\
             # true: bundles come from drafts that somebody else than their authors approved (two others, where something gets\n\
             # further than before), and from nowhere else. false: one administrator alone may propose and publish.\n\
             require_approval = {approval}\n{retention}{reports}{alerts}{ROUTES}",
            listen = quoted(&listen.to_string()),
            names = quoted(names),
            database = quoted(database),
            keys = quoted(&policy.keys),
            threshold = policy.threshold,
            approval = policy.require_approval,
            retention = retention.to_text(),
            reports = reports.to_text(),
            alerts = alerts.to_text(),
        );
        for route in routes {
            text.push_str(&table("[[route]]", route));
        }
        text.push_str(SINKS);
        for sink in sinks {
            text.push_str(&table("[[forward]]", sink));
        }
        text.push_str(OPENID);
        if let Some(openid) = openid {
            text.push_str(&table("[openid]", openid));
        }
        text.push_str(ARCHIVE);
        if let Some(archive) = archive {
            text.push_str(&table("[archive]", archive));
        }
        text
    }

    /// Files it names: keys that sign policy, secrets, authorities. What is relative lies in the home.
    #[must_use]
    pub fn files(&self) -> BTreeSet<PathBuf> {
        let mut files = self.policy.keys.iter().cloned().collect();
        // Whatever is added to it later is found: a secret is a `file` and an authority a `ca`, wherever they stand.
        named(&toml::Table::try_from(self).unwrap_or_default(), &mut files);
        files
    }

    /// Where the database is.
    #[must_use]
    pub fn database_in(&self, home: &Path) -> String {
        match self.database.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", home.join(path).display()),
            None => self.database.clone(),
        }
    }

    /// The keys that may sign policy.
    ///
    /// # Errors
    /// One is missing or none, or more must sign than there are.
    pub fn trust_in(&self, home: &Path) -> Result<Trust, ConfigError> {
        let read = |path: &PathBuf| {
            let path = home.join(path);
            let text = fs::read(&path).map_err(|source| ConfigError::Read {
                path: path.clone(),
                source,
            })?;
            PublicKey::from_pem(&text).map_err(|source| ConfigError::Key { path, source })
        };
        let keys = self.policy.keys.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let threshold = self.policy.threshold;
        if threshold == 0 || !keys.is_empty() && threshold > keys.len() {
            return Err(ConfigError::Threshold {
                threshold,
                keys: keys.len(),
            });
        }
        Ok(Trust { keys, threshold })
    }
}

fn once(kind: &'static str, names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if seen.contains(&name) {
            return Err(ConfigError::Twice { kind, name });
        }
        seen.insert(name);
    }
    Ok(())
}

fn named(table: &toml::Table, files: &mut BTreeSet<PathBuf>) {
    for (key, value) in table {
        match value {
            toml::Value::String(path) if key == "file" || key == "ca" => drop(files.insert(path.into())),
            toml::Value::Table(table) => named(table, files),
            toml::Value::Array(all) => all
                .iter()
                .filter_map(toml::Value::as_table)
                .for_each(|table| named(table, files)),
            _ => {}
        }
    }
}

/// A table, a line for each key.
fn table(head: &str, value: &impl Serialize) -> String {
    let mut text = format!("\n{head}\n");
    let read = toml::Table::try_from(value).unwrap_or_default();
    for (key, value) in read {
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

/// What may stand behind `[alerts]`.
const ROUTES: &str = r#"
# Whom to tell of alerts: as many [[route]] as there are, each with
#   name      its name, which stands in the database: a route with another name is another route
#   urgency   alerts at least as urgent: 1 (all, if it is not said), 2 (to be acknowledged within a day), 3 (within an hour)
#   rules     of these rules alone (`weir-server alert rules`); of all, if it is not said
#   to        one of
#     { webhook = { url = "https://HOST/PATH", secret = SECRET, authorization = SECRET, ca = "FILE" } }
#         POST of JSON, five seconds, no redirects. With `secret` a header `Weir-Signature: t=SECONDS,v1=HEX` signs it:
#         HMAC-SHA-256 over SECONDS.BODY. `authorization` is the whole value of that header. http:// only to this machine.
#     { mail = { server = "smtps://HOST:465", user = "NAME", password = SECRET, ca = "FILE", from = "A@B", to = ["C@D"] } }
#         smtp://HOST:587 is STARTTLS: without TLS nothing is sent. Each mailbox of `to` gets a mail of its own.
#     { syslog = { address = "HOST:6514", ca = "FILE" } }
#         RFC 5424 over TLS.
#   SECRET is { file = "FILE" } (relative to this directory) or { env = "NAME" }. `ca` (PEM, relative to this directory) is
#   believed beside the authorities of the operating system. What is not taken is tried twelve times in five hours.
"#;

/// What may stand behind the routes.
const SINKS: &str = r#"
# Where every record is forwarded to: as many [[forward]] as there are, each with
#   name      its name, which stands in the database: with another name it begins anew
#   from      where a new one begins: "beginning" (if it is not said) or "now"
#   format    "ocsf" (JSON, if it is not said) or "cef"
#   to        one of
#     { webhook = { url = "https://HOST/PATH", secret = SECRET, authorization = SECRET, ca = "FILE" } }
#         POST of an array of events (OCSF) or of lines (CEF), signed as for alerts.
#     { syslog = { address = "HOST:6514", ca = "FILE" } }
#         a message of RFC 5424 for each record, over TLS with counted octets.
#     { otlp = { url = "https://HOST:4318/v1/logs", authorization = SECRET, ca = "FILE" } }
#         a collector of OpenTelemetry; it has a format of its own.
#   Records go at least once and in their order; what is not taken is tried again, after 10 s up to 5 min, for as long as it takes.
"#;

/// What may stand behind the sinks.
const OPENID: &str = r#"
# Who may say who people are, beside passwords: a provider of OpenID Connect, asked by the authorization code flow with PKCE.
# One section [openid] with
#   name           as the sign-in page names it
#   issuer         its address, as its tokens name it
#   client_id      what it knows this server by
#   client_secret  SECRET, where it asks for one
#   url            how browsers reach this server, https://HOST[:PORT]; the provider must send them back to
#                  URL/api/v1/session/openid/callback
#   ca             "FILE" (PEM), believed beside the authorities of the operating system
#   scopes         asked for beside openid: ["profile", "email"], if it is not said
#   name_claim     names the account: "preferred_username", if it is not said
#   groups_claim   holds the groups: "groups", if it is not said
#   roles          [{ group = "GROUP", role = "ROLE" }, …]: the first that fits; nobody without one comes in
"#;

/// What may stand at the end.
const ARCHIVE: &str = r#"
# Where the records of each day are put when it is over, as Parquet; retention then takes away only what is there. One section
# [archive] with
#   to          a folder (relative to this directory), or "s3://BUCKET/PREFIX"
#   endpoint    where the bucket is, if it is not Amazon's: "https://HOST:PORT"
#   region      "us-east-1", if it is not said
#   access_key  SECRET, the key's id
#   secret_key  SECRET, the key itself
#   ca          "FILE" (PEM), believed beside the authorities of the operating system
"#;

/// As TOML writes a value. Texts and lists of texts can always be written.
pub(crate) fn quoted(value: &(impl Serialize + ?Sized)) -> String {
    toml::Value::try_from(value)
        .map(|value| value.to_string())
        .unwrap_or_default()
}

/// Name of the file.
pub const FILE: &str = "server.toml";

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError, FILE, Policy};
    use crate::access::{Grant, OpenId, Role};
    use crate::alerts::{Receiver, Route, Rule, Thresholds};
    use crate::archive::Archive;
    use crate::forward::{Format, From, Sink, Target};
    use crate::outbound::{Otlp, Secret, Smtp, Syslog, Webhook};
    use crate::reports::{WeekMail, WeekMailError, Weekly};
    use crate::retention::Retention;
    use std::num::NonZeroU16;

    fn routes() -> Vec<Route> {
        let route = |name: &str, to| Route {
            name: name.to_owned(),
            urgency: 2,
            rules: vec![Rule::Clone],
            to,
        };
        let webhook = Webhook {
            url: "https://hooks.example/a".to_owned(),
            secret: Some(Secret::File("a.secret".into())),
            authorization: Some(Secret::Env("TOKEN".to_owned())),
            ca: None,
        };
        let mail = Smtp {
            server: "smtps://mail.example:465".to_owned(),
            user: Some("weir".to_owned()),
            password: Some(Secret::File("b".into())),
            ca: Some("ca.pem".into()),
            from: "Weir <weir@example.com>".to_owned(),
            to: vec!["soc@example.com".to_owned()],
        };
        let syslog = Syslog {
            address: "siem.example:6514".to_owned(),
            ca: None,
        };
        vec![
            route("a", Receiver::Webhook(webhook)),
            route("b", Receiver::Mail(mail)),
            route("c", Receiver::Syslog(syslog)),
        ]
    }

    fn sinks() -> Vec<Sink> {
        let sink = |name: &str, format, to| Sink {
            name: name.to_owned(),
            from: From::Now,
            format,
            to,
        };
        let otlp = Otlp {
            url: "https://collector.example:4318/v1/logs".to_owned(),
            authorization: Some(Secret::File("token".into())),
            ca: None,
        };
        let syslog = Syslog {
            address: "siem.example:6514".to_owned(),
            ca: Some("ca.pem".into()),
        };
        vec![
            sink("otel", Format::Ocsf, Target::Otlp(otlp)),
            sink("siem", Format::Cef, Target::Syslog(syslog)),
        ]
    }

    #[test]
    fn routes_and_sinks_that_cannot_be_meant_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let read = |more: &str| {
            let text = format!("listen = \"127.0.0.1:0\"\nnames = [\"a\"]\ndatabase = \"sqlite:weir.db\"\n{more}");
            std::fs::write(home.path().join(FILE), text).unwrap();
            Config::read(home.path())
        };
        let to = "to = { syslog = { address = \"a:1\" } }";
        assert!(
            read(&format!(
                "[[route]]\nname = \"a\"\n{to}\n[[forward]]\nname = \"a\"\n{to}"
            ))
            .is_ok()
        );
        let twice = format!("[[forward]]\nname = \"a\"\n{to}\n").repeat(2);
        assert!(matches!(read(&twice), Err(ConfigError::Twice { kind: "forward", .. })));
        let several = "to = { mail = { server = \"smtps://a:465\", from = \"a@b.c\", to = [\"d@e.f\", \"g@h.i\", \"G <g@h.i>\"] } }";
        let mail = format!("[[route]]\nname = \"a\"\n{several}\n");
        assert_eq!(read(&mail).unwrap().routes[0].names(), ["a (d@e.f)", "a (g@h.i)"]);
        let twice = format!("{mail}[[route]]\nname = \"a (g@h.i)\"\n{to}\n");
        assert!(matches!(read(&twice), Err(ConfigError::Twice { kind: "route", .. })));
        let odd = format!("[[route]]\nname = \"a\"\nurgency = 4\n{to}");
        assert!(matches!(read(&odd), Err(ConfigError::Urgency { urgency: 4, .. })));
        let literal = "[[route]]\nname = \"a\"\nto = { webhook = { url = \"https://a/\", secret = \"no\" } }";
        assert!(matches!(read(literal), Err(ConfigError::Parse { .. })));
        let nowhere = "[reports]\nmail = { route = \"soc\", to = [\"ciso@example.com\"] }\n";
        assert!(matches!(
            read(nowhere),
            Err(ConfigError::WeekMail(WeekMailError::Route(_)))
        ));
    }

    #[test]
    fn the_file_that_is_written_is_the_file_that_is_read() {
        let config = Config {
            listen: "0.0.0.0:8443".parse().unwrap(),
            names: vec!["weir.example".to_owned(), "10.0.0.1".to_owned()],
            database: "sqlite:weir.db".to_owned(),
            policy: Policy {
                keys: vec!["an \"odd\" key.pub".into()],
                threshold: 2,
                require_approval: true,
            },
            openid: Some(OpenId {
                name: "Acme".to_owned(),
                issuer: "https://login.acme.example/realms/a".to_owned(),
                client_id: "weir".to_owned(),
                client_secret: Some(Secret::File("openid.secret".into())),
                url: "https://weir.acme.example".to_owned(),
                ca: None,
                scopes: vec!["groups".to_owned()],
                name_claim: "email".to_owned(),
                groups_claim: "groups".to_owned(),
                roles: vec![Grant {
                    group: "security".to_owned(),
                    role: Role::Admin,
                }],
            }),
            archive: Some(Archive {
                to: "s3://audit/weir".to_owned(),
                endpoint: Some("https://s3.acme.example".to_owned()),
                region: None,
                access_key: Some(Secret::Env("KEY".to_owned())),
                secret_key: Some(Secret::File("s3.key".into())),
                ca: None,
            }),
            retention: Retention {
                days: NonZeroU16::new(90),
            },
            reports: Weekly {
                week: Some("papers of the week".into()),
                mail: Some(WeekMail {
                    route: "b".to_owned(),
                    to: vec!["The CISO <ciso@example.com>".to_owned()],
                }),
            },
            alerts: Thresholds {
                silent_days: 3,
                ..Thresholds::default()
            },
            routes: routes(),
            sinks: sinks(),
            metrics: Some("127.0.0.1:9464".parse().unwrap()),
        };
        let text = config.to_text();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config, "{text}");
        let files = [
            "a.secret",
            "an \"odd\" key.pub",
            "b",
            "ca.pem",
            "openid.secret",
            "s3.key",
            "token",
        ];
        assert_eq!(config.files(), files.map(Into::into).into());
        assert!(toml::from_str::<Config>(&format!("listne = 1\n{text}")).is_err());
    }
}
