//! Hints on their way down, and what they point to.

use crate::Agent;
use crate::client::{AskError, Client};
use crate::fetching::Fetching;
use crate::identity::Identity;
use crate::line::Line;
use crate::retry::{Retry, fraction};
use crate::stream::{Stream, StreamError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use weir_fleet::{HEARTBEAT, OverrideKey, Refusal, STILL_HERE, SearchKey, StreamEvents, routes};
use weir_model::chain;

/// Holds a stream open, and asks by itself once in a while.
pub(crate) struct Follow {
    identity: Identity,
    client: Arc<Client>,
    line: Arc<Line>,
    agent: Arc<dyn Agent>,
}

/// Whoever hears nothing for so long has no connection: the server says something every 25 seconds.
const SILENCE: Duration = Duration::from_secs(70);
/// Without a stream, and as a safeguard beside it.
const POLL: Duration = Duration::from_secs(15 * 60);
/// What waits to be said on the stream: what this device runs, seldom twice, and a batch of records.
const LINES: usize = 4;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A server that does not serve this device any more is asked seldom.
const UNWELCOME: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Broken(#[from] StreamError),
    #[error("the stream is silent")]
    Silent,
}

impl Follow {
    pub(crate) fn new(identity: Identity, client: Arc<Client>, line: Arc<Line>, agent: Arc<dyn Agent>) -> Self {
        Self {
            identity,
            client,
            line,
            agent,
        }
    }

    pub(crate) async fn run(self) {
        let fetching = Fetching::new(
            Arc::clone(&self.client),
            Arc::clone(&self.line),
            Arc::clone(&self.agent),
        );
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
        let holds = fetching.lock().await.holds().await;
        let mut stream = Stream::open(&self.client, &routes::stream_carrying(&holds)).await?;
        let (said, mut lines) = mpsc::channel(LINES);
        if let Some(takes_records) = stream.takes_records() {
            self.line.pick_up(said, takes_records);
        }
        let heard = self.hear(&mut stream, &mut lines, fetching, retry).await;
        self.line.hang_up();
        fetching.lock().await.hang_up();
        heard
    }

    async fn hear(
        &self,
        stream: &mut Stream,
        lines: &mut mpsc::Receiver<Vec<u8>>,
        fetching: &tokio::sync::Mutex<Fetching>,
        retry: &mut Retry,
    ) -> Result<(), FollowError> {
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
                bytes = tokio::time::timeout_at(silent, stream.next()) => bytes.map_err(|_| FollowError::Silent)??,
                Some(line) = lines.recv() => {
                    stream.say(&line).await?;
                    continue;
                }
                // At a time, and not after a while: what is heard in between must not put it off.
                () = tokio::time::sleep_until(due), if is_behind => {
                    if let Some(hint) = last {
                        fetching.lock().await.catch_up(hint).await;
                    }
                    due = Instant::now() + catching_up.pause();
                    continue;
                }
            };
            let Some(bytes) = bytes else { return Ok(()) };
            silent = Instant::now() + SILENCE;
            retry.succeeded();
            self.agent.heard();
            if bytes.starts_with(HEARTBEAT) {
                stream.say(STILL_HERE).await?;
            }
            for event in events.read(&bytes) {
                let mut fetching = fetching.lock().await;
                let Some(hint) = fetching.take(event).await else {
                    continue;
                };
                if !hint.welcome {
                    drop(fetching);
                    self.unwelcome().await;
                    return Ok(());
                }
                catching_up.succeeded();
                last = Some(hint);
                if fetching.catch_up(hint).await {
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

#[cfg(test)]
mod tests {
    use super::Follow;
    use crate::NotTaken;
    use crate::client::Client;
    use crate::fetching::Fetching;
    use crate::identity::Identity;
    use crate::line::Line;
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
    use std::collections::{BTreeMap, BTreeSet};
    use std::convert::Infallible;
    use std::net::SocketAddr;
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::Notify;
    use tokio_rustls::TlsAcceptor;
    use weir_bundle::{Contents, Directive, Order, SigningKey, seal, seal_order};
    use weir_fleet::{
        Answers, DeviceId, Enrolled, ExceptionAnswers, Hint, Holds, Machine, Refusal, STILL_HERE, Said, Saying,
        Sayings, SearchKey, Standing, answered, carried_change, carried_order, difference, routes, told,
    };
    use weir_model::Timestamp;

    /// It takes what comes, and tells of it.
    #[derive(Default)]
    struct Taker {
        bundle: Notify,
        order: Notify,
        /// The bundle that is here.
        held: Option<Vec<u8>>,
        took: Mutex<Vec<u8>>,
        /// What comes first is refused, for a reason that passes or not.
        refuses: Option<bool>,
        /// How often a bundle was given, and a directive.
        given: [AtomicUsize; 2],
    }

    impl Taker {
        /// `kind`: 0 is a bundle, and 1 a directive.
        fn given(&self, kind: usize) -> Result<(), NotTaken> {
            let before = self.given[kind].fetch_add(1, Ordering::Relaxed);
            match self.refuses {
                Some(passes) if before == 0 => Err(NotTaken {
                    why: "the disk is full".to_owned(),
                    passes,
                }),
                _ => Ok(()),
            }
        }
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
                bundle: u64::from(self.held.is_some()),
                digest: String::new(),
                order: 0,
                refused: None,
                refused_bundle: None,
                overrides: Vec::new(),
            }
        }
        fn take_bundle(&self, bundle: &[u8]) -> Result<(), NotTaken> {
            self.given(0)?;
            *self.took.lock().unwrap() = bundle.to_vec();
            self.bundle.notify_one();
            Ok(())
        }
        fn held_bundle(&self) -> Option<Vec<u8>> {
            self.held.clone()
        }
        fn take_order(&self, order: &[u8]) -> Result<(), NotTaken> {
            assert_eq!(order, self::order(), "byte for byte");
            self.given(1)?;
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

    fn bundle(number: u64) -> Vec<u8> {
        let contents = Contents {
            name: "acme".to_owned(),
            number,
            issued: Timestamp::from_millis(0),
            expires: Timestamp::from_millis(1000),
            audience: BTreeSet::from(["staff".to_owned()]),
            pack: "acme".to_owned(),
            packs: BTreeMap::from([("acme".to_owned(), String::new())]),
            catalogue: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        seal(&contents, &[SigningKey::from_seed(&[1; 32]).unwrap()]).unwrap()
    }

    /// What servers speak.
    #[derive(Clone, Copy, PartialEq)]
    enum Form {
        /// HTTP/2 and nothing else.
        Http2,
        /// HTTP/1.1 as well; they know no upgrade.
        Older,
        /// What there is now.
        Both,
        /// What there is now, and nothing fails.
        Whole,
    }

    struct Scene {
        form: Form,
        /// How often the bundle was asked for.
        asked: AtomicUsize,
        /// Something was said on the stream, and answered.
        said: Notify,
        saying: Mutex<Option<Saying>>,
        /// A heartbeat was answered.
        here: Notify,
    }

    /// A bundle is there when it was asked for often enough, and a directive never; the stream has that, one hint, and then
    /// goes on saying nothing.
    fn answer(request: Request<Incoming>, scene: &Arc<Scene>) -> Response<Body> {
        let whole = |text: Vec<u8>| Full::from(text).boxed_unsync();
        let tag = format!("\"{}\"", weir_bundle::inspect(&bundle(2)).unwrap().digest);
        let knows = request.headers().get(http::header::IF_NONE_MATCH).cloned();
        let (status, body) = match request.uri().path() {
            routes::BUNDLE if knows.is_some_and(|known| known == *tag) => (StatusCode::NOT_MODIFIED, whole(Vec::new())),
            routes::BUNDLE if scene.form == Form::Whole => (StatusCode::OK, whole(bundle(2))),
            routes::ORDER if scene.form == Form::Whole => (StatusCode::OK, whole(order())),
            routes::BUNDLE if scene.asked.fetch_add(1, Ordering::Relaxed) < 4 => {
                (StatusCode::INTERNAL_SERVER_ERROR, whole(Vec::new()))
            }
            routes::BUNDLE => (StatusCode::OK, whole(bundle(2))),
            routes::ORDER => (StatusCode::INTERNAL_SERVER_ERROR, whole(Vec::new())),
            routes::STANDING => (StatusCode::OK, whole(Vec::new())),
            routes::STREAM if scene.form == Form::Both => {
                tokio::spawn(both(request, Arc::clone(scene)));
                (StatusCode::SWITCHING_PROTOCOLS, whole(Vec::new()))
            }
            routes::STREAM => (StatusCode::OK, talk()),
            _ => (StatusCode::NO_CONTENT, whole(Vec::new())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let tag = http::HeaderValue::from_str(&tag).unwrap();
        response.headers_mut().insert(http::header::ETAG, tag);
        if status == StatusCode::SWITCHING_PROTOCOLS {
            let upgrade = http::HeaderValue::from_static(routes::STREAM_UPGRADE);
            response.headers_mut().insert(http::header::UPGRADE, upgrade);
            let takes = http::HeaderValue::from_static("later, records");
            response.headers_mut().insert(routes::STREAM_TAKES, takes);
        }
        response
    }

    fn talk() -> Body {
        let carried = carried_order(&order()).unwrap();
        let first = [&carried[..], b"data:{\"bundle\":2,\"order\":1}\n\n"].concat();
        let lines = stream::unfold(Bytes::from(first), |line| async move {
            // As a heartbeat, and much more often.
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok(Frame::data(line)), Bytes::from_static(b":\n\n")))
        });
        StreamBody::new(lines).boxed_unsync()
    }

    /// A directive and what is different in bundle 2 come along; what is said is answered, and a heartbeat is waited for.
    async fn both(request: Request<Incoming>, scene: Arc<Scene>) {
        assert_eq!(request.version(), http::Version::HTTP_11);
        let mut io = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
        let carried = carried_order(&order()).unwrap();
        let change = carried_change(&difference(&bundle(1), &bundle(2)).unwrap()).unwrap();
        let first = [&carried[..], &change, b"data:{\"bundle\":2,\"order\":1}\n\n"].concat();
        io.write_all(&first).await.unwrap();
        let (mut sayings, mut bytes) = (Sayings::default(), vec![0; 4096]);
        loop {
            let count = io.read(&mut bytes).await.unwrap();
            if count == 0 {
                return;
            }
            if bytes[..count].ends_with(STILL_HERE) && count == STILL_HERE.len() {
                scene.here.notify_one();
            }
            for saying in sayings.read(&bytes[..count]).unwrap() {
                let answer = match &saying.said {
                    Said::Standing { .. } => told(saying.number),
                    Said::Records(_) => answered(saying.number, Err(Refusal::Busy)),
                };
                let answer = [answer, b":\n\n".to_vec()];
                *scene.saying.lock().unwrap() = Some(saying);
                io.write_all(&answer[0]).await.unwrap();
                io.flush().await.unwrap();
                // Apart, so that it is a heartbeat and nothing else.
                tokio::time::sleep(Duration::from_millis(50)).await;
                io.write_all(&answer[1]).await.unwrap();
                io.flush().await.unwrap();
                scene.said.notify_one();
            }
        }
    }

    /// Gives where it listens, and the certificate it has.
    async fn server(scene: &Arc<Scene>) -> (SocketAddr, CertifiedKey<rcgen::KeyPair>) {
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
        let (tls, scene) = (TlsAcceptor::from(Arc::new(tls)), Arc::clone(scene));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let (tls, scene) = (tls.clone(), Arc::clone(&scene));
                tokio::spawn(async move {
                    let stream = tls.accept(stream).await.unwrap();
                    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    if scene.form == Form::Http2 && !http2 {
                        return;
                    }
                    let service = service_fn(move |request| {
                        let answer = answer(request, &scene);
                        async { Ok::<_, Infallible>(answer) }
                    });
                    let stream = TokioIo::new(stream);
                    if http2 {
                        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                        let _ = builder.serve_connection(stream, service).await;
                    } else {
                        let builder = hyper::server::conn::http1::Builder::new();
                        let _ = builder.serve_connection(stream, service).with_upgrades().await;
                    }
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

    async fn following(dir: &Path, form: Form, held: Option<Vec<u8>>) -> (Arc<Taker>, Arc<Scene>) {
        follow(dir, form, held, Arc::default()).await
    }

    fn scene(form: Form) -> Arc<Scene> {
        Arc::new(Scene {
            form,
            asked: AtomicUsize::default(),
            said: Notify::new(),
            saying: Mutex::default(),
            here: Notify::new(),
        })
    }

    async fn follow(dir: &Path, form: Form, held: Option<Vec<u8>>, line: Arc<Line>) -> (Arc<Taker>, Arc<Scene>) {
        let scene = scene(form);
        let (address, made) = server(&scene).await;
        let identity = identity(dir, address, &made);
        let client = Client::new(&identity);
        let taker = Arc::new(Taker {
            held,
            ..Taker::default()
        });
        let following = Follow::new(
            identity,
            Arc::new(client),
            line,
            Arc::clone(&taker) as Arc<dyn crate::Agent>,
        );
        tokio::spawn(following.run());
        (taker, scene)
    }

    #[tokio::test]
    async fn what_could_not_be_fetched_is_fetched_again_whatever_is_heard_meanwhile() {
        for form in [Form::Http2, Form::Older, Form::Both] {
            let dir = tempfile::tempdir().unwrap();
            let (taker, scene) = following(dir.path(), form, None).await;
            taker.bundle.notified().await;
            assert!(scene.asked.load(Ordering::Relaxed) > 4);
            assert_eq!(*taker.took.lock().unwrap(), bundle(2));
        }
    }

    #[tokio::test]
    async fn what_comes_along_is_taken_where_it_cannot_be_fetched() {
        for form in [Form::Http2, Form::Older, Form::Both] {
            let dir = tempfile::tempdir().unwrap();
            following(dir.path(), form, None).await.0.order.notified().await;
        }
    }

    #[tokio::test]
    async fn what_is_refused_for_a_passing_reason_is_tried_again_with_the_next_look_and_nothing_else_is() {
        for (passes, times) in [(true, 2), (false, 1)] {
            let dir = tempfile::tempdir().unwrap();
            let (address, made) = server(&scene(Form::Whole)).await;
            let client = Client::new(&identity(dir.path(), address, &made));
            let taker = Arc::new(Taker {
                refuses: Some(passes),
                ..Taker::default()
            });
            let agent = Arc::clone(&taker) as Arc<dyn crate::Agent>;
            let mut fetching = Fetching::new(Arc::new(client), Arc::default(), agent);
            let hint = Hint {
                bundle: 2,
                order: 1,
                exceptions: 0,
                answers: 0,
                welcome: true,
            };
            for look in 1..=3 {
                fetching.look_round().await;
                fetching.catch_up(hint).await;
                let given = taker.given.each_ref().map(|given| given.load(Ordering::Relaxed));
                assert_eq!(given, [look.min(times); 2], "passes: {passes}, look {look}");
            }
            assert_eq!(*taker.took.lock().unwrap() == bundle(2), passes);
        }
    }

    #[tokio::test]
    async fn what_is_in_force_is_said_on_a_stream_that_goes_both_ways() {
        let dir = tempfile::tempdir().unwrap();
        let (_, scene) = following(dir.path(), Form::Both, Some(bundle(1))).await;
        scene.said.notified().await;
        scene.here.notified().await;
        let saying = scene.saying.lock().unwrap().clone().unwrap();
        let Said::Standing { standing, holds } = saying.said else {
            panic!("{saying:?}");
        };
        assert_eq!(standing.bundle, 1);
        assert_eq!(holds, Holds::of(1, &bundle(1)));
    }

    #[tokio::test]
    async fn records_are_said_on_a_stream_that_takes_them() {
        for (form, is_said) in [(Form::Both, true), (Form::Older, false)] {
            let (dir, line) = (tempfile::tempdir().unwrap(), Arc::new(Line::default()));
            let (taker, _) = follow(dir.path(), form, None, Arc::clone(&line)).await;
            // It comes with the stream, which is open then.
            taker.order.notified().await;
            let answer = line.send(b"batch").await;
            assert_eq!(answer, is_said.then_some(Err(Refusal::Busy)));
        }
    }

    #[tokio::test]
    async fn a_difference_is_taken_to_the_bundle_it_is_to_and_else_the_whole_is_fetched() {
        for (held, is_whole) in [(bundle(1), false), (bundle(7), true)] {
            let dir = tempfile::tempdir().unwrap();
            let (taker, scene) = following(dir.path(), Form::Both, Some(held)).await;
            taker.bundle.notified().await;
            assert_eq!(*taker.took.lock().unwrap(), bundle(2), "byte for byte");
            assert_eq!(scene.asked.load(Ordering::Relaxed) > 4, is_whole);
        }
    }
}
