//! What hints point to, on its way with them: a push to ten thousand devices is a write for each and no request.
//!
//! It is written once, and shared by all streams. A device verifies it as it does what it fetches.

use crate::directives::Given;
use crate::repo::{Repo, RepoError};
use bytes::Bytes;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use weir_fleet::{Hint, Holds, carried_bundle, carried_change, carried_order, difference, hinted, payload_digest};

/// A hint, and what it points to.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) hint: Hint,
    pub(super) order: Option<Carried>,
    pub(super) bundle: Option<Carried>,
}

/// An envelope as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    number: u64,
    event: Bytes,
}

impl Default for News {
    fn default() -> Self {
        Self {
            hint: Hint {
                welcome: true,
                ..Hint::default()
            },
            order: None,
            bundle: None,
        }
    }
}

impl News {
    /// What is said to a device that heard `said` last. It is told before what came with it, directives first. With the
    /// first hint nothing comes along: most devices that come back have all there is.
    pub(super) fn events(&self, said: Hint) -> Vec<Bytes> {
        let is_first = !said.welcome;
        let new = |carried: &Option<Carried>, before: u64, now: u64| {
            let carried = carried
                .as_ref()
                .filter(|carried| !is_first && carried.number == now && now > before);
            carried.map(|carried| carried.event.clone())
        };
        let order = new(&self.order, said.order, self.hint.order);
        let bundle = new(&self.bundle, said.bundle, self.hint.bundle);
        let hint = Bytes::from(hinted(&self.hint));
        order.into_iter().chain(bundle).chain([hint]).collect()
    }
}

impl Carried {
    pub(super) fn order(given: &Given) -> Option<Self> {
        let event = carried_order(&given.signed)?.into();
        Some(Self {
            number: given.epoch,
            event,
        })
    }
}

/// A bundle as it is sent to those who hold this one, and to those who hold that one.
pub(super) struct Carries {
    holds: Holds,
    whole: Option<Carried>,
    changes: BTreeMap<Holds, Carried>,
}

/// Differences to one bundle that are made: a fleet runs two or three, and who runs another gets the whole.
const MOST_CHANGES: usize = 8;

impl Carries {
    /// Bundle `number`, for devices that hold these; how many hold each.
    pub(super) async fn bundle(
        repo: &dyn Repo,
        number: u64,
        signed: Vec<u8>,
        bases: &BTreeMap<Holds, usize>,
    ) -> Result<Self, RepoError> {
        let mut wanted: Vec<(Holds, usize)> = bases.iter().map(|(holds, count)| (*holds, *count)).collect();
        wanted.sort_by_key(|(_, count)| Reverse(*count));
        let known = wanted.into_iter().filter_map(|(holds, _)| Some((holds, holds.0?)));
        let mut changes = BTreeMap::new();
        for (holds, (base, digest)) in known.take(MOST_CHANGES) {
            let Some(base) = repo.bundle(base).await? else { continue };
            let to = signed.clone();
            let made = tokio::task::spawn_blocking(move || change(&base, digest, &to));
            // A fault in making one makes none: the whole goes.
            if let Some(event) = made.await.ok().flatten() {
                changes.insert(holds, Carried { number, event });
            }
        }
        Ok(Self::new(number, &signed, changes))
    }

    fn new(number: u64, signed: &[u8], changes: BTreeMap<Holds, Carried>) -> Self {
        Self {
            holds: Holds::of(number, signed),
            whole: carried_bundle(signed).map(|event| Carried {
                number,
                event: event.into(),
            }),
            changes,
        }
    }

    /// As it is sent to who holds this one; `None` where it has to be fetched.
    pub(super) fn to(&self, holds: Holds) -> Option<Carried> {
        self.changes.get(&holds).or(self.whole.as_ref()).cloned()
    }

    /// What they hold then.
    pub(super) const fn holds(&self) -> Holds {
        self.holds
    }
}

