//! Days in files: made once, read by a query engine, in a folder and in a bucket, and what retention then takes away.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::{DeviceId, Sent};
use weir_model::{EventId, Timestamp};
use weir_server::archive::{self, Archive, OpenArchive, archived_before};
use weir_server::ingest::{Advance, Outcome, Row, Wanted};
use weir_server::outbound::Secret;
use weir_server::repo::{self, Repo};
use weir_server::retention::forget;

const DAY: i64 = 86_400_000;
const FIRST: i64 = 20_000;

/// A moment of a day.
const fn at(day: i64, millis: i64) -> Timestamp {
    Timestamp::from_millis((FIRST + day) * DAY + millis)
}

struct Stage {
    repo: Arc<dyn Repo>,
    home: tempfile::TempDir,
    next: u64,
}

impl Stage {
    async fn on(address: Option<&str>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", home.path().join("weir.db").display());
        let repo = repo::open(address.unwrap_or(&file)).await.unwrap();
        Self { repo, home, next: 0 }
    }

    /// So many records arrive.
    async fn arrive(&mut self, count: u64, when: Timestamp) {
        let head = |seq: u64| {
            let mut head = [0; 32];
            head[..8].copy_from_slice(&seq.to_be_bytes());
            head
        };
        let (first, last) = (self.next, self.next + count - 1);
        self.next += count;
        let batch = Advance {
            device: DeviceId::from_bytes([7; 16]),
            timeline: 1,
            first,
            last,
            before: head(first),
            head: head(last + 1),
            rows: Row::all(&(first..=last).map(sent).collect::<Vec<_>>()).unwrap(),
        };
        let outcomes = self.repo.advance(&[batch], when).await.unwrap().outcomes;
        assert!(matches!(outcomes[0], Outcome::Stored(_)));
    }

    async fn run(&self, archive: &OpenArchive, now: Timestamp) -> Vec<(String, u64)> {
        let files = archive::run(&*self.repo, archive, self.home.path(), now).await.unwrap();
        files.into_iter().map(|file| (file.file, file.records)).collect()
    }

    fn folder(&self) -> OpenArchive {
        OpenArchive::open(&to("archive"), self.home.path()).unwrap()
    }
}

fn to(place: &str) -> Archive {
    Archive {
        to: place.to_owned(),
        endpoint: None,
        region: None,
        access_key: None,
        secret_key: None,
        ca: None,
    }
}

/// Decisions, and every third an answer.
fn sent(seq: u64) -> Sent {
    let time = 1_800_000_000_000 + seq.cast_signed();
    let (kind, body) = match seq % 3 {
        0 => (Kind::Response, json!({"time": time, "status": 200})),
        _ => (
            Kind::Decision,
            json!({
                "time": time, "user": "ada", "channel": "browser", "level": "restricted",
                "destination": {"host": "chatgpt.com", "service": "chatgpt-web", "provider": "openai"},
                "decision": {"action": "block"},
            }),
        ),
    };
    Sent {
        seq,
        kind,
        time: Timestamp::from_millis(time),
        id: EventId::from_bytes([seq as u8; 16]),
        body: serde_json::value::to_raw_value(&body).unwrap(),
    }
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/.tools")
}

