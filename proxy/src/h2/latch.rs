//! Keeps a task from waking itself.
//!
//! A stream that queues a frame wakes the connection that will send it. Here both live in one task, which is running and
//! will poll the connection before it ends: such a wake is remembered, not carried out, and saves a whole turn of the
//! task for every frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use parking_lot::Mutex;

/// One kind of work of a task.
#[derive(Default)]
pub(super) struct Latch {
    inside: AtomicBool,
    pulled: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Latch {
    /// The task runs: wakes are remembered.
    pub(super) fn enter(&self, task: &Waker) {
        let mut own = self.task.lock();
        if !own.as_ref().is_some_and(|own| own.will_wake(task)) {
            *own = Some(task.clone());
        }
        self.inside.store(true, Ordering::SeqCst);
    }

    /// The task is about to return: wakes are carried out, the remembered one too.
    pub(super) fn leave(&self) {
        self.inside.store(false, Ordering::SeqCst);
        if self.take() {
            self.wake_task();
        }
    }

    /// There is work, and the task knows it already.
    pub(super) fn pull(&self) {
        self.pulled.store(true, Ordering::SeqCst);
    }

    /// True when it was woken since the last time.
    pub(super) fn take(&self) -> bool {
        self.pulled.load(Ordering::SeqCst) && self.pulled.swap(false, Ordering::SeqCst)
    }

    fn wake_task(&self) {
        if let Some(task) = &*self.task.lock() {
            task.wake_by_ref();
        }
    }
}

impl Wake for Latch {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.pulled.store(true, Ordering::SeqCst);
        // Whichever comes later, this look or that of `leave`, sees the other.
        if !self.inside.load(Ordering::SeqCst) && self.take() {
            self.wake_task();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(std::sync::atomic::AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_wake_is_carried_out_once_and_never_lost() {
        let (count, latch) = (Arc::new(Count::default()), Arc::new(Latch::default()));
        let (task, own) = (Waker::from(count.clone()), Waker::from(latch.clone()));
        let woken = || count.0.load(Ordering::SeqCst);
        latch.enter(&task);
        own.wake_by_ref();
        assert_eq!(woken(), 0, "the task is running");
        assert!(latch.take());
        latch.leave();
        assert_eq!(woken(), 0, "it was seen to");
        own.wake_by_ref();
        assert_eq!(woken(), 1, "the task was asleep");
        latch.enter(&task);
        own.wake_by_ref();
        latch.leave();
        assert_eq!(woken(), 2, "it was not seen to");
    }
}
