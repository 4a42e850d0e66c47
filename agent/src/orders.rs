//! Directives of the administrators: what holds beside policy, at once and for a while.
//!
//! ```text
//! <state>/policy/order.json   the newest directive that this device took, byte for byte as it came
//! ```
//!
//! It is on disk before it holds, and verified again at each start. One that cannot be read then, or whose signers count no
//! more, does not hold: this fails open to policy alone, until the server is heard, which says the newest one again.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use weir_bundle::{Directive, Order, OrderRefused, OrderTrust, inspect_order, verify_order};
use weir_model::{Closed, Timestamp};
use weir_store::replace;
use weir_wire::{DirectiveKind, Problem, Severity};

/// The directives of this device.
pub(crate) struct Orders {
    receiving: Option<Receiving>,
    given: ArcSwap<Given>,
    /// Held while one is taken: one at a time.
    taking: Mutex<()>,
}

/// Where directives come from and are kept.
pub(crate) struct Receiving {
    pub(crate) path: PathBuf,
    pub(crate) trust: OrderTrust,
    /// The group of this device.
    pub(crate) group: String,
}

/// What a directive asks for, until when.
#[derive(Debug)]
pub(crate) struct Given {
    /// Its number; 0 for none.
    pub(crate) epoch: u64,
    /// What it closes.
    pub(crate) closed: Closed,
    /// It asks that nothing be intercepted.
    pub(crate) suspends: bool,
    pub(crate) reason: String,
    pub(crate) expires: Timestamp,
}

