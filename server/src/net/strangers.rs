//! Connections at whose other end nobody is known: of everybody until the end of the handshake, and of whoever has no certificate
//! to its own end. There are only so many, since anybody in the network can open them. Whoever comes is taken in, and the one that has
//! been there longest is sent away for it: of the same address where that has its share, else of the address with the most. So
//! those who stand at an address of their own keep theirs, and a laptop that shares one with whoever opens thousands has until as many
//! others have come, which is longer than a handshake takes.

use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// All of them.
pub(super) struct Strangers {
    most: usize,
    from_one: usize,
    here: Mutex<Here>,
}

#[derive(Default)]
struct Here {
    /// Of each address, the first to come first. Who is taken out of it is sent away.
    from: HashMap<IpAddr, BTreeMap<u64, oneshot::Sender<()>>>,
    /// How many there are from each address.
    shares: BTreeSet<(usize, IpAddr)>,
    count: usize,
    next: u64,
    /// Since it was last told.
    sent_away: u64,
    told: Option<Instant>,
}

/// One of them, for as long as this is not dropped.
pub(super) struct Stranger {
    all: Arc<Strangers>,
    from: IpAddr,
    number: u64,
    welcome: oneshot::Receiver<()>,
}

/// From one line of the log to the next.
const TOLD: Duration = Duration::from_secs(60);

impl Strangers {
    pub(super) fn new(most: usize, from_one: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            from_one,
            here: Mutex::default(),
        })
    }

    /// Takes one in.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Stranger {
        let from = share(address);
        let mut here = self.here.lock();
        if here.share_of(from) >= self.from_one {
            here.send_away(from);
        } else if here.count >= self.most {
            here.send_one_away();
        }
        let (number, welcome) = here.take_in(from);
        Stranger {
            all: Arc::clone(self),
            from,
            number,
            welcome,
        }
    }

    /// Sends one away: whoever comes next needs what it has.
    pub(super) fn make_room(&self) {
        self.here.lock().send_one_away();
    }
}

impl Stranger {
    /// Does this for as long as the stranger may stay.
    pub(super) async fn while_welcome<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = &mut self.welcome => None,
        }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.all.here.lock().remove(self.from, Some(self.number));
    }
}

impl Here {
    fn share_of(&self, from: IpAddr) -> usize {
        self.from.get(&from).map_or(0, BTreeMap::len)
    }

    fn take_in(&mut self, from: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let (sender, welcome) = oneshot::channel();
        let number = self.next;
        self.next += 1;
        self.count += 1;
        let before = self.share_of(from);
        self.from.entry(from).or_default().insert(number, sender);
        self.weigh(from, before);
        (number, welcome)
    }

    fn send_one_away(&mut self) {
        if let Some(&(_, from)) = self.shares.last() {
            self.send_away(from);
        }
    }

    /// The one that came first.
    fn send_away(&mut self, from: IpAddr) {
        self.remove(from, None);
        self.sent_away += 1;
        if self.told.is_none_or(|told| told.elapsed() >= TOLD) {
            let connections = std::mem::take(&mut self.sent_away);
            tracing::warn!(
                connections,
                strangers = self.count,
                %from,
                "there are too many connections of strangers: the oldest are closed"
            );
            self.told = Some(Instant::now());
        }
    }

    /// This one, or else the first. Who was sent away is not there any more.
    fn remove(&mut self, from: IpAddr, number: Option<u64>) {
        let before = self.share_of(from);
        let Some(those) = self.from.get_mut(&from) else {
            return;
        };
        let removed = match number {
            Some(number) => those.remove(&number),
            None => those.pop_first().map(|(_, sender)| sender),
        };
        if removed.is_some() {
            self.count -= 1;
            self.weigh(from, before);
        }
    }

    /// There were `before` from there.
    fn weigh(&mut self, from: IpAddr, before: usize) {
        self.shares.remove(&(before, from));
        match self.share_of(from) {
            0 => {
                self.from.remove(&from);
            }
            now => {
                self.shares.insert((now, from));
            }
        }
    }
}

/// What counts as one address: whoever has one of IPv6 has 2^64 of them.
fn share(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{Stranger, Strangers};
    use std::sync::Arc;

    /// Who of these may stay.
    fn welcome(strangers: &mut [Stranger]) -> Vec<bool> {
        let still =
            |stranger: &mut Stranger| stranger.welcome.try_recv() == Err(super::oneshot::error::TryRecvError::Empty);
        strangers.iter_mut().map(still).collect()
    }

    fn come(all: &Arc<Strangers>, addresses: &[&str]) -> Vec<Stranger> {
        addresses
            .iter()
            .map(|address| all.enter(address.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_address_has_its_share_and_a_network_of_ipv6_is_one() {
        let all = Strangers::new(100, 2);
        let mut there = come(&all, &["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "192.0.2.1"]);
        assert_eq!(welcome(&mut there), [false, true, true, true]);
        let mut there = come(
            &all,
            &["2001:db8::1", "2001:db8::2", "2001:db8:0:1::3", "2001:db8::ffff:4"],
        );
        assert_eq!(welcome(&mut there), [false, true, true, true]);
    }

    #[test]
    fn where_all_are_too_many_the_address_with_the_most_gives_room() {
        let all = Strangers::new(4, 4);
        let mut there = come(
            &all,
            &[
                "192.0.2.9",
                "192.0.2.1",
                "192.0.2.1",
                "192.0.2.1",
                "192.0.2.7",
                "192.0.2.8",
            ],
        );
        assert_eq!(welcome(&mut there), [true, false, false, true, true, true]);
        all.make_room();
        assert_eq!(welcome(&mut there).iter().filter(|welcome| **welcome).count(), 3);
    }

    #[test]
    fn who_has_gone_takes_no_room() {
        let all = Strangers::new(2, 2);
        for _ in 0..10 {
            drop(come(&all, &["192.0.2.1", "192.0.2.2"]));
        }
        let mut there = come(&all, &["192.0.2.1", "192.0.2.1"]);
        assert_eq!(welcome(&mut there), [true, true]);
        drop(there);
        let here = all.here.lock();
        assert!((here.count, here.from.len(), here.shares.len()) == (0, 0, 0));
    }
}
