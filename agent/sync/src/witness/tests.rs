//! A server that shows what it pleases, and what a device says of it.

use super::{SPLIT, Witness};
use crate::NotTaken;
use crate::client::Client;
use crate::identity::Identity;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use weir_bundle::SigningKey;
use weir_fleet::{
    Acknowledged, Answers, Cosigned, DeviceId, Enrolled, ExceptionAnswers, LogEntry, LogProof, Receipt, SearchKey,
    Standing, log_key, routes, witness_key,
};
use weir_model::Timestamp;
use weir_tlog::{Checkpoint, Hash, Span, WitnessKey, consistency, inclusion, root_of};

/// What the server shows, and what it was told.
#[derive(Default)]
struct Shown {
    log: Vec<Hash>,
    /// Entries that the checkpoint of the hour has; `None`: it has none.
    hour: Option<usize>,
    /// The hour's checkpoint is of these instead.
    other: Option<Vec<Hash>>,
    said: Vec<Cosigned>,
}

fn server_key() -> SigningKey {
    SigningKey::from_seed(&[3; 32]).unwrap()
}

fn checkpoint(log: &[Hash]) -> Checkpoint {
    Checkpoint {
        origin: log_key(&server_key().public()).unwrap().name().to_owned(),
        size: log.len() as u64,
        root: root_of(log),
    }
}

fn said(seq: u64) -> Acknowledged {
    Acknowledged {
        device: DeviceId::from_bytes([1; 16]),
        timeline: 1,
        seq,
        head: [seq as u8; 32],
        time: Timestamp::from_millis(1_800_000_000_000),
    }
}

/// Entries of a log; a log of another seed has others.
fn log(seed: u8, size: u64) -> Vec<Hash> {
    let entry = |number| match number % 3 {
        0 => LogEntry::from(said(number)).leaf(),
        _ => LogEntry::Journal {
            number,
            hash: [seed; 32],
        }
        .leaf(),
    };
    (0..size).map(entry).collect()
}

fn hashes(log: &[Hash], spans: Option<Vec<Span>>) -> LogProof {
    let hash = |span: Span| {
        let node = |node: weir_tlog::Node| {
            let first = (node.index << node.height) as usize;
            root_of(&log[first..first + (1 << node.height)])
        };
        span.hash(&span.nodes().into_iter().map(node).collect::<Vec<_>>())
    };
    LogProof::of(&spans.unwrap().into_iter().map(hash).collect::<Vec<_>>())
}

/// The numbers of a query: `?a=1&b=2`.
fn numbers(request: &Request<Incoming>) -> Vec<u64> {
    let query = request.uri().query().unwrap();
    query
        .split('&')
        .map(|part| part.split_once('=').unwrap().1.parse().unwrap())
        .collect()
}

async fn answer(request: Request<Incoming>, shown: &Mutex<Shown>) -> Response<Full<Bytes>> {
    let json = |proof: &LogProof| serde_json::to_vec(proof).unwrap();
    let path = request.uri().path().to_owned();
    if path == routes::LOG_COSIGNATURE {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        shown.lock().unwrap().said.push(serde_json::from_slice(&body).unwrap());
        return Response::new(Full::default());
    }
    let shown = shown.lock().unwrap();
    let (status, body) = match &*path {
        routes::LOG_INCLUSION => {
            let [leaf, size] = numbers(&request)[..] else { panic!() };
            (
                StatusCode::OK,
                json(&hashes(&shown.log[..size as usize], inclusion(leaf, size))),
            )
        }
        routes::LOG_CONSISTENCY => {
            let [old, new] = numbers(&request)[..] else { panic!() };
            (
                StatusCode::OK,
                json(&hashes(&shown.log[..new as usize], consistency(old, new))),
            )
        }
        routes::LOG_CHECKPOINT => match shown.hour {
            Some(size) => {
                let log = shown.other.as_ref().unwrap_or(&shown.log);
                (
                    StatusCode::OK,
                    checkpoint(&log[..size]).sign(&server_key()).into_bytes(),
                )
            }
            None => (StatusCode::NO_CONTENT, Vec::new()),
        },
        _ => panic!("{path}"),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}

/// Serves it; gives the identity of a device that is enrolled.
async fn serve(dir: &Path, shown: Arc<Mutex<Shown>>) -> Identity {
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let tls = acceptor(&made);
    tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            let (tls, shown) = (tls.clone(), Arc::clone(&shown));
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let shown = Arc::clone(&shown);
                    async move { Ok::<_, Infallible>(answer(request, &shown).await) }
                });
                let stream = TokioIo::new(tls.accept(stream).await.unwrap());
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(stream, service).await;
            });
        }
    });
    let enrolled = Enrolled {
        device: DeviceId::from_bytes([1; 16]),
        certificate: made.cert.pem(),
        authority: made.cert.pem(),
        receipt_key: server_key().public().to_pem(),
        order_key: None,
        fresh_key: None,
        policy_keys: Vec::new(),
        policy_threshold: 1,
        group: "staff".to_owned(),
    };
    let key = made.signing_key.serialize_pem();
    Identity::keep(dir, &format!("https://{address}"), enrolled, &key).unwrap()
}

fn acceptor(made: &CertifiedKey<KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut tls = tls
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(tls))
}

