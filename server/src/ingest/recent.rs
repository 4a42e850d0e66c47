//! What was stored last, in the order of arrival. Readers follow by a moment: what they ask for next need not be read again.

use super::feed::{Accepted, Place, within};
use parking_lot::Mutex;
use std::collections::VecDeque;

/// Bytes of all that is kept. A reader who is further behind takes long pages from the tables, which cost less a record.
const ROOM: usize = 8 << 20;
/// Bytes of a batch and of a record beside its body, about.
const BESIDE: usize = 128;

/// The newest batches that one program stored, where no other stores any.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// All that arrived behind `behind`, in their order.
    batches: VecDeque<Accepted>,
    behind: Place,
    /// Number of the newest arrival; where it is not known, nothing is.
    newest: Option<i64>,
    bytes: usize,
}

impl Recent {
    /// Keeps what arrived at once, and is committed. `None` for a batch that is too large to be kept.
    pub(super) fn keep(&self, arrival: i64, batches: Vec<Option<Accepted>>) {
        let mut kept = self.0.lock();
        if kept.newest != Some(arrival - 1) {
            kept.begin(arrival - 1);
        }
        kept.newest = Some(arrival);
        match batches.into_iter().collect::<Option<Vec<_>>>() {
            Some(mut batches) => {
                batches.sort_unstable_by_key(|batch| batch.place);
                for batch in batches {
                    kept.put(batch);
                }
            }
            None => kept.begin(arrival),
        }
    }

    /// The next batches behind a place, at most `count` with at most `most` records; `None` where they may be elsewhere.
    pub(super) fn page(&self, after: Place, count: usize, most: u64) -> Option<Vec<Accepted>> {
        let kept = self.0.lock();
        kept.newest.filter(|_| after >= kept.behind)?;
        let first = kept.batches.partition_point(|batch| batch.place <= after);
        let page = kept.batches.range(first..).take(count);
        Some(within(page.cloned().collect(), most))
    }

    /// Knows nothing any more: what was taken from the tables must not be told, and nobody knows what was stored.
    pub(crate) fn forget(&self) {
        *self.0.lock() = Kept::default();
    }
}

impl Kept {
    /// Nothing is kept of this arrival, and of those before.
    fn begin(&mut self, arrival: i64) {
        *self = Self {
            behind: Place {
                arrival,
                log: i64::MAX,
                last: i64::MAX,
            },
            newest: Some(arrival),
            ..Self::default()
        };
    }

    fn put(&mut self, batch: Accepted) {
        self.bytes += bytes(&batch);
        self.batches.push_back(batch);
        while self.bytes > ROOM
            && let Some(oldest) = self.batches.pop_front()
        {
            self.bytes -= bytes(&oldest);
            self.behind = oldest.place;
        }
    }
}

fn bytes(batch: &Accepted) -> usize {
    let records = batch.records.iter().map(|record| BESIDE + record.body.len());
    BESIDE + records.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Recent};
    use crate::ingest::{Accepted, Entry, Place};
    use weir_audit::Kind;
    use weir_fleet::DeviceId;
    use weir_model::{EventId, Timestamp};

    fn place(arrival: i64, log: i64) -> Place {
        Place { arrival, log, last: 1 }
    }

    /// A batch of one record of a kilobyte.
    fn batch(arrival: i64, log: i64) -> Accepted {
        Accepted {
            place: place(arrival, log),
            device: DeviceId::from_bytes([1; 16]),
            timeline: 1,
            first: 1,
            last: 1,
            head: [7; 32],
            received: Timestamp::from_millis(9),
            begins: true,
            previous: None,
            overtaken: false,
            records: vec![Entry {
                seq: 1,
                time: Timestamp::from_millis(9),
                kind: Kind::Decision,
                event: EventId::from_bytes([1; 16]),
                body: vec![b' '; 1024].into(),
            }],
        }
    }

    fn keep(recent: &Recent, arrival: i64, logs: &[i64]) {
        recent.keep(arrival, logs.iter().map(|log| Some(batch(arrival, *log))).collect());
    }

    fn page(recent: &Recent, after: Place) -> Option<Vec<(i64, i64)>> {
        let page = recent.page(after, 100, 1000)?;
        Some(
            page.iter()
                .map(|batch| (batch.place.arrival, batch.place.log))
                .collect(),
        )
    }

    #[test]
    fn a_reader_is_given_all_that_arrived_behind_its_place() {
        let recent = Recent::default();
        assert_eq!(page(&recent, place(9, 9)), None, "nothing is known");
        keep(&recent, 5, &[3, 1, 2]);
        keep(&recent, 6, &[]);
        keep(&recent, 7, &[1]);
        assert_eq!(page(&recent, Place::default()), None, "there may be more before");
        let all = [(5, 1), (5, 2), (5, 3), (7, 1)];
        assert_eq!(page(&recent, place(5, 0)), Some(all.to_vec()));
        assert_eq!(page(&recent, place(5, 2)), Some(all[2..].to_vec()));
        assert_eq!(page(&recent, place(7, 1)), Some(vec![]));
        assert_eq!(recent.page(place(5, 1), 2, 1000).unwrap().len(), 2);
        assert_eq!(recent.page(place(5, 1), 100, 1).unwrap().len(), 1, "one at least");
    }

    #[test]
    fn what_may_be_elsewhere_is_not_told() {
        let recent = Recent::default();
        keep(&recent, 5, &[1]);
        // Too large to be kept: it and what was before is read from the tables.
        recent.keep(6, vec![Some(batch(6, 1)), None]);
        keep(&recent, 7, &[1]);
        assert_eq!(page(&recent, place(6, 2)), None);
        assert_eq!(
            page(
                &recent,
                Place {
                    log: i64::MAX,
                    last: i64::MAX,
                    ..place(6, 1)
                }
            ),
            Some(vec![(7, 1)])
        );
        // Another program stored the eighth.
        keep(&recent, 9, &[1]);
        assert_eq!(page(&recent, place(7, 1)), None);
        assert_eq!(page(&recent, place(9, 0)), Some(vec![(9, 1)]));
        recent.forget();
        assert_eq!(page(&recent, place(9, 1)), None);
    }

    #[test]
    fn the_oldest_goes_where_there_is_no_room() {
        let recent = Recent::default();
        let many = (ROOM / 1024) as i64;
        for arrival in 1..=many {
            keep(&recent, arrival, &[1]);
        }
        let kept = recent.0.lock().batches.len() as i64;
        assert!(kept < many && kept > many / 2, "{kept}");
        assert!(recent.0.lock().bytes <= ROOM);
        assert_eq!(page(&recent, place(many - kept - 1, 1)), None);
        assert_eq!(page(&recent, place(many - kept, 1)).map(|page| page.len()), Some(100));
    }
}
