//! Mail: over TLS, or not at all.

use super::receiver::Smtp;
use super::tls::SetUpError;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// Sends mail through one server, from one address to one mailbox.
pub struct Mailer {
    host: String,
    port: u16,
    tls: TlsParameters,
    /// TLS from the start; it is asked for otherwise.
    is_wrapped: bool,
    credentials: Option<Credentials>,
    from: Mailbox,
    to: Mailbox,
    /// A server that has not taken a letter after so long is left.
    patience: Duration,
}

/// For all of a letter: a server that accepts and says nothing would hold up everything else.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// What is said to a farewell is waited for so long, and changes nothing.
const FAREWELL: Duration = Duration::from_secs(2);

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
    Refused(#[source] Error),
    /// The mail server, or the way there.
    #[error("the mail server did not take it")]
    NotTaken(#[source] Error),
    /// It took too long.
    #[error("the mail server did not take it within {0:?}")]
    Late(Duration),
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
            Self::NotTaken(_) | Self::Late(_) => false,
        }
    }
}

/// Whether a text is an address of mail: `A@B` or `NAME <A@B>`.
#[must_use]
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// The address in a mailbox, without a name; `None` where it is none.
#[must_use]
pub fn address(mailbox: &str) -> Option<String> {
    let read = mailbox.parse::<Mailbox>().ok()?;
    Some(read.email.to_string())
}

impl Mailer {
    /// Reads the password and the authority; connects to nobody.
    ///
    /// # Errors
    /// It can never work as it is configured.
    pub fn open(smtp: &Smtp, to: &str, home: &Path) -> Result<Self, SetUpError> {
        let wrong = || SetUpError::Address(smtp.server.clone());
        let (scheme, rest) = smtp.server.split_once("://").ok_or_else(wrong)?;
        let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let is_wrapped = match scheme {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(wrong()),
        };
        let credentials = smtp.user.as_ref().map(|user| -> Result<_, SetUpError> {
            let password = smtp.password.as_ref().map(|secret| secret.read(home)).transpose()?;
            let password = password.map(|text| text.expose().to_owned()).unwrap_or_default();
            Ok(Credentials::new(user.clone(), password))
        });
        let mailbox = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|_| SetUpError::Address(text.to_owned()))
        };
        Ok(Self {
            port: port.parse().map_err(|_| wrong())?,
            tls: tls(host, smtp, home)?,
            host: host.to_owned(),
            is_wrapped,
            credentials: credentials.transpose()?,
            from: mailbox(&smtp.from)?,
            to: mailbox(to)?,
            patience: PATIENCE,
        })
    }

    /// The server has so long for a letter.
    #[must_use]
    pub const fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// Nobody has it, or nobody knows.
    pub async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let message = self.message(letter)?.formatted();
        let said = async {
            let mut server = self.connect().await.map_err(MailError::NotTaken)?;
            let said = self.hand_over(&mut server, &message).await;
            Ok::<_, MailError>((server, said))
        };
        let said = timeout(self.patience, said).await;
        let (mut server, said) = said.map_err(|_| MailError::Late(self.patience))??;
        let _ = timeout(FAREWELL, server.abort()).await;
        said
    }

    fn message(&self, letter: Letter) -> Result<Message, MailError> {
        let message = Message::builder().from(self.from.clone()).to(self.to.clone());
        let message = message.subject(letter.subject);
        Ok(match letter.attached {
            None => message.body(letter.text)?,
            Some(file) => {
                let kind = ContentType::parse(file.media_type)?;
                let file = Attachment::new(file.name).body(file.bytes, kind);
                let parts = MultiPart::mixed().singlepart(SinglePart::plain(letter.text));
                message.multipart(parts.singlepart(file))?
            }
        })
    }

    /// Speaks TLS, and says who writes.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let wrapped = self.is_wrapped.then(|| self.tls.clone());
        let address = (self.host.as_str(), self.port);
        let mut server = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &name, wrapped, None).await?;
        if !self.is_wrapped {
            server.starttls(self.tls.clone(), &name).await?;
        }
        if let Some(credentials) = &self.credentials {
            server.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(server)
    }

    /// Step by step, since the same answer is another matter at each: what is said to the mailbox is of the mailbox, and what is said to
    /// the sender or the letter somebody puts right.
    async fn hand_over(&self, server: &mut AsyncSmtpConnection, message: &[u8]) -> Result<(), MailError> {
        let (from, to) = (self.from.email.clone(), self.to.email.clone());
        let sender = Mail::new(Some(from), self.parameters(message));
        server.command(sender).await.map_err(MailError::NotTaken)?;
        server.command(Rcpt::new(to, Vec::new())).await.map_err(of_mailbox)?;
        server.command(Data).await.map_err(MailError::NotTaken)?;
        server.message(message).await.map_err(MailError::NotTaken)?;
        Ok(())
    }

    /// What a server has to know beforehand.
    fn parameters(&self, message: &[u8]) -> Vec<MailParameter> {
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        let wide = !is_ascii(&self.from.email) || !is_ascii(&self.to.email);
        let wide = wide.then_some(MailParameter::SmtpUtfEight);
        let body = (!message.is_ascii()).then_some(MailParameter::Body(MailBodyParameter::EightBitMime));
        wide.into_iter().chain(body).collect()
    }
}

fn tls(host: &str, smtp: &Smtp, home: &Path) -> Result<TlsParameters, SetUpError> {
    let mail = |error: Error| SetUpError::Mail(error.into());
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = &smtp.ca {
        let text = std::fs::read(home.join(path)).map_err(|source| SetUpError::Mail(source.into()))?;
        tls = tls.add_root_certificate(Certificate::from_pem(&text).map_err(mail)?);
    }
    tls.build_rustls().map_err(mail)
}

/// A mailbox that will not take it: it is not there, full, elsewhere, or none. What else is permanent to a mail server, as a password that is
/// about to be exchanged (535) or a server that takes nothing now (554), is put right by somebody.
fn of_mailbox(error: Error) -> MailError {
    let code = error.status().map(u16::from);
    match code.is_some_and(|code| (550..=553).contains(&code)) {
        true => MailError::Refused(error),
        false => MailError::NotTaken(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{address, is_mailbox};

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
        assert_eq!(
            address("The CISO <ciso@acme.example>").as_deref(),
            Some("ciso@acme.example")
        );
        assert_eq!(address("ciso"), None);
    }
}
