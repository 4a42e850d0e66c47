//! Connections to the agent from this machine: so many at once, each served apart, all ended in order.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Where connections come from.
pub(crate) trait Door {
    /// One connection.
    type Stream;

    /// The next one.
    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Door for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        Ok(self.accept().await?.0)
    }
}

/// How many are let in, and how they are shown out.
pub(crate) struct House {
    /// What it is called in the log.
    pub(crate) name: &'static str,
    /// Connections at once; more are turned away.
    pub(crate) seats: usize,
    /// How long running answers may take at the end. What has not ended by then is cut off.
    pub(crate) last_words: Duration,
}

impl House {
    /// Serves each connection until `shutdown` ends, closes the door, and lets running answers end: they are told by
    /// their receiver.
    pub(crate) async fn run<D: Door, F: Future<Output = ()> + Send + 'static>(
        self,
        door: D,
        serve: impl Fn(D::Stream, watch::Receiver<()>) -> F,
        shutdown: impl Future<Output = ()>,
    ) {
        let seats = Arc::new(Semaphore::new(self.seats));
        let (stop, stopping) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = door.next() => accepted,
            };
            while connections.try_join_next().is_some() {}
            match (accepted, Arc::clone(&seats).try_acquire_owned()) {
                (Ok(stream), Ok(seat)) => {
                    let serving = serve(stream, stopping.clone());
                    connections.spawn(async move {
                        serving.await;
                        drop(seat);
                    });
                }
                (Ok(_), Err(_)) => tracing::warn!(to = self.name, "too many connections at once; one was turned away"),
                (Err(error), _) => {
                    tracing::warn!(%error, to = self.name, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(door);
        drop(stop);
        let ended = async { while connections.join_next().await.is_some() {} };
        // Over time or not: what is left is cut off.
        let _ = timeout(self.last_words, ended).await;
        connections.shutdown().await;
    }
}
