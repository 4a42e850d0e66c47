//! What the tests of the server share.

use std::time::{Duration, Instant};
use weir_fleet::{DeviceId, Machine};
use weir_model::Timestamp;
use weir_server::devices::{Device, NewToken, Shown};
use weir_server::ingest::{Body, Text, pack};
use weir_server::journal::{Actor, Deed, Entry};
use weir_server::repo::Repo;

#[allow(unused_imports, reason = "not every test needs a PostgreSQL")]
pub(crate) use weir_support::PostgresServer;

/// Waits until `done` says so.
#[allow(dead_code, reason = "not every test waits")]
pub(crate) async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !done().await {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A laptop of the staff that enrolled at a time, and was heard of then.
#[allow(dead_code, reason = "not every test needs a device")]
pub(crate) fn device(number: u8, name: &str, enrolled: Timestamp) -> Device {
    Device {
        id: DeviceId::from_bytes([number; 16]),
        machine: Machine {
            name: name.to_owned(),
            platform: "linux".to_owned(),
            version: "1".to_owned(),
        },
        group: "staff".to_owned(),
        enrolled,
        seen: enrolled,
        certified: enrolled,
        revoked: None,
        bundle: 0,
        digest: String::new(),
        refused: None,
        ordered: 0,
    }
}

/// Keeps a device as if it had enrolled, with a token of its own.
#[allow(dead_code, reason = "not every test needs a device")]
pub(crate) async fn enrolled(repo: &dyn Repo, device: &Device) {
    let id = [device.id.as_bytes()[0]; 8];
    let token = NewToken {
        id,
        digest: [9; 32],
        group: device.group.clone(),
        note: String::new(),
        created: device.enrolled,
        expires: device.enrolled.plus_millis(1),
        uses: 1,
    };
    let shown = Shown {
        token: id,
        digest: token.digest,
        key: [9; 32],
    };
    let actor = Actor::EnrolmentToken(hex::encode(id));
    let entry = Entry::new(device.enrolled, &actor, Deed::DeviceEnrol, device.id);
    repo.add_token(&token, &entry).await.unwrap();
    assert_eq!(repo.enrol(device, &shown, &entry).await.unwrap(), Some(device.id));
}

/// The body of a record that comes alone.
#[allow(dead_code, reason = "not every test stores a record")]
pub(crate) fn alone(text: &str) -> Body {
    let text = Text {
        seq: 0,
        time: 0,
        event: [0; 16],
        text,
    };
    pack(&[text]).unwrap().remove(0)
}
