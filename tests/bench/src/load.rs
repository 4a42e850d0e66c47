//! The loads.

use crate::Outcome;
use crate::dial::{Connection, Dialler, Target};
use crate::tally::{Meter, Tally, gather};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use weir_support::now_ns;

const CHAT: &str = "/v1/chat/completions";

/// Options of `requests`.
#[derive(clap::Args)]
pub(crate) struct Requests {
    #[command(flatten)]
    target: Target,
    /// Kept connections
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests at a time on each (HTTP/2)
    #[arg(long, default_value_t = 1)]
    streams: usize,
    /// Seconds to run
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// End after this many requests, however long they take
    #[arg(long)]
    count: Option<u64>,
    /// Bytes of each request's JSON
    #[arg(long, default_value_t = 2048)]
    body: usize,
}

/// Chat requests, one after the other on each connection or stream.
pub(crate) async fn requests(options: &Requests) -> Outcome<Value> {
    let dialler = Arc::new(Dialler::new(&options.target)?);
    let body = chat_body(options.body, "", false);
    let streams = if options.target.h2 { options.streams } else { 1 };
    // Connections are opened, and used once, before the clock starts.
    let mut handles = Vec::new();
    for _ in 0..options.connections {
        let mut connection = dialler.open().await?;
        chat(&dialler, &mut connection, body.clone()).await?;
        handles.extend((1..streams).filter_map(|_| connection.share()));
        handles.push(connection);
    }
    let meter = Meter::start(options.target.pid);
    let budget = Arc::new(AtomicU64::new(options.count.unwrap_or(u64::MAX)));
    let seconds = if options.count.is_some() {
        3600.0
    } else {
        options.seconds
    };
    let deadline = Instant::now() + Duration::from_secs_f64(seconds);
    let mut workers = JoinSet::new();
    for connection in handles {
        let (dialler, body, budget) = (dialler.clone(), body.clone(), budget.clone());
        workers.spawn(async move { keep_asking(&dialler, connection, &body, &budget, deadline).await });
    }
    Ok(meter.finish(gather(workers).await))
}

async fn keep_asking(
    dialler: &Dialler,
    mut connection: Connection,
    body: &Bytes,
    budget: &AtomicU64,
    deadline: Instant,
) -> Tally {
    let mut tally = Tally {
        intercepted: Some(connection.intercepted),
        ..Tally::default()
    };
    while Instant::now() < deadline && take(budget) {
        let started = Instant::now();
        match chat(dialler, &mut connection, body.clone()).await {
            Ok(()) => tally.micros.push(micros(started)),
            Err(error) => {
                tally.failed(&error);
                // A broken connection is replaced; one that cannot be replaced ends this worker.
                match dialler.open().await {
                    Ok(fresh) => connection = fresh,
                    Err(_) => break,
                }
            }
        }
    }
    tally
}

fn take(budget: &AtomicU64) -> bool {
    budget
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
        .is_ok()
}

async fn chat(dialler: &Dialler, connection: &mut Connection, body: Bytes) -> Outcome<()> {
    let response = connection.send(dialler.request("POST", CHAT, body)?).await?;
    if response.status() != 200 {
        return Err(format!("status {}", response.status()).into());
    }
    response.into_body().collect().await?;
    Ok(())
}