/// What was remarked.
#[derive(Default)]
struct Remarks(Mutex<Vec<&'static str>>);

impl crate::Agent for Remarks {
    fn standing(&self) -> Standing {
        panic!("nobody asks")
    }
    fn take_bundle(&self, _: &[u8]) -> Result<(), NotTaken> {
        Ok(())
    }
    fn held_bundle(&self) -> Option<Vec<u8>> {
        None
    }
    fn take_order(&self, _: &[u8]) -> Result<(), NotTaken> {
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
    fn remark(&self, code: &'static str, _: String) {
        self.0.lock().unwrap().push(code);
    }
}

struct Scene {
    dir: tempfile::TempDir,
    shown: Arc<Mutex<Shown>>,
    identity: Identity,
    remarks: Remarks,
}

impl Scene {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let shown: Arc<Mutex<Shown>> = Arc::default();
        let identity = serve(dir.path(), Arc::clone(&shown)).await;
        Self {
            dir,
            shown,
            identity,
            remarks: Remarks::default(),
        }
    }

    fn show(&self, log: Vec<Hash>, hour: Option<usize>, other: Option<Vec<Hash>>) {
        let mut shown = self.shown.lock().unwrap();
        (shown.log, shown.hour, shown.other) = (log, hour, other);
    }

    /// The device starts and gets a receipt for its first record, with the log as it is shown.
    async fn receipt(&self) {
        let note = checkpoint(&self.shown.lock().unwrap().log).sign(&server_key());
        let receipt: Receipt = said(0).sign(&server_key()).in_log(0, &note);
        let mut witness = Witness::read(&self.identity).unwrap();
        witness
            .see(&Client::new(&self.identity), &receipt, &said(0), &self.remarks)
            .await;
    }

    /// Sizes of what was cosigned, each verified.
    fn cosigned(&self) -> Vec<u64> {
        let shown = self.shown.lock().unwrap();
        let each = shown.said.iter().map(|said| {
            let key: WitnessKey = said.witness.parse().unwrap();
            assert_eq!(witness_key(key.key()).unwrap(), key);
            let log = shown.other.as_ref().unwrap_or(&shown.log);
            let text = checkpoint(&log[..said.size as usize]).text();
            assert!(key.verifies(&text, &key.read(&said.line).unwrap()));
            said.size
        });
        each.collect()
    }

    fn accuses(&self) -> bool {
        assert_eq!(
            self.dir.path().join(SPLIT).exists(),
            self.remarks.0.lock().unwrap().contains(&"fleet.split-view")
        );
        self.dir.path().join(SPLIT).exists()
    }
}

#[tokio::test]
async fn a_log_that_only_grew_is_cosigned() {
    let scene = Scene::new().await;
    // Whether the hour began before the receipt or after it.
    for (size, hour, cosigned) in [
        (5, Some(4), &[4][..]),
        (9, None, &[4]),
        (13, Some(13), &[4, 13]),
        (20, Some(16), &[4, 13, 16]),
        // Smaller than what is known.
        (21, Some(17), &[4, 13, 16]),
    ] {
        scene.show(log(1, size), hour, None);
        scene.receipt().await;
        assert_eq!(scene.cosigned(), cosigned, "{size}");
    }
    // An hour that began behind the receipt.
    {
        let mut shown = scene.shown.lock().unwrap();
        shown.log = log(1, 30);
        shown.hour = Some(30);
    }
    let note = checkpoint(&log(1, 25)).sign(&server_key());
    let receipt = said(0).sign(&server_key()).in_log(0, &note);
    let mut witness = Witness::read(&scene.identity).unwrap();
    let client = Client::new(&scene.identity);
    witness.see(&client, &receipt, &said(0), &scene.remarks).await;
    assert_eq!(scene.cosigned(), [4, 13, 16, 30]);
    // All with one key.
    let shown = scene.shown.lock().unwrap();
    assert!(shown.said.iter().all(|said| said.witness == shown.said[0].witness));
    drop(shown);
    assert!(!scene.accuses());
}

#[tokio::test]
async fn a_forged_tree_is_not_cosigned_and_nothing_is_from_then_on() {
    let scene = Scene::new().await;
    scene.show(log(1, 5), Some(5), None);
    scene.receipt().await;
    assert_eq!(scene.cosigned(), [5]);
    // Larger, signed, with the receipt in it, and not what it was.
    scene.show(log(2, 9), Some(9), None);
    scene.receipt().await;
    assert!(scene.accuses());
    assert_eq!(scene.shown.lock().unwrap().said.len(), 1);
    // The evidence stays, whatever is shown later.
    for forged in [log(2, 12), log(1, 15)] {
        let size = forged.len();
        scene.show(forged, Some(size), None);
        scene.receipt().await;
    }
    assert_eq!(scene.shown.lock().unwrap().said.len(), 1);
}

#[tokio::test]
async fn what_is_to_be_cosigned_is_the_log_of_the_receipts() {
    // The receipt's log is right, and that of the hour another: smaller than the receipt's, as large, and larger.
    for (size, hour) in [(12, 9), (12, 12), (12, 14)] {
        let scene = Scene::new().await;
        scene.show(log(1, 5), None, None);
        scene.receipt().await;
        scene.show(log(1, size), Some(hour), Some(log(2, 14)));
        if hour > 12 {
            // What it is asked to prove has to be there.
            scene.shown.lock().unwrap().log = log(1, 14);
        }
        let note = checkpoint(&log(1, size)).sign(&server_key());
        let receipt = said(0).sign(&server_key()).in_log(0, &note);
        let mut witness = Witness::read(&scene.identity).unwrap();
        let client = Client::new(&scene.identity);
        witness.see(&client, &receipt, &said(0), &scene.remarks).await;
        assert!(scene.accuses(), "{hour}");
        assert!(scene.shown.lock().unwrap().said.is_empty(), "{hour}");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_cosigned() {
    let scene = Scene::new().await;
    // A directory stands where the file goes.
    std::fs::create_dir_all(scene.dir.path().join("log.checkpoint/x")).unwrap();
    scene.show(log(1, 5), Some(5), None);
    scene.receipt().await;
    assert_eq!(scene.cosigned(), [] as [u64; 0]);
}