/// Rows of a query that DuckDB makes in a folder.
fn query(folder: &Path, sql: &str) -> Value {
    let script = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), default=str))";
    let output = Command::new(tools().join("python/bin/python"))
        .current_dir(folder)
        .args(["-c", script, sql])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_archived() {
    story(Stage::on(None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_archived() {
    let server = PostgresServer::start();
    story(Stage::on(Some(&server.database("archive"))).await).await;
}

async fn story(mut stage: Stage) {
    let archive = stage.folder();
    assert_eq!(stage.run(&archive, at(9, 0)).await, [], "nothing has arrived");
    // More than a row group, and more than a page.
    for round in 0..50 {
        stage.arrive(500, at(0, round)).await;
    }
    stage.arrive(2, at(0, DAY - 1)).await;
    stage.arrive(3, at(2, 0)).await;
    stage.arrive(1, at(3, 5)).await;

    assert_eq!(
        stage.run(&archive, at(1, 0)).await,
        [],
        "others may still write into yesterday"
    );
    let files = stage.run(&archive, at(3, 3_600_000)).await;
    let listed = stage.repo.archives(10).await.unwrap();
    let name = |day: &str, number: usize| {
        let content = hex::encode(&listed[2 - number].sha256[..4]);
        format!("records/day={day}/records-{number:06}-{content}.parquet")
    };
    let (one, two) = (name("2024-10-04", 1), name("2024-10-06", 2));
    assert_eq!(files, [(one.clone(), 25_002), (two, 3)], "today is not over");
    assert_eq!(
        stage.run(&archive, at(3, 3_600_000)).await,
        [],
        "days are archived once"
    );

    let folder = stage.home.path().join("archive");
    let rows = query(
        &folder,
        "SELECT day, count(*), count(DISTINCT seq), min(seq), max(seq), count(action) FROM 'records/*/*.parquet' \
         GROUP BY day ORDER BY day",
    );
    assert_eq!(
        rows,
        json!([
            ["2024-10-04", 25_002, 25_002, 0, 25_001, 16_668],
            ["2024-10-06", 3, 3, 25_002, 25_004, 2]
        ])
    );
    let rows = query(
        &folder,
        "SELECT device, timeline, kind, event, channel, level, action, service, provider, person, record->>'user', \
         epoch_ms(time), epoch_ms(received) FROM 'records/*/*.parquet' WHERE seq IN (0, 1) ORDER BY seq",
    );
    let device = "07070707-0707-0707-0707-070707070707";
    let time = |seq: i64| 1_800_000_000_000_i64 + seq;
    let event = |seq: u8| EventId::from_bytes([seq; 16]).to_string();
    let (answer, received) = (Value::Null, at(0, 0).as_millis());
    assert_eq!(
        rows,
        json!([
            [
                device,
                1,
                "response",
                event(0),
                answer,
                answer,
                answer,
                answer,
                answer,
                answer,
                answer,
                time(0),
                received
            ],
            [
                device,
                1,
                "decision",
                event(1),
                "browser",
                "restricted",
                "block",
                "chatgpt-web",
                "openai",
                "ada",
                "ada",
                time(1),
                received
            ],
        ])
    );
    // Heads link the batches: each begins behind the one before.
    let rows = query(
        &folder,
        "SELECT count(*), sum(last - first + 1), max(length(head)) FROM 'batches/*/*.parquet'",
    );
    assert_eq!(rows, json!([[52, 25_005, 64]]));
    let bytes = std::fs::read(folder.join(&one)).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let first = &listed[1];
    assert_eq!((first.bytes, &first.sha256[..]), (bytes.len() as u64, digest.as_ref()));
    let left: Vec<_> = std::fs::read_dir(stage.home.path()).unwrap().collect();
    let parts = left.iter().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("archive-")
    });
    assert_eq!(parts.count(), 0, "nothing is left beside it");

    // Retention takes away what is archived, and nothing else.
    let repo = &*stage.repo;
    assert_eq!(archived_before(repo).await.unwrap(), at(3, 0));
    forget(repo, at(400, 0), true, at(401, 0)).await.unwrap();
    let wanted = Wanted {
        limit: 100,
        ..Wanted::default()
    };
    let kept: Vec<_> = repo
        .events(&wanted)
        .await
        .unwrap()
        .records
        .iter()
        .map(|stored| stored.seq)
        .collect();
    assert_eq!(kept, [25_005]);
}

/// All files below a folder, with what is in them.
fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.map(|path| match path.is_dir() {
        true => all(&path),
        false => BTreeMap::from([(path.clone(), std::fs::read(&path).unwrap())]),
    });
    files.flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_writes_over_no_file() {
    let mut stage = Stage::on(None).await;
    stage.arrive(4, at(0, 0)).await;
    let copies = [stage.home.path().join("noon.db"), stage.home.path().join("noon-too.db")];
    for copy in &copies {
        assert!(stage.repo.copy_to(copy).await.unwrap());
    }
    stage.arrive(5, at(0, DAY / 2)).await;
    let archive = stage.folder();
    assert_eq!(stage.run(&archive, at(1, 3_600_000)).await[0].1, 9);
    let folder = stage.home.path().join("archive");
    let before = all(&folder);
    assert_eq!(before.len(), 2);

    // The second one makes the same files as the first, as does whoever was interrupted.
    for copy in &copies {
        stage.repo = repo::open(&format!("sqlite:{}", copy.display())).await.unwrap();
        assert_eq!(stage.run(&archive, at(1, 3_600_000)).await[0].1, 4);
        let after = all(&folder);
        assert_eq!(after.len(), 4);
        assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)));
    }
}

