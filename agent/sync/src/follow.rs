//! Hints on their way down, and what they point to.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::identity::Identity;
use crate::retry::{Retry, fraction};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use weir_fleet::{
    Answers, ExceptionAnswers, Hint, OverrideKey, Refusal, SearchKey, Standing, StreamEvent, StreamEvents, routes,
};
use weir_model::chain;

/// Holds a stream open, and asks by itself once in a while.
pub(crate) struct Follow {
    identity: Identity,
    client: Arc<Client>,
    agent: Arc<dyn Agent>,
}

/// Whoever hears nothing for so long has no connection: the server says something every 25 seconds.
const SILENCE: Duration = Duration::from_secs(70);
/// Without a stream, and as a safeguard beside it.
const POLL: Duration = Duration::from_secs(15 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A server that does not serve this device any more is asked seldom.
const UNWELCOME: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("the stream broke")]
    Broken(#[from] hyper::Error),
    #[error("the stream is silent")]
    Silent,
}

impl Follow {
    pub(crate) fn new(identity: Identity, client: Arc<Client>, agent: Arc<dyn Agent>) -> Self {
        Self {
            identity,
            client,
            agent,
        }
    }

    pub(crate) async fn run(self) {
        let fetching = Fetching::new(Arc::clone(&self.client), Arc::clone(&self.agent));
        let fetching = tokio::sync::Mutex::new(fetching);
        let polling = async {
            loop {
                fetching.lock().await.look_round().await;
                if let Err(error) = self.fetch_search_key().await {
                    // Until it is there, fingerprints are made with the device's own key.
                    tracing::debug!(error = chain(&error), "the key to search by could not be fetched");
                }
                if let Err(error) = self.fetch_override_key().await {
                    // Until it is there, no code lifts anything.
                    tracing::debug!(error = chain(&error), "the key of override codes could not be fetched");
                }
                // Not all at the same time.
                tokio::time::sleep(POLL.mul_f64(0.8 + 0.4 * fraction())).await;
            }
        };
        tokio::join!(polling, self.streaming(&fetching));
    }

    /// The key that records are searched by changes seldom, if ever: it is asked for with the polling alone.
    async fn fetch_search_key(&self) -> Result<(), AskError> {
        let known = self.identity.search_key().map(|key| format!("\"{}\"", key.number));
        let Some((key, _)) = self.client.fetch(routes::SEARCH_KEY, known.as_deref()).await? else {
            return Ok(());
        };
        let strange = || AskError::Strange(http::StatusCode::OK);
        let key: SearchKey = serde_json::from_slice(&key).map_err(|_| strange())?;
        key.key().ok_or_else(strange)?;
        self.identity.keep_search_key(&key)?;
        self.agent.take_search_key(&key);
        Ok(())
    }

    /// Once, so that it is there when the server is not.
    async fn fetch_override_key(&self) -> Result<(), AskError> {
        if self.identity.override_key().is_some() {
            return Ok(());
        }
        let Some((key, _)) = self.client.fetch(routes::OVERRIDE_KEY, None).await? else {
            return Ok(());
        };
        let strange = || AskError::Strange(http::StatusCode::OK);
        let key: OverrideKey = serde_json::from_slice(&key).map_err(|_| strange())?;
        key.codes(self.identity.device()).ok_or_else(strange)?;
        self.identity.keep_override_key(&key)?;
        Ok(())
    }

    async fn streaming(&self, fetching: &tokio::sync::Mutex<Fetching>) {
        let mut retry = Retry::up_to(LONGEST_PAUSE);
        loop {
            match self.listen(fetching, &mut retry).await {
                Ok(()) => {}
                Err(FollowError::Ask(AskError::Refused(Refusal::Unknown))) => self.unwelcome().await,
                Err(error) => tracing::debug!(error = chain(&error), "no stream"),
            }
            retry.wait().await;
        }
    }

