//! Laptops that are there: each with its stream open, as agents are.

use crate::board::{Board, News, Step};
use crate::connection::{Connection, Held, roots};
use crate::disk::{Bundle, Disk};
use crate::enrol::machine;
use crate::fleet::{Device, Fleet};
use crate::{Outcome, say};
use hyper::StatusCode;
use rustls::RootCertStore;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use weir_fleet::{HEARTBEAT, Hint, Holds, STILL_HERE, Said, Saying, Standing, StreamEvent, StreamEvents, routes};
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
    disk: Disk,
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
        disk: Disk::default(),
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
    let end = Instant::now() + patience;
    while !done() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// For as long as the process lives; a stream that ends is opened again.
async fn stay(shared: Arc<Shared>, device: Device, number: u32) {
    let mut laptop = Laptop::new(shared, device, number);
    loop {
        // What broke is tried again: that is all a laptop can do.
        let _ = laptop.listen().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// As agents do, each at another time: what is in `agent/sync/src/follow.rs`.
const POLL: Duration = Duration::from_secs(15 * 60);
/// After which a connection for requests ends that nothing is asked on: the agent looks after its own every five seconds.
const IDLE: Duration = Duration::from_secs(5);

struct Laptop {
    shared: Arc<Shared>,
    device: Device,
    at: Standing,
    /// The bundle it runs.
    held: Option<Arc<Bundle>>,
    /// What the server calls that.
    tag: Option<String>,
    /// For requests, and since when nothing was asked on it.
    requests: Option<(Connection, Instant)>,
    /// When it looks by itself.
    poll: Instant,
    /// From 0 to 1: when it does what others do at other times.
    phase: f64,
    /// Number of what it said last, and the news that this was about and that nobody has answered.
    saying: u64,
    unanswered: Vec<(News, u64)>,
}

impl Laptop {
    fn new(shared: Arc<Shared>, device: Device, number: u32) -> Self {
        let at = Standing {
            now: Timestamp::from_millis(0),
            machine: machine(number),
            bundle: 0,
            digest: String::new(),
            order: 0,
            refused: None,
            refused_bundle: None,
            overrides: Vec::new(),
        };
        // Each number has another, evenly.
        let phase = f64::from(number.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX);
        Self {
            shared,
            device,
            at,
            held: None,
            tag: None,
            requests: None,
            poll: Instant::now(),
            phase,
            saying: 0,
            unanswered: Vec::new(),
        }
    }

    async fn listen(&mut self) -> Outcome<()> {
        let shared = Arc::clone(&self.shared);
        let turn = shared.opening.acquire().await?;
        if self.tag.is_none() {
            // It has just been started. The next time is some time after that, as if all had been started some time ago.
            self.look_round().await?;
            self.poll = Instant::now() + POLL.mul_f64(self.phase);
        }
        let route = routes::stream_carrying(&self.holds());
        let mut stream = Held::open(shared.server, &shared.roots, &self.device, &route).await?;
        drop(turn);
        let _open = Open::begin(&shared.open);
        let mut events = StreamEvents::default();
        let mut carried = Carried::default();
        loop {
            let rest = self
                .requests
                .as_ref()
                .map(|(_, since)| *since + IDLE.mul_f64(1.0 + self.phase));
            tokio::select! {
                bytes = stream.next() => {
                    let bytes = bytes?;
                    if bytes.starts_with(HEARTBEAT) {
                        stream.write(STILL_HERE).await?;
                    }
                    for event in events.read(&bytes) {
                        self.take(event, &mut carried, &mut stream).await?;
                    }
                }
                () = tokio::time::sleep_until(rest.unwrap_or_else(Instant::now)), if rest.is_some() => self.requests = None,
                () = tokio::time::sleep_until(self.poll) => {
                    self.poll = Instant::now() + POLL.mul_f64(0.8 + 0.4 * self.phase);
                    self.look_round().await?;
                    self.tell(&mut stream).await?;
                }
            }
        }
    }

    async fn take(&mut self, event: StreamEvent, carried: &mut Carried, stream: &mut Held) -> Outcome<()> {
        match event {
            StreamEvent::Order(_) => carried.order = true,
            StreamEvent::Bundle(bundle) => carried.bundle = Some(self.shared.disk.keep(bundle)?),
            // From the wrong one nothing comes, and the whole one is fetched.
            StreamEvent::Change(change) => {
                let restored = self.held.as_ref().map(|held| self.shared.disk.restore(held, change));
                carried.bundle = restored.and_then(Result::ok);
            }
            StreamEvent::Told(number) if number == self.saying => {
                let now = now_ns();
                for (what, number) in self.unanswered.drain(..) {
                    self.shared.board.note(what, Step::Told, number, now);
                }
            }
            // Records are not sent here.
            StreamEvent::Told(_) | StreamEvent::Answered(_) => {}
            StreamEvent::Hint(hint) => self.follow(hint, std::mem::take(carried), stream).await?,
        }
        Ok(())
    }

    /// Takes what came with the hint, fetches what did not, and says what is in force, as the agent does; what is inside is the
    /// agent's to judge.
    async fn follow(&mut self, hint: Hint, carried: Carried, stream: &mut Held) -> Outcome<()> {
        let heard = now_ns();
        let before = self.unanswered.len();
        if hint.order > self.at.order {
            self.shared.board.note(News::Order, Step::Hinted, hint.order, heard);
            if !carried.order {
                self.fetch(routes::ORDER, None).await?;
            }
            self.at.order = hint.order;
            self.is_here(News::Order, hint.order);
        }
        match carried.bundle.filter(|_| hint.bundle > self.at.bundle) {
            Some(bundle) => {
                self.shared.board.note(News::Bundle, Step::Hinted, hint.bundle, heard);
                self.tag = Some(format!("\"{}\"", hex::encode(bundle.digest)));
                (self.held, self.at.bundle) = (Some(bundle), hint.bundle);
                self.is_here(News::Bundle, hint.bundle);
            }
            None if hint.bundle > self.at.bundle => self.fetch_bundle().await?,
            None => {}
        }
        if self.unanswered.len() > before {
            self.tell(stream).await?;
        }
        Ok(())
    }

    fn is_here(&mut self, news: News, number: u64) {
        self.shared.board.note(news, Step::Fetched, number, now_ns());
        self.unanswered.push((news, number));
    }

    /// The answer comes with the stream.
    async fn tell(&mut self, stream: &mut Held) -> Outcome<()> {
        self.at.now = Timestamp::from_millis(i64::try_from(now_ns() / 1_000_000)?);
        self.saying += 1;
        let said = Said::Standing {
            standing: Box::new(self.at.clone()),
            holds: self.holds(),
        };
        let number = self.saying;
        stream.write(&Saying { number, said }.to_line()).await
    }

    fn holds(&self) -> Holds {
        let number = self.at.bundle;
        Holds(self.held.as_ref().map(|held| (number, held.digest)))
    }

    /// What the agent asks when it starts, and every quarter of an hour.
    async fn look_round(&mut self) -> Outcome<()> {
        for route in [routes::ORDER, routes::EXCEPTIONS, routes::ANSWERS] {
            self.fetch(route, None).await?;
        }
        self.fetch_bundle().await?;
        for route in [routes::FRESH, routes::SEARCH_KEY] {
            self.fetch(route, None).await?;
        }
        Ok(())
    }

    async fn fetch_bundle(&mut self) -> Outcome<()> {
        let tag = self.tag.clone();
        if let Some((tag, bundle)) = self.fetch(routes::BUNDLE, tag.as_deref()).await? {
            let number = weir_bundle::inspect(&bundle)?.contents.number;
            self.held = Some(self.shared.disk.keep(bundle)?);
            self.tag = tag;
            if number > std::mem::replace(&mut self.at.bundle, number) {
                // Found by itself, or pointed to by a hint.
                self.shared.board.note(News::Bundle, Step::Hinted, number, now_ns());
                self.is_here(News::Bundle, number);
            }
        }
        Ok(())
    }

    /// Over the connection for requests, which is opened where there is none. `None` where nothing is new.
    async fn fetch(&mut self, route: &str, tag: Option<&str>) -> Outcome<Option<(Option<String>, Vec<u8>)>> {
        let mut connection = match self.requests.take() {
            Some((connection, _)) => connection,
            None => Connection::open(self.shared.server, &self.shared.roots, Some(&self.device)).await?,
        };
        let (status, tag, body) = connection.fetch(route, tag).await?;
        self.requests = Some((connection, Instant::now()));
        match status {
            StatusCode::OK => Ok(Some((tag, body.to_vec()))),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Ok(None),
            _ => Err(format!("{route} could not be fetched: {status}").into()),
        }
    }
}

/// What came before the hint at it.
#[derive(Default)]
struct Carried {
    order: bool,
    bundle: Option<Arc<Bundle>>,
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
