//! Hands records on: reads behind the sink's place, sends, moves the place on.

use super::item::Item;
use super::otlp::Rejected;
use super::sink::{From, OpenSink, SinkError};
use super::table::Undelivered;
use crate::alerts::pause;
use crate::clock;
use crate::ingest::Place;
use crate::repo::{Repo, RepoError};
use std::ops::Range;
use std::time::Duration;
use weir_model::{Timestamp, chain};

/// Records of one step: with the usual ones, about half a megabyte.
const MOST: u64 = 500;
/// Bytes of one request; a record that is larger is sent alone. A receiver has five seconds for each.
const REQUEST: usize = 1 << 20;
/// A node that dies leaves its sinks to the others so long.
const LEASE: i64 = 60_000;
/// Refusals one after the other, with nothing taken, after which the receiver is the one that is wrong.
const SUSPECT: usize = 8;
/// Attempts, a day of them, in which nothing was taken, after which what is refused is given up though nothing else was there to compare it
/// with. A receiver that refuses everything loses nothing until then, however little comes.
const PATIENCE: u32 = 288;
const PAUSE: Duration = Duration::from_secs(1);
/// A receiver that is there again does not wait an hour.
const LONGEST_PAUSE: i64 = 300_000;
/// What is to wait longer was put off by a clock that was wrong.
const FARTHEST: i64 = 2 * LONGEST_PAUSE;

/// Forwards to one sink for as long as the node lives.
pub async fn forward(repo: &dyn Repo, sink: &OpenSink, holder: [u8; 16]) {
    loop {
        match step(repo, sink, holder, clock::now()).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(
                    sink = sink.name,
                    error = chain(&error),
                    "records could not be read to be forwarded"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One step. False when there is nothing to do now: all is sent, another node sends, or the receiver has to wait.
///
/// # Errors
/// The database. What was sent meanwhile is sent again.
pub async fn step(repo: &dyn Repo, sink: &OpenSink, holder: [u8; 16], now: Timestamp) -> Result<bool, RepoError> {
    let lease = async || repo.lease_sink(&sink.name, holder, now, now.plus_millis(LEASE)).await;
    let state = match lease().await? {
        Some(state) => state,
        None => {
            let place = match sink.from {
                From::Beginning => Place::default(),
                From::Now => repo.newest_place().await?,
            };
            // Changes nothing where the sink is another node's.
            repo.begin_sink(&sink.name, place).await?;
            let Some(state) = lease().await? else {
                return Ok(false);
            };
            state
        }
    };
    if state.due > now && state.due <= now.plus_millis(FARTHEST) {
        return Ok(false);
    }
    let batches = repo.accepted(state.place, MOST).await?;
    let Some(last) = batches.last() else {
        return Ok(false);
    };
    let items: Vec<Item> = batches.iter().flat_map(Item::of).collect();
    match send(sink, &items, state.attempts, now).await {
        Ok(dead) => {
            for dead in &dead {
                tracing::warn!(
                    sink = sink.name,
                    log = dead.log,
                    seq = dead.seq,
                    why = dead.why,
                    "a record was refused"
                );
            }
            repo.forwarded(&sink.name, (state.place, last.place), &dead, now).await
        }
        Err(error) => {
            let error = chain(&error);
            tracing::warn!(
                sink = sink.name,
                attempts = state.attempts + 1,
                error,
                "records were not forwarded"
            );
            let due = now.plus_millis(pause(state.attempts + 1).min(LONGEST_PAUSE));
            repo.postpone_sink(&sink.name, due, &error).await?;
            Ok(false)
        }
    }
}

/// Sends all. What the receiver refuses is halved until the records that it does not take are found: they are given up, and
/// hold back no others. Where it takes none of all, it is waited for.
async fn send(sink: &OpenSink, items: &[Item], attempts: u32, now: Timestamp) -> Result<Vec<Undelivered>, SinkError> {
    let (mut dead, mut taken, mut last) = (Vec::new(), false, None);
    // What comes first is on top.
    let mut parts = requests(items.iter().map(|item| item.bytes));
    parts.reverse();
    while let Some(part) = parts.pop() {
        match sink.send(&items[part.clone()], now).await {
            Ok(rejected) => {
                taken = true;
                dead.extend(
                    rejected
                        .iter()
                        .flat_map(|rejected| noted(&items[part.clone()], rejected)),
                );
            }
            Err(error) if !error.is_final() => return Err(error),
            // Not these records, but the receiver is wrong: nothing is given up before its time.
            Err(error) if !taken && dead.len() == SUSPECT && attempts < PATIENCE => return Err(error),
            Err(error) if part.len() == 1 => {
                let item = &items[part.start];
                dead.push(Undelivered {
                    log: item.log,
                    seq: item.seq,
                    why: chain(&error),
                });
                last = Some(error);
            }
            Err(_) => {
                let middle = part.start + part.len() / 2;
                parts.push(middle..part.end);
                parts.push(part.start..middle);
            }
        }
    }
    match last {
        Some(error) if !taken && attempts < PATIENCE => Err(error),
        _ => Ok(dead),
    }
}

/// A collector that rejects some of what it was sent says how many and not which, and is not to be sent them again: that stands with the
/// first of them.
fn noted(items: &[Item], rejected: &Rejected) -> Vec<Undelivered> {
    let Rejected { count, why } = rejected;
    let sent = items.len();
    let (items, why) = match usize::try_from(*count) {
        Ok(count) if count < sent => (
            &items[..1],
            format!("the collector rejected {count} of the {sent} records that begin with this one: {why}"),
        ),
        _ => (items, format!("the collector rejected it: {why}")),
    };
    let noted = items.iter().map(|item| Undelivered {
        log: item.log,
        seq: item.seq,
        why: why.clone(),
    });
    noted.collect()
}

/// Which records go together, by their lengths.
fn requests(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, length) in lengths.enumerate() {
        bytes += length;
        match parts.last_mut() {
            Some(part) if bytes <= REQUEST => part.end = at + 1,
            _ => {
                parts.push(at..at + 1);
                bytes = length;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{REQUEST, Range, requests};

    #[test]
    fn a_request_holds_a_megabyte_or_one_record() {
        let parts = |lengths: &[usize]| requests(lengths.iter().copied());
        assert!(parts(&[]).is_empty());
        assert_eq!(parts(&[1000; 500]), vec![Range { start: 0, end: 500 }]);
        assert_eq!(parts(&[REQUEST, 1, REQUEST + 1, 5, 5]), [0..1, 1..2, 2..3, 3..5]);
        assert_eq!(parts(&[REQUEST - 1, 1, 1]), [0..2, 2..3]);
    }
}
