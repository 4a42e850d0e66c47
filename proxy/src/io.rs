//! Streams, and the buffer both legs read into.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream, TLS or not.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for T {}

const SMALL: usize = 16 * 1024;
const LARGE: usize = 64 * 1024;

/// Bytes read and not yet consumed. The memory is taken when bytes come and given back when none are waiting, so that
/// an idle connection holds none; a bulk transfer gets more.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    bulk: bool,
}

impl Buffer {
    /// What is there.
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Drops bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count.min(self.len());
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Puts bytes read elsewhere at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// The transfer is over: the next one starts small.
    pub(crate) fn calm(&mut self) {
        self.bulk = false;
    }

    /// Reads more; 0 is the end of the stream. `Pending` has registered the waker.
    pub(crate) fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<usize>> {
        self.make_room(if self.is_empty() { 1 } else { SMALL / 4 });
        let mut space = ReadBuf::new(&mut self.bytes[self.end..]);
        let polled = Pin::new(stream).poll_read(cx, &mut space);
        let (count, full) = (space.filled().len(), space.remaining() == 0);
        if self.is_empty() && (count == 0 || polled.is_pending()) {
            spare::give(std::mem::take(&mut self.bytes));
        }
        ready!(polled)?;
        self.end += count;
        self.bulk |= full;
        Poll::Ready(Ok(count))
    }

    fn make_room(&mut self, wanted: usize) {
        if self.bytes.len() - self.end >= wanted {
            return;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let needed = self.end + wanted;
        if needed > self.bytes.len() {
            let size = needed.next_power_of_two().max(if self.bulk { LARGE } else { SMALL });
            let mut larger = spare::take(size);
            larger[..self.end].copy_from_slice(&self.bytes[..self.end]);
            spare::give(std::mem::replace(&mut self.bytes, larger));
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.bytes));
    }
}

/// Buffers waiting for their next use, per thread: no lock, and no clearing of memory per request.
mod spare {
    use std::cell::RefCell;

    use super::{LARGE, SMALL};

    const MOST: usize = 16;

    thread_local! {
        static SMALL_ONES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
        static LARGE_ONES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn take(size: usize) -> Vec<u8> {
        let kept = match size {
            SMALL => SMALL_ONES.with_borrow_mut(Vec::pop),
            LARGE => LARGE_ONES.with_borrow_mut(Vec::pop),
            _ => None,
        };
        kept.unwrap_or_else(|| vec![0; size])
    }

    pub(super) fn give(buffer: Vec<u8>) {
        let size = buffer.len();
        let keep = |kept: &RefCell<Vec<Vec<u8>>>| {
            let mut kept = kept.borrow_mut();
            if kept.len() < MOST {
                kept.push(buffer);
            }
        };
        // A thread that is ending keeps nothing.
        match size {
            SMALL => _ = SMALL_ONES.try_with(keep),
            LARGE => _ = LARGE_ONES.try_with(keep),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn bytes_come_out_in_the_order_they_went_in() {
        let mut buffer = Buffer::default();
        let mut expected = std::collections::VecDeque::new();
        for round in 0..200_usize {
            let bytes: Vec<u8> = (0..round * 7 % 311).map(|n| u8::try_from(n % 251).unwrap()).collect();
            buffer.append(&bytes);
            expected.extend(bytes);
            let take = round * 13 % 293;
            assert_eq!(buffer.filled(), expected.make_contiguous());
            let take = take.min(buffer.len());
            buffer.consume(take);
            expected.drain(..take);
        }
    }
}
