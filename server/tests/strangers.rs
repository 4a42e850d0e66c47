//! What is not granted, and to whom: asked over real connections, as anybody in the network could.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/stage.rs"]
mod stage;

use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use stage::{Identity, Stage, tester};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_audit::{EpochKey, Kind};
use weir_fleet::{Batch, DeviceId, GivenEpochKey, Sent, Token};
use weir_model::{EventId, Timestamp};
use weir_server::clock;
use weir_server::devices::revoke;
use weir_server::journal::Page;
use weir_server::keys::Keys;

fn batch() -> Vec<u8> {
    let sent = Sent {
        seq: 0,
        kind: Kind::Health,
        time: Timestamp::from_millis(1),
        id: EventId::from_bytes([1; 16]),
        body: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
    };
    let batch = Batch {
        timeline: 1,
        first: 0,
        last: 0,
        before: [0; 32],
        head: [1; 32],
        records: vec![sent],
    };
    batch.pack().unwrap()
}

const RECORDS: &str = "application/vnd.weir.records.v1+zstd";
const DEVICE_ROUTES: [(&str, &str); 21] = [
    ("POST", "/v1/device/records"),
    ("POST", "/v1/device/certificate"),
    ("POST", "/v1/device/standing"),
    ("GET", "/v1/device/bundle"),
    ("GET", "/v1/device/fresh"),
    ("GET", "/v1/device/stream"),
    ("GET", "/v1/device/override-key"),
    ("GET", "/v1/device/order"),
    ("GET", "/v1/device/exceptions"),
    ("POST", "/v1/device/exceptions"),
    ("POST", "/v1/device/providers"),
    ("POST", "/v1/device/appeals"),
    ("GET", "/v1/device/answers"),
    ("GET", "/v1/device/readings"),
    ("GET", "/v1/device/search-key"),
    ("POST", "/v1/device/epoch-key"),
    ("GET", "/v1/device/log/consistency?from=0&to=0"),
    ("GET", "/v1/device/log/inclusion?leaf=0&size=1"),
    ("GET", "/v1/device/log/receipt?seq=0"),
    ("GET", "/v1/device/log/checkpoint"),
    ("POST", "/v1/device/log/cosignature"),
];

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_there_is_nothing_but_enrolment() {
    let stage = Stage::start().await;
    for (method, path) in DEVICE_ROUTES {
        let (status, answer) = stage.send(None, method, path, "application/json", b"{}").await;
        assert_eq!((status, &answer["refusal"]), (401, &json!("unknown")), "{path}");
    }
    let (status, _) = stage.send(None, "GET", "/v1/other", "text/plain", b"").await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_used_once_and_say_nothing() {
    let stage = Stage::start().await;
    let token = stage.token(1).await;
    let mut wrong = token.clone().into_bytes();
    wrong[40] = if wrong[40] == b'A' { b'B' } else { b'A' };
    let wrong = String::from_utf8(wrong).unwrap();
    let told: Vec<_> = [&wrong, "weir_enrol_x", ""].to_vec();
    for token in told {
        let (status, answer, _) = stage.enrol(token).await;
        assert_eq!((status, answer), (403, json!({"refusal": "token"})));
    }
    // Many at once: one of them gets in.
    let attempts = futures_util::future::join_all((0..8).map(|_| stage.enrol(&token))).await;
    assert_eq!(attempts.iter().filter(|(status, ..)| *status == 200).count(), 1);
    let request = json!({"token": stage.token(1).await, "csr": "nonsense", "machine": {"name": "", "platform": "", "version": ""}});
    let (status, answer) = stage
        .send(
            None,
            "POST",
            "/v1/enrol",
            "application/json",
            request.to_string().as_bytes(),
        )
        .await;
    assert_eq!((status, &answer["refusal"]), (400, &json!("malformed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_answer_is_the_same_device_when_it_asks_again() {
    let stage = Stage::start().await;
    let token = stage.token(1).await;
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (status, lost, _) = stage.enrol_with(&token, &key).await;
    assert_eq!(status, 200);
    let (status, answer, identity) = stage.enrol_with(&token, &key).await;
    assert_eq!((status, &answer["device"]), (200, &lost["device"]));
    assert_eq!(
        (&answer["group"], answer["certificate"] == lost["certificate"]),
        (&lost["group"], false)
    );
    let served = stage.send(identity.as_ref(), "GET", "/v1/device/bundle", "", b"").await;
    assert_eq!(served.0, 204);
    // Whoever read the token on the way has another key.
    assert_eq!(stage.enrol_with(&token, &other).await.0, 403);
    assert_eq!(stage.repo.served().await.unwrap().len(), 1, "and no ghost");
    let rows = stage.repo.journal(Page::After(0), 100).await.unwrap();
    let enrolled: Vec<_> = rows.iter().filter(|row| row.deed == "device-enrol").collect();
    assert_eq!(enrolled.len(), 1);
    let token: Token = token.parse().unwrap();
    assert_eq!(enrolled[0].actor, format!("enrolment-token:{}", hex::encode(token.id)));
    assert_eq!(enrolled[0].details, json!({"group": "staff"}).to_string());

    let revoked = lost["device"].as_str().unwrap().parse().unwrap();
    revoke(&*stage.repo, &tester(), revoked, clock::now()).await.unwrap();
    assert_eq!(
        stage.enrol_with(&token.to_string(), &key).await.0,
        403,
        "served no more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_others_are_no_certificates() {
    let stage = Stage::start().await;
    // A server of somebody else, for the same name.
    let dir = tempfile::tempdir().unwrap();
    let other = Keys::make(&dir.path().join("keys"), SystemTime::now()).unwrap();
    let forger = KeyPair::generate().unwrap();
    let csr = CertificateParams::new(vec![])
        .unwrap()
        .serialize_request(&forger)
        .unwrap()
        .pem()
        .unwrap();
    let (pem, _) = other
        .authority
        .device(DeviceId::from_bytes([1; 16]), &csr, SystemTime::now())
        .unwrap();
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    let forged = (
        chain,
        PrivateKeyDer::from_pem_slice(forger.serialize_pem().as_bytes()).unwrap(),
    );
    assert!(is_refused(&stage, &forged).await);
    // The server's own certificate names no device.
    let (chain, server_key) = stage
        .keys
        .authority
        .server(&["127.0.0.1".to_owned()], SystemTime::now())
        .unwrap();
    assert!(is_refused(&stage, &(chain, server_key)).await);
}

/// The handshake fails, or the first answer is a refusal.
async fn is_refused(stage: &Stage, identity: &Identity) -> bool {
    let Ok(mut stream) = stage.connect(Some(identity)).await else {
        return true;
    };
    let asked = stream
        .write_all(b"GET /v1/device/bundle HTTP/1.1\r\nhost: weir\r\nconnection: close\r\n\r\n")
        .await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    asked.is_err() || read.is_err() || answer.starts_with(b"HTTP/1.1 401")
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_batches_are_refused_and_good_ones_receipted() {
    let stage = Stage::start().await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.as_ref();
    let send = async |body: Vec<u8>| stage.send(identity, "POST", "/v1/device/records", RECORDS, &body).await;
    assert_eq!(send(b"nonsense".to_vec()).await.0, 400);
    assert_eq!(send(vec![0; weir_fleet::MOST_BYTES + 1]).await.0, 413);
    let (status, receipt) = send(batch()).await;
    assert_eq!(status, 200, "{receipt}");
    assert_eq!(receipt["device"], enrolled["device"]);
    assert_eq!(send(batch()).await.0, 200, "again");
}

/// Whoever has a laptop's certificate and not its keys cannot put another key in the place of the one that its log is sealed with.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_sealed_with_one_key() {
    let stage = Stage::start().await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let (device, identity): (DeviceId, _) = (enrolled["device"].as_str().unwrap().parse().unwrap(), identity.as_ref());
    let give = async |timeline: u32, key: &EpochKey| {
        let body = serde_json::to_vec(&GivenEpochKey::new(timeline, key)).unwrap();
        let (status, answer) = stage
            .send(identity, "POST", "/v1/device/epoch-key", "application/json", &body)
            .await;
        (status, answer["refusal"].as_str().unwrap_or_default().to_owned())
    };
    let taken = (200, String::new());
    let refused = |why: &str| (409, why.to_owned());
    let (key, other) = (EpochKey::new(3, [1; 32]), EpochKey::new(3, [2; 32]));
    assert_eq!(give(2, &key).await, refused("timeline"), "none was begun yet");
    assert_eq!(give(1, &key).await, taken);
    for later in [3, 9] {
        assert_eq!(give(1, &key.at(later).unwrap()).await, taken, "the same, wound on");
    }
    let far = EpochKey::new(u32::MAX, [1; 32]);
    for wrong in [&other, &far, &EpochKey::new(2, [1; 32])] {
        assert_eq!(give(1, wrong).await, refused("other_key"));
    }
    let (status, _) = stage
        .send(identity, "POST", "/v1/device/records", RECORDS, &batch())
        .await;
    assert_eq!(status, 200);
    assert_eq!(give(3, &key).await, refused("timeline"));
    // The next log is verified by the first key of the chain, whichever of it is given.
    assert_eq!(give(2, &key.at(9).unwrap()).await, taken);
    let (timeline, kept) = stage.repo.epoch_keys((device, 2)).await.unwrap().unwrap();
    assert_eq!((timeline, kept.given.epoch), (2, 3));
    let (status, answer) = stage
        .send(
            identity,
            "POST",
            "/v1/device/epoch-key",
            "application/json",
            br#"{"timeline":1,"epoch":1,"key":"00ff"}"#,
        )
        .await;
    assert_eq!((status, &answer["refusal"]), (400, &json!("malformed")));
    assert!(!answer.to_string().contains("00ff"), "a key is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_out_at_once() {
    let stage = Stage::start().await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    assert_eq!(
        stage.send(Some(&identity), "GET", "/v1/device/bundle", "", b"").await.0,
        204
    );
    let mut stream = stage.connect(Some(&identity)).await.unwrap();
    stream
        .write_all(b"GET /v1/device/stream HTTP/1.1\r\nhost: weir\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 512];
    assert!(stream.read(&mut first).await.unwrap() > 0);

    let id: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    assert!(revoke(&*stage.repo, &tester(), id, clock::now()).await.unwrap());
    // This test's connection to the database is not the server's: it hears of the change within a second.
    let mut rest = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut rest))
        .await
        .unwrap()
        .unwrap();
    assert!(rest.contains("\"welcome\":false"), "{rest}");
    assert_eq!(
        stage.send(Some(&identity), "GET", "/v1/device/bundle", "", b"").await.0,
        401
    );
}

/// Python's clients write head and body apart: what is refused by its head must not cost the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_late_is_read_and_the_connection_goes_on() {
    let stage = Stage::start().await;
    let mut stream = stage.connect(None).await.unwrap();
    let mut answers = String::new();
    for _ in 0..3 {
        let head =
            "POST /api/v1/mutes HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        stream.write_all(b"{}").await.unwrap();
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        answers.push_str(&String::from_utf8_lossy(&answer[..read]));
    }
    // Refused before anybody looks at the body: it comes from no page of the console.
    assert_eq!(answers.matches("HTTP/1.1 403").count(), 3, "{answers}");
}

/// What a plain GET is answered with.
async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: weir\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = free.local_addr().unwrap();
    drop(free);
    let stage = Stage::observed(metrics).await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.as_ref();
    stage
        .send(identity, "POST", "/v1/device/records", RECORDS, &batch())
        .await;
    stage
        .send(identity, "POST", "/v1/device/records", RECORDS, b"nonsense")
        .await;
    stage.send(None, "POST", "/v1/device/records", RECORDS, &batch()).await;
    let mut held = stage.connect(identity).await.unwrap();
    let upgrade =
        b"GET /v1/device/stream HTTP/1.1\r\nhost: weir\r\nconnection: upgrade\r\nupgrade: weir-events\r\n\r\n";
    held.write_all(upgrade).await.unwrap();
    assert!(held.read(&mut [0; 512]).await.unwrap() > 0, "it is open");
    let text = get(metrics, "/metrics").await;
    assert!(
        text.starts_with("HTTP/1.1 200") && text.contains("content-type: text/plain; version=0.0.4"),
        "{text}"
    );
    for line in [
        "weir_batches_accepted_total 1",
        "weir_records_accepted_total 1",
        "weir_refusals_total{kind=\"malformed\"} 1",
        "weir_refusals_total{kind=\"unknown\"} 1",
        "weir_ingest_seconds_count 1",
        "weir_connected_devices 1",
        "weir_alerts_open{urgency=\"3\"} 0",
        "weir_database_errors_total 0",
    ] {
        assert!(text.lines().any(|each| each == line), "{line} in\n{text}");
    }
    for path in ["/healthz", "/readyz"] {
        assert!(get(metrics, path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    assert!(
        get(metrics, "/v1/device/records").await.starts_with("HTTP/1.1 404"),
        "devices are served elsewhere"
    );
    let (status, _) = stage.send(None, "GET", "/metrics", "text/plain", b"").await;
    assert_eq!(status, 404, "and metrics are not told there");
}
