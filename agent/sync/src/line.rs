//! What is said on the stream while it goes both ways, and who waits for an answer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use weir_fleet::{Answered, Holds, MOST_SAID, Receipt, Refusal, Said, Saying, Standing};

/// The way up on the stream, whether there is one or not.
#[derive(Default)]
pub(crate) struct Line {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// Into the stream.
    lines: Option<mpsc::Sender<Vec<u8>>>,
    takes_records: bool,
    /// Number of the last that was said. It counts on over all streams, so that no answer is taken for another.
    number: u64,
    /// Who waits for what became of records.
    waiting: HashMap<u64, oneshot::Sender<Result<Receipt, Refusal>>>,
}

/// Until records are answered. The same ones are sent by a request then: to the server they are the same.
const ANSWER: Duration = Duration::from_secs(30);

impl Line {
    /// From now on something can be said.
    pub(crate) fn pick_up(&self, lines: mpsc::Sender<Vec<u8>>, takes_records: bool) {
        let mut open = self.open();
        (open.lines, open.takes_records) = (Some(lines), takes_records);
    }

    /// The stream has ended: nothing more is answered.
    pub(crate) fn hang_up(&self) {
        let mut open = self.open();
        open.lines = None;
        open.waiting.clear();
    }

    /// Whether something can be said.
    pub(crate) fn is_open(&self) -> bool {
        self.open().lines.is_some()
    }

    /// Says what this device runs; gives the number of the answer. `None` where it cannot be said.
    pub(crate) fn stand(&self, standing: Standing, holds: Holds) -> Option<u64> {
        let standing = Box::new(standing);
        self.open().say(Said::Standing { standing, holds })
    }

    /// Sends a small batch, and waits for what becomes of it. `None` where nobody knows: it is for a request.
    pub(crate) async fn send(&self, batch: &[u8]) -> Option<Result<Receipt, Refusal>> {
        let (number, answer) = self.open().send(batch)?;
        let answer = tokio::time::timeout(ANSWER, answer).await;
        self.open().waiting.remove(&number);
        answer.ok()?.ok()
    }

    /// Hands on what became of records.
    pub(crate) fn answered(&self, answered: Answered) {
        if let Some(waiting) = self.open().waiting.remove(&answered.number) {
            // Whoever waited may have given up just now.
            let _ = waiting.send(answered.answer.into());
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // What is inside is whole between any two statements.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn say(&mut self, said: Said) -> Option<u64> {
        let number = self.number + 1;
        let line = Saying { number, said }.to_line();
        self.lines.as_ref()?.try_send(line).ok()?;
        self.number = number;
        Some(number)
    }

    fn send(&mut self, batch: &[u8]) -> Option<(u64, oneshot::Receiver<Result<Receipt, Refusal>>)> {
        if !self.takes_records || batch.len() > MOST_SAID {
            return None;
        }
        let number = self.say(Said::Records(batch.to_vec()))?;
        let (done, answer) = oneshot::channel();
        self.waiting.insert(number, done);
        Some((number, answer))
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, MOST_SAID};
    use std::sync::Arc;
    use tokio::sync::mpsc;
    use weir_fleet::{Answer, Answered, Refusal, Said, Sayings};

    fn busy(number: u64) -> Answered {
        Answered {
            number,
            answer: Answer::Refused(Refusal::Busy),
        }
    }

    #[tokio::test]
    async fn records_are_answered_by_their_number() {
        let line = Arc::new(Line::default());
        assert_eq!(line.send(b"early").await, None, "there is no stream");
        let (said, mut lines) = mpsc::channel(4);
        line.pick_up(said, true);
        let sending = tokio::spawn({
            let line = Arc::clone(&line);
            async move { line.send(b"batch").await }
        });
        let bytes = lines.recv().await.unwrap();
        let saying = Sayings::default().read(&bytes).unwrap().remove(0);
        assert_eq!(saying.said, Said::Records(b"batch".to_vec()));
        line.answered(busy(saying.number + 1));
        line.answered(busy(saying.number));
        line.answered(busy(saying.number));
        assert_eq!(sending.await.unwrap(), Some(Err(Refusal::Busy)));
    }

    #[tokio::test]
    async fn what_the_stream_does_not_answer_is_for_a_request() {
        let line = Arc::new(Line::default());
        let (said, mut lines) = mpsc::channel(4);
        line.pick_up(said.clone(), false);
        assert_eq!(line.send(b"batch").await, None, "the server is older");
        line.pick_up(said, true);
        assert_eq!(line.send(&[0; MOST_SAID + 1]).await, None, "it is too large");
        let sending = tokio::spawn({
            let line = Arc::clone(&line);
            async move { line.send(b"batch").await }
        });
        lines.recv().await.unwrap();
        line.hang_up();
        assert_eq!(sending.await.unwrap(), None, "the stream has ended");
        assert!(!line.is_open());
        assert!(lines.try_recv().is_err(), "nothing else was said");
    }
}
