//! What stands before several servers: takes connections for whichever is up, and can be cut like a cable.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// A running balancer; it stops when dropped.
pub struct Balancer {
    address: SocketAddr,
    whole: watch::Sender<bool>,
    stop: Option<oneshot::Sender<()>>,
}

impl Balancer {
    /// Starts on a free loopback port.
    ///
    /// # Errors
    /// No port, or no thread.
    pub fn start(servers: Vec<SocketAddr>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let (whole, cable) = watch::channel(true);
        let (stop, stopped) = oneshot::channel();
        std::thread::Builder::new().name("balancer".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, servers.into(), cable) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self {
            address,
            whole,
            stop: Some(stop),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, and takes none until it is whole again.
    pub fn cut(&self, cut: bool) {
        self.whole.send_replace(!cut);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

async fn serve(listener: TcpListener, servers: Arc<[SocketAddr]>, cable: watch::Receiver<bool>) {
    let mut turn = 0;
    while let Ok((client, _)) = listener.accept().await {
        turn += 1;
        let (servers, mut cable) = (Arc::clone(&servers), cable.clone());
        tokio::spawn(async move {
            if !*cable.borrow_and_update() {
                return;
            }
            tokio::select! {
                () = relay(client, &servers, turn) => {}
                _ = cable.changed() => {}
            }
        });
    }
}

/// To the next server in turn that is up.
async fn relay(mut client: TcpStream, servers: &[SocketAddr], turn: usize) {
    for place in 0..servers.len() {
        let server = servers[(turn + place) % servers.len()];
        if let Ok(mut server) = TcpStream::connect(server).await {
            // That one of them goes away is what is tried here.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
