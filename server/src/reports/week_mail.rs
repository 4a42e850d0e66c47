//! The report of each week by mail, to everybody who is named, once a week: whichever node of several sends it, and over restarts.
//!
//! A row for each week and receiver decides: a node claims it before it writes, and says afterwards what came of it. A node that
//! dies between the two leaves the claim to the others for an hour; whoever was written to in that moment is written to twice.

use super::week::{Week, week};
use super::week_mail_table::Mailing;
use super::week_paper::week_paper;
use super::weekly::{day, last_due_week, week_file};
use crate::alerts::{ATTEMPTS, Receiver, Route, pause};
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::outbound::{Attached, Letter, MailError, Mailer, SetUpError, Smtp, is_mailbox};
use crate::paper;
use crate::repo::{Repo, RepoError};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// Whom reports of weeks are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeekMail {
    /// The `[[route]]` by mail whose server takes them.
    pub route: String,
    /// Who reads them.
    pub to: Vec<String>,
}

/// Nobody can be written to as the configuration says it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeekMailError {
    /// The route is not there.
    #[error("`[reports]` mail: there is no `[[route]]` with the name `{0}`")]
    Route(String),
    /// It tells in another way.
    #[error("`[reports]` mail: the `[[route]]` `{0}` does not go by mail")]
    NoMail(String),
    /// The list is empty.
    #[error("`[reports]` mail: `to` names nobody")]
    Nobody,
    /// Mail cannot go there.
    #[error("`[reports]` mail: `{0}` in `to` is no address (`A@B` or `NAME <A@B>`)")]
    Address(String),
}

impl WeekMail {
    /// The mail server that takes reports, as its route says it.
    ///
    /// # Errors
    /// Nobody could be written to.
    pub fn server<'a>(&self, routes: &'a [Route]) -> Result<&'a Smtp, WeekMailError> {
        let route = routes.iter().find(|route| route.name == self.route);
        let smtp = match route.map(|route| &route.to) {
            Some(Receiver::Mail(smtp)) => smtp,
            Some(_) => return Err(WeekMailError::NoMail(self.route.clone())),
            None => return Err(WeekMailError::Route(self.route.clone())),
        };
        if self.to.is_empty() {
            return Err(WeekMailError::Nobody);
        }
        match self.to.iter().find(|to| !is_mailbox(to)) {
            Some(wrong) => Err(WeekMailError::Address(wrong.clone())),
            None => Ok(smtp),
        }
    }
}

/// Why a report was not sent.
#[derive(Clone)]
struct Failed {
    error: String,
    is_final: bool,
}

impl Failed {
    /// What may go the next time.
    fn for_now(error: &(dyn Error + 'static)) -> Self {
        Self {
            error: chain(error),
            is_final: false,
        }
    }

    fn mail(error: &MailError) -> Self {
        Self {
            is_final: error.is_final(),
            ..Self::for_now(error)
        }
    }
}

/// Sends reports of weeks.
pub struct WeekMailer {
    receivers: Vec<(String, Mailer)>,
}

/// How often is looked whether something is due.
const PAUSE: Duration = Duration::from_secs(30);
/// Milliseconds for which a node that dies in an attempt leaves it to nobody else: a week of a large fleet takes minutes to count.
const CLAIM: i64 = 3_600_000;

impl WeekMailer {
    /// Reads the password and the authority; connects to nobody.
    ///
    /// # Errors
    /// The mail server can never be called as it is configured.
    pub fn open(smtp: &Smtp, to: &[String], home: &Path) -> Result<Self, SetUpError> {
        // Each gets a mail of their own: a mailbox that is gone keeps the others from nothing.
        let mailer = |to: &String| Mailer::open(smtp, to, home).map(|mailer| (to.clone(), mailer));
        let receivers = to.iter().map(mailer).collect::<Result<_, _>>()?;
        Ok(Self { receivers })
    }