/// Why a directive is not carried out. What held before holds on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    /// It must not.
    #[error(transparent)]
    Refused(#[from] OrderRefused),
    /// This device takes none.
    #[error("this device is enrolled nowhere")]
    Nobody,
    /// The disk.
    #[error("cannot keep it in `{}`", .path.display())]
    Keep {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl OrderError {
    /// True where the same directive may be taken later: the disk was full, or the clock wrong.
    pub(crate) fn passes(&self) -> bool {
        match self {
            // Whether it is for this device, and by whom, does not change; how long it lasts from now does.
            Self::Refused(refused) => matches!(refused, OrderRefused::Expired | OrderRefused::TooLong),
            Self::Nobody => false,
            Self::Keep { .. } => true,
        }
    }
}

static NOTHING: LazyLock<Arc<Given>> = LazyLock::new(|| Arc::new(Given::nothing(0)));

impl Orders {
    /// Those of a device that takes directives, with what it took before; `None` takes none.
    pub(crate) fn open(receiving: Option<Receiving>, now: Timestamp) -> Self {
        let kept = receiving.as_ref().and_then(|receiving| receiving.kept(now));
        Self {
            receiving,
            given: ArcSwap::from_pointee(kept.unwrap_or_else(|| Given::nothing(0))),
            taking: Mutex::new(()),
        }
    }

    /// What holds now.
    pub(crate) fn in_force(&self, now: Timestamp) -> Arc<Given> {
        let given = self.given.load_full();
        match given.expires > now {
            true => given,
            false => Self::nothing(),
        }
    }

    /// Policy as it is.
    pub(crate) fn nothing() -> Arc<Given> {
        Arc::clone(&NOTHING)
    }

    /// Number of the last one taken, whether it still holds or not.
    pub(crate) fn last(&self) -> u64 {
        self.given.load().epoch
    }

    /// Takes a directive: it holds when this returns, also after a power cut.
    pub(crate) fn take(&self, order: &[u8], now: Timestamp) -> Result<Arc<Given>, OrderError> {
        let receiving = self.receiving.as_ref().ok_or(OrderError::Nobody)?;
        let _taking = self.taking.lock();
        let verified = verify_order(order, &receiving.trust, Some(&receiving.group), self.last(), now)?;
        let path = &receiving.path;
        replace(path, order).map_err(|source| OrderError::Keep {
            path: path.clone(),
            source,
        })?;
        let given = Arc::new(Given::from(verified));
        self.given.store(Arc::clone(&given));
        Ok(given)
    }
}

impl Receiving {
    fn kept(&self, now: Timestamp) -> Option<Given> {
        let bytes = fs::read(&self.path).ok()?;
        match verify_order(&bytes, &self.trust, Some(&self.group), 0, now) {
            Ok(order) => Some(Given::from(order)),
            // Its number stays: what came before it does not come back.
            Err(OrderRefused::Expired) => inspect_order(&bytes).ok().map(|order| Given::nothing(order.epoch)),
            Err(error) => {
                tracing::warn!(%error, "the kept directive holds no more");
                None
            }
        }
    }
}

impl Given {
    const fn nothing(epoch: u64) -> Self {
        Self {
            epoch,
            closed: Closed::Nothing,
            suspends: false,
            reason: String::new(),
            expires: Timestamp::from_millis(i64::MIN),
        }
    }

    /// True where policy holds as it is.
    pub(crate) fn is_policy(&self) -> bool {
        !self.suspends && self.closed.is_nothing()
    }

    /// As the status tells it; `None` where policy holds as it is.
    pub(crate) fn told(&self) -> Option<weir_wire::Directive> {
        let (kind, providers) = match &self.closed {
            _ if self.suspends => (DirectiveKind::Suspend, Vec::new()),
            Closed::Everything => (DirectiveKind::Lockdown, Vec::new()),
            Closed::Providers(providers) => (DirectiveKind::Block, providers.iter().cloned().collect()),
            Closed::Nothing => return None,
        };
        Some(weir_wire::Directive {
            number: self.epoch,
            kind,
            providers,
            reason: self.reason.clone(),
            until: self.expires,
        })
    }

    /// Among the problems of the status; `None` where policy holds as it is.
    pub(crate) fn problem(&self) -> Option<Problem> {
        Some(Problem {
            code: "directive".to_owned(),
            title: "An order of the administrators holds".to_owned(),
            severity: Severity::Warning,
            text: self.text()?,
        })
    }

    /// What it means for the people at this device; `None` where policy holds as it is.
    pub(crate) fn text(&self) -> Option<String> {
        let what = match &self.closed {
            _ if self.suspends => "Nothing is intercepted".to_owned(),
            Closed::Everything => "Nothing may be sent to any AI service".to_owned(),
            Closed::Providers(providers) => {
                let names: Vec<&str> = providers.iter().map(String::as_str).collect();
                format!("Nothing may be sent to {}", names.join(", "))
            }
            Closed::Nothing => return None,
        };
        let reason = match self.reason.as_str() {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        Some(format!(
            "{what}, by order {} of the administrators{reason}.",
            self.epoch
        ))
    }
}

impl From<Order> for Given {
    fn from(order: Order) -> Self {
        Self {
            epoch: order.epoch,
            closed: order.directive.closed(),
            suspends: matches!(order.directive, Directive::Suspend),
            reason: order.reason,
            expires: order.expires,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OrderError, Orders, Receiving};
    use weir_bundle::{Directive, Order, OrderTrust, SigningKey, Trust, seal_order};
    use weir_model::{Closed, Timestamp};
    use weir_wire::DirectiveKind;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key(number: u8) -> SigningKey {
        SigningKey::from_seed(&[number; 32]).unwrap()
    }

    fn orders(dir: &std::path::Path, server: u8, now: Timestamp) -> Orders {
        let trust = |number| Trust {
            keys: vec![key(number).public()],
            threshold: 1,
        };
        let receiving = Receiving {
            path: dir.join("order.json"),
            trust: OrderTrust {
                server: trust(server),
                people: trust(2),
            },
            group: "staff".to_owned(),
        };
        Orders::open(Some(receiving), now)
    }

    fn lockdown(epoch: u64) -> Vec<u8> {
        let order = Order {
            epoch,
            group: None,
            directive: Directive::Lockdown,
            reason: "a leak".to_owned(),
            issued: NOW,
            expires: NOW.plus_millis(1000),
        };
        seal_order(&order, &[&key(1)]).unwrap()
    }

    #[test]
    fn what_the_disk_or_the_clock_refuses_is_taken_when_they_are_right_again() {
        let dir = tempfile::tempdir().unwrap();
        let orders = orders(&dir.path().join("policy"), 1, NOW);
        let full = orders.take(&lockdown(7), NOW).unwrap_err();
        assert!(matches!(full, OrderError::Keep { .. }) && full.passes(), "{full}");
        std::fs::create_dir(dir.path().join("policy")).unwrap();
        let late = orders.take(&lockdown(7), NOW.plus_millis(1000)).unwrap_err();
        assert!(late.passes(), "{late}");
        assert_eq!((orders.last(), orders.take(&lockdown(7), NOW).unwrap().epoch), (0, 7));
        assert!(
            !orders.take(&lockdown(7), NOW).unwrap_err().passes(),
            "it is old by now"
        );
    }

    #[test]
    fn a_directive_outlives_the_agent_ends_in_its_time_and_is_not_gone_back_from() {
        let dir = tempfile::tempdir().unwrap();
        let first = orders(dir.path(), 1, NOW);
        assert!(first.in_force(NOW).closed.is_nothing());
        first.take(&lockdown(7), NOW).unwrap();
        for orders in [first, orders(dir.path(), 1, NOW)] {
            let given = orders.in_force(NOW);
            assert_eq!((given.epoch, &given.closed), (7, &Closed::Everything));
            assert!(given.text().unwrap().contains("a leak"));
            let told = given.told().unwrap();
            assert_eq!(
                (told.kind, told.number, told.until),
                (DirectiveKind::Lockdown, 7, NOW.plus_millis(1000))
            );
            let late = NOW.plus_millis(1000);
            assert!(orders.in_force(late).closed.is_nothing());
            assert!(matches!(orders.take(&lockdown(7), NOW), Err(OrderError::Refused(_))));
        }
        let late = orders(dir.path(), 1, NOW.plus_millis(1000));
        assert_eq!(late.last(), 7);
        let other = orders(dir.path(), 3, NOW);
        assert_eq!(
            (other.last(), other.in_force(NOW).closed.is_nothing()),
            (0, true),
            "signed by nobody it knows"
        );
        assert!(matches!(
            Orders::open(None, NOW).take(&lockdown(1), NOW),
            Err(OrderError::Nobody)
        ));
    }
}