/// Options of `connections`.
#[derive(clap::Args)]
pub(crate) struct Connections {
    #[command(flatten)]
    target: Target,
    /// New connections at a time
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Seconds to run
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

/// A new connection with a full handshake for every request.
pub(crate) async fn connections(options: &Connections) -> Outcome<Value> {
    let dialler = Arc::new(Dialler::new(&options.target)?);
    let meter = Meter::start(options.target.pid);
    let deadline = Instant::now() + Duration::from_secs_f64(options.seconds);
    let mut workers = JoinSet::new();
    for _ in 0..options.workers {
        let dialler = dialler.clone();
        workers.spawn(async move {
            let mut tally = Tally::default();
            while Instant::now() < deadline && tally.errors < 100 {
                let started = Instant::now();
                match once(&dialler).await {
                    Ok(intercepted) => {
                        tally.intercepted = Some(intercepted);
                        tally.micros.push(micros(started));
                    }
                    Err(error) => tally.failed(&error),
                }
            }
            tally
        });
    }
    Ok(meter.finish(gather(workers).await))
}

async fn once(dialler: &Dialler) -> Outcome<bool> {
    let mut connection = dialler.open().await?;
    let response = connection
        .send(dialler.request("GET", "/v1/models", Bytes::new())?)
        .await?;
    response.into_body().collect().await?;
    Ok(connection.intercepted)
}

/// Options of `events`.
#[derive(clap::Args)]
pub(crate) struct Events {
    #[command(flatten)]
    target: Target,
    /// Streams at a time
    #[arg(long, default_value_t = 32)]
    streams: usize,
    /// Events in each
    #[arg(long, default_value_t = 100)]
    events: u64,
    /// Milliseconds between two events of a stream
    #[arg(long, default_value_t = 20)]
    gap_ms: u64,
    /// Put this into the prompt: a value that is pseudonymised, so that the answer has to be restored
    #[arg(long, default_value = "")]
    say: String,
}

/// Streams of events, each stamped by the origin; the time from stamp to arrival.
pub(crate) async fn events(options: &Events) -> Outcome<Value> {
    let dialler = Arc::new(Dialler::new(&options.target)?);
    let body = chat_body(2048, &options.say, true);
    let mut handles: Vec<Connection> = Vec::new();
    for _ in 0..options.streams {
        let shared = handles.first().and_then(Connection::share);
        handles.push(match shared {
            Some(shared) => shared,
            None => dialler.open().await?,
        });
    }
    let meter = Meter::start(options.target.pid);
    let path = format!("{CHAT}?n={}&gap_ms={}", options.events, options.gap_ms);
    let mut workers = JoinSet::new();
    for (index, connection) in handles.into_iter().enumerate() {
        let (dialler, body, path) = (dialler.clone(), body.clone(), path.clone());
        // Starts are spread over one gap, so that events of all streams do not come at once.
        let offset = Duration::from_micros(index as u64 * options.gap_ms * 1000 / options.streams.max(1) as u64);
        workers.spawn(async move {
            tokio::time::sleep(offset).await;
            let mut tally = Tally {
                intercepted: Some(connection.intercepted),
                ..Tally::default()
            };
            if let Err(error) = read_events(&dialler, connection, &path, body, &mut tally.micros).await {
                tally.failed(&error);
            }
            tally
        });
    }
    Ok(meter.finish(gather(workers).await))
}

async fn read_events(
    dialler: &Dialler,
    mut connection: Connection,
    path: &str,
    body: Bytes,
    micros: &mut Vec<f64>,
) -> Outcome<()> {
    let response = connection.send(dialler.request("POST", path, body)?).await?;
    if response.status() != 200 {
        return Err(format!("status {}", response.status()).into());
    }
    let (mut stream, mut pending) = (response.into_body(), Vec::new());
    while let Some(frame) = stream.frame().await {
        let now = now_ns();
        let Ok(data) = frame?.into_data() else { continue };
        pending.extend_from_slice(&data);
        while let Some(end) = pending.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = pending.drain(..end + 2).collect();
            let stamp = stamp(&event).ok_or("an event without its stamp")?;
            micros.push(now.saturating_sub(stamp) as f64 / 1000.0);
        }
    }
    Ok(())
}

fn stamp(event: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(event).ok()?;
    text.split_once("\"t\":")?.1.split(',').next()?.parse().ok()
}

/// A chat request of `size` bytes.
fn chat_body(size: usize, say: &str, stream: bool) -> Bytes {
    let head =
        format!("{{\"model\":\"bench-1\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"{say} ");
    let tail = "\"}]}";
    let room = size.saturating_sub(head.len() + tail.len());
    let words: String = "please summarise the quarterly report for the board "
        .chars()
        .cycle()
        .take(room)
        .collect();
    Bytes::from(format!("{head}{words}{tail}"))
}

fn micros(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_has_the_size_asked_for() {
        let body = chat_body(2048, "write to jane.doe@harbour-mail.net", true);
        assert_eq!(body.len(), 2048);
        assert!(serde_json::from_slice::<Value>(&body).is_ok());
    }

    #[test]
    fn stamps_are_read() {
        assert_eq!(stamp(b"data: {\"t\":123,\"object\":\"x\"}\n\n"), Some(123));
        assert_eq!(stamp(b"data: [DONE]\n\n"), None);
    }
}