    /// Until the stream ends.
    async fn listen(&self, fetching: &tokio::sync::Mutex<Fetching>, retry: &mut Retry) -> Result<(), FollowError> {
        let mut stream = self.client.stream(routes::STREAM_CARRYING).await?;
        let mut events = StreamEvents::default();
        // Beside the stream, what it points to is fetched by requests of their own, which may fail while the stream lives.
        let mut catching_up = Retry::up_to(LONGEST_PAUSE);
        let mut last = None;
        let (mut silent, mut due) = (Instant::now() + SILENCE, Instant::now());
        loop {
            let is_behind = match last {
                Some(hint) => fetching.lock().await.lags(hint).is_any(),
                None => false,
            };
            let bytes = tokio::select! {
                bytes = tokio::time::timeout_at(silent, next(&mut stream)) => bytes.map_err(|_| FollowError::Silent)??,
                // At a time, and not after a while: what is heard in between must not put it off.
                () = tokio::time::sleep_until(due), if is_behind => {
                    if let Some(hint) = last {
                        let mut fetching = fetching.lock().await;
                        let wanted = fetching.lags(hint);
                        fetching.fetch_and_tell(wanted).await;
                    }
                    due = Instant::now() + catching_up.pause();
                    continue;
                }
            };
            let Some(bytes) = bytes else { return Ok(()) };
            silent = Instant::now() + SILENCE;
            retry.succeeded();
            self.agent.heard();
            for event in events.read(&bytes) {
                let hint = match event {
                    StreamEvent::Hint(hint) => hint,
                    StreamEvent::Order(order) => {
                        fetching.lock().await.take_order(order).await;
                        continue;
                    }
                    StreamEvent::Bundle(bundle) => {
                        fetching.lock().await.take_carried(bundle).await;
                        continue;
                    }
                };
                if !hint.welcome {
                    self.unwelcome().await;
                    return Ok(());
                }
                catching_up.succeeded();
                last = Some(hint);
                let mut fetching = fetching.lock().await;
                let wanted = fetching.lags(hint);
                if wanted.is_any() {
                    fetching.fetch_and_tell(wanted).await;
                    due = Instant::now() + catching_up.pause();
                }
            }
        }
    }

    async fn unwelcome(&self) {
        tracing::warn!("the server does not serve this device any more");
        self.agent.remark(
            "fleet.revoked",
            "The server does not serve this device any more; the last policy stays in force.".to_owned(),
        );
        tokio::time::sleep(UNWELCOME).await;
    }
}