    /// Sends for as long as the node lives.
    pub async fn follow(&self, repo: &dyn Repo) {
        loop {
            if let Err(error) = self.round(repo, clock::now()).await {
                tracing::warn!(error = chain(&error), "the report of the week could not be sent");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends the report of the last week that has been over for a day to those who have not got it, and where it is time to try.
    /// Gives how many attempts there were.
    ///
    /// # Errors
    /// The database. What was claimed is tried again in an hour.
    pub async fn round(&self, repo: &dyn Repo, now: Timestamp) -> Result<usize, RepoError> {
        let times = last_due_week(now);
        let mut claimed = Vec::new();
        for (receiver, mailer) in &self.receivers {
            let found = repo.week_mail(times.0, receiver).await?;
            let mailing = found.unwrap_or_else(|| Mailing::first(times.0, receiver));
            if mailing.is_due(now) && repo.claim_week_mail(&mailing, now.plus_millis(CLAIM)).await? {
                claimed.push((mailing, mailer));
            }
        }
        if claimed.is_empty() {
            return Ok(0);
        }
        let attempts = claimed.len();
        let letter = written(repo, times, now).await;
        for (mailing, mailer) in claimed {
            let done = match &letter {
                Ok(letter) => mailer.send(letter.clone()).await.map_err(|error| Failed::mail(&error)),
                Err(failed) => Err(failed.clone()),
            };
            settle(repo, mailing, done, now).await?;
        }
        Ok(attempts)
    }
}

/// Counts a week, and writes it down.
async fn written(repo: &dyn Repo, times: (Timestamp, Timestamp), now: Timestamp) -> Result<Letter, Failed> {
    let counted = week(repo, &Actor::Server, times, now).await;
    let counted = counted.map_err(|error| Failed::for_now(&error))?;
    let bytes = paper::write(&week_paper(&counted, now)).map_err(|error| Failed::for_now(&error))?;
    let day = day(times.0);
    Ok(Letter {
        subject: format!("[Weir] The week from {day}"),
        text: in_short(&counted, &day),
        attached: Some(Attached {
            name: week_file(times.0),
            media_type: "application/pdf",
            bytes,
        }),
    })
}

fn in_short(week: &Week, day: &str) -> String {
    let all = week.sent + week.rewritten + week.kept;
    format!(
        "The seven days from {day} (UTC), in short:\n\n\
         Messages:          {all}\n\
         Left as they were: {}\n\
         Left changed:      {}\n\
         Kept:              {}\n\
         Alerts:            {}\n\
         Exceptions:        {}\n\
         Devices:           {}\n\n\
         The report is attached. It names neither people who sent something nor what they sent.\n",
        week.sent,
        week.rewritten,
        week.kept,
        week.alerts.len(),
        week.exceptions.len(),
        week.devices.served,
    )
}

/// Says what came of an attempt; what was sent is entered in the journal.
async fn settle(repo: &dyn Repo, mailing: Mailing, done: Result<(), Failed>, now: Timestamp) -> Result<(), RepoError> {
    let attempts = mailing.attempts + 1;
    match done {
        Ok(()) => {
            let entry =
                Entry::new(now, &Actor::Server, Deed::WeekSend, day(mailing.week)).with("to", &mailing.receiver);
            let settled = Mailing {
                attempts,
                sent: Some(now),
                error: None,
                ..mailing
            };
            repo.settle_week_mail(&settled, Some(&entry)).await
        }
        Err(Failed { error, is_final }) => {
            let over = is_final || attempts >= ATTEMPTS;
            let receiver = &*mailing.receiver;
            tracing::warn!(receiver, attempts, over, error, "the report of a week was not sent");
            let settled = Mailing {
                attempts,
                due: now.plus_millis(pause(attempts)),
                dead: over.then_some(now),
                error: Some(error),
                ..mailing
            };
            repo.settle_week_mail(&settled, None).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WeekMail, WeekMailError};
    use crate::alerts::{Receiver, Route};
    use crate::outbound::{Smtp, Syslog};

    fn routes() -> Vec<Route> {
        let route = |name: &str, to| Route {
            name: name.to_owned(),
            urgency: 1,
            rules: Vec::new(),
            to,
        };
        let smtp = Smtp {
            server: "smtps://mail.example:465".to_owned(),
            user: None,
            password: None,
            ca: None,
            from: "weir@example.com".to_owned(),
            to: vec!["soc@example.com".to_owned()],
        };
        let syslog = Syslog {
            address: "siem.example:6514".to_owned(),
            ca: None,
        };
        vec![
            route("soc", Receiver::Mail(smtp)),
            route("siem", Receiver::Syslog(syslog)),
        ]
    }

    #[test]
    fn what_reaches_nobody_is_told() {
        let server = |route: &str, to: &[&str]| {
            let mail = WeekMail {
                route: route.to_owned(),
                to: to.iter().map(|&to| to.to_owned()).collect(),
            };
            mail.server(&routes()).map(|smtp| smtp.server.clone())
        };
        let ciso = "The CISO <ciso@example.com>";
        assert_eq!(server("soc", &[ciso]), Ok("smtps://mail.example:465".to_owned()));
        assert_eq!(server("mail", &[ciso]), Err(WeekMailError::Route("mail".to_owned())));
        assert_eq!(server("siem", &[ciso]), Err(WeekMailError::NoMail("siem".to_owned())));
        assert_eq!(server("soc", &[]), Err(WeekMailError::Nobody));
        let wrong = server("soc", &[ciso, "ciso"]);
        assert_eq!(wrong, Err(WeekMailError::Address("ciso".to_owned())));
    }
}
