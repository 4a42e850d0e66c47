//! Appeals: alerts that employees raise.

use crate::alerts::{Alert, AlertsWanted, AtRecord, Raise, Rule, Sign, Telling};
use crate::clock::{self, NoRandomness};
use crate::repo::{Repo, RepoError};
use weir_fleet::{Appeal, AppealStanding, AppealState, DeviceId};
use weir_model::{EventId, Timestamp};

/// Appeals of one device that nobody has answered.
pub const MOST_OPEN: usize = 20;
/// Appeals that a device is told of again.
const TOLD: u32 = 100;
/// Between who appeals and why, in an alert's text.
const SAYS: &str = "` says that it is wrong: ";

/// Why an appeal was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AppealError {
    /// Many of the device's wait already.
    #[error("{MOST_OPEN} appeals of this device wait already")]
    Many,
    /// It has no name yet.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Takes an appeal; another one about the same event, as long as nobody has answered, is counted to the first.
///
/// # Errors
/// It was not taken.
pub async fn take(
    repo: &dyn Repo,
    telling: &Telling,
    device: DeviceId,
    appeal: &Appeal,
    now: Timestamp,
) -> Result<EventId, AppealError> {
    let subject = subject(appeal.event);
    let open = repo.alerts(&of_device(device, false)).await?;
    let is_new = open.iter().all(|alert| alert.subject != subject);
    if is_new && open.len() >= MOST_OPEN {
        return Err(AppealError::Many);
    }
    let id = EventId::new(now, clock::random()?);
    let sign = Sign {
        rule: Rule::Appeal,
        subject: subject.clone(),
        text: format!("`{}{SAYS}{}", appeal.user, appeal.reason),
        count: 1,
        at: now,
        at_record: Some(AtRecord {
            device,
            timeline: 0,
            seq: 0,
            event: Some(appeal.event),
        }),
    };
    repo.raise(&[Raise { id, sign }], telling, now).await?;
    let known = open.into_iter().find(|alert| alert.subject == subject);
    Ok(known.map_or(id, |alert| alert.id))
}

/// How appeals of a device stand, newest first.
///
/// # Errors
/// The database.
pub async fn appeals(repo: &dyn Repo, device: DeviceId) -> Result<Vec<AppealStanding>, RepoError> {
    let alerts = repo.alerts(&of_device(device, true)).await?;
    Ok(alerts.into_iter().filter_map(standing).collect())
}

/// One alert is open for each rule and subject: the event is the subject.
fn subject(event: EventId) -> String {
    event.to_string()
}

fn of_device(device: DeviceId, closed: bool) -> AlertsWanted {
    AlertsWanted {
        closed,
        rule: Some(Rule::Appeal),
        device: Some(device),
        limit: TOLD,
        ..AlertsWanted::default()
    }
}

fn standing(alert: Alert) -> Option<AppealStanding> {
    let state = match (&alert.closed, &alert.acknowledged) {
        (Some(_), _) => AppealState::Answered,
        (None, Some(_)) => AppealState::LookedAt,
        (None, None) => AppealState::Open,
    };
    Some(AppealStanding {
        event: alert.at_record?.event?,
        reason: alert
            .text
            .split_once(SAYS)
            .map_or(&*alert.text, |(_, reason)| reason)
            .to_owned(),
        state,
        answer: alert.note.unwrap_or_default(),
        asked: alert.raised,
    })
}
