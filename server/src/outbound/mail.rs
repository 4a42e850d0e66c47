//! Mail: over TLS, or not at all.

use super::receiver::Smtp;
use super::tls::SetUpError;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::Path;
use std::time::Duration;

/// Sends mail through one server, from one address to some.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Below it.
    pub text: String,
    /// A file that comes with it.
    pub attached: Option<Attached>,
}

/// A file that comes with a letter.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its media type: `application/pdf`.
    pub media_type: &'static str,
    /// It.
    pub bytes: Vec<u8>,
}

/// A letter was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail server will never take it for this mailbox.
    #[error("the mail server refuses it")]
    Refused(#[source] lettre::transport::smtp::Error),
    /// The mail server, or the way there.
    #[error("the mail server did not take it")]
    NotTaken(#[source] lettre::transport::smtp::Error),
    /// It cannot be written.
    #[error("the mail cannot be written")]
    Written(#[from] lettre::error::Error),
    /// What comes with it.
    #[error("the mail cannot be written")]
    Attached(#[from] lettre::message::header::ContentTypeErr),
}

impl MailError {
    /// Whether it is of no use to send the same again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Written(_) | Self::Attached(_) => true,
            Self::NotTaken(_) => false,
        }
    }
}

/// Whether a text is an address of mail: `A@B` or `NAME <A@B>`.
#[must_use]
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

impl Mailer {
    /// Reads the password and the authority; connects to nobody.
    ///
    /// # Errors
    /// It can never work as it is configured.
    pub fn open(smtp: &Smtp, home: &Path) -> Result<Self, SetUpError> {
        let wrong = || SetUpError::Address(smtp.server.clone());
        let (scheme, rest) = smtp.server.split_once("://").ok_or_else(wrong)?;
        let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let mail = |error: lettre::transport::smtp::Error| SetUpError::Mail(error.into());
        let mut tls = TlsParameters::builder(host.to_owned());
        if let Some(path) = &smtp.ca {
            let path = home.join(path);
            let text = std::fs::read(&path).map_err(|source| SetUpError::Mail(source.into()))?;
            tls = tls.add_root_certificate(Certificate::from_pem(&text).map_err(mail)?);
        }
        let tls = tls.build_rustls().map_err(mail)?;
        let tls = match scheme {
            "smtps" => Tls::Wrapper(tls),
            "smtp" => Tls::Required(tls),
            _ => return Err(wrong()),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(10)));
        if let Some(user) = &smtp.user {
            let password = smtp.password.as_ref().map(|secret| secret.read(home)).transpose()?;
            let password = password.map(|text| text.expose().to_owned()).unwrap_or_default();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        let mailbox = |text: &String| text.parse().map_err(|_| SetUpError::Address(text.clone()));
        Ok(Self {
            transport: transport.build(),
            from: mailbox(&smtp.from)?,
            to: smtp.to.iter().map(mailbox).collect::<Result<_, _>>()?,
        })
    }

    /// Sends a letter to all of them.
    ///
    /// # Errors
    /// Nobody has it, or nobody knows.
    pub async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let mut message = Message::builder().from(self.from.clone()).subject(letter.subject);
        for to in &self.to {
            message = message.to(to.clone());
        }
        let message = match letter.attached {
            None => message.body(letter.text)?,
            Some(file) => {
                let kind = ContentType::parse(file.media_type)?;
                let file = Attachment::new(file.name).body(file.bytes, kind);
                let parts = MultiPart::mixed().singlepart(SinglePart::plain(letter.text));
                message.multipart(parts.singlepart(file))?
            }
        };
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if is_of_recipient(&error) => Err(MailError::Refused(error)),
            Err(error) => Err(MailError::NotTaken(error)),
        }
    }
}

/// A mailbox that will not take it: it is not there, full, elsewhere, or none. What else is permanent to a mail server, as a password that is
/// about to be exchanged (535) or a server that takes nothing now (554), is put right by somebody.
fn is_of_recipient(error: &lettre::transport::smtp::Error) -> bool {
    error
        .status()
        .is_some_and(|code| (550..=553).contains(&u16::from(code)))
}

#[cfg(test)]
mod tests {
    use super::is_mailbox;

    #[test]
    fn addresses_are_told_from_other_texts() {
        assert!(is_mailbox("ciso@acme.example") && is_mailbox("The CISO <ciso@acme.example>"));
        for wrong in [
            "",
            "ciso",
            "ciso@",
            "@acme.example",
            "a@b.example, c@d.example",
            "a@b.example\r\nBcc: x@y.example",
        ] {
            assert!(!is_mailbox(wrong), "{wrong}");
        }
    }
}
