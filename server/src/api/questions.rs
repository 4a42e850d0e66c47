//! How many questions one person has under way.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Questions that one person may have under way; further ones wait for them. The database answers more at once, so that nobody keeps the
/// others from asking; and laptops, directives and signing in wait for none of them.
const AT_ONCE: usize = 4;

/// Who has questions under way.
#[derive(Default)]
pub(super) struct Questions(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Questions {
    /// A place for one more. It is free again when this is dropped.
    pub(super) async fn place(&self, person: &str) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut all = self.0.lock();
            // Places are held by those who have one or wait for one.
            all.retain(|_, places| Arc::strong_count(places) > 1);
            let places = all
                .entry(person.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
            Arc::clone(places)
        };
        places.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, Questions};
    use futures_util::FutureExt;

    #[tokio::test]
    async fn one_person_waits_and_others_do_not() {
        let questions = Questions::default();
        let mut held: Vec<_> = (0..AT_ONCE)
            .map(|_| questions.place("ada").now_or_never().unwrap())
            .collect();
        assert!(questions.place("ada").now_or_never().is_none());
        assert!(questions.place("ben").now_or_never().is_some());
        held.pop();
        assert!(questions.place("ada").now_or_never().is_some());
        drop(held);
        let _carla = questions.place("carla").await;
        assert_eq!(questions.0.lock().len(), 1, "who has none is forgotten");
    }
}
