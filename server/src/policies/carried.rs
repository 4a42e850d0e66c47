//! What hints point to, on its way with them: a push to ten thousand devices is a write for each and no request.
//!
//! It is written once, and shared by all streams. A device verifies it as it does what it fetches.

use crate::directives::Given;
use bytes::Bytes;
use weir_fleet::{Hint, carried_bundle, carried_order, hinted};

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

    pub(super) fn bundle(number: u64, signed: &[u8]) -> Option<Self> {
        let event = carried_bundle(signed)?.into();
        Some(Self { number, event })
    }
}

#[cfg(test)]
mod tests {
    use super::{Carried, News};
    use bytes::Bytes;
    use weir_fleet::{Hint, StreamEvent, StreamEvents};

    fn news(order: u64, bundle: u64) -> News {
        News {
            hint: hint(order, bundle),
            order: Carried::bundle(order, b"order").map(|carried| Carried {
                event: Bytes::from(weir_fleet::carried_order(b"order").unwrap()),
                ..carried
            }),
            bundle: Carried::bundle(bundle, b"bundle"),
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
}
