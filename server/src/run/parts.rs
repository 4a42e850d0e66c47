//! What a node does beside answering. Each part is a task of its own, so that one that takes its time, or breaks off, holds up
//! neither those who connect nor the other parts.
//!
//! A part either begins again or ends the node. What devices can do without for a minute begins again: the database remembers how far
//! it was. Without the others the node would go on and be wrong: let in who was revoked, keep back a kill switch, or take no records.
//! Such a node stops in order and says so, and whatever started it starts it again.

use std::future::Future;
use std::time::Duration;
use tokio::task::JoinSet;

/// All parts of a node. They end when this is dropped.
pub(super) struct Parts {
    /// Each gives its name where the node cannot go on without it.
    tasks: JoinSet<&'static str>,
    /// How long work that broke off rests.
    rest: Duration,
}

impl Parts {
    /// There are none yet.
    pub(super) fn resting(rest: Duration) -> Self {
        Self {
            tasks: JoinSet::new(),
            rest,
        }
    }

    /// Work that begins again where it breaks off, with the same things.
    pub(super) fn again<T, W>(&mut self, what: impl Into<String>, with: T, work: impl Fn(T) -> W + Send + 'static)
    where
        T: Clone + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (what, rest) = (what.into(), self.rest);
        self.tasks.spawn(async move {
            let mut task = JoinSet::new();
            loop {
                task.spawn(work(with.clone()));
                // What a panic says could repeat content.
                if let Some(Err(_)) = task.join_next().await {
                    tracing::error!(what, "work of the server broke off; it begins again");
                }
                tokio::time::sleep(rest).await;
            }
        });
    }

    /// Work without which the node cannot go on.
    pub(super) fn vital<W>(&mut self, what: &'static str, work: W)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(async move {
            let mut task = JoinSet::new();
            task.spawn(work);
            // However it ended.
            let _ = task.join_next().await;
            what
        });
    }

    /// Which vital part has ended. None does, most of the time.
    pub(super) async fn broken(&mut self) -> &'static str {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(what)) => return what,
                // Those that look after the work do not break off.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use parking_lot::Mutex;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Breaks off at once, and counts how often it was begun.
    fn breaking(parts: &mut Parts) -> Arc<AtomicUsize> {
        let begun = Arc::<AtomicUsize>::default();
        parts.again("breaking", Arc::clone(&begun), |begun| async move {
            begun.fetch_add(1, Ordering::Relaxed);
            panic!("as it should");
        });
        begun
    }

    #[tokio::test]
    async fn work_that_breaks_off_begins_again_and_ends_nothing_else() {
        let mut parts = Parts::resting(Duration::from_millis(1));
        let (begun, beats) = (breaking(&mut parts), Arc::<AtomicUsize>::default());
        parts.again("beating", Arc::clone(&beats), |beats| async move {
            loop {
                beats.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let both = async {
            while begun.load(Ordering::Relaxed) < 10 || beats.load(Ordering::Relaxed) < 10 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            part = parts.broken() => panic!("{part} is not vital"),
            () = both => {}
        }
    }

    #[tokio::test]
    async fn what_a_node_cannot_be_without_ends_it_however_it_ends() {
        let mut parts = Parts::resting(Duration::from_millis(1));
        breaking(&mut parts);
        parts.vital("waiting", std::future::pending());
        parts.vital("ending", tokio::task::yield_now());
        assert_eq!(parts.broken().await, "ending");
        parts.vital("breaking off", async { panic!("as it should") });
        assert_eq!(parts.broken().await, "breaking off");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_part_that_keeps_a_thread_for_itself_holds_up_no_other() {
        let mut parts = Parts::resting(Duration::from_secs(60));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
        let with = (Arc::new(Mutex::new(held)), begun);
        parts.again("holding", with, |(held, begun)| async move {
            let _ = begun.send(());
            let _ = held.lock().recv();
        });
        has_begun.recv().await.unwrap();
        parts.vital("ending", tokio::task::yield_now());
        assert_eq!(parts.broken().await, "ending");
        drop(release);
    }
}
