//! Laptops that are there: each with its stream open, as agents are.

use crate::board::{Board, News, Step};
use crate::connection::{Connection, roots};
use crate::enrol::machine;
use crate::fleet::{Device, Fleet};
use crate::{Outcome, say};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{Method, StatusCode};
use rustls::RootCertStore;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use weir_fleet::{Hint, Standing, StreamEvent, StreamEvents, routes};
use weir_model::Timestamp;
use weir_support::now_ns;

/// Who stays.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Who the laptops are, as `enrol` wrote it
    #[arg(long)]
    fleet: PathBuf,
    /// Seconds after which an answer says who has it so far
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// What all laptops share here.
struct Shared {
    server: SocketAddr,
    roots: Arc<RootCertStore>,
    board: Board,
    /// Streams on which something was heard.
    open: AtomicUsize,
    /// Connections that are being made.
    opening: Semaphore,
}

const OPENING: usize = 64;

pub(crate) async fn run(options: Options) -> Outcome<()> {
    let fleet = Fleet::read(&options.fleet)?;
    let shared = Arc::new(Shared {
        server: fleet.server,
        roots: roots(&fleet.authority)?,
        board: Board::default(),
        open: AtomicUsize::new(0),
        opening: Semaphore::new(OPENING),
    });
    let (count, start) = (fleet.devices.len(), now_ns());
    for (number, device) in (0..).zip(fleet.devices) {
        tokio::spawn(stay(Arc::clone(&shared), device, number));
    }
    until(Duration::from_secs(options.patience), || {
        shared.open.load(Ordering::Relaxed) == count
    })
    .await;
    let seconds = now_ns().saturating_sub(start) as f64 / 1e9;
    say(&json!({"open": shared.open.load(Ordering::Relaxed), "seconds": seconds}));
    let mut questions = questions();
    while let Some(question) = questions.recv().await {
        let (news, number, since) =
            read(&question).ok_or("expected `bundle NUMBER SINCE_NS` or `order NUMBER SINCE_NS`")?;
        let patience = Duration::from_secs(options.patience);
        until(patience, || shared.board.count(news, Step::Told, number) == count).await;
        say(&shared.board.summary(news, number, since));
    }
    Ok(())
}

/// Lines of standard input, until it ends.
fn questions() -> mpsc::UnboundedReceiver<String> {
    let (asked, questions) = mpsc::unbounded_channel();
    // Reading blocks, and is not waited for when the process ends.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if asked.send(line).is_err() {
                return;
            }
        }
    });
    questions
}

fn read(question: &str) -> Option<(News, u64, u64)> {
    let mut words = question.split_whitespace();
    let news = match words.next()? {
        "bundle" => News::Bundle,
        "order" => News::Order,
        _ => return None,
    };
    Some((news, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

async fn until(patience: Duration, done: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + patience;
    while !done() && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// For as long as the process lives; a stream that ends is opened again.
async fn stay(shared: Arc<Shared>, device: Device, number: u32) {
    let mut at = Standing {
        now: Timestamp::from_millis(0),
        machine: machine(number),
        bundle: 0,
        digest: String::new(),
        order: 0,
        refused: None,
        refused_bundle: None,
        overrides: Vec::new(),
    };
    loop {
        // What broke is tried again: that is all a laptop can do.
        let _ = listen(&shared, &device, &mut at).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn listen(shared: &Shared, device: &Device, at: &mut Standing) -> Outcome<()> {
    let turn = shared.opening.acquire().await?;
    let mut connection = Connection::open(shared.server, &shared.roots, Some(device)).await?;
    let response = connection
        .ask(Method::GET, routes::STREAM_CARRYING, "", Bytes::new())
        .await?;
    drop(turn);
    if response.status() != StatusCode::OK {
        return Err(format!("no stream: {}", response.status()).into());
    }
    let _open = Open::begin(&shared.open);
    let mut body = response.into_body();
    let mut events = StreamEvents::default();
    let mut carried = Carried::default();
    while let Some(frame) = body.frame().await {
        for event in events.read(&frame?.into_data().unwrap_or_default()) {
            match event {
                StreamEvent::Order(_) => carried.order = true,
                StreamEvent::Bundle(_) => carried.bundle = true,
                StreamEvent::Hint(hint) => {
                    follow(shared, &mut connection, hint, std::mem::take(&mut carried), at).await?;
                }
            }
        }
    }
    Ok(())
}

/// What came before the hint at it.
#[derive(Default)]
struct Carried {
    order: bool,
    bundle: bool,
}

/// Counts a stream for as long as it is open.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Fetches what the hint points to and what did not come with it, and says what is in force, as the agent does; what is
/// inside is the agent's to judge.
async fn follow(
    shared: &Shared,
    connection: &mut Connection,
    hint: Hint,
    carried: Carried,
    at: &mut Standing,
) -> Outcome<()> {
    let (mut news, heard) = (Vec::new(), now_ns());
    for (what, route, is_here, new, old) in [
        (News::Order, routes::ORDER, carried.order, hint.order, &mut at.order),
        (
            News::Bundle,
            routes::BUNDLE,
            carried.bundle,
            hint.bundle,
            &mut at.bundle,
        ),
    ] {
        if new > *old {
            shared.board.note(what, Step::Hinted, new, heard);
            if !is_here {
                let (status, _) = connection.whole(Method::GET, route, "", Bytes::new()).await?;
                if status != StatusCode::OK {
                    return Err(format!("could not be fetched: {status}").into());
                }
            }
            shared.board.note(what, Step::Fetched, new, now_ns());
            *old = new;
            news.push((what, new));
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    at.now = Timestamp::from_millis(i64::try_from(now_ns() / 1_000_000)?);
    let standing = Bytes::from(serde_json::to_vec(at)?);
    let (status, _) = connection
        .whole(Method::POST, routes::STANDING, "application/json", standing)
        .await?;
    if status.is_success() {
        let now = now_ns();
        news.into_iter()
            .for_each(|(what, number)| shared.board.note(what, Step::Told, number, now));
    }
    Ok(())
}
