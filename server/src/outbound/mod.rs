//! What the server sends to others and asks of them: alerts to people, records to their systems, who somebody is.
//!
//! Who is called stands in `server.toml` and nowhere else: nobody who can only ask the server can make it call anything.
//! Redirects are not followed, so that a receiver cannot make it either. Secrets come from files or the environment, and
//! have no `Debug`.

mod ask;
mod http;
mod mail;
mod receiver;
mod secret;
mod syslog;
mod tls;

pub use ask::{AskError, Asker};
pub(crate) use ask::{client, may_be_asked};
pub use http::{Post, PostError, Poster, signature};
pub use mail::{Attached, Letter, MailError, Mailer, address, is_mailbox};
pub use receiver::{Otlp, Smtp, Syslog, Webhook};
pub use secret::{Secret, SecretError, SecretText};
pub use syslog::{SyslogError, SyslogMessage, SyslogSender, Urgent, sd_value};
pub use tls::{SetUpError, tls};
