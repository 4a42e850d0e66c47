//! The same words again, to the same destination: programs send what was refused once more, and nobody wants to decide the same
//! thing ten times. Digests only, in memory, for ten minutes.

use std::collections::HashMap;

use parking_lot::Mutex;
use weir_model::{Destination, EventId, Fingerprint, Tier, Timestamp};

/// Until so long after the last time they are the same again.
const WITHIN_MILLIS: i64 = 10 * 60 * 1000;
/// More at once are not remembered: each is then a first.
const MOST: usize = 4096;

/// What came of late, of all users.
#[derive(Default)]
pub(super) struct Repeats(Mutex<HashMap<Key, Repeat>>);

/// Whose words they are, their keyed digest, and where they were to go.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    owner: u32,
    digest: Fingerprint,
    to: String,
    tier: Tier,
}

struct Repeat {
    first: EventId,
    count: u32,
    last: Timestamp,
    clean: bool,
}

/// How often something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The first time; `None` where this is it.
    pub(super) first: Option<EventId>,
    /// This time included.
    pub(super) count: u32,
    /// The person has said that it goes without what must not leave.
    pub(super) clean: bool,
}

impl Key {
    pub(super) fn new(owner: u32, digest: &Fingerprint, destination: &Destination) -> Self {
        Self {
            owner,
            digest: digest.clone(),
            to: weir_engine::exception_name(destination).to_owned(),
            tier: destination.tier,
        }
    }
}

impl Repeats {
    /// It came once more.
    pub(super) fn seen(&self, key: &Key, event: EventId, now: Timestamp) -> Seen {
        let mut repeats = self.0.lock();
        repeats.retain(|_, repeat| repeat.last.plus_millis(WITHIN_MILLIS) > now);
        if let Some(repeat) = repeats.get_mut(key) {
            repeat.count = repeat.count.saturating_add(1);
            repeat.last = now;
            return Seen {
                first: Some(repeat.first),
                count: repeat.count,
                clean: repeat.clean,
            };
        }
        if repeats.len() < MOST {
            let first = Repeat {
                first: event,
                count: 1,
                last: now,
                clean: false,
            };
            repeats.insert(key.clone(), first);
        }
        Seen {
            first: None,
            count: 1,
            clean: false,
        }
    }

    /// From now on it goes without what must not leave, as long as it keeps coming.
    pub(super) fn clean(&self, key: &Key) {
        if let Some(repeat) = self.0.lock().get_mut(key) {
            repeat.clean = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, MOST, Repeats, Seen, WITHIN_MILLIS};
    use weir_model::{Destination, EventId, Fingerprint, Tier, Timestamp};

    fn key(owner: u32, words: u32, host: &str) -> Key {
        let mut digest = [0; 16];
        digest[..4].copy_from_slice(&words.to_le_bytes());
        let destination = Destination {
            host: host.to_owned(),
            service: None,
            provider: None,
            tier: Tier::Api,
            region: None,
            model: None,
            target: None,
        };
        Key::new(owner, &Fingerprint::from_digest(digest), &destination)
    }

    fn event(number: i64) -> EventId {
        EventId::new(Timestamp::from_millis(number), [0; 10])
    }

    #[test]
    fn the_same_is_counted_by_user_words_and_destination_while_it_keeps_coming() {
        let (repeats, at) = (Repeats::default(), Timestamp::from_millis);
        let own = key(1, 7, "a.example");
        let first = Seen {
            first: None,
            count: 1,
            clean: false,
        };
        assert_eq!(repeats.seen(&own, event(1), at(0)), first);
        for other in [key(2, 7, "a.example"), key(1, 8, "a.example"), key(1, 7, "b.example")] {
            assert_eq!(repeats.seen(&other, event(2), at(0)), first);
        }
        let second = repeats.seen(&own, event(3), at(WITHIN_MILLIS - 1));
        assert_eq!((second.first, second.count, second.clean), (Some(event(1)), 2, false));
        repeats.clean(&own);
        let third = repeats.seen(&own, event(4), at(2 * WITHIN_MILLIS - 2));
        assert_eq!((third.count, third.clean), (3, true), "it kept coming");
        let later = repeats.seen(&own, event(5), at(3 * WITHIN_MILLIS));
        assert_eq!(later, first, "after ten quiet minutes nothing is remembered");
    }

    #[test]
    fn what_is_too_much_is_not_remembered() {
        let (repeats, now) = (Repeats::default(), Timestamp::from_millis(0));
        let most = u32::try_from(MOST).unwrap();
        for words in 0..=most {
            repeats.seen(&key(1, words, "a.example"), event(1), now);
        }
        assert_eq!(repeats.seen(&key(1, 0, "a.example"), event(1), now).count, 2);
        assert_eq!(repeats.seen(&key(1, most, "a.example"), event(1), now).count, 1);
        repeats.clean(&key(1, most, "a.example"));
        assert!(!repeats.seen(&key(1, most, "a.example"), event(1), now).clean);
    }
}
