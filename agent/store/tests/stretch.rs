//! The log in stretches: what the admin server gets is the log, whole and in order.

#![allow(clippy::unwrap_used, clippy::panic)] // Everything here is a test.

mod support;

use support::{decision, event, options_with};
use weir_audit::Kind;
use weir_model::Timestamp;
use weir_store::{IndexKind, Most, Store};

#[test]
fn stretches_of_any_size_make_up_the_whole_log() {
    let dir = tempfile::tempdir().unwrap();
    // Small segments, so that stretches cross them.
    let store = Store::open(&dir.path().join("audit"), options_with(IndexKind::None, 16 << 10)).unwrap();
    for number in 0..120 {
        store
            .append_and_wait(Timestamp::from_millis(number), event(number), &decision(number))
            .unwrap();
    }
    for records in [1, 7, 64, 1000] {
        let most = Most {
            records,
            bytes: 1 << 20,
        };
        let (mut after, mut head, mut seen) = (None, [0; 32], Vec::new());
        while let Some(stretch) = store.stretch(after, most).unwrap() {
            assert_eq!(stretch.first, after.map_or(0, |after: u64| after + 1));
            assert_eq!(stretch.before, head);
            assert!(stretch.pieces.len() <= records);
            assert_eq!(store.head_at(stretch.last).unwrap(), Some(stretch.head));
            seen.extend(stretch.pieces.iter().map(|piece| (piece.seq, piece.kind, piece.id)));
            (after, head) = (Some(stretch.last), stretch.head);
        }
        assert_eq!(store.head(), Some((after.unwrap(), head)));
        assert!(seen.is_sorted_by_key(|(seq, ..)| *seq));
        let decisions: Vec<_> = seen
            .iter()
            .filter(|(_, kind, _)| *kind == Kind::Decision)
            .map(|(.., id)| *id)
            .collect();
        assert_eq!(
            decisions,
            (0..120).map(event).collect::<Vec<_>>(),
            "{records} at a time"
        );
    }
    let one = store
        .stretch(Some(5), Most { records: 100, bytes: 1 })
        .unwrap()
        .unwrap();
    assert_eq!(
        (one.first, one.last, one.pieces.len()),
        (6, 6, 1),
        "one record may be larger than what is wanted"
    );
    assert_eq!(store.head_at(store.head().unwrap().0 + 1).unwrap(), None);
}
