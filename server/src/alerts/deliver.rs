//! Tells people: takes what is due from the queue in the database, and puts back what failed.

use super::route::OpenRoute;
use super::table::Delivery;
use crate::clock;
use crate::repo::{Repo, RepoError};
use futures_util::{StreamExt, stream};
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// Attempts before a delivery is given up: with the pauses between them, most of five hours.
pub const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: i64 = 10_000;
const LONGEST_PAUSE: i64 = 3_600_000;
/// A node that dies in an attempt leaves it to the others so long.
const CLAIM: i64 = 60_000;
/// One receiver that hangs does not keep the others waiting.
const AT_ONCE: usize = 8;
const MOST: u32 = 64;
const PAUSE: Duration = Duration::from_secs(1);

/// Delivers for as long as the node lives.
pub async fn deliver(repo: &dyn Repo, routes: &[OpenRoute]) {
    loop {
        match round(repo, routes, clock::now()).await {
            Ok(0) => tokio::time::sleep(PAUSE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = chain(&error), "alerts could not be told");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Attempts what is due. Gives how many attempts there were.
///
/// # Errors
/// The database. What was taken is due again in a minute.
pub async fn round(repo: &dyn Repo, routes: &[OpenRoute], now: Timestamp) -> Result<usize, RepoError> {
    let due = repo.deliveries_due(now, MOST).await?;
    let attempts = stream::iter(due).map(|delivery| attempt(repo, routes, delivery, now));
    let made: Vec<Result<bool, RepoError>> = attempts.buffer_unordered(AT_ONCE).collect().await;
    let mut count = 0;
    for made in made {
        count += usize::from(made?);
    }
    Ok(count)
}

async fn attempt(
    repo: &dyn Repo,
    routes: &[OpenRoute],
    mut delivery: Delivery,
    now: Timestamp,
) -> Result<bool, RepoError> {
    let until = now.plus_millis(CLAIM);
    if !repo.claim_delivery(&delivery, until).await? {
        return Ok(false);
    }
    delivery.attempts += 1;
    let alert = repo.alert(delivery.alert).await?;
    let route = routes.iter().find(|route| route.name == delivery.route);
    let failed = match (route, alert) {
        (Some(route), Some(alert)) => match route.tell(&delivery, &alert, now).await {
            Ok(()) => None,
            Err(error) => Some((chain(&error), error.is_final())),
        },
        (None, _) => Some(("the configuration has no such route any more".to_owned(), true)),
        (_, None) => Some(("the alert is gone".to_owned(), true)),
    };
    match failed {
        None => {
            delivery.sent = Some(now);
            delivery.error = None;
        }
        Some((error, is_final)) => {
            let over = is_final || delivery.attempts >= ATTEMPTS;
            tracing::warn!(
                route = delivery.route,
                attempts = delivery.attempts,
                over,
                error,
                "an alert was not told"
            );
            delivery.error = Some(error);
            delivery.dead = over.then_some(now);
            delivery.due = now.plus_millis(pause(delivery.attempts));
        }
    }
    repo.delivered(&delivery).await?;
    Ok(true)
}

/// Ten seconds, and twice as long after each attempt, up to an hour.
#[must_use]
pub fn pause(attempts: u32) -> i64 {
    let doubled = FIRST_PAUSE
        .checked_shl(attempts.saturating_sub(1))
        .unwrap_or(LONGEST_PAUSE);
    if attempts > 20 {
        LONGEST_PAUSE
    } else {
        doubled.min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, LONGEST_PAUSE, pause};

    #[test]
    fn pauses_double_up_to_an_hour() {
        assert_eq!([1, 2, 3].map(pause), [10_000, 20_000, 40_000]);
        assert_eq!([10, 64, u32::MAX].map(pause), [LONGEST_PAUSE; 3]);
        let all: i64 = (1..ATTEMPTS).map(pause).sum();
        assert!((4 * LONGEST_PAUSE / 2..5 * LONGEST_PAUSE).contains(&all), "{all}");
    }
}