/// While the only thread for what takes long is in use, no row is compressed: it is not done by one that answers devices.
#[test]
fn those_who_are_answered_do_not_wait_for_the_archive() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut stage = Stage::on(None).await;
        stage.arrive(100, at(0, 0)).await;
        let (release, held) = std::sync::mpsc::channel::<()>();
        let in_use = tokio::task::spawn_blocking(move || held.recv());
        let (archive, home) = (stage.folder(), stage.home.path());
        let mut archiving = pin!(archive::run(&*stage.repo, &archive, home, at(2, 0)));
        let early = tokio::time::timeout(Duration::from_secs(1), archiving.as_mut()).await;
        assert!(early.is_err());
        for entry in std::fs::read_dir(home).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_string_lossy().starts_with("archive-") {
                // What every such file begins with.
                assert!(entry.metadata().unwrap().len() <= 4);
            }
        }
        drop(release);
        let _ = in_use.await;
        assert_eq!(archiving.await.unwrap()[0].records, 100);
    });
}

/// An S3 that knows one access key (signatures it does not check); ends when it is dropped.
struct Bucket {
    child: Child,
    folder: tempfile::TempDir,
    endpoint: String,
    _said: BufReader<ChildStdout>,
}

impl Bucket {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = "import S3rver from 's3rver'; const server = new S3rver({port: 0, address: '127.0.0.1', silent: true, \
                      directory: process.argv[1], configureBuckets: [{name: 'audit'}]}); \
                      console.log((await server.run()).port);";
        let mut child = Command::new("node")
            .current_dir(tools())
            .args(["--input-type=module", "-e", script])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut said, mut port) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        said.read_line(&mut port).unwrap();
        Self {
            child,
            folder,
            endpoint: format!("http://127.0.0.1:{}", port.trim()),
            _said: said,
        }
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_takes_files_and_wrong_keys_put_none() {
    let mut stage = Stage::on(None).await;
    stage.arrive(10, at(0, 0)).await;
    let bucket = Bucket::start();
    let home = stage.home.path();
    std::fs::write(home.join("key"), "S3RVER").unwrap();
    std::fs::write(home.join("secret"), "S3RVER").unwrap();
    std::fs::write(home.join("wrong"), "another").unwrap();
    let with = |key: &str, endpoint: &str| {
        let archive = Archive {
            endpoint: Some(endpoint.to_owned()),
            access_key: Some(Secret::File(key.into())),
            secret_key: Some(Secret::File("secret".into())),
            ..to("s3://audit/weir")
        };
        OpenArchive::open(&archive, home).unwrap()
    };
    let run = async |archive: OpenArchive| archive::run(&*stage.repo, &archive, home, at(2, 0)).await;
    let elsewhere = "http://192.0.2.1:9000";
    for wrong in [with("wrong", &bucket.endpoint), with("key", elsewhere)] {
        let refused = run(wrong).await.unwrap_err();
        let told = weir_model::chain(&refused);
        assert!(told.contains("cannot be put"), "{told}");
        assert!(!told.contains("S3RVER"), "{told}");
    }
    assert_eq!(stage.repo.last_archived().await.unwrap(), None);

    let files = run(with("key", &bucket.endpoint)).await.unwrap();
    assert_eq!(files[0].records, 10);
    let object = bucket.folder.path().join("audit/weir").join(&files[0].file);
    let stored = std::fs::read(object.with_extension("parquet._S3rver_object")).unwrap();
    assert_eq!(stored.len() as u64, files[0].bytes);
    assert_eq!(&stored[..4], b"PAR1");
}
