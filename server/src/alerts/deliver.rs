//! Tells people: takes what is due from the queues in the database, and puts back what failed. Each route has a queue of its own, so that a
//! receiver that hangs holds up nobody else's.

use super::route::OpenRoute;
use super::table::Delivery;
use crate::clock;
use crate::repo::{Repo, RepoError};
use futures_util::future::join_all;
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// Attempts before a delivery is given up: with the pauses between them, most of five hours.
pub const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: i64 = 10_000;
const LONGEST_PAUSE: i64 = 3_600_000;
/// A node that dies in an attempt leaves it to the others so long. No attempt takes that long, and each begins at once.
const CLAIM: i64 = 60_000;
/// What is taken from a queue is attempted together.
const AT_ONCE: u32 = 8;
const PAUSE: Duration = Duration::from_secs(1);
/// What is due later than in twice the longest pause was put off by a clock that was wrong, and is due now. Clocks of several nodes differ by
/// less.
const FARTHEST: i64 = 2 * LONGEST_PAUSE;
/// Another node may have a route that this one does not know. What nobody takes for so long, no node will.
const UNKNOWN: i64 = 6 * 3_600_000;
/// How often is looked for such deliveries.
const LOOK: Duration = Duration::from_secs(60);

/// Delivers for as long as the node lives.
pub async fn deliver(repo: &dyn Repo, routes: &[OpenRoute]) {
    let queues = join_all(routes.iter().map(|route| follow(repo, route)));
    tokio::join!(queues, follow_unknown(repo, routes));
}

async fn follow(repo: &dyn Repo, route: &OpenRoute) {
    loop {
        match queue(repo, route, clock::now()).await {
            Ok(0) => tokio::time::sleep(PAUSE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(route = route.name, error = chain(&error), "alerts could not be told");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn follow_unknown(repo: &dyn Repo, routes: &[OpenRoute]) {
    loop {
        if let Err(error) = give_up(repo, routes, clock::now()).await {
            tracing::warn!(error = chain(&error), "alerts that nobody tells could not be given up");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Attempts what is due first on each route, on all of them at once, and gives up what no node has a route for. Gives how many deliveries
/// that were.
///
/// # Errors
/// The database. What was taken is due again in a minute.
pub async fn round(repo: &dyn Repo, routes: &[OpenRoute], now: Timestamp) -> Result<usize, RepoError> {
    let queues = join_all(routes.iter().map(|route| queue(repo, route, now))).await;
    let mut count = give_up(repo, routes, now).await?;
    for made in queues {
        count += made?;
    }
    Ok(count)
}

/// Attempts what is due first on a route. Gives how many attempts there were.
async fn queue(repo: &dyn Repo, route: &OpenRoute, now: Timestamp) -> Result<usize, RepoError> {
    let farthest = now.plus_millis(FARTHEST);
    let due = repo.deliveries_due(&route.name, (now, farthest), AT_ONCE).await?;
    let attempts = due.into_iter().map(|delivery| attempt(repo, route, delivery, now));
    let mut count = 0;
    for made in join_all(attempts).await {
        count += usize::from(made?);
    }
    Ok(count)
}

async fn give_up(repo: &dyn Repo, routes: &[OpenRoute], now: Timestamp) -> Result<usize, RepoError> {
    let known: Vec<&str> = routes.iter().map(|route| route.name.as_str()).collect();
    let count = repo.give_up_deliveries(&known, now.plus_millis(-UNKNOWN), now).await?;
    if count > 0 {
        tracing::warn!(
            count,
            "alerts were given up: the configuration has no such route any more"
        );
    }
    Ok(count)
}

async fn attempt(
    repo: &dyn Repo,
    route: &OpenRoute,
    mut delivery: Delivery,
    now: Timestamp,
) -> Result<bool, RepoError> {
    let claimed = now.plus_millis(CLAIM);
    if !repo.claim_delivery(&delivery, claimed).await? {
        return Ok(false);
    }
    delivery.attempts += 1;
    let failed = match repo.alert(delivery.alert).await? {
        Some(alert) => match route.tell(&delivery, &alert, now).await {
            Ok(()) => None,
            Err(error) => Some((chain(&error), error.is_final())),
        },
        None => Some(("the alert is gone".to_owned(), true)),
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
    repo.delivered(&delivery, claimed).await?;
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