/// Nothing is lost where this is given up.
async fn next(stream: &mut Incoming) -> Result<Option<Bytes>, FollowError> {
    while let Some(frame) = stream.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// What hints point to, fetched one at a time.
struct Fetching {
    client: Arc<Client>,
    agent: Arc<dyn Agent>,
    /// Number of the newest that was fetched, taken or not.
    newest: u64,
    /// What the server calls it.
    tag: Option<String>,
    /// The bundle that was refused, and why.
    refused: Option<(u64, String)>,
    /// Number of the newest directive that was fetched, taken or not.
    order: u64,
    /// Number of the last answers to requests for exceptions.
    exceptions: u64,
    /// Number of the last answers to other requests.
    answers: u64,
    /// Whether the server says that there is more than was fetched; `None` while it is to be asked.
    lacks: Option<bool>,
    /// The server knows what is in force.
    told: bool,
    /// Number of the last code whose use the server was told of.
    code: u64,
}

/// What is to be fetched: a hint to ten thousand laptops must not make each ask for everything.
#[derive(Clone, Copy)]
struct Wanted {
    bundle: bool,
    order: bool,
    exceptions: bool,
    answers: bool,
    /// The server has not been told what is in force here.
    telling: bool,
}

impl Wanted {
    const ALL: Self = Self {
        bundle: true,
        order: true,
        exceptions: true,
        answers: true,
        telling: true,
    };

    const fn is_any(self) -> bool {
        self.bundle || self.order || self.exceptions || self.answers || self.telling
    }
}

impl Fetching {
    fn new(client: Arc<Client>, agent: Arc<dyn Agent>) -> Self {
        let standing = agent.standing();
        Self {
            client,
            newest: standing.bundle,
            order: standing.order,
            exceptions: 0,
            answers: 0,
            agent,
            tag: None,
            refused: None,
            lacks: None,
            told: false,
            code: 0,
        }
    }

    /// What is new on the server.
    fn lags(&self, hint: Hint) -> Wanted {
        Wanted {
            bundle: hint.bundle > self.newest,
            order: hint.order > self.order,
            exceptions: hint.exceptions > self.exceptions,
            answers: hint.answers > self.answers,
            telling: !self.told || last_code(&self.agent.standing()) > self.code,
        }
    }

    /// Fetches what is new, whether it was hinted at or not, and asks whether that is all there is.
    async fn look_round(&mut self) {
        self.lacks = None;
        self.fetch_and_tell(Wanted::ALL).await;
        if self.lacks == Some(true) {
            // It may have been published in between.
            self.fetch_and_tell(Wanted::ALL).await;
        }
    }

    /// Fetches what is wanted, and says what this device runs now.
    async fn fetch_and_tell(&mut self, wanted: Wanted) {
        // Directives first: they are for what cannot wait.
        if wanted.order
            && let Err(error) = self.fetch_order().await
        {
            tracing::debug!(error = chain(&error), "directives could not be fetched");
        }
        if wanted.exceptions
            && let Err(error) = self.fetch_exceptions().await
        {
            tracing::debug!(error = chain(&error), "answers to requests could not be fetched");
        }
        if wanted.answers
            && let Err(error) = self.fetch_answers().await
        {
            tracing::debug!(error = chain(&error), "answers to employees could not be fetched");
        }
        if wanted.bundle
            && let Err(error) = self.fetch_bundle().await
        {
            tracing::debug!(error = chain(&error), "policy could not be fetched");
        }
        if self.lacks != Some(false) {
            self.lacks = self.is_kept_back().await;
        }
        let mut standing = self.agent.standing();
        (standing.refused_bundle, standing.refused) = self.refused.clone().unzip();
        let told = self.client.post::<()>(routes::STANDING, &standing).await;
        self.told = told.is_ok();
        if self.told {
            self.code = last_code(&standing);
            self.agent.heard();
        }
        if let Err(error) = told {
            tracing::debug!(error = chain(&error), "the server could not be told what is in force");
        }
    }

    /// Whether the server says that this device is to have more than was fetched; `None` where it could not be asked.
    async fn is_kept_back(&self) -> Option<bool> {
        let statement = match self.client.fetch(routes::FRESH, None).await {
            Ok(Some((statement, _))) => statement,
            Ok(None) => return Some(false),
            Err(error) => {
                tracing::debug!(error = chain(&error), "what is newest could not be asked");
                return None;
            }
        };
        let agent = Arc::clone(&self.agent);
        // What it says is written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_fresh(&statement)).await;
        match taken {
            Ok(Ok(has_all)) => Some(!has_all),
            Ok(Err(why)) => {
                tracing::warn!(why, "what the server calls newest is not believed");
                Some(false)
            }
            Err(_) => None,
        }
    }

    async fn fetch_order(&mut self) -> Result<(), AskError> {
        let Some((order, _)) = self.client.fetch(routes::ORDER, None).await? else {
            return Ok(());
        };
        self.take_order(order.to_vec()).await;
        Ok(())
    }

    /// Hands a directive to the agent, which verifies it; the server is told with the next hint.
    async fn take_order(&mut self, order: Vec<u8>) {
        let epoch = weir_bundle::inspect_order(&order).map_or(0, |order| order.epoch);
        if epoch <= self.order {
            return;
        }
        (self.order, self.told) = (epoch, false);
        let agent = Arc::clone(&self.agent);
        // It is written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_order(&order)).await;
        if let Ok(Err(why)) = taken {
            tracing::warn!(why, epoch, "a directive is not carried out");
        }
    }

    async fn fetch_exceptions(&mut self) -> Result<(), AskError> {
        let Some((answers, _)) = self.client.fetch(routes::EXCEPTIONS, None).await? else {
            return Ok(());
        };
        let answers: ExceptionAnswers =
            serde_json::from_slice(&answers).map_err(|_| AskError::Strange(http::StatusCode::OK))?;
        let number = answers.number;
        let agent = Arc::clone(&self.agent);
        // They are written to the disk.
        let taken = tokio::task::spawn_blocking(move || agent.take_exceptions(&answers)).await;
        match taken {
            Ok(Err(why)) => tracing::warn!(why, "exceptions could not be taken"),
            // What failed is tried again with the next question.
            Err(_) => {}
            Ok(Ok(())) => self.exceptions = self.exceptions.max(number),
        }
        Ok(())
    }

    async fn fetch_answers(&mut self) -> Result<(), AskError> {
        let Some((answers, _)) = self.client.fetch(routes::ANSWERS, None).await? else {
            return Ok(());
        };
        let answers: Answers = serde_json::from_slice(&answers).map_err(|_| AskError::Strange(http::StatusCode::OK))?;
        self.answers = self.answers.max(answers.number);
        self.agent.take_answers(answers);
        Ok(())
    }

    async fn fetch_bundle(&mut self) -> Result<(), AskError> {
        let Some((bundle, tag)) = self.client.fetch(routes::BUNDLE, self.tag.as_deref()).await? else {
            return Ok(());
        };
        let (number, digest) =
            weir_bundle::inspect(&bundle).map_or((0, String::new()), |bundle| (bundle.contents.number, bundle.digest));
        // Else what it stands for would never be fetched again.
        let tag = tag.filter(|tag| tag.trim_matches('"') == digest);
        self.take_bundle(bundle.to_vec(), number, tag).await;
        Ok(())
    }

    /// A bundle that came with the stream. What cannot be read, or is not newer, is left to the hint behind it.
    async fn take_carried(&mut self, bundle: Vec<u8>) {
        let Ok(read) = weir_bundle::inspect(&bundle) else {
            return;
        };
        if read.contents.number > self.newest {
            let tag = format!("\"{}\"", read.digest);
            self.take_bundle(bundle, read.contents.number, Some(tag)).await;
        }
    }

    /// Hands a bundle to the agent, which verifies it; the server is told with the next hint.
    async fn take_bundle(&mut self, bundle: Vec<u8>, number: u64, tag: Option<String>) {
        let agent = Arc::clone(&self.agent);
        self.told = false;
        if number != 0 && number == agent.standing().bundle {
            // It is in force since before the agent was started.
            (self.tag, self.newest, self.refused) = (tag, number, None);
            return;
        }
        // A bundle is compiled and tested, which takes a while.
        let taken = tokio::task::spawn_blocking(move || agent.take_bundle(&bundle)).await;
        let taken = taken.unwrap_or_else(|_| Err("the agent failed".to_owned()));
        self.refused = taken.err().map(|why| (number, why));
        self.tag = tag;
        self.newest = self.newest.max(number);
    }
}

/// Number of the last code that was used here; 0 for none.
fn last_code(standing: &Standing) -> u64 {
    standing.overrides.last().map_or(0, |used| used.number)
}

#[cfg(test)]
mod tests {
    use super::Follow;
    use crate::client::Client;
    use crate::identity::Identity;
    use bytes::Bytes;
    use futures_util::stream;
    use http::{Request, Response, StatusCode};
    use http_body_util::combinators::UnsyncBoxBody;
    use http_body_util::{BodyExt, Full, StreamBody};
    use hyper::body::{Frame, Incoming};
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::ServerConfig;
    use rustls_pki_types::PrivateKeyDer;
    use std::convert::Infallible;
    use std::net::SocketAddr;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tokio::sync::Notify;
    use tokio_rustls::TlsAcceptor;
    use weir_bundle::{Directive, Order, SigningKey, seal_order};
    use weir_fleet::{
        Answers, DeviceId, Enrolled, ExceptionAnswers, Machine, SearchKey, Standing, carried_order, routes,
    };
    use weir_model::Timestamp;

    /// It takes what comes, and tells of it.
    #[derive(Default)]
    struct Taker {
        bundle: Notify,
        order: Notify,
    }

    impl crate::Agent for Taker {
        fn standing(&self) -> Standing {
            Standing {
                now: Timestamp::from_millis(0),
                machine: Machine {
                    name: String::new(),
                    platform: String::new(),
                    version: String::new(),
                },
                bundle: 0,
                digest: String::new(),
                order: 0,
                refused: None,
                refused_bundle: None,
                overrides: Vec::new(),
            }
        }
        fn take_bundle(&self, _: &[u8]) -> Result<(), String> {
            self.bundle.notify_one();
            Ok(())
        }
        fn take_order(&self, order: &[u8]) -> Result<(), String> {
            assert_eq!(order, self::order(), "byte for byte");
            self.order.notify_one();
            Ok(())
        }
        fn take_fresh(&self, _: &[u8]) -> Result<bool, String> {
            Ok(true)
        }
        fn take_exceptions(&self, _: &ExceptionAnswers) -> Result<(), String> {
            Ok(())
        }
        fn take_answers(&self, _: Answers) {}
        fn take_search_key(&self, _: &SearchKey) {}
        fn heard(&self) {}
        fn remark(&self, _: &'static str, _: String) {}
    }

    type Body = UnsyncBoxBody<Bytes, Infallible>;

    fn order() -> Vec<u8> {
        let order = Order {
            epoch: 1,
            group: None,
            directive: Directive::Lockdown,
            reason: String::new(),
            issued: Timestamp::from_millis(0),
            expires: Timestamp::from_millis(1000),
        };
        seal_order(&order, &[&SigningKey::from_seed(&[1; 32]).unwrap()]).unwrap()
    }

    /// A bundle is there when it was asked for often enough, and a directive never; the stream has that, one hint, and then
    /// goes on saying nothing.
    fn answer(request: &Request<Incoming>, asked: &AtomicUsize) -> Response<Body> {
        let whole = |text: &'static str| Full::from(text).boxed_unsync();
        let (status, body) = match request.uri().path() {
            routes::BUNDLE if asked.fetch_add(1, Ordering::Relaxed) < 4 => {
                (StatusCode::INTERNAL_SERVER_ERROR, whole(""))
            }
            routes::BUNDLE => (StatusCode::OK, whole("a bundle")),
            routes::ORDER => (StatusCode::INTERNAL_SERVER_ERROR, whole("")),
            routes::STANDING => (StatusCode::OK, whole("")),
            routes::STREAM => (StatusCode::OK, talk()),
            _ => (StatusCode::NO_CONTENT, whole("")),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response
    }

    fn talk() -> Body {
        let carried = carried_order(&order()).unwrap();
        let first = [&carried[..], b"data:{\"bundle\":1,\"order\":1}\n\n"].concat();
        let lines = stream::unfold(Bytes::from(first), |line| async move {
            // As a heartbeat, and much more often.
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok(Frame::data(line)), Bytes::from_static(b":\n\n")))
        });
        StreamBody::new(lines).boxed_unsync()
    }

    /// Gives where it listens, and the certificate it has.
    async fn server() -> (SocketAddr, CertifiedKey<rcgen::KeyPair>) {
        let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut tls = tls
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let (tls, asked) = (TlsAcceptor::from(Arc::new(tls)), Arc::new(AtomicUsize::new(0)));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let (tls, asked) = (tls.clone(), Arc::clone(&asked));
                let service = service_fn(move |request| {
                    let answer = answer(&request, &asked);
                    async { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(async move {
                    let stream = TokioIo::new(tls.accept(stream).await.unwrap());
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(stream, service).await;
                });
            }
        });
        (address, made)
    }

    fn identity(dir: &Path, address: SocketAddr, made: &CertifiedKey<rcgen::KeyPair>) -> Identity {
        let enrolled = Enrolled {
            device: DeviceId::from_bytes([1; 16]),
            certificate: made.cert.pem(),
            authority: made.cert.pem(),
            receipt_key: String::new(),
            order_key: None,
            fresh_key: None,
            policy_keys: Vec::new(),
            policy_threshold: 1,
            group: "staff".to_owned(),
        };
        let key = made.signing_key.serialize_pem();
        Identity::keep(dir, &format!("https://{address}"), enrolled, &key).unwrap()
    }

    async fn following(dir: &Path) -> Arc<Taker> {
        let (address, made) = server().await;
        let identity = identity(dir, address, &made);
        let client = Client::new(&identity);
        let taker = Arc::new(Taker::default());
        let following = Follow::new(identity, Arc::new(client), Arc::clone(&taker) as Arc<dyn crate::Agent>);
        tokio::spawn(following.run());
        taker
    }

    #[tokio::test]
    async fn what_could_not_be_fetched_is_fetched_again_whatever_is_heard_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        following(dir.path()).await.bundle.notified().await;
    }

    #[tokio::test]
    async fn what_comes_along_is_taken_where_it_cannot_be_fetched() {
        let dir = tempfile::tempdir().unwrap();
        following(dir.path()).await.order.notified().await;
    }
}