/// The difference to a bundle that is the one with this digest, where it is worth its trouble.
fn change(base: &[u8], digest: [u8; 32], signed: &[u8]) -> Option<Bytes> {
    if payload_digest(base)? != digest {
        return None;
    }
    let event = carried_change(&difference(base, signed)?)?;
    (event.len() < signed.len() / 2).then(|| event.into())
}

#[cfg(test)]
mod tests {
    use super::{Carried, Carries, News, change};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use std::collections::BTreeMap;
    use weir_fleet::{Hint, Holds, StreamEvent, StreamEvents, payload_digest, restored};

    fn news(order: u64, bundle: u64) -> News {
        News {
            hint: hint(order, bundle),
            order: Some(Carried {
                number: order,
                event: weir_fleet::carried_order(b"order").unwrap().into(),
            }),
            bundle: Carries::new(bundle, b"bundle", BTreeMap::new()).to(Holds(None)),
        }
    }

    fn hint(order: u64, bundle: u64) -> Hint {
        Hint {
            order,
            bundle,
            welcome: true,
            ..Hint::default()
        }
    }

    #[test]
    fn what_is_new_comes_before_the_hint_at_it_and_what_was_there_does_not() {
        let (order, bundle) = (
            StreamEvent::Order(b"order".to_vec()),
            StreamEvent::Bundle(b"bundle".to_vec()),
        );
        let none = Hint::default();
        for (said, now, carried) in [
            (none, news(3, 7), vec![]),
            (hint(3, 7), news(3, 7), vec![]),
            (hint(2, 7), news(3, 7), vec![order.clone()]),
            (hint(3, 6), news(3, 7), vec![bundle.clone()]),
            (hint(2, 6), news(3, 7), vec![order.clone(), bundle]),
            // A roll-out that was stopped: an older one is to be run again, and that is fetched.
            (hint(3, 8), news(3, 7), vec![]),
            // What is carried has been overtaken.
            (
                hint(2, 6),
                News {
                    hint: hint(4, 6),
                    ..news(3, 7)
                },
                vec![],
            ),
        ] {
            let events = now.events(said).concat();
            let expected = [carried, vec![StreamEvent::Hint(now.hint)]].concat();
            assert_eq!(StreamEvents::default().read(&events), expected, "{said:?}");
        }
    }

    fn envelope(payload: &str) -> Vec<u8> {
        format!("{{\n  \"payload\": \"{}\"\n}}\n", STANDARD.encode(payload)).into_bytes()
    }

    #[test]
    fn who_holds_the_bundle_before_gets_the_difference_where_it_is_small() {
        let shared: String = (0..500).map(|number| format!("{number}, ")).collect();
        let (old, new) = (envelope(&format!("{shared}a")), envelope(&format!("b{shared}")));
        let digest = payload_digest(&old).unwrap();
        let made = change(&old, digest, &new).unwrap();
        assert!(change(&old, [0; 32], &new).is_none(), "another bundle of this number");
        let other = envelope("nothing of it");
        let mut state = 7_u64;
        let sign = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (state >> 58).to_le_bytes()[0])
        };
        let noise: String = (0..4000).map(sign).collect();
        let made_of_noise = change(&other, payload_digest(&other).unwrap(), &envelope(&noise));
        assert!(made_of_noise.is_none(), "not worth it");

        let (holds, number) = (Holds(Some((6, digest))), 7);
        let changes = BTreeMap::from([(holds, Carried { number, event: made })]);
        let carries = Carries::new(number, &new, changes);
        let sent = |holds| StreamEvents::default().read(&carries.to(holds).unwrap().event);
        let [StreamEvent::Change(difference)] = &sent(holds)[..] else {
            panic!("a difference");
        };
        assert_eq!(restored(&old, difference).unwrap(), new);
        for other in [Holds(None), Holds(Some((5, digest)))] {
            assert_eq!(sent(other), [StreamEvent::Bundle(new.clone())]);
        }
        assert_eq!(carries.holds(), Holds::of(7, &new));
    }
}
