//! Room in memory for what is held until the gate has ruled: one budget for all, and a share of it for each connection.
//!
//! Whoever finds no room reads on no further, and is refused when that has lasted too long: this fails closed. An announced length is
//! asked for at once, before a byte is read, by somebody who holds nothing. Who holds some and needs more waits no longer than anybody
//! else, and gives back what they hold when they are refused: so nothing waits for ever, whoever else waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is given in pieces of this: short bodies, which most are, take one.
const PIECE: usize = 16 * 1024;

/// All of the room.
#[derive(Clone)]
pub struct Room {
    all: Arc<Semaphore>,
    of_one: usize,
    wait: Duration,
}

/// What one connection may have of it.
pub struct Share {
    room: Room,
    own: Arc<Semaphore>,
}

/// Room that somebody has, until it is dropped.
pub struct Held {
    all: Arc<Semaphore>,
    own: Arc<Semaphore>,
    wait: Duration,
    has: Option<[OwnedSemaphorePermit; 2]>,
}

/// There was no room in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much is held already")]
pub struct NoRoom;

impl Room {
    /// So many bytes for all, of which one connection has `of_one` at most. Who finds none waits so long.
    #[must_use]
    pub fn new(all: usize, of_one: usize, wait: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(pieces(all))),
            of_one: pieces(of_one.min(all)),
            wait,
        }
    }

    /// For one more connection.
    #[must_use]
    pub fn share(&self) -> Share {
        Share {
            room: self.clone(),
            own: Arc::new(Semaphore::new(self.of_one)),
        }
    }
}

impl Share {
    /// No room yet.
    #[must_use]
    pub fn hold(&self) -> Held {
        Held {
            all: Arc::clone(&self.room.all),
            own: Arc::clone(&self.own),
            wait: self.room.wait,
            has: None,
        }
    }
}

impl Held {
    /// Sees to it that there is room for so many bytes in all.
    ///
    /// # Errors
    /// There was none in time. What is held stays until this is dropped.
    pub async fn cover(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let has = self.has.as_ref().map_or(0, |[own, _]| own.num_permits());
        let more = pieces(bytes).saturating_sub(has);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| NoRoom)?;
        let [own, all] = match self.take_now(more) {
            Some(taken) => taken,
            None => {
                let taken = tokio::time::timeout(self.wait, self.take(more)).await;
                taken.map_err(|_| NoRoom)??
            }
        };
        match &mut self.has {
            Some([before, of_all]) => {
                before.merge(own);
                of_all.merge(all);
            }
            None => self.has = Some([own, all]),
        }
        Ok(())
    }

    /// Without a timer, which costs more than a short body does.
    fn take_now(&self, more: u32) -> Option<[OwnedSemaphorePermit; 2]> {
        let own = Arc::clone(&self.own).try_acquire_many_owned(more).ok()?;
        let all = Arc::clone(&self.all).try_acquire_many_owned(more).ok()?;
        Some([own, all])
    }

    /// From the connection's own share first: who waits there keeps nobody else waiting.
    async fn take(&self, more: u32) -> Result<[OwnedSemaphorePermit; 2], NoRoom> {
        let own = Arc::clone(&self.own).acquire_many_owned(more).await;
        let own = own.map_err(|_| NoRoom)?;
        let all = Arc::clone(&self.all).acquire_many_owned(more).await;
        Ok([own, all.map_err(|_| NoRoom)?])
    }
}

fn pieces(bytes: usize) -> usize {
    bytes.div_ceil(PIECE).min(Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::{NoRoom, PIECE, Room};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn room_is_given_up_to_the_share_and_to_the_whole_and_comes_back() {
        let room = Room::new(4 * PIECE, 3 * PIECE, SHORT);
        let (first, second) = (room.share(), room.share());
        let mut one = first.hold();
        one.cover(1).await.unwrap();
        one.cover(3 * PIECE).await.unwrap();
        one.cover(2 * PIECE).await.unwrap();
        assert_eq!(first.hold().cover(1).await, Err(NoRoom), "its share");
        let mut two = second.hold();
        two.cover(PIECE).await.unwrap();
        assert_eq!(two.cover(PIECE + 1).await, Err(NoRoom), "the whole");
        drop(one);
        two.cover(3 * PIECE).await.unwrap();
        assert_eq!(
            second.hold().cover(4 * PIECE).await,
            Err(NoRoom),
            "more than there ever is"
        );
    }

    #[tokio::test]
    async fn who_waits_has_room_when_somebody_else_is_done() {
        let room = Room::new(PIECE, PIECE, Duration::from_secs(60));
        let (first, second) = (room.share(), room.share());
        let mut one = first.hold();
        one.cover(1).await.unwrap();
        let mut two = second.hold();
        let waiting = two.cover(1);
        let done = async {
            tokio::task::yield_now().await;
            drop(one);
        };
        let (waited, ()) = tokio::join!(waiting, done);
        assert_eq!(waited, Ok(()));
    }
}
