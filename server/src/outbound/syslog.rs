//! Syslog: RFC 5424 messages over TLS, counted in octets (RFC 5425).
//!
//! Syslog has no answers. What can be known is whether the other end closed its side after ours, without an error: so each
//! group of messages has a connection of its own, and counts as sent when that ends well.

use super::tls::{SetUpError, tls};
use rustls_pki_types::ServerName;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use weir_model::Timestamp;

const CONNECT: Duration = Duration::from_secs(5);
const WRITE: Duration = Duration::from_secs(20);
/// Servers that leave the connection open have taken it all the same.
const CLOSE: Duration = Duration::from_secs(2);

/// Severities of RFC 5424 that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgent {
    /// 2.
    Critical,
    /// 3.
    Error,
    /// 4.
    Warning,
    /// 5.
    Notice,
    /// 6.
    Informational,
}

/// One message.
#[derive(Clone, Debug)]
pub struct SyslogMessage<'a> {
    /// When.
    pub time: Timestamp,
    /// How bad.
    pub severity: Urgent,
    /// The machine it is about.
    pub host: &'a str,
    /// What it is.
    pub kind: &'a str,
    /// Names and values.
    pub data: &'a [(&'static str, String)],
    /// The rest.
    pub text: &'a str,
}

/// Log audit.
const FACILITY: u8 = 13;
/// The number of examples (RFC 5612), with a name of ours.
const ELEMENT: &str = "weir@32473";

impl SyslogMessage<'_> {
    /// As it is sent, without its length. Whatever stands in a field, it is one line, and has one header.
    #[must_use]
    pub fn to_line(&self) -> String {
        let severity = match self.severity {
            Urgent::Critical => 2,
            Urgent::Error => 3,
            Urgent::Warning => 4,
            Urgent::Notice => 5,
            Urgent::Informational => 6,
        };
        let mut line = format!(
            "<{}>1 {} {} weir - {} ",
            FACILITY * 8 + severity,
            time(self.time),
            name(self.host, 255),
            name(self.kind, 32)
        );
        if self.data.is_empty() {
            line.push('-');
        } else {
            let _ = write!(line, "[{ELEMENT}");
            for (key, value) in self.data {
                let _ = write!(line, " {key}=\"{}\"", sd_value(value));
            }
            line.push(']');
        }
        line.push(' ');
        line.extend(self.text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        line
    }
}

fn time(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.as_millis()).map_or_else(
        |_| "-".to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    )
}

/// Printable ASCII without spaces; `-` where nothing is left.
fn name(text: &str, longest: usize) -> String {
    let name: String = text.chars().filter(char::is_ascii_graphic).take(longest).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

/// A value of structured data: `"`, `\` and `]` are escaped, control characters are spaces.
#[must_use]
pub fn sd_value(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' | ']' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Sends to one server.
pub struct SyslogSender {
    address: String,
    name: ServerName<'static>,
    tls: TlsConnector,
}

/// It was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SyslogError {
    /// No connection, or it broke.
    #[error("the syslog server cannot be reached")]
    Unreachable(#[from] io::Error),
    /// It took too long.
    #[error("the syslog server is too slow")]
    Late,
}

impl SyslogSender {
    /// Does not connect yet.
    ///
    /// # Errors
    /// The address, or the authority.
    pub fn new(home: &Path, address: &str, ca: Option<&PathBuf>) -> Result<Self, SetUpError> {
        let wrong = || SetUpError::Address(address.to_owned());
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        port.parse::<u16>().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            address: address.to_owned(),
            name: ServerName::try_from(host.to_owned()).map_err(|_| wrong())?,
            tls: TlsConnector::from(Arc::new(tls(home, ca)?)),
        })
    }

    /// Sends messages in their order.
    ///
    /// # Errors
    /// Some may have arrived.
    pub async fn send(&self, lines: &[String]) -> Result<(), SyslogError> {
        let mut bytes = Vec::new();
        for line in lines {
            bytes.extend_from_slice(format!("{} ", line.len()).as_bytes());
            bytes.extend_from_slice(line.as_bytes());
        }
        let connect = async {
            let tcp = TcpStream::connect(&self.address).await?;
            self.tls.connect(self.name.clone(), tcp).await
        };
        let mut stream = tokio::time::timeout(CONNECT, connect)
            .await
            .map_err(|_| SyslogError::Late)??;
        let write = async {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            stream.shutdown().await
        };
        tokio::time::timeout(WRITE, write)
            .await
            .map_err(|_| SyslogError::Late)??;
        let mut rest = [0; 64];
        let end = async {
            loop {
                match stream.read(&mut rest).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    // Many servers end without a word of TLS.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        match tokio::time::timeout(CLOSE, end).await {
            Ok(ended) => Ok(ended?),
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SyslogMessage, Urgent};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    fn line(host: &str, value: &str, text: &str) -> String {
        SyslogMessage {
            time: Timestamp::from_millis(1_800_000_000_123),
            severity: Urgent::Warning,
            host,
            kind: "alert",
            data: &[("rule", value.to_owned())],
            text,
        }
        .to_line()
    }

    #[test]
    fn a_message_is_as_the_rfc_says() {
        assert_eq!(
            line("laptop 13", "a \"b\" [c]\\", "it is late"),
            "<108>1 2027-01-15T08:00:00.123Z laptop13 weir - alert [weir@32473 rule=\"a \\\"b\\\" [c\\]\\\\\"] it is late"
        );
        assert!(line("\n", "", "").starts_with("<108>1 2027-01-15T08:00:00.123Z - weir"));
    }

    proptest! {
        #[test]
        fn nothing_in_a_field_ends_it(host in any::<String>(), value in any::<String>(), text in any::<String>()) {
            let line = line(&host, &value, &text);
            prop_assert!(!line.chars().any(char::is_control));
            let head: Vec<&str> = line.splitn(7, ' ').collect();
            prop_assert_eq!((head[3], head[4], head[5]), ("weir", "-", "alert"));
            // Read as a receiver would: the value ends at the first quotation mark that is not escaped.
            let rest = head[6].strip_prefix("[weir@32473 rule=\"").unwrap();
            let (mut read, mut chars) = (String::new(), rest.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => read.extend(chars.next()),
                    '"' => break,
                    c => read.push(c),
                }
            }
            let plain = |text: &str| -> String { text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect() };
            prop_assert_eq!(read, plain(&value));
            prop_assert_eq!(chars.as_str(), format!("] {}", plain(&text)));
        }
    }
}
